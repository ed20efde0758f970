/*
 * The precise engine's handlers of one chapter: include after the chapter's bodies, with
 * PRECISE_CHAPTER defined as the name of its .def file. One extern function a row and variant;
 * privilege and facility checks come from the row's effects (their order: isa-notes, Book III-S
 * 6.7), and cost nothing where a row has none. What is late of the FPSCR is entered before a body
 * that has to do with it, unless the chapter defines PRECISE_KNOWS_LATE: its bodies see to it.
 */
#include "isa/precise.h"

#ifdef PRECISE_KNOWS_LATE
#define PRECISE_SETTLES(effects) 0
#else
#define PRECISE_SETTLES(effects) ((effects) & (E_FPSCR_RD | E_FPSCR_WR))
#endif

#define PRECISE_HANDLER(handler, attributes, id, v, effects)                                       \
    precise_handler handler;                                                                       \
    attributes enum isa_outcome handler(struct cpu *cpu, const struct insn *op)                    \
    {                                                                                              \
        PRECISE_CHECK(effects)                                                                     \
        if (PRECISE_SETTLES(effects))                                                              \
            fp_settle(cpu);                                                                        \
        return sem_##id(cpu, op, v);                                                               \
    }
#if defined(PRECISE_FMA_TWINS) && PRECISE_HAS_TWINS
#define PRECISE_BODY(id, v, effects)                                                               \
    PRECISE_HANDLER(precise_##id##_##v, , id, v, effects)                                          \
    PRECISE_HANDLER(precise_##id##_##v##_fma, __attribute__((target("fma"))), id, v, effects)
#else
#define PRECISE_BODY(id, v, effects) PRECISE_HANDLER(precise_##id##_##v, , id, v, effects)
#endif
#define PRECISE_V1(id, effects) PRECISE_BODY(id, 0, effects)
#define PRECISE_RC(id, effects) PRECISE_BODY(id, 0, effects) PRECISE_BODY(id, 1, effects)
#define PRECISE_LK(id, effects) PRECISE_RC(id, effects)
#define PRECISE_OERC(id, effects)                                                                  \
    PRECISE_RC(id, effects) PRECISE_BODY(id, 2, effects) PRECISE_BODY(id, 3, effects)
#define PRECISE_AALK(id, effects) PRECISE_OERC(id, effects)

#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    PRECISE_##variants(id, effects)
#include PRECISE_CHAPTER
#undef INSN
