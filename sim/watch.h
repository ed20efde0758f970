/*
 * --until EVENT and --at EVENT:ACTION: moments of the run at which something is to be done. Each
 * comes once. The loop ends its batches so that counts and times are met exactly.
 */
#ifndef HORNPIPE_WATCH_H
#define HORNPIPE_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "config.h"
#include "match.h"

#define WATCH_NEVER UINT64_MAX

struct watch {
    const struct run_trigger *trigger; /* borrowed */
    struct match match;                /* EVENT_CONSOLE */
    uint64_t cycle;                    /* EVENT_VTIME */
    bool seen, taken;
};

struct watch_list {
    struct watch *watches; /* owned, in the order given */
    size_t count;
};

/* `triggers` are borrowed. Pair with watch_fini(). */
enum sim_status watch_init(struct watch_list *list, const struct run_trigger *triggers,
                           size_t count, uint64_t clock_hz);
void watch_fini(struct watch_list *list);

/* The guest wrote to its console. */
void watch_output(struct watch_list *list, const uint8_t *bytes, size_t n);

/* Smallest count and cycle of the events still to come, WATCH_NEVER when there is none. */
uint64_t watch_next_icount(const struct watch_list *list);
uint64_t watch_next_cycle(const struct watch_list *list);

/* The first event that has come by now and was not taken yet, or NULL. */
const struct run_trigger *watch_take(struct watch_list *list, uint64_t icount, uint64_t cycle);

#endif
