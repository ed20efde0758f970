"""Operands of the binary floating-point rows: every pair of classes, and related numbers.

Two vectors of three walk through all pairs of classes; the third draws numbers that stand in a
relation in which rounding goes wrong: cancellation, halfway cases, results at either end of the
range.
"""

from . import core, gen
from .binary_convert import single_to_double_raw
from .binary_fp import (DP, ENABLES, FEX, NI, SP, VE, Env, class_code, fma, is_nan, pack)
from .fpscr_model import with_summary


def draw(rng, n):
    """0 to n - 1."""
    return int(rng.random() * n)


def _number(rng, fmt, low, high):
    """A normal number with unbiased exponent low..high: random, few or many fraction bits."""
    bits = rng.getrandbits(fmt.frac)
    kind = rng.getrandbits(2)
    if kind == 0:
        bits &= -1 << draw(rng, fmt.frac)
    elif kind == 1:
        bits |= (1 << draw(rng, fmt.frac)) - 1
    return (low + draw(rng, high - low + 1) + fmt.emax) << fmt.frac | bits & fmt.frac_mask


def _payload(rng, fmt):
    bits = rng.getrandbits(fmt.frac - 1)
    return bits if rng.getrandbits(1) else 1 << draw(rng, fmt.frac - 1)


def _sign(rng, fmt):
    return fmt.sign * rng.getrandbits(1)


CLASSES = (
    lambda rng, f: 0,
    lambda rng, f: f.sign,
    lambda rng, f: f.inf,
    lambda rng, f: f.sign | f.inf,
    lambda rng, f: _sign(rng, f) | f.qnan | _payload(rng, f),
    lambda rng, f: _sign(rng, f) | f.inf | max(1, _payload(rng, f)),
    lambda rng, f: max(1, rng.getrandbits(f.frac) >> draw(rng, f.frac)),
    lambda rng, f: f.sign | max(1, rng.getrandbits(f.frac) >> draw(rng, f.frac)),
    lambda rng, f: _number(rng, f, -f.frac - 3, f.frac + 3),
    lambda rng, f: f.sign | _number(rng, f, -f.frac - 3, f.frac + 3),
    lambda rng, f: _number(rng, f, f.emax - 2, f.emax) if rng.getrandbits(2) else f.max,
    lambda rng, f: f.sign | _number(rng, f, f.emax - f.frac, f.emax),
    lambda rng, f: _number(rng, f, f.emin, f.emin + 2),
    lambda rng, f: f.sign | _number(rng, f, f.emin, f.emin + f.frac),
)
N_CLASSES = len(CLASSES)
N_SPECIAL = 6  # zeros, infinities, NaNs: whose pairs decide most status bits
STRIDE = 89    # without common factor with the pairs there are: short runs see all kinds


def _pair_order():
    """Every pair of classes once: those of two special values first, the others well mixed."""
    n = N_CLASSES * N_CLASSES
    mixed = [divmod(k * STRIDE % n, N_CLASSES) for k in range(n)]
    return tuple(sorted(mixed, key=lambda p: max(p) >= N_SPECIAL))


PAIRS = _pair_order()


def one(rng, i, fmt):
    """One operand for vector i."""
    if i & 1:
        return gen.dp(rng) if fmt is DP else gen.sp(rng)
    return CLASSES[(i >> 1) % N_CLASSES](rng, fmt)


def pair(rng, i, fmt):
    """Two operands for vector i."""
    if i % 3 == 2:
        return related(rng, fmt)
    first, second = PAIRS[(i - i // 3) % len(PAIRS)]
    return CLASSES[first](rng, fmt), CLASSES[second](rng, fmt)


def _clamped(exponent, fmt):
    return min(max(exponent, fmt.emin), fmt.emax)


def related(rng, fmt):
    """Two numbers whose sum, product or quotient is a hard case."""
    a = _number(rng, fmt, fmt.emin, fmt.emax) | _sign(rng, fmt)
    ea = (a >> fmt.frac & (1 << fmt.ebits) - 1) - fmt.emax
    kind = rng.getrandbits(3)
    if kind == 0:  # cancellation
        b = a ^ fmt.sign ^ rng.getrandbits(1 + draw(rng, 4))
    elif kind < 3:  # the smaller one decides the rounding of a sum
        e = _clamped(ea - fmt.frac + draw(rng, 5) - 3, fmt)
        b = _number(rng, fmt, e, e) | _sign(rng, fmt)
        if kind == 2:
            b &= ~fmt.frac_mask | 3 << (fmt.frac - 2)
    elif kind < 6:  # product (or, the second, quotient) at an end of the range
        goal = fmt.emax if rng.getrandbits(1) else fmt.emin - draw(rng, fmt.frac + 3)
        e = goal - ea if kind < 5 else ea - goal
        e = _clamped(e + draw(rng, 3) - 1, fmt)
        b = _number(rng, fmt, e, e) | _sign(rng, fmt)
    elif kind == 6:  # few bits: exact or halfway products
        keep = ~fmt.frac_mask | -1 << (fmt.frac - fmt.frac // 2 - 1)
        a, b = a & keep, _number(rng, fmt, -20, 20) & keep | _sign(rng, fmt)
    else:
        b = gen.dp(rng) if fmt is DP else gen.sp(rng)
    return (a, b) if rng.getrandbits(1) else (b, a)


def _near_exponent(rng, fmt, borders):
    """A number whose exponent is one of `borders`, or next to it."""
    e = _clamped(borders[draw(rng, len(borders))] + draw(rng, 3) - 1, fmt)
    return _number(rng, fmt, e, e) | _sign(rng, fmt)


def _calm(rng, fmt):
    """What no software test for divide or square root objects to."""
    return _number(rng, fmt, -fmt.frac // 2, fmt.frac // 2)


def root_test(rng, i, fmt):
    """The operand of a software test for square root."""
    if i in (1, 3, 5, 7):  # the other elements of a vector, so that one decides
        return _calm(rng, fmt)
    if i & 1:
        return one(rng, i >> 1, fmt)
    return _near_exponent(rng, fmt, (fmt.emin, fmt.emin + fmt.frac)) & (fmt.sign - 1)


def quotient_test(rng, i, fmt):
    """Operands of a software test for divide, with exponents where its conditions begin."""
    a, b = _calm(rng, fmt), _calm(rng, fmt)
    if i in (1, 3, 5, 7):
        return a, b
    kind = i & 3
    if kind == 0:
        return pair(rng, i >> 2, fmt)
    if kind == 1:
        return _near_exponent(rng, fmt, (fmt.emin + fmt.frac,)), b
    if kind == 2:
        return a, _near_exponent(rng, fmt, (fmt.emin, fmt.emax - 2))
    eb = draw(rng, fmt.emax) - fmt.emax // 2
    return (_near_exponent(rng, fmt, (eb + fmt.emin + 1, eb + fmt.emax)),
            _number(rng, fmt, eb, eb) | _sign(rng, fmt))


def triple(rng, i, fmt):
    """Factors a, c and the addend b: often near minus the product."""
    a, c = pair(rng, i, fmt)
    kind = rng.getrandbits(2)
    if kind == 0:
        return a, c, CLASSES[draw(rng, N_CLASSES)](rng, fmt)
    if kind == 1:
        return a, c, gen.dp(rng) if fmt is DP else gen.sp(rng)
    if kind == 2 and rng.getrandbits(1):
        return CLASSES[draw(rng, N_CLASSES)](rng, fmt), c, a
    product = fma(a, c, 0, fmt, fmt, fmt, Env(rng.getrandbits(2))).bits
    if is_nan(product, fmt):
        return a, c, one(rng, rng.getrandbits(5), fmt)
    if kind == 2:  # the addend decides the rounding of the product, or the other way round
        shift = (fmt.frac + draw(rng, 5) - 2) << fmt.frac
        magnitude = product & (fmt.sign - 1)
        moved = magnitude - shift if rng.getrandbits(1) else magnitude + shift
        return a, c, min(max(moved, 0), fmt.max) | _sign(rng, fmt)
    return a, c, product ^ fmt.sign ^ rng.getrandbits(draw(rng, 4) + 1) >> 1


def in_double(value):
    """A drawer of singles as one of singles in double format; now and then any double."""
    def drawer(rng, i, _fmt):
        found = value(rng, i, SP)
        if rng.getrandbits(5) == 0:
            return found and value(rng, i, DP)
        if isinstance(found, tuple):
            return tuple(single_to_double_raw(x) for x in found)
        return single_to_double_raw(found)
    return drawer


def near_integer(rng, i, fmt):
    """A number close to an integer, a half or the end of an integer range."""
    if i & 1 == 0:
        return one(rng, i, fmt)
    kind = rng.getrandbits(2)
    if kind == 0:
        return gen.dp(rng) if fmt is DP else gen.sp(rng)
    if kind == 1:
        return _number(rng, fmt, -3, 66) | _sign(rng, fmt)
    edge = 1 << (31, 32, 63, 64)[rng.getrandbits(2)] if kind == 2 else rng.getrandbits(draw(rng, 8))
    quarters = max(1, 4 * edge + rng.getrandbits(3) - 4)
    extra = max(0, quarters.bit_length() - fmt.frac - 1)
    bits = pack(0, quarters >> extra, extra - 2, fmt)
    return (bits + rng.getrandbits(2) - 1) & (fmt.sign - 1) | _sign(rng, fmt)


def integer(rng):
    """64 bits to convert: any length of significand, halfway cases."""
    if rng.getrandbits(1):
        return gen.gpr(rng)
    n = draw(rng, 64) + 1
    value = rng.getrandbits(n) & (-1 << draw(rng, n)) | 1 << (n - 1)
    value += rng.getrandbits(2) - 1
    return (-value if rng.getrandbits(1) else value) & core.M64


def set_state(rng, c):
    """NI and VE now and then; no FPSCR that would have interrupted before the instruction."""
    bits = rng.getrandbits(4)
    if bits == 0:
        c.fpscr |= NI
    elif bits < 3:
        c.fpscr = with_summary(c.fpscr | VE)
    if c.fpscr & FEX and c.msr & (core.MSR_FE0 | core.MSR_FE1):
        c.fpscr = with_summary(c.fpscr & ~ENABLES)


def random_fprf(rng, c):
    """A class code that is not the result's, so that a missing write is seen."""
    code = class_code(gen.dp(rng), DP)
    c.fpscr = c.fpscr & ~(0x1F << 12) | code << 12
