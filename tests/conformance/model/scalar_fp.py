"""The scalar floating-point rows (Book I chapter 4), on the FPRs.

Single-precision arithmetic on operands that no single can hold is undefined in target and status
(4.3.5.1). The model then rounds the exact result once to single and keeps the whole payload of a
double NaN, as only frsp cuts payloads (4.3.2), and says that the result is undefined.
"""

from . import binary_convert as bc
from . import binary_fp as b
from . import binary_gen as bg
from .binary_fp import DP, SP
from .core import M32, M64, instruction
from .fpscr_model import leave, settle_scalar, trap, with_exceptions, with_summary

FPR_FIELDS = {1: ("FRB",), 2: ("FRA", "FRB"), 3: ("FRA", "FRC", "FRB")}


def place(c, fields, images):
    """Operand images into the FPRs (doubleword 1 keeps its filling)."""
    for name, bits in zip(fields, images):
        n = getattr(c, name)
        c.vsr[n] = bits << 64 | c.vsr[n] & M64


def generator(fields, drawer, fmt=DP):
    """A gen hook: `drawer(rng, i, fmt)` gives the operands of `fields`."""
    def hook(rng, c, i):
        images = drawer(rng, i, fmt)
        place(c, fields, images if isinstance(images, tuple) else (images,))
        if rng.getrandbits(1):
            bg.random_fprf(rng, c)
        bg.set_state(rng, c)
    return hook


def to_frt(c):
    """The writer of the target FPR."""
    def write(bits):
        c.fpr[c.FRT] = bits
    return write


def env_of(c):
    """The operation's control bits."""
    return b.Env(c.fpscr)


def operands(c, fields):
    """The named FPRs."""
    return [c.fpr[getattr(c, name)] for name in fields]


# ---- arithmetic ----

def define_arithmetic(name, operation, fields, drawer):
    """One operation as a double row and, with "s", a single row."""
    @instruction(name, gen=generator(fields, drawer))
    def double_row(c):
        result = operation(*operands(c, fields), DP, DP, DP, env_of(c))
        settle_scalar(c, result, to_frt(c))

    @instruction(name + "s", gen=generator(fields, bg.in_double(drawer)))
    def single_row(c):
        images = operands(c, fields)
        result = operation(*images, DP, SP, DP, env_of(c))
        settle_scalar(c, result, to_frt(c), loose=not all(map(b.in_single, images)))


def fused(subtract, negate):
    """The operation of one multiply-add row: operands in the order FRA, FRC, FRB."""
    def operation(a, c, addend, src, rnd, dst, env):
        return b.fma(a, c, addend, src, rnd, dst, env, subtract, negate)
    return operation


define_arithmetic("fadd", b.add, ("FRA", "FRB"), bg.pair)
define_arithmetic("fsub", b.sub, ("FRA", "FRB"), bg.pair)
define_arithmetic("fmul", b.mul, ("FRA", "FRC"), bg.pair)
define_arithmetic("fdiv", b.div, ("FRA", "FRB"), bg.pair)
define_arithmetic("fsqrt", b.sqrt, ("FRB",), bg.one)
define_arithmetic("fmadd", fused(False, False), FPR_FIELDS[3], bg.triple)
define_arithmetic("fmsub", fused(True, False), FPR_FIELDS[3], bg.triple)
define_arithmetic("fnmadd", fused(False, True), FPR_FIELDS[3], bg.triple)
define_arithmetic("fnmsub", fused(True, True), FPR_FIELDS[3], bg.triple)


# ---- estimates ----

def define_estimate(name, operation, bound_bits):
    """fre, frsqrte: exact on special operands, else within 1 in 2**bound_bits."""
    for suffix, rnd in (("", DP), ("s", SP)):
        drawer = bg.one if rnd is DP else bg.in_double(bg.one)

        def row(c, rnd=rnd):
            image = c.fpr[c.FRB]
            result, low = operation(image, DP, rnd, DP, env_of(c), bound_bits)
            result.soft |= b.FR | b.FI | b.XX

            def write(bits):
                c.fpr[c.FRT] = bits
                c.undefined("fpr", c.FRT, low)
            settle_scalar(c, result, write, loose=rnd is SP and not b.in_single(image))

        def hook(rng, c, i, drawer=drawer):
            generator(("FRB",), drawer)(rng, c, i)
            no_inexact_trap(c)
        instruction(name + suffix, gen=hook)(row)


def no_inexact_trap(c):
    """Estimates leave XX undefined: without XE that is not seen in FEX."""
    c.fpscr = with_summary(c.fpscr & ~b.XE)


define_estimate("fre", bc.reciprocal, 8)
define_estimate("frsqrte", bc.reciprocal_root, 5)


# ---- rounding and conversion ----

@instruction("frsp", gen=generator(("FRB",), bg.one))
def frsp(c):
    """Round to single, denormals and all.

    An enabled overflow takes 192 off any exponent, even where no single has what is left
    (appendix A.1 gives the image); xsrsp leaves that case undefined.
    """
    result = bc.to_single(c.fpr[c.FRB], DP, env_of(c))
    result.loose = False
    settle_scalar(c, result, to_frt(c))


def define_to_integer(name, width, signed, truncate):
    """fctiw and its kin; the left half of a word result is undefined."""
    @instruction(name, gen=generator(("FRB",), bg.near_integer))
    def row(c):
        mode = b.TO_ZERO if truncate else c.fpscr & b.RN
        result = bc.to_integer(c.fpr[c.FRB], DP, mode, width, signed)

        def write(bits):
            if width == 32:
                # Hornpipe: sign extension (unsigned: zero)
                if signed and bits >> 31:
                    bits |= M32 << 32
                c.undefined("fpr", c.FRT, M32 << 32)
            c.fpr[c.FRT] = bits
        settle_scalar(c, result, write)


for _width, _letter in ((32, "w"), (64, "d")):
    for _unsigned in ("", "u"):
        for _z in ("", "z"):
            define_to_integer(f"fcti{_letter}{_unsigned}{_z}", _width, not _unsigned, bool(_z))


def integer_hook(rng, c, _i):
    """An integer operand in FRB."""
    place(c, ("FRB",), (bg.integer(rng),))
    bg.set_state(rng, c)


def define_from_integer(name, signed, rnd):
    """fcfid and its kin."""
    @instruction(name, gen=integer_hook)
    def row(c):
        value = c.fpr[c.FRB]
        if signed and value >> 63:
            value -= 1 << 64
        settle_scalar(c, bc.from_integer(value, rnd, DP, env_of(c)), to_frt(c))


define_from_integer("fcfid", True, DP)
define_from_integer("fcfidu", False, DP)
define_from_integer("fcfids", True, SP)
define_from_integer("fcfidus", False, SP)


def define_integral(name, mode):
    """frin, friz, frip, frim: FR and FI are zero, XX stays."""
    @instruction(name, gen=generator(("FRB",), bg.near_integer))
    def row(c):
        settle_scalar(c, bc.to_integral(c.fpr[c.FRB], DP, mode), to_frt(c))


for _name, _mode in (("frin", b.NEAR_AWAY), ("friz", b.TO_ZERO), ("frip", b.TO_PLUS),
                     ("frim", b.TO_MINUS)):
    define_integral(_name, _mode)


# ---- comparison, tests, selection ----

def settle_compare(c, a, x, ordered):
    """fcmpu, fcmpo, xscmpudp, xscmpodp: CR field and FPCC also with an enabled exception."""
    code = bc.compare(a, x, DP)
    flags = b.VXSNAN if b.is_snan(a, DP) or b.is_snan(x, DP) else 0
    if ordered and code == bc.UNORDERED:
        if not flags or not c.fpscr & b.VE:
            flags |= b.VXVC
    c.crf[c.BF] = code
    fpscr = c.fpscr & ~b.FPCC | code << b.FPRF_SHIFT
    c.fpscr = with_exceptions(fpscr, flags)
    trap(c)


@instruction("fcmpu", gen=generator(("FRA", "FRB"), bg.pair))
def fcmpu(c):
    """Compare unordered."""
    settle_compare(c, c.fpr[c.FRA], c.fpr[c.FRB], False)


@instruction("fcmpo", gen=generator(("FRA", "FRB"), bg.pair))
def fcmpo(c):
    """Compare ordered."""
    settle_compare(c, c.fpr[c.FRA], c.fpr[c.FRB], True)


@instruction("ftdiv", gen=generator(("FRA", "FRB"), bg.quotient_test))
def ftdiv(c):
    """fl is 1: the estimates are good to 2**-14."""
    fe, fg = bc.test_divide(c.fpr[c.FRA], c.fpr[c.FRB], DP)
    c.crf[c.BF] = 8 | fg << 2 | fe << 1


@instruction("ftsqrt", gen=generator(("FRB",), bg.root_test))
def ftsqrt(c):
    """As ftdiv."""
    fe, fg = bc.test_sqrt(c.fpr[c.FRB], DP)
    c.crf[c.BF] = 8 | fg << 2 | fe << 1


@instruction("fsel", gen=generator(FPR_FIELDS[3], bg.triple))
def fsel(c):
    """FRC if FRA >= 0 (either zero), else FRB; no status."""
    a, zero_or_more, other = operands(c, FPR_FIELDS[3])
    chosen = not b.is_nan(a, DP) and bc.ordering_key(a, DP) >= 0
    c.fpr[c.FRT] = zero_or_more if chosen else other
    c.record1()


# ---- moves ----

SIGN = DP.sign


def define_move(name, function):
    """A move from FRB."""
    @instruction(name, gen=generator(("FRB",), bg.one))
    def row(c):
        c.fpr[c.FRT] = function(c.fpr[c.FRB])
        c.record1()


define_move("fmr", lambda x: x)
define_move("fneg", lambda x: x ^ SIGN)
define_move("fabs", lambda x: x & ~SIGN)
define_move("fnabs", lambda x: x | SIGN)


@instruction("fcpsgn", gen=generator(("FRA", "FRB"), bg.pair))
def fcpsgn(c):
    """The sign of FRA with the rest of FRB."""
    c.fpr[c.FRT] = c.fpr[c.FRA] & SIGN | c.fpr[c.FRB] & ~SIGN
    c.record1()


# ---- the FPSCR ----

def state_hook(rng, c, _i):
    """Any consistent FPSCR; a source for mtfsf with random or few bits."""
    c.fpscr = with_summary(rng.getrandbits(64) & (rng.getrandbits(64) | rng.getrandbits(64)) &
                           b.WRITABLE)
    bg.set_state(rng, c)
    if "FRB" in c.row.fields:
        value = rng.getrandbits(64) & (rng.getrandbits(64) | rng.getrandbits(64))
        c.vsr[c.FRB] = value << 64 | c.vsr[c.FRB] & M64


def put_fpscr(c, value, mask):
    """Moves `value` under `mask`: FEX and VX are computed, reserved bits read as zero.

    FX is as written, not set by the exception bits that change (4.2.2, mtfsf and mtfsfi).
    """
    mask &= b.WRITABLE
    leave(c, c.fpscr & ~mask | value & mask)


@instruction("mffs", gen=state_hook)
def mffs(c):
    """All 64 bits."""
    c.fpr[c.FRT] = c.fpscr
    c.record1()


@instruction("mcrfs", gen=state_hook)
def mcrfs(c):
    """A field to CR; its exception bits are reset, but FEX and VX only by what they summarize."""
    shift = 28 - 4 * c.BFA
    c.crf[c.BF] = c.fpscr >> shift & 15
    c.fpscr = with_summary(c.fpscr & ~((b.EXCEPTIONS | b.FX) & 15 << shift))
    trap(c)


@instruction("mtfsfi", gen=state_hook)
def mtfsfi(c):
    """Field BF of the right half, or of the left half with W=1, from U."""
    shift = 28 - 4 * c.BF + (32 if c.W else 0)
    put_fpscr(c, c.U << shift, 15 << shift)


@instruction("mtfsf", gen=state_hook)
def mtfsf(c):
    """The fields of one half under FLM, or everything with L=1."""
    mask = M64
    if not c.L:
        mask = sum(15 << 4 * n for n in range(8) if c.FLM >> n & 1) << (32 if c.W else 0)
    put_fpscr(c, c.fpr[c.FRB], mask)


@instruction("mtfsb0", gen=state_hook)
def mtfsb0(c):
    """Resets bit BT + 32."""
    leave(c, c.fpscr & ~(1 << (31 - c.BT) & b.WRITABLE))


@instruction("mtfsb1", gen=state_hook)
def mtfsb1(c):
    """Sets bit BT + 32; FX records a new exception bit."""
    bit = 1 << (31 - c.BT) & b.WRITABLE
    fpscr = c.fpscr
    if bit & b.EXCEPTIONS & ~fpscr:
        fpscr |= b.FX
    leave(c, fpscr | bit)
