/*
 * What the book has and hosts do not: adjusted exponents of enabled overflow and underflow, FPRF
 * classes of both formats, which NaN results, multiply-add's invalid operations, comparisons,
 * maximum and minimum, tests for software divide, and the accuracy of estimates.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fp_host.h"

#define QNAN_A   UINT64_C(0x7ff8000000000aaa)
#define QNAN_B   UINT64_C(0xfff8000000000bbb)
#define QNAN_C   UINT64_C(0x7ff8000000000ccc)
#define SNAN_A   UINT64_C(0xfff0000000000aaa)
#define SNAN_B   UINT64_C(0x7ff0000000000bbb)
#define QUIET(v) ((v) | FP_QUIET)
#define INF      FP_INFINITY
#define D(v)     double_bits(v)

#define assert_bits(a, b) assert_true((uint64_t)(a) == (uint64_t)(b))

#define EXPECT(expr, want_value, want_raised)                                                      \
    do {                                                                                           \
        env.raised = 0;                                                                            \
        const uint64_t value_ = (expr);                                                            \
        if (value_ != (want_value) || env.raised != (want_raised))                                 \
            fail_msg("%s (line %d): %016llx raised %08llx", #expr, __LINE__,                       \
                     (unsigned long long)value_, (unsigned long long)env.raised);                  \
    } while (0)

static void test_enabled_overflow(void **state)
{
    (void)state;
    struct fp_env env = {.fpscr = FPSCR_OE};
    const uint64_t max = D(0x1.fffffffffffffp1023);
    EXPECT(fp_add(&env, FP_DOUBLE, max, max), D(0x1.fffffffffffffp-512), FPSCR_OX);
    EXPECT(fp_mul(&env, FP_DOUBLE, max, max), D(0x1.ffffffffffffep511),
           FPSCR_OX | FPSCR_XX | FPSCR_FI);
    EXPECT(fp_div(&env, FP_DOUBLE, D(-0x1p1023), D(0x1p-1074)), D(-0x1p561), FPSCR_OX);
    EXPECT(fp_add(&env, FP_SINGLE, D(0x1p127), D(0x1p127)), D(0x1p-64), FPSCR_OX);
    EXPECT(fp_round_single(&env, D(0x1.0000009p200)), D(0x1p8), FPSCR_OX | FPSCR_XX | FPSCR_FI);
    /* Rounding alone can overflow. */
    EXPECT(fp_round_single(&env, D(0x1.ffffffp127)), D(0x1p-64),
           FPSCR_OX | FPSCR_XX | FPSCR_FI | FPSCR_FR);
    /* Disabled: by the rounding mode. */
    env.fpscr = FP_RND_ZERO;
    EXPECT(fp_add(&env, FP_DOUBLE, max, max), max, FPSCR_OX | FPSCR_XX | FPSCR_FI);
    env.fpscr = FP_RND_DOWN;
    EXPECT(fp_add(&env, FP_SINGLE, D(-0x1p127), D(-0x1p127)), FP_SIGN | INF,
           FPSCR_OX | FPSCR_XX | FPSCR_FI | FPSCR_FR);
}

static void test_enabled_underflow(void **state)
{
    (void)state;
    struct fp_env env = {.fpscr = FPSCR_UE};
    const uint64_t least = D(0x1p-1074);
    /* Tiny alone is enough when UE is set ... */
    EXPECT(fp_mul(&env, FP_DOUBLE, D(0x1p-1022), D(0.5)), D(0x1p513), FPSCR_UX);
    EXPECT(fp_add(&env, FP_DOUBLE, least, least), D(0x1p463), FPSCR_UX);
    EXPECT(fp_mul(&env, FP_DOUBLE, least, least), D(0x1p-612), FPSCR_UX);
    EXPECT(fp_mul(&env, FP_SINGLE, D(0x1p-126), D(-0x1p-30)), D(-0x1p36), FPSCR_UX);
    EXPECT(fp_round_single(&env, D(0x1.0000018p-140)), D(0x1.000002p52),
           FPSCR_UX | FPSCR_XX | FPSCR_FI | FPSCR_FR);
    /* ... and tiny is meant before rounding, with the exponent unbounded. */
    EXPECT(fp_round_single(&env, D(0x1.ffffffp-127)), D(0x1p66),
           FPSCR_UX | FPSCR_XX | FPSCR_FI | FPSCR_FR);
    env.fpscr = 0;
    EXPECT(fp_add(&env, FP_DOUBLE, least, least), D(0x1p-1073), 0);
    EXPECT(fp_round_single(&env, D(0x1.ffffffp-127)), D(0x1p-126),
           FPSCR_UX | FPSCR_XX | FPSCR_FI | FPSCR_FR);
    EXPECT(fp_mul(&env, FP_DOUBLE, least, D(0.25)), 0, FPSCR_UX | FPSCR_XX | FPSCR_FI);
    env.fpscr = FP_RND_UP;
    EXPECT(fp_mul(&env, FP_DOUBLE, least, D(0.25)), least,
           FPSCR_UX | FPSCR_XX | FPSCR_FI | FPSCR_FR);
    EXPECT(fp_mul(&env, FP_SINGLE, D(-0x1p-149), D(0.25)), FP_SIGN, FPSCR_UX | FPSCR_XX | FPSCR_FI);
}

/* Single arithmetic on operands that no single is: defined in no book, but it must not trip. */
static void test_single_out_of_range(void **state)
{
    (void)state;
    struct fp_env env = {.fpscr = FPSCR_OE | FPSCR_UE};
    EXPECT(fp_mul(&env, FP_SINGLE, D(0x1p1000), D(-0x1p1000)), FP_SIGN | INF, FPSCR_OX);
    EXPECT(fp_mul(&env, FP_SINGLE, D(0x1p-1000), D(-0x1p-1000)), FP_SIGN, FPSCR_UX);
    EXPECT(fp_mul(&env, FP_SINGLE, D(0x1p-700), D(0x1p-500)), D(0x1p-1008), FPSCR_UX);
}

static void test_fraction_rounded(void **state)
{
    (void)state;
    struct fp_env env = {0};
    EXPECT(fp_add(&env, FP_DOUBLE, D(1), D(0x1.8p-53)), D(0x1.0000000000001p0),
           FPSCR_XX | FPSCR_FI | FPSCR_FR);
    EXPECT(fp_add(&env, FP_DOUBLE, D(1), D(0x1p-53)), D(1), FPSCR_XX | FPSCR_FI);
    EXPECT(fp_add(&env, FP_DOUBLE, D(1), D(-0x1p-54)), D(1), FPSCR_XX | FPSCR_FI | FPSCR_FR);
    /* The exact result is rounded once: to double first it would become 1 + 2^-24, then 1. */
    EXPECT(fp_fma(&env, FP_SINGLE, FP_MADD, D(0x1p-24), D(1 + 0x1p-40), D(1)), D(1 + 0x1p-23),
           FPSCR_XX | FPSCR_FI | FPSCR_FR);
    EXPECT(fp_add(&env, FP_SINGLE, D(1 + 0x1p-24), D(0x1p-80)), D(1 + 0x1p-23),
           FPSCR_XX | FPSCR_FI | FPSCR_FR);
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        int as_double, as_single;
    } cases[] = {
        {QNAN_B, 0x11, 0x11},
        {FP_SIGN | INF, 0x09, 0x09},
        {INF, 0x05, 0x05},
        {UINT64_C(0xbff0000000000000), 0x08, 0x08},
        {UINT64_C(0x3ff0000000000000), 0x04, 0x04},
        {FP_SIGN, 0x12, 0x12},
        {0, 0x02, 0x02},
        {UINT64_C(0x3800000000000000), 0x04, 0x14}, /* 2^-127 */
        {UINT64_C(0xb80fffffe0000000), 0x08, 0x18},
        {UINT64_C(0x3810000000000000), 0x04, 0x04}, /* 2^-126 */
        {UINT64_C(0x000fffffffffffff), 0x14, 0x14},
        {UINT64_C(0x8000000000000001), 0x18, 0x18},
        {UINT64_C(0x0010000000000000), 0x04, 0x14},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(fp_result_class(FP_DOUBLE, cases[i].value), cases[i].as_double);
        assert_int_equal(fp_result_class(FP_SINGLE, cases[i].value), cases[i].as_single);
    }
}

static void test_nan_choice(void **state)
{
    (void)state;
    struct fp_env env = {0};
    const uint64_t one = D(1);
    EXPECT(fp_add(&env, FP_DOUBLE, QNAN_A, QNAN_B), QNAN_A, 0);
    EXPECT(fp_add(&env, FP_DOUBLE, one, QNAN_B), QNAN_B, 0);
    EXPECT(fp_sub(&env, FP_DOUBLE, one, QNAN_B), QNAN_B, 0);
    EXPECT(fp_mul(&env, FP_DOUBLE, QNAN_A, SNAN_B), QNAN_A, FPSCR_VXSNAN);
    EXPECT(fp_div(&env, FP_SINGLE, SNAN_A, one), QUIET(SNAN_A), FPSCR_VXSNAN);
    EXPECT(fp_sqrt(&env, FP_DOUBLE, SNAN_A), QUIET(SNAN_A), FPSCR_VXSNAN);
    EXPECT(fp_round_single(&env, UINT64_C(0xfff8123456789abc)), UINT64_C(0xfff8123440000000), 0);
    EXPECT(fp_add(&env, FP_DOUBLE, INF, FP_SIGN | INF), FP_DEFAULT_NAN, FPSCR_VXISI);
    EXPECT(fp_sub(&env, FP_DOUBLE, INF, INF), FP_DEFAULT_NAN, FPSCR_VXISI);
    EXPECT(fp_mul(&env, FP_DOUBLE, 0, FP_SIGN | INF), FP_DEFAULT_NAN, FPSCR_VXIMZ);
    EXPECT(fp_div(&env, FP_DOUBLE, INF, INF), FP_DEFAULT_NAN, FPSCR_VXIDI);
    EXPECT(fp_div(&env, FP_DOUBLE, 0, FP_SIGN), FP_DEFAULT_NAN, FPSCR_VXZDZ);
    EXPECT(fp_div(&env, FP_DOUBLE, one, FP_SIGN), FP_SIGN | INF, FPSCR_ZX);
    EXPECT(fp_sqrt(&env, FP_DOUBLE, D(-1)), FP_DEFAULT_NAN, FPSCR_VXSQRT);
    EXPECT(fp_sqrt(&env, FP_DOUBLE, FP_SIGN), FP_SIGN, 0);
}

/* Order a, b, c whatever signals; infinity * 0 is noted beside a NaN addend. */
static void test_fused_nans(void **state)
{
    (void)state;
    struct fp_env env = {0};
    const uint64_t one = D(1);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_MADD, QNAN_A, QNAN_C, QNAN_B), QNAN_A, 0);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_MADD, one, QNAN_C, QNAN_B), QNAN_B, 0);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_NMSUB, one, QNAN_C, one), QNAN_C, 0);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_NMADD, one, one, SNAN_B), QUIET(SNAN_B), FPSCR_VXSNAN);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_MADD, INF, 0, QNAN_B), QNAN_B, FPSCR_VXIMZ);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_MSUB, 0, INF, SNAN_B), QUIET(SNAN_B),
           FPSCR_VXIMZ | FPSCR_VXSNAN);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_NMADD, 0, INF, one), FP_DEFAULT_NAN, FPSCR_VXIMZ);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_NMSUB, INF, one, INF), FP_DEFAULT_NAN, FPSCR_VXISI);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_MSUB, one, one, one), 0, 0);
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_NMSUB, one, one, one), FP_SIGN, 0);
    env.fpscr = FP_RND_DOWN;
    EXPECT(fp_fma(&env, FP_DOUBLE, FP_MSUB, one, one, one), FP_SIGN, 0);
}

static void test_compare(void **state)
{
    (void)state;
    struct fp_env env = {0};
    const uint64_t one = D(1), two = D(2), minus = D(-3);
    EXPECT(fp_compare(&env, true, one, two), FP_LT, 0);
    EXPECT(fp_compare(&env, true, two, one), FP_GT, 0);
    EXPECT(fp_compare(&env, true, minus, D(-1)), FP_LT, 0);
    EXPECT(fp_compare(&env, true, minus, one), FP_LT, 0);
    EXPECT(fp_compare(&env, true, 0, FP_SIGN), FP_EQ, 0);
    EXPECT(fp_compare(&env, true, INF, INF), FP_EQ, 0);
    EXPECT(fp_compare(&env, false, one, QNAN_B), FP_UN, 0);
    EXPECT(fp_compare(&env, true, one, QNAN_B), FP_UN, FPSCR_VXVC);
    EXPECT(fp_compare(&env, false, SNAN_A, one), FP_UN, FPSCR_VXSNAN);
    EXPECT(fp_compare(&env, true, SNAN_A, one), FP_UN, FPSCR_VXSNAN | FPSCR_VXVC);
    env.fpscr = FPSCR_VE;
    EXPECT(fp_compare(&env, true, SNAN_A, one), FP_UN, FPSCR_VXSNAN);
    EXPECT(fp_compare(&env, true, QNAN_A, one), FP_UN, FPSCR_VXVC);
}

static void test_max_min(void **state)
{
    (void)state;
    struct fp_env env = {0};
    const uint64_t one = D(1), two = D(2);
    EXPECT(fp_max(&env, one, two), two, 0);
    EXPECT(fp_min(&env, one, two), one, 0);
    EXPECT(fp_max(&env, FP_SIGN, 0), 0, 0);
    EXPECT(fp_max(&env, 0, FP_SIGN), 0, 0);
    EXPECT(fp_min(&env, 0, FP_SIGN), FP_SIGN, 0);
    EXPECT(fp_max(&env, one, QNAN_B), one, 0);
    EXPECT(fp_min(&env, QNAN_A, two), two, 0);
    EXPECT(fp_min(&env, QNAN_A, QNAN_B), QNAN_A, 0);
    EXPECT(fp_max(&env, one, SNAN_B), QUIET(SNAN_B), FPSCR_VXSNAN);
    EXPECT(fp_max(&env, QNAN_A, SNAN_B), QNAN_A, FPSCR_VXSNAN);
    EXPECT(fp_min(&env, SNAN_A, QNAN_B), QUIET(SNAN_A), FPSCR_VXSNAN);
}

static void test_software_tests(void **state)
{
    (void)state;
    const uint64_t one = D(1);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, one), 8);
    assert_int_equal(fp_test_divide(FP_DOUBLE, INF, one), 14);
    assert_int_equal(fp_test_divide(FP_DOUBLE, QNAN_A, one), 10);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, 0), 14);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, D(0x1p-1030)), 14);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, D(0x1p-1022)), 10);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, D(0x1p-1021)), 8);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, D(0x1p1021)), 10);
    assert_int_equal(fp_test_divide(FP_DOUBLE, one, D(0x1p1020)), 8);
    assert_int_equal(fp_test_divide(FP_DOUBLE, D(0x1p1000), D(0x1p-23)), 10);
    assert_int_equal(fp_test_divide(FP_DOUBLE, D(0x1p1000), D(0x1p-22)), 8);
    assert_int_equal(fp_test_divide(FP_DOUBLE, D(0x1p-500), D(0x1p521)), 10);
    assert_int_equal(fp_test_divide(FP_DOUBLE, D(0x1p-500), D(0x1p520)), 8);
    assert_int_equal(fp_test_divide(FP_DOUBLE, D(0x1p-970), one), 10);
    assert_int_equal(fp_test_divide(FP_DOUBLE, D(0x1p-969), one), 8);
    assert_int_equal(fp_test_divide(FP_DOUBLE, 0, D(0x1p1000)), 8);
    assert_int_equal(fp_test_divide(FP_SINGLE, one, D(0x1p125)), 10);
    assert_int_equal(fp_test_divide(FP_SINGLE, D(0x1p-103), one), 10);
    assert_int_equal(fp_test_divide(FP_SINGLE, D(0x1p-102), one), 8);
    assert_int_equal(fp_test_divide(FP_SINGLE, one, D(0x1p-127)), 14);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, one), 8);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, D(-1)), 10);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, FP_SIGN), 14);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, INF), 14);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, QNAN_A), 10);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, D(0x1p-970)), 10);
    assert_int_equal(fp_test_sqrt(FP_DOUBLE, D(0x1p-969)), 8);
    assert_int_equal(fp_test_sqrt(FP_SINGLE, D(0x1p-103)), 10);
    assert_int_equal(fp_test_sqrt(FP_SINGLE, D(0x1p-130)), 14);
}

/* The tightest bound is that of VSX, 2^-14. */
static void test_estimates(void **state)
{
    (void)state;
    struct fp_env env = {0};
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, FP_SIGN), FP_SIGN | INF, FPSCR_ZX);
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, D(-4)), D(-0.25), 0);
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, FP_SIGN | INF), FP_SIGN, 0);
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, D(0x1p-1074)), INF, FPSCR_OX);
    EXPECT(fp_recip_estimate(&env, FP_SINGLE, D(0x1p-128)), INF, FPSCR_OX);
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, D(0x1p1023)), D(0x1p-1023), 0);
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, D(0x1.8p1023)), D(0x1.5555p-1024), FPSCR_UX);
    EXPECT(fp_recip_estimate(&env, FP_DOUBLE, SNAN_A), QUIET(SNAN_A), FPSCR_VXSNAN);
    EXPECT(fp_rsqrt_estimate(&env, FP_DOUBLE, FP_SIGN), FP_SIGN | INF, FPSCR_ZX);
    EXPECT(fp_rsqrt_estimate(&env, FP_DOUBLE, D(-1)), FP_DEFAULT_NAN, FPSCR_VXSQRT);
    EXPECT(fp_rsqrt_estimate(&env, FP_DOUBLE, D(4)), D(0.5), 0);
    EXPECT(fp_rsqrt_estimate(&env, FP_DOUBLE, INF), 0, 0);
    uint64_t seed = 11;
    for (unsigned n = 0; n < 100000; n++) {
        const uint64_t b = test_random_double(&seed) & ~FP_SIGN;
        const double v = host_double(b);
        if (!(v > 0x1p-1020 && v < 0x1p1000))
            continue;
        const double r = host_double(fp_recip_estimate(&env, FP_DOUBLE, b));
        const double s = host_double(fp_rsqrt_estimate(&env, FP_DOUBLE, b));
        assert_true(fabsl((long double)r * v - 1) <= 0x1p-14L);
        assert_true(fabsl((long double)s * sqrtl(v) - 1) <= 0x1p-14L);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enabled_overflow),
        cmocka_unit_test(test_enabled_underflow),
        cmocka_unit_test(test_single_out_of_range),
        cmocka_unit_test(test_fraction_rounded),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_nan_choice),
        cmocka_unit_test(test_fused_nans),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_max_min),
        cmocka_unit_test(test_software_tests),
        cmocka_unit_test(test_estimates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
