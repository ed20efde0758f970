/* Words to struct insn. The index is built from the rows; nobody lists opcodes twice. */
#include <assert.h>
#include <stdio.h>

#include "base/bits.h"
#include "isa/insn.h"

enum field_layout {
    LAYOUT_I,
    LAYOUT_B,
    LAYOUT_D,
    LAYOUT_DS,
    LAYOUT_DQ,
    LAYOUT_X,
    LAYOUT_XFX,
    LAYOUT_M,
    LAYOUT_MD,
    LAYOUT_MDS,
    LAYOUT_V,
    LAYOUT_XX1,
    LAYOUT_XX3
};

static const uint8_t form_layouts[ISA_FORM_COUNT] = {
#define FORM(id, mask, shift, fixed, layout) LAYOUT_##layout,
#include "isa/forms.def"
#undef FORM
};

/*
 * Every form's fixed bits are the primary opcode and bits inside 21:31, but for XFX_0 and XFX_1,
 * which bit 11 tells apart: the index has 12 bits below the opcode.
 */
enum { INDEX_SIZE = 1 << 12 };
static uint16_t row_index[64][INDEX_SIZE];

static unsigned index_of(uint32_t word)
{
    return (word & 0x7ff) | (word >> 20 & 1) << 11;
}

static uint32_t word_of(uint32_t po, unsigned index)
{
    return po << 26 | (index & 0x7ff) | (index >> 11) << 20;
}

void isa_decode_init(void)
{
    for (unsigned row = 1; row < ISA_ROW_COUNT; row++) {
        const uint32_t po = isa_rows[row].value >> 26;
        assert((isa_rows[row].mask & ~(UINT32_C(0xfc000000) | word_of(0, INDEX_SIZE - 1))) == 0);
        for (unsigned i = 0; i < INDEX_SIZE; i++)
            if ((word_of(po, i) & isa_rows[row].mask) == isa_rows[row].value)
                row_index[po][i] = (uint16_t)row;
    }
}

enum isa_row_id isa_lookup(uint32_t word)
{
    return row_index[word >> 26][index_of(word)];
}

static unsigned variant_of(const struct isa_row *row, uint32_t word)
{
    switch ((enum isa_variants)row->variants) {
    case VARIANTS_V1:
        return 0;
    case VARIANTS_RC:
        /* Rc is bit 31 but for the vector compares, which have it at bit 21. */
        return row->form == FORM_VC || row->form == FORM_XX3_RC ? word >> 10 & 1 : word & 1;
    case VARIANTS_LK:
        return word & 1;
    case VARIANTS_OERC:
        return (word & 1) | (word >> 10 & 1) << 1;
    case VARIANTS_AALK:
        return word & 3;
    }
    return 0;
}

static void decode_fields(enum field_layout layout, uint32_t w, struct insn *out)
{
    out->rt = (uint8_t)bits32(w, 6, 5);
    out->ra = (uint8_t)bits32(w, 11, 5);
    out->rb = (uint8_t)bits32(w, 16, 5);
    out->rc = (uint8_t)bits32(w, 21, 5);
    out->ra0 = out->ra ? out->ra : 32;
    switch (layout) {
    case LAYOUT_X:
    case LAYOUT_V:
        break;
    case LAYOUT_D:
        out->imm = (int16_t)w;
        break;
    case LAYOUT_DS:
        out->imm = (int16_t)(w & 0xfffc);
        break;
    case LAYOUT_DQ:
        out->imm = (int16_t)(w & 0xfff0);
        break;
    case LAYOUT_I:
        out->imm = (int32_t)sext64(w & 0x03fffffc, 26);
        break;
    case LAYOUT_B:
        out->imm = (int16_t)(w & 0xfffc);
        break;
    case LAYOUT_XFX: /* SPR and TBR: halves swapped */
        out->imm = (int32_t)(bits32(w, 16, 5) << 5 | bits32(w, 11, 5));
        break;
    case LAYOUT_M:
        out->me = (uint8_t)bits32(w, 26, 5);
        out->imm = (int32_t)(uint32_t)rotate_mask(out->rc + 32u, out->me + 32u);
        break;
    case LAYOUT_MD: /* also XS: rb holds the 6-bit SH, rc the 6-bit MB or ME */
        out->rb = (uint8_t)(bits32(w, 16, 5) | bits32(w, 30, 1) << 5);
        out->rc = (uint8_t)(bits32(w, 21, 5) | bits32(w, 26, 1) << 5);
        break;
    case LAYOUT_MDS:
        out->rc = (uint8_t)(bits32(w, 21, 5) | bits32(w, 26, 1) << 5);
        break;
    case LAYOUT_XX1:
        out->rt = (uint8_t)(out->rt | (w & 1) << 5);
        break;
    case LAYOUT_XX3: /* also XX2, XX4: 6-bit register numbers */
        out->rt = (uint8_t)(out->rt | (w & 1) << 5);
        out->ra = (uint8_t)(out->ra | (w >> 2 & 1) << 5);
        out->rb = (uint8_t)(out->rb | (w >> 1 & 1) << 5);
        out->rc = (uint8_t)(out->rc | (w >> 3 & 1) << 5);
        break;
    }
}

void isa_decode(uint32_t word, struct insn *out)
{
    const enum isa_row_id row = isa_lookup(word);
    *out = (struct insn){.word = word, .op = OP_ILLEGAL};
    if (row == ROW_INVALID)
        return;
    out->op = word == ISA_MARKER_WORD ? OP_MARKER
                                      : (uint16_t)(row * 4u + variant_of(&isa_rows[row], word));
    decode_fields(form_layouts[isa_rows[row].form], word, out);
}

void isa_decode_for(enum isa_level level, unsigned hidden, uint32_t word, struct insn *out)
{
    isa_decode(word, out);
    const struct isa_row *const row = &isa_rows[OP_ROW(out->op)];
    if (out->op != OP_MARKER && (!isa_row_exists(row, level) || (isa_row_sets(row) & hidden)))
        *out = (struct insn){.word = word, .op = OP_ILLEGAL};
}

int isa_op_name(unsigned op, char *out, size_t size)
{
    static const char *const suffixes[][4] = {
        [VARIANTS_V1] = {"", "", "", ""},       [VARIANTS_RC] = {"", ".", "", "."},
        [VARIANTS_OERC] = {"", ".", "o", "o."}, [VARIANTS_LK] = {"", "l", "", "l"},
        [VARIANTS_AALK] = {"", "l", "a", "la"},
    };
    const struct isa_row *row = &isa_rows[OP_ROW(op)];
    assert(op < ISA_OP_COUNT);
    if (op == OP_MARKER)
        return snprintf(out, size, "xori(marker)");
    return snprintf(out, size, "%s%s", row->mnemonic, suffixes[row->variants][OP_VARIANT(op)]);
}
