/* Inside machine-pseries: the machine's parts and how they reach each other. */
#ifndef HORNPIPE_PSERIES_INTERNAL_H
#define HORNPIPE_PSERIES_INTERNAL_H

#include "pseries.h"

#include "nvram.h"
#include "phb.h"
#include "rtas.h"
#include "vio.h"
#include "vof.h"
#include "vty.h"
#include "xics.h"

/* Results of hypercalls (LoPAR 14.5.3, pseries.md 3.2). */
#define H_SUCCESS       INT64_C(0)
#define H_BUSY          INT64_C(1)
#define H_CLOSED        INT64_C(2)
#define H_CONTINUE      INT64_C(18)
#define H_HARDWARE      INT64_C(-1)
#define H_FUNCTION      INT64_C(-2)
#define H_PRIVILEGE     INT64_C(-3)
#define H_PARAMETER     INT64_C(-4)
#define H_BAD_MODE      INT64_C(-5)
#define H_PTEG_FULL     INT64_C(-6)
#define H_NOT_FOUND     INT64_C(-7)
#define H_RESOURCE      INT64_C(-16)
#define H_P2            INT64_C(-55)
#define H_P3            INT64_C(-56)
#define H_P4            INT64_C(-57)
#define H_UNSUPPORTED_FLAG INT64_C(-256)
#define H_MULTI_THREADS_ACTIVE INT64_C(-9005)

#define PSERIES_INTC_PHANDLE 0x1111u
#define PSERIES_MAX_CPUS     1u

/* Rows of hcalls.def. */
enum hcall_row {
#define HCALL(name, token, handler, set) HCALL_ROW_##name,
#include "hcalls.def"
#undef HCALL
    HCALL_ROW_COUNT
};

/* Per-vCPU state that belongs to the hypervisor (H_REGISTER_VPA, H_PROD, RTAS start-cpu). */
struct pseries_vcpu {
    uint64_t vpa_addr, slb_shadow_addr, slb_shadow_size, dtl_addr, dtl_size;
    bool prod;    /* H_PROD arrived while running */
    bool ceded;   /* in H_CEDE */
    bool stopped; /* not started, or after stop-self */
};

struct pseries {
    struct pseries_config config;
    struct pseries_host host;
    struct isa_clock *clock;
    struct isa_bus bus;
    struct cpu *cpus[PSERIES_MAX_CPUS];
    struct pseries_vcpu vcpus[PSERIES_MAX_CPUS];

    struct xics xics;
    struct vio_bus vio;
    struct vty vty;
    struct nvram nvram;
    struct phb phb;
    struct rtas rtas;
    struct vof vof;

    struct pseries_image images[3];
    size_t image_count;
    uint64_t fdt_real, fdt_size; /* where the tree was put for firmware */
    uint64_t kernel_real, kernel_size, kernel_entry, initrd_real, initrd_size;
    bool kernel_le;
    uint32_t cas_pvr; /* logical PVR after CAS, 0 before */
    bool cas_done;
    bool dtb_dumped;

    enum pseries_action action; /* set by a handler, taken by pseries_hcall() */
    char panic_message[512];
    struct pseries_call_count hcall_counts[HCALL_ROW_COUNT + 1]; /* last: unknown */
    struct pseries_call_count rtas_counts[RTAS_ROW_COUNT + 1];
};

/* One handler for each row of hcalls.def. */
#define HCALL(name, token, handler, set)                                                           \
    int64_t handler(struct pseries *p, struct cpu *cpu, uint64_t *args);
#include "hcalls.def"
#undef HCALL

/* hcall.c */
void hcall_init(struct pseries *p);

/* pseries_fdt.c: a complete tree for the present state; *out is malloc'ed, *size its bytes.
 * `for_cas`: only what the CAS answer of pseries.md 2.11 holds differs. */
enum sim_status pseries_fdt_build(struct pseries *p, void **out, size_t *size);

/* cas.c: negotiates from the vector at real address `vec`; H_SUCCESS or an H_ error. Shared by
 * H_CAS and the client interface. */
int64_t cas_negotiate(struct pseries *p, uint64_t vec);

/* The vCPU whose server number is `server`, or NULL. */
struct cpu *pseries_find_cpu(struct pseries *p, uint64_t server);

#endif
