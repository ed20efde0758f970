/* The writer of the run database: what it records, where it refuses, what a kill leaves. */
#include "run_db_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "trace/run_reader.h"

/* The one number that a query gives. */
static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

static void test_what_is_recorded(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 10, 0);
    static const struct {
        const char *sql;
        int64_t answer;
    } questions[] = {
        {"SELECT status = 'complete' AND exit_code = 0 AND reason = 'poweroff' FROM run", 1},
        {"SELECT instructions FROM run", 10000},
        {"SELECT cycles FROM run", 15000},
        {"SELECT state_hash = '0000000000001234' FROM run", 1},
        {"SELECT instructions FROM vcpu_total", 10000},
        {"SELECT idle_cycles FROM vcpu_total", 5000},
        {"SELECT sum(instructions) FROM instructions_by_class", 10000},
        {"SELECT problem_instructions FROM instructions_by_mnemonic WHERE mnemonic = 'bc'", 1000},
        {"SELECT instructions FROM instructions_by_mnemonic WHERE mnemonic = 'bc'", 2000},
        {"SELECT instructions FROM instructions_by_privilege WHERE privilege = 'problem'", 4000},
        {"SELECT instructions FROM accesses_by_size WHERE access = 'load' AND "
         "access_size_bytes = 8",
         2000},
        {"SELECT instructions FROM accesses_by_size WHERE access_size_bytes IS NULL", 500},
        {"SELECT taken_instructions FROM branches WHERE privilege = 'problem'", 700},
        {"SELECT not_taken_instructions FROM branches WHERE privilege = 'supervisor'", 900},
        {"SELECT from_problem_interrupts FROM interrupts WHERE vector = 'decrementer'", 10},
        {"SELECT calls FROM hcalls WHERE hcall = 'H_CEDE'", 10},
        {"SELECT count(*) FROM rtas_calls", 0},
        {"SELECT count(*) FROM interval", 10},
        {"SELECT sum(instructions) FROM interval_summary", 10000},
        {"SELECT cycles FROM interval_summary WHERE interval_id = 7", 1500},
        {"SELECT idle_cycles FROM interval_summary WHERE interval_id = 7", 500},
        {"SELECT branch_instructions FROM interval_summary WHERE interval_id = 7", 200},
        {"SELECT taken_branch_instructions FROM interval_summary WHERE interval_id = 7", 80},
        {"SELECT count FROM missing_instruction WHERE mnemonic = 'xsmaddqp'", 5},
        {"SELECT count FROM missing_instruction WHERE first_word = '0x12345678' AND mnemonic "
         "IS NULL",
         5},
        {"SELECT count(*) FROM input WHERE bytes = x'0078'", 10},
        {"SELECT count(*) FROM host_image JOIN image USING (image_id)", 1},
        {"SELECT sum(length(bytes)) FROM console", 10 * 5 + 4 * 9 + 6 * 5},
        {"SELECT text = 'line goes on, line end' || x'0d0a' FROM console_text LIMIT 1", 1},
        {"SELECT count(*) FROM pragma_foreign_key_check", 0},
    };
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (ask(f->path, questions[i].sql) != questions[i].answer)
            fail_msg("%s: %lld", questions[i].sql, (long long)ask(f->path, questions[i].sql));
    }
    assert_int_equal(fixture_file_count(f->directory), 1);
    assert_string_equal(f->messages, "");
}

static void test_equal_runs_have_equal_dumps(void **state)
{
    struct fixture *f = *state;
    char other[100];
    snprintf(other, sizeof other, "%s/other.db", f->directory);
    fixture_record(f->path, false, 12, 0);
    fixture_record(other, false, 12, 150); /* long enough for several commits */
    char *first = fixture_canonical(f->path), *second = fixture_canonical(other);
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "goes on, "));
    assert_null(strstr(first, "/some/vmlinux")); /* a path is host-side */
    assert_null(strstr(first, "hornpipe run --record"));
    free(second);
    fixture_record(other, true, 13, 0);
    second = fixture_canonical(other);
    assert_string_not_equal(first, second);
    free(first);
    free(second);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_refused(struct fixture *f, const char *path, bool force,
                           enum sim_status expected)
{
    struct run_db *db = NULL;
    f->messages[0] = '\0';
    const struct run_db_open_options options = {.path = path, .force = force};
    assert_int_equal(run_db_create(&options, &db), expected);
    assert_null(db);
    assert_non_null(strstr(f->messages, "--record"));
    assert_non_null(strstr(f->messages, path));
    assert_ptr_equal(strchr(f->messages, '\n'), f->messages + strlen(f->messages) - 1);
}

static void test_refusals_leave_everything(void **state)
{
    struct fixture *f = *state;
    char path[200];
    write_file(f->path, "my only copy");
    assert_refused(f, f->path, false, STATUS_EXISTS);
    assert_refused(f, "", true, STATUS_NO_FILE);
    assert_refused(f, f->directory, false, STATUS_EXISTS);
    assert_refused(f, f->directory, true, STATUS_EXISTS);
    assert_refused(f, "/dev/null", true, STATUS_EXISTS);
    snprintf(path, sizeof path, "%s/none/run.db", f->directory);
    assert_refused(f, path, true, STATUS_NO_FILE);
    snprintf(path, sizeof path, "%s/run.db/x", f->directory);
    assert_refused(f, path, true, STATUS_NO_FILE);
    snprintf(path, sizeof path, "%s/link", f->directory);
    assert_int_equal(symlink("nothing", path), 0);
    assert_refused(f, path, true, STATUS_NO_FILE);
    char long_name[400];
    memset(long_name, 'x', sizeof long_name);
    memcpy(long_name, "/tmp/", 5);
    long_name[sizeof long_name - 1] = '\0';
    assert_refused(f, long_name, false, STATUS_NO_FILE);
    assert_int_equal(ask(":memory:", "SELECT 1"), 1);
    char content[32] = "";
    FILE *file = fopen(f->path, "r");
    assert_non_null(fgets(content, sizeof content, file));
    fclose(file);
    assert_string_equal(content, "my only copy");
    assert_int_equal(fixture_file_count(f->directory), 2);
}

static void test_force_replaces(void **state)
{
    struct fixture *f = *state;
    char stale[100];
    write_file(f->path, "no database");
    snprintf(stale, sizeof stale, "%s-wal", f->path);
    write_file(stale, "of another");
    fixture_record(f->path, true, 3, 0);
    assert_int_equal(ask(f->path, "SELECT instructions FROM run"), 3000);
    fixture_record(f->path, true, 4, 0);
    assert_int_equal(ask(f->path, "SELECT instructions FROM run"), 4000);
    assert_int_equal(fixture_file_count(f->directory), 1);
}

static void test_force_spares_a_run_that_goes_on(void **state)
{
    struct fixture *f = *state;
    struct run_db *db = fixture_create(f->path, false);
    assert_refused(f, f->path, true, STATUS_EXISTS);
    const struct run_db_end end = {.status = RUN_DB_FAILED, .exit_code = 3, .reason = "test"};
    assert_int_equal(run_db_finish(db, &end), STATUS_OK);
    assert_int_equal(ask(f->path, "SELECT exit_code FROM run WHERE status = 'failed'"), 3);
}

static void test_link_is_followed(void **state)
{
    struct fixture *f = *state;
    char link[100];
    snprintf(link, sizeof link, "%s/link", f->directory);
    write_file(f->path, "old");
    assert_int_equal(symlink(f->path, link), 0);
    fixture_record(link, true, 2, 0);
    assert_int_equal(ask(f->path, "SELECT instructions FROM run"), 2000);
    struct stat st;
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

static void test_rollback_journal(void **state)
{
    struct fixture *f = *state;
    struct run_db *db;
    const struct run_db_open_options options = {.path = f->path, .rollback = true};
    assert_int_equal(run_db_create(&options, &db), STATUS_OK);
    run_db_machine(db, &fixture_machine);
    char wal[100];
    snprintf(wal, sizeof wal, "%s-wal", f->path);
    fixture_sleep_ms(1000);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(ask(f->path, "SELECT count(*) FROM counter"), C_COUNT);
    const struct run_db_end end = {.status = RUN_DB_COMPLETE};
    assert_int_equal(run_db_finish(db, &end), STATUS_OK);
    assert_int_equal(fixture_file_count(f->directory), 1);
}

/* Far more than the queue holds, faster than it can be written: none of it is lost. */
static void test_back_pressure(void **state)
{
    struct fixture *f = *state;
    struct run_db *db = fixture_create(f->path, false);
    static char block[4096];
    memset(block, 'x', sizeof block);
    const uint64_t blocks = 8192;
    for (uint64_t i = 0; i < blocks; i++)
        run_db_console(db, i, i, FIXTURE_VTY, block, sizeof block);
    const struct run_db_end end = {.status = RUN_DB_COMPLETE};
    assert_int_equal(run_db_finish(db, &end), STATUS_OK);
    assert_int_equal(ask(f->path, "SELECT sum(length(bytes)) FROM console"),
                     (int64_t)(blocks * sizeof block));
}

static void test_missing_instructions_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct run_db *db = fixture_create(f->path, false);
    for (uint32_t i = 0; i < 1000; i++)
        run_db_missing(db, NULL, i, 0x1000 + i, i);
    run_db_missing(db, NULL, 5, 0x1000, 1000);
    const struct run_db_end end = {.status = RUN_DB_COMPLETE};
    assert_int_equal(run_db_finish(db, &end), STATUS_OK);
    assert_int_equal(ask(f->path, "SELECT count(*) FROM missing_instruction"), 257);
    assert_int_equal(ask(f->path, "SELECT sum(count) FROM missing_instruction"), 1001);
    assert_int_equal(
        ask(f->path, "SELECT count FROM missing_instruction WHERE first_word = '0x00000005'"), 2);
}

/* The busiest series that a boot has, in large numbers: at most 1 MB for 1000 intervals. */
static void test_size_of_the_series(void **state)
{
    struct fixture *f = *state;
    enum { CLASSES = 16, OTHERS = 30, COUNTERS = CLASSES + OTHERS };
    struct run_db_counter counters[COUNTERS];
    char names[COUNTERS][16];
    for (unsigned i = 0; i < COUNTERS; i++) {
        snprintf(names[i], sizeof names[i], "name%u", i);
        counters[i] = (struct run_db_counter){
            .kind = i < CLASSES ? RUN_DB_INSTRUCTION : RUN_DB_INTERRUPT + i % 4,
            .name = names[i],
            .class_name = i < CLASSES ? names[i] : NULL,
            .is_branch = i == 1,
        };
    }
    struct run_db_machine machine = fixture_machine;
    machine.counters = counters;
    machine.counter_count = COUNTERS;
    long size[2];
    for (int run = 0; run < 2; run++) {
        struct run_db *db;
        const struct run_db_open_options options = {.path = f->path, .force = run > 0};
        assert_int_equal(run_db_create(&options, &db), STATUS_OK);
        run_db_machine(db, &machine);
        struct run_db_snapshot s;
        assert_int_equal(run_db_snapshot_init(&s, 1, COUNTERS), STATUS_OK);
        for (unsigned interval = 0; run > 0 && interval < 1000; interval++) {
            s.icount += 10000000;
            s.cycle += 12000000;
            s.vcpu_idle_cycles[0] += 2000000;
            for (unsigned i = 0; i < 2 * COUNTERS; i++)
                s.counts[i] += i % COUNTERS < CLASSES ? 200000 + interval : 2000 + interval;
            run_db_interval(db, &s);
        }
        const struct run_db_end end = {.status = RUN_DB_COMPLETE};
        assert_int_equal(run_db_finish(db, &end), STATUS_OK);
        run_db_snapshot_fini(&s);
        struct stat st;
        assert_int_equal(stat(f->path, &st), 0);
        size[run] = st.st_size;
    }
    assert_int_equal(ask(f->path, "SELECT count(*) FROM interval_count"), (COUNTERS + 1) * 1000);
    assert_in_range(size[1] - size[0], 100000, 1000000);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A run whose count of instructions is host time, without an end. */
static void record_forever(const char *path)
{
    struct run_db *db = fixture_create(path, false);
    struct run_db_snapshot s;
    if (run_db_snapshot_init(&s, 1, C_COUNT) != STATUS_OK)
        _exit(1);
    for (uint64_t ending = now_ns() + UINT64_C(60000000000); now_ns() < ending;) {
        const uint64_t now = now_ns();
        run_db_counts(&s, 0, RUN_DB_PROBLEM)[C_ADDI] += now - s.icount;
        s.icount = s.cycle = s.vcpu_icount[0] = now;
        run_db_console(db, now, now, FIXTURE_VTY, "tick\n", 5);
        run_db_interval(db, &s);
        if (run_db_wants_totals(db))
            run_db_totals(db, &s);
        fixture_sleep_ms(2);
    }
    _exit(1);
}

static void kill_after(struct fixture *f, long ms)
{
    const pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0)
        record_forever(f->path);
    fixture_sleep_ms(ms);
    struct run_reader *reader;
    if (ms > 300) {
        assert_int_equal(run_reader_open(f->path, &reader), STATUS_OK);
        assert_int_equal(run_reader_run(reader)->status, RUN_DB_RUNNING);
        run_reader_close(reader);
    }
    const uint64_t killed_at = now_ns();
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(run_reader_open(f->path, &reader), STATUS_OK);
    assert_int_equal(run_reader_run(reader)->status, RUN_DB_KILLED);
    if (ms > 300)
        assert_true(run_reader_run(reader)->instructions > killed_at - 2000000000);
    run_reader_close(reader);
    assert_int_equal(fixture_file_count(f->directory), 1); /* the log is folded in */
    assert_int_equal(ask(f->path, "SELECT count(*) FROM pragma_integrity_check WHERE "
                                  "integrity_check = 'ok'"),
                     1);
    if (ms > 300)
        assert_true((uint64_t)ask(f->path, "SELECT max(last_instructions) FROM console") >
                    killed_at - 2000000000);
    assert_int_equal(ask(f->path, "SELECT max(end_instructions) = sum(instructions) + 0 * "
                                  "max(end_instructions) FROM interval_summary"),
                     ms > 0);
    unlink(f->path);
}

static void test_kill_9(void **state)
{
    static const long moments[] = {1500, 2300, 3100};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
        kill_after(*state, moments[i]);
}

/* Mounts a small tmpfs of this process's own; false if that is not allowed here. */
static bool mount_small(const char *directory, const char *size)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", directory, "tmpfs", 0, size) == 0;
}

enum { CHILD_PASSED, CHILD_SKIPPED = 77 };

/* In a child, so that the mount is gone with it; a failed assertion there ends it otherwise. */
static void fill_disk(struct fixture *f, const char *size)
{
    if (!mount_small(f->directory, size))
        _exit(CHILD_SKIPPED);
    struct run_db *db = fixture_create(f->path, false);
    struct run_db_snapshot s;
    if (run_db_snapshot_init(&s, 1, C_COUNT) != STATUS_OK)
        _exit(1);
    static char line[1000];
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 20000 && !run_db_failed(db); i++) {
        fixture_count(&s);
        run_db_console(db, s.icount, s.cycle, FIXTURE_VTY, line, sizeof line);
        run_db_interval(db, &s);
        if (run_db_wants_totals(db))
            run_db_totals(db, &s);
        fixture_sleep_ms(1);
    }
    if (!run_db_failed(db) || !strstr(f->messages, "--record") || !strstr(f->messages, f->path))
        _exit(2);
    const struct run_db_end end = {.status = RUN_DB_COMPLETE, .snapshot = &s};
    if (run_db_finish(db, &end) != STATUS_NO_SPACE)
        _exit(3);
    if (strchr(f->messages, '\n') != f->messages + strlen(f->messages) - 1)
        _exit(4); /* more than one message */
    struct run_reader *reader;
    if (run_reader_open(f->path, &reader) != STATUS_OK)
        _exit(5);
    const struct run_reader_run *run = run_reader_run(reader);
    if (run->status != RUN_DB_FAILED || run->exit_code != 1 ||
        strncmp(run->reason, "recording stopped early", 23) != 0 || run->instructions == 0)
        _exit(6);
    run_reader_close(reader);
    if (ask(f->path, "SELECT sum(length(bytes)) FROM console") < 100000)
        _exit(7);
    _exit(CHILD_PASSED);
}

static void run_full_disk(struct fixture *f, const char *size)
{
    const pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0)
        fill_disk(f, size);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CHILD_SKIPPED) {
        print_message("test_full_disk needs to be allowed to mount a tmpfs\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), CHILD_PASSED);
}

static void test_full_disk(void **state)
{
    run_full_disk(*state, "size=1m");
    run_full_disk(*state, "size=4m");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_recorded),
        TEST(test_equal_runs_have_equal_dumps),
        TEST(test_refusals_leave_everything),
        TEST(test_force_replaces),
        TEST(test_force_spares_a_run_that_goes_on),
        TEST(test_link_is_followed),
        TEST(test_rollback_journal),
        TEST(test_back_pressure),
        TEST(test_missing_instructions_are_bounded),
        TEST(test_size_of_the_series),
        TEST(test_kill_9),
        TEST(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
