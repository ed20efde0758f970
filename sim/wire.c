/* The one file that joins machine, engine, clock, console and recorder into a run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "config.h"
#include "host_info.h"
#include "isa/bus.h"
#include "isa/engine.h"
#include "lockstep.h"
#include "lockstep_repeat.h"
#include "loop.h"
#include "machine-pseries/pseries.h"
#include "recorder.h"
#include "run.h"
#include "terminal.h"

struct run {
    const struct run_config *config;
    struct isa_clock clock;
    struct pseries *machine; /* that of sides[0] */
    struct machine_side {
        struct run *run;
        struct pseries *machine;
        bool silent; /* its console is another's */
    } sides[2];      /* the second only in lockstep */
    struct lockstep lockstep;
    struct lockstep_repeat repeat; /* who can do the run again */
    struct lockstep_find *find;    /* not NULL: this is he, who records nothing */
    char *report;                  /* of the difference that ended it; owned */
    struct console console;
    struct script script;
    struct replay replay;
    struct watch_list watches;
    struct progress progress;
    struct run_db *db; /* NULL: nothing is recorded */
    struct recorder recorder;
    struct loop loop;
    int64_t rtc_base;
};

/* -- The machine as the loop sees it -- */

static enum engine_stop machine_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct machine_side *const m = ctx;
    return engine_run(pseries_cpu(m->machine, vcpu), budget, retired);
}

static uint64_t machine_cycle(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    return cpu_cycles(pseries_cpu(m->machine, vcpu));
}

static void machine_limit_clock(void *ctx, unsigned vcpu, uint64_t cycle)
{
    struct machine_side *const m = ctx;
    pseries_cpu(m->machine, vcpu)->clock_limit = cycle;
}

static bool machine_hcall_at_once(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    return pseries_hcall_on_memory(m->machine, pseries_cpu(m->machine, vcpu));
}

static enum pseries_action machine_hcall(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    return pseries_hcall(m->machine, pseries_cpu(m->machine, vcpu));
}

static void machine_marker(void *ctx, unsigned vcpu, uint64_t arguments[2])
{
    struct machine_side *const m = ctx;
    const struct cpu *const cpu = pseries_cpu(m->machine, vcpu);
    arguments[0] = cpu->gpr[3];
    arguments[1] = cpu->gpr[4];
}

static bool machine_halted(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    return pseries_cpu(m->machine, vcpu)->halted;
}

static void machine_update(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    struct cpu *const cpu = pseries_cpu(m->machine, vcpu);
    if (cpu->halted)
        pseries_wake(m->machine, cpu);
    else
        cpu_update_timers(cpu);
}

static uint64_t machine_timer_due(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    return pseries_timer_due(m->machine, pseries_cpu(m->machine, vcpu));
}

static uint64_t machine_event_due(void *ctx)
{
    struct machine_side *const m = ctx;
    return pseries_next_event(m->machine);
}

static void machine_run_events(void *ctx)
{
    struct machine_side *const m = ctx;
    pseries_run_events(m->machine);
}

static enum sim_status machine_reset(void *ctx)
{
    struct machine_side *const m = ctx;
    return pseries_reset(m->machine);
}

static enum sim_status machine_select_engine(void *ctx, enum engine_kind engine)
{
    struct machine_side *const m = ctx;
    for (unsigned i = 0; i < pseries_cpu_count(m->machine); i++)
        TRY(engine_select(pseries_cpu(m->machine, i), engine));
    return STATUS_OK;
}

static const char *machine_panic_message(void *ctx)
{
    struct machine_side *const m = ctx;
    return pseries_panic_message(m->machine);
}

static size_t machine_input(void *ctx, const uint8_t *bytes, size_t n)
{
    struct machine_side *const m = ctx;
    struct run *const run = m->run;
    const size_t taken = pseries_console_input(m->machine, 0, bytes, n);
    if (!m->silent)
        lockstep_repeat_input(&run->repeat, run->loop.icount, loop_cycle(&run->loop), bytes, taken);
    return taken;
}

static void machine_output(void *ctx, unsigned vty, const uint8_t *bytes, size_t n)
{
    struct machine_side *const m = ctx;
    if (vty == 0 && !m->silent)
        loop_console_output(&m->run->loop, bytes, n);
}

/* -- Joining -- */

static enum sim_status load_control(struct run *run)
{
    const struct run_config *const config = run->config;
    TRY(watch_init(&run->watches, config->triggers, config->trigger_count, config->clock_hz));
    if (config->script)
        TRY(script_load(&run->script, config->script, config->clock_hz));
    if (config->replay)
        TRY(replay_load(&run->replay, config->replay, config));
    return STATUS_OK;
}

/* -rtc base=utc: the host's date is an input like any other. */
static enum sim_status choose_rtc_base(struct run *run)
{
    run->rtc_base = run->config->machine.rtc_base;
    if (!run->config->rtc_utc)
        return STATUS_OK;
    run->rtc_base = (int64_t)time(NULL);
    if (!run->config->replay)
        return STATUS_OK;
    const struct replay_input *const input = replay_next(&run->replay);
    RETURN_IF(!input || strcmp(input->source, INPUT_RTC) != 0, STATUS_MISMATCH,
              "--replay %s: was recorded without -rtc base=utc", run->config->replay);
    run->rtc_base = strtoll((const char *)input->bytes, NULL, 10);
    replay_advance(&run->replay);
    return STATUS_OK;
}

static enum sim_status create_side(struct run *run, struct machine_side *side,
                                   enum engine_kind engine)
{
    struct pseries_config config = run->config->machine;
    const struct pseries_host host = {.ctx = side, .console_output = machine_output};
    config.rtc_base = run->rtc_base;
    /* Both machines begin with the images as they are, and so does a repetition of the run. */
    config.beside = side->silent ? run->machine : NULL;
    config.defer_writes = run->config->engine == RUN_LOCKSTEP;
    config.unlocked_images = run->find;
    side->run = run;
    TRY(pseries_create(&config, &host, &run->clock, &side->machine));
    TRY(bus_limit_code(pseries_cpu(side->machine, 0)->bus, run->config->code_cache));
    for (unsigned i = 0; i < pseries_cpu_count(side->machine); i++)
        pseries_cpu(side->machine, i)->uncounted = !run->config->counters;
    return machine_select_engine(side, engine);
}

static enum sim_status create_machine(struct run *run)
{
    const struct pseries_image *images;
    const bool lockstep = run->config->engine == RUN_LOCKSTEP;
    run->clock = (struct isa_clock){.hz = run->config->clock_hz, .cpi = run->config->cpi};
    isa_init();
    TRY(create_side(run, &run->sides[0],
                    run->config->engine == RUN_THREADED ? ENGINE_THREADED : ENGINE_PRECISE));
    run->machine = run->sides[0].machine;
    if (lockstep) {
        run->sides[1].silent = true;
        TRY(create_side(run, &run->sides[1], ENGINE_THREADED));
    }
    const size_t count = pseries_images(run->machine, &images);
    return run->config->replay ? replay_check_images(run->config->replay, images, count)
                               : STATUS_OK;
}

static void record_setting(void *ctx, const char *name, const char *value, bool guest)
{
    struct run *const run = ctx;
    if (!value)
        value = REPLAY_FLAG_VALUE;
    if (guest)
        run_db_config(run->db, name, value);
    else
        run_db_host(run->db, name, value);
}

static enum sim_status create_record(struct run *run, int argc, char **argv)
{
    const struct run_config *const config = run->config;
    if (!config->record)
        return STATUS_OK;
    const struct run_db_open_options options = {.path = config->record,
                                                .force = config->record_force};
    TRY(run_db_create(&options, &run->db));
    const struct recorder_guest guest = {.machine = run->machine};
    TRY(recorder_init(&run->recorder, run->db, &guest, &run->clock, config->machine.cpu->name,
                      config->interval));
    config_visit(config, record_setting, run);
    host_info_record(run->db, argc, argv);
    run_db_host(run->db, "engine", run_engine_names[run->config->engine]);
    if (config->rtc_utc) {
        char date[24];
        const int n = snprintf(date, sizeof date, "%" PRId64, run->rtc_base);
        run_db_input(run->db, 0, 0, INPUT_RTC, date, (size_t)n);
    }
    return STATUS_OK;
}

static struct loop_machine loop_machine_of(struct machine_side *side)
{
    return (struct loop_machine){
        .ctx = side,
        .vcpu_count = pseries_cpu_count(side->machine),
        .run = machine_run,
        .cycle = machine_cycle,
        .limit_clock = machine_limit_clock,
        .hcall_at_once = machine_hcall_at_once,
        .hcall = machine_hcall,
        .marker = machine_marker,
        .halted = machine_halted,
        .update = machine_update,
        .timer_due = machine_timer_due,
        .event_due = machine_event_due,
        .run_events = machine_run_events,
        .reset = machine_reset,
        .select_engine = machine_select_engine,
        .panic_message = machine_panic_message,
        .input = machine_input,
    };
}

static struct cpu *side_cpu(void *ctx, unsigned vcpu)
{
    struct machine_side *const m = ctx;
    return pseries_cpu(m->machine, vcpu);
}

static void engines_differ(void *ctx, const char *what)
{
    struct run *const run = ctx;
    loop_end(&run->loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, "%s", what);
}

static bool disks_differ(void *ctx, struct pseries_disk_difference *difference)
{
    const struct run *const run = ctx;
    return pseries_disks_differ(run->sides[0].machine, run->sides[1].machine, difference);
}

/* The machine that the loop runs: one side, or both in lockstep. */
static struct loop_machine whole_machine(struct run *run)
{
    if (!run->sides[1].machine)
        return loop_machine_of(&run->sides[0]);
    run->lockstep = (struct lockstep){
        .ram_size = run->config->machine.ram_size,
        .disks_differ = disks_differ,
        .disks_ctx = run,
        .ends = engines_differ,
        .ends_ctx = run,
    };
    for (unsigned i = 0; i < 2; i++)
        run->lockstep.side[i] =
            (struct lockstep_side){.name = i ? "threaded" : "precise",
                                   .machine = loop_machine_of(&run->sides[i]),
                                   .cpu = side_cpu,
                                   .ram = pseries_cpu(run->sides[i].machine, 0)->bus->ram};
    lockstep_init(&run->lockstep);
    return lockstep_machine(&run->lockstep);
}

static void create_loop(struct run *run)
{
    const struct run_config *const config = run->config;
    run->loop = (struct loop){
        .clock = &run->clock,
        .machine = whole_machine(run),
        .console = &run->console,
        .script = config->script ? &run->script : NULL,
        .replay = config->replay || (run->find && !config->script) ? &run->replay : NULL,
        .watches = &run->watches,
        .pace = run->find ? PACE_NONE : config->pace,
        .no_reboot = config->no_reboot,
        .had_live_input = config->rtc_utc && !config->replay,
    };
    if (config->record)
        run->loop.interval = config->interval;
    if (run->db)
        run->loop.recorder = recorder_hooks(&run->recorder);
}

/* -- The run -- */

/* What the record says of its inputs, and of how the run can be repeated (contract 3). */
static void record_inputs(struct run *run, bool live)
{
    const bool replayed = run->config->replay;
    run_db_host(run->db, "input",
                replayed              ? "replayed"
                : live                ? "live"
                : run->config->script ? "scripted"
                                      : "none");
    run_db_host(run->db, "repeatable",
                live && !replayed ? "only by --replay of this file, which holds its input"
                                  : "by the same command");
}

static void run_loop(struct run *run)
{
    const struct run_config *const config = run->config;
    struct loop *const loop = &run->loop;
    console_open(&run->console, config->serial, !config->script && !loop->replay);
    if (config->progress && !run->find &&
        progress_init(&run->progress, config->clock_hz, run->console.out_terminal))
        loop->progress = &run->progress;
    if (run->db)
        record_inputs(run, loop->had_live_input || console_is_live(&run->console));
    loop_run(loop);
    if (run->sides[1].machine && loop->status == RUN_DB_COMPLETE) {
        loop->ended = false; /* what is found now is how it ends */
        lockstep_finish(&run->lockstep);
        loop->ended = true;
    }
    console_close(&run->console);
    if (run->db)
        record_inputs(run, loop->had_live_input);
}

static void finish_record(struct run *run)
{
    struct loop *const loop = &run->loop;
    const bool ran = run->recorder.db;
    const struct run_db_end end = {
        .status = loop->status,
        .exit_code = loop->exit_code,
        .reason = loop->reason,
        .state_hash = ran ? pseries_state_hash(run->machine) : 0,
        .snapshot = ran ? recorder_finish(&run->recorder, loop->icount, loop_cycle(loop)) : NULL,
    };
    if (run_db_finish(run->db, &end) != STATUS_OK && loop->exit_code == 0)
        loop->exit_code = LOOP_EXIT_ERROR;
}

static void destroy_machines(struct run *run)
{
    pseries_destroy(run->sides[1].machine); /* has images of the other */
    pseries_destroy(run->sides[0].machine);
}

/* lockstep_repeat_fn */
static void repeat_run(void *ctx, struct lockstep_find *find)
{
    struct run *const run = ctx;
    run->find = find;
    if (!run->config->replay && lockstep_repeat_load(&run->repeat, &run->replay) != STATUS_OK)
        return;
    if (create_machine(run) == STATUS_OK) {
        create_loop(run);
        lockstep_find_begin(find, &run->lockstep);
        if (run->loop.machine.reset(run->loop.machine.ctx) == STATUS_OK)
            run_loop(run);
        lockstep_find_end(find);
    }
    destroy_machines(run);
}

/* Has the difference that ended the run traced to an instruction, by a repetition of the run. */
static void trace_difference(struct run *run)
{
    struct loop *const loop = &run->loop;
    if (run->lockstep.difference.kind == LOCKSTEP_EQUAL)
        return;
    log_warning("%s; repeating the run to find the instruction", loop->reason);
    run->report = lockstep_repeat_ask(&run->repeat, &run->lockstep.difference);
    if (run->report)
        snprintf(loop->reason, sizeof loop->reason, "%.*s", (int)strcspn(run->report, "\n"),
                 run->report);
}

/* Not what came of a difference: the images stay as they are, and the run can be done again. */
static void write_disks(struct run *run)
{
    struct loop *const loop = &run->loop;
    if (run->lockstep.difference.kind != LOCKSTEP_EQUAL ||
        pseries_write_back(run->machine) == STATUS_OK)
        return;
    loop->ended = false; /* whatever the guest had made of it */
    loop->reported = true;
    loop_end(loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, "a disk could not be written back");
}

static enum sim_status prepare(struct run *run, int argc, char **argv)
{
    TRY(load_control(run));
    TRY(choose_rtc_base(run));
    if (run->config->engine == RUN_LOCKSTEP)
        TRY(lockstep_repeat_open(&run->repeat, repeat_run, run));
    TRY(create_machine(run));
    return create_record(run, argc, argv);
}

static void report_end(const struct run *run)
{
    if (run->loop.status == RUN_DB_COMPLETE)
        log_info("%s", run->loop.reason);
    else if (!run->loop.reported)
        log_error("%s", run->loop.reason);
    const char *const details = run->report ? strchr(run->report, '\n') : NULL;
    if (details)
        fputs(details + 1, stderr);
}

int run_execute(const struct run_config *config, int argc, char **argv)
{
    struct run *const run = calloc(1, sizeof *run);
    if (!run) {
        status_fail(STATUS_NO_MEMORY, "no memory for a run");
        return LOOP_EXIT_ERROR;
    }
    run->config = config;
    run->repeat.fd = -1;
    terminal_catch_signals();
    enum sim_status status = prepare(run, argc, argv);
    if (status == STATUS_OK) {
        create_loop(run);
        status = run->loop.machine.reset(run->loop.machine.ctx);
    }
    if (status == STATUS_OK) {
        /* As QEMU: dumpdtb asks for the tree, not for a run. */
        if (config->machine.dumpdtb)
            loop_end(&run->loop, RUN_DB_COMPLETE, LOOP_EXIT_OK, "-M dumpdtb: device tree written");
        else
            run_loop(run);
        trace_difference(run);
        write_disks(run);
        report_end(run);
    } else {
        loop_end(&run->loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, "%s", status_sentence(status));
    }
    if (run->db)
        finish_record(run);
    const int exit_code = run->loop.exit_code;
    lockstep_repeat_close(&run->repeat);
    free(run->report);
    recorder_fini(&run->recorder);
    destroy_machines(run);
    replay_fini(&run->replay);
    script_fini(&run->script);
    watch_fini(&run->watches);
    free(run);
    terminal_release_signals();
    return exit_code;
}
