/*
 * The rows of insns_system.def that are frequent and do nothing that others could see: all other
 * ones take threaded_slow().
 */
#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0 /* no row here accesses storage */
#include "isa/sem_spr.h"
#define THREADED_FORMS_SPR
#include "isa/threaded.h"
#include "isa/threaded_forms.h"
#include "isa/threaded_tables.h"

/* Storage is coherent and in order here, and decoded code too. */
static enum isa_outcome do_nothing(struct cpu *cpu, const struct code_slot *slot)
{
    return slot[1].run(cpu, slot + 1);
}

/* LR and CTR, which every call goes through. */
#define SPR_FORM(id)                                                                               \
    static enum isa_outcome threaded_##id(struct cpu *cpu, const struct code_slot *slot)           \
    {                                                                                              \
        uint64_t nia;                                                                              \
        if (UNLIKELY(sem_##id(cpu, &slot->insn, 0, threaded_cia(cpu, slot), &nia) != ISA_NEXT))    \
            return threaded_slow(cpu, slot);                                                       \
        return slot[1].run(cpu, slot + 1);                                                         \
    }
SPR_FORM(MFLR)
SPR_FORM(MTLR)
SPR_FORM(MTCTR)

void threaded_fill_system(code_handler **table)
{
    table[ROW_MFLR * 4] = threaded_MFLR;
    table[ROW_MTLR * 4] = threaded_MTLR;
    table[ROW_MTCTR * 4] = threaded_MTCTR;
    table[ROW_ISYNC * 4] = do_nothing;
    table[ROW_SYNC * 4] = do_nothing;
    table[ROW_EIEIO * 4] = do_nothing;
}

/*
 * SPRs that are fields and nothing more, whatever state reads or writes them; others may need the
 * exact count of instructions, or have effects. Where the access is denied nothing was written.
 */
enum { LR = 8, CTR = 9 };
static bool is_plain_spr(int n)
{
    enum { XER = 1, DSISR = 18, DAR = 19, SRR0 = 26, SRR1 = 27, CFAR = 28 };
    enum { VRSAVE = 256, SPRG0 = 272, SPRG1 = 273, SPRG2 = 274, SPRG3 = 275 };
    switch (n) {
    case XER:
    case LR:
    case CTR:
    case DSISR:
    case DAR:
    case SRR0:
    case SRR1:
    case CFAR:
    case VRSAVE:
    case SPRG0:
    case SPRG1:
    case SPRG2:
    case SPRG3:
        return true;
    default:
        return false;
    }
}

code_handler *threaded_choose_spr(const struct insn *op, code_handler *const *table)
{
    const bool reads = OP_ROW(op->op) == ROW_MFSPR;
    if (op->imm == LR)
        return table[reads ? ROW_MFLR * 4 : ROW_MTLR * 4];
    if (op->imm == CTR && !reads)
        return table[ROW_MTCTR * 4];
    return is_plain_spr(op->imm) ? threaded_call : table[op->op];
}
