/* machine-pseries/nvram.c: RTAS nvram-fetch and nvram-store, and the -prom-env partition. */
#include "device_fixture.h"

#include <libfdt.h>

enum { BUFFER = 0x20000, FETCH = 0x12, STORE = 0x13 };

static int32_t transfer(struct fixture *f, uint32_t number, uint32_t offset, uint32_t buffer,
                        uint32_t len, uint32_t *done)
{
    const uint32_t args[] = {offset, buffer, len};
    return fixture_rtas(f, number, 3, args, 2, done);
}

static void test_store_fetch(void **state)
{
    struct fixture *f = *state;
    uint32_t done;
    bus_write(&f->p->bus, BUFFER, "0123456789", 10);
    assert_int_equal(transfer(f, STORE, 0x100, BUFFER, 10, &done), RTAS_OK);
    assert_int_equal(done, 10);
    bus_fill(&f->p->bus, BUFFER, 0xee, 16);
    assert_int_equal(transfer(f, FETCH, 0x101, BUFFER + 1, 8, &done), RTAS_OK);
    assert_int_equal(done, 8);
    assert_memory_equal(f->p->bus.ram + BUFFER,
                        "\xee"
                        "12345678\xee",
                        10);

    /* All of it at once, as SLOF's first store does, and the last byte alone. */
    bus_fill(&f->p->bus, BUFFER, 0x5a, NVRAM_SIZE);
    assert_int_equal(transfer(f, STORE, 0, BUFFER, NVRAM_SIZE, &done), RTAS_OK);
    assert_int_equal(done, NVRAM_SIZE);
    bus_fill(&f->p->bus, BUFFER, 0, NVRAM_SIZE);
    assert_int_equal(transfer(f, FETCH, NVRAM_SIZE - 1, BUFFER, 1, &done), RTAS_OK);
    assert_memory_equal(f->p->bus.ram + BUFFER, "\x5a\0", 2);
    assert_int_equal(transfer(f, FETCH, NVRAM_SIZE, BUFFER, 0, &done), RTAS_OK);
    assert_int_equal(done, 0);
}

static void test_out_of_range(void **state)
{
    struct fixture *f = *state;
    static const uint32_t bad[][3] = {
        {NVRAM_SIZE, BUFFER, 1},
        {0, BUFFER, NVRAM_SIZE + 1},
        {NVRAM_SIZE - 1, BUFFER, 2},
        {0xffffffff, BUFFER, 1},
        {1, BUFFER, 0xffffffff},
        {0xffffffff, BUFFER, 0xffffffff},
        {0, FIXTURE_RAM, 1},
        {0, FIXTURE_RAM - 1, 2},
        {0, FIXTURE_RAM - NVRAM_SIZE + 1, NVRAM_SIZE},
        {0, 0xfffffff0, 0x20},
        {0, 0xffffffff, 1},
    };
    memset(f->p->nvram.bytes, 0x11, NVRAM_SIZE);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        uint32_t done = 1;
        bus_fill(&f->p->bus, BUFFER, 0xee, NVRAM_SIZE);
        assert_int_equal(transfer(f, FETCH, bad[i][0], bad[i][1], bad[i][2], &done),
                         RTAS_PARAMETER);
        assert_int_equal(done, 0);
        assert_int_equal(f->p->bus.ram[BUFFER], 0xee);
        assert_int_equal(transfer(f, STORE, bad[i][0], bad[i][1], bad[i][2], &done),
                         RTAS_PARAMETER);
        assert_int_equal(done, 0);
    }
    for (size_t i = 0; i < NVRAM_SIZE; i++)
        assert_int_equal(f->p->nvram.bytes[i], 0x11);

    /* The last page of RAM as a whole is a buffer like any other. */
    uint32_t done;
    assert_int_equal(transfer(f, FETCH, 0, FIXTURE_RAM - 4096, 4096, &done), RTAS_OK);
    assert_int_equal(f->p->bus.ram[FIXTURE_RAM - 1], 0x11);
}

static void test_survives_reset(void **state)
{
    struct fixture *f = *state;
    f->p->nvram.bytes[7] = 77;
    vio_reset(f->p);
    vio_quiesce(f->p);
    assert_int_equal(f->p->nvram.bytes[7], 77);
}

static void test_starts_zeroed(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < NVRAM_SIZE; i++)
        assert_int_equal(f->p->nvram.bytes[i], 0);
}

/* The checksum as firmware verifies it: a 16-bit sum of all but itself, its bytes added. */
static uint8_t checksum(const uint8_t *header)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 16; i++)
        sum += i == 1 ? 0 : header[i];
    return (uint8_t)((sum >> 8) + sum);
}

/* Walks the partitions to the end of the NVRAM; returns how many. */
static unsigned walk(const uint8_t *bytes)
{
    unsigned count = 0;
    for (uint32_t at = 0; at < NVRAM_SIZE; count++) {
        const uint32_t size = load_be16(bytes + at + 2) * 16u;
        assert_true(size >= 16 && size <= NVRAM_SIZE - at);
        assert_int_equal(bytes[at + 1], checksum(bytes + at));
        at += size;
    }
    return count;
}

static void test_prom_env(void **state)
{
    static const char *const env[] = {"auto-boot?=false", "boot-command=boot net:", NULL};
    struct fixture *f = fixture_create(env);
    const uint8_t *bytes = f->p->nvram.bytes;
    void *to_free = f;
    (void)state;
    assert_int_equal(walk(bytes), 2);
    assert_int_equal(bytes[0], 0x70);
    assert_int_equal(load_be16(bytes + 2), 0x80);
    assert_int_equal(bytes[1], 0x7c); /* 0x70 + 0x80 + "common" = 0x379 */
    assert_memory_equal(bytes + 4, "common\0\0\0\0\0\0", 12);
    assert_memory_equal(bytes + 16, "auto-boot?=false\0boot-command=boot net:\0", 41);
    assert_int_equal(bytes[16 + 40], 0);
    assert_int_equal(bytes[0x800], 0x7f);
    assert_int_equal(load_be16(bytes + 0x802), (NVRAM_SIZE - 0x800) / 16);
    fixture_teardown(&to_free);
}

/* Whatever the size, firmware's reading of the checksums accepts the partitions. */
static void test_prom_env_any_size(void **state)
{
    struct fixture *f = *state;
    static char value[NVRAM_SIZE];
    static const char *const env[] = {value, NULL};
    f->p->config.prom_env = env;
    for (size_t len = 2000; len < 60000; len += 16) {
        memset(value, 'v', len);
        value[1] = '=';
        value[len] = '\0';
        f->p->vio.count = 1;
        assert_int_equal(nvram_init(f->p), STATUS_OK);
        assert_int_equal(walk(f->p->nvram.bytes), 2);
        assert_in_range(load_be16(f->p->nvram.bytes + 2) * 16u, 16 + len + 2, 16 + len + 512);
    }
}

static void test_prom_env_long(void **state)
{
    static char value[4000];
    static const char *env[20] = {value};
    struct fixture *f;
    void *to_free;
    (void)state;
    memset(value, 'v', sizeof value - 1);
    memcpy(value, "nvramrc=", 8);

    f = to_free = fixture_create(env);
    assert_int_equal(walk(f->p->nvram.bytes), 2);
    assert_int_equal(load_be16(f->p->nvram.bytes + 2), (16 + 4000 + 1 + 15) / 16);
    fixture_teardown(&to_free);

    for (unsigned i = 0; i < 16; i++) /* 64000 bytes still fit */
        env[i] = value;
    f = to_free = fixture_create(env);
    assert_int_equal(walk(f->p->nvram.bytes), 2);
    fixture_teardown(&to_free);
}

/* A variable that is there already is replaced, wherever its partition lies; others stay. */
static void test_env_merges(void **state)
{
    struct fixture *f = *state;
    static const char *const first[] = {"boot-device=disk", "a=1", "ab=2", NULL};
    static const char *const second[] = {"a=3", "new=4", NULL};
    struct nvram *const nvram = &f->p->nvram;
    uint8_t moved[0x900];
    f->p->config.prom_env = first;
    assert_int_equal(nvram_init(f->p), STATUS_OK);
    memcpy(moved, nvram->bytes, 0x800);
    memset(nvram->bytes, 0, NVRAM_SIZE);
    nvram->bytes[0] = 0x51; /* a log in front of it */
    store_be16(nvram->bytes + 2, 0x10);
    memcpy(nvram->bytes + 0x100, moved, 0x800);
    assert_int_equal(nvram_put_env(nvram, second), STATUS_OK);
    static const char expected[] = "boot-device=disk\0ab=2\0a=3\0new=4\0";
    assert_memory_equal(nvram->bytes + 0x110, expected, sizeof expected);
    assert_int_equal(nvram->bytes[0], 0x51);

    /* Without an end to its strings, the partition is emptied first. */
    memset(nvram->bytes + 0x110, 'x', 0x7f0);
    assert_int_equal(nvram_put_env(nvram, second), STATUS_OK);
    assert_memory_equal(nvram->bytes + 0x110, "a=3\0new=4\0", 11);
    /* A chain that leads nowhere is no chain. */
    store_be16(nvram->bytes + 2, 0xffff);
    assert_int_equal(nvram_put_env(nvram, second), STATUS_OK);
    assert_int_equal(nvram->bytes[0], 0x70);
}

/* Names and sizes that cannot be: a message each, and no harm. */
static void test_prom_env_errors(void **state)
{
    struct fixture *f = *state;
    static char values[17][4000];
    static const char *many[20];
    static const char *const nameless[] = {"=x", NULL}, *const bare[] = {"auto-boot?", NULL};
    for (unsigned i = 0; i < 17; i++) {
        memset(values[i], 'v', sizeof values[i] - 1);
        values[i][0] = (char)('a' + i);
        values[i][1] = '=';
        many[i] = values[i];
    }

    f->p->config.prom_env = many;
    assert_int_equal(nvram_init(f->p), STATUS_NO_FIT);
    f->p->config.prom_env = nameless;
    assert_int_equal(nvram_init(f->p), STATUS_USAGE);
    f->p->config.prom_env = bare;
    assert_int_equal(nvram_init(f->p), STATUS_USAGE);
    assert_int_equal(f->lines_logged, 3);
}

/* The largest that fits leaves exactly a free header; one byte more does not. */
static void test_prom_env_limit(void **state)
{
    struct fixture *f = *state;
    static char value[NVRAM_SIZE];
    static const char *const env[] = {value, NULL};
    const size_t most = NVRAM_SIZE - 16 - 16 - 1; /* with its NUL */
    memset(value, 'v', sizeof value);
    value[1] = '=';
    value[most - 1] = '\0';
    f->p->config.prom_env = env;
    assert_int_equal(nvram_init(f->p), STATUS_OK);
    assert_int_equal(walk(f->p->nvram.bytes), 2);
    assert_int_equal(load_be16(f->p->nvram.bytes + NVRAM_SIZE - 14), 1);
    value[most - 1] = 'v';
    value[most] = '\0';
    assert_int_equal(nvram_init(f->p), STATUS_NO_FIT);
}

static void test_tree(void **state)
{
    struct fixture *f = *state;
    static uint8_t fdt[0x4000];
    int len;
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(vio_fdt(f->p, fdt, 0), 0);
    const int node = fdt_path_offset(fdt, "/vdevice/nvram@71000001");
    const fdt32_t *cell = fdt_getprop(fdt, node, "#bytes", &len);
    assert_int_equal(fdt32_to_cpu(*cell), NVRAM_SIZE);
    assert_string_equal(fdt_getprop(fdt, node, "compatible", &len), "qemu,spapr-nvram");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_store_fetch),
        TEST(test_out_of_range),
        TEST(test_survives_reset),
        TEST(test_starts_zeroed),
        cmocka_unit_test(test_prom_env),
        TEST(test_prom_env_any_size),
        cmocka_unit_test(test_prom_env_long),
        TEST(test_env_merges),
        TEST(test_prom_env_errors),
        TEST(test_prom_env_limit),
        TEST(test_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
