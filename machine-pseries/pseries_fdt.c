/* The device tree that firmware gets (pseries.md 2): root, memory, and the parts' own nodes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fdt_build.h"
#include "fdt_node.h"
#include "pseries_internal.h"

#define UUID_ZERO "00000000-0000-0000-0000-000000000000"

static int add_root(struct pseries *p, void *fdt)
{
    const struct pseries_config *config = &p->config;
    struct fdt_node root = {fdt, 0, 0};
    fdt_node_string(&root, "device_type", "chrp");
    fdt_node_string(&root, "model", "IBM pSeries (emulated by qemu)");
    fdt_node_string(&root, "compatible", "qemu,pseries");
    fdt_node_string(&root, "vm,uuid", config->uuid ? config->uuid : UUID_ZERO);
    if (config->uuid)
        fdt_node_string(&root, "system-id", config->uuid);
    if (config->host_model)
        fdt_node_string(&root, "host-model", config->host_model);
    if (config->host_serial)
        fdt_node_string(&root, "host-serial", config->host_serial);
    if (config->name)
        fdt_node_string(&root, "ibm,partition-name", config->name);
    fdt_node_u32(&root, "#address-cells", 2);
    fdt_node_u32(&root, "#size-cells", 2);
    return root.error;
}

static int add_memory_node(void *fdt, int root, uint64_t start, uint64_t size)
{
    char name[32];
    snprintf(name, sizeof name, "memory@%" PRIx64, start);
    struct fdt_node node = fdt_node_add(fdt, root, name);
    fdt_node_string(&node, "device_type", "memory");
    FDT_NODE_CELLS(&node, "reg", start >> 32, (uint32_t)start, size >> 32, (uint32_t)size);
    FDT_NODE_CELLS(&node, "ibm,associativity", 4, 0, 0, 0, 0);
    return node.error;
}

/* memory@0 is the RMA, a power of two; what lies above comes in naturally aligned powers of two
 * (pseries.md 2.3).
 */
static int add_memory(struct pseries *p, void *fdt, int root)
{
    int error = add_memory_node(fdt, root, 0, p->rma_size);
    for (uint64_t at = p->rma_size, size; !error && at < p->config.ram_size; at += size) {
        const uint64_t left = p->config.ram_size - at;
        const uint64_t alignment = at & -at;
        size = UINT64_C(1) << (63 - __builtin_clzll(left));
        if (size > alignment)
            size = alignment;
        error = add_memory_node(fdt, root, at, size);
    }
    return error;
}

static int add_nodes(struct pseries *p, void *fdt, bool for_cas)
{
    int error = add_root(p, fdt);
    if (!error)
        error = xics_fdt(p, fdt, 0);
    if (!error)
        error = add_memory(p, fdt, 0);
    if (!error)
        error = vio_fdt(p, fdt, 0);
    if (!error)
        error = phb_fdt(p, fdt, 0);
    if (!error)
        error = fdt_add_cpus(p, fdt, 0);
    if (!error)
        error = rtas_fdt(p, fdt, 0);
    if (!error)
        error = fdt_add_chosen(p, fdt, 0, for_cas);
    return error;
}

static int build(struct pseries *p, void *fdt, bool for_cas)
{
    int error = fdt_create_empty_tree(fdt, PSERIES_FDT_MAX);
    if (!error && !for_cas && p->kernel_size)
        error = fdt_add_mem_rsv(fdt, p->kernel_real, p->kernel_size);
    if (!error && !for_cas && p->initrd_size)
        error = fdt_add_mem_rsv(fdt, p->initrd_real, p->initrd_size);
    if (!error)
        error = add_nodes(p, fdt, for_cas);
    if (!error) {
        fdt_set_boot_cpuid_phys(fdt, p->cpus[0]->pir);
        error = fdt_pack(fdt);
    }
    return error;
}

enum sim_status pseries_fdt_build(struct pseries *p, bool for_cas, void **out, size_t *size)
{
    void *fdt = calloc(1, PSERIES_FDT_MAX);
    *out = NULL;
    RETURN_IF(!fdt, STATUS_NO_MEMORY, "no host memory for the device tree");
    const int error = build(p, fdt, for_cas);
    if (error) {
        free(fdt);
        /* The command line's strings are all that can grow so large. */
        return status_fail(STATUS_NO_FIT, "the device tree does not fit into %d bytes: %s",
                           PSERIES_FDT_MAX, fdt_strerror(error));
    }
    *out = fdt;
    *size = fdt_totalsize(fdt);
    return STATUS_OK;
}
