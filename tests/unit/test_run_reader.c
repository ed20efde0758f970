/* The reader of run databases, and the reports on top of it, against files of all kinds. */
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

static void execute(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* Refused with one message that names the file and says `reason`. */
static void assert_refused(struct fixture *f, const char *path, const char *reason)
{
    struct run_reader *reader;
    f->messages[0] = '\0';
    assert_int_not_equal(run_reader_open(path, &reader), STATUS_OK);
    assert_null(reader);
    assert_ptr_equal(strstr(f->messages, path), f->messages);
    assert_ptr_equal(strchr(f->messages, '\n'), f->messages + strlen(f->messages) - 1);
    if (!strstr(f->messages, reason))
        fail_msg("%s does not say: %s", f->messages, reason);
}

static void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void test_what_is_no_run_database(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, f->path, "No such file");
    assert_refused(f, f->directory, "not a regular file");
    write_file(f->path, "", 0);
    assert_refused(f, f->path, "empty");
    write_file(f->path, "hello", 5);
    assert_refused(f, f->path, "not an SQLite file");
    char zeros[8192] = {0};
    write_file(f->path, zeros, sizeof zeros);
    assert_refused(f, f->path, "not an SQLite file");
    write_file(f->path, "SQLite format 3", 16);
    assert_refused(f, f->path, "not an SQLite file");
    unlink(f->path);
    execute(f->path, "CREATE TABLE run (x)");
    assert_refused(f, f->path, "not a run database");
}

static void test_versions_and_damage(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 3, 0);
    execute(f->path, "PRAGMA user_version = 2");
    assert_refused(f, f->path, "newer version");
    execute(f->path, "PRAGMA user_version = 0");
    assert_refused(f, f->path, "no schema version");
    execute(f->path, "PRAGMA user_version = 1; DROP VIEW branches;"
                     "CREATE VIEW branches AS WITH RECURSIVE x(n) AS "
                     "(SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x");
    assert_refused(f, f->path, "view branches");
    fixture_record(f->path, true, 3, 0);
    execute(f->path, "DELETE FROM run");
    assert_refused(f, f->path, "damaged");
    fixture_record(f->path, true, 3, 0);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(truncate(f->path, st.st_size - 1), 0);
    assert_refused(f, f->path, "truncated");
    assert_int_equal(truncate(f->path, 100), 0);
    assert_refused(f, f->path, "truncated");
    fixture_record(f->path, true, 3, 0);
    execute(f->path, "CREATE TABLE mine (x); CREATE INDEX mine_x ON mine (x)");
    struct run_reader *reader;
    assert_int_equal(run_reader_open(f->path, &reader), STATUS_OK); /* more than ours is fine */
    run_reader_close(reader);
}

static void test_what_is_read(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 5, 0);
    struct run_reader *reader;
    assert_int_equal(run_reader_open(f->path, &reader), STATUS_OK);
    const struct run_reader_run *run = run_reader_run(reader);
    assert_int_equal(run->status, RUN_DB_COMPLETE);
    assert_true(run->has_exit_code);
    assert_int_equal(run->exit_code, 0);
    assert_string_equal(run->reason, "poweroff");
    assert_string_equal(run->state_hash, "0000000000001234");
    assert_int_equal(run->instructions, 5000);
    assert_int_equal(run->cycles, 7500);
    assert_int_equal(run->clock_hz, 1000000000);
    assert_int_equal(run->interval_instructions, 1000);
    char *value = run_reader_config(reader, "machine");
    assert_string_equal(value, "pseries");
    free(value);
    value = run_reader_host(reader, "command_line");
    assert_string_equal(value, "hornpipe run --record FILE");
    free(value);
    assert_null(run_reader_config(reader, "none' OR 1=1 --"));
    struct run_reader_input *inputs;
    size_t count;
    assert_int_equal(run_reader_inputs(reader, &inputs, &count), STATUS_OK);
    assert_int_equal(count, 5);
    assert_int_equal(inputs[4].icount, 5000);
    assert_int_equal(inputs[4].cycle, 7500);
    assert_string_equal(inputs[4].source, "vty@71000000");
    assert_int_equal(inputs[4].length, 2);
    assert_memory_equal(inputs[4].bytes, "\0x", 2);
    run_reader_free_inputs(inputs, count);
    struct run_rows *rows = run_reader_query(reader, "SELECT no_such_column FROM run");
    assert_false(run_rows_next(rows));
    assert_int_not_equal(run_rows_end(rows), STATUS_OK);
    rows = run_reader_query(reader, "DELETE FROM run");
    assert_false(run_rows_next(rows));
    assert_int_not_equal(run_rows_end(rows), STATUS_OK);
    run_reader_close(reader);
}

/* All reports; whatever they say, they come back. */
static void report_all(const char *path)
{
    for (int report = 0; report < 5; report++) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        assert_non_null(out);
        if (report < 2)
            analysis_stat(path, report == 1, out);
        else
            analysis_info(path, report == 3, report == 4, out);
        fclose(out);
        free(text);
    }
}

static void test_reports(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 5, 0);
    execute(f->path, "UPDATE host_info SET value = 'a\"\\' || char(10, 27, 233) || x'ff'");
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(analysis_stat(f->path, true, out), STATUS_OK);
    fflush(out);
    assert_non_null(strstr(text, "\n  \"instructions\": 5000,"));
    assert_non_null(strstr(text, "\n  \"branches_taken\": 400,"));
    assert_non_null(strstr(text, "\"varies\": 250"));
    rewind(out);
    assert_int_equal(analysis_info(f->path, true, false, out), STATUS_OK);
    fflush(out);
    assert_non_null(strstr(text, "\"a\\\"\\\\\\n\\u001b\xc3\xa9\\ufffd\""));
    rewind(out);
    assert_int_equal(analysis_info(f->path, false, false, out), STATUS_OK);
    fflush(out);
    assert_non_null(strstr(text, "complete: poweroff (exit code 0)"));
    assert_non_null(strstr(text, "a\"\\\\x0a\\x1b"));
    rewind(out);
    assert_int_equal(analysis_stat(f->path, false, out), STATUS_OK);
    fflush(out);
    assert_non_null(strstr(text, "5,000  instructions"));
    assert_non_null(strstr(text, "2,000    problem state"));
    fclose(out);
    free(text);
    assert_string_equal(f->messages, "");
}

/* Values that no writer writes: the reports fail or show them, but never crash. */
static void test_hostile_values(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 5, 0);
    execute(f->path,
            "UPDATE counter_total SET count = 9223372036854775807;"
            "UPDATE run SET cycles = -9223372036854775808, clock_hz = NULL, instructions = -1;"
            "UPDATE interval SET end_cycles = 9223372036854775807;"
            "UPDATE counter SET name = x'' || char(27) || replace(hex(zeroblob(100000)), '0', 'n');"
            "UPDATE counter SET class = NULL, access_size_bytes = -1 WHERE access IS NOT NULL;"
            "UPDATE console SET bytes = zeroblob(1000000);"
            "DELETE FROM privilege; DELETE FROM vcpu; DELETE FROM host_progress");
    report_all(f->path);
    assert_non_null(strstr(f->messages, "integer overflow"));
    execute(f->path, "UPDATE counter_total SET count = -count");
    report_all(f->path);
}

/* Bytes of a good file overwritten by chance. */
static void test_damaged_files(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 30, 0);
    static uint8_t good[1 << 20], bad[sizeof good];
    FILE *file = fopen(f->path, "r");
    const size_t length = fread(good, 1, sizeof good, file);
    fclose(file);
    assert_in_range(length, 10000, sizeof good - 1);
    uint64_t random = 1;
    unsigned refused = 0;
    enum { FILES = 300 };
    for (int i = 0; i < FILES; i++) {
        memcpy(bad, good, length);
        for (int n = 0; n < 1 + i % 40; n++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            /* The beginnings of pages say what is in them: half of the bytes go there. */
            size_t at = (random >> 20) % length;
            at = n % 2 ? at : at / 4096 * 4096 + at % 64;
            bad[at] = (uint8_t)(random >> 56);
        }
        write_file(f->path, bad, length);
        f->messages[0] = '\0';
        report_all(f->path);
        refused += f->messages[0] != '\0';
    }
    assert_in_range(refused, FILES / 4, FILES);
}

static void copy_file(const char *from, const char *to)
{
    static char buffer[4 << 20];
    FILE *in = fopen(from, "r");
    assert_non_null(in);
    const size_t length = fread(buffer, 1, sizeof buffer, in);
    fclose(in);
    write_file(to, buffer, length);
}

/* Leaves `path` and its log as a kill does. */
static void record_and_die(struct fixture *f)
{
    const pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        struct run_db *db = fixture_create(f->path, false);
        struct run_db_snapshot s;
        if (run_db_snapshot_init(&s, 1, C_COUNT) != STATUS_OK)
            _exit(1);
        for (int i = 0; i < 100; i++) {
            fixture_count(&s);
            run_db_interval(db, &s);
        }
        run_db_totals(db, &s);
        fixture_sleep_ms(1500);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    char wal[100];
    snprintf(wal, sizeof wal, "%s-wal", f->path);
    struct stat st;
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size > 0);
}

static void test_killed_run_is_folded_in(void **state)
{
    struct fixture *f = *state;
    record_and_die(f);
    struct run_reader *reader;
    assert_int_equal(run_reader_open(f->path, &reader), STATUS_OK);
    assert_int_equal(run_reader_run(reader)->status, RUN_DB_KILLED);
    assert_int_equal(run_reader_run(reader)->instructions, 100000);
    assert_false(run_reader_run(reader)->has_exit_code);
    run_reader_close(reader);
    assert_int_equal(fixture_file_count(f->directory), 1);
    assert_non_null(strstr(f->messages, "folded in"));
    f->messages[0] = '\0';
    assert_int_equal(run_reader_open(f->path, &reader), STATUS_OK);
    assert_int_equal(run_reader_run(reader)->status, RUN_DB_KILLED);
    run_reader_close(reader);
    assert_string_equal(f->messages, "");
}

enum { CHILD_PASSED, CHILD_SKIPPED = 77 };

/* In a child whose mount nobody else sees. */
static void read_from_read_only_media(struct fixture *f, const char *files[2])
{
    static const char mount_point[] = "/mnt";
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", mount_point, "tmpfs", 0, "size=8m") != 0)
        _exit(CHILD_SKIPPED);
    copy_file(files[0], "/mnt/run.db");
    if (files[1])
        copy_file(files[1], "/mnt/run.db-wal");
    if (mount("tmpfs", mount_point, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) != 0)
        _exit(CHILD_SKIPPED);
    setenv("TMPDIR", f->directory, 1);
    struct run_reader *reader;
    if (run_reader_open("/mnt/run.db", &reader) != STATUS_OK)
        _exit(2);
    const struct run_reader_run *run = run_reader_run(reader);
    if (run->instructions != 100000 || run->status != (files[1] ? RUN_DB_KILLED : RUN_DB_COMPLETE))
        _exit(3);
    run_reader_close(reader);
    if (!files[1] != !strstr(f->messages, "temporary copy"))
        _exit(4);
    _exit(CHILD_PASSED);
}

static void test_read_only_media(void **state)
{
    struct fixture *f = *state;
    char wal[100];
    snprintf(wal, sizeof wal, "%s-wal", f->path);
    record_and_die(f);
    for (int round = 0; round < 2; round++) {
        if (round == 1)
            fixture_record(f->path, true, 100, 0);
        const pid_t child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0)
            read_from_read_only_media(f, (const char *[]){f->path, round == 0 ? wal : NULL});
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == CHILD_SKIPPED) {
            print_message("test_read_only_media needs to be allowed to mount a tmpfs\n");
            skip();
        }
        assert_int_equal(WEXITSTATUS(status), CHILD_PASSED);
    }
    assert_int_equal(fixture_file_count(f->directory), 1); /* no copy is left */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_no_run_database),
        TEST(test_versions_and_damage),
        TEST(test_what_is_read),
        TEST(test_reports),
        TEST(test_hostile_values),
        TEST(test_damaged_files),
        TEST(test_killed_run_is_folded_in),
        TEST(test_read_only_media),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
