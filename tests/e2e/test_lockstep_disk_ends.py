#!/usr/bin/env python3
"""When images are written in lockstep: at the end of a run that no difference ends, and not before."""
import os
import signal
import unittest

import harness
from test_lockstep_disks import LOAD, contents, make_images, options

WRONG_RUN = os.path.join(os.path.dirname(harness.RELEASE), "wrong_run")
# What SUM is for wrong_run: nothing else in Linux comes to it.
SUM = 0x1234567890abcdef
ADD = f": $((0x{SUM - 0xef:x} + 0xef))"


class LockstepDiskEnds(unittest.TestCase):
    def assert_locked(self, paths):
        again = harness.hornpipe(*harness.linux(
            extra=[*options(paths), "--engine", "lockstep", "--until", "icount=1"]))
        self.assertEqual(again.status, 1, again)
        self.assertIn("sda.raw: is in use by another machine", again.err)

    def end_by(self, number, paths, run, before):
        """Ends the run; the names of the images that are not as they were."""
        self.assert_locked(paths)
        run.send_signal(number)
        run.communicate(timeout=harness.LIMIT)
        after = contents(paths)
        return {name for name, content in after.items() if content != before[name]}

    def test_ended_by_a_signal(self):
        """A flush of the guest's leaves the image alone, the end of the run does not."""
        with harness.temporary() as work:
            paths = make_images(work)
            before = contents(paths)
            run = harness.start(*harness.linux(extra=[*options(paths), "--engine", "lockstep"]))
            try:
                for command in (LOAD, "echo after | dd of=/dev/vda bs=6 conv=fsync; "
                                "echo fl''ushed"):
                    harness.read_until(run.stdout, b"~ # ")
                    run.stdin.write(command.encode() + b"\n")
                harness.read_until(run.stdout, b"flushed")
                self.assertEqual(contents(paths), before)
                self.assertEqual(self.end_by(signal.SIGTERM, paths, run, before), {"vda"})
            finally:
                run.kill()
                run.wait()
            with open(paths["vda"], "rb") as f:
                self.assertEqual(f.read(8), b"after\n\n\n")

    def test_killed(self):
        """Before the guest begins, NVRAM has been written."""
        for number, changed in (signal.SIGKILL, set()), (signal.SIGTERM, {"nvram"}):
            with harness.temporary() as work:
                paths = make_images(work)
                before = contents(paths)
                run = harness.start(*harness.linux(extra=[
                    *options(paths), "--engine", "lockstep", "-prom-env", "boot-command=mine"]))
                try:
                    harness.read_until(run.stdout, b"OF stdout")
                    self.assertEqual(self.end_by(number, paths, run, before), changed)
                finally:
                    run.kill()
                    run.wait()

    def test_difference_leaves_them(self):
        """The repetition that finds the instruction has the disks as they were; so has the user."""
        steps = harness.at_prompt(
            LOAD, "for d in /dev/sd[ab] /dev/vd[ab]; do echo after | dd of=$d bs=6 conv=fsync; done",
            "if [ \"$(dd if=/dev/vdb bs=6 count=1)\" = after ]; then " + ADD + "; fi")
        with harness.temporary() as work:
            paths = make_images(work)
            before = contents(paths)
            script = harness.write_script(work, *steps, ("expect", "~ # "), ("stop",))
            done = harness.hornpipe(
                str(SUM), *harness.linux(extra=[*options(paths), "--engine", "lockstep", "--script",
                                                script])[1:], program=WRONG_RUN)
            self.assertEqual(done.status, 1, done)
            self.assertIn(f"0x{SUM:016x} (precise), 0x{SUM + 1:016x} (threaded)", done.err)
            self.assertRegex(done.err, r"lockstep: vCPU 0, instruction \d+ at 0x\w+, add ")
            self.assertEqual(contents(paths), before)


if __name__ == "__main__":
    unittest.main()
