"""VMX estimates (Book I 6.10.5): vrefp, vrsqrtefp, vexptefp, vlogefp.

Special operands and results that must be exact are exact. Elsewhere the model gives the nearest
single and marks as undefined the bits in which the singles of the architected interval differ:
everything from the first bit in which its two ends differ. What lies outside the interval
differs in a defined bit, unless the interval spans a power of two.
"""

from fractions import Fraction

import gmpy2

from .core import instruction
from .lanes import below, join, pick, split
from .vmx_fp import (DEFAULT_NAN, INFINITY, NJ, PATTERNS, QUIET, is_infinite, is_nan,
                     random_single, round_single, source, value)

PRECISION = 200
RECIPROCAL_ERROR = Fraction(1, 1 << 12)
POWER_ERROR = Fraction(1, 16)
LOGARITHM_ERROR = Fraction(1, 32)
LOGARITHM_RELATIVE_ERROR = Fraction(1, 8)
ALL = 0xFFFFFFFF


def within(low, exact, high, nj):
    """(nearest single, mask of the bits in which singles of the interval differ)."""
    ends = round_single(low, nj), round_single(high, nj)
    return round_single(exact, nj), (1 << (ends[0] ^ ends[1]).bit_length()) - 1


def relative(exact, error, nj):
    """within() for a relative error; a result that is no normal number may also be off by one."""
    step = max(abs(exact) * error, Fraction(1, 1 << 149))
    return within(exact - step, exact, exact + step, nj)


def to_fraction(number):
    """The exact value of an mpfr."""
    return Fraction(*map(int, number.as_integer_ratio()))


def reciprocal(word, nj):
    """1 / b."""
    if is_infinite(word):
        return word & 0x80000000, 0
    if value(word) == 0:
        return word & 0x80000000 | INFINITY, 0
    return relative(1 / value(word), RECIPROCAL_ERROR, nj)


def reciprocal_root(word, nj):
    """1 / sqrt(b)."""
    if word & 0x7FFFFFFF == 0:
        return word | INFINITY, 0
    if word >> 31:
        return DEFAULT_NAN, 0
    if is_infinite(word):
        return 0, 0
    with gmpy2.context(precision=PRECISION):
        exact = to_fraction(gmpy2.rec_sqrt(gmpy2.mpfr(gmpy2.mpq(value(word)))))
    return relative(exact, RECIPROCAL_ERROR, nj)


def power(word, nj):
    """2 to the power b; for an integral b an integral result, if there is one, is exact."""
    if is_infinite(word):
        return (0 if word >> 31 else INFINITY), 0
    number = value(word)
    if number >= 130:
        return INFINITY, 0
    if number <= -160:
        return 0, 0
    if number.denominator == 1 and number >= 0:
        return round_single(Fraction(2) ** int(number), nj), 0
    with gmpy2.context(precision=PRECISION):
        exact = to_fraction(gmpy2.exp2(gmpy2.mpfr(gmpy2.mpq(number))))
    nearest, undefined = relative(exact, POWER_ERROR, nj)
    return nearest, undefined if number >= -146 else undefined | 0x7FFFFF


def logarithm(word, nj):
    """Logarithm to base 2; exact for powers of two, without a bound close to 1."""
    if word & 0x7FFFFFFF == 0:
        return 0xFF800000, 0
    if word >> 31:
        return DEFAULT_NAN, 0
    if is_infinite(word):
        return INFINITY, 0
    number = value(word)
    with gmpy2.context(precision=PRECISION):
        exact = to_fraction(gmpy2.log2(gmpy2.mpfr(gmpy2.mpq(number))))
    if exact.denominator == 1:
        return round_single(exact, nj), 0
    if abs(number - 1) <= Fraction(1, 8):
        return round_single(exact, nj), ALL
    step = min(LOGARITHM_ERROR, abs(exact) * LOGARITHM_RELATIVE_ERROR)
    return within(exact - step, exact, exact + step, nj)


def estimate_gen(rng, c, i):
    """Patterns, noise, small integers, powers of two and numbers next to 1."""
    def word():
        style = below(rng, 6)
        if style == 0:
            return pick(rng, PATTERNS)
        if style == 1:
            return round_single(Fraction(below(rng, -160, 140)), False)
        if style == 2:
            return below(rng, 1, 255) << 23
        if style == 3:
            return 0x3F800000 + below(rng, -0x200000, 0x200000)
        if style == 4:
            return round_single(Fraction(below(rng, -160 << 16, 140 << 16), 1 << 16), False)
        return random_single(rng)
    c.vr[c.VRB] = join([word() for _ in range(4)], 32)


def register(name, function):
    """One of the four rows."""
    @instruction(name, gen=estimate_gen)
    def model(c):
        nj = bool(c.vscr & NJ)
        words, masks = [], []
        for word in (source(w, nj) for w in split(c.vr[c.VRB], 32)):
            result = (word | QUIET, 0) if is_nan(word) else function(word, nj)
            words.append(result[0])
            masks.append(result[1])
        c.vr[c.VRT] = join(words, 32)
        c.undefined("vr", c.VRT, join(masks, 32))


register("vrefp", reciprocal)
register("vrsqrtefp", reciprocal_root)
register("vexptefp", power)
register("vlogefp", logarithm)
