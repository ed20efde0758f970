/* The VIO bus: /vdevice, unit addresses, TCE tables and CRQ calls (LoPAR 17). */
#ifndef HORNPIPE_VIO_H
#define HORNPIPE_VIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"

struct pseries;

enum { VIO_FIRST_REG = 0x71000000, VIO_MAX_DEVICES = 32 };

struct vio_device;

/* What a kind of VIO device supplies; any function may be NULL. */
struct vio_device_ops {
    const char *model;      /* as -device spells it: "spapr-vty" */
    const char *node_name;  /* "vty" */
    const char *device_type, *compatible;
    bool has_crq;
    bool has_signal;        /* H_VIO_SIGNAL is valid */
    uint64_t dma_window;    /* bytes of TCE window, 0: none */
    void (*reset)(struct pseries *p, struct vio_device *d);
    int (*fdt)(struct pseries *p, struct vio_device *d, void *fdt, int node);
};

struct vio_device {
    const struct vio_device_ops *ops;
    uint32_t reg; /* unit address */
    uint32_t irq; /* XICS source */
    bool signal;  /* H_VIO_SIGNAL state */
    bool bypass;  /* ibm,set-tce-bypass */
    uint64_t *tces; /* dma_window >> 12 entries, or NULL */
    void *priv;   /* the device's own struct, borrowed */
};

struct vio_bus {
    struct vio_device devices[VIO_MAX_DEVICES];
    unsigned count;
};

/* Adds a device at the next unit address; NULL when the bus is full or memory is short. */
struct vio_device *vio_add(struct pseries *p, const struct vio_device_ops *ops, void *priv);
struct vio_device *vio_find(struct pseries *p, uint64_t reg);
void vio_reset(struct pseries *p);
void vio_fini(struct pseries *p);
int vio_fdt(struct pseries *p, void *fdt, int parent);
void vio_pulse(struct pseries *p, const struct vio_device *d);

#endif
