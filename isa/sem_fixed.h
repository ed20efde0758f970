/* Bodies of insns_fixed.def: Book I 3.3. */
#include "isa/access.h"

/* -- Overflow and carry -- */

static inline void set_ov(struct cpu *cpu, bool overflow)
{
    cpu->ov = overflow;
    cpu->so |= (uint8_t)overflow;
}

/* Signed overflow of a + b + carry = r, by the mode's width. */
static inline bool add_overflow(const struct cpu *cpu, uint64_t a, uint64_t b, uint64_t r)
{
    const uint64_t v = ~(a ^ b) & (a ^ r);
    return SF64 ? v >> 63 : v >> 31 & 1;
}

/* Carry out of a + b + carry_in, by the mode's width. */
static inline bool add_carry(const struct cpu *cpu, uint64_t a, uint64_t b, unsigned carry_in)
{
    if (SF64) {
        uint64_t r;
        const bool c = __builtin_add_overflow(a, b, &r);
        return c | __builtin_add_overflow(r, (uint64_t)carry_in, &r);
    }
    return ((a & 0xffffffff) + (b & 0xffffffff) + carry_in) >> 32;
}

/* RT = a + b + carry_in with the parts of XER and CR0 that the row and its variant write. */
#define ADD_FAMILY(id, a_expr, b_expr, carry_in, writes_ca)                                        \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t a = (a_expr), b = (b_expr), c = (carry_in), r = a + b + c;                  \
        if (writes_ca)                                                                             \
            WRITE_CA(add_carry(cpu, a, b, (unsigned)c));                                           \
        if (OE_BIT)                                                                                \
            set_ov(cpu, add_overflow(cpu, a, b, r));                                               \
        WRITE_RT(r);                                                                               \
        RECORD_CR0_IF_RC(r);                                                                       \
        return ISA_NEXT;                                                                           \
    }
ADD_FAMILY(ADD, RA, RB, 0, false)
ADD_FAMILY(ADDC, RA, RB, 0, true)
ADD_FAMILY(ADDE, RA, RB, CA, true)
ADD_FAMILY(ADDME, RA, ~UINT64_C(0), CA, true)
ADD_FAMILY(ADDZE, RA, 0, CA, true)
ADD_FAMILY(SUBF, ~RA, RB, 1, false)
ADD_FAMILY(SUBFC, ~RA, RB, 1, true)
ADD_FAMILY(SUBFE, ~RA, RB, CA, true)
ADD_FAMILY(SUBFME, ~RA, ~UINT64_C(0), CA, true)
ADD_FAMILY(SUBFZE, ~RA, 0, CA, true)
ADD_FAMILY(NEG, ~RA, 0, 1, false)
ADD_FAMILY(ADDIC, RA, SI, 0, true)
ADD_FAMILY(SUBFIC, ~RA, SI, 1, true)
#undef ADD_FAMILY

SEM(ADDIC_DOT)
{
    const uint64_t a = RA, r = a + SI;
    WRITE_CA(add_carry(cpu, a, SI, 0));
    WRITE_RT(r);
    RECORD_CR0(r);
    return ISA_NEXT;
}

SEM(ADDI)
{
    WRITE_RT(RA_OR_0 + SI);
    return ISA_NEXT;
}

SEM(ADDIS)
{
    WRITE_RT(RA_OR_0 + (SI << 16));
    return ISA_NEXT;
}

/* -- Multiply and divide -- */

SEM(MULLI)
{
    WRITE_RT(RA * SI);
    return ISA_NEXT;
}

SEM(MULLW)
{
    const int64_t r = (int64_t)(int32_t)RA * (int32_t)RB;
    if (OE_BIT)
        set_ov(cpu, r != (int32_t)r);
    WRITE_RT((uint64_t)r);
    RECORD_CR0_IF_RC(r);
    return ISA_NEXT;
}

SEM(MULLD)
{
    const __int128 wide = (__int128)(int64_t)RA * (int64_t)RB;
    const uint64_t r = (uint64_t)wide;
    if (OE_BIT)
        set_ov(cpu, wide != (int64_t)r);
    WRITE_RT(r);
    RECORD_CR0_IF_RC(r);
    return ISA_NEXT;
}

/* RT[0:31] of the word forms is undefined: zero for the unsigned, the product's sign otherwise. */
#define MULTIPLY_HIGH(id, expr)                                                                    \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t r = (uint64_t)(expr);                                                       \
        WRITE_RT(r);                                                                               \
        RECORD_CR0_IF_RC(r);                                                                       \
        return ISA_NEXT;                                                                           \
    }
MULTIPLY_HIGH(MULHW, (uint32_t)(((int64_t)(int32_t)RA * (int32_t)RB) >> 32))
MULTIPLY_HIGH(MULHWU, ((uint64_t)(uint32_t)RA * (uint32_t)RB) >> 32)
MULTIPLY_HIGH(MULHD, ((__int128)(int64_t)RA * (int64_t)RB) >> 64)
MULTIPLY_HIGH(MULHDU, ((unsigned __int128)RA * RB) >> 64)
#undef MULTIPLY_HIGH

/*
 * Quotients: where the book leaves RT undefined (division by zero, overflow) RT becomes 0, and
 * OE=1 sets OV and SO. Word forms leave RT[0:31] zero, which is undefined too.
 */
#define DIVIDE(id, prologue, invalid, quotient)                                                    \
    SEM(id)                                                                                        \
    {                                                                                              \
        prologue;                                                                                  \
        const bool bad = (invalid);                                                                \
        const uint64_t r = bad ? 0 : (uint64_t)(quotient);                                         \
        if (OE_BIT)                                                                                \
            set_ov(cpu, bad);                                                                      \
        WRITE_RT(r);                                                                               \
        RECORD_CR0_IF_RC(r);                                                                       \
        return ISA_NEXT;                                                                           \
    }

static inline bool fits_i64(__int128 v)
{
    return v == (int64_t)v;
}

DIVIDE(DIVW, const int32_t a = (int32_t)RA;
       const int32_t b = (int32_t)RB, b == 0 || (a == INT32_MIN && b == -1), (uint32_t)(a / b))
DIVIDE(DIVWU, const uint32_t a = (uint32_t)RA; const uint32_t b = (uint32_t)RB, b == 0, a / b)
DIVIDE(DIVD, const int64_t a = (int64_t)RA;
       const int64_t b = (int64_t)RB, b == 0 || (a == INT64_MIN && b == -1), a / b)
DIVIDE(DIVDU, const uint64_t a = RA; const uint64_t b = RB, b == 0, a / b)
/* Extended: the dividend is RA with as many zeros to its right. */
DIVIDE(DIVWE, const int64_t a = (int64_t)(RA << 32);
       const int32_t b = (int32_t)RB,
       b == 0 || (a == INT64_MIN && b == -1) || a / b != (int32_t)(a / b), (uint32_t)(a / b))
DIVIDE(DIVWEU, const uint64_t a = RA << 32;
       const uint32_t b = (uint32_t)RB, (uint32_t)(a >> 32) >= b, a / b)
DIVIDE(DIVDEU, const unsigned __int128 a = (unsigned __int128)RA << 64;
       const uint64_t b = RB, RA >= b, a / b)
DIVIDE(DIVDE, const __int128 a = (__int128)((unsigned __int128)RA << 64);
       const int64_t b = (int64_t)RB,
       b == 0 || (b == -1 && RA != 0) || (b != -1 && !fits_i64(a / b)), b == -1 ? 0 : a / b)
#undef DIVIDE

/* -- Compare, trap, select -- */

static inline unsigned compare_unsigned(uint64_t a, uint64_t b)
{
    return CR_EQ + (CR_GT - CR_EQ) * (unsigned)(a > b) + (CR_LT - CR_EQ) * (unsigned)(a < b);
}

#define L_BIT (op->rt & 1)
#define COMPARE(id, wide, narrow)                                                                  \
    SEM(id)                                                                                        \
    {                                                                                              \
        WRITE_CR_FIELD(op->rt >> 2, (L_BIT ? (wide) : (narrow)) | (cpu->so & 1u));                 \
        return ISA_NEXT;                                                                           \
    }
COMPARE(CMP, compare_signed((int64_t)RA, (int64_t)RB), compare_signed((int32_t)RA, (int32_t)RB))
COMPARE(CMPI, compare_signed((int64_t)RA, op->imm), compare_signed((int32_t)RA, op->imm))
COMPARE(CMPL, compare_unsigned(RA, RB), compare_unsigned((uint32_t)RA, (uint32_t)RB))
COMPARE(CMPLI, compare_unsigned(RA, UI), compare_unsigned((uint32_t)RA, UI))
#undef COMPARE

/* TO: less, greater, equal, logically less, logically greater (Book I 3.3.11). */
static inline bool trap_condition(unsigned to, int64_t a, int64_t b)
{
    return ((to & 16) && a < b) || ((to & 8) && a > b) || ((to & 4) && a == b) ||
           ((to & 2) && (uint64_t)a < (uint64_t)b) || ((to & 1) && (uint64_t)a > (uint64_t)b);
}

#define TRAP(id, a, b)                                                                             \
    SEM(id)                                                                                        \
    {                                                                                              \
        if (UNLIKELY(trap_condition(op->rt, (a), (b))))                                            \
            return isa_raise_program(cpu, SRR1_PROG_TRAP);                                         \
        return ISA_NEXT;                                                                           \
    }
TRAP(TW, (int32_t)RA, (int32_t)RB)
TRAP(TWI, (int32_t)RA, op->imm)
TRAP(TD, (int64_t)RA, (int64_t)RB)
TRAP(TDI, (int64_t)RA, op->imm)
#undef TRAP

SEM(ISEL)
{
    WRITE_RT(CR_BIT(op->rc) ? RA_OR_0 : RB);
    return ISA_NEXT;
}

/* -- Logical -- */

#define LOGICAL(id, expr)                                                                          \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t r = (expr);                                                                 \
        WRITE_RA(r);                                                                               \
        RECORD_CR0_IF_RC(r);                                                                       \
        return ISA_NEXT;                                                                           \
    }
LOGICAL(AND, RS &RB)
LOGICAL(ANDC, RS & ~RB)
LOGICAL(EQV, ~(RS ^ RB))
LOGICAL(NAND, ~(RS &RB))
LOGICAL(NOR, ~(RS | RB))
LOGICAL(ORC, RS | ~RB)
LOGICAL(XOR, RS ^ RB)
LOGICAL(ORI, RS | UI)
LOGICAL(ORIS, RS | UI << 16)
LOGICAL(XORI, RS ^ UI)
LOGICAL(XORIS, RS ^ UI << 16)
LOGICAL(EXTSB, (uint64_t)(int8_t)RS)
LOGICAL(EXTSH, (uint64_t)(int16_t)RS)
LOGICAL(EXTSW, (uint64_t)(int32_t)RS)
LOGICAL(CNTLZW, (uint32_t)RS ? (uint64_t)__builtin_clz((uint32_t)RS) : 32)
LOGICAL(CNTLZD, RS ? (uint64_t)__builtin_clzll(RS) : 64)

/* or rx,rx,rx asks for a thread priority (Book II 3.1). */
static inline void set_priority(struct cpu *cpu, unsigned reg)
{
    static const uint8_t of_reg[32] = {[31] = 1, [1] = 2, [6] = 3, [2] = 4, [5] = 5, [3] = 6};
    if (of_reg[reg])
        cpu_ask_priority(cpu, of_reg[reg]);
}

SEM(OR)
{
    const uint64_t r = RS | RB;
    if (!RC_BIT && UNLIKELY(op->rt == op->ra && op->ra == op->rb)) {
        set_priority(cpu, op->ra);
        return ISA_NEXT;
    }
    WRITE_RA(r);
    RECORD_CR0_IF_RC(r);
    return ISA_NEXT;
}

SEM(ANDI_DOT)
{
    const uint64_t r = RS & UI;
    WRITE_RA(r);
    RECORD_CR0(r);
    return ISA_NEXT;
}

SEM(ANDIS_DOT)
{
    const uint64_t r = RS & UI << 16;
    WRITE_RA(r);
    RECORD_CR0(r);
    return ISA_NEXT;
}

static inline uint64_t cmpb(uint64_t a, uint64_t b)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i += 8)
        if (((a ^ b) >> i & 0xff) == 0)
            r |= UINT64_C(0xff) << i;
    return r;
}
LOGICAL(CMPB, cmpb(RS, RB))

/* -- Population count, parity, permute, BCD assist -- */

static inline uint64_t popcount_bytes(uint64_t v)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i += 8)
        r |= (uint64_t)__builtin_popcountll(v >> i & 0xff) << i;
    return r;
}

static inline uint64_t popcount_words(uint64_t v)
{
    return (uint64_t)__builtin_popcountll(v >> 32) << 32 |
           (uint64_t)__builtin_popcountll(v & 0xffffffff);
}

LOGICAL(POPCNTB, popcount_bytes(RS))
LOGICAL(POPCNTW, popcount_words(RS))
LOGICAL(POPCNTD, (uint64_t)__builtin_popcountll(RS))
LOGICAL(PRTYD, (uint64_t)__builtin_parityll(RS &UINT64_C(0x0101010101010101)))
LOGICAL(PRTYW, (uint64_t)__builtin_parityll(RS &UINT64_C(0x0101010100000000)) << 32 |
                   (uint64_t)__builtin_parityll(RS & UINT64_C(0x01010101)))

static inline uint64_t bit_permute(uint64_t indices, uint64_t source)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 8; i++) {
        const unsigned index = indices >> (56 - 8 * i) & 0xff;
        if (index < 64)
            r |= (source >> (63 - index) & 1) << (7 - i);
    }
    return r;
}
LOGICAL(BPERMD, bit_permute(RS, RB))

/* One declet (10 bits, DPD) to three BCD digits (12 bits) and back: Book I B, densely packed. */
static inline unsigned dpd_to_bcd(unsigned d)
{
    const unsigned p = d >> 9 & 1, q = d >> 8 & 1, r = d >> 7 & 1, s = d >> 6 & 1, t = d >> 5 & 1,
                   u = d >> 4 & 1, v = d >> 3 & 1, w = d >> 2 & 1, x = d >> 1 & 1, y = d & 1;
    unsigned a, b, c;
    if (!v) {
        a = p << 2 | q << 1 | r, b = s << 2 | t << 1 | u, c = w << 2 | x << 1 | y;
    } else if (!(w & x)) {
        if (!w && !x)
            a = p << 2 | q << 1 | r, b = s << 2 | t << 1 | u, c = 8 | y;
        else if (!w)
            a = p << 2 | q << 1 | r, b = 8 | u, c = s << 2 | t << 1 | y;
        else
            a = 8 | r, b = s << 2 | t << 1 | u, c = p << 2 | q << 1 | y;
    } else if (!s && !t) {
        a = 8 | r, b = 8 | u, c = p << 2 | q << 1 | y;
    } else if (!s) {
        a = 8 | r, b = p << 2 | q << 1 | u, c = 8 | y;
    } else if (!t) {
        a = p << 2 | q << 1 | r, b = 8 | u, c = 8 | y;
    } else {
        a = 8 | r, b = 8 | u, c = 8 | y;
    }
    return a << 8 | b << 4 | c;
}

static inline unsigned bcd_to_dpd(unsigned bcd)
{
    const unsigned a = bcd >> 8 & 15, b = bcd >> 4 & 15, c = bcd & 15;
    const unsigned big = (a >> 3) << 2 | (b >> 3) << 1 | c >> 3;
    const unsigned a3 = a & 7, b3 = b & 7, c3 = c & 7, a1 = a & 1, b1 = b & 1, c1 = c & 1;
    switch (big) {
    case 0:
        return a3 << 7 | b3 << 4 | c3;
    case 1:
        return a3 << 7 | b3 << 4 | 8 | c1;
    case 2:
        return a3 << 7 | (c3 >> 1) << 5 | b1 << 4 | 10 | c1;
    case 3:
        return a3 << 7 | 2u << 5 | b1 << 4 | 14 | c1;
    case 4:
        return (c3 >> 1) << 8 | a1 << 7 | b3 << 4 | 12 | c1;
    case 5:
        return (b3 >> 1) << 8 | a1 << 7 | 1u << 5 | b1 << 4 | 14 | c1;
    case 6:
        return (c3 >> 1) << 8 | a1 << 7 | b1 << 4 | 14 | c1;
    default:
        return a1 << 7 | 3u << 5 | b1 << 4 | 14 | c1;
    }
}

static inline uint64_t declets_to_bcd(uint64_t v)
{
    uint64_t r = 0;
    for (unsigned word = 0; word < 64; word += 32)
        r |= (uint64_t)(dpd_to_bcd(v >> (word + 10) & 0x3ff) << 12 | dpd_to_bcd(v >> word & 0x3ff))
             << word;
    return r;
}

static inline uint64_t bcd_to_declets(uint64_t v)
{
    uint64_t r = 0;
    for (unsigned word = 0; word < 64; word += 32)
        r |= (uint64_t)(bcd_to_dpd(v >> (word + 12) & 0xfff) << 10 | bcd_to_dpd(v >> word & 0xfff))
             << word;
    return r;
}
LOGICAL(CDTBCD, declets_to_bcd(RS))
LOGICAL(CBCDTD, bcd_to_declets(RS))

SEM(ADDG6S)
{
    const uint64_t a = RA, b = RB;
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i += 4) {
        const uint64_t mask = i == 60 ? ~UINT64_C(0) : (UINT64_C(1) << (i + 4)) - 1;
        const unsigned __int128 sum = (unsigned __int128)(a & mask) + (b & mask);
        if (!(sum >> (i + 4) & 1))
            r |= UINT64_C(6) << i;
    }
    WRITE_RT(r);
    return ISA_NEXT;
}

/* -- Rotate and shift -- */

/* Word rotates work on the word doubled: Book I 3.3.14. */
static inline uint64_t rotate_word(uint64_t v, unsigned n)
{
    const uint64_t r = rotl32((uint32_t)v, n);
    return r << 32 | r;
}

/* MASK(MB+32, ME+32): the decoder made its low word; the high one is there if the mask wraps. */
#define WORD_MASK ((op->rc > op->me ? ~UINT64_C(0) << 32 : 0) | (uint32_t)op->imm)
LOGICAL(RLWINM, rotate_word(RS, op->rb) & WORD_MASK)
LOGICAL(RLWNM, rotate_word(RS, (unsigned)RB & 31) & WORD_MASK)
LOGICAL(RLWIMI, (rotate_word(RS, op->rb) & WORD_MASK) | (RA & ~WORD_MASK))
LOGICAL(RLDICL, rotl64(RS, op->rb) & rotate_mask(op->rc, 63))
LOGICAL(RLDICR, rotl64(RS, op->rb) & rotate_mask(0, op->rc))
LOGICAL(RLDIC, rotl64(RS, op->rb) & rotate_mask(op->rc, 63u - op->rb))
LOGICAL(RLDIMI, (rotl64(RS, op->rb) & rotate_mask(op->rc, 63u - op->rb)) |
                    (RA & ~rotate_mask(op->rc, 63u - op->rb)))
LOGICAL(RLDCL, rotl64(RS, (unsigned)RB & 63) & rotate_mask(op->rc, 63))
LOGICAL(RLDCR, rotl64(RS, (unsigned)RB & 63) & rotate_mask(0, op->rc))

LOGICAL(SLW, RB & 32 ? 0 : (uint64_t)((uint32_t)RS << (RB & 31)))
LOGICAL(SRW, RB & 32 ? 0 : (uint64_t)((uint32_t)RS >> (RB & 31)))
LOGICAL(SLD, RB & 64 ? 0 : RS << (RB & 63))
LOGICAL(SRD, RB & 64 ? 0 : RS >> (RB & 63))
#undef LOGICAL

/* Arithmetic right shifts: CA = a negative value lost ones. */
static inline uint64_t shift_right_algebraic(struct cpu *cpu, int64_t v, unsigned n, unsigned width)
{
    if (n >= width) {
        WRITE_CA(v < 0);
        return (uint64_t)(v >> 63);
    }
    WRITE_CA(v < 0 && (v & (int64_t)((UINT64_C(1) << n) - 1)) != 0);
    return (uint64_t)(v >> n);
}

#define SHIFT_ALGEBRAIC(id, value, count, width)                                                   \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t r = shift_right_algebraic(cpu, (value), (count), (width));                  \
        WRITE_RA(r);                                                                               \
        RECORD_CR0_IF_RC(r);                                                                       \
        return ISA_NEXT;                                                                           \
    }
SHIFT_ALGEBRAIC(SRAW, (int32_t)RS, (unsigned)RB & 63, 32)
SHIFT_ALGEBRAIC(SRAWI, (int32_t)RS, op->rb, 32)
SHIFT_ALGEBRAIC(SRAD, (int64_t)RS, (unsigned)RB & 127, 64)
SHIFT_ALGEBRAIC(SRADI, (int64_t)RS, op->rb, 64)
#undef SHIFT_ALGEBRAIC

/* -- Condition register moves -- */

SEM(MFCR)
{
    WRITE_RT(cpu_get_cr(cpu));
    return ISA_NEXT;
}

/* The bits outside the field are undefined: zero here. */
SEM(MFOCRF)
{
    const unsigned fxm = FIELD(12, 8);
    uint64_t r = 0;
    for (unsigned i = 0; i < 8; i++)
        if (fxm >> (7 - i) & 1)
            r |= (uint64_t)CR_FIELD(i) << (28 - 4 * i);
    WRITE_RT(r);
    return ISA_NEXT;
}

static inline void move_to_cr(struct cpu *cpu, unsigned fxm, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        if (fxm >> (7 - i) & 1)
            WRITE_CR_FIELD(i, value >> (28 - 4 * i) & 0xf);
}

SEM(MTCRF)
{
    move_to_cr(cpu, FIELD(12, 8), RS);
    return ISA_NEXT;
}

SEM(MTOCRF)
{
    move_to_cr(cpu, FIELD(12, 8), RS);
    return ISA_NEXT;
}
