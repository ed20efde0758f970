/*
 * Decimal floating-point arithmetic of the Power ISA (Book I 5), exact until it is rounded once.
 *
 * Operands are decoded from their images (DPD) to a coefficient and an exponent; results are
 * encoded again, canonical in every declet. Operations add what they raise to env->raised, as
 * those of isa/fp do: exceptions as FPSCR bits, FR and FI. Overflow and underflow that are enabled
 * have changed the exponent of the result already; that a target is not written is up to the
 * caller (fpscr_commit_scalar).
 */
#ifndef HORNPIPE_ISA_DFP_DFP_H
#define HORNPIPE_ISA_DFP_DFP_H

#include "isa/fp/fp.h"

typedef unsigned __int128 dfp_uint128;

/* Exponents are those of the coefficient's last digit ("right-units view", Book I 5.3). */
struct dfp_format {
    unsigned precision;     /* digits of the coefficient */
    int emin;               /* exponent of the first digit of the smallest normal number */
    int xmin, xmax;         /* least and greatest exponent */
    unsigned bits;          /* of the image */
    unsigned exponent_bits; /* in the combination field, behind its first five bits */
    unsigned trailing_bits;
    int wrap;        /* exponent adjustment of enabled overflow and underflow */
    int narrow_wrap; /* the same when a value of this format is rounded to a shorter one */
};
extern const struct dfp_format dfp_short, dfp_long, dfp_extended;

enum dfp_kind { DFP_FINITE, DFP_INFINITY, DFP_QNAN, DFP_SNAN };

/* A finite value is coefficient * 10^exp; otherwise the coefficient is the trailing digits. */
struct dfp_number {
    enum dfp_kind kind;
    bool sign;
    int exp;
    dfp_uint128 coefficient;
};

/* The values of FPSCR[DRN]. */
enum dfp_rounding {
    DFP_RND_NEAREST_EVEN,
    DFP_RND_ZERO,
    DFP_RND_UP,
    DFP_RND_DOWN,
    DFP_RND_NEAREST_AWAY,
    DFP_RND_NEAREST_ZERO,
    DFP_RND_AWAY,
    DFP_RND_PREPARE_SHORTER,
};

static inline enum dfp_rounding dfp_env_rounding(const struct fp_env *env)
{
    return (enum dfp_rounding)(env->fpscr >> 32 & 7);
}

/* -- Images (dpd.c) -- */
struct dfp_number dfp_decode(const struct dfp_format *format, dfp_uint128 image);
dfp_uint128 dfp_encode(const struct dfp_format *format, struct dfp_number n);
/* Three digits to the canonical declet, and any of the 1024 declets back. */
unsigned dfp_declet_encode(unsigned value);
unsigned dfp_declet_decode(unsigned declet);

/* -- Rounding (dfp_round.c) -- */
/* The mode that RMC names; `secondary` is the R bit of drintx and drintn (Book I 5.5.2). */
enum dfp_rounding dfp_rounding_of(const struct fp_env *env, bool secondary, unsigned rmc);
/* True if an enabled overflow or underflow has adjusted the exponent of the result. */
bool dfp_is_wrapped(const struct fp_env *env);

/* -- Arithmetic (dfp_arith.c) -- */
struct dfp_number dfp_add(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b);
struct dfp_number dfp_sub(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b);
struct dfp_number dfp_mul(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b);
struct dfp_number dfp_div(struct fp_env *env, const struct dfp_format *format, struct dfp_number a,
                          struct dfp_number b);

/* -- Comparison and tests (dfp_compare.c): CR fields -- */
/* FP_LT.. with the exceptions of dcmpu or, if `ordered`, of dcmpo. */
unsigned dfp_compare(struct fp_env *env, bool ordered, struct dfp_number a, struct dfp_number b);
unsigned dfp_test_class(const struct dfp_format *format, struct dfp_number a, unsigned dcm);
unsigned dfp_test_group(const struct dfp_format *format, struct dfp_number a, unsigned dgm);
unsigned dfp_test_exponent(struct dfp_number a, struct dfp_number b);
unsigned dfp_test_significance(unsigned reference, struct dfp_number b);
/* The five bits of FPRF for a result of `format`. */
int dfp_result_class(const struct dfp_format *format, struct dfp_number n);

/* -- Quantum adjustment (dfp_quantum.c) -- */
/* To an exponent; of an infinity an invalid operation, as POWER7 has it. */
struct dfp_number dfp_quantize_to(struct fp_env *env, const struct dfp_format *format,
                                  enum dfp_rounding mode, int exp, struct dfp_number b);
struct dfp_number dfp_quantize(struct fp_env *env, const struct dfp_format *format,
                               enum dfp_rounding mode, struct dfp_number a, struct dfp_number b);
/* To `reference` significant digits; 0 keeps all. */
struct dfp_number dfp_reround(struct fp_env *env, const struct dfp_format *format,
                              enum dfp_rounding mode, unsigned reference, struct dfp_number b);
/* To an integer; raises FI, FR and XX when that is inexact. */
struct dfp_number dfp_round_integral(struct fp_env *env, enum dfp_rounding mode,
                                     struct dfp_number b);

/* -- Conversion and format (dfp_convert.c) -- */
/* To the next wider format, the value unchanged; a signalling NaN stays one. */
struct dfp_number dfp_widen(struct dfp_number b);
/* A signalling NaN raises VXSNAN and is quieted; any other number is as it was. */
struct dfp_number dfp_quieten(struct fp_env *env, struct dfp_number b);
/* Rounds from `source` to the shorter `format`. The result is one of `source` if it is wrapped. */
struct dfp_number dfp_narrow(struct fp_env *env, const struct dfp_format *format,
                             const struct dfp_format *source, struct dfp_number b);
struct dfp_number dfp_from_int64(struct fp_env *env, const struct dfp_format *format,
                                 uint64_t value);
/* Saturates and raises VXCVI out of range. */
uint64_t dfp_to_int64(struct fp_env *env, struct dfp_number b);
/* The last digits of the coefficient as BCD of `bits` bits; SP as in ddedpd. */
dfp_uint128 dfp_to_bcd(struct dfp_number b, unsigned bits, unsigned sp);
/* A quiet NaN and VXCVI where a digit or the sign is invalid. */
struct dfp_number dfp_from_bcd(struct fp_env *env, dfp_uint128 bcd, unsigned bits, bool has_sign);
/* Biased exponent, or -1 infinity, -2 quiet NaN, -3 signalling NaN. */
uint64_t dfp_extract_exponent(const struct dfp_format *format, struct dfp_number b);
struct dfp_number dfp_insert_exponent(const struct dfp_format *format, uint64_t exponent,
                                      struct dfp_number b);
struct dfp_number dfp_shift_left(const struct dfp_format *format, struct dfp_number a,
                                 unsigned digits);
struct dfp_number dfp_shift_right(struct dfp_number a, unsigned digits);

#endif
