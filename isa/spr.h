/* Special purpose registers: mtspr, mfspr, mftb (Book III-S 4.4.5). */
#ifndef HORNPIPE_ISA_SPR_H
#define HORNPIPE_ISA_SPR_H

#include "isa/outcome.h"

/* Reads SPR `n` (0..1023) into *value, which keeps its content where the access is a no-op. */
enum isa_outcome spr_read(struct cpu *cpu, unsigned n, uint64_t *value);

/* Writes it; ISA_TIMER when DEC was written (cpu->nia is set). */
enum isa_outcome spr_write(struct cpu *cpu, unsigned n, uint64_t value);

/* "DSISR"; NULL for a number that has no row. */
const char *spr_name(unsigned n);

/* Builds the index by number; isa_init() calls it. */
void spr_init(void);

#endif
