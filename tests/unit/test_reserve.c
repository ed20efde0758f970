/*
 * Reservations of several vCPUs: which stores end them, by whom and where, after another has run.
 * Book II 1.7.4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "isa/code_cache.h"
#include "isa/engine.h"
#include "isa/mem.h"
#include "isa/reserve.h"

enum { VCPUS = 3, RAM_SIZE = 1 << 20 };
#define AT   UINT64_C(0x4000) /* the granule that is reserved */
#define CODE UINT64_C(0x8000)

struct guest {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu[VCPUS];
};

static int setup(void **state)
{
    struct guest *const g = calloc(1, sizeof *g);
    assert_non_null(g);
    isa_init();
    g->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    assert_int_equal(bus_init(&g->bus, RAM_SIZE), STATUS_OK);
    for (unsigned i = 0; i < VCPUS; i++) {
        g->cpu[i] = cpu_create(cpu_model_find("POWER8"), i, &g->bus, &g->clock);
        assert_non_null(g->cpu[i]);
        cpu_set_msr(g->cpu[i], MSR_SF);
    }
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    struct guest *const g = *state;
    for (unsigned i = 0; i < VCPUS; i++)
        cpu_destroy(g->cpu[i]);
    bus_fini(&g->bus);
    free(g);
    return 0;
}

/* Runs one instruction; r3 is its address operand, r4 what it stores. */
static void one(struct guest *g, unsigned vcpu, uint32_t word, uint64_t ea)
{
    struct cpu *const cpu = g->cpu[vcpu];
    uint64_t retired;
    store_be32(g->bus.ram + CODE + (uint64_t)4 * vcpu, word);
    code_cache_changed(&g->bus, CODE + (uint64_t)4 * vcpu, 4, false);
    cpu->nia = CODE + (uint64_t)4 * vcpu;
    cpu->gpr[3] = ea;
    assert_int_equal(engine_precise_run(cpu, 1, &retired), STOP_BUDGET);
    assert_true(retired == 1);
}

#define LDARX UINT32_C(0x7ca018a8) /* ldarx r5,0,r3 */
#define STDCX UINT32_C(0x7c8019ad) /* stdcx. r4,0,r3 */
#define STD   UINT32_C(0xf8830000) /* std r4,0(r3) */
#define STB   UINT32_C(0x98830000) /* stb r4,0(r3) */
#define DCBZ  UINT32_C(0x7c001fec) /* dcbz 0,r3 */

/* Whether vCPU 0's reservation of AT is still there, as its stdcx. finds. */
static bool held(struct guest *g)
{
    one(g, 0, STDCX, AT);
    return g->cpu[0]->cr[0] & 2;
}

static void test_others_stores(void **state)
{
    struct guest *const g = *state;
    static const struct {
        uint32_t word;
        uint64_t ea;
        bool held;
    } stores[] = {
        {STD, AT, false},       {STD, AT + 120, false},   {STB, AT + 127, false},
        {STD, AT + 128, true},  {STD, AT - 8, true},      {STD, AT - 4, false}, /* crosses */
        {DCBZ, AT + 64, false}, {DCBZ, AT + 0x80, true},  {STDCX, AT, true},    /* has none */
        {STD, AT + 8, false},   {STD, AT + 0x1000, true}, {STD, AT - 0x1000, true},
    };
    /* Each time with what the software TLB of the other knows from the time before. */
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
            one(g, 1, STD, AT); /* a fast one is open */
            one(g, 0, LDARX, AT);
            one(g, 1, stores[i].word, stores[i].ea);
            assert_int_equal(held(g), stores[i].held);
            assert_int_equal(g->bus.parked, 0);
        }
    }
}

static void test_own_stores(void **state)
{
    struct guest *const g = *state;
    one(g, 0, STD, AT);
    one(g, 0, LDARX, AT);
    one(g, 0, STD, AT + 8);
    assert_true(held(g));
    assert_false(held(g));
}

static void test_conditional_of_another(void **state)
{
    struct guest *const g = *state;
    one(g, 0, LDARX, AT);
    one(g, 1, LDARX, AT);
    one(g, 2, LDARX, AT + 64);
    one(g, 1, STDCX, AT);
    assert_int_equal(g->cpu[1]->cr[0] & 2, 2);
    assert_false(held(g));
    one(g, 2, STDCX, AT + 64);
    assert_int_equal(g->cpu[2]->cr[0] & 2, 0);
}

/* A reservation that moved leaves its first page to everybody. */
static void test_moved(void **state)
{
    struct guest *const g = *state;
    one(g, 0, LDARX, AT);
    assert_true(reserve_guards(g->cpu[1], AT));
    assert_false(reserve_guards(g->cpu[0], AT));
    one(g, 0, LDARX, AT + 0x2000);
    assert_false(reserve_guards(g->cpu[1], AT));
    assert_true(reserve_guards(g->cpu[1], AT + 0x2000));
    one(g, 1, STD, AT);
    one(g, 0, STDCX, AT + 0x2000);
    assert_int_equal(g->cpu[0]->cr[0] & 2, 2);
    cpu_reset(g->cpu[0]);
    assert_int_equal(g->bus.parked, 0);
}

static void test_hypervisor_and_devices(void **state)
{
    struct guest *const g = *state;
    const uint8_t bytes[8] = {0};
    one(g, 0, LDARX, AT);
    assert_true(bus_write(&g->bus, AT + 128, bytes, sizeof bytes));
    assert_true(held(g));
    one(g, 0, LDARX, AT);
    assert_true(bus_write(&g->bus, AT + 120, bytes, sizeof bytes));
    assert_false(held(g));
    one(g, 0, LDARX, AT);
    assert_true(bus_fill(&g->bus, AT - 0x1000, 0, 0x2000));
    assert_false(held(g));
    one(g, 0, LDARX, AT);
    assert_true(bus_write(&g->bus, AT, bytes, 0));
    assert_true(held(g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_others_stores, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_stores, setup, teardown),
        cmocka_unit_test_setup_teardown(test_conditional_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hypervisor_and_devices, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
