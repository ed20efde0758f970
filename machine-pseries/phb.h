/* spapr-pci-host-bridge: one PHB with an empty bus, its windows and its TCE table (LoPAR 7.3.4). */
#ifndef HORNPIPE_PHB_H
#define HORNPIPE_PHB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "base/status.h"

struct pseries;

#define PHB_BUID       UINT64_C(0x800000020000000)
#define PHB_LIOBN      0x80000000u
#define PHB_IO_BASE    UINT64_C(0x200000000000)
#define PHB_IO_SIZE    UINT64_C(0x10000)
#define PHB_MEM32_BASE UINT64_C(0x200080000000)
#define PHB_MEM32_SIZE UINT64_C(0x80000000)
#define PHB_MEM32_BUS  UINT64_C(0x80000000)
#define PHB_MEM64_BASE UINT64_C(0x210000000000)
#define PHB_MEM64_SIZE UINT64_C(0x10000000000)
#define PHB_DMA_SIZE   UINT64_C(0x40000000)

struct phb {
    uint64_t *tces; /* 1 GiB window of 4K pages */
    uint32_t tce_count;
};

/* The TCE table, the LSIs, and the MMIO callbacks of the bus. */
enum sim_status phb_init(struct pseries *p);
void phb_reset(struct pseries *p);
void phb_fini(struct pseries *p);

/* Adds the node pci@800000020000000 under the node at `parent`; 0 or a libfdt error. */
int phb_fdt(struct pseries *p, void *fdt, int parent);

/* Callbacks for struct isa_bus, ctx = struct pseries: nothing answers in the PCI windows, so that
 * reads are all ones and writes are lost; false outside the windows. */
bool phb_mmio_read(void *ctx, uint64_t real, unsigned size, uint64_t *value);
bool phb_mmio_write(void *ctx, uint64_t real, unsigned size, uint64_t value);

/* The TCE table of a logical I/O bus number, of the PHB or a VIO device; NULL: no such table. */
uint64_t *tce_table(struct pseries *p, uint64_t liobn, uint64_t *entries);

#endif
