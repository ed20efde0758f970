#include "isa/row_text.h"

#include <stdio.h>
#include <string.h>

void row_each_variant(const struct isa_row *row, row_text_fn *each, void *ctx)
{
    static const unsigned counts[] = {
        [VARIANTS_V1] = 1, [VARIANTS_RC] = 2,   [VARIANTS_OERC] = 4,
        [VARIANTS_LK] = 2, [VARIANTS_AALK] = 4,
    };
    const unsigned first = (unsigned)(row - isa_rows) * 4;
    for (unsigned i = 0; i < counts[row->variants]; i++) {
        char name[32];
        isa_op_name(first + i, name, sizeof name);
        each(ctx, name);
    }
}

static bool is_register(const struct isa_operand_info *operand)
{
    switch ((enum isa_operand_class)operand->class) {
    case OPC_GPR:
    case OPC_GPRP:
    case OPC_GPR0:
    case OPC_FPR:
    case OPC_FPRP:
    case OPC_VR:
    case OPC_VSR:
        return true;
    default:
        return false;
    }
}

static void each_operand(const struct isa_row *row, bool writes, row_text_fn *each, void *ctx)
{
    const uint8_t *const kinds = isa_opsigs[row->opsig];
    for (unsigned i = 0; i < ISA_OPERANDS_MAX && kinds[i]; i++) {
        const struct isa_operand_info *const operand = &isa_operands[kinds[i]];
        const bool has = operand->access == OPA_U || operand->access == (writes ? OPA_W : OPA_R);
        char text[16];
        if (!has || !is_register(operand))
            continue;
        snprintf(text, sizeof text, "%s%s", operand->name, operand->class == OPC_GPR0 ? "|0" : "");
        each(ctx, text);
    }
}

void row_each_read(const struct isa_row *row, row_text_fn *each, void *ctx)
{
    each_operand(row, false, each, ctx);
    for (unsigned i = 0; i < ISA_EFFECT_COUNT; i++)
        if ((row->effects >> i & 1) && isa_effects[i].reads)
            each(ctx, isa_effects[i].reads);
}

void row_each_write(const struct isa_row *row, row_text_fn *each, void *ctx)
{
    each_operand(row, true, each, ctx);
    for (unsigned i = 0; i < ISA_EFFECT_COUNT; i++)
        if ((row->effects >> i & 1) && isa_effects[i].writes)
            each(ctx, isa_effects[i].writes);
}

int row_operands(const struct isa_row *row, char *out, size_t size)
{
    const uint8_t *const kinds = isa_opsigs[row->opsig];
    int length = 0;
    if (size)
        out[0] = '\0';
    for (unsigned i = 0; i < ISA_OPERANDS_MAX && kinds[i]; i++) {
        const bool in_parens = i > 0 && isa_operands[kinds[i - 1]].class == OPC_DISP;
        const size_t used = (size_t)length < size ? (size_t)length : size;
        length += snprintf(out + used, size - used, "%s%s%s",
                           i == 0      ? ""
                           : in_parens ? "("
                                       : ",",
                           isa_operands[kinds[i]].name, in_parens ? ")" : "");
    }
    return length;
}

int row_form(const struct isa_row *row, char *out, size_t size)
{
    static const char *const names[ISA_FORM_COUNT] = {
#define FORM(id, mask, shift, fixed, layout) #id,
#include "isa/forms.def"
#undef FORM
    };
    const char *const name = names[row->form];
    return snprintf(out, size, "%.*s", (int)strcspn(name, "_"), name);
}

const char *row_privilege(const struct isa_row *row)
{
    return row->effects & E_HV         ? "hypervisor"
           : row->effects & E_PRIV     ? "supervisor"
           : row->effects & E_PRIV_206 ? "user (POWER7: supervisor)"
                                       : "user";
}

const char *row_since(const struct isa_row *row)
{
    static const char *const names[] = {
        [SINCE_OLD] = "earlier", [SINCE_V206] = "2.06", [SINCE_V207] = "2.07"};
    return names[row->since];
}
