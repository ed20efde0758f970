#include "base/log.h"

#include <stdio.h>

static enum log_level current_level = LOG_WARNING;
static log_sink_fn *current_sink;
static void *current_ctx;

void log_set_level(enum log_level level)
{
    current_level = level;
}

enum log_level log_get_level(void)
{
    return current_level;
}

void log_set_sink(log_sink_fn *sink, void *ctx)
{
    current_sink = sink;
    current_ctx = ctx;
}

void log_vwrite(enum log_level level, const char *fmt, va_list args)
{
    static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
    char line[2048];
    if (level > current_level)
        return;
    vsnprintf(line, sizeof line, fmt, args);
    if (current_sink)
        current_sink(current_ctx, level, line);
    else
        fprintf(stderr, "hornpipe: %s%s\n", prefix[level], line);
}

void log_write(enum log_level level, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    log_vwrite(level, fmt, args);
    va_end(args);
}
