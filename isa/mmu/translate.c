/* Effective to real: segments, the hashed page table, protection (Book III-S 5.7.7 - 5.7.10). */
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/mmu/mmu.h"
#include "isa/outcome.h"

#define REAL_MODE_MASK UINT64_C(0x0fffffffffffffff)
#define SLB_B_MASK     UINT64_C(0xc000000000000000)
#define SLB_B_1T       UINT64_C(0x4000000000000000)
#define SLB_KS         UINT64_C(0x800)
#define SLB_KP         UINT64_C(0x400)
#define SLB_N          UINT64_C(0x200)
#define HPTE0_COMPARE  UINT64_C(0xffffffffffffff83)

unsigned mmu_hpte_page_shift(uint64_t dw0, uint64_t dw1, unsigned base_shift,
                             unsigned max_page_shift)
{
    static const struct {
        uint8_t base, actual, lp;
    } sizes[] = {{12, 16, 0x7}, {12, 24, 0x38}, {16, 16, 0x1},
                 {16, 24, 0x8}, {24, 24, 0x0},  {34, 34, 0x3}};
    if (!(dw0 & HPTE0_LARGE))
        return base_shift == 12 ? 12 : 0;
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        const uint64_t mask = ((UINT64_C(1) << sizes[i].actual) - 1) & HPTE1_RPN;
        if (sizes[i].base == base_shift && sizes[i].actual <= max_page_shift &&
            (dw1 & mask & 0xff000) == ((uint64_t)sizes[i].lp << 12 & mask))
            return sizes[i].actual;
    }
    return 0;
}

/* What a walk found: the entry, and where. */
struct hpte {
    uint64_t dw0, dw1;
    uint32_t ptex;
    unsigned page_shift;
};

static bool find_in_group(const struct isa_bus *bus, uint64_t group, uint64_t want,
                          unsigned base_shift, struct hpte *out)
{
    const uint8_t *entry = bus->hpt + group * 128;
    for (unsigned i = 0; i < 8; i++, entry += 16) {
        const uint64_t dw0 = load_be64(entry);
        if (((dw0 ^ want) & HPTE0_COMPARE) != 0)
            continue;
        const uint64_t dw1 = load_be64(entry + 8);
        out->page_shift = mmu_hpte_page_shift(dw0, dw1, base_shift, bus->max_page_shift);
        if (!out->page_shift)
            continue;
        out->dw0 = dw0;
        out->dw1 = dw1;
        out->ptex = (uint32_t)(group * 8 + i);
        return true;
    }
    return false;
}

static bool walk(const struct cpu *cpu, uint64_t ea, const struct slb_entry *slb,
                 unsigned base_shift, struct hpte *out)
{
    const struct isa_bus *bus = cpu->bus;
    const bool big = (slb->vsid & SLB_B_MASK) == SLB_B_1T;
    const uint64_t segment_mask = big ? PPC_BITMASK(24, 63) : PPC_BITMASK(36, 63);
    const uint64_t vsid = (slb->vsid & ~SLB_B_MASK) >> (big ? 24 : 12);
    const uint64_t page = (ea & segment_mask) >> base_shift;
    const uint64_t hash = big ? vsid ^ vsid << 25 ^ page : vsid ^ page;
    if (bus->hpt_size < 128)
        return false;
    const uint64_t groups = bus->hpt_size / 128 - 1;
    /* AVPN: the virtual address without its low 23 bits, and without those inside the page. */
    uint64_t avpn = (vsid << (big ? 17 : 5)) | (ea & segment_mask) >> 23;
    avpn &= ~(((UINT64_C(1) << base_shift) - 1) >> 23);
    const uint64_t want = (slb->vsid & SLB_B_MASK) | (avpn << 7 & HPTE0_AVPN) | HPTE0_VALID;
    return find_in_group(bus, hash & groups, want, base_shift, out) ||
           find_in_group(bus, ~hash & groups, want | HPTE0_SECOND, base_shift, out);
}

/* Rights by pp and key (Book III-S 5.7.9.1): 4 read, 2 write. */
static unsigned page_rights(const struct cpu *cpu, const struct slb_entry *slb, uint64_t dw1)
{
    static const uint8_t rights[2][8] = {
        {6, 6, 6, 4, 0, 0, 4, 0},
        {0, 4, 6, 4, 0, 0, 0, 0},
    };
    const bool key = slb->vsid & (cpu->msr & MSR_PR ? SLB_KP : SLB_KS);
    const unsigned pp = (unsigned)((dw1 & HPTE1_PP0 ? 4 : 0) | (dw1 & HPTE1_PP));
    return rights[key][pp];
}

/* Rights that the virtual page class key leaves (Book III-S 5.7.9.2): also 1 execute. */
static unsigned key_rights(const struct cpu *cpu, uint64_t dw1)
{
    const unsigned key = (unsigned)((dw1 & HPTE1_KEY_HI) >> 57 | (dw1 & HPTE1_KEY_LO) >> 9);
    const unsigned amr = (unsigned)(cpu->amr >> (62 - 2 * key) & 3);
    const unsigned iamr = (unsigned)(cpu->iamr >> (62 - 2 * key) & 3);
    return (amr & 1 ? 0 : 4) | (amr & 2 ? 0 : 2) | (iamr & 1 ? 0 : 1);
}

static bool fault_segment(struct cpu *cpu, uint64_t ea, enum mmu_access access)
{
    cpu->fault = (struct isa_fault){
        .vector = access == MMU_FETCH ? VECTOR_INSN_SEGMENT : VECTOR_DATA_SEGMENT,
        .dar = ea,
        .sets_dar = access != MMU_FETCH,
    };
    cpu->counters->slb_misses[cpu->msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR]++;
    return false;
}

static bool fault_storage(struct cpu *cpu, uint64_t ea, enum mmu_access access, uint64_t cause)
{
    if (cause & DSISR_NO_HPTE)
        cpu->counters->hash_faults[cpu->msr & MSR_PR ? PRIV_PROBLEM : PRIV_SUPERVISOR]++;
    if (access == MMU_FETCH) {
        cpu->fault = (struct isa_fault){.vector = VECTOR_INSN_STORAGE, .srr1 = cause};
        return false;
    }
    isa_raise_dsi(cpu, ea, (uint32_t)cause | (access == MMU_STORE ? DSISR_STORE : 0));
    return false;
}

/* Hardware sets R and C by single-byte stores, so that a racing change of the rest survives. */
static void set_reference_and_change(struct isa_bus *bus, const struct hpte *e, bool store)
{
    uint8_t *dw1 = bus->hpt + (uint64_t)e->ptex * 16 + 8;
    if (!(e->dw1 & HPTE1_R))
        dw1[6] |= 0x01;
    if (store && !(e->dw1 & HPTE1_C))
        dw1[7] |= 0x80;
}

static void fill_page(uint64_t ea, const struct hpte *e, int slb, bool writable,
                      struct mmu_page *out)
{
    const uint64_t offset = (UINT64_C(1) << e->page_shift) - 1;
    *out = (struct mmu_page){
        .real = (e->dw1 & HPTE1_RPN & ~offset) | (ea & offset),
        .page_shift = e->page_shift,
        .ptex = e->ptex,
        .slb = (uint8_t)slb,
        .writable = writable,
        .cache_inhibited = e->dw1 & HPTE1_I,
    };
}

static bool is_real_mode(const struct cpu *cpu, enum mmu_access access)
{
    return !(cpu->msr & (access == MMU_FETCH ? MSR_IR : MSR_DR));
}

/* Translation by a source of its own; the interrupts are those of a walk. */
static bool ask_source(struct cpu *cpu, uint64_t ea, enum mmu_access access, struct mmu_page *out)
{
    const struct mmu_source *const source = cpu->mmu->source;
    uint64_t cause = 0;
    if (source->translate(source->ctx, ea, access, out, &cause))
        return true;
    return cause ? fault_storage(cpu, ea, access, cause) : fault_segment(cpu, ea, access);
}

bool mmu_translate(struct cpu *cpu, uint64_t ea, enum mmu_access access, struct mmu_page *out)
{
    if (is_real_mode(cpu, access)) {
        *out = (struct mmu_page){.real = ea & REAL_MODE_MASK,
                                 .page_shift = 12,
                                 .writable = true,
                                 .ptex = TLB_NO_PTEX,
                                 .slb = UINT8_MAX};
        return true;
    }
    cpu->mmu->walks++;
    if (cpu->mmu->source)
        return ask_source(cpu, ea, access, out);
    const int index = mmu_slb_find(cpu, ea);
    if (index < 0)
        return fault_segment(cpu, ea, access);
    const struct slb_entry *slb = &cpu->mmu->slb[index];
    const unsigned base_shift = mmu_base_page_shift(slb->vsid, cpu->bus->max_page_shift);
    if (access == MMU_FETCH && (slb->vsid & SLB_N))
        return fault_storage(cpu, ea, access, SRR1_ISI_NOEXEC);
    struct hpte e;
    if (!base_shift || !walk(cpu, ea, slb, base_shift, &e))
        return fault_storage(cpu, ea, access, DSISR_NO_HPTE);

    const unsigned by_page = page_rights(cpu, slb, e.dw1), by_key = key_rights(cpu, e.dw1);
    uint64_t cause = 0;
    if (access == MMU_FETCH) {
        if (e.dw1 & (HPTE1_N | HPTE1_G))
            cause |= SRR1_ISI_NOEXEC;
        if (!(by_page & 4))
            cause |= DSISR_PROTECTION;
        if (!(by_key & 1))
            cause |= DSISR_KEY;
    } else {
        const unsigned need = access == MMU_STORE ? 2 : 4;
        if (!(by_page & need))
            cause |= DSISR_PROTECTION;
        if (!(by_key & need))
            cause |= DSISR_KEY;
    }
    if (cause)
        return fault_storage(cpu, ea, access, cause);
    set_reference_and_change(cpu->bus, &e, access == MMU_STORE);
    const bool changed = (e.dw1 & HPTE1_C) || access == MMU_STORE;
    fill_page(ea, &e, index, (by_page & by_key & 2) && changed, out);
    return true;
}

bool mmu_probe(struct cpu *cpu, uint64_t ea, struct mmu_page *out)
{
    struct hpte e;
    if (is_real_mode(cpu, MMU_LOAD)) {
        *out = (struct mmu_page){.real = ea & REAL_MODE_MASK,
                                 .page_shift = 12,
                                 .writable = true,
                                 .ptex = TLB_NO_PTEX,
                                 .slb = UINT8_MAX};
        return true;
    }
    if (cpu->mmu->source) {
        uint64_t cause;
        return cpu->mmu->source->translate(cpu->mmu->source->ctx, ea, MMU_LOAD, out, &cause);
    }
    const int index = mmu_slb_find(cpu, ea);
    if (index < 0)
        return false;
    const struct slb_entry *slb = &cpu->mmu->slb[index];
    const unsigned base_shift = mmu_base_page_shift(slb->vsid, cpu->bus->max_page_shift);
    if (!base_shift || !walk(cpu, ea, slb, base_shift, &e))
        return false;
    fill_page(ea, &e, index, false, out);
    return true;
}
