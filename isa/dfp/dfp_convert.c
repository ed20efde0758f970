/* Conversions and format instructions (Book I 5.6.5, 5.6.6). */
#include "isa/dfp/dfp_core.h"

struct dfp_number dfp_widen(struct dfp_number b)
{
    return b.kind == DFP_INFINITY ? dfp_infinity(b.sign) : b;
}

struct dfp_number dfp_quieten(struct fp_env *env, struct dfp_number b)
{
    if (b.kind == DFP_SNAN) {
        env->raised |= FPSCR_VXSNAN;
        b.kind = DFP_QNAN;
    }
    return b;
}

struct dfp_number dfp_narrow(struct fp_env *env, const struct dfp_format *format,
                             const struct dfp_format *source, struct dfp_number b)
{
    if (b.kind == DFP_INFINITY)
        return dfp_infinity(b.sign);
    if (b.kind != DFP_FINITE) {
        b.coefficient %= dfp_power(format->precision - 1);
        return b;
    }
    return dfp_round(env, format, source,
                     (struct dfp_exact){.coefficient = dfp_wide_from(b.coefficient),
                                        .exp = b.exp,
                                        .ideal = b.exp,
                                        .sign = b.sign});
}

/* -- Fixed point -- */

struct dfp_number dfp_from_int64(struct fp_env *env, const struct dfp_format *format,
                                 uint64_t value)
{
    const bool sign = value >> 63;
    return dfp_round(
        env, format, format,
        (struct dfp_exact){.coefficient = dfp_wide_from(sign ? -value : value), .sign = sign});
}

uint64_t dfp_to_int64(struct fp_env *env, struct dfp_number b)
{
    enum { INT64_DIGITS = 19 };
    const uint64_t limit = UINT64_C(0x8000000000000000) - !b.sign;
    if (dfp_is_nan(&b)) {
        dfp_quieten(env, b);
        env->raised |= FPSCR_VXCVI;
        return UINT64_C(0x8000000000000000);
    }
    struct dfp_rounded r = {.inexact = false};
    bool fits = b.kind == DFP_FINITE;
    if (fits && b.coefficient && b.exp >= 0) {
        fits = dfp_digits(b.coefficient) + (unsigned)b.exp <= INT64_DIGITS;
        if (fits)
            r.coefficient = dfp_wide_scale(dfp_wide_from(b.coefficient), (unsigned)b.exp);
    } else if (fits && b.coefficient) {
        r = dfp_round_off(dfp_env_rounding(env), b.sign, dfp_wide_from(b.coefficient),
                          (unsigned)-b.exp, false);
    }
    if (!fits || dfp_wide_low(&r.coefficient) > limit) {
        env->raised |= FPSCR_VXCVI;
        return limit;
    }
    if (r.inexact)
        dfp_raise_inexact(env, r.incremented);
    return b.sign ? -r.coefficient.limb[0] : r.coefficient.limb[0];
}

/* -- BCD -- */

enum { BCD_PLUS = 0xc, BCD_MINUS = 0xd, BCD_PLUS_UNSIGNED = 0xf };

dfp_uint128 dfp_to_bcd(struct dfp_number b, unsigned bits, unsigned sp)
{
    dfp_uint128 bcd = 0;
    unsigned at = 0;
    if (sp & 2) {
        bcd = b.sign ? BCD_MINUS : sp & 1 ? BCD_PLUS_UNSIGNED : BCD_PLUS;
        at = 4;
    }
    for (; at < bits; at += 4) {
        bcd |= b.coefficient % 10 << at;
        b.coefficient /= 10;
    }
    return bcd;
}

struct dfp_number dfp_from_bcd(struct fp_env *env, dfp_uint128 bcd, unsigned bits, bool has_sign)
{
    struct dfp_number n = {.kind = DFP_FINITE};
    if (has_sign) {
        const unsigned code = (unsigned)bcd & 15;
        if (code < 10)
            return dfp_invalid(env, FPSCR_VXCVI);
        n.sign = code == 0xb || code == BCD_MINUS;
    }
    for (unsigned at = bits; at > (has_sign ? 4 : 0);) {
        at -= 4;
        const unsigned digit = (unsigned)(bcd >> at) & 15;
        if (digit > 9)
            return dfp_invalid(env, FPSCR_VXCVI);
        n.coefficient = n.coefficient * 10 + digit;
    }
    return n;
}

/* -- Exponent and significand -- */

enum { SPECIAL_INFINITY = -1, SPECIAL_QNAN = -2, SPECIAL_SNAN = -3 };

uint64_t dfp_extract_exponent(const struct dfp_format *format, struct dfp_number b)
{
    static const int specials[] = {[DFP_FINITE] = 0,
                                   [DFP_INFINITY] = SPECIAL_INFINITY,
                                   [DFP_QNAN] = SPECIAL_QNAN,
                                   [DFP_SNAN] = SPECIAL_SNAN};
    const int code = b.kind == DFP_FINITE ? b.exp - format->xmin : specials[b.kind];
    return (uint64_t)(int64_t)code;
}

struct dfp_number dfp_insert_exponent(const struct dfp_format *format, uint64_t exponent,
                                      struct dfp_number b)
{
    const int64_t code = (int64_t)exponent;
    if (code >= 0 && code <= format->xmax - format->xmin) {
        b.kind = DFP_FINITE; /* of a special symbol the leading digit is 0 */
        b.exp = (int)code + format->xmin;
        return b;
    }
    b.kind = code == SPECIAL_INFINITY ? DFP_INFINITY : code == SPECIAL_SNAN ? DFP_SNAN : DFP_QNAN;
    b.coefficient %= dfp_power(format->precision - 1);
    return b;
}

struct dfp_number dfp_shift_left(const struct dfp_format *format, struct dfp_number a,
                                 unsigned digits)
{
    const unsigned places = format->precision - (a.kind != DFP_FINITE);
    if (digits >= places)
        a.coefficient = 0;
    else
        a.coefficient = a.coefficient % dfp_power(places - digits) * dfp_power(digits);
    return a;
}

struct dfp_number dfp_shift_right(struct dfp_number a, unsigned digits)
{
    a.coefficient = digits > 38 ? 0 : a.coefficient / dfp_power(digits);
    return a;
}
