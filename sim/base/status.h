/*
 * Failures of the user or the host (never the guest's, never our own bugs).
 * A function that can fail so returns enum sim_status. The place that detects the failure
 * reports it once, with status_fail(); callers pass the code on.
 */
#ifndef HORNPIPE_BASE_STATUS_H
#define HORNPIPE_BASE_STATUS_H

enum sim_status {
#define ERRDEF(name, sentence) STATUS_##name,
#include "base/errors.def"
#undef ERRDEF
    STATUS_COUNT
};

/* The code's name ("NO_FIT") and its sentence; never NULL. */
const char *status_name(enum sim_status status);
const char *status_sentence(enum sim_status status);

/* Reports one error through log_error() and returns `status` (which is not STATUS_OK). */
enum sim_status status_fail(enum sim_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Leaves the function with `status` after reporting it if `cond` holds. */
#define RETURN_IF(cond, status, ...)                                                               \
    do {                                                                                           \
        if (cond)                                                                                  \
            return status_fail(status, __VA_ARGS__);                                               \
    } while (0)

/* Passes a failure on; it has been reported already. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const enum sim_status try_status_ = (call);                                                \
        if (try_status_ != STATUS_OK)                                                              \
            return try_status_;                                                                    \
    } while (0)

#endif
