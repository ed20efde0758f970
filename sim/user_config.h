/* What `hornpipe user` was told: that of `run` which applies, and what the program is given. */
#ifndef HORNPIPE_USER_CONFIG_H
#define HORNPIPE_USER_CONFIG_H

#include "config.h"
#include "isa/engine.h"

/* A directory that the program gets. */
struct user_given {
    const char *option; /* "--allow-read" */
    const char *dir;    /* of the host */
    const char *at;     /* where the program sees it; NULL: where the host does */
    bool writable;
};

struct user_config {
    struct run_config run;    /* first: its parse functions are used */
    struct user_given *given; /* owned, in the order given */
    size_t given_count;
    const char **env; /* owned, NULL-ended: NAME=VALUE */
    size_t env_count;
    uint64_t stack_size;
    const char *cwd;
    bool strace;
    enum engine_kind engine;
    const char *const *args; /* NULL-ended, borrowed; PROGRAM is the first */
};

/* Runs the program to its end: the process's exit status. */
int user_execute(const struct user_config *config, int argc, char **argv);

/* The settings, as config_visit(). */
void user_config_visit(const struct user_config *config, config_visit_fn *visit, void *ctx);

#endif
