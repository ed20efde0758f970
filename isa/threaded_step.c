/* A few instructions by the threaded engine alone, for who looks for a handler that is wrong. */
#include "isa/bus.h"
#include "isa/code_cache.h"
#include "isa/engine.h"
#include "isa/threaded.h"

static struct code_page *page_of(struct cpu *cpu, uint64_t nia)
{
    struct mmu_page page;
    if (!mmu_translate(cpu, nia, MMU_FETCH, &page))
        return NULL;
    const uint64_t real = page.real & TLB_PAGE_MASK;
    if (!bus_is_ram(cpu->bus, real, TLB_PAGE_SIZE))
        return NULL;
    return code_cache_get(cpu->bus, real, cpu->code_mode);
}

/* Decodes `count` slots from `at` on; false if one before the last is a branch. */
static bool decode(struct cpu *cpu, struct code_page *page, unsigned at, unsigned count)
{
    bool branched = false;
    cpu->exec_page = page;
    for (unsigned i = at; i < at + count && !branched; i++) {
        struct code_slot *const slot = &page->slots[i];
        if (slot->insn.op == OP_DECODE)
            code_decode(cpu, slot);
        branched = i + 1 < at + count && (isa_rows[OP_ROW(slot->insn.op)].effects & E_BRANCH);
    }
    cpu->exec_page = NULL;
    return !branched;
}

/*
 * Makes `count` slots from `at` on a block; the slot behind it ends the run instead of being
 * executed. Returns the budget that lets the block be entered; 0: that is more than a block.
 */
static uint64_t isolate(struct cpu *cpu, struct code_page *page, unsigned at, unsigned count)
{
    const unsigned end = at + count;
    if (end > CODE_PAGE_INSNS)
        return 0;
    threaded_forget(cpu->bus, page, at, end - 1);
    if (!decode(cpu, page, at, count))
        return 0;
    for (unsigned i = end; i < CODE_PAGE_SLOTS; i++)
        page->slots[i].run = threaded_budget;
    if ((isa_rows[OP_ROW(page->slots[end - 1].insn.op)].effects & E_BRANCH) ||
        end == CODE_PAGE_INSNS)
        return count;
    page->slots[end].insn.op = OP_ILLEGAL; /* and so in no pair */
    page->slots[end].rest = 1;
    return count + 1;
}

bool engine_threaded_step(struct cpu *cpu, unsigned count)
{
    uint64_t retired;
    if (!cpu->is_threaded || cpu->watch || !(cpu->msr & MSR_SF) || cpu_interrupt_ready(cpu))
        return false;
    struct code_page *const page = page_of(cpu, cpu->nia);
    if (!page)
        return false;
    const uint64_t budget = isolate(cpu, page, cpu->nia >> 2 & (CODE_PAGE_INSNS - 1), count);
    if (budget)
        engine_run(cpu, budget, &retired);
    return budget;
}
