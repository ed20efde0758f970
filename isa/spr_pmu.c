/* SPRs of the performance monitor and of event-based branches: Book III-S 9, Book II 7. */
#include "isa/cpu.h"
#include "isa/pmu.h"
#include "isa/spr_table.h"

enum isa_outcome spr_events_changed(struct cpu *cpu)
{
    cpu_update_events(cpu);
    cpu->nia = (cpu->cia + 4) & cpu->ea_mask;
    return ISA_CONTEXT;
}

/* -- The performance monitor: problem-state copies at n, privileged registers at n + 16 -- */
#define MMCR0_USER_MASK (MMCR0_FC | MMCR0_PMAE | MMCR0_PMAO)
#define MMCR2_USER_MASK UINT64_C(0x4020100804020000) /* FCnP0 */
enum { SPR_UPMC1 = 771, SPR_UPMC5 = 775, SPR_UPMC6 = 776, SPR_UMMCR2 = 769, SPR_UMMCRA = 770 };
enum { SPR_UMMCR0 = 779, SPR_PMC1 = 787 };

/*
 * MMCR0[PMCC] (2.07 Book III-S 9.4.4): 0 problem state reads, 1 it does neither, 2 it also writes,
 * 3 as 2 but without PMC5 and PMC6. Supervisor state always may.
 */
static enum isa_outcome pmu_allowed(struct cpu *cpu, unsigned n, bool is_write)
{
    const unsigned pmcc = (unsigned)((cpu->mmcr0 & MMCR0_PMCC) >> PMCC_SHIFT);
    if (!(cpu->msr & MSR_PR) || cpu->model->level < ISA_207)
        return ISA_NEXT;
    if (pmcc == 0 && is_write)
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    if (pmcc == 1 || (pmcc == 3 && (n == SPR_UPMC5 || n == SPR_UPMC6)))
        return isa_raise_facility(cpu, FSCR_IC_PM);
    return ISA_NEXT;
}

#define PMU_READ(name, expr)                                                                       \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                            \
    {                                                                                              \
        const enum isa_outcome may = pmu_allowed(cpu, n, false);                                   \
        if (may == ISA_NEXT)                                                                       \
            *value = (expr);                                                                       \
        return may;                                                                                \
    }
PMU_READ(spr_read_sier_user, cpu->sier)
PMU_READ(spr_read_mmcra_user, cpu->mmcra)
PMU_READ(spr_read_mmcr1_user, cpu->mmcr1)
PMU_READ(spr_read_siar_user, cpu->siar)
PMU_READ(spr_read_sdar_user, cpu->sdar)
PMU_READ(spr_read_mmcr0_user, cpu->mmcr0 &MMCR0_USER_MASK)
PMU_READ(spr_read_mmcr2_user, cpu->mmcr2 &MMCR2_USER_MASK)
PMU_READ(spr_read_pmc_user, cpu->pmc[n - SPR_UPMC1])
SPR_READ(spr_read_mmcr0, cpu->mmcr0)
SPR_READ(spr_read_pmc, cpu->pmc[n - SPR_PMC1])

enum isa_outcome spr_write_pmu_user(struct cpu *cpu, unsigned n, uint64_t value)
{
    if (cpu->model->level < ISA_207 || (cpu->hidden & ISA_SET_V207))
        return spr_undefined(cpu, n, false); /* 2.06 has these numbers for reading only */
    const enum isa_outcome may = pmu_allowed(cpu, n, true);
    if (may != ISA_NEXT)
        return may;
    if (n == SPR_UMMCR0)
        pmu_set_mmcr0(cpu, (cpu->mmcr0 & ~MMCR0_USER_MASK) | (value & MMCR0_USER_MASK));
    else if (n == SPR_UMMCR2)
        cpu->mmcr2 = (cpu->mmcr2 & ~MMCR2_USER_MASK) | (value & MMCR2_USER_MASK);
    else if (n == SPR_UMMCRA)
        cpu->mmcra = value;
    else
        pmu_set_pmc(cpu, n - SPR_UPMC1, (uint32_t)value);
    return spr_events_changed(cpu);
}

enum isa_outcome spr_write_mmcr0(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)n;
    pmu_set_mmcr0(cpu, value);
    return spr_events_changed(cpu);
}

enum isa_outcome spr_write_pmc(struct cpu *cpu, unsigned n, uint64_t value)
{
    pmu_set_pmc(cpu, n - SPR_PMC1, (uint32_t)value);
    return spr_events_changed(cpu);
}

/* -- Event-based branches -- */
#define EBB_READ(name, expr)                                                                       \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                            \
    {                                                                                              \
        (void)n;                                                                                   \
        SPR_REQUIRE_FSCR(FSCR_EBB, FSCR_IC_EBB);                                                   \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
#define EBB_WRITE(name, statement)                                                                 \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t value)                             \
    {                                                                                              \
        (void)n;                                                                                   \
        SPR_REQUIRE_FSCR(FSCR_EBB, FSCR_IC_EBB);                                                   \
        statement;                                                                                 \
        return spr_events_changed(cpu);                                                            \
    }
EBB_READ(spr_read_bescr, cpu->bescr)
EBB_READ(spr_read_bescr_upper, cpu->bescr >> 32)
EBB_READ(spr_read_ebbhr, cpu->ebbhr)
EBB_READ(spr_read_ebbrr, cpu->ebbrr)
EBB_WRITE(spr_write_bescr, cpu->bescr = value & BESCR_EXISTING)
EBB_WRITE(spr_write_bescrs, cpu->bescr |= value & BESCR_EXISTING)
EBB_WRITE(spr_write_bescrsu, cpu->bescr |= value << 32 & BESCR_EXISTING)
EBB_WRITE(spr_write_bescrr, cpu->bescr &= ~value)
EBB_WRITE(spr_write_bescrru, cpu->bescr &= ~(value << 32))
EBB_WRITE(spr_write_ebbhr, cpu->ebbhr = value & ~UINT64_C(3))
EBB_WRITE(spr_write_ebbrr, cpu->ebbrr = value & ~UINT64_C(3))
