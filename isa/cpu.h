/*
 * The architected state of one thread (vCPU), and what the engines keep beside it.
 * Everything that a checkpoint holds is listed in cpu_state_desc (cpu.c); the rest is derived.
 */
#ifndef HORNPIPE_ISA_CPU_H
#define HORNPIPE_ISA_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "isa/clock.h"
#include "isa/counters.h"
#include "isa/fp/fp_op.h"
#include "isa/insn.h"
#include "isa/mmu/mmu.h"
#include "isa/msr.h"
#include "isa/pmu.h"

/*
 * A vector-scalar register, as one 128-bit value in host order: architected element i of n
 * (0 is leftmost) is at index n-1-i. Use the VSR_* accessors.
 */
union vsr {
    unsigned __int128 q;
    uint64_t d[2];
    uint32_t w[4];
    uint16_t h[8];
    uint8_t b[16];
    int64_t sd[2];
    int32_t sw[4];
    int16_t sh[8];
    int8_t sb[16];
    /* For the host: all of it at once, so that a store is forwarded to whatever reads it next. */
    uint64_t whole __attribute__((vector_size(16)));
    double f64 __attribute__((vector_size(16)));
    float f32 __attribute__((vector_size(16)));
};
#define VSR_D(v, i) ((v).d[1 - (i)])
#define VSR_W(v, i) ((v).w[3 - (i)])
#define VSR_H(v, i) ((v).h[7 - (i)])
#define VSR_B(v, i) ((v).b[15 - (i)])

enum isa_vector {
#define INTERRUPT(id, name, offset, ail) VECTOR_##id,
#include "isa/interrupts.def"
#undef INTERRUPT
    VECTOR_COUNT
};

/* Lines that ask for an interrupt when MSR[EE]=1 (bits of cpu.pending). */
enum isa_pending {
    PENDING_EXTERNAL = 1,    /* level, driven by the interrupt controller */
    PENDING_DECREMENTER = 2, /* level, follows the top bit of DEC */
    PENDING_RESET = 4,       /* system reset: taken whatever MSR[EE] says */
    PENDING_PERFMON = 8,     /* level, MMCR0[PMAO] unless alerts are for event-based branches */
    PENDING_DOORBELL = 16,   /* DPDES */
    PENDING_EBB = 32,        /* an event-based branch is due; only in problem state */
};

struct cpu_model {
    const char *name;           /* as `-cpu` spells it */
    const char *versioned_name; /* the name that `name` is an alias of */
    uint32_t pvr;
    enum isa_level level;
    unsigned slb_entries;
};

/* By either name, in any case; NULL when no model has that name. */
const struct cpu_model *cpu_model_find(const char *name);

/* The list of models, ended by a row whose name is NULL. */
extern const struct cpu_model cpu_models[];

/* "data-storage" and so on, for logs and statistics. */
const char *isa_vector_name(enum isa_vector vector);

/* Why an instruction cannot complete, or what it asks for after it: set by the isa_raise_*(). */
struct isa_fault {
    enum isa_vector vector;
    uint64_t srr1; /* cause bits */
    uint64_t dar;
    uint32_t dsisr;
    bool sets_dar, sets_dsisr;
};

/* What a transaction that fails restores (Book II 5.3.2); CR0 is not used. */
struct tm_checkpoint {
    union vsr vsr[64];
    uint64_t gpr[32];
    uint64_t xer, lr, ctr, fpscr, amr, ppr, dscr, tar;
    uint32_t cr, vscr, vrsave;
};

struct cpu {
    /* -- What every instruction touches -- */
    uint64_t gpr[33]; /* gpr[32] is always 0: RA|0 with RA=0 */
    uint64_t cia;     /* current instruction address */
    uint64_t nia;     /* next, set by whatever ends sequential flow */
    uint64_t msr;
    uint64_t ea_mask; /* derived from MSR[SF]: all ones, or the low 32 bits */
    uint64_t left;    /* instructions still allowed in this run() */
    uint8_t cr[8];    /* CR fields: LT 8, GT 4, EQ 2, SO 1 */
    uint8_t so, ov, ca;
    bool big_endian;                       /* derived: !MSR[LE] */
    uint8_t string_count;                  /* XER[57:63] */
    uint8_t mmu_mode_data, mmu_mode_fetch; /* derived: enum mmu_mode */
    uint8_t hidden;                        /* derived: enum isa_set that the PCR hides now */
    uint8_t code_mode;                     /* derived: CODE_MODE() of the present state */
    uint64_t lr, ctr;
    uint64_t *mix;                    /* derived: counters.insns[privilege] */
    struct tlb_data *dtlb;            /* derived: the software TLB of mmu_mode_data */
    const struct tlb_code *code_tlb;  /* derived: that of mmu_mode_fetch */
    int32_t *slot_counts;             /* derived: the threaded engine's, of this privilege state */
    struct threaded_guesses *guesses; /* derived: the threaded engine's */
    uint64_t exec_ea;                 /* effective address of exec_page, for the threaded engine */
    uint64_t taken;                   /* branches that it has taken in this privilege state */

    /* -- FP and vector -- */
    union vsr vsr[64]; /* FPR i is doubleword 0 of vsr[i]; VR i is vsr[32 + i] */
    uint64_t fpscr;    /* but for fp_late: exact between two run()s and after fp_settle() */
    struct fp_late fp_late;
    uint32_t vscr;
    uint32_t vrsave;

    /* -- Reservation (Book II 1.7.4) -- */
    bool reserve_valid;
    uint8_t reserve_size;
    uint64_t reserve_real; /* real address of the larx, 128-byte granule = >> 7 */
    bool reserve_parked;   /* derived (reserve.h): guarded against other vCPUs' stores ... */
    uint64_t reserve_page; /* ... into this real page */

    /* -- Special purpose registers -- */
    uint64_t srr0, srr1, dar, sprg[4], cfar, tar, dscr, amr, iamr, uamor, amor, fscr, ppr;
    uint64_t acop, pid, ctrl, pspb, dpdes, tfhar, tfiar, texasr;
    uint64_t ebbhr, ebbrr, bescr;
    uint64_t mmcr0, mmcr1, mmcr2, mmcra, mmcrs, siar, sdar, sier;
    uint32_t pmc[6];
    uint32_t spmc[2];
    uint64_t tacr, tcscr, csigr, wort;
    uint64_t dabr, dabrx, dawr0, dawrx0, ciabr;
    uint64_t lpcr, pcr; /* hypervisor's, never read by the guest; PCR is set by cpu_set_pcr() */
    uint32_t dsisr;
    uint32_t pvr, pir;
    uint64_t bhrb[BHRB_ENTRIES]; /* a ring */
    uint8_t bhrb_last;           /* index of the last entry written */
    bool bhrb_on;                /* derived: taken branches are noted now */
    struct tm_checkpoint checkpoint;
    uint32_t dec_value;    /* DEC when it was last written ... */
    uint64_t dec_timebase; /* ... and the timebase then */

    /* -- Interrupts -- */
    uint32_t pending; /* enum isa_pending */
    struct isa_fault fault;
    bool intercept;   /* interrupts end run() with STOP_INTERRUPT instead of being taken */
    bool intercepted; /* one has, in this run(): it is in `fault` */
    uint8_t held;     /* what the body's ISA_INTERRUPT is instead: enum isa_outcome, or 0 */

    /* -- Run state, owned by the machine -- */
    bool halted; /* ceded or stopped: run() must not be called */

    /* -- Counts (contract 2) -- */
    uint64_t icount_end; /* vcpu_icount at which this run() ends: vcpu_icount = icount_end - left */

    /* -- Time (contract 3) -- */
    uint64_t idle_cycles; /* that this vCPU waited while others ran */
    uint64_t clock_limit; /* a clock is not read after this cycle: another vCPU is there still */

    bool uncounted; /* counters by op are off: only to measure what counting costs */
    const struct cpu_model *model;
    struct isa_clock *clock;           /* borrowed, shared by all vCPUs */
    struct mmu *mmu;                   /* owned: SLB and software TLB */
    struct isa_bus *bus;               /* borrowed: RAM, HPT, decoded code */
    struct isa_counters *counters;     /* owned */
    struct isa_watch *watch;           /* borrowed; NULL unless someone watches every instruction */
    const struct code_page *exec_page; /* what run() executes now: must not be freed */
    struct threaded_counts *threaded;  /* owned; NULL: the threaded engine never ran this vCPU */
    bool is_threaded;                  /* the threaded engine runs it */
    struct isa_missing_list *missing;  /* owned: instructions met that have no body */
};

/* Creates a vCPU of `model`, not yet reset. `bus` and `clock` are borrowed. NULL: no memory. */
struct cpu *cpu_create(const struct cpu_model *model, uint32_t pir, struct isa_bus *bus,
                       struct isa_clock *clock);
void cpu_destroy(struct cpu *cpu);

/* Power-on state as the machine hands it to firmware: all zero, MSR = FP|ME, SLB and TLB empty. */
void cpu_reset(struct cpu *cpu);

/* Description of the architected state (contract 7). */
extern const struct state_desc cpu_state_desc;

/* Thread `n` of the core that this vCPU is a thread of, whose own number is PIR modulo threads. */
struct cpu *cpu_thread(const struct cpu *cpu, unsigned n);
unsigned cpu_thread_number(const struct cpu *cpu);

/* The bits that the MSR of this CPU has, as a guest sees it: HV is always 0. */
uint64_t cpu_msr_existing(const struct cpu *cpu);

/* Sets the MSR and everything derived from it. Any value; bits that do not exist are dropped. */
void cpu_set_msr(struct cpu *cpu, uint64_t msr);

/*
 * Sets the PCR, of which a CPU of 2.06 has VEC, VSX and v2.05, one of 2.07 TM, v2.06 and v2.05; the
 * others are dropped. From now on problem state lacks what they name; v2.05 hides what v2.06 does.
 */
void cpu_set_pcr(struct cpu *cpu, uint64_t pcr);

/* Recomputes every derived field, after a restore or a change of the MSR. */
void cpu_derive(struct cpu *cpu);

/* Condition register as the 32-bit image of the book. */
static inline uint32_t cpu_get_cr(const struct cpu *cpu)
{
    uint32_t cr = 0;
    for (unsigned i = 0; i < 8; i++)
        cr = cr << 4 | cpu->cr[i];
    return cr;
}

static inline void cpu_set_cr(struct cpu *cpu, uint32_t cr)
{
    for (unsigned i = 0; i < 8; i++)
        cpu->cr[i] = cr >> (28 - 4 * i) & 0xf;
}

static inline uint64_t cpu_get_xer(const struct cpu *cpu)
{
    return (uint64_t)cpu->so << 31 | (uint64_t)cpu->ov << 30 | (uint64_t)cpu->ca << 29 |
           cpu->string_count;
}

static inline void cpu_set_xer(struct cpu *cpu, uint64_t xer)
{
    cpu->so = xer >> 31 & 1;
    cpu->ov = xer >> 30 & 1;
    cpu->ca = xer >> 29 & 1;
    cpu->string_count = xer & 0x7f;
}

/* PPR[PRI] becomes `priority` if the state may ask for it (Book II 3.1). */
#define PPR_PRI       PPC_BITMASK(11, 13)
#define PPR_PRI_SHIFT 50
void cpu_ask_priority(struct cpu *cpu, unsigned priority);

/* Instructions completed by this vCPU, exact at any moment, also inside a body. */
static inline uint64_t cpu_icount(const struct cpu *cpu)
{
    return cpu->icount_end - cpu->left;
}

/* This vCPU's own time, in core cycles, exact at any moment: the one place that turns counts into
 * time. */
static inline uint64_t cpu_cycles(const struct cpu *cpu)
{
    return clock_cycles(cpu->clock, cpu_icount(cpu)) + cpu->idle_cycles;
}

/* Lets a vCPU that has waited until `cycle` go on there; its time never runs back. */
static inline void cpu_idle_until(struct cpu *cpu, uint64_t cycle)
{
    const uint64_t own = cpu_cycles(cpu);
    if (own < cycle)
        cpu->idle_cycles += cycle - own;
}

/* Timebase (512 MHz) as the guest reads it at this instruction. */
uint64_t cpu_timebase(const struct cpu *cpu);

/* DEC as the guest reads it now: 32 bits. */
uint32_t cpu_dec(const struct cpu *cpu);
void cpu_set_dec(struct cpu *cpu, uint32_t value);

/* Timebase value at which DEC's top bit, the level of its interrupt, next changes either way. */
uint64_t cpu_dec_due(const struct cpu *cpu);

/* Brings PENDING_DECREMENTER up to date; call when time has moved. */
void cpu_update_timers(struct cpu *cpu);

/* True if an interrupt would be taken before the next instruction. */
static inline bool cpu_interrupt_ready(const struct cpu *cpu)
{
    return (cpu->pending & PENDING_RESET) || (cpu->pending && (cpu->msr & MSR_EE));
}

/* Enters in the FPSCR what the last FP operation has left out. */
void fp_settle_late(struct cpu *cpu);

/* For whoever looks at FR, FI or FPRF, or writes some of them only; what runs a vCPU ends with it.
 */
static inline void fp_settle(struct cpu *cpu)
{
    if (UNLIKELY(cpu->fp_late.stale))
        fp_settle_late(cpu);
}

/*
 * Takes the interrupt in cpu->fault: SRR0 = `srr0`, SRR1, DAR and DSISR, the new MSR (ILE, AIL)
 * and NIA = its vector (Book III-S 6.4.3, 6.5). Counts it. With cpu->intercept only NIA = `srr0`.
 */
void cpu_take_interrupt(struct cpu *cpu, uint64_t srr0);

/* Takes the most favoured pending asynchronous interrupt, or event-based branch; call only if
 * cpu_interrupt_ready(). */
void cpu_take_pending(struct cpu *cpu);

#endif
