#!/usr/bin/env python3
"""What --engine lockstep says of a threaded engine that adds wrongly (tests/tools/wrong_run.c)."""
import json
import os
import re
import signal
import sqlite3
import struct
import subprocess
import time
import unittest

import harness

WRONG_RUN = os.path.join(os.path.dirname(harness.RELEASE), "wrong_run")
EARLY = "0x400000"  # where the kernel is: its first code adds to come there
SENTENCE = re.compile(
    r"lockstep: vCPU 0, instruction (\d+) at (0x[0-9a-f]{16}), add     (r\d+),(r\d+),(r\d+): "
    r"gpr\[(\d+)\] is (0x[0-9a-f]{16}) \(precise\), (0x[0-9a-f]{16}) \(threaded\)")
LINE = re.compile(r" {2,}(\d+)  (0x[0-9a-f]{16})  [0-9a-f]{8}  (.*)")

# Adds what comes from the terminal to its length.
TERMINAL = (
    0x39400001,  # entry: li     r10,1
    0x794af806,  #        rldicr r10,r10,63,0
    0x7d400164,  #        mtmsrd r10
    0x38600054,  # again: li     r3,H_GET_TERM_CHAR
    0x3c807100,  #        lis    r4,0x7100
    0x44000022,  #        sc     1
    0x2c240000,  #        cmpdi  r4,0
    0x4182fff0,  #        beq    again
    0x7cc52214,  #        add    r6,r5,r4
    0x48000000,  #        b      .
)


def options(*extra):
    """Of a boot in lockstep, without `run`."""
    return [*harness.linux(extra=["--engine", "lockstep", *extra])[1:]]


def make_vectors(work, *extra):
    """The path of a file with vectors for add."""
    subprocess.run([os.path.join(harness.ROOT, "tests/cli/make_vectors"), *extra, "-o", work],
                   check=True)
    return os.path.join(work, "fixed.hpv")


def state_and_parent(pid):
    """As /proc has them; ("Z", 0) of a process that is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            state, parent = f.read().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return "Z", 0
    return state, int(parent)


def children(pid):
    """All processes that come from it."""
    own = [int(name) for name in os.listdir("/proc")
           if name.isdigit() and state_and_parent(name)[1] == pid]
    return own + [child for parent in own for child in children(parent)]


class Lockstep(unittest.TestCase):
    def assert_report(self, err, total):
        """Of an addition that should come to `total`: the sentence, and the last instructions."""
        match = SENTENCE.search(err)
        self.assertIsNotNone(match, err)
        number, address, target, _, _, index, right, wrong = match.groups()
        self.assertEqual((int(right, 16), int(wrong, 16)), (total, total + 1), err)
        self.assertEqual(target, f"r{index}", err)
        lines = [LINE.fullmatch(line) for line in err.splitlines()]
        lines = [line for line in lines if line]
        self.assertEqual(len(lines), min(64, int(number) + 1), err)
        self.assertEqual([int(line[1]) for line in lines],
                         list(range(int(number) + 1 - len(lines), int(number) + 1)), err)
        self.assertEqual(lines[-1][2], address, err)
        self.assertTrue(lines[-1][3].startswith("add     " + target), err)
        return match[0]

    def test_report_and_record(self):
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            done = harness.hornpipe(EARLY, *options("--record", db), program=WRONG_RUN)
            self.assertEqual(done.status, 1, done)
            sentence = self.assert_report(done.err, 0x400000)
            with sqlite3.connect(db) as connection:
                dump = "\n".join(connection.iterdump())
            self.assertIn(sentence, dump)

    def test_after_live_input(self):
        """The repetition gets the input that made the difference."""
        typed = b"wrongly\n"
        total = int.from_bytes(typed, "big") + len(typed)
        with harness.temporary() as work:
            rom = os.path.join(work, "rom")
            with open(rom, "wb") as f:
                f.write(bytes(0x100) + struct.pack(f">{len(TERMINAL)}I", *TERMINAL))
            done = harness.hornpipe(str(total), "-M", harness.SLOF, "-nographic", "-bios", rom,
                                    "--engine", "lockstep", "--until", "icount=100M", stdin=typed,
                                    program=WRONG_RUN)
            self.assertEqual(done.status, 1, done)
            self.assert_report(done.err, total)

    def test_conformance_vectors(self):
        """Wrong is the engine that the vector is not for; if they agree, both are."""
        arguments = ["conform", "run", "--engine", "lockstep", "--rows", "add"]
        with harness.temporary() as work:
            done = harness.hornpipe(*arguments, "--json", "--max-differences", "20",
                                    make_vectors(work, "--wrong"))
            self.assertEqual(done.status, 1, done)
            differences = json.loads(done.out)["differences"]
            self.assertFalse([d for d in differences if "engines" in d])
            plain = [d for d in differences if d["assembly"].startswith("add ")][-1]
            expected, total, name = (plain["found"][0][key] for key in ("expected", "found", "what"))
            self.assertEqual(int(expected, 16), int(total, 16) ^ 1)

            path = make_vectors(work)
            self.assertEqual(harness.hornpipe(*arguments, path).status, 0)
            wrong = f"0x{int(total, 16) + 1:x}"
            done = harness.hornpipe(total, "conform-json", path, program=WRONG_RUN)
            self.assertEqual(done.status, 1, done)
            result = json.loads(done.out)
            self.assertEqual(result["engine"], "lockstep")
            self.assertEqual(result["totals"]["differs-defined"], 1, done)
            difference, = result["differences"]
            self.assertEqual(difference["vector"], plain["vector"])
            self.assertEqual(difference["engines"],
                             {"precise": "equal", "threaded": "differs-defined"})
            self.assertEqual(difference["found"],
                             [{"what": name, "precise": total, "threaded": wrong}])
            done = harness.hornpipe(total, "conform", path, program=WRONG_RUN)
            self.assertIn(f"add #{plain['vector']} differs-defined: ", done.out)
            self.assertIn("\n    engines: precise equal threaded differs-defined\n"
                          f"    {name}: precise {total}, threaded {wrong}\n", done.out)

    def test_interrupted_and_killed(self):
        """A signal ends the repetition, and nothing outlives the run."""
        for number, status in ((signal.SIGINT, 1), (signal.SIGKILL, -signal.SIGKILL)):
            process = harness.start(EARLY, *options("-m", "4G"), program=WRONG_RUN)
            try:
                harness.read_until(process.stderr, b"repeating the run")
                family = children(process.pid)
                self.assertTrue(family)
                process.send_signal(number)
                _, err = process.communicate(timeout=60)
            finally:
                process.kill()
                process.wait()
            self.assertEqual(process.returncode, status, err)
            if number == signal.SIGINT:
                self.assertIn(b"the repetition of the run failed", err)
                self.assertIn(b"lockstep: vCPU 0 differs after ", err)
            deadline = time.monotonic() + 30
            while any(state_and_parent(pid)[0] != "Z" for pid in family):
                self.assertLess(time.monotonic(), deadline, family)
                time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
