/* One POWER8 vCPU with RAM, run by an engine: what tests of the engines share. */
#ifndef TEST_ENGINE_FIXTURE_H
#define TEST_ENGINE_FIXTURE_H

#include <stdlib.h>

#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"

struct guest {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
};

/* In power-on state. `code_cache` is in bytes. Include after cmocka.h. */
static inline struct guest *guest_create(enum engine_kind engine, uint64_t ram_size,
                                         uint64_t code_cache)
{
    struct guest *const g = calloc(1, sizeof *g);
    assert_non_null(g);
    isa_init();
    assert_int_equal(bus_init(&g->bus, ram_size), STATUS_OK);
    assert_int_equal(bus_limit_code(&g->bus, code_cache), STATUS_OK);
    g->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    g->cpu = cpu_create(cpu_model_find("POWER8"), 0, &g->bus, &g->clock);
    assert_non_null(g->cpu);
    assert_int_equal(engine_select(g->cpu, engine), STATUS_OK);
    return g;
}

static inline void guest_destroy(struct guest *g)
{
    cpu_destroy(g->cpu);
    bus_fini(&g->bus);
    free(g);
}

#endif
