#!/usr/bin/env python3
"""Debian 12 from its own disk (workloads/debian/build.sh): SLOF, GRUB, systemd, programs; power-off,
reboot, kexec; a simulator that is killed, and what the journal then keeps. 20 minutes on 2 cores,
and ten more when the disk has to be made first."""
import hashlib
import os
import re
import select
import signal
import subprocess
import time
import unittest

from long_harness import harness

ROOT_OFFSET = 18432 * 512
LOGIN = "hornpipe login:"
PROMPT = "root@hornpipe:~# "
VSCSI = ["-drive", "file={},format=raw{}"]
VIRTIO = ["-nodefaults", "-serial", "stdio", "-drive", "if=none,id=d,file={},format=raw{}",
          "-device", "virtio-blk-pci,drive=d"]
PROGRAMS = [
    ("systemctl is-system-running --wait; systemctl --failed --no-legend | wc -l", "running\n0\n"),
    ("findmnt -n -o SOURCE,FSTYPE /", "/dev/sda2 ext4\n"),
    ("python3 -c 'import json, hashlib; print(json.dumps([2 ** 70, 7 / 2]),"
     " hashlib.sha256(b\"abc\").hexdigest()[:8])'", "[1180591620717411303424, 3.5] ba7816bf\n"),
    (r"printf '#include <stdio.h>\n#include <math.h>\nint main(void)"
     r" { double x = 2; printf(\"%%.9f from C\\n\", sqrt(x)); return 3; }\n' >h.c;"
     " gcc -O2 -Wall -o h h.c -lm && ./h; echo $?", "1.414213562 from C\n3\n"),
    ("perl -e 'my %h = map { $_ => $_ ** 2 } 1 .. 9; print join(q(-), @h{sort keys %h}), qq(\\n)'",
     "1-4-9-16-25-36-49-64-81\n"),
    ("sqlite3 t.db 'create table t(x); insert into t values (20), (22); select sum(x) + 0.5 from t'",
     "42.5\n"),
]
PERF_STAT = "perf stat -e task-clock,context-switches,page-faults python3 -c 'print(6 * 7)'"
PERF_RECORD = ("perf record -q -e cpu-clock -o p python3 -c 'for i in range(300000): pass';"
               " echo samp''les $(perf report -i p --stdio 2>/dev/null | grep -c '%.*python')")

KEXEC = "kexec -l --append=\"$(cat /proc/cmdline)\" --initrd=/initrd.img /vmlinux && kexec -e"


def make_disk():
    done = subprocess.run([os.path.join(harness.ROOT, "workloads/debian/build.sh")],
                          stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def command(options, disk, snapshot=True):
    return ["run", "-cpu", "POWER8", "-m", "1G", "-nographic",
            *[option.format(disk, ",snapshot=on" if snapshot else "") for option in options]]


def log_in(*commands):
    """Script steps: root logs in and types the commands, each at a prompt."""
    steps = [("expect", LOGIN), ("send", "root\n")]
    for text in commands:
        steps += [("expect", PROMPT), ("send", text + "\n")]
    return steps


def plain(out):
    """Console output without carriage returns and escape sequences."""
    return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]|\r", "", out)


class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.disk = make_disk()

    def run_script(self, work, arguments, steps, status=0):
        script = harness.write_script(work, *steps, timeout="300s")
        done = harness.hornpipe(*arguments, "--script", script, limit=3000)
        self.assertEqual(done.status, status, done)
        return plain(done.out), done

    def test_programs(self):
        """Also: a run with snapshot=on repeats, and leaves the image alone."""
        before, dumps = digest(self.disk), []
        steps = log_in(*[text for text, _ in PROGRAMS], PERF_STAT, PERF_RECORD, "poweroff")
        with harness.temporary() as work:
            for name in "a.db", "b.db":
                db = os.path.join(work, name)
                out, done = self.run_script(
                    work, command(VSCSI, self.disk) + ["--record", db], steps)
                dumps.append(harness.canonical(db))
                self.assertIn("Welcome to GRUB!", out, done)
                for _, result in PROGRAMS:
                    self.assertIn("\n" + result, out, done)
                self.assertRegex(out, r"\n42\n(.*\n)*.* msec task-clock", done)
                self.assertRegex(out, r"\n +[1-9][0-9]* +context-switches", done)
                self.assertRegex(out, r"\n +[1-9][0-9,]* +page-faults", done)
                self.assertRegex(out, r"\nsamples [1-9]", done)
                self.assertIn("reboot: Power down", out, done)
            self.assertTrue(dumps[0] == dumps[1])
            self.assertIn(before, dumps[0])
        self.assertEqual(digest(self.disk), before)

    def test_kexec_and_reboot(self):
        steps = (log_in(KEXEC)
                 + [("expect", "Linux version")]
                 + log_in("findmnt -n -o SOURCE /; reboot")
                 + [("expect", "reboot: Restarting system"), ("expect", "Welcome to GRUB!")]
                 + log_in("poweroff"))
        with harness.temporary() as work:
            out, done = self.run_script(work, command(VIRTIO, self.disk), steps)
            self.assertIn("\n/dev/vda2\n", out, done)
            self.assertEqual(out.count("] Linux version"), 3, done)
            self.assertEqual(out.count("Welcome to GRUB!"), 2, done)

    def kill_while_writing(self, work, disk):
        """Boots with a writable disk, and kills the simulator some time after data was synced."""
        writes = ("head -c 3000000 /dev/urandom >kept; sha256sum kept >sum; sync; echo syn''ced;"
                  " for i in $(seq 1000); do cp kept new$i; sync new$i; echo wr''ote $i; done")
        script = harness.write_script(work, *log_in(writes), timeout="none")
        arguments = [harness.RELEASE, *command(VSCSI, disk, snapshot=False), "--script", script]
        out, begun = b"", time.monotonic()
        with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
            while b"wrote 3\r" not in out and time.monotonic() - begun < 3000:
                if select.select([child.stdout], [], [], 10)[0]:
                    piece = os.read(child.stdout.fileno(), 65536)
                    self.assertTrue(piece, plain(out.decode(errors="replace"))[-3000:])
                    out += piece
            child.send_signal(signal.SIGKILL)
        self.assertIn(b"synced\r", out)
        self.assertIn(b"wrote 3\r", out)

    def test_killed(self):
        with harness.temporary() as work:
            disk = os.path.join(work, "disk.img")
            subprocess.run(["cp", "--sparse=always", self.disk, disk], check=True)
            self.kill_while_writing(work, disk)
            superblock = subprocess.run(["/sbin/dumpe2fs", "-h", f"{disk}?offset={ROOT_OFFSET}"],
                                        capture_output=True, text=True, check=True).stdout
            self.assertIn("needs_recovery", superblock)
            out, done = self.run_script(
                work, command(VSCSI, disk, snapshot=False),
                log_in("sha256sum -c sum; for i in 1 2 3; do cmp kept new$i && echo sa''me; done",
                       "poweroff"))
            self.assertRegex(out, "recovering journal|recovery complete", done)  # e2fsck, or Linux
            self.assertIn("kept: OK", out, done)
            self.assertEqual(len(re.findall("^same$", out, re.M)), 3, done)
            subprocess.run(["/sbin/e2fsck", "-fn", f"{disk}?offset={ROOT_OFFSET}"], check=True,
                           capture_output=True)


if __name__ == "__main__":
    unittest.main()
