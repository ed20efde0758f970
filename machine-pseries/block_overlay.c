/*
 * snapshot=on: what the guest writes goes to an unnamed temporary file in clusters; a bit each says
 * which of them it holds. The image below is only read, until it is written back if it is to be.
 */
#define _GNU_SOURCE /* O_TMPFILE, mkostemp() */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "block_internal.h"

enum { CLUSTER = 4096, WORD_BITS = 64, WRITE_BACK = sizeof block_zeroes };

struct overlay {
    struct block_layer *below; /* borrowed */
    int fd;
    uint64_t size;
    uint64_t *held; /* a bit a cluster */
    uint8_t buffer[WRITE_BACK];
};

static bool is_held(const struct overlay *o, uint64_t cluster)
{
    return o->held[cluster / WORD_BITS] >> (cluster % WORD_BITS) & 1;
}

static void set_held(struct overlay *o, uint64_t cluster)
{
    o->held[cluster / WORD_BITS] |= UINT64_C(1) << (cluster % WORD_BITS);
}

/* Bytes from `offset` on that are all held or all not: at most `len`. */
static size_t run_length(const struct overlay *o, uint64_t offset, size_t len)
{
    const bool held = is_held(o, offset / CLUSTER);
    uint64_t end = (offset / CLUSTER + 1) * CLUSTER;
    while (end < offset + len && is_held(o, end / CLUSTER) == held)
        end += CLUSTER;
    return end - offset < len ? (size_t)(end - offset) : len;
}

static int overlay_read(struct block_layer *layer, uint64_t offset, void *out, size_t len)
{
    struct overlay *const o = layer->state;
    uint8_t *at = out;
    while (len > 0) {
        const size_t n = run_length(o, offset, len);
        const int error = is_held(o, offset / CLUSTER)
                              ? block_pread(o->fd, offset, at, n)
                              : o->below->ops->read(o->below, offset, at, n);
        if (error)
            return error;
        at += n;
        offset += n;
        len -= n;
    }
    return 0;
}

/* A part of one cluster, which is then held whole. */
static int write_part(struct overlay *o, uint64_t offset, const uint8_t *in, size_t len)
{
    const uint64_t cluster = offset / CLUSTER, start = cluster * CLUSTER;
    if (is_held(o, cluster))
        return block_pwrite(o->fd, offset, in, len);
    const size_t room = o->size - start < CLUSTER ? (size_t)(o->size - start) : CLUSTER;
    int error = o->below->ops->read(o->below, start, o->buffer, room);
    if (error)
        return error;
    memcpy(o->buffer + (offset - start), in, len);
    error = block_pwrite(o->fd, start, o->buffer, room);
    if (!error)
        set_held(o, cluster);
    return error;
}

static int write_whole(struct overlay *o, uint64_t offset, const uint8_t *in, size_t len)
{
    const int error = block_pwrite(o->fd, offset, in, len);
    for (size_t i = 0; i < len / CLUSTER && !error; i++)
        set_held(o, offset / CLUSTER + i);
    return error;
}

static int overlay_write(struct block_layer *layer, uint64_t offset, const void *in, size_t len)
{
    struct overlay *const o = layer->state;
    const uint8_t *at = in;
    while (len > 0) {
        const size_t into = offset % CLUSTER;
        size_t n = len - len % CLUSTER;
        int error;
        if (into || n == 0) {
            n = CLUSTER - into < len ? CLUSTER - into : len;
            error = write_part(o, offset, at, n);
        } else {
            error = write_whole(o, offset, at, n);
        }
        if (error)
            return error;
        at += n;
        offset += n;
        len -= n;
    }
    return 0;
}

/* What is dropped at the end, or by a run that is killed, need not be kept safe until then. */
static int overlay_flush(struct block_layer *layer)
{
    (void)layer;
    return 0;
}

/* Whole clusters become holes of the temporary file. */
static int overlay_zero(struct block_layer *layer, uint64_t offset, uint64_t len, bool unmap)
{
    struct overlay *const o = layer->state;
    const uint64_t end = offset + len;
    const uint64_t first = (offset + CLUSTER - 1) / CLUSTER, last = end / CLUSTER;
    (void)unmap;
    if (first >= last) /* at most two parts of clusters */
        return overlay_write(layer, offset, block_zeroes, (size_t)len);
    int error = overlay_write(layer, offset, block_zeroes, (size_t)(first * CLUSTER - offset));
    if (!error)
        error = block_zero_file(o->fd, first * CLUSTER, (last - first) * CLUSTER, true);
    if (error)
        return error;
    for (uint64_t i = first; i < last; i++)
        set_held(o, i);
    return overlay_write(layer, last * CLUSTER, block_zeroes, (size_t)(end - last * CLUSTER));
}

static void overlay_close(struct block_layer *layer)
{
    struct overlay *const o = layer->state;
    close(o->fd);
    free(o->held);
    free(o);
}

static const struct block_layer_ops overlay_ops = {
    .read = overlay_read,
    .write = overlay_write,
    .flush = overlay_flush,
    .zero = overlay_zero,
    .close = overlay_close,
};

/* Not in /tmp, which is often memory. */
static int open_temporary(const char **where)
{
    const char *const dir = getenv("TMPDIR");
    *where = dir && *dir ? dir : "/var/tmp";
    int fd = open(*where, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        char name[512];
        if ((size_t)snprintf(name, sizeof name, "%s/hornpipe-XXXXXX", *where) < sizeof name) {
            fd = mkostemp(name, O_CLOEXEC);
            if (fd >= 0)
                unlink(name);
        }
    }
    return fd;
}

enum sim_status block_overlay_open(struct block *block)
{
    const uint64_t size = block->image.size, clusters = (size + CLUSTER - 1) / CLUSTER;
    const char *where;
    struct overlay *const o = calloc(1, sizeof *o);
    RETURN_IF(!o, STATUS_NO_MEMORY, "%s: no host memory for a snapshot", block->options.shown);
    o->below = &block->image;
    o->size = size;
    o->held = calloc((size_t)(clusters / WORD_BITS + 1), sizeof *o->held);
    o->fd = o->held ? open_temporary(&where) : -1;
    if (o->fd < 0) {
        const bool memory = !o->held;
        free(o->held);
        free(o);
        RETURN_IF(memory, STATUS_NO_MEMORY, "%s: no host memory for a snapshot",
                  block->options.shown);
        return status_fail(STATUS_NO_FILE,
                           "%s: no temporary file for what the guest writes in %s: %s",
                           block->options.shown, where, strerror(errno));
    }
    if (ftruncate(o->fd, (off_t)size) != 0) {
        const int error = errno;
        overlay_close(&(struct block_layer){.state = o});
        return status_fail(STATUS_NO_SPACE,
                           "%s: for what the guest writes, a temporary file of %" PRIu64
                           " bytes (sparse) in %s: %s",
                           block->options.shown, size, where, strerror(error));
    }
    block->overlay = (struct block_layer){.ops = &overlay_ops, .state = o, .size = size};
    return STATUS_OK;
}

/* -- Afterwards -- */

/* The next byte from `offset` on in whose word of bits either has one; `size` if there is none. */
static uint64_t next_held_word(const struct overlay *a, const struct overlay *b, uint64_t offset)
{
    const uint64_t word_size = (uint64_t)CLUSTER * WORD_BITS;
    while (offset < a->size && !(a->held[offset / word_size] | b->held[offset / word_size]))
        offset = (offset / word_size + 1) * word_size;
    return offset < a->size ? offset : a->size;
}

/* Zeroes take no room in a file from which the guest may discard. */
static int write_back(struct overlay *o, uint64_t offset, size_t len, bool unmap)
{
    const int error = block_pread(o->fd, offset, o->buffer, len);
    if (error)
        return error;
    return memcmp(o->buffer, block_zeroes, len) == 0
               ? o->below->ops->zero(o->below, offset, len, unmap)
               : o->below->ops->write(o->below, offset, o->buffer, len);
}

int block_overlay_write_back(struct block *block, uint64_t *at)
{
    struct overlay *const o = block->overlay.state;
    int error = 0;
    *at = 0;
    while (!error && (*at = next_held_word(o, o, *at)) < o->size) {
        const uint64_t left = o->size - *at;
        const size_t n = run_length(o, *at, left < WRITE_BACK ? (size_t)left : WRITE_BACK);
        if (is_held(o, *at / CLUSTER))
            error = write_back(o, *at, n, block->options.unmap);
        if (!error)
            *at += n;
    }
    return error ? error : o->below->ops->flush(o->below);
}

int block_overlay_compare(struct block *a, struct block *b, bool *differ, uint64_t *offset,
                          uint8_t bytes[2])
{
    const struct overlay *const x = a->overlay.state, *const y = b->overlay.state;
    uint8_t in[2][CLUSTER];
    *differ = false;
    for (uint64_t at = 0; (at = next_held_word(x, y, at)) < x->size; at += CLUSTER) {
        const size_t n = x->size - at < CLUSTER ? (size_t)(x->size - at) : CLUSTER;
        if (!is_held(x, at / CLUSTER) && !is_held(y, at / CLUSTER))
            continue;
        int error = overlay_read(&a->overlay, at, in[0], n);
        if (!error)
            error = overlay_read(&b->overlay, at, in[1], n);
        if (error)
            return error;
        if (memcmp(in[0], in[1], n) == 0)
            continue;
        size_t i = 0;
        while (in[0][i] == in[1][i])
            i++;
        *differ = true;
        *offset = at + i;
        bytes[0] = in[0][i];
        bytes[1] = in[1][i];
        return 0;
    }
    return 0;
}
