/*
 * Bodies of the transactional memory rows: Book II 5.5, Book III-S 4.4.3 (isa/tm.h says what this
 * implementation is). CR0, where it tells a state, is that before the instruction: 0 || TS || 0.
 */
#include "isa/access.h"
#include "isa/tm.h"

static inline bool tm_is_suspended(const struct cpu *cpu)
{
    return cpu->msr & MSR_TS_SUSPENDED;
}

static inline unsigned tm_state_cr(const struct cpu *cpu)
{
    return (unsigned)((cpu->msr & MSR_TS) >> 33 << 1);
}

/* Ends a body that has set MSR[TS]. */
#define TM_NEXT()                                                                                  \
    do {                                                                                           \
        cpu->nia = (CIA + 4) & cpu->ea_mask;                                                       \
        tm_fail_if_resumed(cpu);                                                                   \
        return ISA_CONTEXT;                                                                        \
    } while (0)

/* In Suspended state nothing begins. */
SEM(TBEGIN_DOT)
{
    if (tm_is_suspended(cpu)) {
        WRITE_CR_FIELD(0, tm_state_cr(cpu));
        return ISA_NEXT;
    }
    tm_begin_fails(cpu, FIELD(10, 1));
    WRITE_CR_FIELD(0, 0xa);
    return ISA_NEXT;
}

SEM(TEND_DOT)
{
    if (tm_is_suspended(cpu))
        return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
    WRITE_CR_FIELD(0, tm_state_cr(cpu));
    return ISA_NEXT;
}

/* TDOOMED is 1 in Suspended state, since trechkpt. set it; without a transaction it reads 0. */
SEM(TCHECK)
{
    WRITE_CR_FIELD(op->rt >> 2, (tm_is_suspended(cpu) ? 8u : 0) | tm_state_cr(cpu));
    return ISA_NEXT;
}

/* L=1 resumes; a transaction that is doomed fails then. */
SEM(TSR_DOT)
{
    const bool resumes = tm_is_suspended(cpu) && FIELD(10, 1);
    WRITE_CR_FIELD(0, tm_state_cr(cpu));
    if (!resumes)
        return ISA_NEXT;
    cpu_set_msr(cpu, (cpu->msr & ~MSR_TS) | MSR_TS_TRANSACTIONAL);
    TM_NEXT();
}

/*
 * Without a transaction tabort. and its kin do nothing, and in Suspended state the failure is
 * recorded already. The conditional ones set CR0 whether or not the condition holds.
 */
#define TM_ABORT(id)                                                                               \
    SEM(id)                                                                                        \
    {                                                                                              \
        WRITE_CR_FIELD(0, tm_state_cr(cpu));                                                       \
        return ISA_NEXT;                                                                           \
    }
TM_ABORT(TABORT_DOT)
TM_ABORT(TABORTWC_DOT)
TM_ABORT(TABORTDC_DOT)
TM_ABORT(TABORTWCI_DOT)
TM_ABORT(TABORTDCI_DOT)
#undef TM_ABORT

SEM(TRECLAIM_DOT)
{
    if (!(cpu->msr & MSR_TS))
        return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
    WRITE_CR_FIELD(0, tm_state_cr(cpu));
    tm_load_checkpoint(cpu);
    cpu_set_msr(cpu, cpu->msr & ~MSR_TS);
    TM_NEXT();
}

SEM(TRECHKPT_DOT)
{
    if ((cpu->msr & MSR_TS) || !(cpu->texasr & TEXASR_FS))
        return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
    WRITE_CR_FIELD(0, tm_state_cr(cpu));
    tm_save_checkpoint(cpu);
    cpu_set_msr(cpu, cpu->msr | MSR_TS_SUSPENDED);
    TM_NEXT();
}
