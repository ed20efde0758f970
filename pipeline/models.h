/* The pipeline models that this version has (contract 6). */
#ifndef HORNPIPE_PIPELINE_MODELS_H
#define HORNPIPE_PIPELINE_MODELS_H

#include "base/status.h"

/* STATUS_OK for "none"; STATUS_NOT_BUILT or STATUS_UNKNOWN, reported, for any other --model. */
enum sim_status pipeline_model_check(const char *name);

#endif
