/*
 * Command-line options as tables: a row says how an option is spelled, where its value goes, and
 * what it is for. Parsing, help and printing what was understood all read the one table. The
 * OPT_ macros check the type of the member that a row fills at compile time.
 *
 * Options are spelled with one dash or two, and with two also as --name=value. "--" ends them. The
 * last use of a single-valued option wins.
 */
#ifndef HORNPIPE_BASE_OPTIONS_H
#define HORNPIPE_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* Strings that parsing had to make (pieces of compound values). Zero-initialise. */
struct option_strings {
    struct option_string *first;
};

/* A copy of text[0..len-1], 0-ended, that lives until option_strings_fini(); NULL: no memory. */
const char *option_strings_add(struct option_strings *strings, const char *text, size_t len);
void option_strings_fini(struct option_strings *strings);

enum option_kind {
    OPTION_END,      /* ends a table */
    OPTION_GROUP,    /* heads the rows that follow, in the help only */
    OPTION_FLAG,     /* bool, set true; takes no value */
    OPTION_ON_OFF,   /* bool: on or off */
    OPTION_STRING,   /* const char * */
    OPTION_FILE,     /* const char *, not empty */
    OPTION_COUNT,    /* uint64_t: 100, 0x64, 5k, 1.5M (decimal multiples) */
    OPTION_SIZE,     /* uint64_t: 64K, 1.5G (binary multiples) */
    OPTION_CHOICE,   /* an enum whose values are indices into `choices` */
    OPTION_CALL,     /* parsed by a function */
    OPTION_ACCEPT,   /* only the values of `choices`, NULL: all, are taken; nothing is stored */
    OPTION_REFUSED,  /* known by name, not supported */
    OPTION_HELP,     /* bool, set true; parsing ends there */
    OPTION_OPERAND,  /* const char *: an argument without a dash, in the order of the rows */
    OPTION_OPERANDS, /* all further ones, none or many, each parsed by a function */
};

struct option;

/* One use of an option, for a parse function. */
struct option_use {
    const struct option *option;
    const char *spelled; /* the option as typed: "-m", "-M x-vof" */
    const char *shown;   /* the same with its value: "-m 1G", "-M x-vof=on" */
    const char *value;   /* NULL when the option takes none. All live as long as `strings` */
    struct option_strings *strings;
};

/* Parses use->value into `object`; a failure names use->shown. */
typedef enum sim_status option_parse_fn(const struct option_use *use, void *object);

/* Writes value number `index` of the option to `out`; false when there is no such value. */
typedef bool option_show_fn(const void *object, size_t index, FILE *out);

struct option {
    enum option_kind kind;
    bool guest;        /* the guest can notice the value */
    const char *name;  /* with the dashes that the help shows (any one or two are understood);
                          a key of a compound value has none; a group's title */
    const char *alias; /* a second spelling, or NULL */
    const char *arg;   /* what the help calls the value */
    const char *help;  /* one or more lines; NULL: not in the help */
    size_t offset;     /* of the member, in the object */
    const char *const *choices; /* NULL-ended */
    uint64_t min, max;
    option_parse_fn *parse;
    option_show_fn *show; /* NULL: the option leaves nothing to show */
    const char *why;      /* OPTION_ACCEPT, OPTION_REFUSED: what is missing; or NULL */
};

/* The member's offset, if its type is `ctype`. An enum without negatives counts as unsigned. */
#define OPTION_MEMBER(ctype, type, member)                                                         \
    _Generic(&((type *)0)->member, ctype * : offsetof(type, member))

/* Rows; further members may follow as designators, as in OPT_FLAG(..., .guest = true). */
/* clang-format off */
#define OPT_END {.kind = OPTION_END}
#define OPT_GROUP(title) {.kind = OPTION_GROUP, .name = (title)}
#define OPT_FLAG(n, a, type, member, h, ...)                                                       \
    {.kind = OPTION_FLAG, .name = (n), .alias = (a), .help = (h),                                  \
     .offset = OPTION_MEMBER(bool, type, member), __VA_ARGS__}
#define OPT_HELP(type, member)                                                                     \
    {.kind = OPTION_HELP, .name = "--help", .alias = "-h", .help = "Print this help",              \
     .offset = OPTION_MEMBER(bool, type, member)}
#define OPT_ON_OFF(n, type, member, h, ...)                                                        \
    {.kind = OPTION_ON_OFF, .name = (n), .arg = "on|off", .help = (h),                             \
     .offset = OPTION_MEMBER(bool, type, member), __VA_ARGS__}
#define OPT_STRING(n, a, type, member, h, ...)                                                     \
    {.kind = OPTION_STRING, .name = (n), .arg = (a), .help = (h),                                  \
     .offset = OPTION_MEMBER(const char *, type, member), __VA_ARGS__}
#define OPT_FILE(n, a, type, member, h, ...)                                                       \
    {.kind = OPTION_FILE, .name = (n), .arg = (a), .help = (h),                                    \
     .offset = OPTION_MEMBER(const char *, type, member), __VA_ARGS__}
#define OPT_COUNT(n, a, type, member, least, most, h, ...)                                         \
    {.kind = OPTION_COUNT, .name = (n), .arg = (a), .help = (h), .min = (least), .max = (most),    \
     .offset = OPTION_MEMBER(uint64_t, type, member), __VA_ARGS__}
#define OPT_SIZE(n, a, type, member, least, most, h, ...)                                          \
    {.kind = OPTION_SIZE, .name = (n), .arg = (a), .help = (h), .min = (least), .max = (most),     \
     .offset = OPTION_MEMBER(uint64_t, type, member), __VA_ARGS__}
#define OPT_CHOICE(n, a, type, member, values, h, ...)                                             \
    {.kind = OPTION_CHOICE, .name = (n), .arg = (a), .help = (h), .choices = (values),             \
     .offset = OPTION_MEMBER(unsigned, type, member), __VA_ARGS__}
#define OPT_CALL(n, al, a, parse_fn, show_fn, h, ...)                                              \
    {.kind = OPTION_CALL, .name = (n), .alias = (al), .arg = (a), .help = (h),                     \
     .parse = (parse_fn), .show = (show_fn), __VA_ARGS__}
#define OPT_ACCEPT(n, a, values, h)                                                                \
    {.kind = OPTION_ACCEPT, .name = (n), .arg = (a), .help = (h), .choices = (values)}
#define OPT_ACCEPT_WHY(n, a, values, reason)                                                       \
    {.kind = OPTION_ACCEPT, .name = (n), .arg = (a), .help = (reason), .choices = (values),        \
     .why = (reason)}
#define OPT_REFUSED(n) {.kind = OPTION_REFUSED, .name = (n)}
#define OPT_REFUSED_WHY(n, reason)                                                                 \
    {.kind = OPTION_REFUSED, .name = (n), .help = (reason), .why = (reason)}
#define OPT_OPERAND(n, type, member, h)                                                            \
    {.kind = OPTION_OPERAND, .name = (n), .help = (h),                                             \
     .offset = OPTION_MEMBER(const char *, type, member)}
#define OPT_OPERANDS(n, parse_fn) {.kind = OPTION_OPERANDS, .name = (n), .parse = (parse_fn)}
/* clang-format on */

struct option_table {
    const char *command; /* "hornpipe run" */
    const char *usage;   /* what follows it: "[OPTION]..." */
    const char *intro;   /* a paragraph below the usage line */
    const struct option *options;
    const char *outro; /* a paragraph at the end; may be NULL */
};

/* Reads argv[0..argc-1] into `object`; every failure has been reported. */
enum sim_status options_parse(const struct option_table *table, int argc, char *const *argv,
                              void *object, struct option_strings *strings);

/*
 * Reads a compound value, key=value[,key=value]..., where ",," stands for a comma in a value, by a
 * table of keys. A first piece without "=" is the value of `implied` (NULL: there is none); another
 * piece without "=" is a flag, or an on|off key that is on.
 */
enum sim_status options_parse_keys(const struct option_use *use, const struct option *keys,
                                   const char *implied, void *object);

/* Writes the help that the table holds. */
void options_help(const struct option_table *table, FILE *out);

/* Calls `visit` for each value that the rows hold; it is NULL for a flag that is set. */
typedef void option_visit_fn(void *ctx, const struct option *option, const char *value);
void options_visit(const struct option *options, const void *object, option_visit_fn *visit,
                   void *ctx);

#endif
