/* The device tree that firmware gets (pseries.md 2): root, memory, and the parts' own nodes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fdt_build.h"
#include "pseries_internal.h"

#define UUID_ZERO "00000000-0000-0000-0000-000000000000"

int dt_set_cells(void *fdt, int node, const char *name, const uint32_t *cells, unsigned count)
{
    uint8_t bytes[DT_CELLS_MAX * 4];
    if (count > DT_CELLS_MAX)
        return -FDT_ERR_BADVALUE;
    for (unsigned i = 0; i < count; i++)
        store_be32(bytes + (size_t)i * 4, cells[i]);
    return fdt_setprop(fdt, node, name, bytes, (int)(count * 4));
}

static int add_root(struct pseries *p, void *fdt)
{
    const struct pseries_config *config = &p->config;
    DT_TRY(fdt_setprop_string(fdt, 0, "device_type", "chrp"));
    DT_TRY(fdt_setprop_string(fdt, 0, "model", "IBM pSeries (emulated by qemu)"));
    DT_TRY(fdt_setprop_string(fdt, 0, "compatible", "qemu,pseries"));
    DT_TRY(fdt_setprop_string(fdt, 0, "vm,uuid", config->uuid ? config->uuid : UUID_ZERO));
    if (config->uuid)
        DT_TRY(fdt_setprop_string(fdt, 0, "system-id", config->uuid));
    if (config->name)
        DT_TRY(fdt_setprop_string(fdt, 0, "ibm,partition-name", config->name));
    DT_TRY(DT_CELLS(fdt, 0, "#address-cells", 2));
    return DT_CELLS(fdt, 0, "#size-cells", 2);
}

static int add_memory_node(void *fdt, int root, uint64_t start, uint64_t size)
{
    char name[32];
    snprintf(name, sizeof name, "memory@%" PRIx64, start);
    const int node = fdt_add_subnode(fdt, root, name);
    DT_TRY(node);
    DT_TRY(fdt_setprop_string(fdt, node, "device_type", "memory"));
    DT_TRY(DT_CELLS(fdt, node, "reg", start >> 32, (uint32_t)start, size >> 32, (uint32_t)size));
    return DT_CELLS(fdt, node, "ibm,associativity", 4, 0, 0, 0, 0);
}

/* memory@0 is the RMA; what lies above comes in naturally aligned powers of two (pseries.md 2.3).
 */
static int add_memory(struct pseries *p, void *fdt, int root)
{
    DT_TRY(add_memory_node(fdt, root, 0, p->rma_size));
    for (uint64_t at = p->rma_size, size; at < p->config.ram_size; at += size) {
        const uint64_t left = p->config.ram_size - at;
        const uint64_t alignment = at & -at;
        size = UINT64_C(1) << (63 - __builtin_clzll(left));
        if (size > alignment)
            size = alignment;
        DT_TRY(add_memory_node(fdt, root, at, size));
    }
    return 0;
}

static int add_nodes(struct pseries *p, void *fdt, bool for_cas)
{
    DT_TRY(add_root(p, fdt));
    DT_TRY(xics_fdt(p, fdt, 0));
    DT_TRY(add_memory(p, fdt, 0));
    DT_TRY(vio_fdt(p, fdt, 0));
    DT_TRY(phb_fdt(p, fdt, 0));
    DT_TRY(fdt_add_cpus(p, fdt, 0));
    DT_TRY(rtas_fdt(p, fdt, 0));
    return fdt_add_chosen(p, fdt, 0, for_cas);
}

static int build(struct pseries *p, void *fdt, bool for_cas)
{
    DT_TRY(fdt_create_empty_tree(fdt, PSERIES_FDT_MAX));
    if (!for_cas && p->kernel_size)
        DT_TRY(fdt_add_mem_rsv(fdt, p->kernel_real, p->kernel_size));
    if (!for_cas && p->initrd_size)
        DT_TRY(fdt_add_mem_rsv(fdt, p->initrd_real, p->initrd_size));
    DT_TRY(add_nodes(p, fdt, for_cas));
    fdt_set_boot_cpuid_phys(fdt, p->cpus[0]->pir);
    return fdt_pack(fdt);
}

enum sim_status pseries_fdt_build(struct pseries *p, bool for_cas, void **out, size_t *size)
{
    void *fdt = calloc(1, PSERIES_FDT_MAX);
    *out = NULL;
    RETURN_IF(!fdt, STATUS_NO_MEMORY, "no host memory for the device tree");
    const int error = build(p, fdt, for_cas);
    if (error < 0) {
        free(fdt);
        /* The command line's strings are all that can grow so large. */
        return status_fail(STATUS_NO_FIT, "the device tree does not fit into %d bytes: %s",
                           PSERIES_FDT_MAX, fdt_strerror(error));
    }
    *out = fdt;
    *size = fdt_totalsize(fdt);
    return STATUS_OK;
}
