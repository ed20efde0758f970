/* The guest's access to its hashed page table (LoPAR 14.5.4.1; pseries.md 3.3, 3.4, 8.3). */
#include "pseries_internal.h"

/* Flags in r4. */
#define FLAG_EXACT     (UINT64_C(1) << 39)
#define FLAG_READ_4    (UINT64_C(1) << 37)
#define FLAG_AVPN      (UINT64_C(1) << 31)
#define FLAG_ANDCOND   (UINT64_C(1) << 30)
#define FLAG_ZERO_PAGE (UINT64_C(1) << 15)
#define FLAG_PP0       UINT64_C(0x100)

#define AVPN_COMPARE_MASK (~UINT64_C(0x7f))
#define WIMG              (HPTE1_W | HPTE1_I | HPTE1_M | HPTE1_G)
#define WIMG_SAO          (HPTE1_W | HPTE1_I | HPTE1_M) /* strong access order */

/* H_BULK_REMOVE translation specifiers. */
#define BULK_TYPE     UINT64_C(0xc000000000000000)
#define BULK_REQUEST  UINT64_C(0x4000000000000000)
#define BULK_RESPONSE UINT64_C(0x8000000000000000)
#define BULK_END      UINT64_C(0xc000000000000000)
#define BULK_ANDCOND  UINT64_C(0x0100000000000000)
#define BULK_AVPN     UINT64_C(0x0200000000000000)
#define BULK_PTEX     UINT64_C(0x00ffffffffffffff)
enum { BULK_CODE_SHIFT = 60, BULK_RC_SHIFT = 51, BULK_PAIRS = 4 };
enum bulk_code { BULK_OK = 0, BULK_NOT_FOUND = 1, BULK_PARAMETER = 2 };

enum { PTEG_SLOTS = 8, HPTE_BYTES = 16, PTEG_BYTES = PTEG_SLOTS * HPTE_BYTES };

struct hpte {
    uint64_t dw0, dw1;
};

static bool is_ptex(const struct pseries *p, uint64_t ptex)
{
    return ptex < p->bus.hpt_size / HPTE_BYTES;
}

static struct hpte read_hpte(const struct pseries *p, uint64_t ptex)
{
    const uint8_t *at = p->bus.hpt + ptex * HPTE_BYTES;
    return (struct hpte){load_be64(at), load_be64(at + 8)};
}

static void write_hpte(struct pseries *p, uint64_t ptex, struct hpte hpte)
{
    uint8_t *at = p->bus.hpt + ptex * HPTE_BYTES;
    store_be64(at, hpte.dw0);
    store_be64(at + 8, hpte.dw1);
}

/* Forgets what any vCPU has cached of this entry, which was `old`. */
static void flush_hpte(struct pseries *p, uint64_t ptex, struct hpte old)
{
    const struct tlb_span span = mmu_hpte_span(&p->bus, (uint32_t)ptex, old.dw0, old.dw1);
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        mmu_flush_ptex(p->cpus[i], (uint32_t)ptex, span);
}

/*
 * An entry that comes in may be found before another of the same page, which no guest should have.
 * Forgets what is cached of those, so that no room of ours decides which of them counts.
 */
static void flush_same_page(struct pseries *p, uint64_t ptex, struct hpte entered)
{
    const uint64_t groups[] = {ptex / PTEG_SLOTS,
                               ~(ptex / PTEG_SLOTS) & (p->bus.hpt_size / PTEG_BYTES - 1)};
    for (unsigned g = 0; g < ARRAY_SIZE(groups); g++) {
        for (unsigned slot = 0; slot < PTEG_SLOTS; slot++) {
            const uint64_t at = groups[g] * PTEG_SLOTS + slot;
            const struct hpte e = read_hpte(p, at);
            if (at != ptex && (e.dw0 & HPTE0_VALID) &&
                ((e.dw0 ^ entered.dw0) & (HPTE0_B | HPTE0_AVPN)) == 0)
                flush_hpte(p, at, e);
        }
    }
}

/*
 * Page shift of an entry whose segment is not known: 0 if no base page size allows its L and LP.
 * The LP codes of the supported pairs are distinct, so the first match is the only one.
 */
static unsigned page_shift(const struct pseries *p, struct hpte hpte)
{
    static const unsigned base_shifts[] = {12, 16, 24, 34};
    for (unsigned i = 0; i < ARRAY_SIZE(base_shifts); i++) {
        const unsigned shift =
            mmu_hpte_page_shift(hpte.dw0, hpte.dw1, base_shifts[i], p->bus.max_page_shift);
        if (shift)
            return shift;
    }
    return 0;
}

/* Whether an entry may map what it names: RAM cached, all else caching-inhibited. */
static bool may_map(const struct pseries *p, struct hpte hpte, uint64_t real, unsigned shift)
{
    const uint64_t wimg = hpte.dw1 & WIMG;
    if (bus_is_ram(&p->bus, real, UINT64_C(1) << shift))
        return wimg == HPTE1_M || wimg == WIMG_SAO;
    return real >= p->bus.ram_size && (wimg & (HPTE1_W | HPTE1_I)) == HPTE1_I;
}

int64_t h_enter(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t flags = args[0];
    uint64_t ptex = args[1];
    const struct hpte hpte = {args[2] & ~HPTE0_HYP_SW, args[3]};
    (void)cpu;

    const unsigned shift = page_shift(p, hpte);
    if (!shift || !is_ptex(p, ptex))
        return H_PARAMETER;
    const uint64_t real = hpte.dw1 & HPTE1_RPN & (~UINT64_C(0) << shift);
    if (!may_map(p, hpte, real, shift))
        return H_PARAMETER;

    if (flags & FLAG_EXACT) {
        if (read_hpte(p, ptex).dw0 & HPTE0_VALID)
            return H_PTEG_FULL;
    } else {
        unsigned slot = 0;
        ptex &= ~(uint64_t)(PTEG_SLOTS - 1);
        while (slot < PTEG_SLOTS && read_hpte(p, ptex + slot).dw0 & HPTE0_VALID)
            slot++;
        if (slot == PTEG_SLOTS)
            return H_PTEG_FULL;
        ptex += slot;
    }
    if (flags & FLAG_ZERO_PAGE)
        bus_fill(&p->bus, real, 0, (size_t)1 << shift); /* does nothing outside RAM */
    write_hpte(p, ptex, hpte);
    flush_same_page(p, ptex, hpte);
    args[0] = ptex;
    return H_SUCCESS;
}

/* Removes one entry under the conditions in `flags`; *old is what was there. */
static int64_t remove_hpte(struct pseries *p, uint64_t ptex, uint64_t flags, uint64_t avpn,
                           struct hpte *old)
{
    if (!is_ptex(p, ptex))
        return H_PARAMETER;
    *old = read_hpte(p, ptex);
    if (!(old->dw0 & HPTE0_VALID) ||
        ((flags & FLAG_AVPN) && (old->dw0 & AVPN_COMPARE_MASK) != avpn) ||
        ((flags & FLAG_ANDCOND) && (old->dw0 & avpn) != 0))
        return H_NOT_FOUND;
    write_hpte(p, ptex, (struct hpte){0, 0});
    flush_hpte(p, ptex, *old);
    return H_SUCCESS;
}

int64_t h_remove(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct hpte old;
    (void)cpu;
    const int64_t status = remove_hpte(p, args[1], args[0], args[2], &old);
    if (status == H_SUCCESS) {
        args[0] = old.dw0;
        args[1] = old.dw1;
    }
    return status;
}

/* One specifier and its AVPN, rewritten in place. */
static int64_t bulk_remove_one(struct pseries *p, uint64_t *pair)
{
    const uint64_t request = pair[0];
    uint64_t flags = 0;
    struct hpte old;

    pair[0] = BULK_RESPONSE | (request & (BULK_ANDCOND | BULK_AVPN | BULK_PTEX));
    if ((request & BULK_ANDCOND) && (request & BULK_AVPN)) {
        pair[0] |= (uint64_t)BULK_PARAMETER << BULK_CODE_SHIFT;
        return H_PARAMETER;
    }
    if (request & BULK_ANDCOND)
        flags = FLAG_ANDCOND;
    else if (request & BULK_AVPN)
        flags = FLAG_AVPN;
    const int64_t status = remove_hpte(p, request & BULK_PTEX, flags, pair[1], &old);
    if (status == H_PARAMETER)
        pair[0] |= (uint64_t)BULK_PARAMETER << BULK_CODE_SHIFT;
    else if (status == H_NOT_FOUND)
        pair[0] |= (uint64_t)BULK_NOT_FOUND << BULK_CODE_SHIFT;
    else
        pair[0] |= (old.dw1 & (HPTE1_R | HPTE1_C)) << BULK_RC_SHIFT;
    return status == H_NOT_FOUND ? H_SUCCESS : status;
}

int64_t h_bulk_remove(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)cpu;
    for (unsigned i = 0; i < BULK_PAIRS; i++) {
        uint64_t *const pair = args + (size_t)2 * i;
        const uint64_t type = pair[0] & BULK_TYPE;
        if (type == BULK_END)
            break;
        if (type != BULK_REQUEST)
            return H_PARAMETER;
        const int64_t status = bulk_remove_one(p, pair);
        if (status != H_SUCCESS)
            return status;
    }
    return H_SUCCESS;
}

int64_t h_read(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const bool four = args[0] & FLAG_READ_4;
    const uint64_t ptex = four ? args[1] & ~UINT64_C(3) : args[1];
    (void)cpu;
    if (!is_ptex(p, ptex))
        return H_PARAMETER;
    /* A PTEG has 8 slots, so four from a multiple of four are always there. */
    for (unsigned i = 0; i < (four ? 4u : 1u); i++) {
        const struct hpte hpte = read_hpte(p, ptex + i);
        args[2 * i] = hpte.dw0;
        args[2 * i + 1] = hpte.dw1;
    }
    return H_SUCCESS;
}

int64_t h_protect(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t flags = args[0], ptex = args[1], avpn = args[2];
    (void)cpu;
    if (!is_ptex(p, ptex))
        return H_PARAMETER;
    struct hpte hpte = read_hpte(p, ptex);
    if (!(hpte.dw0 & HPTE0_VALID) ||
        ((flags & FLAG_AVPN) && (hpte.dw0 & AVPN_COMPARE_MASK) != avpn))
        return H_NOT_FOUND;
    const uint64_t low = HPTE1_KEY_LO | HPTE1_N | HPTE1_PP;
    hpte.dw1 &= ~(HPTE1_PP0 | HPTE1_KEY_HI | low);
    hpte.dw1 |= (flags & FLAG_PP0) << 55 | ((flags << 48) & HPTE1_KEY_HI) | (flags & low);
    write_hpte(p, ptex, hpte);
    flush_hpte(p, ptex, hpte);
    return H_SUCCESS;
}

/* Clears one bit of dw1 so that the next access sets it anew; r4 = the old dw1. */
static int64_t clear_bit(struct pseries *p, uint64_t *args, uint64_t bit)
{
    const uint64_t ptex = args[1];
    if (!is_ptex(p, ptex))
        return H_PARAMETER;
    struct hpte hpte = read_hpte(p, ptex);
    if (!(hpte.dw0 & HPTE0_VALID))
        return H_NOT_FOUND;
    args[0] = hpte.dw1;
    hpte.dw1 &= ~bit;
    write_hpte(p, ptex, hpte);
    flush_hpte(p, ptex, hpte);
    return H_SUCCESS;
}

int64_t h_clear_mod(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)cpu;
    return clear_bit(p, args, HPTE1_C);
}

int64_t h_clear_ref(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)cpu;
    return clear_bit(p, args, HPTE1_R);
}
