/*
 * Translation control entries: 4K pages of a DMA window, from VIO devices and the PHB
 * (LoPAR 14.5.4.2). An entry is the page's real address with bit 0 for reads by the device and
 * bit 1 for writes; 0 faults. Entries are checked when DMA uses them, not here.
 */
#include "phb.h"

#include "pseries_internal.h"

enum { TCE_PAGE_SHIFT = 12, TCE_PAGE_SIZE = 1 << TCE_PAGE_SHIFT, TCE_LIST_MAX = 512 };

uint64_t *tce_table(struct pseries *p, uint64_t liobn, uint64_t *entries)
{
    if (liobn == PHB_LIOBN && p->phb.tces) {
        *entries = p->phb.tce_count;
        return p->phb.tces;
    }
    struct vio_device *d = vio_find(p, liobn);
    if (!d || !d->tces)
        return NULL;
    *entries = d->ops->dma_window >> TCE_PAGE_SHIFT;
    return d->tces;
}

/* The `count` entries from the page of `ioba` on; NULL if any lies outside the window. */
static uint64_t *find_entries(struct pseries *p, uint64_t liobn, uint64_t ioba, uint64_t count)
{
    const uint64_t first = ioba >> TCE_PAGE_SHIFT;
    uint64_t entries;
    uint64_t *table = tce_table(p, liobn, &entries);
    if (!table || first >= entries || count > entries - first)
        return NULL;
    return table + first;
}

int64_t h_get_tce(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t *tce = find_entries(p, args[0], args[1], 1);
    (void)cpu;
    if (!tce)
        return H_PARAMETER;
    args[0] = *tce;
    return H_SUCCESS;
}

int64_t h_put_tce(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    uint64_t *tce = find_entries(p, args[0], args[1], 1);
    (void)cpu;
    if (!tce)
        return H_PARAMETER;
    *tce = args[2];
    return H_SUCCESS;
}

int64_t h_stuff_tce(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t value = args[2], count = args[3];
    uint64_t *tce = find_entries(p, args[0], args[1], count);
    (void)cpu;
    if (!tce)
        return H_PARAMETER;
    for (uint64_t i = 0; i < count; i++)
        tce[i] = value;
    return H_SUCCESS;
}

int64_t h_put_tce_indirect(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t list = args[2], count = args[3];
    (void)cpu;
    if (count > TCE_LIST_MAX || (list & (TCE_PAGE_SIZE - 1)) ||
        !bus_is_ram(&p->bus, list, count * sizeof(uint64_t)))
        return H_PARAMETER;
    uint64_t *tce = find_entries(p, args[0], args[1], count);
    if (!tce)
        return H_PARAMETER;
    for (uint64_t i = 0; i < count; i++)
        bus_read_be64(&p->bus, list + i * sizeof(uint64_t), &tce[i]);
    return H_SUCCESS;
}
