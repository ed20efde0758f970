/*
 * Where the engines begin to differ, to the instruction. This is for a repetition of the run in
 * which they did (lockstep_repeat.h): it looks at the pair before and after every piece.
 *
 * It is asked about a difference that came somewhere in a range of instructions. In a long range it
 * looks how far all is equal, and answers with a shorter one. In a range of a piece it tries what
 * parts of the piece come to, in processes that are forked for it and forgotten: first the smallest
 * number of instructions after which the engines differ, then how many of these the precise engine
 * may do first so that they still do. The instruction behind those is the one: done by the threaded
 * engine it makes a difference, and all after it does not. For the values right after it the
 * threaded engine does it alone (engine_threaded_step()), or with the next few if it is wrong only
 * with these; else the values are those at the end of the block.
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
