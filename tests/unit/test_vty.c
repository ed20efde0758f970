/* machine-pseries/vty.c: the console's hypercalls, its FIFO and its interrupt. */
#include "device_fixture.h"

#include <libfdt.h>

enum { UNIT = VIO_FIRST_REG };

static uint64_t get_chars(struct fixture *f, uint64_t unit, char out[16])
{
    uint64_t args[9] = {unit, 0xdead, 0xdead};
    assert_int_equal(h_get_term_char(f->p, f->cpu, args), H_SUCCESS);
    store_be64(out, args[1]);
    store_be64(out + 8, args[2]);
    return args[0];
}

static int64_t put_chars(struct fixture *f, uint64_t unit, uint64_t count, const char *text)
{
    uint8_t bytes[16] = {0};
    memcpy(bytes, text, strlen(text));
    uint64_t args[9] = {unit, count, load_be64(bytes), load_be64(bytes + 8)};
    return h_put_term_char(f->p, f->cpu, args);
}

static size_t type(struct fixture *f, const char *text, size_t n)
{
    return vty_input(f->p, (const uint8_t *)text, n);
}

static void unmask(struct fixture *f)
{
    const uint32_t xive[] = {XICS_VIO_BASE, 0, 5};
    uint64_t args[9] = {0xff};
    assert_int_equal(h_cppr(f->p, f->cpu, args), H_SUCCESS);
    assert_int_equal(fixture_rtas(f, 0x0a, 3, xive, 1, NULL), RTAS_OK);
}

/* Takes the interrupt if there is one: its source number or 0. */
static uint32_t take_interrupt(struct fixture *f)
{
    uint64_t args[9] = {0};
    if (!(f->cpu->pending & PENDING_EXTERNAL))
        return 0;
    assert_int_equal(h_xirr(f->p, f->cpu, args), H_SUCCESS);
    const uint32_t number = args[0] & 0xffffff;
    assert_int_equal(h_eoi(f->p, f->cpu, args), H_SUCCESS);
    return number;
}

static void test_output(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_chars(f, 0, 5, "hello"), H_SUCCESS);
    assert_int_equal(put_chars(f, UNIT, 16, " 0123456789abcde"), H_SUCCESS);
    assert_int_equal(put_chars(f, UNIT, 0, "nothing"), H_SUCCESS);
    assert_int_equal(f->output_calls, 2);
    assert_int_equal(f->output_length, 21);
    assert_memory_equal(f->output, "hello 0123456789abcde", 21);
}

static void test_output_errors(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_chars(f, 0, 17, "x"), H_PARAMETER);
    assert_int_equal(put_chars(f, 0, UINT64_MAX, "x"), H_PARAMETER);
    assert_int_equal(put_chars(f, 0, UINT64_C(0x100000001), "x"), H_PARAMETER);
    assert_int_equal(put_chars(f, UNIT + 1, 1, "x"), H_PARAMETER); /* the NVRAM */
    assert_int_equal(put_chars(f, UNIT + 2, 1, "x"), H_PARAMETER);
    assert_int_equal(put_chars(f, UNIT | UINT64_C(1) << 32, 1, "x"), H_PARAMETER);
    assert_int_equal(f->output_calls, 0);
    uint64_t args[9] = {1};
    assert_int_equal(h_get_term_char(f->p, f->cpu, args), H_PARAMETER);
}

static void test_long_write(void **state)
{
    struct fixture *f = *state;
    const char *text = "a firmware message longer than one hypercall's";
    vty_write(f->p, (const uint8_t *)text, strlen(text));
    assert_int_equal(f->output_calls, 3);
    assert_memory_equal(f->output, text, strlen(text));
    f->p->host.console_output = NULL;
    vty_write(f->p, (const uint8_t *)text, strlen(text));
}

static void test_input(void **state)
{
    struct fixture *f = *state;
    char out[16];
    assert_int_equal(get_chars(f, 0, out), 0);
    assert_memory_equal(out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_int_equal(type(f, "abcdefghij", 10), 10);
    assert_int_equal(get_chars(f, UNIT, out), 10);
    assert_memory_equal(out, "abcdefghij\0\0\0\0\0\0", 16);
    assert_int_equal(get_chars(f, UNIT, out), 0);
}

static void test_fifo_full(void **state)
{
    struct fixture *f = *state;
    char out[16];
    assert_int_equal(type(f, "0123456789abcdefXYZ", 19), 16);
    assert_int_equal(vty_space(f->p), 0);
    assert_int_equal(type(f, "XYZ", 3), 0);
    assert_int_equal(f->ready_calls, 0);
    assert_int_equal(get_chars(f, 0, out), 16);
    assert_memory_equal(out, "0123456789abcdef", 16);
    assert_int_equal(f->ready_calls, 1);

    /* Room all the time: nobody waits. The FIFO wraps. */
    assert_int_equal(type(f, "0123456", 7), 7);
    assert_int_equal(get_chars(f, 0, out), 7);
    assert_int_equal(type(f, "ghijklmnopqrstu", 15), 15);
    assert_int_equal(get_chars(f, 0, out), 15);
    assert_memory_equal(out, "ghijklmnopqrstu\0", 16);
    assert_int_equal(f->ready_calls, 1);
}

static void test_cr_nul(void **state)
{
    struct fixture *f = *state;
    char out[16];
    type(f, "a\r\0\0b\r\0", 7);
    assert_int_equal(get_chars(f, 0, out), 2);
    assert_memory_equal(out, "a\r\0", 3);
    assert_int_equal(get_chars(f, 0, out), 4);
    assert_memory_equal(out, "\0\0b\r\0", 5);
    assert_int_equal(get_chars(f, 0, out), 1);
    assert_int_equal(out[0], 0);
    assert_int_equal(get_chars(f, 0, out), 0);

    type(f, "\r\n\0", 3); /* only a NUL right behind a CR */
    assert_int_equal(get_chars(f, 0, out), 3);
    assert_memory_equal(out, "\r\n\0", 3);
}

static void test_interrupt(void **state)
{
    struct fixture *f = *state;
    char out[16];
    unmask(f);
    type(f, "", 0);
    assert_int_equal(take_interrupt(f), 0);
    type(f, "a", 1);
    assert_int_equal(take_interrupt(f), XICS_VIO_BASE);
    type(f, "b", 1); /* was not empty */
    assert_int_equal(take_interrupt(f), 0);
    assert_int_equal(get_chars(f, 0, out), 2);
    type(f, "c", 1);
    assert_int_equal(take_interrupt(f), XICS_VIO_BASE);
}

static void test_interrupt_before_driver(void **state)
{
    struct fixture *f = *state;
    type(f, "a", 1);
    assert_int_equal(take_interrupt(f), 0);
    unmask(f);
    assert_int_equal(take_interrupt(f), XICS_VIO_BASE);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    char out[16];
    type(f, "0123456789abcdef", 16);
    vio_reset(f->p);
    assert_int_equal(f->ready_calls, 1);
    assert_int_equal(get_chars(f, 0, out), 0);
    assert_int_equal(vty_space(f->p), VTY_FIFO_SIZE);
    vio_reset(f->p);
    assert_int_equal(f->ready_calls, 1);
}

static void test_tree(void **state)
{
    struct fixture *f = *state;
    static uint8_t fdt[0x4000];
    char path[64];
    int len;
    vty_path(f->p, path, sizeof path);
    assert_string_equal(path, "/vdevice/vty@71000000");
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(vio_fdt(f->p, fdt, 0), 0);
    const int node = fdt_path_offset(fdt, path);
    assert_true(node > 0);
    assert_string_equal(fdt_getprop(fdt, node, "compatible", &len), "hvterm1");
    assert_string_equal(fdt_getprop(fdt, node, "device_type", &len), "serial");
    const fdt32_t *cells = fdt_getprop(fdt, node, "interrupts", &len);
    assert_int_equal(len, 8);
    assert_int_equal(fdt32_to_cpu(cells[0]), 0x1100);
    /* The console is the first child, as SLOF's default looks for it. */
    assert_int_equal(fdt_first_subnode(fdt, fdt_path_offset(fdt, "/vdevice")), node);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_output),     TEST(test_output_errors),
        TEST(test_long_write), TEST(test_input),
        TEST(test_fifo_full),  TEST(test_cr_nul),
        TEST(test_interrupt),  TEST(test_interrupt_before_driver),
        TEST(test_reset),      TEST(test_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
