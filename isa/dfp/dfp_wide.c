/* Integers of 256 bits in decimal's service. */
#include <assert.h>

#include "isa/dfp/dfp_core.h"

const uint64_t dfp_power64[DFP_DIGITS_PER_LIMB + 1] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

struct dfp_wide dfp_wide_add(struct dfp_wide a, struct dfp_wide b)
{
    dfp_uint128 carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        carry += (dfp_uint128)a.limb[i] + b.limb[i];
        a.limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    assert(carry == 0);
    return a;
}

struct dfp_wide dfp_wide_sub(struct dfp_wide a, struct dfp_wide b)
{
    unsigned borrow = 0;
    for (unsigned i = 0; i < 4; i++) {
        const dfp_uint128 difference = (dfp_uint128)a.limb[i] - b.limb[i] - borrow;
        a.limb[i] = (uint64_t)difference;
        borrow = difference >> 64 ? 1 : 0;
    }
    assert(borrow == 0);
    return a;
}

int dfp_wide_compare(const struct dfp_wide *a, const struct dfp_wide *b)
{
    for (unsigned i = 4; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

struct dfp_wide dfp_wide_mul(dfp_uint128 a, dfp_uint128 b)
{
    const uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
    const uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    const dfp_uint128 low = (dfp_uint128)a0 * b0, high = (dfp_uint128)a1 * b1;
    struct dfp_wide w = {
        {(uint64_t)low, (uint64_t)(low >> 64), (uint64_t)high, (uint64_t)(high >> 64)}};
    const dfp_uint128 cross[] = {(dfp_uint128)a0 * b1, (dfp_uint128)a1 * b0};
    for (unsigned i = 0; i < 2; i++)
        w = dfp_wide_add(w,
                         (struct dfp_wide){{0, (uint64_t)cross[i], (uint64_t)(cross[i] >> 64), 0}});
    return w;
}

static void multiply_small(struct dfp_wide *a, uint64_t factor)
{
    dfp_uint128 carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        carry += (dfp_uint128)a->limb[i] * factor;
        a->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    assert(carry == 0);
}

static uint64_t divide_small(struct dfp_wide *a, uint64_t divisor)
{
    dfp_uint128 remainder = 0;
    for (unsigned i = 4; i-- > 0;) {
        remainder = remainder << 64 | a->limb[i];
        a->limb[i] = (uint64_t)(remainder / divisor);
        remainder %= divisor;
    }
    return (uint64_t)remainder;
}

struct dfp_wide dfp_wide_scale(struct dfp_wide a, unsigned digits)
{
    for (; digits > DFP_DIGITS_PER_LIMB; digits -= DFP_DIGITS_PER_LIMB)
        multiply_small(&a, dfp_power64[DFP_DIGITS_PER_LIMB]);
    multiply_small(&a, dfp_power64[digits]);
    return a;
}

bool dfp_wide_drop(struct dfp_wide *a, unsigned digits)
{
    bool lost = false;
    while (digits > 0 && !dfp_wide_is_zero(a)) {
        const unsigned n = digits < DFP_DIGITS_PER_LIMB ? digits : DFP_DIGITS_PER_LIMB;
        lost |= divide_small(a, dfp_power64[n]) != 0;
        digits -= n;
    }
    return lost;
}

unsigned dfp_digits(dfp_uint128 v)
{
    const uint64_t high = (uint64_t)(v >> 64), low = (uint64_t)v;
    if (v == 0)
        return 0;
    const unsigned bits =
        high ? 128 - (unsigned)__builtin_clzll(high) : 64 - (unsigned)__builtin_clzll(low);
    const unsigned power = bits * 1233 >> 12; /* 1233 / 4096 is log10(2), a little less */
    return power + (v >= dfp_power(power));
}

unsigned dfp_wide_digits(const struct dfp_wide *w)
{
    struct dfp_wide high = *w;
    if (!w->limb[2] && !w->limb[3])
        return dfp_digits(dfp_wide_low(w));
    dfp_wide_drop(&high, 2 * DFP_DIGITS_PER_LIMB);
    assert(!high.limb[2] && !high.limb[3]);
    return 2 * DFP_DIGITS_PER_LIMB + dfp_digits(dfp_wide_low(&high));
}
