/*
 * Prints words of every row of isa_rows[], every variant, with several fillings of its operand
 * fields, and our disassembly of each: "word mnemonic text", tab-separated, in order. The address
 * of word i is 4 * i. tests/unit/test_disasm.py compares them with objdump.
 */
#include <inttypes.h>
#include <stdio.h>

#include "isa/engine.h"
#include "isa/insn.h"

enum { FILLINGS = 12 };

/* A field of the word as IBM bit numbers; operands of VSX and MD forms have two of them. */
static uint32_t field_mask(unsigned first, unsigned bits)
{
    return (uint32_t)((UINT64_C(1) << bits) - 1) << (32 - first - bits);
}

/* The bits of the word that the operand may fill. */
static uint32_t operand_mask(enum isa_operand kind)
{
    const struct isa_operand_info *info = &isa_operands[kind];
    uint32_t mask = info->bits ? field_mask(info->first, info->bits) : 0;
    switch (info->class) {
    case OPC_GPRP:
    case OPC_FPRP: /* pairs begin at an even register */
        return field_mask(info->first, info->bits - 1u);
    case OPC_SH6: /* sh[5] is bit 30 */
        return mask | field_mask(30, 1);
    case OPC_MB6: /* mb[5] or me[5] is bit 26 */
        return mask | field_mask(26, 1);
    case OPC_VSR: /* TX or SX bit 31, AX 29, BX 30, CX 28 */
        if (info->first == 6)
            return mask | field_mask(31, 1);
        if (info->first == 11)
            return mask | field_mask(29, 1);
        return mask | field_mask(info->first == 16 ? 30 : 28, 1);
    default:
        return mask;
    }
}

static uint32_t row_operand_mask(const struct isa_row *row)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < ISA_OPERANDS_MAX; i++)
        mask |= operand_mask(isa_opsigs[row->opsig][i]);
    return mask & ~row->mask;
}

/* XA and XB of xxlor and the like are independent; splitmix64 covers them all in a few words. */
static uint32_t filling(unsigned n, uint64_t seed)
{
    uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    if (n == 0)
        return 0;
    if (n == 1)
        return UINT32_MAX;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z ^ (z >> 31));
}

/* Variant bits in the word: bit 31 is Rc or LK; OE is bit 21 and AA bit 30; Rc of VC and XX3 forms
 * is bit 21. False when the row has no such variant. */
static bool variant_bits(const struct isa_row *row, unsigned variant, uint32_t *bits)
{
    const uint32_t bit21 = field_mask(21, 1), bit30 = 2, bit31 = 1;
    const bool rc_is_21 = row->form == FORM_VC || row->form == FORM_XX3_RC;
    *bits = 0;
    switch ((enum isa_variants)row->variants) {
    case VARIANTS_V1:
        return variant == 0;
    case VARIANTS_RC:
    case VARIANTS_LK:
        *bits = variant ? (rc_is_21 ? bit21 : bit31) : 0;
        return variant <= 1;
    case VARIANTS_OERC:
        *bits = (variant & VARIANT_RC ? bit31 : 0) | (variant & VARIANT_OE ? bit21 : 0);
        return true;
    case VARIANTS_AALK:
        *bits = (variant & VARIANT_RC ? bit31 : 0) | (variant & VARIANT_OE ? bit30 : 0);
        return true;
    }
    return false;
}

int main(void)
{
    uint64_t cia = 0;
    isa_init();
    for (unsigned row_id = ROW_INVALID + 1; row_id < ISA_ROW_COUNT; row_id++) {
        const struct isa_row *row = &isa_rows[row_id];
        const uint32_t operands = row_operand_mask(row);
        for (unsigned variant = 0; variant < 4; variant++) {
            uint32_t bits;
            if (!variant_bits(row, variant, &bits))
                continue;
            char name[32], text[128];
            isa_op_name(row_id * 4 + variant, name, sizeof name);
            for (unsigned n = 0; n < FILLINGS; n++) {
                const uint32_t word =
                    row->value | bits | (filling(n, row_id * 4 + variant) & operands);
                isa_disassemble(word, cia, text, sizeof text);
                printf("%08" PRIx32 "\t%s\t%s\n", word, name, text);
                cia += 4;
                if (!operands)
                    break;
            }
        }
    }
    return 0;
}
