/* Joins a user-mode program, clock, loop and recorder into a run. */
#define _GNU_SOURCE /* O_PATH */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "host_info.h"
#include "loop.h"
#include "machine-pseries/image.h"
#include "recorder.h"
#include "terminal.h"
#include "user/kernel.h"
#include "user_config.h"

#define PROGRAM_MAX (UINT64_C(1) << 30)

struct user_run {
    const struct user_config *config;
    struct user_settings settings;
    struct isa_clock clock;
    struct user_kernel *kernel;
    struct image_file image;
    struct console console; /* of the loop; the program has the host's descriptors itself */
    struct watch_list watches;
    struct run_db *db; /* NULL: nothing is recorded */
    struct recorder recorder;
    struct loop loop;
    bool live_input;
};

/* -- The process as the loop's machine -- */

static void end_if_done(struct user_run *run)
{
    const struct user_kernel *const kernel = run->kernel;
    if (kernel->ended)
        loop_end(&run->loop, RUN_DB_COMPLETE, kernel->exit_status, "%s", kernel->reason);
}

static enum engine_stop machine_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct user_run *const run = ctx;
    enum engine_stop stop = STOP_BUDGET;
    (void)vcpu;
    *retired = 0;
    /* A signal that came with the time may have ended it. */
    if (!run->kernel->ended)
        stop = kernel_run(run->kernel, budget, retired);
    end_if_done(run);
    return stop;
}

static enum pseries_action machine_hcall(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return PSERIES_CONTINUE;
}

static enum sim_status machine_select_engine(void *ctx, enum engine_kind engine)
{
    struct user_run *const run = ctx;
    return engine_select(run->kernel->cpu, engine);
}

static bool machine_halted(void *ctx, unsigned vcpu)
{
    const struct user_run *const run = ctx;
    (void)vcpu;
    return run->kernel->wait != WAIT_NOTHING && !run->kernel->ended;
}

static void machine_update(void *ctx, unsigned vcpu)
{
    struct user_run *const run = ctx;
    (void)vcpu;
    kernel_update(run->kernel);
}

static uint64_t machine_timer_due(void *ctx, unsigned vcpu)
{
    const struct user_run *const run = ctx;
    (void)vcpu;
    return kernel_due(run->kernel);
}

/* -- What the kernel tells -- */

static uint64_t icount(const struct user_run *run)
{
    return cpu_icount(run->kernel->cpu);
}

static uint64_t cycle(const struct user_run *run)
{
    return clock_cycles(&run->clock, icount(run));
}

static void on_output(void *ctx, unsigned stream, const uint8_t *bytes, size_t n)
{
    struct user_run *const run = ctx;
    if (run->db)
        run_db_console(run->db, icount(run), cycle(run), stream, bytes, n);
    watch_output(&run->watches, bytes, n);
}

static void on_input(void *ctx, const uint8_t *bytes, size_t n, bool live)
{
    struct user_run *const run = ctx;
    run->live_input |= live;
    if (run->db)
        run_db_input(run->db, icount(run), cycle(run), "stdin", bytes, n);
}

static void on_event(void *ctx, const char *kind, const char *text)
{
    struct user_run *const run = ctx;
    if (run->db)
        run_db_event(run->db, icount(run), cycle(run), kind, text);
}

/* -- Before the run -- */

static enum sim_status give_directories(const struct user_config *config, struct vfs *vfs)
{
    for (size_t i = 0; i < config->given_count; i++) {
        const struct user_given *const given = &config->given[i];
        char host[PATH_MAX];
        RETURN_IF(!realpath(given->dir, host), STATUS_NO_FILE, "%s %s: %s", given->option,
                  given->dir, strerror(errno));
        TRY(vfs_add(vfs, given->option, host, given->at ? given->at : host, given->writable));
    }
    return STATUS_OK;
}

/* The host's working directory, if the program was given it at the same place. */
static void choose_cwd(const struct user_config *config, struct vfs *vfs)
{
    char here[PATH_MAX];
    struct vfs_place place;
    struct stat st;
    memcpy(vfs->cwd, "/", 2);
    const char *const wanted = config->cwd ? config->cwd : getcwd(here, sizeof here);
    if (!wanted || vfs_walk(vfs, "/", wanted, VFS_FOLLOW, &place) != 0)
        return;
    const bool same = config->cwd || (stat(".", &st) == 0 && st.st_dev == place.st.st_dev &&
                                      st.st_ino == place.st.st_ino);
    if (same && (place.is_virtual || (place.fd >= 0 && S_ISDIR(place.st.st_mode))))
        memcpy(vfs->cwd, place.path, sizeof vfs->cwd);
    vfs_leave(&place);
}

static enum sim_status make_vfs(const struct user_config *config, const char *program,
                                struct vfs *vfs)
{
    char host[PATH_MAX];
    RETURN_IF(!realpath(program, host), STATUS_NO_FILE, "%s: %s", program, strerror(errno));
    const int fd = open(host, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    RETURN_IF(fd < 0, STATUS_NO_FILE, "%s: %s", program, strerror(errno));
    TRY(vfs_add_program(vfs, host, fd));
    TRY(give_directories(config, vfs));
    choose_cwd(config, vfs);
    RETURN_IF(config->cwd && strcmp(vfs->cwd, "/") == 0 && strcmp(config->cwd, "/") != 0,
              STATUS_NO_FILE, "--cwd %s: is no directory that the program is given", config->cwd);
    return STATUS_OK;
}

static enum sim_status create_kernel(struct user_run *run)
{
    const struct user_config *const config = run->config;
    const char *const program = config->args[0];
    const struct user_host host = {
        .ctx = run, .output = on_output, .input = on_input, .event = on_event};
    struct vfs vfs = {0};
    run->clock = (struct isa_clock){.hz = config->run.clock_hz, .cpi = config->run.cpi};
    run->settings = (struct user_settings){
        .engine = config->engine,
        .code_cache = config->run.code_cache,
        .model = config->run.machine.cpu,
        .env = config->env,
        .args = config->args,
        .ram_size = config->run.machine.ram_size,
        .stack_size = config->stack_size,
        .rtc_base = config->run.machine.rtc_base,
        .trace_calls = config->strace,
    };
    isa_init();
    TRY(watch_init(&run->watches, config->run.triggers, config->run.trigger_count,
                   config->run.clock_hz));
    TRY(image_read("PROGRAM", program, PROGRAM_MAX, &run->image));
    const enum sim_status status = make_vfs(config, program, &vfs);
    if (status != STATUS_OK) {
        vfs_fini(&vfs);
        return status;
    }
    return kernel_create(&run->settings, &host, &run->clock, &vfs, program, run->image.bytes,
                         run->image.size, &run->kernel);
}

static void record_setting(void *ctx, const char *name, const char *value, bool guest)
{
    struct user_run *const run = ctx;
    if (guest)
        run_db_config(run->db, name, value ? value : "on");
    else
        run_db_host(run->db, name, value ? value : "on");
}

/* Name of the counter of a system call; those that are not implemented say so. */
static void name_syscall(unsigned number, char *out, size_t size)
{
    const char *const name = kernel_call_name(number);
    if (name)
        snprintf(out, size, "%ssyscall_%s", kernel_call_exists(number) ? "" : "unknown_", name);
    else
        snprintf(out, size, number < USER_CALLS ? "unknown_syscall_%u" : "unknown_syscall_others",
                 number);
}

static enum sim_status create_record(struct user_run *run, int argc, char **argv)
{
    const struct run_config *const config = &run->config->run;
    if (!config->record)
        return STATUS_OK;
    const struct run_db_open_options options = {.path = config->record,
                                                .force = config->record_force};
    const struct recorder_guest guest = {
        .cpu = run->kernel->cpu,
        .syscalls = run->kernel->calls,
        .syscall_count = USER_CALLS + 1,
        .syscall_name = name_syscall,
    };
    const struct run_db_image image = {.option = "PROGRAM",
                                       .path = run->config->args[0],
                                       .size_bytes = run->image.size,
                                       .sha256 = run->image.sha256};
    TRY(run_db_create(&options, &run->db));
    TRY(recorder_init(&run->recorder, run->db, &guest, &run->clock, config->machine.cpu->name,
                      config->interval));
    run_db_image(run->db, &image);
    run_db_config(run->db, "mode", "user");
    for (unsigned i = 0; run->config->args[i]; i++) {
        char key[32];
        snprintf(key, sizeof key, "argument.%u", i);
        run_db_config(run->db, key, run->config->args[i]);
    }
    user_config_visit(run->config, record_setting, run);
    host_info_record(run->db, argc, argv);
    run_db_host(run->db, "engine", engine_names[config->engine]);
    return STATUS_OK;
}

static void create_loop(struct user_run *run)
{
    run->loop = (struct loop){
        .clock = &run->clock,
        .machine =
            {
                .ctx = run,
                .vcpu_count = 1,
                .run = machine_run,
                .hcall = machine_hcall,
                .halted = machine_halted,
                .select_engine = machine_select_engine,
                .update = machine_update,
                .timer_due = machine_timer_due,
            },
        .console = &run->console,
        .watches = &run->watches,
        .pace = PACE_NONE,
    };
    if (run->db) {
        run->loop.recorder = recorder_hooks(&run->recorder);
        run->loop.interval = run->config->run.interval;
    }
}

/* -- The run -- */

static void tell_end(const struct user_run *run)
{
    const struct loop *const loop = &run->loop;
    if (loop->status != RUN_DB_COMPLETE && !loop->reported)
        log_error("%s", loop->reason);
    else if (run->kernel->died)
        log_warning("%s: %s", run->config->args[0], loop->reason);
    else
        log_info("%s", loop->reason);
}

static void run_program(struct user_run *run)
{
    /* What the program creates has the mode that its own mask leaves. */
    const mode_t mask = umask(0);
    console_open(&run->console, SERIAL_NULL, false);
    loop_run(&run->loop);
    console_close(&run->console);
    files_stamp_all(run->kernel);
    umask(mask);
    tell_end(run);
}

static void finish_record(struct user_run *run)
{
    struct loop *const loop = &run->loop;
    const bool ran = run->recorder.db && run->kernel;
    run_db_host(run->db, "input", run->live_input ? "live" : "none");
    run_db_host(run->db, "repeatable",
                run->live_input ? "by the same command with the same standard input"
                                : "by the same command");
    const struct run_db_end end = {
        .status = loop->status,
        .exit_code = loop->exit_code,
        .reason = loop->reason,
        .state_hash = ran ? kernel_state_hash(run->kernel) : 0,
        .snapshot = ran ? recorder_finish(&run->recorder, loop->icount, loop_cycle(loop)) : NULL,
    };
    if (run_db_finish(run->db, &end) != STATUS_OK && loop->exit_code == 0)
        loop->exit_code = LOOP_EXIT_ERROR;
}

int user_execute(const struct user_config *config, int argc, char **argv)
{
    struct user_run *const run = calloc(1, sizeof *run);
    if (!run) {
        status_fail(STATUS_NO_MEMORY, "no memory for a run");
        return LOOP_EXIT_ERROR;
    }
    run->config = config;
    terminal_catch_signals();
    enum sim_status status = create_kernel(run);
    if (status == STATUS_OK)
        status = create_record(run, argc, argv);
    if (status == STATUS_OK) {
        create_loop(run);
        run_program(run);
    } else {
        loop_end(&run->loop, RUN_DB_FAILED, LOOP_EXIT_ERROR, "%s", status_sentence(status));
    }
    if (run->db)
        finish_record(run);
    const int exit_code = run->loop.exit_code;
    recorder_fini(&run->recorder);
    kernel_destroy(run->kernel);
    image_free(&run->image);
    watch_fini(&run->watches);
    free(run);
    terminal_release_signals();
    return exit_code;
}
