"""The VSX floating-point rows (Book I chapter 7): xs* on doubleword 0, xv* on two or four elements.

Scalar rows leave doubleword 1 of the target undefined (zero in Hornpipe) and set FPRF, FR and FI;
vector rows have one target that any enabled exception in any element leaves unwritten, and touch
none of FPRF, FR and FI. Words that a narrowing row leaves undefined hold a copy of the result word
to their left, as POWER8 gives and Power ISA 3.1 requires.
"""

from . import binary_convert as bc
from . import binary_fp as b
from . import binary_gen as bg
from .binary_fp import DP, SP
from .core import M32, M64, instruction
from .fpscr_model import enabled, settle_scalar, settle_vector, trap, with_exceptions
from .scalar_fp import no_inexact_trap, settle_compare

ELEMENTS = {"dp": DP, "sp": SP}


def split(value, fmt):
    """The elements of a 128-bit image, leftmost first."""
    return [value >> shift & fmt.mask for shift in range(128 - fmt.width, -1, -fmt.width)]


def join(images, fmt):
    """The inverse of split()."""
    value = 0
    for image in images:
        value = value << fmt.width | image
    return value


# ---- generators ----

def scalar_hook(fields, drawer, fmt=DP, estimate=False):
    """Operands in the leftmost element of each VSR named by `fields`."""
    def hook(rng, c, i):
        images = drawer(rng, i, fmt)
        for name, bits in zip(fields, images if isinstance(images, tuple) else (images,)):
            shift = 128 - fmt.width
            n = getattr(c, name)
            c.vsr[n] = bits << shift | c.vsr[n] & (1 << shift) - 1
        if rng.getrandbits(1):
            bg.random_fprf(rng, c)
        bg.set_state(rng, c)
        if estimate:
            no_inexact_trap(c)
    return hook


def vector_hook(fields, drawer, fmt):
    """Operands in all elements; one vector in two has ordinary numbers but in one element."""
    def hook(rng, c, i):
        count = 128 // fmt.width
        special = bg.draw(rng, count) if rng.getrandbits(1) else -1
        sets = []
        for element in range(count):
            number = 2 * bg.draw(rng, 4) + 1
            if special in (-1, element):
                number = i + 2 * element * bg.STRIDE
            images = drawer(rng, number, fmt)
            sets.append(images if isinstance(images, tuple) else (images,))
        for k, name in enumerate(fields):
            c.vsr[getattr(c, name)] = join([images[k] for images in sets], fmt)
        bg.set_state(rng, c)
    return hook


# ---- writers ----

def to_xt(c):
    """Writer of a scalar result."""
    def write(bits):
        c.vsr[c.XT] = bits << 64
        c.undefined("vsr", c.XT, M64)
    return write


def word_to_xt(c, word):
    """Writer of a scalar word result in word 0 or 1; the other of the two is undefined."""
    def write(bits):
        c.vsr[c.XT] = (bits << 32 | bits) << 64
        c.undefined("vsr", c.XT, M64 | M32 << (96 if word else 64))
    return write


def vector_to_xt(c, fmt_width):
    """Writer of a vector result; 32-bit results of two elements go to words 0 and 2."""
    def write(images):
        if fmt_width == 32 and len(images) == 2:
            images = [images[0], images[0], images[1], images[1]]
            c.undefined("vsr", c.XT, M32 << 64 | M32)
        value = 0
        for image in images:
            value = value << fmt_width | image
        c.vsr[c.XT] = value
    return write


def doubles(c, names):
    """Doubleword 0 of the named VSRs."""
    return [c.vsr[getattr(c, name)] >> 64 for name in names]


def env_of(c):
    """The operation's control bits."""
    return b.Env(c.fpscr)


# ---- arithmetic ----

def define_scalar(name, operation, names, drawer):
    """xs<name>dp and xs<name>sp; operands outside single leave the latter undefined."""
    @instruction(f"xs{name}dp", gen=scalar_hook(names, drawer))
    def double_row(c):
        settle_scalar(c, operation(*doubles(c, names), DP, DP, DP, env_of(c)), to_xt(c))

    @instruction(f"xs{name}sp", gen=scalar_hook(names, bg.in_double(drawer)))
    def single_row(c):
        images = doubles(c, names)
        settle_scalar(c, operation(*images, DP, SP, DP, env_of(c)), to_xt(c),
                      loose=not all(map(b.in_single, images)))


def define_vector(name, operation, names, drawer, suffix):
    """xv<name>dp or xv<name>sp."""
    fmt = ELEMENTS[suffix]

    @instruction(f"xv{name}{suffix}", gen=vector_hook(names, drawer, fmt))
    def row(c):
        sources = [split(c.vsr[getattr(c, n)], fmt) for n in names]
        env = env_of(c)
        results = [operation(*images, fmt, fmt, fmt, env) for images in zip(*sources)]
        settle_vector(c, results, vector_to_xt(c, fmt.width))


def define_both(name, operation, names, drawer):
    """All four rows of an operation."""
    define_scalar(name, operation, names, drawer)
    for suffix in ELEMENTS:
        define_vector(name, operation, names, drawer, suffix)


def fused(subtract, negate):
    """The operation of a multiply-add row: operands in the order XA, multiplier, addend."""
    def operation(a, c, addend, src, rnd, dst, env):
        return b.fma(a, c, addend, src, rnd, dst, env, subtract, negate)
    return operation


define_both("add", b.add, ("XA", "XB"), bg.pair)
define_both("sub", b.sub, ("XA", "XB"), bg.pair)
define_both("mul", b.mul, ("XA", "XB"), bg.pair)
define_both("div", b.div, ("XA", "XB"), bg.pair)
define_both("sqrt", b.sqrt, ("XB",), bg.one)
for _name, _subtract, _negate in (("madd", False, False), ("msub", True, False),
                                  ("nmadd", False, True), ("nmsub", True, True)):
    define_both(_name + "a", fused(_subtract, _negate), ("XA", "XB", "XT"), bg.triple)
    define_both(_name + "m", fused(_subtract, _negate), ("XA", "XT", "XB"), bg.triple)


# ---- estimates ----

BOUND_BITS = 14


def loosely(c, write, low):
    """A writer whose result is undefined in the bits `low`."""
    def write_loosely(bits):
        write(bits)
        c.undefined("vsr", c.XT, low)
    return write_loosely


def define_estimates(name, operation):
    """Reciprocal estimates: the fraction bits below the bound are undefined."""
    for suffix, rnd in ELEMENTS.items():
        drawer = bg.one if rnd is DP else bg.in_double(bg.one)

        def scalar_row(c, rnd=rnd):
            image = c.vsr[c.XB] >> 64
            result, low = operation(image, DP, rnd, DP, env_of(c), BOUND_BITS)
            result.soft |= b.FR | b.FI | b.XX
            settle_scalar(c, result, loosely(c, to_xt(c), low << 64),
                          loose=rnd is SP and not b.in_single(image))

        def vector_row(c, fmt=rnd):
            env = env_of(c)
            both = [operation(x, fmt, fmt, fmt, env, BOUND_BITS)
                    for x in split(c.vsr[c.XB], fmt)]
            if any(result.loose for result, _ in both):
                raise c.reject()
            low = join([low for _, low in both], fmt)
            settle_vector(c, [result for result, _ in both],
                          loosely(c, vector_to_xt(c, fmt.width), low))

        instruction(f"xs{name}{suffix}",
                    gen=scalar_hook(("XB",), drawer, estimate=True))(scalar_row)
        instruction(f"xv{name}{suffix}", gen=vector_hook(("XB",), bg.one, rnd))(vector_row)


define_estimates("re", bc.reciprocal)
define_estimates("rsqrte", bc.reciprocal_root)


# ---- rounding to an integer ----

def define_integral(tail, mode):
    """xsrdpi*, xvrdpi*, xvrspi*; mode None: that of the FPSCR, and inexact counts."""
    def operation(image, fmt, c):
        return bc.to_integral(image, fmt, c.fpscr & b.RN if mode is None else mode, mode is None)

    @instruction("xsrdpi" + tail, gen=scalar_hook(("XB",), bg.near_integer))
    def scalar_row(c):
        settle_scalar(c, operation(c.vsr[c.XB] >> 64, DP, c), to_xt(c))

    def vector_row(c, fmt):
        results = [operation(image, fmt, c) for image in split(c.vsr[c.XB], fmt)]
        settle_vector(c, results, vector_to_xt(c, fmt.width))

    for suffix, fmt in ELEMENTS.items():
        instruction(f"xvr{suffix}i{tail}", gen=vector_hook(("XB",), bg.near_integer, fmt))(
            lambda c, fmt=fmt: vector_row(c, fmt))


for _tail, _mode in (("", b.NEAR_AWAY), ("c", None), ("z", b.TO_ZERO), ("p", b.TO_PLUS),
                     ("m", b.TO_MINUS)):
    define_integral(_tail, _mode)


# ---- comparison, maximum, tests ----

def define_compare(name, ordered):
    """xscmpodp, xscmpudp."""
    @instruction(name, gen=scalar_hook(("XA", "XB"), bg.pair))
    def row(c):
        settle_compare(c, *doubles(c, ("XA", "XB")), ordered)


define_compare("xscmpodp", True)
define_compare("xscmpudp", False)


def define_vector_compare(name, accepted, ordered, fmt):
    """xvcmp*: all ones where the relation holds. With an enabled exception CR6 is undefined."""
    @instruction(name, gen=vector_hook(("XA", "XB"), bg.pair, fmt))
    def row(c):
        images, flags = [], 0
        for x, y in zip(split(c.vsr[c.XA], fmt), split(c.vsr[c.XB], fmt)):
            relation = bc.compare(x, y, fmt)
            images.append(fmt.mask if relation & accepted else 0)
            signalling = b.is_snan(x, fmt) or b.is_snan(y, fmt)
            if signalling:
                flags |= b.VXSNAN
            if ordered and relation == bc.UNORDERED and not (signalling and c.fpscr & b.VE):
                flags |= b.VXVC
        if not enabled(c.fpscr, flags):
            c.vsr[c.XT] = join(images, fmt)
            if c.Rc:
                c.crf[6] = (8 if all(images) else 0) | (0 if any(images) else 2)
        elif c.Rc:  # Hornpipe leaves it as it was
            c.undefined("crf", 6, 15)
        c.fpscr = with_exceptions(c.fpscr, flags)
        trap(c)


for _suffix, _fmt in ELEMENTS.items():
    define_vector_compare("xvcmpeq" + _suffix, bc.EQUAL, False, _fmt)
    define_vector_compare("xvcmpge" + _suffix, bc.EQUAL | bc.GREATER, True, _fmt)
    define_vector_compare("xvcmpgt" + _suffix, bc.GREATER, True, _fmt)


def define_extreme(name, largest):
    """xsmaxdp, xvmaxdp, xvmaxsp and the minima: none of FPRF, FR and FI changes."""
    def result(x, y, fmt):
        bits, flags = bc.extreme(x, y, fmt, largest)
        return b.Result(bits, None, flags)

    @instruction(f"xs{name}dp", gen=scalar_hook(("XA", "XB"), bg.pair))
    def scalar_row(c):
        settle_vector(c, [result(*doubles(c, ("XA", "XB")), DP)], lambda r: to_xt(c)(r[0]))

    def vector_row(c, fmt):
        pairs = zip(split(c.vsr[c.XA], fmt), split(c.vsr[c.XB], fmt))
        settle_vector(c, [result(x, y, fmt) for x, y in pairs], vector_to_xt(c, fmt.width))

    for suffix, fmt in ELEMENTS.items():
        instruction(f"xv{name}{suffix}", gen=vector_hook(("XA", "XB"), bg.pair, fmt))(
            lambda c, fmt=fmt: vector_row(c, fmt))


define_extreme("max", True)
define_extreme("min", False)


def define_test(name, test, names, drawer, fmt, scalar):
    """xstdivdp, xvtdivsp, xstsqrtdp...: 1, any fg, any fe, 0."""
    hook = scalar_hook(names, drawer) if scalar else vector_hook(names, drawer, fmt)

    @instruction(name, gen=hook)
    def row(c):
        sources = [split(c.vsr[getattr(c, n)], fmt) for n in names]
        tests = [test(*images, fmt) for images in zip(*sources)][:1 if scalar else None]
        c.crf[c.BF] = 8 | any(fg for _, fg in tests) << 2 | any(fe for fe, _ in tests) << 1


define_test("xstdivdp", bc.test_divide, ("XA", "XB"), bg.quotient_test, DP, True)
define_test("xstsqrtdp", bc.test_sqrt, ("XB",), bg.root_test, DP, True)
for _suffix, _fmt in ELEMENTS.items():
    define_test("xvtdiv" + _suffix, bc.test_divide, ("XA", "XB"), bg.quotient_test, _fmt, False)
    define_test("xvtsqrt" + _suffix, bc.test_sqrt, ("XB",), bg.root_test, _fmt, False)


# ---- sign moves ----

def define_move(name, function, names):
    """abs, nabs, neg and cpsgn: no status."""
    drawer = bg.pair if len(names) == 2 else bg.one

    @instruction(f"xs{name}dp", gen=scalar_hook(names, drawer))
    def scalar_row(c):
        to_xt(c)(function(*doubles(c, names), DP.sign))

    def vector_row(c, fmt):
        sources = [split(c.vsr[getattr(c, n)], fmt) for n in names]
        c.vsr[c.XT] = join([function(*images, fmt.sign) for images in zip(*sources)], fmt)

    for suffix, fmt in ELEMENTS.items():
        instruction(f"xv{name}{suffix}", gen=vector_hook(names, drawer, fmt))(
            lambda c, fmt=fmt: vector_row(c, fmt))


define_move("abs", lambda x, sign: x & ~sign, ("XB",))
define_move("nabs", lambda x, sign: x | sign, ("XB",))
define_move("neg", lambda x, sign: x ^ sign, ("XB",))
define_move("cpsgn", lambda x, y, sign: x & sign | y & ~sign, ("XA", "XB"))
