/*
 * The rows of insns_system.def that are frequent and do nothing that others could see: all other
 * ones take threaded_slow().
 */
#include "isa/threaded.h"
#include "isa/threaded_tables.h"

/* Storage is coherent and in order here, and decoded code too. */
static enum isa_outcome do_nothing(struct cpu *cpu, const struct code_slot *slot)
{
    return slot[1].run(cpu, slot + 1);
}

void threaded_fill_system(code_handler **table)
{
    table[ROW_ISYNC * 4] = do_nothing;
    table[ROW_SYNC * 4] = do_nothing;
    table[ROW_EIEIO * 4] = do_nothing;
}

/*
 * SPRs that are fields and nothing more, whatever state reads or writes them; others may need the
 * exact count of instructions, or have effects. Where the access is denied nothing was written.
 */
static bool is_plain_spr(int n)
{
    enum { XER = 1, CTR = 9, DSISR = 18, DAR = 19, SRR0 = 26, SRR1 = 27, CFAR = 28 };
    enum { VRSAVE = 256, SPRG0 = 272, SPRG1 = 273, SPRG2 = 274, SPRG3 = 275 };
    switch (n) {
    case XER:
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

code_handler *threaded_choose_spr(const struct insn *op, code_handler *usual)
{
    return is_plain_spr(op->imm) ? threaded_call : usual;
}
