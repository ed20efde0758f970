/* What conformance vectors find: that nothing else than the expected changes passes for equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conform_fixture.h"
#include "log_catcher.h"
#include "sim/conform_machine.h"
#include "wrong_handlers.h"

enum { ADD = 0x7c640a14 /* add r3,r4,r1 */ };
enum { ADDI = 0x38640001 /* addi r3,r4,1 */, STW = 0x90640000 /* stw r3,0(r4) */, SC = 0x44000002 };

struct run_case {
    struct conform_file file;
    struct conform_machine m;
    struct log_catcher log;
};

static int setup(void **state)
{
    struct run_case *c = calloc(1, sizeof *c);
    assert_non_null(c);
    assert_int_equal(conform_machine_init(&c->m, cpu_model_find("POWER8")), STATUS_OK);
    log_catcher_start(&c->log);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    struct run_case *c = *state;
    log_catcher_stop();
    conform_machine_fini(&c->m);
    free(c);
    return 0;
}

/* Runs the file's vectors; the verdict of the last, and whether the window is as it should be. */
static enum sim_status run_file(struct run_case *c, enum conform_memory memory,
                                enum conform_verdict *verdict, bool *clean)
{
    struct conform_reader r;
    struct conform_vector v;
    bool end;
    conform_end_block(&c->file, c->file.vectors);
    conform_finish(&c->file);
    FILE *file = fmemopen(c->file.bytes, c->file.size, "rb");
    assert_int_equal(conform_reader_open(&r, file, "FILE"), STATUS_OK);
    assert_int_equal(conform_reader_block(&r, &end), STATUS_OK);
    enum sim_status status = conform_machine_base(&c->m, &r);
    while (status == STATUS_OK) {
        assert_int_equal(conform_reader_next(&r, &v, &end), STATUS_OK);
        if (end)
            break;
        status = conform_machine_run(&c->m, &r, &v, memory, verdict);
    }
    *clean = conform_machine_window_is_base(&c->m);
    conform_reader_close(&r);
    fclose(file);
    return status;
}

static void start(struct run_case *c, const char *row)
{
    conform_start(&c->file, CONFORM_WINDOW);
    conform_begin_row(&c->file, row);
}

static enum conform_verdict run_one(struct run_case *c, uint32_t word, struct conform_registers r)
{
    enum conform_verdict verdict = CONFORM_EQUAL;
    bool clean;
    start(c, "row");
    conform_add_vector(&c->file, word, &r);
    assert_int_equal(run_file(c, CONFORM_NEAR_CHUNKS, &verdict, &clean), STATUS_OK);
    return verdict;
}

static void test_verdicts(void **state)
{
    struct run_case *c = *state;
    assert_int_equal(run_one(c, ADDI, (struct conform_registers){4, 3, 3, 41, 42, 0}),
                     CONFORM_EQUAL);
    assert_int_equal(run_one(c, ADDI, (struct conform_registers){4, 3, 3, 41, 43, 0}),
                     CONFORM_DIFFERS_DEFINED);
    assert_int_equal(run_one(c, ADDI, (struct conform_registers){4, 3, 3, 41, 43, 1}),
                     CONFORM_DIFFERS_UNDEFINED);
    assert_int_equal(run_one(c, ADDI, (struct conform_registers){4, 3, 3, 41, 43, ~UINT64_C(1)}),
                     CONFORM_DIFFERS_DEFINED);
    /* A register that nothing names is compared as well: here r3. */
    assert_int_equal(run_one(c, ADDI, (struct conform_registers){4, 5, 5, 41, 0, 0}),
                     CONFORM_DIFFERS_DEFINED);
}

static void note(void *ctx, const struct conform_difference *d)
{
    struct conform_difference *const last = ctx;
    *last = *d;
}

static void test_differences_are_told(void **state)
{
    struct run_case *c = *state;
    struct conform_difference d = {.name = NULL};
    run_one(c, ADDI, (struct conform_registers){4, 3, 3, 41, 43, 0});
    conform_machine_differences(&c->m, note, &d);
    assert_string_equal(d.name, "gpr");
    assert_int_equal(d.index, 3);
    assert_int_equal(d.expected[0], 43);
    assert_int_equal(d.found[0], 42);
}

/* One vector by both engines. */
static struct conform_pair run_pair(struct conform_machine m[2], struct conform_file *file,
                                    const struct conform_registers *registers)
{
    struct conform_pair pair = {.differs = false};
    struct conform_reader r;
    struct conform_vector v;
    bool end;
    conform_start(file, CONFORM_WINDOW);
    conform_begin_row(file, "add");
    conform_add_vector(file, ADD, registers);
    conform_end_block(file, file->vectors);
    conform_finish(file);
    FILE *const in = fmemopen(file->bytes, file->size, "rb");
    assert_int_equal(conform_reader_open(&r, in, "FILE"), STATUS_OK);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(conform_machine_base(&m[i], &r), STATUS_OK);
    assert_int_equal(conform_reader_block(&r, &end), STATUS_OK);
    assert_int_equal(conform_reader_next(&r, &v, &end), STATUS_OK);
    assert_int_equal(conform_machine_run_pair(m, &r, &v, CONFORM_NEAR_CHUNKS, &pair), STATUS_OK);
    conform_reader_close(&r);
    fclose(in);
    return pair;
}

/* Engines must agree also where the vector leaves the result open, and where both are wrong. */
static void test_pair(void **state)
{
    struct run_case *c = *state;
    struct conform_machine *const m = calloc(2, sizeof *m);
    struct conform_difference d = {.name = NULL};
    struct conform_pair pair;
    assert_non_null(m);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(conform_machine_init(&m[i], cpu_model_find("POWER8")), STATUS_OK);
        assert_int_equal(engine_select(m[i].cpu, i ? ENGINE_THREADED : ENGINE_PRECISE), STATUS_OK);
    }
    handler_replace(ROW_ADD * 4, wrong_add); /* before it is decoded */
    pair = run_pair(m, &c->file, &(struct conform_registers){4, 3, 3, 41, 42, 0});
    assert_int_equal(pair.verdict[0], CONFORM_EQUAL);
    assert_int_equal(pair.verdict[1], CONFORM_EQUAL);
    assert_false(pair.differs);
    pair = run_pair(m, &c->file, &(struct conform_registers){4, 3, 3, 41, 77, 0});
    assert_int_equal(pair.verdict[0], CONFORM_DIFFERS_DEFINED);
    assert_int_equal(pair.verdict[1], CONFORM_DIFFERS_DEFINED);
    assert_false(pair.differs);

    wrong_sum = 42;
    pair = run_pair(m, &c->file, &(struct conform_registers){4, 3, 3, 41, 77, ~UINT64_C(0)});
    assert_int_equal(pair.verdict[0], CONFORM_DIFFERS_UNDEFINED);
    assert_int_equal(pair.verdict[1], CONFORM_DIFFERS_UNDEFINED);
    assert_true(pair.differs);
    conform_pair_differences(m, note, &d);
    assert_string_equal(d.name, "gpr");
    assert_int_equal(d.index, 3);
    assert_int_equal(d.expected[0], 42);
    assert_int_equal(d.found[0], 43);
    wrong_sum = 0;
    pair = run_pair(m, &c->file, &(struct conform_registers){4, 3, 3, 41, 77, ~UINT64_C(0)});
    assert_false(pair.differs);
    handler_replace(ROW_ADD * 4, right_handler);
    for (unsigned i = 0; i < 2; i++)
        conform_machine_fini(&m[i]);
    free(m);
}

static void test_interrupt_is_not_next(void **state)
{
    struct run_case *c = *state;
    assert_int_equal(run_one(c, 0, (struct conform_registers){4, 4, 4, 41, 41, 0}),
                     CONFORM_DIFFERS_DEFINED);
}

/* System call: everything that the interrupt sets, twice, so that nothing is left behind. */
static void test_interrupt(void **state)
{
    struct run_case *c = *state;
    enum conform_verdict verdict = CONFORM_DIFFERS_DEFINED;
    bool clean;
    for (unsigned pass = 0; pass < 2; pass++) {
        const struct conform_registers r = {
            CONFORM_SPR + 27, CONFORM_SPR + 26, 0, UINT64_C(0x800000000280f002), 0x10000004, 0};
        start(c, "sc");
        conform_add_vector(&c->file, SC, &r);
        conform_set(&c->file, c->file.vector + 24, 0xc00, 8);
        conform_set(&c->file, c->file.vector + 36, 0xc00, 2);
        conform_set(&c->file, c->file.vector + 39, CONFORM_INTERRUPT, 1);
        assert_int_equal(run_file(c, CONFORM_NEAR_CHUNKS, &verdict, &clean), STATUS_OK);
        assert_int_equal(verdict, CONFORM_EQUAL);
    }
}

/* A store that no chunk tells of: seen at the end of the block, and by the vector if asked. */
static void test_stray_store(void **state)
{
    struct run_case *c = *state;
    enum conform_verdict verdict;
    bool clean;
    const struct conform_registers r = {4, 4, 4, 0x20008000, 0x20008000, 0};
    for (unsigned whole = 0; whole < 2; whole++) {
        start(c, "stw");
        conform_add_vector(&c->file, STW, &r);
        assert_int_equal(
            run_file(c, whole ? CONFORM_WHOLE_WINDOW : CONFORM_NEAR_CHUNKS, &verdict, &clean),
            STATUS_OK);
        assert_int_equal(verdict, whole ? CONFORM_DIFFERS_DEFINED : CONFORM_EQUAL);
        assert_int_equal(clean, whole);
    }
}

static void test_refuses(void **state)
{
    struct run_case *c = *state;
    enum conform_verdict verdict;
    bool clean;
    static const struct conform_registers bad[] = {
        {0x20, 3, 3, 0, 0, 0},   {3, 0x1ff, 3, 0, 0, 0}, {3, 0x400, 3, 0, 0, 0},
        {0xffff, 3, 3, 0, 0, 0}, {0x800, 3, 3, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        start(c, "addi");
        conform_add_vector(&c->file, ADDI, &bad[i]);
        assert_int_equal(run_file(c, CONFORM_NEAR_CHUNKS, &verdict, &clean), STATUS_FORMAT);
        assert_non_null(strstr(c->log.line, "there is no register"));
    }
    static const uint64_t places[] = {0,          0x0fffffff, 0x10000002,
                                      0x10010000, 0x20000000, UINT64_C(0xfffffffffffffffc)};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        start(c, "addi");
        conform_add_vector(&c->file, ADDI, &(struct conform_registers){3, 3, 3, 0, 0, 0});
        conform_set(&c->file, c->file.vector + 16, places[i], 8);
        assert_int_equal(run_file(c, CONFORM_NEAR_CHUNKS, &verdict, &clean), STATUS_FORMAT);
        assert_non_null(strstr(c->log.line, "outside the code window"));
    }
}

/* Chunks outside the window, also by so much that sums would wrap. */
static void test_refuses_chunks(void **state)
{
    struct run_case *c = *state;
    enum conform_verdict verdict;
    bool clean;
    static const uint32_t chunks[][2] = {{0x1fffffff, 1}, {0x2000fff9, 8}, {0x20010000, 0},
                                         {0, 8},          {0xfffffff9, 8}, {0x2000ffff, 1}};
    for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
        start(c, "addi");
        conform_add_vector(&c->file, ADDI, &(struct conform_registers){4, 3, 3, 41, 42, 0});
        conform_put(&c->file, chunks[i][0], 4);
        conform_put(&c->file, chunks[i][1], 4);
        conform_put(&c->file, 0, chunks[i][1] ? 8 : 0);
        conform_set(&c->file, c->file.vector, c->file.size - c->file.vector, 4);
        conform_set(&c->file, c->file.vector + 43, 1, 1);
        const bool fine = chunks[i][0] >= 0x20000000 &&
                          chunks[i][0] - 0x20000000ull + chunks[i][1] <= CONFORM_WINDOW;
        assert_int_equal(run_file(c, CONFORM_NEAR_CHUNKS, &verdict, &clean),
                         fine ? STATUS_OK : STATUS_FORMAT);
        if (fine)
            assert_int_equal(verdict, CONFORM_EQUAL);
    }
    start(c, "addi");
    conform_set(&c->file, CONFORM_HEADER + 24 + 16, 0x1fffffff, 4);
    assert_int_equal(run_file(c, CONFORM_NEAR_CHUNKS, &verdict, &clean), STATUS_FORMAT);
    assert_non_null(strstr(c->log.line, "the data window is not"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_differences_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interrupt_is_not_next, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interrupt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stray_store, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_chunks, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
