/* Pages: which frame of RAM an effective page has, and the simulator's own accesses. */
#include <stdlib.h>
#include <string.h>

#include "isa/code_cache.h"
#include "isa/cpu.h"
#include "isa/msr.h"
#include "user/space_internal.h"

enum { FIRST_SLOTS = 1024 }; /* a power of two, as all sizes of the table */

bool space_pages_init(struct space *space)
{
    space->pages = calloc(FIRST_SLOTS, sizeof *space->pages);
    space->page_slots = FIRST_SLOTS;
    return space->pages != NULL;
}

/* -- The table: open addressing with linear probing, at most half full -- */

static size_t home_slot(const struct space *space, uint64_t number)
{
    return (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (space->page_slots - 1);
}

/* The slot of effective page number + 1, or the free one where it would go. */
static struct space_page *find_slot(const struct space *space, uint64_t number)
{
    size_t i = home_slot(space, number);
    while (space->pages[i].number && space->pages[i].number != number)
        i = (i + 1) & (space->page_slots - 1);
    return &space->pages[i];
}

static bool grow_table(struct space *space)
{
    struct space bigger = *space;
    bigger.page_slots = space->page_slots * 2;
    bigger.pages = calloc(bigger.page_slots, sizeof *bigger.pages);
    if (!bigger.pages)
        return false;
    for (size_t i = 0; i < space->page_slots; i++)
        if (space->pages[i].number)
            *find_slot(&bigger, space->pages[i].number) = space->pages[i];
    free(space->pages);
    *space = bigger;
    return true;
}

/* Takes an entry out and moves those back that had to go past it. */
static void remove_slot(struct space *space, struct space_page *slot)
{
    const size_t mask = space->page_slots - 1;
    size_t hole = (size_t)(slot - space->pages);
    for (size_t i = (hole + 1) & mask; space->pages[i].number; i = (i + 1) & mask) {
        const size_t home = home_slot(space, space->pages[i].number);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        space->pages[hole] = space->pages[i];
        hole = i;
    }
    space->pages[hole].number = 0;
    space->page_count--;
}

/* -- Frames of RAM -- */

static bool take_frame(struct space *space, uint32_t *frame)
{
    if (space->free_count) {
        *frame = space->free_frames[--space->free_count];
        return bus_fill(space->bus, *frame * SPACE_PAGE, 0, SPACE_PAGE);
    }
    if (space->next_frame == space->frame_count)
        return false;
    *frame = space->next_frame++;
    return true;
}

/* A frame that finds no room in the list is lost to the program, which only costs it memory. */
static void give_frame(struct space *space, uint32_t frame)
{
    if (space->free_count == space->free_room) {
        const size_t room = space->free_room ? space->free_room * 2 : 256;
        uint32_t *const grown = realloc(space->free_frames, room * sizeof *grown);
        if (!grown)
            return;
        space->free_frames = grown;
        space->free_room = room;
    }
    space->free_frames[space->free_count++] = frame;
}

/* The frame of the page at `ea`, made if need be; false: no memory left. */
static bool get_frame(struct space *space, uint64_t ea, uint32_t *frame)
{
    const uint64_t number = (ea / SPACE_PAGE) + 1;
    struct space_page *slot = find_slot(space, number);
    if (slot->number) {
        *frame = slot->frame;
        return true;
    }
    if (2 * (space->page_count + 1) > space->page_slots) {
        if (!grow_table(space))
            return false;
        slot = find_slot(space, number);
    }
    if (!take_frame(space, frame))
        return false;
    *slot = (struct space_page){.number = number, .frame = *frame};
    space->page_count++;
    return true;
}

/* -- Ranges: page by page, or through the whole table where that is shorter -- */

static void drop_slot(struct space *space, struct space_page *slot)
{
    give_frame(space, slot->frame);
    remove_slot(space, slot);
}

void space_drop_pages(struct space *space, uint64_t start, uint64_t length)
{
    const uint64_t first = start / SPACE_PAGE + 1, count = length / SPACE_PAGE;
    if (count <= space->page_slots) {
        for (uint64_t number = first; number < first + count; number++) {
            struct space_page *const slot = find_slot(space, number);
            if (slot->number)
                drop_slot(space, slot);
        }
        return;
    }
    /* Removing may move another entry into this slot, but none to be removed into one before it. */
    for (size_t i = 0; i < space->page_slots;) {
        if (space->pages[i].number - first < count)
            drop_slot(space, &space->pages[i]);
        else
            i++;
    }
}

void space_move_pages(struct space *space, uint64_t from, uint64_t to, uint64_t length)
{
    for (uint64_t at = 0; at < length; at += SPACE_PAGE) {
        struct space_page *const slot = find_slot(space, (from + at) / SPACE_PAGE + 1);
        if (!slot->number)
            continue;
        const struct space_page page = {.number = (to + at) / SPACE_PAGE + 1, .frame = slot->frame};
        remove_slot(space, slot);
        *find_slot(space, page.number) = page;
        space->page_count++;
    }
}

/* -- Translation -- */

static unsigned needed(enum mmu_access access)
{
    return access == MMU_FETCH ? SPACE_EXEC : access == MMU_STORE ? SPACE_WRITE : SPACE_READ;
}

/* On this MMU a page that can be written or executed can be read. */
static unsigned effective_rights(unsigned prot)
{
    return prot & (SPACE_WRITE | SPACE_EXEC) ? prot | SPACE_READ : prot;
}

bool space_translate(void *ctx, uint64_t ea, enum mmu_access access, struct mmu_page *out,
                     uint64_t *cause)
{
    struct space *const space = ctx;
    uint32_t frame;
    if (ea >= SPACE_LIMIT && ea < UINT64_C(0xc000000000000000)) {
        *cause = 0;
        return false;
    }
    const struct space_mapping *const m = space_find(space, ea);
    if (!m) {
        *cause = DSISR_NO_HPTE;
        return false;
    }
    const unsigned rights = effective_rights(m->prot);
    if (!(rights & needed(access))) {
        *cause = access == MMU_FETCH && rights ? SRR1_ISI_NOEXEC : DSISR_PROTECTION;
        return false;
    }
    if (!get_frame(space, ea, &frame)) {
        space->exhausted = true;
        *cause = DSISR_NO_HPTE;
        return false;
    }
    *out = (struct mmu_page){
        .real = frame * SPACE_PAGE + (ea & (SPACE_PAGE - 1)),
        .page_shift = 12,
        .ptex = TLB_NO_PTEX,
        .slb = UINT8_MAX,
        .writable = rights & SPACE_WRITE,
    };
    return true;
}

/* -- The simulator's own accesses -- */

uint8_t *space_span(struct space *space, uint64_t ea, enum mmu_access access, size_t *room)
{
    struct mmu_page page;
    uint64_t cause;
    if (!space_translate(space, ea, access, &page, &cause))
        return NULL;
    *room = (size_t)(SPACE_PAGE - (ea & (SPACE_PAGE - 1)));
    return space->bus->ram + page.real;
}

void space_wrote(struct space *space, const uint8_t *at, size_t length)
{
    code_cache_changed(space->bus, (uint64_t)(at - space->bus->ram), length, false);
}

bool space_read(struct space *space, uint64_t ea, void *out, size_t length)
{
    uint8_t *to = out;
    while (length) {
        size_t room;
        const uint8_t *const from = space_span(space, ea, MMU_LOAD, &room);
        if (!from)
            return false;
        const size_t n = length < room ? length : room;
        memcpy(to, from, n);
        to += n;
        ea += n;
        length -= n;
    }
    return true;
}

bool space_write(struct space *space, uint64_t ea, const void *in, size_t length)
{
    const uint8_t *from = in;
    while (length) {
        size_t room;
        uint8_t *const to = space_span(space, ea, MMU_STORE, &room);
        if (!to)
            return false;
        const size_t n = length < room ? length : room;
        memcpy(to, from, n);
        space_wrote(space, to, n);
        from += n;
        ea += n;
        length -= n;
    }
    return true;
}

bool space_fill(struct space *space, uint64_t ea, const void *in, size_t length)
{
    const uint8_t *from = in;
    while (length) {
        uint32_t frame;
        if (!space_find(space, ea) || !get_frame(space, ea, &frame))
            return false;
        const size_t offset = ea & (SPACE_PAGE - 1), room = SPACE_PAGE - offset;
        const size_t n = length < room ? length : room;
        if (!bus_write(space->bus, frame * SPACE_PAGE + offset, from, n))
            return false;
        from += n;
        ea += n;
        length -= n;
    }
    return true;
}

int64_t space_read_string(struct space *space, uint64_t ea, char *out, size_t room)
{
    size_t length = 0;
    while (length < room) {
        size_t span;
        const uint8_t *const from = space_span(space, ea + length, MMU_LOAD, &span);
        if (!from)
            return -1;
        const size_t n = span < room - length ? span : room - length;
        const uint8_t *const end = memchr(from, 0, n);
        const size_t part = end ? (size_t)(end - from) : n;
        memcpy(out + length, from, part);
        length += part;
        if (end) {
            out[length] = 0;
            return (int64_t)length;
        }
    }
    return -2;
}

uint64_t space_hash(const struct space *space, uint64_t hash)
{
    /* The order of the table depends on its history; a sum does not. */
    uint64_t sum = 0;
    for (size_t i = 0; i < space->page_slots; i++) {
        const struct space_page *const page = &space->pages[i];
        if (!page->number)
            continue;
        uint64_t v = page->number * UINT64_C(0x9e3779b97f4a7c15);
        const uint8_t *const bytes = space->bus->ram + page->frame * SPACE_PAGE;
        for (size_t at = 0; at < SPACE_PAGE; at += 8)
            v = (rotl64(v, 5) ^ load_le64(bytes + at)) * UINT64_C(0x100000001b3);
        sum += v;
    }
    return (hash ^ sum) * UINT64_C(0x100000001b3);
}
