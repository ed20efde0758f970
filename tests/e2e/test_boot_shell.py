#!/usr/bin/env python3
"""Debian's kernel to a shell, with and without firmware: commands and their answers."""
import hashlib
import os
import sqlite3
import unittest

import harness

COMMANDS = [
    "mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev",
    "uname -a",
    "cat /proc/cpuinfo",
    "echo answer $((6*7))",
    "dd if=/dev/zero bs=4k count=256 2>/dev/null | sha256sum",
    "sha256sum /bin/busybox",
    "awk 'BEGIN { x = 1; while (i++ < 60) x = (x + 2 / x) / 2; printf \"%.15f\\n\", x }'",
    "ls /proc/device-tree/vdevice",
    "exec poweroff -f",
]
# What the guest must find, worked out here from the same file that it unpacks.
BUSYBOX = hashlib.sha256(harness.initrd_file("bin/busybox")).hexdigest()
ZEROS = hashlib.sha256(bytes(256 * 4096)).hexdigest()


class BootShell(unittest.TestCase):
    def boot(self, machine, least_instructions):
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            done = harness.boot(work, harness.at_prompt(*COMMANDS), machine,
                                extra=["--record", db])
            self.assertEqual(done.status, 0, done)
            self.check_answers(done)
            numbers = harness.stat(db)
            self.assertGreater(numbers["instructions"], least_instructions)
            self.assertIn("complete", harness.info(db))
            with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as sql:
                self.assertEqual(sql.execute("PRAGMA integrity_check").fetchone()[0], "ok")
                self.assertEqual(sql.execute("PRAGMA foreign_key_check").fetchall(), [])
            self.assertEqual(sorted(os.listdir(work)), ["run.db", "script"])
            return done

    def check_answers(self, done):
        out = done.out.replace("\r", "")
        self.assertRegex(out, r"Linux \(none\) 6\.1\.0-\S+-powerpc64le #1 SMP .* ppc64le")
        self.assertRegex(out, r"cpu\t\t: POWER8 .*altivec supported")
        self.assertRegex(out, r"clock\t\t: 1000\.000000MHz")
        self.assertRegex(out, r"timebase\t: 512000000")
        self.assertIn("\nanswer 42\n", out)
        self.assertIn(f"\n{ZEROS}  -\n", out)
        self.assertIn(f"\n{BUSYBOX}  /bin/busybox\n", out)
        self.assertIn("\n1.414213562373095\n", out)
        self.assertRegex(out, r"vty@71000000")
        self.assertIn("reboot: Power down", out)

    def test_without_firmware(self):
        self.boot(harness.VOF, 500_000_000)

    def test_through_slof(self):
        done = self.boot(harness.SLOF, 700_000_000)
        self.assertIn("FW Version = release", done.out)
        self.assertIn("Detected RAM kernel at 400000", done.out)
        self.assertIn("Using default console: /vdevice/vty@71000000", done.out)


if __name__ == "__main__":
    unittest.main()
