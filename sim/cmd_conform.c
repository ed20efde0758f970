/* hornpipe conform: is an implementation what the architecture says? */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/options.h"
#include "cmd.h"
#include "conform_run.h"
#include "terminal.h"

struct run_options {
    struct conform_options run;
    const char **paths; /* owned */
    size_t path_count;
    bool help;
};

static enum sim_status add_path(const struct option_use *use, void *object)
{
    struct run_options *o = object;
    const char **paths =
        realloc((void *)o->paths, (o->path_count + 1) * sizeof *paths); /* few: quadratic is fine */
    RETURN_IF(!paths, STATUS_NO_MEMORY, "no memory for the names of files");
    o->paths = paths;
    o->paths[o->path_count++] = use->value;
    return STATUS_OK;
}

/* clang-format off */
static const struct option options[] = {
    OPT_OPERANDS("FILE|DIR", add_path),
    OPT_CHOICE("--engine", "precise|threaded|lockstep", struct run_options, run.engine,
               run_engine_names,
               "The engine that runs them (default precise); lockstep: each by both, which must not"
               " differ, even where the architecture leaves the result undefined"),
    OPT_STRING("--cpu", "MODEL", struct run_options, run.cpu,
               "Processor model (default POWER8); vectors say for which they hold"),
    OPT_STRING("--rows", "GLOB[,GLOB]...", struct run_options, run.rows,
               "Only the instructions whose base mnemonics match"),
    OPT_COUNT("--max-differences", "N", struct run_options, run.max_differences, 0, INT64_MAX,
              "How many differences to print in full (default 10)"),
    OPT_FLAG("--json", NULL, struct run_options, run.json, "Print one JSON object"),
    OPT_FLAG("--list", NULL, struct run_options, run.list,
             "Print which instructions the files have, and how many vectors; run nothing"),
    OPT_HELP(struct run_options, help),
    OPT_END,
};
/* clang-format on */

static const struct option_table table = {
    .command = "hornpipe conform run",
    .usage = "[OPTION]... [FILE|DIR]...",
    .intro = "Runs conformance vectors - an instruction, a state before it, the state that the"
             " architecture demands after it - and compares everything. Without files, those that"
             " were built with this program.",
    .options = options,
    .outro = "Totals: equal; differs-defined: wrong; differs-undefined: different only where the"
             " architecture leaves the result undefined; not-covered: instructions without a"
             " vector. The status is 1 if anything differs where it is defined.",
};

static enum sim_status check(struct run_options *o)
{
    struct stat st;
    RETURN_IF(o->run.json && o->run.list, STATUS_USAGE, "--json: not with --list");
    if (o->path_count)
        return STATUS_OK;
    RETURN_IF(stat(HORNPIPE_CONFORMANCE_DIR, &st) != 0, STATUS_NO_FILE,
              "there are no vectors in %s; 'cmake --build %s -t conformance-vectors' makes them, or"
              " tests/conformance/generate.py makes others",
              HORNPIPE_CONFORMANCE_DIR, HORNPIPE_BUILD_DIR);
    return add_path(&(const struct option_use){.value = HORNPIPE_CONFORMANCE_DIR}, o);
}

static int run_all(const struct run_options *o)
{
    struct conform_run run;
    int exit_status = 0;
    const enum sim_status status = conform_run_init(&run, &o->run, stdout);
    if (status != STATUS_OK) {
        conform_run_fini(&run);
        return cmd_usage_status(status);
    }
    terminal_catch_signals();
    conform_report_begin(&run);
    for (size_t i = 0; i < o->path_count && !run.signal; i++)
        conform_run_path(&run, o->paths[i]);
    conform_report_end(&run);
    terminal_release_signals();
    if (run.failed || run.verdicts[CONFORM_DIFFERS_DEFINED])
        exit_status = EXIT_HOST;
    if (run.signal)
        exit_status = 128 + run.signal;
    conform_run_fini(&run);
    return exit_status;
}

static int conform_run_command(int argc, char **argv)
{
    struct run_options o = {.run = {.cpu = "POWER8", .max_differences = 10}};
    struct option_strings strings = {0};
    enum sim_status status = options_parse(&table, argc - 3, argv + 3, &o, &strings);
    int exit_status = 0;
    if (status == STATUS_OK && !o.help)
        status = check(&o);
    if (status != STATUS_OK)
        exit_status = status == STATUS_NO_FILE ? EXIT_HOST : cmd_usage_status(status);
    else if (o.help)
        options_help(&table, stdout);
    else
        exit_status = run_all(&o);
    option_strings_fini(&strings);
    free((void *)o.paths);
    return exit_status;
}

int cmd_conform(int argc, char **argv)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    const char *const verb = argc > 2 ? argv[2] : "";
    if (strcmp(verb, "run") == 0)
        return conform_run_command(argc, argv);
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        options_help(&table, stdout);
        return 0;
    }
    nearest_init(&nearest, verb);
    nearest_consider(&nearest, "run");
    if (*verb)
        log_error("conform: unknown command '%s'%s", verb,
                  nearest_hint(&nearest, "", hint, sizeof hint));
    else
        log_error("conform: what to do is missing; see 'hornpipe conform run --help'");
    return EXIT_USAGE;
}
