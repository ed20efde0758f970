/*
 * Inside the threaded engine. Each slot of a code page (code_cache.h) names a handler, which does
 * its instruction and goes on to the next slot's by a tail call. Handlers are the bodies of sem_*.h
 * with accesses that hit the software TLB only; whatever else an instruction may need, it gets from
 * threaded_slow(), which does it over as the precise engine does. So an outcome other than ISA_NEXT
 * and ISA_BRANCH means that nothing was written.
 *
 * Instructions are counted by block. Entering a slot takes its `rest` from cpu->left and adds 1 to
 * the slot's count; leaving before another slot gives that one's `rest` back and takes 1 from its
 * count. So cpu->left is exact between blocks and in threaded_slow(), and a slot was executed as
 * often as the counts of its block up to it add up to (threaded_count_page()).
 */
#ifndef HORNPIPE_ISA_THREADED_H
#define HORNPIPE_ISA_THREADED_H

#include "isa/code_cache.h"
#include "isa/cpu.h"
#include "isa/outcome.h"

struct isa_bus;

void threaded_init(void);

/*
 * Where branches to registers went, by slots. The target of such a branch is data that all of what
 * follows waits for, operands of handlers included; a guess that turns out right costs the host no
 * wait, since it goes on with the guess while it still compares.
 */
enum { THREADED_GUESSES = 8, THREADED_GUESS_SETS = 1024 };
struct threaded_guesses {
    _Alignas(64) uint64_t nia[THREADED_GUESSES];
};

/* The arrays of counts of one vCPU, by privilege state and slot id. */
struct threaded_counts {
    int32_t *by_slot[PRIV_COUNT];
    uint8_t *touched;    /* by place of a page: 1 << privilege state, if it may have counts of it */
    uint32_t pages;      /* places that there are */
    uint64_t counted_at; /* vcpu_icount when all were entered in the counters */
    struct threaded_guesses guesses[THREADED_GUESS_SETS];
};
struct threaded_counts *threaded_counts_create(const struct isa_bus *bus);
void threaded_counts_destroy(struct threaded_counts *counts);

/* Enters the counts of a page that is given up in the counters of every vCPU. */
void threaded_count_page(struct isa_bus *bus, const struct code_page *page);

/* A page gets into the software TLB of this vCPU: it may have counts from now on. */
void threaded_touch(struct cpu *cpu, const struct code_page *page);

/* Enters all counts of a vCPU in its counters. Between two run()s. */
void threaded_count_all(struct cpu *cpu);

/* Slots first..last are to be decoded anew: undoes what depends on them, after counting it. */
void threaded_forget(struct isa_bus *bus, struct code_page *page, unsigned first, unsigned last);

/* Handlers that belong to no row. */
code_handler threaded_decode, threaded_page_end, threaded_slow, threaded_call;

/* Ends of a chain of handlers. */
enum isa_outcome threaded_budget(struct cpu *cpu, const struct code_slot *slot);
enum isa_outcome threaded_refetch(struct cpu *cpu, uint64_t nia);

static inline uint64_t threaded_cia(const struct cpu *cpu, const struct code_slot *slot)
{
    return cpu->exec_ea + (uint64_t)slot->at * 4;
}

static inline enum isa_outcome threaded_enter(struct cpu *cpu, const struct code_slot *slot)
{
    const uint64_t left = cpu->left - slot->rest;
    if (UNLIKELY((int64_t)left < 0))
        return threaded_budget(cpu, slot);
    cpu->left = left;
    cpu->slot_counts[slot->id]++;
    return slot->run(cpu, slot);
}

/*
 * Goes on at `nia`, at the end of a block. A target in the same page needs no look at the software
 * TLB: between two run()s at the least a page that executes stays what it is.
 */
static inline enum isa_outcome threaded_goto(struct cpu *cpu, uint64_t nia)
{
    const unsigned at = nia >> 2 & (CODE_PAGE_INSNS - 1);
    if (LIKELY((nia & TLB_PAGE_MASK) == cpu->exec_ea)) {
        const struct code_slot *slot = &cpu->exec_page->slots[at];
        __asm__("" : "+r"(slot)); /* one address, instead of one for each of its fields */
        return threaded_enter(cpu, slot);
    }
    const struct tlb_code_entry *e =
        &cpu->code_tlb->entry[nia >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];
    if (UNLIKELY(e->tag != ((nia & TLB_PAGE_MASK) | cpu->code_mode)))
        return threaded_refetch(cpu, nia);
    cpu->exec_page = e->page;
    cpu->exec_ea = nia & TLB_PAGE_MASK;
    const struct code_slot *slot = &e->page->slots[at];
    __asm__("" : "+r"(slot));
    return threaded_enter(cpu, slot);
}

enum isa_outcome threaded_goto_learn(struct cpu *cpu, const struct code_slot *slot, uint64_t nia);

static inline struct threaded_guesses *threaded_guesses_of(struct cpu *cpu,
                                                           const struct code_slot *slot)
{
    return &cpu->guesses[(uintptr_t)slot / sizeof *slot % THREADED_GUESS_SETS];
}

static inline enum isa_outcome threaded_goto_guess(struct cpu *cpu, const struct code_slot *slot,
                                                   uint64_t nia, unsigned count)
{
    const struct threaded_guesses *const g = threaded_guesses_of(cpu, slot);
    if (!count)
        return threaded_goto(cpu, nia);
#pragma GCC unroll 8
    for (unsigned i = 0; i < count; i++) {
        const uint64_t guess = g->nia[i];
        uint64_t same = guess;
        __asm__("" : "+r"(same)); /* lest the compiler go on with `nia` */
        if (LIKELY(same == nia))
            return threaded_goto(cpu, guess);
    }
    return threaded_goto_learn(cpu, slot, nia);
}

#endif
