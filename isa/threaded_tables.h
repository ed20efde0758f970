/* Inside the threaded engine: what its chapters give to exec_threaded.c. */
#ifndef HORNPIPE_ISA_THREADED_TABLES_H
#define HORNPIPE_ISA_THREADED_TABLES_H

#include "isa/code_cache.h"
#include "isa/engine.h"

/* Forms of rows (threaded_forms.def) stand behind the ops in the table of handlers, as rows do. */
enum threaded_form {
    THREADED_LAST_ROW = (ISA_OP_COUNT + 3) / 4 - 1,
#define FORM(name, id, effects, fixed, when) ROW_##name,
#include "isa/threaded_forms.def"
#undef FORM
    THREADED_ROWS
};
extern code_handler *threaded_handlers[2][THREADED_ROWS * 4]; /* by byte order (1: little), op */

/* Each enters its chapter's handlers in a table by op. */
void threaded_fill_fixed(code_handler **table);
void threaded_fill_branch(code_handler **table);
void threaded_fill_system(code_handler **table);
void threaded_fill_forms(code_handler **table);
void threaded_fill_storage_be(code_handler **table);
void threaded_fill_storage_le(code_handler **table);
void threaded_fill_fp_be(code_handler **table);
void threaded_fill_fp_le(code_handler **table);
void threaded_fill_vmx_be(code_handler **table);
void threaded_fill_vmx_le(code_handler **table);
void threaded_fill_vsx_be(code_handler **table);
void threaded_fill_vsx_le(code_handler **table);

/* Branches to a place in their own page: on a bit of the CR that is false or true, and so on. */
enum threaded_near {
    NEAR_FALSE_0,
    NEAR_FALSE_1,
    NEAR_FALSE_2,
    NEAR_FALSE_3,
    NEAR_TRUE_0,
    NEAR_TRUE_1,
    NEAR_TRUE_2,
    NEAR_TRUE_3,
    NEAR_BDNZ,
    NEAR_B,
    NEAR_COUNT
};
extern code_handler *const threaded_near[NEAR_COUNT];

/*
 * Instructions in a row that one handler does (threaded_fused.def), found by the handlers that each
 * would have alone. `with_field`: only if the branch tests the CR field that the one before it
 * sets.
 */
enum { THREADED_FUSED_MAX = ENGINE_FUSED_MAX, THREADED_FUSIONS_MAX = 512 };
struct threaded_fusion {
    code_handler *alone[THREADED_FUSED_MAX];
    uint8_t count;
    bool with_field;
    code_handler *fused;
};
/* Lists them in `list`, given the single handlers by op; returns their number. */
unsigned threaded_list_fused_be(code_handler *const *table, struct threaded_fusion *list);
unsigned threaded_list_fused_le(code_handler *const *table, struct threaded_fusion *list);

/* A better handler for where this instruction goes, or which SPR it names; else `usual`. */
code_handler *threaded_choose_branch(const struct code_slot *slot, code_handler *usual);
code_handler *threaded_choose_spr(const struct insn *op, code_handler *usual);

/* The op that stands for the form that an instruction has; its own if its row has no forms. */
unsigned threaded_form_of(const struct insn *op);

#endif
