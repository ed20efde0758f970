/* Storage accesses that the inlined software-TLB hit does not cover. */
#include "isa/mem.h"

#include "isa/bus.h"
#include "isa/code_cache.h"
#include "isa/outcome.h"
#include "isa/reserve.h"
#include "isa/retired.h"

static void watch_access(struct cpu *cpu, uint64_t ea)
{
    if (UNLIKELY(cpu->watch)) {
        cpu->watch->last_ea = ea;
        cpu->watch->has_ea = 1;
    }
}

static bool machine_check(struct cpu *cpu, uint64_t ea)
{
    cpu->fault = (struct isa_fault){
        .vector = VECTOR_MACHINE_CHECK, .srr1 = SRR1_MC_DATA, .dar = ea, .sets_dar = true};
    return false;
}

/* -- The data address breakpoint: its page never gets into the software TLB -- */

static bool is_breakpoint_page(const struct cpu *cpu, uint64_t ea)
{
    return (cpu->dabr & (DABR_DW | DABR_DR)) && ((cpu->dabr ^ ea) & TLB_PAGE_MASK) == 0;
}

/* True after recording the interrupt, if [ea, ea+size) meets the breakpoint. */
static bool hits_breakpoint(struct cpu *cpu, uint64_t ea, unsigned size, enum mmu_access access)
{
    const bool is_store = access == MMU_STORE;
    const uint64_t at = cpu->dabr & ~UINT64_C(7);
    if (LIKELY(!(cpu->dabr & (is_store ? DABR_DW : DABR_DR))))
        return false;
    const bool overlaps = ea - at < 8 || at - ea < size;
    const bool translating = cpu->msr & MSR_DR, wanted = cpu->dabr & DABR_BT;
    if (!overlaps || (translating != wanted && !(cpu->dabrx & DABRX_BTI)) ||
        !(cpu->dabrx & (cpu->msr & MSR_PR ? DABRX_PROBLEM : DABRX_PRIVILEGED)))
        return false;
    isa_raise_dsi(cpu, ea, DSISR_BREAKPOINT | (is_store ? DSISR_STORE : 0));
    return true;
}

static void fill_tlb(struct cpu *cpu, uint64_t ea, const struct mmu_page *page,
                     enum mmu_access access)
{
    struct tlb_data *tlb = &cpu->mmu->data[cpu->mmu_mode_data];
    const unsigned i = (unsigned)(ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1));
    const uint64_t real_page = page->real & TLB_PAGE_MASK;
    /* Inhibited storage takes the slow path, which looks at every access's alignment. */
    if (cpu->watch || page->cache_inhibited || is_breakpoint_page(cpu, ea) ||
        !bus_is_ram(cpu->bus, real_page, TLB_PAGE_SIZE))
        return;
    const struct tlb_entry entry = {
        .tag = ea & TLB_PAGE_MASK,
        .addend = (uint64_t)(uintptr_t)cpu->bus->ram + real_page - (ea & TLB_PAGE_MASK),
    };
    const struct tlb_origin origin = {.ptex = page->ptex, .slb = page->slb};
    cpu->mmu->fills++;
    if (access == MMU_LOAD) {
        tlb->load[i] = entry;
        tlb->load_origin[i] = origin;
    } else if (page->writable && !code_cache_has(cpu->bus, real_page) &&
               !reserve_guards(cpu, real_page)) {
        tlb->store[i] = entry;
        tlb->store_origin[i] = origin;
    }
}

/* Translates and proves that [ea, ea+size), inside one 4K page, is RAM or answers as MMIO. */
static bool resolve(struct cpu *cpu, uint64_t ea, unsigned size, enum mmu_access access,
                    struct mmu_page *page)
{
    if (!mmu_translate(cpu, ea, access, page) || hits_breakpoint(cpu, ea, size, access))
        return false;
    if (LIKELY(bus_is_ram(cpu->bus, page->real, size))) {
        fill_tlb(cpu, ea, page, access);
        return true;
    }
    if (access == MMU_LOAD ? !!cpu->bus->mmio_read : !!cpu->bus->mmio_write)
        return true;
    return machine_check(cpu, ea);
}

/*
 * An access to a device happens when every other vCPU has come as far, and a store is the last of
 * its run(): what the device does then, and when, is exact whatever the budgets were.
 */
static bool may_reach_device(struct cpu *cpu, bool is_store)
{
    if (cpu_cycles(cpu) > cpu->clock_limit)
        cpu->held = ISA_CLOCK;
    else if (is_store && cpu->left > 1)
        cpu->held = ISA_ALONE;
    else
        return true;
    return false;
}

/* Raw bytes of one resolved piece as a big-endian number of `size` bytes. */
static bool read_piece(struct cpu *cpu, uint64_t ea, unsigned size, const struct mmu_page *page,
                       uint64_t *value)
{
    struct isa_bus *bus = cpu->bus;
    if (!bus_is_ram(bus, page->real, size)) {
        if (!may_reach_device(cpu, false))
            return false;
        if (!bus->mmio_read || (size & (size - 1)) ||
            !bus->mmio_read(bus->mmio_ctx, page->real, size, value))
            return machine_check(cpu, ea);
        return true;
    }
    uint64_t v = 0;
    memcpy(&v, bus->ram + page->real, size);
    *value = __builtin_bswap64(v) >> (64 - 8 * size);
    return true;
}

static bool write_piece(struct cpu *cpu, uint64_t ea, unsigned size, const struct mmu_page *page,
                        uint64_t value)
{
    struct isa_bus *bus = cpu->bus;
    if (!bus_is_ram(bus, page->real, size)) {
        if (!may_reach_device(cpu, true))
            return false;
        if (!bus->mmio_write || (size & (size - 1)) ||
            !bus->mmio_write(bus->mmio_ctx, page->real, size, value))
            return machine_check(cpu, ea);
        return true;
    }
    const uint64_t v = __builtin_bswap64(value << (64 - 8 * size));
    memcpy(bus->ram + page->real, &v, size);
    if (bus->parked)
        reserve_stored(bus, cpu, page->real, size);
    if (code_cache_has(bus, page->real & TLB_PAGE_MASK))
        code_cache_changed(bus, page->real, size, true);
    return true;
}

/* The word of the instruction that is executing. */
static uint32_t current_word(const struct cpu *cpu)
{
    const struct code_page *page = cpu->exec_page;
    return page ? page->slots[cpu->cia >> 2 & (CODE_PAGE_INSNS - 1)].insn.word : 0;
}

/* Caching-inhibited storage knows aligned accesses only (Book III-S 6.5.8): false, and why. */
static bool may_misalign(struct cpu *cpu, uint64_t ea, unsigned size, const struct mmu_page *page)
{
    if (LIKELY(!page->cache_inhibited || (ea & (size - 1)) == 0))
        return true;
    isa_raise_alignment(cpu, ea, current_word(cpu));
    return false;
}

static uint64_t swap_bytes(uint64_t v, unsigned size)
{
    return __builtin_bswap64(v) >> (64 - 8 * size);
}

/* Bytes of an access of `size` at `ea` that lie in the first 4K page. */
static unsigned first_part(uint64_t ea, unsigned size)
{
    const unsigned room = TLB_PAGE_SIZE - (unsigned)(ea & ~TLB_PAGE_MASK);
    return size < room ? size : room;
}

bool mem_load_slow(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t *value)
{
    const unsigned first = first_part(ea, size), second = size - first;
    struct mmu_page page[2];
    uint64_t v, rest;
    watch_access(cpu, ea);
    if (!resolve(cpu, ea, first, MMU_LOAD, &page[0]) || !may_misalign(cpu, ea, size, &page[0]))
        return false;
    if (second) {
        const uint64_t ea2 = (ea + first) & cpu->ea_mask;
        if (!resolve(cpu, ea2, second, MMU_LOAD, &page[1]) ||
            !read_piece(cpu, ea, first, &page[0], &v) ||
            !read_piece(cpu, ea2, second, &page[1], &rest))
            return false;
        v = v << (8 * second) | rest;
    } else if (!read_piece(cpu, ea, first, &page[0], &v)) {
        return false;
    }
    *value = cpu->big_endian ? v : swap_bytes(v, size);
    return true;
}

bool mem_store_slow(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t value)
{
    const unsigned first = first_part(ea, size), second = size - first;
    const uint64_t ea2 = (ea + first) & cpu->ea_mask;
    const uint64_t v = cpu->big_endian ? value : swap_bytes(value, size);
    struct mmu_page page[2];
    watch_access(cpu, ea);
    if (!resolve(cpu, ea, first, MMU_STORE, &page[0]) || !may_misalign(cpu, ea, size, &page[0]) ||
        (second && !resolve(cpu, ea2, second, MMU_STORE, &page[1])))
        return false;
    if (!second)
        return write_piece(cpu, ea, first, &page[0], v);
    /* Only RAM takes every store: what may still fail goes first. */
    if (bus_is_ram(cpu->bus, page[0].real, first))
        return write_piece(cpu, ea2, second, &page[1], v) &&
               write_piece(cpu, ea, first, &page[0], v >> (8 * second));
    return write_piece(cpu, ea, first, &page[0], v >> (8 * second)) &&
           write_piece(cpu, ea2, second, &page[1], v);
}

bool mem_load_pair_slow(struct cpu *cpu, uint64_t ea, uint64_t v[2])
{
    return mem_load64(cpu, ea, &v[0]) && mem_load64(cpu, (ea + 8) & cpu->ea_mask, &v[1]);
}

bool mem_store_pair_slow(struct cpu *cpu, uint64_t ea, const uint64_t v[2])
{
    const uint64_t ea2 = (ea + 8) & cpu->ea_mask;
    if (!mem_probe(cpu, ea, 16, MMU_STORE))
        return false;
    return mem_store64(cpu, ea, v[0]) && mem_store64(cpu, ea2, v[1]);
}

bool mem_probe(struct cpu *cpu, uint64_t ea, unsigned len, enum mmu_access access)
{
    const struct tlb_entry *table = access == MMU_STORE ? cpu->dtlb->store : cpu->dtlb->load;
    while (len) {
        const unsigned part = first_part(ea, len);
        struct mmu_page page;
        if (table[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)].tag != (ea & TLB_PAGE_MASK) &&
            !resolve(cpu, ea, part, access, &page))
            return false;
        ea = (ea + part) & cpu->ea_mask;
        len -= part;
    }
    return true;
}

bool mem_probe_quad(struct cpu *cpu, uint64_t ea, enum mmu_access access)
{
    const struct tlb_entry *table = access == MMU_STORE ? cpu->dtlb->store : cpu->dtlb->load;
    struct mmu_page page;
    if (LIKELY(table[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)].tag == (ea & TLB_PAGE_MASK)))
        return true; /* no page that is inhibited gets there */
    if (!resolve(cpu, ea, 16, access, &page))
        return false;
    if (!page.cache_inhibited)
        return true;
    isa_raise_dsi(cpu, ea, DSISR_BAD_ACCESS | (access == MMU_STORE ? DSISR_STORE : 0));
    return false;
}

/* larx and stcx. outside RAM: storage that forbids them, or, in real mode, nothing at all. */
static bool refuse_reserve(struct cpu *cpu, uint64_t ea, const struct mmu_page *page,
                           uint32_t dsisr)
{
    if (!page->cache_inhibited)
        return machine_check(cpu, ea);
    isa_raise_dsi(cpu, ea, dsisr);
    return false;
}

bool mem_load_reserve_slow(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t v[2])
{
    struct mmu_page page;
    watch_access(cpu, ea);
    if (!resolve(cpu, ea, size, MMU_LOAD, &page))
        return false;
    if (page.cache_inhibited || !bus_is_ram(cpu->bus, page.real, size))
        return refuse_reserve(cpu, ea, &page, DSISR_BAD_ACCESS);
    v[1] = 0;
    for (unsigned at = 0; at < size; at += 8) {
        uint64_t raw;
        const unsigned part = size < 8 ? size : 8;
        const struct mmu_page piece = {.real = page.real + at};
        if (!read_piece(cpu, ea + at, part, &piece, &raw))
            return false;
        v[at / 8] = cpu->big_endian ? raw : swap_bytes(raw, part);
    }
    cpu->reserve_valid = true;
    cpu->reserve_size = (uint8_t)size;
    cpu->reserve_real = page.real;
    return true;
}

bool mem_store_conditional_slow(struct cpu *cpu, uint64_t ea, unsigned size, const uint64_t v[2],
                                bool *stored)
{
    struct mmu_page page;
    watch_access(cpu, ea);
    if (!resolve(cpu, ea, size, MMU_STORE, &page))
        return false;
    if (page.cache_inhibited || !bus_is_ram(cpu->bus, page.real, size))
        return refuse_reserve(cpu, ea, &page, DSISR_BAD_ACCESS | DSISR_STORE);
    *stored = cpu->reserve_valid && cpu->reserve_size == size &&
              (cpu->reserve_real ^ page.real) >> 7 == 0;
    cpu->reserve_valid = false;
    for (unsigned at = 0; *stored && at < size; at += 8) {
        const unsigned part = size < 8 ? size : 8;
        const uint64_t raw = cpu->big_endian ? v[at / 8] : swap_bytes(v[at / 8], part);
        const struct mmu_page piece = {.real = page.real + at};
        if (!write_piece(cpu, ea + at, part, &piece, raw))
            return false;
    }
    return true;
}

bool mem_dcbz_slow(struct cpu *cpu, uint64_t ea, uint32_t word)
{
    const uint64_t block = ea & ~UINT64_C(127);
    struct mmu_page page;
    watch_access(cpu, ea);
    if (!mmu_translate(cpu, block, MMU_STORE, &page) ||
        hits_breakpoint(cpu, block, 128, MMU_STORE)) {
        if (cpu->fault.sets_dar)
            cpu->fault.dar = ea; /* the EA of the instruction, not of the block */
        return false;
    }
    if (page.cache_inhibited) {
        isa_raise_alignment(cpu, ea, word);
        return false;
    }
    if (!bus_is_ram(cpu->bus, page.real, 128))
        return machine_check(cpu, ea);
    fill_tlb(cpu, block, &page, MMU_STORE);
    memset(cpu->bus->ram + page.real, 0, 128);
    if (cpu->bus->parked)
        reserve_stored(cpu->bus, cpu, page.real, 128);
    if (code_cache_has(cpu->bus, page.real & TLB_PAGE_MASK))
        code_cache_changed(cpu->bus, page.real, 128, true);
    return true;
}
