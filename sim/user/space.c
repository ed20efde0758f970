/* Mappings: which ranges may be touched, and how. */
#include "user/space.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "isa/cpu.h"
#include "user/space_internal.h"

enum { FIRST_ROOM = 64 };

enum sim_status space_init(struct space *space, struct isa_bus *bus)
{
    *space = (struct space){.bus = bus, .frame_count = (uint32_t)(bus->ram_size / SPACE_PAGE)};
    space->source = (struct mmu_source){.ctx = space, .translate = space_translate};
    space->mappings = malloc(FIRST_ROOM * sizeof *space->mappings);
    space->mapping_room = FIRST_ROOM;
    if (!space->mappings || !space_pages_init(space)) {
        space_fini(space);
        return status_fail(STATUS_NO_MEMORY, "no memory for an address space");
    }
    return STATUS_OK;
}

void space_fini(struct space *space)
{
    free(space->mappings);
    free(space->pages);
    free(space->free_frames);
    *space = (struct space){0};
}

/* Index of the first mapping that ends after `ea`. */
static size_t first_after(const struct space *space, uint64_t ea)
{
    size_t low = 0, high = space->mapping_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (space->mappings[middle].end <= ea)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct space_mapping *space_find(struct space *space, uint64_t ea)
{
    const struct space_mapping *m = &space->mappings[space->last];
    if (space->last < space->mapping_count && ea >= m->start && ea < m->end)
        return m;
    const size_t i = first_after(space, ea);
    if (i == space->mapping_count || space->mappings[i].start > ea)
        return NULL;
    space->last = i;
    return &space->mappings[i];
}

bool space_is_free(struct space *space, uint64_t start, uint64_t length)
{
    const size_t i = first_after(space, start);
    return i == space->mapping_count || space->mappings[i].start >= start + length;
}

bool space_is_mapped(struct space *space, uint64_t start, uint64_t length)
{
    const uint64_t end = start + length;
    for (size_t i = first_after(space, start); start < end; i++) {
        if (i == space->mapping_count || space->mappings[i].start > start)
            return false;
        start = space->mappings[i].end;
    }
    return true;
}

uint64_t space_find_free(struct space *space, uint64_t length, uint64_t align, uint64_t top)
{
    size_t i = first_after(space, top - 1);
    for (;;) {
        /* The gap below mapping i, down to the end of the one before it. */
        const uint64_t limit = i < space->mapping_count && space->mappings[i].start < top
                                   ? space->mappings[i].start
                                   : top;
        const uint64_t floor = i > 0 ? space->mappings[i - 1].end : SPACE_MMAP_LOW;
        if (limit >= length) {
            const uint64_t at = (limit - length) & ~(align - 1);
            if (at >= floor && at >= SPACE_MMAP_LOW)
                return at;
        }
        if (i == 0)
            return 0;
        i--;
    }
}

/* Room for `more` mappings; false, with nothing changed, if there are too many. */
static bool make_room(struct space *space, size_t more)
{
    const size_t need = space->mapping_count + more;
    if (need > SPACE_MAPPINGS_MAX)
        return false;
    if (need <= space->mapping_room)
        return true;
    const size_t room = space->mapping_room * 2;
    struct space_mapping *const grown = realloc(space->mappings, room * sizeof *grown);
    if (!grown)
        return false;
    space->mappings = grown;
    space->mapping_room = room;
    return true;
}

static void insert_at(struct space *space, size_t i, struct space_mapping mapping)
{
    assert(space->mapping_count < space->mapping_room);
    memmove(&space->mappings[i + 1], &space->mappings[i],
            (space->mapping_count - i) * sizeof *space->mappings);
    space->mappings[i] = mapping;
    space->mapping_count++;
}

static void remove_at(struct space *space, size_t i, size_t count)
{
    space->mapping_count -= count;
    memmove(&space->mappings[i], &space->mappings[i + count],
            (space->mapping_count - i) * sizeof *space->mappings);
}

/* Makes `ea` a border between mappings, if it lies inside one. Room for one more is there. */
static void split_at(struct space *space, uint64_t ea)
{
    const size_t i = first_after(space, ea);
    if (i == space->mapping_count || space->mappings[i].start >= ea)
        return;
    insert_at(space, i, space->mappings[i]);
    space->mappings[i].end = ea;
    space->mappings[i + 1].start = ea;
}

/* Joins neighbours that are alike around the range, so that their number stays small. */
static void merge_around(struct space *space, uint64_t start, uint64_t end)
{
    size_t i = first_after(space, start ? start - 1 : 0);
    while (i + 1 < space->mapping_count && space->mappings[i].start < end) {
        struct space_mapping *const a = &space->mappings[i];
        const struct space_mapping *const b = a + 1;
        if (a->end == b->start && a->prot == b->prot && a->max_prot == b->max_prot) {
            a->end = b->end;
            remove_at(space, i + 1, 1);
        } else {
            i++;
        }
    }
}

static void flush(struct space *space)
{
    if (space->cpu)
        mmu_flush_all(space->cpu);
}

/* Takes the range out of the list of mappings; room for two more is there. */
static void cut_out(struct space *space, uint64_t start, uint64_t end)
{
    split_at(space, start);
    split_at(space, end);
    const size_t first = first_after(space, start);
    size_t count = 0;
    while (first + count < space->mapping_count && space->mappings[first + count].start < end)
        count++;
    remove_at(space, first, count);
}

enum space_result space_unmap(struct space *space, uint64_t start, uint64_t length)
{
    if (space_is_free(space, start, length))
        return SPACE_OK;
    if (!make_room(space, 2))
        return SPACE_NO_MEMORY;
    cut_out(space, start, start + length);
    space_drop_pages(space, start, length);
    flush(space);
    return SPACE_OK;
}

enum space_result space_map(struct space *space, uint64_t start, uint64_t length, unsigned prot,
                            unsigned max_prot)
{
    assert(length && start < SPACE_LIMIT && length <= SPACE_LIMIT - start);
    /* As Linux's heuristic overcommit: refuse only what can never be had. */
    if ((prot & SPACE_WRITE) && length > space->bus->ram_size)
        return SPACE_NO_MEMORY;
    if (!make_room(space, 3))
        return SPACE_NO_MEMORY;
    if (!space_is_free(space, start, length)) {
        cut_out(space, start, start + length);
        space_drop_pages(space, start, length);
        flush(space);
    }
    const struct space_mapping mapping = {.start = start,
                                          .end = start + length,
                                          .prot = (uint8_t)prot,
                                          .max_prot = (uint8_t)max_prot};
    insert_at(space, first_after(space, start), mapping);
    merge_around(space, start, start + length);
    return SPACE_OK;
}

enum space_result space_protect(struct space *space, uint64_t start, uint64_t length, unsigned prot)
{
    const uint64_t end = start + length;
    enum space_result result = SPACE_OK;
    uint64_t at = start;
    if (!make_room(space, 2))
        return SPACE_NO_MEMORY;
    split_at(space, start);
    split_at(space, end);
    for (size_t i = first_after(space, start); at < end; i++) {
        if (i == space->mapping_count || space->mappings[i].start > at) {
            result = SPACE_NOT_MAPPED;
            break;
        }
        struct space_mapping *const m = &space->mappings[i];
        if (prot & ~m->max_prot) {
            result = SPACE_DENIED;
            break;
        }
        m->prot = (uint8_t)prot;
        at = m->end;
    }
    merge_around(space, start, end);
    flush(space);
    return result;
}

enum space_result space_move(struct space *space, uint64_t from, uint64_t to, uint64_t length)
{
    const struct space_mapping *const found = space_find(space, from);
    assert(found && found->end - from >= length);
    struct space_mapping mapping = *found;
    if (!make_room(space, 5))
        return SPACE_NO_MEMORY;
    cut_out(space, to, to + length);
    space_drop_pages(space, to, length);
    cut_out(space, from, from + length);
    space_move_pages(space, from, to, length);
    mapping.start = to;
    mapping.end = to + length;
    insert_at(space, first_after(space, to), mapping);
    merge_around(space, to, to + length);
    flush(space);
    return SPACE_OK;
}

void space_discard(struct space *space, uint64_t start, uint64_t length)
{
    space_drop_pages(space, start, length);
    flush(space);
}
