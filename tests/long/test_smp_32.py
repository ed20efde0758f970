#!/usr/bin/env python3
"""Thirty-two vCPUs: four cores of eight threads under Debian's kernel, all online and all working;
runs repeat, also with two vCPUs. About 15 minutes."""
import os
import unittest

from long_harness import harness
from test_smp_threads import boot_threads, make_initrd

CPU = "/sys/devices/system/cpu"
COMMANDS = [
    "mount -t proc proc /proc; mount -t sysfs sys /sys",
    f"grep -c ^processor /proc/cpuinfo; cat {CPU}/online",
    f"cat {CPU}/cpu30/topology/thread_siblings_list {CPU}/cpu30/topology/core_siblings_list",
    f"i=1; while [ $i -le 31 ]; do echo 0 > {CPU}/cpu$i/online; i=$((i+1)); done; cat {CPU}/online",
    f"i=1; while [ $i -le 31 ]; do echo 1 > {CPU}/cpu$i/online; i=$((i+1)); done; cat {CPU}/online",
    "dmesg | grep -c -i -E 'stall|lockup|backwards|unstable'",
    "exec poweroff -f",
]


class Smp32(unittest.TestCase):
    def test_linux(self):
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            done = harness.boot(work, harness.at_prompt(*COMMANDS), limit=3000,
                                extra=["-smp", "32,sockets=2,cores=2,threads=8", "--record", db])
            self.assertEqual(done.status, 0, done)
            out = done.out.replace("\r", "")
            self.assertIn("smp: Brought up 1 node, 32 CPUs", out)
            self.assertIn("\n32\n0-31\n", out)
            self.assertIn("\n24-31\n16-31\n", out)
            self.assertIn("\n0\n~ # ", out)
            self.assertEqual(out.count("\n0-31\n"), 2, done)
            self.assertEqual(len(harness.stat(db)["vcpus"]), 32)

    def repeats(self, smp, threads, rounds):
        with harness.temporary() as work:
            initrd = make_initrd(work)
            first, db = boot_threads(work, initrd, smp, threads, rounds, "a")
            self.assertEqual(first.status, 0, first)
            self.assertIn("threads: passed", first.out, first)
            again, db_again = boot_threads(work, initrd, smp, threads, rounds, "b")
            self.assertEqual(first.out, again.out)
            self.assertEqual(harness.canonical(db), harness.canonical(db_again))
            return harness.stat(db)

    def test_threads(self):
        counts = self.repeats("32,threads=8", 32, 400)
        for vcpu in counts["vcpus"]:
            self.assertGreater(vcpu["problem_instructions"], 1_000)

    def test_one_and_two(self):
        self.repeats("1", 4, 1000)
        self.repeats("2", 4, 1000)


if __name__ == "__main__":
    unittest.main()
