/* /chosen (pseries.md 1.3, 2.9, 2.11). */
#include <stdio.h>

#include "fdt_build.h"
#include "image.h"
#include "pseries_internal.h"

/*
 * ov5 bytes 23 to 26 that this platform has, as pairs of byte number and value: legacy interrupt
 * controller, hashed page table, no segment-table extension; radix GTSE as QEMU states it.
 */
static const uint8_t platform_support[] = {0x17, 0x00, 0x18, 0x00, 0x19, 0x00, 0x1a, 0x40};

/* Random-looking, but the same in every run of a configuration (contract 3). */
static int add_seed(struct pseries *p, void *fdt, int node)
{
    uint8_t seed[IMAGE_SHA256_BYTES];
    char text[128];
    const int n =
        snprintf(text, sizeof text, "hornpipe rng-seed %s", p->config.uuid ? p->config.uuid : "");
    image_sha256(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1, seed);
    return fdt_setprop(fdt, node, "rng-seed", seed, sizeof seed);
}

/*
 * What was granted of option vector 5: bytes in the vector less one, then the bytes. Before CAS an
 * empty vector. Byte 5, 0x80: FORM1 associativity.
 */
static int add_vector5(struct pseries *p, void *fdt, int node)
{
    const uint8_t before[] = {0, 0};
    const uint8_t after[] = {4, 0, 0, 0, 0, p->ov5_form1};
    return p->cas_done ? fdt_setprop(fdt, node, "ibm,architecture-vec-5", after, sizeof after)
                       : fdt_setprop(fdt, node, "ibm,architecture-vec-5", before, sizeof before);
}

static int add_images(struct pseries *p, void *fdt, int node)
{
    if (p->kernel_size) {
        DT_TRY(DT_CELLS(fdt, node, "qemu,boot-kernel", p->kernel_real >> 32,
                        (uint32_t)p->kernel_real, p->kernel_size >> 32, (uint32_t)p->kernel_size));
        if (p->kernel_le)
            DT_TRY(fdt_setprop_empty(fdt, node, "qemu,boot-kernel-le"));
    }
    if (p->initrd_size) {
        DT_TRY(DT_CELLS(fdt, node, "linux,initrd-start", (uint32_t)p->initrd_real));
        DT_TRY(
            DT_CELLS(fdt, node, "linux,initrd-end", (uint32_t)(p->initrd_real + p->initrd_size)));
    }
    return 0;
}

static int add_boot(struct pseries *p, void *fdt, int node)
{
    char path[64];
    vty_path(p, path, sizeof path);
    if (p->config.append && p->config.append[0])
        DT_TRY(fdt_setprop_string(fdt, node, "bootargs", p->config.append));
    DT_TRY(add_images(p, fdt, node));
    if (p->config.boot_order && p->config.boot_order[0])
        DT_TRY(fdt_setprop_string(fdt, node, "qemu,boot-device", p->config.boot_order));
    DT_TRY(DT_CELLS(fdt, node, "qemu,graphic-width", 800));
    DT_TRY(DT_CELLS(fdt, node, "qemu,graphic-height", 600));
    DT_TRY(DT_CELLS(fdt, node, "qemu,graphic-depth", 32));
    DT_TRY(fdt_setprop_string(fdt, node, "linux,stdout-path", path));
    DT_TRY(fdt_setprop_string(fdt, node, "stdout-path", path));
    DT_TRY(DT_CELLS(fdt, node, "linux,pci-probe-only", 0));
    return fdt_setprop(fdt, node, "ibm,arch-vec-5-platform-support", platform_support,
                       sizeof platform_support);
}

int fdt_add_chosen(struct pseries *p, void *fdt, int root, bool for_cas)
{
    const int node = fdt_add_subnode(fdt, root, "chosen");
    DT_TRY(node);
    if (!for_cas)
        DT_TRY(add_boot(p, fdt, node));
    DT_TRY(add_seed(p, fdt, node));
    return add_vector5(p, fdt, node);
}
