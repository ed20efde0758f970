#include "isa/bus.h"

#include <assert.h>
#include <sys/mman.h>

#include "isa/code_cache.h"
#include "isa/cpu.h"
#include "isa/reserve.h"

enum sim_status bus_init(struct isa_bus *bus, uint64_t ram_size)
{
    void *ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    RETURN_IF(ram == MAP_FAILED, STATUS_NO_MEMORY,
              "-m: the host has no address space for %llu bytes of guest RAM",
              (unsigned long long)ram_size);
    madvise(ram, ram_size, MADV_HUGEPAGE); /* else the host's own TLB misses slow what is large */
    memset(bus, 0, sizeof *bus);
    bus->ram = ram;
    bus->ram_size = ram_size;
    bus->max_page_shift = 16;
    bus->threads = 1;
    bus->code = code_cache_create(ram_size, CODE_CACHE_BYTES);
    if (!bus->code) {
        munmap(ram, ram_size);
        bus->ram = NULL;
        return status_fail(STATUS_NO_MEMORY, "-m: no memory for the code cache");
    }
    return STATUS_OK;
}

enum sim_status bus_limit_code(struct isa_bus *bus, uint64_t bytes)
{
    for (unsigned i = 0; i < bus->cpu_count; i++)
        assert(!bus->cpus[i]->threaded); /* whose counts are as many as the cache has slots */
    struct code_cache *const code = code_cache_create(bus->ram_size, bytes);
    RETURN_IF(!code, STATUS_NO_MEMORY, "--code-cache: the host has no room for %llu bytes",
              (unsigned long long)bytes);
    code_cache_destroy(bus->code);
    bus->code = code;
    return STATUS_OK;
}

void bus_fini(struct isa_bus *bus)
{
    if (!bus->ram)
        return;
    code_cache_destroy(bus->code);
    munmap(bus->ram, bus->ram_size);
    bus->ram = NULL;
    bus->code = NULL;
}

void bus_reset(struct isa_bus *bus)
{
    /* Private anonymous pages read as zero again once dropped. */
    madvise(bus->ram, bus->ram_size, MADV_DONTNEED);
    for (unsigned i = 0; i < bus->cpu_count; i++) {
        bus->cpus[i]->exec_page = NULL;
        mmu_flush_all(bus->cpus[i]);
    }
    code_cache_reset(bus);
}

bool bus_read(const struct isa_bus *bus, uint64_t real, void *out, size_t len)
{
    if (!bus_is_ram(bus, real, len))
        return false;
    memcpy(out, bus->ram + real, len);
    return true;
}

void bus_stored(struct isa_bus *bus, uint64_t real, uint64_t len)
{
    reserve_stored(bus, NULL, real, len);
    code_cache_changed(bus, real, len, false);
}

bool bus_write(struct isa_bus *bus, uint64_t real, const void *in, size_t len)
{
    if (!bus_is_ram(bus, real, len))
        return false;
    memcpy(bus->ram + real, in, len);
    bus_stored(bus, real, len);
    return true;
}

bool bus_fill(struct isa_bus *bus, uint64_t real, uint8_t byte, size_t len)
{
    if (!bus_is_ram(bus, real, len))
        return false;
    memset(bus->ram + real, byte, len);
    bus_stored(bus, real, len);
    return true;
}
