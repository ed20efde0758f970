/*
 * --replay FILE.db: the inputs of a recorded run, to be given again at the same instruction and
 * cycle.
 */
#ifndef HORNPIPE_REPLAY_H
#define HORNPIPE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "config.h"
#include "machine-pseries/pseries.h"

#define REPLAY_NEVER UINT64_MAX

struct replay_input {
    uint64_t icount, cycle;
    char *source;   /* owned */
    uint8_t *bytes; /* owned; a 0 follows them */
    size_t size;
};

struct replay {
    struct replay_input *inputs; /* owned, in order */
    size_t count, next;
};

/*
 * Reads the inputs of the run database. STATUS_MISMATCH if what the guest can notice of that run's
 * configuration is not that of `config`. Failures name the file. Pair with replay_fini().
 */
enum sim_status replay_load(struct replay *replay, const char *path,
                            const struct run_config *config);
void replay_fini(struct replay *replay);

/* STATUS_MISMATCH unless the recorded run had these images. */
enum sim_status replay_check_images(const char *path, const struct pseries_image *images,
                                    size_t count);

/* How a setting without a value stands in the record. */
#define REPLAY_FLAG_VALUE "on"

/* Appends an input; everything is copied. */
enum sim_status replay_add(struct replay *replay, uint64_t icount, uint64_t cycle,
                           const char *source, const void *bytes, size_t size);

/* The next input, or NULL; replay_advance() goes on to the one after it. */
const struct replay_input *replay_next(const struct replay *replay);
void replay_advance(struct replay *replay);

/* Count of the next input, and its cycle once that count is reached; REPLAY_NEVER: none. */
uint64_t replay_next_icount(const struct replay *replay);
uint64_t replay_next_cycle(const struct replay *replay, uint64_t icount);

#endif
