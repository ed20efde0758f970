/*
 * Translation control entries: pages of a DMA window, from VIO devices and the PHB
 * (LoPAR 14.5.4.2). An entry is the page's real address with bit 0 for reads by the device and
 * bit 1 for writes; 0 faults. Entries are checked when DMA uses them, not here.
 */
#include "phb.h"

#include "pci.h"
#include "pseries_internal.h"

enum { TCE_PAGE_SHIFT = 12, TCE_PAGE_SIZE = 1 << TCE_PAGE_SHIFT, TCE_LIST_MAX = 512 };
enum { TCE_READ = 1, TCE_WRITE = 2 };

bool tce_window(struct pseries *p, uint64_t liobn, struct dma_window *out)
{
    if (liobn - PHB_LIOBN < PHB_DMA_WINDOWS) {
        *out = p->phb.windows[liobn - PHB_LIOBN];
        return out->entries != 0;
    }
    const struct vio_device *d = vio_find(p, liobn);
    if (!d || !d->tces)
        return false;
    *out = (struct dma_window){d->tces, 0, d->ops->dma_window >> TCE_PAGE_SHIFT, TCE_PAGE_SHIFT};
    return true;
}

bool tce_translate(const struct dma_window *window, uint64_t addr, bool write, uint64_t *real,
                   uint64_t *run)
{
    const uint64_t page_size = UINT64_C(1) << window->page_shift;
    const uint64_t offset = addr - window->bus, index = offset >> window->page_shift;
    if (addr < window->bus || index >= window->entries)
        return false;
    const uint64_t tce = window->tces[index];
    if (!(tce & (write ? TCE_WRITE : TCE_READ)))
        return false;
    *real = (tce & ~(page_size - 1)) | (offset & (page_size - 1));
    *run = page_size - (offset & (page_size - 1));
    return true;
}

/* The `count` entries from the page of `ioba` on; NULL if any lies outside the window. */
static uint64_t *find_entries(struct pseries *p, uint64_t liobn, uint64_t ioba, uint64_t count)
{
    struct dma_window window;
    if (!tce_window(p, liobn, &window) || ioba < window.bus)
        return NULL;
    const uint64_t first = (ioba - window.bus) >> window.page_shift;
    if (first >= window.entries || count > window.entries - first)
        return NULL;
    return window.tces + first;
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

/* -- DMA of PCI devices -- */

/* One piece of memory behind `addr`: at most `len` bytes, all of them RAM. */
static bool map_piece(const struct pci_device *d, bool bypass, uint64_t addr, size_t len,
                      bool write, uint64_t *real, size_t *n)
{
    const struct pseries *const p = d->p;
    *real = addr;
    *n = len;
    if (bypass)
        return bus_is_ram(&p->bus, addr, len);
    if (!(load_le16(d->config + PCI_COMMAND) & PCI_COMMAND_MASTER))
        return false;
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++) {
        uint64_t run;
        if (!tce_translate(&p->phb.windows[i], addr, write, real, &run))
            continue;
        *n = run < len ? (size_t)run : len;
        return bus_is_ram(&p->bus, *real, *n);
    }
    return false;
}

uint8_t *pci_dma_span(const struct pci_device *d, bool bypass, uint64_t addr, bool write,
                      size_t *len)
{
    uint64_t real;
    return map_piece(d, bypass, addr, *len, write, &real, len) ? d->p->bus.ram + real : NULL;
}

bool pci_dma_read(const struct pci_device *d, bool bypass, uint64_t addr, void *out, size_t len)
{
    uint8_t *to = out;
    uint64_t real;
    for (size_t n; len; addr += n, to += n, len -= n) {
        if (!map_piece(d, bypass, addr, len, false, &real, &n))
            return false;
        bus_read(&d->p->bus, real, to, n);
    }
    return true;
}

bool pci_dma_write(const struct pci_device *d, bool bypass, uint64_t addr, const void *in,
                   size_t len)
{
    const uint8_t *from = in;
    uint64_t real;
    for (size_t n; len; addr += n, from += n, len -= n) {
        if (!map_piece(d, bypass, addr, len, true, &real, &n))
            return false;
        bus_write(&d->p->bus, real, from, n);
    }
    return true;
}
