/* Split virtqueues (virtio 1.1, 2.6): what the driver offers, checked, and what was used. */
#ifndef HORNPIPE_VIRTQUEUE_H
#define HORNPIPE_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"

struct virtio_device;

enum { VIRTQ_SIZE_MAX = 1024, VIRTQ_SEGMENTS_MAX = 1024 };

struct virtqueue {
    uint64_t desc, avail, used; /* addresses of the device's DMA */
    uint16_t size, vector;
    uint16_t last_avail, used_index; /* the next that is taken, or given back */
    uint16_t signalled;              /* used_index at the last interrupt */
    uint16_t in_flight;
    bool signalled_valid, ready;
};
extern const struct state_desc virtqueue_state_desc;

struct virtq_segment {
    uint64_t addr;
    uint32_t len;
};

/* The buffers of one request: `out_count` that the device reads, then those that it writes. */
struct virtq_chain {
    uint16_t head;
    unsigned out_count, count;
    uint64_t out_size, in_size;
    struct virtq_segment segments[VIRTQ_SEGMENTS_MAX];
    /* Where the last access ended: transfers go on from there. */
    unsigned at_segment;
    uint64_t at_offset;
};

/* Takes the next chain of the queue into v->chain. False: there is none, or the driver broke a
 * rule. Nothing of a chain's buffers has been looked at. */
bool virtq_pop(struct virtio_device *v, unsigned queue);

/* Bytes of v->chain from `at` on, of what the device reads or writes; they lie in it. False: DMA
 * cannot reach them. */
bool virtq_get(struct virtio_device *v, uint64_t at, void *out, size_t n);
bool virtq_put(struct virtio_device *v, uint64_t at, const void *in, size_t n);
/* The RAM that holds byte `at` of what the driver gave to read, or with `write` to fill, and *n at
 * most of what follows it there: as pci_dma_span(). */
uint8_t *virtq_span(struct virtio_device *v, bool write, uint64_t at, size_t *n);

/* Gives a chain back with `written` bytes in it; true if the driver wants an interrupt now. */
bool virtq_push(struct virtio_device *v, unsigned queue, uint16_t head, uint32_t written);

#endif
