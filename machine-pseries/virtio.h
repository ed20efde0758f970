/*
 * virtio devices on the PCI bus (virtio 1.1, 4.1), modern, legacy or both: what all kinds share.
 * A kind carries a request out when the queue is notified, and says when it will be done; used
 * entries and interrupts come at that time.
 */
#ifndef HORNPIPE_VIRTIO_H
#define HORNPIPE_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"
#include "base/status.h"
#include "devices.h"
#include "event.h"
#include "pci.h"
#include "virtqueue.h"

struct virtio_device;

enum { VIRTIO_QUEUES_MAX = 67, VIRTIO_CONFIG_MAX = 64, VIRTIO_NO_VECTOR = 0xffff };

/* Feature bits that belong to no kind. */
enum {
    VIRTIO_F_NOTIFY_ON_EMPTY = 24,
    VIRTIO_F_ANY_LAYOUT = 27,
    VIRTIO_F_INDIRECT_DESC = 28,
    VIRTIO_F_EVENT_IDX = 29,
    VIRTIO_F_VERSION_1 = 32,
    VIRTIO_F_ACCESS_PLATFORM = 33,
    VIRTIO_F_RING_RESET = 40,
};

enum {
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 0x40,
};

/* A kind of device. */
struct virtio_ops {
    struct pci_device_ops pci; /* filled by VIRTIO_PCI_OPS() */
    uint16_t type;             /* virtio's number: 2 block, 8 SCSI */
    uint16_t legacy_id;        /* PCI device number of the transitional form */
    uint32_t class_code;
    uint16_t config_size;
    /* Works off the queue with virtq_pop(); every chain ends in virtio_finish(). */
    void (*notify)(struct virtio_device *v, unsigned queue);
    /* Device configuration, in the device's byte order. */
    void (*get_config)(const struct virtio_device *v, uint8_t config[VIRTIO_CONFIG_MAX]);
    void (*set_config)(struct virtio_device *v, unsigned offset, uint8_t value);
    void (*reset)(struct virtio_device *v);
    void (*fini)(struct virtio_device *v); /* what the kind holds; not `v` itself */
    const struct state_desc *state;        /* of the kind's struct, which begins with `v` */
};

/* A request whose work is done, and whose time has not come. */
struct virtio_pending {
    uint64_t due_ns;
    uint32_t written;
    uint16_t queue, head;
};
extern const struct state_desc virtio_pending_state_desc;

struct virtio_device {
    struct pci_device pci;
    struct pseries *p;
    const struct virtio_ops *ops;
    unsigned queue_count;
    uint16_t queue_size; /* the most entries of a queue */
    bool legacy, modern;
    uint64_t host_features;
    uint8_t access_cap; /* the capability that reaches BARs by configuration space */
    /* -- State -- */
    uint64_t features;
    uint32_t host_select, guest_select;
    uint16_t queue_select, config_vector;
    uint8_t status, isr, generation;
    bool big_endian; /* a legacy driver's byte order */
    bool broken;     /* the driver broke a rule: nothing more until a reset */
    struct virtqueue queues[VIRTIO_QUEUES_MAX];
    struct virtio_pending *pending; /* a ring of pending_max, in the order of their times */
    uint32_t pending_max, pending_first, pending_count;
    struct machine_event completion;
    /* -- Within one request -- */
    struct virtq_chain chain;
};
extern const struct state_desc virtio_state_desc;

/* Callbacks of struct pci_device_ops for `name`. */
#define VIRTIO_PCI_OPS(name, count_list)                                                           \
    {                                                                                              \
        .counters = count_list, .model = name, .bar_read = virtio_bar_read,                        \
        .bar_write = virtio_bar_write, .config_read = virtio_config_read,                          \
        .config_written = virtio_config_written, .reset = virtio_pci_reset, .fini = virtio_fini,   \
        .hash = virtio_hash,                                                                       \
    }
uint32_t virtio_bar_read(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size);
void virtio_bar_write(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size,
                      uint32_t value);
void virtio_config_read(struct pci_device *d, unsigned reg, unsigned size);
void virtio_config_written(struct pci_device *d, unsigned reg, unsigned size);
void virtio_pci_reset(struct pci_device *d);
void virtio_fini(struct pci_device *d);
uint64_t virtio_hash(const struct pci_device *d, uint64_t hash);

/* Rows of a model's property list that every virtio device has. */
#define VIRTIO_PROPERTIES                                                                          \
    {"addr", "str", "slot of the PCI bus (default: the first that is free)"},                      \
        {"disable-legacy", "on/off/auto", "no legacy interface (default off)"},                    \
        {"disable-modern", "on/off", "no modern interface (default off)"},                         \
        {"iommu_platform", "on/off", "DMA through the bridge's windows (default off)"},            \
        {"indirect_desc", "on/off", "indirect descriptors (default on)"},                          \
        {"event_idx", "on/off", "event indexes (default on)"},                                     \
    {                                                                                              \
        "vectors", "uint32", "of MSI-X, 0: none (default: by the number of queues)"                \
    }

/*
 * Puts `v` (ops, queue_count, queue_size and the kind's bits of host_features set) on the bus with
 * the options of `args`. `vectors`: of MSI-X, unless the options say otherwise.
 */
enum sim_status virtio_add(struct virtio_device *v, const struct device_args *args,
                           uint32_t vectors);

static inline bool virtio_has(const struct virtio_device *v, unsigned feature)
{
    return v->features >> feature & 1;
}

/* Rings and configuration are little-endian, but for a big-endian legacy driver's. */
static inline bool virtio_is_le(const struct virtio_device *v)
{
    return virtio_has(v, VIRTIO_F_VERSION_1) || !v->big_endian;
}

/* Numbers in the device's byte order. */
uint64_t virtio_load(const struct virtio_device *v, const uint8_t *bytes, unsigned size);
void virtio_store(const struct virtio_device *v, uint8_t *bytes, unsigned size, uint64_t value);

/* DMA by the device. */
bool virtio_read(const struct virtio_device *v, uint64_t addr, void *out, size_t len);
bool virtio_write(struct virtio_device *v, uint64_t addr, const void *in, size_t len);
uint8_t *virtio_span(const struct virtio_device *v, uint64_t addr, bool write, size_t *len);

/* The request whose chain began at `head` is over `delay_ns` from now. */
void virtio_finish(struct virtio_device *v, unsigned queue, uint16_t head, uint32_t written,
                   uint64_t delay_ns);

/* The driver broke a rule of virtio: the device stops until it is reset. */
void virtio_break(struct virtio_device *v);

/* All queues, requests and features as after power-on; for the transport. */
void virtio_reset(struct virtio_device *v);
/* The PCI side of virtio_add(): BARs and capabilities. */
enum sim_status virtio_add_pci(struct virtio_device *v, int slot, const char *shown,
                               uint16_t vectors);
void virtio_set_status(struct virtio_device *v, uint8_t status);
void virtio_set_features(struct virtio_device *v, uint64_t features);
void virtio_notify(struct virtio_device *v, unsigned queue);
/* Drops what is in flight on one queue, and its addresses. */
void virtio_reset_queue(struct virtio_device *v, unsigned queue);

#endif
