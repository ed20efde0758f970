#include "conform_vectors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

enum {
    HEADER_SIZE = 64,
    BLOCK_HEADER_SIZE = 24,
    BLOCK_MAGIC = 0x4b4c4248,
    BLOCK_BASE = 1,
    BLOCK_VECTORS = 2,
    ROW_HEADER_SIZE = 32, /* what precedes the vectors of a block */
    VECTOR_SIZE = 48,     /* what precedes its lists */
    CHUNK_HEADER_SIZE = 8,
};

static const char magic[8] = {'H', 'P', 'V', 'E', 'C', 'T', 'O', 'R'};

/* -- Checksum -- */

/* Slices by 8, so that reading keeps up with running. */
struct crc_tables {
    uint32_t t[8][256];
    bool made;
};

static void make_crc_tables(struct crc_tables *c)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (int k = 0; k < 8; k++)
            v = v >> 1 ^ (v & 1 ? 0xedb88320u : 0);
        c->t[0][i] = v;
    }
    for (unsigned k = 1; k < 8; k++)
        for (unsigned i = 0; i < 256; i++)
            c->t[k][i] = c->t[k - 1][i] >> 8 ^ c->t[0][c->t[k - 1][i] & 0xff];
    c->made = true;
}

uint32_t conform_crc(uint32_t crc, const uint8_t *data, size_t size)
{
    static struct crc_tables tables; /* derived, the same always */
    if (!tables.made)
        make_crc_tables(&tables);
    const uint32_t(*const t)[256] = (const uint32_t(*)[256])tables.t;
    uint32_t v = ~crc;
    for (; size >= 8; data += 8, size -= 8) {
        const uint32_t a = load_le32(data) ^ v, b = load_le32(data + 4);
        v = t[7][a & 0xff] ^ t[6][a >> 8 & 0xff] ^ t[5][a >> 16 & 0xff] ^ t[4][a >> 24] ^
            t[3][b & 0xff] ^ t[2][b >> 8 & 0xff] ^ t[1][b >> 16 & 0xff] ^ t[0][b >> 24];
    }
    for (; size; data++, size--)
        v = v >> 8 ^ t[0][(v ^ *data) & 0xff];
    return ~v;
}

/* -- Pieces of the file -- */

/* One message that names file and offset; the value is STATUS_FORMAT. */
#define FAIL_AT(r, where, fmt, ...)                                                                \
    status_fail(STATUS_FORMAT, "%s: at offset %llu: " fmt, (r)->name, (unsigned long long)(where), \
                ##__VA_ARGS__)

static enum sim_status read_bytes(struct conform_reader *r, uint8_t *out, size_t size,
                                  const char *what)
{
    const size_t got = fread(out, 1, size, r->file);
    r->offset += got;
    if (got == size)
        return STATUS_OK;
    RETURN_IF(ferror(r->file), STATUS_IO, "%s: at offset %llu: the file cannot be read", r->name,
              (unsigned long long)r->offset);
    return FAIL_AT(r, r->offset, "the file is cut short in %s", what);
}

static size_t padded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/* Bytes of a list of `n` registers: ids, padding, values. */
static size_t list_size(unsigned n)
{
    return padded(2 * (size_t)n) + 8 * (size_t)n;
}

static enum sim_status read_header(struct conform_reader *r)
{
    uint8_t h[HEADER_SIZE];
    TRY(read_bytes(r, h, sizeof h, "its header"));
    const bool unfinished = h[0] == 0 && memcmp(h, h + 1, sizeof h - 1) == 0;
    if (unfinished)
        return FAIL_AT(r, 0, "the file was not finished by its generator");
    if (memcmp(h, magic, sizeof magic) != 0)
        return FAIL_AT(r, 0, "this is not a file of conformance vectors");
    const uint32_t version = load_le32(h + 8);
    if (version != CONFORM_VERSION)
        return FAIL_AT(r, 8, "format version %u; this program reads version %u", version,
                       (unsigned)CONFORM_VERSION);
    if (load_le32(h + 12) != HEADER_SIZE || load_le32(h + 60) != conform_crc(0, h, 60))
        return FAIL_AT(r, 60, "the header's checksum is wrong");
    r->seed = load_le64(h + 16);
    r->vectors = load_le64(h + 24);
    r->count = load_le32(h + 32);
    r->cpus = load_le32(h + 36);
    r->blocks = load_le32(h + 40);
    return STATUS_OK;
}

struct block_header {
    uint32_t kind, size, count;
};

/* Reads a block whole into a new *payload. */
static enum sim_status read_block(struct conform_reader *r, struct block_header *b,
                                  uint8_t **payload)
{
    uint8_t h[BLOCK_HEADER_SIZE];
    const uint64_t where = r->offset;
    TRY(read_bytes(r, h, sizeof h, "a block's header"));
    if (load_le32(h) != BLOCK_MAGIC)
        return FAIL_AT(r, where, "no block begins here");
    *b = (struct block_header){load_le32(h + 4), load_le32(h + 8), load_le32(h + 12)};
    if (b->size > CONFORM_BLOCK_MAX)
        return FAIL_AT(r, where + 8, "a block of %u bytes is longer than allowed", b->size);
    *payload = malloc(b->size ? b->size : 1);
    RETURN_IF(!*payload, STATUS_NO_MEMORY, "%s: no memory for a block of %u bytes", r->name,
              b->size);
    const enum sim_status status = read_bytes(r, *payload, b->size, "a block");
    if (status == STATUS_OK &&
        load_le32(h + 16) == conform_crc(conform_crc(0, h, 16), *payload, b->size))
        return STATUS_OK;
    free(*payload);
    *payload = NULL;
    return status != STATUS_OK ? status : FAIL_AT(r, where + 16, "a block's checksum is wrong");
}

/* -- The base state -- */

static enum sim_status read_base(struct conform_reader *r)
{
    struct block_header b;
    const uint64_t where = r->offset;
    if (!r->blocks)
        return FAIL_AT(r, 40, "the file has no blocks");
    TRY(read_block(r, &b, &r->base));
    r->blocks_read++;
    if (b.kind != BLOCK_BASE)
        return FAIL_AT(r, where + 4, "the first block is not the base state");
    if (b.count > 4096 || list_size(b.count) + CHUNK_HEADER_SIZE > b.size)
        return FAIL_AT(r, where + 12, "the base state is longer than its block");
    const uint8_t *at = r->base;
    r->base_values = (struct conform_values){at, at + padded(2 * (size_t)b.count), b.count};
    at += list_size(b.count);
    const size_t left = b.size - list_size(b.count) - CHUNK_HEADER_SIZE;
    if (load_le32(at + 4) > left)
        return FAIL_AT(r, where, "the base state's memory is longer than its block");
    r->base_memory = conform_chunk_next(&at);
    return STATUS_OK;
}

enum sim_status conform_reader_open(struct conform_reader *r, FILE *file, const char *name)
{
    memset(r, 0, sizeof *r);
    r->file = file;
    r->name = name;
    enum sim_status status = read_header(r);
    if (status == STATUS_OK)
        status = read_base(r);
    if (status != STATUS_OK)
        conform_reader_close(r);
    return status;
}

void conform_reader_close(struct conform_reader *r)
{
    free(r->base);
    free(r->block);
    r->base = r->block = NULL;
}

/* -- Vectors -- */

void conform_reader_rewind_block(struct conform_reader *r)
{
    r->at = ROW_HEADER_SIZE;
    r->vectors_read -= r->block_vectors_read;
    r->block_vectors_read = 0;
}

enum sim_status conform_reader_block(struct conform_reader *r, bool *end)
{
    struct block_header b = {0};
    *end = false;
    do {
        free(r->block);
        r->block = NULL;
        if (r->blocks_read == r->blocks) {
            *end = true;
            if (r->vectors_read != r->vectors)
                return FAIL_AT(r, 24, "the header says %llu vectors, the blocks hold %llu",
                               (unsigned long long)r->vectors, (unsigned long long)r->vectors_read);
            return STATUS_OK;
        }
        r->block_offset = r->offset;
        TRY(read_block(r, &b, &r->block));
        r->blocks_read++;
    } while (b.kind != BLOCK_VECTORS);
    if (b.size < ROW_HEADER_SIZE)
        return FAIL_AT(r, r->block_offset + 8, "a block of vectors without its row");
    assert(r->block);
    memcpy(r->row, r->block, CONFORM_ROW_NAME);
    for (const char *p = r->row; *p; p++)
        if (*p <= ' ' || *p > '~')
            return FAIL_AT(r, r->block_offset + BLOCK_HEADER_SIZE, "the row's name is not text");
    r->block_size = b.size;
    r->block_vectors = b.count;
    r->block_vectors_read = 0;
    r->at = ROW_HEADER_SIZE;
    return STATUS_OK;
}

struct conform_chunk conform_chunk_next(const uint8_t **at)
{
    const struct conform_chunk chunk = {load_le32(*at), load_le32(*at + 4),
                                        *at + CHUNK_HEADER_SIZE};
    *at += CHUNK_HEADER_SIZE + padded(chunk.length);
    return chunk;
}

/* True if `count` chunks fill [at, end) exactly. */
static bool chunks_fit(const uint8_t *at, const uint8_t *end, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (end - at < CHUNK_HEADER_SIZE)
            return false;
        const uint32_t length = load_le32(at + 4);
        if (length > CONFORM_BLOCK_MAX || padded(length) > (size_t)(end - at) - CHUNK_HEADER_SIZE)
            return false;
        conform_chunk_next(&at);
    }
    return at == end;
}

/* The lists and chunks of a vector of `size` bytes at `p`; false if they do not fill it. */
static bool parse_lists(const uint8_t *p, size_t size, struct conform_vector *v)
{
    const unsigned n_in = p[40], n_out = p[41], n_undefined = p[42];
    const unsigned n = n_in + n_out + n_undefined;
    if (list_size(n) > size - VECTOR_SIZE)
        return false;
    const uint8_t *ids = p + VECTOR_SIZE;
    const uint8_t *values = ids + padded(2 * (size_t)n);
    v->in = (struct conform_values){ids, values, n_in};
    ids += 2 * (size_t)n_in, values += 8 * (size_t)n_in;
    v->out = (struct conform_values){ids, values, n_out};
    ids += 2 * (size_t)n_out, values += 8 * (size_t)n_out;
    v->undefined = (struct conform_values){ids, values, n_undefined};
    v->chunks_in = p[43];
    v->chunks_out = p[44];
    v->chunks = p + VECTOR_SIZE + list_size(n);
    return chunks_fit(v->chunks, p + size, v->chunks_in + v->chunks_out);
}

enum sim_status conform_reader_next(struct conform_reader *r, struct conform_vector *v, bool *end)
{
    assert(r->block);
    const uint8_t *p = r->block + r->at;
    const size_t left = r->block_size - r->at;
    const uint64_t where = r->block_offset + BLOCK_HEADER_SIZE + r->at;
    *end = r->block_vectors_read == r->block_vectors;
    if (*end) {
        if (left)
            return FAIL_AT(r, where, "bytes follow the last vector of a block");
        return STATUS_OK;
    }
    const size_t size = left >= VECTOR_SIZE ? load_le32(p) : 0;
    if (size < VECTOR_SIZE || size % 8 || size > left)
        return FAIL_AT(r, where, "a vector does not fit its block");
    *v = (struct conform_vector){
        .offset = where,
        .word = load_le32(p + 4),
        .msr = load_le64(p + 8),
        .cia = load_le64(p + 16),
        .nia = load_le64(p + 24),
        .index = load_le32(p + 32),
        .interrupt = load_le16(p + 36),
        .cpus = p[38],
        .outcome = p[39],
        .flags = p[45],
    };
    if (v->outcome > CONFORM_INTERRUPT)
        return FAIL_AT(r, where + 39, "a vector's outcome is %u", v->outcome);
    if (!parse_lists(p, size, v))
        return FAIL_AT(r, where, "a vector's lists do not fit it");
    r->at += size;
    r->block_vectors_read++;
    r->vectors_read++;
    return STATUS_OK;
}

unsigned conform_id(const struct conform_values *v, unsigned i)
{
    assert(i < v->count);
    return load_le16(v->ids + 2 * (size_t)i);
}

uint64_t conform_value(const struct conform_values *v, unsigned i)
{
    assert(i < v->count);
    return load_le64(v->values + 8 * (size_t)i);
}
