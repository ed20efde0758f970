/* A machine of two cores with two threads each: device tree, waiting and waking, dispatch log. */
#include <libfdt.h>

#include "machine_fixture.h"

enum { H_REGISTER_VPA = 0xdc, H_CEDE = 0xe0, H_CONFER = 0xe4, H_PROD = 0xe8, H_IPI = 0x6c };
enum { H_JOIN = 0x298, H_SIGNAL_SYS_RESET = 0x380, H_CPPR = 0x68 };
enum { VPA = 0x1000000, DTL = 0x1010000, DTL_ENTRIES = 3 };

static int setup(void **state)
{
    struct machine *m = machine_prepare();
    *state = m;
    m->config.cpu_count = 4;
    m->config.sockets = 2;
    m->config.threads = 2;
    if (machine_create(m) != STATUS_OK || pseries_reset(m->p) != STATUS_OK)
        return -1;
    /* As if start-cpu had been called. */
    for (unsigned i = 1; i < 4; i++)
        m->p->cpus[i]->halted = m->p->vcpus[i].stopped = false;
    return 0;
}

static int64_t call(struct machine *m, unsigned vcpu, uint64_t token, uint64_t a, uint64_t b)
{
    m->cpu = m->p->cpus[vcpu];
    return machine_hcall(m, token, a, b, 0, 0, 0);
}

static void test_tree(void **state)
{
    struct machine *m = *state;
    void *fdt;
    size_t size;
    int length;
    assert_int_equal(pseries_fdt_build(m->p, false, &fdt, &size), STATUS_OK);
    assert_true(fdt_path_offset(fdt, "/cpus/PowerPC,POWER8@1") < 0);
    const int node = fdt_path_offset(fdt, "/cpus/PowerPC,POWER8@2");
    assert_true(node > 0 && fdt_path_offset(fdt, "/cpus/PowerPC,POWER8@0") > 0);
    const uint8_t *value = fdt_getprop(fdt, node, "ibm,ppc-interrupt-server#s", &length);
    assert_int_equal(length, 8);
    assert_int_equal(load_be64(value), UINT64_C(0x200000003));
    value = fdt_getprop(fdt, node, "ibm,ppc-interrupt-gserver#s", &length);
    assert_int_equal(length, 16);
    assert_int_equal(load_be64(value + 8), UINT64_C(0x300000000));
    assert_int_equal(load_be32(fdt_getprop(fdt, node, "ibm,chip-id", &length)), 1);
    const int rtas = fdt_path_offset(fdt, "/rtas");
    value = fdt_getprop(fdt, rtas, "ibm,lrdr-capacity", &length);
    assert_int_equal(load_be32(value + 16), 2);
    free(fdt);
}

static void test_waiting(void **state)
{
    struct machine *m = *state;
    struct cpu *const other = m->p->cpus[2];
    cpu_set_dec(other, 0x7fffffff);
    assert_int_equal(call(m, 2, H_CEDE, 0, 0), H_SUCCESS);
    assert_true(other->halted && !pseries_wake(m->p, other));
    m->clock.now = 5000;
    assert_int_equal(call(m, 0, H_PROD, 2, 0), H_SUCCESS);
    assert_true(pseries_wake(m->p, other));
    assert_true(cpu_cycles(other) == 5000);

    /* An IPI goes to the server that it names. */
    call(m, 2, H_CPPR, 0xff, 0);
    call(m, 2, H_CEDE, 0, 0);
    assert_int_equal(call(m, 1, H_IPI, 2, 4), H_SUCCESS);
    assert_int_equal(call(m, 1, H_IPI, 4, 4), H_PARAMETER);
    assert_true(other->pending == PENDING_EXTERNAL && m->p->cpus[3]->pending == 0);
    assert_true(pseries_wake(m->p, other));

    /* System reset: one, all but the caller, all. */
    assert_int_equal(call(m, 1, H_SIGNAL_SYS_RESET, (uint64_t)-2, 0), H_SUCCESS);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(!(m->p->cpus[i]->pending & PENDING_RESET), i == 1);
        m->p->cpus[i]->pending = 0;
    }
    assert_int_equal(call(m, 1, H_SIGNAL_SYS_RESET, 3, 0), H_SUCCESS);
    assert_true(m->p->cpus[3]->pending == PENDING_RESET && m->p->cpus[0]->pending == 0);

    /* The conferring vCPU gives the rest of its turn away. */
    m->clock.now = 12345;
    cpu_idle_until(m->p->cpus[0], 12345);
    assert_int_equal(call(m, 0, H_CONFER, 1, 0), H_SUCCESS);
    assert_true(cpu_cycles(m->p->cpus[0]) == (12345 / CLOCK_TURN_CYCLES + 1) * CLOCK_TURN_CYCLES);
}

static void test_join(void **state)
{
    struct machine *m = *state;
    for (unsigned i = 1; i < 4; i++) {
        assert_int_equal(call(m, i, H_JOIN, 0, 0), H_SUCCESS);
        assert_true(m->p->cpus[i]->halted && pseries_is_stopped(m->p, m->p->cpus[i]));
    }
    assert_int_equal(call(m, 0, H_JOIN, 0, 0), H_CONTINUE);
    m->p->cpus[2]->pending = PENDING_EXTERNAL;
    assert_false(pseries_wake(m->p, m->p->cpus[2]));
    call(m, 0, H_PROD, 2, 0);
    assert_true(pseries_wake(m->p, m->p->cpus[2]));
    assert_false(pseries_wake(m->p, m->p->cpus[3]));
}

/* The ring wraps; only what the mask asks for is written. */
static void test_dispatch_log(void **state)
{
    struct machine *m = *state;
    uint8_t *const ram = m->p->bus.ram;
    store_be16(ram + VPA + 4, 0x400);
    store_be32(ram + DTL + 4, 48 * DTL_ENTRIES);
    assert_int_equal(call(m, 0, H_REGISTER_VPA, UINT64_C(1) << 45, 3), H_PARAMETER);
    m->cpu = m->p->cpus[0];
    assert_int_equal(machine_hcall(m, H_REGISTER_VPA, UINT64_C(1) << 45, 3, VPA, 0, 0), H_SUCCESS);
    assert_int_equal(machine_hcall(m, H_REGISTER_VPA, UINT64_C(2) << 45, 3, DTL, 0, 0), H_SUCCESS);
    struct cpu *const cpu = m->p->cpus[3];
    for (unsigned i = 0; i < 5; i++) {
        ram[VPA + 0xb8] = i < 4 ? 7 : 2;
        cpu_set_dec(cpu, 0x7fffffff);
        cpu->nia = 0x5000 + i;
        call(m, 3, H_CEDE, 0, 0);
        assert_int_equal(load_be32(ram + VPA + 0x100), 2 * i + 1);
        m->clock.now += 1000000;
        call(m, 0, H_PROD, 3, 0);
        assert_true(pseries_wake(m->p, cpu));
        assert_int_equal(load_be32(ram + VPA + 0x100), 2 * i + 2);
    }
    assert_int_equal(load_be64(ram + VPA + 0x218), 4);
    const uint8_t *const last = ram + DTL; /* entry 3 of a ring of three */
    assert_int_equal(last[0], 2);
    assert_int_equal(last[1], 2);
    assert_int_equal(load_be16(last + 2), 3);
    assert_int_equal(load_be32(last + 12), 512000);
    assert_int_equal(load_be64(last + 16), 4 * 512000);
    assert_int_equal(load_be64(last + 32), 0x5003);
    assert_int_equal(load_be64(ram + DTL + 48 + 32), 0x5001);
}

/* start-cpu and a reset begin at the machine's time. */
static void test_times(void **state)
{
    struct machine *m = *state;
    m->clock.now = 777777;
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(cpu_cycles(m->p->cpus[i]) == 777777);
        assert_int_equal(cpu_dec(m->p->cpus[i]), 0x7fffffff);
        assert_int_equal(m->p->cpus[i]->halted, i > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tree, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_waiting, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_join, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch_log, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_times, setup, machine_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
