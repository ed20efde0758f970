/* SCSI commands: what there is, what a device must be able to do before, and sense. */
#include "scsi.h"

#include <string.h>

#include "scsi_internal.h"

static const struct state_field device_fields[] = {
    STATE_FIELD(scsi_device, removal_prevented),  STATE_FIELD(scsi_device, stopped),
    STATE_FIELD(scsi_device, write_cache),        STATE_FIELD(scsi_device, attention),
    STATE_FIELD(scsi_device, clock.link_free_ns), STATE_FIELD(scsi_device, clock.last_due_ns),
};
const struct state_desc scsi_device_state_desc = STATE_DESC("scsi-device", 1, device_fields);

/* -- Results -- */

void scsi_fail(struct scsi_result *result, uint8_t key, uint16_t asc_ascq)
{
    result->status = SCSI_CHECK_CONDITION;
    memset(result->sense, 0, sizeof result->sense);
    result->sense[0] = 0x70; /* current, fixed format */
    result->sense[2] = key;
    result->sense[7] = SCSI_SENSE_SIZE - 8;
    result->sense[12] = (uint8_t)(asc_ascq >> 8);
    result->sense[13] = (uint8_t)asc_ascq;
    result->sense_size = SCSI_SENSE_SIZE;
}

void scsi_respond(const struct scsi_request *r, const uint8_t *bytes, size_t size,
                  uint64_t allocation)
{
    const uint64_t wanted = size < allocation ? size : allocation;
    const uint64_t n = wanted < r->buffers->in_size ? wanted : r->buffers->in_size;
    r->result->in_wanted = wanted;
    if (n > 0 && !r->buffers->put(r->buffers->ctx, 0, bytes, (size_t)n))
        r->result->dma_failed = true;
}

bool scsi_fetch(const struct scsi_request *r, uint64_t at, uint8_t *bytes, size_t size)
{
    if (at + size > r->buffers->out_size) {
        scsi_illegal(r, ASC_LIST_LENGTH);
        return false;
    }
    if (size > 0 && !r->buffers->get(r->buffers->ctx, at, bytes, size)) {
        r->result->dma_failed = true;
        return false;
    }
    return true;
}

/* -- Bus -- */

struct scsi_device *scsi_bus_find(const struct scsi_bus *bus, unsigned channel, unsigned target,
                                  unsigned lun)
{
    for (unsigned i = 0; i < bus->count; i++) {
        struct scsi_device *const d = bus->devices[i];
        if (d->channel == channel && d->target == target && d->lun == lun)
            return d;
    }
    return NULL;
}

struct scsi_device *scsi_bus_find_target(const struct scsi_bus *bus, unsigned channel,
                                         unsigned target)
{
    for (unsigned i = 0; i < bus->count; i++)
        if (bus->devices[i]->channel == channel && bus->devices[i]->target == target)
            return bus->devices[i];
    return NULL;
}

void scsi_device_reset(struct scsi_device *device, bool power_on)
{
    device->removal_prevented = device->stopped = false;
    device->write_cache = true;
    device->attention = power_on ? ASC_POWER_ON : ASC_RESET;
    if (power_on)
        device->clock = (struct block_clock){0};
}

/* -- Commands -- */

static void good(const struct scsi_request *r)
{
    (void)r;
}

static void prevent_removal(const struct scsi_request *r)
{
    r->device->removal_prevented = r->cdb[4] & 1;
}

enum {
    ON_DISK = 1,
    ON_CD = 2,
    ON_ALL = 3,
    NEEDS_MEDIUM = 4,
    FOR_TARGET = 8,        /* answers for a LUN that does not exist, and before a unit attention */
    BEFORE_ATTENTION = 16, /* does not report a unit attention */
    CHANGES = 32,          /* writes the medium */
};

struct scsi_command {
    uint8_t opcode;
    uint8_t flags;
    uint8_t op; /* enum block_op */
    scsi_command_fn *execute;
};

/* In order of opcode. */
static const struct scsi_command commands[] = {
    {0x00, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_CONTROL, good}, /* TEST UNIT READY */
    {0x03, ON_ALL | BEFORE_ATTENTION, BLOCK_OP_CONTROL, scsi_request_sense},
    {0x08, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_READ, scsi_read}, /* READ(6) */
    {0x0a, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_WRITE, scsi_write},
    {0x12, ON_ALL | FOR_TARGET, BLOCK_OP_CONTROL, scsi_inquiry},
    {0x15, ON_ALL, BLOCK_OP_CONTROL, scsi_mode_select}, /* MODE SELECT(6) */
    {0x16, ON_DISK, BLOCK_OP_CONTROL, good},            /* RESERVE(6): there is one initiator */
    {0x17, ON_DISK, BLOCK_OP_CONTROL, good},            /* RELEASE(6) */
    {0x1a, ON_ALL, BLOCK_OP_CONTROL, scsi_mode_sense},  /* MODE SENSE(6) */
    {0x1b, ON_ALL, BLOCK_OP_FLUSH, scsi_start_stop},    /* START STOP UNIT */
    {0x1e, ON_ALL, BLOCK_OP_CONTROL, prevent_removal},  /* PREVENT ALLOW MEDIUM REMOVAL */
    {0x25, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_read_capacity_10},
    {0x28, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_READ, scsi_read}, /* READ(10) */
    {0x2a, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_WRITE, scsi_write},
    {0x2f, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_verify}, /* VERIFY(10) */
    {0x35, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_FLUSH, scsi_synchronize},
    {0x41, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_DISCARD, scsi_write_same},
    {0x42, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_DISCARD, scsi_unmap},
    {0x43, ON_CD | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_read_toc},
    {0x46, ON_CD, BLOCK_OP_CONTROL, scsi_get_configuration},
    {0x4a, ON_CD | BEFORE_ATTENTION, BLOCK_OP_CONTROL, scsi_get_event_status},
    {0x51, ON_CD | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_read_disc_info},
    {0x55, ON_ALL, BLOCK_OP_CONTROL, scsi_mode_select}, /* MODE SELECT(10) */
    {0x5a, ON_ALL, BLOCK_OP_CONTROL, scsi_mode_sense},  /* MODE SENSE(10) */
    {0x88, ON_DISK | NEEDS_MEDIUM, BLOCK_OP_READ, scsi_read},
    {0x8a, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_WRITE, scsi_write},
    {0x8f, ON_DISK | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_verify},
    {0x91, ON_DISK | NEEDS_MEDIUM, BLOCK_OP_FLUSH, scsi_synchronize},
    {0x93, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_DISCARD, scsi_write_same},
    {0x9e, ON_DISK | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_service_action_in},
    {0xa0, ON_ALL | FOR_TARGET, BLOCK_OP_CONTROL, scsi_report_luns},
    {0xa8, ON_ALL | NEEDS_MEDIUM, BLOCK_OP_READ, scsi_read}, /* READ(12) */
    {0xaa, ON_DISK | NEEDS_MEDIUM | CHANGES, BLOCK_OP_WRITE, scsi_write},
    {0xaf, ON_DISK | NEEDS_MEDIUM, BLOCK_OP_CONTROL, scsi_verify},
    {0xbd, ON_CD, BLOCK_OP_CONTROL, scsi_mechanism_status},
};

static const struct scsi_command *find_command(const struct scsi_device *device, uint8_t opcode)
{
    const unsigned on = device->kind == SCSI_CDROM ? ON_CD : ON_DISK;
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i].opcode == opcode)
            return commands[i].flags & on ? &commands[i] : NULL;
    return NULL;
}

/* What keeps the command from being carried out; false: nothing. */
static bool is_refused(const struct scsi_request *r, const struct scsi_command *c)
{
    struct scsi_device *const d = r->device;
    if (!c) {
        scsi_illegal(r, r->lun_found ? ASC_NO_OPCODE : ASC_NO_LUN);
    } else if (!r->lun_found && !(c->flags & FOR_TARGET)) {
        scsi_illegal(r, ASC_NO_LUN);
    } else if (d->attention && !(c->flags & (FOR_TARGET | BEFORE_ATTENTION))) {
        scsi_fail(r->result, SENSE_ATTENTION, d->attention);
        d->attention = 0;
    } else if (c->flags & NEEDS_MEDIUM && !scsi_has_medium(d)) {
        scsi_fail(r->result, SENSE_NOT_READY, d->stopped ? ASC_TRAY_OPEN : ASC_NO_MEDIUM);
    } else if (c->flags & CHANGES && block_is_readonly(d->block)) {
        scsi_fail(r->result, SENSE_PROTECT, ASC_WRITE_PROTECTED);
    } else {
        return false;
    }
    return true;
}

static void count_command(struct scsi_device *d, enum block_op op, const struct scsi_result *result)
{
    d->counters.ops[op]++;
    if (op == BLOCK_OP_READ)
        d->counters.bytes[op] += result->in_wanted;
    else if (op == BLOCK_OP_WRITE)
        d->counters.bytes[op] += result->out_wanted;
    if (result->status != SCSI_GOOD || result->dma_failed)
        d->counters.errors++;
}

void scsi_execute(const struct scsi_bus *bus, struct scsi_device *device, bool lun_found,
                  const uint8_t cdb[SCSI_CDB_MAX], const struct scsi_buffers *buffers,
                  struct scsi_result *result)
{
    const struct scsi_request r = {bus, device, lun_found, cdb, buffers, result};
    const struct scsi_command *const c = find_command(device, cdb[0]);
    *result = (struct scsi_result){.status = SCSI_GOOD};
    if (!is_refused(&r, c))
        c->execute(&r);
    count_command(device, c ? c->op : BLOCK_OP_CONTROL, result);
}

enum block_op scsi_classify(const struct scsi_device *device, const uint8_t cdb[SCSI_CDB_MAX],
                            uint64_t *bytes)
{
    const struct scsi_command *const c = find_command(device, cdb[0]);
    const enum block_op op = c ? c->op : BLOCK_OP_CONTROL;
    *bytes = 0;
    if (op == BLOCK_OP_READ || op == BLOCK_OP_WRITE)
        *bytes = (uint64_t)scsi_get_range(cdb).count * device->block_size;
    return op;
}
