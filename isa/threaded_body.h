/*
 * A handler of the threaded engine made from a body (isa/sem_*.h), which sees `cia` and leaves a
 * branch's target in `nia`. THREADED_CALLS(effects): rows whose body is called in the precise
 * engine's copy.
 */
#ifndef HORNPIPE_ISA_THREADED_BODY_H
#define HORNPIPE_ISA_THREADED_BODY_H

#include "isa/threaded.h"

#define THREADED_MSR_NEEDS(e)                                                                      \
    (((e)&E_FP ? MSR_FP : 0) | ((e)&E_VMX ? MSR_VEC : 0) | ((e)&E_VSX ? MSR_VSX : 0))

/* Rows that a body compiled in here must not do. */
#define THREADED_IS_SLOW(e)                                                                        \
    ((e) & (E_PRIV | E_HV | E_PRIV_206 | E_TM | E_SIZE_VAR | E_VSX_BY_XT | E_VSX_BY_XS))

/* How many guesses there are of where a branch goes: to LR, to CTR, to an address that it holds. */
#define THREADED_GUESSED(e) ((e)&E_LR_RD ? 2 : ((e)&E_CTR_RD) && !((e)&E_CTR_WR) ? 8 : 0)

#define THREADED_BODY(name, id, v, effects)                                                        \
    static enum isa_outcome name(struct cpu *cpu, const struct code_slot *slot)                    \
    {                                                                                              \
        if (THREADED_IS_SLOW(effects))                                                             \
            return threaded_slow(cpu, slot);                                                       \
        if (THREADED_CALLS(effects))                                                               \
            return threaded_call(cpu, slot);                                                       \
        if (THREADED_MSR_NEEDS(effects) && UNLIKELY(~cpu->msr & THREADED_MSR_NEEDS(effects)))      \
            return threaded_slow(cpu, slot);                                                       \
        uint64_t nia = 0;                                                                          \
        const enum isa_outcome outcome =                                                           \
            sem_##id(cpu, &slot->insn, v, threaded_cia(cpu, slot), &nia);                          \
        if ((effects)&E_BRANCH) {                                                                  \
            if (outcome == ISA_NEXT)                                                               \
                return threaded_enter(cpu, slot + 1);                                              \
            if (LIKELY(outcome == ISA_BRANCH)) {                                                   \
                cpu->taken++;                                                                      \
                return threaded_goto_guess(cpu, slot, nia, THREADED_GUESSED(effects));             \
            }                                                                                      \
        } else if (LIKELY(outcome == ISA_NEXT)) {                                                  \
            return slot[1].run(cpu, slot + 1);                                                     \
        }                                                                                          \
        return threaded_slow(cpu, slot);                                                           \
    }

#endif
