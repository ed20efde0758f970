#!/usr/bin/env python3
"""qcow2 images with Debian's drivers, on spapr-vscsi and virtio-blk: kept, checked, left alone."""
import hashlib
import os
import subprocess
import unittest

import harness

SIZE = 24 << 20
DISKS = ("sda", "vda")
CONTENT = b"".join(b"%d\n" % i for i in range(1, 200001))
DATA = hashlib.sha256(CONTENT).hexdigest()


def guest_commands():
    yield "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load"
    yield "sleep 1; seq 1 200000 >/data; mkdir /mnt"
    for disk in DISKS:
        yield (f"mke2fs -q -F -t ext4 /dev/{disk} && mount -t ext4 /dev/{disk} /mnt && "
               f"cp /data /mnt/data && sync && umount /mnt && echo 3 >/proc/sys/vm/drop_caches && "
               f"mount -t ext4 /dev/{disk} /mnt && echo {disk} $(sha256sum </mnt/data); "
               f"umount /mnt && e2fsck -fn /dev/{disk} >/dev/null 2>&1 && echo clean {disk}")
    yield "exec poweroff -f"


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def qemu_img(*args):
    subprocess.run(["qemu-img", *args], check=True, capture_output=True)


class Qcow2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.initrd = harness.disk_initrd()

    def make_images(self, work):
        """Paths of an image that stands alone, and of one on top of a backing file."""
        paths = [os.path.join(work, f"{disk}.qcow2") for disk in DISKS]
        base = os.path.join(work, "base.raw")
        with open(base, "wb") as f:
            f.write(b"under\n" * (SIZE // 6))
        qemu_img("create", "-f", "qcow2", paths[0], str(SIZE))
        qemu_img("create", "-f", "qcow2", "-b", base, "-F", "raw", paths[1])
        return paths, base

    def run_guest(self, paths, options, *extra):
        drives = ["-drive", f"file={paths[0]},format=qcow2{options}",
                  "-drive", f"file={paths[1]},format=qcow2,if=none,id=v{options}",
                  "-device", "virtio-blk-pci,drive=v"]
        work = os.path.dirname(paths[0])
        done = harness.boot(work, harness.at_prompt(*guest_commands()),
                            extra=["-initrd", self.initrd, *drives, *extra])
        self.assertEqual(done.status, 0, done)
        for disk in DISKS:
            self.assertIn(f"{disk} {DATA}", done.out, done)
            self.assertIn(f"\nclean {disk}", done.out.replace("\r", ""), done)

    def test_written(self):
        with harness.temporary() as work:
            paths, base = self.make_images(work)
            before = digest(base)
            self.run_guest(paths, "")
            for path in paths:
                raw = f"{path}.raw"
                qemu_img("check", path)
                qemu_img("convert", "-f", "qcow2", "-O", "raw", path, raw)
                subprocess.run(["/sbin/e2fsck", "-fn", raw], check=True, capture_output=True)
                done = subprocess.run(["/sbin/debugfs", "-R", "cat /data", raw], check=True,
                                      capture_output=True)
                self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), DATA, path)
            self.assertEqual(digest(base), before)

    def test_snapshot_repeats(self):
        with harness.temporary() as work:
            paths, base = self.make_images(work)
            before, dumps = [digest(path) for path in (*paths, base)], []
            for name in ("a.db", "b.db"):
                db = os.path.join(work, name)
                self.run_guest(paths, ",snapshot=on", "--record", db)
                dumps.append(harness.canonical(db))
            self.assertEqual([digest(path) for path in (*paths, base)], before)
            self.assertTrue(dumps[0] == dumps[1])


if __name__ == "__main__":
    unittest.main()
