/*
 * Prints words of every row of isa_rows[], every variant, with several fillings of its operand
 * fields, and our disassembly of each: "word mnemonic text", tab-separated, in order. The address
 * of word i is 4 * i. tests/unit/test_disasm.py compares them with objdump.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "isa/insn.h"

enum { FILLINGS = 12 };

static uint32_t field_mask(unsigned first, unsigned bits)
{
    assert(bits >= 1 && first + bits <= 32);
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

/* Filling n of an op: all zeros, all ones, then words of splitmix64. */
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

/*
 * Operands of which only some values name anything: one bit of FXM where the form has one field,
 * the numbers of the time base, branch options without reserved bits set.
 */
static uint32_t make_valid(const struct isa_row *row, uint32_t word, unsigned n)
{
    for (unsigned i = 0; i < ISA_OPERANDS_MAX; i++) {
        const enum isa_operand kind = isa_opsigs[row->opsig][i];
        const uint32_t mask = operand_mask(kind);
        if (kind == OPERAND_FXM && row->form == FORM_XFX_1)
            word = (word & ~mask) | UINT32_C(1) << (12 + n % 8);
        else if (kind == OPERAND_TBR)
            word = (word & ~mask) | (n & 1 ? UINT32_C(0x1a8) : UINT32_C(0x188)) << 11;
        else if (kind == OPERAND_BO)
            word = (word & ~mask) | (n & 1 ? UINT32_C(20) : UINT32_C(12)) << 21;
    }
    return word;
}

static void print_words(unsigned op, uint32_t base, uint32_t operands, uint64_t *cia)
{
    const struct isa_row *row = &isa_rows[OP_ROW(op)];
    char name[32], text[128];
    isa_op_name(op, name, sizeof name);
    for (unsigned n = 0; n < (operands ? FILLINGS : 1); n++) {
        const uint32_t word = make_valid(row, base | (filling(n, op) & operands), n);
        isa_disassemble(word, *cia, text, sizeof text);
        printf("%08" PRIx32 "\t%s\t%s\n", word, name, text);
        *cia += 4;
    }
}

int main(void)
{
    uint64_t cia = 0;
    isa_decode_init();
    for (unsigned row_id = ROW_INVALID + 1; row_id < ISA_ROW_COUNT; row_id++) {
        const struct isa_row *row = &isa_rows[row_id];
        const uint32_t operands = row_operand_mask(row);
        for (unsigned variant = 0; variant < 4; variant++) {
            uint32_t bits;
            if (variant_bits(row, variant, &bits))
                print_words(row_id * 4 + variant, row->value | bits, operands, &cia);
        }
    }
    return 0;
}
