/*
 * The writer of the run database (contract 5): one SQLite file holds a run. The schema is
 * documented in SCHEMA.md. Calls only copy what they are given into a bounded queue; a thread of
 * the writer's own does all the database work, commits at least once a second, and the queue
 * blocks its caller when it is full: nothing is ever dropped while the file can be written.
 *
 * All calls come from one thread. `icount` counts instructions completed by the whole machine,
 * `cycle` is virtual time in core cycles. Strings and arrays are borrowed for the call only.
 * Everything is canonical (must be equal when the run is repeated) unless said to be host-side.
 */
#ifndef HORNPIPE_TRACE_RUN_DB_H
#define HORNPIPE_TRACE_RUN_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct run_db;

struct run_db_open_options {
    const char *path; /* as the user gave it to --record */
    bool force;       /* an existing regular file may be replaced */
    bool rollback;    /* a rollback journal, as on a network file system, where it is automatic */
};

/*
 * Creates the file with its schema and starts the writer's thread; `*db` is for run_db_finish().
 * An existing file is left as it is without `force`; with it, it is replaced only once the new
 * one stands. STATUS_EXISTS, STATUS_NO_FILE, STATUS_NO_SPACE, STATUS_IO, each reported by name.
 */
enum sim_status run_db_create(const struct run_db_open_options *options, struct run_db **out);

/* One guest-visible setting ("machine", "cpu", "memory_bytes", ...); the last value of a key. */
void run_db_config(struct run_db *db, const char *key, const char *value);

/* Host-side: "command_line", "build", "host", "input" (none, live, replayed), ...; at any time. */
void run_db_host(struct run_db *db, const char *key, const char *value);

/* An image that was loaded; `sha256` in lower-case hexadecimal. The path is host-side. */
struct run_db_image {
    const char *option; /* "-kernel" */
    const char *path;
    uint64_t size_bytes;
    const char *sha256;
};
void run_db_image(struct run_db *db, const struct run_db_image *image);

enum run_db_privilege { RUN_DB_PROBLEM, RUN_DB_SUPERVISOR, RUN_DB_PRIVILEGES };

enum run_db_kind {
    RUN_DB_INSTRUCTION, /* completed, by mnemonic; their sum over vCPUs and privilege is icount */
    RUN_DB_INTERRUPT,   /* taken, by vector, by the privilege state that was interrupted */
    RUN_DB_HCALL,
    RUN_DB_RTAS,
    RUN_DB_EVENT, /* the names below, and any other */
    RUN_DB_KINDS
};

/* Names of RUN_DB_EVENT counters that views and reports know. */
#define RUN_DB_BRANCHES_TAKEN "branches_taken"
#define RUN_DB_SLB_MISSES     "slb_misses"
#define RUN_DB_HASH_FAULTS    "hash_faults"
#define RUN_DB_ILLEGAL_WORDS  "illegal_words"

enum run_db_access { RUN_DB_NO_ACCESS, RUN_DB_LOAD, RUN_DB_STORE };

/* One entry of the counter dictionary; its id is its index. */
struct run_db_counter {
    enum run_db_kind kind;
    const char *name;          /* several entries of one name are summed in views */
    const char *class_name;    /* instructions: the class in statistics; else NULL */
    enum run_db_access access; /* instructions */
    unsigned size_bytes;       /* of one access; 0: varies or none */
    bool is_branch;            /* instructions: RUN_DB_BRANCHES_TAKEN is out of these */
};

/* What the numbers mean. Must come before any snapshot. */
struct run_db_machine {
    unsigned vcpu_count;            /* at least 1 */
    const char *vcpu_model;         /* "POWER8" */
    uint64_t clock_hz;              /* core cycles in a virtual second */
    uint64_t interval_instructions; /* between run_db_interval() calls */
    const struct run_db_counter *counters;
    unsigned counter_count;
};
void run_db_machine(struct run_db *db, const struct run_db_machine *machine);

/*
 * Cumulative numbers at one instruction boundary. Owned by the caller, who fills it again before
 * every call that takes one; allocated once with run_db_snapshot_init().
 */
struct run_db_snapshot {
    uint64_t icount;
    uint64_t cycle;
    unsigned vcpu_count;
    unsigned counter_count;
    uint64_t *vcpu_icount;      /* [vcpu] */
    uint64_t *vcpu_idle_cycles; /* [vcpu]: ceded or stopped; of `cycle` */
    uint64_t *counts;           /* [vcpu][privilege][counter]: see run_db_counts() */
};

/* All zero. STATUS_NO_MEMORY */
enum sim_status run_db_snapshot_init(struct run_db_snapshot *snapshot, unsigned vcpu_count,
                                     unsigned counter_count);
void run_db_snapshot_fini(struct run_db_snapshot *snapshot);

/* The counters of one vCPU in one privilege state, by id. */
static inline uint64_t *run_db_counts(const struct run_db_snapshot *snapshot, unsigned vcpu,
                                      enum run_db_privilege privilege)
{
    return snapshot->counts +
           ((size_t)vcpu * RUN_DB_PRIVILEGES + privilege) * snapshot->counter_count;
}

/* Ends an interval of the time series: what was counted since the last one becomes its row. */
void run_db_interval(struct run_db *db, const struct run_db_snapshot *snapshot);

/*
 * True about once a second; the caller then brings the totals up to date with run_db_totals() at
 * its next convenience. A killed run lacks at most what came after. Cheap (one atomic load).
 */
bool run_db_wants_totals(const struct run_db *db);
void run_db_totals(struct run_db *db, const struct run_db_snapshot *snapshot);

/* What the guest wrote to a console, in order; `vty` is its unit address. */
void run_db_console(struct run_db *db, uint64_t icount, uint64_t cycle, uint32_t vty,
                    const void *bytes, size_t n);

/*
 * Input at the moment the guest could first see it; enough to repeat the run. `source` names what
 * received it in the guest ("vty@71000000"), never where it came from, so that a replay records
 * the same. Each call is one row.
 */
void run_db_input(struct run_db *db, uint64_t icount, uint64_t cycle, const char *source,
                  const void *bytes, size_t n);

/* "reset", "marker", "stop", ...: something that happens seldom. */
void run_db_event(struct run_db *db, uint64_t icount, uint64_t cycle, const char *kind,
                  const char *text);

/*
 * An instruction without an implementation was met (once a call). `mnemonic` NULL: the word is no
 * instruction at all. Repetitions are counted here; they may be frequent.
 */
void run_db_missing(struct run_db *db, const char *mnemonic, uint32_t word, uint64_t address,
                    uint64_t icount);

/*
 * True once the database could not be written: the run should end, and its exit status must not
 * be zero. The first call that sees it reports it. Cheap until then.
 */
bool run_db_failed(struct run_db *db);

enum run_db_status { RUN_DB_RUNNING, RUN_DB_COMPLETE, RUN_DB_FAILED, RUN_DB_KILLED };

struct run_db_end {
    enum run_db_status status;              /* COMPLETE, FAILED or KILLED (by a signal) */
    int exit_code;                          /* of the process */
    const char *reason;                     /* one line: "poweroff", "--until icount=5", ... */
    uint64_t state_hash;                    /* of the machine's final state; 0: none */
    const struct run_db_snapshot *snapshot; /* final numbers; NULL if it never ran */
};

/*
 * Writes the end, leaves one file, stops the thread and frees `db` (NULL is allowed). The failure,
 * if the database could not be written, has been reported.
 */
enum sim_status run_db_finish(struct run_db *db, const struct run_db_end *end);

#endif
