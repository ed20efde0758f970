/* claim and release of the client interface, and /memory@0/available that shows what is left. */
#include <libfdt.h>

#include "pseries_internal.h"

/* Clients run with 32-bit addresses; Linux stays below 768 MiB until it owns the machine. */
#define VOF_CLAIM_TOP UINT64_C(0x30000000)
enum { AVAILABLE_CELLS = 4 };

static uint64_t memory_end(const struct pseries *p)
{
    return p->rma_size < UINT64_C(0x100000000) ? p->rma_size : UINT64_C(0x100000000);
}

/* Index of the first claim that starts at or above `start`. */
static unsigned find_claim(const struct vof *vof, uint64_t start)
{
    unsigned i = 0;
    while (i < vof->claim_count && vof->claims[i].start < start)
        i++;
    return i;
}

static bool is_free(const struct vof *vof, uint64_t start, uint64_t size)
{
    const unsigned i = find_claim(vof, start);
    if (i < vof->claim_count && vof->claims[i].start < start + size)
        return false;
    return i == 0 || vof->claims[i - 1].start + vof->claims[i - 1].size <= start;
}

/* Rewrites "available" as address and size pairs of two cells each. */
static void update_available(struct pseries *p)
{
    struct vof *vof = &p->vof;
    uint8_t cells[(VOF_MAX_CLAIMS + 1) * AVAILABLE_CELLS * 4];
    unsigned count = 0;
    uint64_t at = 0;
    for (unsigned i = 0; i <= vof->claim_count; i++) {
        const uint64_t end = i < vof->claim_count ? vof->claims[i].start : p->rma_size;
        if (end > at) {
            store_be64(cells + (size_t)count * 16, at);
            store_be64(cells + (size_t)count * 16 + 8, end - at);
            count++;
        }
        if (i < vof->claim_count)
            at = vof->claims[i].start + vof->claims[i].size;
    }
    const int node = fdt_path_offset(vof->fdt, "/memory@0");
    /* A full tree leaves the old list: the claims themselves are what counts. */
    if (node >= 0)
        (void)fdt_setprop(vof->fdt, node, "available", cells, (int)(count * 16));
}

/* Highest free aligned place for `size` bytes; UINT64_MAX: none. */
static uint64_t find_place(const struct pseries *p, uint64_t size, uint64_t align)
{
    const struct vof *vof = &p->vof;
    uint64_t end = memory_end(p) < VOF_CLAIM_TOP ? memory_end(p) : VOF_CLAIM_TOP;
    for (unsigned i = vof->claim_count + 1; i-- > 0;) {
        const uint64_t floor = i ? vof->claims[i - 1].start + vof->claims[i - 1].size : 0;
        if (end > floor && end - floor >= size) {
            const uint64_t start = (end - size) & ~(align - 1);
            if (start >= floor)
                return start;
        }
        if (i && vof->claims[i - 1].start < end)
            end = vof->claims[i - 1].start;
    }
    return UINT64_MAX;
}

uint32_t vof_claim(struct pseries *p, uint64_t start, uint64_t size, uint64_t align)
{
    struct vof *vof = &p->vof;
    if (size == 0 || size > memory_end(p) || vof->claim_count == VOF_MAX_CLAIMS)
        return VOF_ERROR;
    if (align) {
        if (align & (align - 1))
            align = UINT64_C(1) << (64 - __builtin_clzll(align));
        start = find_place(p, size, align);
    }
    if (start > memory_end(p) - size || !is_free(vof, start, size))
        return VOF_ERROR;
    const unsigned i = find_claim(vof, start);
    memmove(&vof->claims[i + 1], &vof->claims[i], (vof->claim_count - i) * sizeof vof->claims[0]);
    vof->claims[i] = (struct vof_claim){start, size};
    vof->claim_count++;
    update_available(p);
    return (uint32_t)start;
}

uint32_t vof_release(struct pseries *p, uint64_t start, uint64_t size)
{
    struct vof *vof = &p->vof;
    const unsigned i = find_claim(vof, start);
    if (i == vof->claim_count || vof->claims[i].start != start || vof->claims[i].size != size)
        return VOF_ERROR;
    vof->claim_count--;
    memmove(&vof->claims[i], &vof->claims[i + 1], (vof->claim_count - i) * sizeof vof->claims[0]);
    update_available(p);
    return 0;
}
