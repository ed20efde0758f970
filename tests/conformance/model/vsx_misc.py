"""VSX logical and permute rows, merges of FPR words, moves between GPRs and VSRs (Book I 7.6)."""

from .core import M32, M64, MSR_FP, MSR_VEC, MSR_VSX, instruction
from .lanes import M128, below, join, random_register, signed, split


def vsr_gen(rng, c, i):
    """Registers of words with corner values."""
    for name in ("XA", "XB", "XC", "XS"):
        if hasattr(c, name):
            c.vsr[getattr(c, name)] = random_register(rng, 32)


def register_logical(name, function):
    """128 bit wide logical rows."""
    @instruction(name, gen=vsr_gen)
    def model(c):
        c.vsr[c.XT] = function(c.vsr[c.XA], c.vsr[c.XB]) & M128


def register_logicals():
    """xxland and its kin."""
    register_logical("xxland", lambda x, y: x & y)
    register_logical("xxlandc", lambda x, y: x & ~y)
    register_logical("xxlor", lambda x, y: x | y)
    register_logical("xxlorc", lambda x, y: x | ~y)
    register_logical("xxlxor", lambda x, y: x ^ y)
    register_logical("xxlnor", lambda x, y: ~(x | y))
    register_logical("xxlnand", lambda x, y: ~(x & y))
    register_logical("xxleqv", lambda x, y: ~(x ^ y))


@instruction("xxsel", gen=vsr_gen)
def xxsel(c):
    """Bit of XB where XC has a one."""
    choose = c.vsr[c.XC]
    c.vsr[c.XT] = (c.vsr[c.XA] & ~choose & M128) | (c.vsr[c.XB] & choose)


@instruction("xxpermdi", gen=vsr_gen)
def xxpermdi(c):
    """A doubleword of XA, chosen by the left bit of DM, and one of XB, by the right."""
    a, b = split(c.vsr[c.XA], 64), split(c.vsr[c.XB], 64)
    c.vsr[c.XT] = join([a[c.DM >> 1], b[c.DM & 1]], 64)


def merge(c, first):
    """Words `first` and `first` + 1 of both, alternating."""
    a, b = split(c.vsr[c.XA], 32), split(c.vsr[c.XB], 32)
    c.vsr[c.XT] = join([a[first], b[first], a[first + 1], b[first + 1]], 32)


@instruction("xxmrghw", gen=vsr_gen)
def xxmrghw(c):
    """Merge high."""
    merge(c, 0)


@instruction("xxmrglw", gen=vsr_gen)
def xxmrglw(c):
    """Merge low."""
    merge(c, 2)


@instruction("xxsldwi", gen=vsr_gen)
def xxsldwi(c):
    """Four words of XA followed by XB, from word SHW."""
    words = split(c.vsr[c.XA], 32) + split(c.vsr[c.XB], 32)
    c.vsr[c.XT] = join(words[c.SHW:c.SHW + 4], 32)


@instruction("xxspltw", gen=vsr_gen)
def xxspltw(c):
    """Word UIM of XB everywhere."""
    c.vsr[c.XT] = join([split(c.vsr[c.XB], 32)[c.UIM]] * 4, 32)


def move_gen(rng, c, i):
    """One vector in four with FP, VEC and VSX drawn: which one matters depends on the number."""
    vsr_gen(rng, c, i)
    if below(rng, 4) == 0:
        for bit in (MSR_FP, MSR_VEC, MSR_VSX):
            if below(rng, 2):
                c.msr &= ~bit


@instruction("mfvsrd", gen=move_gen)
def mfvsrd(c):
    """Doubleword 0."""
    c.gpr[c.RA] = c.vsr[c.XS] >> 64


@instruction("mfvsrwz", gen=move_gen)
def mfvsrwz(c):
    """Word 1, zero-extended."""
    c.gpr[c.RA] = c.vsr[c.XS] >> 64 & M32


def to_doubleword(c, value):
    """Doubleword 0 of XT; doubleword 1 becomes undefined, here zero."""
    c.vsr[c.XT] = (value & M64) << 64
    c.undefined("vsr", c.XT, M64)


@instruction("mtvsrd", gen=move_gen)
def mtvsrd(c):
    """The whole GPR."""
    to_doubleword(c, c.gpr[c.RA])


@instruction("mtvsrwa", gen=move_gen)
def mtvsrwa(c):
    """The low word, sign-extended."""
    to_doubleword(c, signed(c.gpr[c.RA], 32))


@instruction("mtvsrwz", gen=move_gen)
def mtvsrwz(c):
    """The low word, zero-extended."""
    to_doubleword(c, c.gpr[c.RA] & M32)


def merge_fpr(c, shift):
    """A word of FRA and the same word of FRB."""
    c.fpr[c.FRT] = (c.fpr[c.FRA] >> shift & M32) << 32 | c.fpr[c.FRB] >> shift & M32


@instruction("fmrgew")
def fmrgew(c):
    """Words 0."""
    merge_fpr(c, 32)


@instruction("fmrgow")
def fmrgow(c):
    """Words 1."""
    merge_fpr(c, 0)


register_logicals()
