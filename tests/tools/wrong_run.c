/*
 * hornpipe run with a threaded engine that adds wrongly where the sum is SUM: for tests of what the
 * user is told by --engine lockstep.
 *
 * usage: wrong_run SUM OPTION...
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/wrong_handlers.h"
#include "config.h"
#include "run.h"

/* In the place of isa_init() for all of the program (ld --wrap). */
void __real_isa_init(void);
void __wrap_isa_init(void);

void __wrap_isa_init(void)
{
    __real_isa_init();
    handler_replace(ROW_ADD * 4, wrong_add);
}

int main(int argc, char **argv)
{
    struct run_config config;
    int status = 2;
    if (argc < 2) {
        fputs("usage: wrong_run SUM OPTION...\n", stderr);
        return status;
    }
    wrong_sum = strtoull(argv[1], NULL, 0);
    config_init(&config);
    if (config_parse(&config, argc - 2, argv + 2) == STATUS_OK)
        status = run_execute(&config, argc, argv);
    config_fini(&config);
    return status;
}
