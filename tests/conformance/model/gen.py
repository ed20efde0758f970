"""Operands and initial state: corner values by operand class, and seeded random fill.

Every drawer takes `rng` first and uses only getrandbits() and random(), whose streams Python
promises to keep; so vectors are the same on every Python 3.
"""

import struct

from .core import (DATA_BASE, M32, M64, MSR_FE0, MSR_FE1, MSR_FP, MSR_LE, MSR_SF, MSR_USER,
                   MSR_VEC, MSR_VSX, WINDOW_SIZE)

# -- Tables of corners --

gpr_corners = [
    0, 1, 2, 3, 7, 8, 0xF, 0x10, 0x1F, 0x20, 0x3F, 0x40, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000,
    0xFFFF, 0x10000, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF,
    0x100000000, 0x100000001, 0x17FFFFFFF, 0x180000000, 0x1FFFFFFFF, 0x7FFFFFFF00000000,
    0x7FFFFFFF80000000, 0x7FFFFFFFFFFFFFFE, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000,
    0x8000000000000001, 0x80000000FFFFFFFF, 0xAAAAAAAAAAAAAAAA, 0x5555555555555555,
    0xFFFFFFFF00000000, 0xFFFFFFFF00000001, 0xFFFFFFFF7FFFFFFF, 0xFFFFFFFF80000000,
    0xFFFFFFFF80000001, 0xFFFFFFFFFFFF8000, 0xFFFFFFFFFFFF7FFF, 0xFFFFFFFFFFFFFF80,
    0xFFFFFFFFFFFFFF7F, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF, 0x0123456789ABCDEF,
    0xFEDCBA9876543210,
]


def _both_signs(values, sign):
    return [v for x in values for v in (x, x | sign)]


dp_corners = _both_signs([
    0, 1, 2, 0x000FFFFFFFFFFFFF, 0x0008000000000000, 0x0010000000000000, 0x0010000000000001,
    0x001FFFFFFFFFFFFF, 0x0020000000000000, 0x0360000000000000, 0x3FE0000000000000,
    0x3FEFFFFFFFFFFFFF, 0x3FF0000000000000, 0x3FF0000000000001, 0x3FF8000000000000,
    0x4000000000000000, 0x4008000000000000, 0x3CA0000000000000, 0x3CB0000000000000,
    0x7FE0000000000000, 0x7FEFFFFFFFFFFFFE, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000,
    0x7FF0000000000001, 0x7FF4000000000000, 0x7FF7FFFFFFFFFFFF, 0x7FF8000000000000,
    0x7FF8000000000001, 0x7FFFFFFFFFFFFFFF,
    # the borders of single precision, held in double
    0x36A0000000000000, 0x3690000000000000, 0x3690000000000001, 0x36A8000000000000,
    0x380FFFFFC0000000, 0x380FFFFFE0000000, 0x380FFFFFFFFFFFFF, 0x3810000000000000,
    0x3800000000000000, 0x3FF0000020000000, 0x3FF0000010000000, 0x3FF0000010000001,
    0x3FF0000030000000, 0x47EFFFFFE0000000, 0x47EFFFFFEFFFFFFF, 0x47EFFFFFF0000000,
    0x47F0000000000000, 0x3E80000000000000,
    # the borders of the integers
    0x41DFFFFFFFC00000, 0x41DFFFFFFFE00000, 0x41E0000000000000, 0x41E0000000100000,
    0x41E0000000200000, 0x41EFFFFFFFE00000, 0x41EFFFFFFFF00000, 0x41F0000000000000,
    0x43DFFFFFFFFFFFFF, 0x43E0000000000000, 0x43E0000000000001, 0x43EFFFFFFFFFFFFF,
    0x43F0000000000000, 0x4330000000000000, 0x4330000000000001, 0x4320000000000001,
    0x3FDFFFFFFFFFFFFF, 0x3FE0000000000001, 0x4004000000000000,
], 1 << 63)

sp_corners = _both_signs([
    0, 1, 2, 0x007FFFFF, 0x00400000, 0x00800000, 0x00800001, 0x00FFFFFF, 0x01000000, 0x3F000000,
    0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x3FC00000, 0x40000000, 0x40400000, 0x33800000,
    0x34000000, 0x4EFFFFFF, 0x4F000000, 0x4F000001, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF,
    0x5F000000, 0x5F7FFFFF, 0x5F800000, 0x4B000000, 0x4B000001, 0x4A800001, 0x7F000000,
    0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FA00000, 0x7FBFFFFF, 0x7FC00000,
    0x7FC00001, 0x7FFFFFFF,
], 1 << 31)

# DFP long: combination field and exponent corners with coefficient 0, 1, 9..9, and specials.
dfp_corners = _both_signs([
    0x2238000000000000, 0x2238000000000001, 0x2238000000000009, 0x2234000000000010,
    0x223C000000000001, 0x77FCFF3FCFF3FCFF, 0x77FCFF3FCFF3FCFE, 0x6E38FF3FCFF3FCFF,
    0x0000000000000000, 0x0000000000000001, 0x0004000000000000, 0x43FC000000000000,
    0x47FC000000000000, 0x47FC000000000001, 0x2638000000000000, 0x2638000000000001,
    0x22380000000000A3, 0x000000000000007F, 0x003FFFFFFFFFFFFF, 0x7800000000000000,
    0x7800000000000001, 0x7BFFFFFFFFFFFFFF, 0x7C00000000000000, 0x7C00000000000001,
    0x7C000FF3FCFF3FCF, 0x7E00000000000000, 0x7E00000000000001, 0x7DFFFFFFFFFFFFFF,
    0x7FFFFFFFFFFFFFFF, 0x3000000000000005, 0x2230000000000050, 0x2240000000000001,
], 1 << 63)

shift_corners = [0, 1, 2, 31, 32, 33, 62, 63, 64, 65, 95, 96, 127, 128, M32, M64, 1 << 63]


def pick(rng, table):
    """One of `table`."""
    return table[int(rng.random() * len(table))]


# -- Drawers of single values --

def gpr(rng):
    """A 64-bit integer: corners, few bits set, sign-extended words, any."""
    kind = rng.getrandbits(3)
    if kind < 4:
        return gpr_corners[int(rng.random() * 53)]
    value = rng.getrandbits(64)
    if kind == 4:
        return value >> (value & 63)
    if kind == 5:
        value &= M32
        return value | (M64 ^ M32) if value >> 31 else value
    return value


def dp(rng):
    """A double: a corner or a random one, of any class, or close to 1."""
    kind = rng.getrandbits(3)
    if kind < 4:
        return pick(rng, dp_corners)
    value = rng.getrandbits(64)
    if kind == 4:
        return value
    if kind == 5:  # exponents near to each other, so that sums cancel and products stay finite
        return value & 0x800FFFFFFFFFFFFF | (0x3E0 + (value >> 52 & 63)) << 52
    if kind == 6:  # few fraction bits, so that results are exact or halfway
        return value & 0x800FE00000000000 | (0x3F0 + (value >> 52 & 31)) << 52
    return value & 0x800FFFFFE0000000 | (0x380 + (value >> 52 & 0xFF)) << 52


def sp(rng):
    """A single, 32 bits."""
    kind = rng.getrandbits(2)
    if kind < 2:
        return pick(rng, sp_corners)
    value = rng.getrandbits(32)
    if kind == 2:
        return value
    return value & 0x807FFFFF | (0x70 + (value >> 23 & 31)) << 23


def sp_to_dp(bits):
    """A single in double format, denormals normalized, NaNs kept (Book I 4.6.2)."""
    sign, exp, frac = bits >> 31 << 63, bits >> 23 & 0xFF, bits & 0x7FFFFF
    if exp == 0xFF:
        return sign | 0x7FF << 52 | frac << 29
    if exp == 0:
        if frac == 0:
            return sign
        shift = 24 - frac.bit_length()
        return sign | (897 - shift) << 52 | (frac << shift & 0x7FFFFF) << 29
    return sign | (exp + 896) << 52 | frac << 29


def sp_in_dp(rng):
    """A value for single-precision arithmetic on FPRs: mostly a single, sometimes any double."""
    return dp(rng) if rng.getrandbits(2) == 0 else sp_to_dp(sp(rng))


def dfp(rng):
    """A DFP long: a corner or any bits (every encoding is a number or a special)."""
    kind = rng.getrandbits(2)
    if kind < 2:
        return pick(rng, dfp_corners)
    value = rng.getrandbits(64)
    if kind == 2:  # exponent near zero
        return value & 0xBFC3FFFFFFFFFFFF & ~(0x1FC << 50) | 0x2200000000000000 | \
            (value >> 13 & 0x7) << 50
    return value


def dfp128(rng):
    """A DFP extended, 128 bits."""
    kind = rng.getrandbits(2)
    low = rng.getrandbits(64)
    if kind == 0:
        return pick(rng, dfp_corners) << 64 | (low & 0xF)
    if kind == 1:
        return (0x2208 << 48 | (low & 0x3)) << 64 | low >> (low & 63)
    return rng.getrandbits(64) << 64 | low


def vector_int(rng):
    """128 bits: equal or unequal elements of 1, 2, 4, 8 bytes from corners, or any."""
    kind = rng.getrandbits(3)
    if kind == 0:
        return rng.getrandbits(128)
    if kind == 1:
        return gpr_corners[int(rng.random() * 53)] << 64 | gpr_corners[int(rng.random() * 53)]
    if kind == 2:
        return (rng.getrandbits(64) * 0x10000000000000001) & ((1 << 128) - 1)
    size = (8, 16, 32, 64, 8)[kind - 3]
    corners = (0, 1, (1 << (size - 1)) - 1, 1 << (size - 1), (1 << size) - 1, 2)
    bits, value = rng.getrandbits(64), rng.getrandbits(128)
    out = 0
    for _ in range(128 // size):
        k = bits & 7
        bits >>= 3
        out = out << size | (corners[k] if k < 6 else value & ((1 << size) - 1))
        value >>= size
    return out


def vector_sp(rng):
    """Four singles."""
    return sp(rng) << 96 | sp(rng) << 64 | sp(rng) << 32 | sp(rng)


def vector_dp(rng):
    """Two doubles."""
    return dp(rng) << 64 | dp(rng)


# FPSCR: the status bits that may be set at random, and the enables and modes (Book I 4.2.2).
FPSCR_STICKY = 0x1FF80700 | 0x0007F000 | 0x80000000 | 0x00060000
FPSCR_ENABLES = 0xF8


def fpscr_summary(value):
    """`value` with VX and FEX as the other bits say."""
    value &= ~0x60000000
    if value & 0x01F80700:
        value |= 0x20000000
    if (value >> 29 & 1 and value >> 7 & 1) or (value >> 25 & value >> 3 & 0xF):
        value |= 0x40000000
    return value


def fpscr(rng):
    """A consistent FPSCR: any RN, NI and DRN; sticky bits and enables now and then."""
    bits = rng.getrandbits(64)
    value = bits & 3 | (bits & 0x0700000000)
    if bits >> 40 & 1:
        value |= bits & FPSCR_STICKY
    if bits >> 41 & 3 == 0:
        value |= bits & FPSCR_ENABLES
    if bits >> 43 & 3 == 0:  # as most programs compute: to nearest, nothing enabled, XX long set
        value = value & ~(FPSCR_ENABLES | 3) | 0x82000000
    return fpscr_summary(value)


# -- Fields --

EVEN = {"RTp", "RSp", "FRTp", "FRAp", "FRBp", "FRSp"}
# "z" bits are 0, and "at" is no reserved hint (Book I 2.4)
BO_VALID = [0, 2, 4, 6, 7, 8, 10, 12, 14, 15, 16, 18, 20, 24, 25, 26, 27, 20, 12, 4, 2]


def _one_hot(rng):
    return 1 << rng.getrandbits(3)


def _bo(rng):
    return pick(rng, BO_VALID)


def _field_drawer(row, field):
    """A function (rng) -> value for one field of `row`."""
    name, width = field.name, field.width
    if name in EVEN:
        return lambda rng: rng.getrandbits(4) << 1
    if name == "BO":
        return _bo
    if name == "FXM" and row.mnemonic in ("mfocrf", "mtocrf"):
        return _one_hot
    if name in ("D", "DS", "DQ", "SI", "UI", "BD", "LI"):
        corners = (0, 1, (1 << (width - 1)) - 1, 1 << (width - 1), (1 << width) - 1)
        return lambda rng: pick(rng, corners) if rng.getrandbits(2) == 0 else rng.getrandbits(width)
    return lambda rng: rng.getrandbits(width)


def is_update(row):
    """True for loads and stores with update: RA=0, and RA=RT for loads, are invalid forms."""
    return bool(row.mem) and "RA" in row.writes.replace(",", " ").split() and \
        "RA" in row.operand_names


class Drawer:
    """Draws fields, registers and modes for one row."""

    def __init__(self, row):
        self.row = row
        self.update = is_update(row)
        self.field_drawers = [(n, _field_drawer(row, f)) for n, f in row.fields.items()]
        self.registers = [(n, d) for n in row.fields for d in [_register_drawer(row, n)] if d]
        self.fp = row.category.split(".")[0] in ("FP", "DFP", "VSX") or row.mnemonic[0] == "f"
        self.vmx = row.category.startswith("V") and not row.category.startswith("VSX")
        self.has_facility = self.fp or self.vmx

    def fields(self, rng, c):
        """Operand fields, no invalid form."""
        values = c.__dict__
        for name, drawer in self.field_drawers:
            values[name] = drawer(rng)
        if self.update:
            while values["RA"] == 0 or values["RA"] == values.get("RT"):
                values["RA"] = 1 + int(rng.random() * 31)
        mnemonic = self.row.mnemonic
        if mnemonic == "lmw":
            values["RA"] = int(rng.random() * max(values["RT"], 1))
            values["RT"] = max(values["RT"], 1)
        elif mnemonic in ("lq", "lqarx"):
            while values["RA"] & ~1 == values["RTp"] or values.get("RB", 99) & ~1 == values["RTp"]:
                values["RTp"] = rng.getrandbits(4) << 1

    def modes(self, rng, c):
        """MSR, CR, XER and, where they matter, FPSCR and VSCR."""
        bits = rng.getrandbits(64)
        msr = MSR_USER
        if bits & 3:
            msr |= MSR_SF
        if bits & 4:
            msr |= MSR_LE
        c.so, c.ov, c.ca = bits >> 3 & 1, bits >> 4 & 1, bits >> 5 & 1
        if bits & 64:
            c.xer_count = bits >> 8 & 127
        if bits & 128:
            c.cr = bits >> 32
        if bits >> 15 & 15 == 0:
            c.reserved = self.row.resv & rng.getrandbits(32)
        if self.has_facility:
            if bits >> 20 & 63 == 0:
                msr &= ~(MSR_FP | MSR_VEC | MSR_VSX) | (bits >> 26 << 13 & MSR_FP) | \
                    (bits >> 27 << 25 & MSR_VEC) | (bits >> 28 << 23 & MSR_VSX)
            if self.fp:
                c.fpscr = fpscr(rng)
                if bits >> 30 & 1:
                    msr |= (MSR_FE0 if bits >> 31 & 1 else 0) | (MSR_FE1 if bits >> 8 & 1 else 0)
            else:
                c.vscr = (bits >> 14 & 1) << 16 | (bits >> 19 & 1)
        c.msr = msr

    def fill(self, rng, c):
        """Registers that operands name, from the class of each operand."""
        values = c.__dict__
        for name, drawer in self.registers:
            drawer(rng, c, values[name])


# -- Registers --

def _fill_gpr(rng, c, n):
    c.gpr[n] = gpr(rng)


def _fill_gpr_pair(rng, c, n):
    c.gpr[n], c.gpr[n | 1] = gpr(rng), gpr(rng)


def _fpr_filler(value):
    def fill(rng, c, n):
        c.vsr[n] = value(rng) << 64 | c.vsr[n] & M64
    return fill


def _fill_dfp_pair(rng, c, n):
    value = dfp128(rng)
    c.vsr[n] = value >> 64 << 64 | c.vsr[n] & M64
    c.vsr[n | 1] = (value & M64) << 64 | c.vsr[n | 1] & M64


def _vsr_filler(value, base):
    def fill(rng, c, n):
        c.vsr[base + n] = value(rng)
    return fill


def _vector_class(mnemonic):
    """The drawer that suits the elements a vector instruction works on."""
    name = mnemonic.rstrip(".")
    if name.startswith(("xv", "xs")):
        if name.startswith("xs") and name.endswith("sp") and not name.startswith("xscvsp"):
            return lambda rng: sp_in_dp(rng) << 64 | rng.getrandbits(64)
        source = name[4:6] if name[2:4] == "cv" else name
        if source == "sp" or (name[2:4] != "cv" and "sp" in name):
            return vector_sp
        if source == "dp" or (name[2:4] != "cv" and "dp" in name):
            return vector_dp
        return vector_int
    if name.endswith("fp") or name.startswith(("vrfi", "vct")):
        return vector_sp
    return vector_int


def _register_drawer(row, name):
    """The filler of the registers that field `name` of `row` designates, or None."""
    if name in ("RA", "RB", "RS"):
        return _fill_gpr
    if name == "RSp":
        return _fill_gpr_pair
    if name.startswith("FR"):
        if name in ("FRT", "FRTp"):
            return None
        if row.category.startswith("DFP"):
            return _fill_dfp_pair if name.endswith("p") else _fpr_filler(dfp)
        if row.mnemonic.rstrip(".").endswith("s") and name != "FRS":
            return _fpr_filler(sp_in_dp)
        return _fpr_filler(dp)
    if name in ("VRA", "VRB", "VRC", "VRS"):
        return _vsr_filler(_vector_class(row.mnemonic), 32)
    if name in ("XA", "XB", "XC", "XS") or (name == "XT" and row.form == "XX3"):
        return _vsr_filler(_vector_class(row.mnemonic), 0)
    return None


# -- Memory operands --

def place(rng, c, size, align=None, ea=None):
    """Makes the effective address of a load or store fall into the data window.

    Sets RA, RB or the displacement of c, whose fields are drawn. `align` None: mostly aligned to
    `size`, sometimes not. In 32-bit mode the high half of the sum is often not zero. Returns EA.
    """
    if ea is None:
        ea = DATA_BASE + 0x200 + int(rng.random() * (WINDOW_SIZE - 0x400))
        if align is None:
            align = 1 if rng.getrandbits(2) == 0 else size
        ea -= ea % align
    values = c.__dict__
    high = rng.getrandbits(32) << 32 if not c.msr & MSR_SF and rng.getrandbits(1) else 0
    target = ea | high
    for name, scale in (("D", 1), ("DS", 4), ("DQ", 16)):
        if name in c.row.fields:
            disp = c.signed(name, c.row.fields[name].width) * scale
            if c.RA == 0:
                raise c.reject()
            c.gpr[c.RA] = (target - disp) & M64
            return ea
    if "RB" not in c.row.fields:  # lswi, stswi
        if c.RA == 0:
            raise c.reject()
        c.gpr[c.RA] = target
        return ea
    if c.RA == 0:
        c.gpr[c.RB] = target
    elif c.RA == values["RB"]:
        ea &= ~1  # the sum of a register with itself
        c.gpr[c.RA] = (target >> 1) | (rng.getrandbits(1) << 63)
    else:
        index = gpr(rng) if rng.getrandbits(1) else rng.getrandbits(12)
        c.gpr[c.RB] = index
        c.gpr[c.RA] = (target - index) & M64
    return ea


def poke_random(rng, c, ea, n, drawer=None):
    """Fills memory at `ea` with bytes or, with `drawer`, 8-byte values in the current order."""
    if drawer is None:
        c.poke(ea, rng.getrandbits(8 * n).to_bytes(n, "little"))
    else:
        order = "<Q" if c.msr & MSR_LE else ">Q"
        c.poke(ea, b"".join(struct.pack(order, drawer(rng)) for _ in range((n + 7) // 8))[:n])
