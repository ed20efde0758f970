/* Transactional memory whose transactions all fail: see tm.h. */
#include "isa/tm.h"

#include <string.h>

#include "isa/cpu.h"

#define TS_TM (MSR_TS | MSR_TM)

/*
 * The transitions of Book III-S 3.2.2. From Suspended with TM=0 to all zero is no error: an
 * operating system that knows nothing of transactions asks for it, and is ignored.
 */
bool tm_may_change(uint64_t now, uint64_t wanted)
{
    const uint64_t ts = wanted & MSR_TS;
    if ((now & MSR_TS) == 0)
        return ts == 0;
    if (ts == 0)
        return !(now & MSR_TM) && !(wanted & MSR_TM);
    return ts == MSR_TS_SUSPENDED || (ts == MSR_TS_TRANSACTIONAL && (wanted & MSR_TM));
}

bool tm_is_hidden_in(const struct cpu *cpu, uint64_t msr)
{
    return (cpu->pcr & PCR_TM_DIS) && (msr & MSR_TS) && (msr & MSR_PR);
}

uint64_t tm_changed(uint64_t now, uint64_t wanted)
{
    if ((now & TS_TM) == MSR_TS_SUSPENDED && (wanted & TS_TM) == 0)
        return now & TS_TM;
    return wanted & TS_TM;
}

void tm_begin_fails(struct cpu *cpu, bool rollback_only)
{
    const uint64_t problem = cpu->msr & MSR_PR ? 1 : 0;
    cpu->tfhar = (cpu->cia + 4) & cpu->ea_mask;
    cpu->tfiar = cpu->cia | problem;
    /* The level of one is more than there can be; the level that failed is 1. */
    cpu->texasr = TEXASR_PERSISTENT | TEXASR_NESTING | problem << 28 | TEXASR_FS | TEXASR_EXACT |
                  (rollback_only ? TEXASR_ROT : 0) | 1;
}

void tm_save_checkpoint(struct cpu *cpu)
{
    struct tm_checkpoint *const at = &cpu->checkpoint;
    memcpy(at->gpr, cpu->gpr, sizeof at->gpr);
    memcpy(at->vsr, cpu->vsr, sizeof at->vsr);
    at->cr = cpu_get_cr(cpu);
    at->xer = cpu_get_xer(cpu);
    at->lr = cpu->lr;
    at->ctr = cpu->ctr;
    at->fpscr = cpu->fpscr;
    at->vscr = cpu->vscr;
    at->vrsave = cpu->vrsave;
    at->amr = cpu->amr;
    at->ppr = cpu->ppr;
    at->dscr = cpu->dscr;
    at->tar = cpu->tar;
}

void tm_load_checkpoint(struct cpu *cpu)
{
    const struct tm_checkpoint *const at = &cpu->checkpoint;
    const uint8_t cr0 = cpu->cr[0]; /* no part of a checkpoint */
    memcpy(cpu->gpr, at->gpr, sizeof at->gpr);
    memcpy(cpu->vsr, at->vsr, sizeof at->vsr);
    cpu_set_cr(cpu, at->cr);
    cpu->cr[0] = cr0;
    cpu_set_xer(cpu, at->xer);
    cpu->lr = at->lr;
    cpu->ctr = at->ctr;
    cpu->fpscr = at->fpscr;
    cpu->vscr = at->vscr;
    cpu->vrsave = at->vrsave;
    if (cpu->amr != at->amr)
        mmu_flush_all(cpu);
    cpu->amr = at->amr;
    cpu->ppr = at->ppr;
    cpu->dscr = at->dscr;
    cpu->tar = at->tar;
}

bool tm_fail_if_resumed(struct cpu *cpu)
{
    if (!(cpu->msr & MSR_TS_TRANSACTIONAL))
        return false;
    tm_load_checkpoint(cpu);
    cpu->cr[0] = 0xa; /* 0b101 and 0 */
    cpu_set_msr(cpu, cpu->msr & ~MSR_TS);
    cpu->nia = cpu->tfhar & ~UINT64_C(3) & cpu->ea_mask;
    return true;
}
