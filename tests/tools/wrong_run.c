/*
 * hornpipe run with a handler of the threaded engine that is wrong: for tests of what the user is
 * told by --engine lockstep.
 *
 * usage: wrong_run (add|stb) OPTION...
 */
#include <stdio.h>

#include "../unit/wrong_handlers.h"
#include "config.h"
#include "run.h"

static int run(int argc, char **argv)
{
    struct run_config config;
    int status = 2;
    config_init(&config);
    if (config_parse(&config, argc - 2, argv + 2) == STATUS_OK)
        status = run_execute(&config, argc, argv);
    config_fini(&config);
    return status;
}

static const struct {
    const char *name;
    unsigned op;
    code_handler *handler;
} wrong[] = {
    {"add", ROW_ADD * 4, wrong_add},
    {"stb", ROW_STB * 4, wrong_stb},
};
static unsigned chosen;

/* In the place of isa_init() for all of the program (ld --wrap). */
void __real_isa_init(void);
void __wrap_isa_init(void);

void __wrap_isa_init(void)
{
    __real_isa_init();
    handler_replace(wrong[chosen].op, wrong[chosen].handler);
}

int main(int argc, char **argv)
{
    for (chosen = 0; argc > 1 && chosen < ARRAY_SIZE(wrong); chosen++)
        if (strcmp(argv[1], wrong[chosen].name) == 0)
            return run(argc, argv);
    fputs("usage: wrong_run (add|stb) OPTION...\n", stderr);
    return 2;
}
