/*
 * Inside isa/dfp: integers of 256 bits for exact products and sums, powers of ten, and the one
 * place where results are rounded.
 *
 * The largest integer that occurs is below 10^71: a coefficient of 34 digits, 36 digits further
 * to the left, and a carry.
 */
#ifndef HORNPIPE_ISA_DFP_DFP_CORE_H
#define HORNPIPE_ISA_DFP_DFP_CORE_H

#include "isa/dfp/dfp.h"

enum { DFP_DIGITS_PER_LIMB = 19 };
extern const uint64_t dfp_power64[DFP_DIGITS_PER_LIMB + 1];

/* 10^n; n at most 38. */
static inline dfp_uint128 dfp_power(unsigned n)
{
    return n <= DFP_DIGITS_PER_LIMB ? dfp_power64[n]
                                    : (dfp_uint128)dfp_power64[DFP_DIGITS_PER_LIMB] *
                                          dfp_power64[n - DFP_DIGITS_PER_LIMB];
}

/* -- 256-bit integers; limb 0 is the low one -- */
struct dfp_wide {
    uint64_t limb[4];
};

static inline struct dfp_wide dfp_wide_from(dfp_uint128 v)
{
    return (struct dfp_wide){{(uint64_t)v, (uint64_t)(v >> 64), 0, 0}};
}

static inline dfp_uint128 dfp_wide_low(const struct dfp_wide *w)
{
    return (dfp_uint128)w->limb[1] << 64 | w->limb[0];
}

static inline bool dfp_wide_is_zero(const struct dfp_wide *w)
{
    return (w->limb[0] | w->limb[1] | w->limb[2] | w->limb[3]) == 0;
}

/* a + b; the sum must fit. */
struct dfp_wide dfp_wide_add(struct dfp_wide a, struct dfp_wide b);
/* a - b; b must not be greater. */
struct dfp_wide dfp_wide_sub(struct dfp_wide a, struct dfp_wide b);
/* -1, 0, 1 as a is less than, equal to, greater than b. */
int dfp_wide_compare(const struct dfp_wide *a, const struct dfp_wide *b);
struct dfp_wide dfp_wide_mul(dfp_uint128 a, dfp_uint128 b);
/* a * 10^digits; the product must fit. */
struct dfp_wide dfp_wide_scale(struct dfp_wide a, unsigned digits);
/* Divides in place by 10^digits (any number); returns whether the remainder is not zero. */
bool dfp_wide_drop(struct dfp_wide *a, unsigned digits);

/* Decimal digits of v: 0 has none. */
unsigned dfp_digits(dfp_uint128 v);
unsigned dfp_wide_digits(const struct dfp_wide *w);

/* -- Rounding -- */
struct dfp_rounded {
    struct dfp_wide coefficient;
    bool inexact, incremented;
};
/* Rounds off `digits` digits of `c`; `sticky` says that something not zero is behind its end. */
struct dfp_rounded dfp_round_off(enum dfp_rounding mode, bool sign, struct dfp_wide c,
                                 unsigned digits, bool sticky);

/* Raises FI, FR and XX for a rounding that was inexact. */
static inline void dfp_raise_inexact(struct fp_env *env, bool incremented)
{
    env->raised |= FPSCR_XX | FPSCR_FI | (incremented ? FPSCR_FR : 0);
}

/* An exact result, or (sticky) one that is truncated with at least two digits to be rounded off. */
struct dfp_exact {
    struct dfp_wide coefficient;
    int exp, ideal; /* ideal: the exponent preferred among equal forms */
    bool sign, sticky;
};

/*
 * Rounds to `format` by FPSCR[DRN], with overflow and underflow, and chooses the form (Book
 * I 5.5.7..5.5.10). `source` is the format of the operands: `format`, or a wider one that is being
 * rounded to it, in which wrapped results are given.
 */
struct dfp_number dfp_round(struct fp_env *env, const struct dfp_format *format,
                            const struct dfp_format *source, struct dfp_exact v);

/* -- Special results -- */
static inline struct dfp_number dfp_infinity(bool sign)
{
    return (struct dfp_number){.kind = DFP_INFINITY, .sign = sign};
}

static inline struct dfp_number dfp_zero(bool sign, int exp)
{
    return (struct dfp_number){.kind = DFP_FINITE, .sign = sign, .exp = exp};
}

static inline bool dfp_is_zero(const struct dfp_number *n)
{
    return n->kind == DFP_FINITE && n->coefficient == 0;
}

static inline bool dfp_is_nan(const struct dfp_number *n)
{
    return n->kind == DFP_QNAN || n->kind == DFP_SNAN;
}

/* Raises an invalid operation; returns the default NaN. */
static inline struct dfp_number dfp_invalid(struct fp_env *env, uint64_t exception)
{
    env->raised |= exception;
    return (struct dfp_number){.kind = DFP_QNAN};
}

/*
 * The NaN that results from operands of which one is a NaN: a signalling one before a quiet one,
 * then a before b (the action tables of Book I 5.6.1).
 */
struct dfp_number dfp_propagate(struct fp_env *env, struct dfp_number a, struct dfp_number b);

#endif
