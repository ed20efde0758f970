/* spapr-pci-host-bridge: the node, the windows and the DMA window of an empty bus. */
#include "phb.h"

#include <stdlib.h>
#include <string.h>

#include "fdt_node.h"
#include "pseries_internal.h"

enum { PCI_SLOTS = 32, PCI_PINS = 4, MAP_ENTRY_CELLS = 7, MSI_COUNT = 0xd00 };

enum { SPACE_IO = 0x01000000, SPACE_MEM32 = 0x02000000, SPACE_MEM64 = 0x03000000 };

static const struct {
    uint64_t base, size, bus;
    uint32_t space;
} windows[] = {
    {PHB_IO_BASE, PHB_IO_SIZE, 0, SPACE_IO},
    {PHB_MEM32_BASE, PHB_MEM32_SIZE, PHB_MEM32_BUS, SPACE_MEM32},
    {PHB_MEM64_BASE, PHB_MEM64_SIZE, PHB_MEM64_BASE, SPACE_MEM64},
};

enum sim_status phb_init(struct pseries *p)
{
    p->phb.tce_count = (uint32_t)(PHB_DMA_SIZE >> 12);
    p->phb.tces = calloc(p->phb.tce_count, sizeof *p->phb.tces);
    RETURN_IF(!p->phb.tces, STATUS_NO_MEMORY, "no memory for the TCE table of the PHB");
    for (uint32_t pin = 0; pin < PCI_PINS; pin++)
        xics_set_lsi(p, XICS_LSI_BASE + pin, true);
    p->bus.mmio_read = phb_mmio_read;
    p->bus.mmio_write = phb_mmio_write;
    p->bus.mmio_ctx = p;
    return STATUS_OK;
}

void phb_reset(struct pseries *p)
{
    memset(p->phb.tces, 0, p->phb.tce_count * sizeof *p->phb.tces);
}

void phb_fini(struct pseries *p)
{
    free(p->phb.tces);
    p->phb = (struct phb){0};
}

static bool is_in_window(uint64_t real, unsigned size)
{
    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        const uint64_t offset = real - windows[i].base;
        if (offset < windows[i].size && size <= windows[i].size - offset)
            return true;
    }
    return false;
}

bool phb_mmio_read(void *ctx, uint64_t real, unsigned size, uint64_t *value)
{
    (void)ctx;
    if (!is_in_window(real, size))
        return false;
    *value = ~UINT64_C(0) >> (64 - 8 * size);
    return true;
}

bool phb_mmio_write(void *ctx, uint64_t real, unsigned size, uint64_t value)
{
    (void)ctx, (void)value;
    return is_in_window(real, size);
}

/* -- Device tree (pseries.md 2.8) -- */

static void add_ranges(struct fdt_node *n)
{
    uint32_t cells[ARRAY_SIZE(windows) * MAP_ENTRY_CELLS], *to = cells;
    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        *to++ = windows[i].space;
        *to++ = (uint32_t)(windows[i].bus >> 32);
        *to++ = (uint32_t)windows[i].bus;
        *to++ = (uint32_t)(windows[i].base >> 32);
        *to++ = (uint32_t)windows[i].base;
        *to++ = (uint32_t)(windows[i].size >> 32);
        *to++ = (uint32_t)windows[i].size;
    }
    fdt_node_cells(n, "ranges", cells, ARRAY_SIZE(cells));
}

/* Pins rotate over the four LSIs with the slot. */
static void add_interrupt_map(struct fdt_node *n)
{
    uint32_t cells[PCI_SLOTS * PCI_PINS * MAP_ENTRY_CELLS], *to = cells;
    for (uint32_t slot = 0; slot < PCI_SLOTS; slot++) {
        for (uint32_t pin = 1; pin <= PCI_PINS; pin++) {
            *to++ = slot << 11;
            *to++ = 0;
            *to++ = 0;
            *to++ = pin;
            *to++ = PSERIES_INTC_PHANDLE;
            *to++ = XICS_LSI_BASE + (slot + pin - 1) % PCI_PINS;
            *to++ = 1; /* level */
        }
    }
    fdt_node_cells(n, "interrupt-map", cells, ARRAY_SIZE(cells));
}

int phb_fdt(struct pseries *p, void *fdt, int parent)
{
    struct fdt_node n = fdt_node_add(fdt, parent, "pci@800000020000000");
    (void)p;
    fdt_node_string(&n, "device_type", "pci");
    fdt_node_string(&n, "compatible", "IBM,Logical_PHB");
    FDT_NODE_CELLS(&n, "reg", (uint32_t)(PHB_BUID >> 32), (uint32_t)PHB_BUID, 0, 0);
    fdt_node_u32(&n, "#address-cells", 3);
    fdt_node_u32(&n, "#size-cells", 2);
    fdt_node_u32(&n, "#interrupt-cells", 1);
    FDT_NODE_CELLS(&n, "bus-range", 0, 0xff);
    fdt_node_empty(&n, "used-by-rtas");
    add_ranges(&n);
    FDT_NODE_CELLS(&n, "interrupt-map-mask", 0xf800, 0, 0, 0xffffffff);
    add_interrupt_map(&n);
    FDT_NODE_CELLS(&n, "ibm,dma-window", PHB_LIOBN, 0, 0, 0, (uint32_t)PHB_DMA_SIZE);
    fdt_node_u32(&n, "ibm,#dma-address-cells", 2);
    fdt_node_u32(&n, "ibm,#dma-size-cells", 2);
    fdt_node_u32(&n, "ibm,pci-config-space-type", 1);
    fdt_node_u32(&n, "ibm,pe-total-#msi", MSI_COUNT);
    return n.error;
}
