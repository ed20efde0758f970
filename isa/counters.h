/*
 * What is always counted, for each vCPU (contract 4: cheap enough to stay on).
 * Indexed by privilege state; everything that can be summed from the mnemonics is.
 */
#ifndef HORNPIPE_ISA_COUNTERS_H
#define HORNPIPE_ISA_COUNTERS_H

#include <stdint.h>

enum isa_privilege { PRIV_PROBLEM, PRIV_SUPERVISOR, PRIV_COUNT };

enum {
    ISA_OPS_MAX = 4096, /* room for ISA_OP_COUNT (insn.h) */
    ISA_VECTORS_MAX = 32,
};

struct isa_counters {
    uint64_t insns[PRIV_COUNT][ISA_OPS_MAX]; /* completed, by op (row and variant) */
    uint64_t branches_taken[PRIV_COUNT];
    uint64_t interrupts[PRIV_COUNT][ISA_VECTORS_MAX]; /* by enum isa_vector, from that state */
    uint64_t slb_misses[PRIV_COUNT];                  /* instruction and data segment interrupts */
    uint64_t hash_faults[PRIV_COUNT];                 /* no HPTE: instruction and data */
    uint64_t illegal_unknown[PRIV_COUNT];             /* words that are no instruction */
};

#endif
