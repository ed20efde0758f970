/*
 * The address space of a user-mode program: mappings (what may be touched) over 4K pages of the
 * simulated RAM, which are allocated when first touched. The engine asks for translations through
 * space->source (isa/mmu/mmu.h); the simulator's own accesses for system calls go through
 * space_read() and space_write().
 */
#ifndef HORNPIPE_USER_SPACE_H
#define HORNPIPE_USER_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "isa/bus.h"
#include "isa/mmu/mmu.h"

/* Rights of a mapping, as PROT_* of Linux. Writing or executing includes reading. */
enum { SPACE_READ = 1, SPACE_WRITE = 2, SPACE_EXEC = 4 };

#define SPACE_PAGE     UINT64_C(4096)
#define SPACE_LIMIT    UINT64_C(0x800000000000) /* 128 TiB: as Linux without a hint */
#define SPACE_MMAP_TOP UINT64_C(0x7fff00000000) /* mmap() allocates downwards from here */
#define SPACE_MMAP_LOW UINT64_C(0x10000)        /* vm.mmap_min_addr */
enum { SPACE_MAPPINGS_MAX = 65530 };            /* vm.max_map_count */

struct space_mapping {
    uint64_t start, end; /* page addresses; end is exclusive */
    uint8_t prot;        /* SPACE_* */
    uint8_t max_prot;    /* what mprotect() may give */
};

struct space_page {
    uint64_t number; /* effective page number + 1; 0: free slot */
    uint32_t frame;  /* real page number */
};

struct space {
    struct isa_bus *bus; /* borrowed */
    struct cpu *cpu;     /* borrowed: whose software TLB follows changes; NULL until there is one */
    struct mmu_source source;

    struct space_mapping *mappings; /* owned, ascending, none overlap or are empty */
    size_t mapping_count, mapping_room;
    size_t last; /* where the last lookup ended */

    struct space_page *pages; /* owned: open addressing by page number */
    size_t page_count, page_slots;

    uint32_t *free_frames; /* owned: given back, to be zeroed before reuse */
    size_t free_count, free_room;
    uint32_t next_frame, frame_count;

    bool exhausted; /* a page was wanted and there was none left: the program is to be killed */
};

/* An empty space over `bus`'s RAM. STATUS_NO_MEMORY. Pair with space_fini(). */
enum sim_status space_init(struct space *space, struct isa_bus *bus);
void space_fini(struct space *space);

/* Results of the calls that change mappings. */
enum space_result { SPACE_OK, SPACE_NO_MEMORY, SPACE_NOT_MAPPED, SPACE_DENIED };

/*
 * Maps [start, start+length) anew, all zero, replacing what was there. Both page aligned, length
 * not 0, end at most SPACE_LIMIT (the caller has checked). SPACE_NO_MEMORY leaves all as it was.
 */
enum space_result space_map(struct space *space, uint64_t start, uint64_t length, unsigned prot,
                            unsigned max_prot);

/* Unmaps what there is in the range. SPACE_NO_MEMORY: too many mappings. */
enum space_result space_unmap(struct space *space, uint64_t start, uint64_t length);

/* SPACE_NOT_MAPPED if a part of the range is not mapped; the part before it has changed. */
enum space_result space_protect(struct space *space, uint64_t start, uint64_t length,
                                unsigned prot);

/* Moves the pages of [from, from+length), one mapping, to `to`, which is unmapped before. */
enum space_result space_move(struct space *space, uint64_t from, uint64_t to, uint64_t length);

/* Gives the pages of the range back: they read as zero again (MADV_DONTNEED). */
void space_discard(struct space *space, uint64_t start, uint64_t length);

/* The mapping that holds `ea`, or NULL. */
const struct space_mapping *space_find(struct space *space, uint64_t ea);

/* True if nothing is mapped in the range. */
bool space_is_free(struct space *space, uint64_t start, uint64_t length);

/* True if all of the range is mapped. */
bool space_is_mapped(struct space *space, uint64_t start, uint64_t length);

/* Highest free range of `length` bytes below `top`, aligned to `align`; 0: none. */
uint64_t space_find_free(struct space *space, uint64_t length, uint64_t align, uint64_t top);

/*
 * Copies from or to the program's memory under the rights of its mappings; false if a byte may not
 * be accessed (those before it have been copied).
 */
bool space_read(struct space *space, uint64_t ea, void *out, size_t length);
bool space_write(struct space *space, uint64_t ea, const void *in, size_t length);

/* As space_write(), whatever the mapping's rights: for the loader. */
bool space_fill(struct space *space, uint64_t ea, const void *in, size_t length);

/*
 * A run of accessible bytes at `ea`, at most to the end of its page: their place in RAM and, in
 * `*room`, how many. NULL if the first byte may not be accessed. For stores the caller writes at
 * once and calls space_wrote().
 */
uint8_t *space_span(struct space *space, uint64_t ea, enum mmu_access access, size_t *room);
void space_wrote(struct space *space, const uint8_t *at, size_t length);

/* A 0-ended string of at most `room` - 1 bytes: its length, -1 if inaccessible, -2 if too long. */
int64_t space_read_string(struct space *space, uint64_t ea, char *out, size_t room);

/* A hash of all pages, by effective address, chained through `hash`. */
uint64_t space_hash(const struct space *space, uint64_t hash);

#endif
