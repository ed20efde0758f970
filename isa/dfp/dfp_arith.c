/* Addition, multiplication and division (Book I 5.6.1). */
#include "isa/dfp/dfp_core.h"

/* The sum of two finite numbers of which a has the greater or equal exponent. */
static struct dfp_exact exact_sum(const struct fp_env *env, struct dfp_number a,
                                  struct dfp_number b)
{
    /* Places that a is moved at most, so that its sum with what is left of b can be rounded. */
    enum { FAR = 36 };
    const unsigned distance = (unsigned)(a.exp - b.exp);
    const unsigned moved = distance < FAR || a.coefficient == 0 ? distance : FAR;
    struct dfp_exact v = {.exp = b.exp, .ideal = b.exp, .sign = a.sign};
    struct dfp_wide x = {{0}}, y = dfp_wide_from(b.coefficient);
    if (a.coefficient) {
        x = dfp_wide_scale(dfp_wide_from(a.coefficient), moved);
        v.exp = a.exp - (int)moved;
        v.sticky = dfp_wide_drop(&y, distance - moved);
    }
    if (a.sign == b.sign) {
        v.coefficient = dfp_wide_add(x, y);
        return v;
    }
    const int order = dfp_wide_compare(&x, &y);
    if (order < 0) { /* then nothing of b was dropped */
        v.sign = b.sign;
        v.coefficient = dfp_wide_sub(y, x);
    } else {
        if (v.sticky) /* x - (y + dropped) = x - (y + 1) + (1 - dropped) */
            y = dfp_wide_add(y, dfp_wide_from(1));
        v.coefficient = dfp_wide_sub(x, y);
        if (order == 0)
            v.sign = dfp_env_rounding(env) == DFP_RND_DOWN;
    }
    return v;
}

struct dfp_number dfp_add(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b)
{
    if (dfp_is_nan(&a) || dfp_is_nan(&b))
        return dfp_propagate(env, a, b);
    if (a.kind == DFP_INFINITY && b.kind == DFP_INFINITY && a.sign != b.sign)
        return dfp_invalid(env, FPSCR_VXISI);
    if (a.kind == DFP_INFINITY || b.kind == DFP_INFINITY)
        return dfp_infinity(a.kind == DFP_INFINITY ? a.sign : b.sign);
    return dfp_round(env, format, format,
                     a.exp >= b.exp ? exact_sum(env, a, b) : exact_sum(env, b, a));
}

struct dfp_number dfp_sub(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b)
{
    if (!dfp_is_nan(&b))
        b.sign = !b.sign;
    return dfp_add(env, format, a, b);
}

struct dfp_number dfp_mul(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b)
{
    if (dfp_is_nan(&a) || dfp_is_nan(&b))
        return dfp_propagate(env, a, b);
    const bool sign = a.sign != b.sign;
    if (a.kind == DFP_INFINITY || b.kind == DFP_INFINITY) {
        if (dfp_is_zero(&a) || dfp_is_zero(&b))
            return dfp_invalid(env, FPSCR_VXIMZ);
        return dfp_infinity(sign);
    }
    return dfp_round(env, format, format,
                     (struct dfp_exact){.coefficient = dfp_wide_mul(a.coefficient, b.coefficient),
                                        .exp = a.exp + b.exp,
                                        .ideal = a.exp + b.exp,
                                        .sign = sign});
}

/* a / b to at least one digit more than the format's; neither is zero. */
static struct dfp_exact exact_quotient(const struct dfp_format *format, struct dfp_number a,
                                       struct dfp_number b)
{
    /* A remainder is below 10^34, so that many digits can be had of it in 128 bits at a time. */
    enum { CHUNK = 4 };
    unsigned digits = format->precision + 2 + dfp_digits(b.coefficient) - dfp_digits(a.coefficient);
    struct dfp_exact v = {
        .exp = a.exp - b.exp - (int)digits, .ideal = a.exp - b.exp, .sign = a.sign != b.sign};
    dfp_uint128 quotient = a.coefficient / b.coefficient;
    dfp_uint128 remainder = a.coefficient % b.coefficient;
    while (digits > 0) {
        const unsigned n = digits < CHUNK ? digits : CHUNK;
        remainder *= dfp_power(n);
        quotient = quotient * dfp_power(n) + remainder / b.coefficient;
        remainder %= b.coefficient;
        digits -= n;
    }
    v.coefficient = dfp_wide_from(quotient);
    v.sticky = remainder != 0;
    return v;
}

struct dfp_number dfp_div(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b)
{
    if (dfp_is_nan(&a) || dfp_is_nan(&b))
        return dfp_propagate(env, a, b);
    const bool sign = a.sign != b.sign;
    if (a.kind == DFP_INFINITY)
        return b.kind == DFP_INFINITY ? dfp_invalid(env, FPSCR_VXIDI) : dfp_infinity(sign);
    if (b.kind == DFP_INFINITY)
        return dfp_zero(sign, format->xmin);
    if (dfp_is_zero(&b)) {
        if (dfp_is_zero(&a))
            return dfp_invalid(env, FPSCR_VXZDZ);
        env->raised |= FPSCR_ZX;
        return dfp_infinity(sign);
    }
    if (dfp_is_zero(&a))
        return dfp_round(env, format, format,
                         (struct dfp_exact){.ideal = a.exp - b.exp, .sign = sign});
    return dfp_round(env, format, format, exact_quotient(format, a, b));
}
