/*
 * Floating-point arithmetic by the host's FPU, where its result is the exact path's for certain
 * and the FPSCR cannot change but in FR, FI and FPRF (Book I 4.4, 4.6.6):
 *
 * - RN is nearest, no exception is enabled, and XX, which only software clears, is 1 already;
 * - the result is a normal number above the smallest one's exponent, so that it neither overflowed
 *   nor was tiny before rounding, and no operand was a NaN, no infinity was made or used;
 * - in single precision all operands are single values, so that one rounding is all there is.
 *
 * A zero is taken only from operations whose zeros are exact. The host has to compute by IEEE 754,
 * in double and single format, to nearest, with denormal numbers: fp_fast_check_host().
 */
#ifndef HORNPIPE_ISA_FP_FP_FAST_H
#define HORNPIPE_ISA_FP_FP_FAST_H

#include <float.h>
#include <string.h>

#include "isa/cpu.h"
#include "isa/fp/fp_op.h"

/* 0 makes bodies that always take the exact path: what the fast one is held to in the tests. */
#ifndef FP_FAST
#define FP_FAST 1
#endif

_Static_assert(FLT_EVAL_METHOD == 0, "the host evaluates in the format of the operands");

#define FP_FAST_INLINE __attribute__((always_inline)) static inline

/* Fails an assertion if the host's FPU is in a mode that is not the one above. */
void fp_fast_check_host(void);

FP_FAST_INLINE double fp_host_double(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

FP_FAST_INLINE uint64_t fp_host_double_bits(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

FP_FAST_INLINE float fp_host_float(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

FP_FAST_INLINE uint32_t fp_host_float_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* RN, the enables and XX are as said above. */
FP_FAST_INLINE bool fp_fast_state(uint64_t fpscr)
{
    return (fpscr & (FPSCR_RN | FPSCR_VE | FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE | FPSCR_XX)) ==
           FPSCR_XX;
}

/* A result by its class: exponent neither that of infinity nor one of the two smallest. */
FP_FAST_INLINE bool fp_fast_double(uint64_t r)
{
    return (r << 1) - (UINT64_C(2) << 53) < (UINT64_C(0x7fd) << 53);
}

FP_FAST_INLINE bool fp_fast_single(uint32_t r)
{
    return (r << 1) - (UINT32_C(2) << 24) < (UINT32_C(0xfd) << 24);
}

/* A sum of zero is exact, and so is the conversion of the integer zero. */
FP_FAST_INLINE bool fp_zero_is_exact(enum fp_op op)
{
    return op == FP_OP_ADD || op == FP_OP_SUB || op == FP_OP_FROM_SIGNED ||
           op == FP_OP_FROM_UNSIGNED;
}

FP_FAST_INLINE bool fp_op_is_fused(enum fp_op op)
{
    return op >= FP_OP_MADD;
}

/* Whether the host has the operation at all. */
FP_FAST_INLINE bool fp_op_has_host(enum fp_op op)
{
    return op != FP_OP_RECIP_ESTIMATE && op != FP_OP_RSQRT_ESTIMATE;
}

FP_FAST_INLINE double fp_host_operate(enum fp_op op, double a, double c, double b)
{
    switch (op) {
    case FP_OP_ADD:
        return a + b;
    case FP_OP_SUB:
        return a - b;
    case FP_OP_MUL:
        return a * b;
    case FP_OP_DIV:
        return a / b;
    case FP_OP_SQRT:
        return __builtin_sqrt(b);
    case FP_OP_MADD:
        return __builtin_fma(a, c, b);
    case FP_OP_MSUB:
        return __builtin_fma(a, c, -b);
    case FP_OP_NMADD:
        return -__builtin_fma(a, c, b);
    default:
        return -__builtin_fma(a, c, -b);
    }
}

FP_FAST_INLINE float fp_host_operate_single(enum fp_op op, float a, float c, float b)
{
    switch (op) {
    case FP_OP_ADD:
        return a + b;
    case FP_OP_SUB:
        return a - b;
    case FP_OP_MUL:
        return a * b;
    case FP_OP_DIV:
        return a / b;
    case FP_OP_SQRT:
        return __builtin_sqrtf(b);
    case FP_OP_MADD:
        return __builtin_fmaf(a, c, b);
    case FP_OP_MSUB:
        return __builtin_fmaf(a, c, -b);
    case FP_OP_NMADD:
        return -__builtin_fmaf(a, c, b);
    default:
        return -__builtin_fmaf(a, c, -b);
    }
}

/* The operand in double format as a single; false if it is no single value. */
FP_FAST_INLINE bool fp_host_narrow(uint64_t bits, float *out)
{
    const double v = fp_host_double(bits);
    *out = (float)v;
    return (double)*out == v;
}

FP_FAST_INLINE bool fp_fast_scalar_single(enum fp_op op, uint64_t a, uint64_t c, uint64_t b,
                                          uint64_t *value)
{
    float x = 0, z = 0, y = 0, r;
    if (op == FP_OP_ROUND_SINGLE) {
        r = (float)fp_host_double(b);
    } else if (op == FP_OP_FROM_SIGNED) {
        r = (float)(int64_t)b;
    } else if (op == FP_OP_FROM_UNSIGNED) {
        r = (float)b;
    } else {
        if (!fp_host_narrow(b, &y) || (op != FP_OP_SQRT && !fp_host_narrow(a, &x)) ||
            (fp_op_is_fused(op) && !fp_host_narrow(c, &z)))
            return false;
        r = fp_host_operate_single(op, x, z, y);
    }
    *value = fp_host_double_bits((double)r);
    const uint32_t bits = fp_host_float_bits(r);
    return fp_fast_single(bits) || (fp_zero_is_exact(op) && !(bits << 1));
}

/* A scalar operation by the host: false if it may not be the exact one. */
FP_FAST_INLINE bool fp_fast_scalar(uint64_t fpscr, enum fp_op op, enum fp_format format, uint64_t a,
                                   uint64_t c, uint64_t b, uint64_t *value)
{
    if (!FP_FAST || !fp_op_has_host(op) || UNLIKELY(!fp_fast_state(fpscr)))
        return false;
    if (format == FP_SINGLE)
        return fp_fast_scalar_single(op, a, c, b, value);
    double r;
    if (op == FP_OP_FROM_SIGNED)
        r = (double)(int64_t)b;
    else if (op == FP_OP_FROM_UNSIGNED)
        r = (double)b;
    else
        r = fp_host_operate(op, fp_host_double(a), fp_host_double(c), fp_host_double(b));
    *value = fp_host_double_bits(r);
    return LIKELY(fp_fast_double(*value)) || (fp_zero_is_exact(op) && !(*value << 1));
}

FP_FAST_INLINE void fp_host_vector_double(enum fp_op op, const union vsr *a, const union vsr *c,
                                          const union vsr *b, union vsr *t)
{
    switch (op) {
    case FP_OP_ADD:
        t->f64 = a->f64 + b->f64;
        break;
    case FP_OP_SUB:
        t->f64 = a->f64 - b->f64;
        break;
    case FP_OP_MUL:
        t->f64 = a->f64 * b->f64;
        break;
    case FP_OP_DIV:
        t->f64 = a->f64 / b->f64;
        break;
    default:
        t->f64 = (__typeof__(t->f64)){fp_host_operate(op, a->f64[0], c->f64[0], b->f64[0]),
                                      fp_host_operate(op, a->f64[1], c->f64[1], b->f64[1])};
    }
}

FP_FAST_INLINE void fp_host_vector_single(enum fp_op op, const union vsr *a, const union vsr *c,
                                          const union vsr *b, union vsr *t)
{
    switch (op) {
    case FP_OP_ADD:
        t->f32 = a->f32 + b->f32;
        break;
    case FP_OP_SUB:
        t->f32 = a->f32 - b->f32;
        break;
    case FP_OP_MUL:
        t->f32 = a->f32 * b->f32;
        break;
    case FP_OP_DIV:
        t->f32 = a->f32 / b->f32;
        break;
    default:
        t->f32 = (__typeof__(t->f32)){fp_host_operate_single(op, a->f32[0], c->f32[0], b->f32[0]),
                                      fp_host_operate_single(op, a->f32[1], c->f32[1], b->f32[1]),
                                      fp_host_operate_single(op, a->f32[2], c->f32[2], b->f32[2]),
                                      fp_host_operate_single(op, a->f32[3], c->f32[3], b->f32[3])};
    }
}

/* A vector operation by the host, all elements or none. */
FP_FAST_INLINE bool fp_fast_vector(uint64_t fpscr, enum fp_op op, enum fp_format format,
                                   const union vsr *a, const union vsr *c, const union vsr *b,
                                   union vsr *t)
{
    if (!FP_FAST || !fp_op_has_host(op) || UNLIKELY(!fp_fast_state(fpscr)))
        return false;
    const bool zeros = fp_zero_is_exact(op);
    if (format == FP_DOUBLE) {
        fp_host_vector_double(op, a, c, b, t);
        for (unsigned i = 0; i < 2; i++)
            if (!fp_fast_double(t->d[i]) && !(zeros && !(t->d[i] << 1)))
                return false;
    } else {
        fp_host_vector_single(op, a, c, b, t);
        for (unsigned i = 0; i < 4; i++)
            if (!fp_fast_single(t->w[i]) && !(zeros && !(t->w[i] << 1)))
                return false;
    }
    return true;
}

/* Relation of two operands; false if one is a NaN, which may raise an exception. */
FP_FAST_INLINE bool fp_fast_compare(uint64_t a, uint64_t b, unsigned *relation)
{
    const double x = fp_host_double(a), y = fp_host_double(b);
    *relation = x < y ? FP_LT : x > y ? FP_GT : FP_EQ;
    return FP_FAST && x == x && y == y;
}

/* Truncation to a signed integer that has room for it: the value, and whether it is inexact. */
FP_FAST_INLINE bool fp_fast_truncate(uint64_t fpscr, enum fp_integer type, uint64_t b,
                                     uint64_t *value, bool *inexact)
{
    if (!FP_FAST || !fp_fast_state(fpscr) || (type != FP_INT64 && type != FP_INT32))
        return false;
    const double y = fp_host_double(b), limit = type == FP_INT64 ? 0x1p63 : 0x1p31;
    if (!(y < limit && y > -limit))
        return false;
    const int64_t whole = (int64_t)y;
    *value = (uint64_t)whole;
    *inexact = (double)whole != y;
    return true;
}

#endif
