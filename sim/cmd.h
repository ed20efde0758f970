/* The subcommands. Each takes main()'s arguments whole and returns the process's exit status. */
#ifndef HORNPIPE_CMD_H
#define HORNPIPE_CMD_H

#include "base/status.h"

/* Exit statuses of a user's or host's error; a guest may choose others. */
enum { EXIT_HOST = 1, EXIT_USAGE = 2 };

/* The exit status for a failure to understand the command line (reported already). */
int cmd_usage_status(enum sim_status status);

int cmd_run(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_conform(int argc, char **argv);

#endif
