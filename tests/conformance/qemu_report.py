"""What qemu_user.py tells: what vectors expect in a program's terms, counts, descriptions."""

import collections
import json
import sys

from model import core

SRR1 = core.REG_SPR + 27
SIGNALS = {0x300: "SEGV", 0x380: "SEGV", 0x600: "BUS"}
PROGRAM = ((core.SRR1_ILLEGAL, "ILL"), (core.SRR1_PRIVILEGED, "ILL"), (core.SRR1_TRAP, "TRAP"),
           (core.SRR1_FP_ENABLED, "FPE"))


def expected_signal(vector):
    """The name of the signal that the vector's interrupt becomes, or None."""
    if vector.vector == 0x700:
        srr1 = dict(vector.outputs).get(SRR1, 0)
        return next((name for bit, name in PROGRAM if srr1 & bit), None)
    return SIGNALS.get(vector.vector)


def expected_memory(vector):
    """The doublewords that the vector changes: {address: bytes}."""
    def apply(chunks, into):
        for address, data in chunks:
            for k, byte in enumerate(data):
                at = address + k
                line = at & ~7
                if line not in into:
                    base = line - core.DATA_BASE
                    into[line] = bytearray(core.BASE_MEMORY[base:base + 8])
                into[line][at & 7] = byte
    before = {}
    apply(vector.memory_in, before)
    memory = {line: bytearray(data) for line, data in before.items()}
    apply(vector.memory_out, memory)
    out = {}
    for line, data in memory.items():
        base = line - core.DATA_BASE
        old = before.get(line) or core.BASE_MEMORY[base:base + 8]
        if bytes(old) != bytes(data):
            out[line] = bytes(data)
    return out


class Report:
    """Counts by row and target, and the first differences that are new."""

    def __init__(self, limit):
        self.rows = {}
        self.limit, self.shown, self.examples = limit, [], {}

    def row(self, mnemonic, target):
        """The counters of a row on a target."""
        return self.rows.setdefault((mnemonic, target.name), {
            "equal": 0, "undefined": 0, "known": collections.Counter(), "new": 0,
            "kinds": collections.Counter(), "skipped": collections.Counter()})

    def total(self, key):
        """A sum over all rows."""
        return sum(row[key] if isinstance(row[key], int) else sum(row[key].values())
                   for row in self.rows.values())

    def as_json(self):
        """A document for scripts."""
        return {"totals": {k: self.total(k) for k in ("equal", "undefined", "known", "new",
                                                      "skipped")},
                "known": dict(sum((row["known"] for row in self.rows.values()),
                                  collections.Counter())),
                "rows": [dict(row, mnemonic=mnemonic, target=target)
                         for (mnemonic, target), row in sorted(self.rows.items())]}


def describe(vector, before, result, found, target, ids):
    """A few lines on one difference."""
    lines = [f"{vector.mnemonic} #{vector.index} on {target.name}: word {vector.word:08x} "
             f"msr {vector.msr:x}, ended {result.signal} at {result.nip:x} "
             f"(expected {vector.vector:x} {expected_signal(vector) or ''} at {vector.nia:x})"]
    wanted = dict(vector.outputs)
    for reg, value in vector.inputs:
        lines.append(f"    in  {name_of(reg):10} {value:016x}")
    for address, data in vector.memory_in:
        lines.append(f"    in  {address:x} {data.hex()}")
    if result.fate == "ran":
        for at, value in enumerate(result.state):
            reg = ids[at]
            want = wanted.get(reg, before[at])
            if value != want or reg in wanted:
                lines.append(f"    out {name_of(reg):10} expected {want:016x} found {value:016x}"
                             f"{'' if value == want else '  <'}")
    if any(c == "mem" for c, _ in found):
        for line, data in sorted(expected_memory(vector).items()):
            lines.append(f"    mem {line:x} expected {data.hex()}")
        for line, data in sorted(result.memory.items())[:8]:
            lines.append(f"    mem {line:x} found    {data.hex()}")
    return "\n".join(lines)


def name_of(reg):
    """A register id in words."""
    if reg < core.REG_VSR:
        return f"r{reg}"
    if reg < core.REG_CR:
        return f"vs{(reg - core.REG_VSR) // 2}.{reg & 1}"
    names = {core.REG_CR: "CR", core.REG_FPSCR: "FPSCR", core.REG_VSCR: "VSCR",
             core.REG_RESERVE_EA: "RESERVE", core.REG_RESERVE_LEN: "RESERVELEN"}
    return names.get(reg, f"SPR{reg - core.REG_SPR}")


def print_report(report, options):
    """What the run came to, for a person or a script."""
    if options.json:
        json.dump(report.as_json(), sys.stdout, indent=1)
        print()
        return
    for text in report.shown:
        print(text)
    if options.examples:
        for name, text in sorted(report.examples.items()):
            print(f"-- {name}\n{text}")
    for (mnemonic, target), row in sorted(report.rows.items()):
        if row["new"]:
            kinds = ", ".join(f"{n} {kind}" for kind, n in row["kinds"].most_common(8))
            print(f"{target} {mnemonic}: {row['new']} new ({kinds})")
    known = report.as_json()["known"]
    for name in sorted(known):
        print(f"known {name}: {known[name]}")
    print(" ".join(f"{key} {report.total(key)}" for key in
                   ("equal", "undefined", "known", "new", "skipped")))
