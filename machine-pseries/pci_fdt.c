/* The nodes of PCI devices under their host bridge (IEEE 1275 PCI binding; LoPAR B.6.6). */
#include <stdio.h>

#include "fdt_node.h"
#include "pci.h"
#include "pseries_internal.h"

/* First cells of an address: the space, and that it may be prefetched. */
enum { SPACE_IO = 0x01000000, SPACE_MEM32 = 0x02000000, SPACE_MEM64 = 0x03000000 };

enum { REG_CELLS = 5 };

/* Node names by class, or by class and subclass. */
static const struct {
    uint32_t class_code, mask; /* of the 24 bits */
    const char *name;
} class_names[] = {
    {0x000000, 0xff0000, "legacy-device"},
    {0x010000, 0xffff00, "scsi"},
    {0x010100, 0xffff00, "ide"},
    {0x010000, 0xff0000, "mass-storage"},
    {0x020000, 0xffff00, "ethernet"},
    {0x020000, 0xff0000, "network"},
    {0x030000, 0xffff00, "vga"},
    {0x030000, 0xff0000, "display"},
    {0x078000, 0xffff00, "communication-controller"},
};

static uint32_t class_code(const struct pci_device *d)
{
    return load_le32(d->fixed + PCI_REVISION) >> 8;
}

static const char *node_name(const struct pci_device *d)
{
    for (size_t i = 0; i < ARRAY_SIZE(class_names); i++)
        if ((class_code(d) & class_names[i].mask) == class_names[i].class_code)
            return class_names[i].name;
    return "pci";
}

/* Configuration space, then the BARs with their sizes. */
static void add_reg(struct fdt_node *n, const struct pci_device *d)
{
    static const uint32_t spaces[] = {[PCI_BAR_IO] = SPACE_IO,
                                      [PCI_BAR_MEMORY32] = SPACE_MEM32,
                                      [PCI_BAR_MEMORY64] = SPACE_MEM64};
    uint32_t cells[REG_CELLS * (1 + PCI_BARS)] = {d->slot << 11}, *to = cells + REG_CELLS;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (d->bars[i].kind == PCI_BAR_NONE)
            continue;
        *to++ = spaces[d->bars[i].kind] | d->slot << 11 | (PCI_BAR0 + 4 * i);
        *to++ = 0;
        *to++ = 0;
        *to++ = (uint32_t)(d->bars[i].size >> 32);
        *to++ = (uint32_t)d->bars[i].size;
    }
    fdt_node_cells(n, "reg", cells, (size_t)(to - cells));
}

static int add_device(const struct pci_device *d, void *fdt, int parent)
{
    char text[80];
    snprintf(text, sizeof text, "%s@%x", node_name(d), d->slot);
    struct fdt_node n = fdt_node_add(fdt, parent, text);
    const uint8_t *const c = d->fixed;
    fdt_node_u32(&n, "vendor-id", load_le16(c + PCI_VENDOR));
    fdt_node_u32(&n, "device-id", load_le16(c + PCI_DEVICE));
    fdt_node_u32(&n, "revision-id", c[PCI_REVISION]);
    fdt_node_u32(&n, "class-code", class_code(d));
    fdt_node_u32(&n, "interrupts", c[PCI_INTERRUPT_PIN]);
    fdt_node_u32(&n, "subsystem-id", load_le16(c + PCI_SUBSYSTEM));
    fdt_node_u32(&n, "subsystem-vendor-id", load_le16(c + PCI_SUBSYSTEM_VENDOR));
    fdt_node_u32(&n, "cache-line-size", 0);
    fdt_node_u32(&n, "devsel-speed", 0);
    snprintf(text, sizeof text, "qemu_%s:0000:00:%02x.0", d->ops->model, d->slot);
    fdt_node_string(&n, "ibm,loc-code", text);
    if (d->msix_cap)
        fdt_node_u32(&n, "ibm,req#msi-x", d->msix_count);
    add_reg(&n, d);
    fdt_node_u32(&n, "min-grant", c[PCI_MIN_GRANT]);
    fdt_node_u32(&n, "max-latency", c[PCI_MAX_LATENCY]);
    return n.error;
}

int pci_fdt(struct pseries *p, void *fdt, int parent)
{
    int error = 0;
    /* libfdt puts a new node first: backwards, so that the tree has them in bus order. */
    for (unsigned slot = PCI_SLOTS; slot-- > 0 && !error;)
        if (p->pci.slots[slot])
            error = add_device(p->pci.slots[slot], fdt, parent);
    return error;
}
