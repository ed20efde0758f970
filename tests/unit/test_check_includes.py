#!/usr/bin/env python3
"""The include check must refuse what it is there to refuse, and accept what is allowed."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
import check_includes  # noqa: E402

# What the files of every case may include.
COMMON = {"sim/base/log.h": "", "isa/cpu.h": "", "isa/retired.h": "", "isa/insn.h": "",
          "isa/secret.c": "", "machine-pseries/pseries.h": "", "trace/run_db.h": "",
          "trace/writer.h": "", "pipeline/models.h": "", "sim/wire.h": ""}

ALLOWED = [
    ("isa/a.c", "base/log.h"), ("isa/a.c", "isa/cpu.h"), ("pipeline/a.c", "isa/cpu.h"),
    ("machine-pseries/a.c", "isa/cpu.h"), ("machine-pseries/a.c", "pseries.h"),
    ("trace/a.c", "isa/retired.h"), ("analysis/a.c", "trace/run_db.h"),
    ("analysis/a.c", "isa/insn.h"), ("sim/a.c", "machine-pseries/pseries.h"),
    ("tests/unit/a.c", "trace/writer.h"),
]
REFUSED = [
    ("sim/base/a.c", "isa/cpu.h"), ("isa/a.c", "machine-pseries/pseries.h"),
    ("isa/a.c", "trace/run_db.h"), ("isa/a.c", "wire.h"), ("pipeline/a.c", "trace/run_db.h"),
    ("pipeline/a.c", "machine-pseries/pseries.h"), ("pipeline/a.c", "isa/secret.c"),
    ("machine-pseries/a.c", "pipeline/models.h"), ("machine-pseries/a.c", "trace/run_db.h"),
    ("trace/a.c", "isa/cpu.h"), ("trace/a.c", "wire.h"), ("analysis/a.c", "trace/writer.h"),
    ("analysis/a.c", "isa/cpu.h"), ("analysis/a.c", "isa/no_such.h"),
    ("isa/a.c", "../machine-pseries/pseries.h"),
]


def problems_of(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(text)
        return check_includes.check(root)


class CheckIncludes(unittest.TestCase):
    def test_allowed(self):
        for path, include in ALLOWED:
            with self.subTest(path=path, include=include):
                self.assertEqual(problems_of({**COMMON, path: f'#include "{include}"\n'}), [])

    def test_refused(self):
        for path, include in REFUSED:
            with self.subTest(path=path, include=include):
                found = problems_of({**COMMON, path: f'\n#  include "{include}"\n'})
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{path}:2: "), found)

    def test_names_are_unique(self):
        self.assertEqual(len(problems_of({**COMMON, "trace/cpu.h": ""})), 1)

    def test_empty_tree(self):
        self.assertEqual(len(problems_of({"docs/readme.txt": ""})), 1)


if __name__ == "__main__":
    unittest.main()
