/* What the parts of the reader share. Internal to trace. */
#ifndef HORNPIPE_TRACE_RUN_READER_INTERNAL_H
#define HORNPIPE_TRACE_RUN_READER_INTERNAL_H

#include <sqlite3.h>

#include "run_reader.h"

struct run_reader {
    char *path;      /* as given */
    char *directory; /* of the temporary copy, or NULL */
    char *copy;      /* the temporary copy, or NULL */
    sqlite3 *sql;
    bool is_network, is_written; /* the latter: by a live writer that holds the file's lock */
    bool has_log_mode;           /* the header says that there may be a -wal file */
    struct run_reader_run run;
    char *reason, *state_hash;
};

/* run_reader_open.c: leaves an open connection that can read, or reports why not. */
enum sim_status run_reader_connect(struct run_reader *reader);
/* Closes it, and removes the temporary copy. */
void run_reader_disconnect(struct run_reader *reader);

/* Reports what SQLite says about the file. */
enum sim_status run_reader_fail(struct run_reader *reader, int rc);

#endif
