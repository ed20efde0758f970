/* hornpipe run: the command line, then the loop. */
#include "cmd.h"
#include "config.h"
#include "run.h"

/* Answers what needs no guest; -1 if there is one to run. */
static int answer(const struct run_config *config)
{
    if (config->help)
        config_help(stdout);
    else if (config->print_config && !config->list_only)
        config_print(config, stdout);
    return config->help || config->list_only || config->print_config ? 0 : -1;
}

int cmd_run(int argc, char **argv)
{
    struct run_config config;
    config_init(&config);
    const enum sim_status status = config_parse(&config, argc - 2, argv + 2);
    int exit_status = status == STATUS_OK ? answer(&config) : cmd_usage_status(status);
    if (exit_status < 0) {
        log_set_level(config.log_level);
        exit_status = run_execute(&config, argc, argv);
    }
    config_fini(&config);
    return exit_status;
}
