/* spapr-vscsi: the queue, its elements, management datagrams; vscsi_srp.c has the SRP units. */
#include "vscsi.h"

#include <stdlib.h>
#include <string.h>

#include "device_set.h"
#include "fdt_node.h"
#include "pseries_internal.h"

enum {
    CRQ_ELEMENT = 16,
    INIT_REQUEST = 1,
    INIT_RESPONSE = 2,
    MAX_CHANNEL = 7,
    MAX_TARGET = 63,
    MAX_LUN = 31,
};

static const struct state_field vscsi_fields[] = {STATE_FIELD(vscsi, next)};
const struct state_desc vscsi_state_desc = STATE_DESC("vscsi", 1, vscsi_fields);

static const struct state_field slot_fields[] = {
    STATE_FIELD(vscsi_slot, busy),         STATE_FIELD(vscsi_slot, format),
    STATE_FIELD(vscsi_slot, length),       STATE_FIELD(vscsi_slot, ioba),
    EVENT_STATE_FIELDS(vscsi_slot, event), STATE_ARRAY(vscsi_slot, iu),
};
const struct state_desc vscsi_slot_state_desc = STATE_DESC("vscsi-slot", 2, slot_fields);

static const struct device_counter counters[] = {
    DEVICE_COUNTER(vscsi, commands, "commands"),
    DEVICE_COUNTER(vscsi, management, "management_requests"),
    DEVICE_COUNTER(vscsi, datagrams, "datagrams"),
    DEVICE_COUNTER(vscsi, dropped, "dropped"),
    {0},
};

/* -- The queue -- */

/*
 * An element for the guest: its second half first, then the half with the valid byte. False if the
 * next element is not free or cannot be reached.
 */
static bool put_element(struct vscsi *v, uint64_t high, uint64_t low)
{
    struct vio_device *const d = v->vio;
    uint8_t bytes[CRQ_ELEMENT], valid;
    if (!d->crq_size)
        return false;
    const uint64_t at = d->crq_ioba + (uint64_t)v->next * CRQ_ELEMENT;
    store_be64(bytes, high);
    store_be64(bytes + 8, low);
    if (!vio_dma_read(v->p, d, at, &valid, 1) || valid != 0 ||
        !vio_dma_write(v->p, d, at + 8, bytes + 8, 8) || !vio_dma_write(v->p, d, at, bytes, 8)) {
        v->dropped++;
        return false;
    }
    v->next = (v->next + 1) % (uint32_t)(d->crq_size / CRQ_ELEMENT);
    if (d->signal)
        vio_pulse(v->p, d);
    return true;
}

/* What was asked for is answered in place: the unit goes back to where it came from. */
static void answer(struct vscsi *v, const struct vscsi_slot *slot, size_t length, uint64_t tag)
{
    enum { STATUS_ADAPTER_FAIL = 0x10 };
    const bool written = vio_dma_write(v->p, v->vio, slot->ioba, slot->iu, length);
    put_element(v,
                (uint64_t)CRQ_COMMAND << 56 | (uint64_t)slot->format << 48 |
                    (written ? 0 : (uint64_t)STATUS_ADAPTER_FAIL << 32) | length,
                tag);
}

/* -- Management datagrams (LoPAR, MAD) -- */

enum {
    MAD_EMPTY = 1,
    MAD_ADAPTER_INFO = 3,
    MAD_SIZE = 16, /* the common part */
    MAD_SUCCESS = 0,
    MAD_NOT_SUPPORTED = 0xf1,
    MAD_FAILED = 0xf7,
};

static uint16_t adapter_info(struct vscsi *v, const struct vscsi_slot *slot)
{
    enum { VERSION = 0, NAME = 8, NUMBER = 104, MAD_VERSION = 108, OS_TYPE = 112, MAX_IO = 116 };
    enum { SIZE = 148, OS_LINUX = 2 };
    uint8_t info[SIZE] = {0};
    if (slot->length < MAD_SIZE + 8)
        return MAD_FAILED;
    const size_t wanted = load_be16(slot->iu + 6);
    snprintf((char *)info + VERSION, NAME - VERSION, "16.a");
    snprintf((char *)info + NAME, 96, "%s", v->p->config.name ? v->p->config.name : "hornpipe");
    store_be32(info + MAD_VERSION, 1);
    store_be32(info + OS_TYPE, OS_LINUX);
    store_be32(info + MAX_IO, 0x200000); /* bytes a command on port 0 */
    return vio_dma_write(v->p, v->vio, load_be64(slot->iu + MAD_SIZE), info,
                         wanted < SIZE ? wanted : SIZE)
               ? MAD_SUCCESS
               : MAD_FAILED;
}

static void execute_datagram(struct vscsi *v, struct vscsi_slot *slot)
{
    uint16_t status = MAD_NOT_SUPPORTED;
    v->datagrams++;
    if (slot->length < MAD_SIZE) { /* it has no tag to be answered with */
        v->dropped++;
        return;
    }
    const uint32_t type = load_be32(slot->iu);
    if (type == MAD_EMPTY)
        status = MAD_SUCCESS;
    else if (type == MAD_ADAPTER_INFO)
        status = adapter_info(v, slot);
    store_be16(slot->iu + 4, status);
    answer(v, slot, slot->length, load_be64(slot->iu + 8));
}

/* -- Slots -- */

static void complete(struct pseries *p, struct machine_event *e)
{
    struct vscsi *const v = e->owner;
    struct vscsi_slot *const slot = (struct vscsi_slot *)e; /* its first member */
    (void)p;
    if (slot->format == CRQ_FORMAT_MAD) {
        execute_datagram(v, slot);
    } else {
        const size_t length = vscsi_execute_srp(v, slot);
        if (length > 0)
            answer(v, slot, length, load_be64(slot->iu + 8));
        else
            v->dropped++;
    }
    slot->busy = false;
}

_Static_assert(offsetof(struct vscsi_slot, event) == 0, "complete() relies on it");

static struct vscsi_slot *free_slot(struct vscsi *v)
{
    for (unsigned i = 0; i < VSCSI_SLOTS; i++)
        if (!v->slots[i].busy)
            return &v->slots[i];
    return NULL;
}

/* A unit is taken over from guest memory now, and carried out when the disk would have. */
static int64_t take_unit(struct vscsi *v, uint64_t high, uint64_t ioba)
{
    const unsigned format = high >> 48 & 0xff, length = high & 0xffff;
    if (format != CRQ_FORMAT_SRP && format != CRQ_FORMAT_MAD)
        return H_PARAMETER;
    struct vscsi_slot *const slot = free_slot(v);
    if (!slot)
        return H_DROPPED;
    memset(slot->iu, 0, sizeof slot->iu);
    if (length > VSCSI_IU_MAX || !vio_dma_read(v->p, v->vio, ioba, slot->iu, length)) {
        v->dropped++;
        return H_PARAMETER;
    }
    slot->busy = true;
    slot->format = (uint8_t)format;
    slot->length = (uint16_t)length;
    slot->ioba = ioba;
    event_arm(v->p, &slot->event, vscsi_delay_ns(v, slot));
    return H_SUCCESS;
}

static int64_t send_crq(struct pseries *p, struct vio_device *d, uint64_t high, uint64_t low)
{
    struct vscsi *const v = d->priv;
    (void)p;
    switch (high >> 56) {
    case CRQ_INIT:
        if ((high >> 48 & 0xff) == INIT_REQUEST)
            put_element(v, (uint64_t)CRQ_INIT << 56 | (uint64_t)INIT_RESPONSE << 48, 0);
        return H_SUCCESS;
    case CRQ_COMMAND:
        return take_unit(v, high, low);
    default: /* a transport event, or nothing */
        return high >> 56 == 0xff ? H_SUCCESS : H_PARAMETER;
    }
}

/* -- Life -- */

static void queue_changed(struct pseries *p, struct vio_device *d)
{
    struct vscsi *const v = d->priv;
    (void)p;
    vscsi_cancel(v, NULL, NULL, NULL);
    for (unsigned i = 0; i < VSCSI_SLOTS; i++) {
        struct vscsi_slot *const slot = &v->slots[i];
        slot->format = 0;
        slot->length = 0;
        slot->ioba = slot->event.due = slot->event.order = 0;
        memset(slot->iu, 0, sizeof slot->iu);
    }
    v->next = 0;
}

static int add_properties(struct pseries *p, struct vio_device *d, void *fdt, int node)
{
    (void)p, (void)d;
    const int error = fdt_setprop_u32(fdt, node, "#address-cells", 2);
    return error ? error : fdt_setprop_u32(fdt, node, "#size-cells", 0);
}

static uint64_t hash_state(const struct vio_device *d, uint64_t hash)
{
    const struct vscsi *const v = d->priv;
    hash = state_hash(&vscsi_state_desc, v, hash);
    for (unsigned i = 0; i < VSCSI_SLOTS; i++)
        hash = state_hash(&vscsi_slot_state_desc, &v->slots[i], hash);
    return hash;
}

static void destroy(struct vio_device *d)
{
    free(d->priv);
}

static const struct vio_device_ops vscsi_ops = {
    .model = "spapr-vscsi",
    .node_name = "v-scsi",
    .device_type = "vscsi",
    .compatible = "IBM,v-scsi",
    .has_signal = true,
    .dma_window = 0x10000000,
    .queue_changed = queue_changed,
    .fdt = add_properties,
    .send_crq = send_crq,
    .counters = counters,
    .hash = hash_state,
    .destroy = destroy,
};

enum sim_status vscsi_create(struct pseries *p, const char *id, struct vscsi **out)
{
    struct vscsi *const v = calloc(1, sizeof *v);
    RETURN_IF(!v, STATUS_NO_MEMORY, "spapr-vscsi: no host memory");
    v->p = p;
    v->bus.max_channel = MAX_CHANNEL;
    v->bus.max_target = MAX_TARGET;
    v->bus.max_lun = MAX_LUN;
    for (unsigned i = 0; i < VSCSI_SLOTS; i++) {
        v->slots[i].event.fire = complete;
        v->slots[i].event.owner = v;
    }
    v->vio = vio_add(p, &vscsi_ops, v);
    if (!v->vio) {
        free(v);
        return status_fail(STATUS_RANGE, "spapr-vscsi: more than %d VIO devices", VIO_MAX_DEVICES);
    }
    *out = v;
    return device_add_scsi_bus(p, &v->bus, id);
}

struct scsi_bus *vscsi_bus(struct vscsi *v)
{
    return &v->bus;
}

static enum sim_status create_model(struct pseries *p, const struct device_args *args)
{
    struct vscsi *v;
    return vscsi_create(p, device_arg(args, "id"), &v);
}

static const struct device_property properties[] = {{0}};

const struct device_model spapr_vscsi_model = {.name = "spapr-vscsi",
                                               .bus = "spapr-vio-bus",
                                               .help = "virtual SCSI adapter",
                                               .properties = properties,
                                               .create = create_model};
