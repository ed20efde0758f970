#!/usr/bin/env python3
"""The installer's first screen, with its own init, through SLOF and without firmware."""
import unittest

import harness

STEPS = [("expect", "Choose the language to be used for the installation process"), ("stop",)]


class Installer(unittest.TestCase):
    def reach(self, machine):
        with harness.temporary() as work:
            done = harness.boot(work, STEPS, machine, "console=hvc0")
            self.assertEqual(done.status, 0, done)
            self.assertIn("Select a language", done.out)

    def test_without_firmware(self):
        self.reach(harness.VOF)

    def test_through_slof(self):
        self.reach(harness.SLOF)


if __name__ == "__main__":
    unittest.main()
