/* The canonical dump. Internal to analysis. */
#ifndef HORNPIPE_ANALYSIS_CANONICAL_H
#define HORNPIPE_ANALYSIS_CANONICAL_H

#include <stdio.h>

#include "trace/run_reader.h"

enum sim_status canonical_dump(struct run_reader *reader, FILE *out);

/* Printable ASCII as it is, all else as \xNN, \t, \n, \r and \\. */
void canonical_write_bytes(FILE *out, const void *bytes, size_t length);

#endif
