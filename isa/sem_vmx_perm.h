/* Vector bodies that move elements and bits (Book I 6.8, 6.9.3, 6.14, 6.15). */
#ifndef HORNPIPE_ISA_SEM_VMX_PERM_H
#define HORNPIPE_ISA_SEM_VMX_PERM_H

#include "isa/sem_vector.h"

/* -- Pack: the elements of VRA || VRB, each narrowed -- */
#define VMX_PACK(id, wide, narrow, expr)                                                           \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr_pair ab = {.v = {VRB, VRA}};                                               \
        uint32_t sat = 0;                                                                          \
        union vsr t;                                                                               \
        FOR_EACH_ELEMENT(i, narrow) t.narrow[i] = VECTOR_EXPR(ab.wide[i], 0, expr);                \
        return vmx_write_saturated(cpu, op, t, sat);                                               \
    }
VMX_PACK(VPKUHUM, h, b, x)
VMX_PACK(VPKUWUM, w, h, x)
VMX_PACK(VPKUDUM, d, w, x)
VMX_PACK(VPKUHUS, h, b, vmx_clamp_unsigned(x, UINT8_MAX, &sat))
VMX_PACK(VPKUWUS, w, h, vmx_clamp_unsigned(x, UINT16_MAX, &sat))
VMX_PACK(VPKUDUS, d, w, vmx_clamp_unsigned(x, UINT32_MAX, &sat))
VMX_PACK(VPKSHUS, sh, b, vmx_clamp(x, 0, UINT8_MAX, &sat))
VMX_PACK(VPKSWUS, sw, h, vmx_clamp(x, 0, UINT16_MAX, &sat))
VMX_PACK(VPKSDUS, sd, w, vmx_clamp(x, 0, UINT32_MAX, &sat))
VMX_PACK(VPKSHSS, sh, sb, vmx_clamp(x, INT8_MIN, INT8_MAX, &sat))
VMX_PACK(VPKSWSS, sw, sh, vmx_clamp(x, INT16_MIN, INT16_MAX, &sat))
VMX_PACK(VPKSDSS, sd, sw, vmx_clamp(x, INT32_MIN, INT32_MAX, &sat))
/* Pixel: 8:8:8:8 bits to 1:5:5:5, the low bit of the first byte and the high five of the others */
VMX_PACK(VPKPX, w, h, (x >> 9 & 0x8000) | (x >> 9 & 0x7c00) | (x >> 6 & 0x3e0) | (x >> 3 & 0x1f))

/* -- Unpack one half of VRB: LEFT is elements 0 .. n/2-1 -- */
enum { VMX_RIGHT = 0, VMX_LEFT = 1 };
#define VMX_UNPACK(id, narrow, wide, half, expr)                                                   \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr b = VRB;                                                                   \
        union vsr t;                                                                               \
        const __auto_type from = b.narrow + VSR_ELEMENTS(wide) * (half);                           \
        FOR_EACH_ELEMENT(i, wide) t.wide[i] = VECTOR_EXPR(from[i], 0, expr);                       \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
#define VMX_PIXEL(x)                                                                               \
    (((x)&0x8000 ? 0xff000000 : 0) | ((x)&0x7c00u) << 6 | ((x)&0x3e0u) << 3 | ((x)&0x1fu))
VMX_UNPACK(VUPKHSB, sb, sh, VMX_LEFT, x)
VMX_UNPACK(VUPKHSH, sh, sw, VMX_LEFT, x)
VMX_UNPACK(VUPKHSW, sw, sd, VMX_LEFT, x)
VMX_UNPACK(VUPKHPX, h, w, VMX_LEFT, VMX_PIXEL(x))
VMX_UNPACK(VUPKLSB, sb, sh, VMX_RIGHT, x)
VMX_UNPACK(VUPKLSH, sh, sw, VMX_RIGHT, x)
VMX_UNPACK(VUPKLSW, sw, sd, VMX_RIGHT, x)
VMX_UNPACK(VUPKLPX, h, w, VMX_RIGHT, VMX_PIXEL(x))

/* -- Merge: the elements of one half of VRA and VRB alternately, VRA first -- */
#define VMX_MERGE(id, elem, half)                                                                  \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr ba[2] = {VRB, VRA};                                                        \
        union vsr t;                                                                               \
        FOR_EACH_ELEMENT(i, elem)                                                                  \
        {                                                                                          \
            t.elem[i] = ba[i & 1].elem[(VSR_ELEMENTS(elem) * (half) + i) / 2];                     \
        }                                                                                          \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
VMX_MERGE(VMRGHB, b, VMX_LEFT)
VMX_MERGE(VMRGHH, h, VMX_LEFT)
VMX_MERGE(VMRGHW, w, VMX_LEFT)
VMX_MERGE(VMRGLB, b, VMX_RIGHT)
VMX_MERGE(VMRGLH, h, VMX_RIGHT)
VMX_MERGE(VMRGLW, w, VMX_RIGHT)

/* -- Splat -- */
#define VMX_SPLAT(id, elem, value)                                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        const __auto_type v = (value);                                                             \
        union vsr t;                                                                               \
        FOR_EACH_ELEMENT(i, elem) t.elem[i] = v;                                                   \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
#define VMX_SIM sext64(FIELD(11, 5), 5)
VMX_SPLAT(VSPLTB, b, VSR_B(VRB, FIELD(12, 4)))
VMX_SPLAT(VSPLTH, h, VSR_H(VRB, FIELD(13, 3)))
VMX_SPLAT(VSPLTW, w, VSR_W(VRB, FIELD(14, 2)))
VMX_SPLAT(VSPLTISB, sb, (int8_t)VMX_SIM)
VMX_SPLAT(VSPLTISH, sh, (int16_t)VMX_SIM)
VMX_SPLAT(VSPLTISW, sw, (int32_t)VMX_SIM)

/* -- Permute -- */
SEM(VPERM)
{
    const union vsr_pair ab = {.v = {VRB, VRA}};
    const union vsr c = VRC;
    union vsr t;
    FOR_EACH_ELEMENT(i, b) t.b[i] = ab.b[31 - (c.b[i] & 31)];
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(VPERMXOR)
{
    const union vsr a = VRA, b = VRB, c = VRC;
    union vsr t;
    FOR_EACH_ELEMENT(i, b) t.b[i] = VSR_B(a, c.b[i] >> 4) ^ VSR_B(b, c.b[i] & 15);
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(VSLDOI)
{
    const union vsr_pair ab = {.v = {VRB, VRA}};
    const unsigned from = 16 - FIELD(22, 4);
    union vsr t;
    FOR_EACH_ELEMENT(i, b) t.b[i] = ab.b[from + i];
    WRITE_VRT(t);
    return ISA_NEXT;
}

/* -- Shift the whole register: by VRB[125:127] bits, or by VRB[121:124] bytes -- */
#define VMX_SHIFT(id, shift, bits)                                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr t = {.q = VRA.q shift(bits)};                                              \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
VMX_SHIFT(VSL, <<, VRB.b[0] & 7)
VMX_SHIFT(VSR, >>, VRB.b[0] & 7)
VMX_SHIFT(VSLO, <<, VRB.b[0] & 0x78)
VMX_SHIFT(VSRO, >>, VRB.b[0] & 0x78)

/* -- Bits -- */

/* Transposes the 8 x 8 bits of a doubleword by swapping ever larger blocks across the diagonal. */
static inline uint64_t vmx_transpose8(uint64_t v)
{
    uint64_t swap = (v ^ v >> 7) & UINT64_C(0x00aa00aa00aa00aa);
    v ^= swap ^ swap << 7;
    swap = (v ^ v >> 14) & UINT64_C(0x0000cccc0000cccc);
    v ^= swap ^ swap << 14;
    swap = (v ^ v >> 28) & UINT64_C(0x00000000f0f0f0f0);
    return v ^ swap ^ swap << 28;
}
VMX_UNARY(VGBBD, d, vmx_transpose8(y))

SEM(VBPERMQ)
{
    const union vsr a = VRA, b = VRB;
    uint64_t bits = 0;
    for (unsigned i = 0; i < 16; i++) {
        const unsigned index = VSR_B(b, i);
        bits = bits << 1 | (index < 128 ? (unsigned)(a.q >> (127 - index)) & 1 : 0);
    }
    union vsr t;
    VSR_D(t, 0) = bits;
    VSR_D(t, 1) = 0;
    WRITE_VRT(t);
    return ISA_NEXT;
}

#endif
