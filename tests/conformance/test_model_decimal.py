#!/usr/bin/python3
"""Holds the decimal model against results of POWER hardware, published tables and itself.

HARDWARE has results that POWER6 and POWER7 machines gave, as Valgrind's test suite
(none/tests/ppc32/test_dfp*.stdout.exp) publishes them. They show results only, not FPSCR.
"""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from model import core, decimal_conv, decimal_fp, dpd  # noqa: E402,F401
from model import dfp_data, dfp_round  # noqa: E402

ROWS = core.load_inventory()
QNAN, INF = 0x7C00000000000000, 0x7800000000000000

# mnemonic, DRN, fields, FRA, FRB, FRT or the CR field
HARDWARE = [
    ("dadd", 0, {}, 0x2234000000000e50, 0x223400000014c000, 0x223400000014ce50),
    ("dadd", 0, {}, 0xa2340000000000e0, 0x223400000014c000, 0x223400000014a44c),
    ("dadd", 0, {}, 0x22240000000000cf, 0xa21400010a395bcf, 0xa21400010a1b9bcf),
    ("dadd", 0, {}, 0x2234000000000e50, 0x000400000089b000, 0x2e06500000000000),
    ("dadd", 0, {}, 0x6e4d3f1f534acdd4, 0x223400000014c000, 0x6e4d3f1f534acdd5),
    ("dadd", 0, {}, 0x2238000000000000, 0xa238000000000000, 0x2238000000000000),
    ("dadd", 0, {}, 0xfc00000000000000, 0xfe000000d0e0a0d0, 0xfc000000d0e0a0d0),
    ("dadd", 0, {}, 0xf800000000000000, 0x7a34000000000000, QNAN),
    ("dsub", 0, {}, 0xa2340000000000e0, 0xa21400010a395bcf, 0xa214000477cb0d11),
    ("dsub", 0, {}, 0xf800000000000000, 0x7a34000000000000, 0xf800000000000000),
    ("dmul", 0, {}, 0x2234000000000e50, 0x000400000089b000, 0x0000000c28a03000),
    ("dmul", 0, {}, 0x6e4d3f1f534acdd4, 0xa2340000000000e0, 0xa656f47e5fba95b7),
    ("dmul", 0, {}, 0x2238000000000000, 0x223400000014c000, 0x2234000000000000),
    ("dmul", 0, {}, 0x4248000000000000, 0x7a34000000000000, QNAN),
    ("ddiv", 0, {}, 0x2234000000000e50, 0x223400000014c000, 0x29f20ccf848e2a4e),
    ("ddiv", 0, {}, 0x22240000000000cf, 0xa21400010a395bcf, 0xb1eeabacabd62ac3),
    ("ddiv", 0, {}, 0x2234000000000e50, 0x000400000089b000, INF),
    ("ddiv", 0, {}, 0x2238000000000000, 0x223400000014c000, 0x223c000000000000),
    ("ddiv", 0, {}, 0x4248000000000000, 0x7a34000000000000, 0),
    ("daddq", 0, {}, 0x2207c000000000000000000000000e50, 0x000400000089b0000a6000d000000049,
     0x2e006500000000000000000000000000),
    ("daddq", 0, {}, 0x6209400000fd000000253f1f534acdd4, 0xa207c0000000000000000000000000e0,
     0xa6003000000000000000000000000000),
    ("daddq", 0, {}, 0x7e00000000000000fe000000d0e0a0d0, 0xfc00000000000000c00100035b007700,
     0x7c00000000000000fe000000d0e0a0d0),
    ("dcmpo", 0, {}, 0xa2340000000000e0, 0xa21400010a395bcf, 8),
    ("dcmpo", 0, {}, 0x2238000000000000, 0xa238000000000000, 2),
    ("dcmpo", 0, {}, 0xf800000000000000, 0x7a34000000000000, 8),
    ("dcmpoq", 0, {}, 0x6209400000fd000000253f1f534acdd4, 0x2207c00000000000000000000014c000, 8),
    ("dtstex", 0, {}, 0xfe000000d0e0a0d0, 0xfc00000000000000, 2),
    ("dtstex", 0, {}, 0xf800000000000000, 0x22240000000000cf, 1),
    ("dtstex", 0, {}, 0xa21400010a395bcf, 0x22240000000000cf, 8),
    ("dtstdc", 0, {"DCM": 8}, 0xa2340000000000e0, 0, 10),
    ("dtstdc", 0, {"DCM": 16}, 0x000400000089b000, 0, 2),
    ("dtstdc", 0, {"DCM": 32}, 0x4248000000000000, 0, 2),
    ("dtstdc", 0, {"DCM": 1}, 0xfe000000d0e0a0d0, 0, 10),
    ("dtstsf", 0, {}, 4, 0x2234000000000e50, 2),
    ("dtstsf", 0, {}, 1, 0x2238000000000000, 4),
    ("dtstsf", 0, {}, 0, 0x2234000000000e50, 4),
    ("drrnd", 0, {"RMC": 0}, 2, 0x2234000000000e50, 0x223c000000000034),
    ("drrnd", 0, {"RMC": 2}, 2, 0x2234000000000e50, 0x223c000000000035),
    ("drrnd", 0, {"RMC": 1}, 2, 0x22240000000000cf, 0x2228000000000018),
    ("drrnd", 0, {"RMC": 3}, 6, 0x6e4d3f1f534acdd4, 0x2274000000063f8f),
    ("dquai", 0, {"TE": 16}, 0, 0x2234000000000e50, QNAN),
    ("dquai", 0, {"TE": 30}, 0, 0x2234000000000e50, 0x223000000000d280),
    ("dquai", 0, {"TE": 5}, 0, 0x223400000014c000, 0x224c000000000001),
    ("dquai", 0, {"TE": 16}, 0, 0x22240000000000cf, 0x21f8182300000000),
    ("dquai", 0, {"TE": 5}, 0, 0x6e4d3f1f534acdd4, 0x6e4d3f1f534acdd4),
    ("drintn", 0, {"R": 0, "RMC": 0}, 0, 0xa2340000000000e0, 0xa238000000000016),
    ("dctdp", 0, {}, 0, 0x223400000014c000, 0x20a800000004c000),
    ("dctdp", 0, {}, 0, 0xfe000000d0e0a0d0, 0xa2dc00000040a0d0),
    ("dctdp", 0, {}, 0, 0x6e4d3f1f534acdd4, 0x23740000004acdd4),
    ("drsp", 0, {}, 0, 0x223400000014c000, 0x2644c000),
    ("drsp", 0, {}, 0, 0xa21400010a395bcf, 0xb1f28e57),
    ("drsp", 1, {}, 0, 0xa21400010a395bcf, 0xb1f28e56),
    ("drsp", 2, {}, 0, 0x6e4d3f1f534acdd4, 0x6f34fd7c),
    ("drsp", 6, {}, 0, 0x6e4d3f1f534acdd4, 0x6f34fd7c),
    ("drsp", 7, {}, 0, 0x000400000089b000, 1),
    ("drsp", 7, {}, 0, 0x6e4d3f1f534acdd4, 0x6f34fc7d),
    ("drsp", 3, {}, 0, 0x000400000089b000, 0),
    ("drsp", 0, {}, 0, 0xfe000000d0e0a0d0, 0xfe00a0d0),
    ("drsp", 0, {}, 0, 0x4248000000000000, 0x43f00000),
    ("dctfix", 0, {}, 0, 0x223400000014c000, 0x1e078),
    ("dctfix", 3, {}, 0, 0xa21400010a395bcf, 0xfffffffffffffffb),
    ("dctfix", 2, {}, 0, 0x000400000089b000, 1),
    ("dctfix", 0, {}, 0, 0x7e34000000000111, 0x8000000000000000),
    ("dctfix", 0, {}, 0, 0x6e4d3f1f534acdd4, 0x7fffffffffffffff),
    ("dxex", 0, {}, 0, 0x6e4d3f1f534acdd4, 0x193),
    ("dxex", 0, {}, 0, 0xfe000000d0e0a0d0, 0xfffffffffffffffd),
    ("dxexq", 0, {}, 0, 0x6209400000fd000000253f1f534acdd4, 0x825),
    ("diexq", 0, {}, 5235, 0x7e00000000000000fe000000d0e0a0d0,
     0x211cc00000000000fe000000d0e0a0d0),
    ("diexq", 0, {}, core.M64 - 2, 0xfc00000000000000c00100035b007700,
     0xfe00000000000000c00100035b007700),
    ("diexq", 0, {}, 12288, 0x7e00000000000000fe000000d0e0a0d0,
     0x7c00000000000000fe000000d0e0a0d0),
    ("dscri", 0, {"SH": 1}, 0x6e4d3f1f534acdd4, 0, 0x224d8fe3ca394db5),
    ("dscri", 0, {"SH": 1}, 0x7e34000000000111, 0, 0x7e00000000000021),
    ("dscli", 0, {"SH": 15}, 0x6e4d3f1f534acdd4, 0, 0x324c000000000000),
    ("dscli", 0, {"SH": 1}, 0x6e4d3f1f534acdd4, 0, 0x6a4ddee49c56cec0),
]


def put(c, name, value):
    """An operand in the register or pair that field `name` names."""
    for field in (name, name + "p"):
        if field in c.row.fields:
            n = getattr(c, field)
            if field.endswith("p"):
                c.vsr[n], c.vsr[n + 1] = value >> 64 << 64, (value & core.M64) << 64
            else:
                c.vsr[n] = value << 64


def run(mnemonic, a, b, fpscr=0, msr=0, **fields):
    """The Context after `mnemonic` on FRA=2, FRB=4, FRT=6."""
    c = core.Context(ROWS[mnemonic])
    numbers = {"FRA": 2, "FRB": 4, "FRT": 6, "BF": 3}
    for name in c.row.fields:
        setattr(c, name, fields.get(name, numbers.get(name.rstrip("p"), 0)))
    put(c, "FRA", a)
    put(c, "FRB", b)
    c.fpscr, c.msr = fpscr, c.msr | msr
    c.start()
    c.run(core.REGISTRY[mnemonic].function)
    return c


def result(c):
    """The CR field, FRT or the pair."""
    if "BF" in c.row.fields:
        return c.crf[c.BF]
    if "FRTp" in c.row.fields:
        return c.fpr[c.FRTp] << 64 | c.fpr[c.FRTp + 1]
    return c.fpr[c.FRT]


class Codec(unittest.TestCase):
    """Declets and formats."""

    def test_declets(self):
        """Values of the tables of Book I appendix B; 24 non-preferred declets."""
        for number, declet in ((5, 0x005), (9, 0x009), (55, 0x055), (79, 0x079), (80, 0x00A),
                               (99, 0x05F), (555, 0x2D5), (999, 0x0FF), (888, 0x06E),
                               (989, 0x0EF)):
            self.assertEqual(dpd.DECODE[declet], number, hex(declet))
            self.assertEqual(dpd.ENCODE[number], declet, number)
        self.assertEqual(len(set(dpd.ENCODE)), 1000)
        self.assertEqual(len(dpd.NON_PREFERRED), 24)
        for declet in dpd.NON_PREFERRED:
            self.assertTrue(all(d in "89" for d in str(dpd.DECODE[declet])))

    def test_formats(self):
        """Parameters of IEEE 754-2008 table 3.6; encode and decode are inverse."""
        for fmt, bias, emax in ((dpd.SHORT, 101, 96), (dpd.LONG, 398, 384),
                                (dpd.EXTENDED, 6176, 6144)):
            self.assertEqual((fmt.bias, fmt.emax, fmt.emin), (bias, emax, 1 - emax))
            rng = random.Random(fmt.bits)
            for _ in range(5000):
                bits = rng.getrandbits(fmt.bits)
                value = dpd.decode(fmt, bits)
                again = dpd.decode(fmt, dpd.encode(fmt, value))
                self.assertEqual(repr(again), repr(value))
                self.assertEqual(repr(dpd.decode(fmt, dfp_data.disturb(rng, fmt, bits)))
                                 if value.kind == dpd.FINITE else "", repr(value)
                                 if value.kind == dpd.FINITE else "")


class Rows(unittest.TestCase):
    """Whole rows."""

    def test_hardware(self):
        """Published results of POWER hardware."""
        for mnemonic, drn, fields, a, b, expected in HARDWARE:
            c = run(mnemonic, a, b, drn << 32, **fields)
            self.assertEqual(f"{result(c):x}", f"{expected:x}", (mnemonic, fields, hex(a), hex(b)))

    def test_status(self):
        """FPSCR in hand-computed cases (Book I 5.5.10)."""
        d = decimal_fp
        one, third = 0x2238000000000001, 0x2238000000000003
        nmax = 0x77FCFF3FCFF3FCFF
        tiny = 0x0000000000000001
        cases = (
            ("ddiv", one, third, 0, d.FX | d.XX | d.FI | 4 << 12),
            ("ddiv", one, third, 2 << 32, 2 << 32 | d.FX | d.XX | d.FI | d.FR | 4 << 12),
            ("ddiv", one, 0x2238 << 48, 0, d.FX | d.ZX | 5 << 12),
            ("ddiv", one, 0x2238 << 48, d.ZE, d.FX | d.FEX | d.ZX | d.ZE),
            ("ddiv", 0, 0, d.VE | 0x1F << 12, d.FX | d.FEX | d.VX | d.VXZDZ | d.VE | 0x1F << 12),
            ("dmul", nmax, nmax, 0, d.FX | 1 << 28 | d.XX | d.FI | d.FR | 5 << 12),
            ("dmul", nmax, nmax, d.OE, d.FX | d.FEX | 1 << 28 | d.XX | d.FI | d.OE | 4 << 12),
            ("dmul", tiny, one, 0, 0x14 << 12),
            ("dmul", tiny, one, d.UE, d.FX | d.FEX | 1 << 27 | d.UE | 4 << 12),
            ("dmul", tiny, tiny, 0, d.FX | 1 << 27 | d.XX | d.FI | 2 << 12),
            ("dcmpo", QNAN, one, 0, d.FX | d.VX | d.VXVC | 1 << 12),
            ("dcmpo", 0x7E << 56, one, d.VE, d.FX | d.FEX | d.VX | d.VXSNAN | d.VE | 1 << 12),
            ("dctdp", 0, 0x7E000000, 0, 1 << 12),
        )
        for mnemonic, a, b, before, after in cases:
            c = run(mnemonic, a, b, before)
            self.assertEqual(f"{c.fpscr:x}", f"{after:x}", (mnemonic, hex(a), hex(b), hex(before)))

    def test_wrapped(self):
        """Enabled overflow and underflow: adjusted exponents, the source format of drsp."""
        big = dpd.encode(dpd.LONG, dpd.Value(dpd.FINITE, 0, 12345678, 300))
        value = dpd.decode(dpd.LONG, result(run("dmul", big, big, decimal_fp.OE)))
        self.assertEqual((value.coef, value.exp), (152415765279684, 600 - 576))
        value = dpd.decode(dpd.LONG, result(run("drsp", 0, big, decimal_fp.OE)))
        self.assertEqual((value.coef, value.exp), (1234568, 301 - 192))

    def test_interrupt(self):
        """An enabled exception writes FPSCR and CR1 and then interrupts."""
        c = run("ddiv", 0, 0, decimal_fp.VE, core.MSR_FE0, Rc=1)
        self.assertEqual((c.vector, c.crf[1]), (0x700, 14))
        self.assertTrue(c.spr["SRR1"] & core.SRR1_FP_ENABLED)
        self.assertIsNone(run("ddiv", 0, 0, decimal_fp.VE).vector)

    def test_rounding_is_correct(self):
        """Every mode against fractions: the neighbour that its definition names."""
        rng = random.Random(7)
        for _ in range(3000):
            mode = dfp_round.MODES[rng.getrandbits(3)]
            a, b = (dfp_data.ordinary(rng, dpd.LONG) for _ in range(2))
            exact = dfp_round.quotient(dfp_round.exact_of(a), dfp_round.exact_of(b), dpd.LONG)
            out = dfp_round.deliver(exact, a.exp - b.exp, dpd.LONG, mode, 0)
            self.check_neighbour(a, b, out, mode)

    def check_neighbour(self, a, b, out, mode):
        """`out` is a / b rounded, in integers: a.coef * 10**k against coef * b.coef."""
        v = out.value
        scale = a.exp - b.exp - v.exp
        num, den = a.coef * 10 ** max(scale, 0), b.coef * 10 ** max(-scale, 0)
        floor, rest = divmod(num, den)
        sign = a.sign ^ b.sign
        up = {0: 2 * rest > den or (2 * rest == den and floor & 1), 1: False,
              2: rest and not sign, 3: rest and sign, 4: 2 * rest >= den, 5: 2 * rest > den,
              6: rest, 7: rest and floor % 5 == 0}[dfp_round.MODES.index(mode)]
        up = int(bool(up))
        self.assertEqual((v.coef, out.fi, out.fr), (floor + up, int(rest != 0), up))


if __name__ == "__main__":
    unittest.main()
