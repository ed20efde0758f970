/*
 * The threaded engine's handlers of one chapter, for one byte order: include after the chapter's
 * bodies, with THREADED_CHAPTER defined as the name of its .def file and THREADED(name) giving its
 * names their suffix. Fills the table that THREADED_TABLE names, by a function of that name.
 *
 * A row whose body only computes on registers and storage is compiled in here. Floating point and
 * vectors, whose bodies are large, are called in the precise engine's copy (threaded_call()); what
 * is privileged, synchronises or may do anything else goes to threaded_slow().
 */
#include "isa/threaded.h"

#define THREADED_MSR_NEEDS(e)                                                                      \
    (((e)&E_FP ? MSR_FP : 0) | ((e)&E_VMX ? MSR_VEC : 0) | ((e)&E_VSX ? MSR_VSX : 0))

/* Rows that a body compiled in here must not do. */
#define THREADED_IS_SLOW(e)                                                                        \
    ((e) & (E_PRIV | E_HV | E_PRIV_206 | E_TM | E_SIZE_VAR | E_VSX_BY_XT | E_VSX_BY_XS))

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
                return threaded_goto(cpu, nia);                                                    \
            }                                                                                      \
        } else if (LIKELY(outcome == ISA_NEXT)) {                                                  \
            return slot[1].run(cpu, slot + 1);                                                     \
        }                                                                                          \
        return threaded_slow(cpu, slot);                                                           \
    }
#define THREADED_V1(id, effects) THREADED_BODY(THREADED(id##_0), id, 0, effects)
#define THREADED_RC(id, effects)                                                                   \
    THREADED_V1(id, effects) THREADED_BODY(THREADED(id##_1), id, 1, effects)
#define THREADED_LK(id, effects) THREADED_RC(id, effects)
#define THREADED_OERC(id, effects)                                                                 \
    THREADED_RC(id, effects)                                                                       \
    THREADED_BODY(THREADED(id##_2), id, 2, effects) THREADED_BODY(THREADED(id##_3), id, 3, effects)
#define THREADED_AALK(id, effects) THREADED_OERC(id, effects)

#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    THREADED_##variants(id, effects)
#include THREADED_CHAPTER
#undef INSN

#define THREADED_SET_V1(id) table[ROW_##id * 4] = THREADED(id##_0);
#define THREADED_SET_RC(id) THREADED_SET_V1(id) table[ROW_##id * 4 + 1] = THREADED(id##_1);
#define THREADED_SET_LK(id) THREADED_SET_RC(id)
#define THREADED_SET_OERC(id)                                                                      \
    THREADED_SET_RC(id)                                                                            \
    table[ROW_##id * 4 + 2] = THREADED(id##_2);                                                    \
    table[ROW_##id * 4 + 3] = THREADED(id##_3);
#define THREADED_SET_AALK(id) THREADED_SET_OERC(id)
#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    THREADED_SET_##variants(id)
void THREADED_TABLE(code_handler **table);
void THREADED_TABLE(code_handler **table)
{
#include THREADED_CHAPTER
}
#undef INSN
