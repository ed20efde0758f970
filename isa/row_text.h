/* What a row of the instruction tables says, in the words of the book; for lists and reports. */
#ifndef HORNPIPE_ISA_ROW_TEXT_H
#define HORNPIPE_ISA_ROW_TEXT_H

#include <stddef.h>

#include "isa/insn.h"

/* Calls `each` for the names "add", "add.", "addo", "addo.": those that the row has. */
typedef void row_text_fn(void *ctx, const char *text);
void row_each_variant(const struct isa_row *row, row_text_fn *each, void *ctx);

/* Registers, fields and storage read and written: operands ("RA|0"), then what effects say. */
void row_each_read(const struct isa_row *row, row_text_fn *each, void *ctx);
void row_each_write(const struct isa_row *row, row_text_fn *each, void *ctx);

/* "RT,D(RA)": the operands in assembly order. Returns the length, as snprintf. */
int row_operands(const struct isa_row *row, char *out, size_t size);

/* "XO", "DS". The tables tell apart more forms than the book: their names are cut. */
int row_form(const struct isa_row *row, char *out, size_t size);

/* "user", "supervisor", "hypervisor", "user (POWER7: supervisor)". */
const char *row_privilege(const struct isa_row *row);

/* "earlier", "2.06", "2.07" */
const char *row_since(const struct isa_row *row);

#endif
