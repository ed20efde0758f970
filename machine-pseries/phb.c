/* spapr-pci-host-bridge: the node, the windows onto the bus, and the DMA windows. */
#include "phb.h"

#include <string.h>
#include <sys/mman.h>

#include "fdt_node.h"
#include "pci.h"
#include "pseries_internal.h"

enum { PCI_PINS = 4, MAP_ENTRY_CELLS = 7, MSI_COUNT = 0xd00 };

enum { SPACE_IO = 0x01000000, SPACE_MEM32 = 0x02000000, SPACE_MEM64 = 0x03000000 };

static const struct window {
    uint64_t base, size, bus;
    uint32_t space;
} windows[] = {
    {PHB_IO_BASE, PHB_IO_SIZE, 0, SPACE_IO},
    {PHB_MEM32_BASE, PHB_MEM32_SIZE, PHB_MEM32_BUS, SPACE_MEM32},
    {PHB_MEM64_BASE, PHB_MEM64_SIZE, PHB_MEM64_BASE, SPACE_MEM64},
};

static const struct state_field dma_window_fields[] = {
    STATE_FIELD(dma_window, bus),
    STATE_FIELD(dma_window, entries),
    STATE_FIELD(dma_window, page_shift),
};
const struct state_desc dma_window_state_desc = STATE_DESC("dma-window", 1, dma_window_fields);

/* Entries of a window that covers all memory by pages of 4K. */
static uint64_t tce_capacity(const struct pseries *p)
{
    uint64_t entries = PHB_DMA_SIZE >> 12;
    while (entries << 12 < p->config.ram_size)
        entries <<= 1;
    return entries;
}

enum sim_status phb_init(struct pseries *p)
{
    struct phb *const phb = &p->phb;
    phb->tce_capacity = tce_capacity(p);
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++) {
        void *tces = mmap(NULL, phb->tce_capacity * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        RETURN_IF(tces == MAP_FAILED, STATUS_NO_MEMORY, "no memory for the TCE tables of the PHB");
        phb->windows[i].tces = tces;
    }
    ddw_reset(p);
    for (uint32_t pin = 0; pin < PHB_LSIS; pin++)
        xics_set_lsi(p, XICS_LSI_BASE + pin, true);
    p->bus.mmio_read = phb_mmio_read;
    p->bus.mmio_write = phb_mmio_write;
    p->bus.mmio_ctx = p;
    return STATUS_OK;
}

void phb_reset(struct pseries *p)
{
    ddw_reset(p);
    memset(p->phb.lsi_up, 0, sizeof p->phb.lsi_up); /* as the sources after xics_reset() */
}

void phb_fini(struct pseries *p)
{
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++)
        if (p->phb.windows[i].tces)
            munmap(p->phb.windows[i].tces, p->phb.tce_capacity * sizeof(uint64_t));
    p->phb = (struct phb){0};
}

/* The window that an access lies in, and its address on the bus; NULL: in none. */
static const struct window *find_window(uint64_t real, unsigned size, uint64_t *bus)
{
    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        const uint64_t offset = real - windows[i].base;
        *bus = windows[i].bus + offset;
        if (offset < windows[i].size && size <= windows[i].size - offset)
            return &windows[i];
    }
    return NULL;
}

/* PCI is little-endian, the processor's bus big-endian. */
static uint64_t swap_bytes(uint64_t value, unsigned size)
{
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

bool phb_mmio_read(void *ctx, uint64_t real, unsigned size, uint64_t *value)
{
    uint64_t addr;
    const struct window *const window = find_window(real, size, &addr);
    if (!window)
        return false;
    *value = swap_bytes(pci_read(ctx, window->space == SPACE_IO, addr, size), size);
    return true;
}

bool phb_mmio_write(void *ctx, uint64_t real, unsigned size, uint64_t value)
{
    uint64_t addr;
    const struct window *const window = find_window(real, size, &addr);
    if (!window)
        return false;
    pci_write(ctx, window->space == SPACE_IO, addr, size, swap_bytes(value, size));
    return true;
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

/* DMA windows on request, and the devices, which firmware need not look for. */
static void add_devices(struct pseries *p, struct fdt_node *n)
{
    FDT_NODE_CELLS(n, "ibm,ddw-applicable", RTAS_TOKEN_BASE + RTAS_DDW_QUERY,
                   RTAS_TOKEN_BASE + RTAS_DDW_CREATE, RTAS_TOKEN_BASE + RTAS_DDW_REMOVE);
    /* Two extensions: the token of the reset, and that a query may have six results. */
    FDT_NODE_CELLS(n, "ibm,ddw-extensions", 2, RTAS_TOKEN_BASE + RTAS_DDW_RESET, 1);
    fdt_node_u32(n, "qemu,phb-enumerated", 1);
    if (!n->error)
        n->error = pci_fdt(p, n->fdt, n->offset);
}

int phb_fdt(struct pseries *p, void *fdt, int parent)
{
    struct fdt_node n = fdt_node_add(fdt, parent, "pci@800000020000000");
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
    add_devices(p, &n);
    return n.error;
}
