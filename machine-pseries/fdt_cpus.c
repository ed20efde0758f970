/* /cpus (pseries.md 2.2). */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "fdt_build.h"
#include "fdt_node.h"
#include "pseries_internal.h"

enum { FDT_THREADS_MAX = 8 };

/* ibm,pa-features: length, type 0, attribute bytes (LoPAR, processor binding). */
static const uint8_t pa_features_206[] = {0x06, 0x00, 0xf6, 0x3f, 0xc7, 0x00, 0x80, 0xc0};
static const uint8_t pa_features_207[] = {
    0x18, 0x00, 0xf6, 0x3f, 0xc7, 0xc0, 0x80, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
};

/* In both forms: caching-inhibited pages may be large; in that of 2.07: transactional memory. */
enum { PA_LARGE_IO_BYTE = 2 + 1, PA_LARGE_IO = 0x20, PA_TM_BYTE = 2 + 22, PA_TM = 0x80 };

/*
 * ibm,segment-page-sizes: groups of base shift, SLB encoding, count, then (actual shift, LP). Pages
 * of 64K within 4K segments are offered with the larger ones only.
 */
static void add_page_sizes(struct pseries *p, struct fdt_node *node)
{
    static const uint32_t small[] = {12, 0x000, 1, 12, 0};
    static const uint32_t medium[] = {12, 0x000, 1, 12, 0, 16, 0x110, 1, 16, 1};
    static const uint32_t large[] = {12, 0x000, 3,  12,    0, 16, 7, 24, 0x38,  16, 0x110, 2, 16, 1,
                                     24, 8,     24, 0x100, 1, 24, 0, 34, 0x120, 1,  34,    3};
    enum { HUGE_CELLS = 5 };
    const unsigned shift = p->config.max_page_shift;
    const uint32_t *const cells = shift < 16 ? small : shift < 24 ? medium : large;
    const size_t count = shift < 16   ? ARRAY_SIZE(small)
                         : shift < 24 ? ARRAY_SIZE(medium)
                         : shift < 34 ? ARRAY_SIZE(large) - HUGE_CELLS
                                      : ARRAY_SIZE(large);
    fdt_node_cells(node, "ibm,segment-page-sizes", cells, count);
}

static void add_caches(struct fdt_node *node)
{
    static const char *const lines[] = {"d-cache-block-size", "d-cache-line-size",
                                        "i-cache-block-size", "i-cache-line-size"};
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
        fdt_node_u32(node, lines[i], 128);
    fdt_node_u32(node, "d-cache-size", 0x8000);
    fdt_node_u32(node, "i-cache-size", 0x8000);
}

static void add_mmu(struct pseries *p, struct fdt_node *node)
{
    fdt_node_u32(node, "slb-size", p->config.cpu->slb_entries);
    fdt_node_u32(node, "ibm,slb-size", p->config.cpu->slb_entries);
    FDT_NODE_CELLS(node, "ibm,processor-segment-sizes", 28, 40, 0xffffffff, 0xffffffff);
    add_page_sizes(p, node);
    FDT_NODE_CELLS(node, "ibm,pft-size", 0, (uint32_t)__builtin_ctzll(p->bus.hpt_size));
}

/* As the mode has them; of POWER6's attributes there is no list, as in QEMU. */
static void add_pa_features(struct pseries *p, struct fdt_node *node, uint64_t hidden)
{
    const bool is_207 = p->config.cpu->level >= ISA_207 && !(hidden & PCR_V206);
    uint8_t features[sizeof pa_features_207];
    const size_t size = is_207 ? sizeof pa_features_207 : sizeof pa_features_206;
    if (hidden & PCR_V205)
        return;
    memcpy(features, is_207 ? pa_features_207 : pa_features_206, size);
    if (p->config.max_page_shift < 16)
        features[PA_LARGE_IO_BYTE] &= (uint8_t)~PA_LARGE_IO;
    if (p->config.cap_htm && is_207)
        features[PA_TM_BYTE] |= PA_TM;
    fdt_node_bytes(node, "ibm,pa-features", features, size);
}

static void add_features(struct pseries *p, struct fdt_node *node)
{
    const struct compat_mode *const mode = compat_now(p);
    const uint64_t hidden = mode ? mode->pcr : 0;
    fdt_node_empty(node, "64-bit");
    fdt_node_u32(node, "ibm,purr", 1);
    fdt_node_u32(node, "ibm,spurr", 1);
    fdt_node_u32(node, "ibm,vmx", p->config.cap_vsx && !(hidden & PCR_VSX_DIS) ? 2 : 1);
    if (p->config.cap_dfp)
        fdt_node_u32(node, "ibm,dfp", 1);
    add_pa_features(p, node, hidden);
}

/* clock-frequency has 32 bits; a faster clock needs the extended property too. */
static void add_frequencies(struct pseries *p, struct fdt_node *node)
{
    const uint64_t hz = p->config.clock_hz;
    fdt_node_u32(node, "timebase-frequency", (uint32_t)TIMEBASE_HZ);
    fdt_node_u32(node, "clock-frequency", hz >> 32 ? UINT32_MAX : (uint32_t)hz);
    if (hz >> 32)
        FDT_NODE_CELLS(node, "ibm,extended-clock-frequency", hz >> 32, (uint32_t)hz);
}

/* Server numbers of a core's threads, as many as the mode has, and the pairs of global servers. */
static void add_servers(struct pseries *p, struct fdt_node *node, uint32_t first)
{
    const unsigned threads = compat_threads(p);
    uint8_t servers[4 * FDT_THREADS_MAX], gservers[8 * FDT_THREADS_MAX];
    assert(threads <= FDT_THREADS_MAX);
    for (unsigned i = 0; i < threads; i++) {
        store_be32(servers + (size_t)4 * i, first + i);
        store_be32(gservers + (size_t)8 * i, first + i);
        store_be32(gservers + (size_t)8 * i + 4, 0);
    }
    fdt_node_bytes(node, "ibm,ppc-interrupt-server#s", servers, (size_t)4 * threads);
    fdt_node_bytes(node, "ibm,ppc-interrupt-gserver#s", gservers, (size_t)8 * threads);
}

/* A core, by the number of its first thread. */
static int add_core(struct pseries *p, const struct fdt_node *cpus, uint32_t server)
{
    const struct cpu_model *model = p->config.cpu;
    char name[32];
    snprintf(name, sizeof name, "PowerPC,%s@%x", model->level >= ISA_207 ? "POWER8" : "POWER7",
             server);
    struct fdt_node node = fdt_node_child(cpus, name);
    fdt_node_string(&node, "device_type", "cpu");
    fdt_node_u32(&node, "reg", server);
    fdt_node_string(&node, "status", "okay");
    fdt_node_u32(&node, "cpu-version", p->compat_pvr ? p->compat_pvr : model->pvr);
    fdt_node_u32(&node, "ibm,chip-id", server / (p->config.cpu_count / p->config.sockets));
    add_servers(p, &node, server);
    add_frequencies(p, &node);
    add_caches(&node);
    add_mmu(p, &node);
    add_features(p, &node);
    return node.error;
}

int fdt_add_cpus(struct pseries *p, void *fdt, int root)
{
    struct fdt_node cpus = fdt_node_add(fdt, root, "cpus");
    fdt_node_u32(&cpus, "#address-cells", 1);
    fdt_node_u32(&cpus, "#size-cells", 0);
    int error = cpus.error;
    for (unsigned i = p->config.cpu_count; !error && i > 0; i -= p->config.threads)
        error = add_core(p, &cpus, i - p->config.threads);
    return error;
}
