/*
 * Virtqueues and the requests in them, of disks and of a SCSI adapter, by a modern or a legacy
 * driver. Input: which device and which features, then steps: descriptors, available entries,
 * bytes of requests, notifications, time, and registers of the device.
 */
#include "fuzz_virtio.h"

enum { RING = FUZZ_AREA, AVAIL = RING + 0x1000, USED = RING + 0x2000, TABLE = RING + 0x4000 };
enum { REQUEST = RING + 0x8000, DATA = RING + 0x10000, STATUS = RING + 0x9000, PAGE = 4096 };
enum { ENTRIES = 16 };

static const uint64_t numbers[] = {REQUEST,
                                   REQUEST + 16,
                                   STATUS,
                                   DATA,
                                   DATA + PAGE,
                                   TABLE,
                                   RING,
                                   AVAIL,
                                   AVAIL + 2,
                                   USED,
                                   FUZZ_RAM,
                                   FUZZ_RAM - 16,
                                   UINT64_MAX,
                                   UINT64_MAX - 15,
                                   PHB_DMA64_BUS,
                                   PHB_DMA_SIZE - 8,
                                   PHB_MEM64_BASE,
                                   0,
                                   1,
                                   2,
                                   4,
                                   8,
                                   12,
                                   13,
                                   16,
                                   17,
                                   31,
                                   32,
                                   51,
                                   108,
                                   512,
                                   513,
                                   4096,
                                   0x10000,
                                   0x40000,
                                   UINT32_MAX};

static uint64_t number(struct fuzz_input *in)
{
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

struct driver {
    struct fuzz_machine *m;
    struct virtio_device *v;
    unsigned queue;
    bool legacy;
};

static void reg(struct driver *d, unsigned offset, unsigned size, uint32_t value)
{
    virtio_bar_write(&d->v->pci, d->legacy ? 0 : 4, offset, size, value);
}

/* The device's start up to DRIVER_OK; every page of FUZZ_AREA is mapped for DMA. */
static void start(struct driver *d, uint32_t features, uint32_t more)
{
    uint64_t *const tces = d->m->p->phb.windows[0].tces;
    for (uint64_t page = RING; page < RING + 0x40000; page += PAGE)
        tces[page / PAGE] = page | 3;
    if (d->legacy) {
        reg(d, 18, 1, 3);
        reg(d, 4, 4, features);
        reg(d, 14, 2, d->queue);
        reg(d, 8, 4, RING / PAGE);
        reg(d, 18, 1, 7);
        return;
    }
    reg(d, 20, 1, 3);
    reg(d, 8, 4, 0);
    reg(d, 12, 4, features);
    reg(d, 8, 4, 1);
    reg(d, 12, 4, more | 3);
    reg(d, 20, 1, 11);
    reg(d, 22, 2, d->queue);
    reg(d, 24, 2, ENTRIES);
    reg(d, 32, 4, RING);
    reg(d, 40, 4, AVAIL);
    reg(d, 48, 4, USED);
    reg(d, 28, 2, 1);
    reg(d, 20, 1, 15);
}

static uint64_t avail(const struct driver *d)
{
    return d->v->queues[d->queue].avail;
}

static void store(struct driver *d, uint64_t at, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    virtio_store(d->v, bytes, size, value);
    bus_write(&d->m->p->bus, at, bytes, size);
}

static void write_descriptor(struct driver *d, struct fuzz_input *in)
{
    const uint8_t where = fuzz_byte(in);
    const uint64_t at = (where & 0x80 ? TABLE : RING) + 16 * (uint64_t)(where & 0x1f);
    store(d, at, 8, number(in));
    store(d, at + 8, 4, number(in));
    store(d, at + 12, 2, fuzz_byte(in));
    store(d, at + 14, 2, fuzz_byte(in));
}

static void offer(struct driver *d, struct fuzz_input *in)
{
    const struct virtqueue *const q = &d->v->queues[d->queue];
    store(d, avail(d) + 4 + 2 * (uint64_t)(q->last_avail % (q->size ? q->size : 1)), 2,
          fuzz_byte(in));
    store(d, avail(d) + 2, 2, (uint16_t)(q->last_avail + 1));
}

static void kick(struct driver *d, unsigned queue)
{
    if (d->legacy)
        reg(d, 16, 2, queue);
    else
        reg(d, 0x3000 + 4 * queue, 2, queue);
}

static void step(struct driver *d, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    unsigned offset;
    switch (kind & 7) {
    case 0:
        write_descriptor(d, in);
        break;
    case 1:
        offer(d, in);
        kick(d, d->queue);
        break;
    case 2:
        store(d, REQUEST + fuzz_byte(in), 4, number(in));
        break;
    case 3:
        fuzz_store(d->m, in, numbers, ARRAY_SIZE(numbers));
        break;
    case 4:
        fuzz_pass(d->m, fuzz_byte(in));
        break;
    case 5:
        store(d, avail(d) + 2 * (kind >> 3), 2, number(in));
        kick(d, kind >> 6);
        break;
    case 6:
        offset = fuzz_byte(in);
        reg(d, offset & 0x80 ? 0x2000 + (offset & 0x3f) : offset & 0x3f, 1u << (kind >> 3) % 3,
            (uint32_t)number(in));
        break;
    default:
        offset = fuzz_byte(in);
        virtio_bar_read(&d->v->pci, d->legacy ? 0 : 4,
                        offset & 0x80 ? 0x1000 * (offset >> 2 & 3) : offset & 0x3c, 4);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_virtio_power_on(size);
    struct fuzz_input in = {data, size};
    const uint8_t which = fuzz_byte(&in);
    struct driver d = {.m = m, .v = fuzz_device(m, which & 3), .queue = which >> 4 & 3};
    d.legacy = which & 4 && d.v->legacy;
    if (which & 8)
        cpu_set_msr(m->cpu, m->cpu->msr | MSR_LE);
    virtio_reset(d.v);
    const uint32_t features = fuzz_byte(&in) & 1 ? UINT32_MAX : (uint32_t)number(&in);
    start(&d, features, (uint32_t)number(&in));
    fuzz_check_devices(m);
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++) {
        step(&d, &in);
        fuzz_check_devices(m);
    }
    return 0;
}
