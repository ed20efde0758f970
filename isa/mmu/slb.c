/* The segment lookaside buffer: Book III-S 5.7.6 and the slb* instructions of 5.9.3. */
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/mmu/mmu.h"

#define SLB_ESID_256M (~UINT64_C(0) << 28)
#define SLB_ESID_1T   (~UINT64_C(0) << 40)
#define VSID_B        UINT64_C(0xc000000000000000)
#define VSID_B_1T     UINT64_C(0x4000000000000000)
#define VSID_L_LP     UINT64_C(0x130)
#define VSID_RESERVED UINT64_C(0x4f) /* bits 57 and 60:63, which slbmfev reads as zeros */

static uint64_t esid_mask(const struct slb_entry *e)
{
    return (e->vsid & VSID_B) == VSID_B_1T ? SLB_ESID_1T : SLB_ESID_256M;
}

int mmu_slb_find(const struct cpu *cpu, uint64_t ea)
{
    const struct slb_entry *slb = cpu->mmu->slb;
    for (unsigned i = 0; i < cpu->model->slb_entries; i++)
        if ((slb[i].esid & SLB_V) && ((slb[i].esid ^ ea) & esid_mask(&slb[i])) == 0)
            return (int)i;
    return -1;
}

unsigned mmu_base_page_shift(uint64_t vsid_word, unsigned max_page_shift)
{
    unsigned shift;
    switch (vsid_word & VSID_L_LP) {
    case 0x000:
        shift = 12;
        break;
    case 0x110:
        shift = 16;
        break;
    case 0x100:
        shift = 24;
        break;
    case 0x120:
        shift = 34;
        break;
    default:
        return 0;
    }
    return shift <= max_page_shift ? shift : 0;
}

/*
 * Where two entries hold an address, the first in order translates, with and without a TLB: what
 * came from the others is forgotten when one more is made.
 */
static void flush_overlapping(struct cpu *cpu, const struct slb_entry *e)
{
    const struct slb_entry *slb = cpu->mmu->slb;
    for (unsigned i = 0; i < cpu->model->slb_entries; i++)
        if (&slb[i] != e && (slb[i].esid & SLB_V) &&
            ((slb[i].esid ^ e->esid) & esid_mask(&slb[i]) & esid_mask(e)) == 0)
            mmu_flush_slb(cpu, i);
}

bool mmu_slbmte(struct cpu *cpu, uint64_t rs, uint64_t rb)
{
    const uint64_t index = rb & 0xfff;
    if (index >= cpu->model->slb_entries)
        return false;
    if ((rs & VSID_B) > VSID_B_1T || !mmu_base_page_shift(rs, cpu->bus->max_page_shift))
        return false;
    struct slb_entry *e = &cpu->mmu->slb[index];
    if (e->esid & SLB_V)
        mmu_flush_slb(cpu, (unsigned)index);
    e->esid = rb & (SLB_ESID_256M | SLB_V);
    e->vsid = rs & ~VSID_RESERVED;
    if (e->esid & SLB_V)
        flush_overlapping(cpu, e);
    return true;
}

void mmu_slbie(struct cpu *cpu, uint64_t rb)
{
    for (unsigned i = 0; i < cpu->model->slb_entries; i++) {
        struct slb_entry *e = &cpu->mmu->slb[i];
        if ((e->esid & SLB_V) && ((e->esid ^ rb) & esid_mask(e)) == 0) {
            e->esid &= ~SLB_V;
            mmu_flush_slb(cpu, i);
        }
    }
}

void mmu_slbia(struct cpu *cpu, unsigned ih)
{
    /* Every hint keeps entry 0, as 2.07 has it; IH=3.. of later levels act like 0. */
    (void)ih;
    for (unsigned i = 1; i < cpu->model->slb_entries; i++)
        cpu->mmu->slb[i].esid &= ~SLB_V;
    mmu_flush_all(cpu);
}
