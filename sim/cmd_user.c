/* hornpipe user: the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "config_internal.h"
#include "user_config.h"

static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};

/* -- Values that are lists -- */

static enum sim_status add_given(const struct option_use *use, struct user_config *config,
                                 bool writable, const char *root)
{
    struct parsed {
        const char *dir, *at;
    } parsed = {0};
    /* clang-format off */
    static const struct option keys[] = {
        OPT_FILE("dir", "DIR", struct parsed, dir, NULL),
        OPT_FILE("at", "PATH", struct parsed, at, NULL),
        OPT_END,
    };
    /* clang-format on */
    TRY(options_parse_keys(use, keys, "dir", &parsed));
    RETURN_IF(!parsed.dir, STATUS_USAGE, "%s: needs the name of a directory", use->spelled);
    RETURN_IF(root && parsed.at, STATUS_USAGE, "%s: the root has its place", use->shown);
    struct user_given *const grown =
        realloc(config->given, (config->given_count + 1) * sizeof *grown);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    config->given = grown;
    config->given[config->given_count++] =
        (struct user_given){use->spelled, parsed.dir, root ? root : parsed.at, writable};
    return STATUS_OK;
}

static enum sim_status parse_root(const struct option_use *use, void *object)
{
    return add_given(use, object, false, "/");
}

static enum sim_status parse_read(const struct option_use *use, void *object)
{
    return add_given(use, object, false, NULL);
}

static enum sim_status parse_write(const struct option_use *use, void *object)
{
    return add_given(use, object, true, NULL);
}

/* -- The environment -- */

static size_t name_length(const char *variable)
{
    return strcspn(variable, "=");
}

static enum sim_status set_variable(struct user_config *config, const char *variable)
{
    const size_t n = name_length(variable);
    for (size_t i = 0; i < config->env_count; i++) {
        if (name_length(config->env[i]) == n && strncmp(config->env[i], variable, n) == 0) {
            config->env[i] = variable;
            return STATUS_OK;
        }
    }
    const char **const grown = realloc(config->env, (config->env_count + 2) * sizeof *grown);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory");
    config->env = grown;
    config->env[config->env_count++] = variable;
    config->env[config->env_count] = NULL;
    return STATUS_OK;
}

static enum sim_status parse_env(const struct option_use *use, void *object)
{
    RETURN_IF(use->value[0] == '=' || !strchr(use->value, '='), STATUS_USAGE,
              "%s: must be NAME=VALUE", use->shown);
    return set_variable(object, use->value);
}

static bool show_env(const void *object, size_t index, FILE *out)
{
    const struct user_config *const config = object;
    if (index < config->env_count)
        fputs(config->env[index], out);
    return index < config->env_count;
}

/* clang-format off */
static const struct option user_options[] = {
    OPT_GROUP("The machine"),
    OPT_CALL("-cpu", NULL, "MODEL", config_cpu, config_show_cpu,
             "Processor model (default POWER8); '-cpu help' lists them", .guest = true),
    OPT_CALL("-m", NULL, "SIZE", config_memory, config_show_memory,
             "Most memory that the program can use (default 1G)", .guest = true),
    OPT_SIZE("--stack", "SIZE", struct user_config, stack_size, 65536, UINT64_C(1) << 30,
             "Size of its stack (default 8M)", .guest = true),
    OPT_CHOICE("--engine", "precise|threaded", struct user_config, engine, engine_names,
               "How instructions are executed (default threaded)"),
    OPT_CALL("--engine-at", NULL, "EVENT:ENGINE", config_engine_at, NULL,
             "Change the engine at an event of --until; may be repeated"),
    OPT_SIZE("--code-cache", "SIZE", struct user_config, run.code_cache, 1 << 20,
             UINT64_C(1) << 34, "Host memory for decoded instructions (default 128M)"),
    OPT_COUNT("--clock", "HZ", struct user_config, run.clock_hz, 1000000, 100000000000,
              "Core cycles in a second of virtual time (default 1G)", .guest = true),
    OPT_COUNT("--cpi", "N", struct user_config, run.cpi, 1, 1000000,
              "Core cycles an instruction takes (default 1)", .guest = true),
    OPT_CALL("-rtc", NULL, "base=DATETIME", config_rtc, config_show_rtc,
             "Date at the start (default 2026-01-01T00:00:00)", .guest = true),

    OPT_GROUP("What the program is given, beside PROGRAM itself and standard input and output"),
    OPT_CALL("--root", NULL, "DIR", parse_root, NULL,
             "Its / is this directory, to be read"),
    OPT_CALL("--allow-read", NULL, "DIR[,at=PATH]", parse_read, NULL,
             "It may read this directory, at the same place or at PATH; may be repeated"),
    OPT_CALL("--allow-write", NULL, "DIR[,at=PATH]", parse_write, NULL,
             "It may also change this directory; may be repeated"),
    OPT_STRING("--cwd", "PATH", struct user_config, cwd,
               "Where it starts (default: the host's, if it was given, else /)", .guest = true),
    OPT_CALL("--env", NULL, "NAME=VALUE", parse_env, show_env,
             "Set a variable of its environment, which has PATH, HOME and TERM; may be repeated",
             .guest = true),

    OPT_GROUP("Recording and control"),
    OPT_CALL("--record", NULL, "FILE[,force]", config_record, config_show_record,
             "Leave a run database (SQLite); an existing file is replaced only if forced"),
    OPT_FLAG("--force", NULL, struct user_config, run.record_force, "As --record FILE,force"),
    OPT_COUNT("--interval", "N", struct user_config, run.interval, 1000, INT64_MAX,
              "Instructions in an interval of the time series (default 10M)", .guest = true),
    OPT_CALL("--until", NULL, "EVENT", config_until, NULL,
             "Stop at icount=N instructions, when console=TEXT has been printed, or at vtime=T of"
             " virtual time (1.5s, 200ms); may be repeated"),
    OPT_FLAG("--strace", NULL, struct user_config, strace,
             "Write each system call to standard error"),
    OPT_CHOICE("--log-level", "LEVEL", struct user_config, run.log_level, log_levels,
               "error, warning (the default), info or debug"),
    OPT_HELP(struct user_config, run.help),
    OPT_END,
};
/* clang-format on */

static const struct option_table user_table = {
    .command = "hornpipe user",
    .usage = "[OPTION]... -- PROGRAM [ARGUMENT]...",
    .intro = "Runs a static 64-bit Linux program, ELFv2 little-endian or ELFv1 big-endian, on a"
             " simulated POWER7 or POWER8. Its system calls are answered by the simulator; it sees"
             " no files but those it is given, no time but virtual time, and nothing that differs"
             " from one run to the next.",
    .options = user_options,
    .outro = "Exit status: the program's own; 128+N when signal N killed it, which is also told on"
             " standard error; 0 after --until; 1 after a failure here, 2 for wrong usage, 4 when"
             " the program waits for what can never come.",
};

struct visit {
    config_visit_fn *visit;
    void *ctx;
    const struct option *last;
    unsigned repeated;
};

static void visit_option(void *ctx, const struct option *option, const char *value)
{
    struct visit *const v = ctx;
    const char *name = option->name + strspn(option->name, "-");
    char numbered[64];
    v->repeated = option == v->last ? v->repeated + 1 : 0;
    v->last = option;
    if (v->repeated) {
        snprintf(numbered, sizeof numbered, "%s.%u", name, v->repeated);
        name = numbered;
    }
    v->visit(v->ctx, name, value, option->guest);
}

void user_config_visit(const struct user_config *config, config_visit_fn *visit, void *ctx)
{
    struct visit v = {.visit = visit, .ctx = ctx};
    options_visit(user_options, config, visit_option, &v);
}

static enum sim_status init(struct user_config *config)
{
    static const char *const fixed[] = {"PATH=/usr/bin:/bin", "HOME=/", "TERM=dumb"};
    *config =
        (struct user_config){.stack_size = UINT64_C(8) * CONFIG_MIB, .engine = ENGINE_THREADED};
    config_init(&config->run);
    config->run.machine.ram_size = UINT64_C(1024) * CONFIG_MIB;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        TRY(set_variable(config, fixed[i]));
    return STATUS_OK;
}

static enum sim_status check(const struct user_config *config, bool has_program)
{
    RETURN_IF(config->run.record_force && !config->run.record, STATUS_USAGE,
              "--force: only with --record");
    RETURN_IF(config->run.cpu_compat, STATUS_USAGE,
              "-cpu compat: only of 'hornpipe run'; a program runs on the processor itself");
    RETURN_IF(config->run.rtc_utc, STATUS_NOT_BUILT,
              "-rtc base=utc: a program's clock starts at a date that is told");
    RETURN_IF(config->stack_size % 65536 || config->stack_size > config->run.machine.ram_size / 2,
              STATUS_RANGE, "--stack: must be whole pages of 64K, and at most half of -m");
    RETURN_IF(!has_program, STATUS_USAGE, "PROGRAM is missing; usage: %s %s", user_table.command,
              user_table.usage);
    return STATUS_OK;
}

/* What stands before "--" is ours, what stands behind it the program's. */
static int parse(struct user_config *config, int argc, char **argv)
{
    int end = 2;
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    enum sim_status status = init(config);
    if (status == STATUS_OK)
        status = options_parse(&user_table, end - 2, argv + 2, config, &config->run.strings);
    if (status == STATUS_OK && config->run.help)
        options_help(&user_table, stdout);
    if (status == STATUS_OK && (config->run.help || config->run.list_only))
        return 0;
    if (status == STATUS_OK)
        status = check(config, end + 1 < argc);
    if (status != STATUS_OK)
        return cmd_usage_status(status);
    config->args = (const char *const *)argv + end + 1;
    return -1;
}

int cmd_user(int argc, char **argv)
{
    struct user_config config;
    int exit_status = parse(&config, argc, argv);
    if (exit_status < 0) {
        log_set_level(config.run.log_level);
        exit_status = user_execute(&config, argc, argv);
    }
    free(config.given);
    free(config.env);
    config_fini(&config.run);
    return exit_status;
}
