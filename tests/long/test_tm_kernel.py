#!/usr/bin/env python3
"""The kernel of workloads/kernel/build.sh tm, which Debian's is not: built with transactional memory
for programs. It boots on POWER8, through SLOF and without, and its programs have what it announces.
"""
import os
import unittest

from long_harness import harness, initrd, kernel


class TransactionalMemory(unittest.TestCase):
    def test_boot(self):
        vmlinux = kernel("tm")
        with open(os.path.join(os.path.dirname(vmlinux), "config"), encoding="ascii") as f:
            self.assertIn("CONFIG_PPC_TRANSACTIONAL_MEM=y\n", f.read())
        with harness.temporary() as work:
            image = os.path.join(work, "initrd.gz")
            initrd(image, os.path.join(harness.ROOT, "tests/linux/transactions.c"), order="le")
            for machine, smp in [(harness.SLOF, "1"), (harness.VOF, "4")]:
                done = harness.hornpipe(
                    "run", "-M", machine, "-cpu", "POWER8", "-m", "512M", "-nographic", "-smp", smp,
                    "-kernel", vmlinux, "-initrd", image, "-append", "console=hvc0", limit=1800)
                self.assertEqual(done.status, 0, done)
                out = done.out.replace("\r", "")
                self.assertIn("-hornpipe-tm ", out)
                self.assertIn("PASS\n-- transactions-64: status 0\n", out, done)
                self.assertIn("reboot: Power down", out)


if __name__ == "__main__":
    unittest.main()
