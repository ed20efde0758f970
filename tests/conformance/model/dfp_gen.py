"""Operands for the decimal floating-point rows: every class pair, corners, related pairs.

As in gen.py, only getrandbits() and random() are drawn from.
"""

from . import dpd
from .core import M64
from .dfp_data import (CLASSES, NUMBERS, below, disturb, exponent, kept_digits, largest, modes,
                       near_tie, ordinary, pick, place, place_bits, round_ties, set_fpr,
                       significand)
from .dpd import FINITE, LONG, SHORT, Value
from .gen import gpr


def class_pair(rng, fmt, i):
    """All pairs of classes, in order for the first vectors and then at random."""
    n = len(CLASSES)
    if i >= n * n:
        i = below(rng, n * n)
    return CLASSES[i // n](rng, fmt), CLASSES[i % n](rng, fmt)


def fit(fmt, value):
    """`value` with an exponent inside the format."""
    value.exp = min(max(value.exp, fmt.xmin), fmt.xmax)
    return value


def binary(fmt, relate, tie=None):
    """A generator of two operands: all pairs of classes, then half as `relate` wants them.

    For a row that rounds, `tie` makes a quarter.
    """
    def gen(rng, c, i):
        modes(rng, c)
        a, b = class_pair(rng, fmt, i)
        kind = rng.getrandbits(2) if i >= len(CLASSES) ** 2 else 0
        if kind > 1:
            a, b = relate(rng, fmt)
        elif kind and tie:
            round_ties(rng, c)
            a, b = tie(rng, fmt)
        place(rng, c, "FRA", fmt, a)
        place(rng, c, "FRB", fmt, b)
    return gen


def related_sums(rng, fmt):
    """Cancellation, sticky digits behind the precision, carries, ties."""
    a = pick(rng, NUMBERS[1:])(rng, fmt)
    kind = below(rng, 6)
    if kind == 5:  # overflow of the sum, or of its rounding only
        a, b = largest(rng, fmt), largest(rng, fmt)
        a.coef = fmt.ceiling - 1 - below(rng, 3) * below(rng, fmt.ceiling // 2)
        a.exp, b.exp = fmt.xmax, fmt.xmax - pick(rng, (0, 0, 1, fmt.digits, fmt.digits + 1))
        b.sign = a.sign ^ (rng.getrandbits(3) == 0)
    elif kind == 0:  # equal or nearly equal significands
        b = Value(FINITE, a.sign ^ rng.getrandbits(1), a.coef, a.exp)
        b.coef = min(max(a.coef + below(rng, 3) - 1, 0), fmt.ceiling - 1)
    elif kind == 1:  # another member of the cohort
        b = cohort(rng, fmt, a)
        b.sign ^= rng.getrandbits(1)
    else:  # the second begins around the end of the first
        distance = below(rng, 2 * fmt.digits + 6) - 3
        b = Value(FINITE, rng.getrandbits(1), significand(rng, fmt.digits), a.exp - distance)
        if kind == 2:
            b.coef = pick(rng, (1, 5, 49, 50, 51, 5 * fmt.ceiling // 10, fmt.ceiling - 1))
    a, b = fit(fmt, a), fit(fmt, b)
    return (a, b) if rng.getrandbits(1) else (b, a)


def tied_sum(rng, fmt):
    """A sum that lies halfway between two numbers of the format."""
    lost = 1 + below(rng, fmt.digits)
    a = Value(FINITE, rng.getrandbits(1), 0, below(rng, 25) - 12)
    a.coef = kept_digits(rng, fmt.digits)
    b = Value(FINITE, rng.getrandbits(1), near_tie(rng, 0, lost), a.exp - lost)
    return (a, b) if rng.getrandbits(1) else (b, a)


def cohort(rng, fmt, value):
    """The same number with another exponent, if there is one."""
    coef, exp = value.coef, value.exp
    if not coef:
        return Value(FINITE, value.sign, 0, exponent(rng, fmt))
    if rng.getrandbits(1):
        while coef % 10 == 0 and exp < fmt.xmax and rng.getrandbits(2):
            coef, exp = coef // 10, exp + 1
    else:
        while coef * 10 < fmt.ceiling and exp > fmt.xmin and rng.getrandbits(2):
            coef, exp = coef * 10, exp - 1
    return Value(FINITE, value.sign, coef, exp)


def product_exponents(rng, fmt, sign):
    """Two exponents whose sum (sign 1) or difference (-1) lies at a border of the format."""
    border = pick(rng, (fmt.emax, fmt.emin, fmt.xmin, 0)) + below(rng, 9) - 4
    border -= below(rng, fmt.digits + 2)
    if sign > 0:
        first = border // 2 + below(rng, 40) - 20
        return first, border - first
    second = -(border // 2) + below(rng, 40) - 20
    return border + second, second


def related_products(rng, fmt):
    """Products at the borders, exact and halfway ones."""
    ea, eb = product_exponents(rng, fmt, 1)
    a, b = ordinary(rng, fmt), ordinary(rng, fmt)
    if rng.getrandbits(1):
        b.coef = pick(rng, (1, 2, 5, 25, 125, 10 ** (fmt.digits // 2), 8))
    a.exp, b.exp = ea, eb
    return fit(fmt, a), fit(fmt, b)


def tied_product(rng, fmt):
    """An odd number times 5, of one digit more than the format has."""
    a, b = ordinary(rng, fmt), ordinary(rng, fmt)
    a.coef = 2 * 10 ** (fmt.digits - 1) + below(rng, 8 * 10 ** (fmt.digits - 1)) | 1
    b.coef = 5
    return (a, b) if rng.getrandbits(1) else (b, a)


def related_quotients(rng, fmt):
    """Exact quotients, short ones, quotients at the borders."""
    a, b = ordinary(rng, fmt), ordinary(rng, fmt)
    kind = below(rng, 3)
    if kind == 0:
        b.coef = significand(rng, fmt.digits // 2)
        a.coef = b.coef * significand(rng, fmt.digits // 2)
    elif kind == 1:
        b.coef = pick(rng, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 125, 625, 1024))
    if rng.getrandbits(1):
        a.exp, b.exp = product_exponents(rng, fmt, -1)
    return fit(fmt, a), fit(fmt, b)


def tied_quotient(rng, fmt):
    """An odd number divided by 2, whose digits are one more than the format has."""
    a, b = ordinary(rng, fmt), ordinary(rng, fmt)
    a.coef = 2 * 10 ** (fmt.digits - 1) + below(rng, 8 * 10 ** (fmt.digits - 1)) | 1
    b.coef = 2
    return a, b


def related_compares(rng, fmt):
    """Cohorts, neighbours and equal exponents."""
    a = pick(rng, NUMBERS)(rng, fmt)
    b = cohort(rng, fmt, a)
    if rng.getrandbits(1):
        b.coef = min(max(b.coef + below(rng, 3) - 1, 0), fmt.ceiling - 1)
    if rng.getrandbits(3) == 0:
        b.sign ^= 1
    return a, b


def related_quanta(rng, fmt):
    """An exponent for FRA around the digits of FRB."""
    b = pick(rng, NUMBERS)(rng, fmt)
    a = pick(rng, NUMBERS)(rng, fmt)
    a.exp = b.exp + below(rng, 2 * fmt.digits + 6) - fmt.digits - 3
    return fit(fmt, a), b


def sums(fmt):
    """dadd, dsub"""
    return binary(fmt, related_sums, tied_sum)


def products(fmt):
    """dmul"""
    return binary(fmt, related_products, tied_product)


def quotients(fmt):
    """ddiv"""
    return binary(fmt, related_quotients, tied_quotient)


def compares(fmt):
    """dcmpu, dcmpo, dtstex"""
    return binary(fmt, related_compares)


def tied_quanta(rng, fmt):
    """FRA's exponent such that the digits of FRB that go are half a unit."""
    lost = 1 + below(rng, fmt.digits - 1)
    kept = below(rng, fmt.digits - lost + 1)
    a, b = ordinary(rng, fmt), ordinary(rng, fmt)
    b.coef, a.exp = near_tie(rng, kept, lost), b.exp + lost
    return a, b


def quantize(fmt):
    """dqua"""
    return binary(fmt, related_quanta, tied_quanta)


def one(rng, fmt, i):
    """A datum: every class in turn at first."""
    maker = CLASSES[i % len(CLASSES)] if i < 4 * len(CLASSES) else pick(rng, CLASSES[1:])
    return maker(rng, fmt)


def unary_of(name, fmt, adjust=None, tie=None):
    """A generator of one operand; `adjust` changes half of the finite ones.

    For a row that rounds, `tie` (rng, c, fmt) makes a quarter.
    """
    def gen(rng, c, i):
        modes(rng, c)
        value = one(rng, fmt, i)
        if tie and i % 4 == 3:
            round_ties(rng, c)
            value = tie(rng, c, fmt)
        elif adjust and value.kind == FINITE and rng.getrandbits(1):
            value = fit(fmt, adjust(rng, fmt, value))
        place(rng, c, name, fmt, value)
    return gen


def unary(fmt):
    """dxex"""
    return unary_of("FRB", fmt)


def shifts(fmt):
    """dscli, dscri"""
    return unary_of("FRA", fmt)


def single(fmt):
    """dctqpq"""
    return unary_of("FRB", fmt)


def tests(field):
    """dtstdc, dtstdg: masks of one bit and any."""
    def make(fmt):
        base = unary_of("FRA", fmt, at_extreme)

        def gen(rng, c, i):
            base(rng, c, i)
            if rng.getrandbits(1):
                setattr(c, field, 1 << below(rng, 6))
        return gen
    return make


def at_extreme(rng, fmt, value):
    """An extreme exponent, or one next to it."""
    value.exp = pick(rng, (fmt.xmin, fmt.xmin + 1, fmt.xmax, fmt.xmax - 1))
    return value


def around_zero(rng, fmt, value):
    """An exponent that puts the decimal point into or next to the digits."""
    value.exp = -below(rng, fmt.digits + 3)
    return value


def tie_above(rng, fmt, exp):
    """A number half a unit of 10**exp from a multiple of that."""
    lost = 1 + below(rng, fmt.digits - 1)
    return Value(FINITE, rng.getrandbits(1),
                 near_tie(rng, below(rng, fmt.digits - lost + 1), lost), exp - lost)


def quantize_immediate(fmt):
    """dquai"""
    def near(rng, fmt, value):
        value.exp = below(rng, 2 * fmt.digits + 20) - fmt.digits - 10
        return value
    return unary_of("FRB", fmt, near, lambda rng, c, fmt: tie_above(rng, fmt, c.signed("TE", 5)))


def integers(fmt):
    """drintx, drintn"""
    return unary_of("FRB", fmt, around_zero, halfway)


def halfway(rng, _c, fmt):
    """A number halfway between two integers."""
    return tie_above(rng, fmt, 0)


def significance(fmt):
    """dtstsf, drrnd: a reference significance around the number of digits."""
    base = unary_of("FRB", fmt, at_extreme, halfway)

    def gen(rng, c, i):
        base(rng, c, i)
        k = rng.getrandbits(6)
        if rng.getrandbits(1):
            bits = c.fpr[c.FRB] if fmt is LONG else c.fpr[c.FRBp] << 64 | c.fpr[c.FRBp + 1]
            value = dpd.decode(fmt, bits)
            digits = dpd.number_of_digits(value.coef)
            if i % 4 == 3 and digits + value.exp > 0:  # the digits before the halfway point
                k = digits + value.exp
            else:
                k = min(max(digits + below(rng, 5) - 3, 0), 63)
        reference = gpr(rng) & ~63 | k
        n = c.FRA
        if n == getattr(c, "FRB", -1) or n & ~1 == getattr(c, "FRBp", -1):
            raise c.reject()
        set_fpr(c, n, reference)
    return gen


def short_source(rng, c, i):
    """dctdp: the right half of FRB; the left half is ignored."""
    modes(rng, c)
    value = one(rng, SHORT, i)
    bits = disturb(rng, SHORT, dpd.encode(SHORT, value))
    set_fpr(c, c.FRB, rng.getrandbits(32) << 32 | bits)


def narrow(source, target):
    """drsp, drdpq: the target's borders and precision."""
    def adjust(rng, fmt, value):
        border = pick(rng, (target.emax, target.emin, target.xmin, 0))
        value.exp = border + below(rng, 5) - 2 - below(rng, source.digits + 2)
        if rng.getrandbits(1):
            value.coef = significand(rng, target.digits + 2)
        return value

    def tie(rng, _c, _fmt):
        lost = 1 + below(rng, source.digits - target.digits)
        return Value(FINITE, rng.getrandbits(1), near_tie(rng, target.digits, lost),
                     below(rng, 25) - 12)
    return unary_of("FRB", source, adjust, tie)


def fixed_source(rng, c, i):
    """dcffix(q): integers, many of more than 16 digits."""
    modes(rng, c)
    value = gpr(rng)
    if rng.getrandbits(1):
        value = significand(rng, 19)
        value = -value if rng.getrandbits(1) else value
    elif i % 4 == 3:
        round_ties(rng, c)
        value = near_tie(rng, 15 + below(rng, 2), 1 + below(rng, 2))
    set_fpr(c, c.FRB, value & M64)


def to_fixed(fmt):
    """dctfix: the borders of the doubleword, fractions."""
    def adjust(rng, fmt, value):
        if rng.getrandbits(1):
            return around_zero(rng, fmt, value)
        border = pick(rng, (1 << 63, 1 << 63, 1 << 64)) + below(rng, 7) - 3
        scaled = border * 10 ** fmt.digits + below(rng, 3) * 10 ** (fmt.digits - 1) * 5
        drop = len(str(scaled)) - fmt.digits
        value.coef, value.exp = scaled // 10 ** drop, drop - fmt.digits
        return value
    return unary_of("FRB", fmt, adjust, halfway)


def decode_bcd(fmt):
    """ddedpd"""
    return unary_of("FRB", fmt)


def encode_bcd(fmt):
    """denbcd: valid and invalid digits and signs."""
    def gen(rng, c, i):
        modes(rng, c)
        digits = fmt.bits // 4
        text = str(significand(rng, digits))[-digits:].zfill(digits)
        if c.S:
            text = text[1:] + pick(rng, "abcdef" if rng.getrandbits(3) else "0123456789")
        if rng.getrandbits(2) == 0:
            at = below(rng, digits)
            text = text[:at] + pick(rng, "abcdef") + text[at + 1:]
        place_bits(c, "FRB", fmt, int(text, 16))
    return gen


def insert_exponent(fmt):
    """diex: exponents in and out of range, the codes of specials."""
    def gen(rng, c, i):
        modes(rng, c)
        place(rng, c, "FRB", fmt, one(rng, fmt, i))
        exp = pick(rng, (0, 1, -1, -2, -3, -4, -5, fmt.max_biased, fmt.max_biased + 1,
                         below(rng, fmt.max_biased + 1), below(rng, fmt.max_biased + 1),
                         below(rng, fmt.max_biased + 1), fmt.bias, 1 << 32, gpr(rng)))
        n = c.FRA
        if n == getattr(c, "FRB", -1) or n & ~1 == getattr(c, "FRBp", -1):
            raise c.reject()
        set_fpr(c, n, exp & M64)
    return gen
