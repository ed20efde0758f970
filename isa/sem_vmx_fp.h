/*
 * Vector single-precision bodies (Book I 6.6, 6.12). No FPSCR and no exceptions; results are
 * rounded to nearest. VSCR[NJ]=1 takes denormal operands, and results that are denormal before
 * rounding, for zeros of their sign. The host computes; NaNs are chosen and quieted here, because
 * hosts differ: the first NaN of VRA, VRB, VRC.
 */
#ifndef HORNPIPE_ISA_SEM_VMX_FP_H
#define HORNPIPE_ISA_SEM_VMX_FP_H

#include <float.h>

#include "isa/sem_vector.h"

#define VMX_F32_SIGN     0x80000000u
#define VMX_F32_INFINITY 0x7f800000u
#define VMX_F32_QUIET    0x00400000u
#define VMX_F32_NAN      0x7fc00000u /* what an invalid operation gives */
#define VMX_F32_ONE      0x3f800000u

static inline float vmx_f32_value(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline uint32_t vmx_f32_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline uint64_t vmx_f64_bits(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline double vmx_f64_value(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline bool vmx_f32_is_nan(uint32_t bits)
{
    return (bits & ~VMX_F32_SIGN) > VMX_F32_INFINITY;
}

static inline bool vmx_nj(const struct cpu *cpu)
{
    return cpu->vscr & VSCR_NJ;
}

/* An operand, flushed when NJ asks for it. */
static inline uint32_t vmx_fp_operand(uint32_t bits, bool nj)
{
    return nj && !(bits & VMX_F32_INFINITY) ? bits & VMX_F32_SIGN : bits;
}

/*
 * A result that is exact or rounded to odd in a double: rounds it once, to single. Round-to-odd
 * keeps the tininess of the exact result visible.
 */
static inline uint32_t vmx_fp_result(double v, bool nj)
{
    if (v != v)
        return VMX_F32_NAN;
    const bool tiny = v > -(double)FLT_MIN && v < (double)FLT_MIN;
    return nj && tiny ? (uint32_t)(vmx_f64_bits(v) >> 32) & VMX_F32_SIGN : vmx_f32_bits((float)v);
}

/* p + c rounded to odd: 53 bits whose last one is sticky, so that a second rounding is harmless. */
static inline double vmx_fp_add_to_odd(double p, double c)
{
    const double s = p + c;
    const double part = s - p;
    const double error = (p - (s - part)) + (c - part);
    uint64_t bits = vmx_f64_bits(s);
    if (error - error == 0 && error != 0 && !(bits & 1))
        bits += (error > 0) == (s > 0) ? 1 : -UINT64_C(1);
    return vmx_f64_value(bits);
}

static inline uint32_t vmx_fp_add(uint32_t x, uint32_t y, bool nj)
{
    if (vmx_f32_is_nan(x))
        return x | VMX_F32_QUIET;
    if (vmx_f32_is_nan(y))
        return y | VMX_F32_QUIET;
    const double a = (double)vmx_f32_value(vmx_fp_operand(x, nj));
    return vmx_fp_result(vmx_fp_add_to_odd(a, (double)vmx_f32_value(vmx_fp_operand(y, nj))), nj);
}

static inline uint32_t vmx_fp_subtract(uint32_t x, uint32_t y, bool nj)
{
    return vmx_fp_add(x, vmx_f32_is_nan(y) ? y : y ^ VMX_F32_SIGN, nj);
}

/* x * z + y; the product of two singles is exact in a double. */
static inline uint32_t vmx_fp_madd(uint32_t x, uint32_t y, uint32_t z, bool nj)
{
    const uint32_t operands[3] = {x, y, z};
    for (unsigned i = 0; i < 3; i++)
        if (vmx_f32_is_nan(operands[i]))
            return operands[i] | VMX_F32_QUIET;
    const double product =
        (double)vmx_f32_value(vmx_fp_operand(x, nj)) * (double)vmx_f32_value(vmx_fp_operand(z, nj));
    const double addend = (double)vmx_f32_value(vmx_fp_operand(y, nj));
    return vmx_fp_result(vmx_fp_add_to_odd(product, addend), nj);
}

/* -(x * z - y): the sign of a NaN stays. */
static inline uint32_t vmx_fp_nmsub(uint32_t x, uint32_t y, uint32_t z, bool nj)
{
    const uint32_t v = vmx_fp_madd(x, vmx_f32_is_nan(y) ? y : y ^ VMX_F32_SIGN, z, nj);
    return vmx_f32_is_nan(v) ? v : v ^ VMX_F32_SIGN;
}

/* The larger or the smaller; -0 is less than +0. */
static inline uint32_t vmx_fp_choose(uint32_t x, uint32_t y, bool nj, bool maximum)
{
    if (vmx_f32_is_nan(x))
        return x | VMX_F32_QUIET;
    if (vmx_f32_is_nan(y))
        return y | VMX_F32_QUIET;
    x = vmx_fp_operand(x, nj);
    y = vmx_fp_operand(y, nj);
    const bool both_zero = !((x | y) & ~VMX_F32_SIGN);
    const bool x_less = both_zero ? (x & VMX_F32_SIGN) != 0 : vmx_f32_value(x) < vmx_f32_value(y);
    return x_less == maximum ? y : x;
}

#define VMX_FP_BINARY(id, call)                                                                    \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRA;                                                                         \
        const union vsr b = VRB;                                                                   \
        const bool nj = vmx_nj(cpu);                                                               \
        FOR_EACH_ELEMENT(i, w) t.w[i] = VECTOR_EXPR(t.w[i], b.w[i], call);                         \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
VMX_FP_BINARY(VADDFP, vmx_fp_add(x, y, nj))
VMX_FP_BINARY(VSUBFP, vmx_fp_subtract(x, y, nj))
VMX_FP_BINARY(VMAXFP, vmx_fp_choose(x, y, nj, true))
VMX_FP_BINARY(VMINFP, vmx_fp_choose(x, y, nj, false))

SEM(VMADDFP)
{
    union vsr t = VRC;
    FOR_EACH_ELEMENT(i, w) t.w[i] = vmx_fp_madd(VRA.w[i], VRB.w[i], t.w[i], vmx_nj(cpu));
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(VNMSUBFP)
{
    union vsr t = VRC;
    FOR_EACH_ELEMENT(i, w) t.w[i] = vmx_fp_nmsub(VRA.w[i], VRB.w[i], t.w[i], vmx_nj(cpu));
    WRITE_VRT(t);
    return ISA_NEXT;
}

/* -- Compare: false for NaNs -- */
static inline float vmx_fp_input(const struct cpu *cpu, uint32_t bits)
{
    return vmx_f32_value(vmx_fp_operand(bits, vmx_nj(cpu)));
}

#define VMX_FP_COMPARE(id, relation)                                                               \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRA;                                                                         \
        FOR_EACH_ELEMENT(i, w)                                                                     \
        {                                                                                          \
            const float x = vmx_fp_input(cpu, t.w[i]), y = vmx_fp_input(cpu, VRB.w[i]);            \
            t.w[i] = -(uint32_t)(x relation y);                                                    \
        }                                                                                          \
        return vmx_write_compared(cpu, op, t, RC_BIT);                                             \
    }
VMX_FP_COMPARE(VCMPEQFP, ==)
VMX_FP_COMPARE(VCMPGEFP, >=)
VMX_FP_COMPARE(VCMPGTFP, >)

/* Bounds: bit 0 says "not <= y", bit 1 "not >= -y"; CR6 says only whether all are in bounds. */
SEM(VCMPBFP)
{
    union vsr t = VRA;
    FOR_EACH_ELEMENT(i, w)
    {
        const float x = vmx_fp_input(cpu, t.w[i]), y = vmx_fp_input(cpu, VRB.w[i]);
        t.w[i] = (x <= y ? 0 : 0x80000000u) | (x >= -y ? 0 : 0x40000000u);
    }
    WRITE_VRT(t);
    if (RC_BIT)
        WRITE_CR_FIELD(6, t.q == 0 ? CR_EQ : 0);
    return ISA_NEXT;
}

/* -- Round to an integer -- */
enum vmx_rounding { VMX_NEAREST, VMX_TO_ZERO, VMX_UP, VMX_DOWN };

static inline uint32_t vmx_fp_round(uint32_t bits, bool nj, enum vmx_rounding mode)
{
    if (vmx_f32_is_nan(bits))
        return bits | VMX_F32_QUIET;
    bits = vmx_fp_operand(bits, nj);
    const float v = vmx_f32_value(bits);
    if (!(v > -8388608.0f && v < 8388608.0f))
        return bits; /* 2^23 and more: an integer already */
    const int32_t whole = (int32_t)v;
    const float rest = v - (float)whole;
    int32_t away = 0;
    if (mode == VMX_NEAREST)
        away = rest > 0.5f || (rest == 0.5f && (whole & 1))     ? 1
               : rest < -0.5f || (rest == -0.5f && (whole & 1)) ? -1
                                                                : 0;
    else if (mode == VMX_UP)
        away = rest > 0;
    else if (mode == VMX_DOWN)
        away = -(rest < 0);
    return vmx_f32_bits((float)(whole + away)) | (bits & VMX_F32_SIGN);
}
#define VMX_FP_UNARY(id, call)                                                                     \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRB;                                                                         \
        const bool nj = vmx_nj(cpu);                                                               \
        FOR_EACH_ELEMENT(i, w) t.w[i] = VECTOR_EXPR(0, t.w[i], call);                              \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
VMX_FP_UNARY(VRFIN, vmx_fp_round(y, nj, VMX_NEAREST))
VMX_FP_UNARY(VRFIZ, vmx_fp_round(y, nj, VMX_TO_ZERO))
VMX_FP_UNARY(VRFIP, vmx_fp_round(y, nj, VMX_UP))
VMX_FP_UNARY(VRFIM, vmx_fp_round(y, nj, VMX_DOWN))

/*
 * -- Estimates: the book asks for 2^-12 (vrefp, vrsqrtefp), 1/16 (vexptefp) and 1/32 (vlogefp).
 * Ours are nearly exact and come from IEEE operations alone, so that every host gives the same --
 */
static inline uint32_t vmx_fp_reciprocal(uint32_t bits, bool nj)
{
    if (vmx_f32_is_nan(bits))
        return bits | VMX_F32_QUIET;
    return vmx_fp_result(1.0 / (double)vmx_f32_value(vmx_fp_operand(bits, nj)), nj);
}

static inline uint32_t vmx_fp_rsqrt(uint32_t bits, bool nj)
{
    if (vmx_f32_is_nan(bits))
        return bits | VMX_F32_QUIET;
    bits = vmx_fp_operand(bits, nj);
    if (bits > VMX_F32_SIGN)
        return VMX_F32_NAN;
    if (!(bits & ~VMX_F32_SIGN))
        return bits | VMX_F32_INFINITY;
    return vmx_fp_result(1.0 / __builtin_sqrt((double)vmx_f32_value(bits)), nj);
}

/* 2^v: 2^floor(v) times the series of e^(f ln 2), f in -1/2 .. 1/2. */
static inline uint32_t vmx_fp_exp2(uint32_t bits, bool nj)
{
    if (vmx_f32_is_nan(bits))
        return bits | VMX_F32_QUIET;
    const float v = vmx_f32_value(vmx_fp_operand(bits, nj));
    if (v >= 128)
        return VMX_F32_INFINITY;
    if (v < -150)
        return 0;
    const int n = (int)(v + (v < 0 ? -0.5f : 0.5f));
    const double f = ((double)v - n) * 0.693147180559945309;
    double sum = 1;
    for (unsigned k = 9; k > 0; k--)
        sum = 1 + f / k * sum;
    return vmx_fp_result(sum * vmx_f64_value((uint64_t)(1023 + n) << 52), nj);
}

/* log2 v: the exponent plus the series of 2 artanh((m - 1) / (m + 1)) / ln 2, m in 0.70 .. 1.41. */
static inline uint32_t vmx_fp_log2(uint32_t bits, bool nj)
{
    if (vmx_f32_is_nan(bits))
        return bits | VMX_F32_QUIET;
    bits = vmx_fp_operand(bits, nj);
    if (!(bits & ~VMX_F32_SIGN))
        return VMX_F32_SIGN | VMX_F32_INFINITY;
    if (bits & VMX_F32_SIGN)
        return VMX_F32_NAN;
    if (bits == VMX_F32_INFINITY)
        return bits;
    const uint64_t wide = vmx_f64_bits((double)vmx_f32_value(bits));
    int exponent = (int)(wide >> 52) - 1023;
    double m = vmx_f64_value((wide & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52);
    if (m > 1.41421356) {
        m /= 2;
        exponent++;
    }
    const double s = (m - 1) / (m + 1);
    double sum = 0;
    for (int k = 11; k > 0; k -= 2)
        sum = sum * s * s + 1.0 / k;
    return vmx_fp_result(exponent + sum * s * 2.885390081777926815, nj);
}
VMX_FP_UNARY(VREFP, vmx_fp_reciprocal(y, nj))
VMX_FP_UNARY(VRSQRTEFP, vmx_fp_rsqrt(y, nj))
VMX_FP_UNARY(VEXPTEFP, vmx_fp_exp2(y, nj))
VMX_FP_UNARY(VLOGEFP, vmx_fp_log2(y, nj))

/* -- Conversions: UIM is a power of two, so scaling is exact -- */
#define VMX_SCALE ((double)(UINT32_C(1) << FIELD(11, 5)))
#define VMX_CONVERT(id, from, expr)                                                                \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRB;                                                                         \
        uint32_t sat = 0;                                                                          \
        FOR_EACH_ELEMENT(i, w) t.w[i] = VECTOR_EXPR(0, t.from[i], expr);                           \
        return vmx_write_saturated(cpu, op, t, sat);                                               \
    }

/* Truncates v times scale to lo..hi; a NaN is 0 and does not saturate. */
static inline uint32_t vmx_fp_to_integer(uint32_t bits, double scale, double lo, double hi,
                                         uint32_t *sat)
{
    if (vmx_f32_is_nan(bits))
        return 0;
    double v = (double)vmx_f32_value(bits) * scale;
    if (v <= lo - 1 || v >= hi + 1) {
        v = v < 0 ? lo : hi;
        *sat = VSCR_SAT;
    }
    return (uint32_t)(int64_t)v;
}
VMX_CONVERT(VCFUX, w, vmx_f32_bits((float)(y / VMX_SCALE)))
VMX_CONVERT(VCFSX, sw, vmx_f32_bits((float)(y / VMX_SCALE)))
VMX_CONVERT(VCTUXS, w, vmx_fp_to_integer(y, VMX_SCALE, 0, UINT32_MAX, &sat))
VMX_CONVERT(VCTSXS, w, vmx_fp_to_integer(y, VMX_SCALE, INT32_MIN, INT32_MAX, &sat))

#endif
