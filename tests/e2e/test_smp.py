#!/usr/bin/env python3
"""Debian's kernel with several vCPUs: all come up, as cores and as threads of cores; work is done on
all of them; the same command gives the same canonical dump."""
import os
import unittest

import harness

WORK = "awk \"BEGIN { for (j = 0; j < 60000; j++) x += j * j % 7; print x }\""
COMMANDS = [
    "mount -t proc proc /proc; mount -t sysfs sys /sys",
    "grep -c ^processor /proc/cpuinfo; cat /sys/devices/system/cpu/online",
    "cat /sys/devices/system/cpu/cpu5/topology/thread_siblings_list",
    f"for i in 1 2 3 4 5 6 7 8; do {WORK} & done; wait",
    "cat /proc/interrupts",
    "dmesg | grep -c -i -E 'stall|lockup|backwards|unstable'",
    "exec poweroff -f",
]


def interrupts(out, name):
    """Numbers of a row of /proc/interrupts, one for each vCPU."""
    row = next(line for line in out.splitlines() if line.strip().endswith(name))
    return [int(word) for word in row.split()[1:9]]


class Smp(unittest.TestCase):
    def boot(self, work, name, smp):
        db = os.path.join(work, name + ".db")
        done = harness.boot(work, harness.at_prompt(*COMMANDS), extra=["-smp", smp, "--record", db])
        self.assertEqual(done.status, 0, done)
        out = done.out.replace("\r", "")
        self.assertIn("\n8\n0-7\n", out)
        self.assertIn("smp: Brought up 1 node, 8 CPUs", out)
        self.assertEqual(out.count("119999\n"), 8, done)
        self.assertIn("\n0\n~ # ", out)
        vcpus = harness.stat(db)["vcpus"]
        self.assertEqual(len(vcpus), 8)
        for vcpu in vcpus:
            self.assertGreater(vcpu["problem_instructions"], 100_000)
            self.assertGreater(vcpu["idle_cycles"], 0)
        return db, out

    def test_cores(self):
        with harness.temporary() as work:
            db, out = self.boot(work, "a", "8")
            self.assertIn("\n5\n", out)
            self.assertTrue(all(n > 0 for n in interrupts(out, "IPI")))
            again, out_again = self.boot(work, "b", "8,cores=8")
            self.assertEqual(out, out_again)
            self.assertEqual(harness.canonical(db), harness.canonical(again))

    def test_threads(self):
        with harness.temporary() as work:
            _, out = self.boot(work, "a", "8,sockets=1,threads=4")
            self.assertIn("\n4-7\n", out)
            self.assertIn("CPU maps initialized for 4 threads per core", out)
            self.assertTrue(all(n > 0 for n in interrupts(out, "Doorbell interrupts")))


if __name__ == "__main__":
    unittest.main()
