/* Inside the threaded engine: what its chapters give to exec_threaded.c. */
#ifndef HORNPIPE_ISA_THREADED_TABLES_H
#define HORNPIPE_ISA_THREADED_TABLES_H

#include "isa/code_cache.h"

/* Each enters its chapter's handlers in a table by op. */
void threaded_fill_fixed(code_handler **table);
void threaded_fill_branch(code_handler **table);
void threaded_fill_system(code_handler **table);
void threaded_fill_storage_be(code_handler **table);
void threaded_fill_storage_le(code_handler **table);
void threaded_fill_fp_be(code_handler **table);
void threaded_fill_fp_le(code_handler **table);
void threaded_fill_vmx_be(code_handler **table);
void threaded_fill_vmx_le(code_handler **table);
void threaded_fill_vsx_be(code_handler **table);
void threaded_fill_vsx_le(code_handler **table);

/* A better handler for where this instruction goes, or which SPR it names; else `usual`. */
code_handler *threaded_choose_branch(const struct code_slot *slot, code_handler *usual);
code_handler *threaded_choose_spr(const struct insn *op, code_handler *usual);

#endif
