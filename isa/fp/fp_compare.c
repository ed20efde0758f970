#include "isa/fp/fp_core.h"

unsigned fp_relation(uint64_t a, uint64_t b)
{
    if (fp_is_nan(a) || fp_is_nan(b))
        return FP_UN;
    /* As signed integers of which the negative ones run the other way; both zeros are 0. */
    const int64_t x = a & FP_SIGN ? -(int64_t)(a & ~FP_SIGN) : (int64_t)a;
    const int64_t y = b & FP_SIGN ? -(int64_t)(b & ~FP_SIGN) : (int64_t)b;
    return x < y ? FP_LT : x > y ? FP_GT : FP_EQ;
}

unsigned fp_compare(struct fp_env *env, bool ordered, uint64_t a, uint64_t b)
{
    const unsigned relation = fp_relation(a, b);
    if (relation != FP_UN)
        return relation;
    if (fp_is_snan(a) || fp_is_snan(b)) {
        env->raised |= FPSCR_VXSNAN;
        if (ordered && !(env->fpscr & FPSCR_VE))
            env->raised |= FPSCR_VXVC;
    } else if (ordered) {
        env->raised |= FPSCR_VXVC;
    }
    return FP_UN;
}

/* The NaN part of maximum and minimum: true if *result is decided. */
static bool select_nan(struct fp_env *env, uint64_t a, uint64_t b, uint64_t *result)
{
    if (!fp_is_nan(a) && !fp_is_nan(b))
        return false;
    if (fp_is_snan(a) || fp_is_snan(b))
        *result = fp_propagate(env, a, b);
    else
        *result = fp_is_nan(a) && !fp_is_nan(b) ? b : a;
    return true;
}

uint64_t fp_max(struct fp_env *env, uint64_t a, uint64_t b)
{
    uint64_t result;
    if (select_nan(env, a, b, &result))
        return result;
    switch (fp_relation(a, b)) {
    case FP_LT:
        return b;
    case FP_EQ:
        return a & b; /* differs from a only for zeros */
    default:
        return a;
    }
}

uint64_t fp_min(struct fp_env *env, uint64_t a, uint64_t b)
{
    uint64_t result;
    if (select_nan(env, a, b, &result))
        return result;
    switch (fp_relation(a, b)) {
    case FP_GT:
        return b;
    case FP_EQ:
        return a | b;
    default:
        return a;
    }
}

bool fp_is_tiny(enum fp_format format, uint64_t value)
{
    return (value & ~FP_SIGN) <
           (format == FP_SINGLE ? UINT64_C(0x3810000000000000) : FP_FRACTION + 1);
}

int fp_result_class(enum fp_format format, uint64_t value)
{
    const bool sign = value >> 63;
    const uint64_t magnitude = value & ~FP_SIGN;
    if (magnitude > FP_INFINITY)
        return 0x11;
    if (magnitude == FP_INFINITY)
        return sign ? 0x09 : 0x05;
    if (!magnitude)
        return sign ? 0x12 : 0x02;
    if (fp_is_tiny(format, value))
        return sign ? 0x18 : 0x14;
    return sign ? 0x08 : 0x04;
}

enum { TEST_ALWAYS = 8, TEST_FG = 4, TEST_FE = 2 };

unsigned fp_test_divide(enum fp_format format, uint64_t a, uint64_t b)
{
    const int emin = format == FP_SINGLE ? -126 : -1022;
    const int emax = format == FP_SINGLE ? 127 : 1023;
    const int small = format == FP_SINGLE ? -103 : -970;
    const struct fp_operand x = fp_unpack(a), y = fp_unpack(b);
    unsigned cr = TEST_ALWAYS;

    if (x.kind == FP_KIND_INFINITY || y.kind == FP_KIND_INFINITY || y.kind == FP_KIND_ZERO ||
        (y.kind == FP_KIND_FINITE && y.exp < emin))
        cr |= TEST_FG;
    if (x.kind >= FP_KIND_INFINITY || y.kind != FP_KIND_FINITE || y.exp <= emin ||
        y.exp >= emax - 2)
        cr |= TEST_FE;
    else if (x.kind == FP_KIND_FINITE &&
             (x.exp - y.exp >= emax || x.exp - y.exp <= emin + 1 || x.exp <= small))
        cr |= TEST_FE;
    return cr;
}

unsigned fp_test_sqrt(enum fp_format format, uint64_t b)
{
    const int emin = format == FP_SINGLE ? -126 : -1022;
    const int small = format == FP_SINGLE ? -103 : -970;
    const struct fp_operand y = fp_unpack(b);
    unsigned cr = TEST_ALWAYS;

    if (y.kind == FP_KIND_INFINITY || y.kind == FP_KIND_ZERO ||
        (y.kind == FP_KIND_FINITE && y.exp < emin))
        cr |= TEST_FG;
    if (y.kind != FP_KIND_FINITE || y.sign || y.exp <= small)
        cr |= TEST_FE;
    return cr;
}
