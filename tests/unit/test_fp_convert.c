/*
 * isa/fp conversions against the host: between formats, to and from integers, to integral values;
 * and directed tests of what the host does not have (saturation, lfs and stfs, payloads).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fp_host.h"

#define assert_bits(a, b) assert_true((uint64_t)(a) == (uint64_t)(b))

/* An operand for run n: every corner first, then random ones, some of them of integers' sizes. */
static uint64_t operand(unsigned n, uint64_t *seed)
{
    if (n < ARRAY_SIZE(corner_doubles))
        return corner_doubles[n];
    const uint64_t v = test_random_double(seed);
    if (n & 1) /* 2^-2 up to 2^66 */
        return (v & (FP_SIGN | FP_FRACTION)) | (1021 + test_random(seed) % 69) << 52;
    return v;
}

/* Runs `expr`, which sets host variables, in rounding mode rn; `raised` gets the host's flags. */
#define ON_HOST(rn, raised, expr)                                                                  \
    do {                                                                                           \
        fesetround(host_modes[rn]);                                                                \
        feclearexcept(FE_ALL_EXCEPT);                                                              \
        expr;                                                                                      \
        (raised) = host_raised();                                                                  \
        fesetround(FE_TONEAREST);                                                                  \
    } while (0)

static void test_round_single(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (unsigned n = 0; n < 200000; n++) {
        const uint64_t a = operand(n, &seed);
        const unsigned rn = n / 2 % 4;
        volatile double in = host_double(a);
        volatile float out;
        unsigned raised;
        ON_HOST(rn, raised, out = (float)in);
        struct fp_env env = {.fpscr = rn};
        const uint64_t value = fp_round_single(&env, a);
        if (fp_is_nan(a)) { /* x86 keeps the payload as the book has it */
            assert_bits(value, (a | FP_QUIET) & ~UINT64_C(0x1fffffff));
            assert_bits(env.raised, fp_is_snan(a) ? FPSCR_VXSNAN : 0);
            continue;
        }
        assert_bits(value, fp_widen(float_bits(out)));
        assert_int_equal(float_bits(out), fp_narrow(value));
        const unsigned ignored = (fp_narrow(value) & 0x7fffffff) == 0x00800000 ? HOST_UX : 0;
        assert_int_equal(fpscr_raised(env.raised) & ~ignored, raised & ~ignored);
        const bool up = fabs((double)out) > fabs(in);
        assert_true(up == ((env.raised & FPSCR_FR) != 0));
    }
}

static void test_widen_and_narrow(void **state)
{
    (void)state;
    uint64_t seed = 6;
    for (unsigned n = 0; n < 200000; n++) {
        const uint32_t a =
            n < ARRAY_SIZE(corner_singles) ? corner_singles[n] : test_random_single(&seed);
        const uint64_t wide = fp_widen(a);
        assert_int_equal(fp_narrow(wide), a);
        if (!fp_is_nan(wide))
            assert_bits(wide, double_bits((double)host_float(a)));
    }
    assert_bits(fp_widen(0x7f800001), UINT64_C(0x7ff0000020000000)); /* stays signalling */
    assert_bits(fp_widen(0xffc12345), UINT64_C(0xfff82468a0000000));
    /* stfs of what single format does not have selects bits (Book I 4.6.3). */
    assert_int_equal(fp_narrow(UINT64_C(0x3ff123456789abcd)), 0x3f891a2b);
    assert_int_equal(fp_narrow(UINT64_C(0x7fe0000000000000)), 0x7f000000);
    assert_int_equal(fp_narrow(UINT64_C(0x3800000000000000)), 0x00400000); /* exponent 896 */
    assert_int_equal(fp_narrow(UINT64_C(0xb6a0000000000000)), 0x80000001); /* exponent 874 */
    assert_int_equal(fp_narrow(UINT64_C(0xb80fffffe0000000)), 0x807fffff);
}

/* Through a pointer: inlined, it would take the rounding mode for the default one. */
static double (*volatile host_rint)(double) = rint;

static void test_integral(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (unsigned n = 0; n < 200000; n++) {
        const uint64_t a = operand(n, &seed);
        volatile double in = host_double(a), out;
        unsigned raised;
        struct fp_env env = {0};
        const unsigned mode = n / 2 % 5;
        if (mode == FP_RND_AWAY) {
            out = round(in);
            raised = out != in && !isnan(in) ? HOST_XX : 0;
        } else {
            ON_HOST(mode, raised, out = host_rint(in));
        }
        const uint64_t value = fp_round_integral(&env, (enum fp_rounding)mode, a);
        if (fp_is_nan(a)) {
            assert_bits(value, a | FP_QUIET);
            assert_bits(env.raised, fp_is_snan(a) ? FPSCR_VXSNAN : 0);
            continue;
        }
        assert_bits(value, double_bits(out));
        assert_int_equal(fpscr_raised(env.raised), raised);
        assert_true(((env.raised & FPSCR_FR) != 0) == (fabs(out) > fabs(in)));
    }
}

static const struct {
    enum fp_integer type;
    long double min, max;
    uint64_t lowest, highest, nan;
} integer_types[] = {
    {FP_INT32, -0x1p31L, 0x1p31L - 1, 0xffffffff80000000, 0x7fffffff, 0xffffffff80000000},
    {FP_UINT32, 0, 0x1p32L - 1, 0, 0xffffffff, 0},
    {FP_INT64, -0x1p63L, 0x1p63L - 1, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000},
    {FP_UINT64, 0, 0x1p64L - 1, 0, 0xffffffffffffffff, 0},
};

static void check_to_integer(unsigned t, enum fp_rounding mode, uint64_t a)
{
    struct fp_env env = {0};
    const uint64_t value = fp_to_integer(&env, mode, integer_types[t].type, a);
    if (fp_is_nan(a)) {
        assert_bits(value, integer_types[t].nan);
        assert_bits(env.raised, FPSCR_VXCVI | (fp_is_snan(a) ? FPSCR_VXSNAN : 0));
        return;
    }
    struct fp_env whole_env = {0};
    const double whole = host_double(fp_round_integral(&whole_env, mode, a));
    if (whole < integer_types[t].min || whole > integer_types[t].max) {
        assert_bits(value, whole < 0 ? integer_types[t].lowest : integer_types[t].highest);
        assert_bits(env.raised, FPSCR_VXCVI);
    } else {
        assert_bits(value, whole < 0 ? (uint64_t)(int64_t)whole : (uint64_t)whole);
        assert_bits(env.raised, whole_env.raised);
    }
}

/* On the integral values, which test_integral has checked. */
static void test_to_integer(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (unsigned n = 0; n < 50000; n++) {
        const uint64_t a = operand(n, &seed);
        for (unsigned t = 0; t < 4; t++)
            check_to_integer(t, (enum fp_rounding)(n / 2 % 4), a);
    }
    static const double edges[] = {0x1p31,  0x1p31 - 0.5, 0x1p31 - 1, -0x1p31,   -0x1p31 - 0.5,
                                   0x1p32,  0x1p32 - 0.5, 0x1p63,     -0x1p63,   0x1p64,
                                   -0x1p64, -0.5,         -0.25,      -1,        0.5,
                                   1.5,     2.5,          0x1p52 + 1, 0x1p53 - 1};
    for (unsigned i = 0; i < ARRAY_SIZE(edges); i++)
        for (unsigned t = 0; t < 4; t++)
            for (unsigned mode = 0; mode < 4; mode++)
                check_to_integer(t, (enum fp_rounding)mode, double_bits(edges[i]));
}

static void test_from_integer(void **state)
{
    (void)state;
    static const uint64_t edges[] = {0,
                                     1,
                                     ~UINT64_C(0),
                                     FP_SIGN,
                                     FP_SIGN - 1,
                                     FP_SIGN + 1,
                                     (UINT64_C(1) << 53) + 1,
                                     (UINT64_C(1) << 24) + 1};
    uint64_t seed = 9;
    for (unsigned n = 0; n < 200000; n++) {
        const uint64_t in = n / 4 < ARRAY_SIZE(edges)
                                ? edges[n / 4]
                                : test_random(&seed) >> (test_random(&seed) & 63);
        const unsigned rn = n % 4;
        volatile uint64_t u = in;
        volatile int64_t s = (int64_t)in;
        volatile double ud, sd;
        volatile float uf, sf;
        unsigned raised[4];
        ON_HOST(rn, raised[0], ud = (double)u);
        ON_HOST(rn, raised[1], sd = (double)s);
        ON_HOST(rn, raised[2], uf = (float)u);
        ON_HOST(rn, raised[3], sf = (float)s);
        struct fp_env env[4] = {{rn, 0}, {rn, 0}, {rn, 0}, {rn, 0}};
        assert_bits(fp_from_signed(&env[1], FP_DOUBLE, s), double_bits(sd));
        assert_bits(fp_from_signed(&env[3], FP_SINGLE, s), fp_widen(float_bits(sf)));
        assert_int_equal(fpscr_raised(env[1].raised), raised[1]);
        assert_int_equal(fpscr_raised(env[3].raised), raised[3]);
        /* Hosts build the unsigned conversion from several operations: right to nearest only. */
        if (rn != FP_RND_NEAREST && in >> 63)
            continue;
        assert_bits(fp_from_unsigned(&env[0], FP_DOUBLE, u), double_bits(ud));
        assert_bits(fp_from_unsigned(&env[2], FP_SINGLE, u), fp_widen(float_bits(uf)));
        assert_int_equal(fpscr_raised(env[0].raised), raised[0]);
        assert_int_equal(fpscr_raised(env[2].raised), raised[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_single), cmocka_unit_test(test_widen_and_narrow),
        cmocka_unit_test(test_integral),     cmocka_unit_test(test_to_integer),
        cmocka_unit_test(test_from_integer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
