"""Storage access to FPRs, vector registers and VSRs (Book I 4.6.2, 4.6.3, 6.7, 7.6)."""

from . import gen
from .core import M32, M64, instruction
from .lanes import M128, below, join, pick, signed, split
from .storage import address, locate, order

SINGLE_IN_DOUBLE = 896  # exponent field of the largest double that denormalizes to a single


# -- Single format in memory, double in registers --

def single_to_double(word):
    """DOUBLE() of 4.6.2: denormals are normalized, NaNs keep their payload and kind."""
    sign, exponent, fraction = word >> 31, word >> 23 & 255, word & 0x7FFFFF
    if exponent == 255:
        exponent = 2047
    elif exponent:
        exponent += 896
    elif fraction:
        exponent = 897
        while not fraction >> 23:
            fraction <<= 1
            exponent -= 1
        fraction &= 0x7FFFFF
    return sign << 63 | exponent << 52 | fraction << 29


def double_to_single(double):
    """SINGLE() of 4.6.3, or None where it is undefined."""
    exponent = double >> 52 & 2047
    if exponent > SINGLE_IN_DOUBLE or double & (M64 >> 1) == 0:
        return double >> 62 << 30 | double >> 29 & 0x3FFFFFFF
    if exponent < 874:
        return None
    significand = 1 << 52 | double & ((1 << 52) - 1)
    return double >> 63 << 31 | significand >> (29 + 897 - exponent)


def store_single(c, ea, double):
    """Stores SINGLE(); what is undefined makes no vector."""
    word = double_to_single(double)
    if word is None:
        raise c.reject()
    c.store(ea, 4, word)


def double_to_store(rng):
    """A double for stfs: a single in double format, in need of denormalization, or any."""
    kind = below(rng, 6)
    if kind < 2:
        return gen.sp_to_dp(gen.sp(rng))
    if kind == 2:
        return below(rng, 2) << 63 | below(rng, 874, 899) << 52 | rng.getrandbits(52)
    if kind == 3:
        return pick(rng, (0x36A, 0x36B, 0x380, 0x381, 0x382)) << 52 | pick(
            rng, (0, 1, (1 << 52) - 1, 1 << 51, 1 << 29, (1 << 29) - 1))
    return gen.dp(rng)


# -- FPRs --

def fp_gen(size, value, source=None):
    """Memory of FP values; `source` makes the value of the register that is stored."""
    def fill(rng, c, i):
        ea = locate(rng, c, size)
        width = value[1]
        data = b"".join(value[0](rng).to_bytes(width, order(c)) for _ in range(size // width))
        c.poke(ea, data)
        if source:
            n = c.FRS if "FRS" in c.row.fields else c.XS
            c.vsr[n] = source(rng) << 64 | c.vsr[n] & M64
    return fill


SINGLES, DOUBLES = (gen.sp, 4), (gen.dp, 8)


def finish(c, full):
    """RA of an update form."""
    if gen.is_update(c.row):
        c.gpr[c.RA] = full


def register_fp(names, generator, access):
    """Rows that move one FPR; `access(c, ea)` does it."""
    @instruction(*names, gen=generator)
    def model(c):
        full = address(c)
        access(c, c.ea(full))
        finish(c, full)


def load_fpr(convert, size):
    """An access that loads FRT through `convert`."""
    def access(c, ea):
        c.fpr[c.FRT] = convert(c.load(ea, size))
    return access


def register_fprs():
    """lfs, lfd, stfs, stfd and their forms, and the integer word rows."""
    suffixes = ("", "u", "x", "ux")
    register_fp(["lfs" + s for s in suffixes], fp_gen(4, SINGLES), load_fpr(single_to_double, 4))
    register_fp(["lfd" + s for s in suffixes], fp_gen(8, DOUBLES), load_fpr(lambda x: x, 8))
    register_fp(["lfiwax"], fp_gen(4, SINGLES), load_fpr(lambda x: signed(x, 32) & M64, 4))
    register_fp(["lfiwzx"], fp_gen(4, SINGLES), load_fpr(lambda x: x, 4))
    register_fp(["stfs" + s for s in suffixes], fp_gen(4, SINGLES, double_to_store),
                lambda c, ea: store_single(c, ea, c.fpr[c.FRS]))
    register_fp(["stfd" + s for s in suffixes], fp_gen(8, DOUBLES),
                lambda c, ea: c.store(ea, 8, c.fpr[c.FRS]))
    register_fp(["stfiwx"], fp_gen(4, SINGLES, gen.gpr),
                lambda c, ea: c.store(ea, 4, c.fpr[c.FRS] & M32))


@instruction("lfdp", "lfdpx", gen=fp_gen(16, DOUBLES))
def load_pair(c):
    """The doubleword at the address to the even register, the next to the odd, in both orders."""
    ea = c.ea(address(c))
    c.fpr[c.FRTp], c.fpr[c.FRTp | 1] = c.load(ea, 8), c.load(ea + 8, 8)


@instruction("stfdp", "stfdpx", gen=fp_gen(16, DOUBLES))
def store_pair(c):
    """The counterpart."""
    ea = c.ea(address(c))
    c.store(ea, 8, c.fpr[c.FRSp])
    c.store(ea + 8, 8, c.fpr[c.FRSp | 1])


# -- Vector registers: the low bits of the address are ignored --

def vector_gen(rng, c, i):
    """Any address, any data."""
    ea = locate(rng, c, 16)
    start = ea & ~15
    gen.poke_random(rng, c, start, 32)


@instruction("lvx", "lvxl", gen=vector_gen)
def lvx(c):
    """A quadword in the current byte order."""
    c.vr[c.VRT] = c.load(c.ea(address(c)) & ~15, 16)


@instruction("stvx", "stvxl", gen=vector_gen)
def stvx(c):
    """The counterpart."""
    c.store(c.ea(address(c)) & ~15, 16, c.vr[c.VRS])


def element_shift(c, ea, size):
    """Where in the register the element at `ea` lies: as if the quadword were loaded."""
    return 8 * (ea & 15 if c.le else 16 - size - (ea & 15))


def register_element(letter, size):
    """lvebx, stvebx and their kin."""
    @instruction(f"lve{letter}x", gen=vector_gen)
    def load(c):
        ea = c.ea(address(c)) & -size
        shift = element_shift(c, ea, size)
        element = ((1 << 8 * size) - 1) << shift
        c.vr[c.VRT] = c.vr[c.VRT] & ~element & M128 | c.load(ea, size) << shift
        c.undefined("vr", c.VRT, ~element & M128)

    @instruction(f"stve{letter}x", gen=vector_gen)
    def store(c):
        ea = c.ea(address(c)) & -size
        c.store(ea, size, c.vr[c.VRS] >> element_shift(c, ea, size))


# -- VSRs: elements stay in their places, each is in the current byte order --

def scalar(c, doubleword):
    """A scalar load: doubleword 1 is undefined."""
    c.vsr[c.XT] = (doubleword & M64) << 64
    c.undefined("vsr", c.XT, M64)


def register_vsx(name, size, access, value=DOUBLES, source=None):
    """One VSX row; `access(c, ea)` does it."""
    @instruction(name, gen=fp_gen(size, value, source))
    def model(c):
        access(c, c.ea(address(c)))


def load_elements(count, size):
    """Loads `count` elements into XT."""
    def access(c, ea):
        c.vsr[c.XT] = join([c.load(ea + size * k, size) for k in range(count)], 8 * size)
    return access


def store_elements(count, size):
    """Stores the first `count` elements of XS."""
    def access(c, ea):
        for k, element in enumerate(split(c.vsr[c.XS], 8 * size)[:count]):
            c.store(ea + size * k, size, element)
    return access


def splat_doubleword(c, ea):
    """lxvdsx"""
    c.vsr[c.XT] = join([c.load(ea, 8)] * 2, 64)


def register_vsx_rows():
    """All of 2.06 and 2.07."""
    register_vsx("lxsdx", 8, lambda c, ea: scalar(c, c.load(ea, 8)))
    register_vsx("lxsspx", 4, lambda c, ea: scalar(c, single_to_double(c.load(ea, 4))), SINGLES)
    register_vsx("lxsiwax", 4, lambda c, ea: scalar(c, signed(c.load(ea, 4), 32)), SINGLES)
    register_vsx("lxsiwzx", 4, lambda c, ea: scalar(c, c.load(ea, 4)), SINGLES)
    register_vsx("lxvdsx", 8, splat_doubleword)
    register_vsx("lxvd2x", 16, load_elements(2, 8))
    register_vsx("lxvw4x", 16, load_elements(4, 4), SINGLES)
    register_vsx("stxsdx", 8, store_elements(1, 8))
    register_vsx("stxvd2x", 16, store_elements(2, 8))
    register_vsx("stxvw4x", 16, store_elements(4, 4), SINGLES)
    register_vsx("stxsiwx", 4, lambda c, ea: c.store(ea, 4, c.vsr[c.XS] >> 64 & M32), SINGLES)
    register_vsx("stxsspx", 4, lambda c, ea: store_single(c, ea, c.vsr[c.XS] >> 64), SINGLES,
                 double_to_store)


register_fprs()
for _letter, _size in (("b", 1), ("h", 2), ("w", 4)):
    register_element(_letter, _size)
register_vsx_rows()
