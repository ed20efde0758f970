/* What a body answers, and the ways to ask for an interrupt. */
#ifndef HORNPIPE_ISA_OUTCOME_H
#define HORNPIPE_ISA_OUTCOME_H

#include "isa/cpu.h"

enum isa_outcome {
    ISA_NEXT,      /* completed; continue at CIA+4 */
    ISA_BRANCH,    /* completed; cpu->nia is set, no mode has changed */
    ISA_CONTEXT,   /* completed; cpu->nia is set; MSR or translation changed, interrupts may open */
    ISA_INTERRUPT, /* not completed: cpu->fault says why; SRR0 = CIA */
    ISA_COMPLETED_INTERRUPT, /* completed, then cpu->fault: sc, enabled FP exception; SRR0 = nia */
    ISA_HCALL,               /* completed `sc 1`: the machine acts; cpu->nia is set */
    ISA_TIMER, /* completed; DEC or another thread changed: the caller looks at timers and who waits
                */
    ISA_MARKER,  /* completed guest marker; cpu->nia is set */
    ISA_REFETCH, /* nothing executed: continue at cpu->nia (page end) */
    ISA_CLOCK,   /* not completed: reads a clock that other vCPUs must reach first */
    ISA_BUDGET,  /* nothing executed: what is left of the budget ends inside the next block */
    ISA_ALONE,   /* not completed: stores to a device, which must be the last of a run() */
};

/* All return ISA_INTERRUPT after filling cpu->fault. */
enum isa_outcome isa_raise(struct cpu *cpu, enum isa_vector vector);
enum isa_outcome isa_raise_program(struct cpu *cpu, uint64_t srr1_cause);
/* Facility unavailable 0xf60 with its cause; sets FSCR[0:7] when delivered. */
enum isa_outcome isa_raise_facility(struct cpu *cpu, enum fscr_cause cause);
/* Alignment interrupt: DAR = ea, DSISR from the instruction as 2.06 and 2.07 have it. */
enum isa_outcome isa_raise_alignment(struct cpu *cpu, uint64_t ea, uint32_t word);
/* Data storage interrupt. */
enum isa_outcome isa_raise_dsi(struct cpu *cpu, uint64_t ea, uint32_t dsisr);

/*
 * An FP instruction completed and left FPSCR[FEX]=1: ISA_COMPLETED_INTERRUPT with a program
 * interrupt if MSR[FE0] or MSR[FE1] is set, else ISA_NEXT. Use as `return isa_fp_done(cpu);`.
 * All modes are precise here, so SRR0 names the instruction itself (Book III-S 6.5.9): the handler
 * steps over it, or fixes its result.
 */
static inline enum isa_outcome isa_fp_done(struct cpu *cpu)
{
    if (__builtin_expect((cpu->fpscr & (UINT64_C(1) << 30)) && (cpu->msr & (MSR_FE0 | MSR_FE1)),
                         0)) {
        isa_raise_program(cpu, SRR1_PROG_FP_ENABLED);
        cpu->nia = cpu->cia;
        return ISA_COMPLETED_INTERRUPT;
    }
    return ISA_NEXT;
}

#endif
