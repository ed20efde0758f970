/* What people look at: reports from run databases. Reads files only; links no engine. */
#ifndef HORNPIPE_ANALYSIS_ANALYSIS_H
#define HORNPIPE_ANALYSIS_ANALYSIS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"

/* `hornpipe stat`: the counts of a run in the style of perf stat, or as one JSON object. */
enum sim_status analysis_stat(const char *path, bool json, FILE *out);

/*
 * `hornpipe info`: what the run was and how it ended. With `canonical` instead a stable dump of
 * everything that must be equal when a run is repeated, one row a line, nothing host-side.
 */
enum sim_status analysis_info(const char *path, bool json, bool canonical, FILE *out);

#endif
