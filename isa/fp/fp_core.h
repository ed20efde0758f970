/*
 * Inside isa/fp: values taken apart, and the one place where results are rounded.
 *
 * A finite value is significand * 2^(exp - 127) with bit 127 of the 128-bit significand set.
 * Bits lost below are jammed into bit 0: at least two bits lie between it and any place where a
 * result is rounded, so the rounding and its inexactness stay right.
 */
#ifndef HORNPIPE_ISA_FP_FP_CORE_H
#define HORNPIPE_ISA_FP_FP_CORE_H

#include "isa/fp/fp.h"

typedef unsigned __int128 fp_wide;

enum fp_kind { FP_KIND_ZERO, FP_KIND_FINITE, FP_KIND_INFINITY, FP_KIND_NAN };

/* An operand: |value| = sig * 2^(exp - 63), bit 63 of sig set, if it is finite. */
struct fp_operand {
    enum fp_kind kind;
    bool sign;
    int32_t exp;
    uint64_t sig;
};

/* An exact finite result that is not zero. */
struct fp_exact {
    bool sign;
    int32_t exp;
    fp_wide sig;
};

static inline unsigned fp_clz128(fp_wide v)
{
    const uint64_t high = (uint64_t)(v >> 64);
    return high ? (unsigned)__builtin_clzll(high) : 64 + (unsigned)__builtin_clzll((uint64_t)v);
}

/* v >> n with the lost bits jammed into bit 0. */
static inline fp_wide fp_shift_jam(fp_wide v, uint32_t n)
{
    if (n == 0)
        return v;
    if (n > 127)
        return v != 0;
    return v >> n | ((v << (128 - n)) != 0);
}

static inline uint64_t fp_zero(bool sign)
{
    return sign ? FP_SIGN : 0;
}

static inline uint64_t fp_infinity(bool sign)
{
    return fp_zero(sign) | FP_INFINITY;
}

/* Sign of an exact zero that is the sum of two values that are not zeros of the same sign. */
static inline bool fp_cancelled_sign(const struct fp_env *env)
{
    return fp_env_rounding(env) == FP_RND_DOWN;
}

/* Takes a double-format image apart. */
struct fp_operand fp_unpack(uint64_t a);

/* True if a magnitude is to be incremented: `lost` against `half` of a unit in the last place. */
static inline bool fp_round_up(enum fp_rounding mode, bool sign, bool odd, fp_wide lost,
                               fp_wide half)
{
    switch (mode) {
    case FP_RND_NEAREST:
        return lost > half || (lost == half && odd);
    case FP_RND_AWAY:
        return lost >= half;
    case FP_RND_UP:
        return lost && !sign;
    case FP_RND_DOWN:
        return lost && sign;
    case FP_RND_ZERO:
        break;
    }
    return false;
}

/* Rounds to `format` by env's RN, with overflow and underflow (Book I 4.4.3, 4.4.4, 4.3.6). */
uint64_t fp_round(struct fp_env *env, enum fp_format format, struct fp_exact value);

/* Raises one invalid operation; returns the default NaN. */
static inline uint64_t fp_invalid(struct fp_env *env, uint64_t exception)
{
    env->raised |= exception;
    return FP_DEFAULT_NAN;
}

/* The NaN that results from operands of which one is a NaN: the first one, quieted. */
uint64_t fp_propagate(struct fp_env *env, uint64_t a, uint64_t b);

#endif
