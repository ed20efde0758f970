#!/usr/bin/env python3
"""Both engines in lockstep, without a difference: Linux through SLOF, with four vCPUs, with little
room for code, and Debian on its disk to a login, a compiler and power-off."""
import unittest

from long_harness import harness
from test_debian import PROGRAMS, VSCSI, command, log_in, make_disk

LOCKSTEP = ["--engine", "lockstep"]
COMMANDS = ["mount -t proc proc /proc; cat /proc/cpuinfo | grep -c ^processor",
            "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; echo done $i",
            "head -c 3000000 /dev/urandom | gzip | sha256sum", "exec poweroff -f"]


class LockstepSystems(unittest.TestCase):
    def boot(self, *extra, machine=harness.VOF):
        with harness.temporary() as work:
            done = harness.boot(work, harness.at_prompt(*COMMANDS), machine=machine, limit=3000,
                                extra=[*LOCKSTEP, *extra])
        self.assertEqual(done.status, 0, done)
        self.assertIn("done 300", done.out)

    def test_slof(self):
        self.boot(machine=harness.SLOF)

    def test_four_vcpus(self):
        self.boot("-smp", "4,threads=2")

    def test_little_room_for_code(self):
        self.boot("--code-cache", "1M")

    def test_debian(self):
        commands = [PROGRAMS[2][0], PROGRAMS[3][0], "poweroff"]
        with harness.temporary() as work:
            script = harness.write_script(work, *log_in(*commands), timeout="600s")
            done = harness.hornpipe(*command(VSCSI, make_disk()), *LOCKSTEP, "--script", script,
                                    limit=3000)
        self.assertEqual(done.status, 0, done)
        self.assertIn("1.414213562 from C", done.out)


if __name__ == "__main__":
    unittest.main()
