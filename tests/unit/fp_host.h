/*
 * Helpers of the floating-point tests: images, operands worth trying, and the exceptions of the
 * host's FPU as FPSCR bits.
 */
#ifndef HORNPIPE_TESTS_FP_HOST_H
#define HORNPIPE_TESTS_FP_HOST_H

#include <fenv.h>
#include <stdint.h>
#include <string.h>

#include "base/bits.h"
#include "isa/fp/fp.h"

static const int host_modes[4] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};

static inline double host_double(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline uint64_t double_bits(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline float host_float(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline uint32_t float_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* The exceptions that both sides have, in one coding. */
enum { HOST_VX = 1, HOST_ZX = 2, HOST_OX = 4, HOST_UX = 8, HOST_XX = 16 };

static inline unsigned host_raised(void)
{
    const int flags = fetestexcept(FE_ALL_EXCEPT);
    return (flags & FE_INVALID ? HOST_VX : 0) | (flags & FE_DIVBYZERO ? HOST_ZX : 0) |
           (flags & FE_OVERFLOW ? HOST_OX : 0) | (flags & FE_UNDERFLOW ? HOST_UX : 0) |
           (flags & FE_INEXACT ? HOST_XX : 0);
}

static inline unsigned fpscr_raised(uint64_t raised)
{
    return (raised & FPSCR_VX_ALL ? HOST_VX : 0) | (raised & FPSCR_ZX ? HOST_ZX : 0) |
           (raised & FPSCR_OX ? HOST_OX : 0) | (raised & FPSCR_UX ? HOST_UX : 0) |
           (raised & FPSCR_XX ? HOST_XX : 0);
}

/* xorshift64*: the same numbers in every run. */
static inline uint64_t test_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

/* A double whose exponent is near others', and whose fraction often has long runs of bits. */
static inline uint64_t test_random_double(uint64_t *seed)
{
    const uint64_t r = test_random(seed);
    uint64_t bits = test_random(seed);
    if (r & 1)
        bits &= ~UINT64_C(0) << (r >> 8 & 63) | FP_SIGN;
    if (r & 2)
        bits |= (UINT64_C(1) << (r >> 16 & 31)) - 1;
    if (r & 4) /* around 1 */
        bits = (bits & (FP_SIGN | FP_FRACTION)) | (1023 - 32 + (r >> 24 & 63)) << 52;
    else if (r & 8) /* around the smallest */
        bits = (bits & (FP_SIGN | FP_FRACTION)) | (r >> 24 & 63) << 52;
    return bits;
}

static inline uint32_t test_random_single(uint64_t *seed)
{
    const uint64_t r = test_random(seed);
    uint32_t bits = (uint32_t)test_random(seed);
    if (r & 1)
        bits &= ~UINT32_C(0) << (r >> 8 & 31) | 0x80000000;
    if (r & 2)
        bits |= (UINT32_C(1) << (r >> 16 & 15)) - 1;
    if (r & 4)
        bits = (bits & 0x807fffff) | (uint32_t)(127 - 16 + (r >> 24 & 31)) << 23;
    else if (r & 8)
        bits = (bits & 0x807fffff) | (uint32_t)(r >> 24 & 31) << 23;
    return bits;
}

static const uint64_t corner_doubles[] = {
    0x0000000000000000, 0x8000000000000000, 0x0000000000000001, 0x8000000000000001,
    0x000fffffffffffff, 0x800fffffffffffff, 0x0010000000000000, 0x8010000000000000,
    0x0010000000000001, 0x001fffffffffffff, 0x0350000000000000, 0x1ff0000000000000,
    0x1ff0000000000001, 0x2000000000000000, 0x3ca0000000000000, 0x3cafffffffffffff,
    0x3cb0000000000000, 0x3fe0000000000000, 0x3fefffffffffffff, 0x3ff0000000000000,
    0xbff0000000000000, 0x3ff0000000000001, 0xbff0000000000001, 0x3ff8000000000000,
    0x3fffffffffffffff, 0x4000000000000000, 0x4008000000000000, 0xc008000000000000,
    0x4330000000000001, 0x4340000000000000, 0x5fefffffffffffff, 0x5ff0000000000000,
    0x7fd0000000000000, 0x7fe0000000000000, 0x7fefffffffffffff, 0xffefffffffffffff,
    0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001,
    0xfff8000012345678,
};

static const uint32_t corner_singles[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000,
    0x00800001, 0x00ffffff, 0x1f800000, 0x1f800001, 0x20000000, 0x33000000, 0x337fffff, 0x33800000,
    0x3f000000, 0x3f7fffff, 0x3f800000, 0xbf800000, 0x3f800001, 0x3fc00000, 0x3fffffff, 0x40000000,
    0x40400000, 0xc0400000, 0x4b800000, 0x5f7fffff, 0x5f800000, 0x7e800000, 0x7f7fffff, 0xff7fffff,
    0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345,
};

#endif
