/* The nodes of the device tree that belong to no device; fdt_node.h is how they are written. */
#ifndef HORNPIPE_FDT_BUILD_H
#define HORNPIPE_FDT_BUILD_H

#include <stdbool.h>

struct pseries;

/* fdt_cpus.c: /cpus and a node for each core (pseries.md 2.2); 0 or a libfdt error. */
int fdt_add_cpus(struct pseries *p, void *fdt, int root);

/* fdt_chosen.c: /chosen (pseries.md 1.3, 2.9); `for_cas`: only what the CAS answer holds. */
int fdt_add_chosen(struct pseries *p, void *fdt, int root, bool for_cas);

#endif
