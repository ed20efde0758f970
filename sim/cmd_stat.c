/* hornpipe stat: the statistics of a recorded run. */
#include "analysis/analysis.h"
#include "base/options.h"
#include "cmd.h"

struct stat_options {
    const char *path;
    bool json, help;
};

/* clang-format off */
static const struct option options[] = {
    OPT_OPERAND("FILE.db", struct stat_options, path, NULL),
    OPT_FLAG("--json", NULL, struct stat_options, json, "Print one JSON object"),
    OPT_HELP(struct stat_options, help),
    OPT_END,
};
/* clang-format on */

static const struct option_table table = {
    .command = "hornpipe stat",
    .usage = "[--json] FILE.db",
    .intro = "Prints the statistics of a recorded run: instructions, loads and stores, branches,"
             " interrupts, hypercalls. Also of a run that still goes on, or was killed.",
    .options = options,
};

int cmd_stat(int argc, char **argv)
{
    struct stat_options o = {0};
    struct option_strings strings = {0};
    const enum sim_status status = options_parse(&table, argc - 2, argv + 2, &o, &strings);
    int exit_status = 0;
    if (status != STATUS_OK)
        exit_status = cmd_usage_status(status);
    else if (o.help)
        options_help(&table, stdout);
    else
        exit_status = analysis_stat(o.path, o.json, stdout) == STATUS_OK ? 0 : EXIT_HOST;
    option_strings_fini(&strings);
    return exit_status;
}
