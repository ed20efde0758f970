/*
 * SCSI targets (SPC-4, SBC-3, MMC-5): a disk or a CD-ROM on an image, for any adapter. The adapter
 * finds the device by channel, target and LUN, hands over a command descriptor block and how to
 * reach the initiator's buffers, and gets status and sense.
 */
#ifndef HORNPIPE_SCSI_H
#define HORNPIPE_SCSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"
#include "block.h"

struct device_args;
struct pseries;

enum {
    SCSI_CDB_MAX = 16,
    SCSI_SENSE_SIZE = 18, /* fixed format */
    SCSI_BUS_DEVICES = 64,
    SCSI_BUFFER_SIZE = 64 * 1024,
    SCSI_SERIAL_MAX = 36,
};

enum scsi_status {
    SCSI_GOOD = 0x00,
    SCSI_CHECK_CONDITION = 0x02,
    SCSI_BUSY = 0x08,
    SCSI_TASK_ABORTED = 0x40
};

enum scsi_kind { SCSI_DISK, SCSI_CDROM };

/* The initiator's buffers for one command. Both functions move bytes at `at` of the data, which may
 * be outside of what the initiator gave; false: DMA cannot reach them. */
struct scsi_buffers {
    void *ctx;
    uint64_t in_size, out_size; /* bytes that the initiator gave for either direction */
    bool (*put)(void *ctx, uint64_t at, const void *bytes, size_t n); /* data in, to the guest */
    bool (*get)(void *ctx, uint64_t at, void *bytes, size_t n);       /* data out */
};

struct scsi_result {
    uint8_t status; /* enum scsi_status */
    uint8_t sense_size;
    uint8_t sense[SCSI_SENSE_SIZE];
    uint64_t in_wanted, out_wanted; /* bytes that the command moves; more or less than given */
    bool dma_failed;                /* put() or get() was false: the command ended there */
};

struct scsi_device {
    enum scsi_kind kind;
    uint8_t channel, target;
    uint16_t lun;
    struct block *block; /* NULL: no medium (CD-ROM only); borrowed */
    uint32_t block_size; /* logical: 512, CD-ROM 2048 */
    uint64_t blocks;     /* whole ones */
    /* For INQUIRY: padded with blanks */
    char vendor[8], product[16], revision[4];
    char serial[SCSI_SERIAL_MAX + 1];
    char name[64]; /* for VPD page 0x83 */
    uint64_t wwn;  /* 0: none */
    /* -- State -- */
    bool removal_prevented, stopped, write_cache;
    uint16_t attention; /* ASC and ASCQ of a unit attention to be reported, 0: none */
    struct block_clock clock;
    struct block_counters counters;
    uint8_t buffer[SCSI_BUFFER_SIZE]; /* bounce, within one command */
};
extern const struct state_desc scsi_device_state_desc;

struct scsi_bus {
    char id[32]; /* "scsi.0", for bus= of a -device */
    unsigned max_channel, max_target, max_lun;
    struct scsi_device *devices[SCSI_BUS_DEVICES]; /* by channel, target, LUN */
    unsigned count;
};

struct scsi_device *scsi_bus_find(const struct scsi_bus *bus, unsigned channel, unsigned target,
                                  unsigned lun);
/* Any device of that target: what answers for LUNs that do not exist. NULL: no such target. */
struct scsi_device *scsi_bus_find_target(const struct scsi_bus *bus, unsigned channel,
                                         unsigned target);

/* Machine reset, or a reset of the device by its bus: unit attention 29/00. */
void scsi_device_reset(struct scsi_device *device, bool power_on);

/*
 * Carries out a command now. `cdb` has SCSI_CDB_MAX bytes, whatever the command needs. Commands
 * that are for the target rather than for the LUN (INQUIRY and REPORT LUNS) take `lun_found` false
 * for a LUN that does not exist: `device` is then any of the target.
 */
void scsi_execute(const struct scsi_bus *bus, struct scsi_device *device, bool lun_found,
                  const uint8_t cdb[SCSI_CDB_MAX], const struct scsi_buffers *buffers,
                  struct scsi_result *result);

/* What the command is to the disk in virtual time: block_delay_ns()'s arguments. */
enum block_op scsi_classify(const struct scsi_device *device, const uint8_t cdb[SCSI_CDB_MAX],
                            uint64_t *bytes);

/* CHECK CONDITION with this sense; asc_ascq is 0xAAQQ. */
void scsi_fail(struct scsi_result *result, uint8_t key, uint16_t asc_ascq);

#endif
