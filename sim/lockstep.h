/*
 * Two machines that run the same guest by different engines, as one to the loop (contract 2): what
 * the loop asks of the machine, both do, and after every piece of at most LOCKSTEP_PIECE_MAX
 * instructions their vCPUs are compared. The first difference ends the run.
 */
#ifndef HORNPIPE_LOCKSTEP_H
#define HORNPIPE_LOCKSTEP_H

#include "isa/cpu.h"
#include "loop.h"

enum { LOCKSTEP_PIECE_MAX = 4096 };

/* One of the two. */
struct lockstep_side {
    const char *name; /* of the engine */
    struct loop_machine machine;
    struct cpu *(*cpu)(void *ctx, unsigned vcpu);
    const uint8_t *ram;
};

/* What differs. */
enum lockstep_kind {
    LOCKSTEP_EQUAL,
    LOCKSTEP_STOP, /* why a piece ended, or after how many instructions */
    LOCKSTEP_VCPU, /* a field of cpu_state_desc */
    LOCKSTEP_MEMORY,
    LOCKSTEP_COUNTERS,
    LOCKSTEP_DISK, /* what the guests have written there */
};

struct lockstep_difference {
    enum lockstep_kind kind;
    unsigned vcpu;
    /* It came after the first `after` instructions of the machine, and was seen after `upto`. */
    uint64_t after, upto;
    uint64_t real;  /* LOCKSTEP_MEMORY: the address that differs */
    char text[256]; /* as found: one line for the user */
};

struct lockstep {
    struct lockstep_side side[2]; /* [0] is the reference, whose answers the loop gets */
    uint64_t ram_size;
    /* The first difference of the disks; false: there is none. NULL: there are no disks. */
    bool (*disks_differ)(void *ctx, struct pseries_disk_difference *difference);
    void *disks_ctx;
    uint64_t random;    /* lengths of pieces */
    uint64_t icount;    /* instructions that the machine has completed */
    uint64_t since_ram; /* instructions since memory was compared */
    bool ended;
    struct lockstep_difference difference;
    void (*ends)(void *ctx, const char *why); /* called once */
    void *ends_ctx;
    /* Called before each piece with its length, and after it with 0; NULL: nobody looks. */
    void (*observe)(void *ctx, unsigned vcpu, uint64_t length);
    void *observe_ctx;
};

/* Fills random and the rest of what the caller leaves zero. */
void lockstep_init(struct lockstep *lockstep);

/* The pair as a machine; borrows `lockstep`. */
struct loop_machine lockstep_machine(struct lockstep *lockstep);

/* Compares memory, counters and disks too: at the end of a run. */
void lockstep_finish(struct lockstep *lockstep);

/* Ends the run before its next piece, as a difference does. */
void lockstep_end(struct lockstep *lockstep, const char *why);

/* -- Comparing -- */

static inline struct cpu *lockstep_cpu(const struct lockstep *lockstep, unsigned side,
                                       unsigned vcpu)
{
    const struct lockstep_side *const s = &lockstep->side[side];
    return s->cpu(s->machine.ctx, vcpu);
}

bool lockstep_vcpu_differs(const struct lockstep *lockstep, unsigned vcpu);

/* The next element of cpu_state_desc that differs from `*place` (0: the first) on, in words. */
bool lockstep_next_difference(const struct lockstep *lockstep, unsigned vcpu, unsigned *place,
                              char *text, size_t size);

/* True if memory differs: `*real` is the first address. */
bool lockstep_ram_differs(const struct lockstep *lockstep, uint64_t *real);

/* True if what was written to disks differs: `text` says where. */
bool lockstep_disks_differ(const struct lockstep *lockstep, char *text, size_t size);

/* True if the counters of a vCPU differ: `text` says which. Brings them up to date. */
bool lockstep_counters_differ(const struct lockstep *lockstep, unsigned vcpu, char *text,
                              size_t size);

/* Why a run of a vCPU ended, in words. */
const char *lockstep_stop_name(enum engine_stop why);

#endif
