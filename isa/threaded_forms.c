#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0 /* no row here accesses storage */
#include "isa/access.h"
#pragma GCC diagnostic ignored "-Wunused-function" /* most bodies have no forms */
#include "isa/sem_branch.h"
#include "isa/sem_fixed.h"
#include "isa/sem_spr.h"
#include "isa/threaded_body.h"
#include "isa/threaded_forms.h"
#include "isa/threaded_tables.h"

#define THREADED_CALLS(effects)              0
#define FORM(name, id, effects, fixed, when) THREADED_BODY(form_##name, name, 0, effects)
#include "isa/threaded_forms.def"
#undef FORM

void threaded_fill_forms(code_handler **table)
{
#define FORM(name, id, effects, fixed, when) table[ROW_##name * 4] = form_##name;
#include "isa/threaded_forms.def"
#undef FORM
}

unsigned threaded_form_of(const struct insn *op)
{
#define FORM(name, id, effects, fixed, when)                                                       \
    if (op->op == ROW_##id * 4 && (when))                                                          \
        return ROW_##name * 4;
#include "isa/threaded_forms.def"
#undef FORM
    return op->op;
}
