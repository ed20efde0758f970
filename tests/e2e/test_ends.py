#!/usr/bin/env python3
"""How a guest can end a run: reboot, no reboot, panic, init that powers off at once."""
import os
import unittest

import harness

POWER_OFF = 'console=hvc0 rdinit=/bin/sh -- -c "poweroff -f"'
REBOOT = 'console=hvc0 rdinit=/bin/sh -- -c "reboot -f"'
CRASH = 'console=hvc0 panic=-1 rdinit=/bin/sh -- -c "mount -t proc p /proc; ' \
        'echo c > /proc/sysrq-trigger"'


class Ends(unittest.TestCase):
    def test_reboot(self):
        steps = harness.at_prompt("reboot -f") + harness.at_prompt("echo again $((40+2))",
                                                                     "exec poweroff -f")
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            done = harness.boot(work, steps, extra=["--record", db])
            self.assertEqual(done.status, 0, done)
            self.assertEqual(done.out.count("Booting Linux via __start()"), 2, done)
            self.assertIn("reboot: Restarting system", done.out)
            self.assertIn("again 42\r\n", done.out)
            self.assertIn("reboot: Power down", done.out)

    def test_no_reboot(self):
        done = harness.hornpipe(*harness.linux(append=REBOOT, extra=["-no-reboot"]))
        self.assertEqual(done.status, 0, done)
        self.assertEqual(done.out.count("Booting Linux via __start()"), 1, done)
        self.assertIn("reboot: Restarting system", done.out)

    def test_reboot_with_a_changed_image(self):
        with harness.temporary() as work:
            initrd = os.path.join(work, "initrd")
            with open(harness.INITRD, "rb") as source, open(initrd, "wb") as copy:
                copy.write(source.read())
            change = ["--script", harness.write_script(
                work, *harness.at_prompt("reboot -f"), ("expect", "never again"))]
            args = harness.linux(extra=change)
            args[args.index("-initrd") + 1] = initrd
            process = harness.start(*args)
            try:
                harness.read_until(process.stdout, b"Booting Linux via __start()")
                with open(initrd, "ab") as f:
                    f.write(b"changed")
                out, err = process.communicate(timeout=harness.LIMIT)
            finally:
                process.kill()
                process.wait()
            self.assertNotEqual(process.returncode, 0, (out, err))
            self.assertIn(b"-initrd", err)
            self.assertIn(initrd.encode(), err)

    def test_panic(self):
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            done = harness.hornpipe(*harness.linux(append=CRASH, extra=["--record", db]))
            self.assertNotEqual(done.status, 0, done)
            self.assertGreater(done.status, 0, done)
            self.assertIn("sysrq triggered crash", done.out)
            self.assertIn("OS panic: sysrq triggered crash", done.err)
            self.assertIn("panic", harness.info(db))

    def test_device_tree_dump(self):
        for machine in (harness.VOF, harness.SLOF):
            with self.subTest(machine=machine), harness.temporary() as work:
                dtb = os.path.join(work, "machine.dtb")
                harness.hornpipe(*harness.linux(f"{machine},dumpdtb={dtb}", POWER_OFF,
                                                ["--until", "icount=1000"]))
                with open(dtb, "rb") as f:
                    tree = f.read()
                self.assertEqual(tree[:4], b"\xd0\x0d\xfe\xed")
                self.assertEqual(int.from_bytes(tree[4:8], "big"), len(tree))
                for word in (b"phandle", b"ibm,hypertas-functions", b"vdevice", b"PowerPC,POWER8@0",
                             b"memory@0", b"rtas", b"hcall-term"):
                    self.assertIn(word, tree)


if __name__ == "__main__":
    unittest.main()
