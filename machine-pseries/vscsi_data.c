/* Where the data of an SRP command lie: direct and indirect descriptors (SRP 6.8). */
#include "base/bits.h"
#include "pseries_internal.h"
#include "vscsi.h"

enum {
    DESCRIPTOR = 16, /* address, key, length */
    TABLE_HEADER = 20,
    /* Of an indirect table: enough for the largest transfer in 4K pages, and a bound on what a
     * table of empty descriptors makes us read. */
    TABLE_MAX = 4096,
    CMD_FORMATS = 5,
    CMD_OUT_COUNT = 6,
    CMD_IN_COUNT = 7,
    CMD_ADDITIONAL = 31,
    CMD_DESCRIPTORS = 48,
    FORMAT_NONE = 0,
    FORMAT_DIRECT = 1,
    FORMAT_INDIRECT = 2,
};

/* One direction's descriptors at `*at` of the IU, which moves behind them. */
static bool parse(struct vscsi *v, const struct vscsi_slot *slot, unsigned format, unsigned count,
                  size_t *at, struct srp_data *d)
{
    *d = (struct srp_data){.v = v};
    if (format == FORMAT_NONE)
        return true;
    const size_t size =
        format == FORMAT_INDIRECT ? TABLE_HEADER + (size_t)count * DESCRIPTOR : DESCRIPTOR;
    if (format > FORMAT_INDIRECT || *at > slot->length || size > slot->length - *at)
        return false;
    const uint8_t *const p = slot->iu + *at;
    *at += size;
    if (format == FORMAT_DIRECT) {
        d->local = p;
        d->count = 1;
        d->size = load_be32(p + 12);
        return true;
    }
    d->table = load_be64(p);
    d->count = load_be32(p + 12) / DESCRIPTOR;
    d->size = load_be32(p + 16);
    if (count >= d->count)
        d->local = p + TABLE_HEADER;
    return d->count <= TABLE_MAX;
}

bool srp_data_parse(struct vscsi *v, const struct vscsi_slot *slot, struct srp_data *out,
                    struct srp_data *in)
{
    const uint8_t *const iu = slot->iu;
    size_t at = CMD_DESCRIPTORS + (iu[CMD_ADDITIONAL] & ~3u);
    return parse(v, slot, iu[CMD_FORMATS] >> 4, iu[CMD_OUT_COUNT], &at, out) &&
           parse(v, slot, iu[CMD_FORMATS] & 0xf, iu[CMD_IN_COUNT], &at, in);
}

/* The part of [at, at + n) that lies in one descriptor; 0: behind the last, or out of reach. */
static size_t locate(struct srp_data *d, uint64_t at, size_t n, uint64_t *ioba)
{
    if (at < d->index_at)
        d->index_at = d->index = 0;
    for (; d->index < d->count; d->index++) {
        uint8_t bytes[DESCRIPTOR];
        const uint8_t *p = bytes;
        if (d->local)
            p = d->local + (size_t)d->index * DESCRIPTOR;
        else if (!vio_dma_read(d->v->p, d->v->vio, d->table + (uint64_t)d->index * DESCRIPTOR,
                               bytes, sizeof bytes))
            return 0;
        const uint64_t length = load_be32(p + 12);
        if (at < d->index_at + length) {
            const uint64_t into = at - d->index_at;
            *ioba = load_be64(p) + into;
            return length - into < n ? (size_t)(length - into) : n;
        }
        d->index_at += length;
    }
    return 0;
}

bool srp_data_put(struct srp_data *data, uint64_t at, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        uint64_t ioba;
        const size_t part = locate(data, at, n, &ioba);
        if (part == 0 || !vio_dma_write(data->v->p, data->v->vio, ioba, from, part))
            return false;
        from += part;
        at += part;
        n -= part;
    }
    return true;
}

bool srp_data_get(struct srp_data *data, uint64_t at, void *bytes, size_t n)
{
    uint8_t *to = bytes;
    while (n > 0) {
        uint64_t ioba;
        const size_t part = locate(data, at, n, &ioba);
        if (part == 0 || !vio_dma_read(data->v->p, data->v->vio, ioba, to, part))
            return false;
        to += part;
        at += part;
        n -= part;
    }
    return true;
}
