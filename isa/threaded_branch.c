#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0 /* no row accesses storage */
#include "isa/sem_branch.h"
#define THREADED_CALLS(effects) 0
#define THREADED(name)          threaded_##name
#define THREADED_TABLE          threaded_fill_branch
#define THREADED_CHAPTER        "isa/insns_branch.def"
#include "isa/threaded_chapter.h"
#include "isa/threaded_tables.h"

/*
 * Branches to a place in their own page need no address: the target is so many slots away. `fixed`
 * says what is known of the operands, so that the body folds to what is left.
 */
#define NEAR_BRANCH(name, id, v, fixed)                                                            \
    static enum isa_outcome name(struct cpu *cpu, const struct code_slot *slot)                    \
    {                                                                                              \
        struct insn op = slot->insn;                                                               \
        uint64_t nia;                                                                              \
        fixed;                                                                                     \
        if (sem_##id(cpu, &op, v, threaded_cia(cpu, slot), &nia) == ISA_NEXT)                      \
            return threaded_enter(cpu, slot + 1);                                                  \
        cpu->taken++;                                                                              \
        return threaded_enter(cpu, slot + (slot->insn.imm >> 2));                                  \
    }
#define NEAR_BC_BIT(bit)                                                                           \
    NEAR_BRANCH(near_bc_false_##bit, BC, 0, op.rt = 4; op.ra = (op.ra & ~3u) | bit)                \
    NEAR_BRANCH(near_bc_true_##bit, BC, 0, op.rt = 12; op.ra = (op.ra & ~3u) | bit)
NEAR_BC_BIT(0)
NEAR_BC_BIT(1)
NEAR_BC_BIT(2)
NEAR_BC_BIT(3)
NEAR_BRANCH(near_bdnz, BC, 0, op.rt = 16)
NEAR_BRANCH(near_bc, BC, 0, )
NEAR_BRANCH(near_bcl, BC, VARIANT_RC, )
NEAR_BRANCH(near_b, B, 0, )
NEAR_BRANCH(near_bl, B, VARIANT_RC, )

code_handler *const threaded_near[NEAR_COUNT] = {
    near_bc_false_0, near_bc_false_1, near_bc_false_2, near_bc_false_3, near_bc_true_0,
    near_bc_true_1,  near_bc_true_2,  near_bc_true_3,  near_bdnz,       near_b};

static code_handler *choose_bc(const struct insn *op)
{
    if (OP_VARIANT(op->op) & VARIANT_RC)
        return near_bcl;
    /* BO: 0b0z1at tests a bit of the CR, 0b1a00t decrements CTR (Book I 2.4). */
    if ((op->rt & 0x14) == 0x04)
        return threaded_near[(op->rt >> 3 & 1 ? NEAR_TRUE_0 : NEAR_FALSE_0) + (op->ra & 3)];
    return (op->rt & 0x16) == 0x10 ? near_bdnz : near_bc;
}

code_handler *threaded_choose_branch(const struct code_slot *slot, code_handler *usual)
{
    const int target = slot->at + (slot->insn.imm >> 2);
    if ((OP_VARIANT(slot->insn.op) & VARIANT_OE) || target < 0 || target >= CODE_PAGE_INSNS)
        return usual;
    if (OP_ROW(slot->insn.op) == ROW_BC)
        return choose_bc(&slot->insn);
    return OP_VARIANT(slot->insn.op) & VARIANT_RC ? near_bl : near_b;
}
