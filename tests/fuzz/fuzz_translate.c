/*
 * Address translation: any SLB, any hashed page table, any MSR and address.
 * Input: 4 SLB entries as slbmte has them (RS, RB), MSR, AMR, IAMR, the address, the access, then
 * HPTEs, which are put where a search for the address looks.
 */
#include "base/bits.h"
#include "fuzz_cpu.h"

enum { RAM_SIZE = 1 << 20, SLB_TRIED = 4, WORDS = SLB_TRIED * 2 + 5 };

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

static void fill(uint8_t *to, size_t room, const uint8_t *data, size_t size)
{
    for (size_t at = 0; size && at < room; at += size)
        memcpy(to + at, data, size < room - at ? size : room - at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_cpu f;
    uint64_t words[WORDS];
    if (size < sizeof words)
        return 0;
    for (unsigned i = 0; i < WORDS; i++)
        words[i] = load_be64(data + (size_t)i * 8);
    fuzz_cpu_create(&f, RAM_SIZE);
    fill(f.hpt, sizeof f.hpt, data + sizeof words, size - sizeof words);
    f.bus.max_page_shift = words[WORDS - 1] & 4 ? 24 : 16;
    struct cpu *cpu = f.cpu;
    for (unsigned i = 0; i < SLB_TRIED; i++)
        mmu_slbmte(cpu, words[i * 2], words[i * 2 + 1]);
    cpu->amr = words[SLB_TRIED * 2];
    cpu->iamr = words[SLB_TRIED * 2 + 1];
    cpu_set_msr(cpu, words[SLB_TRIED * 2 + 2]);
    try_access(cpu, words[SLB_TRIED * 2 + 3], (enum mmu_access)(words[WORDS - 1] & 3) % 3);
    mmu_slbie(cpu, words[1]);
    mmu_slbia(cpu, words[0] & 7);
    try_access(cpu, words[SLB_TRIED * 2 + 3], MMU_LOAD);
    fuzz_cpu_destroy(&f);
    return 0;
}
