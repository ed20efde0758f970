#!/usr/bin/env python3
"""What Debian's kernel makes of two sockets of two cores of two threads: its own topology files; and
vCPUs that are taken offline (stop-self) and online again (start-cpu), one by one, all the second
threads, again and again."""
import re
import unittest

import harness

CPU = "/sys/devices/system/cpu"
FILES = ["thread_siblings_list", "core_siblings_list", "physical_package_id", "core_id"]
ODD = "1 3 5 7"
COMMANDS = [
    "mount -t proc proc /proc; mount -t sysfs sys /sys",
    f"for i in 0 1 2 3 4 5 6 7; do cd {CPU}/cpu$i/topology; "
    f"echo topology $i $(cat {' '.join(FILES)}); cd /; done",
    f"for i in 1 2 3 4 5 6; do echo 0 > {CPU}/cpu3/online; echo off $(cat {CPU}/online); "
    f"echo 1 > {CPU}/cpu3/online; done; echo on $(cat {CPU}/online)",
    f"for i in {ODD}; do echo 0 > {CPU}/cpu$i/online; done; echo smt-off $(cat {CPU}/online)",
    f"for i in {ODD}; do echo 1 > {CPU}/cpu$i/online; done; echo smt-on $(cat {CPU}/online)",
    f"for i in 0 1 2 3 4 5 6; do echo 0 > {CPU}/cpu$i/online; done; echo last $(cat {CPU}/online)",
    f"for i in 0 1 2 3 4 5 6; do echo 1 > {CPU}/cpu$i/online; done; echo all $(cat {CPU}/online)",
    "cat /proc/interrupts",
    "echo complaints $(dmesg | grep -c -i -E 'stall|lockup|backwards|unstable|stuck')",
    "exec poweroff -f",
]


class Topology(unittest.TestCase):
    def test_topology(self):
        with harness.temporary() as work:
            done = harness.boot(work, harness.at_prompt(*COMMANDS),
                                extra=["-smp", "8,sockets=2,cores=2,threads=2"])
        self.assertEqual(done.status, 0, done)
        lines = done.out.replace("\r", "").split("\n")
        for i in range(8):
            core, socket = i & ~1, i // 4
            self.assertIn(f"topology {i} {core}-{core + 1} {4 * socket}-{4 * socket + 3} "
                          f"{socket} {core}", lines, done)
        self.assertEqual(lines.count("off 0-2,4-7"), 6, done)
        for line in ["on 0-7", "smt-off 0,2,4,6", "smt-on 0-7", "last 7", "all 0-7",
                     "complaints 0"]:
            self.assertIn(line, lines, done)
        for name in ["IPI", "Doorbell interrupts"]:
            row = next(line for line in lines if line.strip().endswith(name))
            counts = [int(word) for word in re.findall(r"\d+", row.split(":")[1])[:8]]
            self.assertTrue(all(counts), row)


if __name__ == "__main__":
    unittest.main()
