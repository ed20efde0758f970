/*
 * RTAS: dynamic DMA windows (LoPAR 7.3.32 "DDW"). Beside the window of 1 GiB there may be a second
 * one that covers all memory, by larger pages. The room for both tables was reserved when the
 * machine was made.
 */
#include <sys/mman.h>

#include "pci.h"
#include "pseries_internal.h"

enum { DEFAULT_PAGE_SHIFT = 12, WINDOW_SHIFT_MAX = 63 };

/* Page sizes as ibm,query-pe-dma-window names them: 4K, 64K, 16M, 2M. */
static const struct {
    uint32_t shift, bit;
} pages[] = {{12, 0x001}, {16, 0x002}, {24, 0x004}, {21, 0x100}};

static void drop_window(struct pseries *p, struct dma_window *w)
{
    if (w->entries) /* reads as zero again */
        madvise(w->tces, p->phb.tce_capacity * sizeof *w->tces, MADV_DONTNEED);
    w->entries = w->bus = 0;
    w->page_shift = 0;
}

void ddw_reset(struct pseries *p)
{
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++)
        drop_window(p, &p->phb.windows[i]);
    p->phb.windows[0].page_shift = DEFAULT_PAGE_SHIFT;
    p->phb.windows[0].entries = PHB_DMA_SIZE >> DEFAULT_PAGE_SHIFT;
}

/* The bridge that the first three arguments name: any of its devices' addresses will do. */
static bool names_phb(const struct rtas_call *call)
{
    return ((uint64_t)call->args[1] << 32 | call->args[2]) == PHB_BUID;
}

static struct dma_window *find_free(struct pseries *p)
{
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++)
        if (!p->phb.windows[i].entries)
            return &p->phb.windows[i];
    return NULL;
}

int32_t rtas_query_pe_dma_window(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    uint32_t free_windows = 0, page_bits = 0;
    (void)cpu;
    if (!names_phb(call))
        return RTAS_PARAMETER;
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++)
        free_windows += !p->phb.windows[i].entries;
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        page_bits |= pages[i].bit;
    const uint64_t entries = p->phb.tce_capacity;
    uint32_t *to = call->rets + 1;
    *to++ = free_windows;
    if (call->nret >= 6)
        *to++ = (uint32_t)(entries >> 32);
    *to++ = call->nret < 6 && entries > UINT32_MAX ? UINT32_MAX : (uint32_t)entries;
    *to++ = page_bits;
    *to = 0; /* no migration of windows */
    return RTAS_OK;
}

int32_t rtas_create_pe_dma_window(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint32_t page_shift = call->args[3], window_shift = call->args[4];
    struct dma_window *const w = find_free(p);
    bool known = false;
    (void)cpu;
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        known |= pages[i].shift == page_shift;
    if (!names_phb(call) || !known || window_shift < page_shift || window_shift > WINDOW_SHIFT_MAX)
        return RTAS_PARAMETER;
    const uint64_t entries = UINT64_C(1) << (window_shift - page_shift);
    if (!w || entries > p->phb.tce_capacity)
        return RTAS_HARDWARE;
    const uint32_t index = (uint32_t)(w - p->phb.windows);
    w->bus = index ? PHB_DMA64_BUS : 0;
    w->entries = entries;
    w->page_shift = page_shift;
    call->rets[1] = PHB_LIOBN + index;
    call->rets[2] = (uint32_t)(w->bus >> 32);
    call->rets[3] = (uint32_t)w->bus;
    return RTAS_OK;
}

int32_t rtas_remove_pe_dma_window(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint32_t index = call->args[0] - PHB_LIOBN;
    (void)cpu;
    if (index >= PHB_DMA_WINDOWS || !p->phb.windows[index].entries)
        return RTAS_PARAMETER;
    drop_window(p, &p->phb.windows[index]);
    return RTAS_OK;
}

int32_t rtas_reset_pe_dma_window(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu;
    if (!names_phb(call))
        return RTAS_PARAMETER;
    ddw_reset(p);
    return RTAS_OK;
}
