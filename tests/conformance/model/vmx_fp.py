"""VMX single-precision rows (Book I 6.6 and 6.10): exact fractions, rounded once to nearest.

There is no status: NaNs are quieted in the order VRA, VRB, VRC, and with VSCR.NJ=1 a denormalized
source counts as a zero of its sign, and a result that underflows (is tiny before rounding)
becomes a zero of its sign.
"""

from fractions import Fraction

from .core import instruction
from .lanes import below, join, mask, pick, signed, split

NJ, SAT = 0x10000, 1
DEFAULT_NAN = 0x7FC00000
QUIET = 0x00400000
INFINITY = 0x7F800000
MIN_EXPONENT = -126
PATTERNS = (
    0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001,
    0xFF812345, 0x7FBFFFFF, 0x7FFFFFFF, 0xFFD55555, 0x00000001, 0x80000001, 0x007FFFFF,
    0x807FFFFF, 0x00400000, 0x00800000, 0x80800000, 0x00800001, 0x7F7FFFFF, 0xFF7FFFFF,
    0x3F800000, 0xBF800000, 0x3F800001, 0x3F7FFFFF, 0x3F000000, 0xBF000000, 0x3FC00000,
    0x40200000, 0xC0200000, 0x40600000, 0x4B000000, 0x4B000001, 0x4AFFFFFF, 0x4B7FFFFF,
    0xCB000001, 0x4F000000, 0xCF000000, 0xCF000001, 0x4EFFFFFF, 0x4F7FFFFF, 0x4F800000,
    0x42FE0000, 0xC2FC0000, 0x43000000, 0xC3160000, 0x3EAAAAAB, 0x7F000000, 0x00FFFFFF)


def is_nan(word):
    """Exponent all ones, fraction not zero."""
    return word & 0x7FFFFFFF > INFINITY


def is_infinite(word):
    """Plus or minus infinity."""
    return word & 0x7FFFFFFF == INFINITY


def is_denormal(word):
    """Exponent zero, fraction not."""
    return word & INFINITY == 0 and word & 0x7FFFFF != 0


def source(word, nj):
    """An operand as the operation sees it."""
    return word & 0x80000000 if nj and is_denormal(word) else word


def value(word):
    """The finite number that `word` encodes."""
    exponent, fraction = word >> 23 & 255, word & 0x7FFFFF
    if exponent == 0:
        exponent = 1
    else:
        fraction |= 0x800000
    magnitude = Fraction(fraction) * Fraction(2) ** (exponent - 150)
    return -magnitude if word >> 31 else magnitude


def floor_log2(number):
    """The exponent e with 2^e <= number < 2^(e+1), for a positive fraction."""
    e = number.numerator.bit_length() - number.denominator.bit_length()
    return e if Fraction(2) ** e <= number else e - 1


def round_single(number, nj, zero_sign=0):
    """The single nearest to `number`, ties to even; `zero_sign` is the sign of an exact zero."""
    if number == 0:
        return zero_sign << 31
    sign = int(number < 0) << 31
    number = abs(number)
    exponent = floor_log2(number)
    if exponent < MIN_EXPONENT and nj:
        return sign
    exponent = max(exponent, MIN_EXPONENT)
    units = round(number / Fraction(2) ** (exponent - 23))
    if units >> 24:
        units, exponent = units >> 1, exponent + 1
    if exponent > 127:
        return sign | INFINITY
    biased = exponent + 127 if units >> 23 else 0
    return sign | biased << 23 | units & 0x7FFFFF


def first_nan(*words):
    """The leftmost NaN among the operands, quieted, or None."""
    for word in words:
        if is_nan(word):
            return word | QUIET
    return None


def multiply_add(a, c, b, nj):
    """a times c plus b, rounded once; the NaN order is a, b, c."""
    nan = first_nan(a, b, c)
    if nan is not None:
        return nan
    sign = (a ^ c) >> 31
    if is_infinite(a) or is_infinite(c):
        zero = 0x7FFFFFFF
        if a & zero == 0 or c & zero == 0 or is_infinite(b) and b >> 31 != sign:
            return DEFAULT_NAN
        return sign << 31 | INFINITY
    if is_infinite(b):
        return b
    product = value(a) * value(c)
    both_negative = sign & b >> 31 if product == 0 and value(b) == 0 else 0
    return round_single(product + value(b), nj, both_negative)


def add(a, b, nj):
    """Sum of two singles."""
    return multiply_add_ordered(a, b, nj)


def multiply_add_ordered(a, b, nj):
    """a times one plus b; one is no NaN, so the order of NaNs is a, b."""
    return multiply_add(a, 0x3F800000, b, nj)


def negate(word):
    """Change the sign of anything but a NaN."""
    return word if is_nan(word) else word ^ 0x80000000


def single_gen(rng, c, i):
    """Special patterns, close neighbours and noise in every operand; NJ either way."""
    for name in ("VRA", "VRB", "VRC"):
        if hasattr(c, name):
            c.vr[getattr(c, name)] = join([random_single(rng) for _ in range(4)], 32)
    if hasattr(c, "VRA") and hasattr(c, "VRB") and below(rng, 4) == 0:
        a, b = split(c.vr[c.VRA], 32), split(c.vr[c.VRB], 32)
        b = [near(rng, x) if below(rng, 2) else y for x, y in zip(a, b)]
        lane = below(rng, 4)  # zeros, whose signs decide
        a[lane], b[lane] = rng.getrandbits(1) << 31, rng.getrandbits(1) << 31
        c.vr[c.VRA], c.vr[c.VRB] = join(a, 32), join(b, 32)
    if hasattr(c, "VRC") and below(rng, 3) == 0:
        plant(rng, c)
    c.vscr = pick(rng, (0, 1, NJ, NJ | SAT))


def plant(rng, c):
    """One lane whose product and sum only a single rounding gets right."""
    a, product, b = [split(c.vr[n], 32) for n in (c.VRA, c.VRC, c.VRB)]
    lane = below(rng, 4)
    style = below(rng, 3)
    if style == 0:  # tiny, though it rounds to the smallest normal number
        triple = 0x3F7FFFFF, 0x00800000, pick(rng, (0, 1))
    elif style == 1:  # halfway between two singles but for an addend far below
        triple = 0x3F800800, 0x3F800800, pick(rng, (0, 1, 0x00800000, 0x20000000))
    else:  # the sum cancels all but what rounding the product would lose
        x, y = (0x3F800000 | rng.getrandbits(23) for _ in range(2))
        triple = x, y, round_single(value(x) * value(y), False)
    a[lane], product[lane], b[lane] = [
        word ^ rng.getrandbits(1) << 31 for word in triple]
    c.vr[c.VRA], c.vr[c.VRC], c.vr[c.VRB] = [join(x, 32) for x in (a, product, b)]


def near(rng, word):
    """A word that is `word` but for its sign or a few units in the last place."""
    return (word + pick(rng, (-1, 0, 0, 1)) & mask(32)) ^ (below(rng, 2) << 31)


def random_single(rng):
    """One single-precision word."""
    style = below(rng, 8)
    if style < 3:
        return pick(rng, PATTERNS)
    if style == 3:
        return rng.getrandbits(32)
    if style == 4:
        return rng.getrandbits(1) << 31 | below(rng, 0, 4) << 23 | rng.getrandbits(23)
    if style == 5:
        return rng.getrandbits(1) << 31 | below(rng, 100, 160) << 23 | rng.getrandbits(23)
    sparse = rng.getrandbits(23) & rng.getrandbits(23) & rng.getrandbits(23)
    return rng.getrandbits(1) << 31 | below(rng, 57, 200) << 23 | sparse


def elementwise(name, fields, function):
    """Register a row that computes each word of VRT from those of `fields` and NJ."""
    @instruction(name, gen=single_gen)
    def model(c):
        nj = bool(c.vscr & NJ)
        columns = [split(c.vr[getattr(c, f)], 32) for f in fields]
        c.vr[c.VRT] = join([function(nj, *[source(x, nj) for x in row])
                            for row in zip(*columns)], 32)


def maximum(nj, a, b):
    """The greater; plus zero is greater than minus zero."""
    nan = first_nan(a, b)
    if nan is not None:
        return nan
    return a if order(a) >= order(b) else b


def minimum(nj, a, b):
    """The lesser."""
    nan = first_nan(a, b)
    if nan is not None:
        return nan
    return a if order(a) <= order(b) else b


def order(word):
    """A key that sorts numbers, -0 before +0."""
    return -(word & 0x7FFFFFFF) - 1 if word >> 31 else word


def compare_key(word):
    """A key that sorts numbers, the zeros being equal."""
    return -(word & 0x7FFFFFFF) if word >> 31 else word


def round_integral(nj, word, mode):
    """Round to an integral value; the sign survives a zero result."""
    if is_nan(word):
        return word | QUIET
    if is_infinite(word):
        return word
    number = value(word)
    whole = {"n": round, "z": int, "p": lambda x: -(-x // 1), "m": lambda x: x // 1}[mode](number)
    return round_single(Fraction(whole), False) | word & 0x80000000


def register_arithmetic():
    """The rows of 6.10.1 and 6.10.2, and rounding to integral."""
    elementwise("vaddfp", ("VRA", "VRB"), lambda nj, a, b: add(a, b, nj))
    elementwise("vsubfp", ("VRA", "VRB"), lambda nj, a, b: add(a, negate(b), nj))
    elementwise("vmaddfp", ("VRA", "VRB", "VRC"),
                lambda nj, a, b, c: multiply_add(a, c, b, nj))
    elementwise("vnmsubfp", ("VRA", "VRB", "VRC"),
                lambda nj, a, b, c: negate(multiply_add(a, c, negate(b), nj)))
    elementwise("vmaxfp", ("VRA", "VRB"), maximum)
    elementwise("vminfp", ("VRA", "VRB"), minimum)
    for mode in "nzpm":
        elementwise(f"vrfi{mode}", ("VRB",), lambda nj, b, m=mode: round_integral(nj, b, m))


def register_compare(name, truth):
    """Compares with a mask result; any NaN makes a relation false."""
    @instruction(name, gen=single_gen)
    def model(c):
        nj = bool(c.vscr & NJ)
        results = []
        for a, b in zip(split(c.vr[c.VRA], 32), split(c.vr[c.VRB], 32)):
            a, b = source(a, nj), source(b, nj)
            ordered = not is_nan(a) and not is_nan(b)
            results.append(ordered and truth(compare_key(a), compare_key(b)))
        c.vr[c.VRT] = join([mask(32) if r else 0 for r in results], 32)
        if c.Rc:
            c.crf[6] = 8 * all(results) + 2 * (not any(results))


@instruction("vcmpbfp", gen=single_gen)
def vcmpbfp(c):
    """Bit 0: not (a <= b); bit 1: not (a >= -b). CR6[2] says that all are within bounds."""
    nj = bool(c.vscr & NJ)
    words = []
    for a, b in zip(split(c.vr[c.VRA], 32), split(c.vr[c.VRB], 32)):
        a, b = source(a, nj), source(b, nj)
        if is_nan(a) or is_nan(b):
            words.append(0xC0000000)
            continue
        above = compare_key(a) > compare_key(b)
        below = compare_key(a) < -compare_key(b)
        words.append(above << 31 | below << 30)
    c.vr[c.VRT] = join(words, 32)
    if c.Rc:
        c.crf[6] = 0 if any(words) else 2


def integer_gen(rng, c, i):
    """Words around the places where a 24 bit significand starts to round."""
    def word():
        style = below(rng, 4)
        if style == 0:
            return pick(rng, (0, 1, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0x00FFFFFF,
                               0x01000001, 0x01000003, 0xFF000001, 0x7FFFFFC0, 0x7FFFFFBF))
        if style == 1:
            number = rng.getrandbits(26) << below(rng, 7) | rng.getrandbits(1)
            return number ^ (mask(32) if below(rng, 2) else 0)
        return rng.getrandbits(32) >> below(rng, 32)
    c.vr[c.VRB] = join([word() for _ in range(4)], 32)
    c.vscr = pick(rng, (0, 1, NJ, NJ | SAT))


def register_from_integer(name, is_signed):
    """vcfsx, vcfux: the word divided by 2^UIM."""
    @instruction(name, gen=integer_gen)
    def model(c):
        words = split(c.vr[c.VRB], 32)
        numbers = [signed(w, 32) if is_signed else w for w in words]
        c.vr[c.VRT] = join([round_single(Fraction(n, 1 << c.UIM), False) for n in numbers], 32)


def scaled_gen(rng, c, i):
    """Numbers whose product with 2^UIM lies near the limits of a word, besides the usual."""
    single_gen(rng, c, i)
    words = split(c.vr[c.VRB], 32)
    for lane in range(4):
        if below(rng, 2):
            exponent = 127 + pick(rng, (-1, 0, 5, 23, 29, 30, 31, 32)) - c.UIM
            words[lane] = rng.getrandbits(1) << 31 | exponent << 23 | pick(
                rng, (0, 1, 0x7FFFFF, rng.getrandbits(23)))
    c.vr[c.VRB] = join(words, 32)


def register_to_integer(name, low, high):
    """vctsxs, vctuxs: times 2^UIM, truncated, saturated; a NaN gives 0 and no SAT.

    The text of 6.10.3 saturates values that lie outside the range of the truncated integer, its
    functions (ConvertSPtoSXWsaturate) also count -2^31 as large: SAT is then undefined.
    """
    @instruction(name, gen=scaled_gen)
    def model(c):
        nj = bool(c.vscr & NJ)
        results, saturated, doubtful = [], False, False
        for word in (source(w, nj) for w in split(c.vr[c.VRB], 32)):
            if is_nan(word):
                results.append(0)
                continue
            if is_infinite(word):
                number = low - 1 if word >> 31 else high + 1
            else:
                number = value(word) * (1 << c.UIM)
                doubtful |= low < 0 and number == low
                number = int(number)
            results.append(min(max(number, low), high))
            saturated |= not low <= number <= high
        c.vr[c.VRT] = join(results, 32)
        if saturated:
            c.vscr |= SAT
        elif doubtful and not c.vscr & SAT:
            c.undefined("vscr", 0, SAT)


def register_conversions():
    """The rows of 6.10.3."""
    register_from_integer("vcfsx", True)
    register_from_integer("vcfux", False)
    register_to_integer("vctsxs", -(1 << 31), (1 << 31) - 1)
    register_to_integer("vctuxs", 0, (1 << 32) - 1)


register_arithmetic()
register_compare("vcmpeqfp", lambda a, b: a == b)
register_compare("vcmpgefp", lambda a, b: a >= b)
register_compare("vcmpgtfp", lambda a, b: a > b)
register_conversions()
