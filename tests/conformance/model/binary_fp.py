"""Binary floating point of the Power ISA (Book I chapters 4 and 7), from first principles.

MPFR (through gmpy2) carries out add, multiply, square root and fused multiply-add on an
unbounded exponent range, truncated to 200 bits with a "not exact" indication; a quotient is one
of exact integers. Everything the book puts on top is done here on integers: rounding to a format,
tininess before rounding, the FPSCR exception bits, FR and FI, the class code FPRF, adjusted
exponents for enabled overflow and underflow, NaN selection and the default results.

Nothing here knows instructions or registers; scalar_fp.py and vsx_fp.py do.
"""

import struct
from fractions import Fraction

import gmpy2

# FPSCR bits as masks of the 64-bit register; the book's bit n is 1 << (63 - n).
FX, FEX, VX, OX, UX, ZX, XX = (1 << (31 - n) for n in range(7))
VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXVC = (1 << (31 - n) for n in range(7, 13))
FR, FI = 1 << 18, 1 << 17
FPRF, FPCC, FPRF_C = 0x1F << 12, 0xF << 12, 1 << 16
FPRF_SHIFT = 12
VXSOFT, VXSQRT, VXCVI = 1 << 10, 1 << 9, 1 << 8
VE, OE, UE, ZE, XE = 1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3
NI, RN = 1 << 2, 3
DRN = 7 << 32

VX_ALL = (VXSNAN | VXISI | VXIDI | VXZDZ | VXIMZ | VXVC | VXSOFT | VXSQRT | VXCVI)
EXCEPTIONS = VX_ALL | OX | UX | ZX | XX
ENABLES = VE | OE | UE | ZE | XE
#: every bit of the FPSCR that software can write (FEX and VX are computed, bit 52 is reserved)
WRITABLE = DRN | FX | EXCEPTIONS | FR | FI | FPRF | ENABLES | NI | RN

# Classes of an operand.
ZERO, FINITE, INFINITY, QNAN, SNAN = range(5)

# FPRF: class code and sign of a result (Book I figure "Floating-Point Result Flags").
FPRF_QNAN = 0x11
FPRF_OF = {"inf": (0x05, 0x09), "norm": (0x04, 0x08), "denorm": (0x14, 0x18),
           "zero": (0x02, 0x12)}

NEAREST, TO_ZERO, TO_PLUS, TO_MINUS = range(4)
#: frin, xsrdpi and xvr*i: to nearest, halfway cases away from zero
NEAR_AWAY = 4

M64 = (1 << 64) - 1


class Format:
    """One binary interchange format."""

    def __init__(self, name, width, frac, adjust):
        self.name, self.width, self.frac, self.adjust = name, width, frac, adjust
        self.ebits = width - 1 - frac
        self.emax = (1 << (self.ebits - 1)) - 1
        self.emin = 1 - self.emax
        self.sign = 1 << (width - 1)
        self.inf = ((1 << self.ebits) - 1) << frac
        self.quiet = 1 << (frac - 1)
        self.qnan = self.inf | self.quiet
        self.max = self.inf - 1
        self.mask = (1 << width) - 1
        self.frac_mask = (1 << frac) - 1


DP = Format("double", 64, 52, 1536)
SP = Format("single", 32, 23, 192)


class Result:
    """What one operation gives: register image, class code and FPSCR effects.

    `flags` are the exception bits to set, `soft` the FPSCR bits whose value the book leaves
    undefined for this result, `loose` is true when the book leaves the value itself undefined.
    """

    __slots__ = ("bits", "fprf", "flags", "fr", "fi", "soft", "loose")

    def __init__(self, bits, fprf, flags=0, fr=0, fi=0, soft=0, loose=False):
        self.bits, self.fprf, self.flags = bits, fprf, flags
        self.fr, self.fi, self.soft, self.loose = fr, fi, soft, loose


class Env:
    """The control bits an operation obeys: rounding mode and the two adjusting enables."""

    __slots__ = ("rn", "oe", "ue")

    def __init__(self, fpscr):
        self.rn, self.oe, self.ue = fpscr & RN, bool(fpscr & OE), bool(fpscr & UE)


# ---- operands ----

def classify(bits, fmt):
    """ZERO, FINITE, INFINITY, QNAN or SNAN."""
    magnitude = bits & (fmt.sign - 1)
    if magnitude == 0:
        return ZERO
    if magnitude < fmt.inf:
        return FINITE
    if magnitude == fmt.inf:
        return INFINITY
    return QNAN if magnitude & fmt.quiet else SNAN


def is_nan(bits, fmt):
    """True for a quiet or signalling NaN."""
    return (bits & (fmt.sign - 1)) > fmt.inf


def is_snan(bits, fmt):
    """True for a signalling NaN."""
    return (bits & (fmt.sign - 1)) > fmt.inf and not bits & fmt.quiet


def is_denormal(bits, fmt):
    """True for a nonzero value with a zero exponent field."""
    return not bits & fmt.inf and bool(bits & fmt.frac_mask)


def sign_of(bits, fmt):
    """0 or 1."""
    return 1 if bits & fmt.sign else 0


def unpack(bits, fmt):
    """(integer significand, exponent): the magnitude of a finite operand is sig * 2**exp."""
    field = (bits >> fmt.frac) & ((1 << fmt.ebits) - 1)
    frac = bits & fmt.frac_mask
    if field == 0:
        return frac, fmt.emin - fmt.frac
    return frac | (1 << fmt.frac), field - fmt.emax - fmt.frac


def fraction_of(bits, fmt):
    """The exact signed value of a finite operand."""
    sig, exp = unpack(bits, fmt)
    value = Fraction(sig) * Fraction(2) ** exp
    return -value if bits & fmt.sign else value


def to_mpfr(bits, fmt):
    """A finite operand as an (exact) MPFR number."""
    if fmt is DP:
        return gmpy2.mpfr(struct.unpack(">d", bits.to_bytes(8, "big"))[0], 53)
    return gmpy2.mpfr(struct.unpack(">f", bits.to_bytes(4, "big"))[0], 53)


def in_single(bits):
    """True when a double-format image is representable in single format (Book I 4.3.5.1)."""
    magnitude = bits & (DP.sign - 1)
    if magnitude == 0:
        return True
    if bits & ((1 << 29) - 1):
        return False
    if magnitude >= DP.inf:
        return True
    field = magnitude >> 52
    if field == 0 or field > 1023 + 127:
        return False
    if field >= 1023 - 126:
        return True
    sig, exp = unpack(bits, DP)
    drop = -149 - exp
    return drop < 53 and not sig & ((1 << drop) - 1)


# ---- results ----

def pack(sign, sig, exp, fmt):
    """The image of sig * 2**exp, which must be representable in `fmt`."""
    if sig == 0:
        return fmt.sign * sign
    top = sig.bit_length() - 1 + exp
    lsb = max(top, fmt.emin) - fmt.frac
    shift = exp - lsb
    if shift >= 0:
        sig <<= shift
    else:
        assert not sig & ((1 << -shift) - 1)
        sig >>= -shift
    assert top <= fmt.emax
    field = 0 if top < fmt.emin else top + fmt.emax
    return (fmt.sign * sign) | (field << fmt.frac) | (sig & fmt.frac_mask)


def class_code(bits, fmt):
    """FPRF for an image in `fmt`."""
    sign = sign_of(bits, fmt)
    kind = classify(bits, fmt)
    if kind in (QNAN, SNAN):
        return FPRF_QNAN
    if kind == INFINITY:
        return FPRF_OF["inf"][sign]
    if kind == ZERO:
        return FPRF_OF["zero"][sign]
    return FPRF_OF["denorm" if is_denormal(bits, fmt) else "norm"][sign]


def widen(bits):
    """A single image as the double of the same value; NaN payloads stay left-justified."""
    sign, kind = sign_of(bits, SP), classify(bits, SP)
    if kind in (FINITE, ZERO):
        sig, exp = unpack(bits, SP)
        return pack(sign, sig, exp, DP)
    return (sign << 63) | DP.inf | ((bits & SP.frac_mask) << 29)


def narrow_nan(bits):
    """A double NaN or infinity as a single one: the leftmost 23 fraction bits are kept."""
    return ((bits >> 32) & 0x80000000) | SP.inf | ((bits >> 29) & SP.frac_mask)


def rounds_up(sign, odd, rest, half, mode):
    """Whether the magnitude is incremented: `rest` is what is cut off, `half` half a unit."""
    if rest == 0:
        return False
    if mode == NEAREST:
        return rest > half or (rest == half and odd)
    if mode == TO_ZERO:
        return False
    if mode == NEAR_AWAY:
        return rest >= half
    return bool(sign) == (mode == TO_MINUS)


def cut(sign, sig, shift, mode):
    """Shift right by `shift` with rounding: (quotient, incremented, inexact)."""
    if shift <= 0 or sig == 0:
        return sig << max(0, -shift), False, False
    if shift > sig.bit_length() + 2:
        shift, sig = 3, 1
    rest = sig & ((1 << shift) - 1)
    quotient = sig >> shift
    up = rounds_up(sign, quotient & 1, rest, 1 << (shift - 1), mode)
    return quotient + up, up, rest != 0


def finish(sign, sig, exp, rnd, dst, env):
    """Round the exact nonzero value sig * 2**exp to `rnd`; the image is in format `dst`.

    A value known to lie above sig * 2**exp must be given with an odd guard bit (see exactly()).
    """
    top = sig.bit_length() - 1 + exp
    tiny = top < rnd.emin
    lsb = (top if not tiny or env.ue else rnd.emin) - rnd.frac
    quotient, up, inexact = cut(sign, sig, lsb - exp, env.rn)
    flags = XX if inexact else 0
    exponent = quotient.bit_length() - 1 + lsb
    if tiny and env.ue:
        return adjusted(sign, quotient, lsb + rnd.adjust, rnd, dst, flags | UX, up)
    if tiny and inexact:
        flags |= UX
    if exponent > rnd.emax:
        if env.oe:
            return adjusted(sign, quotient, lsb - rnd.adjust, rnd, dst, flags | OX, up)
        return overflowed(sign, rnd, dst, env.rn)
    bits = pack(sign, quotient, lsb, dst)
    if quotient == 0:
        code = FPRF_OF["zero"][sign]
    else:
        code = FPRF_OF["denorm" if exponent < rnd.emin else "norm"][sign]
    return Result(bits, code, flags, int(up), int(inexact))


def adjusted(sign, quotient, lsb, rnd, dst, flags, up):
    """Enabled overflow or underflow: the exponent has been adjusted (Book I 4.4.3.2, 4.4.4.2).

    The adjusted value can be outside the format only where a double far outside the single range
    is rounded to single; the book then leaves the result undefined: here it is infinity or zero
    where the destination cannot hold it.
    """
    exponent = quotient.bit_length() - 1 + lsb
    loose = not rnd.emin <= exponent <= rnd.emax
    inexact = int(bool(flags & XX))
    if loose and not dst.emin <= exponent <= dst.emax:
        result = (infinity if exponent > 0 else zero)(sign, dst, flags)
        result.fr, result.fi, result.loose = int(up), inexact, True
        return result
    bits = pack(sign, quotient, lsb, dst)
    return Result(bits, FPRF_OF["norm"][sign], flags, int(up), inexact, loose=loose)


def overflowed(sign, rnd, dst, mode):
    """Disabled overflow: infinity or the largest number by rounding mode; FR is undefined."""
    to_infinity = mode == NEAREST or (mode == TO_PLUS and not sign) or (mode == TO_MINUS and sign)
    image = (rnd.inf if to_infinity else rnd.max) | (rnd.sign * sign)
    if rnd is not dst:
        image = widen(image)
    code = FPRF_OF["inf" if to_infinity else "norm"][sign]
    return Result(image, code, OX | XX, int(to_infinity), 1, soft=FR)


def infinity(sign, dst, flags=0):
    """An exact infinity (FR and FI zero)."""
    return Result(dst.inf | (dst.sign * sign), FPRF_OF["inf"][sign], flags)


def zero(sign, dst, flags=0):
    """An exact zero."""
    return Result(dst.sign * sign, FPRF_OF["zero"][sign], flags)


def default_nan(dst, flags):
    """The result of an invalid operation on no NaN."""
    return Result(dst.qnan, FPRF_QNAN, flags)


def chosen_nan(operands, src, flags=0):
    """The first NaN in book order, made quiet; VXSNAN if any operand is signalling; or None.

    The image stays in the source format: only the format-changing instructions cut payloads.
    """
    first = None
    for bits in operands:
        if is_nan(bits, src):
            if first is None:
                first = bits
            if not bits & src.quiet:
                flags |= VXSNAN
    if first is None:
        return None
    return Result(first | src.quiet, FPRF_QNAN, flags)


_WIDE = gmpy2.context(precision=200, round=gmpy2.RoundToZero, emin=-100000, emax=100000)


def exactly(value):
    """(sign, sig, exp) of a truncated MPFR result, with the lost part as one low guard bit."""
    sig, exp = value.as_mantissa_exp()
    sig, exp = int(sig), int(exp)
    sign = 1 if sig < 0 else 0
    sig = abs(sig)
    if value.rc != 0:
        return sign, (sig << 128) | 1, exp - 128
    return sign, sig, exp


def settle(value, rnd, dst, env):
    """Round a nonzero MPFR value."""
    sign, sig, exp = exactly(value)
    return finish(sign, sig, exp, rnd, dst, env)


# ---- arithmetic: src is the operands' format, rnd the precision, dst the register format ----

def add(a, b, src, rnd, dst, env):
    """a + b."""
    nan = chosen_nan((a, b), src)
    if nan:
        return nan
    kind_a, kind_b = classify(a, src), classify(b, src)
    sign_a, sign_b = sign_of(a, src), sign_of(b, src)
    if kind_a == INFINITY or kind_b == INFINITY:
        if kind_a == kind_b and sign_a != sign_b:
            return default_nan(dst, VXISI)
        return infinity(sign_a if kind_a == INFINITY else sign_b, dst)
    return sum_of(_WIDE.add(to_mpfr(a, src), to_mpfr(b, src)), sign_a, sign_b, rnd, dst, env)


def sum_of(value, sign_a, sign_b, rnd, dst, env):
    """Round a sum; an exact zero difference has the sign of the rounding direction (4.3.3)."""
    if gmpy2.is_zero(value):
        sign = sign_a if sign_a == sign_b else int(env.rn == TO_MINUS)
        return zero(sign, dst)
    return settle(value, rnd, dst, env)


def sub(a, b, src, rnd, dst, env):
    """a - b: as a + (-b), but a NaN b keeps its sign."""
    if is_nan(b, src):
        return chosen_nan((a, b), src)
    return add(a, b ^ src.sign, src, rnd, dst, env)


def mul(a, b, src, rnd, dst, env):
    """a * b."""
    nan = chosen_nan((a, b), src)
    if nan:
        return nan
    kinds = (classify(a, src), classify(b, src))
    sign = sign_of(a, src) ^ sign_of(b, src)
    if INFINITY in kinds:
        return default_nan(dst, VXIMZ) if ZERO in kinds else infinity(sign, dst)
    if ZERO in kinds:
        return zero(sign, dst)
    return settle(_WIDE.mul(to_mpfr(a, src), to_mpfr(b, src)), rnd, dst, env)


def div(a, b, src, rnd, dst, env):
    """a / b."""
    nan = chosen_nan((a, b), src)
    if nan:
        return nan
    kind_a, kind_b = classify(a, src), classify(b, src)
    sign = sign_of(a, src) ^ sign_of(b, src)
    if kind_a == INFINITY:
        return default_nan(dst, VXIDI) if kind_b == INFINITY else infinity(sign, dst)
    if kind_b == ZERO:
        return default_nan(dst, VXZDZ) if kind_a == ZERO else infinity(sign, dst, ZX)
    if kind_a == ZERO or kind_b == INFINITY:
        return zero(sign, dst)
    # Exact: an integer quotient with the remainder as guard bit (context.div() of gmpy2 2.1 does
    # not keep to its own context).
    sig_a, exp_a = unpack(a, src)
    sig_b, exp_b = unpack(b, src)
    quotient, rest = divmod(sig_a << 130, sig_b)
    return finish(sign, quotient << 1 | (rest != 0), exp_a - exp_b - 131, rnd, dst, env)


def sqrt(b, src, rnd, dst, env):
    """Square root of b."""
    nan = chosen_nan((b,), src)
    if nan:
        return nan
    kind, sign = classify(b, src), sign_of(b, src)
    if kind == ZERO:
        return zero(sign, dst)
    if sign:
        return default_nan(dst, VXSQRT)
    if kind == INFINITY:
        return infinity(0, dst)
    return settle(_WIDE.sqrt(to_mpfr(b, src)), rnd, dst, env)


def fma(a, c, b, src, rnd, dst, env, subtract=False, negate=False):
    """[-](a * c +- b) with one rounding. NaNs are chosen in the order a, b (addend), c.

    An infinity times zero is invalid whether or not the addend is a NaN; a NaN factor excludes it.
    negate changes the sign of the rounded result but never of a NaN.
    """
    factors = (classify(a, src), classify(c, src))
    invalid = VXIMZ if INFINITY in factors and ZERO in factors else 0
    nan = chosen_nan((a, b, c), src, invalid)
    if nan:
        return nan
    if invalid:
        return default_nan(dst, invalid)
    result = fused(a, c, b ^ src.sign if subtract else b, factors, src, rnd, dst, env)
    if negate and not is_nan(result.bits, dst):
        result.bits ^= dst.sign
        result.fprf = opposite(result.fprf)
    return result


def fused(a, c, b, factors, src, rnd, dst, env):
    """a * c + b on no NaN and a valid product."""
    sign_p, sign_b = sign_of(a, src) ^ sign_of(c, src), sign_of(b, src)
    kind_b = classify(b, src)
    if INFINITY in factors:
        if kind_b == INFINITY and sign_p != sign_b:
            return default_nan(dst, VXISI)
        return infinity(sign_p, dst)
    if kind_b == INFINITY:
        return infinity(sign_b, dst)
    value = _WIDE.fma(to_mpfr(a, src), to_mpfr(c, src), to_mpfr(b, src))
    return sum_of(value, sign_p, sign_b, rnd, dst, env)


def opposite(code):
    """The class code of the negated value."""
    for positive, negative in FPRF_OF.values():
        if code in (positive, negative):
            return positive + negative - code
    return code
