/*
 * What the bodies of sem_dfp.h share: operands from one FPR or an even-odd pair, and the ends of
 * bodies, which are those of binary floating point (isa/fp/fp_body.h) but for pairs.
 *
 * An odd register where a pair is named is an invalid form, whose results are boundedly undefined
 * (Book I 1.8.2): here it is the illegal-instruction interrupt.
 */
#ifndef HORNPIPE_ISA_DFP_DFP_BODY_H
#define HORNPIPE_ISA_DFP_DFP_BODY_H

#include "isa/dfp/dfp.h"
#include "isa/fp/fp_body.h"

#define DFP_REQUIRE_EVEN(fields)                                                                   \
    do {                                                                                           \
        if (UNLIKELY((fields)&1))                                                                  \
            return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);                                      \
    } while (0)

typedef struct dfp_number dfp_binary_fn(struct fp_env *, const struct dfp_format *,
                                        struct dfp_number, struct dfp_number);

FP_BODY_INLINE dfp_uint128 dfp_read_image(const struct cpu *cpu, const struct dfp_format *format,
                                          unsigned n)
{
    return format == &dfp_extended ? (dfp_uint128)FPR(n) << 64 | FPR(n + 1) : FPR(n);
}

FP_BODY_INLINE struct dfp_number dfp_read(const struct cpu *cpu, const struct dfp_format *format,
                                          unsigned n)
{
    return dfp_decode(format, dfp_read_image(cpu, format, n));
}

FP_BODY_INLINE void dfp_write_image(struct cpu *cpu, const struct dfp_format *format, unsigned n,
                                    dfp_uint128 image)
{
    if (format == &dfp_extended) {
        WRITE_FPR(n, (uint64_t)(image >> 64));
        WRITE_FPR(n + 1, (uint64_t)image);
    } else {
        WRITE_FPR(n, (uint64_t)image);
    }
}

/* Ends a body whose result, an image of `target`, goes to FRT or FRTp. */
FP_BODY_INLINE enum isa_outcome dfp_complete_image(FP_BODY_PARAMS, const struct fp_env *env,
                                                   const struct dfp_format *target, int fprf,
                                                   dfp_uint128 image)
{
    if (fpscr_commit_scalar(&cpu->fpscr, env->raised, fprf))
        dfp_write_image(cpu, target, op->rt, image);
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}

FP_BODY_INLINE enum isa_outcome dfp_complete(FP_BODY_PARAMS, const struct fp_env *env,
                                             const struct dfp_format *format,
                                             struct dfp_number result)
{
    return dfp_complete_image(FP_BODY, env, format, dfp_result_class(format, result),
                              dfp_encode(format, result));
}

/* Ends a format instruction, which raises nothing and leaves the FPSCR alone. */
FP_BODY_INLINE enum isa_outcome dfp_move(FP_BODY_PARAMS, const struct dfp_format *target,
                                         dfp_uint128 image)
{
    dfp_write_image(cpu, target, op->rt, image);
    RECORD_CR1_IF_RC();
    return ISA_NEXT;
}

/* Ends a test: CR field and FPCC. */
FP_BODY_INLINE enum isa_outcome dfp_tested(FP_BODY_PARAMS, unsigned field)
{
    const struct fp_env env = FP_ENV;
    return fp_compared(FP_BODY, &env, field);
}

FP_BODY_INLINE enum isa_outcome dfp_binary(FP_BODY_PARAMS, dfp_binary_fn *fn,
                                           const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result =
        fn(&env, format, dfp_read(cpu, format, op->ra), dfp_read(cpu, format, op->rb));
    return dfp_complete(FP_BODY, &env, format, result);
}

FP_BODY_INLINE enum isa_outcome dfp_compare_body(FP_BODY_PARAMS, bool ordered,
                                                 const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const unsigned relation =
        dfp_compare(&env, ordered, dfp_read(cpu, format, op->ra), dfp_read(cpu, format, op->rb));
    return fp_compared(FP_BODY, &env, relation);
}

FP_BODY_INLINE enum isa_outcome dfp_dqua(FP_BODY_PARAMS, const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result =
        dfp_quantize(&env, format, dfp_rounding_of(&env, false, FIELD(21, 2)),
                     dfp_read(cpu, format, op->ra), dfp_read(cpu, format, op->rb));
    return dfp_complete(FP_BODY, &env, format, result);
}

FP_BODY_INLINE enum isa_outcome dfp_dquai(FP_BODY_PARAMS, const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const int te = (int)(op->ra ^ 16) - 16;
    const struct dfp_number result =
        dfp_quantize_to(&env, format, dfp_rounding_of(&env, false, FIELD(21, 2)), te,
                        dfp_read(cpu, format, op->rb));
    return dfp_complete(FP_BODY, &env, format, result);
}

FP_BODY_INLINE enum isa_outcome dfp_drrnd(FP_BODY_PARAMS, const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result =
        dfp_reround(&env, format, dfp_rounding_of(&env, false, FIELD(21, 2)),
                    (unsigned)FPR(op->ra) & 63, dfp_read(cpu, format, op->rb));
    return dfp_complete(FP_BODY, &env, format, result);
}

FP_BODY_INLINE enum isa_outcome dfp_drint(FP_BODY_PARAMS, bool tells_inexact,
                                          const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result = dfp_round_integral(
        &env, dfp_rounding_of(&env, FIELD(15, 1), FIELD(21, 2)), dfp_read(cpu, format, op->rb));
    if (!tells_inexact)
        env.raised &= ~(FPSCR_XX | FPSCR_FI | FPSCR_FR);
    return dfp_complete(FP_BODY, &env, format, result);
}

FP_BODY_INLINE enum isa_outcome dfp_dcffix(FP_BODY_PARAMS, const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result = dfp_from_int64(&env, format, FRB);
    return dfp_complete(FP_BODY, &env, format, result);
}

/* FPRF is undefined after dctfix: left alone. */
FP_BODY_INLINE enum isa_outcome dfp_dctfix(FP_BODY_PARAMS, const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = dfp_to_int64(&env, dfp_read(cpu, format, op->rb));
    return fp_complete(FP_BODY, &env, FPRF_KEEP, value);
}

FP_BODY_INLINE enum isa_outcome dfp_ddedpd(FP_BODY_PARAMS, const struct dfp_format *format)
{
    const struct dfp_number b = dfp_read(cpu, format, op->rb);
    return dfp_move(FP_BODY, format, dfp_to_bcd(b, format->bits, FIELD(11, 2)));
}

FP_BODY_INLINE enum isa_outcome dfp_denbcd(FP_BODY_PARAMS, const struct dfp_format *format)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result =
        dfp_from_bcd(&env, dfp_read_image(cpu, format, op->rb), format->bits, FIELD(11, 1));
    return dfp_complete(FP_BODY, &env, format, result);
}

FP_BODY_INLINE enum isa_outcome dfp_dxex(FP_BODY_PARAMS, const struct dfp_format *format)
{
    return fp_move(FP_BODY, dfp_extract_exponent(format, dfp_read(cpu, format, op->rb)));
}

FP_BODY_INLINE enum isa_outcome dfp_diex(FP_BODY_PARAMS, const struct dfp_format *format)
{
    const struct dfp_number n = dfp_insert_exponent(format, FRA, dfp_read(cpu, format, op->rb));
    return dfp_move(FP_BODY, format, dfp_encode(format, n));
}

FP_BODY_INLINE enum isa_outcome dfp_dscli(FP_BODY_PARAMS, const struct dfp_format *format)
{
    const struct dfp_number n = dfp_shift_left(format, dfp_read(cpu, format, op->ra), FIELD(16, 6));
    return dfp_move(FP_BODY, format, dfp_encode(format, n));
}

FP_BODY_INLINE enum isa_outcome dfp_dscri(FP_BODY_PARAMS, const struct dfp_format *format)
{
    const struct dfp_number n = dfp_shift_right(dfp_read(cpu, format, op->ra), FIELD(16, 6));
    return dfp_move(FP_BODY, format, dfp_encode(format, n));
}

#endif
