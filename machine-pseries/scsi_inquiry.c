/*
 * INQUIRY with its vital product data, REPORT LUNS, REQUEST SENSE (SPC-4 6.6, 6.33, 6.39, 7.8). The
 * bytes are QEMU 7.2's where a guest may know it by them, except that: ADDITIONAL LENGTH does not
 * follow the allocation length, text is padded with blanks, REPORT LUNS knows its selections, a
 * disk does not rotate, and provisioning is there only with discard=unmap, where zeroes are
 * promised.
 */
#include <string.h>

#include "scsi_internal.h"

enum { TYPE_DISK = 0x00, TYPE_CDROM = 0x05, NO_DEVICE = 0x7f, VPD_HEADER = 4, PAGE_MAX = 256 };

static uint8_t peripheral(const struct scsi_request *r)
{
    if (!r->lun_found)
        return NO_DEVICE;
    return r->device->kind == SCSI_CDROM ? TYPE_CDROM : TYPE_DISK;
}

static void standard_inquiry(const struct scsi_request *r, uint64_t allocation)
{
    const struct scsi_device *const d = r->device;
    uint8_t data[36] = {
        [0] = peripheral(r),
        [1] = d->kind == SCSI_CDROM ? 0x80 : 0, /* removable medium */
        [2] = 0x05,                             /* SPC-3 */
        [3] = 0x12,                             /* HISUP, response data format 2 */
        [4] = sizeof data - 5,
        [7] = 0x12, /* synchronous transfers, command queuing */
    };
    memcpy(data + 8, d->vendor, sizeof d->vendor);
    memcpy(data + 16, d->product, sizeof d->product);
    memcpy(data + 32, d->revision, sizeof d->revision);
    scsi_respond(r, data, sizeof data, allocation);
}

static size_t page_serial(const struct scsi_device *d, uint8_t *page)
{
    const size_t n = strlen(d->serial);
    memcpy(page, d->serial, n);
    return n;
}

/* Designators of the logical unit: an ASCII name, and an NAA one if it has a WWN. */
static size_t page_identification(const struct scsi_device *d, uint8_t *page)
{
    const size_t n = strlen(d->name);
    size_t at = 0;
    if (n > 0) {
        page[0] = 0x02; /* ASCII, vendor specific */
        page[3] = (uint8_t)n;
        memcpy(page + 4, d->name, n);
        at = 4 + n;
    }
    if (d->wwn) {
        page[at] = 0x01; /* binary, NAA */
        page[at + 1] = 0x03;
        page[at + 3] = 8;
        store_be64(page + at + 4, d->wwn);
        at += 12;
    }
    return at;
}

static size_t page_block_limits(const struct scsi_device *d, uint8_t *page)
{
    page[0] = 0x01; /* WSNZ: WRITE SAME of no blocks is not "to the end" */
    store_be16(page + 2, (uint16_t)(4096 / d->block_size)); /* optimal transfer granularity */
    if (scsi_can_unmap(d)) {
        store_be32(page + 16, SCSI_UNMAP_MAX);
        store_be32(page + 20, SCSI_UNMAP_DESCRIPTORS);
        store_be32(page + 24, 4096 / d->block_size);
    }
    store_be64(page + 32, SCSI_WRITE_SAME_MAX);
    return 60;
}

static size_t page_characteristics(const struct scsi_device *d, uint8_t *page)
{
    (void)d;
    store_be16(page, 1); /* not rotating: block_time.c */
    return 60;
}

static size_t page_provisioning(const struct scsi_device *d, uint8_t *page)
{
    if (scsi_can_unmap(d)) {
        page[1] = 0xe4; /* UNMAP, WRITE SAME(16) and (10) with UNMAP; unmapped blocks read as 0 */
        page[2] = 0x02; /* thin */
    }
    return 4;
}

static const struct {
    uint8_t code;
    bool disk_only;
    size_t (*fill)(const struct scsi_device *d, uint8_t *page);
} pages[] = {
    {0x80, false, page_serial},      {0x83, false, page_identification},
    {0xb0, true, page_block_limits}, {0xb1, true, page_characteristics},
    {0xb2, true, page_provisioning},
};

static void vital_product_data(const struct scsi_request *r, uint64_t allocation)
{
    const struct scsi_device *const d = r->device;
    const uint8_t code = r->cdb[2];
    uint8_t data[PAGE_MAX] = {peripheral(r), code};
    size_t size = 0;
    bool found = code == 0;
    if (code == 0)
        data[VPD_HEADER + size++] = 0;
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (pages[i].disk_only && d->kind != SCSI_DISK)
            continue;
        if (pages[i].code == 0x80 && !d->serial[0])
            continue;
        if (code == 0) {
            data[VPD_HEADER + size++] = pages[i].code;
        } else if (pages[i].code == code) {
            size = pages[i].fill(d, data + VPD_HEADER);
            found = true;
        }
    }
    if (!found) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    store_be16(data + 2, (uint16_t)size);
    scsi_respond(r, data, VPD_HEADER + size, allocation);
}

void scsi_inquiry(const struct scsi_request *r)
{
    const uint64_t allocation = load_be16(r->cdb + 3);
    const bool vpd = r->cdb[1] & 1;
    if (r->cdb[1] & 2 || (!vpd && r->cdb[2]) || (vpd && !r->lun_found))
        scsi_illegal(r, ASC_CDB_FIELD);
    else if (vpd)
        vital_product_data(r, allocation);
    else
        standard_inquiry(r, allocation);
}

/* The LUNs of this device's target, which includes 0 whether or not there is such a unit. */
void scsi_report_luns(const struct scsi_request *r)
{
    const struct scsi_device *const d = r->device;
    const uint64_t allocation = load_be32(r->cdb + 6);
    uint8_t data[8 + 8 * (SCSI_BUS_DEVICES + 1)] = {0};
    size_t size = 16; /* header, LUN 0 */
    if (r->cdb[2] > 2 || allocation < 16) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    if (r->cdb[2] == 1) /* well-known units only: none */
        size = 8;
    for (unsigned i = 0; i < r->bus->count && r->cdb[2] != 1; i++) {
        const struct scsi_device *const other = r->bus->devices[i];
        if (other->channel != d->channel || other->target != d->target || other->lun == 0)
            continue;
        /* SAM-5 4.7.7: peripheral addressing below 256, flat addressing above */
        store_be16(data + size, (uint16_t)(other->lun < 256 ? other->lun : 0x4000 | other->lun));
        size += 8;
    }
    store_be32(data, (uint32_t)(size - 8));
    scsi_respond(r, data, size, allocation);
}

/* Sense is given with the status of the command that failed; what is left is a unit attention. */
void scsi_request_sense(const struct scsi_request *r)
{
    struct scsi_result sense = {0};
    if (r->cdb[1] & 1) { /* descriptor format */
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    scsi_fail(&sense, r->device->attention ? SENSE_ATTENTION : SENSE_NONE, r->device->attention);
    r->device->attention = 0;
    scsi_respond(r, sense.sense, sense.sense_size, r->cdb[4]);
}
