/*
 * The threaded engine's handlers of one chapter, for one byte order: include after the chapter's
 * bodies, with THREADED_CHAPTER defined as the name of its .def file and THREADED(name) giving its
 * names their suffix. Fills the table that THREADED_TABLE names, by a function of that name.
 *
 * A row whose body only computes on registers and storage is compiled in here. Floating point and
 * vectors, whose bodies are large, are called in the precise engine's copy (threaded_call()); what
 * is privileged, synchronises or may do anything else goes to threaded_slow().
 */
#include "isa/threaded_body.h"

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
