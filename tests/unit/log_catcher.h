/* Keeps the last message of the log, so that a test can see what a user would read. */
#ifndef HORNPIPE_TESTS_LOG_CATCHER_H
#define HORNPIPE_TESTS_LOG_CATCHER_H

#include <stdio.h>

#include "base/log.h"

struct log_catcher {
    char line[2048];
    unsigned count; /* messages so far */
};

static void log_catcher_sink(void *ctx, enum log_level level, const char *line)
{
    struct log_catcher *const c = ctx;
    (void)level;
    snprintf(c->line, sizeof c->line, "%s", line);
    c->count++;
}

/* From now on messages go to `c`, which is emptied. */
static inline void log_catcher_start(struct log_catcher *c)
{
    *c = (struct log_catcher){.count = 0};
    log_set_sink(log_catcher_sink, c);
}

static inline void log_catcher_stop(void)
{
    log_set_sink(NULL, NULL);
}

#endif
