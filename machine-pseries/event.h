/*
 * Events of the machine in virtual time (contract 3): what a device does later, at an exact cycle.
 * The loop ends its batches at the next event and calls pseries_run_events(); events that are due
 * at the same cycle happen in the order in which they were armed.
 */
#ifndef HORNPIPE_EVENT_H
#define HORNPIPE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"

struct pseries;

#define EVENT_NEVER UINT64_MAX

/* One thing that may happen later; belongs to its device, which fills `fire` once. */
struct machine_event {
    void (*fire)(struct pseries *p, struct machine_event *e);
    void *owner; /* for fire() */
    /* -- Owned by the queue -- */
    struct machine_event *next;
    uint64_t due;   /* cycle */
    uint64_t order; /* of arming, among all */
    bool armed;
};
/* Rows of a state description for an event of struct `type`. */
#define EVENT_STATE_FIELDS(type, member)                                                           \
    STATE_FIELD(type, member.due), STATE_FIELD(type, member.order), STATE_FIELD(type, member.armed)

struct event_queue {
    struct machine_event *first; /* by due, then by the order of arming */
    uint64_t armed;              /* so often: the order of the last */
};
extern const struct state_desc event_queue_state_desc;

/* Virtual time now, in core cycles: at the instruction that the running vCPU is at. */
uint64_t pseries_now(const struct pseries *p);

/* Lets `e` happen `ns` nanoseconds of virtual time from now, at least one cycle; arms it anew if it
 * was armed. */
void event_arm(struct pseries *p, struct machine_event *e, uint64_t ns);
void event_cancel(struct pseries *p, struct machine_event *e);

/* An event whose fields were restored takes its place, if it is armed; nothing else has it yet. */
void event_rejoin(struct pseries *p, struct machine_event *e);

/* Machine reset: nothing is armed. */
void event_reset(struct pseries *p);

#endif
