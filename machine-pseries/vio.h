/* The VIO bus: /vdevice, unit addresses, TCE tables and CRQ calls (LoPAR 17). */
#ifndef HORNPIPE_VIO_H
#define HORNPIPE_VIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"
#include "device_counters.h"

struct pseries;

enum { VIO_FIRST_REG = 0x71000000, VIO_MAX_DEVICES = 32 };

struct vio_device;

/* What a kind of VIO device supplies; any function may be NULL. */
struct vio_device_ops {
    const char *model;     /* as -device spells it: "spapr-vty" */
    const char *node_name; /* "vty" */
    const char *device_type, *compatible;
    bool has_signal;     /* H_VIO_SIGNAL is valid */
    uint64_t dma_window; /* bytes of TCE window, 0: none */
    void (*reset)(struct pseries *p, struct vio_device *d);
    int (*fdt)(struct pseries *p, struct vio_device *d, void *fdt, int node);
    /* H_SEND_CRQ to a registered queue: returns its result. NULL: the device has no CRQ. */
    int64_t (*send_crq)(struct pseries *p, struct vio_device *d, uint64_t high, uint64_t low);
    /* The queue was registered or freed: what was under way belongs to nobody. */
    void (*queue_changed)(struct pseries *p, struct vio_device *d);
    const struct device_counter *counters;                       /* of the device's own struct */
    uint64_t (*hash)(const struct vio_device *d, uint64_t hash); /* of the device's own state */
    void (*destroy)(struct vio_device *d);                       /* frees priv */
};

struct vio_device {
    const struct vio_device_ops *ops;
    uint32_t reg;                /* unit address */
    uint32_t irq;                /* XICS source */
    bool signal;                 /* H_VIO_SIGNAL state */
    bool bypass;                 /* ibm,set-tce-bypass */
    uint64_t crq_ioba, crq_size; /* the registered queue; size 0: none */
    uint64_t *tces;              /* dma_window >> 12 entries, or NULL */
    uint64_t interrupts;         /* counter: events signalled */
    void *priv;                  /* the device's own struct; its owner is ops->destroy, if any */
};
extern const struct state_desc vio_device_state_desc;

struct vio_bus {
    struct vio_device devices[VIO_MAX_DEVICES];
    unsigned count;
};

/* Adds a device at the next unit address; NULL when the bus is full or memory is short. */
struct vio_device *vio_add(struct pseries *p, const struct vio_device_ops *ops, void *priv);
struct vio_device *vio_find(struct pseries *p, uint64_t reg);

/* Machine reset: every device as after its creation. */
void vio_reset(struct pseries *p);

/* RTAS quiesce: no translation and no queue is left; the devices are as they were otherwise. */
void vio_quiesce(struct pseries *p);
void vio_fini(struct pseries *p);

/* DMA by the device, at an I/O address; false, with a part perhaps done, if it may not there. */
bool vio_dma_read(const struct pseries *p, const struct vio_device *d, uint64_t ioba, void *out,
                  size_t len);
bool vio_dma_write(struct pseries *p, const struct vio_device *d, uint64_t ioba, const void *in,
                   size_t len);

/* Adds /vdevice with its devices under the node at `parent`; 0 or a libfdt error. */
int vio_fdt(struct pseries *p, void *fdt, int parent);

/* An interrupt event of the device. */
void vio_pulse(struct pseries *p, struct vio_device *d);

#endif
