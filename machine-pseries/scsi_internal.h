/* Inside scsi*.c: one command on its way. */
#ifndef HORNPIPE_SCSI_INTERNAL_H
#define HORNPIPE_SCSI_INTERNAL_H

#include "base/bits.h"
#include "scsi.h"

/* Sense keys (SPC-4 table 46). */
enum {
    SENSE_NONE = 0x0,
    SENSE_NOT_READY = 0x2,
    SENSE_MEDIUM = 0x3,
    SENSE_ILLEGAL = 0x5,
    SENSE_ATTENTION = 0x6,
    SENSE_PROTECT = 0x7,
};

/* Additional sense code and qualifier (SPC-4 annex D). */
enum {
    ASC_WRITE_ERROR = 0x0c00,
    ASC_READ_ERROR = 0x1100,
    ASC_LIST_LENGTH = 0x1a00,
    ASC_NO_OPCODE = 0x2000,
    ASC_LBA_RANGE = 0x2100,
    ASC_CDB_FIELD = 0x2400,
    ASC_NO_LUN = 0x2500,
    ASC_LIST_FIELD = 0x2600,
    ASC_WRITE_PROTECTED = 0x2700,
    ASC_SPACE_FAILED = 0x2707,
    ASC_RESET = 0x2900,
    ASC_POWER_ON = 0x2901,
    ASC_NO_SAVED_PAGES = 0x3900,
    ASC_NO_MEDIUM = 0x3a00,
    ASC_TRAY_OPEN = 0x3a02,
    ASC_REMOVAL_PREVENTED = 0x5302,
};

enum {
    SCSI_WRITE_SAME_MAX = 0x40000, /* blocks a WRITE SAME, to bound what one command does */
    SCSI_UNMAP_MAX = 0x200000,     /* blocks an UNMAP */
    SCSI_UNMAP_DESCRIPTORS = 255,
};

struct scsi_request {
    const struct scsi_bus *bus;
    struct scsi_device *device;
    bool lun_found;
    const uint8_t *cdb;
    const struct scsi_buffers *buffers;
    struct scsi_result *result;
};

/* Data in: at most `allocation` of the bytes. */
void scsi_respond(const struct scsi_request *r, const uint8_t *bytes, size_t size,
                  uint64_t allocation);
/* Data out, `size` bytes from `at` on; false: the command has failed. */
bool scsi_fetch(const struct scsi_request *r, uint64_t at, uint8_t *bytes, size_t size);

static inline void scsi_illegal(const struct scsi_request *r, uint16_t asc_ascq)
{
    scsi_fail(r->result, SENSE_ILLEGAL, asc_ascq);
}

static inline bool scsi_has_medium(const struct scsi_device *d)
{
    return d->block && !d->stopped;
}

static inline bool scsi_can_unmap(const struct scsi_device *d)
{
    return d->kind == SCSI_DISK && d->block && block_discards(d->block);
}

/* Where and how much READ, WRITE, VERIFY and WRITE SAME ask for. */
struct scsi_range {
    uint64_t lba;
    uint32_t count;
};
struct scsi_range scsi_get_range(const uint8_t *cdb);

/* -- Commands, by file -- */
typedef void scsi_command_fn(const struct scsi_request *r);
/* scsi_inquiry.c */
scsi_command_fn scsi_inquiry, scsi_report_luns, scsi_request_sense;
/* scsi_mode.c */
scsi_command_fn scsi_mode_sense, scsi_mode_select;
/* scsi_disk.c */
scsi_command_fn scsi_read, scsi_write, scsi_verify, scsi_synchronize, scsi_read_capacity_10,
    scsi_service_action_in, scsi_unmap, scsi_write_same, scsi_start_stop;
/* scsi_cd.c */
scsi_command_fn scsi_read_toc, scsi_get_configuration, scsi_get_event_status, scsi_read_disc_info,
    scsi_mechanism_status;

#endif
