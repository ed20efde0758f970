"""Branches, condition register instructions, traps and system call (Book I 2, 3.3.11, 3.3.17)."""

from . import gen
from .core import (CODE_BASE, M32, M64, SRR1_TRAP, WINDOW_SIZE, instruction)
from .fixed import s32, s64

CTR_CORNERS = [0, 1, 2, 3, 0xFFFFFFFF, 0x100000000, 0x100000001, 0x100000002, 0x8000000000000000,
               0x7FFFFFFFFFFFFFFF, M64, M64 - 1, 0x80000000, 0x1234567800000001]


# -- Branches --

def _place(rng, c, i):
    """Anywhere in the code window, targets and counts of every kind."""
    c.cia = CODE_BASE + (rng.getrandbits(16) & (WINDOW_SIZE - 4))
    c.ctr = gen.pick(rng, CTR_CORNERS) if rng.getrandbits(2) else rng.getrandbits(64)
    c.lr = gen.gpr(rng)
    c.spr["TAR"] = gen.gpr(rng)
    if c.row.mnemonic == "bcctr":
        c.BO |= 4  # else an invalid form
        if c.BO & 16:
            c.BO = 20  # no hint bits that depend on the others


def condition(c):
    """Whether the branch is taken; CTR counts if BO says so (Book I 2.4)."""
    count_ok = True
    if not c.BO & 4:
        c.ctr = (c.ctr - 1) & M64
        count = c.ctr if c.sf else c.ctr & M32
        count_ok = (count == 0) == bool(c.BO & 2)
    bit = c.cr >> (31 - c.BI) & 1
    return count_ok and (bool(c.BO & 16) or bit == c.BO >> 3 & 1)


def link(c):
    """LR, with its high half zero in 32-bit mode."""
    if c.LK:
        c.lr = (c.cia + 4) & (M64 if c.sf else M32)


@instruction("b", gen=_place)
def b(c):
    link(c)
    c.branch((0 if c.AA else c.cia) + 4 * c.signed("LI", 24))


@instruction("bc", gen=_place)
def bc(c):
    taken = condition(c)
    link(c)
    if taken:
        c.branch((0 if c.AA else c.cia) + 4 * c.signed("BD", 14))


@instruction("bclr", gen=_place)
def bclr(c):
    target, taken = c.lr, condition(c)
    link(c)
    if taken:
        c.branch(target)


@instruction("bcctr", gen=_place)
def bcctr(c):
    taken = condition(c)
    link(c)
    if taken:
        c.branch(c.ctr)


def _place_tar(rng, c, i):
    _place(rng, c, i)
    if i % 16 == 0:
        c.spr["FSCR"] &= ~(1 << 8)


@instruction("bctar", gen=_place_tar)
def bctar(c):
    if not c.spr["FSCR"] >> 8 & 1:
        raise c.interrupt(0xF60, fscr_ic=8)
    taken = condition(c)
    link(c)
    if taken:
        c.branch(c.spr["TAR"])


# -- Condition register --

CR_LOGICAL = {
    "crand": lambda a, b: a & b, "crandc": lambda a, b: a & ~b, "cror": lambda a, b: a | b,
    "crorc": lambda a, b: a | ~b, "crxor": lambda a, b: a ^ b, "crnand": lambda a, b: ~(a & b),
    "crnor": lambda a, b: ~(a | b), "creqv": lambda a, b: ~(a ^ b),
}


@instruction(*CR_LOGICAL)
def cr_logical(c):
    cr = c.cr
    bit = CR_LOGICAL[c.row.mnemonic](cr >> (31 - c.BA), cr >> (31 - c.BB)) & 1
    c.cr = cr & ~(1 << (31 - c.BT)) | bit << (31 - c.BT)


@instruction("mcrf")
def mcrf(c):
    c.crf[c.BF] = c.crf[c.BFA]


@instruction("mfcr")
def mfcr(c):
    c.gpr[c.RT] = c.cr


def _field_mask(fxm):
    return sum(15 << 4 * k for k in range(8) if fxm >> k & 1)


@instruction("mfocrf")
def mfocrf(c):
    mask = _field_mask(c.FXM)
    c.gpr[c.RT] = c.cr & mask  # the other bits are undefined; Hornpipe's choice is zero
    c.undefined("gpr", c.RT, M64 ^ mask)


@instruction("mtcrf", "mtocrf")
def mtcrf(c):
    mask = _field_mask(c.FXM)
    c.cr = c.gpr[c.RS] & mask | c.cr & ~mask


# -- Traps and system call --

def trap(c, a, b, size):
    """The five conditions of TO."""
    mask = (1 << size) - 1
    signed = s64 if size == 64 else s32
    sa, sb, ua, ub = signed(a), signed(b), a & mask, b & mask
    conditions = (sa < sb, sa > sb, sa == sb, ua < ub, ua > ub)
    if any(on and c.TO >> (4 - k) & 1 for k, on in enumerate(conditions)):
        raise c.interrupt(0x700, SRR1_TRAP)


def _trap_operands(rng, c, i):
    if i % 4 == 0:
        c.TO = 1 << rng.getrandbits(3) % 5
    if i % 3 == 0:
        value = c.signed("SI", 16) & M64 if "SI" in c.row.fields else c.gpr[c.RB]
        c.gpr[c.RA] = value if i % 6 else value ^ 1 << rng.getrandbits(6)


@instruction("tw", "td", gen=_trap_operands)
def trap_register(c):
    trap(c, c.gpr[c.RA], c.gpr[c.RB], 32 if c.row.mnemonic == "tw" else 64)


@instruction("twi", "tdi", gen=_trap_operands)
def trap_immediate(c):
    trap(c, c.gpr[c.RA], c.signed("SI", 16) & M64, 32 if c.row.mnemonic == "twi" else 64)


def _level(rng, c, i):
    # the other bits of LEV are reserved (Book III-S 3.3.1); LEV=1 asks the hypervisor
    c.LEV = (rng.getrandbits(6) << 1) if i % 4 == 0 else 0


@instruction("sc", gen=_level)
def sc(c):
    raise c.interrupt(0xC00, srr0=c.nia)
