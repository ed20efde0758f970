/* /chosen (pseries.md 1.3, 2.9, 2.11). */
#include <stdio.h>

#include "fdt_build.h"
#include "fdt_node.h"
#include "image.h"
#include "pseries_internal.h"

/*
 * ov5 bytes 23 to 26 that this platform has, as pairs of byte number and value: legacy interrupt
 * controller, hashed page table, no segment-table extension; radix GTSE as QEMU states it.
 */
static const uint8_t platform_support[] = {0x17, 0x00, 0x18, 0x00, 0x19, 0x00, 0x1a, 0x40};

/* Random-looking, but the same in every run of a configuration (contract 3). */
static void add_seed(struct pseries *p, struct fdt_node *node)
{
    uint8_t seed[IMAGE_SHA256_BYTES];
    char text[128];
    const int n =
        snprintf(text, sizeof text, "hornpipe rng-seed %s", p->config.uuid ? p->config.uuid : "");
    image_sha256(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1, seed);
    fdt_node_bytes(node, "rng-seed", seed, sizeof seed);
}

/*
 * What was granted of option vector 5: bytes in the vector less one, then the bytes. Before CAS an
 * empty vector. Byte 5, 0x80: FORM1 associativity.
 */
static void add_vector5(struct pseries *p, struct fdt_node *node)
{
    const uint8_t before[] = {0, 0};
    const uint8_t after[] = {4, 0, 0, 0, 0, p->ov5_form1};
    if (p->cas_done)
        fdt_node_bytes(node, "ibm,architecture-vec-5", after, sizeof after);
    else
        fdt_node_bytes(node, "ibm,architecture-vec-5", before, sizeof before);
}

static void add_images(struct pseries *p, struct fdt_node *node)
{
    if (p->kernel_size) {
        FDT_NODE_CELLS(node, "qemu,boot-kernel", p->kernel_real >> 32, (uint32_t)p->kernel_real,
                       p->kernel_size >> 32, (uint32_t)p->kernel_size);
        if (p->kernel_le)
            fdt_node_empty(node, "qemu,boot-kernel-le");
    }
    if (p->initrd_size) {
        fdt_node_u32(node, "linux,initrd-start", (uint32_t)p->initrd_real);
        fdt_node_u32(node, "linux,initrd-end", (uint32_t)(p->initrd_real + p->initrd_size));
    }
}

static void add_boot(struct pseries *p, struct fdt_node *node)
{
    char path[64];
    vty_path(p, path, sizeof path);
    if (p->config.append && p->config.append[0])
        fdt_node_string(node, "bootargs", p->config.append);
    add_images(p, node);
    if (p->config.boot_order && p->config.boot_order[0])
        fdt_node_string(node, "qemu,boot-device", p->config.boot_order);
    fdt_node_u32(node, "qemu,graphic-width", 800);
    fdt_node_u32(node, "qemu,graphic-height", 600);
    fdt_node_u32(node, "qemu,graphic-depth", 32);
    fdt_node_string(node, "linux,stdout-path", path);
    fdt_node_string(node, "stdout-path", path);
    fdt_node_u32(node, "linux,pci-probe-only", 0);
    fdt_node_bytes(node, "ibm,arch-vec-5-platform-support", platform_support,
                   sizeof platform_support);
}

int fdt_add_chosen(struct pseries *p, void *fdt, int root, bool for_cas)
{
    struct fdt_node node = fdt_node_add(fdt, root, "chosen");
    if (!for_cas)
        add_boot(p, &node);
    add_seed(p, &node);
    add_vector5(p, &node);
    return node.error;
}
