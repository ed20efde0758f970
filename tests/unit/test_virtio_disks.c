/* virtio-blk-pci and virtio-scsi-pci: requests on a real image, and bad ones. */
#include "machine_fixture.h"

#include "machine-pseries/devices.h"
#include "machine-pseries/scsi.h"
#include "machine-pseries/virtio.h"

enum { RING = 0x100000, AVAIL = 0x101000, USED = 0x102000, REQUEST = 0x103000, STATUS = 0x104000 };
enum { DATA = 0x110000, IMAGE_SIZE = 0x40000, SECTORS = IMAGE_SIZE / 512, TIME_NS = 100000000 };
enum { BLK, READ_ONLY, SCSI };
enum { NEXT = 1, WRITE = 2 };
enum { S_OK, S_IOERR, S_UNSUPP };

struct disks {
    struct machine *m;
    char image[64];
    uint16_t offered;
};

static int setup(void **state)
{
    static const struct pseries_property blk[] = {{"drive", "d0"}, {"serial", "twelve34"}},
                                         ro[] = {{"drive", "d1"}, {"config-wce", "off"}},
                                         hd[] = {{"drive", "d2"}};
    static const struct pseries_device_option devices[] = {
        {"-device virtio-blk-pci", "virtio-blk-pci", blk, ARRAY_SIZE(blk)},
        {"-device virtio-blk-pci", "virtio-blk-pci", ro, ARRAY_SIZE(ro)},
        {"-device virtio-scsi-pci", "virtio-scsi-pci", NULL, 0},
        {"-device scsi-hd", "scsi-hd", hd, ARRAY_SIZE(hd)},
    };
    static struct pseries_drive drives[] = {{.id = "d0", .snapshot = true},
                                            {.id = "d1", .readonly = true},
                                            {.id = "d2", .snapshot = true}};
    static uint8_t content[IMAGE_SIZE];
    struct disks *d = calloc(1, sizeof *d);
    assert_non_null(d);
    for (unsigned i = 0; i < IMAGE_SIZE; i++)
        content[i] = (uint8_t)(i / 512 + 1);
    strcpy(d->image, "/tmp/hornpipe-image-XXXXXX");
    machine_temp_file(d->image, content, sizeof content);
    d->m = machine_prepare();
    for (unsigned i = 0; i < ARRAY_SIZE(drives); i++) {
        drives[i].shown = "-drive";
        drives[i].interface = DRIVE_IF_NONE;
        drives[i].file = d->image;
    }
    d->m->config.sockets = d->m->config.threads = 1;
    d->m->config.drives = drives;
    d->m->config.drive_count = ARRAY_SIZE(drives);
    d->m->config.devices = devices;
    d->m->config.device_count = ARRAY_SIZE(devices);
    *state = d;
    return machine_create(d->m) == STATUS_OK && pseries_reset(d->m->p) == STATUS_OK ? 0 : -1;
}

static int teardown(void **state)
{
    struct disks *d = *state;
    machine_destroy(d->m);
    unlink(d->image);
    free(d);
    return 0;
}

static struct virtio_device *device(struct disks *d, unsigned slot)
{
    return d->m->p->pci.slots[slot]->priv;
}

static uint8_t *ram(struct disks *d, uint64_t at)
{
    return d->m->p->bus.ram + at;
}

static void reg(struct virtio_device *v, unsigned offset, unsigned size, uint32_t value)
{
    virtio_bar_write(&v->pci, 4, offset, size, value);
}

static void start(struct disks *d, struct virtio_device *v, unsigned queue)
{
    d->offered = 0;
    memset(ram(d, RING), 0, 0x3000);
    reg(v, 20, 1, 0);
    for (unsigned half = 0; half < 2; half++) {
        reg(v, 8, 4, half);
        reg(v, 12, 4, half ? 1 : 0xffff);
    }
    reg(v, 20, 1, 11);
    reg(v, 22, 2, queue);
    reg(v, 32, 4, RING);
    reg(v, 40, 4, AVAIL);
    reg(v, 48, 4, USED);
    reg(v, 28, 2, 1);
    reg(v, 20, 1, 15);
}

static void set_desc(struct disks *d, unsigned i, uint64_t addr, uint32_t len, uint16_t flags)
{
    uint8_t *p = ram(d, RING + 16 * i);
    store_le64(p, addr);
    store_le32(p + 8, len);
    store_le16(p + 12, flags);
    store_le16(p + 14, (uint16_t)(i + 1));
}

static void run(struct disks *d, struct virtio_device *v, unsigned queue)
{
    store_le16(ram(d, AVAIL + 4 + 2 * (d->offered % 256)), 0);
    store_le16(ram(d, AVAIL + 2), ++d->offered);
    reg(v, 0x3000 + 4 * queue, 2, queue);
    d->m->clock.idle_cycles += TIME_NS;
    pseries_run_events(d->m->p);
}

#define BARRIER UINT32_C(0x80000000)

/* A request of virtio-blk; the status, 0xff if it did not come. */
static uint8_t request(struct disks *d, unsigned slot, uint32_t type, uint64_t sector, uint32_t len)
{
    struct virtio_device *const v = device(d, slot);
    const bool in = (type & ~BARRIER) == 0 || type == 8;
    store_le32(ram(d, REQUEST), type);
    store_le32(ram(d, REQUEST + 4), 0);
    store_le64(ram(d, REQUEST + 8), sector);
    *ram(d, STATUS) = 0xff;
    set_desc(d, 0, REQUEST, 16, NEXT);
    if (len)
        set_desc(d, 1, DATA, len, NEXT | (in ? WRITE : 0));
    set_desc(d, len ? 2 : 1, STATUS, 1, WRITE);
    run(d, v, 0);
    return *ram(d, STATUS);
}

static void test_read_write(void **state)
{
    struct disks *d = *state;
    start(d, device(d, BLK), 0);
    assert_int_equal(request(d, BLK, 0, 3, 1024), S_OK);
    assert_int_equal(*ram(d, DATA + 511), 4);
    assert_int_equal(*ram(d, DATA + 512), 5);
    assert_int_equal(load_le32(ram(d, USED + 8)), 1025);
    memset(ram(d, DATA), 0x77, 512);
    assert_int_equal(request(d, BLK, 1, 3, 512), S_OK);
    assert_int_equal(request(d, BLK, 4, 0, 0), S_OK);
    memset(ram(d, DATA), 0, 1024);
    assert_int_equal(request(d, BLK, BARRIER, 2, 1024), S_OK); /* as SLOF reads */
    assert_int_equal(*ram(d, DATA), 3);
    assert_int_equal(*ram(d, DATA + 512), 0x77);
    assert_int_equal(request(d, BLK, 0, 0, IMAGE_SIZE), S_OK);
    assert_int_equal(*ram(d, DATA + IMAGE_SIZE - 1), SECTORS % 256);
    assert_int_equal(load_le16(ram(d, USED + 2)), 5);
}

static void test_borders(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t len;
        uint8_t status;
    } cases[] = {
        {0, SECTORS - 1, 512, S_OK},
        {0, SECTORS - 1, 1024, S_IOERR},
        {0, SECTORS, 512, S_IOERR},
        {0, UINT64_MAX, 512, S_IOERR},
        {0, UINT64_C(1) << 55, 512, S_IOERR},
        {0, 0, 511, S_IOERR},
        {1, SECTORS, 512, S_IOERR},
        {1, 0, 100, S_IOERR},
        {2, 0, 512, S_UNSUPP},
        {99, 0, 512, S_UNSUPP},
        {UINT32_MAX, 0, 512, S_UNSUPP},
    };
    struct disks *d = *state;
    start(d, device(d, BLK), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(request(d, BLK, cases[i].type, cases[i].sector, cases[i].len),
                         cases[i].status);
    assert_false(device(d, BLK)->broken);
}

static void test_identity(void **state)
{
    struct disks *d = *state;
    uint8_t config[VIRTIO_CONFIG_MAX] = {0};
    start(d, device(d, BLK), 0);
    memset(ram(d, DATA), 0x55, 32);
    assert_int_equal(request(d, BLK, 8, 0, 20), S_OK);
    assert_memory_equal(ram(d, DATA), "twelve34\0\0\0\0\0\0\0\0\0\0\0\0U", 21);
    device(d, BLK)->ops->get_config(device(d, BLK), config);
    assert_true(load_le64(config) == SECTORS);
    assert_int_equal(load_le32(config + 12), 254);
    assert_int_equal(load_le32(config + 20), 512);
    assert_int_equal(config[32], 1);
}

static uint8_t range(struct disks *d, unsigned slot, uint32_t type, uint64_t sector, uint32_t count,
                     uint32_t flags)
{
    store_le64(ram(d, DATA), sector);
    store_le32(ram(d, DATA + 8), count);
    store_le32(ram(d, DATA + 12), flags);
    return request(d, slot, type, 0, 16);
}

static void test_ranges(void **state)
{
    enum { DISCARD = 11, ZEROES = 13 };
    struct disks *d = *state;
    start(d, device(d, BLK), 0);
    assert_int_equal(range(d, BLK, ZEROES, 8, 2, 1), S_OK);
    assert_int_equal(request(d, BLK, 0, 7, 2048), S_OK);
    assert_int_equal(*ram(d, DATA + 511), 8);
    assert_int_equal(*ram(d, DATA + 512), 0);
    assert_int_equal(*ram(d, DATA + 1535), 0);
    assert_int_equal(*ram(d, DATA + 1536), 11);
    assert_int_equal(range(d, BLK, DISCARD, 0, 8, 0), S_OK);
    assert_int_equal(range(d, BLK, DISCARD, 0, 8, 1), S_UNSUPP);
    assert_int_equal(range(d, BLK, ZEROES, 0, 8, 2), S_UNSUPP);
    assert_int_equal(range(d, BLK, ZEROES, SECTORS - 1, 2, 0), S_IOERR);
    assert_int_equal(range(d, BLK, ZEROES, UINT64_MAX, 2, 0), S_IOERR);
    assert_int_equal(range(d, BLK, DISCARD, 0, UINT32_MAX, 0), S_IOERR);
    assert_int_equal(request(d, BLK, ZEROES, 0, 32), S_UNSUPP);
}

static void test_read_only(void **state)
{
    struct disks *d = *state;
    start(d, device(d, READ_ONLY), 0);
    assert_true(device(d, READ_ONLY)->host_features >> 5 & 1);
    assert_false(device(d, READ_ONLY)->host_features >> 11 & 1);
    assert_int_equal(request(d, READ_ONLY, 0, 0, 512), S_OK);
    assert_int_equal(request(d, READ_ONLY, 1, 0, 512), S_IOERR);
    assert_int_equal(range(d, READ_ONLY, 13, 0, 1, 0), S_IOERR);
    assert_int_equal(range(d, READ_ONLY, 11, 0, 1, 0), S_IOERR);
}

/* Chains that are no requests stop the device. */
static void test_no_request(void **state)
{
    struct disks *d = *state;
    struct virtio_device *const v = device(d, BLK);
    start(d, v, 0);
    set_desc(d, 0, REQUEST, 15, NEXT); /* a short header */
    set_desc(d, 1, STATUS, 1, WRITE);
    run(d, v, 0);
    assert_true(v->broken);
    start(d, v, 0);
    set_desc(d, 0, REQUEST, 16, 0); /* no place for the status */
    run(d, v, 0);
    assert_true(v->broken);
    start(d, v, 0);
    memset(ram(d, REQUEST), 0, 16);
    set_desc(d, 0, REQUEST, 16, NEXT);
    set_desc(d, 1, MACHINE_RAM - 256, 512, NEXT | WRITE); /* data that ends outside of RAM */
    set_desc(d, 2, STATUS, 1, WRITE);
    run(d, v, 0);
    assert_true(v->broken);
    start(d, v, 0);
    assert_int_equal(request(d, BLK, 0, 0, 512), S_OK);
}

/* A command of virtio-scsi with data in: the response; the answer is at STATUS. */
static uint8_t scsi(struct disks *d, uint8_t target, const uint8_t *cdb, size_t size, uint32_t len)
{
    memset(ram(d, REQUEST), 0, 51);
    *ram(d, REQUEST) = 1;
    *ram(d, REQUEST + 1) = target;
    memcpy(ram(d, REQUEST + 19), cdb, size);
    memset(ram(d, STATUS), 0xff, 108);
    set_desc(d, 0, REQUEST, 51, NEXT);
    set_desc(d, 1, STATUS, 108, WRITE | (len ? NEXT : 0));
    set_desc(d, 2, DATA, len, WRITE);
    run(d, device(d, SCSI), 2);
    return *ram(d, STATUS + 11);
}

static void test_scsi(void **state)
{
    static const uint8_t ready[6] = {0}, inquiry[6] = {0x12, 0, 0, 0, 36},
                         read[10] = {0x28, 0, 0, 0, 0, 5, 0, 0, 1}, bad[6] = {0xff};
    struct disks *d = *state;
    start(d, device(d, SCSI), 2);
    assert_int_equal(scsi(d, 0, ready, sizeof ready, 0), 0);
    assert_int_equal(*ram(d, STATUS + 10), SCSI_CHECK_CONDITION); /* power on */
    assert_int_equal(*ram(d, STATUS + 12 + 2) & 0xf, 6);
    assert_int_equal(load_le32(ram(d, STATUS)), SCSI_SENSE_SIZE);
    assert_int_equal(scsi(d, 0, ready, sizeof ready, 0), 0);
    assert_int_equal(*ram(d, STATUS + 10), SCSI_GOOD);
    assert_int_equal(scsi(d, 0, inquiry, sizeof inquiry, 64), 0);
    assert_int_equal(load_le32(ram(d, STATUS + 4)), 64 - 36);
    assert_memory_equal(ram(d, DATA + 8), "QEMU    ", 8);
    assert_int_equal(scsi(d, 0, read, sizeof read, 512), 0);
    assert_int_equal(*ram(d, DATA), 6);
    assert_int_equal(scsi(d, 0, read, sizeof read, 256), 1); /* overrun */
    assert_int_equal(scsi(d, 0, bad, sizeof bad, 0), 0);
    assert_int_equal(*ram(d, STATUS + 10), SCSI_CHECK_CONDITION);
    assert_int_equal(scsi(d, 9, ready, sizeof ready, 0), 3); /* no such target */
    assert_false(device(d, SCSI)->broken);
}

static uint8_t control(struct disks *d, uint32_t type, uint32_t subtype, uint8_t target)
{
    memset(ram(d, REQUEST), 0, 24);
    store_le32(ram(d, REQUEST), type);
    store_le32(ram(d, REQUEST + 4), subtype);
    *ram(d, REQUEST + 8) = 1;
    *ram(d, REQUEST + 9) = target;
    memset(ram(d, STATUS), 0xff, 8);
    set_desc(d, 0, REQUEST, 24, NEXT);
    set_desc(d, 1, STATUS, type ? 5 : 1, WRITE);
    run(d, device(d, SCSI), 0);
    return *ram(d, STATUS + (type ? 4 : 0));
}

static void test_scsi_control(void **state)
{
    struct disks *d = *state;
    start(d, device(d, SCSI), 0);
    for (uint32_t task = 0; task < 8; task++)
        assert_int_equal(control(d, 0, task, 0), task == 2 ? 10 : 0);
    assert_int_equal(control(d, 0, 5, 7), 3);
    assert_int_equal(control(d, 0, 99, 0), 10);
    assert_int_equal(control(d, 1, 0, 0), 0);
    assert_int_equal(control(d, 2, 0, 0), 0);
    assert_false(device(d, SCSI)->broken);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read_write), TEST(test_borders),    TEST(test_identity), TEST(test_ranges),
        TEST(test_read_only),  TEST(test_no_request), TEST(test_scsi),     TEST(test_scsi_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
