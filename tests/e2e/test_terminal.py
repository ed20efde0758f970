#!/usr/bin/env python3
"""A user at a terminal (through a pty): typing, Ctrl-a x, raw mode put back, an idle guest's cost.

run alone: the idle guest's CPU time is measured.
"""
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
import unittest

import harness


class Session:
    """The program on a terminal of its own."""

    def __init__(self, *args):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([harness.RELEASE, *args], stdin=self.slave,
                                        stdout=self.slave, stderr=self.slave,
                                        preexec_fn=self.own_terminal)
        self.read = b""
        self.seen = 0

    def own_terminal(self):
        """In the child: a session whose controlling terminal this is, as a login shell has it."""
        harness.default_signals()
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def drain(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.read += os.read(self.master, 65536)
            return True
        return False

    def expect(self, text, limit=120):
        deadline = time.monotonic() + limit
        while True:
            at = self.read.find(text, self.seen)
            if at >= 0:
                self.seen = at + len(text)
                return
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.read[-2000:]!r}"
            self.drain(1)
            if self.process.poll() is not None and not self.drain(0):
                assert text in self.read[self.seen:], f"ended before {text!r}: {self.read[-2000:]!r}"

    def type(self, data):
        os.write(self.master, data)

    def settings(self):
        return termios.tcgetattr(self.slave)

    def is_raw(self):
        return not self.settings()[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def wait(self, limit=30):
        """Status of the ended program; reads on, or a full pty would keep it from ending."""
        deadline = time.monotonic() + limit
        while self.process.poll() is None and time.monotonic() < deadline:
            self.drain(0.1)
        return self.process.wait(1)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class Terminal(unittest.TestCase):
    def session(self, *extra):
        session = Session(*harness.linux(extra=extra))
        self.addCleanup(session.close)
        return session

    def test_typing_idling_and_quitting(self):
        session = self.session()
        session.expect(b"~ # ")
        self.assertTrue(session.is_raw())
        session.type(b"echo typed $((6*7))\r")
        session.expect(b"\ntyped 42\r")
        session.expect(b"~ # ")
        session.type(b"cat\r")
        session.expect(b"cat\r")
        session.type(b"\x01\x01")  # Ctrl-a Ctrl-a types one Ctrl-a
        session.expect(b"\x01")  # the guest echoes it
        session.type(b"\x03")  # Ctrl-c is the guest's: no job control here, but no end of the run
        session.drain(2)
        self.assertIsNone(session.process.poll())

        session.drain(5)
        begun, cpu = time.monotonic(), session.cpu_seconds()
        while time.monotonic() < begun + 10:
            session.drain(1)
        used = (session.cpu_seconds() - cpu) / (time.monotonic() - begun)
        self.assertLess(used, 0.02, "host CPU that an idle guest takes")

        session.type(b"\x01x")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.settings(), session.before)

    def test_power_off_restores_the_terminal(self):
        session = self.session()
        session.expect(b"~ # ")
        session.type(b"exec poweroff -f\r")
        session.expect(b"reboot: Power down")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.settings(), session.before)

    def test_signals_restore_the_terminal(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(signal=number):
                session = self.session()
                session.expect(b"Booting Linux via __start()")
                self.assertTrue(session.is_raw())
                session.process.send_signal(number)
                self.assertNotEqual(session.wait(), 0)
                self.assertEqual(session.settings(), session.before)

    def test_an_error_restores_the_terminal(self):
        session = self.session("--until", "icount=1000000", "--script", "/nonexistent")
        self.assertNotEqual(session.wait(), 0)
        self.assertEqual(session.settings(), session.before)


if __name__ == "__main__":
    unittest.main()
