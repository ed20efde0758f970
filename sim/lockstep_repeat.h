/*
 * A process that can repeat a run in lockstep: forked before the run begins, while it is small, it
 * waits for a question about a difference. To answer, it forks a process that does the run, which
 * is the same each time (contract 3), and looks where the difference comes from (lockstep_find.h).
 * It ends silently with the run that asks, however this one ends.
 */
#ifndef HORNPIPE_LOCKSTEP_REPEAT_H
#define HORNPIPE_LOCKSTEP_REPEAT_H

#include <sys/types.h>

#include "lockstep_find.h"
#include "replay.h"

/*
 * Does the run from its beginning, in the repeating process: lockstep_find_begin() when the pair is
 * there, lockstep_find_end() before it goes. There is nothing on standard input; standard output
 * goes nowhere, and so does the log.
 */
typedef void lockstep_repeat_fn(void *ctx, struct lockstep_find *find);

struct lockstep_repeat {
    pid_t server;
    int fd;     /* to it; -1: there is none */
    int inputs; /* a file in memory, which the processes share */
};

/* Call before anything that the run changes is there. STATUS_IO: no process. Pair with _close(). */
enum sim_status lockstep_repeat_open(struct lockstep_repeat *repeat, lockstep_repeat_fn *run,
                                     void *ctx);

/* Notes console input that the guest has taken, for the repetition. */
void lockstep_repeat_input(const struct lockstep_repeat *repeat, uint64_t icount, uint64_t cycle,
                           const void *bytes, size_t n);

/* In the repeating process: adds what was noted. */
enum sim_status lockstep_repeat_load(const struct lockstep_repeat *repeat, struct replay *replay);

/*
 * The report of a difference: its first line is a sentence. NULL if the repetition does not find
 * it, after a message that says why. To be freed. Takes as long as the run did, or several times.
 */
char *lockstep_repeat_ask(struct lockstep_repeat *repeat, const struct lockstep_difference *asked);

void lockstep_repeat_close(struct lockstep_repeat *repeat);

#endif
