/* Raising and taking interrupts: Book III-S 6.4 and 6.5. */
#include <assert.h>

#include "isa/cpu.h"
#include "isa/outcome.h"

static const struct {
    uint16_t offset;
    bool ail;
} vectors[VECTOR_COUNT] = {
#define INTERRUPT(id, name, vector_offset, ail_applies) {vector_offset, ail_applies},
#include "isa/interrupts.def"
#undef INTERRUPT
};

const char *isa_vector_name(enum isa_vector vector)
{
    static const char *const names[VECTOR_COUNT] = {
#define INTERRUPT(id, name, vector_offset, ail_applies) name,
#include "isa/interrupts.def"
#undef INTERRUPT
    };
    assert((unsigned)vector < VECTOR_COUNT);
    return names[vector];
}

enum isa_outcome isa_raise(struct cpu *cpu, enum isa_vector vector)
{
    cpu->fault = (struct isa_fault){.vector = vector};
    return ISA_INTERRUPT;
}

enum isa_outcome isa_raise_program(struct cpu *cpu, uint64_t srr1_cause)
{
    cpu->fault = (struct isa_fault){.vector = VECTOR_PROGRAM, .srr1 = srr1_cause};
    return ISA_INTERRUPT;
}

enum isa_outcome isa_raise_facility(struct cpu *cpu, enum fscr_cause cause)
{
    cpu->fault = (struct isa_fault){.vector = VECTOR_FACILITY};
    cpu->fscr = (cpu->fscr & ~PPC_BITMASK(0, 7)) | (uint64_t)cause << FSCR_IC_SHIFT;
    return ISA_INTERRUPT;
}

enum isa_outcome isa_raise_dsi(struct cpu *cpu, uint64_t ea, uint32_t dsisr)
{
    cpu->fault = (struct isa_fault){.vector = VECTOR_DATA_STORAGE,
                                    .dar = ea,
                                    .dsisr = dsisr,
                                    .sets_dar = true,
                                    .sets_dsisr = true};
    return ISA_INTERRUPT;
}

/* DSISR 12:13, 15:31 describe the instruction (Book III-S 6.5.8, 2.06 and 2.07). */
static uint32_t alignment_dsisr(uint32_t word)
{
    const unsigned po = word >> 26;
    const bool is_x = po == 31;
    const bool is_ds = po == 57 || po == 58 || po == 61 || po == 62;
    uint32_t v = 0;
    if (is_ds)
        v |= bits32(word, 30, 2) << 18;
    if (is_x) {
        v |= bits32(word, 29, 2) << 15;
        v |= bits32(word, 25, 1) << 14;
        v |= bits32(word, 21, 4) << 10;
    } else {
        v |= bits32(word, 5, 1) << 14;
        v |= bits32(word, 1, 4) << 10;
    }
    return v | bits32(word, 6, 5) << 5 | bits32(word, 11, 5);
}

enum isa_outcome isa_raise_alignment(struct cpu *cpu, uint64_t ea, uint32_t word)
{
    cpu->fault = (struct isa_fault){.vector = VECTOR_ALIGNMENT,
                                    .dar = ea,
                                    .dsisr = alignment_dsisr(word),
                                    .sets_dar = true,
                                    .sets_dsisr = true};
    return ISA_INTERRUPT;
}

/* Where the handler is, and whether translation stays on: LPCR[AIL] (Book III-S 6.4.3.1). */
static uint64_t vector_address(const struct cpu *cpu, enum isa_vector vector, bool *relocated)
{
    const unsigned ail = (unsigned)(cpu->lpcr >> LPCR_AIL_SHIFT & 3);
    const bool translating = (cpu->msr & (MSR_IR | MSR_DR)) == (MSR_IR | MSR_DR);
    *relocated = ail >= 2 && vectors[vector].ail && translating;
    if (!*relocated)
        return vectors[vector].offset;
    return vectors[vector].offset + (ail == 2 ? UINT64_C(0x18000) : UINT64_C(0xc000000000004000));
}

void cpu_take_interrupt(struct cpu *cpu, uint64_t srr0)
{
    const struct isa_fault fault = cpu->fault;
    bool relocated;
    const uint64_t address = vector_address(cpu, fault.vector, &relocated);
    cpu->counters->interrupts[cpu->msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR][fault.vector]++;
    if (cpu->intercept) {
        cpu->intercepted = true;
        cpu->nia = srr0;
        return;
    }
    cpu->srr0 = srr0;
    cpu->srr1 = (cpu->msr & ~SRR1_CAUSE_MASK) | fault.srr1;
    if (fault.sets_dar)
        cpu->dar = fault.dar;
    if (fault.sets_dsisr)
        cpu->dsisr = fault.dsisr;
    uint64_t msr = MSR_SF | (cpu->msr & (MSR_ME | MSR_TS));
    if (cpu->lpcr & LPCR_ILE)
        msr |= MSR_LE;
    if (relocated)
        msr |= MSR_IR | MSR_DR;
    cpu_set_msr(cpu, msr);
    cpu->nia = address;
}

void cpu_take_pending(struct cpu *cpu)
{
    assert(cpu_interrupt_ready(cpu));
    /* System reset comes first; of the others the book leaves the order to us. */
    if (cpu->pending & PENDING_RESET) {
        cpu->pending &= ~(uint32_t)PENDING_RESET; /* an event; the others are levels */
        isa_raise(cpu, VECTOR_SYSTEM_RESET);
    } else if (cpu->pending & PENDING_EXTERNAL) {
        isa_raise(cpu, VECTOR_EXTERNAL);
    } else if (cpu->pending & PENDING_DECREMENTER) {
        isa_raise(cpu, VECTOR_DECREMENTER);
    } else if (cpu->pending & PENDING_DOORBELL) {
        cpu->dpdes &= ~UINT64_C(1); /* taking it ends it */
        isa_raise(cpu, VECTOR_DOORBELL);
    } else if (cpu->pending & PENDING_PERFMON) {
        isa_raise(cpu, VECTOR_PERFMON);
    } else {
        cpu_take_event(cpu);
        return;
    }
    cpu_take_interrupt(cpu, cpu->nia);
}
