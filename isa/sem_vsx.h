/*
 * Bodies of the vector-scalar chapter (Book I 7): storage access, moves, logicals and permutes.
 * The arithmetic is in sem_vsx_fp.h. Doubleword 1 is undefined after scalar loads and moves into
 * a register; it is zero here, as for FPRs.
 */
#ifndef HORNPIPE_ISA_SEM_VSX_H
#define HORNPIPE_ISA_SEM_VSX_H

#include "isa/sem_vector.h"

/* -- Scalar loads and stores -- */

/* A single as a double, bit for bit: denormals are normalised, a signalling NaN stays one. */
static inline uint64_t vsx_double_of_single(uint32_t v)
{
    const uint64_t sign = (uint64_t)(v >> 31) << 63;
    const uint32_t exponent = v >> 23 & 0xff;
    uint64_t fraction = v & 0x7fffff;
    if (exponent == 0xff)
        return sign | UINT64_C(0x7ff) << 52 | fraction << 29;
    if (exponent != 0)
        return sign | (uint64_t)(exponent + 896) << 52 | fraction << 29;
    if (fraction == 0)
        return sign;
    const unsigned shift = (unsigned)__builtin_clzll(fraction) - 40; /* to bit 23 */
    fraction = fraction << shift & 0x7fffff;
    return sign | (uint64_t)(897 - shift) << 52 | fraction << 29;
}

/*
 * The single that stfs stores (Book I 4.6.3): bits taken over, or a denormal. Undefined below
 * 2^-149: zero here.
 */
static inline uint32_t vsx_single_of_double(uint64_t v)
{
    const unsigned exponent = (unsigned)(v >> 52) & 0x7ff;
    const uint32_t sign = (uint32_t)(v >> 63) << 31;
    if (exponent > 896 || (v << 1) == 0)
        return (uint32_t)(v >> 32 & 0xc0000000) | (uint32_t)(v >> 29 & 0x3fffffff);
    if (exponent < 874)
        return sign;
    const uint32_t significand = 0x800000 | (uint32_t)(v >> 29 & 0x7fffff);
    return sign | significand >> (897 - exponent);
}

#define VSX_LOAD_SCALAR(id, bits, doubleword)                                                      \
    SEM(id)                                                                                        \
    {                                                                                              \
        LOAD(bits, EA(RA_OR_0 + RB), v);                                                           \
        WRITE_FPR(op->rt, doubleword);                                                             \
        return ISA_NEXT;                                                                           \
    }
VSX_LOAD_SCALAR(LXSDX, 64, v)
VSX_LOAD_SCALAR(LXSIWAX, 32, (uint64_t)(int32_t)v)
VSX_LOAD_SCALAR(LXSIWZX, 32, v)
VSX_LOAD_SCALAR(LXSSPX, 32, vsx_double_of_single(v))

#define VSX_STORE_SCALAR(id, bits, value)                                                          \
    SEM(id)                                                                                        \
    {                                                                                              \
        STORE(bits, EA(RA_OR_0 + RB), value);                                                      \
        return ISA_NEXT;                                                                           \
    }
VSX_STORE_SCALAR(STXSDX, 64, VSR_D(XS, 0))
VSX_STORE_SCALAR(STXSIWX, 32, VSR_W(XS, 1))
VSX_STORE_SCALAR(STXSSPX, 32, vsx_single_of_double(VSR_D(XS, 0)))

/* -- Vector loads and stores: each element in the order of MSR[LE] at its own address -- */

static inline union vsr vsx_of_doublewords(uint64_t d0, uint64_t d1)
{
    return (union vsr){.d = {d1, d0}};
}

/* Storage order of two words inside a doubleword: the first one is on the right in LE. */
static inline uint64_t vsx_words(const struct cpu *cpu, uint64_t v)
{
    return cpu->big_endian ? v : rotl64(v, 32);
}

SEM(LXVD2X)
{
    uint64_t v[2];
    REQUIRE(mem_load_pair(cpu, EA(RA_OR_0 + RB), v));
    WRITE_XT(vsx_of_doublewords(v[0], v[1]));
    return ISA_NEXT;
}

SEM(LXVW4X)
{
    uint64_t v[2];
    REQUIRE(mem_load_pair(cpu, EA(RA_OR_0 + RB), v));
    WRITE_XT(vsx_of_doublewords(vsx_words(cpu, v[0]), vsx_words(cpu, v[1])));
    return ISA_NEXT;
}

SEM(LXVDSX)
{
    LOAD(64, EA(RA_OR_0 + RB), v);
    WRITE_XT(vsx_of_doublewords(v, v));
    return ISA_NEXT;
}

SEM(STXVD2X)
{
    const uint64_t v[2] = {VSR_D(XS, 0), VSR_D(XS, 1)};
    REQUIRE(mem_store_pair(cpu, EA(RA_OR_0 + RB), v));
    return ISA_NEXT;
}

SEM(STXVW4X)
{
    const uint64_t v[2] = {vsx_words(cpu, VSR_D(XS, 0)), vsx_words(cpu, VSR_D(XS, 1))};
    REQUIRE(mem_store_pair(cpu, EA(RA_OR_0 + RB), v));
    return ISA_NEXT;
}

/* -- Moves between GPRs and VSRs -- */
SEM(MFVSRD)
{
    WRITE_RA(VSR_D(XS, 0));
    return ISA_NEXT;
}

SEM(MFVSRWZ)
{
    WRITE_RA(VSR_W(XS, 1));
    return ISA_NEXT;
}

SEM(MTVSRD)
{
    WRITE_FPR(op->rt, RA);
    return ISA_NEXT;
}

SEM(MTVSRWA)
{
    WRITE_FPR(op->rt, (uint64_t)(int32_t)RA);
    return ISA_NEXT;
}

SEM(MTVSRWZ)
{
    WRITE_FPR(op->rt, (uint32_t)RA);
    return ISA_NEXT;
}

/* -- Logical: a is XA, b is XB -- */
#define VSX_LOGICAL(id, expr)                                                                      \
    SEM(id)                                                                                        \
    {                                                                                              \
        const unsigned __int128 a = XA.q, b = XB.q;                                                \
        WRITE_XT(((union vsr){.q = (expr)}));                                                      \
        return ISA_NEXT;                                                                           \
    }
VSX_LOGICAL(XXLAND, (a & b))
VSX_LOGICAL(XXLANDC, a & ~b)
VSX_LOGICAL(XXLOR, a | b)
VSX_LOGICAL(XXLORC, a | ~b)
VSX_LOGICAL(XXLXOR, a ^ b)
VSX_LOGICAL(XXLNOR, ~(a | b))
VSX_LOGICAL(XXLNAND, ~a | ~b)
VSX_LOGICAL(XXLEQV, ~(a ^ b))
VSX_LOGICAL(XXSEL, (a & ~XC.q) | (b & XC.q))

/* -- Permute: words and doublewords are named from the left -- */

/* Four words as a register. */
static inline union vsr vsx_of_words(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    return (union vsr){.w = {w3, w2, w1, w0}};
}

SEM(XXPERMDI)
{
    const unsigned dm = FIELD(22, 2);
    WRITE_XT(vsx_of_doublewords(VSR_D(XA, dm >> 1), VSR_D(XB, dm & 1)));
    return ISA_NEXT;
}

SEM(XXSLDWI)
{
    const union vsr_pair ab = {.v = {XB, XA}};
    const unsigned from = 4 - FIELD(22, 2);
    union vsr t;
    FOR_EACH_ELEMENT(i, w) t.w[i] = ab.w[from + i];
    WRITE_XT(t);
    return ISA_NEXT;
}

SEM(XXMRGHW)
{
    WRITE_XT(vsx_of_words(VSR_W(XA, 0), VSR_W(XB, 0), VSR_W(XA, 1), VSR_W(XB, 1)));
    return ISA_NEXT;
}

SEM(XXMRGLW)
{
    WRITE_XT(vsx_of_words(VSR_W(XA, 2), VSR_W(XB, 2), VSR_W(XA, 3), VSR_W(XB, 3)));
    return ISA_NEXT;
}

SEM(VMRGEW)
{
    WRITE_VRT(vsx_of_words(VSR_W(VRA, 0), VSR_W(VRB, 0), VSR_W(VRA, 2), VSR_W(VRB, 2)));
    return ISA_NEXT;
}

SEM(VMRGOW)
{
    WRITE_VRT(vsx_of_words(VSR_W(VRA, 1), VSR_W(VRB, 1), VSR_W(VRA, 3), VSR_W(VRB, 3)));
    return ISA_NEXT;
}

SEM(XXSPLTW)
{
    const uint32_t w = VSR_W(XB, FIELD(14, 2));
    WRITE_XT(vsx_of_words(w, w, w, w));
    return ISA_NEXT;
}

#include "isa/sem_vsx_fp.h"

#endif
