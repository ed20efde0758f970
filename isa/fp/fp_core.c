#include "isa/fp/fp_core.h"

struct format {
    int precision, emin, emax;
    int adjustment; /* of the exponent when OE or UE is set */
};

static const struct format formats[] = {
    [FP_DOUBLE] = {53, -1022, 1023, 1536},
    [FP_SINGLE] = {24, -126, 127, 192},
};

struct fp_operand fp_unpack(uint64_t a)
{
    struct fp_operand out = {.sign = a >> 63};
    const uint64_t fraction = a & FP_FRACTION;
    const int exponent = (int)(a >> 52 & 0x7ff);
    if (exponent == 0x7ff) {
        out.kind = fraction ? FP_KIND_NAN : FP_KIND_INFINITY;
    } else if (exponent) {
        out.kind = FP_KIND_FINITE;
        out.exp = exponent - 1023;
        out.sig = FP_SIGN | fraction << 11;
    } else if (fraction) {
        const int zeros = __builtin_clzll(fraction);
        out.kind = FP_KIND_FINITE;
        out.exp = -1011 - zeros;
        out.sig = fraction << zeros;
    }
    return out;
}

/*
 * Double-format image of sig * 2^(exp - 52), sig below 2^53, sig at least 2^52 unless denormal. An
 * exponent that double format does not have comes only from single-precision arithmetic on
 * operands that are no single values, which the book leaves undefined.
 */
static uint64_t pack(bool sign, int32_t exp, uint64_t sig)
{
    if (!sig)
        return fp_zero(sign);
    if (!(sig >> 52)) {
        const int shift = __builtin_clzll(sig) - 11;
        if (exp - shift >= -1022) { /* denormal only in single format */
            sig <<= shift;
            exp -= shift;
        } else if (exp == -1022) {
            return fp_zero(sign) | sig;
        }
    }
    if (exp > 1023)
        return fp_infinity(sign);
    if (exp < -1022)
        return fp_zero(sign);
    return fp_zero(sign) | (uint64_t)(exp + 1023) << 52 | (sig & FP_FRACTION);
}

/* Book I 4.4.3.2: overflow with OE=0. FR says whether the result is above the largest number. */
static uint64_t overflow_disabled(struct fp_env *env, const struct format *f, bool sign)
{
    const enum fp_rounding mode = fp_env_rounding(env);
    env->raised |= FPSCR_OX | FPSCR_XX | FPSCR_FI;
    env->raised &= ~FPSCR_FR;
    if (mode == FP_RND_ZERO || mode == (sign ? FP_RND_UP : FP_RND_DOWN))
        return pack(sign, f->emax, ((UINT64_C(1) << f->precision) - 1) << (53 - f->precision));
    env->raised |= FPSCR_FR;
    return fp_infinity(sign);
}

uint64_t fp_round(struct fp_env *env, enum fp_format format, struct fp_exact value)
{
    const struct format *f = &formats[format];
    const unsigned drop = 128 - (unsigned)f->precision;
    const bool tiny = value.exp < f->emin;

    if (tiny && (env->fpscr & FPSCR_UE)) {
        env->raised |= FPSCR_UX;
        value.exp += f->adjustment;
    } else if (tiny) {
        value.sig = fp_shift_jam(value.sig, (uint32_t)(f->emin - value.exp));
        value.exp = f->emin;
    }

    uint64_t kept = (uint64_t)(value.sig >> drop);
    const fp_wide lost = value.sig & (((fp_wide)1 << drop) - 1);
    if (lost) {
        env->raised |= FPSCR_FI | FPSCR_XX;
        if (tiny)
            env->raised |= FPSCR_UX;
        if (fp_round_up(fp_env_rounding(env), value.sign, kept & 1, lost,
                        (fp_wide)1 << (drop - 1))) {
            env->raised |= FPSCR_FR;
            kept++;
            if (kept >> f->precision) {
                kept >>= 1;
                value.exp++;
            }
        }
    }
    if (value.exp > f->emax && !tiny) {
        if (!(env->fpscr & FPSCR_OE))
            return overflow_disabled(env, f, value.sign);
        env->raised |= FPSCR_OX;
        value.exp -= f->adjustment;
    }
    return pack(value.sign, value.exp, kept << (53 - f->precision));
}

uint64_t fp_propagate(struct fp_env *env, uint64_t a, uint64_t b)
{
    if (fp_is_snan(a) || fp_is_snan(b))
        env->raised |= FPSCR_VXSNAN;
    return (fp_is_nan(a) ? a : b) | FP_QUIET;
}
