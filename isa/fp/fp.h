/*
 * Binary floating-point arithmetic of the Power ISA, exact and independent of the host's FPU.
 *
 * Operands and results are images in double format; FP_SINGLE rounds the exact result once to
 * single precision and leaves it in double format (Book I 4.3.5.2). Images in single format are
 * converted with fp_widen() and fp_narrow(), which lose nothing.
 *
 * Every operation adds what it raises to env->raised: exceptions as FPSCR bits, FR and FI. What
 * enabled exceptions change in a result (the exponent adjustment of OE and UE) is done here; that
 * a target is not written is up to the caller (fpscr_commit_scalar, fpscr_commit_vector).
 */
#ifndef HORNPIPE_ISA_FP_FP_H
#define HORNPIPE_ISA_FP_FP_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/fp/fpscr.h"

enum fp_format { FP_DOUBLE, FP_SINGLE };

/* The first four are the values of FPSCR[RN]. */
enum fp_rounding { FP_RND_NEAREST, FP_RND_ZERO, FP_RND_UP, FP_RND_DOWN, FP_RND_AWAY };

struct fp_env {
    uint64_t fpscr;  /* RN and the enables are read; 0 for VMX */
    uint64_t raised; /* FPSCR bits: exceptions, FR, FI */
};

#define FP_SIGN        UINT64_C(0x8000000000000000)
#define FP_FRACTION    UINT64_C(0x000fffffffffffff)
#define FP_QUIET       UINT64_C(0x0008000000000000)
#define FP_INFINITY    UINT64_C(0x7ff0000000000000)
#define FP_DEFAULT_NAN UINT64_C(0x7ff8000000000000)

static inline bool fp_is_nan(uint64_t a)
{
    return (a & ~FP_SIGN) > FP_INFINITY;
}

static inline bool fp_is_snan(uint64_t a)
{
    return fp_is_nan(a) && !(a & FP_QUIET);
}

static inline enum fp_rounding fp_env_rounding(const struct fp_env *env)
{
    return (enum fp_rounding)(env->fpscr & FPSCR_RN);
}

/* -- Arithmetic (fp_arith.c) -- */
uint64_t fp_add(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b);
uint64_t fp_sub(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b);
uint64_t fp_mul(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b);
uint64_t fp_div(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b);
uint64_t fp_sqrt(struct fp_env *env, enum fp_format format, uint64_t b);

/*
 * a * c + b, a * c - b and their negations, rounded once. NaNs are chosen in the order a, b, c; a
 * NaN result is not negated.
 */
enum fp_fused { FP_MADD = 0, FP_MSUB = 1, FP_NMADD = 2, FP_NMSUB = 3 };
uint64_t fp_fma(struct fp_env *env, enum fp_format format, enum fp_fused kind, uint64_t a,
                uint64_t c, uint64_t b);

/* -- Estimates (fp_estimate.c): 1/b and 1/sqrt(b), relative error below 2^-15 -- */
uint64_t fp_recip_estimate(struct fp_env *env, enum fp_format format, uint64_t b);
uint64_t fp_rsqrt_estimate(struct fp_env *env, enum fp_format format, uint64_t b);

/* -- Conversions (fp_convert.c) -- */
/* frsp and the like: NaNs are quieted and cut to single's payload. */
uint64_t fp_round_single(struct fp_env *env, uint64_t b);
/* A value taken as it is, but a signalling NaN raises VXSNAN and is quieted. */
uint64_t fp_quieten(struct fp_env *env, uint64_t b);
/* Rounds to an integer in floating-point format; raises FI, FR and XX when that is inexact. */
uint64_t fp_round_integral(struct fp_env *env, enum fp_rounding mode, uint64_t b);

enum fp_integer { FP_INT32, FP_UINT32, FP_INT64, FP_UINT64 };
/* Saturates and raises VXCVI out of range. 32-bit results come extended to 64 by their sign. */
uint64_t fp_to_integer(struct fp_env *env, enum fp_rounding mode, enum fp_integer type, uint64_t b);
uint64_t fp_from_signed(struct fp_env *env, enum fp_format format, int64_t value);
uint64_t fp_from_unsigned(struct fp_env *env, enum fp_format format, uint64_t value);

/* A single-format image as double format, as lfs does: exact, signalling NaNs kept. */
uint64_t fp_widen(uint32_t single);
/* Back, as stfs does: a selection of bits; exact for every value that single format has. */
uint32_t fp_narrow(uint64_t value);

/* -- Comparison, classes, tests (fp_compare.c) -- */
enum { FP_LT = 8, FP_GT = 4, FP_EQ = 2, FP_UN = 1 };
/* Relation of a and b, without exceptions. */
unsigned fp_relation(uint64_t a, uint64_t b);
/* The same; a signalling NaN raises VXSNAN, and if `ordered` a NaN raises VXVC (Book I 4.6.8). */
unsigned fp_compare(struct fp_env *env, bool ordered, uint64_t a, uint64_t b);
/* VSX maximum and minimum: a number wins over a quiet NaN, +0 is greater than -0. */
uint64_t fp_max(struct fp_env *env, uint64_t a, uint64_t b);
uint64_t fp_min(struct fp_env *env, uint64_t a, uint64_t b);

/* True if `value` is zero or a denormal number of `format`. */
bool fp_is_tiny(enum fp_format format, uint64_t value);

/* The five bits of FPRF for a result of `format` (Book I figure 46). */
int fp_result_class(enum fp_format format, uint64_t value);

/* CR field of a test for software divide or square root (Book I 4.6.6.1): 1 || fg || fe || 0. */
unsigned fp_test_divide(enum fp_format format, uint64_t a, uint64_t b);
unsigned fp_test_sqrt(enum fp_format format, uint64_t b);

#endif
