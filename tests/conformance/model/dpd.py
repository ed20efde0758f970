"""Decimal floating-point data: DPD declets, the three formats, values (Book I 5.4, 5.5.1).

A declet holds three digits in ten bits. Of the 1024 declets 24 are non-preferred: they decode as
their preferred twins do, and are never generated (Book I 5.4.5).
"""

FINITE, INFINITY, QNAN, SNAN = "finite", "infinity", "qnan", "snan"


def decode_declet(declet):
    """The number 0..999 that a declet p q r s t u v w x y stands for."""
    p, q, r, s, t, u, v, w, x, y = (declet >> k & 1 for k in range(9, -1, -1))
    small = (4 * p + 2 * q + r, 4 * s + 2 * t + u, 4 * w + 2 * x + y)
    if not v:
        digits = small
    elif (w, x) == (0, 0):
        digits = (small[0], small[1], 8 + y)
    elif (w, x) == (0, 1):
        digits = (small[0], 8 + u, 4 * s + 2 * t + y)
    elif (w, x) == (1, 0):
        digits = (8 + r, small[1], 4 * p + 2 * q + y)
    elif (s, t) == (0, 0):
        digits = (8 + r, 8 + u, 4 * p + 2 * q + y)
    elif (s, t) == (0, 1):
        digits = (8 + r, 4 * p + 2 * q + u, 8 + y)
    elif (s, t) == (1, 0):
        digits = (small[0], 8 + u, 8 + y)
    else:
        digits = (8 + r, 8 + u, 8 + y)
    return 100 * digits[0] + 10 * digits[1] + digits[2]


DECODE = tuple(decode_declet(declet) for declet in range(1024))
# The preferred declet of each number is the smallest: bits p and q are zero in the others' twins.
ENCODE = tuple(DECODE.index(number) for number in range(1000))
NON_PREFERRED = tuple(d for d in range(1024) if ENCODE[DECODE[d]] != d)


def decode_declets(bits, count):
    """The integer whose decimal digits the low `count` declets of `bits` hold."""
    number = 0
    for k in range(count - 1, -1, -1):
        number = number * 1000 + DECODE[bits >> (10 * k) & 0x3FF]
    return number


def encode_declets(number, count):
    """`count` preferred declets holding the low 3 * count digits of `number`."""
    bits = 0
    for k in range(count):
        number, low = divmod(number, 1000)
        bits |= ENCODE[low] << (10 * k)
    return bits


class Format:
    """DFP Short, Long or Extended: sizes and exponent range (Book I 5.4.2)."""

    def __init__(self, name, bits, digits, exponent_bits):
        self.name, self.bits, self.digits = name, bits, digits
        self.continuation = exponent_bits       # exponent bits behind the five of the field G
        self.declets = (digits - 1) // 3
        self.max_biased = 3 * (1 << exponent_bits) - 1
        # The exponent is that of the significand's rightmost digit ("right-units view").
        self.bias = (self.max_biased + 1) // 2 + digits - 2
        self.xmin, self.xmax = -self.bias, self.max_biased - self.bias
        self.emin, self.emax = self.xmin + digits - 1, self.xmax + digits - 1
        self.ceiling = 10 ** digits             # above every significand

    def __repr__(self):
        return f"Format({self.name})"


SHORT = Format("short", 32, 7, 6)
LONG = Format("long", 64, 16, 8)
EXTENDED = Format("extended", 128, 34, 12)


class Value:
    """A decoded datum. `coef` is the significand; of infinities and NaNs the trailing field."""

    __slots__ = ("kind", "sign", "coef", "exp")

    def __init__(self, kind, sign, coef=0, exp=0):
        self.kind, self.sign, self.coef, self.exp = kind, sign, coef, exp

    @property
    def is_nan(self):
        """A quiet or signaling NaN."""
        return self.kind in (QNAN, SNAN)

    @property
    def is_zero(self):
        """A finite zero."""
        return self.kind == FINITE and self.coef == 0

    def __repr__(self):
        return f"Value({self.kind}, {self.sign}, {self.coef}, {self.exp})"


def decode(fmt, bits):
    """The Value of the `fmt.bits` bit datum `bits`."""
    sign = bits >> (fmt.bits - 1) & 1
    trailing = decode_declets(bits, fmt.declets)
    g = bits >> (fmt.bits - 6) & 31
    below = fmt.bits - 6 - fmt.continuation
    if g == 31:
        kind = SNAN if bits >> (fmt.bits - 7) & 1 else QNAN
        return Value(kind, sign, trailing)
    if g == 30:
        return Value(INFINITY, sign, trailing)
    high, leading = (g >> 1 & 3, 8 + (g & 1)) if g >= 24 else (g >> 3, g & 7)
    biased = high << fmt.continuation | bits >> below & ((1 << fmt.continuation) - 1)
    return Value(FINITE, sign, leading * 1000 ** fmt.declets + trailing, biased - fmt.bias)


def encode(fmt, value):
    """The preferred encoding of `value`, which has to fit the format."""
    word = value.sign << (fmt.bits - 1) | encode_declets(value.coef, fmt.declets)
    if value.kind == INFINITY:
        return word | 30 << (fmt.bits - 6)
    if value.is_nan:
        return word | (63 if value.kind == SNAN else 62) << (fmt.bits - 7)
    biased = value.exp + fmt.bias
    if not 0 <= biased <= fmt.max_biased or value.coef >= fmt.ceiling:
        raise ValueError(f"{value} does not fit {fmt}")
    leading = value.coef // 1000 ** fmt.declets
    high, low = divmod(biased, 1 << fmt.continuation)
    g = 24 | high << 1 | leading & 1 if leading >= 8 else high << 3 | leading
    return word | g << (fmt.bits - 6) | low << (fmt.bits - 6 - fmt.continuation)


def number_of_digits(coef):
    """Significant digits of a significand; zero has none."""
    return len(str(coef)) if coef else 0
