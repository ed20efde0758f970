"""Decimal data of every class and kind, and where they go: what dfp_gen.py draws from.

As in gen.py, only getrandbits() and random() are drawn from.
"""

from . import dpd
from .core import M64, MSR_FE0, MSR_FE1
from .dpd import EXTENDED, FINITE, INFINITY, QNAN, SNAN, Value
from .gen import fpscr_summary

FEX = 1 << 30
ENABLES = 0xF8
DRN_SHIFT = 32
NEAREST = (0, 0, 4, 5)  # the modes of FPSCR[DRN] that look at what is half a unit
SHORTER = 7             # the one that looks at the last digit kept


def below(rng, n):
    """0 .. n-1"""
    return int(rng.random() * n)


def pick(rng, table):
    """One of `table`."""
    return table[below(rng, len(table))]


# -- Significands --

def significand(rng, digits):
    """0 < significand < 10**digits: short, full, patterns next to a tie, round numbers."""
    n = 1 + below(rng, digits)
    top = 10 ** n
    tail = 10 ** below(rng, n)
    patterns = (
        top - 1, top // 10, top // 2, top // 2 + 1, top // 2 - 1, top - tail, tail,
        below(rng, top // tail) * tail, below(rng, top // tail) * tail + tail // 2,
        below(rng, top // tail) * tail + tail // 2 + 1, below(rng, top // tail) * tail - 1,
        below(rng, top), below(rng, 10 ** digits), 10 ** digits - 1 - below(rng, 20),
        10 ** (digits - 1) + below(rng, 20), 1 + below(rng, 9))
    value = pick(rng, patterns)
    return value if 0 < value < 10 ** digits else 1 + below(rng, 10 ** digits - 1)


def exponent(rng, fmt):
    """Small, at the borders, around the number of digits, any."""
    kind = below(rng, 8)
    if kind < 3:
        return below(rng, 9) - 4
    if kind == 3:
        return below(rng, 2 * fmt.digits + 9) - fmt.digits - 4
    if kind == 4:
        return fmt.xmin + pick(rng, (0, 0, 1, 2, fmt.digits - 2, fmt.digits - 1, fmt.digits))
    if kind == 5:
        return fmt.xmax - pick(rng, (0, 0, 1, 2, fmt.digits - 1, fmt.digits))
    return fmt.xmin + below(rng, fmt.max_biased + 1)


def kept_digits(rng, n):
    """What is kept in a rounding, n digits: those of note last, or all 9."""
    if rng.getrandbits(3) == 0:
        return 10 ** n - 1
    value = 10 ** (n - 1) + below(rng, 9 * 10 ** (n - 1))
    return value - value % 10 + pick(rng, (0, 5, 5, 1, 2, 3, 4, 6, 7, 8)) if n > 1 else value


def near_tie(rng, kept, lost):
    """A significand of `kept` digits and `lost` more: half a unit of the last one kept, or next."""
    value = kept_digits(rng, kept) if kept else 0
    return value * 10 ** lost + 10 ** lost // 2 + pick(rng, (0, 0, 0, 1, -1))


def round_ties(rng, c):
    """Some mode that tells ties or last digits apart: as often to even as not."""
    mode = SHORTER if rng.getrandbits(2) == 0 else pick(rng, NEAREST)
    c.fpscr = c.fpscr & ~(7 << DRN_SHIFT) | mode << DRN_SHIFT


# -- Data by class --

def zero(rng, fmt):
    """A zero of any exponent."""
    return Value(FINITE, rng.getrandbits(1), 0, exponent(rng, fmt))


def small(rng, fmt):
    """A number of few digits near one."""
    return Value(FINITE, rng.getrandbits(1), significand(rng, 4), below(rng, 9) - 4)


def ordinary(rng, fmt):
    """Any significand, an exponent near zero."""
    return Value(FINITE, rng.getrandbits(1), significand(rng, fmt.digits), below(rng, 25) - 12)


def general(rng, fmt):
    """Any significand and exponent."""
    return Value(FINITE, rng.getrandbits(1), significand(rng, fmt.digits), exponent(rng, fmt))


def subnormal(rng, fmt):
    """Less than the smallest normal number, or just not."""
    digits = 1 + below(rng, fmt.digits)
    return Value(FINITE, rng.getrandbits(1), significand(rng, digits),
                 fmt.xmin + below(rng, fmt.digits + 1 - digits))


def largest(rng, fmt):
    """Near Nmax, with or without a clamped exponent."""
    return Value(FINITE, rng.getrandbits(1), significand(rng, fmt.digits),
                 fmt.xmax - pick(rng, (0, 0, 1, fmt.digits - 1)))


def infinity(rng, fmt):
    """An infinity, often with a trailing field."""
    return Value(INFINITY, rng.getrandbits(1), payload(rng, fmt))


def qnan(rng, fmt):
    """A quiet NaN."""
    return Value(QNAN, rng.getrandbits(1), payload(rng, fmt))


def snan(rng, fmt):
    """A signaling NaN."""
    return Value(SNAN, rng.getrandbits(1), payload(rng, fmt))


def payload(rng, fmt):
    """A trailing field."""
    if rng.getrandbits(2) == 0:
        return 0
    return significand(rng, fmt.digits - 1)


CLASSES = (zero, small, ordinary, general, subnormal, largest, infinity, qnan, snan)
NUMBERS = CLASSES[:6]


def disturb(rng, fmt, bits):
    """Other encodings of the same datum: non-preferred declets, ignored bits of specials."""
    if rng.getrandbits(1):
        for k in range(fmt.declets):
            declet = bits >> (10 * k) & 0x3FF
            if dpd.DECODE[declet] in _TWINS and rng.getrandbits(1):
                bits ^= rng.getrandbits(2) << (10 * k + 8)
    g = bits >> (fmt.bits - 6) & 31
    if g >= 30 and rng.getrandbits(1):
        width = fmt.continuation - (1 if g == 31 else 0)
        bits |= rng.getrandbits(width) << (fmt.bits - 6 - fmt.continuation)
    return bits


_TWINS = frozenset(dpd.DECODE[d] for d in dpd.NON_PREFERRED)


# -- Placing --

def place(rng, c, name, fmt, value):
    """The datum `value`, in some encoding, into FPR operand `name`."""
    place_bits(c, name, fmt, disturb(rng, fmt, dpd.encode(fmt, value)))


def place_bits(c, name, fmt, bits):
    """64 or 128 bits into FPR operand `name` or its pair; doublewords 1 of the VSRs stay."""
    if fmt is EXTENDED:
        n = getattr(c, name + "p")
        set_fpr(c, n, bits >> 64)
        set_fpr(c, n + 1, bits & M64)
    else:
        set_fpr(c, getattr(c, name), bits)


def set_fpr(c, n, bits):
    """FPR n, before the instruction."""
    c.vsr[n] = bits << 64 | c.vsr[n] & M64


def modes(rng, c):
    """Enables more often than others have them; no exception is pending at the start."""
    if rng.getrandbits(1):
        c.fpscr = fpscr_summary(c.fpscr & ~ENABLES | rng.getrandbits(8) & ENABLES)
    if c.fpscr & FEX:
        c.msr &= ~(MSR_FE0 | MSR_FE1)
