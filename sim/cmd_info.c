/* hornpipe info: what a recorded run was and how it ended; what the instruction tables hold. */
#include "analysis/analysis.h"
#include "base/nearest.h"
#include "base/options.h"
#include "cmd.h"
#include "isa/cpu.h"
#include "isa_list.h"

struct info_options {
    const char *path;
    const struct cpu_model *cpu;
    bool json, canonical, isa, help;
};

static enum sim_status run_path(const struct option_use *use, void *object)
{
    struct info_options *const o = object;
    RETURN_IF(o->path, STATUS_USAGE, "unexpected argument '%s'; see 'hornpipe info --help'",
              use->value);
    o->path = use->value;
    return STATUS_OK;
}

static enum sim_status cpu_name(const struct option_use *use, void *object)
{
    struct info_options *const o = object;
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    nearest_init(&nearest, use->value);
    for (const struct cpu_model *m = cpu_models; m->name; m++)
        nearest_consider(&nearest, m->name);
    o->cpu = cpu_model_find(use->value);
    RETURN_IF(!o->cpu, STATUS_UNKNOWN, "%s: unknown processor model '%s'%s", use->spelled,
              use->value, nearest_hint(&nearest, "", hint, sizeof hint));
    return STATUS_OK;
}

/* clang-format off */
static const struct option options[] = {
    OPT_OPERANDS("FILE.db", run_path),
    OPT_FLAG("--json", NULL, struct info_options, json, "Print one JSON object"),
    OPT_FLAG("--canonical", NULL, struct info_options, canonical,
             "Print everything that must be equal when the run is repeated, and nothing else:"
             " two such dumps can be compared byte for byte"),
    OPT_FLAG("--isa", NULL, struct info_options, isa,
             "List the instructions that the simulator knows, from its own tables"),
    OPT_CALL("--cpu", NULL, "MODEL", cpu_name, NULL,
             "With --isa: only those of this processor (names as 'hornpipe run -cpu help' lists"
             " them)"),
    OPT_HELP(struct info_options, help),
    OPT_REFUSED("--model"),
    OPT_END,
};
/* clang-format on */

static const struct option_table table = {
    .command = "hornpipe info",
    .usage = "[--json | --canonical] FILE.db | --isa [--cpu MODEL] [--json]",
    .intro = "Says what a recorded run was - configuration, images, host - and how it ended."
             " Or lists the instructions.",
    .options = options,
};

static enum sim_status parse(int argc, char **argv, struct info_options *o,
                             struct option_strings *strings)
{
    TRY(options_parse(&table, argc - 2, argv + 2, o, strings));
    if (o->help)
        return STATUS_OK;
    RETURN_IF(o->json && o->canonical, STATUS_USAGE, "--canonical: not with --json");
    RETURN_IF(o->isa && o->canonical, STATUS_USAGE, "--canonical: not with --isa");
    RETURN_IF(o->isa && o->path, STATUS_USAGE, "--isa: not with FILE.db");
    RETURN_IF(o->cpu && !o->isa, STATUS_USAGE, "--cpu: only with --isa");
    RETURN_IF(!o->isa && !o->path, STATUS_USAGE, "FILE.db is missing; usage: %s %s", table.command,
              table.usage);
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
    else if (o.isa)
        isa_list(o.cpu, o.json, stdout);
    else
        exit_status =
            analysis_info(o.path, o.json, o.canonical, stdout) == STATUS_OK ? 0 : EXIT_HOST;
    option_strings_fini(&strings);
    return exit_status;
}
