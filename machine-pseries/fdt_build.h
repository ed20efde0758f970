/*
 * Building the device tree with libfdt's read-write calls. A builder returns 0 or a negative libfdt
 * error; node offsets stay valid while only later nodes change, so parents add children last.
 */
#ifndef HORNPIPE_FDT_BUILD_H
#define HORNPIPE_FDT_BUILD_H

#include <libfdt.h>
#include <stdint.h>

#include "base/bits.h"

struct pseries;

/* Leaves the builder with libfdt's error if `call` failed. */
#define DT_TRY(call)                                                                               \
    do {                                                                                           \
        const int dt_try_ = (call);                                                                \
        if (dt_try_ < 0)                                                                           \
            return dt_try_;                                                                        \
    } while (0)

enum { DT_CELLS_MAX = 32 };

/* A property of `count` 32-bit cells. */
int dt_set_cells(void *fdt, int node, const char *name, const uint32_t *cells, unsigned count);

/* The same from a list of values. */
#define DT_CELLS(fdt, node, name, ...)                                                             \
    dt_set_cells(fdt, node, name, (const uint32_t[]){__VA_ARGS__},                                 \
                 sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* fdt_cpus.c: /cpus and a node for each core (pseries.md 2.2). */
int fdt_add_cpus(struct pseries *p, void *fdt, int root);

/* fdt_chosen.c: /chosen (pseries.md 1.3, 2.9); `for_cas`: only what the CAS answer holds. */
int fdt_add_chosen(struct pseries *p, void *fdt, int root, bool for_cas);

#endif
