#!/usr/bin/env python3
"""Ten million timebase values, passed through memory between eight vCPUs: time never runs back. And
the same run twice is the same."""
import os
import sys
import unittest

import harness

GUESTS = os.path.join(harness.ROOT, "tests/guest")
sys.path.insert(0, GUESTS)
import test_guests  # pylint: disable=wrong-import-position

VCPUS, PASSES = 8, 10_000_000


class SmpTime(unittest.TestCase):
    def run_guest(self, work, passes, name):
        source = os.path.join(GUESTS, "smp_timebase.S")
        rom = test_guests.build(source, work, [f"ROUNDS={passes // VCPUS}"])
        db = os.path.join(work, name)
        done = harness.hornpipe("run", "-M", "pseries", "-m", "256M", "-nographic", "-bios", rom,
                                "-smp", f"{VCPUS},threads=2", "--record", db)
        self.assertEqual(done.status, 0, done)
        self.assertIn("PASS", done.out)
        return db

    def test_never_runs_back(self):
        with harness.temporary() as work:
            db = self.run_guest(work, PASSES, "long")
            counts = harness.stat(db)
            self.assertGreater(counts["instructions"], 8 * PASSES)
            for vcpu in counts["vcpus"]:
                self.assertGreater(vcpu["supervisor_instructions"], PASSES)

    def test_repeats(self):
        with harness.temporary() as work:
            first = self.run_guest(work, 100_000, "a")
            self.assertEqual(harness.canonical(first),
                             harness.canonical(self.run_guest(work, 100_000, "b")))


if __name__ == "__main__":
    unittest.main()
