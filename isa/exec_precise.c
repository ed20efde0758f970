/*
 * The precise engine: one decoded instruction at a time, the reference that the others are held to.
 * Three copies of one loop: plain, without counters by op, and watched (an observer,
 * MSR[SE] or MSR[BE], or a branch history that is being written).
 */
#include <assert.h>

#include "isa/bus.h"
#include "isa/code_cache.h"
#include "isa/engine.h"
#include "isa/fp/fp_fast.h"
#include "isa/missing.h"
#include "isa/precise.h"
#include "isa/reserve.h"
#include "isa/retired.h"
#include "isa/spr.h"
#include "isa/threaded.h"

/* Interrupts in a row, with no instruction completed between, after which the guest counts as hung.
 */
enum { STUCK_LIMIT = 100000 };

/* -- Handlers that belong to no row -- */

/* First execution of a word of this page: decode in place, then run it. */
static enum isa_outcome handle_decode(struct cpu *cpu, const struct insn *op)
{
    code_decode(cpu, code_slot_of(op));
    cpu->nia = cpu->cia;
    return ISA_REFETCH;
}

static enum isa_outcome handle_illegal(struct cpu *cpu, const struct insn *op)
{
    cpu->counters->illegal_unknown[cpu->msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR]++;
    isa_missing_note(cpu, op->word, isa_lookup(op->word)); /* a row: not there now */
    return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
}

static enum isa_outcome handle_page_end(struct cpu *cpu, const struct insn *op)
{
    (void)op;
    cpu->nia = cpu->cia & cpu->ea_mask;
    return ISA_REFETCH;
}

static enum isa_outcome handle_marker(struct cpu *cpu, const struct insn *op)
{
    (void)op;
    cpu->nia = (cpu->cia + 4) & cpu->ea_mask;
    return ISA_MARKER;
}

enum isa_outcome precise_denied(struct cpu *cpu, const struct insn *op, uint64_t effects)
{
    const uint64_t lacks = ~cpu->msr;
    const bool privileged = effects & (cpu->model->level < ISA_207 ? E_PRIV | E_PRIV_206 : E_PRIV);
    if ((effects & E_HV) || (privileged && (cpu->msr & MSR_PR)))
        return isa_raise_program(cpu, SRR1_PROG_PRIVILEGED);
    if ((effects & E_FP) && (lacks & MSR_FP))
        return isa_raise(cpu, VECTOR_FP_UNAVAILABLE);
    if ((effects & E_VMX) && (lacks & MSR_VEC))
        return isa_raise(cpu, VECTOR_VMX_UNAVAILABLE);
    if ((effects & E_VSX) && (lacks & MSR_VSX))
        return isa_raise(cpu, VECTOR_VSX_UNAVAILABLE);
    if ((effects & E_TM) && (lacks & MSR_TM))
        return isa_raise_facility(cpu, FSCR_IC_TM);
    return isa_raise(cpu, op->rt < 32 ? VECTOR_FP_UNAVAILABLE : VECTOR_VMX_UNAVAILABLE);
}

/* -- The table of handlers, from the rows -- */

#define DECLARE_V1(id) enum isa_outcome precise_##id##_0(struct cpu *, const struct insn *);
#define DECLARE_RC(id)                                                                             \
    DECLARE_V1(id) enum isa_outcome precise_##id##_1(struct cpu *, const struct insn *);
#define DECLARE_LK(id) DECLARE_RC(id)
#define DECLARE_OERC(id)                                                                           \
    DECLARE_RC(id)                                                                                 \
    enum isa_outcome precise_##id##_2(struct cpu *, const struct insn *);                          \
    enum isa_outcome precise_##id##_3(struct cpu *, const struct insn *);
#define DECLARE_AALK(id) DECLARE_OERC(id)
#define INSN(id, name, form, po, xo, variants, opsig, unit, cat, since, effects)                   \
    DECLARE_##variants(id)
#include "isa/insns.def"
#undef INSN

#define SLOT_V1(id) [ROW_##id * 4] = precise_##id##_0,
#define SLOT_RC(id) SLOT_V1(id)[ROW_##id * 4 + 1] = precise_##id##_1,
#define SLOT_LK(id) SLOT_RC(id)
#define SLOT_OERC(id)                                                                              \
    SLOT_RC(id)[ROW_##id * 4 + 2] = precise_##id##_2, [ROW_##id * 4 + 3] = precise_##id##_3,
#define SLOT_AALK(id) SLOT_OERC(id)

precise_handler *precise_handlers[ISA_OP_COUNT] = {
    [OP_DECODE] = handle_decode,
    [OP_ILLEGAL] = handle_illegal,
    [OP_PAGE_END] = handle_page_end,
    [OP_MARKER] = handle_marker,
#define INSN(id, name, form, po, xo, variants, opsig, unit, cat, since, effects) SLOT_##variants(id)
#include "isa/insns.def"
#undef INSN
};

/* -- Handlers for hosts that have FMA instructions -- */

#if PRECISE_HAS_TWINS
#define TWIN(id, v)                                                              enum isa_outcome precise_##id##_##v##_fma(struct cpu *, const struct insn *);
#define TWIN_V1(id)                                                              TWIN(id, 0)
#define TWIN_RC(id)                                                              TWIN(id, 0) TWIN(id, 1)
#define INSN(id, name, form, po, xo, variants, opsig, unit, cat, since, effects) TWIN_##variants(id)
#include "isa/insns_fp.def"
#include "isa/insns_vsx.def"
#undef TWIN
#undef INSN

#define TWIN(id, v)                                                              [ROW_##id * 4 + v] = precise_##id##_##v##_fma,
#define INSN(id, name, form, po, xo, variants, opsig, unit, cat, since, effects) TWIN_##variants(id)
static precise_handler *const fma_handlers[ISA_OP_COUNT] = {
#include "isa/insns_fp.def"
#include "isa/insns_vsx.def"
};
#undef INSN

static void use_fma(void)
{
    for (unsigned op = 0; op < ISA_OP_COUNT; op++)
        if (fma_handlers[op])
            precise_handlers[op] = fma_handlers[op];
}
#endif

void isa_init(void)
{
    fp_fast_check_host();
#if PRECISE_HAS_TWINS
    if (__builtin_cpu_supports("fma"))
        use_fma();
#endif
    isa_decode_init();
    threaded_init();
    spr_init();
}

/* -- Fetch -- */

/* The decoded page of `nia`; false after recording the interrupt. */
static bool fetch_miss(struct cpu *cpu, uint64_t nia, struct tlb_code_entry *entry,
                       struct tlb_origin *origin)
{
    struct mmu_page page;
    if (!mmu_translate(cpu, nia, MMU_FETCH, &page))
        return false;
    const uint64_t real = page.real & TLB_PAGE_MASK;
    if (!bus_is_ram(cpu->bus, real, TLB_PAGE_SIZE)) {
        cpu->fault = (struct isa_fault){.vector = VECTOR_MACHINE_CHECK, .srr1 = SRR1_MC_FETCH};
        return false;
    }
    entry->page = code_cache_get(cpu->bus, real, cpu->code_mode);
    entry->tag = (nia & TLB_PAGE_MASK) | cpu->code_mode;
    entry->real = real;
    threaded_touch(cpu, entry->page);
    *origin = (struct tlb_origin){.ptex = page.ptex, .slb = page.slb};
    return true;
}

static inline bool fetch(struct cpu *cpu, uint64_t nia)
{
    struct tlb_code *tlb = &cpu->mmu->code[cpu->mmu_mode_fetch];
    const unsigned i = (unsigned)(nia >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1));
    struct tlb_code_entry *entry = &tlb->entry[i];
    if (UNLIKELY(entry->tag != ((nia & TLB_PAGE_MASK) | cpu->code_mode))) {
        cpu->exec_page = NULL; /* nothing runs now: any page may be reused */
        if (!fetch_miss(cpu, nia, entry, &tlb->origin[i]))
            return false;
    }
    cpu->exec_page = entry->page;
    return true;
}

/* -- Watching -- */

static void watch_flush(struct isa_watch *watch)
{
    if (watch->count)
        watch->batch(watch->ctx, watch->records, watch->count);
    watch->count = 0;
}

static void watch_record(struct cpu *cpu, uint32_t word, uint64_t ea, unsigned flags)
{
    struct isa_watch *watch = cpu->watch;
    watch->records[watch->count++] =
        (struct isa_retired){.cia = cpu->cia, .ea = ea, .word = word, .flags = (uint8_t)flags};
    if (watch->count == ISA_WATCH_BATCH)
        watch_flush(watch);
}

static void watch_completed(struct cpu *cpu, const struct insn *op, bool problem, bool branched)
{
    struct isa_watch *watch = cpu->watch;
    watch_record(cpu, op->word, watch->has_ea ? watch->last_ea : 0,
                 (watch->has_ea ? RETIRED_HAS_EA : 0) | (problem ? RETIRED_PROBLEM : 0) |
                     (branched ? RETIRED_BRANCHED : 0));
    watch->has_ea = 0;
}

/* Takes what is in cpu->fault, telling the observer. */
static void take_interrupt(struct cpu *cpu, uint64_t srr0)
{
    const enum isa_vector vector = cpu->fault.vector;
    if (UNLIKELY(cpu->watch)) {
        cpu->watch->has_ea = 0;
        cpu->cia = srr0;
        watch_record(cpu, 0, vector, RETIRED_INTERRUPT);
    }
    cpu_take_interrupt(cpu, srr0);
}

/* The instruction at `cia` was not executed: why. */
static enum isa_outcome take_held(struct cpu *cpu, uint64_t cia)
{
    const enum isa_outcome outcome = cpu->held;
    cpu->held = 0;
    cpu->nia = cia;
    if (cpu->watch)
        cpu->watch->has_ea = 0;
    return outcome;
}

/* -- The loop -- */

enum loop_kind { LOOP_PLAIN, LOOP_UNCOUNTED, LOOP_WATCHED };

/* A trace interrupt follows a completed instruction if MSR[SE], or MSR[BE] and it was a branch. */
static bool wants_trace(uint64_t msr, const struct insn *op)
{
    const bool branch = isa_rows[OP_ROW(op->op)].effects & E_BRANCH;
    return (msr & MSR_SE) || ((msr & MSR_BE) && branch);
}

/* What a trace interrupt calls a load or a store: cache control as well, by what it hints. */
#define TRACE_ADDRESSES (E_LOAD | E_STORE | E_CACHE_OP)

static bool traced_as_store(const struct insn *op)
{
    return (isa_rows[OP_ROW(op->op)].effects & E_STORE) || OP_ROW(op->op) == ROW_DCBTST;
}

/* The effective address of such an instruction that is about to execute; 0 of another one. */
static uint64_t operand_address(const struct cpu *cpu, const struct insn *op)
{
    const struct isa_row *const row = &isa_rows[OP_ROW(op->op)];
    if (!(row->effects & TRACE_ADDRESSES))
        return 0;
    uint64_t ea = cpu->gpr[row->effects & E_UPDATE ? op->ra : op->ra0];
    if (row->form == FORM_D || row->form == FORM_DS || row->form == FORM_DQ)
        ea += (uint64_t)(int64_t)op->imm;
    else if (OP_ROW(op->op) != ROW_LSWI && OP_ROW(op->op) != ROW_STSWI)
        ea += cpu->gpr[op->rb];
    return ea & cpu->ea_mask;
}

/*
 * The trace interrupt after `op`, which was at cpu->cia and had the operand `ea`. 2.07 says in
 * SRR1[33 35 36] that it is one, of a load, of a store, and in SIAR and SDAR where (Book
 * III-S 6.5.15); 2.06 leaves that to the implementation.
 */
static void take_trace(struct cpu *cpu, const struct insn *op, uint64_t ea, uint64_t srr0)
{
    isa_raise(cpu, VECTOR_TRACE);
    if (cpu->model->level >= ISA_207) {
        cpu->fault.srr1 = SRR1_TRACE;
        cpu->siar = cpu->cia;
        if (isa_rows[OP_ROW(op->op)].effects & TRACE_ADDRESSES) {
            cpu->fault.srr1 |= traced_as_store(op) ? SRR1_TRACE_STORE : SRR1_TRACE_LOAD;
            cpu->sdar = ea;
        }
    }
    take_interrupt(cpu, srr0);
}

/*
 * Runs from cpu->nia until something other than plain flow happens: returns the outcome that ended
 * it, with cpu->nia the next instruction. ISA_NEXT: the budget is used up. ISA_CONTEXT: the caller
 * looks at MSR and pending interrupts, and calls again.
 */
__attribute__((always_inline)) static inline enum isa_outcome run_loop(struct cpu *cpu,
                                                                       const enum loop_kind kind)
{
    uint64_t cia = cpu->nia;
    uint64_t left = cpu->left; /* bodies only read it: no need to wait for the store */
    uint64_t *const mix = cpu->mix;
    const uint64_t msr = cpu->msr;
    const unsigned priv = msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR;
    if (!fetch(cpu, cia)) {
        take_interrupt(cpu, cia);
        return ISA_INTERRUPT;
    }
    const struct code_slot *slot = &cpu->exec_page->slots[cia >> 2 & (CODE_PAGE_INSNS - 1)];
    for (;;) {
        const struct insn *const op = &slot->insn;
        cpu->cia = cia;
        const unsigned k = op->op;
        const uint64_t traced_ea =
            kind == LOOP_WATCHED && (msr & MSR_SE) ? operand_address(cpu, op) : 0;
        const enum isa_outcome outcome = precise_handlers[k](cpu, op);
        if (LIKELY(outcome == ISA_NEXT)) {
            cia += 4;
            if (kind != LOOP_UNCOUNTED)
                mix[k]++;
            if (kind == LOOP_WATCHED) {
                if (cpu->watch)
                    watch_completed(cpu, op, priv == PRIV_PROBLEM, false);
                if (UNLIKELY(wants_trace(msr, op))) {
                    cpu->left = --left;
                    take_trace(cpu, op, traced_ea, cia & cpu->ea_mask);
                    return ISA_COMPLETED_INTERRUPT;
                }
            }
            slot++;
            if (UNLIKELY((cpu->left = --left) == 0)) {
                cpu->nia = cia & cpu->ea_mask;
                return ISA_NEXT;
            }
            continue;
        }
        if (LIKELY(outcome == ISA_BRANCH)) {
            const uint64_t nia = cpu->nia;
            if (kind != LOOP_UNCOUNTED) {
                mix[k]++;
                cpu->counters->branches_taken[priv]++;
            }
            if (kind == LOOP_WATCHED) {
                if (cpu->bhrb_on)
                    bhrb_record(cpu, op);
                if (cpu->watch)
                    watch_completed(cpu, op, priv == PRIV_PROBLEM, true);
                if (UNLIKELY(wants_trace(msr, op))) {
                    cpu->left = --left;
                    take_trace(cpu, op, traced_ea, nia);
                    return ISA_COMPLETED_INTERRUPT;
                }
            }
            if (UNLIKELY((cpu->left = --left) == 0))
                return ISA_NEXT;
            if (UNLIKELY((nia ^ cia) & TLB_PAGE_MASK) && !fetch(cpu, nia)) {
                take_interrupt(cpu, nia);
                return ISA_INTERRUPT;
            }
            cia = nia;
            slot = &cpu->exec_page->slots[cia >> 2 & (CODE_PAGE_INSNS - 1)];
            continue;
        }
        if (outcome == ISA_REFETCH) {
            cia = cpu->nia;
            if (!fetch(cpu, cia)) {
                take_interrupt(cpu, cia);
                return ISA_INTERRUPT;
            }
            slot = &cpu->exec_page->slots[cia >> 2 & (CODE_PAGE_INSNS - 1)];
            continue;
        }
        if (outcome == ISA_CLOCK) {
            cpu->nia = cia;
            return ISA_CLOCK;
        }
        if (outcome == ISA_INTERRUPT) {
            if (UNLIKELY(cpu->held))
                return take_held(cpu, cia);
            take_interrupt(cpu, cia);
            return ISA_INTERRUPT;
        }
        /* Completed, and something for the caller to act on. */
        if (kind != LOOP_UNCOUNTED)
            mix[k]++;
        if (kind == LOOP_WATCHED && cpu->watch)
            watch_completed(cpu, op, priv == PRIV_PROBLEM, cpu->nia != ((cia + 4) & cpu->ea_mask));
        cpu->left = --left;
        if (outcome == ISA_COMPLETED_INTERRUPT) {
            take_interrupt(cpu, cpu->nia);
        } else if (kind == LOOP_WATCHED && UNLIKELY(wants_trace(msr, op)) && outcome != ISA_HCALL &&
                   OP_ROW(k) != ROW_RFID) {
            /* MSR[SE] as it was before; sc and rfid are not traced. The caller acts as ever. */
            take_trace(cpu, op, traced_ea, cpu->nia);
        }
        return outcome;
    }
}

__attribute__((noinline)) static enum isa_outcome run_plain(struct cpu *cpu)
{
    return run_loop(cpu, LOOP_PLAIN);
}

__attribute__((noinline)) static enum isa_outcome run_uncounted(struct cpu *cpu)
{
    return run_loop(cpu, LOOP_UNCOUNTED);
}

__attribute__((noinline)) static enum isa_outcome run_watched(struct cpu *cpu)
{
    return run_loop(cpu, LOOP_WATCHED);
}

/*
 * The threaded engine from cpu->nia, as run_loop() runs the precise one. What is left of a budget
 * that ends inside a block is the precise engine's.
 */
static enum isa_outcome run_threaded(struct cpu *cpu)
{
    uint64_t *const branches_taken =
        &cpu->counters->branches_taken[cpu->msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR];
    enum isa_outcome outcome = ISA_REFETCH;
    cpu->taken = 0;
    while (outcome == ISA_REFETCH) {
        const uint64_t nia = cpu->nia;
        if (!fetch(cpu, nia)) {
            *branches_taken += cpu->taken;
            take_interrupt(cpu, nia);
            return ISA_INTERRUPT;
        }
        cpu->exec_ea = nia & TLB_PAGE_MASK;
        outcome = threaded_enter(cpu, &cpu->exec_page->slots[nia >> 2 & (CODE_PAGE_INSNS - 1)]);
    }
    *branches_taken += cpu->taken;
    switch (outcome) {
    case ISA_BUDGET:
        return cpu->left ? run_plain(cpu) : ISA_NEXT;
    case ISA_INTERRUPT:
        if (UNLIKELY(cpu->held))
            return take_held(cpu, cpu->cia);
        take_interrupt(cpu, cpu->cia);
        return ISA_INTERRUPT;
    case ISA_CLOCK:
        cpu->nia = cpu->cia;
        return ISA_CLOCK;
    case ISA_COMPLETED_INTERRUPT:
        take_interrupt(cpu, cpu->nia);
        return outcome;
    default:
        return outcome;
    }
}

/* The threaded engine is for 64-bit mode, which its handlers take for granted. */
static enum isa_outcome run_some(struct cpu *cpu)
{
    if (UNLIKELY(cpu->watch || (cpu->msr & (MSR_SE | MSR_BE)) || cpu->bhrb_on))
        return run_watched(cpu);
    if (cpu->is_threaded && (cpu->msr & MSR_SF))
        return run_threaded(cpu);
    return cpu->uncounted ? run_uncounted(cpu) : run_plain(cpu);
}

/*
 * An FP exception that was enabled in FPSCR while MSR[FE0 FE1]=00 is taken as soon as a change of
 * the MSR opens it; SRR0 is the next instruction then, and SRR1[47] says so (Book III-S 6.5.9).
 */
static void take_opened_fp_exception(struct cpu *cpu)
{
    if (!(cpu->fpscr & FPSCR_FEX) || !(cpu->msr & (MSR_FE0 | MSR_FE1)))
        return;
    isa_raise_program(cpu, SRR1_PROG_FP_ENABLED | SRR1_PROG_NOT_CURRENT);
    take_interrupt(cpu, cpu->nia);
}

/* What an outcome that ended run_loop() means to `sim`; false: go on. */
static bool stops(enum isa_outcome outcome, enum engine_stop *why)
{
    switch (outcome) {
    case ISA_HCALL:
        *why = STOP_HCALL;
        return true;
    case ISA_TIMER:
        *why = STOP_TIMER;
        return true;
    case ISA_MARKER:
        *why = STOP_MARKER;
        return true;
    case ISA_CLOCK:
        *why = STOP_CLOCK;
        return true;
    default:
        return false;
    }
}

const char *const engine_names[] = {
    [ENGINE_PRECISE] = "precise", [ENGINE_THREADED] = "threaded", NULL};

/* Counts of blocks are 32 bits wide: they are entered in the counters before they could wrap. */
#define COUNT_AT_LEAST_EVERY (UINT64_C(1) << 30)

enum sim_status engine_select(struct cpu *cpu, enum engine_kind kind)
{
    if (kind == ENGINE_THREADED && !cpu->threaded) {
        cpu->threaded = threaded_counts_create(cpu->bus);
        RETURN_IF(!cpu->threaded, STATUS_NO_MEMORY, "--engine: no memory for its counts");
        mmu_flush_code(cpu); /* from now on entering a page is noted */
        cpu_derive(cpu);
    }
    cpu->is_threaded = kind == ENGINE_THREADED;
    return STATUS_OK;
}

void engine_settle_counters(struct cpu *cpu)
{
    threaded_count_all(cpu);
}

enum engine_stop engine_precise_run(struct cpu *cpu, uint64_t budget, uint64_t *retired)
{
    const bool was_threaded = cpu->is_threaded;
    cpu->is_threaded = false;
    const enum engine_stop why = engine_run(cpu, budget, retired);
    cpu->is_threaded = was_threaded;
    return why;
}

enum engine_stop engine_run(struct cpu *cpu, uint64_t budget, uint64_t *retired)
{
    enum engine_stop why = STOP_BUDGET;
    unsigned stuck = 0;
    assert(budget > 0 && !cpu->halted);
    const uint64_t start = cpu_icount(cpu);
    if (UNLIKELY(budget > INT64_MAX))
        budget = INT64_MAX; /* the threaded engine's sign tells that a block does not fit */
    if (cpu->is_threaded && UNLIKELY(start - cpu->threaded->counted_at > COUNT_AT_LEAST_EVERY))
        threaded_count_all(cpu);
    cpu->left = budget;
    cpu->intercepted = false;
    cpu->icount_end = start + budget;
    cpu->bus->running = cpu;
    while (cpu->left) {
        const uint64_t left = cpu->left;
        if (UNLIKELY(cpu_interrupt_ready(cpu))) {
            if (cpu->watch) {
                cpu->cia = cpu->nia;
                watch_record(cpu, 0, 0, RETIRED_INTERRUPT);
            }
            cpu_take_pending(cpu);
        }
        const enum isa_outcome outcome = run_some(cpu);
        /* Interrupts since the last completed instruction, wherever a run() began. */
        if (cpu->left != left)
            stuck = outcome == ISA_INTERRUPT;
        else if (outcome != ISA_ALONE)
            stuck++;
        if (UNLIKELY(stuck > STUCK_LIMIT)) {
            why = STOP_STUCK;
            break;
        }
        if (stops(outcome, &why))
            break;
        if (outcome == ISA_CONTEXT)
            take_opened_fp_exception(cpu);
        if (outcome == ISA_ALONE) { /* it is the last one */
            cpu->icount_end -= cpu->left - 1;
            cpu->left = 1;
        }
        if (UNLIKELY(cpu->intercepted)) {
            why = STOP_INTERRUPT;
            break;
        }
    }
    cpu->exec_page = NULL;
    cpu->bus->running = NULL;
    if (cpu->reserve_valid || cpu->reserve_parked)
        reserve_park(cpu);
    fp_settle(cpu);
    if (cpu->watch)
        watch_flush(cpu->watch);
    *retired = cpu_icount(cpu) - start;
    return why;
}
