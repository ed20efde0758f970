#!/usr/bin/python3
"""Tests of qemu_user.py: the table, and that it sees planted faults, crashes and hangs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate  # noqa: E402
import known_differences  # noqa: E402
import qemu_user  # noqa: E402
from model import core, vectors  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "known-differences.tsv")
USABLE = [t for t in qemu_user.TARGETS if shutil.which(t.qemu) and shutil.which(t.compiler)]
NEEDS_QEMU = unittest.skipUnless(USABLE, "no user-mode QEMU or no cross compiler")


class Table(unittest.TestCase):
    """known-differences.tsv and KNOWN-DIFFERENCES.md."""

    def test_each_id_has_a_section(self):
        """Sections and ids are the same."""
        with open(os.path.join(HERE, "KNOWN-DIFFERENCES.md"), encoding="utf-8") as file:
            sections = re.findall(r"^### (\S+)$", file.read(), re.M)
        ids = [entry.id for entry in known_differences.Known(TABLE).entries]
        self.assertEqual(sorted(set(ids)), sorted(ids))
        self.assertEqual(sorted(sections), sorted(ids))

    def test_conditions_and_rows_exist(self):
        """Every word of the column `when` is understood, every row glob matches a row."""
        rows = core.load_inventory()
        for entry in known_differences.Known(TABLE).entries:
            for word in entry.when.split("+"):
                self.assertTrue(word.partition("=")[0] in ("signal", "vector") or
                                word in known_differences.CONDITIONS, word)
            self.assertTrue(any(entry.rows.match(name) for name in rows), entry.id)


def write_vectors(path, mnemonic, count, wrong=None):
    """A vector file of one row; `wrong` spoils the model's results."""
    generate.load_models()
    entry = core.REGISTRY[mnemonic]
    right = entry.function

    def spoiled(c):
        right(c)
        wrong(c)
    with mock.patch.object(entry, "function", spoiled if wrong else right):
        data, n, blocks, cpus, error = generate.generate_row((mnemonic, 1, count))
    if error:
        raise AssertionError(error)
    writer = vectors.Writer(path, 1, count)
    writer.add_block(data, n, cpus)
    writer.count_blocks(blocks - 1)
    writer.close()


def run_script(path):
    """(exit status, output) of qemu_user.py on one file."""
    done = subprocess.run([os.path.join(HERE, "qemu_user.py"), "--jobs", "1", path],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@NEEDS_QEMU
class Runs(unittest.TestCase):
    """Whole runs."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "row.hpv")

    def test_equal(self):
        """A row on which all agree."""
        write_vectors(self.path, "add", 40)
        status, text = run_script(self.path)
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"equal [1-9]\d* undefined 0 known 0 new 0")

    def test_planted_fault(self):
        """A wrong bit in the expectation is a new difference."""
        def flip(c):
            c.gpr[c.RT] ^= 1 << 40
        write_vectors(self.path, "add", 40, flip)
        status, text = run_script(self.path)
        self.assertEqual(status, qemu_user.EXIT_NEW, text)
        self.assertRegex(text, r"equal 0 undefined 0 known 0 new [1-9]")

    def test_cut_short(self):
        """A damaged file is refused."""
        write_vectors(self.path, "add", 40)
        os.truncate(self.path, os.path.getsize(self.path) - 100)
        status, text = run_script(self.path)
        self.assertEqual(status, qemu_user.EXIT_FAILED, text)
        self.assertRegex(text, r"qemu_user.py: .*(cut short|damaged)")

    def test_hang_costs_one_vector(self):
        """The vectors behind one that never ends still run."""
        write_vectors(self.path, "add", 80)
        target = USABLE[0]
        found = [v for v in vectors.read(self.path) if not qemu_user.reason_to_skip(v, target)][:4]
        # b .
        found[1].word = 0x48000000
        records = [qemu_user.make_record(v, target)[0] for v in found]
        with tempfile.TemporaryDirectory() as directory, \
                mock.patch.object(qemu_user, "HANG_SECONDS", 1):
            program = qemu_user.Programs(directory).build(target)
            results = qemu_user.run_group((target, program, records))
        self.assertEqual([r.fate for r in results], ["ran", "hang", "ran", "ran"])

    @unittest.skipUnless("ppc64le-power8" in [t.name for t in USABLE], "little endian only")
    def test_crash(self):
        """lmw kills a little-endian guest: all other vectors are still judged."""
        write_vectors(self.path, "lmw", 80)
        status, text = run_script(self.path)
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"known multiple-le: [1-9]")


if __name__ == "__main__":
    unittest.main()
