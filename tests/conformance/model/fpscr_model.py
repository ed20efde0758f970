"""What every floating-point row does with the FPSCR: shared by scalar_fp.py and vsx_fp.py.

FPSCR[NI] changes nothing: the book lets an implementation give results that are not IEEE's then
(Book I 4.2.2), and Hornpipe gives the same ones.
"""

from . import core
from .binary_fp import (ENABLES, EXCEPTIONS, FEX, FI, FPRF, FPRF_SHIFT, FR, FX, OE, OX, UE, UX,
                        VE, VX, VX_ALL, XE, XX, ZE, ZX)

PAIRS = ((OX, OE), (UX, UE), (ZX, ZE), (XX, XE))


def with_summary(fpscr):
    """FEX and VX are always the OR of what they summarize (Book I 4.2.2)."""
    fpscr &= ~(FEX | VX)
    if fpscr & VX_ALL:
        fpscr |= VX
        if fpscr & VE:
            fpscr |= FEX
    for status, enable in PAIRS:
        if fpscr & status and fpscr & enable:
            fpscr |= FEX
    return fpscr


def enabled(fpscr, flags):
    """Whether any of the exceptions `flags` is enabled."""
    if flags & VX_ALL and fpscr & VE:
        return True
    return any(flags & status and fpscr & enable for status, enable in PAIRS)


def with_exceptions(fpscr, flags):
    """Sets exception bits; FX records that one of them was not set before."""
    if flags & ~fpscr:
        fpscr |= FX
    return with_summary(fpscr | flags)


def leave(c, fpscr, soft=0):
    """The FPSCR after the instruction, CR1 for Rc=1, and the interrupt of an enabled exception.

    Call last: everything else has been written. `soft` are undefined bits.
    """
    c.fpscr = with_summary(fpscr)
    c.record1()
    if soft:
        c.undefined("fpscr", 0, soft)
        if c.Rc and soft >> 28 & 15:
            c.undefined("crf", 1, soft >> 28 & 15)
    trap(c)


def trap(c):
    """Book III-S 6.5.9: FEX with either of MSR FE0 and FE1."""
    if c.fpscr & FEX and c.msr & (core.MSR_FE0 | core.MSR_FE1):
        c.commit()
        raise c.interrupt(0x700, core.SRR1_FP_ENABLED)


#: FPSCR bits that an operation with an undefined outcome may leave in any state
ANY_STATUS = FX | FEX | VX | EXCEPTIONS | FR | FI | FPRF


def undefine_target(c):
    """Nothing of the target is defined."""
    if "XT" in c.row.fields:
        c.undefined("vsr", c.XT, core.M128)
    else:
        c.undefined("vsr", c.FRT, core.M128)


def settle_scalar(c, result, write, loose=False):
    """A scalar arithmetic, rounding or converting row: `write(bits)` stores the target.

    An enabled invalid operation or zero divide suppresses target and FPRF and clears FR and FI.
    """
    fpscr, soft = c.fpscr, result.soft
    loose = loose or result.loose
    if loose and c.msr & (core.MSR_FE0 | core.MSR_FE1) and fpscr & ENABLES:
        raise c.reject()
    suppressed = enabled(fpscr, result.flags & (VX_ALL | ZX))
    fpscr &= ~(FR | FI)
    if suppressed:
        soft = 0
    else:
        write(result.bits)
        if loose:
            undefine_target(c)
        fpscr |= (FR if result.fr else 0) | (FI if result.fi else 0)
        if result.fprf is None:
            soft |= FPRF
        else:
            fpscr = fpscr & ~FPRF | result.fprf << FPRF_SHIFT
    leave(c, with_exceptions(fpscr, result.flags), soft | (ANY_STATUS if loose else 0))


def settle_vector(c, results, write):
    """A vector row: FR, FI and FPRF stay; any enabled exception leaves the target unwritten."""
    flags = soft = 0
    for result in results:
        flags |= result.flags
        soft |= result.soft & ~(FR | FI)
    if not enabled(c.fpscr, flags):
        write([result.bits for result in results])
    leave(c, with_exceptions(c.fpscr, flags), soft)
