/*
 * What the bodies of sem_fp.h and sem_vsx_fp.h share: an operation on operands already read, its
 * entry in the FPSCR, its result in the target, and the outcome. FRT, FRA, FRB, FRC are doubleword
 * 0 of any VSR here, so the scalar VSX forms are the same functions with wider register numbers.
 */
#ifndef HORNPIPE_ISA_FP_FP_BODY_H
#define HORNPIPE_ISA_FP_FP_BODY_H

#include "isa/access.h"
#include "isa/fp/fp_fast.h"

#define FP_BODY_INLINE __attribute__((always_inline)) static inline
#define FP_BODY_PARAMS struct cpu *cpu, const struct insn *op, const unsigned variant
#define FP_BODY        cpu, op, variant
#define FP_ENV                                                                                     \
    {                                                                                              \
        .fpscr = cpu->fpscr                                                                        \
    }

/* -- The exact path (fp_body.c) -- */
enum isa_outcome fp_arithmetic_exact(struct cpu *cpu, const struct insn *op, struct fp_how how,
                                     uint64_t a, uint64_t c, uint64_t b);
enum isa_outcome fp_vector_exact(struct cpu *cpu, const struct insn *op, struct fp_how how,
                                 const union vsr *a, const union vsr *c, const union vsr *b);

/* Ends a scalar body whose result goes to FRT or XT and whose class, `fprf`, to FPRF. */
FP_BODY_INLINE enum isa_outcome fp_complete(FP_BODY_PARAMS, const struct fp_env *env, int fprf,
                                            uint64_t value)
{
    if (fprf == FPRF_KEEP || fpscr_suppresses(cpu->fpscr, env->raised))
        fp_settle(cpu); /* FPRF stays as it is */
    cpu->fp_late.stale = 0;
    if (fpscr_commit_scalar(&cpu->fpscr, env->raised, fprf))
        WRITE_FRT(value);
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}

/* A scalar operation on operands already read; those that it does not have are 0. */
FP_BODY_INLINE enum isa_outcome fp_arithmetic(FP_BODY_PARAMS, enum fp_op what,
                                              enum fp_format format, uint64_t a, uint64_t c,
                                              uint64_t b)
{
    const struct fp_how how = {(uint8_t)what, (uint8_t)format, (uint8_t)variant};
    uint64_t value;
    if (!fp_fast_scalar(cpu->fpscr, what, format, a, c, b, &value))
        return fp_arithmetic_exact(cpu, op, how, a, c, b);
    cpu->fp_late.stale = FPSCR_FR | FPSCR_FI | FPSCR_FPRF;
    cpu->fp_late.how = how;
    cpu->fp_late.a = a;
    cpu->fp_late.c = c;
    cpu->fp_late.b = b;
    WRITE_FRT(value);
    RECORD_CR1_IF_RC();
    return ISA_NEXT;
}

FP_BODY_INLINE enum isa_outcome fp_unary(FP_BODY_PARAMS, enum fp_op what, enum fp_format format,
                                         uint64_t b)
{
    return fp_arithmetic(FP_BODY, what, format, 0, 0, b);
}

FP_BODY_INLINE enum isa_outcome fp_binary(FP_BODY_PARAMS, enum fp_op what, enum fp_format format,
                                          uint64_t a, uint64_t b)
{
    return fp_arithmetic(FP_BODY, what, format, a, 0, b);
}

FP_BODY_INLINE enum isa_outcome fp_fused(FP_BODY_PARAMS, enum fp_fused kind, enum fp_format format,
                                         uint64_t a, uint64_t c, uint64_t b)
{
    return fp_arithmetic(FP_BODY, FP_OP_MADD + kind, format, a, c, b);
}

/* The same on all elements of vector-scalar registers, into XT. */
FP_BODY_INLINE enum isa_outcome fp_vector(struct cpu *cpu, const struct insn *op, enum fp_op what,
                                          enum fp_format format, const union vsr *a,
                                          const union vsr *c, const union vsr *b)
{
    union vsr t;
    if (!fp_fast_vector(cpu->fpscr, what, format, a, c, b, &t))
        return fp_vector_exact(cpu, op, (struct fp_how){(uint8_t)what, (uint8_t)format, 0}, a, c,
                               b);
    WRITE_XT(t);
    return ISA_NEXT;
}

/* -- Elements of VSX registers, in host order: no operation depends on their direction -- */
FP_BODY_INLINE unsigned vsx_elements(enum fp_format format)
{
    return format == FP_DOUBLE ? 2 : 4;
}

FP_BODY_INLINE uint64_t vsx_element(const union vsr *v, enum fp_format format, unsigned i)
{
    return format == FP_DOUBLE ? v->d[i] : fp_widen(v->w[i]);
}

FP_BODY_INLINE void vsx_set_element(union vsr *v, enum fp_format format, unsigned i, uint64_t value)
{
    if (format == FP_DOUBLE)
        v->d[i] = value;
    else
        v->w[i] = fp_narrow(value);
}

/* Ends a vector body: FPRF, FR and FI stay, and so does what is late of them. */
FP_BODY_INLINE enum isa_outcome vsx_complete(struct cpu *cpu, const struct insn *op,
                                             const struct fp_env *env, union vsr value)
{
    if (fpscr_commit_vector(&cpu->fpscr, env->raised))
        WRITE_XT(value);
    return isa_fp_done(cpu);
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
    uint64_t whole;
    bool inexact;
    if (truncate && fp_fast_truncate(cpu->fpscr, type, b, &whole, &inexact)) {
        cpu->fp_late.stale &= ~(uint32_t)(FPSCR_FR | FPSCR_FI);
        cpu->fpscr = (cpu->fpscr & ~(FPSCR_FR | FPSCR_FI)) | (inexact ? FPSCR_FI : 0);
        WRITE_FRT(whole);
        RECORD_CR1_IF_RC();
        return ISA_NEXT;
    }
    struct fp_env env = FP_ENV;
    const enum fp_rounding mode = truncate ? FP_RND_ZERO : fp_env_rounding(&env);
    const uint64_t value = fp_to_integer(&env, mode, type, b);
    return fp_complete(FP_BODY, &env, FPRF_KEEP, value);
}

/* Ends a comparison or test: CR field and FPCC whatever is enabled; C of FPRF stays. */
FP_BODY_INLINE enum isa_outcome fp_compared(FP_BODY_PARAMS, const struct fp_env *env,
                                            unsigned relation)
{
    (void)variant;
    cpu->fp_late.stale &= ~(uint32_t)FPSCR_FPCC;
    const uint64_t f = (cpu->fpscr & ~FPSCR_FPCC) | (uint64_t)relation << FPSCR_FPRF_SHIFT;
    cpu->fpscr = fpscr_raise(f, env->raised);
    WRITE_CR_FIELD(FIELD(6, 3), relation);
    return isa_fp_done(cpu);
}

/* fcmpu, fcmpo and theirs. */
FP_BODY_INLINE enum isa_outcome fp_compare_body(FP_BODY_PARAMS, bool ordered, uint64_t a,
                                                uint64_t b)
{
    struct fp_env env = FP_ENV;
    unsigned relation;
    if (!fp_fast_compare(a, b, &relation))
        relation = fp_compare(&env, ordered, a, b);
    return fp_compared(FP_BODY, &env, relation);
}

/* fmr, fabs and their like: no arithmetic, no exception. */
FP_BODY_INLINE enum isa_outcome fp_move(FP_BODY_PARAMS, uint64_t value)
{
    WRITE_FRT(value);
    RECORD_CR1_IF_RC();
    return ISA_NEXT;
}

#endif
