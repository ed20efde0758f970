/* Decimal images: densely packed decimal and the combination field (Book I 5.3). */
#include <assert.h>

#include "isa/dfp/dfp_core.h"

const struct dfp_format dfp_short = {
    .precision = 7,
    .emin = -95,
    .xmin = -101,
    .xmax = 90,
    .bits = 32,
    .exponent_bits = 6,
    .trailing_bits = 20,
};
const struct dfp_format dfp_long = {
    .precision = 16,
    .emin = -383,
    .xmin = -398,
    .xmax = 369,
    .bits = 64,
    .exponent_bits = 8,
    .trailing_bits = 50,
    .wrap = 576,
    .narrow_wrap = 192,
};
const struct dfp_format dfp_extended = {
    .precision = 34,
    .emin = -6143,
    .xmin = -6176,
    .xmax = 6111,
    .bits = 128,
    .exponent_bits = 12,
    .trailing_bits = 110,
    .wrap = 9216,
    .narrow_wrap = 3072,
};

/* -- Declets: ten bits p q r s t u v w x y for three digits (Book I appendix B) -- */

enum { DECLET_BITS = 10, DECLET_VALUES = 1000 };

unsigned dfp_declet_decode(unsigned declet)
{
    const unsigned pqr = declet >> 7 & 7, stu = declet >> 4 & 7, wxy = declet & 7;
    const unsigned pq = pqr & 6, st = stu & 6;
    const unsigned large_r = 8 | (pqr & 1), large_u = 8 | (stu & 1), large_y = 8 | (wxy & 1);
    unsigned d1 = pqr, d2 = stu, d3 = wxy;
    if (declet & 8) {
        switch (wxy >> 1) {
        case 0:
            d3 = large_y;
            break;
        case 1:
            d2 = large_u;
            d3 = st | (wxy & 1);
            break;
        case 2:
            d1 = large_r;
            d3 = pq | (wxy & 1);
            break;
        default: /* at least two digits are 8 or 9: s and t say which is not */
            d1 = st == 4 ? pqr : large_r;
            d2 = st == 2 ? pq | (stu & 1) : large_u;
            d3 = st == 0 ? pq | (wxy & 1) : large_y;
            break;
        }
    }
    return d1 * 100 + d2 * 10 + d3;
}

unsigned dfp_declet_encode(unsigned value)
{
    const unsigned d1 = value / 100, d2 = value / 10 % 10, d3 = value % 10;
    const unsigned low_bits = (d1 & 1) << 7 | (d2 & 1) << 4 | (d3 & 1);
    const unsigned h1 = (d1 & 6) << 7, h2 = (d2 & 6) << 4; /* high bits in their own places */
    assert(value < DECLET_VALUES);
    switch ((d1 & 8) >> 1 | (d2 & 8) >> 2 | (d3 & 8) >> 3) {
    case 0:
        return low_bits | h1 | h2 | (d3 & 6);
    case 1:
        return low_bits | h1 | h2 | 0x8;
    case 2:
        return low_bits | h1 | (d3 & 6) << 4 | 0xa;
    case 3:
        return low_bits | h1 | 0x4e;
    case 4:
        return low_bits | (d3 & 6) << 7 | h2 | 0xc;
    case 5:
        return low_bits | (d2 & 6) << 7 | 0x2e;
    case 6:
        return low_bits | (d3 & 6) << 7 | 0xe;
    default:
        return low_bits | 0x6e;
    }
}

/* -- The combination field: five bits, then the rest of the exponent -- */

enum { COMBINATION_INFINITY = 30, COMBINATION_NAN = 31 };

struct dfp_number dfp_decode(const struct dfp_format *format, dfp_uint128 image)
{
    const unsigned combination = (unsigned)(image >> (format->bits - 6)) & 31;
    const unsigned rest =
        (unsigned)(image >> format->trailing_bits) & ((1u << format->exponent_bits) - 1);
    struct dfp_number n = {.sign = image >> (format->bits - 1) & 1};
    for (unsigned i = format->trailing_bits; i > 0; i -= DECLET_BITS)
        n.coefficient = n.coefficient * DECLET_VALUES +
                        dfp_declet_decode((unsigned)(image >> (i - DECLET_BITS)) & 0x3ff);
    if (combination == COMBINATION_NAN) {
        n.kind = rest >> (format->exponent_bits - 1) ? DFP_SNAN : DFP_QNAN;
    } else if (combination == COMBINATION_INFINITY) {
        n.kind = DFP_INFINITY;
    } else {
        const bool large = combination >= 24;
        const unsigned digit = large ? 8 | (combination & 1) : combination & 7;
        const unsigned high = large ? combination >> 1 & 3 : combination >> 3;
        n.kind = DFP_FINITE;
        n.exp = (int)(high << format->exponent_bits | rest) + format->xmin;
        n.coefficient += digit * dfp_power(format->precision - 1);
    }
    return n;
}

dfp_uint128 dfp_encode(const struct dfp_format *format, struct dfp_number n)
{
    const dfp_uint128 leading = dfp_power(format->precision - 1);
    const unsigned digit = (unsigned)(n.coefficient / leading);
    unsigned combination, rest = 0;
    assert(digit < (n.kind == DFP_FINITE ? 10 : 1));
    if (n.kind == DFP_FINITE) {
        assert(n.exp >= format->xmin && n.exp <= format->xmax);
        const unsigned biased = (unsigned)(n.exp - format->xmin);
        const unsigned high = biased >> format->exponent_bits;
        rest = biased & ((1u << format->exponent_bits) - 1);
        combination = digit < 8 ? high << 3 | digit : 24 | high << 1 | (digit & 1);
    } else {
        combination = n.kind == DFP_INFINITY ? COMBINATION_INFINITY : COMBINATION_NAN;
        rest = n.kind == DFP_SNAN ? 1u << (format->exponent_bits - 1) : 0;
    }
    dfp_uint128 image = (dfp_uint128)n.sign << (format->bits - 1) |
                        (dfp_uint128)combination << (format->bits - 6) |
                        (dfp_uint128)rest << format->trailing_bits;
    dfp_uint128 trailing = n.coefficient % leading;
    for (unsigned i = 0; i < format->trailing_bits; i += DECLET_BITS) {
        image |= (dfp_uint128)dfp_declet_encode((unsigned)(trailing % DECLET_VALUES)) << i;
        trailing /= DECLET_VALUES;
    }
    return image;
}
