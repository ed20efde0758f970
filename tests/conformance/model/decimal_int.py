"""Signed packed decimal in vector registers: bcdadd., bcdsub. (Book I 6.17 of 2.07)."""

from .core import instruction
from .lanes import M128, below, pick

DIGITS = 31
PLUS, MINUS = (0xA, 0xC, 0xE, 0xF), (0xB, 0xD)
LT, GT, EQ, OVERFLOW = 8, 4, 2, 1


def decode(register):
    """The number in `register`, or None if a digit or the sign is invalid."""
    sign = register & 15
    digits = f"{register >> 4:0{DIGITS}x}"
    if sign < 10 or not digits.isdecimal():
        return None
    return -int(digits) if sign in MINUS else int(digits)


def encode(number, plus):
    """The low 31 digits of `number` with a preferred sign."""
    digits = abs(number) % 10 ** DIGITS
    return int(str(digits), 16) << 4 | (0xD if number < 0 else plus)


def operand(rng):
    """A valid operand: any sign code, few or many digits, often next to a power of ten."""
    style = below(rng, 6)
    if style == 0:
        number = pick(rng, (0, 1, 5, 9, 10 ** DIGITS - 1, 5 * 10 ** 30, 10 ** 30))
    elif style == 1:
        number = (10 ** below(rng, DIGITS + 1) + pick(rng, (-1, 0, 1))) % 10 ** DIGITS
    elif style == 2:
        number = below(rng, 10 ** DIGITS)
    else:
        number = below(rng, 10 ** below(rng, 1, DIGITS + 1))
    return int(str(number), 16) << 4 | below(rng, 10, 16)


def decimal_gen(rng, c, i):
    """Valid pairs, equal and opposite pairs, and some invalid digits and signs."""
    a, b = operand(rng), operand(rng)
    style = below(rng, 10)
    if style < 2:
        b = a & ~15 | below(rng, 10, 16)
    elif style == 2:
        b = b & ~(15 << 4 * below(rng, 1, 32)) | below(rng, 10, 16) << 4 * below(rng, 32)
    elif style == 3:
        a = a & ~15 | below(rng, 16)
    elif style == 4:
        a = rng.getrandbits(128)
    c.vr[c.VRA], c.vr[c.VRB] = a & M128, b & M128


def compute(c, sign):
    """VRA plus or minus VRB: VRT and CR6. VRT is undefined, here unchanged, for invalid ones."""
    a, b = decode(c.vr[c.VRA]), decode(c.vr[c.VRB])
    if a is None or b is None:
        c.undefined("vr", c.VRT, M128)
        c.crf[6] = OVERFLOW
        return
    total = a + sign * b
    c.vr[c.VRT] = encode(total, 0xF if c.PS else 0xC)
    c.crf[6] = LT if total < 0 else GT if total else EQ
    if abs(total) >= 10 ** DIGITS:
        c.crf[6] |= OVERFLOW


@instruction("bcdadd.", gen=decimal_gen)
def bcdadd(c):
    """Decimal Add Modulo."""
    compute(c, 1)


@instruction("bcdsub.", gen=decimal_gen)
def bcdsub(c):
    """Decimal Subtract Modulo."""
    compute(c, -1)
