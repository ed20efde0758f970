/*
 * How a run runs (contracts 2 and 3): batches of instructions, virtual time, idle time, and what
 * comes from outside. The machine and what records are reached through two tables of functions, so
 * that this file knows neither; wire.c joins them.
 *
 * A step of the loop: events that are due, then input, then timers, then either a batch or, when
 * every vCPU waits, idle time up to the next event. Whatever the host decides (when live input
 * comes, a signal) takes effect between two steps and is reported with the count and cycle then, so
 * that a replay can repeat it: the steps of the two runs need not be the same, their order of
 * effects is.
 *
 * Several vCPUs take turns: the one that is furthest behind runs to the end of the present turn, a
 * multiple of CLOCK_TURN_CYCLES, or to the next event. A turn also ends where it would read a clock
 * before every other vCPU has come there; a hypercall is carried out when they have. A batch that
 * is cut for another reason (an interval, --until, input) goes on as the same turn, so cutting
 * changes nothing. The machine's time is that of the vCPU furthest behind, waiting ones included
 * that their timer will wake.
 */
#ifndef HORNPIPE_LOOP_H
#define HORNPIPE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "console.h"
#include "isa/clock.h"
#include "isa/engine.h"
#include "machine-pseries/pseries.h"
#include "progress.h"
#include "replay.h"
#include "script.h"
#include "trace/run_db.h"
#include "watch.h"

#define LOOP_NEVER UINT64_MAX

enum { LOOP_VCPUS_MAX = 256 };

/*
 * Batches end at multiples of this count at the latest, which is also how often the host is looked
 * at: every few milliseconds. As these are multiples, the batches of a replay end where those of
 * the recorded run did.
 */
#define LOOP_BATCH_MAX UINT64_C(1000000)

/* Names of what receives input (run_db_input). */
#define INPUT_CONSOLE "vty@71000000"
#define INPUT_CONTROL "control" /* ends the run: "STATUS EXIT-CODE REASON" */
#define INPUT_RTC     "rtc"     /* -rtc base=utc: the date at power-on, decimal Unix time */

/* Exit statuses of a run beside the guest's own and 128+N for signal N. */
enum loop_exit {
    LOOP_EXIT_OK = 0,
    LOOP_EXIT_ERROR = 1, /* of the user or host, a script's failed expect, a replay that differs */
    LOOP_EXIT_PANIC = 3, /* the guest's kernel panicked */
    LOOP_EXIT_HUNG = 4,  /* the guest can never go on */
};

/* The machine and its engine. vCPUs are numbered from 0. */
struct loop_machine {
    void *ctx;
    unsigned vcpu_count;
    /* Runs a vCPU that is not halted: engine_run(). */
    enum engine_stop (*run)(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired);
    /* Only with several vCPUs: the own time of one; how far it may read a clock when it runs. */
    uint64_t (*cycle)(void *ctx, unsigned vcpu);
    void (*limit_clock)(void *ctx, unsigned vcpu, uint64_t cycle);
    /* True if the hypercall that ended a run is carried out at once; NULL: never. */
    bool (*hcall_at_once)(void *ctx, unsigned vcpu);
    /* After STOP_HCALL, when no other vCPU that runs is behind, or at once. */
    enum pseries_action (*hcall)(void *ctx, unsigned vcpu);
    /* After STOP_MARKER: its arguments, r3 and r4. */
    void (*marker)(void *ctx, unsigned vcpu, uint64_t arguments[2]);
    bool (*halted)(void *ctx, unsigned vcpu);
    /* Brings timer interrupts up to date; if it is halted and may go on, it does so at clock->now.
     */
    void (*update)(void *ctx, unsigned vcpu);
    /* Timebase at which the vCPU's timer line changes next; LOOP_NEVER: cannot wake it. */
    uint64_t (*timer_due)(void *ctx, unsigned vcpu);
    /* Cycle of the next event of a device, LOOP_NEVER: none; lets those happen that are due. */
    uint64_t (*event_due)(void *ctx);
    void (*run_events)(void *ctx);
    enum sim_status (*reset)(void *ctx);
    /* Who runs the vCPUs from now on. NULL: that cannot be changed, and no trigger asks for it. */
    enum sim_status (*select_engine)(void *ctx, enum engine_kind engine);
    const char *(*panic_message)(void *ctx);
    /* Offers console input; returns how many bytes were taken. */
    size_t (*input)(void *ctx, const uint8_t *bytes, size_t n);
};

/* Who records; any member may be NULL. */
struct loop_recorder {
    void *ctx;
    void (*console)(void *ctx, uint64_t icount, uint64_t cycle, const uint8_t *bytes, size_t n);
    void (*input)(void *ctx, uint64_t icount, uint64_t cycle, const char *source, const void *bytes,
                  size_t n);
    void (*event)(void *ctx, uint64_t icount, uint64_t cycle, const char *kind, const char *text);
    /* Exactly every `interval` instructions. */
    void (*interval)(void *ctx, uint64_t icount, uint64_t cycle);
    /* After every batch; the batches of a repeated run end at the same counts. */
    void (*batch)(void *ctx, uint64_t icount);
    /* Now and then, host time: between two batches. False: recording has failed. */
    bool (*tick)(void *ctx, uint64_t icount, uint64_t cycle);
};

struct loop_vcpu {
    uint64_t ready; /* the cycle at which it goes on; LOOP_NEVER: another must wake it */
    bool halted;
    enum engine_stop waits; /* STOP_HCALL or STOP_MARKER, to be acted on at that cycle */
};

struct loop {
    /* -- Set by the creator, borrowed -- */
    struct isa_clock *clock;
    struct loop_machine machine;
    struct loop_recorder recorder;
    struct console *console;
    struct script *script; /* NULL: none */
    struct replay *replay; /* NULL: none */
    struct watch_list *watches;
    struct progress *progress; /* NULL: none */
    enum run_pace pace;
    bool no_reboot;
    uint64_t interval; /* instructions; 0: none */

    /* -- The run -- */
    uint64_t icount;        /* instructions completed by the machine */
    uint64_t next_interval; /* icount */
    uint64_t looked_at;     /* icount at the last look at the host */
    unsigned turn;          /* whose turn it is ... */
    uint64_t turn_end;      /* ... up to this cycle of its own; 0: nobody's */
    struct loop_vcpu vcpus[LOOP_VCPUS_MAX];
    bool had_live_input; /* something that the host decided has reached the run */
    bool ended;
    bool reported; /* the user has been told why, by whoever met the failure */
    enum run_db_status status;
    int exit_code;
    char reason[600]; /* one line */
};

/* Virtual time now: of the machine. */
static inline uint64_t loop_cycle(const struct loop *loop)
{
    return loop->clock->now;
}

/* Runs until something ends the run: loop->status, exit_code and reason say what. */
void loop_run(struct loop *loop);

/* The guest wrote to its console; to be called from the machine's callback. */
void loop_console_output(struct loop *loop, const uint8_t *bytes, size_t n);

/* Ends the run at the end of this step; the first call counts. */
void loop_end(struct loop *loop, enum run_db_status status, int exit_code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
