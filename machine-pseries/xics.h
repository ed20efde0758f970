/* The interrupt controller (PAPR XICS): one presentation unit a vCPU, one source unit. */
#ifndef HORNPIPE_XICS_H
#define HORNPIPE_XICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"

struct pseries;
struct cpu;

enum {
    XICS_SOURCE_BASE = 0x1000, XICS_SOURCE_COUNT = 0x1000, XICS_MAX_SERVERS = 64,
    XICS_IPI = 2, XICS_EPOW = 0x1000, XICS_HOTPLUG = 0x1001, XICS_VIO_BASE = 0x1100,
    XICS_LSI_BASE = 0x1200, XICS_MSI_BASE = 0x1300,
};

struct xics_server { /* ICP */
    uint32_t xirr;   /* CPPR (8) | XISR (24) */
    uint8_t pending_priority, mfrr;
};
struct xics_source { /* ICS */
    uint16_t server;
    uint8_t priority, saved_priority;
    uint8_t status; /* XICS_* bits, xics.c */
    bool lsi;
};
struct xics {
    struct xics_server servers[XICS_MAX_SERVERS];
    struct xics_source sources[XICS_SOURCE_COUNT];
};
extern const struct state_desc xics_state_desc;

void xics_reset(struct pseries *p);
void xics_set_lsi(struct pseries *p, uint32_t source, bool is_lsi); /* at creation of a device */

/* An event of an MSI-type source, and the level of an LSI-type one. Drives cpu->pending. */
void xics_pulse(struct pseries *p, uint32_t source);
void xics_set_level(struct pseries *p, uint32_t source, bool level);

/* Adds /interrupt-controller and /event-sources; 0 or a libfdt error. */
int xics_fdt(struct pseries *p, void *fdt, int parent);

#endif
