/*
 * Reciprocal and reciprocal square root estimates: the exact value truncated to a significand of
 * 17 bits. The book bounds the error only (2^-14 at the tightest, Book I 7.6.1); the tables of the
 * real cores are not public.
 */
#include "isa/fp/fp_core.h"

#define ESTIMATE_BITS 17

/*
 * Rounds; XX and FI are undefined after estimates and stay away. `exact`: sig is the exact value,
 * so that a tiny result is no underflow.
 */
static uint64_t round_estimate(struct fp_env *env, enum fp_format format, bool sign, int32_t exp,
                               uint64_t sig, bool exact)
{
    struct fp_env own = {env->fpscr, 0};
    const uint64_t kept = sig >> (64 - ESTIMATE_BITS) << (64 - ESTIMATE_BITS);
    const uint64_t result =
        fp_round(&own, format, (struct fp_exact){sign, exp, (fp_wide)kept << 64});
    if (!exact && fp_is_tiny(format, result))
        own.raised |= FPSCR_UX;
    env->raised |= own.raised & (FPSCR_OX | FPSCR_UX);
    return result;
}

uint64_t fp_recip_estimate(struct fp_env *env, enum fp_format format, uint64_t b)
{
    const struct fp_operand y = fp_unpack(b);
    if (y.kind == FP_KIND_NAN)
        return fp_propagate(env, b, b);
    if (y.kind == FP_KIND_INFINITY)
        return fp_zero(y.sign);
    if (y.kind == FP_KIND_ZERO) {
        env->raised |= FPSCR_ZX;
        return fp_infinity(y.sign);
    }
    if (y.sig == FP_SIGN) /* a power of two: exact */
        return round_estimate(env, format, y.sign, -y.exp, FP_SIGN, true);
    /* 2^127 / sig lies between 2^63 and 2^64. */
    const uint64_t quotient = (uint64_t)(((fp_wide)1 << 127) / y.sig);
    return round_estimate(env, format, y.sign, -y.exp - 1, quotient, false);
}

uint64_t fp_rsqrt_estimate(struct fp_env *env, enum fp_format format, uint64_t b)
{
    const struct fp_operand y = fp_unpack(b);
    if (y.kind == FP_KIND_NAN)
        return fp_propagate(env, b, b);
    if (y.kind == FP_KIND_ZERO) {
        env->raised |= FPSCR_ZX;
        return fp_infinity(y.sign);
    }
    if (y.sign)
        return fp_invalid(env, FPSCR_VXSQRT);
    if (y.kind == FP_KIND_INFINITY)
        return 0;

    /*
     * r = 2^30 / sqrt(m) for m = sig / 2^63, doubled for an odd exponent, in [1, 4): the upper bits
     * of the largest r with r^2 * m <= 2^60.
     */
    const fp_wide m = (fp_wide)y.sig << (y.exp & 1);
    uint64_t r = 0;
    for (int bit = 30; bit >= 30 - ESTIMATE_BITS; bit--) {
        const uint64_t candidate = r | UINT64_C(1) << bit;
        if (candidate * candidate * m <= (fp_wide)1 << 123)
            r = candidate;
    }
    const int zeros = __builtin_clzll(r);
    return round_estimate(env, format, false, 33 - zeros - (y.exp >> 1), r << zeros,
                          r * r * m == (fp_wide)1 << 123);
}
