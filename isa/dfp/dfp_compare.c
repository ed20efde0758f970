/* Comparison, tests and classes (Book I 5.6.2, 5.6.3). */
#include "isa/dfp/dfp_core.h"

/* Exponent of the first digit of a finite number that is not zero. */
static int leading_exponent(const struct dfp_number *n)
{
    return n->exp + (int)dfp_digits(n->coefficient) - 1;
}

/* -1, 0, 1 as |a| is less than, equal to, greater than |b|; neither is a NaN. */
static int compare_magnitudes(const struct dfp_number *a, const struct dfp_number *b)
{
    if (a->kind == DFP_INFINITY || b->kind == DFP_INFINITY)
        return (a->kind == DFP_INFINITY) - (b->kind == DFP_INFINITY);
    if (a->coefficient == 0 || b->coefficient == 0)
        return (a->coefficient != 0) - (b->coefficient != 0);
    const int first_a = leading_exponent(a), first_b = leading_exponent(b);
    if (first_a != first_b)
        return first_a < first_b ? -1 : 1;
    struct dfp_wide x = dfp_wide_from(a->coefficient), y = dfp_wide_from(b->coefficient);
    if (a->exp > b->exp)
        x = dfp_wide_scale(x, (unsigned)(a->exp - b->exp));
    else
        y = dfp_wide_scale(y, (unsigned)(b->exp - a->exp));
    return dfp_wide_compare(&x, &y);
}

unsigned dfp_compare(struct fp_env *env, bool ordered, struct dfp_number a, struct dfp_number b)
{
    if (dfp_is_nan(&a) || dfp_is_nan(&b)) {
        const bool signals = a.kind == DFP_SNAN || b.kind == DFP_SNAN;
        if (signals)
            env->raised |= FPSCR_VXSNAN;
        if (ordered && !(signals && (env->fpscr & FPSCR_VE)))
            env->raised |= FPSCR_VXVC;
        return FP_UN;
    }
    const int magnitude = compare_magnitudes(&a, &b);
    if (dfp_is_zero(&a) && dfp_is_zero(&b))
        return FP_EQ;
    if (a.sign != b.sign)
        return a.sign ? FP_LT : FP_GT;
    return magnitude == 0 ? FP_EQ : (magnitude < 0) != a.sign ? FP_LT : FP_GT;
}

/* -- Tests: the CR field is sign, 0, match, 0; no exceptions -- */

static unsigned test_result(const struct dfp_number *a, bool match)
{
    return (a->sign ? FP_LT : 0) | (match ? FP_EQ : 0);
}

static bool is_subnormal(const struct dfp_format *format, const struct dfp_number *n)
{
    return n->kind == DFP_FINITE && n->coefficient && leading_exponent(n) < format->emin;
}

unsigned dfp_test_class(const struct dfp_format *format, struct dfp_number a, unsigned dcm)
{
    /* DCM from its left: zero, subnormal, normal, infinity, quiet NaN, signalling NaN. */
    static const uint8_t special[] = {
        [DFP_FINITE] = 0, [DFP_INFINITY] = 4, [DFP_QNAN] = 2, [DFP_SNAN] = 1};
    unsigned class = special[a.kind];
    if (a.kind == DFP_FINITE)
        class = a.coefficient == 0 ? 32 : is_subnormal(format, &a) ? 16 : 8;
    return test_result(&a, dcm & class);
}

unsigned dfp_test_group(const struct dfp_format *format, struct dfp_number a, unsigned dgm)
{
    const bool extreme = a.exp == format->xmin || a.exp == format->xmax;
    unsigned group;
    if (a.kind != DFP_FINITE)
        group = 1;
    else if (a.coefficient == 0)
        group = extreme ? 16 : 32;
    else if (extreme || is_subnormal(format, &a))
        group = 8;
    else
        group = dfp_digits(a.coefficient) < format->precision ? 4 : 2;
    return test_result(&a, dgm & group);
}

unsigned dfp_test_exponent(struct dfp_number a, struct dfp_number b)
{
    if (a.kind == DFP_FINITE && b.kind == DFP_FINITE)
        return a.exp < b.exp ? FP_LT : a.exp > b.exp ? FP_GT : FP_EQ;
    if (dfp_is_nan(&a) ? dfp_is_nan(&b) : a.kind == b.kind)
        return FP_EQ;
    return FP_UN;
}

unsigned dfp_test_significance(unsigned reference, struct dfp_number b)
{
    const unsigned digits = dfp_digits(b.coefficient);
    if (b.kind != DFP_FINITE)
        return FP_UN;
    if (reference == 0 || reference > digits)
        return FP_GT;
    return reference < digits ? FP_LT : FP_EQ;
}

int dfp_result_class(const struct dfp_format *format, struct dfp_number n)
{
    switch (n.kind) {
    case DFP_SNAN: /* only of conversions from and to short */
        return 0x01;
    case DFP_QNAN:
        return 0x11;
    case DFP_INFINITY:
        return n.sign ? 0x09 : 0x05;
    case DFP_FINITE:
        break;
    }
    if (n.coefficient == 0)
        return n.sign ? 0x12 : 0x02;
    return (is_subnormal(format, &n) ? 0x10 : 0) | (n.sign ? 0x08 : 0x04);
}
