/* The PCI bus: configuration space, BARs, MSI-X, DMA and its windows. */
#include "device_fixture.h"

#include <libfdt.h>

#include "machine-pseries/pci.h"

enum { SLOT = 3, VECTORS = 4, CONFIG_READ = 0x16, CONFIG_WRITE = 0x17, QUERY_SOURCE = 0x18 };
enum { CHANGE_MSI = 0x19, DDW_QUERY = 0x26, DDW_CREATE = 0x27, DDW_REMOVE = 0x28 };

/* A device that notes the last access. */
struct probe {
    struct pci_device pci;
    unsigned bar, size, accesses;
    uint64_t offset;
    uint32_t value;
};

static uint32_t probe_read(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size)
{
    struct probe *t = d->priv;
    t->bar = bar, t->offset = offset, t->size = size, t->accesses++;
    return (uint32_t)(0x03020100 + 0x01010101 * (offset & 0xf));
}

static void probe_write(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size,
                        uint32_t value)
{
    struct probe *t = d->priv;
    t->bar = bar, t->offset = offset, t->size = size, t->value = value, t->accesses++;
}

static const struct pci_device_ops probe_ops = {
    .model = "probe", .bar_read = probe_read, .bar_write = probe_write};
static const struct pci_identity identity = {.vendor = 0x1af4,
                                             .device = 0x1001,
                                             .subsystem_vendor = 0x1af4,
                                             .subsystem = 2,
                                             .revision = 7,
                                             .class_code = 0x010000};

static struct probe *add_probe(struct fixture *f, int slot)
{
    struct probe *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->pci.ops = &probe_ops;
    t->pci.priv = t;
    assert_int_equal(pci_add(f->p, &t->pci, slot, "-device probe", &identity), STATUS_OK);
    pci_add_bar(&t->pci, 0, PCI_BAR_IO, 0x80);
    pci_add_msix(&t->pci, 1, VECTORS);
    pci_add_bar(&t->pci, 4, PCI_BAR_MEMORY64, 0x4000);
    pci_reset(f->p);
    return t;
}

static int32_t config_read(struct fixture *f, uint32_t addr, uint32_t size, uint32_t *value)
{
    const uint32_t args[] = {addr, PHB_BUID >> 32, (uint32_t)PHB_BUID, size};
    return fixture_rtas(f, CONFIG_READ, 4, args, 2, value);
}

static uint32_t config(struct fixture *f, unsigned reg, unsigned size)
{
    uint32_t value = 0;
    assert_int_equal(config_read(f, SLOT << 11 | reg, size, &value), RTAS_OK);
    return value;
}

static void set_config(struct fixture *f, unsigned reg, unsigned size, uint32_t value)
{
    const uint32_t args[] = {SLOT << 11 | reg, PHB_BUID >> 32, (uint32_t)PHB_BUID, size, value};
    assert_int_equal(fixture_rtas(f, CONFIG_WRITE, 5, args, 1, NULL), RTAS_OK);
}

static void test_config(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    assert_int_equal(config(f, PCI_VENDOR, 4), 0x10011af4);
    assert_int_equal(config(f, PCI_COMMAND, 4), 0x00100000);
    assert_int_equal(config(f, PCI_REVISION, 4), 0x01000007);
    assert_int_equal(config(f, PCI_CLASS + 2, 1), 0x01);
    assert_int_equal(config(f, PCI_SUBSYSTEM, 2), 2);
    assert_int_equal(config(f, PCI_CAPABILITIES, 1), 0x40);
    assert_int_equal(config(f, 0x40, 4), 0x00030011);
    assert_int_equal(config(f, 0x44, 4), 1);
    assert_int_equal(config(f, 0x48, 4), 0x801);
    /* What the guest may change, as QEMU 7.2 has it for its virtio devices. */
    for (unsigned reg = 0; reg < PCI_CONFIG_SIZE; reg += 4) {
        set_config(f, reg, 4, UINT32_MAX);
        const uint32_t ones = config(f, reg, 4);
        set_config(f, reg, 4, 0);
        const uint32_t mask = ones ^ config(f, reg, 4);
        const uint32_t expected = reg == PCI_COMMAND      ? 0x507
                                  : reg == PCI_CACHE_LINE ? 0xff
                                  : reg == PCI_BAR0       ? 0xffffff80
                                  : reg == PCI_BAR0 + 4   ? 0xfffff000
                                  : reg == PCI_BAR0 + 16  ? 0xffffc000
                                  : reg == PCI_BAR0 + 20  ? 0xffffffff
                                  : reg == 0x3c           ? 0xff
                                  : reg == 0x40           ? 0xc0000000
                                                          : 0;
        assert_int_equal(mask, expected);
    }
    set_config(f, PCI_INTERRUPT_LINE, 1, 0x5a);
    pci_reset(f->p);
    assert_int_equal(config(f, PCI_INTERRUPT_LINE, 2), 0x0100);
    free(t);
}

static void test_config_absent(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    static const struct {
        uint32_t addr, size, value;
    } bad[] = {
        {(SLOT + 1) << 11, 4, UINT32_MAX}, {SLOT << 11 | 1 << 8, 2, 0xffff},
        {SLOT << 11 | 1 << 16, 1, 0xff},   {SLOT << 11 | 2, 4, UINT32_MAX},
        {SLOT << 11 | 1, 2, 0xffff},       {SLOT << 11, 3, UINT32_MAX},
        {SLOT << 11, 0, UINT32_MAX},       {1u << 28 | SLOT << 11, 4, UINT32_MAX},
        {SLOT << 11, 8, UINT32_MAX},       {0xf00000fc | SLOT << 11, 4, UINT32_MAX},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        uint32_t value = 0;
        assert_int_equal(config_read(f, bad[i].addr, bad[i].size, &value), RTAS_HARDWARE);
        assert_int_equal(value, bad[i].value);
    }
    const uint32_t other[] = {SLOT << 11, PHB_BUID >> 32, (uint32_t)PHB_BUID + 1, 4};
    uint32_t value;
    assert_int_equal(fixture_rtas(f, CONFIG_READ, 4, other, 2, &value), RTAS_HARDWARE);
    free(t);
}

static void test_bars(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    uint64_t v;
    set_config(f, PCI_BAR0, 4, 0x1085); /* the low bits are not address */
    assert_int_equal(config(f, PCI_BAR0, 4), 0x1081);
    set_config(f, PCI_BAR0 + 16, 4, 0x10000);
    set_config(f, PCI_BAR0 + 20, 4, 0x2100);
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE + 0x1080, 4, &v));
    assert_int_equal(v, UINT32_MAX); /* not decoded yet */
    set_config(f, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);

    /* Byte 0 of the device is the first byte in memory. */
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE + 0x1084, 4, &v));
    assert_int_equal(v, 0x04050607);
    assert_true(t->bar == 0 && t->offset == 4 && t->size == 4);
    assert_true(phb_mmio_write(f->p, PHB_MEM64_BASE + 0x12002, 2, 0x1234));
    assert_true(t->bar == 4 && t->offset == 0x2002 && t->size == 2 && t->value == 0x3412);
    t->accesses = 0;
    assert_true(phb_mmio_write(f->p, PHB_MEM64_BASE + 0x12000, 8, UINT64_C(0x0102030405060708)));
    assert_true(t->accesses == 2 && t->offset == 0x2004 && t->value == 0x08070605);
    t->accesses = 0;
    assert_true(phb_mmio_write(f->p, PHB_MEM64_BASE + 0x12001, 4, 0));
    assert_int_equal(t->accesses, 3);
    /* Around the BARs. */
    t->accesses = 0;
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE + 0x107c, 8, &v));
    assert_true(v == UINT64_MAX);
    assert_true(phb_mmio_read(f->p, PHB_IO_BASE + 0x1100, 1, &v));
    assert_int_equal(v, 0xff);
    assert_true(phb_mmio_read(f->p, PHB_MEM64_BASE + 0x14000, 4, &v));
    assert_true(phb_mmio_read(f->p, PHB_MEM64_BASE + 0x13ffc, 8, &v));
    assert_int_equal(t->accesses, 0);
    /* A 64-bit BAR below 4 GiB is in the other window. */
    set_config(f, PCI_BAR0 + 20, 4, 0);
    set_config(f, PCI_BAR0 + 16, 4, 0x80004000);
    assert_true(phb_mmio_read(f->p, PHB_MEM32_BASE + 0x4000, 1, &v));
    assert_int_equal(t->accesses, 1);
    set_config(f, PCI_COMMAND, 2, 0);
    assert_true(phb_mmio_read(f->p, PHB_MEM32_BASE + 0x4000, 1, &v));
    assert_int_equal(t->accesses, 1);
    /* At the very end of the address space. */
    set_config(f, PCI_BAR0 + 16, 4, UINT32_MAX);
    set_config(f, PCI_BAR0 + 20, 4, UINT32_MAX);
    set_config(f, PCI_COMMAND, 2, 3);
    assert_true(phb_mmio_read(f->p, PHB_MEM64_BASE, 8, &v));
    assert_int_equal(t->accesses, 1);
    free(t);
}

static void test_slots(void **state)
{
    struct fixture *f = *state;
    struct probe *taken[PCI_SLOTS];
    struct probe t = {.pci = {.ops = &probe_ops, .priv = &t}};
    taken[0] = add_probe(f, SLOT);
    assert_int_equal(pci_add(f->p, &t.pci, SLOT, "-device x", &identity), STATUS_RANGE);
    for (unsigned i = 1; i < PCI_SLOTS; i++)
        taken[i] = add_probe(f, -1);
    assert_int_equal(taken[1]->pci.slot, 0);
    assert_int_equal(taken[4]->pci.slot, 4);
    assert_int_equal(pci_add(f->p, &t.pci, -1, "-device x", &identity), STATUS_RANGE);
    for (unsigned i = 0; i < PCI_SLOTS; i++)
        free(taken[i]);
}

static void test_line(void **state)
{
    struct fixture *f = *state;
    struct probe *a = add_probe(f, 1), *b = add_probe(f, 5), *c = add_probe(f, 2);
    const struct xics_source *one = &f->p->xics.sources[XICS_LSI_BASE + 1 - XICS_SOURCE_BASE];
    pci_set_line(&a->pci, true);
    pci_set_line(&b->pci, true);
    assert_true(one->status & XICS_ASSERTED);
    assert_true(pci_config_read(&a->pci, PCI_STATUS, 1) & PCI_STATUS_INTX);
    assert_false(one[1].status & XICS_ASSERTED);
    pci_set_line(&a->pci, false);
    assert_true(one->status & XICS_ASSERTED);
    pci_config_write(&b->pci, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);
    assert_false(one->status & XICS_ASSERTED);
    pci_config_write(&b->pci, PCI_COMMAND, 2, 0);
    assert_true(one->status & XICS_ASSERTED);
    pci_set_line(&c->pci, true);
    assert_true(one[1].status & XICS_ASSERTED);
    free(a), free(b), free(c);
}

static int32_t change_msi(struct fixture *f, uint32_t slot, uint32_t function, uint32_t count,
                          uint32_t rets[3])
{
    const uint32_t args[] = {slot << 11, PHB_BUID >> 32, (uint32_t)PHB_BUID, function, count, 8};
    return fixture_rtas(f, CHANGE_MSI, 6, args, 4, rets);
}

static void test_change_msi(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT), *u = add_probe(f, SLOT + 1);
    uint32_t rets[3];
    assert_int_equal(change_msi(f, SLOT, 1, 0, rets), RTAS_HARDWARE);
    assert_int_equal(change_msi(f, SLOT + 2, 1, 2, rets), RTAS_PARAMETER);
    assert_int_equal(change_msi(f, SLOT, 3, 2, rets), RTAS_PARAMETER);
    assert_int_equal(change_msi(f, SLOT, 0, 2, rets), RTAS_PARAMETER);
    assert_int_equal(change_msi(f, SLOT, 4, VECTORS + 1, rets), RTAS_OK);
    assert_int_equal(rets[0], VECTORS); /* nothing was given: asked again with this */
    assert_int_equal(t->pci.msi_count, 0);
    assert_int_equal(change_msi(f, SLOT, 4, VECTORS, rets), RTAS_OK);
    assert_true(rets[0] == VECTORS && rets[1] == 9 && rets[2] == 2);
    assert_int_equal(change_msi(f, SLOT + 1, 1, 2, rets), RTAS_OK);
    assert_int_equal(u->pci.msi_first, XICS_MSI_BASE + VECTORS);

    const uint32_t query[] = {SLOT << 11, PHB_BUID >> 32, (uint32_t)PHB_BUID, VECTORS - 1};
    assert_int_equal(fixture_rtas(f, QUERY_SOURCE, 4, query, 3, rets), RTAS_OK);
    assert_true(rets[0] == XICS_MSI_BASE + VECTORS - 1 && rets[1] == 1);
    const uint32_t none[] = {SLOT << 11, PHB_BUID >> 32, (uint32_t)PHB_BUID, VECTORS};
    assert_int_equal(fixture_rtas(f, QUERY_SOURCE, 4, none, 3, rets), RTAS_HARDWARE);
    assert_true(load_le64(t->pci.msix_table + 16) == PHB_MSI_WINDOW);
    assert_int_equal(load_le32(t->pci.msix_table + 16 + 8), XICS_MSI_BASE + 1);

    /* What is released is given again; what is not is not. */
    assert_int_equal(change_msi(f, SLOT, 1, 0, rets), RTAS_OK);
    assert_int_equal(rets[0], 0);
    assert_int_equal(change_msi(f, SLOT + 1, 1, VECTORS, rets), RTAS_OK);
    assert_int_equal(u->pci.msi_first, XICS_MSI_BASE);
    assert_int_equal(change_msi(f, SLOT, 1, 1, rets), RTAS_OK);
    assert_int_equal(t->pci.msi_first, XICS_MSI_BASE + VECTORS);
    memset(f->p->pci.msi_used, 0xff, sizeof f->p->pci.msi_used);
    assert_int_equal(change_msi(f, SLOT, 1, 2, rets), RTAS_HARDWARE);
    free(t), free(u);
}

static void test_msix(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    uint32_t rets[3];
    uint64_t v;
    const struct xics_source *src = &f->p->xics.sources[XICS_MSI_BASE - XICS_SOURCE_BASE];
    assert_int_equal(change_msi(f, SLOT, 1, 2, rets), RTAS_OK);
    set_config(f, PCI_BAR0 + 4, 4, 0x80000000);
    set_config(f, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_msix_notify(&t->pci, 0); /* not enabled: lost */
    set_config(f, 0x42, 2, 0x8000);
    assert_int_equal(src[0].status, 0);
    pci_msix_notify(&t->pci, 0); /* masked by its entry: waits */
    assert_int_equal(src[0].status, 0);
    assert_true(phb_mmio_read(f->p, PHB_MEM32_BASE + PCI_MSIX_PBA, 1, &v));
    assert_int_equal(v, 1);
    assert_true(phb_mmio_write(f->p, PHB_MEM32_BASE + PCI_MSIX_PBA, 1, 0));
    assert_true(phb_mmio_write(f->p, PHB_MEM32_BASE + 12, 4, 0));
    assert_int_equal(src[0].status, XICS_MASKED_PENDING);
    assert_true(phb_mmio_read(f->p, PHB_MEM32_BASE + PCI_MSIX_PBA, 1, &v));
    assert_int_equal(v, 0);
    /* Masked by the function. */
    assert_true(phb_mmio_write(f->p, PHB_MEM32_BASE + 16 + 12, 4, 0));
    set_config(f, 0x42, 2, 0xc000);
    pci_msix_notify(&t->pci, 1);
    assert_int_equal(src[1].status, 0);
    set_config(f, 0x42, 2, 0x8000);
    assert_int_equal(src[1].status, XICS_MASKED_PENDING);
    pci_msix_notify(&t->pci, VECTORS);
    pci_msix_notify(&t->pci, UINT16_MAX);

    /* The guest's own messages: no source but those of the pool, memory only through its window. */
    static const uint32_t numbers[] = {0,      2,      0x1000, XICS_LSI_BASE,
                                       0x12ff, 0x2000, 0x7fff, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        store_le32(t->pci.msix_table + 8, numbers[i]);
        pci_msix_notify(&t->pci, 0);
    }
    store_le64(t->pci.msix_table, 0x3004);
    pci_msix_notify(&t->pci, 0);
    f->p->phb.windows[0].tces[3] = 0x5000 | 3;
    pci_msix_notify(&t->pci, 0);
    assert_int_equal(load_le32(f->p->bus.ram + 0x5004), UINT32_MAX);
    assert_int_equal(load_le32(f->p->bus.ram + 0x3004), 0);
    free(t);
}

static void test_dma(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    uint64_t *tces = f->p->phb.windows[0].tces;
    uint8_t out[0x2000], in[0x2000];
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 7 + (i >> 8));
    tces[0] = 0x8000 | 3;
    tces[1] = 0x4000 | 3;
    assert_false(pci_dma_write(&t->pci, false, 0x800, out, 4)); /* no bus master yet */
    set_config(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    assert_true(pci_dma_write(&t->pci, false, 0x800, out, 0x1000));
    assert_memory_equal(f->p->bus.ram + 0x8800, out, 0x800);
    assert_memory_equal(f->p->bus.ram + 0x4000, out + 0x800, 0x800);
    assert_true(pci_dma_read(&t->pci, false, 0x800, in, 0x1000));
    assert_memory_equal(in, out, 0x1000);
    assert_false(pci_dma_read(&t->pci, false, 0x1fff, in, 2));
    tces[1] = 0x4000 | 1;
    assert_true(pci_dma_read(&t->pci, false, 0x1000, in, 1));
    assert_false(pci_dma_write(&t->pci, false, 0xfff, out, 2));
    tces[1] = 0x4000 | 2;
    assert_false(pci_dma_read(&t->pci, false, 0x1000, in, 1));
    assert_true(pci_dma_write(&t->pci, false, 0x1000, out, 1));
    /* Entries that lead nowhere, and addresses outside the window. */
    static const uint64_t bad[] = {FIXTURE_RAM, UINT64_C(0xfffffffffffff000), PHB_IO_BASE};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        tces[2] = bad[i] | 3;
        assert_false(pci_dma_read(&t->pci, false, 0x2000, in, 1));
    }
    assert_false(pci_dma_read(&t->pci, false, PHB_DMA_SIZE, in, 1));
    assert_false(pci_dma_read(&t->pci, false, UINT64_MAX, in, 2));
    assert_false(pci_dma_read(&t->pci, false, PHB_DMA64_BUS, in, 1));
    assert_true(pci_dma_read(&t->pci, false, UINT64_MAX, in, 0));
    /* Around the windows. */
    assert_true(pci_dma_write(&t->pci, true, FIXTURE_RAM - 4, out, 4));
    assert_false(pci_dma_write(&t->pci, true, FIXTURE_RAM - 4, out, 5));
    assert_false(pci_dma_read(&t->pci, true, UINT64_MAX, in, 2));
    free(t);
}

static void test_ddw(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    const uint32_t hi = PHB_BUID >> 32, lo = (uint32_t)PHB_BUID;
    const uint32_t query[] = {0, hi, lo};
    uint32_t rets[5], in = 0;
    assert_int_equal(fixture_rtas(f, DDW_QUERY, 3, query, 6, rets), RTAS_OK);
    assert_true(rets[0] == 1 && rets[1] == 0 && rets[2] == 0x40000 && rets[3] == 0x107);
    assert_int_equal(fixture_rtas(f, DDW_QUERY, 3, query, 5, rets), RTAS_OK);
    assert_true(rets[0] == 1 && rets[1] == 0x40000 && rets[2] == 0x107 && rets[3] == 0);

    static const uint32_t bad[][3] = {
        /* page shift, window shift, status */
        {13, 30, (uint32_t)RTAS_PARAMETER},         {0, 30, (uint32_t)RTAS_PARAMETER},
        {16, 15, (uint32_t)RTAS_PARAMETER},         {16, 64, (uint32_t)RTAS_PARAMETER},
        {16, UINT32_MAX, (uint32_t)RTAS_PARAMETER}, {12, 31, (uint32_t)RTAS_HARDWARE},
        {24, 63, (uint32_t)RTAS_HARDWARE}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        const uint32_t args[] = {0, hi, lo, bad[i][0], bad[i][1]};
        assert_int_equal(fixture_rtas(f, DDW_CREATE, 5, args, 4, rets), (int32_t)bad[i][2]);
    }
    const uint32_t create[] = {0, hi, lo, 16, 20}, remove[] = {PHB_LIOBN + 1};
    assert_int_equal(fixture_rtas(f, DDW_CREATE, 5, create, 4, rets), RTAS_OK);
    assert_true(rets[0] == PHB_LIOBN + 1 && rets[1] == 0x08000000 && rets[2] == 0);
    assert_int_equal(fixture_rtas(f, DDW_CREATE, 5, create, 4, rets), RTAS_HARDWARE);
    assert_int_equal(fixture_rtas(f, DDW_QUERY, 3, query, 6, rets), RTAS_OK);
    assert_int_equal(rets[0], 0);

    uint64_t put[] = {PHB_LIOBN + 1, PHB_DMA64_BUS + 0x10000, 0x20003};
    assert_int_equal(h_put_tce(f->p, f->cpu, put), H_SUCCESS);
    uint64_t outside[] = {PHB_LIOBN + 1, PHB_DMA64_BUS + 0x100000, 0x20003};
    assert_int_equal(h_put_tce(f->p, f->cpu, outside), H_PARAMETER);
    uint64_t below[] = {PHB_LIOBN + 1, PHB_DMA64_BUS - 1, 0x20003};
    assert_int_equal(h_put_tce(f->p, f->cpu, below), H_PARAMETER);
    set_config(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    bus_write_be32(&f->p->bus, 0x2fffc, 0x11223344);
    assert_true(pci_dma_read(&t->pci, false, PHB_DMA64_BUS + 0x1fffc, &in, 4));
    assert_int_equal(load_be32(&in), 0x11223344);
    assert_false(pci_dma_read(&t->pci, false, PHB_DMA64_BUS + 0x1fffd, &in, 4));
    assert_int_equal(fixture_rtas(f, DDW_REMOVE, 1, remove, 1, NULL), RTAS_OK);
    assert_int_equal(fixture_rtas(f, DDW_REMOVE, 1, remove, 1, NULL), RTAS_PARAMETER);
    assert_false(pci_dma_read(&t->pci, false, PHB_DMA64_BUS + 0x10000, &in, 4));
    /* The table is empty when the window comes back. */
    assert_int_equal(fixture_rtas(f, DDW_CREATE, 5, create, 4, rets), RTAS_OK);
    assert_false(pci_dma_read(&t->pci, false, PHB_DMA64_BUS + 0x10000, &in, 4));
    phb_reset(f->p);
    assert_true(f->p->phb.windows[1].entries == 0);
    free(t);
}

static void fdt_expect_cells(const void *fdt, int node, const char *name, const uint32_t *cells,
                             size_t count)
{
    int len;
    const fdt32_t *found = fdt_getprop(fdt, node, name, &len);
    assert_non_null(found);
    assert_int_equal(len, 4 * count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fdt32_to_cpu(found[i]), cells[i]);
}

static void test_tree(void **state)
{
    struct fixture *f = *state;
    struct probe *t = add_probe(f, SLOT);
    static uint8_t fdt[0x8000];
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(phb_fdt(f->p, fdt, 0), 0);
    const int bus = fdt_path_offset(fdt, "/pci@800000020000000");
    const int node = fdt_subnode_offset(fdt, bus, "scsi@3");
    static const uint32_t reg[] = {0x1800,     0, 0, 0, 0,      0x01001810, 0, 0, 0, 0x80,
                                   0x02001814, 0, 0, 0, 0x1000, 0x03001820, 0, 0, 0, 0x4000};
    static const uint32_t ddw[] = {0x2026, 0x2027, 0x2028}, extensions[] = {2, 0x2029, 1};
    fdt_expect_cells(fdt, node, "reg", reg, ARRAY_SIZE(reg));
    fdt_expect_cells(fdt, bus, "ibm,ddw-applicable", ddw, ARRAY_SIZE(ddw));
    fdt_expect_cells(fdt, bus, "ibm,ddw-extensions", extensions, ARRAY_SIZE(extensions));
    fdt_expect_cells(fdt, bus, "qemu,phb-enumerated", (const uint32_t[]){1}, 1);
    fdt_expect_cells(fdt, node, "ibm,req#msi-x", (const uint32_t[]){VECTORS}, 1);
    fdt_expect_cells(fdt, node, "class-code", (const uint32_t[]){0x10000}, 1);
    fdt_expect_cells(fdt, node, "interrupts", (const uint32_t[]){1}, 1);
    assert_string_equal(fdt_getprop(fdt, node, "ibm,loc-code", NULL), "qemu_probe:0000:00:03.0");
    free(t);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_config), TEST(test_config_absent), TEST(test_bars), TEST(test_slots),
        TEST(test_line),   TEST(test_change_msi),    TEST(test_msix), TEST(test_dma),
        TEST(test_ddw),    TEST(test_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
