#!/usr/bin/env python3
"""Two runs of one command give the same canonical dump, on an idle and on a loaded host; a run
that had input from a pipe is repeated by --replay without it."""
import os
import subprocess
import unittest

import harness

COMMANDS = ["mount -t proc proc /proc", "cat /proc/interrupts /proc/uptime", "date",
            "head -c 65536 /dev/urandom | sha256sum", "exec poweroff -f"]


def differences(a, b):
    """The first differing line of two dumps, for the message."""
    for number, (x, y) in enumerate(zip(a.splitlines(), b.splitlines()), 1):
        if x != y:
            return f"line {number}:\n{x[:300]}\n{y[:300]}"
    return f"{len(a)} and {len(b)} characters"


class Repeat(unittest.TestCase):
    def assert_same(self, a, b):
        self.assertTrue(a == b, differences(a, b))

    def record(self, directory, name, machine):
        os.mkdir(os.path.join(directory, name))
        db = os.path.join(directory, name, "run.db")
        done = harness.boot(directory, harness.at_prompt(*COMMANDS), machine,
                            extra=["--record", db])
        self.assertEqual(done.status, 0, done)
        return harness.canonical(db), done.out

    def test_loaded_host(self):
        with harness.temporary() as work:
            for machine in (harness.VOF, harness.SLOF):
                with self.subTest(machine=machine):
                    dump, out = self.record(work, machine[-1] + "a", machine)
                    load = [subprocess.Popen(["sh", "-c", "while :; do :; done"])
                            for _ in range(2 * os.cpu_count())]
                    try:
                        again, out_again = self.record(work, machine[-1] + "b", machine)
                    finally:
                        for process in load:
                            process.kill()
                            process.wait()
                    self.assertEqual(out, out_again)
                    self.assert_same(dump, again)

    def test_another_command_gives_another_dump(self):
        with harness.temporary() as work:
            dumps = set()
            for name, icount in (("a", "3000000"), ("b", "3000001")):
                db = os.path.join(work, name)
                done = harness.hornpipe(*harness.linux(
                    extra=["--record", db, "--until", f"icount={icount}"]))
                self.assertEqual(done.status, 0, done)
                self.assertEqual(harness.stat(db)["instructions"], int(icount))
                dumps.add(harness.canonical(db))
            self.assertEqual(len(dumps), 2)

    def test_replay_of_a_piped_run(self):
        with harness.temporary() as work:
            live, replayed = os.path.join(work, "live.db"), os.path.join(work, "replayed.db")
            process = harness.start(*harness.linux(extra=["--record", live]))
            try:
                read = b""
                for command in COMMANDS:
                    read += harness.read_until(process.stdout, harness.PROMPT.encode())
                    process.stdin.write(command.encode() + b"\n")
                out, err = process.communicate(timeout=harness.LIMIT)
                read += out
            finally:
                process.kill()
                process.wait()
            self.assertEqual(process.returncode, 0, (read[-2000:], err))
            self.assertIn(b"reboot: Power down", read)

            done = harness.hornpipe(*harness.linux(
                extra=["--replay", live, "--record", replayed]), stdin=b"echo not read\n")
            self.assertEqual(done.status, 0, done)
            self.assertEqual(done.out, read.decode(errors="replace"))
            self.assert_same(harness.canonical(live), harness.canonical(replayed))
            self.assertIn("live", harness.info(live))
            self.assertIn("replay", harness.info(replayed))


if __name__ == "__main__":
    unittest.main()
