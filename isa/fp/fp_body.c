#include "isa/fp/fp_body.h"

#include <assert.h>
#include <fenv.h>

void fp_fast_check_host(void)
{
    volatile double smallest = DBL_MIN;
    volatile float smallest_single = FLT_MIN;
    assert(fegetround() == FE_TONEAREST);
    /* Not so where denormal results or operands are taken for zeros. */
    smallest /= 2;
    smallest_single /= 2;
    assert(smallest > 0 && smallest * 2 == DBL_MIN);
    assert(smallest_single > 0 && smallest_single * 2 == FLT_MIN);
}

void fp_settle_late(struct cpu *cpu)
{
    const struct fp_late *late = &cpu->fp_late;
    const enum fp_format format = (enum fp_format)late->how.format;
    struct fp_env env = {0}; /* to nearest, nothing enabled: so it was */
    const uint64_t value =
        fp_operate(&env, (enum fp_op)late->how.op, format, late->a, late->c, late->b);
    assert(!(env.raised & FPSCR_EXCEPTIONS & ~FPSCR_XX));
    const uint64_t bits = (env.raised & (FPSCR_FR | FPSCR_FI)) |
                          (uint64_t)fp_result_class(format, value) << FPSCR_FPRF_SHIFT;
    cpu->fpscr = (cpu->fpscr & ~(uint64_t)late->stale) | (bits & late->stale);
    cpu->fp_late.stale = 0;
}

/*
 * FPRF of a result. An enabled underflow gives a normal number (Book I 4.4.4.2, A.1) also where
 * frsp leaves the adjusted exponent below single's: by double's measure it is one.
 */
static int class_of(const struct fp_env *env, enum fp_format format, uint64_t value)
{
    const bool adjusted = (env->raised & FPSCR_UX) && (env->fpscr & FPSCR_UE);
    return fp_result_class(adjusted ? FP_DOUBLE : format, value);
}

enum isa_outcome fp_arithmetic_exact(struct cpu *cpu, const struct insn *op, struct fp_how how,
                                     uint64_t a, uint64_t c, uint64_t b)
{
    const unsigned variant = how.variant;
    const enum fp_format format = (enum fp_format)how.format;
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_operate(&env, (enum fp_op)how.op, format, a, c, b);
    return fp_complete(FP_BODY, &env, class_of(&env, format, value), value);
}

enum isa_outcome fp_vector_exact(struct cpu *cpu, const struct insn *op, struct fp_how how,
                                 const union vsr *a, const union vsr *c, const union vsr *b)
{
    const enum fp_format format = (enum fp_format)how.format;
    struct fp_env env = FP_ENV;
    union vsr t;
    for (unsigned i = 0; i < vsx_elements(format); i++)
        vsx_set_element(&t, format, i,
                        fp_operate(&env, (enum fp_op)how.op, format, vsx_element(a, format, i),
                                   vsx_element(c, format, i), vsx_element(b, format, i)));
    return vsx_complete(cpu, op, &env, t);
}
