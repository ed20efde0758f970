/*
 * Split virtqueues. Everything in them is the guest's and may change at any time, so each number is
 * read once, and checked before it is used.
 */
#include "virtqueue.h"

#include "virtio.h"

enum { DESC_SIZE = 16, DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { RING_FLAGS = 0, RING_INDEX = 2, RING_ENTRIES = 4, USED_ENTRY = 8, AVAIL_NO_INTERRUPT = 1 };

static const struct state_field virtqueue_fields[] = {
    STATE_FIELD(virtqueue, desc),       STATE_FIELD(virtqueue, avail),
    STATE_FIELD(virtqueue, used),       STATE_FIELD(virtqueue, size),
    STATE_FIELD(virtqueue, vector),     STATE_FIELD(virtqueue, last_avail),
    STATE_FIELD(virtqueue, used_index), STATE_FIELD(virtqueue, signalled),
    STATE_FIELD(virtqueue, in_flight),  STATE_FIELD(virtqueue, signalled_valid),
    STATE_FIELD(virtqueue, ready),
};
const struct state_desc virtqueue_state_desc = STATE_DESC("virtqueue", 1, virtqueue_fields);

struct descriptor {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};

static bool read_number(const struct virtio_device *v, uint64_t addr, uint16_t *value)
{
    uint8_t bytes[2];
    if (!virtio_read(v, addr, bytes, sizeof bytes))
        return false;
    *value = (uint16_t)virtio_load(v, bytes, sizeof bytes);
    return true;
}

static bool write_number(struct virtio_device *v, uint64_t addr, uint16_t value)
{
    uint8_t bytes[2];
    virtio_store(v, bytes, sizeof bytes, value);
    return virtio_write(v, addr, bytes, sizeof bytes);
}

static bool read_descriptor(const struct virtio_device *v, uint64_t table, uint32_t index,
                            struct descriptor *d)
{
    uint8_t bytes[DESC_SIZE];
    if (!virtio_read(v, table + (uint64_t)index * DESC_SIZE, bytes, sizeof bytes))
        return false;
    d->addr = virtio_load(v, bytes, 8);
    d->len = (uint32_t)virtio_load(v, bytes + 8, 4);
    d->flags = (uint16_t)virtio_load(v, bytes + 12, 2);
    d->next = (uint16_t)virtio_load(v, bytes + 14, 2);
    return true;
}

/* Buffers that the device writes come after those that it reads (2.6.4.2). */
static bool add_segment(struct virtq_chain *c, const struct descriptor *d)
{
    const bool write = d->flags & DESC_WRITE;
    if (!d->len || c->count == VIRTQ_SEGMENTS_MAX || (!write && c->out_count < c->count))
        return false;
    c->segments[c->count++] = (struct virtq_segment){d->addr, d->len};
    if (write) {
        c->in_size += d->len;
    } else {
        c->out_count = c->count;
        c->out_size += d->len;
    }
    return true;
}

/*
 * The chain from `head` on: plain descriptors, and perhaps one of an indirect table at the end. A
 * chain that is longer than its table loops.
 */
static bool collect(const struct virtio_device *v, const struct virtqueue *q, uint16_t head,
                    struct virtq_chain *c)
{
    uint64_t table = q->desc;
    uint32_t entries = q->size, index = head, visited = 0;
    bool indirect = false;
    for (;;) {
        struct descriptor d;
        if (index >= entries || visited++ == entries || !read_descriptor(v, table, index, &d))
            return false;
        if (d.flags & DESC_INDIRECT) {
            if (indirect || !virtio_has(v, VIRTIO_F_INDIRECT_DESC) || (d.flags & DESC_NEXT) ||
                !d.len || d.len % DESC_SIZE)
                return false;
            indirect = true;
            table = d.addr;
            entries = d.len / DESC_SIZE;
            index = visited = 0;
            continue;
        }
        if (!add_segment(c, &d))
            return false;
        if (!(d.flags & DESC_NEXT))
            return true;
        index = d.next;
    }
}

/* With event indexes: the driver shall notify when it offers the next. */
static bool want_notification(struct virtio_device *v, const struct virtqueue *q)
{
    return !virtio_has(v, VIRTIO_F_EVENT_IDX) ||
           write_number(v, q->used + RING_ENTRIES + (uint64_t)q->size * USED_ENTRY, q->last_avail);
}

static bool take(struct virtio_device *v, struct virtqueue *q, bool *empty)
{
    struct virtq_chain *const c = &v->chain;
    uint16_t index, head;
    *empty = false;
    if (!read_number(v, q->avail + RING_INDEX, &index))
        return false;
    if (index == q->last_avail) {
        *empty = true;
        return want_notification(v, q);
    }
    const uint64_t entry = RING_ENTRIES + 2 * (uint64_t)(q->last_avail % q->size);
    if ((uint16_t)(index - q->last_avail) > q->size || q->in_flight == q->size ||
        !read_number(v, q->avail + entry, &head))
        return false;
    c->head = head;
    c->count = c->out_count = c->at_segment = 0;
    c->out_size = c->in_size = c->at_offset = 0;
    if (!collect(v, q, head, c))
        return false;
    q->last_avail++;
    q->in_flight++;
    return true;
}

bool virtq_pop(struct virtio_device *v, unsigned queue)
{
    struct virtqueue *const q = &v->queues[queue];
    bool empty;
    if (!q->ready || v->broken)
        return false;
    if (!take(v, q, &empty)) {
        virtio_break(v);
        return false;
    }
    return !empty;
}

/*
 * The segment in [first, end) that holds byte `at` of their data, which begins at *begin; `end` if
 * there is none. It is looked for where the last one was found, as accesses follow each other.
 */
static unsigned find_segment(const struct virtq_chain *c, unsigned first, unsigned end, uint64_t at,
                             uint64_t *begin)
{
    const bool near = c->at_segment >= first && c->at_segment < end && c->at_offset <= at;
    unsigned i = near ? c->at_segment : first;
    *begin = near ? c->at_offset : 0;
    while (i < end && at - *begin >= c->segments[i].len)
        *begin += c->segments[i++].len;
    return i;
}

/* Moves `n` bytes from `at` of the segments [first, end). */
static bool move(struct virtio_device *v, unsigned first, unsigned end, uint64_t at, uint8_t *out,
                 const uint8_t *in, size_t n)
{
    struct virtq_chain *const c = &v->chain;
    while (n) {
        uint64_t begin;
        const unsigned i = find_segment(c, first, end, at, &begin);
        if (i == end)
            return false;
        const struct virtq_segment *const s = &c->segments[i];
        const uint64_t offset = at - begin, left = s->len - offset;
        const size_t part = left < n ? (size_t)left : n;
        if (out ? !virtio_read(v, s->addr + offset, out, part)
                : !virtio_write(v, s->addr + offset, in, part))
            return false;
        c->at_segment = i;
        c->at_offset = begin;
        at += part;
        n -= part;
        if (out)
            out += part;
        else
            in += part;
    }
    return true;
}

uint8_t *virtq_span(struct virtio_device *v, bool write, uint64_t at, size_t *n)
{
    struct virtq_chain *const c = &v->chain;
    const unsigned first = write ? c->out_count : 0, end = write ? c->count : c->out_count;
    uint64_t begin;
    const unsigned i = find_segment(c, first, end, at, &begin);
    if (i == end)
        return NULL;
    const uint64_t offset = at - begin, left = c->segments[i].len - offset;
    if (left < *n)
        *n = (size_t)left;
    c->at_segment = i;
    c->at_offset = begin;
    return virtio_span(v, c->segments[i].addr + offset, write, n);
}

bool virtq_get(struct virtio_device *v, uint64_t at, void *out, size_t n)
{
    return move(v, 0, v->chain.out_count, at, out, NULL, n);
}

bool virtq_put(struct virtio_device *v, uint64_t at, const void *in, size_t n)
{
    return move(v, v->chain.out_count, v->chain.count, at, NULL, in, n);
}

/* Whether the driver asked for an interrupt at this entry (2.6.7). */
static bool wants_interrupt(struct virtio_device *v, struct virtqueue *q, uint16_t before)
{
    uint16_t value;
    if (virtio_has(v, VIRTIO_F_NOTIFY_ON_EMPTY) && !q->in_flight &&
        read_number(v, q->avail + RING_INDEX, &value) && value == q->last_avail)
        return true;
    if (!virtio_has(v, VIRTIO_F_EVENT_IDX))
        return read_number(v, q->avail + RING_FLAGS, &value) && !(value & AVAIL_NO_INTERRUPT);
    if (!read_number(v, q->avail + RING_ENTRIES + 2 * (uint64_t)q->size, &value))
        return false;
    const uint16_t old = q->signalled_valid ? q->signalled : before;
    const bool valid = q->signalled_valid;
    q->signalled = q->used_index;
    q->signalled_valid = true;
    return !valid || (uint16_t)(q->used_index - value - 1) < (uint16_t)(q->used_index - old);
}

bool virtq_push(struct virtio_device *v, unsigned queue, uint16_t head, uint32_t written)
{
    struct virtqueue *const q = &v->queues[queue];
    const uint16_t before = q->used_index;
    const uint64_t entry = RING_ENTRIES + (uint64_t)(before % q->size) * USED_ENTRY;
    uint8_t bytes[USED_ENTRY];
    virtio_store(v, bytes, 4, head);
    virtio_store(v, bytes + 4, 4, written);
    q->in_flight--;
    q->used_index++;
    if (!virtio_write(v, q->used + entry, bytes, sizeof bytes) ||
        !write_number(v, q->used + RING_INDEX, q->used_index)) {
        virtio_break(v);
        return false;
    }
    return wants_interrupt(v, q, before);
}
