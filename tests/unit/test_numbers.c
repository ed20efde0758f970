/* sim/base/numbers.c: numbers as users write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/numbers.h"

#define MIB (UINT64_C(1) << 20)

struct sample {
    const char *text;
    enum number_result result;
    uint64_t value;
};

static void test_sizes(void **state)
{
    static const struct sample samples[] = {
        {"0", NUMBER_OK, 0},
        {"1", NUMBER_OK, MIB},
        {"1024", NUMBER_OK, 1024 * MIB},
        {"1B", NUMBER_OK, 1},
        {"64K", NUMBER_OK, 65536},
        {"64k", NUMBER_OK, 65536},
        {"512M", NUMBER_OK, 512 * MIB},
        {"1G", NUMBER_OK, 1024 * MIB},
        {"1.5G", NUMBER_OK, 1536 * MIB},
        {"0.5", NUMBER_OK, MIB / 2},
        {"0.1K", NUMBER_OK, 102},
        {"0x10", NUMBER_OK, 16 * MIB},
        {"0x10M", NUMBER_OK, 16 * MIB},
        {"15E", NUMBER_OK, UINT64_C(15) << 60},
        {"15.999999999999E", NUMBER_OK, UINT64_C(18446744073708398694)},
        {"16E", NUMBER_TOO_LARGE, 0},
        {"17592186044415", NUMBER_OK, UINT64_MAX - MIB + 1},
        {"17592186044416", NUMBER_TOO_LARGE, 0},
        {"18446744073709551615B", NUMBER_OK, UINT64_MAX},
        {"18446744073709551616B", NUMBER_TOO_LARGE, 0},
        {"99999999999999999999999999999999999999999E", NUMBER_TOO_LARGE, 0},
        {"0.0000000000000000000000000000000000000001E", NUMBER_OK, 0},
        {"", NUMBER_MALFORMED, 0},
        {"G", NUMBER_MALFORMED, 0},
        {"-1", NUMBER_MALFORMED, 0},
        {"+1", NUMBER_MALFORMED, 0},
        {" 1", NUMBER_MALFORMED, 0},
        {"1 ", NUMBER_MALFORMED, 0},
        {"1GB", NUMBER_MALFORMED, 0},
        {"1X", NUMBER_MALFORMED, 0},
        {"1.", NUMBER_MALFORMED, 0},
        {".5G", NUMBER_MALFORMED, 0},
        {"1.5.5", NUMBER_MALFORMED, 0},
        {"0x", NUMBER_MALFORMED, 0},
        {"0x1.8", NUMBER_MALFORMED, 0},
        {"nan", NUMBER_MALFORMED, 0},
        {"1e9", NUMBER_MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        uint64_t value = 0;
        print_message("%s\n", samples[i].text);
        assert_int_equal(number_parse_size(samples[i].text, MIB, &value), samples[i].result);
        assert_true(value == samples[i].value);
    }
}

static void test_counts(void **state)
{
    static const struct sample samples[] = {
        {"0", NUMBER_OK, 0},
        {"100", NUMBER_OK, 100},
        {"10k", NUMBER_OK, 10000},
        {"5M", NUMBER_OK, 5000000},
        {"1.25G", NUMBER_OK, 1250000000},
        {"2T", NUMBER_OK, UINT64_C(2000000000000)},
        {"18E", NUMBER_OK, UINT64_C(18000000000000000000)},
        {"19E", NUMBER_TOO_LARGE, 0},
        {"1B", NUMBER_MALFORMED, 0},
        {"1 ", NUMBER_MALFORMED, 0},
        {"5MM", NUMBER_MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        uint64_t value = 0;
        print_message("%s\n", samples[i].text);
        assert_int_equal(number_parse_count(samples[i].text, &value), samples[i].result);
        assert_true(value == samples[i].value);
    }
}

static void test_times(void **state)
{
    static const struct sample samples[] = {
        {"1.5s", NUMBER_OK, 1500000000},
        {"200ms", NUMBER_OK, 200000000},
        {"10us", NUMBER_OK, 10000},
        {"5ns", NUMBER_OK, 5},
        {"0.5ns", NUMBER_OK, 0},
        {"18446744073s", NUMBER_OK, UINT64_C(18446744073000000000)},
        {"18446744074s", NUMBER_TOO_LARGE, 0},
        {"1", NUMBER_MALFORMED, 0},
        {"1m", NUMBER_MALFORMED, 0},
        {"1 s", NUMBER_MALFORMED, 0},
        {"s", NUMBER_MALFORMED, 0},
        {"99999999999999999999x", NUMBER_MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        uint64_t value = 0;
        print_message("%s\n", samples[i].text);
        assert_int_equal(number_parse_time(samples[i].text, &value), samples[i].result);
        assert_true(value == samples[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
