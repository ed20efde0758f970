/* sim/base/state.c and status.c: state described once, errors reported once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/state.h"
#include "base/status.h"

struct part {
    uint8_t flag; /* padding follows */
    uint32_t counts[3];
    uint64_t address;
    uint16_t derived; /* not described: outside the state */
    uint8_t bytes[5];
};

static const struct state_field part_fields[] = {
    STATE_FIELD(part, flag),
    STATE_ARRAY(part, counts),
    STATE_FIELD(part, address),
    STATE_ARRAY(part, bytes),
};
static const struct state_desc part_state_desc = STATE_DESC("part", 3, part_fields);
enum { PART_SIZE = 1 + 3 * 4 + 8 + 5 };

static struct part sample(void)
{
    struct part part;
    memset(&part, 0xee, sizeof part); /* padding and derived hold anything */
    part.flag = 1;
    part.counts[0] = 0x01020304;
    part.counts[1] = 5;
    part.counts[2] = 6;
    part.address = UINT64_C(0x1122334455667788);
    memcpy(part.bytes, "abcde", 5);
    return part;
}

static void test_description(void **state)
{
    (void)state;
    assert_string_equal(part_state_desc.name, "part");
    assert_int_equal(part_state_desc.version, 3);
    assert_int_equal(part_state_desc.field_count, 4);
    assert_int_equal(part_fields[1].count, 3);
    assert_int_equal(part_fields[1].size, 4);
    assert_int_equal(state_size(&part_state_desc), PART_SIZE);
}

static void test_save_restore(void **state)
{
    const struct part in = sample();
    struct part out;
    uint8_t saved[PART_SIZE + 1], again[PART_SIZE];
    (void)state;
    saved[PART_SIZE] = 0x5a;
    state_save(&part_state_desc, &in, saved);
    assert_int_equal(saved[PART_SIZE], 0x5a);
    assert_memory_equal(saved, "\x01\x04\x03\x02\x01", 5);
    assert_memory_equal(saved + 13,
                        "\x88\x77\x66\x55\x44\x33\x22\x11"
                        "abcde",
                        13);

    memset(&out, 0, sizeof out);
    out.derived = 77;
    assert_int_equal(state_restore(&part_state_desc, &out, saved, PART_SIZE), STATUS_OK);
    assert_int_equal(out.derived, 77);
    state_save(&part_state_desc, &out, again);
    assert_memory_equal(saved, again, PART_SIZE);
}

static unsigned lines_logged;
static char last_line[256];

static void count_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    assert_int_equal(level, LOG_ERROR);
    lines_logged++;
    snprintf(last_line, sizeof last_line, "%s", line);
}

static void test_restore_refuses_another_size(void **state)
{
    struct part out = sample();
    const struct part before = out;
    uint8_t saved[PART_SIZE + 1] = {0};
    (void)state;
    lines_logged = 0;
    log_set_sink(count_line, NULL);
    assert_int_equal(state_restore(&part_state_desc, &out, saved, PART_SIZE - 1), STATUS_FORMAT);
    assert_int_equal(state_restore(&part_state_desc, &out, saved, PART_SIZE + 1), STATUS_FORMAT);
    log_set_sink(NULL, NULL);
    assert_int_equal(lines_logged, 2);
    assert_non_null(strstr(last_line, "part"));
    assert_memory_equal(&before, &out, sizeof out);
}

static void test_first_difference(void **state)
{
    const struct part a = sample();
    struct part b = sample();
    uint32_t index = 99;
    (void)state;
    b.derived = 0; /* not part of the state */
    assert_null(state_first_difference(&part_state_desc, &a, &b, &index));
    b.bytes[4] = 'x';
    assert_string_equal(state_first_difference(&part_state_desc, &a, &b, &index), "bytes");
    assert_int_equal(index, 4);
    b.counts[2]++;
    assert_string_equal(state_first_difference(&part_state_desc, &a, &b, &index), "counts");
    assert_int_equal(index, 2);
}

static void test_hash(void **state)
{
    const struct part a = sample();
    struct part b = sample();
    const uint64_t hash = state_hash(&part_state_desc, &a, STATE_HASH_INIT);
    (void)state;
    b.derived = 0;
    assert_true(state_hash(&part_state_desc, &b, STATE_HASH_INIT) == hash);
    b.bytes[0] ^= 1;
    assert_true(state_hash(&part_state_desc, &b, STATE_HASH_INIT) != hash);
    assert_true(state_hash(&part_state_desc, &a, hash) != hash);

    /* FNV-1a of "a" is a published value. */
    static const struct state_field byte_field[] = {{"byte", 0, 1, 1}};
    static const struct state_desc byte_desc = STATE_DESC("byte", 1, byte_field);
    assert_true(state_hash(&byte_desc, "a", STATE_HASH_INIT) == UINT64_C(0xaf63dc4c8601ec8c));
}

static enum sim_status fails_when(int cond)
{
    RETURN_IF(cond, STATUS_FORMAT, "-kernel %s: no good", "FILE");
    return STATUS_OK;
}

static enum sim_status passes_on(int cond)
{
    TRY(fails_when(cond));
    return STATUS_OK;
}

static void test_status(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STATUS_COUNT; i++) {
        assert_true(status_name(i)[0] != '\0');
        assert_true(status_sentence(i)[0] != '\0');
    }
    lines_logged = 0;
    log_set_sink(count_line, NULL);
    assert_int_equal(passes_on(0), STATUS_OK);
    assert_int_equal(lines_logged, 0);
    assert_int_equal(passes_on(1), STATUS_FORMAT);
    assert_int_equal(lines_logged, 1);
    assert_string_equal(last_line, "-kernel FILE: no good");
    log_set_sink(NULL, NULL);
}

static void test_log_level(void **state)
{
    (void)state;
    lines_logged = 0;
    log_set_sink(count_line, NULL);
    assert_int_equal(log_get_level(), LOG_WARNING);
    log_info("dropped");
    assert_int_equal(lines_logged, 0);
    log_set_level(LOG_ERROR);
    log_warning("dropped");
    assert_int_equal(lines_logged, 0);
    log_error("kept %d", 42);
    assert_string_equal(last_line, "kept 42");
    log_set_level(LOG_WARNING);
    log_set_sink(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_save_restore),
        cmocka_unit_test(test_restore_refuses_another_size),
        cmocka_unit_test(test_first_difference),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_log_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
