/* The writer's thread's half: messages become rows. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run_db_internal.h"

const char *const run_kind_names[RUN_DB_KINDS] = {"instruction", "interrupt", "hcall", "rtas",
                                                  "event"};
const char *const run_status_names[] = {"running", "complete", "failed", "killed"};

static const char *const statement_texts[RUN_SQL_COUNT] = {
    [RUN_SQL_CONFIG] = "INSERT OR REPLACE INTO configuration VALUES (?, ?)",
    [RUN_SQL_HOST] = "INSERT OR REPLACE INTO host_info VALUES (?, ?)",
    [RUN_SQL_IMAGE] = "INSERT INTO image VALUES (?, ?, ?, ?)",
    [RUN_SQL_HOST_IMAGE] = "INSERT INTO host_image VALUES (?, ?)",
    [RUN_SQL_COUNTER] = "INSERT INTO counter VALUES (?, ?, ?, ?, ?, ?, ?)",
    [RUN_SQL_MACHINE] = "UPDATE run SET clock_hz = ?, interval_instructions = ?",
    [RUN_SQL_VCPU] = "INSERT INTO vcpu VALUES (?, ?)",
    [RUN_SQL_NOW] = "UPDATE run SET instructions = ?, cycles = ?",
    [RUN_SQL_COUNTER_TOTAL] = "INSERT OR REPLACE INTO counter_total VALUES (?, ?, ?, ?)",
    [RUN_SQL_VCPU_TOTAL] = "INSERT OR REPLACE INTO vcpu_total VALUES (?, ?, ?)",
    [RUN_SQL_SERIES] = "INSERT INTO series VALUES (?, ?, ?, ?)",
    [RUN_SQL_INTERVAL] = "INSERT INTO interval VALUES (?, ?, ?)",
    [RUN_SQL_INTERVAL_COUNT] = "INSERT INTO interval_count VALUES (?, ?, ?, ?)",
    [RUN_SQL_INTERVAL_IDLE] = "INSERT INTO interval_idle VALUES (?, ?, ?)",
    [RUN_SQL_CONSOLE] = "INSERT OR REPLACE INTO console VALUES (?, ?, ?, ?, ?, ?, ?)",
    [RUN_SQL_INPUT] = "INSERT INTO input VALUES (NULL, ?, ?, ?, ?)",
    [RUN_SQL_EVENT] = "INSERT INTO event VALUES (NULL, ?, ?, ?, ?)",
    [RUN_SQL_MISSING] = "INSERT OR REPLACE INTO missing_instruction VALUES (?, ?, ?, ?, ?, ?)",
    [RUN_SQL_END] = "UPDATE run SET status = ?, exit_code = ?, reason = ?, state_hash = ?",
    [RUN_SQL_PROGRESS] = "INSERT OR REPLACE INTO host_progress VALUES (1, ?, ?, ?, ?, ?)",
};

void run_writer_fail(struct run_writer *writer, int rc, const char *what)
{
    if (writer->rc != SQLITE_OK)
        return;
    writer->rc = rc;
    writer->status = rc == SQLITE_FULL    ? STATUS_NO_SPACE
                     : rc == SQLITE_NOMEM ? STATUS_NO_MEMORY
                                          : STATUS_IO;
    snprintf(writer->failure, sizeof writer->failure, "%s: %s", what, sqlite3_errstr(rc));
}

static void execute(struct run_writer *writer, const char *text)
{
    if (writer->rc != SQLITE_OK)
        return;
    const int rc = sqlite3_exec(writer->sql, text, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        run_writer_fail(writer, rc, "cannot be written");
}

sqlite3_stmt *run_writer_statement(struct run_writer *writer, enum run_statement which)
{
    return writer->statements[which];
}

void run_bind_number(sqlite3_stmt *statement, int column, uint64_t value)
{
    sqlite3_bind_int64(statement, column, (int64_t)value);
}

void run_bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC); /* NULL binds a NULL */
}

void run_writer_step(struct run_writer *writer, sqlite3_stmt *statement)
{
    if (writer->rc == SQLITE_OK && sqlite3_step(statement) != SQLITE_DONE)
        run_writer_fail(writer, sqlite3_errcode(writer->sql), "cannot be written");
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static void write_progress(struct run_writer *writer)
{
    sqlite3_stmt *progress = writer->statements[RUN_SQL_PROGRESS];
    run_bind_number(progress, 1, (uint64_t)getpid());
    run_bind_number(progress, 2, (uint64_t)writer->started_unix_ns);
    run_bind_number(progress, 3, (uint64_t)run_clock_ns(CLOCK_REALTIME));
    run_bind_number(progress, 4, (uint64_t)(run_clock_ns(CLOCK_MONOTONIC) - writer->started_ns));
    run_bind_number(progress, 5, (uint64_t)run_clock_ns(CLOCK_PROCESS_CPUTIME_ID));
    run_writer_step(writer, progress);
}

static void begin(struct run_writer *writer)
{
    if (writer->in_transaction)
        return;
    execute(writer, "BEGIN IMMEDIATE");
    writer->in_transaction = writer->rc == SQLITE_OK;
    writer->begun_ns = run_clock_ns(CLOCK_MONOTONIC);
    writer->begun_rows = sqlite3_total_changes(writer->sql);
}

bool run_writer_is_large(const struct run_writer *writer)
{
    return writer->in_transaction &&
           sqlite3_total_changes(writer->sql) - writer->begun_rows >= RUN_DB_COMMIT_ROWS;
}

void run_writer_commit(struct run_writer *writer)
{
    begin(writer);
    run_console_flush(writer);
    write_progress(writer);
    execute(writer, "COMMIT");
    if (writer->rc != SQLITE_OK && !sqlite3_get_autocommit(writer->sql))
        sqlite3_exec(writer->sql, "ROLLBACK", NULL, NULL, NULL);
    writer->in_transaction = false;
    writer->committed_ns = run_clock_ns(CLOCK_MONOTONIC);
}

enum sim_status run_writer_open(struct run_writer *writer, const struct run_db_file *file)
{
    writer->started_ns = run_clock_ns(CLOCK_MONOTONIC);
    writer->started_unix_ns = run_clock_ns(CLOCK_REALTIME);
    int rc = sqlite3_open_v2(file->path, &writer->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                             NULL);
    if (rc != SQLITE_OK) {
        run_writer_fail(writer, rc, "cannot be opened again");
        return writer->status;
    }
    sqlite3_busy_timeout(writer->sql, RUN_DB_BUSY_MS);
    execute(writer, file->rollback ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = WAL");
    execute(writer, "PRAGMA synchronous = NORMAL");
    execute(writer, "PRAGMA foreign_keys = ON");
    sqlite3_wal_autocheckpoint(writer->sql, RUN_DB_CHECKPOINT_PAGES);
    for (int i = 0; i < RUN_SQL_COUNT && writer->rc == SQLITE_OK; i++) {
        rc = sqlite3_prepare_v3(writer->sql, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &writer->statements[i], NULL);
        if (rc != SQLITE_OK)
            run_writer_fail(writer, rc, "cannot be written");
    }
    if (writer->rc == SQLITE_OK)
        run_writer_commit(writer); /* a heartbeat from the start */
    return writer->status;
}

static void apply_pair(struct run_writer *writer, enum run_statement which,
                       const struct run_message *message)
{
    sqlite3_stmt *statement = run_writer_statement(writer, which);
    run_bind_text(statement, 1, message->text[0]);
    run_bind_text(statement, 2, message->text[1]);
    run_writer_step(writer, statement);
}

static void apply_image(struct run_writer *writer, const struct run_message *message)
{
    const uint64_t image_id = (uint64_t)++writer->image_rows;
    sqlite3_stmt *image = run_writer_statement(writer, RUN_SQL_IMAGE);
    run_bind_number(image, 1, image_id);
    run_bind_text(image, 2, message->text[0]);
    run_bind_number(image, 3, message->number[0]);
    run_bind_text(image, 4, message->text[2]);
    run_writer_step(writer, image);
    sqlite3_stmt *path = run_writer_statement(writer, RUN_SQL_HOST_IMAGE);
    run_bind_number(path, 1, image_id);
    run_bind_text(path, 2, message->text[1]);
    run_writer_step(writer, path);
}

static void apply_counter(struct run_writer *writer, const struct run_message *message)
{
    static const char *const access_names[] = {NULL, "load", "store"};
    sqlite3_stmt *counter = run_writer_statement(writer, RUN_SQL_COUNTER);
    run_bind_number(counter, 1, (uint64_t)writer->counter_rows++);
    run_bind_text(counter, 2, run_kind_names[message->number[0]]);
    run_bind_text(counter, 3, message->text[0]);
    run_bind_text(counter, 4, message->text[1]);
    run_bind_text(counter, 5, access_names[message->number[1]]);
    if (message->number[2] != 0)
        run_bind_number(counter, 6, message->number[2]);
    run_bind_number(counter, 7, message->number[3]);
    run_writer_step(writer, counter);
    run_series_add_counter(writer, message);
}

static void apply_machine(struct run_writer *writer, const struct run_message *message)
{
    writer->vcpu_count = (unsigned)message->number[0];
    writer->counter_count = (unsigned)message->number[1];
    writer->totals = calloc((size_t)writer->vcpu_count * RUN_DB_PRIVILEGES * writer->counter_count,
                            sizeof *writer->totals);
    if (!writer->totals) {
        run_writer_fail(writer, SQLITE_NOMEM, "cannot be written");
        return;
    }
    sqlite3_stmt *machine = run_writer_statement(writer, RUN_SQL_MACHINE);
    run_bind_number(machine, 1, message->number[2]);
    run_bind_number(machine, 2, message->number[3]);
    run_writer_step(writer, machine);
    for (unsigned vcpu = 0; vcpu < writer->vcpu_count; vcpu++) {
        sqlite3_stmt *statement = run_writer_statement(writer, RUN_SQL_VCPU);
        run_bind_number(statement, 1, vcpu);
        run_bind_text(statement, 2, message->text[0]);
        run_writer_step(writer, statement);
    }
    run_series_start(writer);
}

static void apply_totals(struct run_writer *writer, const struct run_message *message)
{
    sqlite3_stmt *now = run_writer_statement(writer, RUN_SQL_NOW);
    run_bind_number(now, 1, message->number[0]);
    run_bind_number(now, 2, message->number[1]);
    run_writer_step(writer, now);
    const uint64_t *vcpu_icount = message->array;
    const uint64_t *idle_cycles = vcpu_icount + writer->vcpu_count;
    const uint64_t *counts = idle_cycles + writer->vcpu_count;
    for (unsigned vcpu = 0; vcpu < writer->vcpu_count; vcpu++) {
        sqlite3_stmt *total = run_writer_statement(writer, RUN_SQL_VCPU_TOTAL);
        run_bind_number(total, 1, vcpu);
        run_bind_number(total, 2, vcpu_icount[vcpu]);
        run_bind_number(total, 3, idle_cycles[vcpu]);
        run_writer_step(writer, total);
    }
    size_t at = 0;
    for (unsigned row = 0; row < writer->vcpu_count * RUN_DB_PRIVILEGES; row++) {
        for (unsigned counter = 0; counter < writer->counter_count; counter++, at++) {
            if (counts[at] == writer->totals[at])
                continue;
            writer->totals[at] = counts[at];
            sqlite3_stmt *total = run_writer_statement(writer, RUN_SQL_COUNTER_TOTAL);
            run_bind_number(total, 1, counter);
            run_bind_number(total, 2, row / RUN_DB_PRIVILEGES);
            run_bind_number(total, 3, row % RUN_DB_PRIVILEGES);
            run_bind_number(total, 4, counts[at]);
            run_writer_step(writer, total);
        }
    }
}

/* Input and events: instant, a name, and bytes or text. */
static void apply_instant(struct run_writer *writer, const struct run_message *message)
{
    const bool is_input = message->type == RUN_MESSAGE_INPUT;
    sqlite3_stmt *row = run_writer_statement(writer, is_input ? RUN_SQL_INPUT : RUN_SQL_EVENT);
    run_bind_number(row, 1, message->number[0]);
    run_bind_number(row, 2, message->number[1]);
    run_bind_text(row, 3, message->text[0]);
    if (is_input)
        sqlite3_bind_blob64(row, 4, message->text[1], message->length[1], SQLITE_STATIC);
    else
        run_bind_text(row, 4, message->text[1]);
    run_writer_step(writer, row);
}

static void apply_missing(struct run_writer *writer, const struct run_message *message)
{
    char word[16], address[24];
    snprintf(word, sizeof word, "0x%08" PRIx64, message->number[2]);
    snprintf(address, sizeof address, "0x%016" PRIx64, message->number[3]);
    sqlite3_stmt *row = run_writer_statement(writer, RUN_SQL_MISSING);
    run_bind_number(row, 1, message->number[0]);
    run_bind_text(row, 2, message->text[0]);
    run_bind_text(row, 3, message->number[1] ? word : NULL);
    run_bind_text(row, 4, address);
    run_bind_number(row, 5, message->number[4]);
    run_bind_number(row, 6, message->number[5]);
    run_writer_step(writer, row);
}

static void apply_end(struct run_writer *writer, const struct run_message *message)
{
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, message->number[2]);
    sqlite3_stmt *end = run_writer_statement(writer, RUN_SQL_END);
    run_bind_text(end, 1, run_status_names[message->number[0]]);
    run_bind_number(end, 2, message->number[1]);
    run_bind_text(end, 3, message->text[0]);
    run_bind_text(end, 4, message->number[2] ? hash : NULL);
    run_writer_step(writer, end);
}

void run_writer_apply(struct run_writer *writer, const struct run_message *message)
{
    begin(writer);
    if (writer->rc != SQLITE_OK)
        return;
    switch (message->type) {
    case RUN_MESSAGE_CONFIG:
        apply_pair(writer, RUN_SQL_CONFIG, message);
        break;
    case RUN_MESSAGE_HOST:
        apply_pair(writer, RUN_SQL_HOST, message);
        break;
    case RUN_MESSAGE_IMAGE:
        apply_image(writer, message);
        break;
    case RUN_MESSAGE_COUNTER:
        apply_counter(writer, message);
        break;
    case RUN_MESSAGE_MACHINE:
        apply_machine(writer, message);
        break;
    case RUN_MESSAGE_TOTALS:
        apply_totals(writer, message);
        break;
    case RUN_MESSAGE_INTERVAL:
        run_series_interval(writer, message);
        break;
    case RUN_MESSAGE_CONSOLE:
        run_console_add(writer, message);
        break;
    case RUN_MESSAGE_INPUT:
    case RUN_MESSAGE_EVENT:
        apply_instant(writer, message);
        break;
    case RUN_MESSAGE_MISSING:
        apply_missing(writer, message);
        break;
    case RUN_MESSAGE_END:
        apply_end(writer, message);
        break;
    }
}

/* One small transaction, whose pages can take the place of those that did not fit. */
static bool write_failure(struct run_writer *writer, int exit_code)
{
    if (!sqlite3_get_autocommit(writer->sql))
        sqlite3_exec(writer->sql, "ROLLBACK", NULL, NULL, NULL);
    writer->in_transaction = false;
    writer->rc = SQLITE_OK;
    begin(writer);
    char reason[sizeof writer->failure + 40];
    snprintf(reason, sizeof reason, "recording stopped early: %s", writer->failure);
    sqlite3_stmt *end = run_writer_statement(writer, RUN_SQL_END);
    run_bind_text(end, 1, run_status_names[RUN_DB_FAILED]);
    run_bind_number(end, 2, (uint64_t)(int64_t)exit_code);
    run_bind_text(end, 3, reason);
    run_writer_step(writer, end);
    execute(writer, "COMMIT");
    return writer->rc == SQLITE_OK;
}

void run_writer_record_failure(struct run_writer *writer, int exit_code)
{
    const int rc = writer->rc;
    const enum sim_status status = writer->status;
    char failure[sizeof writer->failure];
    memcpy(failure, writer->failure, sizeof failure);
    if (!write_failure(writer, exit_code)) {
        /* Folding the log in may make room in it. */
        sqlite3_wal_checkpoint_v2(writer->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        memcpy(writer->failure, failure, sizeof failure);
        write_failure(writer, exit_code);
    }
    if (!sqlite3_get_autocommit(writer->sql))
        sqlite3_exec(writer->sql, "ROLLBACK", NULL, NULL, NULL);
    writer->in_transaction = false;
    writer->rc = rc;
    writer->status = status;
    memcpy(writer->failure, failure, sizeof failure);
}

void run_writer_close(struct run_writer *writer)
{
    for (int i = 0; i < RUN_SQL_COUNT; i++)
        sqlite3_finalize(writer->statements[i]);
    if (writer->sql) {
        /* A reader that is looking just now prevents these; whoever closes last folds it in. */
        sqlite3_busy_timeout(writer->sql, 2000);
        sqlite3_wal_checkpoint_v2(writer->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        sqlite3_exec(writer->sql, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
        sqlite3_close(writer->sql);
    }
    run_series_fini(&writer->series);
    free(writer->consoles);
    free(writer->totals);
    *writer = (struct run_writer){0};
}
