/*
 * What the bodies of sem_fp.h and sem_vsx_fp.h share: an operation on operands already read, its
 * entry in the FPSCR, its result in the target, and the outcome. FRT, FRA, FRB, FRC are doubleword
 * 0 of any VSR here, so the scalar VSX forms are the same functions with wider register numbers.
 */
#ifndef HORNPIPE_ISA_FP_FP_BODY_H
#define HORNPIPE_ISA_FP_FP_BODY_H

#include "isa/access.h"
#include "isa/fp/fp.h"

#define FP_BODY_INLINE __attribute__((always_inline)) static inline
#define FP_BODY_PARAMS struct cpu *cpu, const struct insn *op, const unsigned variant
#define FP_BODY        cpu, op, variant
#define FP_ENV                                                                                     \
    {                                                                                              \
        .fpscr = cpu->fpscr                                                                        \
    }

typedef uint64_t fp_unary_fn(struct fp_env *, enum fp_format, uint64_t);
typedef uint64_t fp_binary_fn(struct fp_env *, enum fp_format, uint64_t, uint64_t);

/* Ends a scalar body whose result goes to FRT or XT and whose class, `fprf`, to FPRF. */
FP_BODY_INLINE enum isa_outcome fp_complete(FP_BODY_PARAMS, const struct fp_env *env, int fprf,
                                            uint64_t value)
{
    if (fpscr_commit_scalar(&cpu->fpscr, env->raised, fprf))
        WRITE_FRT(value);
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}

FP_BODY_INLINE enum isa_outcome fp_unary(FP_BODY_PARAMS, fp_unary_fn *fn, enum fp_format format,
                                         uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fn(&env, format, b);
    return fp_complete(FP_BODY, &env, fp_result_class(format, value), value);
}

FP_BODY_INLINE enum isa_outcome fp_binary(FP_BODY_PARAMS, fp_binary_fn *fn, enum fp_format format,
                                          uint64_t a, uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fn(&env, format, a, b);
    return fp_complete(FP_BODY, &env, fp_result_class(format, value), value);
}

FP_BODY_INLINE enum isa_outcome fp_fused(FP_BODY_PARAMS, enum fp_fused kind, enum fp_format format,
                                         uint64_t a, uint64_t c, uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_fma(&env, format, kind, a, c, b);
    return fp_complete(FP_BODY, &env, fp_result_class(format, value), value);
}

/* frsp, xsrsp. */
FP_BODY_INLINE enum isa_outcome fp_to_single(FP_BODY_PARAMS, uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_round_single(&env, b);
    return fp_complete(FP_BODY, &env, fp_result_class(FP_SINGLE, value), value);
}

/* fri*, xsrdpi*: only xsrdpic is ever inexact (Book I 4.6.7.3, 7.6.1). */
FP_BODY_INLINE enum isa_outcome fp_integral(FP_BODY_PARAMS, enum fp_rounding mode, uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_round_integral(&env, mode, b);
    env.raised &= ~(FPSCR_XX | FPSCR_FI | FPSCR_FR);
    return fp_complete(FP_BODY, &env, fp_result_class(FP_DOUBLE, value), value);
}

/* fcti*, xscvdp*ds. FPRF is undefined after them: left alone. */
FP_BODY_INLINE enum isa_outcome fp_integer(FP_BODY_PARAMS, bool truncate, enum fp_integer type,
                                           uint64_t b)
{
    struct fp_env env = FP_ENV;
    const enum fp_rounding mode = truncate ? FP_RND_ZERO : fp_env_rounding(&env);
    const uint64_t value = fp_to_integer(&env, mode, type, b);
    return fp_complete(FP_BODY, &env, FPRF_KEEP, value);
}

FP_BODY_INLINE enum isa_outcome fp_signed(FP_BODY_PARAMS, enum fp_format format, uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_from_signed(&env, format, (int64_t)b);
    return fp_complete(FP_BODY, &env, fp_result_class(format, value), value);
}

FP_BODY_INLINE enum isa_outcome fp_unsigned(FP_BODY_PARAMS, enum fp_format format, uint64_t b)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_from_unsigned(&env, format, b);
    return fp_complete(FP_BODY, &env, fp_result_class(format, value), value);
}

/* fcmpu, fcmpo and theirs: CR field and FPCC whatever is enabled; C of FPRF stays. */
FP_BODY_INLINE enum isa_outcome fp_compare_body(FP_BODY_PARAMS, bool ordered, uint64_t a,
                                                uint64_t b)
{
    (void)variant;
    struct fp_env env = FP_ENV;
    const unsigned relation = fp_compare(&env, ordered, a, b);
    const uint64_t f = (cpu->fpscr & ~FPSCR_FPCC) | (uint64_t)relation << FPSCR_FPRF_SHIFT;
    cpu->fpscr = fpscr_raise(f, env.raised);
    (void)op;
    WRITE_CR_FIELD(FIELD(6, 3), relation);
    return isa_fp_done(cpu);
}

/* fmr, fabs and their like: no arithmetic, no exception. */
FP_BODY_INLINE enum isa_outcome fp_move(FP_BODY_PARAMS, uint64_t value)
{
    WRITE_FRT(value);
    RECORD_CR1_IF_RC();
    return ISA_NEXT;
}

#endif
