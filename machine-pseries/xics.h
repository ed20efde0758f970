/* The interrupt controller (PAPR XICS): one presentation unit a vCPU, one source unit. */
#ifndef HORNPIPE_XICS_H
#define HORNPIPE_XICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"

struct pseries;
struct cpu;

enum {
    XICS_SOURCE_BASE = 0x1000,
    XICS_SOURCE_COUNT = 0x1000,
    XICS_MAX_SERVERS = 256,
    XICS_IPI = 2,
    XICS_EPOW = 0x1000,
    XICS_HOTPLUG = 0x1001,
    XICS_VIO_BASE = 0x1100,
    XICS_LSI_BASE = 0x1200,
    XICS_MSI_BASE = 0x1300,
};

/* Priorities: 0 is the most favoured; this one is never presented. */
enum { XICS_MASKED = 0xff };

/* Status of a source. */
enum {
    XICS_ASSERTED = 1,       /* LSI: the line is up */
    XICS_SENT = 2,           /* LSI: given to a server, not yet ended */
    XICS_REJECTED = 4,       /* MSI: its server had something more favoured */
    XICS_MASKED_PENDING = 8, /* MSI: arrived while masked */
};

struct xics_server { /* ICP */
    uint32_t xirr;   /* CPPR (8) | XISR (24) */
    uint8_t pending_priority, mfrr;
    uint16_t zero; /* no padding: the whole struct is described state */
};
struct xics_source { /* ICS */
    uint16_t server;
    uint8_t priority, saved_priority;
    uint8_t status; /* XICS_ASSERTED .. */
    bool lsi;
};
struct xics {
    struct xics_server servers[XICS_MAX_SERVERS];
    struct xics_source sources[XICS_SOURCE_COUNT];
    uint64_t waiting[XICS_SOURCE_COUNT / 64]; /* bit: source is ASSERTED or REJECTED */
};
extern const struct state_desc xics_state_desc;

/* Everything masked, no interrupt presented, every vCPU's external line low. */
void xics_reset(struct pseries *p);
void xics_set_lsi(struct pseries *p, uint32_t source, bool is_lsi); /* at creation of a device */

/* An event of an MSI-type source, and the level of an LSI-type one. Drives cpu->pending. */
void xics_pulse(struct pseries *p, uint32_t source);
void xics_set_level(struct pseries *p, uint32_t source, bool level);

/* Adds /interrupt-controller and /event-sources; 0 or a libfdt error. */
int xics_fdt(struct pseries *p, void *fdt, int parent);

#endif
