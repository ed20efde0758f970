/* Words to text, in the raw style of the GNU disassembler. */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "isa/insn.h"

struct text {
    char *out;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *fmt, ...)
{
    va_list args;
    if (t->length >= t->size)
        return;
    va_start(args, fmt);
    const int n = vsnprintf(t->out + t->length, t->size - t->length, fmt, args);
    va_end(args);
    t->length += n > 0 ? (size_t)n : 0;
}

/* The 6-bit register number of a VSX operand: its high bit stands elsewhere in the word. */
static unsigned vsr_number(enum isa_operand kind, uint32_t word, unsigned low)
{
    switch (kind) {
    case OPERAND_XA:
        return low | (word >> 2 & 1) << 5;
    case OPERAND_XB:
        return low | (word >> 1 & 1) << 5;
    case OPERAND_XC:
        return low | (word >> 3 & 1) << 5;
    default:
        return low | (word & 1) << 5;
    }
}

static int64_t displacement(enum isa_operand kind, uint32_t word)
{
    const uint32_t mask = kind == OPERAND_DS ? 0xfffc : kind == OPERAND_DQ ? 0xfff0 : 0xffff;
    return (int16_t)(word & mask);
}

static uint64_t branch_target(enum isa_operand kind, uint32_t word, uint64_t cia)
{
    const int64_t offset =
        kind == OPERAND_TARGET_I ? sext64(word & 0x03fffffc, 26) : (int16_t)(word & 0xfffc);
    return (uint64_t)offset + (word & 2 ? 0 : cia);
}

static void put_operand(struct text *t, enum isa_operand kind, uint32_t word, uint64_t cia)
{
    const struct isa_operand_info *info = &isa_operands[kind];
    const unsigned value = info->bits ? bits32(word, info->first, info->bits) : 0;
    switch ((enum isa_operand_class)info->class) {
    case OPC_GPR:
    case OPC_GPRP:
        put(t, "r%u", value);
        break;
    case OPC_GPR0:
        put(t, value ? "r%u" : "0", value);
        break;
    case OPC_FPR:
    case OPC_FPRP:
        put(t, "f%u", value);
        break;
    case OPC_VR:
        put(t, "v%u", value);
        break;
    case OPC_VSR:
        put(t, "vs%u", vsr_number(kind, word, value));
        break;
    case OPC_CRF:
        put(t, "cr%u", value);
        break;
    case OPC_CRB: {
        static const char *const names[] = {"lt", "gt", "eq", "so"};
        if (value >= 4)
            put(t, "4*cr%u+", value / 4);
        put(t, "%s", names[value % 4]);
        break;
    }
    case OPC_SIMM:
        assert(info->bits > 0);
        put(t, "%d", (int)sext64(value, info->bits));
        break;
    case OPC_SPR:
        put(t, "%u", (value & 31) << 5 | value >> 5);
        break;
    case OPC_SH6:
        put(t, "%u", value | (word >> 1 & 1) << 5);
        break;
    case OPC_MB6:
        put(t, "%u", value | (word >> 5 & 1) << 5);
        break;
    case OPC_DISP:
        put(t, "%" PRId64, displacement(kind, word));
        break;
    case OPC_TARGET:
        put(t, "0x%" PRIx64, branch_target(kind, word, cia));
        break;
    case OPC_UIMM:
    case OPC_NONE:
        put(t, "%u", value);
        break;
    }
}

void isa_disassemble(uint32_t word, uint64_t cia, char *out, size_t size)
{
    struct text t = {out, size, 0};
    struct insn insn;
    char name[32];
    if (size)
        out[0] = '\0';
    isa_decode(word, &insn);
    const enum isa_row_id row = isa_lookup(word);
    if (row == ROW_INVALID) {
        put(&t, ".long 0x%x", word);
        return;
    }
    if (insn.op == OP_MARKER)
        snprintf(name, sizeof name, "%s", isa_rows[row].mnemonic);
    else
        isa_op_name(insn.op, name, sizeof name);
    const uint8_t *operands = isa_opsigs[isa_rows[row].opsig];
    put(&t, operands[0] ? "%-7s " : "%s", name);
    for (unsigned i = 0; i < ISA_OPERANDS_MAX && operands[i]; i++) {
        const bool in_parens = i > 0 && isa_operands[operands[i - 1]].class == OPC_DISP;
        put(&t, "%s", i == 0 ? "" : in_parens ? "(" : ",");
        put_operand(&t, operands[i], word, cia);
        if (in_parens)
            put(&t, ")");
    }
}
