/* machine-pseries/rtas.c, rtas_misc.c, rtas_pci.c: the argument block and the calls behind it. */
#include "device_fixture.h"

#include <libfdt.h>

#include "isa/msr.h"
#include "machine-pseries/civil_time.h"

static int64_t call_raw(struct fixture *f, uint64_t real)
{
    uint64_t regs[9] = {real};
    return h_rtas(f->p, f->cpu, regs);
}

/* -- The argument block -- */

static void test_block_outside_ram(void **state)
{
    struct fixture *f = *state;
    static const uint64_t bad[] = {
        FIXTURE_RAM,
        FIXTURE_RAM - 1,
        FIXTURE_RAM - 4,
        FIXTURE_RAM - 8,
        FIXTURE_RAM - 11,
        UINT64_C(0x100000000),
        PHB_IO_BASE,
        UINT64_C(0x0fffffffffffffff),
        UINT64_C(0xffffffffffffffff),
        UINT64_C(0x0ffffffffffffff8),
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(call_raw(f, bad[i]), H_PARAMETER);
    for (size_t i = 0; i <= RTAS_ROW_COUNT; i++)
        assert_int_equal(f->p->rtas_counts[i].count, 0);
}

/* The counts lead outside RAM, also by overflow of 32 bits: nothing is done. */
static void test_counts_outside_ram(void **state)
{
    struct fixture *f = *state;
    static const uint32_t counts[][2] = {
        {0xffffffff, 0xffffffff}, {0x40000000, 1},      {1, 0x40000000},
        {0xffffffff, 1},          {FIXTURE_RAM / 4, 1}, {1, FIXTURE_RAM / 4},
    };
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        bus_write_be32(&f->p->bus, FIXTURE_BLOCK, RTAS_TOKEN_BASE);
        bus_write_be32(&f->p->bus, FIXTURE_BLOCK + 4, counts[i][0]);
        bus_write_be32(&f->p->bus, FIXTURE_BLOCK + 8, counts[i][1]);
        assert_int_equal(call_raw(f, FIXTURE_BLOCK), H_PARAMETER);
    }
    assert_int_equal(f->output_calls, 0);
}

/* Counts that fit into RAM but not the call: status -3 and no effect. */
static void test_wrong_counts(void **state)
{
    struct fixture *f = *state;
    static const uint32_t counts[][2] = {{0, 1}, {2, 1}, {1, 2}, {17, 1}, {1, 40}, {1000, 1000}};
    const uint32_t args[1000] = {'x'};
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        assert_int_equal(
            fixture_rtas_at(f, FIXTURE_BLOCK, RTAS_TOKEN_BASE, counts[i][0], counts[i][1], args),
            H_SUCCESS);
        const uint64_t rets = FIXTURE_BLOCK + 12 + 4 * (uint64_t)counts[i][0];
        assert_int_equal((int32_t)fixture_word(f, rets), RTAS_PARAMETER);
        if (counts[i][1] > 1)
            assert_int_equal(fixture_word(f, rets + 4), 0xeeeeeeee);
    }
    assert_int_equal(f->output_calls, 0);

    /* No place for a status: the word after the block stays. */
    bus_write_be32(&f->p->bus, FIXTURE_BLOCK + 16, 0x12345678);
    assert_int_equal(fixture_rtas_at(f, FIXTURE_BLOCK, RTAS_TOKEN_BASE, 1, 0, args), H_SUCCESS);
    assert_int_equal(fixture_word(f, FIXTURE_BLOCK + 16), 0x12345678);
    assert_int_equal(f->output_calls, 0);
}

/* A block that ends with the last byte of RAM is served. */
static void test_end_of_ram(void **state)
{
    struct fixture *f = *state;
    const uint64_t at = FIXTURE_RAM - 20; /* header, one argument, one return */
    const uint32_t x = 'x';
    assert_int_equal(fixture_rtas_at(f, at, RTAS_TOKEN_BASE, 1, 1, &x), H_SUCCESS);
    assert_int_equal(fixture_word(f, at + 16), 0);
    assert_memory_equal(f->output, "x", 1);

    /* The same one word further does not fit. */
    bus_write_be32(&f->p->bus, at + 4, RTAS_TOKEN_BASE);
    bus_write_be32(&f->p->bus, at + 8, 1);
    bus_write_be32(&f->p->bus, at + 12, 1);
    assert_int_equal(call_raw(f, at + 4), H_PARAMETER);
    assert_int_equal(f->output_length, 1);
}

static void test_pointer_mask(void **state)
{
    struct fixture *f = *state;
    const uint32_t x = 'x';
    fixture_rtas_at(f, FIXTURE_BLOCK, RTAS_TOKEN_BASE, 1, 1, &x);
    assert_int_equal(call_raw(f, UINT64_C(0xc000000000000000) | FIXTURE_BLOCK), H_SUCCESS);
    assert_memory_equal(f->output, "xx", 2);
}

static void test_unknown_token(void **state)
{
    struct fixture *f = *state;
    static const uint32_t tokens[] = {0x1fff, 0x2021, 0x2020, 0x20ff, 0, 0xffffffff, 0x2021};
    const uint32_t arg = 1;
    for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
        assert_int_equal(fixture_rtas_at(f, FIXTURE_BLOCK, tokens[i], 1, 1, &arg), H_PARAMETER);
        assert_int_equal((int32_t)fixture_word(f, FIXTURE_BLOCK + 16), RTAS_PARAMETER);
        assert_int_equal(f->p->rtas_counts[RTAS_ROW_COUNT].count, i + 1);
    }
    assert_string_equal(f->p->rtas_counts[RTAS_ROW_COUNT].name, "unknown");
    assert_int_equal(f->lines_logged, ARRAY_SIZE(tokens) - 1); /* 0x2021 once */

    /* A guest that tries all of them does not flood the log. */
    for (uint32_t i = 0; i < 1000; i++)
        fixture_rtas_at(f, FIXTURE_BLOCK, 0x10000 + i, 0, 0, NULL);
    assert_int_equal(f->lines_logged, RTAS_LOGGED_MAX);
    assert_int_equal(f->p->rtas_counts[RTAS_ROW_COUNT].count, 1000 + ARRAY_SIZE(tokens));
}

static void test_counts_and_display(void **state)
{
    struct fixture *f = *state;
    uint32_t c = 'a';
    assert_int_equal(fixture_rtas(f, 0x00, 1, &c, 1, NULL), RTAS_OK);
    c = 'b';
    assert_int_equal(fixture_rtas_at(f, FIXTURE_BLOCK, RTAS_TOKEN_DISPLAY, 1, 1, &c), H_SUCCESS);
    assert_int_equal(f->output_length, 2);
    assert_memory_equal(f->output, "ab", 2);
    assert_string_equal(f->p->rtas_counts[RTAS_ROW_DISPLAY_CHARACTER].name, "display-character");
    assert_int_equal(f->p->rtas_counts[RTAS_ROW_DISPLAY_CHARACTER].count, 2);
    assert_string_equal(f->p->rtas_counts[RTAS_ROW_OS_TERM].name, "ibm,os-term");
}

/* Every call with the worst of arguments: an answer, never a crash. */
static void test_hostile_arguments(void **state)
{
    struct fixture *f = *state;
    static const uint32_t values[] = {0,          1,          0x7fffffff,  0x80000000,
                                      0xffffffff, 0xfffffffe, FIXTURE_RAM, FIXTURE_RAM - 1};
    static const struct {
        uint32_t number, nargs, nret;
    } rows[] = {
#define RTAS(id, name, number, a_min, a_max, r_min, r_max, handler) {number, a_max, r_max},
#include "machine-pseries/rtas.def"
#undef RTAS
    };
    for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
        for (size_t a = 0; a < ARRAY_SIZE(values); a++) {
            for (size_t b = 0; b < ARRAY_SIZE(values); b++) {
                uint32_t args[RTAS_ARGS_MAX], rets[RTAS_ARGS_MAX];
                for (size_t i = 0; i < RTAS_ARGS_MAX; i++)
                    args[i] = i % 2 ? values[a] : values[b];
                fixture_rtas(f, rows[row].number, rows[row].nargs, args, rows[row].nret, rets);
                assert_int_equal(f->p->rtas_counts[row].count, a * ARRAY_SIZE(values) + b + 1);
                f->output_length = 0;
            }
        }
    }
}

/* -- Time -- */

static void test_civil_time(void **state)
{
    struct civil_time t;
    int64_t seconds;
    (void)state;
    civil_from_seconds(0, &t);
    assert_int_equal(t.year, 1970);
    assert_int_equal(t.month, 1);
    assert_int_equal(t.day, 1);
    civil_from_seconds(-1, &t);
    assert_int_equal(t.year, 1969);
    assert_int_equal(t.month, 12);
    assert_int_equal(t.day, 31);
    assert_int_equal(t.second, 59);
    assert_true(civil_to_seconds(2000, 2, 29, 12, 34, 56, &seconds));
    assert_int_equal(seconds, 951827696);
    assert_true(civil_to_seconds(2038, 1, 19, 3, 14, 8, &seconds));
    assert_int_equal(seconds, INT64_C(2147483648));
    assert_false(civil_to_seconds(1900, 2, 29, 0, 0, 0, &seconds));
    assert_true(civil_to_seconds(1600, 2, 29, 0, 0, 0, &seconds));

    /* Every day of 800 years, and back. */
    int64_t expect = INT64_C(-11676096000); /* 1600-01-01 */
    for (uint32_t year = 1600; year < 2400; year++) {
        for (uint32_t month = 1; month <= 12; month++) {
            for (uint32_t day = 1; civil_to_seconds(year, month, day, 23, 0, 1, &seconds); day++) {
                assert_int_equal(seconds, expect + 23 * 3600 + 1);
                civil_from_seconds(seconds, &t);
                assert_true(t.year == year && t.month == month && t.day == day && t.hour == 23);
                expect += 86400;
            }
        }
    }
    assert_int_equal(expect, INT64_C(13569465600)); /* 2400-01-01 */
}

static void test_time_of_day(void **state)
{
    struct fixture *f = *state;
    uint32_t rets[7];
    f->p->config.rtc_base = 951782400; /* 2000-02-29 00:00:00 */
    f->clock.idle_cycles = UINT64_C(86399) * 1000000000 + 500000000;
    assert_int_equal(fixture_rtas(f, 0x01, 0, NULL, 8, rets), RTAS_OK);
    static const uint32_t expect[] = {2000, 2, 29, 23, 59, 59, 500000000};
    assert_memory_equal(rets, expect, sizeof expect);

    static const uint32_t set[] = {2023, 6, 10, 12, 0, 0, 999999999};
    assert_int_equal(fixture_rtas(f, 0x02, 7, set, 1, NULL), RTAS_OK);
    f->clock.idle_cycles += UINT64_C(3600) * 1000000000;
    rtas_reset(f->p); /* the offset survives */
    assert_int_equal(fixture_rtas(f, 0x01, 0, NULL, 8, rets), RTAS_OK);
    static const uint32_t later[] = {2023, 6, 10, 13, 0, 0, 500000000};
    assert_memory_equal(rets, later, sizeof later);
}

static void test_set_time_invalid(void **state)
{
    struct fixture *f = *state;
    static const uint32_t bad[][7] = {
        {0, 1, 1, 0, 0, 0, 0},
        {10000, 1, 1, 0, 0, 0, 0},
        {0xffffffff, 1, 1, 0, 0, 0, 0},
        {2023, 0, 1, 0, 0, 0, 0},
        {2023, 13, 1, 0, 0, 0, 0},
        {2023, 1, 0, 0, 0, 0, 0},
        {2023, 4, 31, 0, 0, 0, 0},
        {2023, 2, 29, 0, 0, 0, 0},
        {2023, 1, 1, 24, 0, 0, 0},
        {2023, 1, 1, 0, 60, 0, 0},
        {2023, 1, 1, 0, 0, 60, 0},
        {2023, 1, 1, 0, 0, 0, 1000000000},
        {2023, 1, 0xffffffff, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(fixture_rtas(f, 0x02, 7, bad[i], 1, NULL), RTAS_PARAMETER);
    assert_int_equal(f->p->rtas.rtc_offset, 0);
}

/* -- Power, processors, parameters -- */

static void test_actions(void **state)
{
    struct fixture *f = *state;
    static const uint32_t masks[] = {0xffffffff, 0xffffffff};
    fixture_rtas(f, 0x03, 2, masks, 1, NULL);
    assert_int_equal(f->p->action, PSERIES_POWER_OFF);
    fixture_rtas(f, 0x04, 0, NULL, 1, NULL);
    assert_int_equal(f->p->action, PSERIES_REBOOT);
    fixture_rtas(f, 0x11, 0, NULL, 1, NULL);
    assert_int_equal(f->p->action, PSERIES_CONTINUE);
}

static void test_processors(void **state)
{
    struct fixture *f = *state;
    static const uint32_t start[] = {0, 0x4000, 0xabcd};
    static const uint32_t absent[] = {1, 0x4000, 0};
    uint32_t cpu = 0, rets[1];
    assert_int_equal(fixture_rtas(f, 0x05, 1, &cpu, 2, rets), RTAS_OK);
    assert_int_equal(rets[0], 2);
    assert_int_equal(fixture_rtas(f, 0x06, 3, start, 1, NULL), RTAS_HARDWARE);
    assert_int_equal(fixture_rtas(f, 0x06, 3, absent, 1, NULL), RTAS_PARAMETER);
    cpu = 1;
    assert_int_equal(fixture_rtas(f, 0x05, 1, &cpu, 2, rets), RTAS_PARAMETER);

    assert_int_equal(fixture_rtas(f, 0x07, 0, NULL, 1, NULL), RTAS_OK);
    assert_int_equal(f->p->action, PSERIES_IDLE);
    assert_true(f->cpu->halted);
    assert_true(f->p->vcpus[0].stopped);
    cpu = 0;
    assert_int_equal(fixture_rtas(f, 0x05, 1, &cpu, 2, rets), RTAS_OK);
    assert_int_equal(rets[0], 0);

    f->cpu->lpcr = LPCR_ILE | LPCR_AIL;
    f->cpu->gpr[4] = 1;
    f->cpu->pending = PENDING_EXTERNAL;
    assert_int_equal(fixture_rtas(f, 0x06, 3, start, 1, NULL), RTAS_OK);
    assert_false(f->cpu->halted);
    assert_false(f->p->vcpus[0].stopped);
    assert_true(f->cpu->nia == 0x4000 && f->cpu->gpr[3] == 0xabcd && f->cpu->gpr[4] == 0);
    assert_true(f->cpu->msr == (MSR_SF | MSR_ME));
    assert_true(f->cpu->lpcr == (LPCR_ILE | LPCR_AIL));
    assert_int_equal(f->cpu->pending, PENDING_EXTERNAL);
}

enum { BUFFER = 0x9000 };

static int32_t sysparm(struct fixture *f, uint32_t token, uint32_t buffer, uint32_t len)
{
    const uint32_t args[] = {token, buffer, len};
    return fixture_rtas(f, 0x08, 3, args, 1, NULL);
}

static void test_system_parameters(void **state)
{
    struct fixture *f = *state;
    static const char expect[] = "MaxEntCap=1,DesMem=1,DesProcs=1,MaxPlatProcs=1";
    assert_int_equal(sysparm(f, 20, BUFFER, 4000), RTAS_OK);
    assert_int_equal(load_be16(f->p->bus.ram + BUFFER), sizeof expect);
    assert_string_equal((const char *)f->p->bus.ram + BUFFER + 2, expect);

    /* A short buffer takes the true length and what fits. */
    bus_fill(&f->p->bus, BUFFER, 0xee, 64);
    assert_int_equal(sysparm(f, 20, BUFFER, 5), RTAS_OK);
    assert_int_equal(load_be16(f->p->bus.ram + BUFFER), sizeof expect);
    assert_memory_equal(f->p->bus.ram + BUFFER + 2, "Max\xee", 4);

    assert_int_equal(sysparm(f, 42, BUFFER, 64), RTAS_OK);
    assert_memory_equal(f->p->bus.ram + BUFFER, "\0\1\0", 3);
    assert_int_equal(sysparm(f, 48, BUFFER, 64), RTAS_OK);
    assert_int_equal(load_be16(f->p->bus.ram + BUFFER), 0);
    f->p->config.uuid = "00112233-4455-6677-8899-aaBBccDDeeFF";
    assert_int_equal(sysparm(f, 48, BUFFER, 64), RTAS_OK);
    assert_memory_equal(f->p->bus.ram + BUFFER,
                        "\0\x10\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
                        18);
    f->p->config.uuid = "00112233-4455-6677-8899-aaBBccDDeeFF00";
    assert_int_equal(sysparm(f, 48, BUFFER, 64), RTAS_OK);
    assert_int_equal(load_be16(f->p->bus.ram + BUFFER), 0);

    assert_int_equal(sysparm(f, 44, BUFFER, 64), RTAS_PARAMETER);
    assert_int_equal(sysparm(f, 20, BUFFER, 1), RTAS_SYSPARM_PARAMETER);
    assert_int_equal(sysparm(f, 20, FIXTURE_RAM - 4, 5), RTAS_SYSPARM_PARAMETER);
    assert_int_equal(sysparm(f, 20, FIXTURE_RAM, 5), RTAS_SYSPARM_PARAMETER);
    assert_int_equal(sysparm(f, 20, 0xfffffff0, 0xffffffff), RTAS_SYSPARM_PARAMETER);

    static const uint32_t set[] = {20, BUFFER}, other[] = {1, BUFFER};
    assert_int_equal(fixture_rtas(f, 0x09, 2, set, 1, NULL), RTAS_NOT_AUTHORIZED);
    assert_int_equal(fixture_rtas(f, 0x09, 2, other, 1, NULL), RTAS_PARAMETER);
}

static void test_events(void **state)
{
    struct fixture *f = *state;
    static const uint32_t args[7] = {0x500, 0x1000, 0x40000000, 1, BUFFER, 2048, 0};
    assert_int_equal(fixture_rtas(f, 0x0e, 6, args, 1, NULL), RTAS_NONE);
    assert_int_equal(fixture_rtas(f, 0x0e, 7, args, 1, NULL), RTAS_NONE);
    assert_int_equal(fixture_rtas(f, 0x0f, 4, args, 1, NULL), RTAS_NONE);
}

static void test_os_term(void **state)
{
    struct fixture *f = *state;
    uint32_t at = BUFFER;
    bus_write(&f->p->bus, at, "OS panic: \x1b[2Jhello\n", 20);
    assert_int_equal(fixture_rtas(f, 0x1f, 1, &at, 1, NULL), RTAS_OK);
    assert_int_equal(f->p->action, PSERIES_PANIC);
    assert_string_equal(f->p->panic_message, "OS panic: ?[2Jhello?");

    at = FIXTURE_RAM - 3; /* no end before RAM ends */
    bus_write(&f->p->bus, at, "abc", 3);
    assert_int_equal(fixture_rtas(f, 0x1f, 1, &at, 1, NULL), RTAS_OK);
    assert_string_equal(f->p->panic_message, "abc");

    at = BUFFER; /* no end at all */
    bus_fill(&f->p->bus, at, 'z', 4096);
    assert_int_equal(fixture_rtas(f, 0x1f, 1, &at, 1, NULL), RTAS_OK);
    assert_int_equal(strlen(f->p->panic_message), 511);

    at = 0xfffffff0;
    assert_int_equal(fixture_rtas(f, 0x1f, 1, &at, 1, NULL), RTAS_OK);
    assert_int_equal(f->p->action, PSERIES_PANIC);
    assert_string_equal(f->p->panic_message, "");
}

static void test_pci_config(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t size, value;
    } reads[] = {{1, 0xff}, {2, 0xffff}, {4, 0xffffffff}};
    for (size_t i = 0; i < ARRAY_SIZE(reads); i++) {
        const uint32_t args[] = {0x800, (uint32_t)(PHB_BUID >> 32), (uint32_t)PHB_BUID,
                                 reads[i].size};
        const uint32_t plain[] = {0x800, reads[i].size};
        uint32_t value = 0;
        assert_int_equal(fixture_rtas(f, 0x16, 4, args, 2, &value), -1);
        assert_int_equal(value, reads[i].value);
        assert_int_equal(fixture_rtas(f, 0x14, 2, plain, 2, &value), -1);
        assert_int_equal(value, reads[i].value);
    }
    static const uint32_t write[5] = {0x804, 0x8000000, 0x20000000, 2, 7};
    assert_int_equal(fixture_rtas(f, 0x17, 5, write, 1, NULL), -1);
    assert_int_equal(fixture_rtas(f, 0x15, 3, write, 1, NULL), -1);
}

/* -- The tree -- */

static bool has_string(const char *list, int len, const char *text)
{
    return fdt_stringlist_contains(list, len, text);
}

static void test_tree(void **state)
{
    struct fixture *f = *state;
    static uint8_t fdt[0x8000];
    int len;
    assert_int_equal(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    assert_int_equal(rtas_fdt(f->p, fdt, 0), 0);
    const int node = fdt_path_offset(fdt, "/rtas");
    const fdt32_t *cell = fdt_getprop(fdt, node, "rtas-size", &len);
    assert_int_equal(fdt32_to_cpu(*cell), 0x82c);
    cell = fdt_getprop(fdt, node, "ibm,set-xive", &len);
    assert_int_equal(len, 4);
    assert_int_equal(fdt32_to_cpu(*cell), 0x200a);
    const char *list = fdt_getprop(fdt, node, "ibm,hypertas-functions", &len);
    assert_true(has_string(list, len, "hcall-pft"));
    assert_true(has_string(list, len, "hcall-set-mode"));
    assert_true(has_string(list, len, "hcall-bulk"));
    assert_false(has_string(list, len, "hcall-hpt-resize"));
    assert_int_equal(list[len - 1], '\0');
    unsigned strings = 0, pft = 0;
    for (const char *s = list; s < list + len; s += strlen(s) + 1) {
        assert_true(strncmp(s, "hcall-", 6) == 0);
        pft += strcmp(s, "hcall-pft") == 0;
        strings++;
    }
    assert_int_equal(pft, 1);
    assert_true(strings > 8);
    assert_null(fdt_getprop(fdt, node, "ibm,nmi-register", &len));
    assert_null(fdt_getprop(fdt, node, "ibm,set-eeh-option", &len));
}

static void test_blob(void **state)
{
    (void)state;
    static const uint32_t expect[] = {0x7c641b78, 0x3c600000, 0x6063f000, 0x44000022, 0x4e800020};
    for (size_t i = 0; i < ARRAY_SIZE(expect); i++)
        assert_int_equal(load_be32(rtas_blob + 4 * i), expect[i]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_block_outside_ram),
        TEST(test_counts_outside_ram),
        TEST(test_wrong_counts),
        TEST(test_end_of_ram),
        TEST(test_pointer_mask),
        TEST(test_unknown_token),
        TEST(test_counts_and_display),
        TEST(test_hostile_arguments),
        cmocka_unit_test(test_civil_time),
        TEST(test_time_of_day),
        TEST(test_set_time_invalid),
        TEST(test_actions),
        TEST(test_processors),
        TEST(test_system_parameters),
        TEST(test_events),
        TEST(test_os_term),
        TEST(test_pci_config),
        TEST(test_tree),
        cmocka_unit_test(test_blob),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
