/*
 * isa/fp arithmetic against the host's IEEE FPU: values, exceptions and FR of add, sub, mul, div,
 * sqrt and the fused multiply-add, in both precisions and all rounding modes. Where the host may
 * differ by right: which NaN results, tininess found after rounding (only when the result is the
 * smallest normal number), and infinity * 0 + QNaN.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fp_host.h"

enum operation { ADD, SUB, MUL, DIV, SQRT, MADD, MSUB, NMADD, NMSUB, OPERATIONS };
static const char *const operation_names[] = {"add",  "sub",  "mul",   "div",  "sqrt",
                                              "madd", "msub", "nmadd", "nmsub"};

/* One operation on one side; for FP_SINGLE, images are singles in double format. */
struct outcome {
    uint64_t value;
    unsigned raised;
};

/* `volatile` keeps every operation between the calls that set the mode and read the flags. */
static double host_operate_double(enum operation op, double a0, double b0, double c0)
{
    volatile double a = a0, b = b0, c = c0, r = 0;
    switch (op) {
    case ADD:
        r = a + b;
        break;
    case SUB:
        r = a - b;
        break;
    case MUL:
        r = a * b;
        break;
    case DIV:
        r = a / b;
        break;
    case SQRT:
        r = sqrt(b);
        break;
    case MADD:
    case NMADD:
        r = fma(a, c, b);
        break;
    default:
        r = fma(a, c, -b);
        break;
    }
    return op >= NMADD ? -r : r;
}

static float host_operate_single(enum operation op, float a0, float b0, float c0)
{
    volatile float a = a0, b = b0, c = c0, r = 0;
    switch (op) {
    case ADD:
        r = a + b;
        break;
    case SUB:
        r = a - b;
        break;
    case MUL:
        r = a * b;
        break;
    case DIV:
        r = a / b;
        break;
    case SQRT:
        r = sqrtf(b);
        break;
    case MADD:
    case NMADD:
        r = fmaf(a, c, b);
        break;
    default:
        r = fmaf(a, c, -b);
        break;
    }
    return op >= NMADD ? -r : r;
}

static struct outcome host_operate(enum operation op, enum fp_format format, int mode, uint64_t a,
                                   uint64_t b, uint64_t c)
{
    struct outcome out;
    float single = 0;
    double wide = 0;
    fesetround(mode);
    feclearexcept(FE_ALL_EXCEPT);
    if (format == FP_SINGLE)
        single = host_operate_single(op, host_float(fp_narrow(a)), host_float(fp_narrow(b)),
                                     host_float(fp_narrow(c)));
    else
        wide = host_operate_double(op, host_double(a), host_double(b), host_double(c));
    out.raised = host_raised();
    fesetround(FE_TONEAREST);
    out.value = format == FP_SINGLE ? fp_widen(float_bits(single)) : double_bits(wide);
    return out;
}

static uint64_t our_operate(struct fp_env *env, enum operation op, enum fp_format format,
                            uint64_t a, uint64_t b, uint64_t c)
{
    switch (op) {
    case ADD:
        return fp_add(env, format, a, b);
    case SUB:
        return fp_sub(env, format, a, b);
    case MUL:
        return fp_mul(env, format, a, b);
    case DIV:
        return fp_div(env, format, a, b);
    case SQRT:
        return fp_sqrt(env, format, b);
    default:
        return fp_fma(env, format, (enum fp_fused)(op - MADD), a, c, b);
    }
}

static void compare_one(enum operation op, enum fp_format format, unsigned rn, uint64_t a,
                        uint64_t b, uint64_t c)
{
    struct fp_env env = {.fpscr = rn};
    const uint64_t value = our_operate(&env, op, format, a, b, c);
    const struct outcome host = host_operate(op, format, host_modes[rn], a, b, c);
    const bool nan = fp_is_nan(host.value);
    unsigned ignored = 0;
    if ((value & ~FP_SIGN) == (format == FP_SINGLE ? fp_widen(0x00800000) : FP_FRACTION + 1))
        ignored |= HOST_UX;
    if (op >= MADD && nan && (fp_is_nan(a) || fp_is_nan(b) || fp_is_nan(c)))
        ignored |= HOST_VX;

    bool good = nan ? fp_is_nan(value) && (value & FP_QUIET) : value == host.value;
    good = good && !((fpscr_raised(env.raised) ^ host.raised) & ~ignored);
    good = good && !(env.raised & FPSCR_FI) == !(env.raised & FPSCR_XX);
    if (!nan) { /* FR: the magnitude is above that of the exact result cut off */
        const struct outcome cut = host_operate(op, format, FE_TOWARDZERO, a, b, c);
        const bool fr = (env.raised & FPSCR_FR) != 0;
        good = good && fr == ((host.value & ~FP_SIGN) > (cut.value & ~FP_SIGN));
    }
    if (!good)
        fail_msg("%s %s rn %u a %016llx b %016llx c %016llx: %016llx raised %08llx, "
                 "host %016llx raised %x",
                 operation_names[op], format == FP_SINGLE ? "single" : "double", rn,
                 (unsigned long long)a, (unsigned long long)b, (unsigned long long)c,
                 (unsigned long long)value, (unsigned long long)env.raised,
                 (unsigned long long)host.value, host.raised);
}

static uint64_t corner(enum fp_format format, unsigned i)
{
    return format == FP_SINGLE ? fp_widen(corner_singles[i]) : corner_doubles[i];
}

static unsigned corner_count(enum fp_format format)
{
    return format == FP_SINGLE ? ARRAY_SIZE(corner_singles) : ARRAY_SIZE(corner_doubles);
}

static void test_corners(void **state)
{
    (void)state;
    for (enum fp_format format = FP_DOUBLE; format <= FP_SINGLE; format++)
        for (unsigned i = 0; i < corner_count(format); i++)
            for (unsigned j = 0; j < corner_count(format); j++)
                for (unsigned rn = 0; rn < 4; rn++)
                    for (enum operation op = ADD; op <= SQRT; op++)
                        compare_one(op, format, rn, corner(format, i), corner(format, j), 0);
}

static void test_fused_corners(void **state)
{
    (void)state;
    for (enum fp_format format = FP_DOUBLE; format <= FP_SINGLE; format++)
        for (unsigned i = 0; i < corner_count(format); i++)
            for (unsigned j = 0; j < corner_count(format); j++)
                for (unsigned k = 0; k < corner_count(format); k++)
                    for (unsigned rn = 0; rn < 4; rn++)
                        compare_one(MADD + (i + j + k) % 4, format, rn, corner(format, i),
                                    corner(format, j), corner(format, k));
}

static void test_random_doubles(void **state)
{
    (void)state;
    uint64_t seed = 20190311;
    for (unsigned n = 0; n < 400000; n++) {
        const uint64_t a = test_random_double(&seed), b = test_random_double(&seed),
                       c = test_random_double(&seed);
        compare_one((enum operation)(n % OPERATIONS), FP_DOUBLE, n / OPERATIONS % 4, a, b, c);
    }
}

static void test_random_singles(void **state)
{
    (void)state;
    uint64_t seed = 40961;
    for (unsigned n = 0; n < 400000; n++) {
        const uint64_t a = fp_widen(test_random_single(&seed)),
                       b = fp_widen(test_random_single(&seed)),
                       c = fp_widen(test_random_single(&seed));
        compare_one((enum operation)(n % OPERATIONS), FP_SINGLE, n / OPERATIONS % 4, a, b, c);
    }
}

/* a * c + b where b is close to -a * c, so that only the lost bits of the product remain. */
static void test_fused_cancellation(void **state)
{
    (void)state;
    uint64_t seed = 777;
    for (unsigned n = 0; n < 100000; n++) {
        const uint64_t a = test_random_double(&seed), c = test_random_double(&seed);
        struct fp_env env = {0};
        const uint64_t product = fp_mul(&env, FP_DOUBLE, a, c);
        const uint64_t b = (product ^ FP_SIGN) + (test_random(&seed) % 5 - 2);
        if (fp_is_nan(a) || fp_is_nan(b) || fp_is_nan(c))
            continue;
        compare_one(MADD + n % 4, FP_DOUBLE, n / 4 % 4, a, b, c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corners),
        cmocka_unit_test(test_fused_corners),
        cmocka_unit_test(test_random_doubles),
        cmocka_unit_test(test_random_singles),
        cmocka_unit_test(test_fused_cancellation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
