/*
 * The cases of the vector instruction test: words and operands that follow from a row's mnemonic
 * and a case number alone. Shared by test_vmx.c and by the guest program that makes the expected
 * results (tests/data/vmx_golden.c), hence no include of the simulator's headers but the tables.
 */
#ifndef HORNPIPE_TESTS_VECTOR_CASES_H
#define HORNPIPE_TESTS_VECTOR_CASES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A register in the order of a little-endian host: byte 0 is the rightmost. */
union vector_bits {
    uint8_t b[16];
    uint16_t h[8];
    uint32_t w[4];
    uint64_t d[2];
};

enum { CASE_VRT = 2, CASE_VRA = 3, CASE_VRB = 4, CASE_VRC = 5, CASE_CR6 = 5 };

struct vector_row {
    const char *mnemonic, *variants, *opsig, *unit;
    uint32_t word; /* fixed bits */
    bool vsx;
};

struct vector_case {
    uint32_t word;
    uint32_t nj; /* VSCR[NJ] before, SAT is 0 */
    union vector_bits vrt, vra, vrb, vrc;
};

#define FORM(id, mask, shift, fixed, layout) CASE_SHIFT_##id = (shift), CASE_FIXED_##id = (fixed),
enum {
#include "isa/forms.def"
};
#undef FORM

#define CASE_ROW(mnemonic, form, po, xo, variants, opsig, unit, vsx)                               \
    {mnemonic,                                                                                     \
     #variants,                                                                                    \
     #opsig,                                                                                       \
     #unit,                                                                                        \
     (uint32_t)(po) << 26 | (uint32_t)(xo) << CASE_SHIFT_##form | CASE_FIXED_##form,               \
     vsx},
static const struct vector_row vector_rows[] = {
#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    CASE_ROW(mnemonic, form, po, xo, variants, opsig, unit, false)
#include "isa/insns_vmx.def"
#undef INSN
#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    CASE_ROW(mnemonic, form, po, xo, variants, opsig, unit, true)
#include "isa/insns_vsx.def"
#undef INSN
};
enum { VECTOR_ROWS = sizeof vector_rows / sizeof vector_rows[0] };

static inline bool row_is(const struct vector_row *row, const char *mnemonic)
{
    return !strcmp(row->mnemonic, mnemonic);
}

/* Only register to register rows: storage, GPRs and the VSCR have tests of their own. */
static inline unsigned vector_row_cases(const struct vector_row *row)
{
    const bool merges = !strncmp(row->mnemonic, "vmrg", 4) || row_is(row, "xxsel");
    const bool vector = strstr(row->opsig, "VRT_") == row->opsig || strstr(row->opsig, "XT_X");
    if (!vector || strstr(row->opsig, "RA0") || (*row->unit == 'F' && !merges))
        return 0;
    if (!strcmp(row->unit, "VF"))
        return 40;
    return !strncmp(row->mnemonic, "bcd", 3) ? 40 : 12;
}

static inline uint64_t case_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Integers: random, or made of the values at the edges of an element. */
static inline union vector_bits case_integer(uint64_t *state, unsigned kind)
{
    static const uint32_t edges[8] = {0,          1,          0x7f7f7f7f, 0x80808080,
                                      0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    union vector_bits v = {.d = {case_random(state), case_random(state)}};
    for (unsigned i = 0; i < 16 && kind == 1; i++)
        v.b[i] = (uint8_t)edges[v.b[i] & 7];
    for (unsigned i = 0; i < 8 && kind == 2; i++)
        v.h[i] = (uint16_t)(edges[v.h[i] & 7] >> 16);
    for (unsigned i = 0; i < 4 && kind == 3; i++)
        v.w[i] = edges[v.w[i] & 7];
    return v;
}

/* Singles: special values, any bits, and numbers near one another. */
static inline union vector_bits case_floats(uint64_t *state)
{
    static const uint32_t special[16] = {0x00000000, 0x80000000, 0x3f800000, 0xbfc00000,
                                         0x7f800000, 0xff800000, 0x7fc12345, 0xff812345,
                                         0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff,
                                         0x4f000000, 0xcf000001, 0x3f000000, 0x4b7fffff};
    union vector_bits v;
    for (unsigned i = 0; i < 4; i++) {
        const uint64_t r = case_random(state);
        const uint32_t any = (uint32_t)(r >> 32);
        if (r % 4 == 0)
            v.w[i] = special[r >> 8 & 15];
        else if (r % 4 == 1)
            v.w[i] = any;
        else if (r % 4 == 2) /* 2^-8 .. 2^8 */
            v.w[i] = (any & 0x807fffff) | (119 + (uint32_t)(r >> 8 & 15)) << 23;
        else /* near the smallest numbers' square root, so that products are tiny */
            v.w[i] = (any & 0x807fffff) | (60 + (uint32_t)(r >> 8 & 7)) << 23;
    }
    return v;
}

/* Signed packed decimal; now and then a nibble that is no digit. */
static inline union vector_bits case_decimal(uint64_t *state)
{
    const uint64_t kind = case_random(state);
    union vector_bits v = {.d = {0, 0}};
    const unsigned digits = kind & 1 ? 31 : kind >> 8 & 3;
    for (unsigned i = 1; i <= digits; i++) {
        const unsigned digit = (kind & 6) == 2 ? 9 : (unsigned)(case_random(state) % 10);
        v.b[i / 2] |= (uint8_t)(digit << (i & 1 ? 4 : 0));
    }
    v.b[0] |= 10 + (kind >> 16) % 6;
    if ((kind >> 24 & 15) == 0)
        v.b[kind >> 32 & 15] = 0x5f;
    return v;
}

static inline uint32_t case_operands(const struct vector_row *row, uint32_t random)
{
    const char *sig = row->opsig;
    uint32_t a = CASE_VRA, b = CASE_VRB, c = CASE_VRC, more = row->vsx && *sig == 'X' ? 7 : 0;
    if (strstr(sig, "UIM") || strstr(sig, "SIM")) {
        const char digit = sig[strlen(sig) - 1];
        a = random & (digit == '2' ? 3 : digit == '3' ? 7 : digit == '4' ? 15 : 31);
        b = strstr(sig, "VRT_SIM") ? 0 : b;
        more &= 3;
    } else if (!strcmp(sig, "VRT_VRB")) {
        a = 0;
    } else if (!strcmp(sig, "VRT_VRA")) {
        b = 0;
    } else if (strstr(sig, "ST_SIX")) {
        b = random & 31;
    }
    if (strstr(sig, "SHB"))
        c = random & 15;
    else if (strstr(sig, "_PS"))
        c = (random & 1) << 3;
    else if (strstr(sig, "_DM") || strstr(sig, "_SHW"))
        c = (random & 3) << 2;
    else if (strstr(sig, "_XC"))
        more |= 8;
    else if (!strstr(sig, "VRC"))
        c = !strcmp(row->variants, "RC") ? (random & 1) << 4 : 0;
    return (uint32_t)CASE_VRT << 21 | a << 16 | b << 11 | c << 6 | more;
}

static inline struct vector_case vector_case_make(const struct vector_row *row, unsigned number)
{
    uint64_t state = number;
    for (const char *p = row->mnemonic; *p; p++)
        state = (state ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
    struct vector_case t = {.nj = 0};
    union vector_bits *const operands[4] = {&t.vrt, &t.vra, &t.vrb, &t.vrc};
    for (unsigned i = 0; i < 4; i++)
        *operands[i] = !strcmp(row->unit, "VF") && !strstr(row->mnemonic, "vcf")
                           ? case_floats(&state)
                       : !strncmp(row->mnemonic, "bcd", 3) ? case_decimal(&state)
                                                           : case_integer(&state, number & 3);
    if (number % 5 == 4) /* some equal elements */
        t.vrb.d[number & 1] = t.vra.d[number & 1];
    if (row_is(row, "vsl") || row_is(row, "vsr")) /* undefined unless every byte has one count */
        for (unsigned i = 0; i < 16; i++)
            t.vrb.b[i] = (uint8_t)((t.vrb.b[i] & 0xf8) | (number & 7));
    if (!strcmp(row->unit, "VF"))
        t.nj = number & 1 ? 0x10000 : 0;
    t.word = row->word | case_operands(row, (uint32_t)case_random(&state));
    return t;
}

#endif
