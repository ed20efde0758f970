#include "loop.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bits.h"
#include "base/log.h"
#include "terminal.h"
#include "turns.h"

/* Longest sleep at a stretch: a signal between a test and the sleep waits no longer. */
#define SLEEP_MAX_NS UINT64_C(250000000)

void loop_end(struct loop *loop, enum run_db_status status, int exit_code, const char *fmt, ...)
{
    va_list args;
    if (loop->ended)
        return;
    loop->ended = true;
    loop->status = status;
    loop->exit_code = exit_code;
    va_start(args, fmt);
    vsnprintf(loop->reason, sizeof loop->reason, fmt, args);
    va_end(args);
    /* A panicking guest chooses the words: no control bytes reach the user's terminal. */
    for (char *c = loop->reason; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
}

/* Ends the run after a failure of which the user has read already. */
static void end_reported(struct loop *loop, const char *reason)
{
    loop->reported |= !loop->ended;
    loop_end(loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, "%s", reason);
}

static void record_event(struct loop *loop, const char *kind, const char *text)
{
    if (loop->recorder.event)
        loop->recorder.event(loop->recorder.ctx, loop->icount, loop_cycle(loop), kind, text);
}

static void record_input(struct loop *loop, const char *source, const void *bytes, size_t n)
{
    if (loop->recorder.input)
        loop->recorder.input(loop->recorder.ctx, loop->icount, loop_cycle(loop), source, bytes, n);
}

/* -- Control: ends that come from outside. What was recorded of one is enough to repeat it. -- */

static const char *const status_words[] = {
    [RUN_DB_COMPLETE] = "complete", [RUN_DB_FAILED] = "failed", [RUN_DB_KILLED] = "killed"};

static void end_from_outside(struct loop *loop, enum run_db_status status, int exit_code,
                             const char *reason)
{
    char command[sizeof loop->reason + 32];
    loop_end(loop, status, exit_code, "%s", reason);
    snprintf(command, sizeof command, "%s %d %s", status_words[status], exit_code, loop->reason);
    record_input(loop, INPUT_CONTROL, command, strlen(command));
}

/* Ends the run as recorded; false if `text` is nothing that end_from_outside() records. */
static bool repeat_end(struct loop *loop, const char *text)
{
    char word[16];
    int exit_code, length = 0;
    if (sscanf(text, "%15s %d %n", word, &exit_code, &length) != 2 || length == 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(status_words); i++) {
        if (status_words[i] && strcmp(word, status_words[i]) == 0) {
            end_from_outside(loop, (enum run_db_status)i, exit_code & 0xff, text + length);
            return true;
        }
    }
    return false;
}

void loop_console_output(struct loop *loop, const uint8_t *bytes, size_t n)
{
    if (loop->recorder.console)
        loop->recorder.console(loop->recorder.ctx, loop->icount, loop_cycle(loop), bytes, n);
    if (loop->progress)
        progress_console(loop->progress, bytes, n);
    console_write(loop->console, bytes, n);
    watch_output(loop->watches, bytes, n);
    if (loop->script)
        script_output(loop->script, bytes, n, loop_cycle(loop));
}

/* -- What is due now -- */

static void reset_machine(struct loop *loop, const char *why)
{
    record_event(loop, "reset", why);
    log_info("reset (%s) after %" PRIu64 " instructions", why, loop->icount);
    if (loop->machine.reset(loop->machine.ctx) != STATUS_OK)
        end_reported(loop, "the machine could not be reset");
    turns_reset(loop);
}

static void select_engine(struct loop *loop, const struct run_trigger *trigger)
{
    log_info("%s: after %" PRIu64 " instructions", trigger->spelled, loop->icount);
    if (loop->machine.select_engine(loop->machine.ctx, trigger->engine) != STATUS_OK)
        end_reported(loop, "the engine could not be changed");
}

static void do_watches(struct loop *loop)
{
    const struct run_trigger *trigger;
    while (!loop->ended &&
           (trigger = watch_take(loop->watches, loop->icount, loop_cycle(loop))) != NULL) {
        if (trigger->action == ACTION_RESET)
            reset_machine(loop, trigger->spelled);
        else if (trigger->action == ACTION_ENGINE)
            select_engine(loop, trigger);
        else
            loop_end(loop, RUN_DB_COMPLETE, LOOP_EXIT_OK, "%s", trigger->spelled);
    }
}

static void do_script(struct loop *loop)
{
    const struct script *const script = loop->script;
    char waiting[256], reason[sizeof loop->reason];
    if (script->stopped) {
        end_from_outside(loop, RUN_DB_COMPLETE, script->stop_status, "stopped by the script");
    } else if (script_deadline(script) <= loop_cycle(loop) &&
               script_waiting(script, waiting, sizeof waiting)) {
        snprintf(reason, sizeof reason, "%s: not seen within %.9g s of virtual time", waiting,
                 (double)script->timeout_ns / 1e9);
        end_from_outside(loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, reason);
    }
}

/* -- Input -- */

static void replay_differs(struct loop *loop, const struct replay_input *input)
{
    loop_end(
        loop, RUN_DB_FAILED, LOOP_EXIT_ERROR,
        "--replay: this run differs from the recorded one: input for %s at instruction %" PRIu64
        ", cycle %" PRIu64 " cannot be given at instruction %" PRIu64 ", cycle %" PRIu64,
        input->source, input->icount, input->cycle, loop->icount, loop_cycle(loop));
}

static void replay_one(struct loop *loop, const struct replay_input *input)
{
    if (strcmp(input->source, INPUT_CONTROL) == 0) {
        if (!repeat_end(loop, (const char *)input->bytes))
            replay_differs(loop, input);
    } else if (strcmp(input->source, INPUT_CONSOLE) != 0 ||
               loop->machine.input(loop->machine.ctx, input->bytes, input->size) != input->size) {
        replay_differs(loop, input);
    } else {
        record_input(loop, INPUT_CONSOLE, input->bytes, input->size);
    }
}

static void do_replay(struct loop *loop)
{
    const struct replay_input *input;
    while (!loop->ended && (input = replay_next(loop->replay)) != NULL) {
        const uint64_t cycle = loop_cycle(loop);
        if (input->icount > loop->icount || (input->icount == loop->icount && input->cycle > cycle))
            return;
        if (input->icount < loop->icount || input->cycle < cycle)
            replay_differs(loop, input);
        else
            replay_one(loop, input);
        replay_advance(loop->replay);
    }
}

/* Gives bytes to the guest as far as it has room; returns how many it took. */
static size_t give(struct loop *loop, const uint8_t *bytes, size_t n)
{
    size_t given = 0;
    while (given < n) {
        const size_t taken = loop->machine.input(loop->machine.ctx, bytes + given, n - given);
        if (taken == 0)
            break;
        record_input(loop, INPUT_CONSOLE, bytes + given, taken);
        given += taken;
    }
    return given;
}

static void do_input(struct loop *loop)
{
    const uint8_t *bytes;
    size_t n;
    if (loop->replay) {
        do_replay(loop);
    } else if (loop->script) {
        n = script_typed(loop->script, &bytes);
        script_take(loop->script, give(loop, bytes, n));
    } else {
        /* A file's bytes come as the guest has room for them: the host has no say in it. */
        while ((n = console_queued(loop->console, &bytes)) > 0) {
            const size_t given = give(loop, bytes, n);
            console_take(loop->console, given);
            loop->had_live_input |= given > 0 && loop->console->has_live_bytes;
            if (given < n)
                break;
        }
    }
}

/* -- The host -- */

static void obey_host(struct loop *loop)
{
    const int number = terminal_end_signal();
    char reason[64];
    if (number) {
        loop->had_live_input = true;
        snprintf(reason, sizeof reason, "killed by signal %d", number);
        end_from_outside(loop, RUN_DB_KILLED, 128 + number, reason);
    } else if (loop->console->quit) {
        loop->had_live_input = true;
        end_from_outside(loop, RUN_DB_COMPLETE, LOOP_EXIT_OK, "Ctrl-a x");
    } else if (loop->console->out_error) {
        loop_end(loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, "standard output: %s",
                 strerror(loop->console->out_error));
    }
}

static void tick(struct loop *loop)
{
    console_flush(loop->console);
    if (loop->recorder.tick &&
        !loop->recorder.tick(loop->recorder.ctx, loop->icount, loop_cycle(loop)))
        end_reported(loop, "the run database could not be written");
    if (loop->progress)
        progress_update(loop->progress, loop->icount, loop_cycle(loop));
}

static void look_at_host(struct loop *loop)
{
    if (loop->icount - loop->looked_at >= LOOP_BATCH_MAX) {
        loop->looked_at = loop->icount;
        console_wait(loop->console, 0);
        tick(loop);
    }
    obey_host(loop);
}

/* -- Batches -- */

/*
 * The guest has ended the run by itself: not what a script was told that still waits. In the replay
 * of a scripted run the recorded inputs say so.
 */
static void end_by_guest(struct loop *loop, int exit_code, const char *what)
{
    char waiting[256], reason[sizeof loop->reason];
    if (loop->replay)
        do_replay(loop);
    if (exit_code == 0 && loop->script && script_waiting(loop->script, waiting, sizeof waiting)) {
        snprintf(reason, sizeof reason, "%s: not seen before the end of the run: %s", waiting,
                 what);
        end_from_outside(loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, reason);
    }
    loop_end(loop, RUN_DB_COMPLETE, exit_code, "%s", what);
}

static void do_hcall(struct loop *loop, unsigned vcpu)
{
    switch (loop->machine.hcall(loop->machine.ctx, vcpu)) {
    case PSERIES_CONTINUE:
    case PSERIES_IDLE:
        return;
    case PSERIES_POWER_OFF:
        end_by_guest(loop, LOOP_EXIT_OK, "power-off");
        return;
    case PSERIES_REBOOT:
        if (loop->no_reboot)
            end_by_guest(loop, LOOP_EXIT_OK, "reboot");
        else
            reset_machine(loop, "reboot");
        return;
    case PSERIES_PANIC:
        loop_end(loop, RUN_DB_FAILED, LOOP_EXIT_PANIC, "guest panicked: %s",
                 loop->machine.panic_message(loop->machine.ctx));
        return;
    }
}

static void do_marker(struct loop *loop, unsigned vcpu)
{
    enum { MARKER_EXIT = 1 }; /* workloads/include/hornpipe.h */
    uint64_t arguments[2];
    char what[64];
    loop->machine.marker(loop->machine.ctx, vcpu, arguments);
    if (arguments[0] != MARKER_EXIT)
        return;
    const int exit_code = (int)(arguments[1] & 0xff);
    snprintf(what, sizeof what, "guest exit marker, status %d", exit_code);
    end_by_guest(loop, exit_code, what);
}

/* What a vCPU asked for, now that no other is behind it. */
static void act(struct loop *loop, unsigned vcpu)
{
    const bool call = loop->vcpus[vcpu].waits == STOP_HCALL;
    loop->vcpus[vcpu].waits = STOP_BUDGET;
    if (call)
        do_hcall(loop, vcpu);
    else
        do_marker(loop, vcpu);
    turns_look(loop, vcpu);
    turns_look_at_waiting(loop);
    turns_move_time(loop);
}

/* Going round all vCPUs for what is no more than a store would cost the host's caches. */
static bool acts_at_once(const struct loop *loop, unsigned vcpu)
{
    return loop->vcpus[vcpu].waits == STOP_HCALL && loop->machine.hcall_at_once &&
           loop->machine.hcall_at_once(loop->machine.ctx, vcpu);
}

/* Runs the vCPU whose turn it is; false if others must come this far before anything else. */
static bool run_batch(struct loop *loop)
{
    const unsigned vcpu = loop->turn;
    struct loop_vcpu *const v = &loop->vcpus[vcpu];
    const uint64_t others = turns_ready(loop, turns_next(loop, vcpu));
    uint64_t retired = 0;
    loop->machine.update(loop->machine.ctx, vcpu);
    if (loop->machine.limit_clock)
        loop->machine.limit_clock(loop->machine.ctx, vcpu, others);
    const uint64_t budget = turns_budget(loop, vcpu, turns_end(loop));
    const enum engine_stop stop = loop->machine.run(loop->machine.ctx, vcpu, budget, &retired);
    assert(retired <= budget &&
           (retired > 0 || stop == STOP_STUCK || stop == STOP_CLOCK || loop->ended));
    loop->icount += retired;
    if (stop == STOP_CLOCK) {
        loop->turn_end = 0;
        if (retired == 0)
            return false;
    }
    turns_look(loop, vcpu);
    turns_move_time(loop);
    if (stop == STOP_TIMER) /* also of another thread of the core: a doorbell */
        turns_look_at_waiting(loop);
    if (stop == STOP_HCALL || stop == STOP_MARKER)
        v->waits = stop;
    else if (stop == STOP_STUCK)
        loop_end(loop, RUN_DB_FAILED, LOOP_EXIT_HUNG,
                 "the guest hangs: interrupts follow each other and no instruction completes");
    if (v->waits != STOP_BUDGET && (v->ready <= others || acts_at_once(loop, vcpu)))
        act(loop, vcpu);
    return true;
}

/* Exactly every so many instructions, and after every batch. */
static void record_batch(struct loop *loop)
{
    if (loop->interval && loop->icount == loop->next_interval) {
        loop->next_interval += loop->interval;
        if (loop->recorder.interval)
            loop->recorder.interval(loop->recorder.ctx, loop->icount, loop_cycle(loop));
    }
    if (loop->recorder.batch)
        loop->recorder.batch(loop->recorder.ctx, loop->icount);
}

/* A recorded input that lies in a later cycle of this count needs an idle guest. */
static bool replay_needs_idle(const struct loop *loop)
{
    return loop->replay && replay_next_icount(loop->replay) <= loop->icount;
}

/* -- Idle time -- */

static uint64_t host_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* a * b / c without overflow, at most LOOP_NEVER - 1. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    const unsigned __int128 v = (unsigned __int128)a * b / c;
    return v < LOOP_NEVER ? (uint64_t)v : LOOP_NEVER - 1;
}

/*
 * Sleeps until the host's clock has moved on as far as virtual time must (`cycles`, LOOP_NEVER: no
 * end) or something comes from the host. Returns the cycles that have passed.
 */
static uint64_t sleep_cycles(struct loop *loop, uint64_t cycles)
{
    const uint64_t hz = loop->clock->hz, begun = host_ns();
    const bool was_live = console_is_live(loop->console);
    const uint64_t ns = cycles == LOOP_NEVER ? LOOP_NEVER : scale(cycles, 1000000000, hz);
    for (;;) {
        const uint64_t elapsed = host_ns() - begun;
        if (elapsed >= ns)
            return cycles;
        const enum console_event event =
            console_wait(loop->console, least(ns - elapsed, SLEEP_MAX_NS));
        tick(loop);
        if (event == CONSOLE_INPUT || loop->console->quit || terminal_end_signal() || loop->ended ||
            was_live != console_is_live(loop->console))
            return least(scale(host_ns() - begun, hz, 1000000000), cycles);
    }
}

/* Nobody runs; `next` is when the first timer wakes somebody. */
static void idle(struct loop *loop, uint64_t next)
{
    const uint64_t now = loop_cycle(loop);
    next = least(next, least(turns_own_business(loop), turns_event_cycle(loop)));
    assert(next > now);
    const bool live = console_is_live(loop->console);
    const bool paced = loop->pace == PACE_HOST || (loop->pace == PACE_AUTO && live);
    if (next == LOOP_NEVER && !live) {
        const bool more = loop->replay && replay_next(loop->replay);
        loop_end(loop, RUN_DB_FAILED, LOOP_EXIT_HUNG, "the guest is idle and nothing can wake it%s",
                 more ? "; the recorded run had gone on" : "");
        return;
    }
    if (paced || next == LOOP_NEVER) {
        console_flush(loop->console);
        const uint64_t cycles = next == LOOP_NEVER ? LOOP_NEVER : next - now;
        turns_pass_idle(loop, sleep_cycles(loop, cycles));
        return;
    }
    if (live && console_wait(loop->console, 0) == CONSOLE_INPUT)
        return;
    turns_pass_idle(loop, next - now);
}

/* -- The loop -- */

/* No turn is under way: what the vCPU furthest behind does next; true if it begins a turn. */
static bool begin_turn(struct loop *loop)
{
    const unsigned next = turns_next(loop, LOOP_VCPUS_MAX);
    if (!turns_any_running(loop)) {
        idle(loop, turns_ready(loop, next));
        return false;
    }
    if (loop->vcpus[next].halted) { /* it is woken when the next step looks */
        loop->clock->now = loop->vcpus[next].ready;
        return false;
    }
    if (loop->vcpus[next].waits != STOP_BUDGET) {
        act(loop, next);
        return false;
    }
    turns_begin(loop, next);
    return true;
}

/* Whatever has cut a turn, it goes on before anything else is done. */
static void go_on(struct loop *loop)
{
    while (turns_goes_on(loop) || begin_turn(loop)) {
        if (replay_needs_idle(loop)) {
            replay_differs(loop, replay_next(loop->replay));
            return;
        }
        if (run_batch(loop)) {
            record_batch(loop);
            return;
        }
    }
}

static void step(struct loop *loop)
{
    do_watches(loop);
    if (!loop->ended && loop->script)
        do_script(loop);
    if (!loop->ended)
        look_at_host(loop);
    if (!loop->ended)
        do_input(loop);
    if (loop->ended)
        return;
    if (loop->machine.run_events)
        loop->machine.run_events(loop->machine.ctx);
    turns_look_at_waiting(loop);
    go_on(loop);
}

void loop_run(struct loop *loop)
{
    assert(loop->machine.vcpu_count <= LOOP_VCPUS_MAX);
    loop->clock->now = clock_cycles(loop->clock, loop->icount);
    turns_reset(loop);
    loop->next_interval = loop->icount + loop->interval;
    if (loop->script)
        script_start(loop->script, loop_cycle(loop));
    while (!loop->ended)
        step(loop);
    if (loop->progress)
        progress_clear(loop->progress);
    console_flush(loop->console);
}
