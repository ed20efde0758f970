#!/usr/bin/env python3
"""The run database after a kill at any moment, on a full disk, and against files that are in the
way."""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import harness

SPIN = 'console=hvc0 rdinit=/bin/sh -- -c "while :; do :; done"'


def check_database(test, path):
    with sqlite3.connect(path) as sql:
        test.assertEqual(sql.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        test.assertEqual(sql.execute("PRAGMA foreign_key_check").fetchall(), [])


class Kill(unittest.TestCase):
    def test_kill_9_at_any_moment(self):
        moments = random.Random(1)
        for seconds in [0.05, 0.3] + [moments.uniform(0.5, 8) for _ in range(6)]:
            with self.subTest(seconds=seconds), harness.temporary() as work:
                self.kill_after(work, seconds)

    def kill_after(self, work, seconds):
        db = os.path.join(work, "run.db")
        process = subprocess.Popen(
            [harness.RELEASE, *harness.linux(append=SPIN, extra=["--record", db])],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not os.path.exists(db):
            self.assertLess(seconds, 1, "no database after a second")
            return
        text = harness.info(db)
        self.assertRegex(text, "killed|running")
        self.assertNotIn("complete", text)
        if seconds > 4:
            self.assertGreater(harness.stat(db)["instructions"], 1_000_000)
        check_database(self, db)

    def test_at_most_two_seconds_are_lost(self):
        """The marks that the guest printed and we read tell how far it had come."""
        loop = 'console=hvc0 rdinit=/bin/sh -- -c "i=0; while :; do i=\\$((i+1)); ' \
               'echo mark \\$i; done"'
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            process = harness.start(*harness.linux(
                append=loop.replace("\\$", "$"), extra=["--record", db]))
            marks = []  # (when it came, number)
            try:
                rest = harness.read_until(process.stdout, b"mark 1\r\n")[-1:]
                end = time.monotonic() + 8
                while time.monotonic() < end:
                    rest += os.read(process.stdout.fileno(), 65536)
                    lines = rest.split(b"\r\n")
                    rest = lines.pop()
                    marks += [(time.monotonic(), int(line[5:])) for line in lines
                              if line.startswith(b"mark ")]
                process.kill()
            finally:
                process.kill()
                process.communicate()
            ended = time.monotonic()
            expected = max(number for when, number in marks if when < ended - 2.5)
            with sqlite3.connect(db) as sql:
                tables = [row[0] for row in sql.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%console%'")]
                self.assertEqual(len(tables), 1, tables)
                columns = [row[1] for row in sql.execute(f"PRAGMA table_info({tables[0]})")
                           if row[2].upper() in ("BLOB", "TEXT")]
                text = b"".join(
                    row[0] if isinstance(row[0], bytes) else row[0].encode()
                    for row in sql.execute(f"SELECT {columns[-1]} FROM {tables[0]} ORDER BY rowid"))
            recorded = [int(line[5:]) for line in text.split(b"\r\n")[:-1]
                        if line.startswith(b"mark ")]
            self.assertGreaterEqual(recorded[-1], expected)

    def test_sigterm_ends_in_order(self):
        with harness.temporary() as work:
            db = os.path.join(work, "run.db")
            process = subprocess.Popen(
                [harness.RELEASE, *harness.linux(append=SPIN, extra=["--record", db])],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(3)
            process.terminate()
            self.assertNotEqual(process.wait(30), 0)
            self.assertEqual(os.listdir(work), ["run.db"])
            self.assertIn("killed", harness.info(db))
            check_database(self, db)


class InTheWay(unittest.TestCase):
    """A refused --record leaves the file as it was, and names the option and the file."""

    def refused(self, path, *more):
        done = harness.hornpipe(*harness.linux(
            extra=["--until", "icount=1000", "--record", path, *more]), program=harness.ASAN)
        self.assertGreater(done.status, 0, done)
        self.assertNotIn("Sanitizer", done.err)
        self.assertIn("--record", done.err)
        self.assertIn(path, done.err)

    def test_existing_files(self):
        with harness.temporary() as work:
            for name, content in (("empty", b""), ("text", b"my only copy\n"),
                                  ("binary", bytes(range(256)) * 64)):
                with self.subTest(name=name):
                    path = os.path.join(work, name)
                    with open(path, "wb") as f:
                        f.write(content)
                    self.refused(path)
                    with open(path, "rb") as f:
                        self.assertEqual(f.read(), content)

    def test_existing_run_is_replaced_only_by_force(self):
        with harness.temporary() as work:
            path = os.path.join(work, "run.db")
            base = harness.linux(extra=["--record", path])
            for icount, extra in ((1000, []), (2000, ["--force"])):
                done = harness.hornpipe(*base, "--until", f"icount={icount}", *extra)
                self.assertEqual(done.status, 0, done)
                self.assertEqual(harness.stat(path)["instructions"], icount)
                self.refused(path)
            self.assertEqual(harness.stat(path)["instructions"], 2000)

    def test_places_that_cannot_be(self):
        with harness.temporary() as work:
            self.refused(os.path.join(work, "no", "such", "directory", "run.db"))
            self.refused(work)
            self.refused(work, "--force")
            self.refused("/dev/null", "--force")
            self.assertEqual(os.listdir(work), [])


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "needs root for a tmpfs")
class FullDisk(unittest.TestCase):
    def test_full_disk(self):
        with harness.temporary() as work:
            try:
                subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", work], check=True,
                               capture_output=True)
            except subprocess.CalledProcessError as e:
                self.skipTest(f"mount is not allowed here: {e.stderr.decode().strip()}")
            try:
                self.fill(work)
            finally:
                subprocess.run(["umount", work], check=True)

    def fill(self, work):
        db = os.path.join(work, "run.db")
        done = harness.hornpipe(*harness.linux(
            append=SPIN, extra=["--record", db, "--interval", "100k", "--until", "icount=2G"]))
        self.assertGreater(done.status, 0, done)
        self.assertIn("--record", done.err)
        self.assertIn(db, done.err)
        copy = os.path.join(tempfile_directory(self), "run.db")
        for name in os.listdir(work):
            shutil.copy(os.path.join(work, name), os.path.dirname(copy))
        self.assertGreater(harness.stat(copy)["instructions"], 0)
        self.assertRegex(harness.info(copy), "failed|killed")
        check_database(self, copy)

    def test_full_from_the_start(self):
        with harness.temporary() as work:
            try:
                subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", work], check=True,
                               capture_output=True)
            except subprocess.CalledProcessError as e:
                self.skipTest(f"mount is not allowed here: {e.stderr.decode().strip()}")
            try:
                db = os.path.join(work, "run.db")
                done = harness.hornpipe(*harness.linux(
                    extra=["--until", "icount=1000", "--record", db]))
                self.assertGreater(done.status, 0, done)
                self.assertIn(db, done.err)
            finally:
                subprocess.run(["umount", work], check=True)


def tempfile_directory(test):
    directory = harness.temporary()
    test.addCleanup(directory.cleanup)
    return directory.name


if __name__ == "__main__":
    unittest.main()
