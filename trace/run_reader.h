/*
 * The reader of run databases. It never changes what a run recorded; it folds the log of a killed
 * run into its file where it may, and reads a temporary copy where it may not (and says so). What
 * is in a file is taken for hostile: a file whose tables are not exactly those of SCHEMA.md is
 * refused, and every value is taken as whatever it is.
 */
#ifndef HORNPIPE_TRACE_RUN_READER_H
#define HORNPIPE_TRACE_RUN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "run_db.h"

struct run_reader;

/*
 * Opens `path`; failures are reported by its name. Everything read until run_reader_close() is of
 * one moment, also while the run is still being recorded by another process.
 */
enum sim_status run_reader_open(const char *path, struct run_reader **out);
void run_reader_close(struct run_reader *reader); /* NULL is allowed */

const char *run_reader_path(const struct run_reader *reader);

struct run_reader_run {
    enum run_db_status status; /* KILLED also if the row says running and nobody writes to it */
    const char *status_name;
    bool has_exit_code;
    int64_t exit_code;
    const char *reason;     /* "" if there is none */
    const char *state_hash; /* "" if there is none */
    uint64_t instructions;
    uint64_t cycles;
    uint64_t clock_hz; /* 0: unknown */
    uint64_t interval_instructions;
};

/* What run_reader_open() found; lives as long as the reader. */
const struct run_reader_run *run_reader_run(const struct run_reader *reader);

/* The value of a key, to be freed by the caller; NULL if there is none. */
char *run_reader_config(struct run_reader *reader, const char *key);
char *run_reader_host(struct run_reader *reader, const char *key);

struct run_reader_input {
    uint64_t icount;
    uint64_t cycle;
    char *source;
    uint8_t *bytes;
    size_t length;
};

/* All inputs in order, for a replay; freed with run_reader_free_inputs(). */
enum sim_status run_reader_inputs(struct run_reader *reader, struct run_reader_input **out,
                                  size_t *count);
void run_reader_free_inputs(struct run_reader_input *inputs, size_t count);

/*
 * Rows of a query over the documented tables:
 *   struct run_rows *rows = run_reader_query(reader, "SELECT ...");
 *   while (run_rows_next(rows))
 *       ... run_rows_number(rows, 0) ...
 *   status = run_rows_end(rows);
 * A failure at any point ends the rows, is reported once, and is what run_rows_end() returns.
 */
struct run_rows;
struct run_rows *run_reader_query(struct run_reader *reader, const char *sql);
bool run_rows_next(struct run_rows *rows);
enum sim_status run_rows_end(struct run_rows *rows);

int run_rows_columns(const struct run_rows *rows);
const char *run_rows_name(const struct run_rows *rows, int column);
bool run_rows_is_null(const struct run_rows *rows, int column);
bool run_rows_is_number(const struct run_rows *rows, int column);
int64_t run_rows_number(const struct run_rows *rows, int column); /* 0 if it is no number */
/* Both never NULL; until the next row; the text ends in a NUL. */
const char *run_rows_text(struct run_rows *rows, int column);
const void *run_rows_bytes(struct run_rows *rows, int column, size_t *length);

#endif
