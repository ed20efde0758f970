/*
 * Bodies of event-based branches, the BHRB and directed doorbells: Book II 7, Book I 8,
 * Book III-S 11.
 */
#include "isa/access.h"
#include "isa/bus.h"
#include "isa/pmu.h"
#include "isa/tm.h"

SEM(RFEBB)
{
    const uint64_t wanted = (cpu->msr & MSR_TM) | (cpu->bescr & BESCR_TS) << 3;
    if ((cpu->msr & MSR_PR) && !(cpu->fscr & FSCR_EBB))
        return isa_raise_facility(cpu, FSCR_IC_EBB);
    if (!tm_may_change(cpu->msr, wanted))
        return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
    cpu->bescr = (cpu->bescr & ~BESCR_GE) | (FIELD(20, 1) ? BESCR_GE : 0);
    cpu->cfar = CIA;
    cpu->nia = cpu->ebbrr & ~UINT64_C(3) & cpu->ea_mask;
    cpu_set_msr(cpu, (cpu->msr & ~(MSR_TS | MSR_TM)) | tm_changed(cpu->msr, wanted));
    tm_fail_if_resumed(cpu);
    return ISA_CONTEXT;
}

#define REQUIRE_BHRB()                                                                             \
    do {                                                                                           \
        if ((cpu->msr & MSR_PR) && !(cpu->mmcr0 & MMCR0_BHRBA))                                    \
            return isa_raise_facility(cpu, FSCR_IC_BHRB);                                          \
    } while (0)

SEM(MFBHRBE)
{
    REQUIRE_BHRB();
    WRITE_RT(bhrb_entry(cpu, FIELD(11, 10)));
    return ISA_NEXT;
}

SEM(CLRBHRB)
{
    REQUIRE_BHRB();
    bhrb_clear(cpu);
    return ISA_NEXT;
}
#undef REQUIRE_BHRB

/* A message of type 5 to the thread of this core that TIRTAG names. */
#define DOORBELL_TYPE(rb) ((rb) >> 27 & 0x1f)
#define DOORBELL_TAG(rb)  ((rb)&0x7f)

SEM(MSGSNDP)
{
    const uint64_t rb = RB;
    cpu->nia = (CIA + 4) & cpu->ea_mask;
    if (DOORBELL_TYPE(rb) != 5 || DOORBELL_TAG(rb) >= cpu->bus->threads)
        return ISA_CONTEXT;
    struct cpu *const target = cpu_thread(cpu, (unsigned)DOORBELL_TAG(rb));
    target->dpdes |= 1;
    cpu_update_events(target);
    /* A thread that waits may be woken by it: the caller looks. */
    return target == cpu ? ISA_CONTEXT : ISA_TIMER;
}

SEM(MSGCLRP)
{
    if (DOORBELL_TYPE(RB) == 5)
        cpu->dpdes &= ~UINT64_C(1);
    cpu_update_events(cpu);
    return ISA_NEXT;
}
#undef DOORBELL_TYPE
#undef DOORBELL_TAG
