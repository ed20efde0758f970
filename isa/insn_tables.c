/* The *.def tables as arrays. Nothing here is written by hand: add rows to the .def files. */
#include "isa/insn.h"

/* The columns of forms.def as constants, for the initialisers below. */
enum {
#define FORM(id, mask, shift, fixed, layout)                                                       \
    FORM_MASK_##id = mask, FORM_SHIFT_##id = shift, FORM_FIXED_##id = fixed,
#include "isa/forms.def"
#undef FORM
};

#define ROW(id, name, form, po, xo, variants, opsig, unit, cat, since, effects)                    \
    [ROW_##id] = {name,                                                                            \
                  (uint32_t)(po) << 26 | (uint32_t)(xo) << FORM_SHIFT_##form | FORM_FIXED_##form,  \
                  UINT32_C(0xfc000000) | FORM_MASK_##form,                                         \
                  FORM_##form,                                                                     \
                  VARIANTS_##variants,                                                             \
                  OPSIG_##opsig,                                                                   \
                  UNIT_##unit,                                                                     \
                  CATEGORY_##cat,                                                                  \
                  SINCE_##since,                                                                   \
                  effects},

const struct isa_row isa_rows[ISA_ROW_COUNT] = {
    [ROW_INVALID] = {"(illegal)", 0, 0xffffffff, FORM_X, VARIANTS_V1, OPSIG_NONE, UNIT_SYS,
                     CATEGORY_B, SINCE_OLD, E_NONE},
#define INSN(id, name, form, po, xo, variants, opsig, unit, cat, since, effects)                   \
    ROW(id, name, form, po, xo, variants, opsig, unit, cat, since, effects)
#include "isa/insns.def"
#undef INSN
};

const struct isa_unit_info isa_units[ISA_UNIT_COUNT] = {
#define UNIT(id, class_name, what) {#id, class_name, what},
#include "isa/units.def"
#undef UNIT
};

const struct isa_category_info isa_categories[ISA_CATEGORY_COUNT] = {
#define CATEGORY(id, name, title) {name, title},
#include "isa/categories.def"
#undef CATEGORY
};

const struct isa_effect_info isa_effects[ISA_EFFECT_COUNT] = {
#define EFFECT(id, reads, writes, what) {reads, writes, what},
#include "isa/effects.def"
#undef EFFECT
};

const struct isa_operand_info isa_operands[ISA_OPERAND_COUNT] = {
#define OPERAND(kind, class, first, bits, access, book)                                            \
    {book, OPC_##class, first, bits, OPA_##access},
#include "isa/operands.def"
#undef OPERAND
};

const uint8_t isa_opsigs[ISA_OPSIG_COUNT][ISA_OPERANDS_MAX] = {
#define OPSIG(name, a, b, c, d, e)                                                                 \
    {OPERAND_##a, OPERAND_##b, OPERAND_##c, OPERAND_##d, OPERAND_##e},
#include "isa/opsigs.def"
#undef OPSIG
};

bool isa_row_exists(const struct isa_row *row, enum isa_level level)
{
    return row->since != SINCE_V207 || level >= ISA_207;
}

unsigned isa_row_sets(const struct isa_row *row)
{
    unsigned sets = 0;
    if (row->since == SINCE_V207 || (row->effects & E_PRIV_206))
        sets |= ISA_SET_V207;
    if (row->since == SINCE_V206 || (row->effects & E_SERVER_206))
        sets |= ISA_SET_V206;
    switch ((enum isa_category)row->category) {
    case CATEGORY_TM:
        return sets | ISA_SET_TM;
    case CATEGORY_VSX:
        return sets | ISA_SET_VSX;
    case CATEGORY_V:
    case CATEGORY_V_CRYPTO:
    case CATEGORY_V_OUT:
    case CATEGORY_V_RAID:
        return sets | ISA_SET_VEC;
    default:
        return sets;
    }
}

unsigned isa_row_access_size(const struct isa_row *row)
{
    return row->effects & E_SIZE_1       ? 1
           : row->effects & E_SIZE_2     ? 2
           : row->effects & E_SIZE_4     ? 4
           : row->effects & E_SIZE_8     ? 8
           : row->effects & E_SIZE_16    ? 16
           : row->effects & E_SIZE_BLOCK ? 128
                                         : 0;
}
