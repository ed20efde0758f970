/* virtio-scsi-pci: an adapter for SCSI targets (virtio 1.1, 5.6). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "device_set.h"
#include "pseries_internal.h"
#include "scsi.h"
#include "virtio.h"

enum { QUEUE_CONTROL, QUEUE_EVENT, QUEUE_REQUEST, QUEUE_SIZE = 256 };
enum { CONFIG_SENSE_SIZE = 20, CONFIG_CDB_SIZE = 24, CONFIG_SIZE = 36 };
enum { SENSE_DEFAULT = 96, SENSE_MAX = 96, CDB_DEFAULT = 32, CDB_MAX = 255 };

/* A command: LUN, identifier, attributes, then the CDB; and its answer, then the sense data. */
enum { REQUEST_CDB = 19, REQUEST_MAX = REQUEST_CDB + CDB_MAX };
enum {
    ANSWER_SENSE_SIZE = 0,
    ANSWER_RESIDUAL = 4,
    ANSWER_STATUS = 10,
    ANSWER_RESPONSE = 11,
    ANSWER_SENSE = 12,
    ANSWER_MAX = ANSWER_SENSE + SENSE_MAX
};

enum { RESPONSE_OK = 0, RESPONSE_OVERRUN = 1, RESPONSE_BAD_TARGET = 3, RESPONSE_REJECTED = 10 };
enum { RESPONSE_TARGET_UNKNOWN = 3 };

/* The control queue. */
enum { CONTROL_TASK = 0, CONTROL_QUERY_EVENTS = 1, CONTROL_SUBSCRIBE = 2 };
enum { TASK_REQUEST_SIZE = 24, EVENTS_REQUEST_SIZE = 16, EVENTS_ANSWER_SIZE = 5 };
enum {
    TASK_ABORT = 0,
    TASK_ABORT_SET = 1,
    TASK_CLEAR_SET = 3,
    TASK_RESET_NEXUS = 4,
    TASK_RESET_LUN = 5,
    TASK_QUERY = 6,
    TASK_QUERY_SET = 7,
};

enum { MAX_TARGET = 255, MAX_LUN = 16383 };

struct virtio_scsi {
    struct virtio_device virtio;
    struct scsi_bus bus;
    uint32_t sense_size, cdb_size; /* state: what the driver set */
    uint64_t in_offset;            /* of the data in what the device writes; within one request */
    uint64_t out_offset;
    uint64_t commands, management; /* counters */
};

static const struct state_field virtio_scsi_fields[] = {
    STATE_FIELD(virtio_scsi, sense_size),
    STATE_FIELD(virtio_scsi, cdb_size),
};
static const struct state_desc virtio_scsi_state_desc =
    STATE_DESC("virtio-scsi", 1, virtio_scsi_fields);

static const struct device_counter counters[] = {
    DEVICE_COUNTER(virtio_scsi, commands, "commands"),
    DEVICE_COUNTER(virtio_scsi, management, "management_requests"),
    {0},
};

/* -- Configuration -- */

static void get_config(const struct virtio_device *v, uint8_t c[VIRTIO_CONFIG_MAX])
{
    enum { SECTORS_MAX = 0xffff, COMMANDS_PER_LUN = 128, EVENT_SIZE = 16 };
    const struct virtio_scsi *const s = (const struct virtio_scsi *)v;
    virtio_store(v, c, 4, v->queue_count - QUEUE_REQUEST);
    virtio_store(v, c + 4, 4, v->queue_size - 2u);
    virtio_store(v, c + 8, 4, SECTORS_MAX);
    virtio_store(v, c + 12, 4, COMMANDS_PER_LUN);
    virtio_store(v, c + 16, 4, EVENT_SIZE);
    virtio_store(v, c + CONFIG_SENSE_SIZE, 4, s->sense_size);
    virtio_store(v, c + CONFIG_CDB_SIZE, 4, s->cdb_size);
    virtio_store(v, c + 28, 2, 0); /* channels */
    virtio_store(v, c + 30, 2, MAX_TARGET);
    virtio_store(v, c + 32, 4, MAX_LUN);
}

/* The two sizes are written byte by byte; what is too large is cut. */
static void set_config(struct virtio_device *v, unsigned offset, uint8_t value)
{
    struct virtio_scsi *const s = (struct virtio_scsi *)v;
    uint8_t c[VIRTIO_CONFIG_MAX] = {0};
    if (offset < CONFIG_SENSE_SIZE || offset >= CONFIG_CDB_SIZE + 4)
        return;
    get_config(v, c);
    c[offset] = value;
    const uint32_t sense = (uint32_t)virtio_load(v, c + CONFIG_SENSE_SIZE, 4);
    const uint32_t cdb = (uint32_t)virtio_load(v, c + CONFIG_CDB_SIZE, 4);
    s->sense_size = sense < SENSE_MAX ? sense : SENSE_MAX;
    s->cdb_size = cdb < CDB_MAX ? cdb : CDB_MAX;
}

static void reset(struct virtio_device *v)
{
    struct virtio_scsi *const s = (struct virtio_scsi *)v;
    s->sense_size = SENSE_DEFAULT;
    s->cdb_size = CDB_DEFAULT;
}

/* -- Addresses -- */

/* The target of an address (5.6.6.1); NULL: there is none. */
static struct scsi_device *find_device(const struct virtio_scsi *s, const uint8_t lun[8],
                                       bool *lun_found)
{
    const unsigned number = (unsigned)(lun[2] << 8 | lun[3]) & 0x3fff;
    *lun_found = false;
    if (lun[0] != 1 || (lun[2] != 0 && (lun[2] & 0xc0) != 0x40))
        return NULL;
    struct scsi_device *const device = scsi_bus_find(&s->bus, 0, lun[1], number);
    *lun_found = device != NULL;
    return device ? device : scsi_bus_find_target(&s->bus, 0, lun[1]);
}

/* -- Commands -- */

static bool put_data(void *ctx, uint64_t at, const void *bytes, size_t n)
{
    struct virtio_scsi *const s = ctx;
    const uint64_t size = s->virtio.chain.in_size - s->in_offset;
    if (at >= size)
        return true; /* behind what the driver gave: dropped, and counted in the residual */
    const uint64_t room = size - at;
    return virtq_put(&s->virtio, s->in_offset + at, bytes, n < room ? n : (size_t)room);
}

static bool get_data(void *ctx, uint64_t at, void *bytes, size_t n)
{
    struct virtio_scsi *const s = ctx;
    const uint64_t size = s->virtio.chain.out_size - s->out_offset;
    const uint64_t room = at < size ? size - at : 0;
    const size_t given = n < room ? n : (size_t)room;
    memset((uint8_t *)bytes + given, 0, n - given);
    return given == 0 || virtq_get(&s->virtio, s->out_offset + at, bytes, given);
}

/* Status and sense of a command into the answer; returns the response. */
static uint8_t fill_answer(const struct virtio_scsi *s, const struct scsi_result *result,
                           const struct scsi_buffers *buffers, uint8_t *answer)
{
    const struct virtio_device *const v = &s->virtio;
    const bool is_in = buffers->in_size > 0;
    const uint64_t given = is_in ? buffers->in_size : buffers->out_size;
    const uint64_t wanted = is_in ? result->in_wanted : result->out_wanted;
    const uint32_t sense = result->sense_size < s->sense_size ? result->sense_size : s->sense_size;
    virtio_store(v, answer + ANSWER_SENSE_SIZE, 4, sense);
    memcpy(answer + ANSWER_SENSE, result->sense, sense);
    if (wanted < given)
        virtio_store(v, answer + ANSWER_RESIDUAL, 4, given - wanted);
    answer[ANSWER_STATUS] = result->status;
    return wanted > given && result->status == SCSI_GOOD ? RESPONSE_OVERRUN : RESPONSE_OK;
}

static uint64_t execute(struct virtio_scsi *s, const uint8_t *request, uint8_t *answer, bool *ok)
{
    const struct scsi_buffers buffers = {
        .ctx = s,
        .in_size = s->virtio.chain.in_size - s->in_offset,
        .out_size = s->virtio.chain.out_size - s->out_offset,
        .put = put_data,
        .get = get_data,
    };
    struct scsi_result result = {0};
    bool lun_found;
    struct scsi_device *const device = find_device(s, request, &lun_found);
    *ok = true;
    if (!device) {
        answer[ANSWER_RESPONSE] = RESPONSE_BAD_TARGET;
        return 0;
    }
    uint8_t cdb[SCSI_CDB_MAX] = {0};
    memcpy(cdb, request + REQUEST_CDB, s->cdb_size < sizeof cdb ? s->cdb_size : sizeof cdb);
    uint64_t bytes = 0;
    const enum block_op op = scsi_classify(device, cdb, &bytes);
    scsi_execute(&s->bus, device, lun_found, cdb, &buffers, &result);
    *ok = !result.dma_failed;
    answer[ANSWER_RESPONSE] = fill_answer(s, &result, &buffers, answer);
    return block_delay_ns(&device->clock, pseries_now_ns(s->virtio.p), op, bytes);
}

/* False: the chain is no request; the driver broke a rule. */
static bool serve_command(struct virtio_scsi *s, unsigned queue)
{
    struct virtio_device *const v = &s->virtio;
    const struct virtq_chain *const c = &v->chain;
    uint8_t request[REQUEST_MAX] = {0}, answer[ANSWER_MAX] = {0};
    bool ok;
    s->out_offset = REQUEST_CDB + s->cdb_size;
    s->in_offset = ANSWER_SENSE + s->sense_size;
    /* Data in one direction only: there is no VIRTIO_SCSI_F_INOUT. */
    if (c->out_size < s->out_offset || c->in_size < s->in_offset || c->in_size > UINT32_MAX ||
        (c->out_size > s->out_offset && c->in_size > s->in_offset) ||
        !virtq_get(v, 0, request, s->out_offset))
        return false;
    s->commands++;
    const uint64_t delay = execute(s, request, answer, &ok);
    if (!ok || !virtq_put(v, 0, answer, s->in_offset))
        return false;
    virtio_finish(v, queue, c->head, (uint32_t)c->in_size, delay);
    return true;
}

/* -- The control queue -- */

/*
 * Commands have their effect when they are given, and an answer here comes after all that was given
 * before: there is nothing left to abort then.
 */
static uint8_t manage_task(struct virtio_scsi *s, const uint8_t *request)
{
    const uint32_t subtype = (uint32_t)virtio_load(&s->virtio, request + 4, 4);
    bool lun_found;
    struct scsi_device *const device = find_device(s, request + 8, &lun_found);
    if (!device)
        return RESPONSE_TARGET_UNKNOWN;
    switch (subtype) {
    case TASK_RESET_NEXUS:
        for (unsigned i = 0; i < s->bus.count; i++)
            if (s->bus.devices[i]->target == device->target)
                scsi_device_reset(s->bus.devices[i], false);
        return RESPONSE_OK;
    case TASK_RESET_LUN:
        if (lun_found)
            scsi_device_reset(device, false);
        return RESPONSE_OK;
    case TASK_ABORT:
    case TASK_ABORT_SET:
    case TASK_CLEAR_SET:
    case TASK_QUERY:
    case TASK_QUERY_SET:
        return RESPONSE_OK;
    default:
        return RESPONSE_REJECTED;
    }
}

static uint64_t last_due_delay(const struct virtio_device *v)
{
    const uint64_t now = pseries_now_ns(v->p);
    const uint32_t last = (v->pending_first + v->pending_count - 1) % v->pending_max;
    return v->pending_count && v->pending[last].due_ns > now ? v->pending[last].due_ns - now : 0;
}

static bool serve_control(struct virtio_scsi *s)
{
    struct virtio_device *const v = &s->virtio;
    const struct virtq_chain *const c = &v->chain;
    uint8_t request[TASK_REQUEST_SIZE], answer[EVENTS_ANSWER_SIZE] = {0};
    size_t size = 1;
    if (c->out_size < 4 || !virtq_get(v, 0, request, 4))
        return false;
    const uint32_t type = (uint32_t)virtio_load(v, request, 4);
    if (type == CONTROL_TASK) {
        if (c->out_size < TASK_REQUEST_SIZE || !virtq_get(v, 0, request, TASK_REQUEST_SIZE))
            return false;
        s->management++;
        answer[0] = manage_task(s, request);
    } else if (type == CONTROL_QUERY_EVENTS || type == CONTROL_SUBSCRIBE) {
        if (c->out_size < EVENTS_REQUEST_SIZE)
            return false;
        size = EVENTS_ANSWER_SIZE; /* no events, and that is fine */
    } else {
        answer[0] = RESPONSE_REJECTED;
    }
    if (c->in_size < size || !virtq_put(v, 0, answer, size))
        return false;
    virtio_finish(v, QUEUE_CONTROL, c->head, (uint32_t)size, last_due_delay(v));
    return true;
}

static void notify(struct virtio_device *v, unsigned queue)
{
    struct virtio_scsi *const s = (struct virtio_scsi *)v;
    if (queue == QUEUE_EVENT)
        return; /* nothing is plugged or unplugged: the buffers stay with the driver */
    while (virtq_pop(v, queue))
        if (queue == QUEUE_CONTROL ? !serve_control(s) : !serve_command(s, queue))
            virtio_break(v);
}

static const struct virtio_ops virtio_scsi_ops = {
    .pci = VIRTIO_PCI_OPS("virtio-scsi-pci", counters),
    .type = 8,
    .legacy_id = 0x1004,
    .class_code = 0x010000,
    .config_size = CONFIG_SIZE,
    .notify = notify,
    .get_config = get_config,
    .set_config = set_config,
    .reset = reset,
    .state = &virtio_scsi_state_desc,
};

/* -- Creation -- */

static const struct device_property properties[] = {
    {"num_queues", "uint32", "of requests (default: one a vCPU)"},
    {"virtqueue_size", "uint32", "entries, a power of two (default 256)"},
    VIRTIO_PROPERTIES,
    {NULL, NULL, NULL},
};

static enum sim_status configure(struct virtio_scsi *s, const struct device_args *args)
{
    const unsigned cpus = args->p->config.cpu_count, most = VIRTIO_QUEUES_MAX - QUEUE_REQUEST;
    uint64_t queues = cpus < most ? cpus : most, queue_size = QUEUE_SIZE;
    TRY(device_arg_number(args, "num_queues", 1, most, &queues));
    TRY(device_arg_number(args, "virtqueue_size", 4, VIRTQ_SIZE_MAX, &queue_size));
    RETURN_IF(queue_size & (queue_size - 1), STATUS_RANGE,
              "%s: virtqueue_size must be a power of two", args->option->shown);
    s->virtio.ops = &virtio_scsi_ops;
    s->virtio.queue_count = QUEUE_REQUEST + (unsigned)queues;
    s->virtio.queue_size = (uint16_t)queue_size;
    s->bus.max_target = MAX_TARGET;
    s->bus.max_lun = MAX_LUN;
    return STATUS_OK;
}

static enum sim_status create(struct pseries *p, const struct device_args *args)
{
    struct virtio_scsi *const s = calloc(1, sizeof *s);
    RETURN_IF(!s, STATUS_NO_MEMORY, "%s: no host memory", args->option->shown);
    enum sim_status status = configure(s, args);
    if (status == STATUS_OK)
        status = virtio_add(&s->virtio, args, s->virtio.queue_count + 1);
    if (status != STATUS_OK) {
        free(s->virtio.pending);
        free(s);
        return status;
    }
    /* From here on the PCI bus owns it. */
    return device_add_scsi_bus(p, &s->bus, device_arg(args, "id"));
}

const struct device_model virtio_scsi_model = {
    .name = "virtio-scsi-pci",
    .bus = "PCI",
    .help = "SCSI adapter",
    .properties = properties,
    .create = create,
};
