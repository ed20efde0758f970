#!/usr/bin/env python3
"""How virtio disks reach memory and interrupt: the bridge's windows, four queues, INTx, interfaces."""
import hashlib
import os
import re
import subprocess
import unittest

import harness

SIZE = 12 << 20
WINDOWED = "disable-legacy=on,iommu_platform=on"
# Device, its slot, and how it is asked for.
DISKS = {
    "vda": (1, f"virtio-blk-pci,drive=vda,num-queues=4,{WINDOWED}"),
    "vdb": (2, "virtio-blk-pci,drive=vdb,num-queues=4"),
    "vdc": (3, "virtio-blk-pci,drive=vdc,vectors=0,disable-legacy=on"),
    "vdd": (4, "virtio-blk-pci,drive=vdd,disable-modern=on"),
    "sda": (5, f"virtio-scsi-pci,id=s0,num_queues=4,{WINDOWED}"),
    "sdb": (6, "virtio-scsi-pci,id=s1,num_queues=4"),
    "sdc": (7, f"virtio-scsi-pci,id=s2,vectors=0,{WINDOWED}"),
    "sdd": (8, "virtio-scsi-pci,id=s3,disable-modern=on"),
}
BUSES = {"sda": "s0", "sdb": "s1", "sdc": "s2", "sdd": "s3"}
FOUR_QUEUES = ("vda", "vdb", "sda", "sdb")
DATA = hashlib.sha256(b"".join(b"%d\n" % i for i in range(1, 200001))).hexdigest()


def guest_commands(disks, queued):
    yield "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load"
    yield "sleep 1; seq 1 200000 >/data; mkdir -p /mnt"
    yield ("data() { mount -t ext4 /dev/$1 /mnt && $2 && echo $1 $(sha256sum </mnt/data); "
           "umount /mnt; }; "
           f"for d in {' '.join(disks)}; do mke2fs -q -F -t ext4 /dev/$d && "
           "data $d 'cp /data /mnt/data'; echo 3 >/proc/sys/vm/drop_caches; data $d true; done")
    if queued:  # a queue is that of the CPU which asks
        yield ("mkdir /c; mount -t cgroup2 c /c; echo +cpuset >/c/cgroup.subtree_control; "
               "for c in 0 1 2 3; do mkdir /c/$c; echo $c >/c/$c/cpuset.cpus; done; "
               f"for d in {' '.join(queued)}; do for c in 0 1 2 3; do (echo 0 >/c/$c/cgroup.procs; "
               "dd if=/dev/$d of=/dev/null bs=64k skip=$((c*32+32)) count=4 2>/dev/null); done; done")
    yield "cat /proc/interrupts"
    yield "dmesg | grep -i -e 'dma-window' -e 'i/o error' -e 'call trace'; echo looked"
    yield "exec poweroff -f"


class VirtioDma(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.initrd = harness.disk_initrd()

    def run_disks(self, work, disks, queued, append, *extra):
        """Boots with fresh disks; the result and what the run database has counted."""
        db = os.path.join(work, "run.db")
        options = ["-nodefaults", "-serial", "stdio", "-initrd", self.initrd, "--record", db]
        for disk in disks:
            slot, device = DISKS[disk]
            image = os.path.join(work, f"{disk}.raw")
            with open(image, "wb") as f:
                f.truncate(SIZE)
            options += ["-drive", f"file={image},format=raw,if=none,id={disk}",
                        "-device", f"{device},addr={slot:x}"]
            if disk in BUSES:
                options += ["-device", f"scsi-hd,drive={disk},bus={BUSES[disk]}.0"]
        done = harness.boot(work, harness.at_prompt(*guest_commands(disks, queued)),
                            append=f"{harness.SHELL}{append}", extra=[*options, *extra])
        self.assertEqual(done.status, 0, done)
        self.assertEqual(re.findall(r"i/o error|call trace", done.out, re.I),
                         ["i/o error", "call trace"], done)
        for disk in disks:
            self.check_image(done, work, disk)
        return done, harness.stat(db)

    def check_image(self, done, work, disk):
        """The guest has read twice what it wrote, and the host sees it too."""
        self.assertEqual(done.out.count(f"{disk} {DATA}"), 2, done)
        image = os.path.join(work, f"{disk}.raw")
        subprocess.run(["/sbin/e2fsck", "-fn", image], check=True, capture_output=True)
        read = subprocess.run(["/sbin/debugfs", "-R", "cat /data", image], check=True,
                              capture_output=True)
        self.assertEqual(hashlib.sha256(read.stdout).hexdigest(), DATA, disk)

    def test_dynamic_window_and_queues(self):
        with harness.temporary() as work:
            done, stat = self.run_disks(work, DISKS, FOUR_QUEUES, "", "-smp", "4")
            self.assertIn("ibm,create-pe-dma-window(2027)", done.out, done)
            self.assertEqual(stat["rtas_calls"]["ibm,create-pe-dma-window"], 1)
            lines = interrupts(done.out)
            for device in (0, 1):  # virtio0 is vda
                for queue in range(4):
                    self.assertGreater(sum(lines[f"virtio{device}-req.{queue}"]), 0, done)
            for device in (4, 5):
                self.assertEqual(len(lines[f"virtio{device}-request"]), 4 * 4, done)
                for queue in range(4):
                    counts = lines[f"virtio{device}-request"][4 * queue:][:4]
                    self.assertGreater(sum(counts), 0, done)
            self.assertRegex(done.out, r"XICS \d+ Level +virtio2, virtio6")
            self.assertGreater(sum(lines["virtio2, virtio6"]), 100, done)

    def test_default_window(self):
        with harness.temporary() as work:
            done, stat = self.run_disks(work, ("vda", "vdb", "sda"), (), " disable_ddw")
            self.assertNotIn("ibm,create-pe-dma-window", done.out, done)
            self.assertNotIn("ibm,create-pe-dma-window", stat["rtas_calls"])
            self.assertGreater(stat["hcalls"]["H_PUT_TCE"] + stat["hcalls"]["H_PUT_TCE_INDIRECT"],
                               0, stat["hcalls"])


def interrupts(text):
    """Counts by the name of the interrupt in /proc/interrupts; those of one name follow each other."""
    lines = {}
    for counts, name in re.findall(r"^ *\d+:((?: +\d+)+) .*(?:Edge|Level) +(virtio.*?)\r?$", text,
                                   re.M):
        lines.setdefault(name, []).extend(int(count) for count in counts.split())
    return lines


if __name__ == "__main__":
    unittest.main()
