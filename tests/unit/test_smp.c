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
    for (unsigned i = 1; i < 4; i++) {
        m->p->cpus[i]->halted = m->p->vcpus[i].stopped = false;
        m->p->vcpus[i].dispatches++;
    }
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
    /* One that is stopped has nothing to reset. */
    m->p->cpus[3]->pending = 0;
    m->p->cpus[3]->halted = m->p->vcpus[3].stopped = true;
    assert_int_equal(call(m, 1, H_SIGNAL_SYS_RESET, 3, 0), H_SUCCESS);
    assert_int_equal(call(m, 1, H_SIGNAL_SYS_RESET, (uint64_t)-1, 0), H_SUCCESS);
    assert_true(m->p->cpus[3]->pending == 0 && m->p->cpus[1]->pending == PENDING_RESET);
}

/* Whether vCPU 0 now waits. */
static bool confers(struct machine *m, uint64_t target, uint64_t number)
{
    assert_int_equal(call(m, 0, H_CONFER, target, number), H_SUCCESS);
    return m->p->cpus[0]->halted;
}

static void prod(struct machine *m, unsigned vcpu)
{
    assert_int_equal(call(m, 3, H_PROD, vcpu, 0), H_SUCCESS);
    assert_true(pseries_wake(m->p, m->p->cpus[vcpu]));
}

/* LoPAR 14.11.3: H_CONFER. vCPU 0 confers, 1 is the target. */
static void test_confer(void **state)
{
    struct machine *m = *state;
    struct cpu *const cpu = m->p->cpus[0];
    struct pseries_vcpu *const vcpu = &m->p->vcpus[0];
    cpu_set_dec(cpu, 0x7fffffff);
    cpu_set_dec(m->p->cpus[1], 0x7fffffff);
    assert_int_equal(call(m, 0, H_CONFER, 4, 0), H_PARAMETER);
    assert_int_equal(call(m, 0, H_CONFER, (uint64_t)-2, 0), H_PARAMETER);

    /* To one that runs, or has run since: no wait, and the counter does not move. */
    assert_int_equal(m->p->vcpus[1].dispatches, 2);
    assert_false(confers(m, 1, 2));
    call(m, 1, H_CEDE, 0, 0);
    assert_false(confers(m, 1, 2) || confers(m, 1, 1) || confers(m, 1, 5));
    assert_int_equal(vcpu->dispatches, 0);

    /* To one that does not run: until the turn is over ... */
    m->clock.now = 12345;
    cpu_idle_until(cpu, 12345);
    assert_true(confers(m, 1, UINT64_C(0xffffffff00000003)));
    assert_int_equal(vcpu->dispatches, 1);
    assert_false(pseries_wake(m->p, cpu));
    const uint64_t due = clock_cycles_at(&m->clock, pseries_timer_due(m->p, cpu));
    assert_true(due > CLOCK_TURN_CYCLES && due <= CLOCK_TURN_CYCLES + 2);
    m->clock.now = due;
    assert_true(pseries_wake(m->p, cpu) && cpu_cycles(cpu) == due);
    assert_int_equal(vcpu->dispatches, 2);

    /* ... or until it runs. */
    assert_true(confers(m, 1, 3));
    prod(m, 1);
    assert_true(pseries_wake(m->p, cpu));

    /* To one that has itself conferred to all: no wait. */
    call(m, 1, H_CONFER, (uint64_t)-1, 0);
    assert_true(m->p->cpus[1]->halted);
    assert_false(confers(m, 1, m->p->vcpus[1].dispatches));
    prod(m, 1);

    /* To all: until the turn is over, or H_PROD, of before too. */
    assert_true(confers(m, (uint64_t)-1, 77));
    prod(m, 0);
    call(m, 1, H_PROD, 0, 0);
    assert_false(confers(m, (uint64_t)-1, 0));
    assert_false(vcpu->prod);
    assert_true(confers(m, (uint64_t)-1, 0));
    m->clock.now = clock_cycles_at(&m->clock, pseries_timer_due(m->p, cpu));
    assert_true(pseries_wake(m->p, cpu));
}

/* To itself: until H_PROD, and with MSR[EE]=1 until an interrupt. */
static void test_confer_to_itself(void **state)
{
    struct machine *m = *state;
    struct cpu *const cpu = m->p->cpus[0];
    cpu_set_dec(cpu, 5000);
    assert_false(cpu->msr & MSR_EE);
    assert_true(confers(m, 0, 0));
    assert_true(pseries_timer_due(m->p, cpu) == UINT64_MAX);
    m->clock.now = 1000000;
    cpu->pending |= PENDING_EXTERNAL;
    assert_false(pseries_wake(m->p, cpu));
    assert_true(cpu->pending & PENDING_DECREMENTER);
    cpu->pending |= PENDING_RESET;
    assert_true(pseries_wake(m->p, cpu));
    cpu->pending = 0;
    assert_true(confers(m, 0, 0));
    prod(m, 0);

    cpu_set_msr(cpu, cpu->msr | MSR_EE);
    assert_false(confers(m, 0, 0)); /* the decrementer is below 0 */
    cpu_set_dec(cpu, 5000);
    assert_true(confers(m, 0, 0));
    assert_false(pseries_wake(m->p, cpu));
    m->clock.now = clock_cycles_at(&m->clock, pseries_timer_due(m->p, cpu));
    assert_true(pseries_wake(m->p, cpu));
}

static void test_join(void **state)
{
    struct machine *m = *state;
    for (unsigned i = 1; i < 4; i++) {
        assert_int_equal(call(m, i, H_JOIN, 0, 0), H_SUCCESS);
        assert_true(m->p->cpus[i]->halted && pseries_timer_due(m->p, m->p->cpus[i]) == UINT64_MAX);
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
    assert_int_equal(load_be32(ram + VPA + 0x100), 2);
    store_be64(ram + VPA + 0x218, 99);
    assert_int_equal(machine_hcall(m, H_REGISTER_VPA, UINT64_C(2) << 45, 3, DTL, 0, 0), H_SUCCESS);
    struct cpu *const cpu = m->p->cpus[3];
    for (unsigned i = 0; i < 5; i++) {
        ram[VPA + 0xb8] = i < 4 ? 7 : 2;
        cpu_set_dec(cpu, 0x7fffffff);
        cpu->nia = 0x5000 + i;
        call(m, 3, H_CEDE, 0, 0);
        assert_int_equal(load_be32(ram + VPA + 0x100), 2 * i + 3);
        m->clock.now += 1000000;
        call(m, 0, H_PROD, 3, 0);
        assert_true(pseries_wake(m->p, cpu));
        assert_int_equal(load_be32(ram + VPA + 0x100), 2 * i + 4);
        store_be32(ram + VPA + 0x100, 77); /* is not the guest's to write */
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
    assert_int_equal(load_be64(ram + VPA + 0x168), 5 * 512000);

    /* An H_CONFER is told apart. */
    ram[VPA + 0xb8] = 1;
    call(m, 3, H_CONFER, (uint64_t)-1, 0);
    m->clock.now += CLOCK_TURN_CYCLES + 2;
    assert_true(pseries_wake(m->p, cpu));
    assert_int_equal(load_be16(ram + DTL + 48), 0x0703);
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
        cmocka_unit_test_setup_teardown(test_confer, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_confer_to_itself, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_join, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_dispatch_log, setup, machine_teardown),
        cmocka_unit_test_setup_teardown(test_times, setup, machine_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
