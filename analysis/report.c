#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char *report_grouped(int64_t count, char buffer[32])
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRId64, count);
    char *out = buffer;
    for (int i = 0; i < length; i++) {
        *out++ = digits[i];
        const int left = length - 1 - i;
        if (left > 0 && left % 3 == 0 && digits[i] != '-')
            *out++ = ',';
    }
    *out = '\0';
    return buffer;
}

void report_write_text(FILE *out, const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        if (*s < 0x20 || *s == 0x7f)
            fprintf(out, "\\x%02x", *s);
        else
            fputc(*s, out);
    }
}

void report_json_run(struct json_out *json, const struct run_reader *reader)
{
    const struct run_reader_run *run = run_reader_run(reader);
    json_text(json, "file", run_reader_path(reader));
    json_text(json, "status", run->status_name);
    if (run->has_exit_code)
        json_number(json, "exit_code", run->exit_code);
    else
        json_null(json, "exit_code");
    json_text(json, "reason", run->reason);
}

void report_write_status(FILE *out, const struct run_reader_run *run)
{
    fputs(run->status_name, out);
    if (run->reason[0]) {
        fputs(": ", out);
        report_write_text(out, run->reason);
    }
    if (run->has_exit_code)
        fprintf(out, " (exit code %" PRId64 ")", run->exit_code);
    else if (run->status == RUN_DB_KILLED)
        fputs(" (what it did after its last commit is not recorded)", out);
}

double report_virtual_seconds(const struct run_reader_run *run)
{
    return run->clock_hz ? (double)run->cycles / (double)run->clock_hz : 0;
}

enum sim_status report_host_time(struct run_reader *reader, struct report_host_time *time)
{
    *time = (struct report_host_time){0};
    struct run_rows *rows =
        run_reader_query(reader, "SELECT elapsed_ns, cpu_ns FROM host_progress LIMIT 1");
    if (run_rows_next(rows)) {
        time->elapsed_seconds = (double)run_rows_number(rows, 0) / 1e9;
        time->cpu_seconds = (double)run_rows_number(rows, 1) / 1e9;
    }
    return run_rows_end(rows);
}

enum sim_status report_check_out(FILE *out)
{
    RETURN_IF(fflush(out) != 0 || ferror(out), STATUS_IO, "the report cannot be written: %s",
              strerror(errno));
    return STATUS_OK;
}
