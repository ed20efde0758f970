/*
 * hornpipe run, or conform run, with a threaded engine that adds wrongly where the sum is
 * SUM: for tests of what the user is told by --engine lockstep.
 *
 * usage: wrong_run SUM OPTION...
 *        wrong_run SUM conform|conform-json FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/wrong_handlers.h"
#include "config.h"
#include "conform_run.h"
#include "run.h"

/* In the place of isa_init() for all of the program (ld --wrap). */
void __real_isa_init(void);
void __wrap_isa_init(void);

void __wrap_isa_init(void)
{
    __real_isa_init();
    handler_replace(ROW_ADD * 4, wrong_add);
}

static int conform(const char *path, bool json)
{
    const struct conform_options options = {
        .cpu = "POWER8", .max_differences = 10, .engine = RUN_LOCKSTEP, .json = json};
    struct conform_run run;
    int status = 2;
    if (conform_run_init(&run, &options, stdout) == STATUS_OK) {
        conform_report_begin(&run);
        conform_run_path(&run, path);
        conform_report_end(&run);
        status = run.failed || run.verdicts[CONFORM_DIFFERS_DEFINED];
    }
    conform_run_fini(&run);
    return status;
}

int main(int argc, char **argv)
{
    struct run_config config;
    int status = 2;
    if (argc < 2) {
        fputs("usage: wrong_run SUM [conform|conform-json FILE | OPTION...]\n", stderr);
        return status;
    }
    wrong_sum = strtoull(argv[1], NULL, 0);
    if (argc == 4 && strcmp(argv[2], "conform") == 0)
        return conform(argv[3], false);
    if (argc == 4 && strcmp(argv[2], "conform-json") == 0)
        return conform(argv[3], true);
    config_init(&config);
    if (config_parse(&config, argc - 2, argv + 2) == STATUS_OK)
        status = run_execute(&config, argc, argv);
    config_fini(&config);
    return status;
}
