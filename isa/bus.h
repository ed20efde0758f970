/*
 * What a vCPU sees of the machine: RAM, the hashed page table, and MMIO through callbacks.
 * Real addresses below ram_size are RAM. Every write to RAM by anyone goes through the functions
 * here or through a TLB entry, so that decoded code never grows stale.
 */
#ifndef HORNPIPE_ISA_BUS_H
#define HORNPIPE_ISA_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/status.h"

struct code_cache;
struct cpu;

enum { BUS_MAX_CPUS = 256 };

struct isa_bus {
    uint8_t *ram; /* zeroed; guest order bytes */
    uint64_t ram_size;

    /* The HPT: 16-byte entries, big-endian as the book has them. Real address for table walks. */
    uint8_t *hpt;
    uint64_t hpt_size;       /* a power of two */
    uint64_t hpt_real;       /* above RAM, see ARCHITECTURE.md */
    unsigned max_page_shift; /* largest actual page size allowed: 12, 16, 24 (16M), 34 */

    /*
     * MMIO of `size` 1, 2, 4 or 8 at a real address outside RAM; big-endian value.
     * False: nothing is there (the access becomes a machine check). May be NULL.
     */
    bool (*mmio_read)(void *ctx, uint64_t real, unsigned size, uint64_t *value);
    bool (*mmio_write)(void *ctx, uint64_t real, unsigned size, uint64_t value);
    void *mmio_ctx;

    struct code_cache *code;        /* owned: decoded pages (code_cache.h) */
    struct cpu *cpus[BUS_MAX_CPUS]; /* whose translations a change must reach; borrowed */
    unsigned cpu_count;
    unsigned threads; /* of a core; cores are that many vCPUs in a row, in the order of creation */
    unsigned parked;  /* vCPUs with a guarded reservation (reserve.h) */
    struct cpu *running; /* the one that is in a run(), or NULL */
};

/* RAM of `ram_size` bytes, lazily committed. STATUS_NO_MEMORY names the size. */
enum sim_status bus_init(struct isa_bus *bus, uint64_t ram_size);
void bus_fini(struct isa_bus *bus);

/* Decoded code takes at most `bytes` of the host's memory. Before engine_select(). */
enum sim_status bus_limit_code(struct isa_bus *bus, uint64_t bytes);

/* Makes all RAM zero again and forgets decoded code (machine reset). */
void bus_reset(struct isa_bus *bus);

/* True if [real, real+len) lies in RAM; len 0 asks about the address itself. No overflow. */
static inline bool bus_is_ram(const struct isa_bus *bus, uint64_t real, uint64_t len)
{
    return real < bus->ram_size && len <= bus->ram_size - real;
}

/* Copies to or from RAM; false, with nothing done, if any byte lies outside. */
bool bus_read(const struct isa_bus *bus, uint64_t real, void *out, size_t len);
bool bus_write(struct isa_bus *bus, uint64_t real, const void *in, size_t len);
/* What someone has stored to [real, real+len) of `ram` by himself, in place of bus_write(). */
void bus_stored(struct isa_bus *bus, uint64_t real, uint64_t len);
bool bus_fill(struct isa_bus *bus, uint64_t real, uint8_t byte, size_t len);

/* Aligned or not; false outside RAM. */
static inline bool bus_read_be32(const struct isa_bus *bus, uint64_t real, uint32_t *v)
{
    if (!bus_is_ram(bus, real, 4))
        return false;
    *v = load_be32(bus->ram + real);
    return true;
}

static inline bool bus_read_be64(const struct isa_bus *bus, uint64_t real, uint64_t *v)
{
    if (!bus_is_ram(bus, real, 8))
        return false;
    *v = load_be64(bus->ram + real);
    return true;
}

static inline bool bus_write_be32(struct isa_bus *bus, uint64_t real, uint32_t v)
{
    uint8_t bytes[4];
    store_be32(bytes, v);
    return bus_write(bus, real, bytes, sizeof bytes);
}

static inline bool bus_write_be64(struct isa_bus *bus, uint64_t real, uint64_t v)
{
    uint8_t bytes[8];
    store_be64(bytes, v);
    return bus_write(bus, real, bytes, sizeof bytes);
}

#endif
