/* sim/base: option tables, compound values, "did you mean". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/compound.h"
#include "base/nearest.h"
#include "base/options.h"
#include "log_catcher.h"

enum colour { RED, GREEN };

struct settings {
    const char *text, *file, *input;
    const char *name; /* by a compound value */
    uint64_t count, size;
    enum colour colour;
    bool loud, on, help;
    unsigned calls;
};

static enum sim_status count_call(const struct option_use *use, void *object)
{
    struct settings *const s = object;
    s->calls++;
    RETURN_IF(strcmp(use->value, "bad") == 0, STATUS_USAGE, "%s: refused", use->shown);
    return STATUS_OK;
}

static bool show_calls(const void *object, size_t index, FILE *out)
{
    const struct settings *const s = object;
    if (index < s->calls)
        fprintf(out, "call %zu", index);
    return index < s->calls;
}

static const char *const colours[] = {"red", "green", NULL};
static const char *const only_one[] = {"one", NULL};

/* clang-format off */
static const struct option keys[] = {
    OPT_STRING("name", "NAME", struct settings, name, NULL),
    OPT_ON_OFF("on", struct settings, on, NULL),
    OPT_FLAG("loud", NULL, struct settings, loud, NULL),
    OPT_REFUSED("later"),
    OPT_END,
};

static enum sim_status parse_compound(const struct option_use *use, void *object)
{
    return options_parse_keys(use, keys, "name", object);
}

static enum sim_status parse_strict(const struct option_use *use, void *object)
{
    return options_parse_keys(use, keys, NULL, object);
}

static const struct option rows[] = {
    OPT_GROUP("Things"),
    OPT_STRING("-text", "TEXT", struct settings, text, NULL),
    OPT_FILE("-file", "FILE", struct settings, file, "A file", .guest = true),
    OPT_COUNT("--count", "N", struct settings, count, 10, 1000, "A count"),
    OPT_SIZE("--size", "SIZE", struct settings, size, 0, UINT64_MAX, "A size"),
    OPT_CHOICE("--colour", "COLOUR", struct settings, colour, colours, "A colour"),
    OPT_FLAG("--loud", "-l", struct settings, loud, "A flag"),
    OPT_ON_OFF("--switch", struct settings, on, "A switch"),
    OPT_CALL("--call", "-c", "X", count_call, show_calls, "A call"),
    OPT_CALL("--compound", NULL, "X", parse_compound, NULL, NULL),
    OPT_CALL("--strict", NULL, "X", parse_strict, NULL, NULL),
    OPT_ACCEPT("-only", "one", only_one, NULL),
    OPT_ACCEPT("-nothing", NULL, NULL, NULL),
    OPT_REFUSED("-drive"),
    OPT_HELP(struct settings, help),
    OPT_END,
};

static const struct option operand_rows[] = {
    OPT_OPERAND("INPUT", struct settings, input, NULL),
    OPT_FLAG("--loud", NULL, struct settings, loud, "A flag"),
    OPT_HELP(struct settings, help),
    OPT_END,
};
/* clang-format on */

static const struct option_table table = {"prog", "[OPTION]...", "Does things.", rows, "The end."};
static const struct option_table operand_table = {"prog", "INPUT", "", operand_rows, NULL};

static struct log_catcher caught;
static struct option_strings strings;
static struct settings settings;

/* Splits `line` at blanks and parses it; "" stands for an empty argument. */
static enum sim_status parse_with(const struct option_table *t, const char *line)
{
    static char copy[512];
    char *argv[32], *rest = NULL;
    int argc = 0;
    settings = (struct settings){.count = 100};
    option_strings_fini(&strings);
    log_catcher_start(&caught);
    snprintf(copy, sizeof copy, "%s", line);
    for (char *p = strtok_r(copy, " ", &rest); p; p = strtok_r(NULL, " ", &rest))
        argv[argc++] = strcmp(p, "\"\"") == 0 ? p + 2 : p;
    const enum sim_status status = options_parse(t, argc, argv, &settings, &strings);
    log_catcher_stop();
    /* One message for a failure, none otherwise. */
    assert_int_equal(caught.count, status != STATUS_OK);
    return status;
}

static void expect_ok(const char *line)
{
    const enum sim_status status = parse_with(&table, line);
    if (status != STATUS_OK)
        print_error("%s: %s\n", line, caught.line);
    assert_int_equal(status, STATUS_OK);
}

static void expect_error(const char *line, enum sim_status status, const char *message)
{
    assert_int_equal(parse_with(&table, line), status);
    assert_string_equal(caught.line, message);
}

static void test_members(void **state)
{
    (void)state;
    expect_ok("");
    assert_int_equal(settings.count, 100);
    assert_null(settings.file);
    expect_ok("-file a --count 0x20 --size 1.5K --colour green -l --switch on -c 1 --call 2");
    assert_string_equal(settings.file, "a");
    assert_int_equal(settings.count, 32);
    assert_int_equal(settings.size, 1536);
    assert_int_equal(settings.colour, GREEN);
    assert_true(settings.loud && settings.on && !settings.help);
    assert_int_equal(settings.calls, 2);
}

static void test_spellings(void **state)
{
    (void)state;
    expect_ok("--file a -file b"); /* one dash or two; the last wins */
    assert_string_equal(settings.file, "b");
    expect_ok("--file=c=d");
    assert_string_equal(settings.file, "c=d");
    expect_ok("--text=");
    assert_string_equal(settings.text, "");
    expect_ok("-file -drive"); /* a value may look like an option */
    assert_string_equal(settings.file, "-drive");
    expect_ok("-text \"\"");
    assert_string_equal(settings.text, "");
    expect_ok("-only one -nothing --nothing");
}

static void test_help_ends_parsing(void **state)
{
    (void)state;
    expect_ok("-l --help --no-such-option");
    assert_true(settings.help && settings.loud);
    expect_ok("-h");
    assert_true(settings.help);
}

static void test_wrong_use(void **state)
{
    (void)state;
    expect_error("-fiel a", STATUS_UNKNOWN, "unknown option '-fiel'; did you mean '-file'?");
    expect_error("--colur red", STATUS_UNKNOWN,
                 "unknown option '--colur'; did you mean '--colour'?");
    expect_error("--xyzzy", STATUS_UNKNOWN, "unknown option '--xyzzy'");
    expect_error("---file a", STATUS_UNKNOWN, "unknown option '---file'; did you mean '--file'?");
    expect_error("-file=a", STATUS_UNKNOWN, "unknown option '-file=a'; did you mean '-file'?");
    expect_error("-file", STATUS_USAGE, "-file: needs a value, FILE");
    expect_error("--loud=yes", STATUS_USAGE, "--loud: takes no value");
    expect_error("word", STATUS_USAGE, "unexpected argument 'word'; see 'prog --help'");
    expect_error("-", STATUS_USAGE, "unexpected argument '-'; see 'prog --help'");
    expect_error("-- -l", STATUS_USAGE, "unexpected argument '-l'; see 'prog --help'");
    expect_error("-drive", STATUS_NOT_BUILT, "-drive: not built yet");
    expect_error("--drive=x", STATUS_NOT_BUILT, "--drive: not built yet");
    expect_error("-only two", STATUS_NOT_BUILT,
                 "-only two: not built yet; this version has only one");
}

static void test_wrong_values(void **state)
{
    (void)state;
    expect_error("--count 9", STATUS_RANGE, "--count 9: too small; at least 10");
    expect_error("--count 1001", STATUS_RANGE, "--count 1001: too large; at most 1000");
    expect_error("--count 99999999999999999999", STATUS_RANGE,
                 "--count 99999999999999999999: too large; at most 1000");
    expect_error("--count -5", STATUS_USAGE, "--count -5: not a count (such as 100, 10k, 5M)");
    expect_error("--size=1X", STATUS_USAGE, "--size 1X: not a size (such as 64K, 512M, 1G)");
    expect_error("--colour blue", STATUS_UNKNOWN, "--colour blue: must be red or green");
    expect_error("--switch maybe", STATUS_USAGE, "--switch maybe: must be on or off");
    expect_error("--file=", STATUS_USAGE, "--file: the file name is empty");
    expect_error("-c bad", STATUS_USAGE, "-c bad: refused");
}

static void test_operands(void **state)
{
    (void)state;
    assert_int_equal(parse_with(&operand_table, "a.db --loud"), STATUS_OK);
    assert_string_equal(settings.input, "a.db");
    assert_true(settings.loud);
    assert_int_equal(parse_with(&operand_table, "-- --loud"), STATUS_OK);
    assert_string_equal(settings.input, "--loud");
    assert_false(settings.loud);
    assert_int_equal(parse_with(&operand_table, "a b"), STATUS_USAGE);
    assert_string_equal(caught.line, "unexpected argument 'b'; see 'prog --help'");
    assert_int_equal(parse_with(&operand_table, ""), STATUS_USAGE);
    assert_string_equal(caught.line, "INPUT is missing; usage: prog INPUT");
    assert_int_equal(parse_with(&operand_table, "--help"), STATUS_OK);
}

static void test_keys(void **state)
{
    (void)state;
    expect_ok("--compound a,,b,on=on,loud");
    assert_string_equal(settings.name, "a,b");
    assert_true(settings.on && settings.loud);
    expect_ok("--compound on=off,name=x=y,,,on");
    assert_string_equal(settings.name, "x=y,");
    assert_true(settings.on);
    expect_ok("--strict name=z,");
    assert_string_equal(settings.name, "z");
    expect_ok("--strict \"\"");

    expect_error("--compound a,nmae=b", STATUS_UNKNOWN,
                 "--compound: unknown key 'nmae'; did you mean 'name'?");
    expect_error("--compound a,on=5", STATUS_USAGE, "--compound on=5: must be on or off");
    expect_error("--compound a,name", STATUS_USAGE, "--compound name: needs a value, name=NAME");
    expect_error("--compound a,loud=on", STATUS_USAGE, "--compound loud: takes no value");
    expect_error("--compound a,later=5", STATUS_NOT_BUILT, "--compound later=5: not built yet");
    expect_error("--compound a,later", STATUS_NOT_BUILT, "--compound later: not built yet");
    expect_error("--strict word", STATUS_USAGE,
                 "--strict word: 'word' is not of the form key=value");
}

/* -- Splitting --- */

static void test_split(void **state)
{
    static const struct {
        const char *text;
        struct compound_item items[3];
        size_t count;
    } samples[] = {
        {"", {{0}}, 0},
        {"a", {{NULL, "a"}}, 1},
        {"a,b", {{NULL, "a"}, {"b", NULL}}, 2},
        {"a=1", {{"a", "1"}}, 1},
        {"a=1,b=2,c", {{"a", "1"}, {"b", "2"}, {"c", NULL}}, 3},
        {"a=1=2", {{"a", "1=2"}}, 1},
        {"a=", {{"a", ""}}, 1},
        {"=b", {{"", "b"}}, 1},
        {"a,,b", {{NULL, "a,b"}}, 1},
        {"a,,,b=c,,", {{NULL, "a,"}, {"b", "c,"}}, 2},
        {",,", {{NULL, ","}}, 1},
        {",", {{NULL, ""}}, 1},
        {"a=1,", {{"a", "1"}}, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        struct compound c;
        print_message("'%s'\n", samples[i].text);
        assert_true(compound_split(samples[i].text, &c));
        assert_int_equal(c.count, samples[i].count);
        for (size_t k = 0; k < c.count; k++) {
            const struct compound_item *const want = &samples[i].items[k];
            assert_int_equal(c.items[k].key == NULL, want->key == NULL);
            assert_int_equal(c.items[k].value == NULL, want->value == NULL);
            if (want->key)
                assert_string_equal(c.items[k].key, want->key);
            if (want->value)
                assert_string_equal(c.items[k].value, want->value);
        }
        compound_fini(&c);
    }
}

static void test_write_then_split(void **state)
{
    static const char *const values[] = {"", ",", ",,", "a,b", "a=b,", ",=,"};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        char *text = NULL;
        size_t size;
        struct compound c;
        FILE *const out = open_memstream(&text, &size);
        assert_non_null(out);
        fputs("k=", out);
        compound_write(out, values[i]);
        fputs(",last=1", out);
        fclose(out);
        assert_true(compound_split(text, &c));
        assert_int_equal(c.count, 2);
        assert_string_equal(c.items[0].value, values[i]);
        assert_string_equal(c.items[1].key, "last");
        compound_fini(&c);
        free(text);
    }
}

/* -- Nearest --- */

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("", ""), 0);
    assert_int_equal(nearest_distance("abc", ""), 3);
    assert_int_equal(nearest_distance("kernel", "kernel"), 0);
    assert_int_equal(nearest_distance("KERNEL", "kernel"), 0);
    assert_int_equal(nearest_distance("kernl", "kernel"), 1);   /* insert */
    assert_int_equal(nearest_distance("kernnel", "kernel"), 1); /* delete */
    assert_int_equal(nearest_distance("kermel", "kernel"), 1);  /* replace */
    assert_int_equal(nearest_distance("kenrel", "kernel"), 1);  /* swap */
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
    assert_int_equal(nearest_distance("ab", "ba"), 1);
}

static void test_hints(void **state)
{
    static const char *const names[] = {"run", "stat", "info", "spapr-vty", "m"};
    static const struct {
        const char *word, *hint;
    } samples[] = {
        {"rnu", "; did you mean '-run'?"},
        {"stats", "; did you mean '-stat'?"},
        {"spapr-vyt", "; did you mean '-spapr-vty'?"},
        {"x", ""},
        {"", ""},
        {"zzzzzz", ""},
        {"0123456789012345678901234567890123456789012345678901234567890123456789", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        struct nearest n;
        char hint[NEAREST_MAX_LENGTH + 32];
        nearest_init(&n, samples[i].word);
        for (size_t k = 0; k < ARRAY_SIZE(names); k++)
            nearest_consider(&n, names[k]);
        assert_string_equal(nearest_hint(&n, "-", hint, sizeof hint), samples[i].hint);
    }
}

/* -- Showing --- */

static void collect(void *ctx, const struct option *option, const char *value)
{
    fprintf(ctx, "%s%s%s%s\n", option->name, value ? " " : "", value ? value : "",
            option->guest ? " (guest)" : "");
}

static void test_visit(void **state)
{
    char *text = NULL;
    size_t size;
    (void)state;
    expect_ok("-file a -l --size 65536 --colour green -c x -c y");
    FILE *const out = open_memstream(&text, &size);
    assert_non_null(out);
    options_visit(rows, &settings, collect, out);
    fclose(out);
    assert_string_equal(text, "-file a (guest)\n--count 100\n--size 64K\n--colour green\n--loud\n"
                              "--switch off\n--call call 0\n--call call 1\n");
    free(text);
}

static void test_help_text(void **state)
{
    char *text = NULL;
    size_t size;
    (void)state;
    FILE *const out = open_memstream(&text, &size);
    assert_non_null(out);
    options_help(&table, out);
    fclose(out);
    assert_string_equal(text, "Usage: prog [OPTION]...\n"
                              "\n"
                              "Does things.\n"
                              "\n"
                              "Things:\n"
                              "  -file FILE              A file\n"
                              "  --count N               A count\n"
                              "  --size SIZE             A size\n"
                              "  --colour COLOUR         A colour\n"
                              "  -l, --loud              A flag\n"
                              "  --switch on|off         A switch\n"
                              "  -c, --call X            A call\n"
                              "  -h, --help              Print this help\n"
                              "\n"
                              "Known, but not built yet (refused by name): -drive\n"
                              "\n"
                              "The end.\n");
    free(text);
}

static int free_strings(void **state)
{
    (void)state;
    option_strings_fini(&strings);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_help_ends_parsing),
        cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_write_then_split),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_visit),
        cmocka_unit_test(test_help_text),
    };
    return cmocka_run_group_tests(tests, NULL, free_strings);
}
