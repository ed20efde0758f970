/*
 * spapr-pci-host-bridge: one PHB with one bus, its windows, its level interrupts, and the windows
 * through which its devices reach memory (LoPAR 7.3.4, 7.3.32).
 */
#ifndef HORNPIPE_PHB_H
#define HORNPIPE_PHB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "base/status.h"

struct pseries;

#define PHB_BUID       UINT64_C(0x800000020000000)
#define PHB_LIOBN      0x80000000u /* of the first DMA window */
#define PHB_IO_BASE    UINT64_C(0x200000000000)
#define PHB_IO_SIZE    UINT64_C(0x10000)
#define PHB_MEM32_BASE UINT64_C(0x200080000000)
#define PHB_MEM32_SIZE UINT64_C(0x80000000)
#define PHB_MEM32_BUS  UINT64_C(0x80000000)
#define PHB_MEM64_BASE UINT64_C(0x210000000000)
#define PHB_MEM64_SIZE UINT64_C(0x10000000000)
#define PHB_DMA_SIZE   UINT64_C(0x40000000)
#define PHB_DMA64_BUS  UINT64_C(0x800000000000000) /* where the second DMA window begins */

/* Where devices write their messages to: four bytes, the number of an interrupt source. */
#define PHB_MSI_WINDOW      UINT64_C(0x40000000000)
#define PHB_MSI_WINDOW_SIZE UINT64_C(0x1000)

enum { PHB_LSIS = 4, PHB_DMA_WINDOWS = 2 };

/* Translation of bus addresses by pages: tces[i] is for the page at bus + (i << page_shift). */
struct dma_window {
    uint64_t *tces;
    uint64_t bus;
    uint64_t entries; /* 0: there is no such window */
    uint32_t page_shift;
};
extern const struct state_desc dma_window_state_desc;

struct phb {
    struct dma_window windows[PHB_DMA_WINDOWS]; /* logical bus numbers PHB_LIOBN + i */
    uint64_t tce_capacity;                      /* entries that there is room for in each */
    bool lsi_up[PHB_LSIS];
};

/* The TCE tables, the LSIs, and the MMIO callbacks of the bus. */
enum sim_status phb_init(struct pseries *p);
void phb_reset(struct pseries *p);
void phb_fini(struct pseries *p);

/* Adds the node pci@800000020000000 under the node at `parent`; 0 or a libfdt error. */
int phb_fdt(struct pseries *p, void *fdt, int parent);

/* Callbacks for struct isa_bus, ctx = struct pseries: where no device answers, reads are all ones
 * and writes are lost; false outside the windows. */
bool phb_mmio_read(void *ctx, uint64_t real, unsigned size, uint64_t *value);
bool phb_mmio_write(void *ctx, uint64_t real, unsigned size, uint64_t value);

/* -- tce.c -- */

/* The window of a logical I/O bus number, of the PHB or a VIO device; false: no such window. */
bool tce_window(struct pseries *p, uint64_t liobn, struct dma_window *out);

/*
 * Where `addr` of the bus lies in memory, and how many bytes follow there before the next page.
 * False: outside the window, or the entry does not allow this direction. The real address need not
 * be RAM.
 */
bool tce_translate(const struct dma_window *window, uint64_t addr, bool write, uint64_t *real,
                   uint64_t *run);

/* -- rtas_ddw.c -- */

/* Both windows as after a reset: the first of PHB_DMA_SIZE and empty, the second not there. */
void ddw_reset(struct pseries *p);

#endif
