/* A run from its configuration to the process's exit status. */
#ifndef HORNPIPE_RUN_H
#define HORNPIPE_RUN_H

struct run_config;

/*
 * Runs what `config` describes until it ends; argc and argv are main()'s, for the record. Returns
 * the exit status of the process: enum loop_exit (loop.h), the guest's own, or 128+N after signal
 * N.
 */
int run_execute(const struct run_config *config, int argc, char **argv);

#endif
