"""The VSX rows that convert between formats (Book I 7.6.1, "VSX Conversion Instructions")."""

from . import binary_convert as bc
from . import binary_fp as b
from . import binary_gen as bg
from .binary_fp import DP, SP
from .core import M32, instruction
from .fpscr_model import settle_scalar, settle_vector
from .vsx_fp import env_of, scalar_hook, split, to_xt, vector_hook, vector_to_xt, word_to_xt


def signed_of(value, width):
    """Two's complement."""
    return value - (1 << width) if value >> (width - 1) else value


# ---- between the floating-point formats ----

@instruction("xsrsp", gen=scalar_hook(("XB",), bg.one))
def xsrsp(c):
    """Round to single, in double format."""
    settle_scalar(c, bc.to_single(c.vsr[c.XB] >> 64, DP, env_of(c)), to_xt(c))


@instruction("xscvdpsp", gen=scalar_hook(("XB",), bg.one))
def xscvdpsp(c):
    """Round to single, in word 0."""
    settle_scalar(c, bc.to_single(c.vsr[c.XB] >> 64, SP, env_of(c)), word_to_xt(c, 0))


@instruction("xscvspdp", gen=scalar_hook(("XB",), bg.one, SP))
def xscvspdp(c):
    """Word 0 to double; FPRF is that of the double, so never a denormal's."""
    settle_scalar(c, bc.single_to_double(c.vsr[c.XB] >> 96), to_xt(c))


@instruction("xscvdpspn", gen=scalar_hook(("XB",), bg.in_double(bg.one)))
def xscvdpspn(c):
    """By bits, without status. Undefined unless a single holds the operand."""
    image = c.vsr[c.XB] >> 64
    word_to_xt(c, 0)(bc.double_to_single_raw(image))
    if not b.in_single(image):
        c.undefined("vsr", c.XT, M32 << 96)


@instruction("xscvspdpn", gen=scalar_hook(("XB",), bg.one, SP))
def xscvspdpn(c):
    """By bits, without status."""
    to_xt(c)(bc.single_to_double_raw(c.vsr[c.XB] >> 96))


@instruction("xvcvdpsp", gen=vector_hook(("XB",), bg.one, DP))
def xvcvdpsp(c):
    """Words 0 and 2."""
    env = env_of(c)
    results = [bc.to_single(image, SP, env) for image in split(c.vsr[c.XB], DP)]
    settle_vector(c, results, vector_to_xt(c, 32))


@instruction("xvcvspdp", gen=vector_hook(("XB",), bg.one, SP))
def xvcvspdp(c):
    """From words 0 and 2."""
    results = [bc.single_to_double(image) for image in split(c.vsr[c.XB], SP)[::2]]
    settle_vector(c, results, vector_to_xt(c, 64))


# ---- to integers: always toward zero ----

def define_scalar_to_integer(name, width, signed):
    """xscvdpsxds and its kin."""
    @instruction(name, gen=scalar_hook(("XB",), bg.near_integer))
    def row(c):
        result = bc.to_integer(c.vsr[c.XB] >> 64, DP, b.TO_ZERO, width, signed)
        settle_scalar(c, result, to_xt(c) if width == 64 else word_to_xt(c, 1))


def define_vector_to_integer(name, fmt, width, signed):
    """xvcv[ds]p[su]x[dw]s; singles to doublewords from words 0 and 2."""
    step = 2 if fmt is SP and width == 64 else 1

    @instruction(name, gen=vector_hook(("XB",), bg.near_integer, fmt))
    def row(c):
        results = [bc.to_integer(image, fmt, b.TO_ZERO, width, signed)
                   for image in split(c.vsr[c.XB], fmt)[::step]]
        settle_vector(c, results, vector_to_xt(c, width))


# ---- from integers ----

def integer_hook(rng, c, _i):
    """Integers of all lengths in XB."""
    if rng.getrandbits(1):
        c.vsr[c.XB] = bg.integer(rng) << 64 | bg.integer(rng)
    else:
        words = [bg.integer(rng) >> 32 * rng.getrandbits(1) & M32 for _ in range(4)]
        c.vsr[c.XB] = words[0] << 96 | words[1] << 64 | words[2] << 32 | words[3]
    bg.set_state(rng, c)


def define_scalar_from_integer(name, signed, rnd):
    """xscvsxddp and its kin; the result is in double format."""
    @instruction(name, gen=integer_hook)
    def row(c):
        value = c.vsr[c.XB] >> 64
        value = signed_of(value, 64) if signed else value
        settle_scalar(c, bc.from_integer(value, rnd, DP, env_of(c)), to_xt(c))


def define_vector_from_integer(name, width, signed, fmt):
    """xvcv[su]x[dw][ds]p; words to doubles from words 0 and 2."""
    step = 2 if width == 32 and fmt is DP else 1

    @instruction(name, gen=integer_hook)
    def row(c):
        env, results = env_of(c), []
        for shift in range(128 - width, -1, -width * step):
            value = c.vsr[c.XB] >> shift & ((1 << width) - 1)
            value = signed_of(value, width) if signed else value
            results.append(bc.from_integer(value, fmt, fmt, env))
        settle_vector(c, results, vector_to_xt(c, fmt.width))


for _letter, _signed in (("s", True), ("u", False)):
    for _size, _width in (("d", 64), ("w", 32)):
        define_scalar_to_integer(f"xscvdp{_letter}x{_size}s", _width, _signed)
        for _suffix, _fmt in (("dp", DP), ("sp", SP)):
            define_vector_to_integer(f"xvcv{_suffix}{_letter}x{_size}s", _fmt, _width, _signed)
            define_vector_from_integer(f"xvcv{_letter}x{_size}{_suffix}", _width, _signed, _fmt)
    define_scalar_from_integer(f"xscv{_letter}xddp", _signed, DP)
    define_scalar_from_integer(f"xscv{_letter}xdsp", _signed, SP)
