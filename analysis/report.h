/* What the reports share. Internal to analysis. */
#ifndef HORNPIPE_ANALYSIS_REPORT_H
#define HORNPIPE_ANALYSIS_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "json_out.h"
#include "trace/run_reader.h"

/* A count with separators for thousands; `buffer` has at least 32 bytes. */
const char *report_grouped(int64_t count, char buffer[32]);

/* Text from a file for a terminal: control characters become \xNN; UTF-8 stays. */
void report_write_text(FILE *out, const char *text);

/* "file", "status", "exit_code" and "reason". */
void report_json_run(struct json_out *json, const struct run_reader *reader);

/* "complete (poweroff), exit code 0", "killed", ... */
void report_write_status(FILE *out, const struct run_reader_run *run);

/* Seconds of virtual time; 0 if the clock is unknown. */
double report_virtual_seconds(const struct run_reader_run *run);

struct report_host_time {
    double elapsed_seconds, cpu_seconds;
};
enum sim_status report_host_time(struct run_reader *reader, struct report_host_time *time);

/* Whether everything could be written to `out`; reports it if not. */
enum sim_status report_check_out(FILE *out);

#endif
