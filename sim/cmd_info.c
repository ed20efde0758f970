/* hornpipe info: what a recorded run was and how it ended. */
#include "analysis/analysis.h"
#include "base/options.h"
#include "cmd.h"

struct info_options {
    const char *path;
    bool json, canonical, help;
};

/* clang-format off */
static const struct option options[] = {
    OPT_OPERAND("FILE.db", struct info_options, path, NULL),
    OPT_FLAG("--json", NULL, struct info_options, json, "Print one JSON object"),
    OPT_FLAG("--canonical", NULL, struct info_options, canonical,
             "Print everything that must be equal when the run is repeated, and nothing else:"
             " two such dumps can be compared byte for byte"),
    OPT_HELP(struct info_options, help),
    OPT_REFUSED("--isa"),
    OPT_REFUSED("--model"),
    OPT_END,
};
/* clang-format on */

static const struct option_table table = {
    .command = "hornpipe info",
    .usage = "[--json | --canonical] FILE.db",
    .intro = "Says what a recorded run was - configuration, images, host - and how it ended.",
    .options = options,
};

static enum sim_status parse(int argc, char **argv, struct info_options *o,
                             struct option_strings *strings)
{
    TRY(options_parse(&table, argc - 2, argv + 2, o, strings));
    RETURN_IF(o->json && o->canonical && !o->help, STATUS_USAGE, "--canonical: not with --json");
    return STATUS_OK;
}

int cmd_info(int argc, char **argv)
{
    struct info_options o = {0};
    struct option_strings strings = {0};
    const enum sim_status status = parse(argc, argv, &o, &strings);
    int exit_status = 0;
    if (status != STATUS_OK)
        exit_status = cmd_usage_status(status);
    else if (o.help)
        options_help(&table, stdout);
    else
        exit_status =
            analysis_info(o.path, o.json, o.canonical, stdout) == STATUS_OK ? 0 : EXIT_HOST;
    option_strings_fini(&strings);
    return exit_status;
}
