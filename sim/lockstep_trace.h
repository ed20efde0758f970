/* The last instructions of a vCPU, for the report of a difference: an observer (isa/retired.h). */
#ifndef HORNPIPE_LOCKSTEP_TRACE_H
#define HORNPIPE_LOCKSTEP_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "isa/cpu.h"
#include "isa/retired.h"

enum { LOCKSTEP_LAST = 64 };

struct lockstep_traced {
    uint64_t icount; /* of the vCPU, before it */
    uint64_t cia, ea;
    uint32_t word;
    uint8_t flags; /* enum isa_retired_flags */
    bool after_interrupt;
    uint64_t interrupted; /* the address that the last interrupt before it came at */
};

struct lockstep_trace {
    struct isa_watch watch;
    struct lockstep_traced last[LOCKSTEP_LAST]; /* a ring: instruction n is in n % LOCKSTEP_LAST */
    uint64_t count;                             /* instructions so far */
    uint64_t icount;                            /* of the next one */
    bool after_interrupt;
    uint64_t interrupted;
};

/* Watches `cpu` from its next run on; `trace` is zeroed memory. Pair with lockstep_trace_end(). */
void lockstep_trace_begin(struct lockstep_trace *trace, struct cpu *cpu);
void lockstep_trace_end(struct cpu *cpu);

/* The last instruction; NULL: there was none. */
const struct lockstep_traced *lockstep_trace_last(const struct lockstep_trace *trace);

/* One line for each, the oldest first. */
void lockstep_trace_print(const struct lockstep_trace *trace, FILE *out);

#endif
