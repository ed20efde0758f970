/* Compatibility modes as the machine has them: reset, negotiation, device tree. */
#include <libfdt.h>

#include "machine_fixture.h"

enum { VEC = 0x2000000 };

static struct machine *machine_of(const char *cpu, const char *max, unsigned threads)
{
    struct machine *m = machine_prepare();
    m->config.cpu = cpu_model_find(cpu);
    m->config.max_compat = max ? compat_find(max) : NULL;
    m->config.cpu_count = m->config.threads = threads;
    assert_non_null(m->config.cpu);
    assert_int_equal(!m->config.max_compat, !max);
    assert_int_equal(machine_create(m), STATUS_OK);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    return m;
}

/* -- From reset on -- */

#define PCR_6_ON_7 (PCR_V205 | PCR_VSX_DIS)
#define PCR_6_ON_8 (PCR_V205 | PCR_V206 | PCR_TM_DIS)
#define PCR_7_ON_8 (PCR_V206 | PCR_TM_DIS)

/* The processor in the mode: what firmware and guest find. */
static const struct view {
    const char *cpu, *max, *node;
    uint32_t version;
    uint64_t pcr;
    int pa_features; /* bytes; -1: no property */
    uint32_t vmx;
    unsigned threads; /* of eight, or four */
} views[] = {
    {"POWER8", NULL, "PowerPC,POWER8@0", 0x004d0200, 0, 26, 2, 8},
    {"POWER8", "power8", "PowerPC,POWER8@0", 0x0f000004, 0, 26, 2, 8},
    {"POWER8", "power7", "PowerPC,POWER8@0", 0x0f000003, PCR_7_ON_8, 8, 2, 4},
    {"POWER8", "POWER6", "PowerPC,POWER8@0", 0x0f000002, PCR_6_ON_8, -1, 1, 2},
    {"POWER8E", "power7", "PowerPC,POWER8@0", 0x0f000003, PCR_7_ON_8, 8, 2, 4},
    {"POWER7", NULL, "PowerPC,POWER7@0", 0x003f0203, 0, 8, 2, 4},
    {"POWER7", "power7", "PowerPC,POWER7@0", 0x0f000003, 0, 8, 2, 4},
    {"POWER7", "power6", "PowerPC,POWER7@0", 0x0f000002, PCR_6_ON_7, -1, 1, 2},
    {"POWER7+", NULL, "PowerPC,POWER7@0", 0x004a0201, 0, 8, 2, 4},
    {"POWER7+", "power7", "PowerPC,POWER7@0", 0x0f000003, 0, 8, 2, 4},
    {"POWER7+", "power7+", "PowerPC,POWER7@0", 0x0f100003, 0, 8, 2, 4},
    {"POWER8", "power7+", "PowerPC,POWER8@0", 0x0f100003, PCR_7_ON_8, 8, 2, 4},
};

static uint32_t cell_of(const void *fdt, int node, const char *name)
{
    int length = 0;
    const void *const value = fdt_getprop(fdt, node, name, &length);
    if (!value || length < 4)
        fail_msg("no %s", name);
    return load_be32(value);
}

static void check_tree(struct machine *m, const struct view *view)
{
    void *fdt;
    size_t size;
    char path[64];
    int length = -1;
    assert_int_equal(pseries_fdt_build(m->p, false, &fdt, &size), STATUS_OK);
    snprintf(path, sizeof path, "/cpus/%s", view->node);
    const int node = fdt_path_offset(fdt, path);
    assert_true(node > 0);
    assert_int_equal(cell_of(fdt, node, "cpu-version"), view->version);
    assert_int_equal(cell_of(fdt, node, "ibm,vmx"), view->vmx);
    assert_int_equal(cell_of(fdt, node, "ibm,dfp"), 1);
    assert_int_equal(cell_of(fdt, node, "ibm,slb-size"), 32);
    if (!fdt_getprop(fdt, node, "ibm,pa-features", &length))
        length = -1;
    assert_int_equal(length, view->pa_features);
    fdt_getprop(fdt, node, "ibm,ppc-interrupt-server#s", &length);
    assert_int_equal(length, 4 * view->threads);
    fdt_getprop(fdt, node, "ibm,ppc-interrupt-gserver#s", &length);
    assert_int_equal(length, 8 * view->threads);
    free(fdt);
}

static void test_views(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(views); i++) {
        const bool p8 = cpu_model_find(views[i].cpu)->level >= ISA_207;
        struct machine *m = machine_of(views[i].cpu, views[i].max, p8 ? 8 : 4);
        for (unsigned n = 0; n < m->config.cpu_count; n++)
            assert_true(m->p->cpus[n]->pcr == views[i].pcr);
        check_tree(m, &views[i]);
        /* mfpvr says what the processor is, whatever the mode. */
        assert_int_equal(m->cpu->pvr, m->config.cpu->pvr);
        machine_destroy(m);
    }
}

static void test_too_many_threads(void **state)
{
    struct machine *m = machine_prepare();
    (void)state;
    m->config.cpu = cpu_model_find("POWER7");
    m->config.cpu_count = m->config.threads = 8;
    assert_int_equal(machine_create(m), STATUS_RANGE);
    assert_non_null(strstr(m->log, "at most 4 threads"));
    machine_destroy(m);
}

/* -- Negotiation -- */

#define PAIRS_MAX 8

/* A list of (mask, PVR), then five vectors of a byte. */
static int64_t negotiate(struct machine *m, const uint32_t pvrs[PAIRS_MAX])
{
    uint8_t *at = m->p->bus.ram + VEC;
    memset(at, 0, 0x100);
    for (unsigned i = 0; i < PAIRS_MAX && pvrs[i]; i++, at += 8) {
        store_be32(at, pvrs[i] >> 24 == 0x0f ? 0xffffffff : 0xffff0000);
        store_be32(at + 4, pvrs[i]);
    }
    store_be32(at, 0xfffffffe);
    store_be32(at + 4, 0x0f000001);
    at[8] = 4; /* five vectors of one byte */
    return cas_negotiate(m->p, VEC);
}

static const struct {
    const char *cpu, *max;
    uint32_t pvrs[PAIRS_MAX];
    int64_t status;
    uint32_t chosen; /* 0: the processor itself */
    uint64_t pcr;
} choices[] = {
    {"POWER8", "power7", {0x004d0000, 0x0f000004, 0x0f000003}, H_SUCCESS, 0x0f000003, PCR_7_ON_8},
    {"POWER8", "power7", {0x0f000002, 0x0f000004}, H_SUCCESS, 0x0f000002, PCR_6_ON_8},
    {"POWER8", "power6", {0x0f000003, 0x0f000002}, H_SUCCESS, 0x0f000002, PCR_6_ON_8},
    /* Not one that is allowed, and with a maximum not the processor either: nothing changes. */
    {"POWER8", "power7", {0x004d0000, 0x0f000004}, H_HARDWARE, 0x0f000003, PCR_7_ON_8},
    {"POWER8", "power8", {0x004d0000}, H_HARDWARE, 0x0f000004, 0},
    {"POWER8", "power7", {0x0f100003, 0x0f000002}, H_SUCCESS, 0x0f000002, PCR_6_ON_8},
    {"POWER8", "power7+", {0x0f000004, 0x0f000003}, H_SUCCESS, 0x0f000003, PCR_7_ON_8},
    {"POWER8", "power8", {0x0f000003}, H_SUCCESS, 0x0f000003, PCR_7_ON_8},
    {"POWER8", NULL, {0x004d0000}, H_SUCCESS, 0, 0},
    {"POWER8", NULL, {0x003f0000}, H_HARDWARE, 0, 0},
    {"POWER8", NULL, {0x0f000005, 0x0f000006}, H_HARDWARE, 0, 0},
    {"POWER7", NULL, {0x003f0000, 0x0f000004, 0x0f000003}, H_SUCCESS, 0x0f000003, 0},
    {"POWER7", NULL, {0x0f000004, 0x0f000002}, H_SUCCESS, 0x0f000002, PCR_6_ON_7},
    {"POWER7", NULL, {0x004d0000, 0x0f000004}, H_HARDWARE, 0, 0},
    {"POWER7", "power6", {0x003f0000, 0x0f000003}, H_HARDWARE, 0x0f000002, PCR_6_ON_7},
    {"POWER7+", NULL, {0x004a0000}, H_SUCCESS, 0, 0},
};

static void test_negotiation(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        struct machine *m = machine_of(choices[i].cpu, choices[i].max, 2);
        const uint32_t at_reset = m->p->compat_pvr;
        const uint64_t hash = pseries_state_hash(m->p);
        assert_int_equal(negotiate(m, choices[i].pvrs), choices[i].status);
        assert_int_equal(m->p->compat_pvr, choices[i].chosen);
        assert_true(m->p->cpus[0]->pcr == choices[i].pcr);
        assert_true(m->p->cpus[1]->pcr == choices[i].pcr);
        /* A reset goes back to the maximum. */
        assert_int_equal(pseries_reset(m->p), STATUS_OK);
        assert_int_equal(m->p->compat_pvr, at_reset);
        assert_true(pseries_state_hash(m->p) == hash);
        machine_destroy(m);
    }
}

/* The mode is state: two machines that differ in it only are not the same. */
static void test_state(void **state)
{
    struct machine *m = machine_of("POWER8", NULL, 1);
    (void)state;
    const uint64_t hash = pseries_state_hash(m->p);
    compat_enter(m->p, compat_find("power8")); /* whose PCR is 0 */
    assert_true(pseries_state_hash(m->p) != hash);
    compat_enter(m->p, NULL);
    assert_true(pseries_state_hash(m->p) == hash);
    cpu_set_pcr(m->cpu, PCR_V206);
    assert_true(pseries_state_hash(m->p) != hash);
    machine_destroy(m);
}

/* A vCPU that is started is in the machine's mode. */
static void test_started(void **state)
{
    struct machine *m = machine_of("POWER8", "power7", 2);
    struct rtas_call call = {.args = {1, 0x1000, 7}, .nargs = 3, .nret = 1};
    (void)state;
    assert_int_equal(rtas_start_cpu(m->p, m->cpu, &call), RTAS_OK);
    assert_false(m->p->cpus[1]->halted);
    assert_true(m->p->cpus[1]->pcr == PCR_7_ON_8);
    cpu_set_msr(m->p->cpus[1], m->p->cpus[1]->msr | MSR_PR);
    assert_int_equal(m->p->cpus[1]->hidden, ISA_SET_V207 | ISA_SET_TM);
    machine_destroy(m);
}

/* H_SET_MODE and the DABR calls go by the processor, as they are for privileged state. */
static void test_calls(void **state)
{
    (void)state;
    for (unsigned p8 = 0; p8 < 2; p8++) {
        struct machine *m = machine_of(p8 ? "POWER8" : "POWER7", "power7", 1);
        assert_int_equal(machine_hcall(m, 0x31c, 3, 3, 0, 0, 0), p8 ? H_SUCCESS : H_P2);
        assert_int_equal(machine_hcall(m, 0x31c, 1, 4, 0, 0, 0), H_SUCCESS);
        assert_int_equal(machine_hcall(m, 0x31c, 0, 1, 0, 0, 0), H_P2); /* CIABR */
        assert_int_equal(machine_hcall(m, 0x31c, 0, 2, 0, 0, 0), H_P2); /* DAWR0 */
        assert_int_equal(machine_hcall(m, 0x28, 0x1000, 0, 0, 0, 0), p8 ? H_HARDWARE : H_SUCCESS);
        machine_destroy(m);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),       cmocka_unit_test(test_too_many_threads),
        cmocka_unit_test(test_negotiation), cmocka_unit_test(test_state),
        cmocka_unit_test(test_started),     cmocka_unit_test(test_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
