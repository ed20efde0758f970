/* Cycles to timebase ticks and back: exact for every clock, however long the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "isa/clock.h"

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state ^ *state >> 29;
}

static void test_exact(void **state)
{
    static const uint64_t clocks[] = {
        1000000,      512000000,        999999937,        1000000000,
        4116000000,   CLOCK_HZ_MAX - 1, CLOCK_HZ_MAX + 1, UINT64_C(99999999977),
        CLOCK_HZ_MAX, 100000000000};
    uint64_t random = 1;
    (void)state;
    for (unsigned i = 0; i < 1000000; i++) {
        const struct isa_clock clock = {.hz = clocks[i % ARRAY_SIZE(clocks)], .cpi = 1};
        const uint64_t v = draw(&random) >> (i / 10 % 64);
        const unsigned __int128 product = (unsigned __int128)v * TIMEBASE_HZ;
        assert_true(clock_timebase(&clock, v) == (uint64_t)(product / clock.hz));
        const uint64_t cycle = clock_cycles_at(&clock, v);
        const unsigned __int128 back = (unsigned __int128)v * clock.hz;
        assert_true(cycle == (uint64_t)((back + TIMEBASE_HZ - 1) / TIMEBASE_HZ));
        /* The first cycle at which it is that late, when there is one. */
        if (back >> 64 == 0 && cycle > 0) {
            assert_true(clock_timebase(&clock, cycle) >= v);
            assert_true(clock_timebase(&clock, cycle - 1) < v);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
