/*
 * Where the engines begin to differ, to the instruction. This is for a repetition of the run in
 * which they did (lockstep_repeat.h): it looks at the pair before and after every piece.
 *
 * It is asked about a difference that came somewhere in a range of instructions. In a long range it
 * looks how far all is equal, and answers with a shorter one. In a range of a piece it tries what
 * the piece comes to, in processes that are forked for it and forgotten: the smallest number of
 * instructions after which the engines differ, and then the largest number of these that the
 * precise engine may execute first. The instruction behind those is the one: done by the threaded
 * engine it makes a difference, and all after it does not. One piece as a whole is not found wrong
 * by a step of the threaded engine if the fault is in how it goes from one block to the next.
 */
#ifndef HORNPIPE_LOCKSTEP_FIND_H
#define HORNPIPE_LOCKSTEP_FIND_H

#include "lockstep.h"
#include "lockstep_trace.h"

enum lockstep_found {
    LOCKSTEP_FOUND_NOTHING,
    LOCKSTEP_FOUND_RANGE, /* `range` is what to ask next */
    LOCKSTEP_FOUND_PLACE, /* `report` says it: the first line is a sentence of its own */
};

enum { LOCKSTEP_PROBE_TEXT = 4096 };

struct lockstep_find {
    struct lockstep *lockstep;
    struct lockstep_difference asked;
    uint64_t equal; /* the machine's count when all was still equal */
    bool is_begun;
    struct lockstep_trace **traces; /* of the reference's vCPUs; NULL: not yet */
    char *probe_text;               /* shared with the probes */

    enum lockstep_found found;
    struct lockstep_difference range;
    char *report; /* owned */
};

/* Looks on from now; `find` is zero but for `asked`. Pair with lockstep_find_end(). */
void lockstep_find_begin(struct lockstep_find *find, struct lockstep *lockstep);

/* After the run, with the machines still there: settles what was found. `report` stays. */
void lockstep_find_end(struct lockstep_find *find);

#endif
