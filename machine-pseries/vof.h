/* The built-in Open Firmware client interface (-M x-vof=on): boots a kernel without firmware. */
#ifndef HORNPIPE_VOF_H
#define HORNPIPE_VOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "base/status.h"

struct cpu;
struct pseries;

enum { VOF_MAX_CLAIMS = 128, VOF_MAX_INSTANCES = 64 };

struct vof_claim {
    uint64_t start, size;
};
struct vof_instance {
    uint32_t phandle; /* 0: free */
    char path[256];
};
struct vof {
    void *fdt; /* the live tree, owned; NULL when SLOF is the firmware */
    uint32_t fdt_capacity;
    struct vof_claim claims[VOF_MAX_CLAIMS];
    uint32_t claim_count;
    struct vof_instance instances[VOF_MAX_INSTANCES]; /* ihandle = index + 1 */
    bool quiesced;
};

/* Takes over `fdt` (malloc'ed), lays the trampoline into RAM and sets vCPU 0 at its entry. */
enum sim_status vof_reset(struct pseries *p, void *fdt, uint32_t size);
void vof_fini(struct pseries *p);

#endif
