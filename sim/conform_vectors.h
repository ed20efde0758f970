/*
 * Reads conformance vectors (tests/conformance/FORMAT.md) from files that may be anything: every
 * length is checked before it is used, and a failure names the file and the offset.
 */
#ifndef HORNPIPE_CONFORM_VECTORS_H
#define HORNPIPE_CONFORM_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

enum { CONFORM_VERSION = 1, CONFORM_ROW_NAME = 24, CONFORM_BLOCK_MAX = 16 << 20 };

/* Bits of `cpus`. */
enum { CONFORM_POWER7 = 1, CONFORM_POWER8 = 2 };

enum conform_outcome { CONFORM_NEXT, CONFORM_BRANCH, CONFORM_INTERRUPT };

/* Registers in vectors, and in the base state. */
enum conform_register {
    CONFORM_GPR = 0x000,
    CONFORM_VSR = 0x100, /* two ids each: doubleword 0 and 1 */
    CONFORM_CR = 0x300,
    CONFORM_MSR = 0x301,
    CONFORM_FPSCR = 0x302,
    CONFORM_VSCR = 0x303,
    CONFORM_RESERVE_EA = 0x305,
    CONFORM_RESERVE_LEN = 0x306,
    CONFORM_SPR = 0x400,
};

struct conform_values {
    const uint8_t *ids, *values; /* u16 and u64, little endian */
    unsigned count;
};

struct conform_chunk {
    uint32_t address, length;
    const uint8_t *bytes;
};

/* One vector; everything it points to lives until the next block is read. */
struct conform_vector {
    uint64_t offset; /* in the file */
    uint32_t word, index;
    uint64_t msr, cia, nia;
    uint16_t interrupt; /* its vector */
    uint8_t cpus, outcome, flags;
    struct conform_values in, out, undefined;
    unsigned chunks_in, chunks_out;
    const uint8_t *chunks; /* chunks_in, then chunks_out of them: conform_chunk_next() */
};

struct conform_reader {
    FILE *file;
    const char *name; /* for messages; borrowed */
    uint64_t offset;
    /* Of the header. */
    uint64_t seed, vectors;
    uint32_t count, cpus, blocks;
    /* The base state; NULL until conform_reader_base(). */
    uint8_t *base; /* owned */
    struct conform_values base_values;
    struct conform_chunk base_memory;
    /* The block being read. */
    uint8_t *block; /* owned */
    size_t block_size;
    char row[CONFORM_ROW_NAME + 1];
    uint32_t blocks_read, block_vectors, block_vectors_read;
    uint64_t block_offset, vectors_read;
    size_t at;
};

/* Reads the header and the base state from `file`, which stays the caller's. */
enum sim_status conform_reader_open(struct conform_reader *r, FILE *file, const char *name);
void conform_reader_close(struct conform_reader *r);

/* The next block of vectors, whose row is then r->row; `*end` at the end of the file. */
enum sim_status conform_reader_block(struct conform_reader *r, bool *end);

/* The next vector of the block; `*end` after the last. */
enum sim_status conform_reader_next(struct conform_reader *r, struct conform_vector *vector,
                                    bool *end);

/* Reads the vectors of this block once more from the first. */
void conform_reader_rewind_block(struct conform_reader *r);

/* Steps through v->chunks: start with *at = v->chunks. The reader has checked them. */
struct conform_chunk conform_chunk_next(const uint8_t **at);

/* Entry `i` of a list. */
unsigned conform_id(const struct conform_values *v, unsigned i);
uint64_t conform_value(const struct conform_values *v, unsigned i);

/* CRC-32 (IEEE 802.3), chained: start with 0. */
uint32_t conform_crc(uint32_t crc, const uint8_t *data, size_t size);

#endif
