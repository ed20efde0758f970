/* The reader of conformance vectors: what it reads, and every way in which a file can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conform_fixture.h"
#include "log_catcher.h"

struct reader_case {
    struct conform_file file;
    struct log_catcher log;
};

/* addi r3,r4,1 with r4 = 41, twice; then a row of nothing. */
static void make_file(struct conform_file *f)
{
    const struct conform_registers r = {4, 3, 3, 41, 42, 0xff};
    conform_start(f, 8);
    conform_begin_row(f, "addi");
    conform_add_vector(f, 0x38640001, &r);
    conform_add_vector(f, 0x38640001, &r);
    conform_end_block(f, 2);
    conform_finish(f);
}

static int setup(void **state)
{
    struct reader_case *c = calloc(1, sizeof *c);
    assert_non_null(c);
    make_file(&c->file);
    log_catcher_start(&c->log);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    log_catcher_stop();
    free(*state);
    return 0;
}

/* Reads a whole file of exactly `size` bytes; counts its vectors. */
static enum sim_status read_all(const uint8_t *bytes, size_t size, unsigned *vectors)
{
    struct conform_reader r;
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    FILE *file = size ? fmemopen(copy, size, "rb") : fopen("/dev/null", "rb");
    assert_non_null(file);
    *vectors = 0;
    enum sim_status status = conform_reader_open(&r, file, "FILE");
    const bool opened = status == STATUS_OK;
    bool end = false;
    while (status == STATUS_OK) {
        status = conform_reader_block(&r, &end);
        if (status != STATUS_OK || end)
            break;
        struct conform_vector v;
        while ((status = conform_reader_next(&r, &v, &end)) == STATUS_OK && !end)
            (*vectors)++;
    }
    if (opened)
        conform_reader_close(&r);
    fclose(file);
    free(copy);
    return status;
}

/* One message, which names the file and an offset and holds `text`. */
static void expect_refused(struct reader_case *c, size_t size, const char *text)
{
    unsigned vectors;
    c->log.count = 0;
    assert_int_equal(read_all(c->file.bytes, size, &vectors), STATUS_FORMAT);
    assert_int_equal(c->log.count, 1);
    if (!strstr(c->log.line, "FILE: at offset ") || !strstr(c->log.line, text))
        fail_msg("\"%s\" lacks \"%s\"", c->log.line, text);
}

static void test_reads(void **state)
{
    struct reader_case *c = *state;
    struct conform_reader r;
    struct conform_vector v;
    bool end;
    FILE *file = fmemopen(c->file.bytes, c->file.size, "rb");
    assert_int_equal(conform_reader_open(&r, file, "FILE"), STATUS_OK);
    assert_int_equal(r.vectors, 2);
    assert_int_equal(r.base_values.count, 1);
    assert_int_equal(conform_id(&r.base_values, 0), CONFORM_GPR + 1);
    assert_int_equal(conform_value(&r.base_values, 0), 1);
    assert_int_equal(r.base_memory.address, 0x20000000);
    assert_int_equal(r.base_memory.length, 8);
    assert_int_equal(r.base_memory.bytes[7], 0x11);
    assert_int_equal(conform_reader_block(&r, &end), STATUS_OK);
    assert_false(end);
    assert_string_equal(r.row, "addi");
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(conform_reader_next(&r, &v, &end), STATUS_OK);
            assert_false(end);
            assert_int_equal(v.word, 0x38640001);
            assert_int_equal(v.index, i);
            assert_int_equal(v.msr, UINT64_C(0x800000000280f002));
            assert_int_equal(v.nia, 0x10000004);
            assert_int_equal(conform_id(&v.in, 0), 4);
            assert_int_equal(conform_value(&v.in, 0), 41);
            assert_int_equal(conform_value(&v.out, 0), 42);
            assert_int_equal(conform_value(&v.undefined, 0), 0xff);
        }
        assert_int_equal(conform_reader_next(&r, &v, &end), STATUS_OK);
        assert_true(end);
        conform_reader_rewind_block(&r);
    }
    r.vectors_read = 2;
    assert_int_equal(conform_reader_block(&r, &end), STATUS_OK);
    assert_true(end);
    conform_reader_close(&r);
    fclose(file);
}

static void test_crc(void **state)
{
    (void)state;
    const uint8_t check[] = "123456789";
    assert_int_equal(conform_crc(0, check, 9), 0xcbf43926);
    assert_int_equal(conform_crc(conform_crc(0, check, 4), check + 4, 5), 0xcbf43926);
}

static void test_cut_short(void **state)
{
    struct reader_case *c = *state;
    for (size_t size = 0; size < c->file.size; size++)
        expect_refused(c, size, "cut short");
}

static void test_every_byte_is_checked(void **state)
{
    struct reader_case *c = *state;
    unsigned vectors;
    for (size_t i = 0; i < c->file.size; i++) {
        const size_t spare = c->file.block + 20; /* the last word of a block's header */
        const bool unused =
            (i >= spare && i < spare + 4) || (i >= CONFORM_HEADER + 20 && i < CONFORM_HEADER + 24);
        c->file.bytes[i] ^= 0x40;
        const enum sim_status status = read_all(c->file.bytes, c->file.size, &vectors);
        if ((status == STATUS_OK) != unused)
            fail_msg("byte %zu", i);
        c->file.bytes[i] ^= 0x40;
    }
}

static void test_header(void **state)
{
    struct reader_case *c = *state;
    conform_set(&c->file, 8, 2, 4);
    expect_refused(c, c->file.size, "format version 2; this program reads version 1");
    make_file(&c->file);
    c->file.bytes[0] = 'h';
    expect_refused(c, c->file.size, "not a file of conformance vectors");
    memset(c->file.bytes, 0, CONFORM_HEADER);
    expect_refused(c, c->file.size, "not finished");
    make_file(&c->file);
    c->file.bytes[61] ^= 1;
    expect_refused(c, c->file.size, "header's checksum");
}

/* Sets a field of a right file and puts the checksums right. */
static void expect_field_refused(struct reader_case *c, size_t offset, uint64_t value,
                                 unsigned size, const char *text)
{
    make_file(&c->file);
    conform_set(&c->file, offset, value, size);
    conform_file_seal(c->file.bytes, c->file.size);
    expect_refused(c, c->file.size, text);
}

static void test_wrong_but_sealed(void **state)
{
    struct reader_case *c = *state;
    const size_t base = CONFORM_HEADER, block = c->file.block, v = c->file.vector;
    expect_field_refused(c, 40, 0, 4, "no blocks");
    expect_field_refused(c, 40, 3, 4, "cut short");
    expect_field_refused(c, 24, 3, 8, "the blocks hold 2");
    expect_field_refused(c, base + 4, 2, 4, "not the base state");
    expect_field_refused(c, base + 12, 2, 4, "longer than its block");
    expect_field_refused(c, base + 12, UINT32_MAX, 4, "longer than its block");
    expect_field_refused(c, base + 24 + 16 + 4, 9, 4, "memory is longer");
    expect_field_refused(c, base + 24 + 16 + 4, UINT32_MAX, 4, "memory is longer");
    expect_field_refused(c, block, 0, 4, "no block begins here");
    expect_field_refused(c, block + 8, CONFORM_BLOCK_MAX + 1, 4, "longer than allowed");
    expect_field_refused(c, block + 12, 3, 4, "does not fit its block");
    expect_field_refused(c, block + 12, 1, 4, "bytes follow the last vector");
    expect_field_refused(c, block + 24, '\n', 1, "not text");
    expect_field_refused(c, v, 0, 4, "does not fit its block");
    expect_field_refused(c, v, 84, 4, "does not fit its block");
    expect_field_refused(c, v, 40, 4, "does not fit its block");
    expect_field_refused(c, v, 88, 4, "does not fit its block");
    expect_field_refused(c, v, UINT32_MAX & ~7u, 4, "does not fit its block");
    expect_field_refused(c, v + 39, 3, 1, "outcome is 3");
    for (unsigned field = 40; field < 45; field++) {
        expect_field_refused(c, v + field, 255, 1, "lists do not fit");
        expect_field_refused(c, v + field, field < 43 ? 2 : 1, 1, "lists do not fit");
    }
}

/* A chunk that claims to be longer than what follows it. */
static void test_chunks(void **state)
{
    struct reader_case *c = *state;
    static const uint32_t lengths[] = {1, 8, CONFORM_BLOCK_MAX, UINT32_MAX, UINT32_MAX - 7};
    unsigned vectors;
    for (size_t i = 0; i <= ARRAY_SIZE(lengths); i++) {
        make_file(&c->file);
        conform_put(&c->file, 0x20000000, 4);
        conform_put(&c->file, i ? lengths[i - 1] : 0, 4);
        conform_set(&c->file, c->file.vector, 88, 4);
        conform_set(&c->file, c->file.vector + 43, 1, 1);
        conform_end_block(&c->file, 2);
        conform_finish(&c->file);
        if (i)
            expect_refused(c, c->file.size, "lists do not fit");
        else
            assert_int_equal(read_all(c->file.bytes, c->file.size, &vectors), STATUS_OK);
    }
}

/* Kinds of blocks that came later are passed over. */
static void test_unknown_block(void **state)
{
    struct reader_case *c = *state;
    unsigned vectors;
    conform_begin_block(&c->file, 77);
    conform_put(&c->file, 0, 8);
    conform_end_block(&c->file, 1);
    conform_finish(&c->file);
    assert_int_equal(read_all(c->file.bytes, c->file.size, &vectors), STATUS_OK);
    assert_int_equal(vectors, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads, setup, teardown),
        cmocka_unit_test(test_crc),
        cmocka_unit_test_setup_teardown(test_cut_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_header, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_but_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chunks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_block, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
