"""Differences from user-mode QEMU that KNOWN-DIFFERENCES.md explains (known-differences.tsv)."""

import fnmatch
import re

from model import core

FEX = 1 << 30
FE = core.MSR_FE0 | core.MSR_FE1
FPSCR_AT = 164  # in the list of a record's state, see qemu_user.py
SPECIAL = {core.REG_CR: "cr", core.REG_FPSCR: "fpscr", core.REG_VSCR: "vscr",
           core.REG_SPR + 1: "xer", core.REG_SPR + 8: "lr", core.REG_SPR + 9: "ctr",
           core.REG_SPR + 256: "vrsave", core.REG_SPR + 815: "tar"}


def component_of(reg):
    """The name of a register's kind in the table."""
    if reg < core.REG_VSR:
        return "gpr"
    if reg < core.REG_CR:
        return "vsr"
    return SPECIAL[reg]


def _reserved(vector, before, result):
    return bool(vector.flags & 1)


def _fe_off(vector, before, result):
    """The emulated process behaves as if MSR[FE0] and [FE1] were set."""
    return not vector.msr & FE and result.signal == "FPE"


def _special(vector, before, result):
    """The DFP operand in the FRA or the FRB field is an infinity or a NaN."""
    return any(before[32 + 2 * (vector.word >> shift & 31)] >> 58 & 31 >= 30 for shift in (16, 11))


def _vxcvi(vector, before, result):
    """The book wants FPSCR[VXCVI] set."""
    return bool(dict(vector.outputs).get(core.REG_FPSCR, before[FPSCR_AT]) & 0x100)


def _zero(vector, before, result):
    """The digits of the result in a vector register are zero."""
    at = 32 + 2 * (32 + (vector.word >> 21 & 31))
    return not result.state[at] and not result.state[at + 1] >> 4


def _single_ulp(vector, before, result):
    """Doubleword 0 of the target is next to the expected single."""
    at = (vector.word & 1) << 5 | vector.word >> 21 & 31
    wanted = dict(vector.outputs).get(core.REG_VSR + 2 * at, before[32 + 2 * at])
    return abs(wanted - result.state[32 + 2 * at]) == 1 << 29


def _pvr(vector, before, result):
    """mfspr from the processor version register, which Linux emulates for programs."""
    return vector.word >> 11 & 0x3FF == (287 & 31) << 5 | 287 >> 5


def _minimum(vector, before, result):
    """The result is the most negative doubleword."""
    return result.state[32 + 2 * (vector.word >> 21 & 31)] == 1 << 63


def _enabled(mask):
    """A condition: FPSCR had one of these enable bits."""
    return lambda vector, before, result: bool(before[FPSCR_AT] & mask)


# Conditions of the column `when`, joined by "+"; besides, "signal=NAME" is how QEMU ended and
# "vector=HEX" how the book says the instruction ends.
CONDITIONS = {"reserved": _reserved, "fe-off": _fe_off,
              "le": lambda vector, before, result: bool(vector.msr & core.MSR_LE),
              "be": lambda vector, before, result: not vector.msr & core.MSR_LE,
              "ve": _enabled(0x80), "oe": _enabled(0x40), "ue": _enabled(0x20),
              "ze": _enabled(0x10), "xe": _enabled(0x08), "enables": _enabled(0xF8),
              "special": _special, "zero": _zero, "vxcvi": _vxcvi, "single-ulp": _single_ulp, "pvr": _pvr, "minimum": _minimum,
              "directed": lambda vector, before, result: bool(before[FPSCR_AT] & 2),
              "any": lambda vector, before, result: True}


class Entry:
    """A line of the table."""

    def __init__(self, line):
        self.id, targets, rows, self.when, explains, self.right = line.split("\t")[:6]
        self.targets = re.compile("|".join(fnmatch.translate(g) for g in targets.split(",")))
        self.rows = re.compile("|".join(fnmatch.translate(g) for g in rows.split(",")))
        self.explains = {}
        for item in explains.split(","):
            component, _, mask = item.partition(":")
            self.explains[component] = int(mask, 16) if mask else -1

    def applies(self, target, vector, before, result):
        """The row, the target and every condition fit."""
        if not (self.targets.match(target.name) and self.rows.match(vector.mnemonic)):
            return False
        return all(condition(word, vector, before, result) for word in self.when.split("+"))


def condition(word, vector, before, result):
    """One word of the column `when`."""
    name, _, value = word.partition("=")
    if name == "signal":
        return result.signal == value
    if name == "vector":
        return vector.vector == int(value, 16)
    return CONDITIONS[word](vector, before, result)


class Known:
    """The table."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        self.entries = [Entry(line) for line in lines[1:] if line and not line.startswith("#")]

    def explain(self, target, vector, before, result, found):
        """The ids that together explain every difference, or nothing."""
        ids, left = [], list(found)
        for entry in self.entries:
            if not left:
                break
            masked = [(c, bits & ~entry.explains.get(c, entry.explains.get("*", 0)))
                      for c, bits in left]
            masked = [(c, bits) for c, bits in masked if bits]
            if masked != left and entry.applies(target, vector, before, result):
                ids.append(entry.id)
                left = masked
        return [] if left else ids
