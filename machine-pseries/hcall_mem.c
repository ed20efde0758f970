/* Calls that move memory for the guest (LoPAR 14.5.4.4; pseries.md 3.4). */
#include "pseries_internal.h"

/* H_PAGE_INIT flags. */
#define FLAG_ICACHE_INVALIDATE  (UINT64_C(1) << 23)
#define FLAG_ICACHE_SYNCHRONIZE (UINT64_C(1) << 22)
#define FLAG_ZERO_PAGE          (UINT64_C(1) << 15)
#define FLAG_COPY_PAGE          (UINT64_C(1) << 14)

enum { PAGE_BYTES = 4096 };

/* H_LOGICAL_MEMOP. */
enum { MEMOP_COPY = 0, MEMOP_INVERT = 1, MEMOP_CHUNK = 4096 };
#define MEMOP_COUNT_MAX UINT64_C(0x80000000)
#define MEMOP_MMIO_MAX  UINT64_C(0x1000000) /* elements of a device: each is a call */

int64_t h_page_init(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t flags = args[0], to = args[1], from = args[2];
    const uint64_t known =
        FLAG_ICACHE_INVALIDATE | FLAG_ICACHE_SYNCHRONIZE | FLAG_ZERO_PAGE | FLAG_COPY_PAGE;
    uint8_t page[PAGE_BYTES];
    (void)cpu;
    if ((flags & ~known) || to % PAGE_BYTES || !bus_is_ram(&p->bus, to, PAGE_BYTES))
        return H_PARAMETER;
    if (flags & FLAG_COPY_PAGE) {
        if (from % PAGE_BYTES || !bus_read(&p->bus, from, page, sizeof page))
            return H_PARAMETER;
        bus_write(&p->bus, to, page, sizeof page);
    } else if (flags & FLAG_ZERO_PAGE) {
        bus_fill(&p->bus, to, 0, PAGE_BYTES);
    }
    return H_SUCCESS;
}

/* -- Single accesses, to RAM or to a device -- */

static bool is_access_size(uint64_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool load(struct pseries *p, uint64_t real, unsigned size, uint64_t *value)
{
    uint8_t bytes[8] = {0};
    if (bus_read(&p->bus, real, bytes + 8 - size, size)) {
        *value = load_be64(bytes);
        return true;
    }
    return real >= p->bus.ram_size && real % size == 0 && p->bus.mmio_read &&
           p->bus.mmio_read(p->bus.mmio_ctx, real, size, value);
}

static bool store(struct pseries *p, uint64_t real, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    store_be64(bytes, value);
    if (bus_write(&p->bus, real, bytes + 8 - size, size))
        return true;
    return real >= p->bus.ram_size && real % size == 0 && p->bus.mmio_write &&
           p->bus.mmio_write(p->bus.mmio_ctx, real, size, value);
}

int64_t h_logical_ci_load(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    uint64_t value;
    (void)cpu;
    if (!is_access_size(args[0]) || !load(p, args[1], (unsigned)args[0], &value))
        return H_PARAMETER;
    args[0] = value;
    return H_SUCCESS;
}

int64_t h_logical_ci_store(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)cpu;
    if (!is_access_size(args[0]) || !store(p, args[1], (unsigned)args[0], args[2]))
        return H_PARAMETER;
    return H_SUCCESS;
}

/* Cache maintenance: there is no cache that the guest could see stale. */
int64_t h_logical_nothing(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)p;
    (void)cpu;
    (void)args;
    return H_SUCCESS;
}

/* -- H_LOGICAL_MEMOP -- */

struct memop {
    uint64_t to, from;
    unsigned shift; /* log2 of the element's bytes */
    uint64_t count;
    bool invert;
    bool backwards; /* so that overlapping ranges copy as memmove() does */
};

/* Both ranges in RAM: by chunks through a buffer. */
static void memop_ram(struct pseries *p, const struct memop *op)
{
    uint8_t buffer[MEMOP_CHUNK];
    const uint64_t total = op->count << op->shift;
    for (uint64_t done = 0, n; done < total; done += n) {
        n = total - done < sizeof buffer ? total - done : sizeof buffer;
        const uint64_t at = op->backwards ? total - done - n : done;
        bus_read(&p->bus, op->from + at, buffer, (size_t)n);
        for (uint64_t i = 0; op->invert && i < n; i++)
            buffer[i] = (uint8_t)~buffer[i];
        bus_write(&p->bus, op->to + at, buffer, (size_t)n);
    }
}

/* Element by element; stops at the first that nothing answers. */
static int64_t memop_elements(struct pseries *p, const struct memop *op)
{
    const unsigned size = 1u << op->shift;
    if (op->count > MEMOP_MMIO_MAX)
        return H_PARAMETER;
    for (uint64_t i = 0; i < op->count; i++) {
        const uint64_t at = (op->backwards ? op->count - 1 - i : i) << op->shift;
        uint64_t value;
        if (!load(p, op->from + at, size, &value) ||
            !store(p, op->to + at, size, op->invert ? ~value : value))
            return H_PARAMETER;
    }
    return H_SUCCESS;
}

int64_t h_logical_memop(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct memop op = {.to = args[0],
                       .from = args[1],
                       .shift = (unsigned)args[2] & 3,
                       .count = args[3],
                       .invert = args[4] == MEMOP_INVERT};
    const uint64_t size = UINT64_C(1) << op.shift;
    (void)cpu;
    if (args[2] > 3 || args[4] > MEMOP_INVERT || op.count > MEMOP_COUNT_MAX || op.to % size ||
        op.from % size)
        return H_PARAMETER;
    const uint64_t bytes = op.count << op.shift;
    if (op.to + bytes < op.to || op.from + bytes < op.from)
        return H_PARAMETER;
    op.backwards = op.to > op.from && op.to - op.from < bytes;
    if (bus_is_ram(&p->bus, op.to, bytes) && bus_is_ram(&p->bus, op.from, bytes)) {
        memop_ram(p, &op);
        return H_SUCCESS;
    }
    return memop_elements(p, &op);
}
