#include "isa/code_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/threaded.h"

struct code_cache {
    struct code_page **by_real; /* [real >> 12]: a list, lazily committed */
    uint64_t real_pages;
    struct code_page *ring; /* lazily committed */
    uint32_t pages, used, hand;
};

/* Zeroed memory that is committed when it is touched; NULL: the host has no room. */
static void *map_lazily(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static size_t ring_bytes(const struct code_cache *cache)
{
    return cache->pages * sizeof(struct code_page);
}

static size_t index_bytes(const struct code_cache *cache)
{
    return cache->real_pages * sizeof(struct code_page *);
}

struct code_cache *code_cache_create(uint64_t ram_size, uint64_t bytes)
{
    struct code_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    const uint64_t pages = bytes / sizeof(struct code_page);
    cache->pages = pages < CODE_CACHE_PAGES_MIN   ? CODE_CACHE_PAGES_MIN
                   : pages > CODE_CACHE_PAGES_MAX ? CODE_CACHE_PAGES_MAX
                                                  : (uint32_t)pages;
    cache->real_pages = (ram_size + TLB_PAGE_SIZE - 1) >> TLB_PAGE_SHIFT;
    cache->by_real = map_lazily(index_bytes(cache));
    cache->ring = map_lazily(ring_bytes(cache));
    if (!cache->by_real || !cache->ring) {
        code_cache_destroy(cache);
        return NULL;
    }
    madvise(cache->ring, ring_bytes(cache), MADV_HUGEPAGE);
    return cache;
}

void code_cache_destroy(struct code_cache *cache)
{
    if (!cache)
        return;
    if (cache->ring)
        munmap(cache->ring, ring_bytes(cache));
    if (cache->by_real)
        munmap(cache->by_real, index_bytes(cache));
    free(cache);
}

uint32_t code_cache_pages(const struct code_cache *cache)
{
    return cache->pages;
}

void code_cache_reset(struct isa_bus *bus)
{
    struct code_cache *const cache = bus->code;
    for (uint32_t i = 0; i < cache->used; i++) {
        threaded_count_page(bus, &cache->ring[i]);
        cache->by_real[cache->ring[i].real >> TLB_PAGE_SHIFT] = NULL;
    }
    cache->used = cache->hand = 0;
}

static bool is_executing(const struct isa_bus *bus, const struct code_page *page)
{
    for (unsigned i = 0; i < bus->cpu_count; i++)
        if (bus->cpus[i]->exec_page == page)
            return true;
    return false;
}

/* Takes the page out of every index; its memory stays in its ring slot for reuse. */
static void forget(struct isa_bus *bus, struct code_page *page)
{
    struct code_page **at = &bus->code->by_real[page->real >> TLB_PAGE_SHIFT];
    while (*at && *at != page)
        at = &(*at)->other;
    if (*at)
        *at = page->other;
    for (unsigned i = 0; i < bus->cpu_count; i++)
        mmu_flush_code_page(bus->cpus[i], page);
}

/* Second chance: a page entered since the hand last passed is spared once. */
static struct code_page *reuse_one(struct isa_bus *bus)
{
    struct code_cache *cache = bus->code;
    for (;;) {
        struct code_page *page = &cache->ring[cache->hand];
        cache->hand = (cache->hand + 1) % cache->pages;
        if (page->referenced || is_executing(bus, page)) {
            page->referenced = false;
            continue;
        }
        threaded_count_page(bus, page);
        forget(bus, page);
        return page;
    }
}

/* Nothing is decoded. Of `page` only its place is valid. */
static void init_slots(struct code_page *page)
{
    for (unsigned i = 0; i < CODE_PAGE_SLOTS; i++)
        page->slots[i] = (struct code_slot){.run = threaded_decode,
                                            .insn.op = OP_DECODE,
                                            .id = page->place * CODE_PAGE_SLOTS + i,
                                            .at = (uint16_t)i};
    page->slots[CODE_PAGE_INSNS].insn.op = OP_PAGE_END;
    page->slots[CODE_PAGE_INSNS].run = threaded_page_end;
}

struct code_page *code_cache_get(struct isa_bus *bus, uint64_t real, uint8_t mode)
{
    struct code_cache *cache = bus->code;
    struct code_page **const first = &cache->by_real[real >> TLB_PAGE_SHIFT];
    assert(real < bus->ram_size && (real & ~TLB_PAGE_MASK) == 0);
    struct code_page *page = *first;
    while (page && page->mode != mode)
        page = page->other;
    if (page) {
        page->referenced = true;
        return page;
    }
    if (cache->used < cache->pages) {
        page = &cache->ring[cache->used];
        page->place = cache->used++;
    } else {
        page = reuse_one(bus);
    }
    init_slots(page);
    page->stores = 0;
    page->real = real;
    page->mode = mode;
    page->referenced = true;
    page->other = *first;
    *first = page;
    for (unsigned i = 0; i < bus->cpu_count; i++)
        mmu_flush_store_page(bus->cpus[i], real);
    return page;
}

const struct code_page *code_cache_at(const struct isa_bus *bus, uint32_t place)
{
    assert(place < bus->code->used);
    return &bus->code->ring[place];
}

void code_decode(const struct cpu *cpu, struct code_slot *slot)
{
    const struct code_page *const page = cpu->exec_page;
    const uint8_t *const bytes = cpu->bus->ram + page->real + (size_t)slot->at * 4;
    isa_decode_for(cpu->model->level, CODE_MODE_HIDDEN(page->mode),
                   CODE_MODE_IS_LE(page->mode) ? load_le32(bytes) : load_be32(bytes), &slot->insn);
}

bool code_cache_has(const struct isa_bus *bus, uint64_t real)
{
    return bus->code->by_real[real >> TLB_PAGE_SHIFT] != NULL;
}

static void page_changed(struct isa_bus *bus, struct code_page *page, uint64_t first, uint64_t last,
                         bool by_store)
{
    threaded_forget(bus, page, (unsigned)(first >> 2), (unsigned)(last >> 2));
    for (uint64_t i = first >> 2; i <= last >> 2; i++)
        page->slots[i].insn.op = OP_DECODE;
    if (by_store && ++page->stores > CODE_PAGE_STORE_LIMIT && !is_executing(bus, page)) {
        /* More data than code: let its stores be fast until it is executed again. */
        forget(bus, page);
        page->referenced = false;
        page->stores = 0;
    }
}

void code_cache_changed(struct isa_bus *bus, uint64_t real, uint64_t len, bool by_store)
{
    while (len) {
        const uint64_t offset = real & ~TLB_PAGE_MASK;
        const uint64_t piece = len < TLB_PAGE_SIZE - offset ? len : TLB_PAGE_SIZE - offset;
        struct code_page *page = bus->code->by_real[real >> TLB_PAGE_SHIFT];
        while (page) {
            struct code_page *const other = page->other; /* the page may be forgotten */
            page_changed(bus, page, offset, offset + piece - 1, by_store);
            page = other;
        }
        real += piece;
        len -= piece;
    }
}
