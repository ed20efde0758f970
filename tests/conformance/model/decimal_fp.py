"""Decimal floating point (Book I chapter 5), Long and Extended: all rows, on exact decimals.

Every row ends in one of finish() and invalid(), which set FPSCR as 5.5.10 says, and then in
done(), which takes the interrupt of an enabled exception after everything was written.
"""

from . import dfp_gen as gen
from . import dpd
from .core import M64, MSR_FE0, MSR_FE1, SRR1_FP_ENABLED, instruction
from .dfp_round import (EXACT, FLOOR, MODES, XX, deliver, exact_of, number, quotient,
                        round_to_exponent)
from .dpd import EXTENDED, FINITE, INFINITY, LONG, QNAN, SNAN, Value

FX, FEX, VX = 1 << 31, 1 << 30, 1 << 29
ZX = 1 << 26
VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXVC = (1 << k for k in range(24, 18, -1))
FR, FI, C, FPRF, FPCC = 1 << 18, 1 << 17, 1 << 16, 0x1F000, 0xF000
VXCVI = 1 << 8
VX_ALL = VXSNAN | VXISI | VXIDI | VXZDZ | VXIMZ | VXVC | 1 << 10 | 1 << 9 | VXCVI
VE, OE, UE, ZE, XE = 1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3
LT, GT, EQ, UN = 8, 4, 2, 1

# RMC, by the R field where there is one (Book I 5.5.2): DRN's numbers, None for DRN itself.
PRIMARY = (0, 1, 4, None)
SECONDARY = (2, 3, 6, 5)


# -- Registers --

def read(c, name, fmt):
    """The datum in FPR operand `name`: one register, or an even-odd pair."""
    if fmt is EXTENDED:
        n = getattr(c, name + "p")
        return c.fpr[n] << 64 | c.fpr[n + 1]
    return c.fpr[getattr(c, name)]


def operand(c, name, fmt):
    """The Value in FPR operand `name`."""
    return dpd.decode(fmt, read(c, name, fmt))


def write_bits(c, fmt, bits):
    """Places 64 or 128 bits in FRT or the pair FRTp."""
    if fmt is EXTENDED:
        c.fpr[c.FRTp] = bits >> 64
        c.fpr[c.FRTp + 1] = bits & M64
    else:
        c.fpr[c.FRT] = bits & M64


def mode_of(c):
    """The rounding mode of FPSCR[DRN]."""
    return MODES[c.fpscr >> 32 & 7]


def mode_rmc(c, primary=True):
    """The rounding mode that RMC, and R, choose."""
    chosen = (PRIMARY if primary else SECONDARY)[c.RMC]
    return mode_of(c) if chosen is None else MODES[chosen]


# -- FPSCR --

def raise_bits(c, bits):
    """Makes exception bits sticky; FX tells a change of any."""
    if bits & ~c.fpscr:
        bits |= FX
    c.fpscr |= bits


def done(c):
    """Summary bits, CR1 and the interrupt of an enabled exception."""
    f = c.fpscr & ~(VX | FEX)
    if f & VX_ALL:
        f |= VX
    # VX OX UX ZX XX against VE OE UE ZE XE, which lie 22 bits lower
    if f >> 22 & f & (VE | OE | UE | ZE | XE):
        f |= FEX
    c.fpscr = f
    c.record1()
    if f & FEX and c.msr & (MSR_FE0 | MSR_FE1):
        c.commit()
        raise c.interrupt(0x700, srr1=SRR1_FP_ENABLED)


def class_code(fmt, value):
    """FPSCR[FPRF] of a result."""
    if value.kind == SNAN:
        return 0x01
    if value.kind == QNAN:
        return 0x11
    if value.kind == INFINITY:
        return 0x09 if value.sign else 0x05
    if not value.coef:
        return 0x12 if value.sign else 0x02
    if value.exp + dpd.number_of_digits(value.coef) - 1 < fmt.emin:
        return 0x18 if value.sign else 0x14
    return 0x08 if value.sign else 0x04


def set_status(c, fprf=None, fr=0, fi=0):
    """FR, FI and, if given, FPRF."""
    c.fpscr = c.fpscr & ~(FR | FI) | (FR if fr else 0) | (FI if fi else 0)
    if fprf is not None:
        c.fpscr = c.fpscr & ~FPRF | fprf << 12


def finish(c, fmt, value, flags=0, fr=0, fi=0, place=write_bits):
    """Delivers a DFP result with its exceptions."""
    raise_bits(c, flags)
    place(c, fmt, dpd.encode(fmt, value))
    set_status(c, class_code(fmt, value), fr, fi)
    done(c)


def finish_outcome(c, outcome, place=write_bits):
    """finish() with what deliver() answered."""
    if outcome.fr_undefined:
        c.undefined("fpscr", 0, FR)
    finish(c, outcome.fmt, outcome.value, outcome.flags, outcome.fr, outcome.fi, place)


def invalid(c, fmt, flags, value=None, place=write_bits):
    """An invalid operation: `value`, by default the default QNaN, unless it is enabled."""
    if c.fpscr & VE:
        raise_bits(c, flags)
        set_status(c)
        done(c)
    else:
        finish(c, fmt, value or Value(QNAN, 0), flags, place=place)


def propagate(c, fmt, operands):
    """Ends the row if an operand is a NaN: a signaling one first, else the leftmost."""
    chosen = next((v for v in operands if v.kind == SNAN), None)
    if chosen:
        invalid(c, fmt, VXSNAN, Value(QNAN, chosen.sign, chosen.coef))
        return True
    chosen = next((v for v in operands if v.kind == QNAN), None)
    if chosen:
        finish(c, fmt, chosen)
        return True
    return False


def pair(name, generator):
    """Registers a model of (c, fmt) for `name` on Long and `name`q on Extended."""
    def register(function):
        def bind(fmt, mnemonic):
            def model(c):
                function(c, fmt)
            model.__module__ = function.__module__
            instruction(mnemonic, gen=generator(fmt))(model)
        bind(LONG, name)
        bind(EXTENDED, name + "q")
        return function
    return register


# -- Arithmetic (5.6.1) --

def add(c, fmt, a, b):
    """a + b, both decoded and no NaN."""
    if a.kind == INFINITY or b.kind == INFINITY:
        if a.kind == b.kind and a.sign != b.sign:
            return invalid(c, fmt, VXISI)
        return finish(c, fmt, Value(INFINITY, a.sign if a.kind == INFINITY else b.sign))
    mode = mode_of(c)
    exact = EXACT.add(exact_of(a), exact_of(b))
    ideal = min(a.exp, b.exp)
    if not exact:
        sign = a.sign if a.sign == b.sign else int(mode == FLOOR)
        exact = number(sign, 0, ideal)
    return finish_outcome(c, deliver(exact, ideal, fmt, mode, c.fpscr))


@pair("dadd", gen.sums)
def dadd(c, fmt):
    """DFP Add"""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if not propagate(c, fmt, (a, b)):
        add(c, fmt, a, b)


@pair("dsub", gen.sums)
def dsub(c, fmt):
    """DFP Subtract: the sign of a number is inverted, that of a NaN is not."""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if not propagate(c, fmt, (a, b)):
        add(c, fmt, a, Value(b.kind, b.sign ^ 1, b.coef, b.exp))


@pair("dmul", gen.products)
def dmul(c, fmt):
    """DFP Multiply"""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if propagate(c, fmt, (a, b)):
        return
    sign = a.sign ^ b.sign
    if a.kind == INFINITY or b.kind == INFINITY:
        if a.is_zero or b.is_zero:
            return invalid(c, fmt, VXIMZ)
        return finish(c, fmt, Value(INFINITY, sign))
    exact = number(sign, a.coef * b.coef, a.exp + b.exp)
    finish_outcome(c, deliver(exact, a.exp + b.exp, fmt, mode_of(c), c.fpscr))


@pair("ddiv", gen.quotients)
def ddiv(c, fmt):
    """DFP Divide"""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if propagate(c, fmt, (a, b)):
        return
    sign = a.sign ^ b.sign
    if a.kind == INFINITY:
        if b.kind == INFINITY:
            return invalid(c, fmt, VXIDI)
        return finish(c, fmt, Value(INFINITY, sign))
    if b.kind == INFINITY:  # a true zero: the smallest exponent
        return finish(c, fmt, Value(FINITE, sign, 0, fmt.xmin))
    if b.is_zero:
        if a.is_zero:
            return invalid(c, fmt, VXZDZ)
        return divide_by_zero(c, fmt, sign)
    ideal = a.exp - b.exp
    exact = quotient(exact_of(a), exact_of(b), fmt) if a.coef else number(sign, 0, ideal)
    finish_outcome(c, deliver(exact, ideal, fmt, mode_of(c), c.fpscr))


def divide_by_zero(c, fmt, sign):
    """A finite number by zero (5.5.10.2)."""
    if c.fpscr & ZE:
        raise_bits(c, ZX)
        set_status(c)
        done(c)
    else:
        finish(c, fmt, Value(INFINITY, sign), ZX)


# -- Compare and test (5.6.2, 5.6.3) --

def answer(c, code, flags=0):
    """A result in CR field BF and FPSCR[FPCC]; C, FR and FI stay."""
    c.crf[c.BF] = code
    raise_bits(c, flags)
    c.fpscr = c.fpscr & ~FPCC | code << 12
    done(c)


def ordering(x, y):
    """LT, GT or EQ of two integers or Decimals."""
    return LT if x < y else GT if x > y else EQ


def compare(a, b):
    """LT, GT or EQ of two Values that are no NaN."""
    def rank(v):
        return 0 if v.kind == FINITE else -1 if v.sign else 1
    if rank(a) or rank(b):
        return ordering(rank(a), rank(b))
    return ordering(EXACT.compare(exact_of(a), exact_of(b)), 0)


@pair("dcmpu", gen.compares)
def dcmpu(c, fmt):
    """DFP Compare Unordered"""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if a.is_nan or b.is_nan:
        return answer(c, UN, VXSNAN if SNAN in (a.kind, b.kind) else 0)
    answer(c, compare(a, b))


@pair("dcmpo", gen.compares)
def dcmpo(c, fmt):
    """DFP Compare Ordered: with a signaling NaN, VXVC only if VE=0."""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if not (a.is_nan or b.is_nan):
        return answer(c, compare(a, b))
    flags = VXVC
    if SNAN in (a.kind, b.kind):
        flags = VXSNAN if c.fpscr & VE else VXSNAN | VXVC
    answer(c, UN, flags)


def tested(c, value, match):
    """The answer of the two data tests."""
    answer(c, (LT if value.sign else 0) | (EQ if match else 0))


@pair("dtstdc", gen.tests("DCM"))
def dtstdc(c, fmt):
    """DFP Test Data Class: zero, subnormal, normal, infinity, QNaN, SNaN."""
    a = operand(c, "FRA", fmt)
    if a.kind == FINITE:
        index = {2: 0, 0x14: 1, 4: 2}[class_code(fmt, Value(FINITE, 0, a.coef, a.exp))]
    else:
        index = {INFINITY: 3, QNAN: 4, SNAN: 5}[a.kind]
    tested(c, a, c.DCM >> (5 - index) & 1)


@pair("dtstdg", gen.tests("DGM"))
def dtstdg(c, fmt):
    """DFP Test Data Group: zeros, extreme exponents, a leading zero digit, specials."""
    a = operand(c, "FRA", fmt)
    extreme = a.exp in (fmt.xmin, fmt.xmax)
    if a.kind != FINITE:
        index = 5
    elif not a.coef:
        index = 1 if extreme else 0
    elif extreme or class_code(fmt, a) in (0x14, 0x18):
        index = 2
    else:
        index = 3 if a.coef < fmt.ceiling // 10 else 4
    tested(c, a, c.DGM >> (5 - index) & 1)


@pair("dtstex", gen.compares)
def dtstex(c, fmt):
    """DFP Test Exponent"""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if a.kind == FINITE and b.kind == FINITE:
        code = ordering(a.exp, b.exp)
    elif a.is_nan and b.is_nan or a.kind == b.kind:
        code = EQ
    else:
        code = UN
    answer(c, code)


@pair("dtstsf", gen.significance)
def dtstsf(c, fmt):
    """DFP Test Significance: FRA holds the reference in its last six bits, also for Extended."""
    k, b = c.fpr[c.FRA] & 63, operand(c, "FRB", fmt)
    if b.kind != FINITE:
        return answer(c, UN)
    answer(c, ordering(k, dpd.number_of_digits(b.coef)) if k else GT)


# -- Quantum adjustment (5.6.4) --

def quantize(c, fmt, b, exp, mode):
    """A finite b with exponent `exp`."""
    coef, inexact, up = round_to_exponent(b, exp, mode)
    if coef >= fmt.ceiling:
        return invalid(c, fmt, VXCVI)
    return finish(c, fmt, Value(FINITE, b.sign, coef, exp), XX if inexact else 0, up, inexact)


@pair("dquai", gen.quantize_immediate)
def dquai(c, fmt):
    """DFP Quantize Immediate: of an infinity invalid, like any number that is too large."""
    b = operand(c, "FRB", fmt)
    if propagate(c, fmt, (b,)):
        return
    if b.kind == INFINITY:
        return invalid(c, fmt, VXCVI)
    quantize(c, fmt, b, c.signed("TE", 5), mode_rmc(c))


@pair("dqua", gen.quantize)
def dqua(c, fmt):
    """DFP Quantize: FRB with the exponent of FRA."""
    a, b = operand(c, "FRA", fmt), operand(c, "FRB", fmt)
    if propagate(c, fmt, (a, b)):
        return
    if a.kind != b.kind:
        return invalid(c, fmt, VXCVI)
    if b.kind == INFINITY:
        return finish(c, fmt, Value(INFINITY, b.sign))
    quantize(c, fmt, b, a.exp, mode_rmc(c))


@pair("drrnd", gen.significance)
def drrnd(c, fmt):
    """DFP Reround: FRB to the number of digits in the last six bits of FRA, if that is less."""
    k, b = c.fpr[c.FRA] & 63, operand(c, "FRB", fmt)
    if propagate(c, fmt, (b,)):
        return
    if b.kind == INFINITY:
        return finish(c, fmt, Value(INFINITY, b.sign))
    excess = dpd.number_of_digits(b.coef) - k
    if not k or excess <= 0:
        return finish(c, fmt, b)
    exp = b.exp + excess
    coef, inexact, up = round_to_exponent(b, exp, mode_rmc(c))
    if coef == 10 ** k:
        coef, exp = coef // 10, exp + 1
    if exp > fmt.xmax:
        return invalid(c, fmt, VXCVI)
    finish(c, fmt, Value(FINITE, b.sign, coef, exp), XX if inexact else 0, up, inexact)


def round_to_integer(c, fmt, with_inexact):
    """drintx and drintn: no exponent below zero."""
    b = operand(c, "FRB", fmt)
    if propagate(c, fmt, (b,)):
        return
    if b.kind == INFINITY or b.exp >= 0:
        return finish(c, fmt, Value(b.kind, b.sign, b.coef if b.kind == FINITE else 0, b.exp))
    coef, inexact, up = round_to_exponent(b, 0, mode_rmc(c, primary=not c.R))
    inexact, up = inexact and with_inexact, up and with_inexact
    finish(c, fmt, Value(FINITE, b.sign, coef, 0), XX if inexact else 0, up, inexact)


@pair("drintx", gen.integers)
def drintx(c, fmt):
    """DFP Round To FP Integer With Inexact"""
    round_to_integer(c, fmt, True)


@pair("drintn", gen.integers)
def drintn(c, fmt):
    """DFP Round To FP Integer Without Inexact"""
    round_to_integer(c, fmt, False)
