/*
 * The words that fixed_golden.c runs: every row of the fixed-point chapter and the CR logical rows,
 * every variant, with several fillings of what is not a register.
 */
#include <stdio.h>
#include <string.h>

#include "../unit/fixed_cases.h"
#include "isa/engine.h"
#include "isa/insn.h"

static enum fixed_kind kind_of(const char *name)
{
    if (strncmp(name, "div", 3) != 0)
        return FIXED_PLAIN;
    if (!strchr(name, 'e'))
        return FIXED_DIVIDE;
    return strchr(name, 'u') ? FIXED_DIVIDE_EXTENDED_U : FIXED_DIVIDE_EXTENDED;
}

static uint32_t variant_bits(const struct isa_row *row, unsigned v)
{
    return row->variants == VARIANTS_OERC ? (v & 1) | (v >> 1) << 10 : v & 1;
}

/* The bits of an operand in the word. */
static uint32_t operand_bits(const struct isa_operand_info *o)
{
    const uint32_t main_part = ((1u << o->bits) - 1) << (32u - o->first - o->bits);
    return main_part | (o->class == OPC_SH6 ? 0x02u : o->class == OPC_MB6 ? 0x20u : 0);
}

/* GPR operands are those of the case, by position; immediates, CR numbers and masks take a pattern.
 */
static uint32_t fill(const struct isa_row *row, unsigned round)
{
    static const uint32_t patterns[] = {0x00000000, 0x03ffffff, 0x01237c5a, 0x02d8a3e4, 0x0155ff80};
    uint32_t word = row->value;
    const uint8_t *operands = isa_opsigs[row->opsig];
    for (unsigned i = 0; i < ISA_OPERANDS_MAX && operands[i]; i++) {
        const struct isa_operand_info *o = &isa_operands[operands[i]];
        const uint32_t reg = o->first == 6 ? 3 : o->first == 11 ? 4 : 5;
        if (o->class == OPC_GPR || o->class == OPC_GPR0)
            word |= reg << (32u - o->first - o->bits);
        else
            word |= patterns[round] & operand_bits(o);
    }
    return word;
}

/* Rows that trap, that no case can hold, or that a user cannot run are tested elsewhere. */
static bool is_tested(unsigned row)
{
    const struct isa_row *r = &isa_rows[row];
    const bool fixed = row >= ROW_TDI && row <= ROW_EXTSW;
    const bool cr_logical = r->unit == UNIT_CR;
    return (fixed || cr_logical) && !(r->effects & (E_TRAP | E_PRIV));
}

int main(void)
{
    isa_init();
    for (unsigned row = 1; row < ISA_ROW_COUNT; row++) {
        const struct isa_row *r = &isa_rows[row];
        if (!is_tested(row))
            continue;
        const unsigned variants = r->variants == VARIANTS_OERC ? 4
                                  : r->variants == VARIANTS_RC ? 2
                                                               : 1;
        const bool is_word = strstr(r->mnemonic, "w") != NULL;
        const bool high_undefined =
            strncmp(r->mnemonic, "mulhw", 5) == 0 || strncmp(r->mnemonic, "divw", 4) == 0;
        for (unsigned v = 0; v < variants; v++)
            for (unsigned round = 0; round < 5; round++) {
                uint32_t word = fill(r, round);
                if (r->variants != VARIANTS_V1)
                    word =
                        (word & ~(r->variants == VARIANTS_OERC ? 0x401u : 1u)) | variant_bits(r, v);
                if (row == ROW_MFOCRF || row == ROW_MTOCRF) /* other than one field is undefined */
                    word = (word & ~0xff000u) | 0x1000u << (round + 2);
                if (isa_lookup(word) != row)
                    continue;
                const unsigned flags = high_undefined ? (v & 1 ? 3u : 1u) : 0u;
                printf("%08x %u %d %u %s\n", word, kind_of(r->mnemonic), is_word, flags,
                       r->mnemonic);
            }
    }
    return 0;
}
