#!/usr/bin/python3
"""Holds the floating-point model against host arithmetic and against MPFR's own rounding."""

import math
import os
import random
import struct
import sys
import unittest

import gmpy2

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from model import binary_convert as bc  # noqa: E402
from model import binary_fp as b  # noqa: E402

ROUNDS = (gmpy2.RoundToNearest, gmpy2.RoundToZero, gmpy2.RoundUp, gmpy2.RoundDown)
FORMATS = ((b.DP, 53, -1073, 1024), (b.SP, 24, -148, 128))


def host(bits):
    """The host double of an image."""
    return struct.unpack(">d", bits.to_bytes(8, "big"))[0]


def image(value):
    """The image of a host double."""
    return int.from_bytes(struct.pack(">d", value), "big")


def operand(rng, fmt):
    """A random image, often of a special class or near the exponent range's ends."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice((0, fmt.inf, fmt.max, 1, fmt.frac_mask, 1 << fmt.frac, fmt.qnan,
                           fmt.inf + 1)) | rng.choice((0, fmt.sign))
    if kind < 3:
        field = rng.choice((0, 1, 2, 2 * fmt.emax, fmt.emax, fmt.emax // 2, fmt.emax * 3 // 2))
        return (field << fmt.frac) | rng.getrandbits(fmt.frac) | rng.choice((0, fmt.sign))
    if kind < 5:
        return ((fmt.emax + rng.randrange(-70, 70)) << fmt.frac) | \
            rng.getrandbits(fmt.frac) & -1 << rng.randrange(fmt.frac) | rng.choice((0, fmt.sign))
    return rng.getrandbits(fmt.width)


def mpfr_answer(function, args, fmt, precision, emin, emax, mode):
    """MPFR's own subnormal-aware rounding: (number, ternary value)."""
    with gmpy2.local_context(precision=precision, emin=emin, emax=emax, subnormalize=True,
                       round=ROUNDS[mode]):
        value = function(*args)
        return value, value.rc


class Arithmetic(unittest.TestCase):
    """Results, FR and FI of each operation."""

    def check(self, model, reference, count, arity):
        """`model(images, fmt, env)` against `reference` in MPFR, both formats, all modes."""
        rng = random.Random(2012)
        for _ in range(count):
            fmt, precision, emin, emax = rng.choice(FORMATS)
            mode = rng.randrange(4)
            images = [operand(rng, fmt) for _ in range(arity)]
            if any(b.is_nan(x, fmt) for x in images):
                continue
            got = model(images, fmt, b.Env(mode))
            args = [b.to_mpfr(x, fmt) for x in images]
            value, ternary = mpfr_answer(reference, args, fmt, precision, emin, emax, mode)
            text = f"{[hex(x) for x in images]} {fmt.name} mode {mode}: {got.bits:#x} {value}"
            if gmpy2.is_nan(value):
                self.assertTrue(got.flags & b.VX_ALL, text)
                continue
            self.assertEqual(b.to_mpfr(got.bits, fmt), value, text)
            self.assertEqual(bool(got.bits & fmt.sign), gmpy2.is_signed(value), text)
            self.assertEqual(got.fi, ternary != 0, text)
            away = ternary != 0 and (ternary > 0) == (not gmpy2.is_signed(value))
            if not got.soft & b.FR:
                self.assertEqual(got.fr, away, text)
            self.assertEqual(got.fprf, b.class_code(got.bits, fmt), text)

    def test_add(self):
        """a + b"""
        self.check(lambda x, f, e: b.add(*x, f, f, f, e), gmpy2.add, 40000, 2)

    def test_sub(self):
        """a - b"""
        self.check(lambda x, f, e: b.sub(*x, f, f, f, e), gmpy2.sub, 40000, 2)

    def test_mul(self):
        """a * b"""
        self.check(lambda x, f, e: b.mul(*x, f, f, f, e), gmpy2.mul, 40000, 2)

    def test_div(self):
        """a / b"""
        self.check(lambda x, f, e: b.div(*x, f, f, f, e), gmpy2.div, 40000, 2)

    def test_sqrt(self):
        """sqrt(b)"""
        self.check(lambda x, f, e: b.sqrt(*x, f, f, f, e), gmpy2.sqrt, 20000, 1)

    def test_fma(self):
        """a * c + b"""
        self.check(lambda x, f, e: b.fma(x[0], x[1], x[2], f, f, f, e),
                   lambda x, y, z: gmpy2.fma(x, y, z), 40000, 3)

    def test_to_single(self):
        """Double to single, rounded once."""
        rng = random.Random(7)
        for _ in range(30000):
            mode, x = rng.randrange(4), operand(rng, b.DP)
            if b.is_nan(x, b.DP):
                continue
            got = bc.to_single(x, b.DP, b.Env(mode))
            value, ternary = mpfr_answer(lambda v: +v, [b.to_mpfr(x, b.DP)], b.SP, 24, -148, 128,
                                         mode)
            self.assertEqual(host(got.bits), float(value), hex(x))
            self.assertEqual(got.fi, ternary != 0, hex(x))
            self.assertTrue(b.in_single(got.bits))
            self.assertEqual(b.in_single(x), not got.fi and math.isfinite(host(x)) or
                             math.isinf(host(x)), hex(x))


class Host(unittest.TestCase):
    """Against the host's doubles, round to nearest."""

    def test_pairs(self):
        """+ - * / on bit patterns."""
        rng, env = random.Random(3), b.Env(0)
        for _ in range(60000):
            x, y = operand(rng, b.DP), operand(rng, b.DP)
            for model, function in ((b.add, float.__add__), (b.sub, float.__sub__),
                                    (b.mul, float.__mul__), (b.div, float.__truediv__)):
                try:
                    want = function(host(x), host(y))
                except ZeroDivisionError:
                    continue
                got = model(x, y, b.DP, b.DP, b.DP, env).bits
                if math.isnan(want):
                    self.assertTrue(b.is_nan(got, b.DP))
                else:
                    self.assertEqual(got, image(want), f"{x:#x} {y:#x} {function}")

    def test_integers(self):
        """Conversions from and to integers."""
        rng, env = random.Random(4), b.Env(0)
        for _ in range(30000):
            n = rng.getrandbits(rng.randrange(1, 64)) * rng.choice((1, -1))
            self.assertEqual(bc.from_integer(n, b.DP, b.DP, env).bits, image(float(n)))
            x = operand(rng, b.DP)
            value = host(x)
            got = bc.to_integer(x, b.DP, b.TO_ZERO, 64, True)
            if math.isnan(value) or not -2.0**63 <= value < 2.0**63:
                self.assertTrue(got.flags & b.VXCVI, hex(x))
            else:
                self.assertEqual(got.bits, int(value) & b.M64, hex(x))
                got = bc.to_integer(x, b.DP, b.NEAREST, 64, True)
                self.assertEqual(got.bits, round(value) & b.M64, hex(x))
                for mode, function in ((b.TO_PLUS, math.ceil), (b.TO_MINUS, math.floor),
                                       (b.TO_ZERO, math.trunc), (b.NEAREST, round)):
                    want = math.copysign(float(function(value)), value)
                    self.assertEqual(bc.to_integral(x, b.DP, mode).bits, image(want), hex(x))


class Book(unittest.TestCase):
    """Worked cases of the book's rules that no host arithmetic has."""

    def test_tiny_before_rounding(self):
        """A result that rounds up to the smallest normal number is still tiny."""
        small = 1 << 52
        got = b.mul(small + 1, image(1.0 - 2.0**-53), b.DP, b.DP, b.DP, b.Env(0))
        self.assertEqual(got.bits, small + 1 - 1)
        got = b.mul(small, image(1.0 - 2.0**-53), b.DP, b.DP, b.DP, b.Env(0))
        self.assertEqual((got.bits, got.flags), (small, b.UX | b.XX))
        got = b.mul(small, image(1.0 - 2.0**-53), b.DP, b.DP, b.DP, b.Env(b.UE))
        self.assertEqual((got.bits, got.flags),
                         (image(1.0 - 2.0**-53) + ((1536 - 1022) << 52), b.UX))

    def test_enabled_overflow(self):
        """The exponent loses 1536, or 192 for single."""
        got = b.mul(b.DP.max, image(4.0), b.DP, b.DP, b.DP, b.Env(b.OE))
        self.assertEqual((got.bits, got.flags, got.fprf),
                         (b.DP.max + ((2 - 1536) << 52), b.OX, 4))
        got = bc.to_single(image(2.0**200), b.DP, b.Env(b.OE))
        self.assertEqual((got.bits, got.flags), (image(2.0**8), b.OX))

    def test_nan_order(self):
        """A, then the addend, then the multiplier; VXIMZ beside a NaN addend."""
        nan = [b.DP.qnan + n for n in range(4)]
        env = b.Env(0)
        one = image(1.0)
        self.assertEqual(b.fma(nan[1], nan[2], nan[3], b.DP, b.DP, b.DP, env).bits, nan[1])
        self.assertEqual(b.fma(one, nan[2], nan[3], b.DP, b.DP, b.DP, env).bits, nan[3])
        self.assertEqual(b.fma(one, nan[2], one, b.DP, b.DP, b.DP, env).bits, nan[2])
        got = b.fma(b.DP.inf, 0, b.DP.inf + 5, b.DP, b.DP, b.DP, env)
        self.assertEqual((got.bits, got.flags), (b.DP.qnan + 5, b.VXIMZ | b.VXSNAN))

    def test_single_moves(self):
        """stfs and lfs are inverse on every single pattern class."""
        rng = random.Random(5)
        for _ in range(20000):
            x = operand(rng, b.SP)
            self.assertEqual(bc.double_to_single_raw(bc.single_to_double_raw(x)), x, hex(x))


if __name__ == "__main__":
    unittest.main()
