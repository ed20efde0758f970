#!/usr/bin/env python3
"""Disks of every kind that are written in lockstep have what the precise engine leaves in them."""
import hashlib
import os
import subprocess
import unittest

import harness

MIB = 1 << 20
SIZE = 24 * MIB
NVRAM_AT, KEPT = 65000, b"kept-in-lockstep"
CONTENT = b"".join(b"%d\n" % i for i in range(1, 100001))
DATA = hashlib.sha256(CONTENT).hexdigest()
DISKS = {"sda": "raw", "vda": "raw", "vdb": "qcow2", "sdb": "qcow2"}
LOAD = "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load; sleep 1"


def write_commands():
    yield LOAD + "; mkdir /mnt; seq 1 100000 >/data"
    for disk in DISKS:
        yield (f"mke2fs -q -F -t ext4 /dev/{disk} && mount -t ext4 /dev/{disk} /mnt && "
               f"cp /data /mnt/data && umount /mnt && echo wrote {disk}")
    yield f"printf {KEPT.decode()} | dd of=/dev/nvram bs=1 seek={NVRAM_AT}"
    yield "dd if=/dev/zero of=/dev/sda bs=64k seek=200 count=16 conv=fsync"  # over what was there
    yield "exec poweroff -f"


def read_commands():
    yield LOAD + "; mkdir /mnt"
    for disk in DISKS:
        yield (f"mount -t ext4 -o ro /dev/{disk} /mnt && echo {disk} $(sha256sum </mnt/data); "
               "umount /mnt")
    yield f"dd if=/dev/nvram bs=1 skip={NVRAM_AT} count={len(KEPT)} | sed s/kept/was-kept/; echo"
    yield "exec poweroff -f"


def make_images(work):
    """A disk of each kind that is not empty, and NVRAM."""
    paths = {}
    for disk, form in DISKS.items():
        raw = os.path.join(work, f"{disk}.raw")
        with open(raw, "wb") as f:
            f.write(b"before\n\n" * (SIZE // 8))
        paths[disk] = raw
        if form == "qcow2":
            paths[disk] = os.path.join(work, f"{disk},1.qcow2")
            subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, paths[disk]], check=True)
            os.remove(raw)
    paths["nvram"] = os.path.join(work, "nvram")
    with open(paths["nvram"], "wb") as f:
        f.truncate(64 * 1024)
    return paths


def options(paths):
    drive = {name: f"file={path.replace(',', ',,')},format={DISKS.get(name, 'raw')}"
             for name, path in paths.items()}
    return ["-initrd", harness.disk_initrd(), "-drive", drive["sda"],
            "-drive", drive["vda"] + ",if=virtio",
            "-drive", drive["vdb"] + ",if=virtio",
            "-device", "virtio-scsi-pci,id=s0",
            "-drive", drive["sdb"] + ",if=none,id=b", "-device", "scsi-hd,drive=b,bus=s0.0",
            "-drive", drive["nvram"] + ",if=pflash"]


def contents(paths):
    """SHA-256 of what a guest would find in each image."""
    found = {}
    for name, path in paths.items():
        raw = path
        if DISKS.get(name) == "qcow2":
            raw = path + ".raw"
            subprocess.run(["qemu-img", "convert", "-U", "-f", "qcow2", "-O", "raw", path, raw],
                           check=True)
        with open(raw, "rb") as f:
            found[name] = hashlib.file_digest(f, "sha256").hexdigest()
        if raw != path:
            os.remove(raw)
    return found


class LockstepDisks(unittest.TestCase):
    def run_writer(self, *extra):
        """In a directory of its own; what is in the images then, and what a second run reads."""
        with harness.temporary() as work:
            paths = make_images(work)
            done = harness.boot(work, harness.at_prompt(*write_commands()),
                                extra=[*options(paths), *extra])
            self.assertEqual(done.status, 0, done)
            for disk in DISKS:
                self.assertIn(f"wrote {disk}", done.out, done)
            found = contents(paths)
            done = harness.boot(work, harness.at_prompt(*read_commands()), extra=options(paths))
            self.assertEqual(done.status, 0, done)
            for disk in DISKS:
                self.assertIn(f"{disk} {DATA}", done.out, done)
            self.assertIn("was-" + KEPT.decode(), done.out, done)
        return found

    def test_as_the_precise_engine_leaves_them(self):
        self.assertEqual(self.run_writer("--engine", "precise"),
                         self.run_writer("--engine", "lockstep"))


if __name__ == "__main__":
    unittest.main()
