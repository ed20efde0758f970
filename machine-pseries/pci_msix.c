/*
 * Interrupts of PCI devices: the pin, which the host bridge gives one of its four level sources,
 * and MSI-X (PCI Local Bus 3.0, 6.8.2), whose messages are writes of a source's number to the MSI
 * window.
 */
#include <assert.h>
#include <string.h>

#include "pci.h"
#include "pseries_internal.h"

enum { CONTROL = 2, CONTROL_ENABLE = 0x8000, CONTROL_MASK_ALL = 0x4000 };
enum { ENTRY_ADDRESS = 0, ENTRY_DATA = 8, ENTRY_CONTROL = 12, ENTRY_MASKED = 1 };

/* -- The pin -- */

static bool drives_line(const struct pci_device *d)
{
    return d->line && !(load_le16(d->config + PCI_COMMAND) & PCI_COMMAND_NO_INTX);
}

/* Pins rotate over the host bridge's sources with the slot; a source is the OR of its devices. */
void pci_update_line(struct pci_device *d)
{
    struct pseries *const p = d->p;
    const unsigned source = d->slot % PHB_LSIS;
    bool up = false;
    if (d->line)
        d->config[PCI_STATUS] |= PCI_STATUS_INTX;
    else
        d->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INTX;
    for (unsigned slot = source; slot < PCI_SLOTS && !up; slot += PHB_LSIS)
        up = p->pci.slots[slot] && drives_line(p->pci.slots[slot]);
    if (up == p->phb.lsi_up[source])
        return;
    p->phb.lsi_up[source] = up;
    xics_set_level(p, XICS_LSI_BASE + source, up);
}

void pci_set_line(struct pci_device *d, bool up)
{
    if (d->line == up)
        return;
    d->line = up;
    d->interrupts += up;
    pci_update_line(d);
}

/* -- MSI-X -- */

void pci_add_msix(struct pci_device *d, unsigned bar, uint16_t count)
{
    assert(count >= 1 && count <= PCI_MSIX_MAX && !d->msix_cap);
    pci_add_bar(d, bar, PCI_BAR_MEMORY32, PCI_MSIX_BAR_SIZE);
    d->msix_cap = pci_add_capability(d, PCI_CAP_MSIX, PCI_CAP_MSIX_LENGTH);
    d->msix_bar = (uint8_t)bar;
    d->msix_count = count;
    uint8_t *const cap = d->fixed + d->msix_cap;
    store_le16(cap + CONTROL, (uint16_t)(count - 1));
    store_le32(cap + 4, bar);
    store_le32(cap + 8, PCI_MSIX_PBA | bar);
    store_le16(d->writable + d->msix_cap + CONTROL, CONTROL_ENABLE | CONTROL_MASK_ALL);
}

static uint16_t control(const struct pci_device *d)
{
    return load_le16(d->config + d->msix_cap + CONTROL);
}

bool pci_msix_enabled(const struct pci_device *d)
{
    return d->msix_cap && (control(d) & CONTROL_ENABLE);
}

static bool is_masked(const struct pci_device *d, unsigned vector)
{
    return (control(d) & CONTROL_MASK_ALL) ||
           (d->msix_table[vector * PCI_MSIX_ENTRY + ENTRY_CONTROL] & ENTRY_MASKED);
}

static bool is_pending(const struct pci_device *d, unsigned vector)
{
    return d->msix_pending[vector / 8] >> vector % 8 & 1;
}

/* A message is a write of four bytes by the device: to the MSI window, or wherever the guest's
 * table says. */
static void send(struct pci_device *d, unsigned vector)
{
    const uint8_t *const entry = d->msix_table + vector * PCI_MSIX_ENTRY;
    const uint64_t addr = load_le64(entry + ENTRY_ADDRESS);
    const uint32_t data = load_le32(entry + ENTRY_DATA);
    if (!(load_le16(d->config + PCI_COMMAND) & PCI_COMMAND_MASTER))
        return;
    d->interrupts++;
    if (addr - PHB_MSI_WINDOW >= PHB_MSI_WINDOW_SIZE) {
        pci_dma_write(d, false, addr, entry + ENTRY_DATA, sizeof data);
        return;
    }
    if (data - XICS_MSI_BASE < XICS_SOURCE_BASE + XICS_SOURCE_COUNT - XICS_MSI_BASE)
        xics_pulse(d->p, data);
}

void pci_msix_notify(struct pci_device *d, unsigned vector)
{
    if (!pci_msix_enabled(d) || vector >= d->msix_count)
        return;
    if (is_masked(d, vector))
        d->msix_pending[vector / 8] |= (uint8_t)(1u << vector % 8);
    else
        send(d, vector);
}

static void send_pending(struct pci_device *d, unsigned vector)
{
    if (!pci_msix_enabled(d) || is_masked(d, vector) || !is_pending(d, vector))
        return;
    d->msix_pending[vector / 8] &= (uint8_t) ~(1u << vector % 8);
    send(d, vector);
}

void pci_msix_update(struct pci_device *d)
{
    for (unsigned vector = 0; vector < d->msix_count; vector++)
        send_pending(d, vector);
}

uint32_t pci_msix_read(const struct pci_device *d, uint64_t offset, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        const uint64_t at = offset + i, pba = at - PCI_MSIX_PBA;
        if (at < (uint64_t)d->msix_count * PCI_MSIX_ENTRY)
            value |= (uint32_t)d->msix_table[at] << (8 * i);
        else if (pba < sizeof d->msix_pending)
            value |= (uint32_t)d->msix_pending[pba] << (8 * i);
    }
    return value;
}

void pci_msix_write(struct pci_device *d, uint64_t offset, unsigned size, uint32_t value)
{
    if (offset >= (uint64_t)d->msix_count * PCI_MSIX_ENTRY)
        return; /* the pending bits are read only */
    for (unsigned i = 0; i < size; i++)
        d->msix_table[offset + i] = (uint8_t)(value >> (8 * i));
    send_pending(d, (unsigned)(offset / PCI_MSIX_ENTRY));
}
