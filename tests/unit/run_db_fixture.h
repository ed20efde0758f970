/* A small run that the tests of the run database record, and where they record it. */
#ifndef HORNPIPE_TESTS_RUN_DB_FIXTURE_H
#define HORNPIPE_TESTS_RUN_DB_FIXTURE_H

#define _GNU_SOURCE
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/analysis.h"
#include "base/log.h"
#include "trace/run_db.h"

enum { FIXTURE_VTY = 0x71000000 };

/* By name, so that the tests can ask for them. */
enum fixture_counter {
    C_ADDI,
    C_LBZ,
    C_LD,
    C_STD,
    C_LMW,
    C_BC,
    C_BC_LK,
    C_DECREMENTER,
    C_H_CEDE,
    C_RTAS_TIME,
    C_TAKEN,
    C_SLB,
    C_COUNT
};

static const struct run_db_counter fixture_counters[C_COUNT] = {
    [C_ADDI] = {RUN_DB_INSTRUCTION, "addi", "fixed", RUN_DB_NO_ACCESS, 0, false},
    [C_LBZ] = {RUN_DB_INSTRUCTION, "lbz", "load-store", RUN_DB_LOAD, 1, false},
    [C_LD] = {RUN_DB_INSTRUCTION, "ld", "load-store", RUN_DB_LOAD, 8, false},
    [C_STD] = {RUN_DB_INSTRUCTION, "std", "load-store", RUN_DB_STORE, 8, false},
    [C_LMW] = {RUN_DB_INSTRUCTION, "lmw", "load-store", RUN_DB_LOAD, 0, false},
    [C_BC] = {RUN_DB_INSTRUCTION, "bc", "branch", RUN_DB_NO_ACCESS, 0, true},
    [C_BC_LK] = {RUN_DB_INSTRUCTION, "bc", "branch", RUN_DB_NO_ACCESS, 0, true},
    [C_DECREMENTER] = {RUN_DB_INTERRUPT, "decrementer", NULL, RUN_DB_NO_ACCESS, 0, false},
    [C_H_CEDE] = {RUN_DB_HCALL, "H_CEDE", NULL, RUN_DB_NO_ACCESS, 0, false},
    [C_RTAS_TIME] = {RUN_DB_RTAS, "get-time-of-day", NULL, RUN_DB_NO_ACCESS, 0, false},
    [C_TAKEN] = {RUN_DB_EVENT, RUN_DB_BRANCHES_TAKEN, NULL, RUN_DB_NO_ACCESS, 0, false},
    [C_SLB] = {RUN_DB_EVENT, RUN_DB_SLB_MISSES, NULL, RUN_DB_NO_ACCESS, 0, false},
};

static const struct run_db_machine fixture_machine = {
    .vcpu_count = 1,
    .vcpu_model = "POWER8",
    .clock_hz = 1000000000,
    .interval_instructions = 1000,
    .counters = fixture_counters,
    .counter_count = C_COUNT,
};

struct fixture {
    char directory[64];
    char path[80];       /* of run.db in it */
    char messages[2048]; /* what was logged, a line each */
};

static inline void fixture_log(void *ctx, enum log_level level, const char *line)
{
    struct fixture *f = ctx;
    (void)level;
    const size_t length = strlen(f->messages);
    snprintf(f->messages + length, sizeof f->messages - length, "%s\n", line);
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    snprintf(f->directory, sizeof f->directory, "/tmp/hornpipe-test-XXXXXX");
    if (!mkdtemp(f->directory))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/run.db", f->directory);
    log_set_sink(fixture_log, f);
    *state = f;
    return 0;
}

static inline unsigned fixture_file_count(const char *directory)
{
    unsigned count = 0;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    log_set_sink(NULL, NULL);
    DIR *dir = opendir(f->directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char name[400];
        snprintf(name, sizeof name, "%s/%s", f->directory, entry->d_name);
        unlink(name);
    }
    if (dir)
        closedir(dir);
    rmdir(f->directory);
    free(f);
    return 0;
}

static inline struct run_db *fixture_create(const char *path, bool force)
{
    struct run_db *db = NULL;
    const struct run_db_open_options options = {.path = path, .force = force};
    assert_int_equal(run_db_create(&options, &db), STATUS_OK);
    run_db_machine(db, &fixture_machine);
    return db;
}

static inline void fixture_sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Another thousand instructions, 400 of them in problem state. */
static inline void fixture_count(struct run_db_snapshot *s)
{
    uint64_t *problem = run_db_counts(s, 0, RUN_DB_PROBLEM);
    uint64_t *supervisor = run_db_counts(s, 0, RUN_DB_SUPERVISOR);
    problem[C_ADDI] += 300;
    problem[C_BC] += 100;
    problem[C_TAKEN] += 70;
    problem[C_DECREMENTER] += 1;
    supervisor[C_LBZ] += 100;
    supervisor[C_LD] += 200;
    supervisor[C_STD] += 150;
    supervisor[C_LMW] += 50;
    supervisor[C_BC_LK] += 100;
    supervisor[C_TAKEN] += 10;
    supervisor[C_H_CEDE] += 1;
    s->icount += 1000;
    s->vcpu_icount[0] += 1000;
    s->cycle += 1500;
    s->vcpu_idle_cycles[0] += 500;
}

/* Records `intervals` intervals; `pause_ms` of host time after each must not make a difference. */
static inline void fixture_record(const char *path, bool force, unsigned intervals, long pause_ms)
{
    struct run_db *db = fixture_create(path, force);
    struct run_db_snapshot s;
    assert_int_equal(run_db_snapshot_init(&s, 1, C_COUNT), STATUS_OK);
    run_db_config(db, "machine", "pseries");
    run_db_host(db, "command_line", "hornpipe run --record FILE");
    run_db_image(db, &(struct run_db_image){"-kernel", "/some/vmlinux", 123, "abcd"});
    for (unsigned i = 0; i < intervals; i++) {
        fixture_count(&s);
        run_db_console(db, s.icount - 500, s.cycle - 500, FIXTURE_VTY, "line ", 5);
        run_db_interval(db, &s);
        if (run_db_wants_totals(db))
            run_db_totals(db, &s);
        if (pause_ms)
            fixture_sleep_ms(pause_ms);
        run_db_console(db, s.icount, s.cycle, FIXTURE_VTY, i % 3 ? "end\r\n" : "goes on, ",
                       i % 3 ? 5 : 9);
        run_db_input(db, s.icount, s.cycle, "vty@71000000", "\0x", 2);
        run_db_missing(db, i % 2 ? "xsmaddqp" : NULL, 0x12345678, 0xc000000000001000, s.icount);
    }
    run_db_event(db, s.icount, s.cycle, "stop", "poweroff");
    const struct run_db_end end = {
        .status = RUN_DB_COMPLETE, .reason = "poweroff", .state_hash = 0x1234, .snapshot = &s};
    assert_int_equal(run_db_finish(db, &end), STATUS_OK);
    run_db_snapshot_fini(&s);
}

/* What a report prints, to be freed. */
static inline char *fixture_canonical(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_int_equal(analysis_info(path, false, true, out), STATUS_OK);
    fclose(out);
    return text;
}

#endif
