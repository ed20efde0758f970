/* machine-pseries/vscsi*.c and scsi*.c: hand-made queue elements, SRP units and commands. */
#include "device_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "machine-pseries/device_set.h"

enum {
    UNIT = VIO_FIRST_REG + 2,
    QUEUE = 0x10000,
    QUEUE_SIZE = 0x1000,
    IU = 0x20000,
    DATA = 0x30000,
    IMAGE_SIZE = 1 << 20,
    TAG = 0x77,
    GOOD = 0,
    CHECK = 2,
};

static struct pseries_drive drive = {.shown = "-drive d", .id = "d", .snapshot = true};
static char path[] = "/tmp/hornpipe-vscsi-XXXXXX";

static int64_t call(struct fixture *f, int64_t (*fn)(struct pseries *, struct cpu *, uint64_t *),
                    uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t args[9] = {a, b, c};
    return fn(f->p, f->cpu, args);
}

static void map(struct fixture *f, uint64_t address, uint64_t rights)
{
    assert_int_equal(call(f, h_put_tce, UNIT, address, rights ? address | rights : 0), H_SUCCESS);
}

static int setup(void **state)
{
    struct fixture *const f = fixture_create(NULL);
    snprintf(path, sizeof path, "/tmp/hornpipe-vscsi-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, IMAGE_SIZE), 0);
    assert_int_equal(pwrite(fd, "block one", 9, 512), 9);
    close(fd);
    drive.file = path;
    f->p->config.drives = &drive;
    f->p->config.drive_count = 1;
    f->p->config.default_devices = true;
    assert_int_equal(devices_open(f->p), STATUS_OK);
    assert_int_equal(devices_create(f->p), STATUS_OK);
    vio_reset(f->p);
    for (uint64_t page = QUEUE; page < 0x50000; page += 0x1000)
        map(f, page, 3);
    assert_int_equal(call(f, h_reg_crq, UNIT, QUEUE, QUEUE_SIZE), H_SUCCESS);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *const f = *state;
    unlink(path);
    devices_fini(f->p);
    return fixture_teardown(state);
}

/* Lets all that was asked for happen. */
static void run(struct fixture *f)
{
    f->clock.idle_cycles += 10000000;
    pseries_run_events(f->p);
}

static uint64_t element(const struct fixture *f, unsigned index, unsigned half)
{
    return load_be64(f->p->bus.ram + QUEUE + 16 * index + 8 * half);
}

static int64_t send(struct fixture *f, unsigned format, unsigned length, uint64_t ioba)
{
    return call(f, h_send_crq, UNIT, UINT64_C(0x80) << 56 | (uint64_t)format << 48 | length, ioba);
}

/* A command for `lun` with a direct buffer for data in of `size` bytes at DATA. */
static void put_command(struct fixture *f, uint64_t lun, const uint8_t *cdb, size_t cdb_size,
                        uint64_t data, uint32_t size)
{
    uint8_t iu[64] = {2, [5] = 1};
    store_be64(iu + 8, TAG);
    store_be64(iu + 20, lun << 48);
    memcpy(iu + 32, cdb, cdb_size);
    store_be64(iu + 48, data);
    store_be32(iu + 60, size);
    bus_write(&f->p->bus, IU, iu, sizeof iu);
}

/* Status of the response; the element that announces it is number `index`. */
static unsigned finish(struct fixture *f, unsigned index)
{
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    assert_int_equal(element(f, index, 0), 0);
    run(f);
    assert_int_equal(element(f, index, 0) >> 48, 0x8001);
    assert_int_equal(element(f, index, 1), TAG);
    assert_int_equal(f->p->bus.ram[IU], 0xc1);
    return f->p->bus.ram[IU + 19];
}

static void test_handshake(void **state)
{
    struct fixture *const f = *state;
    assert_int_equal(call(f, h_send_crq, UNIT, UINT64_C(0xc001) << 48, 0), H_SUCCESS);
    assert_int_equal(element(f, 0, 0), UINT64_C(0xc002) << 48);
    uint8_t login[64] = {0};
    store_be64(login + 8, TAG);
    bus_write(&f->p->bus, IU, login, sizeof login);
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    run(f);
    assert_int_equal(element(f, 1, 0), UINT64_C(0x8001000000000034));
    assert_int_equal(element(f, 1, 1), TAG);
    assert_int_equal(f->p->bus.ram[IU], 0xc0);
    assert_int_equal(load_be32(f->p->bus.ram + IU + 4), 22);

    /* Adapter information, and a datagram of no known type. */
    uint8_t mad[24] = {[3] = 3, [6] = 0, [7] = 148};
    store_be64(mad + 8, TAG + 1);
    store_be64(mad + 16, DATA);
    bus_write(&f->p->bus, IU, mad, sizeof mad);
    assert_int_equal(send(f, 2, 24, IU), H_SUCCESS);
    run(f);
    assert_int_equal(element(f, 2, 1), TAG + 1);
    assert_int_equal(load_be16(f->p->bus.ram + IU + 4), 0);
    assert_memory_equal(f->p->bus.ram + DATA, "16.a", 5);
    mad[3] = 99;
    bus_write(&f->p->bus, IU, mad, sizeof mad);
    assert_int_equal(send(f, 2, 24, IU), H_SUCCESS);
    run(f);
    assert_int_equal(load_be16(f->p->bus.ram + IU + 4), 0xf1);
}

static void test_commands(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t ready[6] = {0}, read10[10] = {0x28, [5] = 1, [8] = 1};
    static const uint8_t beyond[10] = {0x28, [4] = 8, [8] = 1}, inquiry[6] = {0x12, [4] = 36};
    const uint8_t *const iu = f->p->bus.ram + IU, *const data = f->p->bus.ram + DATA;

    put_command(f, 0x8000, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 0), CHECK); /* power on */
    assert_int_equal(iu[18], 2);
    assert_int_equal(iu[36 + 2], 6);
    assert_int_equal(iu[36 + 12], 0x29);
    put_command(f, 0x8000, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 1), GOOD);
    put_command(f, 0x8000, read10, 10, DATA, 1024);
    assert_int_equal(finish(f, 2), GOOD);
    assert_memory_equal(data, "block one", 9);
    assert_int_equal(iu[18], 0x20); /* 512 bytes less than there was room for */
    assert_int_equal(load_be32(iu + 24), 512);
    put_command(f, 0x8000, beyond, 10, DATA, 512);
    assert_int_equal(finish(f, 3), CHECK);
    assert_int_equal(iu[36 + 12], 0x21);
    put_command(f, 0x8200, inquiry, 6, DATA, 36);
    assert_int_equal(finish(f, 4), GOOD);
    assert_int_equal(data[0], 5);
    assert_int_equal(data[1], 0x80);
    put_command(f, 0x8300, inquiry, 6, DATA, 36); /* no such target */
    assert_int_equal(finish(f, 5), GOOD);
    assert_int_equal(data[0], 0x7f);
    put_command(f, 0x8300, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 6), CHECK);
    put_command(f, 0x8200, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 7), CHECK);
    put_command(f, 0x8200, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 8), CHECK); /* no medium */
    assert_int_equal(iu[36 + 12], 0x3a);
}

/* What QEMU 7.2 answers for the same options, read there by a guest's SG_IO. */
static void test_answers_as_qemu(void **state)
{
    enum { DISK = 0x8000, CD = 0x8200 };
    struct fixture *const f = *state;
    static const struct {
        uint16_t lun;
        uint8_t size;
        uint8_t cdb[10];
        char answer[44];
    } rows[] = {
        {DISK, 36, {0x12, [4] = 36}, "\0\0\x05\x12\x1f\0\0\x12QEMU    QEMU HARDDISK   2.5+"},
        {CD, 36, {0x12, [4] = 36}, "\x05\x80\x05\x12\x1f\0\0\x12QEMU    QEMU CD-ROM     2.5+"},
        {DISK, 9, {0x12, 1, [4] = 255}, "\0\0\0\x05\0\x83\xb0\xb1\xb2"},
        {DISK,
         9,
         {0x12, 1, 0x83, [4] = 255},
         "\0\x83\0\x05\x02\0\0\x01"
         "d"},
        {DISK, 8, {0x25}, "\0\0\x07\xff\0\0\x02"},
        {DISK, 32, {0x1a, 0, 8, 0, 255}, "\x1f\0\0\x08\0\0\x08\0\0\0\x02\0\x08\x12\x04"},
        {DISK, 24, {0x1a, 8, 0x48, 0, 255}, "\x17\0\0\0\x08\x12\x04"},
    };
    static const uint8_t ready[6] = {0}, no_serial[6] = {0x12, 1, 0x80, [4] = 255};
    put_command(f, DISK, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 0), CHECK);
    put_command(f, CD, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 1), CHECK);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        put_command(f, rows[i].lun, rows[i].cdb, sizeof rows[i].cdb, DATA, 255);
        assert_int_equal(finish(f, 2 + i), GOOD);
        assert_int_equal(load_be32(f->p->bus.ram + IU + 24), 255u - rows[i].size);
        assert_memory_equal(f->p->bus.ram + DATA, rows[i].answer, rows[i].size);
    }
    put_command(f, DISK, no_serial, 6, DATA, 255);
    assert_int_equal(finish(f, 2 + ARRAY_SIZE(rows)), CHECK);
    assert_int_equal(load_be16(f->p->bus.ram + IU + 36 + 12), 0x2400);
}

/* Where DMA may not go: the command fails, nothing else is touched. */
static void test_dma(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t inquiry[6] = {0x12, [4] = 36};
    const uint8_t *const iu = f->p->bus.ram + IU;
    static const uint64_t bad[] = {0x60000, DATA, 0x10000000, UINT64_MAX - 8, 0xffffff0};
    map(f, DATA, 1); /* the device may only read there */
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        put_command(f, 0x8000, inquiry, 6, bad[i], 36);
        assert_int_equal(finish(f, i), CHECK);
        assert_int_equal(iu[36 + 2], 0xb);
        assert_int_equal(f->p->bus.ram[DATA], 0);
    }
    assert_int_equal(send(f, 1, 257, IU), H_PARAMETER);
    assert_int_equal(send(f, 1, 64, 0x60000), H_PARAMETER);
    assert_int_equal(send(f, 9, 64, IU), H_PARAMETER);
    /* Too short to have a tag: no answer. */
    assert_int_equal(send(f, 1, 8, IU), H_SUCCESS);
    run(f);
    assert_int_equal(element(f, ARRAY_SIZE(bad), 0), 0);
}

/* Indirect descriptors that say nothing, too much, or lie elsewhere. */
static void test_indirect(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t inquiry[6] = {0x12, [4] = 36};
    uint8_t iu[68] = {2, [5] = 2}, table[32] = {0};
    store_be64(table, DATA);
    store_be32(table + 12, 10);
    store_be64(table + 16, DATA + 0x800);
    store_be32(table + 28, 26);
    bus_write(&f->p->bus, 0x40000, table, sizeof table);
    store_be64(iu + 8, TAG);
    store_be64(iu + 20, UINT64_C(0x8000) << 48);
    memcpy(iu + 32, inquiry, sizeof inquiry);
    static const uint32_t cases[][3] = {/* bytes of table, of data, status */
                                        {32, 36, GOOD},
                                        {16, 36, CHECK},
                                        {0, 36, CHECK},
                                        {0xffffffff, 36, CHECK},
                                        {32, 0xffffffff, GOOD}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        store_be64(iu + 48, 0x40000);
        store_be32(iu + 60, cases[i][0]);
        store_be32(iu + 64, cases[i][1]);
        bus_write(&f->p->bus, IU, iu, sizeof iu);
        assert_int_equal(send(f, 1, 68, IU), H_SUCCESS);
        run(f);
        assert_int_equal(element(f, i, 1), TAG);
        assert_int_equal(f->p->bus.ram[IU + 19], cases[i][2]);
    }
    assert_memory_equal(f->p->bus.ram + DATA + 8, "QE\0", 3); /* 10 bytes here, the rest there */
    assert_memory_equal(f->p->bus.ram + DATA + 0x800, "MU    QEMU HARDDISK", 19);
}

/* A full queue, a queue that goes away with commands under way, and its successor. */
static void test_queue(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t inquiry[6] = {0x12, [4] = 36};
    put_command(f, 0x8000, inquiry, 6, DATA, 36);
    for (unsigned i = 0; i < 24; i++)
        assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    assert_int_equal(send(f, 1, 64, IU), H_DROPPED);
    assert_int_equal(call(f, h_free_crq, UNIT, 0, 0), H_SUCCESS);
    assert_int_equal(send(f, 1, 64, IU), H_CLOSED);
    run(f);
    assert_int_equal(element(f, 0, 0), 0);
    assert_int_equal(call(f, h_reg_crq, UNIT, QUEUE, QUEUE_SIZE), H_SUCCESS);
    assert_int_equal(call(f, h_reg_crq, UNIT, QUEUE, QUEUE_SIZE), H_RESOURCE);
    f->p->bus.ram[QUEUE] = 1; /* the guest has not taken that one */
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    run(f);
    assert_int_equal(f->p->bus.ram[QUEUE], 1);
    f->p->bus.ram[QUEUE] = 0;
    put_command(f, 0x8000, inquiry, 6, DATA, 36);
    assert_int_equal(finish(f, 0), GOOD);
}

/* A command that is aborted is not answered; the abort is. */
static void test_abort(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t sync[10] = {0x35};
    uint8_t task[64] = {1, [30] = 1};
    store_be64(task + 8, TAG + 5);
    store_be64(task + 20, UINT64_C(0x8000) << 48);
    store_be64(task + 32, TAG);
    bus_write(&f->p->bus, IU + 0x100, task, sizeof task);
    put_command(f, 0x8000, sync, 10, DATA, 0);
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    assert_int_equal(send(f, 1, 64, IU + 0x100), H_SUCCESS);
    run(f);
    assert_int_equal(element(f, 0, 1), TAG + 5);
    assert_int_equal(f->p->bus.ram[IU + 0x100 + 18], 1);
    assert_int_equal(f->p->bus.ram[IU + 0x100 + 39], 0);
    assert_int_equal(element(f, 1, 0), 0);
}

/* Every kind of datagram that drivers know, and others: those that are not there say so. */
static void test_datagrams(void **state)
{
    struct fixture *const f = *state;
    static const uint16_t types[][2] = {{1, 0},    {2, 0xf1}, {4, 0xf1},     {5, 0xf1},
                                        {8, 0xf1}, {0, 0xf1}, {0xffff, 0xf1}};
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        uint8_t mad[24] = {[2] = (uint8_t)(types[i][0] >> 8), [3] = (uint8_t)types[i][0]};
        store_be64(mad + 8, TAG + i);
        store_be64(mad + 16, DATA);
        bus_write(&f->p->bus, IU, mad, sizeof mad);
        assert_int_equal(send(f, 2, 24, IU), H_SUCCESS);
        run(f);
        assert_int_equal(element(f, i, 0) >> 48, 0x8002);
        assert_int_equal(element(f, i, 1), TAG + i);
        assert_int_equal(load_be16(f->p->bus.ram + IU + 4), types[i][1]);
    }
    /* Adapter information to where DMA may not go. */
    uint8_t mad[24] = {[3] = 3, [7] = 148};
    store_be64(mad + 16, 0x60000);
    bus_write(&f->p->bus, IU, mad, sizeof mad);
    assert_int_equal(send(f, 2, 24, IU), H_SUCCESS);
    run(f);
    assert_int_equal(load_be16(f->p->bus.ram + IU + 4), 0xf7);
}

/* The adapter names every unit in the form of logical unit addressing. */
static void test_report_luns(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t report[12] = {0xa0, [9] = 64}, short_one[12] = {0xa0, [9] = 15};
    const uint8_t *const data = f->p->bus.ram + DATA;
    put_command(f, 0, report, 12, DATA, 64);
    assert_int_equal(finish(f, 0), GOOD);
    assert_int_equal(load_be32(data), 24);
    assert_int_equal(load_be64(data + 8), 0);
    assert_int_equal(load_be64(data + 16) >> 48, 0x8000);
    assert_int_equal(load_be64(data + 24) >> 48, 0x8200);
    put_command(f, 0xc101, report, 12, DATA, 64);
    assert_int_equal(finish(f, 1), GOOD);
    put_command(f, 0, short_one, 12, DATA, 64);
    assert_int_equal(finish(f, 2), CHECK);
    put_command(f, 0x8200, report, 12, DATA, 64); /* of a target: its own units */
    assert_int_equal(finish(f, 3), GOOD);
    assert_int_equal(load_be32(data), 8);
}

static void send_task(struct fixture *f, uint64_t at, uint8_t function, uint64_t lun)
{
    uint8_t task[64] = {1, [30] = function};
    store_be64(task + 8, TAG + 5);
    store_be64(task + 20, lun << 48);
    bus_write(&f->p->bus, at, task, sizeof task);
    assert_int_equal(send(f, 1, 64, at), H_SUCCESS);
}

/* A reset of a LUN ends its commands and nobody else's, and the next one is told. */
static void test_lun_reset(void **state)
{
    struct fixture *const f = *state;
    static const uint8_t ready[6] = {0}, sync[10] = {0x35}, inquiry[6] = {0x12, [4] = 36};
    const uint8_t *const answer = f->p->bus.ram + IU + 0x100;
    put_command(f, 0x8000, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 0), CHECK);
    put_command(f, 0x8000, sync, 10, DATA, 0);
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    put_command(f, 0x8200, inquiry, 6, DATA, 36);
    assert_int_equal(send(f, 1, 64, IU), H_SUCCESS);
    send_task(f, IU + 0x100, 8, 0x8000);
    run(f);
    assert_int_equal(element(f, 1, 1), TAG); /* of the CD-ROM */
    assert_int_equal(element(f, 2, 1), TAG + 5);
    assert_int_equal(element(f, 3, 0), 0);
    assert_int_equal(answer[39], 0);
    put_command(f, 0x8000, ready, 6, DATA, 0);
    assert_int_equal(finish(f, 3), CHECK);
    assert_int_equal(f->p->bus.ram[IU + 36 + 12], 0x29);
    assert_int_equal(f->p->bus.ram[IU + 36 + 13], 0);
    static const uint16_t bad[][3] = {/* function, LUN, response */
                                      {8, 0x8300, 2},
                                      {0x40, 0x8000, 4},
                                      {3, 0x8000, 2}};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        send_task(f, IU + 0x100, (uint8_t)bad[i][0], bad[i][1]);
        run(f);
        assert_int_equal(element(f, 4 + i, 1), TAG + 5);
        assert_int_equal(answer[39], bad[i][2]);
    }
}

/* What the registration says of bad queues, and elements that are no commands. */
static void test_registration(void **state)
{
    struct fixture *const f = *state;
    assert_int_equal(call(f, h_reg_crq, UNIT, QUEUE, 0xfff), H_PARAMETER);
    assert_int_equal(call(f, h_reg_crq, UNIT, QUEUE + 8, QUEUE_SIZE), H_PARAMETER);
    assert_int_equal(call(f, h_reg_crq, UNIT - 1, QUEUE, QUEUE_SIZE), H_NOT_FOUND);
    assert_int_equal(call(f, h_reg_crq, UNIT + 1, QUEUE, QUEUE_SIZE), H_PARAMETER);
    assert_int_equal(call(f, h_send_crq, UNIT - 1, UINT64_C(0xc001) << 48, 0), H_HARDWARE);
    assert_int_equal(call(f, h_send_crq, UNIT, UINT64_C(0xc002) << 48, 0), H_SUCCESS);
    assert_int_equal(call(f, h_send_crq, UNIT, UINT64_C(0xff04) << 48, 0), H_SUCCESS);
    assert_int_equal(call(f, h_send_crq, UNIT, 0, 0), H_PARAMETER);
    assert_int_equal(call(f, h_enable_crq, UNIT, 0, 0), H_SUCCESS);
    assert_int_equal(element(f, 0, 0), 0);
    assert_int_equal(call(f, h_free_crq, UNIT, 0, 0), H_SUCCESS);
    assert_int_equal(call(f, h_free_crq, UNIT, 0, 0), H_SUCCESS);
    assert_int_equal(call(f, h_send_crq, UNIT, UINT64_C(0xc001) << 48, 0), H_CLOSED);
    /* The partner, and then we ourselves, come again. */
    assert_int_equal(call(f, h_reg_crq, UNIT, QUEUE, QUEUE_SIZE), H_SUCCESS);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(call(f, h_send_crq, UNIT, UINT64_C(0xc001) << 48, 0), H_SUCCESS);
        assert_int_equal(element(f, i, 0), UINT64_C(0xc002) << 48);
    }
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_handshake), TEST(test_commands),     TEST(test_answers_as_qemu),
        TEST(test_dma),       TEST(test_indirect),     TEST(test_queue),
        TEST(test_abort),     TEST(test_datagrams),    TEST(test_report_luns),
        TEST(test_lun_reset), TEST(test_registration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
