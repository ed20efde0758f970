#!/usr/bin/env python3
"""virtio disks with Debian's drivers: every interface, a file system on each, and the same again."""
import hashlib
import os
import subprocess
import unittest

import harness

SIZE = 24 << 20
# Device, and the properties that choose its interface.
DISKS = {
    "vda": "virtio-blk-pci,drive=vda,serial=first",
    "vdb": "virtio-blk-pci,drive=vdb,disable-legacy=on,iommu_platform=on,addr=5",
    "vdc": "virtio-blk-pci,drive=vdc,disable-modern=on,addr=8",
    "vdd": "virtio-blk-pci,drive=vdd,disable-modern=on,vectors=0,indirect_desc=off,event_idx=off",
    "sda": "scsi-hd,drive=sda,bus=s0.0",
}
PARTITIONED = ("vda", "sda")
ADAPTER = "virtio-scsi-pci,id=s0,addr=1f"
CONTENT = b"".join(b"%d\n" % i for i in range(1, 200001))
DATA, DATA_SIZE = hashlib.sha256(CONTENT).hexdigest(), len(CONTENT)


def guest_commands():
    """Commands that put a file system on each disk and read it back."""
    yield "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load"
    yield "seq 1 200000 >/data; mkdir /mnt"
    for disk in DISKS:
        part = disk
        if disk in PARTITIONED:
            part = f"{disk}1"
            yield f"echo ',,L' | sfdisk -q /dev/{disk}"
        yield (f"mke2fs -q -F -t ext4 /dev/{part} && mount -t ext4 /dev/{part} /mnt && "
               f"cp /data /mnt/data && sync && umount /mnt && echo 3 >/proc/sys/vm/drop_caches && "
               f"mount -t ext4 /dev/{part} /mnt && echo {disk} $(sha256sum </mnt/data) ; "
               f"umount /mnt && e2fsck -fn /dev/{part} >/dev/null 2>&1 && echo clean {disk}")
    # The driver lets go of a device, and takes it again.
    yield ("cd /sys/bus/pci/drivers/virtio-pci; echo 0000:00:05.0 >unbind; ls /dev/vdb; "
           "echo 0000:00:05.0 >bind; sleep 1; cd /; mount -t ext4 /dev/vdb /mnt && "
           "echo again $(sha256sum </mnt/data); umount /mnt")
    yield "cat /sys/block/vda/serial; echo; grep -c virtio /proc/interrupts"
    yield "for d in /sys/bus/pci/devices/*; do echo ${d##*/} $(cat $d/device $d/revision); done"
    yield "dmesg | grep -i -e 'i/o error' -e 'call trace'; echo looked"
    yield "exec poweroff -f"


class Virtio(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.initrd = harness.disk_initrd()

    def run_disks(self, work, name, *extra):
        """Boots with fresh disks; the result, the database and the disks' content."""
        db = os.path.join(work, f"{name}.db")
        options = ["-initrd", self.initrd, "--record", db, "-device", ADAPTER]
        images = []
        for disk, device in DISKS.items():
            image = os.path.join(work, f"{disk}.raw")
            with open(image, "wb") as f:
                f.truncate(SIZE)
            images.append(image)
            options += ["-drive", f"file={image},format=raw,if=none,id={disk}", "-device", device]
        done = harness.boot(work, harness.at_prompt(*guest_commands()), extra=[*options, *extra])
        self.assertEqual(done.status, 0, done)
        hashes = []
        for image in images:
            with open(image, "rb") as f:
                hashes.append(hashlib.sha256(f.read()).hexdigest())
        return done, db, hashes

    def check_image(self, work, disk):
        """What the guest wrote, as the host sees it."""
        image = os.path.join(work, f"{disk}.raw")
        if disk in PARTITIONED:
            image += f"?offset={1 << 20}"
        subprocess.run(["/sbin/e2fsck", "-fn", image], check=True, capture_output=True)
        done = subprocess.run(["/sbin/debugfs", "-R", "cat /data", image], check=True,
                              capture_output=True)
        self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), DATA, disk)

    def test_file_systems(self):
        with harness.temporary() as work:
            done, db, hashes = self.run_disks(work, "first")
            for disk in DISKS:
                self.assertIn(f"{disk} {DATA}", done.out, done)
                self.assertIn(f"clean {disk}", done.out, done)
                self.check_image(work, disk)
            self.assertIn(f"again {DATA}", done.out, done)
            self.assertIn("first", done.out)
            self.assertIn("looked", done.out)
            self.assertNotIn("I/O error", done.out.replace("'i/o error'", ""))
            self.assertIn("0000:00:05.0 0x1042 0x01", done.out)
            self.assertIn("0000:00:08.0 0x1001 0x00", done.out)
            self.assertIn("0000:00:1f.0 0x1004 0x00", done.out)
            devices = harness.stat(db)["devices"]
            for device in ("virtio-blk-pci@0000:00:05.0", "virtio-blk-pci@0000:00:08.0",
                           "scsi-hd@0:0:0:0"):
                self.assertGreater(devices[f"{device} written_bytes"], DATA_SIZE, devices)
                self.assertGreater(devices[f"{device} flushes"], 0, devices)
            for device in ("virtio-blk-pci@0000:00:05.0", "virtio-scsi-pci@0000:00:1f.0"):
                self.assertGreater(devices[f"{device} interrupts"], 100, devices)
            # Where batches are cut is nothing that a disk could tell.
            _, other, again = self.run_disks(work, "second", "--interval", "1234567")
            self.assertEqual(hashes, again)
            self.assertEqual(devices, harness.stat(other)["devices"])
            self.assertEqual(harness.stat(db)["instructions"],
                             harness.stat(other)["instructions"])


if __name__ == "__main__":
    unittest.main()
