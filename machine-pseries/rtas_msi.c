/*
 * RTAS: message signalled interrupts of PCI devices (LoPAR 7.3.10.5). The sources are consecutive
 * numbers of the MSI pool; the table's entries are written here, as the guest expects.
 */
#include <string.h>

#include "pci.h"
#include "pseries_internal.h"

enum { MSI_POOL = XICS_SOURCE_BASE + XICS_SOURCE_COUNT - XICS_MSI_BASE };
_Static_assert(sizeof((struct pci_bus *)0)->msi_used * 8 == MSI_POOL, "a bit for each source");

enum change_msi { CHANGE_QUERY, CHANGE_ANY, CHANGE_RESET, CHANGE_MSI, CHANGE_MSIX };
enum { TYPE_MSIX = 2 };

static bool is_used(const struct pci_bus *bus, uint32_t i)
{
    return bus->msi_used[i / 8] >> i % 8 & 1;
}

static void mark(struct pci_bus *bus, uint32_t first, uint32_t count, bool used)
{
    for (uint32_t i = first; i < first + count; i++) {
        const uint8_t bit = (uint8_t)(1u << i % 8);
        if (used)
            bus->msi_used[i / 8] |= bit;
        else
            bus->msi_used[i / 8] &= (uint8_t)~bit;
    }
}

/* The first of `count` free numbers in a row; MSI_POOL: there are none. */
static uint32_t find_free(const struct pci_bus *bus, uint32_t count)
{
    uint32_t run = 0;
    for (uint32_t i = 0; i < MSI_POOL; i++) {
        run = is_used(bus, i) ? 0 : run + 1;
        if (run == count)
            return i + 1 - count;
    }
    return MSI_POOL;
}

static void set_message(struct pci_device *d, uint32_t vector, uint64_t addr, uint32_t data)
{
    uint8_t *const entry = d->msix_table + vector * PCI_MSIX_ENTRY;
    store_le64(entry, addr);
    store_le32(entry + 8, data);
}

void pci_msi_release(struct pci_device *d)
{
    for (uint32_t i = 0; i < d->msi_count; i++)
        set_message(d, i, 0, 0);
    if (d->msi_count)
        mark(&d->p->pci, d->msi_first - XICS_MSI_BASE, d->msi_count, false);
    d->msi_first = d->msi_count = 0;
}

static bool allocate(struct pci_device *d, uint32_t count)
{
    struct pci_bus *const bus = &d->p->pci;
    pci_msi_release(d);
    const uint32_t first = find_free(bus, count);
    if (first == MSI_POOL)
        return false;
    mark(bus, first, count, true);
    d->msi_first = XICS_MSI_BASE + first;
    d->msi_count = count;
    for (uint32_t i = 0; i < count; i++)
        set_message(d, i, PHB_MSI_WINDOW, d->msi_first + i);
    return true;
}

static struct pci_device *find_device(struct pseries *p, const struct rtas_call *call)
{
    const uint64_t buid = (uint64_t)call->args[1] << 32 | call->args[2];
    return buid == PHB_BUID ? pci_find(p, call->args[0]) : NULL;
}

int32_t rtas_change_msi(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    struct pci_device *const d = find_device(p, call);
    const uint32_t function = call->args[3], sequence = call->args[5];
    uint32_t count = call->args[4];
    (void)cpu;
    if (!d || !d->msix_cap || (function != CHANGE_ANY && function != CHANGE_MSIX))
        return RTAS_PARAMETER;
    if (count == 0) {
        if (!d->msi_count)
            return RTAS_HARDWARE;
        pci_msi_release(d);
        call->rets[1] = 0;
        return RTAS_OK;
    }
    if (count > d->msix_count)
        count = d->msix_count; /* the guest asks again with this */
    else if (!allocate(d, count))
        return RTAS_HARDWARE;
    call->rets[1] = count;
    call->rets[2] = sequence + 1;
    call->rets[3] = TYPE_MSIX; /* stored if the caller has room for it */
    return RTAS_OK;
}

int32_t rtas_query_interrupt_source(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const struct pci_device *const d = find_device(p, call);
    const uint32_t index = call->args[3];
    (void)cpu;
    if (!d)
        return RTAS_PARAMETER;
    if (index >= d->msi_count)
        return RTAS_HARDWARE;
    call->rets[1] = d->msi_first + index;
    call->rets[2] = 1; /* edge */
    return RTAS_OK;
}
