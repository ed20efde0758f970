/* SRP units of spapr-vscsi (INCITS 365-2002, 6): login, commands, task management. */
#include <string.h>

#include "base/bits.h"
#include "devices.h"
#include "pseries_internal.h"
#include "vscsi.h"

enum {
    IU_TAG = 8,
    LOGIN_REQ_SIZE = 64,
    LOGIN_RSP_SIZE = 52,
    CMD_LUN = 20,
    CMD_CDB = 32,
    CMD_SIZE = 48,
    TASK_FUNCTION = 30,
    TASK_TAG = 32,
    TASK_SIZE = 48,
    RSP_FLAGS = 18,
    RSP_STATUS = 19,
    RSP_OUT_RESIDUAL = 20,
    RSP_IN_RESIDUAL = 24,
    RSP_SENSE_SIZE = 28,
    RSP_RESPONSE_SIZE = 32,
    RSP_DATA = 36,
    FLAG_RESPONSE = 0x01,
    FLAG_SENSE = 0x02,
    FLAG_OUT_OVER = 0x04,
    FLAG_OUT_UNDER = 0x08,
    FLAG_IN_OVER = 0x10,
    FLAG_IN_UNDER = 0x20,
    TASK_DONE = 0,
    TASK_INVALID = 2,
    TASK_NOT_SUPPORTED = 4,
    OPCODE_INQUIRY = 0x12,
    OPCODE_REPORT_LUNS = 0xa0,
};

#define LUN_REPORT_LUNS UINT64_C(0xc101000000000000)

/* -- LUNs (LoPAR; SAM-5 4.7) -- */

struct srp_lun {
    unsigned channel, target, lun;
};

/* Logical unit addressing 10b: target, channel, LUN; peripheral addressing 00b: LUN alone. */
static bool decode_lun(uint64_t lun, struct srp_lun *out)
{
    switch (lun >> 62) {
    case 2:
        *out = (struct srp_lun){lun >> 53 & 7, lun >> 56 & 0x3f, lun >> 48 & 0x1f};
        return true;
    case 0:
        *out = (struct srp_lun){0, lun >> 56 & 0x3f, lun >> 48 & 0xff};
        return true;
    default:
        return false;
    }
}

static uint16_t encode_lun(const struct scsi_device *d)
{
    return (uint16_t)(0x8000 | d->target << 8 | d->channel << 5 | d->lun);
}

/* -- Responses, in place of the unit -- */

/* RSP with the unit's tag; what follows fills in the rest. */
static void start_response(struct vscsi_slot *slot)
{
    uint8_t tag[8];
    memcpy(tag, slot->iu + IU_TAG, sizeof tag);
    memset(slot->iu, 0, sizeof slot->iu);
    slot->iu[0] = SRP_RSP;
    store_be32(slot->iu + 4, 1); /* one more request may come */
    memcpy(slot->iu + IU_TAG, tag, sizeof tag);
}

static size_t login(struct vscsi_slot *slot)
{
    if (slot->length < LOGIN_REQ_SIZE)
        return 0;
    start_response(slot);
    slot->iu[0] = SRP_LOGIN_RSP;
    store_be32(slot->iu + 4, VSCSI_GRANTED);
    store_be32(slot->iu + 16, VSCSI_IU_MAX); /* to the target, and back */
    store_be32(slot->iu + 20, VSCSI_IU_MAX);
    store_be16(slot->iu + 24, 6); /* direct and indirect descriptors */
    return LOGIN_RSP_SIZE;
}

/* -- Commands -- */

struct srp_buffers {
    struct srp_data in, out;
};

static bool put_data(void *ctx, uint64_t at, const void *bytes, size_t n)
{
    return srp_data_put(&((struct srp_buffers *)ctx)->in, at, bytes, n);
}

static bool get_data(void *ctx, uint64_t at, void *bytes, size_t n)
{
    return srp_data_get(&((struct srp_buffers *)ctx)->out, at, bytes, n);
}

/* REPORT LUNS of the adapter: every unit of the bus, behind LUN 0. */
static void report_luns(struct vscsi *v, const uint8_t *cdb, const struct scsi_buffers *buffers,
                        struct scsi_result *result)
{
    uint8_t data[8 + 8 * (SCSI_BUS_DEVICES + 1)] = {0};
    size_t size = 16;
    const uint64_t allocation = load_be32(cdb + 6);
    if (cdb[2] > 2 || allocation < 16) {
        scsi_fail(result, 5, 0x2400);
        return;
    }
    for (unsigned i = 0; i < v->bus.count; i++, size += 8)
        store_be16(data + size, encode_lun(v->bus.devices[i]));
    store_be32(data, (uint32_t)(size - 8));
    result->in_wanted = size < allocation ? size : allocation;
    const uint64_t n = result->in_wanted < buffers->in_size ? result->in_wanted : buffers->in_size;
    if (n > 0 && !buffers->put(buffers->ctx, 0, data, (size_t)n))
        result->dma_failed = true;
}

/* There is no such target: INQUIRY says so, everything else fails. */
static void no_target(const uint8_t *cdb, const struct scsi_buffers *buffers,
                      struct scsi_result *result)
{
    uint8_t data[36] = {[0] = 0x7f, [2] = 5, [3] = 2, [4] = sizeof data - 5};
    const uint64_t allocation = load_be16(cdb + 3);
    if (cdb[0] != OPCODE_INQUIRY || cdb[1] & 3) {
        scsi_fail(result, 5, 0x2500);
        return;
    }
    result->in_wanted = sizeof data < allocation ? sizeof data : allocation;
    const uint64_t n = result->in_wanted < buffers->in_size ? result->in_wanted : buffers->in_size;
    if (n > 0 && !buffers->put(buffers->ctx, 0, data, (size_t)n))
        result->dma_failed = true;
}

static void execute_command(struct vscsi *v, const struct vscsi_slot *slot,
                            const struct scsi_buffers *buffers, struct scsi_result *result)
{
    const uint64_t lun = load_be64(slot->iu + CMD_LUN);
    const uint8_t *const cdb = slot->iu + CMD_CDB;
    struct srp_lun where;
    struct scsi_device *device = NULL, *unit = NULL;
    if (cdb[0] == OPCODE_REPORT_LUNS && (lun == 0 || lun == LUN_REPORT_LUNS)) {
        report_luns(v, cdb, buffers, result);
        return;
    }
    if (decode_lun(lun, &where)) {
        unit = scsi_bus_find(&v->bus, where.channel, where.target, where.lun);
        device = unit ? unit : scsi_bus_find_target(&v->bus, where.channel, where.target);
    }
    if (device)
        scsi_execute(&v->bus, device, unit != NULL, cdb, buffers, result);
    else
        no_target(cdb, buffers, result);
}

/* What the command would have moved more, or moved less, than the initiator gave. */
static void put_residual(uint8_t *iu, size_t field, uint64_t given, uint64_t wanted, unsigned over,
                         unsigned under)
{
    const uint64_t residual = wanted > given ? wanted - given : given - wanted;
    if (residual == 0)
        return;
    iu[RSP_FLAGS] |= (uint8_t)(wanted > given ? over : under);
    store_be32(iu + field, residual > UINT32_MAX ? UINT32_MAX : (uint32_t)residual);
}

static size_t command(struct vscsi *v, struct vscsi_slot *slot)
{
    struct srp_buffers data;
    struct scsi_result result = {0};
    if (slot->length < CMD_SIZE)
        return 0;
    v->commands++;
    const bool parsed = srp_data_parse(v, slot, &data.out, &data.in);
    const struct scsi_buffers buffers = {.ctx = &data,
                                         .in_size = parsed ? data.in.size : 0,
                                         .out_size = parsed ? data.out.size : 0,
                                         .put = put_data,
                                         .get = get_data};
    if (parsed)
        execute_command(v, slot, &buffers, &result);
    else
        scsi_fail(&result, 5, 0x2400);
    if (result.dma_failed)
        scsi_fail(&result, 0xb, 0x4b00); /* aborted, data phase error */
    start_response(slot);
    uint8_t *const iu = slot->iu;
    iu[RSP_STATUS] = result.status;
    put_residual(iu, RSP_OUT_RESIDUAL, buffers.out_size, result.out_wanted, FLAG_OUT_OVER,
                 FLAG_OUT_UNDER);
    put_residual(iu, RSP_IN_RESIDUAL, buffers.in_size, result.in_wanted, FLAG_IN_OVER,
                 FLAG_IN_UNDER);
    if (result.sense_size > 0) {
        iu[RSP_FLAGS] |= FLAG_SENSE;
        store_be32(iu + RSP_SENSE_SIZE, result.sense_size);
        memcpy(iu + RSP_DATA, result.sense, result.sense_size);
    }
    return RSP_DATA + result.sense_size;
}

/* -- Task management -- */

unsigned vscsi_cancel(struct vscsi *v, const struct vscsi_slot *by, const uint64_t *tag,
                      const uint64_t *lun)
{
    unsigned count = 0;
    for (unsigned i = 0; i < VSCSI_SLOTS; i++) {
        struct vscsi_slot *const s = &v->slots[i];
        const bool is_command = s->format == CRQ_FORMAT_SRP && s->iu[0] == SRP_CMD;
        if (!s->busy || s == by || ((tag || lun) && !is_command) ||
            (tag && load_be64(s->iu + IU_TAG) != *tag) ||
            (lun && load_be64(s->iu + CMD_LUN) != *lun))
            continue;
        event_cancel(v->p, &s->event);
        s->busy = false;
        count++;
    }
    return count;
}

static uint8_t manage_tasks(struct vscsi *v, const struct vscsi_slot *slot)
{
    enum { ABORT_TASK = 1, ABORT_SET = 2, CLEAR_SET = 4, LUN_RESET = 8, CLEAR_ACA = 0x40 };
    const uint64_t lun = load_be64(slot->iu + CMD_LUN), tag = load_be64(slot->iu + TASK_TAG);
    struct srp_lun where;
    struct scsi_device *const d =
        decode_lun(lun, &where) ? scsi_bus_find(&v->bus, where.channel, where.target, where.lun)
                                : NULL;
    if (!d)
        return TASK_INVALID;
    switch (slot->iu[TASK_FUNCTION]) {
    case ABORT_TASK:
        vscsi_cancel(v, slot, &tag, &lun);
        return TASK_DONE;
    case ABORT_SET:
    case CLEAR_SET:
        vscsi_cancel(v, slot, NULL, &lun);
        return TASK_DONE;
    case LUN_RESET:
        vscsi_cancel(v, slot, NULL, &lun);
        scsi_device_reset(d, false);
        return TASK_DONE;
    case CLEAR_ACA:
        return TASK_NOT_SUPPORTED;
    default:
        return TASK_INVALID;
    }
}

static size_t task_management(struct vscsi *v, struct vscsi_slot *slot)
{
    if (slot->length < TASK_SIZE)
        return 0;
    v->management++;
    const uint8_t done = manage_tasks(v, slot);
    start_response(slot);
    slot->iu[RSP_FLAGS] = FLAG_RESPONSE;
    store_be32(slot->iu + RSP_RESPONSE_SIZE, 4);
    slot->iu[RSP_DATA + 3] = done;
    return RSP_DATA + 4;
}

/* -- All of them -- */

size_t vscsi_execute_srp(struct vscsi *v, struct vscsi_slot *slot)
{
    if (slot->length <= IU_TAG + 8) /* no tag to be answered with */
        return 0;
    switch (slot->iu[0]) {
    case SRP_LOGIN_REQ:
        return login(slot);
    case SRP_TSK_MGMT:
        return task_management(v, slot);
    case SRP_CMD:
        return command(v, slot);
    default: /* a logout, or a response: nothing is expected */
        return 0;
    }
}

uint64_t vscsi_delay_ns(struct vscsi *v, const struct vscsi_slot *slot)
{
    struct block_clock idle = {0}, *clock = &idle;
    enum block_op op = BLOCK_OP_CONTROL;
    uint64_t bytes = 0;
    struct srp_lun where;
    if (slot->format == CRQ_FORMAT_SRP && slot->iu[0] == SRP_CMD &&
        decode_lun(load_be64(slot->iu + CMD_LUN), &where)) {
        struct scsi_device *const d =
            scsi_bus_find(&v->bus, where.channel, where.target, where.lun);
        if (d) {
            op = scsi_classify(d, slot->iu + CMD_CDB, &bytes);
            clock = &d->clock;
        }
    }
    return block_delay_ns(clock, pseries_now_ns(v->p), op, bytes);
}
