/* /cpus (pseries.md 2.2). */
#include <stdio.h>

#include "fdt_build.h"
#include "pseries_internal.h"

/* Logical PVR of the 2.06 level: with it, or an older one, a POWER8 shows POWER7's features. */
#define LOGICAL_PVR_206 0x0f000003u

/* ibm,pa-features: length, type 0, attribute bytes (LoPAR, processor binding). */
static const uint8_t pa_features_206[] = {0x06, 0x00, 0xf6, 0x3f, 0xc7, 0x00, 0x80, 0xc0};
static const uint8_t pa_features_207[] = {
    0x18, 0x00, 0xf6, 0x3f, 0xc7, 0xc0, 0x80, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
};

/*
 * ibm,segment-page-sizes: groups of base shift, SLB encoding, count, then (actual shift, LP). Pages
 * of 64K within 4K segments are in the table of the hardware only; 16G pages are never offered.
 */
static int add_page_sizes(struct pseries *p, void *fdt, int node)
{
    if (p->config.max_page_shift >= 24)
        return DT_CELLS(fdt, node, "ibm,segment-page-sizes", 12, 0x000, 3, 12, 0, 16, 7, 24, 0x38,
                        16, 0x110, 2, 16, 1, 24, 8, 24, 0x100, 1, 24, 0);
    return DT_CELLS(fdt, node, "ibm,segment-page-sizes", 12, 0x000, 1, 12, 0, 16, 0x110, 1, 16, 1);
}

static int add_caches(void *fdt, int node)
{
    static const char *const lines[] = {"d-cache-block-size", "d-cache-line-size",
                                        "i-cache-block-size", "i-cache-line-size"};
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
        DT_TRY(DT_CELLS(fdt, node, lines[i], 128));
    DT_TRY(DT_CELLS(fdt, node, "d-cache-size", 0x8000));
    return DT_CELLS(fdt, node, "i-cache-size", 0x8000);
}

static int add_mmu(struct pseries *p, void *fdt, int node)
{
    const uint32_t slb_entries = p->config.cpu->slb_entries;
    DT_TRY(DT_CELLS(fdt, node, "slb-size", slb_entries));
    DT_TRY(DT_CELLS(fdt, node, "ibm,slb-size", slb_entries));
    DT_TRY(DT_CELLS(fdt, node, "ibm,processor-segment-sizes", 28, 40, 0xffffffff, 0xffffffff));
    DT_TRY(add_page_sizes(p, fdt, node));
    return DT_CELLS(fdt, node, "ibm,pft-size", 0, (uint32_t)__builtin_ctzll(p->bus.hpt_size));
}

static int add_features(struct pseries *p, void *fdt, int node)
{
    const bool is_207 =
        p->config.cpu->level >= ISA_207 && (p->cas_pvr == 0 || p->cas_pvr > LOGICAL_PVR_206);
    DT_TRY(fdt_setprop_empty(fdt, node, "64-bit"));
    DT_TRY(DT_CELLS(fdt, node, "ibm,purr", 1));
    DT_TRY(DT_CELLS(fdt, node, "ibm,spurr", 1));
    DT_TRY(DT_CELLS(fdt, node, "ibm,vmx", 2));
    DT_TRY(DT_CELLS(fdt, node, "ibm,dfp", 1));
    return is_207
               ? fdt_setprop(fdt, node, "ibm,pa-features", pa_features_207, sizeof pa_features_207)
               : fdt_setprop(fdt, node, "ibm,pa-features", pa_features_206, sizeof pa_features_206);
}

static int add_cpu(struct pseries *p, void *fdt, int cpus, const struct cpu *cpu, unsigned index)
{
    const struct cpu_model *model = p->config.cpu;
    const uint32_t server = cpu->pir;
    char name[32];
    snprintf(name, sizeof name, "PowerPC,%s@%x", model->level >= ISA_207 ? "POWER8" : "POWER7",
             server);
    const int node = fdt_add_subnode(fdt, cpus, name);
    DT_TRY(node);
    DT_TRY(fdt_setprop_string(fdt, node, "device_type", "cpu"));
    DT_TRY(DT_CELLS(fdt, node, "reg", server));
    DT_TRY(fdt_setprop_string(fdt, node, "status", "okay"));
    DT_TRY(DT_CELLS(fdt, node, "cpu-version", p->cas_pvr ? p->cas_pvr : model->pvr));
    DT_TRY(DT_CELLS(fdt, node, "timebase-frequency", TIMEBASE_HZ));
    DT_TRY(DT_CELLS(fdt, node, "clock-frequency", (uint32_t)p->config.clock_hz));
    if (p->config.clock_hz >> 32)
        DT_TRY(DT_CELLS(fdt, node, "ibm,extended-clock-frequency",
                        (uint32_t)(p->config.clock_hz >> 32), (uint32_t)p->config.clock_hz));
    DT_TRY(DT_CELLS(fdt, node, "ibm,chip-id", index));
    DT_TRY(DT_CELLS(fdt, node, "ibm,ppc-interrupt-server#s", server));
    DT_TRY(DT_CELLS(fdt, node, "ibm,ppc-interrupt-gserver#s", server, 0));
    DT_TRY(add_caches(fdt, node));
    DT_TRY(add_mmu(p, fdt, node));
    return add_features(p, fdt, node);
}

int fdt_add_cpus(struct pseries *p, void *fdt, int root)
{
    const int cpus = fdt_add_subnode(fdt, root, "cpus");
    DT_TRY(cpus);
    DT_TRY(DT_CELLS(fdt, cpus, "#address-cells", 1));
    DT_TRY(DT_CELLS(fdt, cpus, "#size-cells", 0));
    for (unsigned i = p->config.cpu_count; i-- > 0;)
        DT_TRY(add_cpu(p, fdt, cpus, p->cpus[i], i));
    return 0;
}
