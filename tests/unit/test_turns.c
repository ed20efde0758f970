/*
 * Several vCPUs under sim/loop.h, with guests of a few lines in place of real ones: time never runs
 * back in the order of execution, hypercalls come in the order of time, and how a run is cut into
 * batches changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "loop.h"

#define HZ UINT64_C(1000000000)
enum { VCPUS_MAX = 9, CALLS = 4000 };

/* A guest vCPU: instructions that read the clock, call, or do nothing, drawn at random. */
struct vcpu {
    bool at_once; /* its last call acts on memory alone */
    uint64_t random, icount, idle, limit;
    uint64_t pending; /* kind of the next instruction, drawn already; 0: none */
    uint64_t timer;   /* timebase */
    bool halted, woken;
};

struct guest {
    unsigned last_run;
    uint64_t calls_ahead; /* at once, while another vCPU was behind */
    struct loop loop;
    struct isa_clock clock;
    struct console console;
    struct watch_list watches;
    struct vcpu vcpus[VCPUS_MAX];
    uint64_t last_read, last_call; /* cycles, in the order of execution */
    uint64_t hash, calls, reads, waits;
    uint64_t event; /* cycle of a device's next event */
    uint64_t most;  /* budgets are cut to this by the test */
};

enum { KIND_PLAIN = 1, KIND_CLOCK, KIND_CALL };

static void mix(struct guest *g, uint64_t v)
{
    g->hash = (g->hash ^ v) * UINT64_C(0x100000001b3);
}

static uint64_t draw(struct vcpu *v)
{
    v->random = v->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return v->random >> 33;
}

static uint64_t cycle_of(const struct guest *g, const struct vcpu *v)
{
    return v->icount * g->clock.cpi + g->clock.idle_cycles + v->idle;
}

static void idle_until(struct guest *g, struct vcpu *v, uint64_t cycle)
{
    const uint64_t own = cycle_of(g, v);
    if (own < cycle)
        v->idle += cycle - own;
}

static uint64_t guest_cycle(void *ctx, unsigned vcpu)
{
    struct guest *const g = ctx;
    return cycle_of(g, &g->vcpus[vcpu]);
}

static void guest_limit(void *ctx, unsigned vcpu, uint64_t cycle)
{
    struct guest *const g = ctx;
    g->vcpus[vcpu].limit = cycle;
}

static uint64_t kind_of(uint64_t n)
{
    return n % 1000 == 0 ? KIND_CALL : n % 97 < 2 ? KIND_CLOCK : KIND_PLAIN;
}

static enum engine_stop guest_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct guest *const g = ctx;
    struct vcpu *const v = &g->vcpus[vcpu];
    assert_false(v->halted);
    g->last_run = vcpu;
    for (*retired = 0; *retired < budget;) {
        const uint64_t now = cycle_of(g, v);
        if (!v->pending)
            v->pending = kind_of(draw(v));
        if (v->pending == KIND_CLOCK) {
            if (now > v->limit)
                return STOP_CLOCK;
            assert_true(now >= g->last_read);
            g->last_read = now;
            g->reads++;
            mix(g, now);
            mix(g, vcpu);
        }
        const bool call = v->pending == KIND_CALL;
        v->pending = 0;
        v->icount++;
        ++*retired;
        if (call) {
            v->at_once = draw(v) % 3 == 0;
            return STOP_HCALL;
        }
    }
    return STOP_BUDGET;
}

static bool guest_hcall_at_once(void *ctx, unsigned vcpu)
{
    return ((struct guest *)ctx)->vcpus[vcpu].at_once;
}

/* Right behind the instruction, whatever the time is for others. */
static void call_at_once(struct guest *g, unsigned vcpu)
{
    const uint64_t now = cycle_of(g, &g->vcpus[vcpu]);
    assert_true(g->last_run == vcpu);
    assert_true(now >= loop_cycle(&g->loop));
    g->calls_ahead += now > loop_cycle(&g->loop);
    mix(g, now);
    mix(g, vcpu);
    mix(g, g->loop.icount);
}

/* Waits for a timer or for good, or wakes another. */
static enum pseries_action guest_hcall(void *ctx, unsigned vcpu)
{
    struct guest *const g = ctx;
    struct vcpu *const v = &g->vcpus[vcpu];
    const uint64_t now = cycle_of(g, v);
    if (v->at_once) {
        call_at_once(g, vcpu);
        return PSERIES_CONTINUE;
    }
    assert_true(now == loop_cycle(&g->loop));
    assert_true(now >= g->last_call && now >= g->last_read);
    g->last_call = now;
    mix(g, now);
    mix(g, vcpu);
    mix(g, g->loop.icount);
    if (++g->calls == CALLS)
        return PSERIES_POWER_OFF;
    switch (draw(v) % 4) {
    case 0:
        v->timer = clock_timebase(&g->clock, now) + 1 + draw(v) % 30000;
        v->halted = true;
        g->waits++;
        return PSERIES_IDLE;
    case 1:
        if (vcpu == 0)
            return PSERIES_CONTINUE;
        v->timer = LOOP_NEVER;
        v->halted = true;
        return PSERIES_IDLE;
    case 2:
        g->event = now + 1 + draw(v) % 30000;
        return PSERIES_CONTINUE;
    }
    struct vcpu *const other = &g->vcpus[draw(v) % g->loop.machine.vcpu_count];
    other->woken = other->halted;
    return PSERIES_CONTINUE;
}

static bool guest_halted(void *ctx, unsigned vcpu)
{
    return ((struct guest *)ctx)->vcpus[vcpu].halted;
}

static void guest_update(void *ctx, unsigned vcpu)
{
    struct guest *const g = ctx;
    struct vcpu *const v = &g->vcpus[vcpu];
    if (v->halted && (v->woken || v->timer <= clock_timebase(&g->clock, g->clock.now))) {
        idle_until(g, v, g->clock.now);
        v->halted = v->woken = false;
        assert_true(cycle_of(g, v) >= g->last_read);
    }
}

static uint64_t guest_timer_due(void *ctx, unsigned vcpu)
{
    const struct guest *const g = ctx;
    const struct vcpu *const v = &g->vcpus[vcpu];
    return v->halted ? v->timer : LOOP_NEVER;
}

static uint64_t guest_event_due(void *ctx)
{
    return ((struct guest *)ctx)->event;
}

/* A device's event wakes whoever waits for good. */
static void guest_run_events(void *ctx)
{
    struct guest *const g = ctx;
    if (g->event > g->clock.now)
        return;
    mix(g, g->clock.now);
    assert_true(g->event >= g->last_read || g->clock.now >= g->last_read);
    g->event = LOOP_NEVER;
    for (unsigned i = 0; i < g->loop.machine.vcpu_count; i++)
        g->vcpus[i].woken |= g->vcpus[i].halted && g->vcpus[i].timer == LOOP_NEVER;
}

static void on_interval(void *ctx, uint64_t icount, uint64_t cycle)
{
    struct guest *const g = ctx;
    assert_true(icount % g->loop.interval == 0);
    assert_true(cycle >= g->most);
    g->most = cycle; /* the machine's time never runs back either */
}

static void run(struct guest *g, unsigned vcpus, uint64_t cpi, uint64_t seed, uint64_t interval)
{
    *g = (struct guest){.clock = {.hz = HZ, .cpi = cpi},
                        .console = {.in_fd = -1, .out_fd = -1},
                        .event = LOOP_NEVER};
    for (unsigned i = 0; i < vcpus; i++)
        g->vcpus[i] = (struct vcpu){
            .random = seed * 1000 + i, .timer = LOOP_NEVER, .limit = LOOP_NEVER, .halted = i > 0};
    assert_int_equal(watch_init(&g->watches, NULL, 0, HZ), STATUS_OK);
    g->loop = (struct loop){
        .clock = &g->clock,
        .machine = {.ctx = g,
                    .vcpu_count = vcpus,
                    .run = guest_run,
                    .cycle = guest_cycle,
                    .limit_clock = guest_limit,
                    .hcall_at_once = guest_hcall_at_once,
                    .hcall = guest_hcall,
                    .halted = guest_halted,
                    .update = guest_update,
                    .timer_due = guest_timer_due,
                    .event_due = guest_event_due,
                    .run_events = guest_run_events},
        .recorder = {.ctx = g, .interval = on_interval},
        .console = &g->console,
        .watches = &g->watches,
        .pace = PACE_NONE,
        .interval = interval,
    };
    loop_run(&g->loop);
    watch_fini(&g->watches);
    assert_string_equal(g->loop.reason, "power-off");
}

static void assert_same(const struct guest *a, const struct guest *b)
{
    assert_true(a->hash == b->hash);
    assert_true(a->loop.icount == b->loop.icount);
    assert_true(loop_cycle(&a->loop) == loop_cycle(&b->loop));
    for (unsigned i = 0; i < a->loop.machine.vcpu_count; i++) {
        assert_true(a->vcpus[i].icount == b->vcpus[i].icount);
        assert_true(cycle_of(a, &a->vcpus[i]) == cycle_of(b, &b->vcpus[i]));
    }
}

/* Intervals cut batches; 1 cuts them all. */
static void test_cutting(void **state)
{
    static struct guest whole, cut;
    static const uint64_t intervals[] = {1, 7, 999, 10000, 123456};
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        const unsigned vcpus = 1 + (unsigned)seed % VCPUS_MAX;
        const uint64_t cpi = seed % 3 + 1;
        run(&whole, vcpus, cpi, seed, 0);
        assert_true(whole.reads > 1000 && whole.waits > 100);
        assert_true(vcpus == 1 || whole.calls_ahead > 10);
        run(&cut, vcpus, cpi, seed, intervals[seed % ARRAY_SIZE(intervals)]);
        assert_same(&whole, &cut);
    }
}

/* Nobody gets far ahead of the others: all that run have about the same number of cycles. */
static void test_fairness(void **state)
{
    static struct guest g;
    (void)state;
    run(&g, 8, 1, 99, 0);
    for (unsigned i = 0; i < 8; i++) {
        assert_true(g.vcpus[i].icount > 10000);
        if (!g.vcpus[i].halted)
            assert_in_range(cycle_of(&g, &g.vcpus[i]), loop_cycle(&g.loop),
                            loop_cycle(&g.loop) + 2 * CLOCK_TURN_CYCLES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cutting),
        cmocka_unit_test(test_fairness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
