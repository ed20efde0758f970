/* Quantum adjustment: quantize, reround, round to integer (Book I 5.6.4). */
#include "isa/dfp/dfp_core.h"

/* b rounded so that its exponent becomes the greater `exp`. */
static struct dfp_rounded round_to_exponent(enum dfp_rounding mode, int exp,
                                            const struct dfp_number *b)
{
    return dfp_round_off(mode, b->sign, dfp_wide_from(b->coefficient), (unsigned)(exp - b->exp),
                         false);
}

struct dfp_number dfp_quantize_to(struct fp_env *env, const struct dfp_format *format,
                                  enum dfp_rounding mode, int exp, struct dfp_number b)
{
    if (b.kind == DFP_INFINITY)
        return dfp_invalid(env, FPSCR_VXCVI);
    if (b.kind != DFP_FINITE)
        return dfp_quieten(env, b);
    if (b.exp >= exp) {
        const unsigned digits = dfp_digits(b.coefficient);
        const unsigned moved = (unsigned)(b.exp - exp);
        if (digits && digits + moved > format->precision)
            return dfp_invalid(env, FPSCR_VXCVI);
        b.coefficient *= digits ? dfp_power(moved) : 1;
    } else {
        const struct dfp_rounded r = round_to_exponent(mode, exp, &b);
        b.coefficient = dfp_wide_low(&r.coefficient);
        if (r.inexact)
            dfp_raise_inexact(env, r.incremented);
    }
    b.exp = exp;
    return b;
}

struct dfp_number dfp_quantize(struct fp_env *env, const struct dfp_format *format,
                               enum dfp_rounding mode, struct dfp_number a, struct dfp_number b)
{
    if (dfp_is_nan(&a) || dfp_is_nan(&b))
        return dfp_propagate(env, a, b);
    if (a.kind == DFP_INFINITY && b.kind == DFP_INFINITY)
        return dfp_infinity(b.sign);
    if (a.kind == DFP_INFINITY)
        return dfp_invalid(env, FPSCR_VXCVI);
    return dfp_quantize_to(env, format, mode, a.exp, b);
}

struct dfp_number dfp_reround(struct fp_env *env, const struct dfp_format *format,
                              enum dfp_rounding mode, unsigned reference, struct dfp_number b)
{
    if (b.kind == DFP_INFINITY)
        return dfp_infinity(b.sign);
    if (b.kind != DFP_FINITE)
        return dfp_quieten(env, b);
    const unsigned digits = dfp_digits(b.coefficient);
    if (reference == 0 || digits <= reference)
        return b;
    int exp = b.exp + (int)(digits - reference);
    const struct dfp_rounded r = round_to_exponent(mode, exp, &b);
    dfp_uint128 coefficient = dfp_wide_low(&r.coefficient);
    if (coefficient == dfp_power(reference)) {
        coefficient /= 10;
        exp++;
    }
    if (exp > format->xmax)
        return dfp_invalid(env, FPSCR_VXCVI);
    if (r.inexact)
        dfp_raise_inexact(env, r.incremented);
    b.coefficient = coefficient;
    b.exp = exp;
    return b;
}

struct dfp_number dfp_round_integral(struct fp_env *env, enum dfp_rounding mode,
                                     struct dfp_number b)
{
    if (b.kind == DFP_INFINITY)
        return dfp_infinity(b.sign);
    if (b.kind != DFP_FINITE)
        return dfp_quieten(env, b);
    if (b.exp >= 0)
        return b;
    const struct dfp_rounded r = round_to_exponent(mode, 0, &b);
    if (r.inexact)
        dfp_raise_inexact(env, r.incremented);
    b.coefficient = dfp_wide_low(&r.coefficient);
    b.exp = 0;
    return b;
}
