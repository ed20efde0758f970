/* Bodies of mfspr and mtspr (Book III-S 4.4.5). */
#include "isa/access.h"
#include "isa/spr.h"

/* LR and CTR are too frequent for the table. */
SEM(MFSPR)
{
    if (op->imm == 8) {
        WRITE_RT(cpu->lr);
        return ISA_NEXT;
    }
    uint64_t v = RT;
    const enum isa_outcome outcome = spr_read(cpu, (unsigned)op->imm, &v);
    if (outcome == ISA_NEXT)
        WRITE_RT(v);
    return outcome;
}

SEM(MTSPR)
{
    if (op->imm == 8) {
        cpu->lr = RS;
        return ISA_NEXT;
    }
    if (op->imm == 9) {
        cpu->ctr = RS;
        return ISA_NEXT;
    }
    return spr_write(cpu, (unsigned)op->imm, RS);
}
