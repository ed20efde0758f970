/* Reading a run database. */
#include "run_reader.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run_db_internal.h"
#include "run_reader_internal.h"

struct run_rows {
    struct run_reader *reader;
    sqlite3_stmt *statement;
    enum sim_status status;
};

struct run_rows *run_reader_query(struct run_reader *reader, const char *sql)
{
    struct run_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
        return NULL;
    }
    rows->reader = reader;
    const int rc = sqlite3_prepare_v2(reader->sql, sql, -1, &rows->statement, NULL);
    if (rc != SQLITE_OK)
        rows->status = run_reader_fail(reader, rc);
    return rows;
}

bool run_rows_next(struct run_rows *rows)
{
    if (!rows || rows->status != STATUS_OK)
        return false;
    const int rc = sqlite3_step(rows->statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        rows->status = run_reader_fail(rows->reader, rc);
    return rc == SQLITE_ROW;
}

enum sim_status run_rows_end(struct run_rows *rows)
{
    if (!rows)
        return STATUS_NO_MEMORY;
    const enum sim_status status = rows->status;
    sqlite3_finalize(rows->statement);
    free(rows);
    return status;
}

int run_rows_columns(const struct run_rows *rows)
{
    return sqlite3_column_count(rows->statement);
}

const char *run_rows_name(const struct run_rows *rows, int column)
{
    const char *name = sqlite3_column_name(rows->statement, column);
    return name ? name : "";
}

bool run_rows_is_null(const struct run_rows *rows, int column)
{
    return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

bool run_rows_is_number(const struct run_rows *rows, int column)
{
    return sqlite3_column_type(rows->statement, column) == SQLITE_INTEGER;
}

int64_t run_rows_number(const struct run_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement, column);
}

const char *run_rows_text(struct run_rows *rows, int column)
{
    const char *text = (const char *)sqlite3_column_text(rows->statement, column);
    return text ? text : "";
}

const void *run_rows_bytes(struct run_rows *rows, int column, size_t *length)
{
    const void *bytes = sqlite3_column_blob(rows->statement, column);
    const int n = sqlite3_column_bytes(rows->statement, column);
    *length = bytes && n > 0 ? (size_t)n : 0;
    return *length ? bytes : "";
}

/* A run that says "running" is killed when no writer has its lock, or its heartbeat stopped. */
static enum sim_status find_writer(struct run_reader *reader, bool *is_running)
{
    *is_running = reader->is_written;
    if (!reader->is_network)
        return STATUS_OK;
    struct run_rows *rows =
        run_reader_query(reader, "SELECT updated_unix_ns FROM host_progress LIMIT 1");
    if (run_rows_next(rows)) {
        const int64_t limit_ns = 3 * RUN_DB_HEARTBEAT_S * INT64_C(1000000000);
        *is_running = run_rows_number(rows, 0) > run_clock_ns(CLOCK_REALTIME) - limit_ns;
    }
    return run_rows_end(rows);
}

static enum sim_status read_run(struct run_reader *reader)
{
    struct run_reader_run *run = &reader->run;
    struct run_rows *rows = run_reader_query(
        reader, "SELECT status, exit_code, reason, state_hash, instructions, cycles, clock_hz, "
                "interval_instructions FROM run WHERE run_id = 1");
    const bool found = run_rows_next(rows);
    bool is_known = false;
    if (found) {
        for (int i = RUN_DB_RUNNING; i <= RUN_DB_KILLED; i++) {
            if (strcmp(run_rows_text(rows, 0), run_status_names[i]) == 0) {
                run->status = (enum run_db_status)i;
                is_known = true;
            }
        }
        run->has_exit_code = run_rows_is_number(rows, 1);
        run->exit_code = run_rows_number(rows, 1);
        reader->reason = strdup(run_rows_text(rows, 2));
        reader->state_hash = strdup(run_rows_text(rows, 3));
        run->instructions = (uint64_t)run_rows_number(rows, 4);
        run->cycles = (uint64_t)run_rows_number(rows, 5);
        run->clock_hz = (uint64_t)run_rows_number(rows, 6);
        run->interval_instructions = (uint64_t)run_rows_number(rows, 7);
    }
    TRY(run_rows_end(rows));
    RETURN_IF(!found || !is_known, STATUS_FORMAT, "%s: the run database is damaged: table run",
              reader->path);
    RETURN_IF(!reader->reason || !reader->state_hash, STATUS_NO_MEMORY, "%s: out of memory",
              reader->path);
    bool is_running = true;
    if (run->status == RUN_DB_RUNNING)
        TRY(find_writer(reader, &is_running));
    if (!is_running)
        run->status = RUN_DB_KILLED;
    run->status_name = run_status_names[run->status];
    run->reason = reader->reason;
    run->state_hash = reader->state_hash;
    return STATUS_OK;
}

enum sim_status run_reader_open(const char *path, struct run_reader **out)
{
    *out = NULL;
    struct run_reader *reader = calloc(1, sizeof *reader);
    RETURN_IF(!reader, STATUS_NO_MEMORY, "%s: out of memory", path);
    reader->path = strdup(path);
    enum sim_status status = STATUS_NO_MEMORY;
    if (!reader->path)
        status_fail(status, "%s: out of memory", path);
    else
        status = run_reader_connect(reader);
    if (status == STATUS_OK)
        status = read_run(reader);
    if (status != STATUS_OK) {
        run_reader_close(reader);
        return status;
    }
    *out = reader;
    return STATUS_OK;
}

void run_reader_close(struct run_reader *reader)
{
    if (!reader)
        return;
    run_reader_disconnect(reader);
    free(reader->reason);
    free(reader->state_hash);
    free(reader->path);
    free(reader);
}

const char *run_reader_path(const struct run_reader *reader)
{
    return reader->path;
}

const struct run_reader_run *run_reader_run(const struct run_reader *reader)
{
    return &reader->run;
}

static char *find_value(struct run_reader *reader, const char *sql, const char *key)
{
    struct run_rows *rows = run_reader_query(reader, sql);
    if (rows && rows->status == STATUS_OK)
        run_bind_text(rows->statement, 1, key);
    char *value = run_rows_next(rows) ? strdup(run_rows_text(rows, 0)) : NULL;
    run_rows_end(rows);
    return value;
}

char *run_reader_config(struct run_reader *reader, const char *key)
{
    return find_value(reader, "SELECT value FROM configuration WHERE key = ?", key);
}

char *run_reader_host(struct run_reader *reader, const char *key)
{
    return find_value(reader, "SELECT value FROM host_info WHERE key = ?", key);
}

static bool read_input(struct run_rows *rows, struct run_reader_input *input)
{
    size_t length;
    const void *bytes = run_rows_bytes(rows, 3, &length);
    *input = (struct run_reader_input){
        .icount = (uint64_t)run_rows_number(rows, 0),
        .cycle = (uint64_t)run_rows_number(rows, 1),
        .source = strdup(run_rows_text(rows, 2)),
        .bytes = malloc(length + 1),
        .length = length,
    };
    if (input->bytes)
        memcpy(input->bytes, bytes, length);
    return input->source && input->bytes;
}

enum sim_status run_reader_inputs(struct run_reader *reader, struct run_reader_input **out,
                                  size_t *out_count)
{
    struct run_reader_input *inputs = NULL;
    size_t count = 0, room = 0;
    enum sim_status status = STATUS_OK;
    struct run_rows *rows = run_reader_query(
        reader, "SELECT at_instructions, at_cycles, source, bytes FROM input ORDER BY input_id");
    while (status == STATUS_OK && run_rows_next(rows)) {
        if (count == room) {
            room = room ? room * 2 : 64;
            struct run_reader_input *grown = realloc(inputs, room * sizeof *inputs);
            if (!grown) {
                status = status_fail(STATUS_NO_MEMORY, "%s: too many inputs", reader->path);
                break;
            }
            inputs = grown;
        }
        if (!read_input(rows, &inputs[count++]))
            status = status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
    }
    const enum sim_status end = run_rows_end(rows);
    status = status == STATUS_OK ? end : status;
    if (status != STATUS_OK) {
        run_reader_free_inputs(inputs, count);
        inputs = NULL;
        count = 0;
    }
    *out = inputs;
    *out_count = count;
    return status;
}

void run_reader_free_inputs(struct run_reader_input *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(inputs[i].source);
        free(inputs[i].bytes);
    }
    free(inputs);
}
