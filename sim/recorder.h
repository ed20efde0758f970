/*
 * Feeds the run database (trace/run_db.h) from what the machine and its vCPUs count. Nothing is
 * sampled but between two batches.
 */
#ifndef HORNPIPE_RECORDER_H
#define HORNPIPE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "isa/clock.h"
#include "loop.h"
#include "machine-pseries/pseries.h"
#include "trace/run_db.h"

struct recorder_source; /* where one counter of the dictionary is read */

/* Whose counts are recorded: a machine, or the one processor of a user-mode program. */
struct recorder_guest {
    struct pseries *machine;  /* borrowed; NULL: a program */
    struct cpu *cpu;          /* borrowed; of a program */
    const uint64_t *syscalls; /* borrowed: counts by number */
    unsigned syscall_count;
    /* Name of the event that counts a system call. */
    void (*syscall_name)(unsigned number, char *out, size_t size);
};

enum { RECORDER_NAME = 48 };

struct recorder {
    struct run_db *db; /* borrowed */
    struct recorder_guest guest;
    const struct isa_clock *clock;   /* borrowed */
    struct run_db_counter *counters; /* owned: the dictionary */
    struct recorder_source *sources; /* owned, as long */
    char (*names)[RECORDER_NAME];    /* owned: of the instructions and system calls */
    unsigned counter_count;
    struct run_db_snapshot snapshot;
    uint64_t *missing_seen; /* owned: [vcpu][entry], times reported */
};

/*
 * Describes the guest to the database: counters, images. `interval` in instructions.
 * STATUS_NO_MEMORY. Pair with recorder_fini().
 */
enum sim_status recorder_init(struct recorder *recorder, struct run_db *db,
                              const struct recorder_guest *guest, const struct isa_clock *clock,
                              const char *model, uint64_t interval);
void recorder_fini(struct recorder *recorder);

/* The loop's hooks onto this recorder. */
struct loop_recorder recorder_hooks(struct recorder *recorder);

/* Final numbers, for run_db_finish(). */
const struct run_db_snapshot *recorder_finish(struct recorder *recorder, uint64_t icount,
                                              uint64_t cycle);

#endif
