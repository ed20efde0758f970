/* Bit numbering, byte order and small integer helpers. Depends on nothing. */
#ifndef HORNPIPE_BASE_BITS_H
#define HORNPIPE_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LIKELY(x)     __builtin_expect(!!(x), 1)
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* IBM bit n of a doubleword (0 is the most significant) and of a word. */
#define PPC_BIT(n)   (UINT64_C(1) << (63 - (n)))
#define PPC_BIT32(n) (UINT32_C(1) << (31 - (n)))

/* Mask of IBM bits first..last of a doubleword, first <= last. */
#define PPC_BITMASK(first, last) ((~UINT64_C(0) >> (first)) & (~UINT64_C(0) << (63 - (last))))

/* Bits mb..me of a doubleword, wrapping when mb > me. */
static inline uint64_t rotate_mask(unsigned mb, unsigned me)
{
    const uint64_t from = ~UINT64_C(0) >> mb, to = ~UINT64_C(0) << (63 - me);
    return mb <= me ? from & to : from | to;
}

/* IBM bits first..first+len-1 of a word, right-justified. */
static inline uint32_t bits32(uint32_t word, unsigned first, unsigned len)
{
    return (word >> (32 - first - len)) & (uint32_t)((UINT64_C(1) << len) - 1);
}

/* Sign-extends the low `width` bits (1..64) of v. */
static inline int64_t sext64(uint64_t v, unsigned width)
{
    return (int64_t)(v << (64 - width)) >> (64 - width);
}

static inline uint64_t rotl64(uint64_t v, unsigned n)
{
    return (v << (n & 63)) | (v >> (-n & 63));
}

static inline uint32_t rotl32(uint32_t v, unsigned n)
{
    return (v << (n & 31)) | (v >> (-n & 31));
}

/* Unaligned accesses in a stated byte order; p points to at least the bytes named. */
static inline uint16_t load_be16(const void *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap16(v);
}

static inline uint32_t load_be32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap32(v);
}

static inline uint64_t load_be64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap64(v);
}

static inline void store_be16(void *p, uint16_t v)
{
    v = __builtin_bswap16(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_be32(void *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_be64(void *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, sizeof v);
}

static inline uint16_t load_le16(const void *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t load_le32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t load_le64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store_le16(void *p, uint16_t v)
{
    memcpy(p, &v, sizeof v);
}

static inline void store_le32(void *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

static inline void store_le64(void *p, uint64_t v)
{
    memcpy(p, &v, sizeof v);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the helpers above assume an LE host");

#endif
