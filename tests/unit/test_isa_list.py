#!/usr/bin/python3
"""Holds `hornpipe info --isa` against the inventory of instructions, row by row and CPU by CPU.

Compared: the set of names and variants, encoding, form, category, level, privilege, operands, and
what is read and written. Where both differ on purpose, tests/data/isa-list-allow.tsv says so with
the reason; a line there that is no longer needed is an error too.

usage: test_isa_list.py HORNPIPE
"""
import csv
import json
import os
import re
import subprocess
import sys
import unittest

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
COUNTS = {"POWER7": 640, "POWER7+": 640, "POWER8E": 759, "POWER8NVL": 759, "POWER8": 759}
COLUMN = {"POWER7": "p7", "POWER7+": "p7", "POWER8E": "p8", "POWER8NVL": "p8", "POWER8": "p8"}
REGISTER = re.compile(r"(RA\|0|[RX][ABCST]p?|FR[ABCST]p?|VR[ABCST]|MEM|RESERVE)$")
# Parts of the inventory's descriptions by what our effects call them; the rest, such as system
# registers, has no effect of its own.
STATE = [(re.compile(pattern), name) for pattern, name in [
    (r"CR\[", "CR"), (r"CR$", "CR"), (r"CR0", "CR0"), (r"CR1", "CR1"), (r"CR6", "CR6"),
    (r"LR", "LR"), (r"CTR", "CTR"), (r"XER\.CA", "XER.CA"), (r"XER\.OV", "XER.OV"),
    (r"FPSCR", "FPSCR"), (r"VSCR", "VSCR")]]


def tsv(name):
    with open(os.path.join(DATA, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def touched(names):
    """The comparable names among those that are read or written."""
    found = set()
    for name in names:
        if REGISTER.match(name):
            found.add(name)
            continue
        found.update(plain for pattern, plain in STATE if pattern.match(name))
    return found


def of_inventory(row):
    def split(text):
        return touched(re.sub(r"\{[^}]*\}|\([^)]*\)", "", text).replace(",", " ").split())
    return {"variants": row["variants"].split(), "value": int(row["value"], 16),
            "mask": int(row["mask"], 16), "form": row["form"], "category": row["category"],
            "isa": "earlier" if row["isa"] == "impl" else row["isa"],
            "privilege": row["privilege"].replace("P7:", "POWER7:"),
            "operands": row["operands"], "reads": split(row["reads"]),
            "writes": split(row["writes"])}


def of_list(row):
    # That CR1 is a copy of FPSCR's bits is not said in the inventory.
    def split(names):
        return touched(re.sub(r"\([^)]*\)", "", name) for name in names if name != "FPSCR(Rc)")
    return dict(row, value=int(row["value"], 16), mask=int(row["mask"], 16),
                reads=split(row["reads"]), writes=split(row["writes"]))


def shown(value):
    if isinstance(value, int):
        return f"0x{value:08x}"
    if isinstance(value, (set, list)):
        return " ".join(sorted(value)) or "-"
    return value or "-"


class IsaList(unittest.TestCase):
    program = ""

    def list(self, *options):
        done = subprocess.run([self.program, "info", "--isa", "--json", *options],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def test_rows_of_each_cpu(self):
        inventory = tsv("power-isa.tsv")
        for cpu, count in COUNTS.items():
            listed = self.list("--cpu", cpu)
            self.assertEqual(listed["cpu"], cpu)
            names = [row["mnemonic"] for row in listed["instructions"]]
            self.assertEqual(len(names), count)
            self.assertEqual(set(names),
                             {r["mnemonic"] for r in inventory if r[COLUMN[cpu]] == "y"})

    def test_columns(self):
        inventory = {row["mnemonic"]: of_inventory(row) for row in tsv("power-isa.tsv")}
        allowed = {(r["mnemonic"], r["column"]): r for r in tsv("isa-list-allow.tsv")}
        wrong = []
        for row in self.list()["instructions"]:
            name, ours = row["mnemonic"], of_list(row)
            for column, theirs in inventory[name].items():
                rule = allowed.pop((name, column), None)
                got, want = shown(ours[column]), shown(theirs)
                if rule and (rule["ours"], rule["inventory"]) != (got, want):
                    wrong.append(f"{name} {column}: the allowed difference is another one")
                elif not rule and got != want:
                    wrong.append(f"{name}\t{column}\t{got}\t{want}")
        wrong += [f"{name} {column}: allowed, but not met" for name, column in allowed]
        self.assertEqual(wrong, [], "\n".join(["differences:"] + wrong))

    def test_reasons(self):
        for row in tsv("isa-list-allow.tsv"):
            self.assertTrue(row["reason"].strip(), row)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    IsaList.program = sys.argv.pop()
    unittest.main()
