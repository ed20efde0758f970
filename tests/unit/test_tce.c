/* machine-pseries/tce.c, vio.c, phb.c: DMA windows, CRQ calls and the empty PCI bus. */
#include "device_fixture.h"

#include <libfdt.h>

enum { LIST = 0x30000, PHB_ENTRIES = 0x40000, VIO_ENTRIES = 0x10000 };

static uint64_t last_crq[2];

static int64_t record_crq(struct pseries *p, struct vio_device *d, uint64_t high, uint64_t low)
{
    (void)p, (void)d;
    last_crq[0] = high;
    last_crq[1] = low;
    return H_SUCCESS;
}

static const struct vio_device_ops dma_ops = {
    .model = "test-dma",
    .node_name = "test",
    .has_signal = true,
    .dma_window = 0x10000000,
    .send_crq = record_crq,
};

typedef int64_t hcall_fn(struct pseries *p, struct cpu *cpu, uint64_t *args);

static int64_t call(struct fixture *f, hcall_fn *fn, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t args[9] = {a, b, c, d};
    return fn(f->p, f->cpu, args);
}

static uint64_t get_tce(struct fixture *f, uint64_t liobn, uint64_t ioba)
{
    uint64_t args[9] = {liobn, ioba};
    assert_int_equal(h_get_tce(f->p, f->cpu, args), H_SUCCESS);
    return args[0];
}

static void test_put_get(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get_tce(f, PHB_LIOBN, 0), 0);
    assert_int_equal(call(f, h_put_tce, PHB_LIOBN, 0x1234, 0x5003, 0), H_SUCCESS);
    assert_true(get_tce(f, PHB_LIOBN, 0x1000) == 0x5003); /* rounded down to the page */
    assert_int_equal(get_tce(f, PHB_LIOBN, 0), 0);
    assert_int_equal(get_tce(f, PHB_LIOBN, 0x2000), 0);
    assert_int_equal(call(f, h_put_tce, PHB_LIOBN, 0x3fffffff, 0x6001, 0), H_SUCCESS);
    assert_true(get_tce(f, PHB_LIOBN, 0x3ffff000) == 0x6001);

    static const uint64_t bad[][2] = {
        {PHB_LIOBN, 0x40000000},
        {PHB_LIOBN, UINT64_MAX},
        {PHB_LIOBN, UINT64_C(1) << 63},
        {PHB_LIOBN + 1, 0},
        {0, 0},
        {UINT64_C(0x180000000), 0},
        {VIO_FIRST_REG, 0},
        {VIO_FIRST_REG + 1, 0},
        {VIO_FIRST_REG + 99, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(call(f, h_put_tce, bad[i][0], bad[i][1], 1, 0), H_PARAMETER);
        assert_int_equal(call(f, h_get_tce, bad[i][0], bad[i][1], 0, 0), H_PARAMETER);
        assert_int_equal(call(f, h_stuff_tce, bad[i][0], bad[i][1], 0, 1), H_PARAMETER);
        assert_int_equal(call(f, h_put_tce_indirect, bad[i][0], bad[i][1], LIST, 1), H_PARAMETER);
    }
}

static void test_vio_window(void **state)
{
    struct fixture *f = *state;
    struct vio_device *d = vio_add(f->p, &dma_ops, NULL);
    assert_non_null(d);
    assert_int_equal(d->reg, VIO_FIRST_REG + 2);
    assert_int_equal(d->irq, 0x1102);
    assert_int_equal(call(f, h_put_tce, d->reg, 0xffff000, 7, 0), H_SUCCESS);
    assert_int_equal(d->tces[VIO_ENTRIES - 1], 7);
    assert_int_equal(call(f, h_put_tce, d->reg, 0x10000000, 7, 0), H_PARAMETER);
    struct dma_window window;
    assert_true(tce_window(f->p, d->reg, &window));
    assert_ptr_equal(window.tces, d->tces);
    assert_int_equal(window.entries, VIO_ENTRIES);
    assert_int_equal(window.page_shift, 12);
    assert_true(window.bus == 0);
    assert_false(tce_window(f->p, d->reg + 1, &window));
}

static void test_stuff(void **state)
{
    struct fixture *f = *state;
    uint64_t *tces = f->p->phb.windows[0].tces;
    assert_int_equal(call(f, h_stuff_tce, PHB_LIOBN, 0x10000, 9, 512), H_SUCCESS);
    assert_int_equal(tces[15], 0);
    assert_int_equal(tces[16], 9);
    assert_int_equal(tces[16 + 511], 9);
    assert_int_equal(tces[16 + 512], 0);

    /* A range that leaves the window changes nothing. */
    const uint64_t last = (uint64_t)(PHB_ENTRIES - 1) << 12;
    assert_int_equal(call(f, h_stuff_tce, PHB_LIOBN, last, 9, 2), H_PARAMETER);
    assert_int_equal(call(f, h_stuff_tce, PHB_LIOBN, last, 9, UINT64_MAX), H_PARAMETER);
    assert_int_equal(call(f, h_stuff_tce, PHB_LIOBN, 0, 9, PHB_ENTRIES + 1), H_PARAMETER);
    assert_int_equal(tces[PHB_ENTRIES - 1], 0);
    assert_int_equal(call(f, h_stuff_tce, PHB_LIOBN, last, 9, 1), H_SUCCESS);
    assert_int_equal(tces[PHB_ENTRIES - 1], 9);
    assert_int_equal(call(f, h_stuff_tce, PHB_LIOBN, 0, 0, PHB_ENTRIES), H_SUCCESS);
    for (unsigned i = 0; i < PHB_ENTRIES; i++)
        assert_int_equal(tces[i], 0);
}

static void test_indirect(void **state)
{
    struct fixture *f = *state;
    uint64_t *tces = f->p->phb.windows[0].tces;
    for (uint64_t i = 0; i < 512; i++)
        assert_true(bus_write_be64(&f->p->bus, LIST + 8 * i, i << 12 | 3));
    assert_int_equal(call(f, h_put_tce_indirect, PHB_LIOBN, 0x5000, LIST, 512), H_SUCCESS);
    assert_int_equal(tces[4], 0);
    assert_int_equal(tces[5], 3);
    assert_int_equal(tces[5 + 511], 511 << 12 | 3);
    assert_int_equal(tces[5 + 512], 0);

    static const struct {
        uint64_t ioba, list, count;
    } bad[] = {
        {0, LIST, 513},
        {0, LIST, UINT64_MAX},
        {0, LIST + 8, 1},
        {0, FIXTURE_RAM, 1},
        {0, UINT64_C(0xfffffffffffff000), 512},
        {0, PHB_MEM32_BASE, 1},
        {(uint64_t)(PHB_ENTRIES - 1) << 12, LIST, 2},
    };
    memset(tces, 0, PHB_ENTRIES * sizeof *tces);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(
            call(f, h_put_tce_indirect, PHB_LIOBN, bad[i].ioba, bad[i].list, bad[i].count),
            H_PARAMETER);
    for (unsigned i = 0; i < PHB_ENTRIES; i++)
        assert_int_equal(tces[i], 0);
    bus_write_be64(&f->p->bus, FIXTURE_RAM - 8, 0x77);
    assert_int_equal(call(f, h_put_tce_indirect, PHB_LIOBN, 0, FIXTURE_RAM - 4096, 512), H_SUCCESS);
    assert_int_equal(tces[511], 0x77);
}

static void test_reset_and_quiesce(void **state)
{
    struct fixture *f = *state;
    struct vio_device *d = vio_add(f->p, &dma_ops, NULL);
    const uint32_t bypass[] = {VIO_FIRST_REG + 2, 1}, on_vty[] = {VIO_FIRST_REG, 1};
    f->p->phb.windows[0].tces[3] = d->tces[3] = 5;
    assert_int_equal(call(f, h_vio_signal, d->reg, 1, 0, 0), H_SUCCESS);
    assert_int_equal(fixture_rtas(f, 0x10, 2, bypass, 1, NULL), RTAS_OK);
    assert_int_equal(fixture_rtas(f, 0x10, 2, on_vty, 1, NULL), RTAS_PARAMETER);
    assert_int_equal(fixture_rtas_at(f, FIXTURE_BLOCK, 0x2010, 2, 0, bypass), H_SUCCESS);
    assert_true(d->bypass);

    assert_int_equal(fixture_rtas_at(f, FIXTURE_BLOCK, 0x2011, 0, 0, NULL), H_SUCCESS);
    assert_int_equal(d->tces[3], 0);
    assert_true(d->bypass && d->signal);
    assert_int_equal(f->p->phb.windows[0].tces[3], 5);

    vio_reset(f->p);
    phb_reset(f->p);
    assert_false(d->bypass || d->signal);
    assert_int_equal(f->p->phb.windows[0].tces[3], 0);
    assert_int_equal(d->tces[3], 0);
}

static void test_crq(void **state)
{
    struct fixture *f = *state;
    struct vio_device *d = vio_add(f->p, &dma_ops, NULL);
    const uint64_t unit = d->reg, vty = VIO_FIRST_REG, none = VIO_FIRST_REG + 3;
    assert_int_equal(call(f, h_send_crq, unit, 1, 2, 0), H_CLOSED);
    assert_int_equal(call(f, h_reg_crq, none, 0, 0x1000, 0), H_PARAMETER);
    assert_int_equal(call(f, h_reg_crq, unit, 0x800, 0x1000, 0), H_PARAMETER);
    assert_int_equal(call(f, h_reg_crq, unit, 0, 0xfff, 0), H_PARAMETER);
    assert_int_equal(call(f, h_reg_crq, unit, 0, 0x10000001, 0), H_PARAMETER);
    assert_int_equal(call(f, h_reg_crq, vty, 0, 0x1000, 0), H_NOT_FOUND);
    assert_int_equal(call(f, h_reg_crq, unit, 0x2000, 0x1000, 0), H_SUCCESS);
    assert_int_equal(call(f, h_reg_crq, unit, 0x2000, 0x1000, 0), H_RESOURCE);
    assert_int_equal(call(f, h_send_crq, unit, 11, 22, 0), H_SUCCESS);
    assert_true(last_crq[0] == 11 && last_crq[1] == 22);
    assert_int_equal(call(f, h_enable_crq, unit, 0, 0, 0), H_SUCCESS);
    assert_int_equal(call(f, h_free_crq, unit, 0, 0, 0), H_SUCCESS);
    assert_int_equal(call(f, h_free_crq, unit, 0, 0, 0), H_SUCCESS);
    assert_int_equal(call(f, h_send_crq, unit, 1, 2, 0), H_CLOSED);
    assert_int_equal(call(f, h_send_crq, vty, 1, 2, 0), H_HARDWARE);
    assert_int_equal(call(f, h_send_crq, none, 1, 2, 0), H_PARAMETER);
    assert_int_equal(call(f, h_free_crq, none, 0, 0, 0), H_PARAMETER);
    assert_int_equal(call(f, h_enable_crq, none, 0, 0, 0), H_PARAMETER);

    assert_int_equal(call(f, h_vio_signal, vty, 0, 0, 0), H_SUCCESS);
    assert_int_equal(call(f, h_vio_signal, vty, 1, 0, 0), H_PARAMETER);
    assert_int_equal(call(f, h_vio_signal, unit, 2, 0, 0), H_PARAMETER);
    assert_int_equal(call(f, h_vio_signal, none, 0, 0, 0), H_PARAMETER);
}

static void test_bus_full(void **state)
{
    struct fixture *f = *state;
    static const struct vio_device_ops plain = {.model = "plain", .node_name = "plain"};
    while (f->p->vio.count < VIO_MAX_DEVICES)
        assert_non_null(vio_add(f->p, &plain, NULL));
    assert_null(vio_add(f->p, &plain, NULL));
    assert_non_null(vio_find(f->p, VIO_FIRST_REG + VIO_MAX_DEVICES - 1));
    assert_null(vio_find(f->p, VIO_FIRST_REG + VIO_MAX_DEVICES));
    assert_null(vio_find(f->p, UINT64_C(0x100000000) + VIO_FIRST_REG));
}

static void test_mmio(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint64_t real;
        bool inside;
    } at[] = {
        {PHB_IO_BASE - 1, false},
        {PHB_IO_BASE, true},
        {PHB_IO_BASE + PHB_IO_SIZE - 1, true},
        {PHB_IO_BASE + PHB_IO_SIZE, false},
        {PHB_MEM32_BASE, true},
        {PHB_MEM32_BASE + PHB_MEM32_SIZE - 1, true},
        {PHB_MEM32_BASE + PHB_MEM32_SIZE, false},
        {PHB_MEM64_BASE - 1, false},
        {PHB_MEM64_BASE, true},
        {PHB_MEM64_BASE + PHB_MEM64_SIZE, false},
        {FIXTURE_RAM, false},
        {UINT64_MAX, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
        uint64_t value = 0;
        assert_int_equal(phb_mmio_read(f->p, at[i].real, 1, &value), at[i].inside);
        assert_int_equal(value, at[i].inside ? 0xff : 0);
        assert_int_equal(phb_mmio_write(f->p, at[i].real, 1, 5), at[i].inside);
    }
    uint64_t value;
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE, 8, &value));
    assert_true(value == UINT64_MAX);
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE, 2, &value));
    assert_int_equal(value, 0xffff);
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE, 4, &value));
    assert_int_equal(value, 0xffffffff);
    assert_false(phb_mmio_read(f->p, PHB_IO_BASE + PHB_IO_SIZE - 4, 8, &value));
}

static void test_tree(void **state)
{
    struct fixture *f = *state;
    static uint8_t fdt[0x8000];
    int len;
    assert_non_null(vio_add(f->p, &dma_ops, NULL));
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(phb_fdt(f->p, fdt, 0), 0);
    assert_int_equal(vio_fdt(f->p, fdt, 0), 0);

    static const uint32_t ranges[] = {
        0x01000000, 0,      0,          0x2000, 0,          0,     0x10000,
        0x02000000, 0,      0x80000000, 0x2000, 0x80000000, 0,     0x80000000,
        0x03000000, 0x2100, 0,          0x2100, 0,          0x100, 0,
    };
    int node = fdt_path_offset(fdt, "/pci@800000020000000");
    const fdt32_t *cells = fdt_getprop(fdt, node, "ranges", &len);
    assert_int_equal(len, sizeof ranges);
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
        assert_int_equal(fdt32_to_cpu(cells[i]), ranges[i]);
    cells = fdt_getprop(fdt, node, "interrupt-map", &len);
    assert_int_equal(len, 32 * 4 * 7 * 4);
    static const uint32_t slot3_pin2[] = {0x1800, 0, 0, 2, 0x1111, 0x1200, 1};
    for (size_t i = 0; i < ARRAY_SIZE(slot3_pin2); i++)
        assert_int_equal(fdt32_to_cpu(cells[(3 * 4 + 1) * 7 + i]), slot3_pin2[i]);
    assert_non_null(fdt_getprop(fdt, node, "ibm,ddw-applicable", &len));
    assert_non_null(fdt_getprop(fdt, node, "qemu,phb-enumerated", &len));

    node = fdt_path_offset(fdt, "/vdevice/test@71000002");
    cells = fdt_getprop(fdt, node, "ibm,my-dma-window", &len);
    static const uint32_t window[] = {0x71000002, 0, 0, 0, 0x10000000};
    assert_int_equal(len, sizeof window);
    for (size_t i = 0; i < ARRAY_SIZE(window); i++)
        assert_int_equal(fdt32_to_cpu(cells[i]), window[i]);
    node = fdt_path_offset(fdt, "/vdevice/vty@71000000");
    assert_null(fdt_getprop(fdt, node, "ibm,my-dma-window", &len));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_get),
        TEST(test_vio_window),
        TEST(test_stuff),
        TEST(test_indirect),
        TEST(test_reset_and_quiesce),
        TEST(test_crq),
        TEST(test_bus_full),
        TEST(test_mmio),
        TEST(test_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
