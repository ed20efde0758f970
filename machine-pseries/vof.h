/* The built-in Open Firmware client interface (-M x-vof=on): boots a kernel without firmware. */
#ifndef HORNPIPE_VOF_H
#define HORNPIPE_VOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"
#include "base/status.h"

struct cpu;
struct pseries;

enum {
    VOF_MAX_CLAIMS = 128,
    VOF_MAX_INSTANCES = 64,
    VOF_PATH_MAX = 256,
    VOF_ENTRY = 0x4000,    /* client interface handler in guest memory */
    VOF_STACK = 0xffe0,    /* top of the client's stack */
    VOF_RESERVE = 0x10000, /* memory from 0 that is the firmware's */
};

struct vof_claim {
    uint64_t start, size;
};
struct vof_instance {
    uint32_t phandle;        /* 0: free */
    char path[VOF_PATH_MAX]; /* as it was opened */
};
struct vof {
    void *fdt; /* the live tree, owned; NULL when SLOF is the firmware */
    uint32_t fdt_capacity;
    struct vof_claim claims[VOF_MAX_CLAIMS]; /* in order of address, none overlap */
    uint32_t claim_count;
    struct vof_instance instances[VOF_MAX_INSTANCES]; /* ihandle = index + 1 */
    bool quiesced;
};
extern const struct state_desc vof_state_desc;

/* Takes over `fdt` (malloc'ed), lays the trampoline into RAM and sets vCPU 0 at its entry. */
enum sim_status vof_reset(struct pseries *p, void *fdt, uint32_t size);
void vof_fini(struct pseries *p);

/* -- Within the client interface -- */

/* One call, all in host order; a service sets rets[] and need not touch what stays 0. */
enum { VOF_ARGS_MAX = 12 };
struct vof_call {
    struct cpu *cpu;
    uint32_t args[VOF_ARGS_MAX], rets[VOF_ARGS_MAX];
    unsigned nargs, nret;
};
#define VOF_ERROR UINT32_MAX

/* vof_services.c: carries out service `name`; false if there is no such service. */
bool vof_serve(struct pseries *p, const char *name, struct vof_call *call);

/* A NUL-ended string of the guest; false if it does not end within `size` bytes or RAM. */
bool vof_read_string(const struct pseries *p, uint64_t real, char *out, size_t size);

/* vof_claim.c: memory given away; results are the start or VOF_ERROR, and 0 or VOF_ERROR. */
uint32_t vof_claim(struct pseries *p, uint64_t start, uint64_t size, uint64_t align);
uint32_t vof_release(struct pseries *p, uint64_t start, uint64_t size);

#endif
