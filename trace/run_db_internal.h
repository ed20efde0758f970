/* What the parts of the writer share. Internal to trace. */
#ifndef HORNPIPE_TRACE_RUN_DB_INTERNAL_H
#define HORNPIPE_TRACE_RUN_DB_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "run_db.h"

enum {
    RUN_DB_QUEUE_BYTES = 8 << 20,   /* the caller waits when this much is queued */
    RUN_DB_COMMIT_NS = 600000000,   /* from the first change to its commit, and between totals */
    RUN_DB_COMMIT_ROWS = 2000,      /* a larger transaction is committed at once */
    RUN_DB_HEARTBEAT_S = 10,        /* host_progress is updated at least so often */
    RUN_DB_CHECKPOINT_PAGES = 256,  /* of the -wal file: 1 MiB */
    RUN_DB_RESERVE_BYTES = 1 << 20, /* at most, kept free to record a full disk */
    RUN_DB_BUSY_MS = 30000,         /* readers of a rollback journal can block a commit */
    RUN_DB_CHUNK_BYTES = 1024,      /* most in one row of console */
    RUN_DB_CHUNK_INSTRUCTIONS = 1000000, /* longest time that one row of console covers */
    RUN_DB_MISSING_MAX = 256, /* distinct rows of missing_instruction, but for the last */
};

/* run_db_file.c: which file is written, and who may. */

struct run_db_file {
    char *path;       /* absolute, of the database */
    char *shown_path; /* as the user gave it */
    int lock_fd;      /* flock()ed for as long as the writer lives; -1 on network file systems */
    int reserve_fd;   /* an unnamed file of RUN_DB_RESERVE_BYTES, or -1 */
    bool rollback;    /* a rollback journal instead of a write-ahead log */
};

/* Creates or replaces the file with an empty database; reports failures. */
enum sim_status run_db_file_create(struct run_db_file *file,
                                   const struct run_db_open_options *options);
/* Gives the reserve's space back to the file system. */
void run_db_file_release_reserve(struct run_db_file *file);
/* Also ends the lock: call after the database is closed. */
void run_db_file_close(struct run_db_file *file);

/* Whether a -wal file's shared memory cannot be relied on there (NFS, SMB, 9p, FUSE, ...). */
bool run_db_is_network_file(int fd);

/* run_db_queue.c: messages to the writer's thread. */

enum run_message_type {
    RUN_MESSAGE_CONFIG,   /* text: key, value */
    RUN_MESSAGE_HOST,     /* text: key, value */
    RUN_MESSAGE_IMAGE,    /* number: size_bytes; text: option, path, sha256 */
    RUN_MESSAGE_COUNTER,  /* number: kind, access, size_bytes, is_branch; text: name, class */
    RUN_MESSAGE_MACHINE,  /* number: vcpus, counters, clock_hz, interval; text: model */
    RUN_MESSAGE_TOTALS,   /* number: icount, cycle; array */
    RUN_MESSAGE_INTERVAL, /* number: icount, cycle; array */
    RUN_MESSAGE_CONSOLE,  /* number: icount, cycle, vty; text: bytes */
    RUN_MESSAGE_INPUT,    /* number: icount, cycle; text: source, bytes */
    RUN_MESSAGE_EVENT,    /* number: icount, cycle; text: kind, text */
    RUN_MESSAGE_MISSING,  /* number: id, has word, word, address, icount, count; text: mnemonic */
    RUN_MESSAGE_END,      /* number: status, exit_code, state_hash; text: reason */
};

struct run_message {
    struct run_message *next;
    enum run_message_type type;
    size_t size; /* of the whole message */
    uint64_t number[6];
    const char *text[3]; /* into the message; NULL where there is none */
    size_t length[3];
    uint64_t *array; /* a snapshot's three arrays, one after the other */
    size_t array_length;
};

struct run_queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    struct run_message *first, *last;
    size_t queued_bytes;
};

void run_queue_init(struct run_queue *queue);
void run_queue_fini(struct run_queue *queue);

/* A message with room for texts (NUL-terminated copies) and an array; NULL: out of memory. */
struct run_message *run_message_new(enum run_message_type type, const void *const text[3],
                                    const size_t length[3], size_t array_length);
/* Takes the message; waits while the queue is full. */
void run_queue_put(struct run_queue *queue, struct run_message *message);
/* Everything queued, as a list; NULL when nothing came until the deadline (CLOCK_MONOTONIC). */
struct run_message *run_queue_take(struct run_queue *queue, int64_t deadline_ns);
int64_t run_clock_ns(clockid_t clock);

/* run_db_writer.c: the database, used by the writer's thread only. */

enum run_statement {
    RUN_SQL_CONFIG,
    RUN_SQL_HOST,
    RUN_SQL_IMAGE,
    RUN_SQL_HOST_IMAGE,
    RUN_SQL_COUNTER,
    RUN_SQL_MACHINE,
    RUN_SQL_VCPU,
    RUN_SQL_NOW,
    RUN_SQL_COUNTER_TOTAL,
    RUN_SQL_VCPU_TOTAL,
    RUN_SQL_SERIES,
    RUN_SQL_INTERVAL,
    RUN_SQL_INTERVAL_COUNT,
    RUN_SQL_INTERVAL_IDLE,
    RUN_SQL_CONSOLE,
    RUN_SQL_INPUT,
    RUN_SQL_EVENT,
    RUN_SQL_MISSING,
    RUN_SQL_END,
    RUN_SQL_PROGRESS,
    RUN_SQL_COUNT
};

/* Console output of one vty that may still grow. */
struct run_console {
    uint32_t vty;
    int64_t console_id; /* 0: none open */
    bool dirty;         /* not in the database as it is */
    uint64_t first_icount, first_cycle, last_icount, last_cycle;
    size_t length;
    char bytes[RUN_DB_CHUNK_BYTES];
};

/* What the time series needs to know of a counter: which columns of it the counter is part of. */
struct run_series_of {
    unsigned slot;
    int branch_slot; /* -1: no branch */
};

struct run_slot {
    const char *kind;
    const char *name; /* allocated */
};

struct run_series_count {
    int64_t series_id;
    uint64_t count[RUN_DB_PRIVILEGES];
};

struct run_series {
    struct run_series_of *of_counter; /* [counter] */
    unsigned counter_count, counter_room;
    struct run_slot *slots;
    unsigned slot_count, slot_room;
    unsigned vcpu_count;
    uint64_t *now, *before;         /* [vcpu][privilege][slot]: cumulative */
    int64_t *series_id;             /* [vcpu][slot]; 0: no row yet */
    uint64_t *idle_before;          /* [vcpu] */
    struct run_series_count *found; /* of one interval */
    size_t found_count;
    int64_t series_rows, intervals;
    uint64_t icount_before, cycle_before;
};

struct run_writer {
    sqlite3 *sql;
    sqlite3_stmt *statements[RUN_SQL_COUNT];
    bool in_transaction;
    int64_t begun_ns, committed_ns, started_ns, started_unix_ns;
    int begun_rows; /* changed before this transaction */
    int64_t image_rows, counter_rows, console_rows;
    unsigned vcpu_count, counter_count;
    uint64_t *totals; /* what counter_total holds: [vcpu][privilege][counter] */
    struct run_series series;
    struct run_console *consoles;
    unsigned console_count;
    int rc; /* of the first failure; everything after it is dropped */
    enum sim_status status;
    char failure[200];
};

/* Opens the database of `file` and prepares everything; STATUS_OK, or the failure is in `writer`.
 */
enum sim_status run_writer_open(struct run_writer *writer, const struct run_db_file *file);
/* Applies one message, within a transaction. */
void run_writer_apply(struct run_writer *writer, const struct run_message *message);
/* Whether what is pending is so much that it should not wait: its log could fill a disk. */
bool run_writer_is_large(const struct run_writer *writer);
/* Commits what is pending, with a new heartbeat. */
void run_writer_commit(struct run_writer *writer);
/* After a failure: tries once more to leave a run whose row says that it failed, and why. */
void run_writer_record_failure(struct run_writer *writer, int exit_code);
/* Folds the log into the database and closes it. */
void run_writer_close(struct run_writer *writer);

/* Records a failure; the first one counts. */
void run_writer_fail(struct run_writer *writer, int rc, const char *what);

/* A prepared statement with nothing bound; then bind from 1 on, and step with run_writer_step(). */
sqlite3_stmt *run_writer_statement(struct run_writer *writer, enum run_statement which);
void run_bind_number(sqlite3_stmt *statement, int column, uint64_t value);
void run_bind_text(sqlite3_stmt *statement, int column, const char *text);
void run_writer_step(struct run_writer *writer, sqlite3_stmt *statement);

/* run_db_series.c: the time series. */
void run_series_add_counter(struct run_writer *writer, const struct run_message *message);
void run_series_start(struct run_writer *writer);
void run_series_interval(struct run_writer *writer, const struct run_message *message);
void run_series_fini(struct run_series *series);

/* run_db_console.c: console output. */
void run_console_add(struct run_writer *writer, const struct run_message *message);
void run_console_flush(struct run_writer *writer);

extern const char *const run_kind_names[RUN_DB_KINDS];
extern const char *const run_status_names[RUN_DB_KILLED + 1];

#endif
