/* The software TLB: filling is in mem.c, invalidation is here. */
#include <string.h>

#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/mmu/mmu.h"

static const struct state_field mmu_fields[] = {STATE_ARRAY(mmu, slb)};
const struct state_desc mmu_state_desc = STATE_DESC("mmu", 1, mmu_fields);

static void clear_data(struct tlb_data *tlb)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        tlb->load[i].tag = tlb->store[i].tag = TLB_NO_TAG;
}

static void clear_code(struct tlb_code *tlb)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        tlb->entry[i].tag = TLB_NO_TAG;
}

void mmu_reset(struct mmu *mmu)
{
    memset(mmu->slb, 0, sizeof mmu->slb);
    for (unsigned m = 0; m < MMU_MODE_COUNT; m++) {
        clear_data(&mmu->data[m]);
        clear_code(&mmu->code[m]);
    }
    clear_data(&mmu->watched);
}

void mmu_flush_all(struct cpu *cpu)
{
    for (unsigned m = 0; m < MMU_MODE_COUNT; m++) {
        clear_data(&cpu->mmu->data[m]);
        clear_code(&cpu->mmu->code[m]);
    }
}

void mmu_flush_code(struct cpu *cpu)
{
    for (unsigned m = 0; m < MMU_MODE_COUNT; m++)
        clear_code(&cpu->mmu->code[m]);
}

void mmu_flush_slb(struct cpu *cpu, unsigned slb_index)
{
    for (unsigned m = MMU_SUPERVISOR; m < MMU_MODE_COUNT; m++) {
        struct tlb_data *d = &cpu->mmu->data[m];
        struct tlb_code *c = &cpu->mmu->code[m];
        for (unsigned i = 0; i < TLB_ENTRIES; i++) {
            if (d->load_origin[i].slb == slb_index)
                d->load[i].tag = TLB_NO_TAG;
            if (d->store_origin[i].slb == slb_index)
                d->store[i].tag = TLB_NO_TAG;
            if (c->origin[i].slb == slb_index)
                c->entry[i].tag = TLB_NO_TAG;
        }
    }
}

struct tlb_span mmu_hpte_span(const struct isa_bus *bus, uint32_t ptex, uint64_t dw0, uint64_t dw1)
{
    static const unsigned base_shifts[] = {12, 16, 24};
    const struct tlb_span all = {0, TLB_ENTRIES};
    unsigned base = 0, actual = 0;
    /* The LP codes of the pairs are distinct: the first that fits is the only one. */
    for (unsigned i = 0; i < ARRAY_SIZE(base_shifts) && !actual; i++) {
        base = base_shifts[i];
        actual = mmu_hpte_page_shift(dw0, dw1, base, bus->max_page_shift);
    }
    const uint64_t groups = bus->hpt_size / 128;
    if (!actual || actual > TLB_PAGE_SHIFT + TLB_INDEX_BITS || groups < TLB_ENTRIES)
        return all;
    /* The hash has the page's number in it, and the VSID, of which the entry has the low bits. */
    const uint64_t vsid = (dw0 & HPTE0_AVPN) >> ((dw0 & HPTE0_B) == HPTE0_B_1T ? 24 : 12);
    const uint64_t hash = dw0 & HPTE0_SECOND ? ~(uint64_t)(ptex / 8) : ptex / 8;
    const uint64_t page = (hash ^ vsid) & (groups - 1);
    const unsigned count = 1u << (actual - TLB_PAGE_SHIFT);
    const unsigned index = (unsigned)(page << (base - TLB_PAGE_SHIFT)) & (TLB_ENTRIES - 1);
    return (struct tlb_span){index & ~(count - 1), count};
}

void mmu_flush_ptex(struct cpu *cpu, uint32_t ptex, struct tlb_span span)
{
    for (unsigned m = MMU_SUPERVISOR; m < MMU_MODE_COUNT; m++) {
        struct tlb_data *d = &cpu->mmu->data[m];
        struct tlb_code *c = &cpu->mmu->code[m];
        for (unsigned i = span.first; i < span.first + span.count; i++) {
            if (d->load_origin[i].ptex == ptex)
                d->load[i].tag = TLB_NO_TAG;
            if (d->store_origin[i].ptex == ptex)
                d->store[i].tag = TLB_NO_TAG;
            if (c->origin[i].ptex == ptex)
                c->entry[i].tag = TLB_NO_TAG;
        }
    }
}

void mmu_flush_store_page(struct cpu *cpu, uint64_t real_page)
{
    const uint64_t host = (uint64_t)(uintptr_t)cpu->bus->ram + real_page;
    for (unsigned m = 0; m < MMU_MODE_COUNT; m++) {
        struct tlb_entry *store = cpu->mmu->data[m].store;
        for (unsigned i = 0; i < TLB_ENTRIES; i++)
            if (store[i].tag + store[i].addend == host)
                store[i].tag = TLB_NO_TAG;
    }
}

void mmu_flush_code_page(struct cpu *cpu, const struct code_page *page)
{
    for (unsigned m = 0; m < MMU_MODE_COUNT; m++) {
        struct tlb_code *c = &cpu->mmu->code[m];
        for (unsigned i = 0; i < TLB_ENTRIES; i++)
            if (c->entry[i].page == page)
                c->entry[i].tag = TLB_NO_TAG;
    }
}
