#!/usr/bin/env python3
"""A process with as many threads as vCPUs under Debian's kernel: its locks, atomics, queues and
messages keep their invariants (guest/locks.c); a run with several vCPUs is the same each time."""
import os
import subprocess
import unittest

import harness

SOURCE = os.path.join(harness.ROOT, "tests/e2e/guest/locks.c")
TESTS = ["mutexes", "conditions", "rwlocks", "barriers", "atomics", "tickets", "stack", "litmus",
         "births"]


def make_initrd(work):
    """An initrd with the program as its only file."""
    root = os.path.join(work, "root")
    os.mkdir(root)
    subprocess.run(["powerpc64le-linux-gnu-gcc", "-O2", "-mcpu=power8", "-static", "-pthread",
                    "-Wall", "-Wextra", "-Werror", "-o", os.path.join(root, "threads"), SOURCE],
                   check=True)
    archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=b"threads\n",
                             capture_output=True, check=True).stdout
    path = os.path.join(work, "initrd")
    with open(path, "wb") as f:
        f.write(archive)
    return path


def boot_threads(work, initrd, smp, threads, rounds, name):
    """Boots into the program; the result of the run and its record."""
    db = os.path.join(work, name)
    append = f"console=hvc0 rdinit=/threads -- {threads} {rounds}"
    done = harness.hornpipe(*harness.linux(append=append),
                            *["-initrd", initrd, "-m", "256M", "-smp", smp, "--record", db])
    return done, db


class SmpThreads(unittest.TestCase):
    def check(self, done):
        self.assertEqual(done.status, 0, done)
        for name in TESTS:
            self.assertIn(f"threads: {name} done, 0 failures", done.out, done)
        self.assertIn("threads: passed", done.out, done)
        self.assertIn("reboot: Power down", done.out, done)

    def test_invariants(self):
        with harness.temporary() as work:
            done, db = boot_threads(work, make_initrd(work), "8", 8, 4000, "run.db")
            self.check(done)
            for vcpu in harness.stat(db)["vcpus"]:
                self.assertGreater(vcpu["problem_instructions"], 1_000_000)

    def test_repeats(self):
        with harness.temporary() as work:
            initrd = make_initrd(work)
            first, db = boot_threads(work, initrd, "3", 4, 400, "a")
            self.check(first)
            again, db_again = boot_threads(work, initrd, "3", 4, 400, "b")
            self.assertEqual(first.out, again.out)
            self.assertEqual(harness.canonical(db), harness.canonical(db_again))


if __name__ == "__main__":
    unittest.main()
