/* Inside the precise engine: handlers, their table, and the checks before a body. */
#ifndef HORNPIPE_ISA_PRECISE_H
#define HORNPIPE_ISA_PRECISE_H

#include "isa/access.h"

typedef enum isa_outcome precise_handler(struct cpu *cpu, const struct insn *op);

/* By op; filled for every row with a body, the others take the illegal-instruction handler. */
extern precise_handler *precise_handlers[ISA_OP_COUNT];

/*
 * 1 where a build that runs on every x86-64 has second handlers for those with FMA instructions:
 * the same bodies, precise_<row>_<variant>_fma, in chapters that have PRECISE_FMA_TWINS. Nobody
 * but isa_init() knows, as a fused multiply-add is the same number with and without them.
 */
#if defined(__x86_64__) && !defined(__FMA__)
#define PRECISE_HAS_TWINS 1
#else
#define PRECISE_HAS_TWINS 0
#endif

/*
 * The interrupt of a missing privilege or facility; the first that applies, in the book's order.
 * The level is not looked at: the decoder gives no instruction that the CPU lacks.
 */
enum isa_outcome precise_denied(struct cpu *cpu, const struct insn *op, uint64_t effects);

/* Facilities a row needs as MSR bits; 0 for most rows, so that the test folds away. */
#define PRECISE_MSR_NEEDS(e)                                                                       \
    (((e)&E_FP ? MSR_FP : 0) | ((e)&E_VMX ? MSR_VEC : 0) | ((e)&E_VSX ? MSR_VSX : 0) |             \
     ((e)&E_TM ? MSR_TM : 0))
#define PRECISE_CHECK(e)                                                                           \
    if (((e) & (E_PRIV | E_HV)) && UNLIKELY(((e)&E_HV) || (cpu->msr & MSR_PR)))                    \
        return precise_denied(cpu, op, (e));                                                       \
    if (((e)&E_PRIV_206) && UNLIKELY(cpu->model->level < ISA_207 && (cpu->msr & MSR_PR)))          \
        return precise_denied(cpu, op, (e));                                                       \
    if (PRECISE_MSR_NEEDS(e) && UNLIKELY(~cpu->msr & PRECISE_MSR_NEEDS(e)))                        \
        return precise_denied(cpu, op, (e));                                                       \
    if (((e) & (E_VSX_BY_XT | E_VSX_BY_XS)) &&                                                     \
        UNLIKELY(!(cpu->msr & (op->rt < 32 ? MSR_FP : MSR_VEC))))                                  \
        return precise_denied(cpu, op, (e));

#endif
