/* virtio over PCI (virtio 1.1, 4.1): the modern BAR and its capabilities, and the legacy I/O BAR.
 */
#include <assert.h>
#include <string.h>

#include "pseries_internal.h"
#include "virtio.h"

enum { LEGACY_BAR = 0, MSIX_BAR = 1, MODERN_BAR = 4, MODERN_SIZE = 0x4000, PART_SIZE = 0x1000 };

/* Parts of the modern BAR, by their place. */
enum { PART_COMMON, PART_ISR, PART_DEVICE, PART_NOTIFY };
enum { NOTIFY_SHIFT = 2 }; /* four bytes a queue */

/* Structures that capabilities name (4.1.4). */
enum { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4, CAP_ACCESS = 5 };
enum { CAP_SIZE = 16, CAP_BAR = 4, CAP_OFFSET = 8, CAP_LENGTH = 12, CAP_EXTRA = 16 };

/* The common configuration (4.1.4.3). */
enum {
    COMMON_HOST_SELECT = 0,
    COMMON_HOST_FEATURES = 4,
    COMMON_GUEST_SELECT = 8,
    COMMON_GUEST_FEATURES = 12,
    COMMON_CONFIG_VECTOR = 16,
    COMMON_QUEUES = 18,
    COMMON_STATUS = 20,
    COMMON_GENERATION = 21,
    COMMON_QUEUE_SELECT = 22,
    COMMON_QUEUE_SIZE = 24,
    COMMON_QUEUE_VECTOR = 26,
    COMMON_QUEUE_ENABLE = 28,
    COMMON_QUEUE_NOTIFY = 30,
    COMMON_QUEUE_DESC = 32,
    COMMON_QUEUE_AVAIL = 40,
    COMMON_QUEUE_USED = 48,
    COMMON_NOTIFY_DATA = 56,
    COMMON_QUEUE_RESET = 58,
    COMMON_SIZE = 60,
};

/* The legacy interface (4.1.4.8). */
enum {
    LEGACY_HOST_FEATURES = 0,
    LEGACY_GUEST_FEATURES = 4,
    LEGACY_QUEUE_PFN = 8,
    LEGACY_QUEUE_SIZE = 12,
    LEGACY_QUEUE_SELECT = 14,
    LEGACY_QUEUE_NOTIFY = 16,
    LEGACY_STATUS = 18,
    LEGACY_ISR = 19,
    LEGACY_CONFIG_VECTOR = 20,
    LEGACY_QUEUE_VECTOR = 22,
    LEGACY_CONFIG = 20, /* behind the vectors if MSI-X is on */
    LEGACY_VECTORS_SIZE = 4,
    LEGACY_PAGE_SHIFT = 12,
};

/* Features that the two interfaces have no place or no use for. */
#define LEGACY_ONLY (UINT64_C(1) << VIRTIO_F_NOTIFY_ON_EMPTY | UINT64_C(1) << VIRTIO_F_ANY_LAYOUT)

static struct virtqueue *selected(struct virtio_device *v)
{
    return v->queue_select < v->queue_count ? &v->queues[v->queue_select] : NULL;
}

/* A vector that the device does not have is none, which the driver sees when it reads it back. */
static uint16_t valid_vector(const struct virtio_device *v, uint32_t vector)
{
    return vector < v->pci.msix_count ? (uint16_t)vector : VIRTIO_NO_VECTOR;
}

static uint32_t read_isr(struct virtio_device *v)
{
    const uint8_t isr = v->isr;
    v->isr = 0;
    pci_set_line(&v->pci, false);
    return isr;
}

/* -- Device configuration -- */

static uint32_t read_device_config(const struct virtio_device *v, uint64_t offset, unsigned size)
{
    uint8_t config[VIRTIO_CONFIG_MAX] = {0};
    uint32_t value = 0;
    v->ops->get_config(v, config);
    for (unsigned i = 0; i < size; i++)
        if (offset + i < v->ops->config_size)
            value |= (uint32_t)config[offset + i] << (8 * i);
    return value;
}

static void write_device_config(struct virtio_device *v, uint64_t offset, unsigned size,
                                uint32_t value)
{
    for (unsigned i = 0; i < size && v->ops->set_config; i++)
        if (offset + i < v->ops->config_size)
            v->ops->set_config(v, (unsigned)(offset + i), (uint8_t)(value >> (8 * i)));
}

/* -- The modern interface -- */

static uint32_t host_features(const struct virtio_device *v)
{
    const uint64_t features = v->host_features & ~LEGACY_ONLY;
    return v->host_select < 2 ? (uint32_t)(features >> (32 * v->host_select)) : 0;
}

static uint32_t guest_features(const struct virtio_device *v)
{
    return v->guest_select < 2 ? (uint32_t)(v->features >> (32 * v->guest_select)) : 0;
}

static void get_common(struct virtio_device *v, uint8_t c[COMMON_SIZE])
{
    const struct virtqueue *const q = selected(v);
    memset(c, 0, COMMON_SIZE);
    store_le32(c + COMMON_HOST_SELECT, v->host_select);
    store_le32(c + COMMON_HOST_FEATURES, host_features(v));
    store_le32(c + COMMON_GUEST_SELECT, v->guest_select);
    store_le32(c + COMMON_GUEST_FEATURES, guest_features(v));
    store_le16(c + COMMON_CONFIG_VECTOR, v->config_vector);
    store_le16(c + COMMON_QUEUES, (uint16_t)v->queue_count);
    c[COMMON_STATUS] = v->status;
    c[COMMON_GENERATION] = v->generation;
    store_le16(c + COMMON_QUEUE_SELECT, v->queue_select);
    if (!q)
        return;
    store_le16(c + COMMON_QUEUE_SIZE, q->size);
    store_le16(c + COMMON_QUEUE_VECTOR, q->vector);
    store_le16(c + COMMON_QUEUE_ENABLE, q->ready);
    store_le16(c + COMMON_QUEUE_NOTIFY, v->queue_select);
    store_le64(c + COMMON_QUEUE_DESC, q->desc);
    store_le64(c + COMMON_QUEUE_AVAIL, q->avail);
    store_le64(c + COMMON_QUEUE_USED, q->used);
}

static uint32_t read_common(struct virtio_device *v, uint64_t offset, unsigned size)
{
    uint8_t c[COMMON_SIZE];
    uint32_t value = 0;
    get_common(v, c);
    for (unsigned i = 0; i < size; i++)
        if (offset + i < sizeof c)
            value |= (uint32_t)c[offset + i] << (8 * i);
    return value;
}

/* Sizes of a split ring are powers of two (2.6). */
static void set_queue_size(const struct virtio_device *v, struct virtqueue *q, uint32_t size)
{
    if (size && size <= v->queue_size && !(size & (size - 1)) && !q->ready)
        q->size = (uint16_t)size;
}

static void set_half(uint64_t *address, bool high, uint32_t value)
{
    const unsigned shift = high ? 32 : 0;
    *address = (*address & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift;
}

static void write_queue(struct virtio_device *v, struct virtqueue *q, uint64_t offset,
                        uint32_t value)
{
    switch (offset) {
    case COMMON_QUEUE_SIZE:
        set_queue_size(v, q, value & 0xffff);
        break;
    case COMMON_QUEUE_VECTOR:
        q->vector = valid_vector(v, value & 0xffff);
        break;
    case COMMON_QUEUE_ENABLE:
        if ((value & 0xffff) == 1)
            q->ready = true;
        break;
    case COMMON_QUEUE_RESET:
        if ((value & 0xffff) == 1 && virtio_has(v, VIRTIO_F_RING_RESET))
            virtio_reset_queue(v, v->queue_select);
        break;
    case COMMON_QUEUE_DESC:
    case COMMON_QUEUE_DESC + 4:
        set_half(&q->desc, offset & 4, value);
        break;
    case COMMON_QUEUE_AVAIL:
    case COMMON_QUEUE_AVAIL + 4:
        set_half(&q->avail, offset & 4, value);
        break;
    case COMMON_QUEUE_USED:
    case COMMON_QUEUE_USED + 4:
        set_half(&q->used, offset & 4, value);
        break;
    default:
        break;
    }
}

static void write_guest_features(struct virtio_device *v, uint32_t value)
{
    if (v->guest_select > 1)
        return;
    uint64_t features = v->features;
    set_half(&features, v->guest_select, value);
    virtio_set_features(v, features & ~LEGACY_ONLY);
}

/* Each field is written by an access of its own, as 4.1.3.1 demands; what else is written is lost.
 */
static void write_common(struct virtio_device *v, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case COMMON_HOST_SELECT:
        v->host_select = value;
        break;
    case COMMON_GUEST_SELECT:
        v->guest_select = value;
        break;
    case COMMON_GUEST_FEATURES:
        write_guest_features(v, value);
        break;
    case COMMON_CONFIG_VECTOR:
        v->config_vector = valid_vector(v, value & 0xffff);
        break;
    case COMMON_STATUS:
        virtio_set_status(v, (uint8_t)value);
        break;
    case COMMON_QUEUE_SELECT:
        v->queue_select = (uint16_t)value;
        break;
    default:
        if (selected(v))
            write_queue(v, selected(v), offset, value);
        break;
    }
}

static uint32_t read_modern(struct virtio_device *v, uint64_t offset, unsigned size)
{
    const uint64_t at = offset % PART_SIZE;
    switch (offset / PART_SIZE) {
    case PART_COMMON:
        return read_common(v, at, size);
    case PART_ISR:
        return at == 0 ? read_isr(v) : 0;
    case PART_DEVICE:
        return read_device_config(v, at, size);
    default:
        return 0;
    }
}

static void write_modern(struct virtio_device *v, uint64_t offset, unsigned size, uint32_t value)
{
    const uint64_t at = offset % PART_SIZE;
    switch (offset / PART_SIZE) {
    case PART_COMMON:
        write_common(v, at, value);
        break;
    case PART_DEVICE:
        write_device_config(v, at, size, value);
        break;
    case PART_NOTIFY:
        virtio_notify(v, (unsigned)(at >> NOTIFY_SHIFT));
        break;
    default:
        break;
    }
}

/* -- The legacy interface -- */

static uint64_t legacy_config(const struct virtio_device *v)
{
    return LEGACY_CONFIG + (pci_msix_enabled(&v->pci) ? LEGACY_VECTORS_SIZE : 0);
}

static uint32_t read_legacy(struct virtio_device *v, uint64_t offset, unsigned size)
{
    const struct virtqueue *const q = selected(v);
    if (offset >= legacy_config(v))
        return read_device_config(v, offset - legacy_config(v), size);
    switch (offset) {
    case LEGACY_HOST_FEATURES:
        return (uint32_t)v->host_features;
    case LEGACY_GUEST_FEATURES:
        return (uint32_t)v->features;
    case LEGACY_QUEUE_PFN:
        return q && q->ready ? (uint32_t)(q->desc >> LEGACY_PAGE_SHIFT) : 0;
    case LEGACY_QUEUE_SIZE:
        return q ? q->size : 0;
    case LEGACY_QUEUE_SELECT:
        return v->queue_select;
    case LEGACY_STATUS:
        return v->status;
    case LEGACY_ISR:
        return read_isr(v);
    case LEGACY_CONFIG_VECTOR:
        return v->config_vector;
    case LEGACY_QUEUE_VECTOR:
        return q ? q->vector : VIRTIO_NO_VECTOR;
    default:
        return 0;
    }
}

/* One area for all three parts; the used ring begins on a page (2.6.2). */
static void place_legacy_queue(struct virtio_device *v, uint32_t page)
{
    struct virtqueue *const q = selected(v);
    const uint64_t mask = (UINT64_C(1) << LEGACY_PAGE_SHIFT) - 1;
    if (!q)
        return;
    if (!page) {
        virtio_reset_queue(v, v->queue_select);
        return;
    }
    q->desc = (uint64_t)page << LEGACY_PAGE_SHIFT;
    q->avail = q->desc + 16 * (uint64_t)q->size;
    q->used = (q->avail + 2 * (3 + (uint64_t)q->size) + mask) & ~mask;
    q->ready = true;
}

static void write_legacy(struct virtio_device *v, uint64_t offset, unsigned size, uint32_t value)
{
    struct virtqueue *const q = selected(v);
    if (offset >= legacy_config(v)) {
        write_device_config(v, offset - legacy_config(v), size, value);
        return;
    }
    switch (offset) {
    case LEGACY_GUEST_FEATURES:
        virtio_set_features(v, value);
        break;
    case LEGACY_QUEUE_PFN:
        place_legacy_queue(v, value);
        break;
    case LEGACY_QUEUE_SELECT:
        v->queue_select = (uint16_t)value;
        break;
    case LEGACY_QUEUE_NOTIFY:
        virtio_notify(v, value & 0xffff);
        break;
    case LEGACY_STATUS:
        virtio_set_status(v, (uint8_t)value);
        break;
    case LEGACY_CONFIG_VECTOR:
        v->config_vector = valid_vector(v, value & 0xffff);
        break;
    case LEGACY_QUEUE_VECTOR:
        if (q)
            q->vector = valid_vector(v, value & 0xffff);
        break;
    default:
        break;
    }
}

/* -- PCI -- */

uint32_t virtio_bar_read(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size)
{
    return bar == MODERN_BAR ? read_modern(d->priv, offset, size)
                             : read_legacy(d->priv, offset, size);
}

void virtio_bar_write(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size,
                      uint32_t value)
{
    if (bar == MODERN_BAR)
        write_modern(d->priv, offset, size, value);
    else
        write_legacy(d->priv, offset, size, value);
}

/* What the access capability (4.1.4.7) names: its place, if the driver may do that. */
static bool accessed(const struct virtio_device *v, unsigned reg, unsigned size, uint64_t *offset,
                     unsigned *length)
{
    const uint8_t *const cap = v->pci.config + v->access_cap;
    const unsigned data = v->access_cap + CAP_EXTRA;
    if (!v->access_cap || reg >= data + 4 || reg + size <= data)
        return false;
    *offset = load_le32(cap + CAP_OFFSET);
    *length = load_le32(cap + CAP_LENGTH);
    return cap[CAP_BAR] == MODERN_BAR && (*length == 1 || *length == 2 || *length == 4) &&
           *offset % *length == 0 && *offset < MODERN_SIZE;
}

void virtio_config_read(struct pci_device *d, unsigned reg, unsigned size)
{
    struct virtio_device *const v = d->priv;
    uint64_t offset;
    unsigned length;
    if (accessed(v, reg, size, &offset, &length))
        store_le32(d->config + v->access_cap + CAP_EXTRA, read_modern(v, offset, length));
}

void virtio_config_written(struct pci_device *d, unsigned reg, unsigned size)
{
    struct virtio_device *const v = d->priv;
    uint64_t offset;
    unsigned length;
    if (accessed(v, reg, size, &offset, &length))
        write_modern(v, offset, length, load_le32(d->config + v->access_cap + CAP_EXTRA));
}

static uint8_t add_structure(struct virtio_device *v, uint8_t type, uint32_t part, uint8_t length)
{
    const uint8_t at = pci_add_capability(&v->pci, PCI_CAP_VENDOR, length);
    uint8_t *const cap = v->pci.fixed + at;
    cap[2] = length;
    cap[3] = type;
    if (type == CAP_ACCESS)
        return at;
    cap[CAP_BAR] = MODERN_BAR;
    store_le32(cap + CAP_OFFSET, part * PART_SIZE);
    store_le32(cap + CAP_LENGTH, PART_SIZE);
    return at;
}

static void add_modern(struct virtio_device *v)
{
    add_structure(v, CAP_COMMON, PART_COMMON, CAP_SIZE);
    add_structure(v, CAP_ISR, PART_ISR, CAP_SIZE);
    add_structure(v, CAP_DEVICE, PART_DEVICE, CAP_SIZE);
    const uint8_t notify = add_structure(v, CAP_NOTIFY, PART_NOTIFY, CAP_SIZE + 4);
    store_le32(v->pci.fixed + notify + CAP_EXTRA, 1u << NOTIFY_SHIFT);
    v->access_cap = add_structure(v, CAP_ACCESS, 0, CAP_SIZE + 4);
    v->pci.writable[v->access_cap + CAP_BAR] = 0xff;
    memset(v->pci.writable + v->access_cap + CAP_OFFSET, 0xff, 12);
    pci_add_bar(&v->pci, MODERN_BAR, PCI_BAR_MEMORY64, MODERN_SIZE);
}

static void add_legacy(struct virtio_device *v, bool msix)
{
    const uint64_t used = LEGACY_CONFIG + (msix ? LEGACY_VECTORS_SIZE : 0) + v->ops->config_size;
    uint64_t size = 16;
    while (size < used)
        size <<= 1;
    pci_add_bar(&v->pci, LEGACY_BAR, PCI_BAR_IO, size);
}

enum sim_status virtio_add_pci(struct virtio_device *v, int slot, const char *shown,
                               uint16_t vectors)
{
    enum { VENDOR = 0x1af4, MODERN_ID = 0x1040, MODERN_SUBSYSTEM = 0x1100 };
    const struct pci_identity identity = {
        .vendor = VENDOR,
        .device = v->legacy ? v->ops->legacy_id : MODERN_ID + v->ops->type,
        .subsystem_vendor = VENDOR,
        .subsystem = v->legacy ? v->ops->type : MODERN_SUBSYSTEM,
        .revision = v->legacy ? 0 : 1,
        .class_code = v->ops->class_code,
    };
    v->pci.ops = &v->ops->pci;
    v->pci.priv = v;
    TRY(pci_add(v->p, &v->pci, slot, shown, &identity));
    if (v->modern)
        add_modern(v);
    if (vectors)
        pci_add_msix(&v->pci, MSIX_BAR, vectors);
    if (v->legacy)
        add_legacy(v, vectors > 0);
    return STATUS_OK;
}
