#!/usr/bin/env python3
"""A big-endian Linux with 64-bit (ELFv1), 32-bit (System V ABI) and ELFv2 programs that check
themselves, on POWER7, on POWER8, and on POWER8 in POWER7 mode; through SLOF and without; with one
vCPU and four. The kernel is that of workloads/kernel/build.sh be, the programs are tests/linux.
"""
import glob
import os
import re
import subprocess
import unittest

from long_harness import harness, initrd, kernel

SOURCES = sorted(glob.glob(os.path.join(harness.ROOT, "tests/linux/*.c")))
# What must print under user-mode QEMU what it prints here.
SAME_AS_QEMU = ["arithmetic", "vectors_p7", "strings"]
POWER8_ONLY = ["mtvsrwz", "mfvsrwz", "lxsiwzx", "xsaddsp", "xxleqv", "vaddudm", "vpopcntd", "vcipher",
               "vpmsumd", "fmrgew", "mfspr TAR", "bctar"]


def sections(out):
    """What each program printed, by its name."""
    parts = re.split(r"^== (.*)\n", out.replace("\r", ""), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class BigEndian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = kernel("be")
        cls.work = harness.temporary()
        cls.initrd = os.path.join(cls.work.name, "initrd.gz")
        cls.programs = initrd(cls.initrd, *SOURCES)

    @classmethod
    def tearDownClass(cls):
        cls.work.cleanup()

    def boot(self, cpu, machine=harness.VOF, extra=()):
        """Runs all programs, checks what holds everywhere; what each printed, and the result."""
        done = harness.hornpipe(
            "run", "-M", machine, "-cpu", cpu, "-m", "512M", "-nographic", "-kernel", self.kernel,
            "-initrd", self.initrd, "-append", "console=hvc0", *extra, limit=1800)
        self.assertEqual(done.status, 0, done)
        said = sections(done.out)
        for name in sorted(os.listdir(self.programs)):
            self.assertIn(f"PASS\n-- {name}: status 0\n", said.get(name, "nothing"), done)
        self.assertIn("all run", said)
        self.assertIn("reboot: Power down", done.out)
        self.assertNotRegex(done.out, r"Oops|BUG:|WARNING: CPU|Call Trace|lockup|detected stall")
        return said, done

    def check_level(self, said, has_power8):
        for name in ["level-64", "level-32"]:
            for what in POWER8_ONLY:
                self.assertIn(f"{what} {'yes' if has_power8 else 'no'}\n", said[name])
            self.assertIn("lbarx yes\n", said[name])

    def test_power7(self):
        dumps, outputs = [], []
        for name in "ab":
            db = os.path.join(self.work.name, name + ".db")
            said, done = self.boot("POWER7", harness.SLOF, ["--record", db])
            stat = harness.stat(db)
            # Only what the programs try on purpose.
            for missing in stat["missing_instructions"]:
                self.assertIn(missing["mnemonic"] or missing["first_word"],
                              POWER8_ONLY + ["tbegin.", "0x00000000"], missing)
            dumps.append(harness.canonical(db))
            outputs.append(done.out)
        self.assertEqual(dumps[0], dumps[1])
        self.assertEqual(outputs[0], outputs[1])
        self.check_level(said, False)
        self.assertIn("platform power7 base power7 ", said["clocks-64"])
        self.assertIn("platform power7 base power7 ", said["clocks-32"])
        for name in SAME_AS_QEMU:
            qemu = subprocess.run(["qemu-ppc64", os.path.join(self.programs, name + "-64")],
                                  capture_output=True, check=True, text=True).stdout
            for size in ["-64", "-32"]:
                self.assertEqual(qemu, said[name + size].split("-- ")[0])

    def test_power8(self):
        said, _ = self.boot("POWER8", harness.SLOF)
        self.check_level(said, True)
        self.assertIn("platform power8 base power8 ", said["clocks-64"])

    def test_power8_in_power7_mode(self):
        for cpu, machine, smp in [("POWER8,compat=power7", harness.SLOF, "1"),
                                  ("POWER8", "pseries,x-vof=on,max-cpu-compat=power7", "4")]:
            said, _ = self.boot(cpu, machine, ["-smp", smp])
            self.check_level(said, False)
            self.assertIn("platform power7 base power8 ", said["clocks-64"])

    def test_four_vcpus(self):
        for cpu in ["POWER7", "POWER8"]:
            _, done = self.boot(cpu, extra=["-smp", "4"])
            self.assertIn("Brought up 1 node, 4 CPUs", done.out)


if __name__ == "__main__":
    unittest.main()
