/* virtio over PCI: capabilities, negotiation, both interfaces, interrupts. */
#include "virtio_fixture.h"

static int teardown(void **state)
{
    struct fixture *f = *state;
    pci_fini(f->p);
    return fixture_teardown(state);
}

static uint32_t config(const struct kind *k, unsigned reg)
{
    return load_le32(k->virtio.pci.config + reg);
}

/* As QEMU 7.2 lays out a transitional device's configuration space. */
static void test_capabilities(void **state)
{
    static const uint32_t expected[] = {0x01100009, 0x00000004, 0x00000000, 0x00001000, 0x03104009,
                                        0x00000004, 0x00001000, 0x00001000, 0x04105009, 0x00000004,
                                        0x00002000, 0x00001000, 0x02146009, 0x00000004, 0x00003000,
                                        0x00001000, 0x00000004, 0x05147009, 0,          0,
                                        0,          0,          0x00028411, 0x00000001, 0x00000801};
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    assert_int_equal(config(k, PCI_VENDOR), 0x10011af4);
    assert_int_equal(config(k, PCI_SUBSYSTEM_VENDOR), 0x00021af4);
    assert_int_equal(config(k, PCI_CAPABILITIES), 0x98);
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++)
        assert_int_equal(config(k, 0x40 + 4 * i), expected[i]);
    assert_int_equal(k->virtio.pci.bars[0].size, 64);
}

static void test_forms(void **state)
{
    static const struct pseries_property modern[] = {{"disable-legacy", "on"}, {"addr", "7"}},
                                         legacy[] = {{"disable-modern", "on"}, {"vectors", "0"}};
    struct fixture *f = *state;
    const struct kind *m = kind_add(f, modern, 2), *l = kind_add(f, legacy, 2);
    assert_int_equal(config(m, PCI_VENDOR), 0x10421af4);
    assert_int_equal(config(m, PCI_SUBSYSTEM_VENDOR), 0x11001af4);
    assert_int_equal(m->virtio.pci.config[PCI_REVISION], 1);
    assert_int_equal(m->virtio.pci.slot, 7);
    assert_int_equal(m->virtio.pci.bars[0].kind, PCI_BAR_NONE);
    assert_int_equal(config(l, PCI_CAPABILITIES), 0);
    assert_int_equal(l->virtio.pci.bars[4].kind, PCI_BAR_NONE);
    assert_int_equal(l->virtio.pci.bars[0].size, 32);
    assert_false(l->virtio.host_features >> VIRTIO_F_VERSION_1 & 1);
}

static enum sim_status refused(struct fixture *f, const struct pseries_property *properties,
                               size_t count)
{
    const struct pseries_device_option option = {.shown = "-device kind",
                                                 .driver = "kind",
                                                 .properties = properties,
                                                 .property_count = count};
    const struct device_args args = {.p = f->p, .model = &kind_model, .option = &option};
    struct kind k = {.virtio = {.ops = &kind_ops, .queue_count = 1, .queue_size = 8}};
    const enum sim_status status = virtio_add(&k.virtio, &args, 2);
    free(k.virtio.pending);
    return status;
}

static void test_refused(void **state)
{
    static const struct pseries_property neither[] = {{"disable-legacy", "on"},
                                                      {"disable-modern", "on"}},
                                         iommu[] = {{"iommu_platform", "on"}},
                                         slot[] = {{"addr", "20"}}, function[] = {{"addr", "3.1"}},
                                         vectors[] = {{"vectors", "129"}};
    struct fixture *f = *state;
    assert_int_equal(refused(f, neither, 2), STATUS_USAGE);
    assert_int_equal(refused(f, iommu, 1), STATUS_USAGE);
    assert_int_equal(refused(f, slot, 1), STATUS_RANGE);
    assert_int_equal(refused(f, function, 1), STATUS_RANGE);
    assert_int_equal(refused(f, vectors, 1), STATUS_RANGE);
    assert_int_equal(f->p->pci.count, 0);
}

static void test_negotiation(void **state)
{
    static const struct pseries_property iommu[] = {{"disable-legacy", "on"},
                                                    {"iommu_platform", "on"}};
    struct fixture *f = *state;
    struct kind *k = kind_add(f, iommu, 2);
    assert_int_equal(modern_read(k, 4, 4), 0x30000000);
    modern_write(k, 0, 4, 1);
    assert_int_equal(modern_read(k, 4, 4), 0x103);
    modern_write(k, 0, 4, 2);
    assert_int_equal(modern_read(k, 4, 4), 0);
    /* Without VERSION_1, or without the platform's DMA, the device refuses. */
    static const uint32_t bad[] = {0, 1, 2};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        modern_write(k, 8, 4, 1);
        modern_write(k, 12, 4, bad[i]);
        modern_write(k, 20, 1, 11);
        assert_int_equal(modern_read(k, 20, 1), 3);
    }
    modern_write(k, 12, 4, UINT32_MAX);
    assert_int_equal(modern_read(k, 12, 4), 0x103);
    modern_write(k, 20, 1, 11);
    assert_int_equal(modern_read(k, 20, 1), 11);
    modern_write(k, 12, 4, 1); /* too late */
    assert_int_equal(modern_read(k, 12, 4), 0x103);
    const unsigned resets = k->resets;
    modern_write(k, 20, 1, 0);
    assert_int_equal(modern_read(k, 12, 4), 0);
    assert_int_equal(k->resets, resets + 1);
}

static void test_queues(void **state)
{
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    assert_int_equal(modern_read(k, 18, 2), 2);
    assert_int_equal(modern_read(k, 24, 2), VIRTIO_ENTRIES);
    static const uint32_t bad[] = {0, 3, 2 * VIRTIO_ENTRIES, 0x8000};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        modern_write(k, 24, 2, bad[i]);
        assert_int_equal(modern_read(k, 24, 2), VIRTIO_ENTRIES);
    }
    modern_write(k, 24, 2, 4);
    assert_int_equal(modern_read(k, 24, 2), 4);
    modern_write(k, 26, 2, 2);
    assert_int_equal(modern_read(k, 26, 2), 2);
    modern_write(k, 26, 2, 3);
    assert_int_equal(modern_read(k, 26, 2), VIRTIO_NO_VECTOR);
    modern_write(k, 22, 2, 1);
    assert_int_equal(modern_read(k, 30, 2), 1);
    assert_int_equal(modern_read(k, 24, 2), VIRTIO_ENTRIES);
    modern_write(k, 22, 2, 2); /* there is none */
    assert_int_equal(modern_read(k, 24, 2), 0);
    modern_write(k, 24, 2, 4);
    modern_write(k, 28, 2, 1);
    assert_int_equal(modern_read(k, 28, 2), 0);
    /* Not before the driver is ready; not a queue that there is not. */
    modern_start(k, 0);
    modern_write(k, 20, 1, 11);
    kick(k);
    modern_write(k, 0x3000 + 4 * 2, 2, 2);
    modern_write(k, 0x3ffc, 2, 0);
    assert_int_equal(k->notified, 0);
    modern_write(k, 20, 1, 15);
    kick(k);
    assert_int_equal(k->notified, 1);
}

static void test_queue_reset(void **state)
{
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    modern_start(k, UINT64_C(1) << VIRTIO_F_RING_RESET);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, 2, 0);
    offer(f, 0);
    kick(k);
    modern_write(k, 58, 2, 1);
    assert_int_equal(modern_read(k, 28, 2), 0);
    assert_int_equal(modern_read(k, 58, 2), 0);
    pass(f, 2 * VIRTIO_DELAY);
    assert_int_equal(load_le16(ram(f, VIRTIO_USED + 2)), 0);
    assert_int_equal(k->virtio.pending_count, 0);
}

static void test_interrupt_line(void **state)
{
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    modern_start(k, 0);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, 2, 0);
    offer(f, 0);
    kick(k);
    pass(f, VIRTIO_DELAY);
    assert_true(k->virtio.pci.line);
    assert_int_equal(modern_read(k, 0x1000, 1), 1);
    assert_false(k->virtio.pci.line);
    assert_int_equal(modern_read(k, 0x1000, 1), 0);
}

static void legacy_write(struct kind *k, uint64_t offset, unsigned size, uint32_t value)
{
    virtio_bar_write(&k->virtio.pci, LEGACY, offset, size, value);
}

static uint32_t legacy_read(struct kind *k, uint64_t offset, unsigned size)
{
    return virtio_bar_read(&k->virtio.pci, LEGACY, offset, size);
}

/* A legacy driver's rings are in the byte order that its vCPU had at the reset. */
static void test_legacy_order(void **state)
{
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    for (unsigned le = 0; le < 2; le++) {
        memset(ram(f, VIRTIO_RING), 0, 0x5000);
        cpu_set_msr(f->cpu, le ? f->cpu->msr | MSR_LE : f->cpu->msr & ~MSR_LE);
        legacy_write(k, 18, 1, 0);
        legacy_write(k, 18, 1, 3);
        legacy_write(k, 14, 2, 0);
        assert_int_equal(legacy_read(k, 12, 2), VIRTIO_ENTRIES);
        legacy_write(k, 8, 4, VIRTIO_RING >> 12);
        assert_int_equal(legacy_read(k, 8, 4), VIRTIO_RING >> 12);
        legacy_write(k, 18, 1, 7);
        uint8_t *const d = ram(f, VIRTIO_RING), *const a = d + 16 * VIRTIO_ENTRIES;
        virtio_store(&k->virtio, d, 8, VIRTIO_DATA);
        virtio_store(&k->virtio, d + 8, 4, 4);
        virtio_store(&k->virtio, d + 12, 2, 2);
        virtio_store(&k->virtio, a + 2, 2, 1);
        assert_int_equal(a[3], !le);
        legacy_write(k, 16, 2, 0);
        pass(f, VIRTIO_DELAY);
        assert_int_equal(k->taken, le + 1);
        const uint8_t *const used = ram(f, VIRTIO_RING + 0x1000);
        assert_int_equal(used[le ? 2 : 3], 1);
        assert_int_equal(used[le ? 8 : 11], 4);
        assert_int_equal(legacy_read(k, 19, 1), 1);
        legacy_write(k, 8, 4, 0);
        assert_int_equal(legacy_read(k, 8, 4), 0);
    }
}

static void test_legacy_registers(void **state)
{
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    k->config[0] = 0x5a;
    assert_int_equal(legacy_read(k, 0, 4), 0x39000000);
    legacy_write(k, 4, 4, UINT32_MAX);
    assert_int_equal(legacy_read(k, 4, 4), 0x39000000);
    assert_int_equal(legacy_read(k, 20, 1), 0x5a);
    legacy_write(k, 21, 1, 0x17);
    assert_int_equal(k->config[1], 0x17);
    pci_config_write(&k->virtio.pci, 0x9a, 2, 0x8000);
    assert_int_equal(legacy_read(k, 24, 2), 0x175a);
    assert_int_equal(legacy_read(k, 20, 2), VIRTIO_NO_VECTOR);
    legacy_write(k, 20, 2, 1);
    assert_int_equal(legacy_read(k, 20, 2), 1);
    legacy_write(k, 22, 2, 9);
    assert_int_equal(legacy_read(k, 22, 2), VIRTIO_NO_VECTOR);
    assert_int_equal(legacy_read(k, 24 + 12, 4), 0);
    legacy_write(k, 24 + 12, 4, UINT32_MAX);
}

/* BARs through configuration space. */
static void test_access_capability(void **state)
{
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    struct pci_device *const d = &k->virtio.pci;
    pci_config_write(d, 0x88, 1, MODERN);
    pci_config_write(d, 0x8c, 4, 18);
    pci_config_write(d, 0x90, 4, 2);
    assert_int_equal(pci_config_read(d, 0x94, 2), 2);
    pci_config_write(d, 0x8c, 4, 20);
    pci_config_write(d, 0x90, 4, 1);
    pci_config_write(d, 0x94, 1, 3);
    assert_int_equal(modern_read(k, 20, 1), 3);
    static const struct {
        uint32_t bar, offset, length;
    } bad[] = {{0, 20, 1}, {1, 0, 4},  {9, 20, 1},     {4, 20, 8},
               {4, 20, 0}, {4, 21, 2}, {4, 0x4000, 4}, {4, UINT32_MAX, 1}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        pci_config_write(d, 0x88, 1, bad[i].bar);
        pci_config_write(d, 0x8c, 4, bad[i].offset);
        pci_config_write(d, 0x90, 4, bad[i].length);
        pci_config_write(d, 0x94, 4, 0);
        pci_config_read(d, 0x94, 4);
        assert_int_equal(modern_read(k, 20, 1), 3);
    }
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_capabilities),      TEST(test_forms),          TEST(test_refused),
        TEST(test_negotiation),       TEST(test_queues),         TEST(test_queue_reset),
        TEST(test_legacy_order),      TEST(test_interrupt_line), TEST(test_legacy_registers),
        TEST(test_access_capability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
