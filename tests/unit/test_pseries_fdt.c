/* The device tree, and the images that it speaks of. */
#include <libfdt.h>

#include "machine_fixture.h"

static void *build(struct machine *m, bool for_cas)
{
    void *fdt;
    size_t size;
    assert_int_equal(pseries_fdt_build(m->p, for_cas, &fdt, &size), STATUS_OK);
    assert_int_equal(fdt_check_full(fdt, size), 0);
    return fdt;
}

static const uint8_t *get(const void *fdt, const char *path, const char *name, int size)
{
    int length;
    const int node = fdt_path_offset(fdt, path);
    if (node < 0)
        fail_msg("no node %s", path);
    const uint8_t *value = fdt_getprop(fdt, node, name, &length);
    if (!value)
        fail_msg("%s has no %s", path, name);
    assert_int_equal(length, size);
    return value;
}

static bool has(const void *fdt, const char *path, const char *name)
{
    return fdt_getprop(fdt, fdt_path_offset(fdt, path), name, NULL) != NULL;
}

#define CPU_NODE "/cpus/PowerPC,POWER8@0"

static void test_nodes(void **state)
{
    struct machine *m = *state;
    void *fdt = build(m, false);
    assert_string_equal((const char *)get(fdt, "/", "device_type", 5), "chrp");
    assert_int_equal(load_be64(get(fdt, "/memory@0", "reg", 16) + 8), MACHINE_RAM);
    assert_int_equal(load_be32(get(fdt, "/interrupt-controller", "phandle", 4)),
                     PSERIES_INTC_PHANDLE);
    assert_int_equal(load_be32(get(fdt, "/vdevice/vty@71000000", "reg", 4)), 0x71000000);
    assert_true(fdt_path_offset(fdt, "/pci@800000020000000") > 0);
    assert_true(fdt_path_offset(fdt, "/event-sources") > 0);
    assert_true(has(fdt, "/rtas", "ibm,hypertas-functions"));
    free(fdt);
}

static void test_cpu(void **state)
{
    static const uint32_t sizes[] = {12, 0, 1, 12, 0, 16, 0x110, 1, 16, 1};
    struct machine *m = *state;
    void *fdt = build(m, false);
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "cpu-version", 4)), 0x004d0200);
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "timebase-frequency", 4)), 512000000);
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "clock-frequency", 4)), 1000000000);
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "ibm,slb-size", 4)), 32);
    /* 128 MiB / 128 = 1 MiB = 2^20 */
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "ibm,pft-size", 8) + 4), 20);
    const uint8_t *cells = get(fdt, CPU_NODE, "ibm,segment-page-sizes", sizeof sizes);
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        assert_int_equal(load_be32(cells + 4 * i), sizes[i]);
    const uint8_t *features = get(fdt, CPU_NODE, "ibm,pa-features", 26);
    assert_int_equal(features[0], 24);
    assert_int_equal(features[2 + 22], 0); /* no transactional memory */
    free(fdt);
}

static void test_chosen(void **state)
{
    struct machine *m = *state;
    void *fdt = build(m, false);
    uint64_t start, size;
    assert_string_equal((const char *)get(fdt, "/chosen", "bootargs", 13), "console=hvc0");
    const uint8_t *kernel = get(fdt, "/chosen", "qemu,boot-kernel", 16);
    assert_int_equal(load_be64(kernel), 0x400000);
    assert_int_equal(load_be64(kernel + 8), MACHINE_MEMORY_SIZE);
    assert_false(has(fdt, "/chosen", "qemu,boot-kernel-le"));
    assert_int_equal(load_be32(get(fdt, "/chosen", "linux,initrd-start", 4)), 0x430000);
    assert_int_equal(load_be32(get(fdt, "/chosen", "linux,initrd-end", 4)), 0x430000 + 100);
    assert_memory_equal(get(fdt, "/chosen", "ibm,architecture-vec-5", 2), "\0\0", 2);
    assert_int_equal(fdt_num_mem_rsv(fdt), 2);
    assert_int_equal(fdt_get_mem_rsv(fdt, 1, &start, &size), 0);
    assert_int_equal(start, 0x430000);
    assert_int_equal(size, 100);
    free(fdt);
}

static void test_after_cas(void **state)
{
    struct machine *m = *state;
    m->p->cas_done = true;
    m->p->ov5_form1 = 0x80;
    m->p->compat_pvr = 0x0f000003;
    void *fdt = build(m, true);
    assert_false(has(fdt, "/chosen", "bootargs"));
    assert_memory_equal(get(fdt, "/chosen", "ibm,architecture-vec-5", 6), "\4\0\0\0\0\x80", 6);
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "cpu-version", 4)), 0x0f000003);
    get(fdt, CPU_NODE, "ibm,pa-features", 8);
    assert_int_equal(fdt_num_mem_rsv(fdt), 0);
    free(fdt);
}

static void test_same_every_time(void **state)
{
    struct machine *m = *state;
    void *a = build(m, false), *b = build(m, false);
    assert_int_equal(fdt_totalsize(a), fdt_totalsize(b));
    assert_memory_equal(a, b, fdt_totalsize(a));
    const uint64_t hash = pseries_state_hash(m->p);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    assert_true(pseries_state_hash(m->p) == hash);
    m->p->vcpus[0].prod = true;
    assert_true(pseries_state_hash(m->p) != hash);
    free(a);
    free(b);
}

/* What only another configuration shows: machines of their own. */

static void test_large_pages(void **state)
{
    struct machine *m = machine_prepare();
    (void)state;
    m->config.max_page_shift = 24;
    m->config.uuid = "12345678-0000-0000-0000-000000000000";
    m->config.name = "guest";
    assert_int_equal(machine_create(m), STATUS_OK);
    void *fdt = build(m, false);
    const uint8_t *cells = get(fdt, CPU_NODE, "ibm,segment-page-sizes", 21 * 4);
    assert_int_equal(load_be32(cells + 8), 3);
    assert_string_equal((const char *)get(fdt, "/", "ibm,partition-name", 6), "guest");
    assert_string_equal((const char *)get(fdt, "/", "vm,uuid", 37), m->config.uuid);
    free(fdt);
    machine_destroy(m);
}

/* What -M cap-... leave out; /memory@0 is a power of two. */
static void test_properties(void **state)
{
    struct machine *m = machine_prepare();
    int length;
    (void)state;
    m->config.max_page_shift = 12;
    m->config.cap_htm = true;
    m->config.cap_vsx = m->config.cap_dfp = m->config.hotplug_events = false;
    m->config.host_model = "model";
    m->config.host_serial = "serial";
    m->config.kernel_address = 0x800000;
    m->config.ram_size = MACHINE_RAM + MACHINE_RAM / 2;
    assert_int_equal(machine_create(m), STATUS_OK);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    void *fdt = build(m, false);
    const int cpu = fdt_path_offset(fdt, CPU_NODE);
    assert_int_equal(load_be32(get(fdt, CPU_NODE, "ibm,vmx", 4)), 1);
    assert_null(fdt_getprop(fdt, cpu, "ibm,dfp", &length));
    const uint8_t *const features = get(fdt, CPU_NODE, "ibm,pa-features", 26);
    assert_int_equal(features[3], 0x1f);
    assert_int_equal(features[24], 0x80);
    get(fdt, CPU_NODE, "ibm,segment-page-sizes", 5 * 4);
    assert_string_equal((const char *)get(fdt, "/", "host-model", 6), "model");
    assert_string_equal((const char *)get(fdt, "/", "host-serial", 7), "serial");
    const uint8_t *const kernel = get(fdt, "/chosen", "qemu,boot-kernel", 16);
    assert_int_equal(load_be32(kernel + 4), 0x800000);
    assert_memory_equal(m->p->bus.ram + 0x400000, "\0\0\0\0", 4);
    assert_int_equal(load_be32(get(fdt, "/memory@0", "reg", 16) + 12), MACHINE_RAM);
    assert_true(fdt_path_offset(fdt, "/event-sources/hot-plug-events") < 0);
    free(fdt);
    machine_destroy(m);
}

static void test_firmware_boot(void **state)
{
    static uint8_t rom[0x200];
    struct machine *m = machine_prepare();
    char path[] = "/tmp/hornpipe-rom-XXXXXX", dump[] = "/tmp/hornpipe-dtb-XXXXXX";
    uint8_t head[4];
    (void)state;
    store_be32(rom + 0x100, 0x48000000);
    machine_temp_file(path, rom, sizeof rom);
    machine_temp_file(dump, "", 0);
    m->config.vof = false;
    m->config.bios = path;
    m->config.dumpdtb = dump;
    assert_int_equal(machine_create(m), STATUS_OK);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    assert_int_equal(m->cpu->nia, 0x100);
    assert_int_equal(m->cpu->msr, MSR_FP | MSR_ME);
    assert_int_equal(m->cpu->gpr[3], MACHINE_RAM - 0x200000);
    assert_int_equal(load_be32(m->p->bus.ram + 0x100), 0x48000000);
    assert_int_equal(load_be32(m->p->bus.ram + m->cpu->gpr[3]), FDT_MAGIC);
    FILE *f = fopen(dump, "rb");
    assert_non_null(f);
    assert_int_equal(fread(head, 1, 4, f), 4);
    fclose(f);
    assert_int_equal(load_be32(head), FDT_MAGIC);
    assert_int_equal(unlink(dump), 0);
    const struct pseries_image *images;
    assert_int_equal(pseries_images(m->p, &images), 3);
    assert_string_equal(images[0].option, "-bios");
    assert_int_equal(images[0].size, sizeof rom);
    unlink(path);
    machine_destroy(m);
}

static void test_firmware_search(void **state)
{
    static uint8_t rom[0x200];
    struct machine *m = machine_prepare();
    char dir[] = "/tmp/hornpipe-dir-XXXXXX", path[64];
    const struct pseries_image *images;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/slof.bin", dir);
    machine_write_file(path, rom, sizeof rom);
    setenv("HORNPIPE_FIRMWARE_DIR", dir, 1);
    m->config.vof = false;
    assert_int_equal(machine_create(m), STATUS_OK);
    unsetenv("HORNPIPE_FIRMWARE_DIR");
    assert_int_equal(pseries_images(m->p, &images), 3);
    assert_string_equal(images[0].path, path);
    unlink(path);
    rmdir(dir);
    machine_destroy(m);
}

static void test_changed_image(void **state)
{
    struct machine *m = *state;
    machine_write_file(m->initrd, "another", 7);
    assert_int_equal(pseries_reset(m->p), STATUS_CHANGED);
    assert_non_null(strstr(m->log, "-initrd "));
    assert_non_null(strstr(m->log, m->initrd));
}

static void expect_create(struct machine *m, enum sim_status status, const char *text)
{
    m->messages = 0;
    assert_int_equal(machine_create(m), status);
    assert_int_equal(m->messages, 1);
    if (!strstr(m->log, text))
        fail_msg("\"%s\" lacks \"%s\"", m->log, text);
}

static void test_bad_configurations(void **state)
{
    struct machine *m = machine_prepare();
    (void)state;
    m->config.kernel = "/nonexistent/vmlinux";
    expect_create(m, STATUS_NO_FILE, "-kernel /nonexistent/vmlinux");
    m->config.kernel = "/tmp";
    expect_create(m, STATUS_IO, "-kernel /tmp: is a directory");
    m->config.kernel = "/dev/zero";
    expect_create(m, STATUS_IO, "-kernel /dev/zero: is not a regular file");
    m->config.kernel = NULL;
    expect_create(m, STATUS_USAGE, "x-vof=on needs a -kernel");
    m->config.vof = false;
    m->config.bios = m->initrd; /* 100 bytes */
    m->config.initrd = NULL;
    expect_create(m, STATUS_FORMAT, "-bios ");
    m->config.initrd = m->initrd;
    expect_create(m, STATUS_USAGE, "-initrd needs a -kernel");
    m->config.vof = true;
    m->config.kernel = m->kernel;
    expect_create(m, STATUS_USAGE, "-bios");
    m->config.bios = NULL;
    m->config.ram_size = 64 << 20;
    expect_create(m, STATUS_RANGE, "-m ");
    m->config.ram_size = MACHINE_RAM;
    assert_int_equal(truncate(m->initrd, 96 << 20), 0);
    expect_create(m, STATUS_NO_FIT, "-initrd ");
    assert_int_equal(truncate(m->initrd, 0), 0);
    expect_create(m, STATUS_FORMAT, "empty");
    machine_destroy(m);
}

#define MACHINE_TEST(test) cmocka_unit_test_setup_teardown(test, machine_setup, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_nodes),
        MACHINE_TEST(test_cpu),
        MACHINE_TEST(test_chosen),
        MACHINE_TEST(test_after_cas),
        MACHINE_TEST(test_same_every_time),
        MACHINE_TEST(test_changed_image),
        cmocka_unit_test(test_large_pages),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_firmware_boot),
        cmocka_unit_test(test_firmware_search),
        cmocka_unit_test(test_bad_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
