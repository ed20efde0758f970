/* What all virtio devices share: features, status, requests in flight, and their interrupts. */
#include "virtio.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pseries_internal.h"

static const struct state_field virtio_fields[] = {
    STATE_FIELD(virtio_device, features),      STATE_FIELD(virtio_device, host_select),
    STATE_FIELD(virtio_device, guest_select),  STATE_FIELD(virtio_device, queue_select),
    STATE_FIELD(virtio_device, config_vector), STATE_FIELD(virtio_device, status),
    STATE_FIELD(virtio_device, isr),           STATE_FIELD(virtio_device, generation),
    STATE_FIELD(virtio_device, big_endian),    STATE_FIELD(virtio_device, broken),
    STATE_FIELD(virtio_device, pending_count), EVENT_STATE_FIELDS(virtio_device, completion),
};
const struct state_desc virtio_state_desc = STATE_DESC("virtio", 2, virtio_fields);

static const struct state_field pending_fields[] = {
    STATE_FIELD(virtio_pending, due_ns),
    STATE_FIELD(virtio_pending, written),
    STATE_FIELD(virtio_pending, queue),
    STATE_FIELD(virtio_pending, head),
};
const struct state_desc virtio_pending_state_desc = STATE_DESC("virtio-pending", 1, pending_fields);

static struct virtio_pending *pending_at(const struct virtio_device *v, uint32_t i)
{
    return &v->pending[(v->pending_first + i) % v->pending_max];
}

uint64_t virtio_hash(const struct pci_device *d, uint64_t hash)
{
    const struct virtio_device *const v = d->priv;
    hash = state_hash(&virtio_state_desc, v, hash);
    for (unsigned i = 0; i < v->queue_count; i++)
        hash = state_hash(&virtqueue_state_desc, &v->queues[i], hash);
    for (uint32_t i = 0; i < v->pending_count; i++)
        hash = state_hash(&virtio_pending_state_desc, pending_at(v, i), hash);
    return v->ops->state ? state_hash(v->ops->state, v, hash) : hash;
}

/* -- Numbers and memory -- */

uint64_t virtio_load(const struct virtio_device *v, const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    const bool le = virtio_is_le(v);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * (le ? i : size - 1 - i);
    return value;
}

void virtio_store(const struct virtio_device *v, uint8_t *bytes, unsigned size, uint64_t value)
{
    const bool le = virtio_is_le(v);
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * (le ? i : size - 1 - i));
}

static bool bypasses(const struct virtio_device *v)
{
    return !(v->host_features >> VIRTIO_F_ACCESS_PLATFORM & 1);
}

bool virtio_read(const struct virtio_device *v, uint64_t addr, void *out, size_t len)
{
    return pci_dma_read(&v->pci, bypasses(v), addr, out, len);
}

bool virtio_write(struct virtio_device *v, uint64_t addr, const void *in, size_t len)
{
    return pci_dma_write(&v->pci, bypasses(v), addr, in, len);
}

uint8_t *virtio_span(const struct virtio_device *v, uint64_t addr, bool write, size_t *len)
{
    return pci_dma_span(&v->pci, bypasses(v), addr, write, len);
}

/* -- Interrupts -- */

enum { ISR_QUEUE = 1, ISR_CONFIG = 2 };

static void interrupt(struct virtio_device *v, uint16_t vector, uint8_t isr)
{
    v->isr |= isr;
    if (pci_msix_enabled(&v->pci))
        pci_msix_notify(&v->pci, vector);
    else
        pci_set_line(&v->pci, true);
}

void virtio_break(struct virtio_device *v)
{
    v->broken = true;
    if (!virtio_has(v, VIRTIO_F_VERSION_1))
        return;
    v->status |= VIRTIO_STATUS_NEEDS_RESET;
    interrupt(v, v->config_vector, ISR_QUEUE | ISR_CONFIG);
}

/* -- Requests in flight -- */

static void arm(struct virtio_device *v)
{
    if (!v->pending_count)
        return;
    const uint64_t due = pending_at(v, 0)->due_ns, now = pseries_now_ns(v->p);
    event_arm(v->p, &v->completion, due > now ? due - now : 0);
}

/* The first is due; so are those whose time is not later. */
static void complete(struct pseries *p, struct machine_event *e)
{
    struct virtio_device *const v = e->owner;
    const uint64_t now = pseries_now_ns(p);
    bool first = true;
    while (v->pending_count && !v->broken && (first || pending_at(v, 0)->due_ns <= now)) {
        const struct virtio_pending done = *pending_at(v, 0);
        v->pending_first = (v->pending_first + 1) % v->pending_max;
        v->pending_count--;
        first = false;
        if (virtq_push(v, done.queue, done.head, done.written))
            interrupt(v, v->queues[done.queue].vector, ISR_QUEUE);
    }
    if (v->broken)
        v->pending_count = 0;
    arm(v);
}

void virtio_finish(struct virtio_device *v, unsigned queue, uint16_t head, uint32_t written,
                   uint64_t delay_ns)
{
    assert(v->pending_count < v->pending_max);
    const uint64_t due = pseries_now_ns(v->p) + delay_ns;
    uint32_t at = v->pending_count++;
    /* In the order of their times: several disks of an adapter have clocks of their own. */
    for (; at > 0 && pending_at(v, at - 1)->due_ns > due; at--)
        *pending_at(v, at) = *pending_at(v, at - 1);
    *pending_at(v, at) = (struct virtio_pending){due, written, (uint16_t)queue, head};
    if (at == 0)
        arm(v);
}

/* -- Status -- */

static void clear_queue(struct virtqueue *q, uint16_t size)
{
    *q = (struct virtqueue){.size = size, .vector = VIRTIO_NO_VECTOR};
}

void virtio_reset_queue(struct virtio_device *v, unsigned queue)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < v->pending_count; i++) {
        const struct virtio_pending r = *pending_at(v, i);
        if (r.queue != queue)
            *pending_at(v, kept++) = r;
    }
    v->pending_count = kept;
    event_cancel(v->p, &v->completion);
    arm(v);
    clear_queue(&v->queues[queue], v->queue_size);
}

void virtio_reset(struct virtio_device *v)
{
    event_cancel(v->p, &v->completion);
    v->completion.due = v->completion.order = 0;
    v->pending_first = v->pending_count = 0;
    v->features = 0;
    v->host_select = v->guest_select = 0;
    v->queue_select = 0;
    v->config_vector = VIRTIO_NO_VECTOR;
    v->status = v->isr = v->generation = 0;
    v->broken = false;
    for (unsigned i = 0; i < v->queue_count; i++)
        clear_queue(&v->queues[i], v->queue_size);
    /* All vCPUs of a system have one byte order; firmware and the system reset before they start.
     */
    v->big_endian = !(v->p->cpus[0]->msr & MSR_LE);
    pci_set_line(&v->pci, false);
    if (v->ops->reset)
        v->ops->reset(v);
}

void virtio_pci_reset(struct pci_device *d)
{
    struct virtio_device *const v = d->priv;
    v->completion.armed = false; /* the machine's reset emptied the queue of events */
    virtio_reset(v);
}

void virtio_set_features(struct virtio_device *v, uint64_t features)
{
    if (!(v->status & VIRTIO_STATUS_FEATURES_OK))
        v->features = features & v->host_features;
}

static bool accepts_features(const struct virtio_device *v)
{
    return virtio_has(v, VIRTIO_F_VERSION_1) &&
           (bypasses(v) || virtio_has(v, VIRTIO_F_ACCESS_PLATFORM));
}

void virtio_set_status(struct virtio_device *v, uint8_t status)
{
    if (!status) {
        virtio_reset(v);
        return;
    }
    if (!v->legacy || virtio_has(v, VIRTIO_F_VERSION_1)) {
        const bool asked = status & VIRTIO_STATUS_FEATURES_OK;
        if (asked && !(v->status & VIRTIO_STATUS_FEATURES_OK) && !accepts_features(v))
            status &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    }
    v->status = status | (v->status & VIRTIO_STATUS_NEEDS_RESET);
}

void virtio_notify(struct virtio_device *v, unsigned queue)
{
    if (queue < v->queue_count && v->queues[queue].ready && !v->broken &&
        (v->status & VIRTIO_STATUS_DRIVER_OK))
        v->ops->notify(v, queue);
}

/* -- Creation -- */

void virtio_fini(struct pci_device *d)
{
    struct virtio_device *const v = d->priv;
    if (v->ops->fini)
        v->ops->fini(v);
    free(v->pending);
    free(v);
}

static enum sim_status parse_slot(const struct device_args *args, int *slot)
{
    const char *const text = device_arg(args, "addr");
    char *end;
    *slot = -1;
    if (!text)
        return STATUS_OK;
    const unsigned long number = strtoul(text, &end, 16);
    RETURN_IF(end == text || number >= PCI_SLOTS || (*end && strcmp(end, ".0") != 0), STATUS_RANGE,
              "%s: addr=%s must be a slot of the PCI bus, 0 to 1f", args->option->shown, text);
    *slot = (int)number;
    return STATUS_OK;
}

/* The forms that the device has; the properties that decide it. */
static enum sim_status parse_forms(struct virtio_device *v, const struct device_args *args)
{
    const char *const legacy = device_arg(args, "disable-legacy");
    bool no_legacy = false, no_modern = false, iommu = false, indirect = true, event_idx = true;
    if (legacy && strcmp(legacy, "auto") != 0)
        TRY(device_arg_bool(args, "disable-legacy", &no_legacy));
    TRY(device_arg_bool(args, "disable-modern", &no_modern));
    TRY(device_arg_bool(args, "iommu_platform", &iommu));
    TRY(device_arg_bool(args, "indirect_desc", &indirect));
    TRY(device_arg_bool(args, "event_idx", &event_idx));
    RETURN_IF(no_legacy && no_modern, STATUS_USAGE,
              "%s: with disable-legacy=on and disable-modern=on no interface is left",
              args->option->shown);
    RETURN_IF(iommu && !no_legacy, STATUS_USAGE,
              "%s: iommu_platform=on needs disable-legacy=on: legacy drivers cannot know of it",
              args->option->shown);
    v->legacy = !no_legacy;
    v->modern = !no_modern;
    v->host_features |= (uint64_t)indirect << VIRTIO_F_INDIRECT_DESC |
                        (uint64_t)event_idx << VIRTIO_F_EVENT_IDX |
                        (uint64_t)iommu << VIRTIO_F_ACCESS_PLATFORM;
    if (v->legacy)
        v->host_features |= UINT64_C(1) << VIRTIO_F_NOTIFY_ON_EMPTY | UINT64_C(1)
                                                                          << VIRTIO_F_ANY_LAYOUT;
    if (v->modern)
        v->host_features |= UINT64_C(1) << VIRTIO_F_VERSION_1 | UINT64_C(1) << VIRTIO_F_RING_RESET;
    return STATUS_OK;
}

enum sim_status virtio_add(struct virtio_device *v, const struct device_args *args,
                           uint32_t vectors)
{
    uint64_t wanted = vectors;
    int slot;
    assert(v->queue_count <= VIRTIO_QUEUES_MAX && v->queue_size <= VIRTQ_SIZE_MAX);
    TRY(parse_forms(v, args));
    TRY(parse_slot(args, &slot));
    TRY(device_arg_number(args, "vectors", 0, PCI_MSIX_MAX, &wanted));
    v->p = args->p;
    v->completion = (struct machine_event){.fire = complete, .owner = v};
    v->pending_max = v->queue_count * v->queue_size;
    v->pending = calloc(v->pending_max, sizeof *v->pending);
    RETURN_IF(!v->pending, STATUS_NO_MEMORY, "%s: no host memory", args->option->shown);
    return virtio_add_pci(v, slot, args->option->shown, (uint16_t)wanted);
}
