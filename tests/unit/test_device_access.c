/* When loads and stores of devices happen: exactly, whatever the budget of a run() was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"

enum { RAM = 1 << 20, CODE = 0x1000, DEVICE = 0x40000000 };
enum { BEFORE = 5, STORE = 0x90830000, LOAD = 0x80a30000, ADD = 0x38c60001 };

struct guest {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
    unsigned loads, stores;
    uint64_t stored_at; /* the vCPU's time at the last store, in cycles */
};

static bool device_read(void *ctx, uint64_t real, unsigned size, uint64_t *value)
{
    struct guest *g = ctx;
    assert_int_equal(real, DEVICE);
    assert_int_equal(size, 4);
    g->loads++;
    *value = 0x11223344;
    return true;
}

static bool device_write(void *ctx, uint64_t real, unsigned size, uint64_t value)
{
    struct guest *g = ctx;
    assert_int_equal(real, DEVICE);
    assert_int_equal(size, 4);
    assert_int_equal(value, 0x55667788);
    g->stores++;
    g->stored_at = cpu_cycles(g->cpu);
    return true;
}

/* BEFORE additions, `word` at address DEVICE, and additions. */
static int setup(struct guest *g, uint32_t word)
{
    memset(g, 0, sizeof *g);
    isa_init();
    g->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    assert_int_equal(bus_init(&g->bus, RAM), STATUS_OK);
    g->bus.mmio_read = device_read;
    g->bus.mmio_write = device_write;
    g->bus.mmio_ctx = g;
    g->cpu = cpu_create(cpu_model_find("POWER8"), 0, &g->bus, &g->clock);
    assert_non_null(g->cpu);
    for (unsigned i = 0; i < 100; i++)
        bus_write_be32(&g->bus, CODE + 4 * i, i == BEFORE ? word : ADD);
    cpu_set_msr(g->cpu, UINT64_C(1) << 63);
    g->cpu->nia = CODE;
    g->cpu->gpr[3] = DEVICE;
    g->cpu->gpr[4] = 0x55667788;
    return 0;
}

static void finish(struct guest *g)
{
    cpu_destroy(g->cpu);
    bus_fini(&g->bus);
}

static enum engine_stop run(struct guest *g, uint64_t budget, uint64_t *retired)
{
    return engine_precise_run(g->cpu, budget, retired);
}

/* A store is the last instruction of its run. */
static void test_store(void **state)
{
    static const uint64_t budgets[] = {BEFORE + 1, BEFORE + 2, 50};
    (void)state;
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        struct guest g;
        uint64_t retired;
        setup(&g, STORE);
        assert_int_equal(run(&g, budgets[i], &retired), STOP_BUDGET);
        assert_int_equal(retired, BEFORE + 1);
        assert_int_equal(g.stores, 1);
        assert_int_equal(g.stored_at, BEFORE);
        assert_int_equal(g.cpu->nia, CODE + 4 * (BEFORE + 1));
        assert_int_equal(run(&g, 10, &retired), STOP_BUDGET);
        assert_int_equal(retired, 10);
        assert_int_equal(g.cpu->gpr[6], BEFORE + 10);
        assert_int_equal(g.stores, 1);
        finish(&g);
    }
}

static void test_load(void **state)
{
    struct guest g;
    uint64_t retired;
    (void)state;
    setup(&g, LOAD);
    assert_int_equal(run(&g, 50, &retired), STOP_BUDGET);
    assert_int_equal(retired, 50);
    assert_int_equal(g.loads, 1);
    assert_int_equal(g.cpu->gpr[5], 0x11223344);
    finish(&g);
}

/* Another vCPU is behind: the access waits, and nothing of it has happened. */
static void test_behind(void **state)
{
    static const uint32_t words[] = {STORE, LOAD};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct guest g;
        uint64_t retired;
        setup(&g, words[i]);
        g.cpu->clock_limit = BEFORE - 1;
        assert_int_equal(run(&g, 50, &retired), STOP_CLOCK);
        assert_int_equal(retired, BEFORE);
        assert_int_equal(g.stores + g.loads, 0);
        assert_int_equal(g.cpu->nia, CODE + 4 * BEFORE);
        g.cpu->clock_limit = BEFORE;
        assert_int_equal(run(&g, 50, &retired), STOP_BUDGET);
        assert_int_equal(g.stores + g.loads, 1);
        finish(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
