/* Inside the loop: whose turn it is, and up to when (see loop.h). */
#ifndef HORNPIPE_TURNS_H
#define HORNPIPE_TURNS_H

#include "loop.h"

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Cycle of a device's next event, and the next at which the loop itself has something to do. */
uint64_t turns_event_cycle(const struct loop *loop);
uint64_t turns_own_business(const struct loop *loop);

/* Finds out whether a vCPU can go on, and when: after it has run, or something may have woken it.
 */
void turns_look(struct loop *loop, unsigned i);
void turns_look_at_waiting(struct loop *loop);

/* At the start and after a reset: nothing is known of any vCPU. */
void turns_reset(struct loop *loop);

/* The vCPU that is furthest behind but for `except`; vcpu_count when there is no other. */
unsigned turns_next(const struct loop *loop, unsigned except);

/* The cycle at which a vCPU goes on; LOOP_NEVER for vcpu_count. */
uint64_t turns_ready(const struct loop *loop, unsigned vcpu);
bool turns_any_running(const struct loop *loop);

/* The machine's time follows whoever is furthest behind; or passes while all wait. */
void turns_move_time(struct loop *loop);
void turns_pass_idle(struct loop *loop, uint64_t cycles);

/* True while the turn of loop->turn is not over; the turn of the vCPU furthest behind begins. */
bool turns_goes_on(const struct loop *loop);
void turns_begin(struct loop *loop, unsigned vcpu);

/*
 * The cycle at which the turn ends: also that of the next event, and later if nobody else has
 * anything to do before.
 */
uint64_t turns_end(const struct loop *loop);

/* Instructions until the next event, for a vCPU that may run up to cycle `end`: at least 1. */
uint64_t turns_budget(const struct loop *loop, unsigned vcpu, uint64_t end);

#endif
