/* One instruction by the threaded engine's handler alone, for who looks for one that is wrong. */
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

/*
 * Makes slot `at` the last but one of a block, whose last ends the run instead of being executed,
 * and which is no pair. Returns the budget that lets the block be entered.
 */
static uint64_t isolate(struct cpu *cpu, struct code_page *page, unsigned at)
{
    struct code_slot *const slot = &page->slots[at];
    threaded_forget(cpu->bus, page, at, at);
    cpu->exec_page = page;
    if (slot->insn.op == OP_DECODE)
        code_decode(cpu, slot);
    cpu->exec_page = NULL;
    for (unsigned i = at + 1; i < CODE_PAGE_SLOTS; i++)
        page->slots[i].run = threaded_budget;
    if ((isa_rows[OP_ROW(slot->insn.op)].effects & E_BRANCH) || at + 1 == CODE_PAGE_INSNS)
        return 1;
    slot[1].insn.op = OP_ILLEGAL;
    slot[1].rest = 1;
    return 2;
}

bool engine_threaded_step(struct cpu *cpu)
{
    uint64_t retired;
    if (!cpu->is_threaded || cpu->watch || !(cpu->msr & MSR_SF) || cpu_interrupt_ready(cpu))
        return false;
    struct code_page *const page = page_of(cpu, cpu->nia);
    if (!page)
        return false;
    const unsigned at = cpu->nia >> 2 & (CODE_PAGE_INSNS - 1);
    engine_run(cpu, isolate(cpu, page, at), &retired);
    return true;
}
