/* Performance monitor alerts, event-based branches, BHRB: see pmu.h. */
#include "isa/pmu.h"

#include <string.h>

#include "isa/cpu.h"
#include "isa/insn.h"
#include "isa/tm.h"

/* PMCC=3 takes PMC5 and PMC6 out of the performance monitor. */
static bool has_enabled_condition(const struct cpu *cpu)
{
    const bool p8 = cpu->model->level >= ISA_207;
    const unsigned last = p8 && (cpu->mmcr0 & MMCR0_PMCC) == MMCR0_PMCC ? 4 : 6;
    uint32_t others = 0;
    for (unsigned i = 1; i < last; i++)
        others |= cpu->pmc[i];
    return ((cpu->mmcr0 & MMCR0_PMC1CE) && cpu->pmc[0] >> 31) ||
           ((cpu->mmcr0 & MMCR0_PMCJCE) && others >> 31);
}

static bool is_event_based(const struct cpu *cpu, uint64_t mmcr0)
{
    return cpu->model->level >= ISA_207 && (mmcr0 & MMCR0_EBE);
}

/* `before` is MMCR0 as it was before the write that is settled. */
static void settle(struct cpu *cpu, uint64_t before)
{
    const bool triggered = cpu->mmcr0 & MMCR0_TRIGGER;
    if (has_enabled_condition(cpu)) {
        if ((cpu->mmcr0 & MMCR0_FCECE) && !triggered) /* which counts as 0 while TRIGGER is 1 */
            cpu->mmcr0 |= MMCR0_FC;
        if (cpu->mmcr0 & MMCR0_PMAE)
            cpu->mmcr0 = (cpu->mmcr0 & ~MMCR0_PMAE) | MMCR0_PMAO;
        cpu->mmcr0 &= ~MMCR0_TRIGGER;
    } else if (cpu->pmc[0] >> 31) {
        cpu->mmcr0 &= ~MMCR0_TRIGGER; /* a negative PMC1 ends it, enabled or not */
    }
    const bool was = (before & MMCR0_PMAO) && is_event_based(cpu, before);
    if ((cpu->mmcr0 & MMCR0_PMAO) && is_event_based(cpu, cpu->mmcr0) && !was)
        cpu->bescr |= BESCR_PMEO;
    cpu_update_events(cpu);
}

void pmu_set_mmcr0(struct cpu *cpu, uint64_t value)
{
    const uint64_t before = cpu->mmcr0;
    cpu->mmcr0 = value & 0xffffffff;
    settle(cpu, before);
}

void pmu_set_pmc(struct cpu *cpu, unsigned index, uint32_t value)
{
    cpu->pmc[index] = value;
    settle(cpu, cpu->mmcr0);
}

static bool event_is_due(const struct cpu *cpu)
{
    const uint64_t b = cpu->bescr;
    return (b & BESCR_GE) && (cpu->msr & MSR_PR) && (cpu->fscr & FSCR_EBB) &&
           !(cpu->hidden & ISA_SET_V207) &&
           (((b & BESCR_PME) && (b & BESCR_PMEO)) || ((b & BESCR_EE) && (b & BESCR_EEO)));
}

/* While alerts are enabled, but for the states that FCS, FCP and FCPC name (HV is 0). */
static bool records_branches(const struct cpu *cpu)
{
    const uint64_t m = cpu->mmcr0;
    if (cpu->model->level < ISA_207 || !(m & MMCR0_PMAE))
        return false;
    if (!(cpu->msr & MSR_PR))
        return !(m & MMCR0_FCS);
    return !(m & MMCR0_FCP) == !(m & MMCR0_FCPC);
}

void cpu_update_events(struct cpu *cpu)
{
    uint32_t pending = cpu->pending & ~(uint32_t)(PENDING_PERFMON | PENDING_DOORBELL | PENDING_EBB);
    if ((cpu->mmcr0 & MMCR0_PMAO) && !is_event_based(cpu, cpu->mmcr0))
        pending |= PENDING_PERFMON;
    if (cpu->dpdes & 1)
        pending |= PENDING_DOORBELL;
    if (event_is_due(cpu))
        pending |= PENDING_EBB;
    cpu->pending = pending;
    cpu->bhrb_on = records_branches(cpu);
}

void cpu_take_event(struct cpu *cpu)
{
    /* TS is kept where rfebb finds it; a transaction would be suspended. */
    cpu->bescr = (cpu->bescr & ~(BESCR_GE | BESCR_TS)) | (cpu->msr & MSR_TS) >> 3;
    cpu->ebbrr = cpu->nia;
    cpu->nia = cpu->ebbhr & ~UINT64_C(3) & cpu->ea_mask;
    cpu_update_events(cpu);
}

/* -- The branch history rolling buffer -- */

static void push(struct cpu *cpu, uint64_t entry)
{
    cpu->bhrb_last = (uint8_t)((cpu->bhrb_last + 1) % BHRB_ENTRIES);
    cpu->bhrb[cpu->bhrb_last] = entry;
}

/* MMCRA[IFM] 2: not where BO says always. 3: nor where it looks at CTR only, or has its hint. */
static bool is_filtered(unsigned ifm, unsigned bo)
{
    const bool always = (bo & 0x14) == 0x14;
    const bool hinted = (bo & 0x14) == 0x04 && (bo & 2);
    return always || (ifm == 3 && ((bo & 0x10) || hinted));
}

void bhrb_record(struct cpu *cpu, const struct insn *op)
{
    const unsigned ifm = cpu->mmcra >> 30 & 3;
    const unsigned row = OP_ROW(op->op);
    const bool to_register = row != ROW_B && row != ROW_BC;
    if (!(isa_rows[row].effects & E_BRANCH))
        return;
    if (ifm == 1 && !(OP_VARIANT(op->op) & VARIANT_RC))
        return;
    if (ifm < 2 || (row != ROW_B && !is_filtered(ifm, op->rt)))
        push(cpu, cpu->cia & ~UINT64_C(3));
    if (to_register)
        push(cpu, cpu->nia | BHRBE_TARGET);
}

uint64_t bhrb_entry(const struct cpu *cpu, unsigned n)
{
    return n < BHRB_ENTRIES ? cpu->bhrb[(cpu->bhrb_last - n) % BHRB_ENTRIES] : 0;
}

void bhrb_clear(struct cpu *cpu)
{
    memset(cpu->bhrb, 0, sizeof cpu->bhrb);
}
