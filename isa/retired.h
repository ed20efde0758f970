/*
 * The observation interface (contract 4): what engines report about retired instructions, in
 * batches, to observers that never touch the vCPU.
 */
#ifndef HORNPIPE_ISA_RETIRED_H
#define HORNPIPE_ISA_RETIRED_H

#include <stddef.h>
#include <stdint.h>

enum isa_retired_flags {
    RETIRED_HAS_EA = 1,   /* ea is that of the (last) storage access */
    RETIRED_PROBLEM = 2,  /* MSR[PR] was 1 */
    RETIRED_BRANCHED = 4, /* flow left the sequence */
    RETIRED_INTERRUPT =
        8, /* no instruction: a mark; cia is the interrupted address, ea its vector */
};

struct isa_retired {
    uint64_t cia, ea;
    uint32_t word;
    uint8_t flags; /* enum isa_retired_flags */
};

/* Called with 1..ISA_WATCH_BATCH records in program order, and at the end of every run(). */
typedef void isa_sink_fn(void *ctx, const struct isa_retired *records, size_t n);

enum { ISA_WATCH_BATCH = 256 };

/* Attach by cpu->watch = &watch between two run()s, detach by NULL; both call cpu_derive(). */
struct isa_watch {
    isa_sink_fn *batch;
    void *ctx;
    struct isa_retired records[ISA_WATCH_BATCH];
    size_t count;
    uint64_t last_ea; /* set by the storage slow path while watched */
    int has_ea;
};

#endif
