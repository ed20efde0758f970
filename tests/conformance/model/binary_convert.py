"""Conversions, rounding to an integer, comparison, tests and estimates in binary floating point.

The companion of binary_fp.py, which has the arithmetic; the same Result is given back.
"""

import math

from .binary_fp import (DP, FINITE, FPRF_OF, FX, INFINITY, OE, OX, SP, TO_ZERO, UE, UX, VXCVI,
                        VXSNAN, VXSQRT, XX, ZERO, ZX, Env, Result, chosen_nan, class_code,
                        classify, cut, default_nan, finish, infinity, is_denormal, is_nan, is_snan,
                        narrow_nan, pack, sign_of, unpack, widen, zero)

LESS, GREATER, EQUAL, UNORDERED = 8, 4, 2, 1


def to_single(b, dst, env):
    """Round a double to single: frsp and xsrsp (dst DP), xscvdpsp and xvcvdpsp (dst SP).

    These are the only instructions that cut a NaN's payload: to 23 bits (Book I 4.3.2).
    """
    nan = chosen_nan((b,), DP)
    if nan:
        short = narrow_nan(nan.bits)
        nan.bits = short if dst is SP else widen(short)
        return nan
    kind, sign = classify(b, DP), sign_of(b, DP)
    if kind == ZERO:
        return zero(sign, dst)
    if kind == INFINITY:
        return infinity(sign, dst)
    sig, exp = unpack(b, DP)
    result = finish(sign, sig, exp, SP, DP, env)
    if dst is SP:
        if result.loose and result.flags & UX:  # undefined; Hornpipe: by single's measure
            result.fprf = FPRF_OF["denorm"][sign]
        result.bits = double_to_single_raw(result.bits)
    return result


def single_to_double(b):
    """xscvspdp and xvcvspdp: exact but for the quieting of a signalling NaN."""
    flags = VXSNAN if is_snan(b, SP) else 0
    bits = widen(b | SP.quiet if flags else b)
    return Result(bits, class_code(bits, DP), flags)


def single_to_double_raw(b):
    """xscvspdpn and lfs: a signalling NaN stays one."""
    return widen(b)


def double_to_single_raw(b):
    """xscvdpspn and stfs: bits are selected, small exponents denormalized (Book I 4.6.3).

    Below the single range (biased exponent under 874) the book gives no value: zero here.
    """
    field = (b >> 52) & 0x7FF
    if field > 896 or b & (DP.sign - 1) == 0:
        return ((b >> 32) & 0xC0000000) | ((b >> 29) & 0x3FFFFFFF)
    if field < 874:
        return (b >> 32) & 0x80000000
    significand = (1 << 52) | (b & DP.frac_mask)
    return ((b >> 32) & 0x80000000) | (significand >> (29 + 897 - field))


def to_integer(b, src, mode, width, signed):
    """Convert to an integer of `width` bits; out of range saturates with VXCVI.

    Result.fprf is None: the class code is undefined.
    """
    low = -(1 << (width - 1)) if signed else 0
    high = (1 << (width - 1)) - 1 if signed else (1 << width) - 1
    mask = (1 << width) - 1
    if is_nan(b, src):
        return Result(low & mask, None, VXCVI | (VXSNAN if is_snan(b, src) else 0))
    kind, sign = classify(b, src), sign_of(b, src)
    if kind == INFINITY:
        return Result((low if sign else high) & mask, None, VXCVI)
    sig, exp = unpack(b, src)
    if exp > 128:
        return Result((low if sign else high) & mask, None, VXCVI)
    magnitude, up, inexact = cut(sign, sig, -exp, mode)
    value = -magnitude if sign else magnitude
    if not low <= value <= high:
        return Result((low if sign else high) & mask, None, VXCVI)
    return Result(value & mask, None, XX if inexact else 0, int(up), int(inexact))


def from_integer(value, rnd, dst, env):
    """Convert a Python integer; zero gives +0."""
    if value == 0:
        return zero(0, dst)
    return finish(int(value < 0), abs(value), 0, rnd, dst, env)


def to_integral(b, fmt, mode, inexact_counts=False):
    """Round to an integer in the same format; FR, FI and XX only for the "c" forms."""
    nan = chosen_nan((b,), fmt)
    if nan:
        return nan
    if classify(b, fmt) != FINITE:
        return Result(b, class_code(b, fmt))
    sign = sign_of(b, fmt)
    sig, exp = unpack(b, fmt)
    magnitude, up, inexact = (sig, False, False) if exp >= 0 else cut(sign, sig, -exp, mode)
    bits = pack(sign, magnitude, max(exp, 0), fmt)
    result = Result(bits, class_code(bits, fmt))
    if inexact_counts:
        result.flags, result.fr, result.fi = XX if inexact else 0, int(up), int(inexact)
    return result


def ordering_key(bits, fmt):
    """An integer that orders all non-NaN images as their values; both zeros give 0."""
    magnitude = bits & (fmt.sign - 1)
    return -magnitude if bits & fmt.sign else magnitude


def compare(a, b, fmt):
    """LESS, GREATER, EQUAL or UNORDERED."""
    if is_nan(a, fmt) or is_nan(b, fmt):
        return UNORDERED
    x, y = ordering_key(a, fmt), ordering_key(b, fmt)
    return LESS if x < y else GREATER if x > y else EQUAL


def extreme(a, b, fmt, largest):
    """xsmaxdp and its kin: (image, flags). A quiet NaN loses against a number; +0 > -0."""
    flags = VXSNAN if is_snan(a, fmt) or is_snan(b, fmt) else 0
    if is_snan(a, fmt):
        return a | fmt.quiet, flags
    if is_nan(a, fmt):
        if is_nan(b, fmt) or not is_nan(b, fmt) and flags:
            return a, flags
        return b, flags
    if is_nan(b, fmt):
        return (b | fmt.quiet if flags else a), flags
    x = (ordering_key(a, fmt), 1 - sign_of(a, fmt))
    y = (ordering_key(b, fmt), 1 - sign_of(b, fmt))
    return (a if (x >= y) == largest or x == y else b), flags


def unbiased(bits, fmt):
    """The unbiased exponent field (denormals and zeros: emin - 1)."""
    return ((bits >> fmt.frac) & ((1 << fmt.ebits) - 1)) - fmt.emax


def test_divide(a, b, fmt):
    """ftdiv and its kin: (fe, fg) for one element (Book I 4.6.7, 7.6.1)."""
    kind_a, kind_b = classify(a, fmt), classify(b, fmt)
    ea, eb = unbiased(a, fmt), unbiased(b, fmt)
    fe = kind_a not in (ZERO, FINITE) or kind_b != FINITE
    fe = fe or eb <= fmt.emin or eb >= fmt.emax - 2
    if kind_a != ZERO:
        low = fmt.emin + fmt.frac  # -970 and -103
        fe = fe or ea - eb >= fmt.emax or ea - eb <= fmt.emin + 1 or ea <= low
    fg = kind_a == INFINITY or kind_b in (ZERO, INFINITY) or is_denormal(b, fmt)
    return fe, fg


def test_sqrt(b, fmt):
    """ftsqrt and its kin: (fe, fg) for one element."""
    kind = classify(b, fmt)
    fe = kind != FINITE or bool(b & fmt.sign) or unbiased(b, fmt) <= fmt.emin + fmt.frac
    fg = kind in (ZERO, INFINITY) or is_denormal(b, fmt)
    return fe, fg


ESTIMATE_BITS = 16  # Hornpipe's estimates: the exact significand cut to 16 fraction bits


def _estimated(sign, sig, exp, rnd, dst, env, bound_bits):
    """(Result, undefined bits of the image) of the estimate of the exact number sig * 2**exp.

    `sig` has many more bits than the estimate. Only the bound is architected: undefined are the
    bits from the highest in which two images within the bound differ, and UX where it depends on
    the estimate being inexact.
    """
    extra = sig.bit_length() - 1 - ESTIMATE_BITS
    result = finish(sign, sig >> extra, exp + extra, rnd, dst, env)
    result.fr = result.fi = 0
    result.flags &= ~XX
    if sig.bit_length() - 1 + exp < rnd.emin and not env.ue:
        result.soft |= UX | FX
        if sig & ((1 << extra) - 1):
            result.flags |= UX
    down = Env(TO_ZERO | (OE if env.oe else 0) | (UE if env.ue else 0))
    ends = [finish(sign, (sig << bound_bits) + way * sig, exp - bound_bits, rnd, dst, down)
            for way in (-1, 1)]
    if any((end.flags ^ result.flags) & OX for end in ends):
        result.loose = True
    return result, (1 << (ends[0].bits ^ ends[1].bits).bit_length()) - 1


def reciprocal(b, src, rnd, dst, env, bound_bits):
    """fre and its kin: (Result, undefined bits)."""
    special = special_reciprocal(b, src, dst)
    if special:
        return special, 0
    sig, exp = unpack(b, src)
    quotient, rest = divmod(1 << 200, sig)
    return _estimated(sign_of(b, src), quotient << 1 | (rest != 0), -exp - 201, rnd, dst, env,
                      bound_bits)


def reciprocal_root(b, src, rnd, dst, env, bound_bits):
    """frsqrte and its kin: (Result, undefined bits)."""
    special = special_rsqrt(b, src, dst)
    if special:
        return special, 0
    sig, exp = unpack(b, src)
    if exp & 1:
        sig, exp = sig << 1, exp - 1
    root = math.isqrt((1 << 400) // sig)
    exact = root * root * sig == 1 << 400
    return _estimated(0, root << 1 | (not exact), -exp // 2 - 201, rnd, dst, env, bound_bits)


def special_reciprocal(b, src, dst):
    """The Result of a reciprocal estimate on zero, infinity or NaN, else None."""
    nan = chosen_nan((b,), src)
    if nan:
        return nan
    kind, sign = classify(b, src), sign_of(b, src)
    if kind == INFINITY:
        return zero(sign, dst)
    return infinity(sign, dst, ZX) if kind == ZERO else None


def special_rsqrt(b, src, dst):
    """The Result of a reciprocal square root estimate on anything but a positive number."""
    nan = chosen_nan((b,), src)
    if nan:
        return nan
    kind, sign = classify(b, src), sign_of(b, src)
    if kind == ZERO:
        return infinity(sign, dst, ZX)
    if sign:
        return default_nan(dst, VXSQRT)
    return zero(0, dst) if kind == INFINITY else None
