/* The VIO bus: unit addresses, /vdevice, H_VIO_SIGNAL and the CRQ calls (LoPAR 17.2). */
#include "vio.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdt_node.h"
#include "pseries_internal.h"

enum { TCE_PAGE_SHIFT = 12, CRQ_SIZE_MIN = 0x1000, CRQ_SIZE_MAX = 0x10000000 };

static const struct state_field vio_device_fields[] = {
    STATE_FIELD(vio_device, reg),      STATE_FIELD(vio_device, irq),
    STATE_FIELD(vio_device, signal),   STATE_FIELD(vio_device, bypass),
    STATE_FIELD(vio_device, crq_ioba), STATE_FIELD(vio_device, crq_size),
};
const struct state_desc vio_device_state_desc = STATE_DESC("vio-device", 1, vio_device_fields);

struct vio_device *vio_add(struct pseries *p, const struct vio_device_ops *ops, void *priv)
{
    struct vio_bus *bus = &p->vio;
    uint64_t *tces = NULL;

    if (bus->count == VIO_MAX_DEVICES)
        return NULL;
    if (ops->dma_window) {
        tces = calloc(ops->dma_window >> TCE_PAGE_SHIFT, sizeof *tces);
        if (!tces)
            return NULL;
    }
    struct vio_device *d = &bus->devices[bus->count];
    *d = (struct vio_device){
        .ops = ops, .reg = VIO_FIRST_REG + bus->count, .tces = tces, .priv = priv};
    d->irq = XICS_VIO_BASE + (d->reg & 0xff);
    bus->count++;
    return d;
}

struct vio_device *vio_find(struct pseries *p, uint64_t reg)
{
    const uint64_t index = reg - VIO_FIRST_REG;
    return index < p->vio.count ? &p->vio.devices[index] : NULL;
}

static void set_queue(struct pseries *p, struct vio_device *d, uint64_t ioba, uint64_t size)
{
    d->crq_ioba = ioba;
    d->crq_size = size;
    if (d->ops->queue_changed)
        d->ops->queue_changed(p, d);
}

static void quiesce_device(struct pseries *p, struct vio_device *d)
{
    if (d->tces)
        memset(d->tces, 0, (d->ops->dma_window >> TCE_PAGE_SHIFT) * sizeof *d->tces);
    set_queue(p, d, 0, 0);
}

void vio_quiesce(struct pseries *p)
{
    for (unsigned i = 0; i < p->vio.count; i++)
        quiesce_device(p, &p->vio.devices[i]);
}

void vio_reset(struct pseries *p)
{
    for (unsigned i = 0; i < p->vio.count; i++) {
        struct vio_device *d = &p->vio.devices[i];
        quiesce_device(p, d);
        d->signal = d->bypass = false;
        if (d->ops->reset)
            d->ops->reset(p, d);
    }
}

void vio_fini(struct pseries *p)
{
    for (unsigned i = 0; i < p->vio.count; i++) {
        struct vio_device *d = &p->vio.devices[i];
        free(d->tces);
        if (d->ops->destroy)
            d->ops->destroy(d);
    }
    memset(&p->vio, 0, sizeof p->vio);
}

void vio_pulse(struct pseries *p, struct vio_device *d)
{
    d->interrupts++;
    xics_pulse(p, d->irq);
}

/* -- Device tree -- */

static int add_device(struct pseries *p, struct vio_device *d, const struct fdt_node *bus)
{
    char name[64];
    snprintf(name, sizeof name, "%s@%x", d->ops->node_name, d->reg);
    struct fdt_node n = fdt_node_child(bus, name);
    fdt_node_u32(&n, "reg", d->reg);
    if (d->ops->device_type)
        fdt_node_string(&n, "device_type", d->ops->device_type);
    if (d->ops->compatible)
        fdt_node_string(&n, "compatible", d->ops->compatible);
    FDT_NODE_CELLS(&n, "interrupts", d->irq, 0);
    if (d->tces) {
        FDT_NODE_CELLS(&n, "ibm,my-dma-window", d->reg, 0, 0, 0, (uint32_t)d->ops->dma_window);
        fdt_node_u32(&n, "ibm,#dma-address-cells", 2);
        fdt_node_u32(&n, "ibm,#dma-size-cells", 2);
    }
    if (!n.error && d->ops->fdt)
        n.error = d->ops->fdt(p, d, n.fdt, n.offset);
    return n.error;
}

int vio_fdt(struct pseries *p, void *fdt, int parent)
{
    struct fdt_node n = fdt_node_add(fdt, parent, "vdevice");
    fdt_node_string(&n, "device_type", "vdevice");
    fdt_node_string(&n, "compatible", "IBM,vdevice");
    fdt_node_u32(&n, "#address-cells", 1);
    fdt_node_u32(&n, "#size-cells", 0);
    fdt_node_u32(&n, "#interrupt-cells", 2);
    fdt_node_empty(&n, "interrupt-controller");
    /* libfdt puts a new node first: backwards, so that the tree has them in bus order. */
    for (unsigned i = p->vio.count; i-- > 0 && !n.error;)
        n.error = add_device(p, &p->vio.devices[i], &n);
    return n.error;
}

/* -- Hypercalls -- */

int64_t h_vio_signal(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct vio_device *d = vio_find(p, args[0]);
    (void)cpu;
    if (!d || args[1] > (d->ops->has_signal ? 1 : 0))
        return H_PARAMETER;
    d->signal = args[1] != 0;
    return H_SUCCESS;
}

int64_t h_reg_crq(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct vio_device *d = vio_find(p, args[0]);
    const uint64_t ioba = args[1], size = args[2];
    (void)cpu;
    if (!d || size < CRQ_SIZE_MIN || size > CRQ_SIZE_MAX || (ioba & (CRQ_SIZE_MIN - 1)))
        return H_PARAMETER;
    if (!d->ops->send_crq)
        return H_NOT_FOUND;
    if (d->crq_size)
        return H_RESOURCE;
    set_queue(p, d, ioba, size);
    return H_SUCCESS;
}

int64_t h_free_crq(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct vio_device *d = vio_find(p, args[0]);
    (void)cpu;
    if (!d)
        return H_PARAMETER;
    set_queue(p, d, 0, 0);
    return H_SUCCESS;
}

int64_t h_send_crq(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct vio_device *d = vio_find(p, args[0]);
    (void)cpu;
    if (!d)
        return H_PARAMETER;
    if (!d->ops->send_crq)
        return H_HARDWARE;
    if (!d->crq_size)
        return H_CLOSED;
    return d->ops->send_crq(p, d, args[1], args[2]);
}

int64_t h_enable_crq(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)cpu;
    return vio_find(p, args[0]) ? H_SUCCESS : H_PARAMETER;
}
