/* virtio-blk-pci: a disk (virtio 1.1, 5.2). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "device_set.h"
#include "pseries_internal.h"
#include "virtio.h"

enum {
    F_SEG_MAX = 2,
    F_GEOMETRY = 4,
    F_RO = 5,
    F_BLK_SIZE = 6,
    F_FLUSH = 9,
    F_TOPOLOGY = 10,
    F_CONFIG_WCE = 11,
    F_MQ = 12,
    F_DISCARD = 13,
    F_WRITE_ZEROES = 14,
};
enum { CONFIG_WCE = 32, CONFIG_SIZE = 60 };
enum {
    TYPE_IN = 0,
    TYPE_OUT = 1,
    TYPE_FLUSH = 4,
    TYPE_GET_ID = 8,
    TYPE_DISCARD = 11,
    TYPE_WRITE_ZEROES = 13
};
/*
 * Earlier requests are to be done before this one, later ones after it (virtio 0.9.5, appendix D).
 * They always are, and SLOF sets it without asking.
 */
#define TYPE_BARRIER UINT32_C(0x80000000)
enum { S_OK = 0, S_IOERR = 1, S_UNSUPP = 2 };
enum { HEADER_SIZE = 16, RANGE_SIZE = 16, SERIAL_SIZE = 20, SECTOR = 512 };
enum { RANGE_UNMAP = 1, RANGE_SECTORS_MAX = 0x3fffff, QUEUE_SIZE = 256 };

struct virtio_blk {
    struct virtio_device virtio;
    struct block *block;
    uint32_t logical_size, physical_size;
    bool readonly, config_wce;
    char serial[SERIAL_SIZE + 1];
    bool write_cache; /* state: off means that writes are on stable storage when they end */
    struct block_clock clock;
    struct block_counters counters;
};

static const struct state_field virtio_blk_fields[] = {
    STATE_FIELD(virtio_blk, write_cache),
    STATE_FIELD(virtio_blk, clock.link_free_ns),
    STATE_FIELD(virtio_blk, clock.last_due_ns),
};
static const struct state_desc virtio_blk_state_desc =
    STATE_DESC("virtio-blk", 1, virtio_blk_fields);

static const struct device_counter counters[] = {DEVICE_BLOCK_COUNTERS(virtio_blk, counters), {0}};

static uint64_t sectors(const struct virtio_blk *b)
{
    const uint64_t size = block_size(b->block);
    return size / b->logical_size * (b->logical_size / SECTOR);
}

/* -- Configuration -- */

static void get_config(const struct virtio_device *v, uint8_t c[VIRTIO_CONFIG_MAX])
{
    enum { HEADS = 16, TRACK = 63, CYLINDERS_MIN = 2, CYLINDERS_MAX = 16383 };
    const struct virtio_blk *const b = (const struct virtio_blk *)v;
    uint64_t cylinders = sectors(b) / (HEADS * TRACK);
    cylinders = cylinders < CYLINDERS_MIN ? CYLINDERS_MIN : cylinders;
    cylinders = cylinders > CYLINDERS_MAX ? CYLINDERS_MAX : cylinders;
    virtio_store(v, c, 8, sectors(b));
    virtio_store(v, c + 12, 4, v->queue_size - 2u); /* segments besides header and status */
    virtio_store(v, c + 16, 2, cylinders);
    c[18] = HEADS;
    c[19] = TRACK;
    virtio_store(v, c + 20, 4, b->logical_size);
    c[24] = (uint8_t)__builtin_ctz(b->physical_size / b->logical_size);
    c[CONFIG_WCE] = b->write_cache;
    virtio_store(v, c + 34, 2, v->queue_count);
    virtio_store(v, c + 36, 4, RANGE_SECTORS_MAX);
    virtio_store(v, c + 40, 4, 1);
    virtio_store(v, c + 44, 4, b->logical_size / SECTOR);
    virtio_store(v, c + 48, 4, RANGE_SECTORS_MAX);
    virtio_store(v, c + 52, 4, 1);
    c[56] = 1; /* zeroes may be holes */
}

static void set_config(struct virtio_device *v, unsigned offset, uint8_t value)
{
    struct virtio_blk *const b = (struct virtio_blk *)v;
    if (offset == CONFIG_WCE && b->config_wce)
        b->write_cache = value & 1;
}

static void reset(struct virtio_device *v)
{
    struct virtio_blk *const b = (struct virtio_blk *)v;
    b->write_cache = true;
    b->clock = (struct block_clock){0}; /* nothing is under way any more */
}

/* -- Requests -- */

struct request {
    uint32_t type;
    uint64_t sector, data_size;
    bool dma_failed;
    enum block_op op; /* what it costs */
};

static bool is_on_disk(const struct virtio_blk *b, uint64_t sector, uint64_t size)
{
    const uint64_t count = sectors(b), unit = b->logical_size / SECTOR;
    return size % b->logical_size == 0 && sector % unit == 0 && sector <= count &&
           size / SECTOR <= count - sector;
}

/* A driver that did not accept flushes, or switched the cache off, relies on every write. */
static bool writes_through(const struct virtio_blk *b)
{
    return !b->write_cache || !virtio_has(&b->virtio, F_FLUSH);
}

/* Between the disk and the guest's memory, which a read may have changed also when it fails. */
static int move_data(struct virtio_blk *b, uint64_t at, uint8_t *ram, size_t n, bool write)
{
    struct isa_bus *const bus = &b->virtio.p->bus;
    if (write)
        return block_write(b->block, at, ram, n);
    const int error = block_read(b->block, at, ram, n);
    bus_stored(bus, (uint64_t)(ram - bus->ram), n);
    return error;
}

static uint8_t read_or_write(struct virtio_blk *b, struct request *r)
{
    struct virtio_device *const v = &b->virtio;
    const bool write = r->type == TYPE_OUT;
    r->op = write ? BLOCK_OP_WRITE : BLOCK_OP_READ;
    r->data_size = write ? v->chain.out_size - HEADER_SIZE : v->chain.in_size - 1;
    if (!is_on_disk(b, r->sector, r->data_size) || (write && b->readonly)) {
        r->data_size = 0;
        return S_IOERR;
    }
    size_t n;
    for (uint64_t done = 0; done < r->data_size; done += n) {
        n = r->data_size - done < BLOCK_PIECE_MAX ? (size_t)(r->data_size - done) : BLOCK_PIECE_MAX;
        uint8_t *const ram = virtq_span(v, !write, (write ? HEADER_SIZE : 0) + done, &n);
        r->dma_failed = !ram;
        if (!ram || move_data(b, r->sector * SECTOR + done, ram, n, write))
            return S_IOERR;
    }
    return write && writes_through(b) && block_flush(b->block) ? S_IOERR : S_OK;
}

static uint8_t get_id(struct virtio_blk *b, struct request *r)
{
    const uint64_t room = b->virtio.chain.in_size - 1;
    char id[SERIAL_SIZE] = {0};
    memcpy(id, b->serial, strlen(b->serial));
    r->dma_failed = !virtq_put(&b->virtio, 0, id, room < sizeof id ? room : sizeof id);
    return S_OK;
}

/* Discards, or writes zeroes to, the one range that the request has. */
static uint8_t clear_range(struct virtio_blk *b, struct request *r)
{
    struct virtio_device *const v = &b->virtio;
    const bool discard = r->type == TYPE_DISCARD;
    uint8_t range[RANGE_SIZE];
    r->op = BLOCK_OP_DISCARD;
    if (!virtio_has(v, discard ? F_DISCARD : F_WRITE_ZEROES) ||
        v->chain.out_size != HEADER_SIZE + RANGE_SIZE)
        return S_UNSUPP;
    r->dma_failed = !virtq_get(v, HEADER_SIZE, range, sizeof range);
    if (r->dma_failed)
        return S_IOERR;
    const uint64_t sector = virtio_load(v, range, 8);
    const uint32_t count = (uint32_t)virtio_load(v, range + 8, 4);
    const uint32_t flags = (uint32_t)virtio_load(v, range + 12, 4);
    if (flags & ~(discard ? 0u : (uint32_t)RANGE_UNMAP))
        return S_UNSUPP;
    if (b->readonly || count > RANGE_SECTORS_MAX ||
        !is_on_disk(b, sector, (uint64_t)count * SECTOR))
        return S_IOERR;
    if (discard)
        return block_discard(b->block, sector * SECTOR, (uint64_t)count * SECTOR) ? S_IOERR : S_OK;
    if (block_write_zeroes(b->block, sector * SECTOR, (uint64_t)count * SECTOR))
        return S_IOERR;
    return writes_through(b) && block_flush(b->block) ? S_IOERR : S_OK;
}

static uint8_t execute(struct virtio_blk *b, struct request *r)
{
    switch (r->type) {
    case TYPE_IN:
    case TYPE_OUT:
        return read_or_write(b, r);
    case TYPE_FLUSH:
        r->op = BLOCK_OP_FLUSH;
        return block_flush(b->block) ? S_IOERR : S_OK;
    case TYPE_GET_ID:
        return get_id(b, r);
    case TYPE_DISCARD:
    case TYPE_WRITE_ZEROES:
        return clear_range(b, r);
    default:
        return S_UNSUPP;
    }
}

/* False: the chain is no request; the driver broke a rule. */
static bool serve(struct virtio_blk *b, unsigned queue)
{
    struct virtio_device *const v = &b->virtio;
    const struct virtq_chain *const c = &v->chain;
    uint8_t header[HEADER_SIZE];
    if (c->out_size < HEADER_SIZE || c->in_size < 1 || c->in_size > UINT32_MAX ||
        !virtq_get(v, 0, header, sizeof header))
        return false;
    struct request r = {.type = (uint32_t)virtio_load(v, header, 4) & ~TYPE_BARRIER,
                        .sector = virtio_load(v, header + 8, 8),
                        .op = BLOCK_OP_CONTROL};
    const uint8_t status = execute(b, &r);
    if (r.dma_failed || !virtq_put(v, c->in_size - 1, &status, 1))
        return false;
    b->counters.ops[r.op]++;
    b->counters.bytes[r.op] += r.data_size;
    b->counters.errors += status != S_OK;
    const uint64_t delay = block_delay_ns(&b->clock, pseries_now_ns(v->p), r.op, r.data_size);
    virtio_finish(v, queue, c->head, (uint32_t)c->in_size, delay);
    return true;
}

static void notify(struct virtio_device *v, unsigned queue)
{
    while (virtq_pop(v, queue))
        if (!serve((struct virtio_blk *)v, queue))
            virtio_break(v);
}

static const struct virtio_ops virtio_blk_ops = {
    .pci = VIRTIO_PCI_OPS("virtio-blk-pci", counters),
    .type = 2,
    .legacy_id = 0x1001,
    .class_code = 0x010000,
    .config_size = CONFIG_SIZE,
    .notify = notify,
    .get_config = get_config,
    .set_config = set_config,
    .reset = reset,
    .state = &virtio_blk_state_desc,
};

/* -- Creation -- */

static const struct device_property properties[] = {
    {"drive", "str", "id of a -drive"},
    {"serial", "str", "at most 20 characters"},
    {"num-queues", "uint16", "(default: one a vCPU)"},
    {"queue-size", "uint16", "entries, a power of two (default 256)"},
    {"logical_block_size", "size", "(default 512)"},
    {"physical_block_size", "size", "(default 512)"},
    {"config-wce", "on/off", "the write cache can be switched off (default on)"},
    {"discard", "on/off", "(default on)"},
    {"write-zeroes", "on/off", "(default on)"},
    VIRTIO_PROPERTIES,
    {NULL, NULL, NULL},
};

static enum sim_status parse_sizes(struct virtio_blk *b, const struct device_args *args)
{
    uint64_t logical = 512, physical = 512;
    TRY(device_arg_number(args, "logical_block_size", 512, 65536, &logical));
    TRY(device_arg_number(args, "physical_block_size", 512, 65536, &physical));
    RETURN_IF((logical & (logical - 1)) || (physical & (physical - 1)), STATUS_RANGE,
              "%s: logical_block_size and physical_block_size must be powers of two",
              args->option->shown);
    b->logical_size = (uint32_t)logical;
    b->physical_size = (uint32_t)(physical < logical ? logical : physical);
    return STATUS_OK;
}

static enum sim_status parse_features(struct virtio_blk *b, const struct device_args *args)
{
    bool discard = true, write_zeroes = true;
    TRY(device_arg_bool(args, "config-wce", &b->config_wce));
    TRY(device_arg_bool(args, "discard", &discard));
    TRY(device_arg_bool(args, "write-zeroes", &write_zeroes));
    b->virtio.host_features =
        UINT64_C(1) << F_SEG_MAX | UINT64_C(1) << F_GEOMETRY | UINT64_C(1) << F_BLK_SIZE |
        UINT64_C(1) << F_FLUSH | UINT64_C(1) << F_TOPOLOGY | (uint64_t)b->readonly << F_RO |
        (uint64_t)b->config_wce << F_CONFIG_WCE | (uint64_t)(b->virtio.queue_count > 1) << F_MQ |
        (uint64_t)discard << F_DISCARD | (uint64_t)write_zeroes << F_WRITE_ZEROES;
    return STATUS_OK;
}

static enum sim_status configure(struct virtio_blk *b, const struct device_args *args)
{
    const char *const serial = device_arg(args, "serial");
    uint64_t queues = args->p->config.cpu_count < VIRTIO_QUEUES_MAX - 2 ? args->p->config.cpu_count
                                                                        : VIRTIO_QUEUES_MAX - 2;
    uint64_t queue_size = QUEUE_SIZE;
    struct drive *drive;
    TRY(device_arg_drive(args, &drive));
    RETURN_IF(!drive || !drive->block, STATUS_USAGE, "%s: needs a drive with a file",
              args->option->shown);
    RETURN_IF(serial && strlen(serial) > SERIAL_SIZE, STATUS_RANGE,
              "%s: serial has more than %d characters", args->option->shown, SERIAL_SIZE);
    TRY(device_arg_number(args, "num-queues", 1, VIRTIO_QUEUES_MAX - 2, &queues));
    TRY(device_arg_number(args, "queue-size", 4, VIRTQ_SIZE_MAX, &queue_size));
    RETURN_IF(queue_size & (queue_size - 1), STATUS_RANGE, "%s: queue-size must be a power of two",
              args->option->shown);
    b->block = drive->block;
    b->readonly = block_is_readonly(drive->block);
    b->config_wce = true;
    if (serial)
        memcpy(b->serial, serial, strlen(serial));
    b->virtio.ops = &virtio_blk_ops;
    b->virtio.queue_count = (unsigned)queues;
    b->virtio.queue_size = (uint16_t)queue_size;
    TRY(parse_sizes(b, args));
    return parse_features(b, args);
}

static enum sim_status create(struct pseries *p, const struct device_args *args)
{
    struct virtio_blk *const b = calloc(1, sizeof *b);
    (void)p;
    RETURN_IF(!b, STATUS_NO_MEMORY, "%s: no host memory", args->option->shown);
    enum sim_status status = configure(b, args);
    if (status == STATUS_OK)
        status = virtio_add(&b->virtio, args, b->virtio.queue_count + 1);
    if (status != STATUS_OK) {
        free(b->virtio.pending);
        free(b);
    }
    return status;
}

const struct device_model virtio_blk_model = {
    .name = "virtio-blk-pci",
    .bus = "PCI",
    .help = "disk",
    .properties = properties,
    .create = create,
};
