/* sim/script.h and sim/match.h: what is expected, what is typed, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "match.h"
#include "script.h"

#define HZ UINT64_C(1000) /* a cycle is a millisecond */

static char path[] = "/tmp/test_script_XXXXXX";
static char last_message[2048];

static void keep_message(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    (void)level;
    snprintf(last_message, sizeof last_message, "%s", line);
}

static void write_script(const void *text, size_t size)
{
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static enum sim_status load(struct script *script, const char *text)
{
    write_script(text, strlen(text));
    return script_load(script, path, HZ);
}

static void output(struct script *script, const char *text, uint64_t cycle)
{
    script_output(script, (const uint8_t *)text, strlen(text), cycle);
}

static void assert_typed(struct script *script, const char *text)
{
    const uint8_t *bytes;
    const size_t n = script_typed(script, &bytes);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(bytes, text, n);
    script_take(script, n);
}

static void test_match_overlaps(void **state)
{
    static const char stream[] = "aaabaabaaab";
    struct match match;
    unsigned found = 0;
    (void)state;
    assert_int_equal(match_init(&match, "aab", 3), STATUS_OK);
    for (size_t i = 0; i < sizeof stream - 1; i++)
        if (match_feed(&match, (uint8_t)stream[i]))
            found |= 1u << i;
    assert_int_equal(found, 1u << 3 | 1u << 6 | 1u << 10);
    match_fini(&match);
    assert_int_equal(match_init(&match, "aa", 2), STATUS_OK);
    assert_false(match_feed(&match, 'a'));
    assert_true(match_feed(&match, 'a'));
    assert_true(match_feed(&match, 'a')); /* overlapping the one before */
    match_restart(&match);
    assert_false(match_feed(&match, 'a'));
    match_fini(&match);
}

/* Every way to find a text in a stream agrees with looking at each place. */
static void test_match_against_search(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        char text[8], stream[64];
        struct match match;
        random = random * 1664525 + 1013904223;
        const size_t size = 1 + (random >> 16) % 7;
        for (size_t i = 0; i < size; i++)
            text[i] = "ab"[(random = random * 1664525 + 1013904223) >> 31];
        assert_int_equal(match_init(&match, text, size), STATUS_OK);
        for (size_t i = 0; i < sizeof stream; i++) {
            stream[i] = "ab"[(random = random * 1664525 + 1013904223) >> 31];
            const bool there = i + 1 >= size && memcmp(stream + i + 1 - size, text, size) == 0;
            assert_int_equal(match_feed(&match, (uint8_t)stream[i]), there);
        }
        match_fini(&match);
    }
}

static void test_conversation(void **state)
{
    struct script script;
    char waiting[200];
    (void)state;
    assert_int_equal(load(&script, "# a comment\n"
                                   "\n"
                                   "send first\\n\n"
                                   "  expect login:  \n"
                                   "\tsend root\\r\\x41\\\\ \\t\n"
                                   "expect #\n"
                                   "stop 7\n"),
                     STATUS_OK);
    script_start(&script, 0);
    assert_typed(&script, "first\n");
    output(&script, "log", 1);
    assert_typed(&script, "");
    assert_true(script_waiting(&script, waiting, sizeof waiting));
    assert_non_null(strstr(waiting, ":4: expect \"login:\""));
    /* Across pieces; and what follows in the same piece belongs to the next expect. */
    output(&script, "in: #", 2);
    assert_typed(&script, "root\rA\\ \t");
    assert_true(script.stopped);
    assert_int_equal(script.stop_status, 7);
    assert_false(script_waiting(&script, waiting, sizeof waiting));
    assert_true(script_deadline(&script) == SCRIPT_NEVER);
    script_fini(&script);
}

/* An expect looks only at what came after the match before it. */
static void test_expect_consumes(void **state)
{
    struct script script;
    char waiting[200];
    (void)state;
    assert_int_equal(load(&script, "expect abc\nexpect c\n"), STATUS_OK);
    script_start(&script, 0);
    output(&script, "cabc", 0);
    assert_true(script_waiting(&script, waiting, sizeof waiting));
    output(&script, "c", 0);
    assert_false(script_waiting(&script, waiting, sizeof waiting));
    assert_false(script.stopped);
    output(&script, "more", 0); /* after its end a script ignores output */
    script_fini(&script);
}

static void test_deadlines(void **state)
{
    struct script script;
    (void)state;
    assert_int_equal(load(&script, "expect a\ntimeout 1500ms\nexpect b\ntimeout none\nexpect c\n"),
                     STATUS_OK);
    script_start(&script, 10);
    assert_true(script_deadline(&script) == 10 + SCRIPT_DEFAULT_TIMEOUT / 1000000);
    output(&script, "a", 100);
    assert_true(script_deadline(&script) == 1600);
    output(&script, "b", 200);
    assert_true(script_deadline(&script) == SCRIPT_NEVER);
    script_fini(&script);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"say hello\n", ":1: 'say' is none of"},    {"\n\nexpect\n", ":3: a text is missing"},
        {"send \\q\n", ":1: a backslash"},          {"send \\x4\n", ":1: a backslash"},
        {"expect trailing\\\n", ":1: a backslash"}, {"timeout 60\n", ":1: timeout needs a time"},
        {"timeout\n", ":1: timeout needs a time"},  {"timeout 0s\n", ":1: timeout needs a time"},
        {"stop 256\n", ":1: stop needs a status"},  {"stop x\n", ":1: stop needs a status"},
    };
    struct script script;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(load(&script, cases[i].text), STATUS_FORMAT);
        assert_non_null(strstr(last_message, cases[i].message));
    }
    write_script("expect a\0b\n", 11);
    assert_int_equal(script_load(&script, path, HZ), STATUS_FORMAT);
    assert_non_null(strstr(last_message, "not a text file"));
    assert_int_equal(script_load(&script, "/nonexistent/script", HZ), STATUS_NO_FILE);
    assert_non_null(strstr(last_message, "--script /nonexistent/script"));
    assert_int_equal(script_load(&script, "/tmp", HZ), STATUS_IO);
}

static int set_up(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    log_set_sink(keep_message, NULL);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_overlaps), cmocka_unit_test(test_match_against_search),
        cmocka_unit_test(test_conversation),   cmocka_unit_test(test_expect_consumes),
        cmocka_unit_test(test_deadlines),      cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
