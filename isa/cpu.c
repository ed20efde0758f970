#include "isa/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "isa/bus.h"
#include "isa/insn.h"
#include "isa/missing.h"
#include "isa/reserve.h"
#include "isa/threaded.h"

_Static_assert((int)ISA_OP_COUNT <= (int)ISA_OPS_MAX, "counters.h has room for every op");
_Static_assert((int)VECTOR_COUNT <= (int)ISA_VECTORS_MAX, "counters.h has room for every vector");

static const struct state_field cpu_fields[] = {
    STATE_ARRAY(cpu, gpr),
    STATE_FIELD(cpu, nia),
    STATE_FIELD(cpu, msr),
    STATE_ARRAY(cpu, cr),
    STATE_FIELD(cpu, so),
    STATE_FIELD(cpu, ov),
    STATE_FIELD(cpu, ca),
    STATE_FIELD(cpu, string_count),
    STATE_FIELD(cpu, lr),
    STATE_FIELD(cpu, ctr),
    STATE_ARRAY(cpu, vsr),
    STATE_FIELD(cpu, fpscr),
    STATE_FIELD(cpu, vscr),
    STATE_FIELD(cpu, vrsave),
    STATE_FIELD(cpu, reserve_valid),
    STATE_FIELD(cpu, reserve_size),
    STATE_FIELD(cpu, reserve_real),
    STATE_FIELD(cpu, srr0),
    STATE_FIELD(cpu, srr1),
    STATE_FIELD(cpu, dar),
    STATE_ARRAY(cpu, sprg),
    STATE_FIELD(cpu, cfar),
    STATE_FIELD(cpu, tar),
    STATE_FIELD(cpu, dscr),
    STATE_FIELD(cpu, amr),
    STATE_FIELD(cpu, iamr),
    STATE_FIELD(cpu, uamor),
    STATE_FIELD(cpu, amor),
    STATE_FIELD(cpu, fscr),
    STATE_FIELD(cpu, ppr),
    STATE_FIELD(cpu, acop),
    STATE_FIELD(cpu, pid),
    STATE_FIELD(cpu, ctrl),
    STATE_FIELD(cpu, pspb),
    STATE_FIELD(cpu, dpdes),
    STATE_FIELD(cpu, tfhar),
    STATE_FIELD(cpu, tfiar),
    STATE_FIELD(cpu, texasr),
    STATE_FIELD(cpu, ebbhr),
    STATE_FIELD(cpu, ebbrr),
    STATE_FIELD(cpu, bescr),
    STATE_FIELD(cpu, mmcr0),
    STATE_FIELD(cpu, mmcr1),
    STATE_FIELD(cpu, mmcr2),
    STATE_FIELD(cpu, mmcra),
    STATE_FIELD(cpu, mmcrs),
    STATE_FIELD(cpu, siar),
    STATE_FIELD(cpu, sdar),
    STATE_FIELD(cpu, sier),
    STATE_ARRAY(cpu, pmc),
    STATE_ARRAY(cpu, spmc),
    STATE_FIELD(cpu, tacr),
    STATE_FIELD(cpu, tcscr),
    STATE_FIELD(cpu, csigr),
    STATE_FIELD(cpu, wort),
    STATE_FIELD(cpu, dabr),
    STATE_FIELD(cpu, dabrx),
    STATE_FIELD(cpu, dawr0),
    STATE_FIELD(cpu, dawrx0),
    STATE_FIELD(cpu, ciabr),
    STATE_FIELD(cpu, lpcr),
    STATE_FIELD(cpu, pcr),
    STATE_FIELD(cpu, dsisr),
    STATE_FIELD(cpu, pvr),
    STATE_FIELD(cpu, pir),
    STATE_FIELD(cpu, dec_value),
    STATE_FIELD(cpu, dec_timebase),
    STATE_FIELD(cpu, pending),
    STATE_FIELD(cpu, halted),
    STATE_ARRAY(cpu, bhrb),
    STATE_FIELD(cpu, bhrb_last),
    STATE_ARRAY(cpu, checkpoint.gpr),
    STATE_ARRAY(cpu, checkpoint.vsr),
    STATE_FIELD(cpu, checkpoint.xer),
    STATE_FIELD(cpu, checkpoint.lr),
    STATE_FIELD(cpu, checkpoint.ctr),
    STATE_FIELD(cpu, checkpoint.fpscr),
    STATE_FIELD(cpu, checkpoint.amr),
    STATE_FIELD(cpu, checkpoint.ppr),
    STATE_FIELD(cpu, checkpoint.dscr),
    STATE_FIELD(cpu, checkpoint.tar),
    STATE_FIELD(cpu, checkpoint.cr),
    STATE_FIELD(cpu, checkpoint.vscr),
    STATE_FIELD(cpu, checkpoint.vrsave),
};
const struct state_desc cpu_state_desc = STATE_DESC("cpu", 2, cpu_fields);

struct cpu *cpu_create(const struct cpu_model *model, uint32_t pir, struct isa_bus *bus,
                       struct isa_clock *clock)
{
    struct cpu *cpu = calloc(1, sizeof *cpu);
    if (!cpu)
        return NULL;
    cpu->mmu = calloc(1, sizeof *cpu->mmu);
    cpu->counters = calloc(1, sizeof *cpu->counters);
    cpu->missing = calloc(1, sizeof *cpu->missing);
    if (!cpu->mmu || !cpu->counters || !cpu->missing || bus->cpu_count == BUS_MAX_CPUS) {
        cpu_destroy(cpu);
        return NULL;
    }
    cpu->model = model;
    cpu->pir = pir;
    cpu->bus = bus;
    cpu->clock = clock;
    cpu->clock_limit = UINT64_MAX;
    bus->cpus[bus->cpu_count++] = cpu;
    cpu_reset(cpu);
    return cpu;
}

void cpu_destroy(struct cpu *cpu)
{
    if (!cpu)
        return;
    if (cpu->bus) {
        struct isa_bus *bus = cpu->bus;
        reserve_unpark(cpu);
        for (unsigned i = 0; i < bus->cpu_count; i++)
            if (bus->cpus[i] == cpu)
                bus->cpus[i] = bus->cpus[--bus->cpu_count];
    }
    free(cpu->mmu);
    free(cpu->counters);
    free(cpu->missing);
    threaded_counts_destroy(cpu->threaded);
    free(cpu);
}

void cpu_reset(struct cpu *cpu)
{
    /* Counts and connections outlive a reset; everything else is zero. */
    reserve_unpark(cpu);
    const struct cpu keep = *cpu;
    memset(cpu, 0, sizeof *cpu);
    cpu->left = keep.left;
    cpu->icount_end = keep.icount_end;
    cpu->idle_cycles = keep.idle_cycles;
    cpu->clock_limit = keep.clock_limit;
    cpu->model = keep.model;
    cpu->clock = keep.clock;
    cpu->mmu = keep.mmu;
    cpu->bus = keep.bus;
    cpu->counters = keep.counters;
    cpu->watch = keep.watch;
    cpu->missing = keep.missing;
    cpu->threaded = keep.threaded;
    cpu->is_threaded = keep.is_threaded;
    cpu->uncounted = keep.uncounted;
    cpu->intercept = keep.intercept;
    cpu->pir = keep.pir;
    cpu->pvr = keep.model->pvr;
    cpu->amor = ~UINT64_C(0); /* a PAPR hypervisor gives the guest every key */
    cpu->ctrl = 1;            /* run latch */
    cpu->mmcr0 = UINT64_C(0x80000000);
    cpu->ppr = PPC_BIT(11); /* medium */
    mmu_reset(cpu->mmu);
    cpu_set_msr(cpu, MSR_FP | MSR_ME);
    cpu_set_dec(cpu, 0x7fffffff);
}

unsigned cpu_thread_number(const struct cpu *cpu)
{
    return cpu->pir % cpu->bus->threads;
}

struct cpu *cpu_thread(const struct cpu *cpu, unsigned n)
{
    /* A CPU on its own need not have its number's place on the bus. */
    const unsigned first = cpu->pir - cpu_thread_number(cpu);
    return cpu->bus->threads == 1 ? (struct cpu *)(uintptr_t)cpu : cpu->bus->cpus[first + n];
}

/* HV is always 0: the simulator is the hypervisor. */
#define MSR_EXISTING                                                                               \
    (MSR_SF | MSR_VEC | MSR_VSX | MSR_EE | MSR_PR | MSR_FP | MSR_ME | MSR_FE0 | MSR_SE | MSR_BE |  \
     MSR_FE1 | MSR_IR | MSR_DR | MSR_PMM | MSR_RI | MSR_LE)

uint64_t cpu_msr_existing(const struct cpu *cpu)
{
    return MSR_EXISTING | (cpu->model->level >= ISA_207 ? MSR_TS | MSR_TM : 0);
}

void cpu_set_msr(struct cpu *cpu, uint64_t msr)
{
    cpu->msr = msr & cpu_msr_existing(cpu);
    cpu_derive(cpu);
}

void cpu_set_pcr(struct cpu *cpu, uint64_t pcr)
{
    const uint64_t existing = cpu->model->level >= ISA_207 ? PCR_TM_DIS | PCR_V206 | PCR_V205
                                                           : PCR_VEC_DIS | PCR_VSX_DIS | PCR_V205;
    cpu->pcr = pcr & existing;
    cpu_derive(cpu);
}

/* What came with 2.07 is not hidden from a CPU of 2.06 but missing. */
static unsigned hidden_sets(const struct cpu *cpu)
{
    const uint64_t pcr = cpu->pcr;
    unsigned sets = 0;
    if (pcr & PCR_V205)
        sets |= ISA_SET_V206;
    if ((pcr & (PCR_V205 | PCR_V206)) && cpu->model->level >= ISA_207)
        sets |= ISA_SET_V207;
    if (pcr & PCR_TM_DIS)
        sets |= ISA_SET_TM;
    if (pcr & PCR_VSX_DIS)
        sets |= ISA_SET_VSX;
    if (pcr & PCR_VEC_DIS)
        sets |= ISA_SET_VEC;
    return sets;
}

void cpu_derive(struct cpu *cpu)
{
    const bool problem = cpu->msr & MSR_PR;
    const enum mmu_mode virtual_mode = problem ? MMU_PROBLEM : MMU_SUPERVISOR;
    cpu->ea_mask = cpu->msr & MSR_SF ? ~UINT64_C(0) : UINT64_C(0xffffffff);
    cpu->big_endian = !(cpu->msr & MSR_LE);
    cpu->hidden = problem && cpu->pcr ? (uint8_t)hidden_sets(cpu) : 0;
    cpu->code_mode = CODE_MODE(!cpu->big_endian, cpu->hidden);
    cpu->mmu_mode_data = cpu->msr & MSR_DR ? virtual_mode : MMU_REAL;
    cpu->mmu_mode_fetch = cpu->msr & MSR_IR ? virtual_mode : MMU_REAL;
    cpu->dtlb = cpu->watch ? &cpu->mmu->watched : &cpu->mmu->data[cpu->mmu_mode_data];
    cpu->mix = cpu->counters->insns[problem ? PRIV_PROBLEM : PRIV_SUPERVISOR];
    cpu->code_tlb = &cpu->mmu->code[cpu->mmu_mode_fetch];
    if (cpu->threaded) {
        cpu->slot_counts = cpu->threaded->by_slot[problem ? PRIV_PROBLEM : PRIV_SUPERVISOR];
        cpu->guesses = cpu->threaded->guesses;
    }
    cpu_update_events(cpu);
}

/*
 * Problem state may have low to medium; since 2.07 also very low, and medium high while PSPB is not
 * 0, instead of which it gets medium. Nobody but a hypervisor has very high.
 */
void cpu_ask_priority(struct cpu *cpu, unsigned priority)
{
    const bool is_207 = cpu->model->level >= ISA_207 && !(cpu->hidden & ISA_SET_V207);
    if (priority < 1 || priority > 6)
        return;
    if (cpu->msr & MSR_PR) {
        if (priority == 6 || (!is_207 && (priority == 1 || priority == 5)))
            return;
        if (priority == 5 && !cpu->pspb)
            priority = 4;
    }
    cpu->ppr = (uint64_t)priority << PPR_PRI_SHIFT;
}

uint64_t cpu_timebase(const struct cpu *cpu)
{
    return clock_timebase(cpu->clock, cpu_cycles(cpu));
}

uint32_t cpu_dec(const struct cpu *cpu)
{
    return cpu->dec_value - (uint32_t)(cpu_timebase(cpu) - cpu->dec_timebase);
}

void cpu_set_dec(struct cpu *cpu, uint32_t value)
{
    cpu->dec_value = value;
    cpu->dec_timebase = cpu_timebase(cpu);
    cpu_update_timers(cpu);
}

uint64_t cpu_dec_due(const struct cpu *cpu)
{
    const uint32_t dec = cpu_dec(cpu);
    const uint32_t ticks = dec & 0x80000000u ? dec - 0x7fffffffu : dec + 1;
    return cpu_timebase(cpu) + ticks;
}

void cpu_update_timers(struct cpu *cpu)
{
    if (cpu_dec(cpu) & 0x80000000u)
        cpu->pending |= PENDING_DECREMENTER;
    else
        cpu->pending &= ~(uint32_t)PENDING_DECREMENTER;
}
