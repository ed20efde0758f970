#include "base/options.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compound.h"
#include "base/nearest.h"
#include "base/numbers.h"

struct option_string {
    struct option_string *next;
    char text[];
};

/* Room for `size` bytes. */
static char *string_new(struct option_strings *strings, size_t size)
{
    struct option_string *s = malloc(sizeof *s + size);
    if (!s)
        return NULL;
    s->next = strings->first;
    strings->first = s;
    return s->text;
}

const char *option_strings_add(struct option_strings *strings, const char *text, size_t len)
{
    char *const copy = string_new(strings, len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void option_strings_fini(struct option_strings *strings)
{
    while (strings->first) {
        struct option_string *const next = strings->first->next;
        free(strings->first);
        strings->first = next;
    }
}

/* -- Looking up --- */

static const char *skip_dashes(const char *name)
{
    name += *name == '-';
    return name + (*name == '-');
}

static bool takes_part(const struct option *option)
{
    return option->kind != OPTION_GROUP && option->kind != OPTION_OPERAND &&
           option->kind != OPTION_OPERANDS;
}

static const struct option *find_option(const struct option *options, const char *name)
{
    for (const struct option *o = options; o->kind != OPTION_END; o++) {
        if (takes_part(o) && (strcmp(skip_dashes(o->name), name) == 0 ||
                              (o->alias && strcmp(skip_dashes(o->alias), name) == 0)))
            return o;
    }
    return NULL;
}

static enum sim_status unknown_name(const struct option *options, const char *what,
                                    const char *name, const char *dashes)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    nearest_init(&nearest, name);
    for (const struct option *o = options; o->kind != OPTION_END; o++) {
        if (takes_part(o) && o->kind != OPTION_REFUSED)
            nearest_consider(&nearest, skip_dashes(o->name));
    }
    return status_fail(STATUS_UNKNOWN, "%s '%s%s'%s", what, dashes, name,
                       nearest_hint(&nearest, dashes, hint, sizeof hint));
}

static bool takes_value(const struct option *option)
{
    return option->kind != OPTION_FLAG && option->kind != OPTION_HELP && option->arg;
}

/* -- Values --- */

static void *member(const struct option *option, void *object)
{
    return (char *)object + option->offset;
}

static const void *const_member(const struct option *option, const void *object)
{
    return (const char *)object + option->offset;
}

static enum sim_status apply_number(const struct option_use *use, void *object)
{
    const struct option *const o = use->option;
    const bool is_size = o->kind == OPTION_SIZE;
    uint64_t value = 0;
    const enum number_result result =
        is_size ? number_parse_size(use->value, 1, &value) : number_parse_count(use->value, &value);
    RETURN_IF(result == NUMBER_MALFORMED, STATUS_USAGE, "%s: not a %s", use->shown,
              is_size ? "size (such as 64K, 512M, 1G)" : "count (such as 100, 10k, 5M)");
    RETURN_IF(result == NUMBER_TOO_LARGE || value > o->max, STATUS_RANGE,
              "%s: too large; at most %" PRIu64, use->shown, o->max);
    RETURN_IF(value < o->min, STATUS_RANGE, "%s: too small; at least %" PRIu64, use->shown, o->min);
    *(uint64_t *)member(o, object) = value;
    return STATUS_OK;
}

static enum sim_status apply_on_off(const struct option_use *use, void *object)
{
    static const char *const words[] = {"off", "on", "no", "yes", "false", "true"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(use->value, words[i]) == 0) {
            *(bool *)member(use->option, object) = i & 1;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_USAGE, "%s: must be on or off", use->shown);
}

/* The index of the value among the choices, or -1. */
static int find_choice(const char *const *choices, const char *value)
{
    for (int i = 0; choices[i]; i++) {
        if (strcmp(choices[i], value) == 0)
            return i;
    }
    return -1;
}

/* "a, b or c" */
static void list_choices(const char *const *choices, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; choices[i] && used < size; i++) {
        const char *separator = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", separator, choices[i]);
    }
}

static enum sim_status apply_choice(const struct option_use *use, void *object)
{
    char list[256] = "";
    const int i = find_choice(use->option->choices, use->value);
    if (i < 0) {
        list_choices(use->option->choices, list, sizeof list);
        return status_fail(STATUS_UNKNOWN, "%s: must be %s", use->shown, list);
    }
    *(unsigned *)member(use->option, object) = (unsigned)i;
    return STATUS_OK;
}

static enum sim_status apply_accept(const struct option_use *use)
{
    char list[256] = "";
    const char *const why = use->option->why;
    if (!use->option->choices || find_choice(use->option->choices, use->value) >= 0)
        return STATUS_OK;
    list_choices(use->option->choices, list, sizeof list);
    return status_fail(STATUS_NOT_BUILT, "%s: not built yet; this version has only %s%s%s",
                       use->shown, list, why ? ": " : "", why ? why : "");
}

static enum sim_status apply_kind(const struct option_use *use, void *object)
{
    switch (use->option->kind) {
    case OPTION_FLAG:
    case OPTION_HELP:
        *(bool *)member(use->option, object) = true;
        return STATUS_OK;
    case OPTION_ON_OFF:
        return apply_on_off(use, object);
    case OPTION_FILE:
    case OPTION_OPERAND:
        RETURN_IF(!*use->value, STATUS_USAGE, "%s: the file name is empty", use->spelled);
        /* fall through */
    case OPTION_STRING:
        *(const char **)member(use->option, object) = use->value;
        return STATUS_OK;
    case OPTION_COUNT:
    case OPTION_SIZE:
        return apply_number(use, object);
    case OPTION_CHOICE:
        return apply_choice(use, object);
    case OPTION_CALL:
    case OPTION_OPERANDS:
        return use->option->parse(use, object);
    case OPTION_ACCEPT:
        return use->value ? apply_accept(use) : STATUS_OK;
    case OPTION_REFUSED:
        RETURN_IF(use->option->why, STATUS_NOT_BUILT, "%s: refused: %s", use->shown,
                  use->option->why);
        return status_fail(STATUS_NOT_BUILT, "%s: not built yet", use->shown);
    default:
        assert(!"an option that cannot be used");
        return STATUS_OK;
    }
}

/* Names the option with its value, and applies it. */
static enum sim_status apply(struct option_use *use, const char *separator, void *object)
{
    use->shown = use->spelled;
    if (use->value) {
        const size_t size = strlen(use->spelled) + strlen(separator) + strlen(use->value) + 1;
        char *const text = string_new(use->strings, size);
        RETURN_IF(!text, STATUS_NO_MEMORY, "out of memory reading '%s'", use->spelled);
        snprintf(text, size, "%s%s%s", use->spelled, separator, use->value);
        use->shown = text;
    }
    return apply_kind(use, object);
}

/* -- A command line --- */

struct parser {
    const struct option_table *table;
    int argc, next;
    char *const *argv;
    void *object;
    struct option_strings *strings;
    const struct option *operand; /* where the next operand goes */
    bool ended;                   /* after "--", or a request for help */
};

static const struct option *next_operand(const struct option *from)
{
    while (from->kind != OPTION_END && from->kind != OPTION_OPERAND &&
           from->kind != OPTION_OPERANDS)
        from++;
    return from;
}

static enum sim_status parse_operand(struct parser *p, const char *arg)
{
    RETURN_IF(p->operand->kind == OPTION_END, STATUS_USAGE,
              "unexpected argument '%s'; see '%s --help'", arg, p->table->command);
    struct option_use use = {
        .option = p->operand, .spelled = p->operand->name, .value = arg, .strings = p->strings};
    if (p->operand->kind == OPTION_OPERAND)
        p->operand = next_operand(p->operand + 1);
    return apply(&use, " ", p->object);
}

static enum sim_status parse_option(struct parser *p, const char *arg)
{
    const char *name = skip_dashes(arg);
    const char *equals = arg[1] == '-' ? strchr(name, '=') : NULL;
    struct option_use use = {.spelled = arg, .strings = p->strings};
    if (equals) {
        name = option_strings_add(p->strings, name, (size_t)(equals - name));
        use.spelled = option_strings_add(p->strings, arg, (size_t)(equals - arg));
        RETURN_IF(!name || !use.spelled, STATUS_NO_MEMORY, "out of memory reading '%s'", arg);
    }

    use.option = find_option(p->table->options, name);
    if (!use.option)
        return unknown_name(p->table->options, "unknown option", name,
                            use.spelled[1] == '-' ? "--" : "-");
    if (use.option->kind == OPTION_REFUSED)
        return apply(&use, " ", p->object);
    if (takes_value(use.option)) {
        RETURN_IF(!equals && p->next == p->argc, STATUS_USAGE, "%s: needs a value, %s", arg,
                  use.option->arg);
        use.value = equals ? equals + 1 : p->argv[p->next++];
    } else {
        RETURN_IF(equals, STATUS_USAGE, "%s: takes no value", use.spelled);
    }
    p->ended = use.option->kind == OPTION_HELP;
    return apply(&use, " ", p->object);
}

enum sim_status options_parse(const struct option_table *table, int argc, char *const *argv,
                              void *object, struct option_strings *strings)
{
    struct parser p = {
        .table = table, .argc = argc, .argv = argv, .object = object, .strings = strings};
    p.operand = next_operand(table->options);

    while (p.next < argc && !p.ended) {
        const char *arg = argv[p.next++];
        if (strcmp(arg, "--") == 0)
            p.ended = true;
        else if (arg[0] == '-' && arg[1])
            TRY(parse_option(&p, arg));
        else
            TRY(parse_operand(&p, arg));
        if (p.ended && strcmp(arg, "--") != 0)
            return STATUS_OK;
    }
    while (p.next < argc)
        TRY(parse_operand(&p, argv[p.next++]));
    RETURN_IF(p.operand->kind == OPTION_OPERAND, STATUS_USAGE, "%s is missing; usage: %s %s",
              p.operand->name, table->command, table->usage);
    return STATUS_OK;
}

/* -- Compound values --- */

static enum sim_status parse_key(const struct option_use *outer, const struct option *keys,
                                 const struct compound_item *item, const char *implied,
                                 void *object)
{
    const char *key = item->key ? item->key : implied;
    const char *value = item->value;
    char spelled[160];
    RETURN_IF(!key, STATUS_USAGE, "%s: '%s' is not of the form key=value", outer->shown, value);
    snprintf(spelled, sizeof spelled, "%s %s", outer->spelled, key);

    const struct option *o = find_option(keys, key);
    if (!o) {
        char what[96];
        snprintf(what, sizeof what, "%s: unknown key", outer->spelled);
        return unknown_name(keys, what, key, "");
    }
    const bool is_flag = o->kind == OPTION_FLAG;
    RETURN_IF(is_flag && value, STATUS_USAGE, "%s: takes no value", spelled);
    if (!value && o->kind == OPTION_ON_OFF)
        value = "on";
    RETURN_IF(!is_flag && !value && o->kind != OPTION_REFUSED, STATUS_USAGE,
              "%s: needs a value, %s=%s", spelled, key, o->arg);
    if (value) {
        value = option_strings_add(outer->strings, value, strlen(value));
        RETURN_IF(!value, STATUS_NO_MEMORY, "out of memory reading %s", spelled);
    }
    /* The value of the implied key is what the user gave to the option itself. */
    struct option_use use = {.option = o,
                             .spelled = item->key ? spelled : outer->spelled,
                             .value = value,
                             .strings = outer->strings};
    return apply(&use, item->key ? "=" : " ", object);
}

enum sim_status options_parse_keys(const struct option_use *use, const struct option *keys,
                                   const char *implied, void *object)
{
    struct compound c;
    enum sim_status status = STATUS_OK;
    RETURN_IF(!compound_split(use->value, &c), STATUS_NO_MEMORY, "out of memory reading %s",
              use->spelled);
    for (size_t i = 0; i < c.count && status == STATUS_OK; i++)
        status = parse_key(use, keys, &c.items[i], implied, object);
    compound_fini(&c);
    return status;
}

/* -- What the object holds --- */

/* The largest unit that leaves a whole number. */
static void format_size(uint64_t value, char *out, size_t size)
{
    static const char *const suffixes[] = {"", "K", "M", "G", "T", "P", "E"};
    unsigned i = 0;
    while (value && value % 1024 == 0) {
        value /= 1024;
        i++;
    }
    snprintf(out, size, "%" PRIu64 "%s", value, suffixes[i]);
}

static void visit_calls(const struct option *o, const void *object, option_visit_fn *visit,
                        void *ctx)
{
    bool more = o->show != NULL;
    for (size_t i = 0; more; i++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        if (!out)
            return;
        more = o->show(object, i, out);
        if (fclose(out) == 0 && more)
            visit(ctx, o, text);
        free(text);
    }
}

static void visit_one(const struct option *o, const void *object, option_visit_fn *visit, void *ctx)
{
    const void *const from = const_member(o, object);
    char number[32];
    switch (o->kind) {
    case OPTION_FLAG:
        if (*(const bool *)from)
            visit(ctx, o, NULL);
        break;
    case OPTION_ON_OFF:
        visit(ctx, o, *(const bool *)from ? "on" : "off");
        break;
    case OPTION_STRING:
    case OPTION_FILE:
        if (*(const char *const *)from)
            visit(ctx, o, *(const char *const *)from);
        break;
    case OPTION_COUNT:
        snprintf(number, sizeof number, "%" PRIu64, *(const uint64_t *)from);
        visit(ctx, o, number);
        break;
    case OPTION_SIZE:
        format_size(*(const uint64_t *)from, number, sizeof number);
        visit(ctx, o, number);
        break;
    case OPTION_CHOICE:
        visit(ctx, o, o->choices[*(const unsigned *)from]);
        break;
    case OPTION_CALL:
        visit_calls(o, object, visit, ctx);
        break;
    default:
        break;
    }
}

void options_visit(const struct option *options, const void *object, option_visit_fn *visit,
                   void *ctx)
{
    for (const struct option *o = options; o->kind != OPTION_END; o++)
        visit_one(o, object, visit, ctx);
}
