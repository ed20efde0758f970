#!/usr/bin/env python3
"""The engine is no part of a run: its record is the same whichever executes it, when they take turns
(--engine-at), and with less room for decoded code (--code-cache) than the kernel has."""
import os
import unittest

import harness

MILLION = 1000 * 1000
TURNS = [f"--engine-at=icount={at * MILLION + at}:{engine}"
         for at, engine in ((3, "precise"), (40, "threaded"), (41, "precise"), (170, "threaded"),
                            (171, "precise"), (230, "threaded"))]


class Engines(unittest.TestCase):
    def dump(self, work, smp, *extra):
        """The canonical dump of 300 million instructions of a boot, with a reset, and the messages."""
        db = os.path.join(work, "run.db")
        command = harness.linux(extra=["-smp", smp, "--at", "icount=200M:reset",
                                       "--until", "icount=300M", *extra])
        done = harness.hornpipe(*command, "--record", db, "--force", "--log-level", "info")
        self.assertEqual(done.status, 0, done)
        return harness.canonical(db), done.err

    def check(self, smp):
        """All ways to run it come to one record."""
        with harness.temporary() as work:
            expected, _ = self.dump(work, smp, "--engine", "precise")
            for extra in (["--engine", "threaded"], ["--code-cache", "1M"], TURNS):
                got, err = self.dump(work, smp, *extra)
                self.assertEqual(got, expected, extra)
                self.assertEqual(err.count("--engine-at"), len(extra) if extra is TURNS else 0)

    def test_one_vcpu(self):
        self.check("1")

    def test_three_vcpus(self):
        self.check("3")


if __name__ == "__main__":
    unittest.main()
