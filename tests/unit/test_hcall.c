/* Hypercalls that belong to no device: dispatch, page table, processors, memory, CAS. */
#include <libfdt.h>

#include "machine_fixture.h"

enum {
    H_ENTER = 0x08,
    H_REMOVE = 0x04,
    H_READ = 0x0c,
    H_CLEAR_MOD = 0x10,
    H_CLEAR_REF = 0x14,
    H_PROTECT = 0x18,
    H_PAGE_INIT = 0x2c,
    H_LOGICAL_CI_LOAD = 0x3c,
    H_LOGICAL_CI_STORE = 0x40,
    H_REGISTER_VPA = 0xdc,
    H_CEDE = 0xe0,
    H_CONFER = 0xe4,
    H_PROD = 0xe8,
    H_BULK_REMOVE = 0x124,
    H_JOIN = 0x298,
    H_SET_MODE = 0x31c,
    H_GET_CPU_CHARACTERISTICS = 0x1c8,
    H_SIGNAL_SYS_RESET = 0x380,
    H_LOGICAL_MEMOP = 0xf001,
    H_CAS = 0xf002,
    H_UPDATE_DT = 0xf003,
};

#define EXACT     (UINT64_C(1) << 39)
#define READ_4    (UINT64_C(1) << 37)
#define AVPN      (UINT64_C(1) << 31)
#define ANDCOND   (UINT64_C(1) << 30)
#define ZERO_PAGE (UINT64_C(1) << 15)

/* A valid 4K entry for RAM, and a 64K one. */
#define DW0_4K  UINT64_C(0x4000000012345081)
#define DW0_64K UINT64_C(0x4000000012345085)
#define DW1_4K  UINT64_C(0x100190)
#define DW1_64K UINT64_C(0x101190)

static uint64_t *out(struct machine *m)
{
    return &m->cpu->gpr[4];
}

static int64_t hcall(struct machine *m, uint64_t token, uint64_t a, uint64_t b, uint64_t c,
                     uint64_t d)
{
    return machine_hcall(m, token, a, b, c, d, 0);
}

static void test_dispatch(void **state)
{
    struct machine *m = *state;
    const struct pseries_call_count *counts;
    const size_t n = pseries_hcall_counts(m->p, &counts);
    assert_string_equal(counts[n - 1].name, "unknown");
    log_set_level(LOG_INFO);
    m->messages = 0;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(hcall(m, 0x1234, 0, 0, 0, 0), H_FUNCTION);
        assert_int_equal(hcall(m, 5, 0, 0, 0, 0), H_FUNCTION);
        assert_int_equal(hcall(m, UINT64_MAX, 0, 0, 0, 0), H_FUNCTION);
    }
    assert_int_equal(m->messages, 3);
    assert_int_equal(counts[n - 1].count, 9);
    for (uint64_t token = 0x20000; token < 0x21000; token++)
        hcall(m, token, 0, 0, 0, 0);
    assert_true(m->messages <= PSERIES_UNKNOWN_TOKENS);

    const uint64_t before = counts[HCALL_ROW_H_READ].count;
    cpu_set_msr(m->cpu, m->cpu->msr | MSR_PR);
    assert_int_equal(hcall(m, H_READ, 0, 0, 0, 0), H_PRIVILEGE);
    assert_int_equal(hcall(m, 0x1234, 0, 0, 0, 0), H_PRIVILEGE);
    assert_int_equal(counts[HCALL_ROW_H_READ].count, before + 1);
}

/* -- The page table -- */

static void test_enter_and_read(void **state)
{
    struct machine *m = *state;
    for (uint64_t slot = 0; slot < 8; slot++) {
        assert_int_equal(hcall(m, H_ENTER, 0, 0x123, DW0_4K | 0x60, DW1_4K), H_SUCCESS);
        assert_int_equal(out(m)[0], 0x120 + slot);
    }
    assert_int_equal(hcall(m, H_ENTER, 0, 0x120, DW0_4K, DW1_4K), H_PTEG_FULL);
    assert_int_equal(hcall(m, H_ENTER, EXACT, 0x123, DW0_4K, DW1_4K), H_PTEG_FULL);
    assert_int_equal(hcall(m, H_ENTER, EXACT, 0x7fe, DW0_64K, DW1_64K), H_SUCCESS);
    assert_int_equal(out(m)[0], 0x7fe);
    assert_int_equal(hcall(m, H_READ, 0, 0x123, 0, 0), H_SUCCESS);
    assert_int_equal(out(m)[0], DW0_4K); /* without the hypervisor's bits */
    assert_int_equal(out(m)[1], DW1_4K);
    assert_int_equal(hcall(m, H_READ, READ_4, 0x7fd, 0, 0), H_SUCCESS);
    assert_int_equal(out(m)[0], 0);
    assert_int_equal(out(m)[4], DW0_64K);
    assert_int_equal(out(m)[5], DW1_64K);
    assert_int_equal(load_be64(m->p->bus.hpt + 0x7fe * 16), DW0_64K);
    assert_int_equal(hcall(m, H_READ, 0, m->p->bus.hpt_size / 16, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_READ, READ_4, m->p->bus.hpt_size / 16 - 1, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_ENTER, 0, m->p->bus.hpt_size / 16, DW0_4K, DW1_4K), H_PARAMETER);
    assert_int_equal(hcall(m, H_ENTER, 0, UINT64_MAX, DW0_4K, DW1_4K), H_PARAMETER);
}

static void test_enter_checks(void **state)
{
    struct machine *m = *state;
    const uint64_t outside = MACHINE_RAM;
    /* RAM is cached, and may be in strong order; all else is caching-inhibited. */
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, (DW1_4K & ~0x78ull) | 0x70), H_SUCCESS);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, (DW1_4K & ~0x78ull) | 0x28), H_PARAMETER);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, DW1_4K & ~0x78ull), H_PARAMETER);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, outside | 0x10), H_PARAMETER);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, outside | 0x20), H_SUCCESS);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, outside | 0x28), H_SUCCESS);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_4K, outside | 0x60), H_PARAMETER);
    /* Page sizes: LP 1 is 64K; LP 7 (64K in 4K segments) too; 16M only when offered. */
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_64K, 0x107190), H_SUCCESS);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_64K, 0x102190), H_PARAMETER);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_64K, 0x1000190), H_PARAMETER);
    m->p->bus.max_page_shift = 12;
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_64K, 0x107190), H_PARAMETER);
    m->p->bus.max_page_shift = 34;
    assert_int_equal(hcall(m, H_ENTER, 0, 0x40, DW0_64K, 0x200000003020), H_SUCCESS);
    m->p->bus.max_page_shift = 24;
    assert_int_equal(hcall(m, H_ENTER, 0, 0x40, DW0_64K, 0x200000003020), H_PARAMETER);
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_64K, 0x1000190), H_SUCCESS);
    /* A large page must lie in RAM as a whole. */
    m->p->bus.ram_size -= 1 << 20;
    assert_int_equal(hcall(m, H_ENTER, 0, 0, DW0_64K, MACHINE_RAM - 0x1000000 + 0x190),
                     H_PARAMETER);
    m->p->bus.ram_size += 1 << 20;
    m->p->bus.ram[0x100fff] = 1;
    assert_int_equal(hcall(m, H_ENTER, ZERO_PAGE, 0x80, DW0_4K, DW1_4K), H_SUCCESS);
    assert_int_equal(m->p->bus.ram[0x100fff], 0);
}

static void test_remove(void **state)
{
    struct machine *m = *state;
    const uint64_t avpn = DW0_4K & ~UINT64_C(0x7f);
    assert_int_equal(hcall(m, H_REMOVE, 0, 0x40, 0, 0), H_NOT_FOUND);
    assert_int_equal(hcall(m, H_ENTER, EXACT, 0x40, DW0_4K, DW1_4K), H_SUCCESS);
    assert_int_equal(hcall(m, H_REMOVE, AVPN, 0x40, avpn + 0x80, 0), H_NOT_FOUND);
    assert_int_equal(hcall(m, H_REMOVE, ANDCOND, 0x40, 1, 0), H_NOT_FOUND);
    assert_int_equal(hcall(m, H_REMOVE, ANDCOND, 0x40, 2, 0), H_SUCCESS);
    assert_int_equal(out(m)[0], DW0_4K);
    assert_int_equal(out(m)[1], DW1_4K);
    assert_int_equal(hcall(m, H_ENTER, EXACT, 0x40, DW0_4K, DW1_4K), H_SUCCESS);
    assert_int_equal(hcall(m, H_REMOVE, AVPN, 0x40, avpn, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_REMOVE, 0, 0x40, 0, 0), H_NOT_FOUND);
    assert_int_equal(hcall(m, H_REMOVE, 0, UINT64_MAX, 0, 0), H_PARAMETER);
}

static void test_protect_and_clear(void **state)
{
    struct machine *m = *state;
    const uint64_t avpn = DW0_4K & ~UINT64_C(0x7f);
    hcall(m, H_ENTER, EXACT, 0x40, DW0_4K, DW1_4K);
    /* pp0 at 0x100, key in 0x3e00, N 4, pp 3 */
    assert_int_equal(hcall(m, H_PROTECT, AVPN | 0x3d07, 0x40, avpn, 0), H_SUCCESS);
    hcall(m, H_READ, 0, 0x40, 0, 0);
    assert_int_equal(out(m)[1], DW1_4K | UINT64_C(0xb000000000000c07));
    assert_int_equal(hcall(m, H_PROTECT, AVPN, 0x40, avpn + 0x80, 0), H_NOT_FOUND);
    assert_int_equal(hcall(m, H_PROTECT, 0, 0x41, 0, 0), H_NOT_FOUND);
    assert_int_equal(hcall(m, H_PROTECT, 0, 0x40, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_CLEAR_REF, 0, 0x40, 0, 0), H_SUCCESS);
    assert_int_equal(out(m)[0], DW1_4K);
    assert_int_equal(hcall(m, H_CLEAR_MOD, 0, 0x40, 0, 0), H_SUCCESS);
    assert_int_equal(out(m)[0], DW1_4K & ~UINT64_C(0x100));
    hcall(m, H_READ, 0, 0x40, 0, 0);
    assert_int_equal(out(m)[1], DW1_4K & ~UINT64_C(0x180));
    assert_int_equal(hcall(m, H_CLEAR_MOD, 0, 0x41, 0, 0), H_NOT_FOUND);
}

static int64_t bulk(struct machine *m, const uint64_t pairs[8])
{
    m->cpu->gpr[3] = H_BULK_REMOVE;
    memcpy(out(m), pairs, 8 * sizeof *pairs);
    pseries_hcall(m->p, m->cpu);
    return (int64_t)m->cpu->gpr[3];
}

static void test_bulk_remove(void **state)
{
    struct machine *m = *state;
    const uint64_t avpn = DW0_4K & ~UINT64_C(0x7f);
    hcall(m, H_ENTER, EXACT, 0x40, DW0_4K, DW1_4K);
    hcall(m, H_ENTER, EXACT, 0x41, DW0_4K, DW1_4K & ~UINT64_C(0x80));
    const uint64_t pairs[8] = {
        UINT64_C(0x4200000000000040), avpn, UINT64_C(0x4200000000000041), avpn + 0x80,
        UINT64_C(0x4000000000000041), 0,    UINT64_C(0xc000000000000000), 0};
    assert_int_equal(bulk(m, pairs), H_SUCCESS);
    assert_int_equal(out(m)[0], UINT64_C(0x8e00000000000040)); /* R and C were set */
    assert_int_equal(out(m)[2], UINT64_C(0x9200000000000041)); /* not found */
    assert_int_equal(out(m)[4], UINT64_C(0x8800000000000041)); /* R was set */
    assert_int_equal(out(m)[6], UINT64_C(0xc000000000000000));
    const uint64_t bad[8] = {UINT64_C(0x40ffffffffffffff), 0, UINT64_C(0x4000000000000000)};
    assert_int_equal(bulk(m, bad), H_PARAMETER);
    assert_int_equal(out(m)[0], UINT64_C(0xa0ffffffffffffff));
    assert_int_equal(out(m)[2], UINT64_C(0x4000000000000000));
    const uint64_t response[8] = {UINT64_C(0x8000000000000000)};
    assert_int_equal(bulk(m, response), H_PARAMETER);
}

/* -- Processors -- */

#define VPA_FUNCTION(n) ((uint64_t)(n) << 45)

static void make_area(struct machine *m, uint64_t real, uint16_t size16, uint32_t size32)
{
    uint8_t head[8] = {0};
    store_be32(head + 4, size32);
    if (size16)
        store_be16(head + 4, size16);
    assert_true(bus_write(&m->p->bus, real, head, sizeof head));
}

static void test_vpa(void **state)
{
    struct machine *m = *state;
    const uint64_t vpa = 0x1000000, slb = 0x1001000, dtl = 0x1002000;
    make_area(m, vpa, 0x400, 0);
    make_area(m, vpa + 0x80, 639, 0);
    make_area(m, vpa + 0xe00, 0x400, 0);
    make_area(m, slb, 0, 0x280);
    make_area(m, slb + 0xf80, 0, 0x100);
    make_area(m, dtl, 0, 0x1000);
    make_area(m, dtl + 0x80, 0, 47);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(3), 0, slb, 0), H_RESOURCE);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(2), 0, dtl, 0), H_RESOURCE);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 1, vpa, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, vpa + 8, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, vpa + 0x80, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, vpa + 0xe00, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, MACHINE_RAM, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, ~UINT64_C(0x7f), 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(0), 0, vpa, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(4), 0, vpa, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, vpa, 0), H_SUCCESS);
    assert_int_equal(m->p->bus.ram[vpa + 9] & 2, 2);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(3), 0, slb + 0xf80, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(3), 0, slb, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(2), 0, dtl + 0x80, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(2), 0, dtl, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(5), 0, 0, 0), H_RESOURCE);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(6), 0, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(7), 0, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(5), 0, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_REGISTER_VPA, VPA_FUNCTION(5), 0, 0, 0), H_SUCCESS);
}

static uint32_t yield_count(struct machine *m, uint64_t vpa)
{
    return load_be32(m->p->bus.ram + vpa + 0x100);
}

static void test_cede(void **state)
{
    struct machine *m = *state;
    const uint64_t vpa = 0x1000000;
    make_area(m, vpa, 0x400, 0);
    hcall(m, H_REGISTER_VPA, VPA_FUNCTION(1), 0, vpa, 0);
    cpu_set_dec(m->cpu, 1000);

    m->cpu->gpr[3] = H_CEDE;
    assert_int_equal(pseries_hcall(m->p, m->cpu), PSERIES_IDLE);
    assert_true(m->cpu->halted);
    assert_true(m->cpu->msr & MSR_EE);
    assert_int_equal(yield_count(m, vpa), 1);
    assert_false(pseries_wake(m->p, m->cpu));
    assert_true(pseries_timer_due(m->p, m->cpu) < UINT64_MAX);
    m->clock.idle_cycles += 10000;
    assert_true(pseries_wake(m->p, m->cpu));
    assert_false(m->cpu->halted);
    assert_int_equal(yield_count(m, vpa), 2);
    assert_false(pseries_wake(m->p, m->cpu));

    /* The decrementer is still below zero: no wait. */
    m->cpu->gpr[3] = H_CEDE;
    assert_int_equal(pseries_hcall(m->p, m->cpu), PSERIES_CONTINUE);
    assert_false(m->cpu->halted);
    assert_int_equal(yield_count(m, vpa), 4);

    /* H_PROD before and during the wait. */
    cpu_set_dec(m->cpu, 0x7fffffff);
    assert_int_equal(hcall(m, H_PROD, 0, 0, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_PROD, 1, 0, 0, 0), H_PARAMETER);
    m->cpu->gpr[3] = H_CEDE;
    assert_int_equal(pseries_hcall(m->p, m->cpu), PSERIES_CONTINUE);
    assert_int_equal(hcall(m, H_CONFER, UINT64_MAX, 0, 0, 0), H_SUCCESS);
    assert_int_equal(hcall(m, H_CONFER, 7, 0, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_CONFER, 0, 0, 0, 0), H_SUCCESS);
    assert_true(m->cpu->halted);
    m->p->vcpus[0].prod = true;
    assert_true(pseries_wake(m->p, m->cpu));
    assert_false(m->p->vcpus[0].prod);
}

static void test_join_and_reset(void **state)
{
    struct machine *m = *state;
    assert_int_equal(hcall(m, H_JOIN, 0, 0, 0, 0), H_CONTINUE);
    cpu_set_msr(m->cpu, m->cpu->msr | MSR_EE);
    assert_int_equal(hcall(m, H_JOIN, 0, 0, 0, 0), H_BAD_MODE);
    assert_int_equal(hcall(m, H_SIGNAL_SYS_RESET, (uint64_t)-2, 0, 0, 0), H_SUCCESS);
    assert_false(m->cpu->pending & PENDING_RESET);
    assert_int_equal(hcall(m, H_SIGNAL_SYS_RESET, (uint64_t)-3, 0, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_SIGNAL_SYS_RESET, 1, 0, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_SIGNAL_SYS_RESET, (uint64_t)-1, 0, 0, 0), H_SUCCESS);
    assert_true(m->cpu->pending & PENDING_RESET);
    /* A stopped processor is woken by nothing. */
    m->cpu->halted = m->p->vcpus[0].stopped = true;
    assert_false(pseries_wake(m->p, m->cpu));
    assert_true(pseries_timer_due(m->p, m->cpu) == UINT64_MAX);
}

static void test_set_mode(void **state)
{
    struct machine *m = *state;
    assert_int_equal(hcall(m, H_SET_MODE, 1, 4, 0, 0), H_SUCCESS);
    assert_true(m->cpu->lpcr & LPCR_ILE);
    assert_int_equal(hcall(m, H_SET_MODE, 2, 4, 0, 0), H_UNSUPPORTED_FLAG);
    assert_int_equal(hcall(m, H_SET_MODE, 0, 4, 1, 0), H_P3);
    assert_int_equal(hcall(m, H_SET_MODE, 0, 4, 0, 1), H_P4);
    assert_int_equal(hcall(m, H_SET_MODE, 0, 4, 0, 0), H_SUCCESS);
    assert_false(m->cpu->lpcr & LPCR_ILE);
    assert_int_equal(hcall(m, H_SET_MODE, 3, 3, 0, 0), H_SUCCESS);
    assert_int_equal(m->cpu->lpcr & LPCR_AIL, LPCR_AIL);
    assert_int_equal(hcall(m, H_SET_MODE, 1, 3, 0, 0), H_UNSUPPORTED_FLAG);
    assert_int_equal(hcall(m, H_SET_MODE, 0, 3, 0, 0), H_SUCCESS);
    assert_int_equal(m->cpu->lpcr & LPCR_AIL, 0);
    assert_int_equal(hcall(m, H_SET_MODE, 0, 1, 0, 0), H_P2);
    assert_int_equal(hcall(m, H_SET_MODE, 0, 99, 0, 0), H_P2);
}

/* -- Memory -- */

static void test_logical_ci(void **state)
{
    struct machine *m = *state;
    store_be64(m->p->bus.ram + 0x1000000, UINT64_C(0x1122334455667788));
    static const uint64_t sizes[] = {1, 2, 4, 8};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(hcall(m, H_LOGICAL_CI_LOAD, sizes[i], 0x1000000, 0, 0), H_SUCCESS);
        assert_int_equal(out(m)[0], UINT64_C(0x1122334455667788) >> (64 - 8 * sizes[i]));
    }
    assert_int_equal(hcall(m, H_LOGICAL_CI_STORE, 2, 0x1000002, 0xaabbccdd, 0), H_SUCCESS);
    assert_int_equal(load_be64(m->p->bus.ram + 0x1000000), UINT64_C(0x1122ccdd55667788));
    assert_int_equal(hcall(m, H_LOGICAL_CI_LOAD, 3, 0x1000000, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_LOGICAL_CI_LOAD, 8, MACHINE_RAM - 4, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_LOGICAL_CI_LOAD, 8, ~UINT64_C(0), 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_LOGICAL_CI_STORE, 1, MACHINE_RAM, 0, 0), H_PARAMETER);
}

static void test_page_init(void **state)
{
    struct machine *m = *state;
    uint8_t *ram = m->p->bus.ram;
    ram[0x1000fff] = 7;
    ram[0x1001fff] = 8;
    assert_int_equal(hcall(m, H_PAGE_INIT, 0x4000, 0x1002000, 0x1000000, 0), H_SUCCESS);
    assert_int_equal(ram[0x1002fff], 7);
    /* Copy goes before zero. */
    assert_int_equal(hcall(m, H_PAGE_INIT, 0xc000, 0x1002000, 0x1001000, 0), H_SUCCESS);
    assert_int_equal(ram[0x1002fff], 8);
    assert_int_equal(hcall(m, H_PAGE_INIT, 0x8000, 0x1002000, 0, 0), H_SUCCESS);
    assert_int_equal(ram[0x1002fff], 0);
    assert_int_equal(hcall(m, H_PAGE_INIT, 0x8000, 0x1002800, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_PAGE_INIT, 0x4000, 0x1002000, 0x1000800, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_PAGE_INIT, 0x4000, 0x1002000, MACHINE_RAM, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_PAGE_INIT, 0x8000, MACHINE_RAM, 0, 0), H_PARAMETER);
}

static void test_memop(void **state)
{
    struct machine *m = *state;
    uint8_t *ram = m->p->bus.ram;
    uint8_t want[20000];
    for (unsigned i = 0; i < sizeof want; i++)
        ram[0x1000000 + i] = want[i] = (uint8_t)(i * 7 + i / 256);
    /* Overlapping, both ways, across the buffer's size. */
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0x1000010, 0x1000000, 3, 2500, 0),
                     H_SUCCESS);
    assert_memory_equal(ram + 0x1000010, want, sizeof want);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0x1000000, 0x1000010, 0, 20000, 0),
                     H_SUCCESS);
    assert_memory_equal(ram + 0x1000000, want, sizeof want);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0x1100000, 0x1000000, 2, 1, 1), H_SUCCESS);
    assert_int_equal(ram[0x1100000], (uint8_t)~want[0]);
    assert_int_equal(ram[0x1100003], (uint8_t)~want[3]);
    assert_int_equal(ram[0x1100004], 0);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0, 0, 4, 1, 0), H_PARAMETER);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0, 0, 0, 1, 2), H_PARAMETER);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 2, 0, 2, 1, 0), H_PARAMETER);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0, 0, 0, 0x80000001, 0), H_PARAMETER);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, MACHINE_RAM, 0, 3, 1, 0), H_PARAMETER);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, ~UINT64_C(7), 0, 3, 8, 0), H_PARAMETER);
    assert_int_equal(machine_hcall(m, H_LOGICAL_MEMOP, 0, MACHINE_RAM - 8, 3, 2, 0), H_PARAMETER);
}

/* -- CAS -- */

enum { VEC = 0x2000000, CAS_BUFFER = 0x2100000 };

/* The PVR pairs, then `vectors` vectors of which the fifth offers FORM1. */
static void make_vectors(struct machine *m, const uint32_t *pairs, unsigned words, unsigned vectors)
{
    uint8_t *at = m->p->bus.ram + VEC;
    memset(at, 0, 0x1000);
    for (unsigned i = 0; i < words; i++, at += 4)
        store_be32(at, pairs[i]);
    *at++ = (uint8_t)(vectors - 1);
    for (unsigned i = 0; i < vectors; i++) {
        *at++ = 7; /* 8 bytes follow */
        if (i == 4)
            at[4] = 0xff;
        at += 8;
    }
}

static const uint32_t linux_pairs[] = {0xffff0000, 0x004d0000, 0xffffffff, 0x0f000004,
                                       0xffffffff, 0x0f000003, 0xfffffffe, 0x0f000001};

static void test_cas(void **state)
{
    struct machine *m = *state;
    make_vectors(m, linux_pairs, ARRAY_SIZE(linux_pairs), 7);
    assert_int_equal(hcall(m, H_CAS, VEC, CAS_BUFFER, 0x200000, 0), H_SUCCESS);
    assert_int_equal(m->p->compat_pvr, 0x0f000004);
    assert_int_equal(load_be32(m->p->bus.ram + CAS_BUFFER), 1);
    /* libfdt wants alignment, which the guest's buffer behind its header does not give. */
    const uint32_t size = load_be32(m->p->bus.ram + CAS_BUFFER + 8);
    void *fdt = malloc(size);
    assert_non_null(fdt);
    assert_true(bus_read(&m->p->bus, CAS_BUFFER + 4, fdt, size));
    assert_int_equal(fdt_check_full(fdt, size), 0);
    int length;
    const uint8_t *vec5 =
        fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "ibm,architecture-vec-5", &length);
    assert_int_equal(length, 6);
    assert_int_equal(vec5[5], 0x80);
    free(fdt);
    assert_int_equal(m->cpu->pcr, 0);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    assert_int_equal(m->p->compat_pvr, 0);
}

static void test_cas_choices(void **state)
{
    static const uint32_t power7[] = {0xffff0000, 0x004d0000, 0xffffffff,
                                      0x0f000003, 0xfffffffe, 0x0f000001};
    static const uint32_t real_only[] = {0xffff0000, 0x004d0000, 0xfffffffe, 0x0f000001};
    static const uint32_t other[] = {0xffff0000, 0x00800000, 0xfffffffe, 0x0f000001};
    struct machine *m = *state;
    make_vectors(m, power7, ARRAY_SIZE(power7), 5);
    assert_int_equal(cas_negotiate(m->p, VEC), H_SUCCESS);
    assert_int_equal(m->p->compat_pvr, 0x0f000003);
    assert_int_equal(m->cpu->pcr, UINT64_C(0x2000000000000004));
    make_vectors(m, real_only, ARRAY_SIZE(real_only), 5);
    assert_int_equal(cas_negotiate(m->p, VEC), H_SUCCESS);
    assert_int_equal(m->p->compat_pvr, 0);
    assert_int_equal(m->cpu->pcr, 0);
    make_vectors(m, other, ARRAY_SIZE(other), 5);
    assert_int_equal(cas_negotiate(m->p, VEC), H_HARDWARE);
}

static void test_cas_errors(void **state)
{
    struct machine *m = *state;
    make_vectors(m, linux_pairs, ARRAY_SIZE(linux_pairs), 4); /* no vector 5 */
    assert_int_equal(hcall(m, H_CAS, VEC, CAS_BUFFER, 0x200000, 0), H_PARAMETER);
    make_vectors(m, linux_pairs, ARRAY_SIZE(linux_pairs), 7);
    assert_int_equal(hcall(m, H_CAS, VEC, CAS_BUFFER, 0x100, 0), H_P3);
    assert_int_equal(hcall(m, H_CAS, VEC, CAS_BUFFER, 3, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_CAS, VEC, MACHINE_RAM - 8, 0x200000, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_CAS, MACHINE_RAM - 4, CAS_BUFFER, 0x200000, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_CAS, ~UINT64_C(3), CAS_BUFFER, 0x200000, 0), H_PARAMETER);
    /* A list that never ends: zero pairs match nothing and terminate nothing. */
    assert_int_equal(hcall(m, H_CAS, 0x3000000, CAS_BUFFER, 0x200000, 0), H_PARAMETER);
    /* Vectors that run out of RAM. */
    memset(m->p->bus.ram + MACHINE_RAM - 64, 0xff, 64);
    store_be32(m->p->bus.ram + MACHINE_RAM - 64, 0xfffffffe);
    store_be32(m->p->bus.ram + MACHINE_RAM - 60, 0x0f000001);
    assert_int_equal(cas_negotiate(m->p, MACHINE_RAM - 64), H_PARAMETER);
}

static void test_update_dt(void **state)
{
    struct machine *m = *state;
    void *fdt;
    size_t size;
    assert_int_equal(pseries_fdt_build(m->p, false, &fdt, &size), STATUS_OK);
    uint8_t *ram = m->p->bus.ram + CAS_BUFFER;
    assert_int_equal(fdt_open_into(fdt, ram, 0x100000), 0);
    assert_int_equal(
        fdt_setprop_u32(ram, fdt_path_offset(ram, "/rtas"), "linux,rtas-base", 0x2fff0000), 0);
    assert_int_equal(hcall(m, H_UPDATE_DT, CAS_BUFFER, 0, 0, 0), H_SUCCESS);
    assert_int_equal(m->p->rtas.base, 0x2fff0000);
    assert_int_equal(hcall(m, H_UPDATE_DT, CAS_BUFFER + 8, 0, 0, 0), H_PARAMETER);
    assert_int_equal(hcall(m, H_UPDATE_DT, MACHINE_RAM, 0, 0, 0), H_PARAMETER);
    store_be32(ram + 4, 0xffffffff);
    assert_int_equal(hcall(m, H_UPDATE_DT, CAS_BUFFER, 0, 0, 0), H_PARAMETER);
    /* A damaged tree is refused or read, never followed outside. */
    for (unsigned at = 0; at < 0x400; at++) {
        memcpy(ram, fdt, size);
        ram[at] ^= 0xff;
        hcall(m, H_UPDATE_DT, CAS_BUFFER, 0, 0, 0);
    }
    free(fdt);
}

/* -- Hostile arguments: every call, values from the edges; only the machine must survive -- */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static uint64_t hostile_value(uint64_t *seed)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     4,
                                     8,
                                     0x7f,
                                     0x80,
                                     0xfff,
                                     0x1000,
                                     0x10000,
                                     VEC,
                                     CAS_BUFFER,
                                     MACHINE_RAM - 1,
                                     MACHINE_RAM - 8,
                                     MACHINE_RAM,
                                     PHB_MEM32_BASE,
                                     0x71000000,
                                     0x80000000,
                                     0xffffffff,
                                     UINT64_C(1) << 39,
                                     UINT64_C(1) << 45,
                                     UINT64_C(1) << 63,
                                     UINT64_MAX - 7,
                                     UINT64_MAX};
    const uint64_t r = next_random(seed);
    return r & 0x100 ? edges[(r >> 16) % ARRAY_SIZE(edges)] : r >> (r & 63);
}

static void test_hostile_arguments(void **state)
{
    static const uint64_t tokens[] = {
#define HCALL(name, token, handler, set) token,
#include "machine-pseries/hcalls.def"
#undef HCALL
    };
    struct machine *m = *state;
    uint64_t seed = 88172645463325252u;
    for (unsigned round = 0; round < 20000; round++) {
        const uint64_t token = tokens[round % ARRAY_SIZE(tokens)];
        if (token == H_LOGICAL_MEMOP && round % 64)
            continue; /* slow by right: it may move all of RAM */
        m->output_length = 0;
        m->cpu->gpr[3] = token;
        for (unsigned i = 4; i < 13; i++)
            m->cpu->gpr[i] = hostile_value(&seed);
        pseries_hcall(m->p, m->cpu);
        m->cpu->halted = m->p->vcpus[0].stopped = false;
    }
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
}

/* The bits are those that QEMU 7.2 answers with. */
static void test_cpu_characteristics(void **state)
{
    struct machine *m = *state;
    static const struct {
        unsigned cfpc, sbbc, ibs;
        bool assist;
        uint64_t character, behaviour;
    } cases[] = {
        {CAP_BROKEN, CAP_BROKEN, CAP_BROKEN, true, 0x04, 0xe0},
        {CAP_WORKAROUND, CAP_BROKEN, CAP_BROKEN, false, 0x3c, 0xe0},
        {CAP_BROKEN, CAP_WORKAROUND, CAP_BROKEN, false, 0x84, 0xe0},
        {CAP_BROKEN, CAP_FIXED, CAP_BROKEN, false, 0x04, 0xc0},
        {CAP_BROKEN, CAP_BROKEN, CAP_WORKAROUND, false, 0x04, 0xe4},
        {CAP_BROKEN, CAP_BROKEN, CAP_FIXED_IBS, false, 0x44, 0xe0},
        {CAP_BROKEN, CAP_BROKEN, CAP_FIXED_CCD, false, 0x05, 0xe0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        m->p->config.cap_cfpc = cases[i].cfpc;
        m->p->config.cap_sbbc = cases[i].sbbc;
        m->p->config.cap_ibs = cases[i].ibs;
        m->p->config.cap_ccf_assist = cases[i].assist;
        assert_int_equal(hcall(m, H_GET_CPU_CHARACTERISTICS, 0, 0, 0, 0), H_SUCCESS);
        assert_true(m->cpu->gpr[4] == cases[i].character << 56);
        assert_true(m->cpu->gpr[5] == cases[i].behaviour << 56);
    }
    m->p->config.cap_ibs = CAP_WORKAROUND;
    m->p->config.cap_ccf_assist = true;
    assert_int_equal(hcall(m, H_GET_CPU_CHARACTERISTICS, 0, 0, 0, 0), H_SUCCESS);
    assert_true(m->cpu->gpr[4] == UINT64_C(0x0440) << 48);
    /* By default nothing is asked of the guest. */
    m->p->config.cap_cfpc = m->p->config.cap_sbbc = CAP_FIXED;
    m->p->config.cap_ibs = CAP_FIXED_NA;
    assert_int_equal(hcall(m, H_GET_CPU_CHARACTERISTICS, 0, 0, 0, 0), H_SUCCESS);
    assert_true(m->cpu->gpr[4] == UINT64_C(0x04) << 56);
    assert_true(m->cpu->gpr[5] == UINT64_C(0x81c0) << 48);
}

#define MACHINE_TEST(test) cmocka_unit_test_setup_teardown(test, machine_setup, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_dispatch),
        MACHINE_TEST(test_enter_and_read),
        MACHINE_TEST(test_enter_checks),
        MACHINE_TEST(test_remove),
        MACHINE_TEST(test_protect_and_clear),
        MACHINE_TEST(test_bulk_remove),
        MACHINE_TEST(test_vpa),
        MACHINE_TEST(test_cede),
        MACHINE_TEST(test_join_and_reset),
        MACHINE_TEST(test_set_mode),
        MACHINE_TEST(test_logical_ci),
        MACHINE_TEST(test_page_init),
        MACHINE_TEST(test_memop),
        MACHINE_TEST(test_cas),
        MACHINE_TEST(test_cas_choices),
        MACHINE_TEST(test_cas_errors),
        MACHINE_TEST(test_update_dt),
        MACHINE_TEST(test_hostile_arguments),
        MACHINE_TEST(test_cpu_characteristics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
