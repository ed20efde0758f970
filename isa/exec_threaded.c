/* The threaded engine's own handlers, its decoding and its counts (threaded.h). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "isa/bus.h"
#include "isa/engine.h"
#include "isa/precise.h"
#include "isa/threaded.h"
#include "isa/threaded_tables.h"

code_handler *threaded_handlers[2][THREADED_ROWS * 4];

/* DFP: large bodies on registers alone, called as those of the other FP rows are. */
static void fill_called(code_handler **table)
{
#define INSN(id, name, form, po, xo, variants, opsig, unit, cat, since, effects)                   \
    for (unsigned v = 0; v < 4; v++)                                                               \
        table[ROW_##id * 4 + v] = threaded_call;
#include "isa/insns_dfp.def"
#undef INSN
}

/* -- Instructions that one handler does -- */

/* By a hash of the first two: indices + 1 of the longest such row, whose `shorter` is the next. */
enum { FUSION_PLACES = 1024 };
struct fusions {
    unsigned count;
    struct threaded_fusion row[THREADED_FUSIONS_MAX];
    uint16_t shorter[THREADED_FUSIONS_MAX];
    uint16_t first[FUSION_PLACES];
};
static struct fusions fusions[2];

static unsigned fusion_place(code_handler *const alone[])
{
    const uint64_t key = (uint64_t)(uintptr_t)alone[0] * 31 + (uint64_t)(uintptr_t)alone[1];
    return (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >> 40) % FUSION_PLACES;
}

static void index_fusions(struct fusions *f)
{
    assert(f->count <= THREADED_FUSIONS_MAX);
    memset(f->first, 0, sizeof f->first); /* isa_init() may be called again */
    for (unsigned i = 0; i < f->count; i++) {
        uint16_t *at = &f->first[fusion_place(f->row[i].alone)];
        while (*at && f->row[*at - 1].count > f->row[i].count)
            at = &f->shorter[*at - 1];
        f->shorter[i] = *at;
        *at = (uint16_t)(i + 1);
    }
}

/* Whether the branch that ends a row tests the field that the instruction before it sets. */
static bool tests_field(const struct code_slot *branch)
{
    const struct insn *const before = &branch[-1].insn;
    const unsigned field = OP_ROW(before->op) == ROW_ANDI_DOT ? 0 : before->rt >> 2;
    return branch->insn.ra >> 2 == field;
}

/* The handler for `slot` and as many of those behind it as can be; `alone` are `count` single ones.
 */
static code_handler *fuse(const struct fusions *f, const struct code_slot *slot,
                          code_handler *const alone[], unsigned count)
{
    for (unsigned i = count > 1 ? f->first[fusion_place(alone)] : 0; i; i = f->shorter[i - 1]) {
        const struct threaded_fusion *const row = &f->row[i - 1];
        if (row->count <= count && memcmp(row->alone, alone, row->count * sizeof *alone) == 0 &&
            (!row->with_field || tests_field(slot + row->count - 1)))
            return row->fused;
    }
    return alone[0];
}

void threaded_init(void)
{
    for (unsigned little = 0; little < 2; little++) {
        code_handler **const table = threaded_handlers[little];
        for (unsigned op = 0; op < ISA_OP_COUNT; op++)
            table[op] = threaded_slow;
        fill_called(table);
        threaded_fill_fixed(table);
        threaded_fill_branch(table);
        threaded_fill_system(table);
        threaded_fill_forms(table);
    }
    threaded_fill_storage_be(threaded_handlers[0]);
    threaded_fill_storage_le(threaded_handlers[1]);
    threaded_fill_fp_be(threaded_handlers[0]);
    threaded_fill_fp_le(threaded_handlers[1]);
    threaded_fill_vmx_be(threaded_handlers[0]);
    threaded_fill_vmx_le(threaded_handlers[1]);
    threaded_fill_vsx_be(threaded_handlers[0]);
    threaded_fill_vsx_le(threaded_handlers[1]);
    fusions[0].count = threaded_list_fused_be(threaded_handlers[0], fusions[0].row);
    fusions[1].count = threaded_list_fused_le(threaded_handlers[1], fusions[1].row);
    index_fusions(&fusions[0]);
    index_fusions(&fusions[1]);
}

/* -- Ends -- */

enum isa_outcome threaded_budget(struct cpu *cpu, const struct code_slot *slot)
{
    cpu->nia = threaded_cia(cpu, slot);
    return ISA_BUDGET;
}

enum isa_outcome threaded_refetch(struct cpu *cpu, uint64_t nia)
{
    cpu->nia = nia;
    return cpu->left ? ISA_REFETCH : ISA_BUDGET;
}

enum isa_outcome threaded_page_end(struct cpu *cpu, const struct code_slot *slot)
{
    return threaded_goto(cpu, threaded_cia(cpu, slot));
}

/* None of the guesses was right. */
enum isa_outcome threaded_goto_learn(struct cpu *cpu, const struct code_slot *slot, uint64_t nia)
{
    struct threaded_guesses *const g = threaded_guesses_of(cpu, slot);
    memmove(&g->nia[1], &g->nia[0], sizeof g->nia - sizeof g->nia[0]);
    g->nia[0] = nia;
    return threaded_goto(cpu, nia);
}

/* -- What no handler does by itself -- */

/* Leaves the block before `slot`: cpu->left and the counts are exact now. */
static inline void leave(struct cpu *cpu, const struct code_slot *slot)
{
    cpu->left += slot->rest;
    cpu->slot_counts[slot->id]--;
}

/*
 * One instruction as the precise engine does it. Its slot may be decoded anew meanwhile, so that
 * nothing of it is used afterwards. Not inlined: with a local variable that others may point to,
 * the caller's last call would be no tail call.
 */
__attribute__((noinline)) static enum isa_outcome step(struct cpu *cpu,
                                                       const struct code_slot *slot)
{
    const struct insn op = slot->insn;
    uint64_t *const mix = cpu->mix;
    leave(cpu, slot);
    cpu->cia = threaded_cia(cpu, slot);
    const enum isa_outcome outcome = precise_handlers[op.op](cpu, &op);
    if (LIKELY(outcome != ISA_INTERRUPT && outcome != ISA_CLOCK)) {
        mix[op.op]++;
        cpu->left--;
    }
    return outcome;
}

enum isa_outcome threaded_slow(struct cpu *cpu, const struct code_slot *slot)
{
    const enum isa_outcome outcome = step(cpu, slot);
    if (LIKELY(outcome == ISA_NEXT))
        return threaded_enter(cpu, slot + 1);
    if (outcome == ISA_BRANCH) {
        cpu->taken++;
        return threaded_goto(cpu, cpu->nia);
    }
    return outcome;
}

/* A body that computes on registers alone, in the precise engine's copy. */
enum isa_outcome threaded_call(struct cpu *cpu, const struct code_slot *slot)
{
    cpu->cia = threaded_cia(cpu, slot);
    const enum isa_outcome outcome = precise_handlers[slot->insn.op](cpu, &slot->insn);
    if (LIKELY(outcome == ISA_NEXT))
        return slot[1].run(cpu, slot + 1);
    leave(cpu, slot);
    if (outcome == ISA_COMPLETED_INTERRUPT) {
        cpu->mix[slot->insn.op]++;
        cpu->left--;
    }
    return outcome;
}

bool engine_threads(uint32_t word, bool little_endian)
{
    struct insn op;
    isa_decode(word, &op);
    return threaded_handlers[little_endian][op.op] != threaded_slow &&
           !(isa_rows[OP_ROW(op.op)].effects & E_BRANCH);
}

/* -- Decoding -- */

/* The handler of a decoded instruction at `slot`. */
static code_handler *choose(const struct code_slot *slot, bool little_endian)
{
    const unsigned form = threaded_form_of(&slot->insn);
    code_handler *const handler = threaded_handlers[little_endian][form];
    if (form != slot->insn.op)
        return handler;
    switch (OP_ROW(form)) {
    case ROW_B:
    case ROW_BC:
        return threaded_choose_branch(slot, handler);
    case ROW_MFSPR:
    case ROW_MTSPR:
        return threaded_choose_spr(&slot->insn, handler);
    default:
        return handler;
    }
}

static bool ends_block(const struct code_slot *slot)
{
    return isa_rows[OP_ROW(slot->insn.op)].effects & E_BRANCH;
}

/* Gives the slots [first, end), each of which has its single handler, those that do more. */
static void fuse_slots(struct code_page *page, unsigned first, unsigned end)
{
    const bool little = CODE_MODE_IS_LE(page->mode);
    for (unsigned i = first; i < end; i++) {
        struct code_slot *const slot = &page->slots[i];
        const unsigned count = slot->rest < THREADED_FUSED_MAX ? slot->rest : THREADED_FUSED_MAX;
        code_handler *alone[THREADED_FUSED_MAX] = {NULL};
        for (unsigned k = 0; k < count; k++)
            alone[k] = i + k < end ? slot[k].run : choose(&slot[k], little);
        slot->run = fuse(&fusions[little], slot, alone, count);
    }
}

/* Decodes from slot `first` to the end of its block, or to where that is decoded already. */
static void decode_block(struct cpu *cpu, struct code_page *page, unsigned first)
{
    const bool little = CODE_MODE_IS_LE(page->mode);
    unsigned end = first, rest = 0;
    for (bool ended = false; !ended && end < CODE_PAGE_INSNS; end++) {
        struct code_slot *const slot = &page->slots[end];
        rest = slot->rest;
        if (rest)
            break;
        if (slot->insn.op == OP_DECODE)
            code_decode(cpu, slot);
        slot->run = choose(slot, little);
        ended = ends_block(slot);
    }
    for (unsigned i = end; i-- > first;)
        page->slots[i].rest = (uint16_t)++rest;
    fuse_slots(page, first, end);
}

enum isa_outcome threaded_decode(struct cpu *cpu, const struct code_slot *slot)
{
    cpu->slot_counts[slot->id]--;
    /* The cache's own page, which is const to whoever only executes it. */
    decode_block(cpu, (struct code_page *)(uintptr_t)cpu->exec_page, slot->at);
    return threaded_enter(cpu, slot);
}

/* -- Counts -- */

static size_t counts_bytes(const struct threaded_counts *counts)
{
    return (size_t)counts->pages * CODE_PAGE_SLOTS * sizeof(int32_t);
}

struct threaded_counts *threaded_counts_create(const struct isa_bus *bus)
{
    struct threaded_counts *const counts =
        aligned_alloc(_Alignof(struct threaded_counts), sizeof *counts);
    if (!counts)
        return NULL;
    memset(counts, 0, sizeof *counts);
    counts->pages = code_cache_pages(bus->code);
    counts->touched = calloc(counts->pages, sizeof *counts->touched);
    for (unsigned priv = 0; priv < PRIV_COUNT; priv++) {
        void *const p = mmap(NULL, counts_bytes(counts), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        counts->by_slot[priv] = p == MAP_FAILED ? NULL : p;
        if (p != MAP_FAILED)
            madvise(p, counts_bytes(counts), MADV_HUGEPAGE);
    }
    if (counts->touched && counts->by_slot[PRIV_PROBLEM] && counts->by_slot[PRIV_SUPERVISOR])
        return counts;
    threaded_counts_destroy(counts);
    return NULL;
}

void threaded_counts_destroy(struct threaded_counts *counts)
{
    if (!counts)
        return;
    for (unsigned priv = 0; priv < PRIV_COUNT; priv++)
        if (counts->by_slot[priv])
            munmap(counts->by_slot[priv], counts_bytes(counts));
    free(counts->touched);
    free(counts);
}

/* The first index in [i, end) whose count is not 0, or `end`: most of a page has none. */
static unsigned next_count(const int32_t *counts, unsigned i, unsigned end)
{
    uint64_t pairs_of_counts[4];
    for (; i + 8 <= end; i += 8) {
        memcpy(pairs_of_counts, &counts[i], sizeof pairs_of_counts);
        if (pairs_of_counts[0] | pairs_of_counts[1] | pairs_of_counts[2] | pairs_of_counts[3])
            break;
    }
    while (i < end && !counts[i])
        i++;
    return i;
}

/* Enters the counts of whole blocks in [first, last]: a slot's executions are the sum up to it. */
static void count_slots_of(struct cpu *cpu, const struct code_page *page, unsigned priv,
                           unsigned first, unsigned last)
{
    int32_t *const counts = cpu->threaded->by_slot[priv] + (size_t)page->slots[0].id;
    uint64_t *const mix = cpu->counters->insns[priv];
    uint32_t times = 0;
    for (unsigned i = first; i <= last; i++) {
        if (!times && (i = next_count(counts, i, last + 1)) > last)
            break;
        times += (uint32_t)counts[i];
        counts[i] = 0;
        if (times && page->slots[i].rest && !cpu->uncounted)
            mix[page->slots[i].insn.op] += times;
        if (page->slots[i].rest <= 1)
            times = 0;
    }
}

static void count_slots(struct cpu *cpu, const struct code_page *page, unsigned first,
                        unsigned last)
{
    const unsigned touched = cpu->threaded ? cpu->threaded->touched[page->place] : 0;
    for (unsigned priv = 0; touched >> priv; priv++)
        if (touched >> priv & 1)
            count_slots_of(cpu, page, priv, first, last);
}

static void count_slots_of_all(struct isa_bus *bus, const struct code_page *page, unsigned first,
                               unsigned last)
{
    for (unsigned i = 0; i < bus->cpu_count; i++)
        count_slots(bus->cpus[i], page, first, last);
}

void threaded_count_page(struct isa_bus *bus, const struct code_page *page)
{
    count_slots_of_all(bus, page, 0, CODE_PAGE_INSNS);
    for (unsigned i = 0; i < bus->cpu_count; i++)
        if (bus->cpus[i]->threaded)
            bus->cpus[i]->threaded->touched[page->place] = 0;
}

void threaded_touch(struct cpu *cpu, const struct code_page *page)
{
    if (!cpu->threaded)
        return;
    /* In real mode both privilege states have the same entries of the software TLB. */
    const unsigned priv = cpu->msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR;
    const bool both = cpu->mmu_mode_fetch == MMU_REAL;
    cpu->threaded->touched[page->place] |=
        (uint8_t)(both ? 1u << PRIV_PROBLEM | 1u << PRIV_SUPERVISOR : 1u << priv);
}

void threaded_count_all(struct cpu *cpu)
{
    struct threaded_counts *const counts = cpu->threaded;
    if (!counts)
        return;
    for (uint32_t place = 0; place < counts->pages; place++)
        if (counts->touched[place])
            count_slots(cpu, code_cache_at(cpu->bus, place), 0, CODE_PAGE_INSNS);
    memset(counts->touched, 0, counts->pages * sizeof *counts->touched);
    mmu_flush_code(cpu); /* who enters a page again says so */
    counts->counted_at = cpu_icount(cpu);
}

void threaded_forget(struct isa_bus *bus, struct code_page *page, unsigned first, unsigned last)
{
    unsigned end = last;
    if (page->slots[last].rest)
        end += page->slots[last].rest - 1u;
    while (first > 0 && page->slots[first - 1].rest > 1)
        first--;
    count_slots_of_all(bus, page, first, end);
    for (unsigned i = first; i <= last; i++) {
        page->slots[i].run = threaded_decode;
        page->slots[i].rest = 0;
    }
}
