/*
 * Decoded instructions, by real page and mode (CODE_MODE() in insn.h: byte order, and what is
 * hidden from the state that executes them), so that code which two states share is decoded for
 * each: no execution asks which it is in. The engines share it. A page is decoded lazily: by the
 * precise engine one instruction when it is first executed, by the threaded engine from there to
 * the next branch. Stores into a page that has decoded instructions never hit the software TLB: the
 * slow path undoes the decoding of the words they touch, so code is always coherent. The number of
 * pages is bounded; the least recently entered are reused.
 */
#ifndef HORNPIPE_ISA_CODE_CACHE_H
#define HORNPIPE_ISA_CODE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/insn.h"
#include "isa/mmu/mmu.h"
#include "isa/outcome.h"

struct isa_bus;
struct code_slot;

enum {
    CODE_PAGE_INSNS = TLB_PAGE_SIZE / 4,
    CODE_PAGE_SLOTS = CODE_PAGE_INSNS + 1, /* the last is OP_PAGE_END */
    CODE_PAGE_STORE_LIMIT = 64, /* stores into a page before it is forgotten as a whole */
    CODE_CACHE_PAGES_MIN = 16,
    CODE_CACHE_PAGES_MAX = 1 << 20, /* ids of slots are 32 bits wide */
};

/* Host memory for decoded instructions: the most that is used, unless an option says otherwise. */
#define CODE_CACHE_BYTES (UINT64_C(128) << 20)

/* What the threaded engine does at a slot: it, and all that follows until it leaves. */
typedef enum isa_outcome code_handler(struct cpu *cpu, const struct code_slot *slot);

/*
 * An instruction of a page, as the engines see it. A block is what is entered at a slot and goes on
 * to the next branch or the end of the page: `rest` instructions from here, this one included.
 */
struct code_slot {
    code_handler *run; /* the threaded engine's; threaded_decode() until it has decoded it */
    struct insn insn;
    uint32_t id;   /* index of this slot's counts (threaded.h): fixed for the place in the cache */
    uint16_t rest; /* 0 until the threaded engine has decoded it */
    uint16_t at;   /* index in the page */
};

struct code_page {
    uint64_t real;           /* page address */
    struct code_page *other; /* the same page in another mode */
    uint8_t mode;            /* CODE_MODE() */
    bool referenced;         /* entered since the clock hand last passed */
    uint32_t stores;         /* slow stores since it was made */
    uint32_t place;          /* in the cache's ring */
    _Alignas(64) struct code_slot slots[CODE_PAGE_SLOTS]; /* two in a line of the host's cache */
};

/* The slot that holds a decoded instruction of a page. */
static inline struct code_slot *code_slot_of(const struct insn *op)
{
    return (struct code_slot *)(uintptr_t)((const char *)op - offsetof(struct code_slot, insn));
}

/* Decodes the instruction of a slot of cpu->exec_page, for the CPU's level. */
void code_decode(const struct cpu *cpu, struct code_slot *slot);

/* At most `bytes` of decoded pages, but CODE_CACHE_PAGES_MIN at least. NULL: no memory. */
struct code_cache *code_cache_create(uint64_t ram_size, uint64_t bytes);
void code_cache_destroy(struct code_cache *cache);

/* Pages that there can be: their places are less. */
uint32_t code_cache_pages(const struct code_cache *cache);

/* Forgets everything, after counting it; the callers' TLBs must be flushed. */
void code_cache_reset(struct isa_bus *bus);

/* The page for `real` (in RAM, page aligned), made if need be; removes store rights to it. */
struct code_page *code_cache_get(struct isa_bus *bus, uint64_t real, uint8_t mode);

/* True if instructions of this real page are decoded: stores to it need the slow path. */
bool code_cache_has(const struct isa_bus *bus, uint64_t real);

/* The page at a place, one that has been used. */
const struct code_page *code_cache_at(const struct isa_bus *bus, uint32_t place);

/* Bytes [real, real+len) were or will be changed: undoes decoding. `stores`: by guest stores. */
void code_cache_changed(struct isa_bus *bus, uint64_t real, uint64_t len, bool by_store);

#endif
