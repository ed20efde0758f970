"""Rounding of an exact decimal result to a DFP format, with the exceptions this meets.

Python's decimal computes the exact values; the choice of the representation (ideal exponent),
tininess, wrapped results and default results are the book's (Book I 5.5.10).
"""

import decimal

from .dpd import EXTENDED, FINITE, INFINITY, LONG, SHORT, Value

# By FPSCR[DRN]; "prepare for shorter precision" goes away from zero behind a 0 or 5.
MODES = (decimal.ROUND_HALF_EVEN, decimal.ROUND_DOWN, decimal.ROUND_CEILING, decimal.ROUND_FLOOR,
         decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN, decimal.ROUND_UP, decimal.ROUND_05UP)
NEAREST_EVEN, TOWARD_ZERO, CEILING, FLOOR = MODES[:4]
SHORTER = MODES[7]

OX, UX, XX = 1 << 28, 1 << 27, 1 << 25
OE, UE = 1 << 6, 1 << 5

# Exponent adjustment of wrapped results. The two roundings to a shorter format deliver a wrapped
# result in the source format, adjusted by less (Book I 5.5.10.3, 5.5.10.4).
WRAP = {LONG: (LONG, 576), EXTENDED: (EXTENDED, 9216)}
WRAP_NARROW = {SHORT: (LONG, 192), LONG: (EXTENDED, 3072)}


def context(precision):
    """A context without traps whose exponents never end."""
    return decimal.Context(prec=precision, rounding=decimal.ROUND_05UP, traps=[],
                           Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


# Holds the sum of any two Extended numbers.
EXACT = context(2 * 12288 + 100)


class Outcome:
    """A delivered result: its format, FPSCR exception bits, FR and FI."""

    def __init__(self, value, fmt, flags=0, fr=0, fi=0, fr_undefined=False):
        self.value, self.fmt, self.flags = value, fmt, flags
        self.fr, self.fi, self.fr_undefined = fr, fi, fr_undefined


def number(sign, coef, exp):
    """A Decimal from its parts."""
    return decimal.Decimal((sign, tuple(map(int, str(coef))), exp))


def exact_of(value):
    """The Decimal of a finite Value."""
    return number(value.sign, value.coef, value.exp)


def quotient(a, b, fmt):
    """a / b, exact or with a last digit that tells every rounding mode what is behind it."""
    return context(3 * fmt.digits).divide(a, b)


def parts(x):
    """(sign, significand, exponent) of a Decimal."""
    sign, digits, exp = x.as_tuple()
    return sign, int("".join(map(str, digits))), exp


def round_at(exact, exp, mode):
    """`exact` rounded to a multiple of 10**exp; unchanged if it is one."""
    if exact.as_tuple().exponent >= exp:
        return exact
    return exact.quantize(decimal.Decimal((0, (1,), exp)), rounding=mode, context=EXACT)


def clamp(exp, low, high):
    """The exponent of low..high that is closest to `exp`."""
    return min(max(exp, low), high)


def represent(rounded, ideal, inexact, digits, low, high):
    """The member of the cohort that the book wants, with an exponent of low..high."""
    sign, coef, exp = parts(rounded)
    smallest = max(rounded.adjusted() - digits + 1, low)
    if inexact:
        chosen = smallest
    else:
        stripped = str(coef).rstrip("0")
        largest = exp + len(str(coef)) - len(stripped)
        chosen = clamp(ideal, smallest, min(largest, high))
    shift = exp - chosen
    coef = coef * 10 ** shift if shift >= 0 else coef // 10 ** -shift
    return Value(FINITE, sign, coef, chosen)


def deliver_zero(sign, ideal, fmt):
    """An exact zero: the ideal exponent, or the closest one."""
    return Outcome(Value(FINITE, sign, 0, clamp(ideal, fmt.xmin, fmt.xmax)), fmt)


def deliver_wrapped(exact, ideal, target, wrap, mode, exception):
    """The result of an enabled overflow (adjusted down) or underflow (up)."""
    fmt, alpha = wrap
    if exception == OX:
        alpha = -alpha
    scaled = EXACT.scaleb(exact, alpha)
    rounded = round_at(scaled, scaled.adjusted() - target.digits + 1, mode)
    inexact = rounded != scaled
    value = represent(rounded, ideal + alpha, inexact, target.digits, fmt.xmin, fmt.xmax)
    return Outcome(value, fmt, exception | (XX if inexact else 0),
                   fr=int(rounded.copy_abs() > scaled.copy_abs()), fi=int(inexact))


def overflow_default(sign, target, mode):
    """The result of a disabled overflow. FR is undefined; told as the increment to infinity."""
    to_largest = (mode in (TOWARD_ZERO, SHORTER) or (mode == CEILING and sign) or
                  (mode == FLOOR and not sign))
    if to_largest:
        value = Value(FINITE, sign, target.ceiling - 1, target.xmax)
    else:
        value = Value(INFINITY, sign)
    return Outcome(value, target, OX | XX, fr=int(not to_largest), fi=1, fr_undefined=True)


def deliver(exact, ideal, target, mode, enables, wrap=None):
    """Rounds the nonzero or zero Decimal `exact` to `target`; `enables` are FPSCR's."""
    wrap = wrap or WRAP[target]
    if not exact:
        return deliver_zero(int(exact.is_signed()), ideal, target)
    tiny = exact.adjusted() < target.emin
    if tiny and enables & UE:
        return deliver_wrapped(exact, ideal, target, wrap, mode, UX)
    rounded = round_at(exact, max(exact.adjusted() - target.digits + 1, target.xmin), mode)
    if rounded.adjusted() > target.emax:
        if enables & OE:
            return deliver_wrapped(exact, ideal, target, wrap, mode, OX)
        return overflow_default(int(exact.is_signed()), target, mode)
    inexact = rounded != exact
    flags = (XX if inexact else 0) | (UX if tiny and inexact else 0)
    if not rounded:
        value = Value(FINITE, int(exact.is_signed()), 0, target.xmin)
    else:
        value = represent(rounded, ideal, inexact, target.digits, target.xmin, target.xmax)
    return Outcome(value, target, flags, fr=int(rounded.copy_abs() > exact.copy_abs()),
                   fi=int(inexact))


def round_to_exponent(value, exp, mode):
    """(significand, inexact, incremented) of a finite Value rounded or padded to `exp`."""
    if value.exp >= exp:
        return value.coef * 10 ** (value.exp - exp), False, False
    exact = exact_of(value)
    rounded = round_at(exact, exp, mode)
    coef = parts(rounded)[1]
    return coef, rounded != exact, rounded.copy_abs() > exact.copy_abs()
