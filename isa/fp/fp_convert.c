#include "isa/fp/fp_core.h"

#define SINGLE_PAYLOAD_LOST UINT64_C(0x1fffffff) /* low bits of a double NaN */

uint64_t fp_quieten(struct fp_env *env, uint64_t b)
{
    return fp_is_nan(b) ? fp_propagate(env, b, b) : b;
}

uint64_t fp_round_single(struct fp_env *env, uint64_t b)
{
    const struct fp_operand y = fp_unpack(b);
    if (y.kind == FP_KIND_NAN)
        return fp_propagate(env, b, b) & ~SINGLE_PAYLOAD_LOST;
    if (y.kind != FP_KIND_FINITE)
        return b;
    return fp_round(env, FP_SINGLE, (struct fp_exact){y.sign, y.exp, (fp_wide)y.sig << 64});
}

/*
 * Integer magnitude of a finite value below 2^64, rounded; the result can be 2^64. *lost_any says
 * whether it is inexact, *up whether it was incremented.
 */
static fp_wide integer_magnitude(enum fp_rounding mode, const struct fp_operand *y, bool *lost_any,
                                 bool *up)
{
    /* The integer part in the high half, the fraction, jammed, in the low one. */
    const fp_wide fixed = fp_shift_jam((fp_wide)y->sig << 64, (uint32_t)(63 - y->exp));
    const uint64_t whole = (uint64_t)(fixed >> 64), lost = (uint64_t)fixed;
    *lost_any = lost != 0;
    *up = fp_round_up(mode, y->sign, whole & 1, lost, FP_SIGN);
    return (fp_wide)whole + *up;
}

static void raise_inexact(struct fp_env *env, bool inexact, bool up)
{
    if (inexact)
        env->raised |= FPSCR_XX | FPSCR_FI | (up ? FPSCR_FR : 0);
}

uint64_t fp_round_integral(struct fp_env *env, enum fp_rounding mode, uint64_t b)
{
    const struct fp_operand y = fp_unpack(b);
    if (y.kind == FP_KIND_NAN)
        return fp_propagate(env, b, b);
    if (y.kind != FP_KIND_FINITE || y.exp >= 52)
        return b;
    bool inexact, up;
    const uint64_t whole = (uint64_t)integer_magnitude(mode, &y, &inexact, &up);
    raise_inexact(env, inexact, up);
    if (!whole)
        return fp_zero(y.sign);
    struct fp_env exact = {0};
    const uint64_t magnitude = fp_from_unsigned(&exact, FP_DOUBLE, whole);
    return magnitude | fp_zero(y.sign);
}

static const struct {
    uint64_t max, min; /* magnitudes of the largest and the smallest value */
    uint64_t nan;
} integers[] = {
    [FP_INT32] = {0x7fffffff, 0x80000000, 0xffffffff80000000},
    [FP_UINT32] = {0xffffffff, 0, 0},
    [FP_INT64] = {0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000},
    [FP_UINT64] = {0xffffffffffffffff, 0, 0},
};

uint64_t fp_to_integer(struct fp_env *env, enum fp_rounding mode, enum fp_integer type, uint64_t b)
{
    const struct fp_operand y = fp_unpack(b);
    const uint64_t limit = y.sign ? integers[type].min : integers[type].max;
    if (y.kind == FP_KIND_NAN) {
        env->raised |= FPSCR_VXCVI | (fp_is_snan(b) ? FPSCR_VXSNAN : 0);
        return integers[type].nan;
    }
    if (y.kind == FP_KIND_ZERO)
        return 0;
    bool inexact = false, up = false;
    const bool huge = y.kind == FP_KIND_INFINITY || y.exp > 63;
    fp_wide whole = huge ? 0 : integer_magnitude(mode, &y, &inexact, &up);
    if (huge || whole > limit) {
        env->raised |= FPSCR_VXCVI;
        whole = limit;
    } else {
        raise_inexact(env, inexact, up);
    }
    return y.sign ? -(uint64_t)whole : (uint64_t)whole;
}

static uint64_t from_magnitude(struct fp_env *env, enum fp_format format, bool sign, uint64_t value)
{
    if (!value)
        return 0;
    const int zeros = __builtin_clzll(value);
    return fp_round(env, format,
                    (struct fp_exact){sign, 63 - zeros, (fp_wide)(value << zeros) << 64});
}

uint64_t fp_from_signed(struct fp_env *env, enum fp_format format, int64_t value)
{
    return from_magnitude(env, format, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

uint64_t fp_from_unsigned(struct fp_env *env, enum fp_format format, uint64_t value)
{
    return from_magnitude(env, format, false, value);
}

uint64_t fp_widen(uint32_t single)
{
    const uint64_t sign = (uint64_t)(single & 0x80000000) << 32;
    const uint32_t exponent = single >> 23 & 0xff, fraction = single & 0x7fffff;
    if (exponent == 0xff)
        return sign | FP_INFINITY | (uint64_t)fraction << 29;
    if (exponent)
        return sign | (uint64_t)(exponent + 896) << 52 | (uint64_t)fraction << 29;
    if (!fraction)
        return sign;
    const int shift = __builtin_clz(fraction) - 8; /* places up to the implicit bit */
    return sign | (uint64_t)(897 - shift) << 52 | (uint64_t)(fraction << shift & 0x7fffff) << 29;
}

uint32_t fp_narrow(uint64_t value)
{
    const unsigned exponent = value >> 52 & 0x7ff;
    const uint32_t sign = (uint32_t)(value >> 32) & 0x80000000;
    if (exponent > 896 || !(value & ~FP_SIGN))
        return (uint32_t)(value >> 32 & 0xc0000000) | (uint32_t)(value >> 29 & 0x3fffffff);
    if (exponent < 874) /* the book leaves it undefined */
        return sign;
    const uint32_t significand = (uint32_t)(value >> 29 & 0x7fffff) | 0x800000;
    return sign | significand >> (897 - exponent);
}
