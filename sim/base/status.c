#include "base/status.h"

#include <assert.h>
#include <stdarg.h>

#include "base/log.h"

static const struct {
    const char *name, *sentence;
} errors[] = {
#define ERRDEF(name, sentence) {#name, sentence},
#include "base/errors.def"
#undef ERRDEF
};

const char *status_name(enum sim_status status)
{
    assert((unsigned)status < STATUS_COUNT);
    return errors[status].name;
}

const char *status_sentence(enum sim_status status)
{
    assert((unsigned)status < STATUS_COUNT);
    return errors[status].sentence;
}

enum sim_status status_fail(enum sim_status status, const char *fmt, ...)
{
    va_list args;
    assert(status != STATUS_OK);
    va_start(args, fmt);
    log_vwrite(LOG_ERROR, fmt, args);
    va_end(args);
    return status;
}
