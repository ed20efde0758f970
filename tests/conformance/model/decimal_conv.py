"""Decimal floating point, continued: conversion and format rows (Book I 5.6.5, 5.6.6)."""

from . import dfp_gen as gen
from . import dpd
from .core import M32, M64, instruction
from .decimal_fp import (FPRF, VXCVI, VXSNAN, done, finish, finish_outcome, invalid, mode_of,
                         operand, pair, propagate, raise_bits, read, set_status, write_bits, VE)
from .dfp_round import XX, WRAP_NARROW, deliver, exact_of, number, round_to_exponent
from .dpd import EXTENDED, FINITE, INFINITY, LONG, QNAN, SHORT, SNAN, Value

INT_MAX, INT_MIN = M64 >> 1, -1 << 63

# The biased exponent that dxex and diex use for what has none.
SPECIAL = {INFINITY: -1, QNAN: -2, SNAN: -3}
KINDS = {code: kind for kind, code in SPECIAL.items()}


# -- Conversion (5.6.5) --

@instruction("dctdp", gen=gen.short_source)
def dctdp(c):
    """DFP Convert To DFP Long: exact; a signaling NaN stays one, without an exception."""
    b = dpd.decode(SHORT, c.fpr[c.FRB] & M32)
    if b.kind == INFINITY:
        b.coef = 0
    finish(c, LONG, b)


@instruction("dctqpq", gen=gen.single(LONG))
def dctqpq(c):
    """DFP Convert To DFP Extended: exact; a signaling NaN is an invalid operation."""
    b = operand(c, "FRB", LONG)
    if propagate(c, EXTENDED, (b,)):
        return
    finish(c, EXTENDED, Value(INFINITY, b.sign) if b.kind == INFINITY else b)


def truncated(value, fmt):
    """A NaN with the rightmost digits of its payload that `fmt` can hold."""
    return Value(value.kind, value.sign, value.coef % 1000 ** fmt.declets)


@instruction("drsp", gen=gen.narrow(LONG, SHORT))
def drsp(c):
    """DFP Round To DFP Short: in the right half of FRT; a signaling NaN stays one."""
    b = operand(c, "FRB", LONG)
    if b.is_nan:
        return finish(c, SHORT, truncated(b, SHORT))
    if b.kind == INFINITY:
        return finish(c, SHORT, Value(INFINITY, b.sign))
    finish_outcome(c, deliver(exact_of(b), b.exp, SHORT, mode_of(c), c.fpscr,
                              WRAP_NARROW[SHORT]))


def place_long(c, fmt, bits):
    """A result of drdpq: a Long number is followed by zeros, a wrapped one fills the pair."""
    write_bits(c, EXTENDED, bits << 64 if fmt is LONG else bits)


@instruction("drdpq", gen=gen.narrow(EXTENDED, LONG))
def drdpq(c):
    """DFP Round To DFP Long"""
    b = operand(c, "FRB", EXTENDED)
    if b.kind == SNAN:
        quiet = truncated(b, LONG)
        return invalid(c, LONG, VXSNAN, Value(QNAN, quiet.sign, quiet.coef), place_long)
    if b.kind == QNAN:
        return finish(c, LONG, truncated(b, LONG), place=place_long)
    if b.kind == INFINITY:
        return finish(c, LONG, Value(INFINITY, b.sign), place=place_long)
    finish_outcome(c, deliver(exact_of(b), b.exp, LONG, mode_of(c), c.fpscr, WRAP_NARROW[LONG]),
                   place_long)


def convert_from_fixed(c, fmt):
    """A signed doubleword, with an ideal exponent of zero."""
    b = c.fpr[c.FRB]
    sign = b >> 63
    exact = number(sign, (1 << 64) - b if sign else b, 0)
    finish_outcome(c, deliver(exact, 0, fmt, mode_of(c), c.fpscr))


@instruction("dcffix", gen=gen.fixed_source)
def dcffix(c):
    """DFP Convert From Fixed"""
    convert_from_fixed(c, LONG)


@instruction("dcffixq", gen=gen.fixed_source)
def dcffixq(c):
    """DFP Convert From Fixed Quad"""
    convert_from_fixed(c, EXTENDED)


@pair("dctfix", gen.to_fixed)
def dctfix(c, fmt):
    """DFP Convert To Fixed: FPRF becomes undefined; the choice is to leave it."""
    b = operand(c, "FRB", fmt)
    flags, inexact, up = 0, False, False
    if b.is_nan:
        result, flags = INT_MIN, VXCVI | (VXSNAN if b.kind == SNAN else 0)
    elif b.kind == INFINITY:
        result, flags = INT_MIN if b.sign else INT_MAX, VXCVI
    else:
        coef, inexact, up = round_to_exponent(b, 0, mode_of(c))
        result = -coef if b.sign else coef
        if not INT_MIN <= result <= INT_MAX:
            result, flags = INT_MIN if b.sign else INT_MAX, VXCVI
            inexact = up = False
    if not (flags and c.fpscr & VE):
        c.fpr[c.FRT] = result & M64
        c.undefined("fpscr", 0, FPRF)
    raise_bits(c, flags | (XX if inexact else 0))
    set_status(c, None, up, inexact)
    done(c)


# -- Format (5.6.6): FPSCR is touched by denbcd only --

def plain(c, fmt, bits):
    """A result without status."""
    write_bits(c, fmt, bits)
    c.record1()


@pair("ddedpd", gen.decode_bcd)
def ddedpd(c, fmt):
    """DFP Decode DPD To BCD: the rightmost digits, all or all but one and a sign."""
    b, nibbles = operand(c, "FRB", fmt), fmt.bits // 4
    digits = str(b.coef)[-(nibbles - (c.SP >> 1)):]
    bits = int(digits, 16)
    if c.SP >> 1:
        plus = 0xF if c.SP & 1 else 0xC
        bits = bits << 4 | (0xD if b.sign else plus)
    plain(c, fmt, bits)


@pair("denbcd", gen.encode_bcd)
def denbcd(c, fmt):
    """DFP Encode BCD To DPD: an exponent of zero; a bad digit or sign is invalid."""
    text, sign = f"{read(c, 'FRB', fmt):0{fmt.bits // 4}x}", 0
    if c.S:
        text, code = text[:-1], int(text[-1], 16)
        if code < 10:
            return invalid(c, fmt, VXCVI)
        sign = int(code in (0xB, 0xD))
    if not text.isdecimal():
        return invalid(c, fmt, VXCVI)
    finish(c, fmt, Value(FINITE, sign, int(text), 0))


@pair("dxex", gen.unary)
def dxex(c, fmt):
    """DFP Extract Biased Exponent: to a doubleword, also from Extended."""
    b = operand(c, "FRB", fmt)
    biased = b.exp + fmt.bias if b.kind == FINITE else SPECIAL[b.kind]
    c.fpr[c.FRT] = biased & M64
    c.record1()


@pair("diex", gen.insert_exponent)
def diex(c, fmt):
    """DFP Insert Biased Exponent: codes below -3 and above the range make a QNaN."""
    a, b = c.fpr[c.FRA], operand(c, "FRB", fmt)
    a = a - (1 << 64) if a >> 63 else a
    if 0 <= a <= fmt.max_biased:
        # what is no number has no leading digit
        result = Value(FINITE, b.sign, b.coef, a - fmt.bias)
    else:
        result = Value(KINDS.get(a, QNAN), b.sign, b.coef)
    plain(c, fmt, dpd.encode(fmt, result))


def shift(c, fmt, moved):
    """dscli and dscri: a number has all digits, anything else those of the trailing field."""
    a = operand(c, "FRA", fmt)
    limit = fmt.ceiling if a.kind == FINITE else 1000 ** fmt.declets
    plain(c, fmt, dpd.encode(fmt, Value(a.kind, a.sign, moved(a.coef) % limit, a.exp)))


@pair("dscli", gen.shifts)
def dscli(c, fmt):
    """DFP Shift Significand Left Immediate"""
    shift(c, fmt, lambda coef: coef * 10 ** c.SH)


@pair("dscri", gen.shifts)
def dscri(c, fmt):
    """DFP Shift Significand Right Immediate"""
    shift(c, fmt, lambda coef: coef // 10 ** c.SH)
