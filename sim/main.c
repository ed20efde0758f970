/* The program: finds the subcommand. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "cmd.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* NULL: not built yet */
    const char *help;
};

static const struct command commands[] = {
    {"run", cmd_run, "Run a guest, as qemu-system-ppc64 would, and record what happens"},
    {"stat", cmd_stat, "Print the statistics of a recorded run"},
    {"info", cmd_info, "Say what a recorded run was and how it ended"},
    {"conform", cmd_conform, "Run conformance vectors: is every instruction what the book says?"},
    {"user", cmd_user, "Run a static Linux program, its system calls answered here"},
    {"report", NULL, NULL},
    {"trace", NULL, NULL},
    {"sql", NULL, NULL},
    {"diff", NULL, NULL},
    {"checkpoint", NULL, NULL},
    {"sample", NULL, NULL},
    {"validate", NULL, NULL},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    fputs("Usage: hornpipe COMMAND [OPTION]...\n"
          "       hornpipe COMMAND --help\n"
          "\n"
          "A cycle-accounting full-system simulator of POWER8 pseries machines.\n"
          "\n"
          "Commands:\n",
          out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].run)
            fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    }
    fputs("\nNot built yet:", out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (!commands[i].run)
            fprintf(out, " %s", commands[i].name);
    }
    fputs("\n"
          "\n"
          "Options:\n"
          "  --help     Print this help\n"
          "  --version  Print the version\n"
          "\n"
          "Example: boot Linux, then look at what it did\n"
          "  hornpipe run -m 1G -nographic -kernel vmlinux -initrd initrd.gz \\\n"
          "      -append console=hvc0 --record boot.db\n"
          "  hornpipe stat boot.db\n",
          out);
}

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    nearest_init(&nearest, name);
    nearest_consider(&nearest, "--help");
    nearest_consider(&nearest, "--version");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].run)
            nearest_consider(&nearest, commands[i].name);
    }
    log_error("unknown %s '%s'%s", name[0] == '-' ? "option" : "command", name,
              nearest_hint(&nearest, "", hint, sizeof hint));
    return EXIT_USAGE;
}

int cmd_usage_status(enum sim_status status)
{
    return status == STATUS_NO_MEMORY ? EXIT_HOST : EXIT_USAGE;
}

static bool is_one_of(const char *arg, const char *const *names)
{
    while (*names && strcmp(*names, arg) != 0)
        names++;
    return *names != NULL;
}

static int dispatch(int argc, char **argv)
{
    static const char *const help[] = {"--help", "-help", "-h", "help", NULL};
    static const char *const version[] = {"--version", "-version", "version", NULL};
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (is_one_of(argv[1], help)) {
        print_help(stdout);
        return 0;
    }
    if (is_one_of(argv[1], version)) {
        printf("hornpipe %s\n", HORNPIPE_VERSION);
        return 0;
    }

    const struct command *const command = find_command(argv[1]);
    if (!command)
        return unknown_command(argv[1]);
    if (!command->run) {
        log_error("%s: not built yet; 'hornpipe --help' lists what is", command->name);
        return EXIT_USAGE;
    }
    return command->run(argc, argv);
}

int main(int argc, char **argv)
{
    const int status = dispatch(argc, argv);
    /* What was printed may still be on its way, or may have failed to go anywhere. */
    const bool failed = ferror(stdout) != 0;
    if (fflush(stdout) != 0 || failed) {
        log_error("standard output: %s", errno ? strerror(errno) : "writing failed");
        return status ? status : EXIT_HOST;
    }
    return status;
}
