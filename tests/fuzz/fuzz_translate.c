/*
 * Address translation: any SLB, any hashed page table, any MSR and address.
 * Input: 4 SLB entries as slbmte has them (RS, RB), MSR, AMR, IAMR, the address, the access, then
 * HPTEs, which are put where a search for the address looks.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAM_SIZE = 1 << 20, HPT_SIZE = 1 << 18, SLB_TRIED = 4, WORDS = SLB_TRIED * 2 + 5 };

static void try_access(struct cpu *cpu, uint64_t ea, enum mmu_access access)
{
    struct mmu_page page, again;
    if (!mmu_translate(cpu, ea, access, &page)) {
        assert(cpu->fault.vector < VECTOR_COUNT);
        return;
    }
    assert(page.page_shift == 12 || page.page_shift == 16 || page.page_shift == 24 ||
           cpu->mmu_mode_data == MMU_REAL || cpu->mmu_mode_fetch == MMU_REAL);
    assert(mmu_translate(cpu, ea, access, &again));
    assert(page.real == again.real && page.ptex == again.ptex);
}

static void fill_hpt(struct isa_bus *bus, const uint8_t *data, size_t size)
{
    memset(bus->hpt, 0, HPT_SIZE);
    if (size)
        for (size_t at = 0; at + 16 <= HPT_SIZE; at += 16)
            for (size_t i = 0; i < 16; i++)
                bus->hpt[at + i] = data[(at + i) % size];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static uint8_t hpt[HPT_SIZE];
    struct isa_bus bus;
    struct isa_clock clock = {.hz = 1000000000, .cpi = 1};
    uint64_t words[WORDS];
    if (size < sizeof words)
        return 0;
    for (unsigned i = 0; i < WORDS; i++)
        words[i] = load_be64(data + (size_t)i * 8);
    if (!ready)
        isa_init(); /* once: it costs more than most inputs */
    ready = true;
    if (bus_init(&bus, RAM_SIZE) != STATUS_OK)
        abort();
    bus.hpt = hpt;
    bus.hpt_size = HPT_SIZE;
    bus.hpt_real = UINT64_C(1) << 47;
    bus.max_page_shift = words[WORDS - 1] & 4 ? 24 : 16;
    struct cpu *cpu = cpu_create(cpu_model_find("POWER8"), 0, &bus, &clock);
    if (!cpu)
        abort();
    cpu_reset(cpu);
    fill_hpt(&bus, data + sizeof words, size - sizeof words);
    for (unsigned i = 0; i < SLB_TRIED; i++)
        mmu_slbmte(cpu, words[i * 2], words[i * 2 + 1]);
    cpu->amr = words[SLB_TRIED * 2];
    cpu->iamr = words[SLB_TRIED * 2 + 1];
    cpu_set_msr(cpu, words[SLB_TRIED * 2 + 2]);
    try_access(cpu, words[SLB_TRIED * 2 + 3], (enum mmu_access)(words[WORDS - 1] & 3) % 3);
    mmu_slbie(cpu, words[1]);
    mmu_slbia(cpu, words[0] & 7);
    try_access(cpu, words[SLB_TRIED * 2 + 3], MMU_LOAD);
    cpu_destroy(cpu);
    bus_fini(&bus);
    return 0;
}
