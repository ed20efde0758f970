/*
 * Words that were met and are no instruction of the CPU: counted, and named where another level of
 * the architecture has them.
 */
#ifndef HORNPIPE_ISA_MISSING_H
#define HORNPIPE_ISA_MISSING_H

#include <stddef.h>
#include <stdint.h>

struct cpu;

struct isa_missing {
    uint32_t word;   /* as first met */
    uint16_t row;    /* enum isa_row_id: of another level, or ROW_INVALID */
    uint64_t cia;    /* where first met */
    uint64_t icount; /* of the vCPU, when first met */
    uint64_t count;  /* times it raised its program interrupt */
};

enum { ISA_MISSING_MAX = 256 };

struct isa_missing_list {
    struct isa_missing entries[ISA_MISSING_MAX];
    size_t count;
};

/* The list so far, one entry a row, or a word that has none; it lives as long as the cpu. Returns
 * its length. */
size_t isa_missing_list(const struct cpu *cpu, const struct isa_missing **out);

/* Counts one; the first of an entry is logged. */
void isa_missing_note(struct cpu *cpu, uint32_t word, uint16_t row);

#endif
