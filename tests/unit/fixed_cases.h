/*
 * The operands on which fixed-point instructions are compared with another implementation; shared
 * by test_fixed.c and tests/data/fixed_golden.c, which must agree on every bit of it.
 */
#ifndef HORNPIPE_TESTS_FIXED_CASES_H
#define HORNPIPE_TESTS_FIXED_CASES_H

#include <stdint.h>

/* Registers of a case: the word under test has RT or RS 3, RA 4, RB 5 where it has them. */
struct fixed_case {
    uint64_t r3, r4, r5;
    uint32_t cr, xer;
};

enum { FIXED_CASES = 256 };

/* What the divide rows need, whose results are undefined for some operands. */
enum fixed_kind { FIXED_PLAIN, FIXED_DIVIDE, FIXED_DIVIDE_EXTENDED, FIXED_DIVIDE_EXTENDED_U };

static inline uint64_t fixed_value(unsigned n, uint64_t seed)
{
    static const uint64_t corners[] = {
        0,          1,          2,          0x7f,
        0x80,       0x7fff,     0x8000,     0x7fffffff,
        0x80000000, 0xffffffff, 1ull << 32, 0x7fffffffffffffffull,
        1ull << 63, ~0ull,      ~1ull,      0xaaaaaaaa55555555ull,
    };
    if (n < 16)
        return corners[n];
    seed = (seed + n) * 0x9e3779b97f4a7c15ull;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ull;
    return seed ^ seed >> 31;
}

static inline struct fixed_case fixed_case(unsigned i, enum fixed_kind kind, int is_word)
{
    struct fixed_case c = {
        .r3 = fixed_value(i % 7 + 13, i),
        .r4 = fixed_value(i % 16 + (i > 200 ? 16 : 0), i),
        .r5 = fixed_value(i / 16 + (i > 160 ? 16 : 0), i + 1000),
        .cr = (uint32_t)fixed_value(20 + i, 5),
        .xer = (uint32_t)(i * 0x20000000u) | (i & 0x7f),
    };
    const uint64_t big = is_word ? 0x40000000 : 0x4000000000000000ull;
    if (kind == FIXED_DIVIDE && i % 2) {
        c.r5 = (c.r5 & 0x7f) + 2; /* no division by zero, none of the least number by -1 */
    } else if (kind != FIXED_PLAIN) {
        c.r5 = big | (c.r5 & (big - 1));
        c.r4 = kind == FIXED_DIVIDE_EXTENDED_U ? c.r4 & 0xffff : (uint64_t)(int16_t)c.r4;
    }
    return c;
}

/* Chains one 64-bit value into a hash (FNV-1a by doublewords). */
static inline uint64_t fixed_hash(uint64_t hash, uint64_t v)
{
    return (hash ^ v ^ v >> 29) * 0x100000001b3ull;
}

/*
 * Result of a case: undefined parts are left out. `flags`: 1 the high word of r3 is undefined,
 * 2 so are CR0's first three bits.
 */
static inline uint64_t fixed_result(uint64_t hash, const struct fixed_case *out, unsigned flags)
{
    hash = fixed_hash(hash, flags & 1 ? out->r3 & 0xffffffff : out->r3);
    hash = fixed_hash(hash, out->r4);
    hash = fixed_hash(hash, flags & 2 ? out->cr & 0x1fffffff : out->cr);
    return fixed_hash(hash, out->xer & 0xe000007f); /* what exists before ISA 3.0 */
}

#endif
