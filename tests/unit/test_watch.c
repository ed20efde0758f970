/* sim/watch.h: the events of --until and --at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch.h"

#define HZ UINT64_C(1000000000)

static void output(struct watch_list *list, const char *text)
{
    watch_output(list, (const uint8_t *)text, strlen(text));
}

static void test_counts(void **state)
{
    static const struct run_trigger triggers[] = {
        {.event = EVENT_ICOUNT, .icount = 300},
        {.event = EVENT_ICOUNT, .icount = 100, .action = ACTION_RESET},
    };
    struct watch_list list;
    (void)state;
    assert_int_equal(watch_init(&list, triggers, 2, HZ), STATUS_OK);
    assert_true(watch_next_icount(&list) == 100);
    assert_true(watch_next_cycle(&list) == WATCH_NEVER);
    assert_null(watch_take(&list, 99, 1000));
    assert_ptr_equal(watch_take(&list, 100, 1000), &triggers[1]);
    assert_null(watch_take(&list, 100, 1000)); /* once */
    assert_true(watch_next_icount(&list) == 300);
    assert_ptr_equal(watch_take(&list, 300, 1000), &triggers[0]);
    assert_true(watch_next_icount(&list) == WATCH_NEVER);
    watch_fini(&list);
}

static void test_both_at_once(void **state)
{
    static const struct run_trigger triggers[] = {
        {.event = EVENT_ICOUNT, .icount = 0},
        {.event = EVENT_VTIME, .vtime_ns = 0},
    };
    struct watch_list list;
    (void)state;
    assert_int_equal(watch_init(&list, triggers, 2, HZ), STATUS_OK);
    assert_ptr_equal(watch_take(&list, 0, 0), &triggers[0]);
    assert_ptr_equal(watch_take(&list, 0, 0), &triggers[1]);
    assert_null(watch_take(&list, 0, 0));
    watch_fini(&list);
}

/* Time is rounded up to whole cycles, and does not overflow. */
static void test_times(void **state)
{
    static const struct run_trigger triggers[] = {
        {.event = EVENT_VTIME, .vtime_ns = 10},
        {.event = EVENT_VTIME, .vtime_ns = UINT64_MAX},
    };
    struct watch_list list;
    (void)state;
    assert_int_equal(watch_init(&list, triggers, 2, UINT64_C(3250000000)), STATUS_OK);
    assert_true(watch_next_cycle(&list) == 33);
    assert_null(watch_take(&list, 1000, 32));
    assert_ptr_equal(watch_take(&list, 0, 33), &triggers[0]);
    assert_true(watch_next_cycle(&list) == WATCH_NEVER);
    assert_null(watch_take(&list, 0, UINT64_MAX - 1));
    watch_fini(&list);
}

static void test_console(void **state)
{
    static const struct run_trigger triggers[] = {
        {.event = EVENT_CONSOLE, .text = "panic"},
        {.event = EVENT_CONSOLE, .text = "ni"},
    };
    struct watch_list list;
    (void)state;
    assert_int_equal(watch_init(&list, triggers, 2, HZ), STATUS_OK);
    output(&list, "pa");
    assert_null(watch_take(&list, 5, 5));
    output(&list, "nicpanic");
    assert_ptr_equal(watch_take(&list, 5, 5), &triggers[0]);
    assert_ptr_equal(watch_take(&list, 5, 5), &triggers[1]);
    output(&list, "panic");
    assert_null(watch_take(&list, 6, 6));
    watch_fini(&list);
}

static void test_none(void **state)
{
    struct watch_list list;
    (void)state;
    assert_int_equal(watch_init(&list, NULL, 0, HZ), STATUS_OK);
    assert_true(watch_next_icount(&list) == WATCH_NEVER);
    assert_true(watch_next_cycle(&list) == WATCH_NEVER);
    assert_null(watch_take(&list, 1, 1));
    watch_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts), cmocka_unit_test(test_both_at_once),
        cmocka_unit_test(test_times),  cmocka_unit_test(test_console),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
