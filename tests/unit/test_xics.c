/* machine-pseries/xics.c: every transition of the presentation and the source state machines. */
#include "device_fixture.h"

#include <libfdt.h>

enum { MSI = 0x1110, MSI2 = 0x1111, LSI = XICS_LSI_BASE };

static struct xics_server *server(struct fixture *f)
{
    return &f->p->xics.servers[0];
}

static struct xics_source *source(struct fixture *f, uint32_t number)
{
    return &f->p->xics.sources[number - XICS_SOURCE_BASE];
}

static bool line(struct fixture *f)
{
    return f->cpu->pending & PENDING_EXTERNAL;
}

static void set_xive(struct fixture *f, uint32_t number, uint32_t priority)
{
    const uint32_t args[] = {number, 0, priority};
    assert_int_equal(fixture_rtas(f, 0x0a, 3, args, 1, NULL), RTAS_OK);
}

static uint32_t get_priority(struct fixture *f, uint32_t number)
{
    uint32_t rets[2];
    assert_int_equal(fixture_rtas(f, 0x0b, 1, &number, 3, rets), RTAS_OK);
    assert_int_equal(rets[0], 0);
    return rets[1];
}

static void int_off(struct fixture *f, uint32_t number)
{
    assert_int_equal(fixture_rtas(f, 0x0c, 1, &number, 1, NULL), RTAS_OK);
}

static void int_on(struct fixture *f, uint32_t number)
{
    assert_int_equal(fixture_rtas(f, 0x0d, 1, &number, 1, NULL), RTAS_OK);
}

static void set_cppr(struct fixture *f, uint64_t value)
{
    uint64_t args[9] = {value};
    assert_int_equal(h_cppr(f->p, f->cpu, args), H_SUCCESS);
}

static void set_mfrr(struct fixture *f, uint64_t value)
{
    uint64_t args[9] = {0, value};
    assert_int_equal(h_ipi(f->p, f->cpu, args), H_SUCCESS);
}

static uint32_t accept_xirr(struct fixture *f)
{
    uint64_t args[9] = {0};
    assert_int_equal(h_xirr(f->p, f->cpu, args), H_SUCCESS);
    assert_true(args[0] <= UINT32_MAX);
    return (uint32_t)args[0];
}

static void eoi(struct fixture *f, uint64_t xirr)
{
    uint64_t args[9] = {xirr};
    assert_int_equal(h_eoi(f->p, f->cpu, args), H_SUCCESS);
}

/* Presented now: XISR, its priority, and the line to match. */
static void expect_presented(struct fixture *f, uint32_t number, uint8_t priority)
{
    assert_int_equal(server(f)->xirr & 0xffffff, number);
    assert_int_equal(server(f)->pending_priority, priority);
    assert_int_equal(line(f), number != 0);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(server(f)->xirr, 0);
    assert_int_equal(server(f)->mfrr, 0xff);
    expect_presented(f, 0, 0xff);
    assert_int_equal(get_priority(f, MSI), 0xff);

    set_cppr(f, 0xff);
    set_xive(f, MSI, 5);
    xics_pulse(f->p, MSI);
    expect_presented(f, MSI, 5);
    xics_reset(f->p);
    assert_int_equal(server(f)->xirr, 0);
    expect_presented(f, 0, 0xff);
    assert_int_equal(source(f, MSI)->saved_priority, 0xff);
    assert_true(source(f, LSI)->lsi);
}

static void test_msi_accept_eoi(void **state)
{
    struct fixture *f = *state;
    set_cppr(f, 0xff);
    set_xive(f, MSI, 5);
    xics_pulse(f->p, MSI);
    expect_presented(f, MSI, 5);
    assert_int_equal(accept_xirr(f), 0xff000000 | MSI);
    assert_int_equal(server(f)->xirr, 0x05000000);
    expect_presented(f, 0, 0xff);

    /* The same priority waits for the end of this one. */
    xics_pulse(f->p, MSI2);
    assert_int_equal(source(f, MSI2)->status, XICS_MASKED_PENDING);
    set_xive(f, MSI2, 5);
    assert_int_equal(source(f, MSI2)->status, XICS_REJECTED);
    expect_presented(f, 0, 0xff);
    eoi(f, 0xff000000 | MSI);
    assert_int_equal(server(f)->xirr >> 24, 0xff);
    expect_presented(f, MSI2, 5);
    assert_int_equal(source(f, MSI2)->status, 0);
}

static void test_spurious(void **state)
{
    struct fixture *f = *state;
    set_cppr(f, 7);
    assert_int_equal(accept_xirr(f), 0x07000000);
    assert_int_equal(server(f)->xirr, 0xff000000);
}

static void test_more_favoured_replaces(void **state)
{
    struct fixture *f = *state;
    set_cppr(f, 0xff);
    set_xive(f, MSI, 5);
    set_xive(f, MSI2, 4);
    xics_pulse(f->p, MSI);
    xics_pulse(f->p, MSI2);
    expect_presented(f, MSI2, 4);
    assert_int_equal(source(f, MSI)->status, XICS_REJECTED);
    assert_int_equal(accept_xirr(f), 0xff000000 | MSI2);
    expect_presented(f, 0, 0xff); /* 5 is shut out by CPPR 4 */
    eoi(f, 0xff000000 | MSI2);
    expect_presented(f, MSI, 5);

    /* Equal or less favoured does not. */
    set_xive(f, MSI2, 5);
    xics_pulse(f->p, MSI2);
    expect_presented(f, MSI, 5);
    assert_int_equal(source(f, MSI2)->status, XICS_REJECTED);
}

static void test_cppr_bound(void **state)
{
    struct fixture *f = *state;
    set_cppr(f, 5);
    set_xive(f, MSI, 5);
    xics_pulse(f->p, MSI);
    expect_presented(f, 0, 0xff); /* not more favoured than CPPR */
    set_cppr(f, 6);
    expect_presented(f, MSI, 5);

    /* Retracted when CPPR becomes as favoured, kept while it is still less favoured. */
    set_cppr(f, 0xff);
    set_cppr(f, 6);
    expect_presented(f, MSI, 5);
    set_cppr(f, 5);
    expect_presented(f, 0, 0xff);
    assert_int_equal(source(f, MSI)->status, XICS_REJECTED);
    set_cppr(f, 5); /* unchanged: offered again, refused again */
    assert_int_equal(source(f, MSI)->status, XICS_REJECTED);
    set_cppr(f, 0x1ff); /* a byte */
    assert_int_equal(server(f)->xirr, 0xff000000 | MSI);
}

static void test_ipi(void **state)
{
    struct fixture *f = *state;
    set_mfrr(f, 4);
    expect_presented(f, 0, 0xff); /* CPPR 0: waits in MFRR */
    set_cppr(f, 0xff);
    expect_presented(f, XICS_IPI, 4);

    /* Clearing MFRR does not retract what is presented. */
    set_mfrr(f, 0xff);
    expect_presented(f, XICS_IPI, 4);
    assert_int_equal(accept_xirr(f), 0xff000000 | XICS_IPI);
    eoi(f, 0xff000000 | XICS_IPI);
    expect_presented(f, 0, 0xff);

    /* A set MFRR is presented again after EOI. */
    set_mfrr(f, 4);
    assert_int_equal(accept_xirr(f), 0xff000000 | XICS_IPI);
    expect_presented(f, 0, 0xff);
    eoi(f, 0xff000000 | XICS_IPI);
    expect_presented(f, XICS_IPI, 4);
}

static void test_ipi_against_device(void **state)
{
    struct fixture *f = *state;
    set_cppr(f, 0xff);
    set_xive(f, MSI, 5);
    xics_pulse(f->p, MSI);
    set_mfrr(f, 5); /* not more favoured than the device */
    expect_presented(f, MSI, 5);
    set_mfrr(f, 4);
    expect_presented(f, XICS_IPI, 4);
    assert_int_equal(source(f, MSI)->status, XICS_REJECTED);

    /* A device may push the IPI away; it comes back from MFRR. */
    set_xive(f, MSI2, 3);
    xics_pulse(f->p, MSI2);
    expect_presented(f, MSI2, 3);
    assert_int_equal(accept_xirr(f), 0xff000000 | MSI2);
    eoi(f, 0xff000000 | MSI2);
    expect_presented(f, XICS_IPI, 4);
    set_mfrr(f, 0xff);
    eoi(f, accept_xirr(f));
    expect_presented(f, MSI, 5);
}

static void test_ipoll(void **state)
{
    struct fixture *f = *state;
    uint64_t args[9] = {0};
    set_cppr(f, 0xff);
    set_mfrr(f, 4);
    assert_int_equal(h_ipoll(f->p, f->cpu, args), H_SUCCESS);
    assert_int_equal(args[0], 0xff000002);
    assert_int_equal(args[1], 4);
    expect_presented(f, XICS_IPI, 4);
    args[0] = 1;
    assert_int_equal(h_ipoll(f->p, f->cpu, args), H_PARAMETER);
    args[0] = UINT64_C(1) << 40;
    assert_int_equal(h_ipi(f->p, f->cpu, args), H_PARAMETER);
}

static void test_xirr_x(void **state)
{
    struct fixture *f = *state;
    uint64_t args[9] = {0};
    set_cppr(f, 0xff);
    set_mfrr(f, 4);
    f->clock.idle_cycles = 2000;
    assert_int_equal(h_xirr_x(f->p, f->cpu, args), H_SUCCESS);
    assert_int_equal(args[0], 0xff000002);
    assert_int_equal(args[1], 1024);
    expect_presented(f, 0, 0xff);
}

static void test_mask(void **state)
{
    struct fixture *f = *state;
    set_cppr(f, 0xff);
    set_xive(f, MSI, 5);
    int_off(f, MSI);
    assert_int_equal(get_priority(f, MSI), 0xff);
    xics_pulse(f->p, MSI);
    assert_int_equal(source(f, MSI)->status, XICS_MASKED_PENDING);
    expect_presented(f, 0, 0xff);
    int_on(f, MSI);
    assert_int_equal(get_priority(f, MSI), 5);
    assert_int_equal(source(f, MSI)->status, 0);
    expect_presented(f, MSI, 5);

    /* set-xive 0xff masks as well, and replaces the saved priority. */
    eoi(f, accept_xirr(f));
    set_xive(f, MSI, 0xff);
    xics_pulse(f->p, MSI);
    int_on(f, MSI);
    assert_int_equal(get_priority(f, MSI), 0xff);
    expect_presented(f, 0, 0xff);
    set_xive(f, MSI, 6);
    expect_presented(f, MSI, 6);
}

static void test_masked_while_rejected(void **state)
{
    struct fixture *f = *state;
    set_xive(f, MSI, 5);
    xics_pulse(f->p, MSI); /* CPPR 0 */
    assert_int_equal(source(f, MSI)->status, XICS_REJECTED);
    int_off(f, MSI);
    set_cppr(f, 0xff);
    expect_presented(f, 0, 0xff);
    int_on(f, MSI); /* the event is not lost */
    expect_presented(f, MSI, 5);
}

static void test_lsi(void **state)
{
    struct fixture *f = *state;
    struct xics_source *src = source(f, LSI);
    set_cppr(f, 0xff);
    xics_set_level(f->p, LSI, true); /* masked */
    assert_int_equal(src->status, XICS_ASSERTED);
    set_xive(f, LSI, 5);
    assert_int_equal(src->status, XICS_ASSERTED | XICS_SENT);
    expect_presented(f, LSI, 5);
    xics_set_level(f->p, LSI, true); /* no second one while sent */
    const uint32_t xirr = accept_xirr(f);
    assert_int_equal(xirr, 0xff000000 | LSI);
    expect_presented(f, 0, 0xff);
    eoi(f, xirr); /* still asserted */
    expect_presented(f, LSI, 5);

    eoi(f, (accept_xirr(f) & 0xffffff) | 0x05000000); /* CPPR stays shut */
    assert_int_equal(src->status, XICS_ASSERTED);
    xics_set_level(f->p, LSI, false);
    assert_int_equal(src->status, 0);
    set_cppr(f, 0xff);
    expect_presented(f, 0, 0xff);
}

static void test_lsi_reject(void **state)
{
    struct fixture *f = *state;
    set_xive(f, LSI, 5);
    xics_set_level(f->p, LSI, true); /* CPPR 0 */
    assert_int_equal(source(f, LSI)->status, XICS_ASSERTED);
    set_cppr(f, 0xff);
    expect_presented(f, LSI, 5);
    set_cppr(f, 0);
    assert_int_equal(source(f, LSI)->status, XICS_ASSERTED);
    expect_presented(f, 0, 0xff);

    /* The line falls before it can be presented: nothing is left. */
    xics_set_level(f->p, LSI, false);
    set_cppr(f, 0xff);
    expect_presented(f, 0, 0xff);
}

static void test_rtas_errors(void **state)
{
    struct fixture *f = *state;
    const uint32_t bad[][3] = {
        {0, 0, 5},    {XICS_IPI, 0, 5},     {0xfff, 0, 5},   {0x2000, 0, 5},     {MSI, 1, 5},
        {MSI, 64, 5}, {MSI, 0xffffffff, 5}, {MSI, 0, 0x100}, {0xffffffff, 0, 5},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(fixture_rtas(f, 0x0a, 3, bad[i], 1, NULL), RTAS_PARAMETER);
    assert_int_equal(get_priority(f, MSI), 0xff);
    uint32_t number = 0x2000, rets[2];
    assert_int_equal(fixture_rtas(f, 0x0b, 1, &number, 3, rets), RTAS_PARAMETER);
    assert_int_equal(fixture_rtas(f, 0x0c, 1, &number, 1, NULL), RTAS_PARAMETER);
    assert_int_equal(fixture_rtas(f, 0x0d, 1, &number, 1, NULL), RTAS_PARAMETER);
    eoi(f, 0xff000000); /* EOI of nothing, and of numbers of nobody */
    eoi(f, 0xffffffff);
    expect_presented(f, 0, 0xff);
}

static void test_last_source(void **state)
{
    struct fixture *f = *state;
    set_xive(f, 0x1fff, 7);
    xics_pulse(f->p, 0x1fff);
    assert_int_equal(source(f, 0x1fff)->status, XICS_REJECTED);
    set_cppr(f, 8);
    expect_presented(f, 0x1fff, 7);
}

/* One rescan offers each waiting source once and leaves the most favoured presented. */
static void test_resend_order(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < 200; i++) {
        set_xive(f, XICS_MSI_BASE + i, 200 - i);
        xics_pulse(f->p, XICS_MSI_BASE + i);
    }
    set_cppr(f, 0xff);
    for (uint32_t i = 200; i-- > 0;) {
        const uint32_t xirr = accept_xirr(f);
        assert_int_equal(xirr, 0xff000000 | (XICS_MSI_BASE + i));
        eoi(f, xirr);
    }
    expect_presented(f, 0, 0xff);
}

static void test_tree(void **state)
{
    struct fixture *f = *state;
    static uint8_t fdt[0x4000];
    f->p->config.hotplug_events = true;
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(xics_fdt(f->p, fdt, 0), 0);
    const int node = fdt_path_offset(fdt, "/interrupt-controller");
    assert_true(node > 0);
    assert_int_equal(fdt_get_phandle(fdt, node), PSERIES_INTC_PHANDLE);
    int len;
    const fdt32_t *cells = fdt_getprop(fdt, fdt_path_offset(fdt, "/event-sources/hot-plug-events"),
                                       "interrupts", &len);
    assert_int_equal(len, 8);
    assert_int_equal(fdt32_to_cpu(cells[0]), XICS_HOTPLUG);
    assert_int_equal(fdt32_to_cpu(cells[1]), 0);

    f->p->config.hotplug_events = false;
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(xics_fdt(f->p, fdt, 0), 0);
    assert_true(fdt_path_offset(fdt, "/event-sources/hot-plug-events") < 0);
    assert_non_null(
        fdt_getprop(fdt, fdt_path_offset(fdt, "/event-sources"), "interrupt-ranges", &len));
    assert_int_equal(len, 8);

    static uint8_t small[128]; /* no room: an error, not a crash */
    assert_int_equal(fdt_create_empty_tree(small, sizeof small), 0);
    assert_true(xics_fdt(f->p, small, 0) < 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reset),
        TEST(test_msi_accept_eoi),
        TEST(test_spurious),
        TEST(test_more_favoured_replaces),
        TEST(test_cppr_bound),
        TEST(test_ipi),
        TEST(test_ipi_against_device),
        TEST(test_ipoll),
        TEST(test_xirr_x),
        TEST(test_mask),
        TEST(test_masked_while_rejected),
        TEST(test_lsi),
        TEST(test_lsi_reject),
        TEST(test_rtas_errors),
        TEST(test_last_source),
        TEST(test_resend_order),
        TEST(test_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
