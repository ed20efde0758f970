#include "isa/reserve.h"

enum { GRANULE_SHIFT = 7 };

void reserve_unpark(struct cpu *cpu)
{
    if (!cpu->reserve_parked)
        return;
    cpu->reserve_parked = false;
    cpu->bus->parked--;
}

void reserve_park(struct cpu *cpu)
{
    struct isa_bus *const bus = cpu->bus;
    const uint64_t page = cpu->reserve_real & TLB_PAGE_MASK;
    if (cpu->reserve_parked && cpu->reserve_valid && cpu->reserve_page == page)
        return;
    reserve_unpark(cpu);
    if (!cpu->reserve_valid || bus->cpu_count == 1)
        return;
    cpu->reserve_parked = true;
    cpu->reserve_page = page;
    bus->parked++;
    for (unsigned i = 0; i < bus->cpu_count; i++)
        if (bus->cpus[i] != cpu)
            mmu_flush_store_page(bus->cpus[i], page);
}

bool reserve_guards(const struct cpu *cpu, uint64_t real_page)
{
    const struct isa_bus *const bus = cpu->bus;
    for (unsigned i = 0; bus->parked && i < bus->cpu_count; i++)
        if (bus->cpus[i] != cpu && bus->cpus[i]->reserve_parked &&
            bus->cpus[i]->reserve_page == real_page)
            return true;
    return false;
}

void reserve_stored(struct isa_bus *bus, const struct cpu *by, uint64_t real, uint64_t len)
{
    if (len == 0)
        return;
    const uint64_t first = real >> GRANULE_SHIFT, last = (real + len - 1) >> GRANULE_SHIFT;
    for (unsigned i = 0; i < bus->cpu_count; i++) {
        struct cpu *const cpu = bus->cpus[i];
        const uint64_t granule = cpu->reserve_real >> GRANULE_SHIFT;
        if (cpu == by || !cpu->reserve_valid || granule < first || granule > last)
            continue;
        cpu->reserve_valid = false;
        reserve_unpark(cpu);
    }
}
