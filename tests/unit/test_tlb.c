/*
 * Forgetting an entry of the hashed page table: whatever segment, page size, hash and place it has,
 * what the software TLB holds of it goes, and the rest stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/mem.h"

enum { RAM_SIZE = 256 << 20, HPT_MAX = 1 << 20, CASES = 20000 };

struct guest {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
    uint64_t random;
};

static int setup(void **state)
{
    struct guest *const g = calloc(1, sizeof *g);
    assert_non_null(g);
    isa_init();
    g->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    assert_int_equal(bus_init(&g->bus, RAM_SIZE), STATUS_OK);
    g->bus.max_page_shift = 24;
    g->bus.hpt = calloc(1, HPT_MAX);
    assert_non_null(g->bus.hpt);
    g->cpu = cpu_create(cpu_model_find("POWER8"), 0, &g->bus, &g->clock);
    assert_non_null(g->cpu);
    cpu_set_msr(g->cpu, MSR_SF | MSR_DR | MSR_IR);
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    struct guest *const g = *state;
    cpu_destroy(g->cpu);
    free(g->bus.hpt);
    g->bus.hpt = NULL;
    bus_fini(&g->bus);
    free(g);
    return 0;
}

static uint64_t draw(struct guest *g)
{
    g->random = g->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return g->random >> 20;
}

/* A page of a segment, as a guest would enter it. */
struct page {
    uint64_t ea, real, dw0, dw1;
    uint32_t ptex;
    unsigned actual;
};

static const struct {
    unsigned base, actual;
    uint64_t sllp, lp;
} sizes[] = {{12, 12, 0x000, 0}, {12, 16, 0x000, 0x7}, {12, 24, 0x000, 0x38},
             {16, 16, 0x110, 1}, {16, 24, 0x110, 0x8}, {24, 24, 0x100, 0}};

static struct page draw_page(struct guest *g)
{
    const size_t size = draw(g) % ARRAY_SIZE(sizes);
    const unsigned base = sizes[size].base, actual = sizes[size].actual;
    const bool big = draw(g) & 1, second = draw(g) & 1;
    const uint64_t vsid = draw(g) & ((UINT64_C(1) << (big ? 26 : 38)) - 1);
    const uint64_t ea = draw(g) << 14 & ~UINT64_C(7);
    const uint64_t offset = ea & ((UINT64_C(1) << (big ? 40 : 28)) - 1);
    const uint64_t hash = vsid ^ (big ? vsid << 25 : 0) ^ offset >> base;
    const uint64_t avpn =
        (vsid << (big ? 17 : 5) | offset >> 23) & ~(((UINT64_C(1) << base) - 1) >> 23);
    const uint64_t group = (second ? ~hash : hash) & (g->bus.hpt_size / 128 - 1);
    struct page p = {.ea = ea, .actual = actual, .ptex = (uint32_t)(group * 8 + draw(g) % 8)};
    p.real = draw(g) % RAM_SIZE & (~UINT64_C(0) << actual);
    p.dw0 = (big ? HPTE0_B_1T : 0) | (avpn << 7 & HPTE0_AVPN) | HPTE0_VALID |
            (actual > 12 ? HPTE0_LARGE : 0) | (second ? HPTE0_SECOND : 0);
    p.dw1 = p.real | sizes[size].lp << 12 | HPTE1_M | 2;
    mmu_slbia(g->cpu, 0);
    assert_true(mmu_slbmte(g->cpu,
                           (big ? UINT64_C(1) << 62 | vsid << 24 : vsid << 12) | sizes[size].sllp,
                           (ea & (~UINT64_C(0) << (big ? 40 : 28))) | SLB_V | 1));
    return p;
}

static void enter(struct guest *g, const struct page *p, uint64_t dw1)
{
    store_be64(g->bus.hpt + (uint64_t)p->ptex * 16, p->dw0);
    store_be64(g->bus.hpt + (uint64_t)p->ptex * 16 + 8, dw1);
}

static void test_forgets(void **state)
{
    struct guest *const g = *state;
    static const uint64_t hpt_sizes[] = {1 << 18, 1 << 20, 1 << 13};
    for (unsigned i = 0; i < CASES; i++) {
        g->bus.hpt_size = hpt_sizes[i % ARRAY_SIZE(hpt_sizes)];
        const struct page p = draw_page(g);
        const uint64_t offset = p.ea & ((UINT64_C(1) << p.actual) - 1);
        const uint64_t other = p.real ? 0 : UINT64_C(1) << p.actual;
        uint64_t value;
        store_be64(g->bus.ram + p.real + offset, i);
        store_be64(g->bus.ram + other + offset, ~(uint64_t)i);
        enter(g, &p, p.dw1);
        assert_true(mem_load64(g->cpu, p.ea, &value) && value == i);
        assert_true(mem_store64(g->cpu, p.ea, i + 1));
        enter(g, &p, p.dw1 ^ p.real ^ other);
        /* Not yet: it is cached. */
        assert_true(mem_load64(g->cpu, p.ea, &value) && value == i + 1);
        const struct tlb_span span = mmu_hpte_span(&g->bus, p.ptex, p.dw0, p.dw1);
        assert_true(span.count && span.first + span.count <= TLB_ENTRIES);
        mmu_flush_ptex(g->cpu, p.ptex, span);
        assert_true(mem_load64(g->cpu, p.ea, &value) && value == ~(uint64_t)i);
        assert_true(mem_store64(g->cpu, p.ea, 0));
        assert_true(load_be64(g->bus.ram + p.real + offset) == i + 1);
        mmu_flush_ptex(g->cpu, p.ptex, span);
        store_be64(g->bus.hpt + (uint64_t)p.ptex * 16, 0);
        assert_false(mem_load64(g->cpu, p.ea, &value));
    }
}

/* Few entries are looked at, or it would be as slow as looking at all. */
static void test_span(void **state)
{
    struct guest *const g = *state;
    g->bus.hpt_size = 1 << 18;
    for (unsigned i = 0; i < CASES; i++) {
        const struct page p = draw_page(g);
        const struct tlb_span span = mmu_hpte_span(&g->bus, p.ptex, p.dw0, p.dw1);
        const unsigned place = (unsigned)(p.ea >> TLB_PAGE_SHIFT) & (TLB_ENTRIES - 1);
        assert_true(place >= span.first && place < span.first + span.count);
        assert_int_equal(span.count, p.actual == 24 ? TLB_ENTRIES : 1 << (p.actual - 12));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forgets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_span, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
