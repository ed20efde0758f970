/*
 * Compatibility modes (LoPAR 2.9, PAPR logical processor versions; pseries.md 9): what older
 * processor a guest gets to see. A mode names its level, and by the PCR problem state loses what
 * came after it; privileged state does not.
 */
#ifndef HORNPIPE_COMPAT_H
#define HORNPIPE_COMPAT_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/cpu.h"

struct pseries;

struct compat_mode {
    const char *name;     /* as max-cpu-compat spells it */
    uint32_t pvr;         /* logical PVR */
    enum isa_level level; /* processors from this level on have it */
    uint64_t pcr;         /* what it hides, of the bits that the processor has */
    unsigned threads;     /* of a core, at most */
};

/* Oldest first, ended by a row whose name is NULL. */
extern const struct compat_mode compat_modes[];

/* By name, in any case; NULL when no mode has that name. */
const struct compat_mode *compat_find(const char *name);

/* True if processors of that model have the mode. */
bool compat_fits(const struct compat_mode *mode, const struct cpu_model *model);

/* The mode that the machine is in; NULL: what its processor is. */
const struct compat_mode *compat_now(const struct pseries *p);

/* Enters a mode, or with NULL none: on every vCPU. The device tree is the caller's to rebuild. */
void compat_enter(struct pseries *p, const struct compat_mode *mode);

/* Threads of a core that the guest is shown. */
unsigned compat_threads(const struct pseries *p);

#endif
