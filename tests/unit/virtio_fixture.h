/* A virtio device whose kind only notes what it gets, and a driver's side of its first queue. */
#ifndef HORNPIPE_VIRTIO_FIXTURE_H
#define HORNPIPE_VIRTIO_FIXTURE_H

#include "device_fixture.h"

#include "machine-pseries/virtio.h"

enum {
    VIRTIO_RING = 0x10000,  /* descriptors */
    VIRTIO_AVAIL = 0x11000, /* with the used ring behind it, as in the legacy layout */
    VIRTIO_USED = 0x12000,
    VIRTIO_TABLE = 0x14000, /* an indirect table */
    VIRTIO_DATA = 0x20000,
    VIRTIO_ENTRIES = 8,
    VIRTIO_DELAY = 5000,
};

enum { MODERN = 4, LEGACY = 0 };

struct kind {
    struct virtio_device virtio;
    unsigned notified, taken;
    uint8_t config[12];
    unsigned resets;
};

static inline void kind_notify(struct virtio_device *v, unsigned queue)
{
    struct kind *k = (struct kind *)v;
    k->notified++;
    while (virtq_pop(v, queue)) {
        k->taken++;
        virtio_finish(v, queue, v->chain.head, (uint32_t)v->chain.in_size, VIRTIO_DELAY);
    }
}

static inline void kind_get_config(const struct virtio_device *v, uint8_t config[VIRTIO_CONFIG_MAX])
{
    memcpy(config, ((const struct kind *)v)->config, 12);
}

static inline void kind_set_config(struct virtio_device *v, unsigned offset, uint8_t value)
{
    assert_in_range(offset, 0, 11);
    ((struct kind *)v)->config[offset] = value;
}

static inline void kind_reset(struct virtio_device *v)
{
    ((struct kind *)v)->resets++;
}

static const struct virtio_ops kind_ops = {
    .pci = VIRTIO_PCI_OPS("kind", NULL),
    .type = 2,
    .legacy_id = 0x1001,
    .class_code = 0x010000,
    .config_size = 12,
    .notify = kind_notify,
    .get_config = kind_get_config,
    .set_config = kind_set_config,
    .reset = kind_reset,
};
static const struct device_model kind_model = {.name = "kind"};

/* On the bus, after a reset; `properties` as of a -device. */
static inline struct kind *kind_add(struct fixture *f, const struct pseries_property *properties,
                                    size_t count)
{
    const struct pseries_device_option option = {.shown = "-device kind",
                                                 .driver = "kind",
                                                 .properties = properties,
                                                 .property_count = count};
    const struct device_args args = {.p = f->p, .model = &kind_model, .option = &option};
    struct kind *k = calloc(1, sizeof *k);
    assert_non_null(k);
    k->virtio.ops = &kind_ops;
    k->virtio.queue_count = 2;
    k->virtio.queue_size = VIRTIO_ENTRIES;
    assert_int_equal(virtio_add(&k->virtio, &args, 3), STATUS_OK);
    pci_reset(f->p);
    return k;
}

static inline uint32_t modern_read(struct kind *k, uint64_t offset, unsigned size)
{
    return virtio_bar_read(&k->virtio.pci, MODERN, offset, size);
}

static inline void modern_write(struct kind *k, uint64_t offset, unsigned size, uint32_t value)
{
    virtio_bar_write(&k->virtio.pci, MODERN, offset, size, value);
}

/* A modern driver's start, with the features `wanted` besides VERSION_1. */
static inline void modern_start(struct kind *k, uint64_t wanted)
{
    modern_write(k, 20, 1, 0);
    modern_write(k, 20, 1, 3);
    modern_write(k, 8, 4, 0);
    modern_write(k, 12, 4, (uint32_t)wanted);
    modern_write(k, 8, 4, 1);
    modern_write(k, 12, 4, (uint32_t)(wanted >> 32) | 1);
    modern_write(k, 20, 1, 3 | VIRTIO_STATUS_FEATURES_OK);
    assert_int_equal(modern_read(k, 20, 1), 3 | VIRTIO_STATUS_FEATURES_OK);
    modern_write(k, 22, 2, 0);
    modern_write(k, 32, 4, VIRTIO_RING);
    modern_write(k, 40, 4, VIRTIO_AVAIL);
    modern_write(k, 48, 4, VIRTIO_USED);
    modern_write(k, 28, 2, 1);
    modern_write(k, 20, 1, 7 | VIRTIO_STATUS_FEATURES_OK);
}

static inline uint8_t *ram(struct fixture *f, uint64_t at)
{
    return f->p->bus.ram + at;
}

static inline void set_desc(struct fixture *f, uint64_t table, unsigned i, uint64_t addr,
                            uint32_t len, uint16_t flags, uint16_t next)
{
    uint8_t *d = ram(f, table + 16 * i);
    store_le64(d, addr);
    store_le32(d + 8, len);
    store_le16(d + 12, flags);
    store_le16(d + 14, next);
}

/* Offers the chain that begins at `head`. */
static inline void offer(struct fixture *f, uint16_t head)
{
    const uint16_t index = load_le16(ram(f, VIRTIO_AVAIL + 2));
    store_le16(ram(f, VIRTIO_AVAIL + 4 + 2 * (index % VIRTIO_ENTRIES)), head);
    store_le16(ram(f, VIRTIO_AVAIL + 2), (uint16_t)(index + 1));
}

static inline void kick(struct kind *k)
{
    modern_write(k, 0x3000, 2, 0);
}

/* Lets `ns` of virtual time pass. */
static inline void pass(struct fixture *f, uint64_t ns)
{
    f->clock.idle_cycles += ns;
    pseries_run_events(f->p);
}

#endif
