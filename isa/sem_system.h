/* Bodies of insns_system.def: Book II 3, 4; Book III-S 3, 4, 5. */
#include "isa/access.h"
#include "isa/spr.h"
#include "isa/tm.h"

/* Completed, and what follows is to be fetched and checked anew. */
#define NEXT_IN_NEW_CONTEXT()                                                                      \
    do {                                                                                           \
        cpu->nia = (CIA + 4) & cpu->ea_mask;                                                       \
        return ISA_CONTEXT;                                                                        \
    } while (0)

SEM(MFMSR)
{
    WRITE_RT(cpu->msr);
    return ISA_NEXT;
}

/* PR=1 implies EE, IR and DR (Book III-S 4.3.1, mtmsrd and rfid). */
static inline uint64_t msr_implied(uint64_t msr)
{
    return msr & MSR_PR ? msr | MSR_EE | MSR_IR | MSR_DR : msr;
}

/* What mtmsrd and mtmsr with L=0 never change; mtmsrd may change the transaction state. */
#define MTMSRD_KEEPS (MSR_HV | MSR_ME | MSR_LE)
#define MTMSR_KEEPS  (MTMSRD_KEEPS | MSR_TS | MSR_TM)

SEM(MTMSRD)
{
    const uint64_t rs = RS & cpu_msr_existing(cpu);
    if (FIELD(15, 1)) {
        const bool opens = !(cpu->msr & MSR_EE) && (rs & MSR_EE) && cpu->pending;
        cpu->msr = (cpu->msr & ~(MSR_EE | MSR_RI)) | (rs & (MSR_EE | MSR_RI));
        if (!opens)
            return ISA_NEXT;
        NEXT_IN_NEW_CONTEXT();
    }
    const uint64_t nia = CIA + 4;
    const uint64_t msr = msr_implied((rs & ~MTMSRD_KEEPS & ~MTMSR_KEEPS) |
                                     (cpu->msr & MTMSRD_KEEPS) | tm_changed(cpu->msr, rs));
    if (!tm_may_change(cpu->msr, rs) || tm_is_hidden_in(cpu, msr))
        return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
    cpu_set_msr(cpu, msr);
    cpu->nia = nia & cpu->ea_mask;
    tm_fail_if_resumed(cpu);
    return ISA_CONTEXT;
}

SEM(MTMSR)
{
    const uint64_t high = UINT64_C(0xffffffff00000000);
    const uint64_t rs = (cpu->msr & high) | (RS & ~high);
    if (FIELD(15, 1)) {
        cpu->msr = (cpu->msr & ~(MSR_EE | MSR_RI)) | (rs & (MSR_EE | MSR_RI));
    } else {
        const uint64_t msr = msr_implied((rs & ~MTMSR_KEEPS) | (cpu->msr & MTMSR_KEEPS));
        if (tm_is_hidden_in(cpu, msr))
            return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
        cpu_set_msr(cpu, msr);
    }
    NEXT_IN_NEW_CONTEXT();
}

/* SRR1 bits 33:36 and 42:47 are not restored; HV and ME only by a hypervisor. */
SEM(RFID)
{
    const uint64_t kept = SRR1_CAUSE_MASK | MSR_HV | MSR_ME | MSR_TS | MSR_TM;
    const uint64_t srr1 = cpu->srr1 & cpu_msr_existing(cpu);
    const uint64_t restored = (srr1 & ~kept) | tm_changed(cpu->msr, srr1);
    const uint64_t msr = msr_implied(restored | (cpu->msr & kept & ~(MSR_TS | MSR_TM)));
    if (!tm_may_change(cpu->msr, srr1) || tm_is_hidden_in(cpu, msr))
        return isa_raise_program(cpu, SRR1_PROG_TM_BAD);
    cpu->cfar = CIA;
    cpu_set_msr(cpu, msr);
    cpu->nia = cpu->srr0 & ~UINT64_C(3) & cpu->ea_mask;
    tm_fail_if_resumed(cpu);
    return ISA_CONTEXT;
}

SEM(ISYNC)
{
    return ISA_NEXT; /* decoded code is always coherent, translations are flushed when they change
                      */
}

SEM(SYNC)
{
    return ISA_NEXT;
}

SEM(EIEIO)
{
    return ISA_NEXT;
}

/* -- SPRs -- */
#include "isa/sem_spr.h"

SEM(MFTB)
{
    uint64_t v = RT;
    if (op->imm != 268 && op->imm != 269)
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    const enum isa_outcome outcome = spr_read(cpu, (unsigned)op->imm, &v);
    if (outcome == ISA_NEXT)
        WRITE_RT(v);
    return outcome;
}

/* -- SLB and TLB -- */

SEM(SLBMTE)
{
    if (!mmu_slbmte(cpu, RS, RB))
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    NEXT_IN_NEW_CONTEXT(); /* it may have replaced the segment that is executing */
}

SEM(SLBIE)
{
    mmu_slbie(cpu, RB);
    NEXT_IN_NEW_CONTEXT();
}

SEM(SLBIA)
{
    mmu_slbia(cpu, FIELD(8, 3));
    NEXT_IN_NEW_CONTEXT();
}

SEM(SLBMFEE)
{
    const unsigned i = RB & 0xfff;
    const struct slb_entry *e = i < cpu->model->slb_entries ? &cpu->mmu->slb[i] : NULL;
    WRITE_RT(e && (e->esid & SLB_V) ? e->esid : 0);
    return ISA_NEXT;
}

SEM(SLBMFEV)
{
    const unsigned i = RB & 0xfff;
    const struct slb_entry *e = i < cpu->model->slb_entries ? &cpu->mmu->slb[i] : NULL;
    WRITE_RT(e && (e->esid & SLB_V) ? e->vsid : 0);
    return ISA_NEXT;
}

SEM(SLBFEE_DOT)
{
    const int i = mmu_slb_find(cpu, RB);
    WRITE_RT(i >= 0 ? cpu->mmu->slb[i].vsid : 0);
    WRITE_CR_FIELD(0, (i >= 0 ? CR_EQ : 0) | cpu->so);
    return ISA_NEXT;
}

/*
 * The bridge to 32-bit operating systems (Book III-S 5.9.3.2): segment register n is SLB entry n,
 * of 256 MB, with 27 bits of VSID.
 */
#define SEGMENT_FLAGS(rs) ((rs) >> 27 & 0xf) /* Ks Kp N L */
#define SEGMENT_VSID(rs)  ((rs)&0x7ffffff)
#define SEGMENT_OF_INSN   FIELD(12, 4)
#define SEGMENT_OF_EA(rb) ((unsigned)((rb) >> 28 & 0xf))

static inline bool segment_write(struct cpu *cpu, unsigned n, uint64_t rs)
{
    return mmu_slbmte(cpu, SEGMENT_VSID(rs) << 12 | SEGMENT_FLAGS(rs) << 8,
                      (uint64_t)n << 28 | SLB_V | n);
}

static inline uint64_t segment_read(const struct cpu *cpu, unsigned n)
{
    const struct slb_entry *const e = &cpu->mmu->slb[n];
    return e->esid & SLB_V ? (e->vsid >> 8 & 0xf) << 27 | SEGMENT_VSID(e->vsid >> 12) : 0;
}

SEM(MTSR)
{
    if (!segment_write(cpu, SEGMENT_OF_INSN, RS))
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    NEXT_IN_NEW_CONTEXT();
}

SEM(MTSRIN)
{
    if (!segment_write(cpu, SEGMENT_OF_EA(RB), RS))
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    NEXT_IN_NEW_CONTEXT();
}

SEM(MFSR)
{
    WRITE_RT(segment_read(cpu, SEGMENT_OF_INSN));
    return ISA_NEXT;
}

SEM(MFSRIN)
{
    WRITE_RT(segment_read(cpu, SEGMENT_OF_EA(RB)));
    return ISA_NEXT;
}

/*
 * Initiate a coprocessor, of the type in RS[42:47]. ACOP says which types problem state may ask
 * for; no coprocessor is there, so a request is rejected: CR0[EQ] with Rc=1.
 */
SEM(ICSWX)
{
    const uint64_t ea = EA(RA_OR_0 + RB);
    if ((cpu->msr & MSR_PR) && !(cpu->acop << (RS >> 16 & 0x3f) >> 63))
        return isa_raise_dsi(cpu, ea, DSISR_COPROCESSOR);
    if (ea & 127)
        return isa_raise_alignment(cpu, ea, op->word);
    if (RC_BIT)
        WRITE_CR_FIELD(0, CR_EQ | cpu->so);
    return ISA_NEXT;
}

/* MSR[SLE] does not exist on these CPUs, so that there is nothing to move to. */
SEM(MTSLE)
{
    return ISA_NEXT;
}

SEM(TLBIEL)
{
    mmu_flush_all(cpu);
    NEXT_IN_NEW_CONTEXT();
}

#define NO_OP(id)                                                                                  \
    SEM(id)                                                                                        \
    {                                                                                              \
        return ISA_NEXT;                                                                           \
    }
NO_OP(RNOP530)
NO_OP(RNOP562)
NO_OP(RNOP594)
NO_OP(RNOP626)
NO_OP(RNOP658)
NO_OP(RNOP690)
NO_OP(RNOP722)
NO_OP(RNOP754)
#undef NO_OP

/* Hypervisor rows: E_HV answers before a body could run, so the bodies say the same. */
#define HYPERVISOR_ROW(id)                                                                         \
    SEM(id)                                                                                        \
    {                                                                                              \
        return isa_raise_program(cpu, SRR1_PROG_PRIVILEGED);                                       \
    }
HYPERVISOR_ROW(HRFID)
HYPERVISOR_ROW(DOZE)
HYPERVISOR_ROW(NAP)
HYPERVISOR_ROW(SLEEP)
HYPERVISOR_ROW(RVWINKLE)
HYPERVISOR_ROW(MSGSND)
HYPERVISOR_ROW(MSGCLR)
HYPERVISOR_ROW(TLBIE)
HYPERVISOR_ROW(TLBSYNC)
#undef HYPERVISOR_ROW

/* attn is illegal unless HID0 enables it, which only a hypervisor can. */
SEM(ATTN)
{
    return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
}
