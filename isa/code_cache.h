/*
 * Decoded instructions, by real page and mode (CODE_MODE() in insn.h: byte order, and what is
 * hidden from the state that executes them), so that code which two states share is decoded for
 * each: no execution asks which it is in. The same page and mode is the key of whatever else is
 * derived from code. A page is decoded lazily, one instruction when it is first executed. Stores
 * into a page that has decoded instructions never hit the software TLB: the slow path undoes the
 * decoding of the words they touch, so code is always coherent. The number of pages is bounded; the
 * least recently entered are reused.
 */
#ifndef HORNPIPE_ISA_CODE_CACHE_H
#define HORNPIPE_ISA_CODE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/insn.h"
#include "isa/mmu/mmu.h"

struct isa_bus;

enum {
    CODE_PAGE_INSNS = TLB_PAGE_SIZE / 4,
    CODE_CACHE_PAGES = 4096,    /* 64 MiB of decoded instructions at most */
    CODE_PAGE_STORE_LIMIT = 64, /* stores into a page before it is forgotten as a whole */
};

struct code_page {
    uint64_t real;                          /* page address */
    struct code_page *other;                /* the same page in another mode */
    uint8_t mode;                           /* CODE_MODE() */
    bool referenced;                        /* entered since the clock hand last passed */
    uint32_t stores;                        /* slow stores since it was made */
    uint32_t slot;                          /* in the cache's ring */
    struct insn insns[CODE_PAGE_INSNS + 1]; /* the last is OP_PAGE_END */
};

struct code_cache *code_cache_create(uint64_t ram_size);
void code_cache_destroy(struct code_cache *cache);

/* Forgets everything; the callers' TLBs must be flushed. */
void code_cache_reset(struct code_cache *cache);

/* The page for `real` (in RAM, page aligned), made if need be; removes store rights to it. */
struct code_page *code_cache_get(struct isa_bus *bus, uint64_t real, uint8_t mode);

/* True if instructions of this real page are decoded: stores to it need the slow path. */
bool code_cache_has(const struct isa_bus *bus, uint64_t real);

/* Bytes [real, real+len) were or will be changed: undoes decoding. `stores`: by guest stores. */
void code_cache_changed(struct isa_bus *bus, uint64_t real, uint64_t len, bool by_store);

#endif
