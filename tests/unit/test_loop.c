/*
 * sim/loop.h with a machine of a few lines in place of the real one: exact ends, idle time, and
 * that a run with live input is repeated from what was recorded of it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/log.h"
#include "loop.h"
#include "terminal.h"

#define HZ         UINT64_C(1000000000)
#define FIFO_SIZE  16
#define LOG_SIZE   (1u << 16)
#define MAX_INPUTS 4096

/*
 * A guest: computes for a while, then either reads its FIFO, prints a character, or cedes until
 * its timer. All that it sees (count, timebase, bytes) goes into its hash and its choices.
 */
struct guest {
    struct loop loop;
    struct isa_clock clock;
    struct console console;
    struct watch_list watches;
    struct replay replay; /* what was recorded */
    uint64_t random, hash;
    uint64_t left;                     /* instructions until the next call */
    uint64_t timer;                    /* timebase */
    bool halted, timer_pending, stops; /* stops: halts for good at its next call */
    uint8_t fifo[FIFO_SIZE];
    size_t fifo_count;
    uint64_t power_off_at; /* calls */
    uint64_t calls, resets, intervals, last_interval, budget_max;
    bool exact_intervals;
    enum pseries_action last_action;
    char printed[LOG_SIZE];
    size_t printed_size;
};

static void mix(struct guest *g, uint64_t v)
{
    g->hash = (g->hash ^ v) * UINT64_C(0x100000001b3);
}

static uint64_t timebase(const struct guest *g)
{
    return clock_timebase(g->loop.clock, loop_cycle(&g->loop));
}

static uint64_t next_random(struct guest *g)
{
    g->random = g->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return g->random >> 33;
}

static enum engine_stop guest_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct guest *const g = ctx;
    assert_int_equal(vcpu, 0);
    assert_false(g->halted);
    assert_true(budget > 0);
    if (budget > g->budget_max)
        g->budget_max = budget;
    if (g->timer_pending) { /* an interrupt: its place in the run is what matters */
        mix(g, g->loop.icount);
        g->timer_pending = false;
        g->timer = timebase(g) + 1000 + next_random(g) % 100000;
    }
    *retired = budget < g->left ? budget : g->left;
    g->left -= *retired;
    return g->left == 0 ? STOP_HCALL : STOP_BUDGET;
}

static void print(struct guest *g, char c)
{
    const uint8_t byte = (uint8_t)c;
    assert_true(g->printed_size < LOG_SIZE);
    g->printed[g->printed_size++] = c;
    loop_console_output(&g->loop, &byte, 1);
}

static enum pseries_action guest_hcall(void *ctx, unsigned vcpu)
{
    struct guest *const g = ctx;
    assert_int_equal(vcpu, 0);
    mix(g, timebase(g));
    mix(g, g->loop.icount);
    g->left = 1 + next_random(g) % 3000;
    if (++g->calls == g->power_off_at)
        return g->last_action;
    if (g->stops) {
        g->halted = true;
        g->timer = LOOP_NEVER;
        return PSERIES_IDLE;
    }
    switch (next_random(g) % 4) {
    case 0:
        for (size_t i = 0; i < g->fifo_count; i++) {
            mix(g, g->fifo[i]);
            print(g, (char)g->fifo[i]);
            g->random ^= g->fifo[i];
        }
        g->fifo_count = 0;
        return PSERIES_CONTINUE;
    case 1:
        print(g, (char)('a' + next_random(g) % 26));
        return PSERIES_CONTINUE;
    default:
        g->halted = true;
        return PSERIES_IDLE;
    }
}

static bool guest_halted(void *ctx, unsigned vcpu)
{
    (void)vcpu;
    return ((struct guest *)ctx)->halted;
}

static void guest_update(void *ctx, unsigned vcpu)
{
    struct guest *const g = ctx;
    (void)vcpu;
    if (timebase(g) >= g->timer)
        g->timer_pending = true;
    if (g->timer_pending || (g->fifo_count > 0 && !g->stops))
        g->halted = false;
}

static uint64_t guest_timer_due(void *ctx, unsigned vcpu)
{
    const struct guest *const g = ctx;
    (void)vcpu;
    return g->timer_pending ? LOOP_NEVER : g->timer;
}

static enum sim_status guest_reset(void *ctx)
{
    struct guest *const g = ctx;
    g->resets++;
    g->left = 100;
    g->halted = g->timer_pending = false;
    g->fifo_count = 0;
    g->timer = timebase(g) + 5000;
    return g->resets > 3 ? STATUS_CHANGED : STATUS_OK;
}

static const char *guest_panic_message(void *ctx)
{
    (void)ctx;
    return "out\nof \x1b luck";
}

static size_t guest_input(void *ctx, const uint8_t *bytes, size_t n)
{
    struct guest *const g = ctx;
    const size_t room = FIFO_SIZE - g->fifo_count;
    if (n > room)
        n = room;
    memcpy(g->fifo + g->fifo_count, bytes, n);
    g->fifo_count += n;
    return n;
}

static void on_input(void *ctx, uint64_t icount, uint64_t cycle, const char *source,
                     const void *bytes, size_t n)
{
    struct guest *const g = ctx;
    assert_int_equal(replay_add(&g->replay, icount, cycle, source, bytes, n), STATUS_OK);
}

static void on_interval(void *ctx, uint64_t icount, uint64_t cycle)
{
    struct guest *const g = ctx;
    g->intervals++;
    g->exact_intervals &= icount == g->intervals * g->loop.interval;
    mix(g, cycle);
}

static void init(struct guest *g, const struct run_trigger *triggers, size_t count)
{
    *g = (struct guest){.clock = {.hz = HZ, .cpi = 3},
                        .console = {.in_fd = -1, .out_fd = -1},
                        .left = 100,
                        .timer = 5000,
                        .last_action = PSERIES_POWER_OFF,
                        .power_off_at = 2000,
                        .exact_intervals = true};
    assert_int_equal(watch_init(&g->watches, triggers, count, HZ), STATUS_OK);
    g->loop = (struct loop){
        .clock = &g->clock,
        .machine = {.ctx = g,
                    .vcpu_count = 1,
                    .run = guest_run,
                    .hcall = guest_hcall,
                    .halted = guest_halted,
                    .update = guest_update,
                    .timer_due = guest_timer_due,
                    .reset = guest_reset,
                    .panic_message = guest_panic_message,
                    .input = guest_input},
        .recorder = {.ctx = g, .input = on_input, .interval = on_interval},
        .console = &g->console,
        .watches = &g->watches,
        .pace = PACE_AUTO,
        .interval = 1000,
    };
}

static void fini(struct guest *g)
{
    watch_fini(&g->watches);
    replay_fini(&g->replay);
}

static void assert_ended(const struct guest *g, enum run_db_status status, int exit_code,
                         const char *reason)
{
    assert_int_equal(g->loop.status, status);
    assert_int_equal(g->loop.exit_code, exit_code);
    assert_non_null(strstr(g->loop.reason, reason));
}

static void assert_same_run(const struct guest *a, const struct guest *b)
{
    assert_true(a->loop.icount == b->loop.icount);
    assert_true(loop_cycle(&a->loop) == loop_cycle(&b->loop));
    assert_true(a->hash == b->hash);
    assert_int_equal(a->loop.status, b->loop.status);
    assert_int_equal(a->loop.exit_code, b->loop.exit_code);
    assert_string_equal(a->loop.reason, b->loop.reason);
    assert_int_equal(a->printed_size, b->printed_size);
    assert_memory_equal(a->printed, b->printed, a->printed_size);
    assert_int_equal(a->replay.count, b->replay.count);
    for (size_t i = 0; i < a->replay.count; i++) {
        const struct replay_input *const x = &a->replay.inputs[i], *const y = &b->replay.inputs[i];
        assert_true(x->icount == y->icount && x->cycle == y->cycle && x->size == y->size);
        assert_string_equal(x->source, y->source);
        assert_memory_equal(x->bytes, y->bytes, x->size);
    }
}

/* Runs `again` from what was recorded of `first`. */
static void replay(struct guest *again, struct guest *first)
{
    struct replay inputs = first->replay;
    inputs.next = 0;
    again->loop.replay = &inputs;
    loop_run(&again->loop);
    assert_int_equal(inputs.next, inputs.count);
}

static void test_power_off(void **state)
{
    static struct guest a, b;
    (void)state;
    init(&a, NULL, 0);
    init(&b, NULL, 0);
    loop_run(&a.loop);
    loop_run(&b.loop);
    assert_ended(&a, RUN_DB_COMPLETE, LOOP_EXIT_OK, "power-off");
    assert_true(a.intervals == a.loop.icount / 1000);
    assert_true(a.exact_intervals);
    assert_false(a.loop.had_live_input);
    assert_true(a.clock.idle_cycles > 0);
    assert_same_run(&a, &b);
    fini(&a);
    fini(&b);
}

static void test_stop_is_exact(void **state)
{
    static struct guest g;
    (void)state;
    for (uint64_t icount = 0; icount < 5000; icount += 617) {
        const struct run_trigger trigger = {
            .event = EVENT_ICOUNT, .icount = icount, .spelled = "icount=N"};
        init(&g, &trigger, 1);
        loop_run(&g.loop);
        assert_ended(&g, RUN_DB_COMPLETE, LOOP_EXIT_OK, "icount=N");
        assert_true(g.loop.icount == icount);
        fini(&g);
    }
    for (uint64_t ns = 0; ns < 200000; ns += 7001) {
        const struct run_trigger trigger = {
            .event = EVENT_VTIME, .vtime_ns = ns, .spelled = "vtime=T"};
        init(&g, &trigger, 1);
        loop_run(&g.loop);
        assert_ended(&g, RUN_DB_COMPLETE, LOOP_EXIT_OK, "vtime=T");
        /* To the instruction while running, to the cycle while idle. */
        assert_in_range(loop_cycle(&g.loop), ns, ns + g.clock.cpi - 1);
        fini(&g);
    }
}

static void test_stop_at_text(void **state)
{
    static struct guest whole, g;
    char text[4] = "";
    (void)state;
    init(&whole, NULL, 0);
    loop_run(&whole.loop);
    memcpy(text, whole.printed + whole.printed_size / 2, 3);
    const struct run_trigger trigger = {
        .event = EVENT_CONSOLE, .text = text, .spelled = "console=TEXT"};
    init(&g, &trigger, 1);
    loop_run(&g.loop);
    assert_ended(&g, RUN_DB_COMPLETE, LOOP_EXIT_OK, "console=TEXT");
    assert_memory_equal(g.printed + g.printed_size - 3, text, 3);
    g.printed[g.printed_size] = 0;
    assert_ptr_equal(strstr(g.printed, text), g.printed + g.printed_size - 3);
    fini(&g);
    fini(&whole);
}

static void test_resets(void **state)
{
    static const struct run_trigger triggers[] = {
        {.event = EVENT_ICOUNT, .icount = 1234, .action = ACTION_RESET, .spelled = "reset"},
        {.event = EVENT_ICOUNT, .icount = 4321, .action = ACTION_RESET, .spelled = "reset"},
    };
    static struct guest g;
    (void)state;
    init(&g, triggers, 2);
    loop_run(&g.loop);
    assert_int_equal(g.resets, 2);
    assert_ended(&g, RUN_DB_COMPLETE, LOOP_EXIT_OK, "power-off");
    assert_true(g.exact_intervals); /* counts go on */
    fini(&g);

    init(&g, NULL, 0);
    g.last_action = PSERIES_REBOOT;
    g.power_off_at = 50;
    g.resets = 3; /* the next one fails */
    loop_run(&g.loop);
    assert_ended(&g, RUN_DB_FAILED, LOOP_EXIT_ERROR, "could not be reset");
    fini(&g);

    init(&g, NULL, 0);
    g.last_action = PSERIES_REBOOT;
    g.loop.no_reboot = true;
    loop_run(&g.loop);
    assert_ended(&g, RUN_DB_COMPLETE, LOOP_EXIT_OK, "reboot");
    assert_int_equal(g.resets, 0);
    fini(&g);
}

static void test_bad_ends(void **state)
{
    static struct guest g;
    (void)state;
    init(&g, NULL, 0);
    g.last_action = PSERIES_PANIC;
    loop_run(&g.loop);
    assert_ended(&g, RUN_DB_FAILED, LOOP_EXIT_PANIC, "guest panicked: out of   luck");
    fini(&g);

    init(&g, NULL, 0);
    g.stops = true;
    loop_run(&g.loop);
    assert_ended(&g, RUN_DB_FAILED, LOOP_EXIT_HUNG, "nothing can wake it");
    fini(&g);
}

/* Long batches end at multiples of one length whatever else cuts them. */
static void test_batches(void **state)
{
    static const struct run_trigger stop = {
        .event = EVENT_ICOUNT, .icount = 10000000, .spelled = "icount"};
    static struct guest g;
    (void)state;
    init(&g, &stop, 1);
    g.left = UINT64_MAX;
    g.timer = LOOP_NEVER;
    g.loop.interval = 0;
    g.loop.icount = 123;
    loop_run(&g.loop);
    assert_true(g.budget_max == 1000000);
    fini(&g);
}

static char script_path[] = "/tmp/test_loop_XXXXXX";

static void run_scripted(struct guest *g, struct script *script, const char *text)
{
    FILE *const file = fopen(script_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(script_load(script, script_path, HZ), STATUS_OK);
    g->loop.script = script;
    loop_run(&g->loop);
    script_fini(script);
}

static void test_script(void **state)
{
    static struct guest a, b;
    struct script script;
    (void)state;
    init(&a, NULL, 0);
    run_scripted(&a, &script,
                 "send HELLO, this is longer than the FIFO\n"
                 "expect HELLO\nsend 0123456789\nexpect 9\nstop 5\n");
    assert_ended(&a, RUN_DB_COMPLETE, 5, "script");
    assert_false(a.loop.had_live_input);
    /* The replay has no script and comes to the same end. */
    init(&b, NULL, 0);
    replay(&b, &a);
    assert_same_run(&a, &b);
    fini(&b);
    fini(&a);
}

static void test_script_fails(void **state)
{
    static struct guest a, b;
    struct script script;
    (void)state;
    init(&a, NULL, 0);
    run_scripted(&a, &script, "timeout 100us\nexpect NEVER\n");
    assert_ended(&a, RUN_DB_FAILED, LOOP_EXIT_ERROR,
                 ":2: expect \"NEVER\": not seen within 0.0001 s");
    assert_in_range(loop_cycle(&a.loop), 100000, 100002);
    init(&b, NULL, 0);
    replay(&b, &a);
    assert_same_run(&a, &b);
    fini(&b);
    fini(&a);

    init(&a, NULL, 0);
    run_scripted(&a, &script, "send x\nexpect NEVER\n");
    assert_ended(&a, RUN_DB_FAILED, LOOP_EXIT_ERROR,
                 "expect \"NEVER\": not seen before the end of the run: power-off");
    init(&b, NULL, 0);
    replay(&b, &a);
    assert_same_run(&a, &b);
    fini(&b);
    fini(&a);
}

/* Writes at moments that nobody chose. */
static void *type_slowly(void *ctx)
{
    const int fd = *(const int *)ctx;
    for (unsigned i = 0; i < 40; i++) {
        const struct timespec pause = {.tv_nsec = (long)(i * 7919 % 1500) * 1000};
        char text[48];
        const int n = snprintf(text, sizeof text, "line %u of something typed.", i);
        nanosleep(&pause, NULL);
        if (write(fd, text, (size_t)n) != n)
            break;
    }
    close(fd);
    return NULL;
}

static void run_live(struct guest *g, enum run_pace pace)
{
    int fds[2];
    pthread_t writer;
    assert_int_equal(pipe(fds), 0);
    init(g, NULL, 0);
    g->console.kind = CONSOLE_STREAM;
    g->console.in_fd = fds[0];
    g->loop.pace = pace;
    g->power_off_at = 4000;
    assert_int_equal(pthread_create(&writer, NULL, type_slowly, &fds[1]), 0);
    loop_run(&g->loop);
    close(fds[0]);
    pthread_join(writer, NULL);
}

static void test_live_input_replays(void **state)
{
    static struct guest live, again;
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* the guest may power off while the writer still types */
    for (unsigned round = 0; round < 6; round++) {
        run_live(&live, round % 2 ? PACE_AUTO : PACE_NONE);
        assert_ended(&live, RUN_DB_COMPLETE, LOOP_EXIT_OK, "power-off");
        if (round % 2) {
            assert_true(live.loop.had_live_input);
            assert_true(live.replay.count > 10);
        }
        init(&again, NULL, 0);
        again.power_off_at = 4000;
        replay(&again, &live);
        assert_same_run(&live, &again);
        assert_false(again.loop.had_live_input);
        fini(&again);
        fini(&live);
    }
}

static void test_replay_that_differs(void **state)
{
    static struct guest g;
    struct replay inputs = {0};
    (void)state;
    /* Cycle 1 of count 0 would need an idle guest. */
    init(&g, NULL, 0);
    g.loop.replay = &inputs;
    assert_int_equal(replay_add(&inputs, 0, 1, INPUT_CONSOLE, "x", 1), STATUS_OK);
    loop_run(&g.loop);
    assert_ended(&g, RUN_DB_FAILED, LOOP_EXIT_ERROR, "differs");
    fini(&g);
    replay_fini(&inputs);
    /* Nobody of that name, more than fits, and an end that is none. */
    static const char *const sources[] = {"nobody", INPUT_CONSOLE, INPUT_CONTROL};
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        init(&g, NULL, 0);
        g.loop.replay = &inputs;
        assert_int_equal(replay_add(&inputs, 0, 0, sources[i], "12345678901234567", 17), STATUS_OK);
        loop_run(&g.loop);
        assert_ended(&g, RUN_DB_FAILED, LOOP_EXIT_ERROR, "differs");
        assert_true(g.loop.icount == 0);
        fini(&g);
        replay_fini(&inputs);
    }
}

static void *kill_later(void *ctx)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    (void)ctx;
    nanosleep(&pause, NULL);
    kill(getpid(), SIGTERM);
    return NULL;
}

/* A signal ends the run at a moment that is recorded like any input. */
static void test_signal(void **state)
{
    static struct guest g, again;
    int fds[2];
    pthread_t killer;
    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(pipe(fds), 0);
        init(&g, NULL, 0);
        g.power_off_at = 0;
        g.stops = round == 1; /* idle without end, or never long */
        g.console.kind = CONSOLE_STREAM;
        g.console.in_fd = fds[0];
        g.loop.pace = round == 1 ? PACE_AUTO : PACE_NONE;
        g.printed_size = 0;
        terminal_catch_signals();
        assert_int_equal(pthread_create(&killer, NULL, kill_later, NULL), 0);
        loop_run(&g.loop);
        pthread_join(killer, NULL);
        terminal_release_signals();
        close(fds[0]);
        close(fds[1]);
        assert_ended(&g, RUN_DB_KILLED, 128 + SIGTERM, "killed by signal 15");

        terminal_catch_signals(); /* forgets the signal */
        init(&again, NULL, 0);
        again.power_off_at = 0;
        again.stops = round == 1;
        replay(&again, &g);
        terminal_release_signals();
        assert_same_run(&g, &again);
        fini(&again);
        fini(&g);
    }
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Idle time with live input passes on the host's clock, and costs nothing there. */
static void test_paced_idle(void **state)
{
    static const struct run_trigger stop = {
        .event = EVENT_VTIME, .vtime_ns = 600000000, .spelled = "vtime"};
    static struct guest g;
    struct timespec begun, now;
    int fds[2];
    (void)state;
    assert_int_equal(pipe(fds), 0);
    init(&g, &stop, 1);
    g.stops = true;
    g.console.kind = CONSOLE_STREAM;
    g.console.in_fd = fds[0];
    const double cpu = cpu_seconds();
    clock_gettime(CLOCK_MONOTONIC, &begun);
    loop_run(&g.loop);
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t ns =
        (now.tv_sec - begun.tv_sec) * INT64_C(1000000000) + now.tv_nsec - begun.tv_nsec;
    assert_true(ns >= 599000000);
    assert_true(cpu_seconds() - cpu < 0.012); /* 2 % */
    assert_true(loop_cycle(&g.loop) == 600000000);
    assert_false(g.loop.had_live_input);
    close(fds[0]);
    close(fds[1]);
    fini(&g);
}

/* A regular file on stdin is all there at once: the host has no say, the run repeats. */
static void test_file_input(void **state)
{
    static struct guest runs[2];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        FILE *const file = tmpfile();
        assert_non_null(file);
        for (unsigned line = 0; line < 300; line++)
            fprintf(file, "line %u of a file on standard input\n", line);
        fflush(file);
        rewind(file);
        init(&runs[i], NULL, 0);
        runs[i].console.kind = CONSOLE_FILE;
        runs[i].console.in_fd = fileno(file);
        loop_run(&runs[i].loop);
        assert_false(runs[i].loop.had_live_input);
        assert_true(runs[i].replay.count > 100);
        fclose(file);
    }
    assert_same_run(&runs[0], &runs[1]);
    fini(&runs[0]);
    fini(&runs[1]);
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    const int fd = mkstemp(script_path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(script_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_off),
        cmocka_unit_test(test_stop_is_exact),
        cmocka_unit_test(test_stop_at_text),
        cmocka_unit_test(test_resets),
        cmocka_unit_test(test_bad_ends),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_script_fails),
        cmocka_unit_test(test_live_input_replays),
        cmocka_unit_test(test_replay_that_differs),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_paced_idle),
        cmocka_unit_test(test_file_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
