#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0 /* no row here accesses storage */
#include "isa/access.h"
#pragma GCC diagnostic ignored "-Wunused-function" /* most bodies have no forms */
#include "isa/sem_fixed.h"
#include "isa/sem_spr.h"
#include "isa/threaded_body.h"
#include "isa/threaded_forms.h"
#include "isa/threaded_tables.h"

#define THREADED_CALLS(effects)             0
#define COMPARE_FORM(name, id, fixed, when) THREADED_BODY(form_##name, name, 0, E_CR_WR)
#define SPR_FORM(name, id, fixed, when)     THREADED_BODY(form_##name, name, 0, E_NONE)
#include "isa/threaded_forms.def"
#undef COMPARE_FORM
#undef SPR_FORM

void threaded_fill_forms(code_handler **table)
{
#define COMPARE_FORM(name, id, fixed, when) table[ROW_##name * 4] = form_##name;
#define SPR_FORM                            COMPARE_FORM
#include "isa/threaded_forms.def"
#undef COMPARE_FORM
#undef SPR_FORM
}

unsigned threaded_form_of(const struct insn *op)
{
#define COMPARE_FORM(name, id, fixed, when)                                                        \
    if (OP_ROW(op->op) == ROW_##id && (when))                                                      \
        return ROW_##name * 4;
#define SPR_FORM COMPARE_FORM
#include "isa/threaded_forms.def"
#undef COMPARE_FORM
#undef SPR_FORM
    return op->op;
}
