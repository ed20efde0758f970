/* Builds files of conformance vectors in memory, right ones and wrong ones. */
#ifndef HORNPIPE_CONFORM_FIXTURE_H
#define HORNPIPE_CONFORM_FIXTURE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "sim/conform_vectors.h"

enum {
    CONFORM_FILE_MAX = 1 << 18,
    CONFORM_HEADER = 64,
    CONFORM_BLOCK_HEADER = 24,
    CONFORM_BLOCKS_MAX = 1000, /* that conform_file_seal() follows */
};

struct conform_file {
    uint8_t bytes[CONFORM_FILE_MAX];
    size_t size;
    size_t block, vector; /* where the last ones begin */
    unsigned blocks, vectors;
};

static inline void conform_put(struct conform_file *f, uint64_t value, unsigned size)
{
    assert(f->size + size <= sizeof f->bytes);
    for (unsigned i = 0; i < size; i++)
        f->bytes[f->size++] = (uint8_t)(value >> 8 * i);
}

static inline void conform_set(struct conform_file *f, size_t at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        f->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void conform_begin_block(struct conform_file *f, unsigned kind)
{
    f->block = f->size;
    f->blocks++;
    conform_put(f, 0x4b4c4248, 4);
    conform_put(f, kind, 4);
    for (unsigned i = 0; i < 4; i++)
        conform_put(f, 0, 4);
}

static inline void conform_end_block(struct conform_file *f, unsigned entries)
{
    conform_set(f, f->block + 8, f->size - f->block - CONFORM_BLOCK_HEADER, 4);
    conform_set(f, f->block + 12, entries, 4);
}

/* Puts right every checksum that can be reached, whatever else is wrong. */
static inline void conform_file_seal(uint8_t *bytes, size_t size)
{
    if (size < CONFORM_HEADER)
        return;
    const uint32_t crc = conform_crc(0, bytes, 60);
    for (unsigned i = 0; i < 4; i++)
        bytes[60 + i] = (uint8_t)(crc >> 8 * i);
    size_t at = CONFORM_HEADER;
    for (unsigned n = 0; n < CONFORM_BLOCKS_MAX && size - at >= CONFORM_BLOCK_HEADER; n++) {
        const size_t length = load_le32(bytes + at + 8);
        if (length > size - at - CONFORM_BLOCK_HEADER)
            return;
        const uint32_t block_crc =
            conform_crc(conform_crc(0, bytes + at, 16), bytes + at + CONFORM_BLOCK_HEADER, length);
        for (unsigned i = 0; i < 4; i++)
            bytes[at + 16 + i] = (uint8_t)(block_crc >> 8 * i);
        at += CONFORM_BLOCK_HEADER + length;
    }
}

/* The header, which conform_finish() completes, and a base state: r1 = 1, memory all 0x11. */
static inline void conform_start(struct conform_file *f, uint32_t window)
{
    memset(f, 0, sizeof *f);
    f->size = CONFORM_HEADER;
    conform_begin_block(f, 1);
    conform_put(f, CONFORM_GPR + 1, 2);
    conform_put(f, 0, 6);
    conform_put(f, 1, 8);
    conform_put(f, 0x20000000, 4);
    conform_put(f, window, 4);
    assert(f->size + window <= sizeof f->bytes);
    memset(f->bytes + f->size, 0x11, window);
    f->size += window;
    conform_end_block(f, 1);
}

static inline void conform_begin_row(struct conform_file *f, const char *row)
{
    char name[CONFORM_ROW_NAME] = "";
    memcpy(name, row, strlen(row) < sizeof name ? strlen(row) : sizeof name);
    conform_begin_block(f, 2);
    for (size_t i = 0; i < sizeof name; i++)
        conform_put(f, (uint8_t)name[i], 1);
    conform_put(f, 0, 8);
}

/* What a vector sets, changes and leaves undefined: one register each; id 0xffff: none. */
struct conform_registers {
    uint16_t in, out, undefined;
    uint64_t in_value, out_value, mask;
};
enum { CONFORM_NONE = 0xffff };

static inline void conform_add_vector(struct conform_file *f, uint32_t word,
                                      const struct conform_registers *r)
{
    const unsigned n = 3;
    f->vector = f->size;
    f->vectors++;
    conform_put(f, 48 + 8 + 8 * n, 4);
    conform_put(f, word, 4);
    conform_put(f, UINT64_C(0x800000000280f002), 8); /* 64-bit, big endian, problem state */
    conform_put(f, 0x10000000, 8);
    conform_put(f, 0x10000004, 8);
    conform_put(f, f->vectors - 1, 4);
    conform_put(f, 0, 2);
    conform_put(f, CONFORM_POWER7 | CONFORM_POWER8, 1);
    conform_put(f, CONFORM_NEXT, 1);
    conform_put(f, 0x010101, 4);
    conform_put(f, 0, 4);
    conform_put(f, r->in, 2);
    conform_put(f, r->out, 2);
    conform_put(f, r->undefined, 2);
    conform_put(f, 0, 2);
    conform_put(f, r->in_value, 8);
    conform_put(f, r->out_value, 8);
    conform_put(f, r->mask, 8);
}

/* Completes header and checksums. */
static inline void conform_finish(struct conform_file *f)
{
    memcpy(f->bytes, "HPVECTOR", 8);
    conform_set(f, 8, 1, 4);
    conform_set(f, 12, CONFORM_HEADER, 4);
    conform_set(f, 16, 1, 8);
    conform_set(f, 24, f->vectors, 8);
    conform_set(f, 36, CONFORM_POWER7 | CONFORM_POWER8, 4);
    conform_set(f, 40, f->blocks, 4);
    conform_file_seal(f->bytes, f->size);
}

#endif
