#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0 /* no row accesses storage */
#include "isa/sem_fixed.h"
#define THREADED_FORMS_COMPARE
#include "isa/threaded_forms.h"
#define THREADED_CALLS(effects) 0
#define THREADED(name)          threaded_##name
#define THREADED_TABLE          threaded_fill_fixed_rows
#define THREADED_CHAPTER        "isa/insns_fixed.def"
#include "isa/threaded_chapter.h"
#include "isa/threaded_tables.h"

#define COMPARE_FORM(id) THREADED_BODY(threaded_##id, id, 0, E_CR_WR)
COMPARE_FORM(CMPI_N)
COMPARE_FORM(CMPI_W)
COMPARE_FORM(CMP_N)
COMPARE_FORM(CMP_W)
COMPARE_FORM(CMPL_N)
COMPARE_FORM(CMPL_W)
COMPARE_FORM(CMPLI_N)
COMPARE_FORM(CMPLI_W)

void threaded_fill_fixed(code_handler **table)
{
    threaded_fill_fixed_rows(table);
    table[ROW_CMPI_N * 4] = threaded_CMPI_N;
    table[ROW_CMPI_W * 4] = threaded_CMPI_W;
    table[ROW_CMP_N * 4] = threaded_CMP_N;
    table[ROW_CMP_W * 4] = threaded_CMP_W;
    table[ROW_CMPL_N * 4] = threaded_CMPL_N;
    table[ROW_CMPL_W * 4] = threaded_CMPL_W;
    table[ROW_CMPLI_N * 4] = threaded_CMPLI_N;
    table[ROW_CMPLI_W * 4] = threaded_CMPLI_W;
}

unsigned threaded_compare_form(const struct insn *op)
{
    const bool wide = op->rt & 1;
    switch (OP_ROW(op->op)) {
    case ROW_CMPI:
        return wide ? ROW_CMPI_W * 4 : ROW_CMPI_N * 4;
    case ROW_CMP:
        return wide ? ROW_CMP_W * 4 : ROW_CMP_N * 4;
    case ROW_CMPL:
        return wide ? ROW_CMPL_W * 4 : ROW_CMPL_N * 4;
    default:
        return wide ? ROW_CMPLI_W * 4 : ROW_CMPLI_N * 4;
    }
}
