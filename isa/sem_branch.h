/* Bodies of insns_branch.def: Book I 2. */
#include "isa/access.h"

/* Ends a body with a taken branch to `target`; CFAR keeps where it was (Book III-S CFAR). */
#define TAKE_BRANCH(target)                                                                        \
    do {                                                                                           \
        WRITE_NIA((target)&EA_MASK & ~UINT64_C(3));                                                \
        cpu->cfar = CIA;                                                                           \
        return ISA_BRANCH;                                                                         \
    } while (0)

#define SET_LR_IF_LK()                                                                             \
    do {                                                                                           \
        if (LK_BIT)                                                                                \
            cpu->lr = (CIA + 4) & EA_MASK;                                                         \
    } while (0)

/* BO of Book I 2.4: whether a conditional branch is taken; decrements CTR when BO asks for it. */
static inline bool branch_condition(struct cpu *cpu, unsigned bo, unsigned bi)
{
    bool ctr_ok = true;
    if (!(bo & 4)) {
        cpu->ctr--;
        ctr_ok = ((cpu->ctr & EA_MASK) != 0) != ((bo & 2) != 0);
    }
    return ctr_ok && ((bo & 16) || CR_BIT(bi) == (bo >> 3 & 1));
}

SEM(B)
{
    SET_LR_IF_LK();
    TAKE_BRANCH((AA_BIT ? 0 : CIA) + SI);
}

SEM(BC)
{
    const bool taken = branch_condition(cpu, op->rt, op->ra);
    SET_LR_IF_LK();
    if (!taken)
        return ISA_NEXT;
    TAKE_BRANCH((AA_BIT ? 0 : CIA) + SI);
}

SEM(BCLR)
{
    const uint64_t target = cpu->lr;
    const bool taken = branch_condition(cpu, op->rt, op->ra);
    SET_LR_IF_LK();
    if (!taken)
        return ISA_NEXT;
    TAKE_BRANCH(target);
}

/* bcctr with BO[2]=0 is an invalid form; here it tests CR only, as bctar does not. */
SEM(BCCTR)
{
    const bool taken = branch_condition(cpu, op->rt | 4u, op->ra);
    SET_LR_IF_LK();
    if (!taken)
        return ISA_NEXT;
    TAKE_BRANCH(cpu->ctr);
}

SEM(BCTAR)
{
    if ((cpu->msr & MSR_PR) && !(cpu->fscr & FSCR_TAR))
        return isa_raise_facility(cpu, FSCR_IC_TAR);
    const bool taken = branch_condition(cpu, op->rt, op->ra);
    SET_LR_IF_LK();
    if (!taken)
        return ISA_NEXT;
    TAKE_BRANCH(cpu->tar);
}

static inline void write_cr_bit(struct cpu *cpu, unsigned n, unsigned bit)
{
    const unsigned mask = 8u >> (n & 3);
    cpu->cr[n >> 2] = (uint8_t)((cpu->cr[n >> 2] & ~mask) | (bit & 1 ? mask : 0));
}

#define CR_LOGICAL(id, expr)                                                                       \
    SEM(id)                                                                                        \
    {                                                                                              \
        const unsigned a = CR_BIT(op->ra), b = CR_BIT(op->rb);                                     \
        write_cr_bit(cpu, op->rt, (expr));                                                         \
        return ISA_NEXT;                                                                           \
    }
CR_LOGICAL(CRAND, a &b)
CR_LOGICAL(CRANDC, a & ~b)
CR_LOGICAL(CREQV, ~(a ^ b))
CR_LOGICAL(CRNAND, ~(a &b))
CR_LOGICAL(CRNOR, ~(a | b))
CR_LOGICAL(CROR, a | b)
CR_LOGICAL(CRORC, a | ~b)
CR_LOGICAL(CRXOR, a ^ b)
#undef CR_LOGICAL

SEM(MCRF)
{
    WRITE_CR_FIELD(op->rt >> 2, CR_FIELD(op->ra >> 2));
    return ISA_NEXT;
}

/*
 * LEV=1 calls the hypervisor whatever MSR[PR] says; the machine answers problem state (LoPAR).
 * Bits 0:5 of LEV are a reserved field (Book III-S 3.3.1).
 */
SEM(SC)
{
    cpu->nia = (CIA + 4) & EA_MASK;
    if (FIELD(26, 1))
        return ISA_HCALL;
    isa_raise(cpu, VECTOR_SYSTEM_CALL);
    return ISA_COMPLETED_INTERRUPT;
}
