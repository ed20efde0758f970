#!/usr/bin/env python3
"""Disks with Debian's own drivers: file systems on spapr-vscsi, snapshots, and NVRAM that stays."""
import hashlib
import os
import subprocess
import unittest

import harness

MIB = 1 << 20
SLOF_PROMPT = "0 >"
MOUNTS = "mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load"
MAKE = ("sleep 1; echo ',,L' | sfdisk -q /dev/sda && mke2fs -q -t ext4 /dev/sda1 && mkdir /t &&"
        " mount /dev/sda1 /t")
USE = ("dd if=/dev/urandom of=/t/a bs=64k count=100; cp /bin/busybox /t/b; sync;"
       " sha256sum /t/a /t/b >/s; umount /t; e2fsck -f -p /dev/sda1; mount /dev/sda1 /t;"
       " sha256sum -c /s; rm /t/b; fstrim -v /t; umount /t; e2fsck -n -f /dev/sda1 && echo c''lean")


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def make_image(directory, size=64 * MIB):
    path = os.path.join(directory, "disk.img")
    with open(path, "wb") as f:
        f.truncate(size)
    return path


class Disks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([os.path.join(harness.ROOT, "workloads/debian-disk-tools.sh")],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest("Debian's packages for ppc64el cannot be had: "
                                    + done.stderr[-300:])
        cls.initrd = done.stdout.strip()

    def boot(self, directory, drive, *extra):
        steps = harness.at_prompt(MOUNTS, MAKE, USE, "exec poweroff -f")
        script = harness.write_script(directory, *steps)
        # the last -initrd wins
        done = harness.hornpipe(*harness.linux(extra=["--script", script, "-initrd", self.initrd,
                                                      "-drive", drive, *extra]))
        self.assertEqual(done.status, 0, done)
        for line in ("/t/a: OK", "/t/b: OK", "bytes trimmed", "\nclean"):
            self.assertIn(line, done.out.replace("\r", ""), done)
        return done

    def test_ext4(self):
        with harness.temporary() as work:
            path = make_image(work)
            self.boot(work, f"file={path},format=raw,discard=unmap")
            self.assertGreater(os.stat(path).st_blocks, 0)
            self.assertLess(os.stat(path).st_blocks * 512, 32 * MIB)
            subprocess.run(["/sbin/e2fsck", "-fn", f"{path}?offset={MIB}"], check=True,
                           capture_output=True)

    def test_snapshot_repeats(self):
        with harness.temporary() as work:
            path = make_image(work)
            before, dumps = digest(path), []
            for name in ("a.db", "b.db"):
                db = os.path.join(work, name)
                self.boot(work, f"file={path},format=raw,snapshot=on,discard=unmap",
                          "--record", db)
                dumps.append(harness.canonical(db))
            self.assertEqual(digest(path), before)
            self.assertEqual(os.stat(path).st_blocks, 0)
            self.assertTrue(dumps[0] == dumps[1])
            self.assertIn(before, dumps[0])


class Inputs(unittest.TestCase):
    def test_replay_wants_the_content(self):
        with harness.temporary() as work:
            path, db = make_image(work, MIB), os.path.join(work, "run.db")
            command = harness.linux(extra=["-drive", f"file={path},format=raw,snapshot=on"])
            stop = ["--until", "icount=100000"]
            done = harness.hornpipe(*command, *stop, "--record", db)
            self.assertEqual(done.status, 0, done)
            done = harness.hornpipe(*command, *stop, "--replay", db)
            self.assertEqual(done.status, 0, done)
            with open(path, "r+b") as f:
                f.write(b"x")
            done = harness.hornpipe(*command, *stop, "--replay", db)
            self.assertNotEqual(done.status, 0, done)
            self.assertIn("was recorded with another -drive scsi0-hd0 file", done.err)

    def test_nvram_stays(self):
        with harness.temporary() as work:
            path = make_image(work, 64 * 1024)
            base = ["run", "-m", "256M", "-nographic", "-nodefaults", "-serial", "stdio"]
            script = harness.write_script(
                work, ("expect", SLOF_PROMPT), ("send", "setenv boot-device typed\r"),
                ("expect", SLOF_PROMPT), ("stop",), timeout="30s")
            done = harness.hornpipe(*base, "-pflash", path, "-prom-env", "boot-command=mine",
                                    "-prom-env", "auto-boot?=false", "--script", script)
            self.assertEqual(done.status, 0, done)
            script = harness.write_script(
                work, ("expect", SLOF_PROMPT), ("send", "printenv boot-device\r"),
                ("expect", "typed"), ("expect", SLOF_PROMPT),
                ("send", "printenv boot-command\r"), ("expect", "mine"), ("stop",),
                timeout="30s")
            done = harness.hornpipe(*base, "-drive", f"if=none,id=P,file={path},format=raw",
                                    "-global", "spapr-nvram.drive=P", "--script", script)
            self.assertEqual(done.status, 0, done)


if __name__ == "__main__":
    unittest.main()
