/* Commands on the medium (SBC-3 5). */
#include <errno.h>
#include <string.h>

#include "scsi_internal.h"

struct scsi_range scsi_get_range(const uint8_t *cdb)
{
    switch (cdb[0] >> 5) { /* the group says how long the command is */
    case 0: {
        const uint32_t lba = load_be32(cdb) & 0x1fffff;
        return (struct scsi_range){lba, cdb[4] ? cdb[4] : 256u};
    }
    case 4:
        return (struct scsi_range){load_be64(cdb + 2), load_be32(cdb + 10)};
    case 5:
        return (struct scsi_range){load_be32(cdb + 2), load_be32(cdb + 6)};
    default:
        return (struct scsi_range){load_be32(cdb + 2), load_be16(cdb + 7)};
    }
}

static bool check_range(const struct scsi_request *r, const struct scsi_range *range)
{
    const struct scsi_device *const d = r->device;
    if (range->lba <= d->blocks && range->count <= d->blocks - range->lba)
        return true;
    scsi_illegal(r, ASC_LBA_RANGE);
    return false;
}

/* Protection information is not there to be checked. */
static bool check_protect(const struct scsi_request *r)
{
    if (r->cdb[0] < 0x20 || !(r->cdb[1] & 0xe0))
        return true;
    scsi_illegal(r, ASC_CDB_FIELD);
    return false;
}

static void fail_write(const struct scsi_request *r, int error)
{
    if (error == ENOSPC)
        scsi_fail(r->result, SENSE_PROTECT, ASC_SPACE_FAILED);
    else
        scsi_fail(r->result, SENSE_MEDIUM, ASC_WRITE_ERROR);
}

static void write_through(const struct scsi_request *r)
{
    const int error = block_flush(r->device->block);
    if (error)
        fail_write(r, error);
}

void scsi_read(const struct scsi_request *r)
{
    struct scsi_device *const d = r->device;
    const struct scsi_range range = scsi_get_range(r->cdb);
    if (!check_protect(r) || !check_range(r, &range))
        return;
    const uint64_t start = range.lba * d->block_size;
    const uint64_t wanted = (uint64_t)range.count * d->block_size;
    const uint64_t size = wanted < r->buffers->in_size ? wanted : r->buffers->in_size;
    r->result->in_wanted = wanted;
    for (uint64_t at = 0; at < size;) {
        const size_t n = size - at < SCSI_BUFFER_SIZE ? (size_t)(size - at) : SCSI_BUFFER_SIZE;
        if (block_read(d->block, start + at, d->buffer, n) != 0) {
            scsi_fail(r->result, SENSE_MEDIUM, ASC_READ_ERROR);
            return;
        }
        if (!r->buffers->put(r->buffers->ctx, at, d->buffer, n)) {
            r->result->dma_failed = true;
            return;
        }
        at += n;
    }
}

void scsi_write(const struct scsi_request *r)
{
    struct scsi_device *const d = r->device;
    const struct scsi_range range = scsi_get_range(r->cdb);
    const bool force_unit_access = r->cdb[0] >= 0x20 && (r->cdb[1] & 8);
    if (!check_protect(r) || !check_range(r, &range))
        return;
    const uint64_t start = range.lba * d->block_size;
    const uint64_t wanted = (uint64_t)range.count * d->block_size;
    /* Only whole blocks: what the initiator did not give cannot be written. */
    const uint64_t given = r->buffers->out_size / d->block_size * d->block_size;
    const uint64_t size = wanted < given ? wanted : given;
    r->result->out_wanted = wanted;
    for (uint64_t at = 0; at < size;) {
        const size_t n = size - at < SCSI_BUFFER_SIZE ? (size_t)(size - at) : SCSI_BUFFER_SIZE;
        if (!scsi_fetch(r, at, d->buffer, n))
            return;
        const int error = block_write(d->block, start + at, d->buffer, n);
        if (error) {
            fail_write(r, error);
            return;
        }
        at += n;
    }
    if (force_unit_access || !d->write_cache)
        write_through(r);
}

void scsi_verify(const struct scsi_request *r)
{
    const struct scsi_range range = scsi_get_range(r->cdb);
    if (r->cdb[1] & 6) /* no comparing with data out */
        scsi_illegal(r, ASC_CDB_FIELD);
    else
        check_range(r, &range);
}

void scsi_synchronize(const struct scsi_request *r)
{
    const struct scsi_range range = scsi_get_range(r->cdb);
    if (check_range(r, &range))
        write_through(r);
}

void scsi_read_capacity_10(const struct scsi_request *r)
{
    const struct scsi_device *const d = r->device;
    uint8_t data[8];
    if (!(r->cdb[8] & 1) && load_be32(r->cdb + 2) != 0) { /* an LBA without PMI */
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    store_be32(data, d->blocks - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(d->blocks - 1));
    store_be32(data + 4, d->block_size);
    scsi_respond(r, data, sizeof data, sizeof data);
}

/* READ CAPACITY(16) is the one service action that there is. */
void scsi_service_action_in(const struct scsi_request *r)
{
    const struct scsi_device *const d = r->device;
    uint8_t data[32] = {0};
    if ((r->cdb[1] & 0x1f) != 0x10) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    store_be64(data, d->blocks - 1);
    store_be32(data + 8, d->block_size);
    if (scsi_can_unmap(d))
        data[14] = 0xc0; /* provisioned, unmapped blocks read as 0 */
    scsi_respond(r, data, sizeof data, load_be32(r->cdb + 10));
}

void scsi_unmap(const struct scsi_request *r)
{
    enum { HEADER = 8, DESCRIPTOR = 16, LIST_MAX = HEADER + DESCRIPTOR * SCSI_UNMAP_DESCRIPTORS };
    struct scsi_device *const d = r->device;
    const size_t size = load_be16(r->cdb + 7);
    if (!scsi_can_unmap(d)) {
        scsi_illegal(r, ASC_NO_OPCODE);
        return;
    }
    r->result->out_wanted = size;
    if (size == 0)
        return;
    if (size < HEADER || size > LIST_MAX || r->cdb[1] & 1) {
        scsi_illegal(r, size < HEADER ? ASC_LIST_LENGTH : ASC_CDB_FIELD);
        return;
    }
    if (!scsi_fetch(r, 0, d->buffer, size))
        return;
    const size_t descriptors = load_be16(d->buffer + 2) / DESCRIPTOR;
    if (descriptors > (size - HEADER) / DESCRIPTOR) {
        scsi_illegal(r, ASC_LIST_FIELD);
        return;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < descriptors; i++) {
        const uint8_t *const p = d->buffer + HEADER + i * DESCRIPTOR;
        const struct scsi_range range = {load_be64(p), load_be32(p + 8)};
        if (!check_range(r, &range))
            return;
        sum += range.count;
    }
    if (sum > SCSI_UNMAP_MAX) {
        scsi_illegal(r, ASC_LIST_FIELD);
        return;
    }
    for (size_t i = 0; i < descriptors; i++) {
        const uint8_t *const p = d->buffer + HEADER + i * DESCRIPTOR;
        const int error = block_discard(d->block, load_be64(p) * d->block_size,
                                        (uint64_t)load_be32(p + 8) * d->block_size);
        if (error) {
            fail_write(r, error);
            return;
        }
    }
}

/* The block in d->buffer, all over the range. */
static int write_pattern(struct scsi_device *d, const struct scsi_range *range)
{
    const uint64_t start = range->lba * d->block_size;
    const uint64_t size = (uint64_t)range->count * d->block_size;
    for (size_t at = d->block_size; at < SCSI_BUFFER_SIZE; at += d->block_size)
        memcpy(d->buffer + at, d->buffer, d->block_size);
    for (uint64_t at = 0; at < size;) {
        const size_t n = size - at < SCSI_BUFFER_SIZE ? (size_t)(size - at) : SCSI_BUFFER_SIZE;
        const int error = block_write(d->block, start + at, d->buffer, n);
        if (error)
            return error;
        at += n;
    }
    return 0;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

void scsi_write_same(const struct scsi_request *r)
{
    struct scsi_device *const d = r->device;
    const struct scsi_range range = scsi_get_range(r->cdb);
    const bool no_data = r->cdb[0] == 0x93 && (r->cdb[1] & 1), unmap = r->cdb[1] & 8;
    if (!check_protect(r))
        return;
    if (range.count == 0 || range.count > SCSI_WRITE_SAME_MAX || r->cdb[1] & 0x10 ||
        (unmap && !scsi_can_unmap(d))) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    if (!check_range(r, &range))
        return;
    memset(d->buffer, 0, d->block_size);
    if (!no_data) {
        r->result->out_wanted = d->block_size;
        if (!scsi_fetch(r, 0, d->buffer, d->block_size))
            return;
    }
    const uint64_t start = range.lba * d->block_size;
    const uint64_t size = (uint64_t)range.count * d->block_size;
    const bool zero = is_zero(d->buffer, d->block_size);
    const int error = !zero   ? write_pattern(d, &range)
                      : unmap ? block_discard(d->block, start, size)
                              : block_write_zeroes(d->block, start, size);
    if (error)
        fail_write(r, error);
    else if (!d->write_cache)
        write_through(r);
}

/* A disk does not stop; the CD-ROM's tray opens and closes. */
void scsi_start_stop(const struct scsi_request *r)
{
    struct scsi_device *const d = r->device;
    const bool start = r->cdb[4] & 1, load_eject = r->cdb[4] & 2;
    if (r->cdb[4] & 0xf0) /* a power condition: accepted, nothing changes */
        return;
    if (d->kind == SCSI_DISK) {
        if (!start)
            write_through(r);
        return;
    }
    if (!load_eject)
        return;
    if (!start && d->removal_prevented) {
        scsi_illegal(r, ASC_REMOVAL_PREVENTED);
        return;
    }
    d->stopped = !start;
}
