/* MODE SENSE and MODE SELECT (SPC-4 6.11-6.14, SBC-3 6.4, MMC-5 7). */
#include <string.h>

#include "scsi_internal.h"

enum {
    PAGE_ERROR_RECOVERY = 0x01,
    PAGE_CACHING = 0x08,
    PAGE_CD_CAPABILITIES = 0x2a,
    PAGE_ALL = 0x3f,
    CONTROL_CHANGEABLE = 1,
    CONTROL_SAVED = 3,
    CACHING_WCE = 0x04,
    CACHING_SIZE = 20,
    DATA_MAX = 128,
    DESCRIPTOR_SIZE = 8,
};

/* Each returns the page's size; `changeable`: a mask of the bits that MODE SELECT takes. */
static size_t put_error_recovery(const struct scsi_device *d, uint8_t *p, bool changeable)
{
    (void)changeable;
    p[0] = PAGE_ERROR_RECOVERY;
    p[1] = 10;
    if (!changeable)
        p[2] = d->kind == SCSI_DISK ? 0x80 : 0; /* writes are reallocated */
    return 12;
}

static size_t put_caching(const struct scsi_device *d, uint8_t *p, bool changeable)
{
    if (d->kind != SCSI_DISK)
        return 0;
    p[0] = PAGE_CACHING;
    p[1] = CACHING_SIZE - 2;
    if (changeable || d->write_cache)
        p[2] = CACHING_WCE;
    return CACHING_SIZE;
}

static size_t put_cd_capabilities(const struct scsi_device *d, uint8_t *p, bool changeable)
{
    if (d->kind != SCSI_CDROM)
        return 0;
    p[0] = PAGE_CD_CAPABILITIES;
    p[1] = 20;
    if (changeable)
        return 22;
    p[2] = 0x3b;                                  /* reads CD-R, CD-RW, DVD */
    p[4] = 0x70;                                  /* Mode 2 forms, multi-session */
    p[6] = 0x29 | (d->removal_prevented ? 2 : 0); /* tray, eject, lock */
    store_be16(p + 8, 50 * 176);                  /* kB/s, historical */
    store_be16(p + 12, 512);                      /* kB of buffer */
    store_be16(p + 14, 50 * 176);
    return 22;
}

static const struct {
    uint8_t code;
    size_t (*put)(const struct scsi_device *d, uint8_t *p, bool changeable);
} mode_pages[] = {
    {PAGE_ERROR_RECOVERY, put_error_recovery},
    {PAGE_CACHING, put_caching},
    {PAGE_CD_CAPABILITIES, put_cd_capabilities},
};

static size_t put_descriptor(const struct scsi_device *d, uint8_t *p)
{
    if (d->kind != SCSI_DISK || !d->block)
        return 0;
    store_be32(p, d->blocks > UINT32_MAX ? UINT32_MAX : (uint32_t)d->blocks);
    store_be32(p + 4, d->block_size); /* its upper byte is reserved and 0 */
    return DESCRIPTOR_SIZE;
}

void scsi_mode_sense(const struct scsi_request *r)
{
    const struct scsi_device *const d = r->device;
    const bool ten = r->cdb[0] == 0x5a;
    const unsigned page = r->cdb[2] & 0x3f, control = r->cdb[2] >> 6, subpage = r->cdb[3];
    const size_t header = ten ? 8 : 4;
    uint8_t data[DATA_MAX] = {0};
    size_t size = header;
    bool found = page == PAGE_ALL;
    if (control == CONTROL_SAVED) {
        scsi_illegal(r, ASC_NO_SAVED_PAGES);
        return;
    }
    if (!(r->cdb[1] & 8))
        size += put_descriptor(d, data + size);
    data[ten ? 7 : 3] = (uint8_t)(size - header);
    for (unsigned i = 0; i < sizeof mode_pages / sizeof mode_pages[0]; i++) {
        if (page != PAGE_ALL && page != mode_pages[i].code)
            continue;
        const size_t n = mode_pages[i].put(d, data + size, control == CONTROL_CHANGEABLE);
        found |= n > 0;
        size += n;
    }
    if (!found || (subpage != 0 && subpage != 0xff)) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    if (d->kind == SCSI_DISK && d->block && block_is_readonly(d->block))
        data[ten ? 3 : 2] = 0x80; /* write protected */
    if (ten)
        store_be16(data, (uint16_t)(size - 2));
    else
        data[0] = (uint8_t)(size - 1);
    scsi_respond(r, data, size, ten ? load_be16(r->cdb + 7) : r->cdb[4]);
}

/* One page of the list; its size, or 0 when the command has failed. */
static size_t select_page(const struct scsi_request *r, const uint8_t *p, size_t left)
{
    uint8_t now[DATA_MAX] = {0}, mask[DATA_MAX] = {0};
    for (unsigned i = 0; i < sizeof mode_pages / sizeof mode_pages[0]; i++) {
        if (left < 2 || mode_pages[i].code != (p[0] & 0x7f))
            continue;
        const size_t size = mode_pages[i].put(r->device, now, false);
        if (size == 0 || left < size || p[1] != now[1])
            break;
        mode_pages[i].put(r->device, mask, true);
        for (size_t k = 2; k < size; k++)
            if ((p[k] ^ now[k]) & ~mask[k])
                goto invalid;
        if (p[0] == PAGE_CACHING)
            r->device->write_cache = p[2] & CACHING_WCE;
        return size;
    }
invalid:
    scsi_illegal(r, ASC_LIST_FIELD);
    return 0;
}

void scsi_mode_select(const struct scsi_request *r)
{
    const bool ten = r->cdb[0] == 0x55;
    const size_t size = ten ? load_be16(r->cdb + 7) : r->cdb[4], header = ten ? 8 : 4;
    uint8_t data[DATA_MAX];
    if (r->cdb[1] & 1 || !(r->cdb[1] & 0x10) || size > sizeof data) { /* no saved pages; PF */
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    r->result->out_wanted = size;
    if (size == 0 || !scsi_fetch(r, 0, data, size))
        return;
    if (size < header) {
        scsi_illegal(r, ASC_LIST_LENGTH);
        return;
    }
    const size_t descriptors = ten ? load_be16(data + 6) : data[3];
    if (descriptors > size - header || (descriptors != 0 && descriptors != DESCRIPTOR_SIZE)) {
        scsi_illegal(r, ASC_LIST_FIELD);
        return;
    }
    const bool had_cache = r->device->write_cache;
    for (size_t at = header + descriptors; at < size;) {
        const size_t n = select_page(r, data + at, size - at);
        if (n == 0)
            return;
        at += n;
    }
    if (had_cache && !r->device->write_cache && r->device->block)
        (void)block_flush(r->device->block);
}
