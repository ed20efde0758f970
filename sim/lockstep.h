/*
 * Two machines that run the same guest by different engines, as one to the loop (contract 2): what
 * the loop asks of the machine, both do, and after every piece of at most LOCKSTEP_PIECE_MAX
 * instructions their vCPUs are compared. The first difference ends the run.
 */
#ifndef HORNPIPE_LOCKSTEP_H
#define HORNPIPE_LOCKSTEP_H

#include "isa/cpu.h"
#include "loop.h"

enum { LOCKSTEP_PIECE_MAX = 4096, LOCKSTEP_LAST = 64 };

/* One of the two. */
struct lockstep_side {
    const char *name; /* of the engine */
    struct loop_machine machine;
    struct cpu *(*cpu)(void *ctx, unsigned vcpu);
    const uint8_t *ram;
};

struct lockstep {
    struct lockstep_side side[2]; /* [0] is the reference, whose answers the loop gets */
    uint64_t ram_size;
    uint64_t random;                              /* lengths of pieces */
    uint64_t since_ram;                           /* instructions since memory was compared */
    void (*differs)(void *ctx, const char *what); /* called once */
    void *differs_ctx;
    bool differed;
};

/* Fills random and the rest of what the caller leaves zero. */
void lockstep_init(struct lockstep *lockstep);

/* The pair as a machine; borrows `lockstep`. */
struct loop_machine lockstep_machine(struct lockstep *lockstep);

/* Compares memory and counters too: at the end of a run. */
void lockstep_finish(struct lockstep *lockstep);

#endif
