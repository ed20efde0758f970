/* Vector integer arithmetic, compare and logical bodies (Book I 6.9, 6.10, 6.11, 6.13). */
#ifndef HORNPIPE_ISA_SEM_VMX_INT_H
#define HORNPIPE_ISA_SEM_VMX_INT_H

#include "isa/sem_vector.h"

/* -- Add and subtract, modulo -- */
VMX_BINARY(VADDUBM, b, x + y)
VMX_BINARY(VADDUHM, h, x + y)
VMX_BINARY(VADDUWM, w, x + y)
VMX_BINARY(VADDUDM, d, x + y)
VMX_BINARY(VSUBUBM, b, x - y)
VMX_BINARY(VSUBUHM, h, x - y)
VMX_BINARY(VSUBUWM, w, x - y)
VMX_BINARY(VSUBUDM, d, x - y)
VMX_BINARY(VADDCUW, w, (uint32_t)(x + y) < x) /* carry out */
VMX_BINARY(VSUBCUW, w, x >= y)                /* no borrow */

/* -- Add and subtract, saturating -- */
#define VMX_CLAMP(lo, hi, v) vmx_clamp((v), (lo), (hi), &sat)
VMX_SATURATE(VADDUBS, b, VMX_CLAMP(0, UINT8_MAX, x + y))
VMX_SATURATE(VADDUHS, h, VMX_CLAMP(0, UINT16_MAX, x + y))
VMX_SATURATE(VADDUWS, w, VMX_CLAMP(0, UINT32_MAX, (int64_t)x + y))
VMX_SATURATE(VADDSBS, sb, VMX_CLAMP(INT8_MIN, INT8_MAX, x + y))
VMX_SATURATE(VADDSHS, sh, VMX_CLAMP(INT16_MIN, INT16_MAX, x + y))
VMX_SATURATE(VADDSWS, sw, VMX_CLAMP(INT32_MIN, INT32_MAX, (int64_t)x + y))
VMX_SATURATE(VSUBUBS, b, VMX_CLAMP(0, UINT8_MAX, x - y))
VMX_SATURATE(VSUBUHS, h, VMX_CLAMP(0, UINT16_MAX, x - y))
VMX_SATURATE(VSUBUWS, w, VMX_CLAMP(0, UINT32_MAX, (int64_t)x - y))
VMX_SATURATE(VSUBSBS, sb, VMX_CLAMP(INT8_MIN, INT8_MAX, x - y))
VMX_SATURATE(VSUBSHS, sh, VMX_CLAMP(INT16_MIN, INT16_MAX, x - y))
VMX_SATURATE(VSUBSWS, sw, VMX_CLAMP(INT32_MIN, INT32_MAX, (int64_t)x - y))

/* -- Quadword add and subtract; a subtraction is x + ~y + carry in -- */
static inline union vsr vmx_quad_sum(union vsr a, union vsr b, unsigned carry)
{
    return (union vsr){.q = a.q + b.q + carry};
}

static inline union vsr vmx_quad_carry(union vsr a, union vsr b, unsigned carry)
{
    const unsigned __int128 sum = a.q + b.q;
    return (union vsr){.q = sum < a.q || (unsigned __int128)(sum + carry) < sum};
}

#define VMX_QUAD(id, part, invert, carry)                                                          \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr b = {.q = (invert) ? ~VRB.q : VRB.q};                                      \
        WRITE_VRT(vmx_quad_##part(VRA, b, (carry)));                                               \
        return ISA_NEXT;                                                                           \
    }
#define VMX_CARRY_IN (VRC.b[0] & 1)
VMX_QUAD(VADDUQM, sum, false, 0)
VMX_QUAD(VADDCUQ, carry, false, 0)
VMX_QUAD(VADDEUQM, sum, false, VMX_CARRY_IN)
VMX_QUAD(VADDECUQ, carry, false, VMX_CARRY_IN)
VMX_QUAD(VSUBUQM, sum, true, 1)
VMX_QUAD(VSUBCUQ, carry, true, 1)
VMX_QUAD(VSUBEUQM, sum, true, VMX_CARRY_IN)
VMX_QUAD(VSUBECUQ, carry, true, VMX_CARRY_IN)

/* -- Average, maximum, minimum -- */
VMX_BINARY(VAVGUB, b, (x + y + 1) >> 1)
VMX_BINARY(VAVGUH, h, (x + y + 1) >> 1)
VMX_BINARY(VAVGUW, w, ((int64_t)x + y + 1) >> 1)
VMX_BINARY(VAVGSB, sb, (x + y + 1) >> 1)
VMX_BINARY(VAVGSH, sh, (x + y + 1) >> 1)
VMX_BINARY(VAVGSW, sw, ((int64_t)x + y + 1) >> 1)
VMX_BINARY(VMAXUB, b, x > y ? x : y)
VMX_BINARY(VMAXUH, h, x > y ? x : y)
VMX_BINARY(VMAXUW, w, x > y ? x : y)
VMX_BINARY(VMAXUD, d, x > y ? x : y)
VMX_BINARY(VMAXSB, sb, x > y ? x : y)
VMX_BINARY(VMAXSH, sh, x > y ? x : y)
VMX_BINARY(VMAXSW, sw, x > y ? x : y)
VMX_BINARY(VMAXSD, sd, x > y ? x : y)
VMX_BINARY(VMINUB, b, x < y ? x : y)
VMX_BINARY(VMINUH, h, x < y ? x : y)
VMX_BINARY(VMINUW, w, x < y ? x : y)
VMX_BINARY(VMINUD, d, x < y ? x : y)
VMX_BINARY(VMINSB, sb, x < y ? x : y)
VMX_BINARY(VMINSH, sh, x < y ? x : y)
VMX_BINARY(VMINSW, sw, x < y ? x : y)
VMX_BINARY(VMINSD, sd, x < y ? x : y)

/* -- Compare -- */
VMX_COMPARE(VCMPEQUB, b, x == y)
VMX_COMPARE(VCMPEQUH, h, x == y)
VMX_COMPARE(VCMPEQUW, w, x == y)
VMX_COMPARE(VCMPEQUD, sd, x == y)
VMX_COMPARE(VCMPGTUB, b, x > y)
VMX_COMPARE(VCMPGTUH, h, x > y)
VMX_COMPARE(VCMPGTUW, w, x > y)
VMX_COMPARE(VCMPGTUD, d, x > y)
VMX_COMPARE(VCMPGTSB, sb, x > y)
VMX_COMPARE(VCMPGTSH, sh, x > y)
VMX_COMPARE(VCMPGTSW, sw, x > y)
VMX_COMPARE(VCMPGTSD, sd, x > y)

/* -- Logical -- */
VMX_BINARY(VAND, d, (x & y))
VMX_BINARY(VANDC, d, x & ~y)
VMX_BINARY(VOR, d, x | y)
VMX_BINARY(VORC, d, x | ~y)
VMX_BINARY(VXOR, d, x ^ y)
VMX_BINARY(VNOR, d, ~(x | y))
VMX_BINARY(VNAND, d, ~x | ~y)
VMX_BINARY(VEQV, d, ~(x ^ y))

SEM(VSEL)
{
    const union vsr mask = VRC;
    const union vsr t = {.q = (VRA.q & ~mask.q) | (VRB.q & mask.q)};
    WRITE_VRT(t);
    return ISA_NEXT;
}

/* -- Rotate and shift by element: the count is the low bits of the element of VRB -- */
VMX_BINARY(VRLB, b, x << (y & 7) | x >> (8 - (y & 7)))
VMX_BINARY(VRLH, h, x << (y & 15) | x >> (16 - (y & 15)))
VMX_BINARY(VRLW, w, rotl32(x, y))
VMX_BINARY(VRLD, d, rotl64(x, y & 63))
VMX_BINARY(VSLB, b, x << (y & 7))
VMX_BINARY(VSLH, h, x << (y & 15))
VMX_BINARY(VSLW, w, x << (y & 31))
VMX_BINARY(VSLD, d, x << (y & 63))
VMX_BINARY(VSRB, b, x >> (y & 7))
VMX_BINARY(VSRH, h, x >> (y & 15))
VMX_BINARY(VSRW, w, x >> (y & 31))
VMX_BINARY(VSRD, d, x >> (y & 63))
VMX_BINARY(VSRAB, sb, x >> (y & 7))
VMX_BINARY(VSRAH, sh, x >> (y & 15))
VMX_BINARY(VSRAW, sw, x >> (y & 31))
VMX_BINARY(VSRAD, sd, x >> (y & 63))

/*
 * -- Multiply: even elements are the left ones of each pair, at odd host indices --
 */
#define VMX_MULTIPLY(id, narrow, wide, from)                                                       \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr a = VRA, b = VRB;                                                          \
        union vsr t = a;                                                                           \
        FOR_EACH_ELEMENT(i, wide)                                                                  \
        {                                                                                          \
            t.wide[i] =                                                                            \
                (__typeof__(t.wide[0]))a.narrow[2 * i + (from)] * b.narrow[2 * i + (from)];        \
        }                                                                                          \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
enum { VMX_ODD = 0, VMX_EVEN = 1 };
VMX_MULTIPLY(VMULEUB, b, h, VMX_EVEN)
VMX_MULTIPLY(VMULEUH, h, w, VMX_EVEN)
VMX_MULTIPLY(VMULEUW, w, d, VMX_EVEN)
VMX_MULTIPLY(VMULESB, sb, sh, VMX_EVEN)
VMX_MULTIPLY(VMULESH, sh, sw, VMX_EVEN)
VMX_MULTIPLY(VMULESW, sw, sd, VMX_EVEN)
VMX_MULTIPLY(VMULOUB, b, h, VMX_ODD)
VMX_MULTIPLY(VMULOUH, h, w, VMX_ODD)
VMX_MULTIPLY(VMULOUW, w, d, VMX_ODD)
VMX_MULTIPLY(VMULOSB, sb, sh, VMX_ODD)
VMX_MULTIPLY(VMULOSH, sh, sw, VMX_ODD)
VMX_MULTIPLY(VMULOSW, sw, sd, VMX_ODD)
VMX_BINARY(VMULUWM, w, (x * y))

/* -- Halfword multiply-add: z is the element of VRC -- */
#define VMX_HALFWORD_MADD(id, elem, expr)                                                          \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRC;                                                                         \
        uint32_t sat __attribute__((unused)) = 0;                                                  \
        FOR_EACH_ELEMENT(i, elem)                                                                  \
        {                                                                                          \
            t.elem[i] = vmx_##expr(VRA.elem[i], VRB.elem[i], t.elem[i], &sat);                     \
        }                                                                                          \
        return vmx_write_saturated(cpu, op, t, sat);                                               \
    }
static inline int16_t vmx_mhadds(int32_t x, int32_t y, int32_t z, uint32_t *sat)
{
    return (int16_t)vmx_clamp((x * y >> 15) + z, INT16_MIN, INT16_MAX, sat);
}

static inline int16_t vmx_mhradds(int32_t x, int32_t y, int32_t z, uint32_t *sat)
{
    return (int16_t)vmx_clamp(((x * y + 0x4000) >> 15) + z, INT16_MIN, INT16_MAX, sat);
}

static inline uint16_t vmx_mladdm(uint32_t x, uint32_t y, uint32_t z,
                                  uint32_t *sat __attribute__((unused)))
{
    return (uint16_t)(x * y + z);
}
VMX_HALFWORD_MADD(VMHADDSHS, sh, mhadds)
VMX_HALFWORD_MADD(VMHRADDSHS, sh, mhradds)
VMX_HALFWORD_MADD(VMLADDUHM, h, mladdm)

/* -- Multiply-sum: a word of VRC plus the products inside that word -- */
#define VMX_MULTIPLY_SUM(id, ea, eb, word, finish)                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr a = VRA, b = VRB;                                                          \
        union vsr_pair sum = {.sd = {VRC.word[0], VRC.word[1], VRC.word[2], VRC.word[3]}};         \
        FOR_EACH_ELEMENT(i, ea) sum.sd[4 * i / VSR_ELEMENTS(ea)] += (int64_t)a.ea[i] * b.eb[i];    \
        return vmx_write_sums(cpu, op, sum, finish);                                               \
    }

enum vmx_sum { VMX_SUM_MODULO, VMX_SUM_UNSIGNED, VMX_SUM_SIGNED };

/* Four words from four wide sums. */
static inline enum isa_outcome vmx_write_sums(struct cpu *cpu, const struct insn *op,
                                              union vsr_pair sum, enum vmx_sum finish)
{
    union vsr t;
    uint32_t sat = 0;
    FOR_EACH_ELEMENT(i, w)
    {
        int64_t v = sum.sd[i];
        if (finish == VMX_SUM_UNSIGNED)
            v = vmx_clamp(v, 0, UINT32_MAX, &sat);
        else if (finish == VMX_SUM_SIGNED)
            v = vmx_clamp(v, INT32_MIN, INT32_MAX, &sat);
        t.w[i] = (uint32_t)v;
    }
    return vmx_write_saturated(cpu, op, t, sat);
}
VMX_MULTIPLY_SUM(VMSUMUBM, b, b, w, VMX_SUM_MODULO)
VMX_MULTIPLY_SUM(VMSUMMBM, sb, b, sw, VMX_SUM_MODULO)
VMX_MULTIPLY_SUM(VMSUMUHM, h, h, w, VMX_SUM_MODULO)
VMX_MULTIPLY_SUM(VMSUMUHS, h, h, w, VMX_SUM_UNSIGNED)
VMX_MULTIPLY_SUM(VMSUMSHM, sh, sh, sw, VMX_SUM_MODULO)
VMX_MULTIPLY_SUM(VMSUMSHS, sh, sh, sw, VMX_SUM_SIGNED)

/*
 * -- Sum across: the elements of VRA inside each word, doubleword or quadword plus the rightmost
 * word of VRB there; the result is the rightmost word, the others are zero --
 */
#define VMX_SUM_ACROSS(id, elem, word, words, finish)                                              \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr a = VRA, b = VRB;                                                          \
        union vsr_pair sum = {.sd = {0}};                                                          \
        FOR_EACH_ELEMENT(i, word) sum.sd[i] = i % (words) ? 0 : b.word[i];                         \
        FOR_EACH_ELEMENT(i, elem)                                                                  \
        {                                                                                          \
            sum.sd[4 * i / VSR_ELEMENTS(elem) / (words) * (words)] += a.elem[i];                   \
        }                                                                                          \
        return vmx_write_sums(cpu, op, sum, finish);                                               \
    }
VMX_SUM_ACROSS(VSUM4UBS, b, w, 1, VMX_SUM_UNSIGNED)
VMX_SUM_ACROSS(VSUM4SBS, sb, sw, 1, VMX_SUM_SIGNED)
VMX_SUM_ACROSS(VSUM4SHS, sh, sw, 1, VMX_SUM_SIGNED)
VMX_SUM_ACROSS(VSUM2SWS, sw, sw, 2, VMX_SUM_SIGNED)
VMX_SUM_ACROSS(VSUMSWS, sw, sw, 4, VMX_SUM_SIGNED)

/* -- Counts -- */
VMX_UNARY(VCLZB, b, y ? __builtin_clz(y) - 24 : 8)
VMX_UNARY(VCLZH, h, y ? __builtin_clz(y) - 16 : 16)
VMX_UNARY(VCLZW, w, y ? __builtin_clz(y) : 32)
VMX_UNARY(VCLZD, d, y ? (unsigned)__builtin_clzll(y) : 64)
VMX_UNARY(VPOPCNTB, b, __builtin_popcount(y))
VMX_UNARY(VPOPCNTH, h, __builtin_popcount(y))
VMX_UNARY(VPOPCNTW, w, __builtin_popcount(y))
VMX_UNARY(VPOPCNTD, d, __builtin_popcountll(y))

#endif
