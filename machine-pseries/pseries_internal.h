/* Inside machine-pseries: the machine's parts and how they reach each other. */
#ifndef HORNPIPE_PSERIES_INTERNAL_H
#define HORNPIPE_PSERIES_INTERNAL_H

#include "pseries.h"

#include "compat.h"
#include "event.h"
#include "nvram.h"
#include "pci.h"
#include "phb.h"
#include "rtas.h"
#include "vio.h"
#include "vof.h"
#include "vty.h"
#include "xics.h"

/* Results of hypercalls (LoPAR 14.5.3, pseries.md 3.2). */
#define H_SUCCESS              INT64_C(0)
#define H_BUSY                 INT64_C(1)
#define H_CLOSED               INT64_C(2)
#define H_CONTINUE             INT64_C(18)
#define H_HARDWARE             INT64_C(-1)
#define H_FUNCTION             INT64_C(-2)
#define H_PRIVILEGE            INT64_C(-3)
#define H_PARAMETER            INT64_C(-4)
#define H_BAD_MODE             INT64_C(-5)
#define H_PTEG_FULL            INT64_C(-6)
#define H_NOT_FOUND            INT64_C(-7)
#define H_DROPPED              INT64_C(-12)
#define H_RESOURCE             INT64_C(-16)
#define H_P2                   INT64_C(-55)
#define H_P3                   INT64_C(-56)
#define H_P4                   INT64_C(-57)
#define H_UNSUPPORTED_FLAG     INT64_C(-256)
#define H_MULTI_THREADS_ACTIVE INT64_C(-9005)

#define PSERIES_INTC_PHANDLE 0x1111u

/* Rows of hcalls.def. */
enum hcall_row {
#define HCALL(name, token, handler, set) HCALL_ROW_##name,
#include "hcalls.def"
#undef HCALL
    HCALL_ROW_COUNT
};

/* The call in which a vCPU waits. */
enum pseries_wait { PSERIES_RUNS, PSERIES_CEDED, PSERIES_CONFERRED, PSERIES_JOINED };

/* H_CONFER to all others, and to its caller itself, as server numbers. */
#define CONFER_ALL  UINT32_MAX
#define CONFER_SELF (UINT32_MAX - 1)

/* Per-vCPU state that belongs to the hypervisor (H_REGISTER_VPA, H_PROD, RTAS start-cpu). */
struct pseries_vcpu {
    uint64_t vpa_addr, slb_shadow_addr, slb_shadow_size, dtl_addr, dtl_size;
    uint32_t dispatches;    /* what the VPA shows: even while it runs, odd while not */
    bool prod;              /* H_PROD arrived while running */
    bool stopped;           /* not started, or after stop-self */
    uint8_t waits;          /* enum pseries_wait */
    uint64_t waits_since;   /* timebase at which the last wait began */
    uint64_t confer_until;  /* timebase at which an H_CONFER ends; UINT64_MAX: does not end so */
    uint32_t confer_to;     /* server, CONFER_ALL or CONFER_SELF */
    uint32_t confer_number; /* dispatches of that server when the wait began */
};

/*
 * Real address of the hashed page table for table-walk modelling: no guest access reaches it. Above
 * all RAM (which ends below the PCI windows at 0x2000_0000_0000) and above the windows' upper limit
 * 0x4000_0000_0000 (pseries.md 1.1).
 */
#define PSERIES_HPT_REAL UINT64_C(0x800000000000)

/* RAM must end below the first PCI window. */
#define PSERIES_RAM_MAX UINT64_C(0x200000000000)

enum {
    PSERIES_RAM_MIN = 0x8000000,
    PSERIES_FIRMWARE_MAX = 0x400000, /* firmware image at 0, the kernel above it */
    PSERIES_KERNEL_BASE = 0x400000,
    PSERIES_FDT_MAX = 0x200000,           /* space kept for the tree */
    PSERIES_FIRMWARE_RESERVE = 0x2800000, /* what firmware takes at the top of low memory */
    PSERIES_UNKNOWN_TOKENS = 64,
    PSERIES_PATH_MAX = 4096,
    PSERIES_MAX_DRIVES = 64,
};

struct pseries {
    struct pseries_config config;
    struct pseries_host host;
    struct isa_clock *clock;
    struct isa_bus bus;
    struct cpu *cpus[PSERIES_CPUS_MAX]; /* by server number, which is PIR */
    struct pseries_vcpu vcpus[PSERIES_CPUS_MAX];

    struct event_queue events;
    struct device_set *devices;
    struct xics xics;
    struct vio_bus vio;
    struct vty vty;
    struct nvram nvram;
    struct phb phb;
    struct pci_bus pci;
    struct rtas rtas;
    struct vof vof;

    struct pseries_image images[3 + PSERIES_MAX_DRIVES];
    size_t image_count;
    uint64_t fdt_real, fdt_size; /* where the tree was put for firmware */
    uint64_t kernel_real, kernel_size, kernel_entry, initrd_real, initrd_size;
    bool kernel_le;
    uint32_t compat_pvr; /* logical PVR of the mode (compat.h); 0: none */
    bool cas_done;
    bool dtb_dumped;
    uint8_t ov5_form1; /* granted: FORM1 associativity */
    uint64_t rma_size; /* the first memory node */
    char firmware_path[PSERIES_PATH_MAX];
    uint64_t unknown_tokens[PSERIES_UNKNOWN_TOKENS]; /* unknown hypercalls logged so far */
    unsigned unknown_token_count;

    enum pseries_action action; /* set by a handler, taken by pseries_hcall() */
    char panic_message[512];
    struct pseries_call_count hcall_counts[HCALL_ROW_COUNT + 1]; /* last: unknown */
    bool hcall_on_memory[HCALL_ROW_COUNT + 1];                   /* pseries_hcall_on_memory() */
    struct pseries_call_count rtas_counts[RTAS_ROW_COUNT + 1];
};

/* One handler for each row of hcalls.def. */
#define HCALL(name, token, handler, set)                                                           \
    int64_t handler(struct pseries *p, struct cpu *cpu, uint64_t *args);
#include "hcalls.def"
#undef HCALL

/* hcall.c */
void hcall_init(struct pseries *p);

/* Result of a hypercall that does not exist: counted, logged once for each token. */
int64_t hcall_unknown(struct pseries *p, uint64_t token);

/* pseries_fdt.c: a complete tree for the present state; *out is malloc'ed, *size its bytes.
 * `for_cas`: /chosen holds only what the CAS answer of pseries.md 2.11 has. */
enum sim_status pseries_fdt_build(struct pseries *p, bool for_cas, void **out, size_t *size);

/* cas.c: negotiates from the vector at real address `vec`; H_SUCCESS or an H_ error. Shared by
 * H_CAS and the client interface. */
int64_t cas_negotiate(struct pseries *p, uint64_t vec);

/* Reads /rtas linux,rtas-base out of a tree the guest finished: 0 when it is not there. */
uint64_t cas_rtas_base(const void *fdt);

/* Why a vCPU that waited goes on, as the dispatch trace log has it. */
enum vpa_reason {
    VPA_EXTERNAL = 0,
    VPA_PROD = 2,
    VPA_DECREMENTER = 3,
    VPA_RESET = 4,
    VPA_FIRMWARE = 5,
    VPA_TIME_SLICE = 7,
    VPA_DOORBELL = 10,
};

/* vpa.c: a vCPU starts to wait, or goes on: the dispatch counter of its VPA moves, and the dispatch
 * trace log gets an entry. With stop-self and start-cpu only the counter moves. */
void vpa_waits(struct pseries *p, const struct cpu *cpu);
void vpa_goes_on(struct pseries *p, const struct cpu *cpu, enum vpa_reason reason);
void vpa_counts(struct pseries *p, const struct cpu *cpu);

/* Number of this vCPU in p->cpus[] and p->vcpus[]. */
unsigned pseries_cpu_index(const struct pseries *p, const struct cpu *cpu);

/* The hypervisor's part of a vCPU. */
static inline struct pseries_vcpu *pseries_vcpu_of(struct pseries *p, const struct cpu *cpu)
{
    return &p->vcpus[pseries_cpu_index(p, cpu)];
}

/* The vCPU whose server number is `server`, or NULL. */
struct cpu *pseries_find_cpu(struct pseries *p, uint64_t server);

#endif
