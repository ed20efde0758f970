#!/usr/bin/env python3
"""Debian's kernel in the compatibility modes: what it says of the processor, and what is hidden from
its programs. Its own userland needs a POWER8, so a small init without libc (compat_init.c) asks."""
import os
import subprocess
import unittest

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILER = ["powerpc64le-linux-gnu-gcc", "-static", "-nostdlib", "-ffreestanding",
            "-fno-stack-protector", "-mcpu=power7", "-O2"]
OF_206 = ["popcntd", "xsadddp"]
OF_207 = ["vaddudm", "mtvsrd", "mfspr-TAR"]


def newc(name, mode, content=b""):
    """An entry of a cpio archive."""
    path = name.encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


def make_initrd(work):
    init, initrd = os.path.join(work, "init"), os.path.join(work, "initrd")
    subprocess.run([*COMPILER, "-o", init, os.path.join(HERE, "compat_init.c")], check=True)
    with open(init, "rb") as f, open(initrd, "wb") as out:
        out.write(newc("proc", 0o40755) + newc("init", 0o100755, f.read()) + newc("TRAILER!!!", 0))
    return initrd


class Compat(unittest.TestCase):
    def boot(self, *options):
        with harness.temporary() as work:
            arguments = ["run", "-M", harness.VOF, "-cpu", "POWER8", "-m", "1G", "-nographic",
                         "-kernel", harness.VMLINUX, "-initrd", make_initrd(work),
                         "-append", "console=hvc0 quiet panic=-1", "-no-reboot", *options]
            return harness.hornpipe(*arguments)

    def check_probes(self, done, hidden):
        out = done.out.replace("\r", "")
        self.assertEqual(done.status, 0, done)
        for name in OF_206 + OF_207 + ["dadd", "vaddubm"]:
            answer = "SIGILL" if name in hidden else "works"
            self.assertIn(f"\nprobe {name} {answer}\n", "\n" + out, done)

    def test_power7(self):
        # Of the eight threads of the core POWER7 has four; children of init run on all of them.
        done = self.boot("-cpu", "POWER8,compat=power7", "-smp", "8,threads=8")
        self.assertEqual(done.out.count("(architected), altivec supported"), 4, done)
        self.assertIn("cpu\t\t: POWER7 (architected), altivec supported", done.out, done)
        self.check_probes(done, OF_207)

    def test_power6(self):
        done = self.boot("-M", "max-cpu-compat=power6")
        self.assertIn("cpu\t\t: POWER6 (architected), altivec supported", done.out, done)
        self.check_probes(done, OF_206 + OF_207)

    def test_processor_power7(self):
        done = self.boot("-cpu", "POWER7")
        self.assertIn("cpu\t\t: POWER7 (architected), altivec supported", done.out, done)
        self.check_probes(done, OF_207)


if __name__ == "__main__":
    unittest.main()
