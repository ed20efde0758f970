/* The machine's events: their order, their time, arming anew, cancelling, reset. */
#include "device_fixture.h"

struct probe {
    struct machine_event event;
    char *log;
    char name;
    uint64_t again_ns; /* not 0: arms itself anew once */
};

static void note(struct pseries *p, struct machine_event *e)
{
    struct probe *probe = e->owner;
    probe->log[strlen(probe->log)] = probe->name;
    if (probe->again_ns) {
        const uint64_t ns = probe->again_ns;
        probe->again_ns = 0;
        event_arm(p, e, ns);
    }
}

static void make(struct probe *probe, char name, char *log)
{
    *probe = (struct probe){.log = log, .name = name};
    probe->event.fire = note;
    probe->event.owner = probe;
}

static void pass(struct fixture *f, uint64_t cycles)
{
    f->clock.idle_cycles += cycles;
    pseries_run_events(f->p);
}

static void test_order(void **state)
{
    struct fixture *f = *state;
    char log[16] = "";
    struct probe a, b, c;
    make(&a, 'a', log);
    make(&b, 'b', log);
    make(&c, 'c', log);
    assert_int_equal(pseries_next_event(f->p), EVENT_NEVER);
    event_arm(f->p, &b.event, 200);
    event_arm(f->p, &a.event, 100);
    event_arm(f->p, &c.event, 200); /* behind b, which was first for that cycle */
    assert_int_equal(pseries_next_event(f->p), 100);
    pass(f, 99);
    assert_string_equal(log, "");
    pass(f, 1);
    assert_string_equal(log, "a");
    pass(f, 100);
    assert_string_equal(log, "abc");
    assert_int_equal(pseries_next_event(f->p), EVENT_NEVER);
}

static void test_again_and_cancel(void **state)
{
    struct fixture *f = *state;
    char log[16] = "";
    struct probe a, b;
    make(&a, 'a', log);
    make(&b, 'b', log);
    a.again_ns = 10;
    event_arm(f->p, &a.event, 5);
    event_arm(f->p, &b.event, 20);
    event_arm(f->p, &b.event, 50); /* anew: the earlier time no longer counts */
    pass(f, 5);
    assert_string_equal(log, "a");
    assert_int_equal(pseries_next_event(f->p), 15);
    event_cancel(f->p, &b.event);
    event_cancel(f->p, &b.event);
    pass(f, 100);
    assert_string_equal(log, "aa");
}

static void test_soon_and_far(void **state)
{
    struct fixture *f = *state;
    char log[16] = "";
    struct probe a;
    make(&a, 'a', log);
    event_arm(f->p, &a.event, 0);
    assert_int_equal(pseries_next_event(f->p), pseries_now(f->p) + 1);
    event_arm(f->p, &a.event, UINT64_MAX);
    assert_true(pseries_next_event(f->p) > UINT64_MAX / 4);
    assert_true(pseries_next_event(f->p) < EVENT_NEVER);
    event_reset(f->p);
    assert_false(a.event.armed);
    assert_int_equal(pseries_next_event(f->p), EVENT_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_again_and_cancel, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_soon_and_far, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
