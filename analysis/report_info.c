/* `hornpipe info`: what a run was, and how it ended. */
#include <inttypes.h>
#include <stdlib.h>

#include "analysis.h"
#include "base/bits.h"
#include "canonical.h"
#include "report.h"

/* Numbers of things recorded, with the SQL that counts them. */
static const char *const amounts[][2] = {
    {"intervals", "SELECT count(*) FROM interval"},
    {"console_bytes", "SELECT coalesce(sum(length(bytes)), 0) FROM console"},
    {"inputs", "SELECT count(*) FROM input"},
    {"input_bytes", "SELECT coalesce(sum(length(bytes)), 0) FROM input"},
    {"events", "SELECT count(*) FROM event"},
    {"missing_instructions", "SELECT count(*) FROM missing_instruction"},
};

static const char configuration_sql[] = "SELECT key, value FROM configuration ORDER BY key";
static const char host_sql[] =
    "SELECT key, value FROM host_info UNION ALL SELECT * FROM ("
    "SELECT 'pid', CAST(pid AS TEXT) FROM host_progress UNION ALL "
    "SELECT 'started', strftime('%Y-%m-%dT%H:%M:%SZ', started_unix_ns / 1000000000, 'unixepoch') "
    "FROM host_progress UNION ALL "
    "SELECT 'last_commit', strftime('%Y-%m-%dT%H:%M:%SZ', updated_unix_ns / 1000000000, "
    "'unixepoch') FROM host_progress)";
static const char image_sql[] = "SELECT option, path, size_bytes, sha256 FROM image "
                                "LEFT JOIN host_image USING (image_id) ORDER BY image_id";
static const char event_sql[] =
    "SELECT at_instructions, at_cycles, kind, text FROM event ORDER BY event_id";

/* Text. */

static enum sim_status write_pairs(FILE *out, struct run_reader *reader, const char *heading,
                                   const char *sql)
{
    struct run_rows *rows = run_reader_query(reader, sql);
    bool has_heading = false;
    while (run_rows_next(rows)) {
        if (!has_heading)
            fprintf(out, "\n%s\n", heading);
        has_heading = true;
        fprintf(out, "  %-22s ", run_rows_text(rows, 0));
        report_write_text(out, run_rows_text(rows, 1));
        fputc('\n', out);
    }
    return run_rows_end(rows);
}

static enum sim_status write_images(FILE *out, struct run_reader *reader)
{
    struct run_rows *rows = run_reader_query(reader, image_sql);
    bool has_heading = false;
    while (run_rows_next(rows)) {
        if (!has_heading)
            fputs("\nimages\n", out);
        has_heading = true;
        fputs("  ", out);
        report_write_text(out, run_rows_text(rows, 0));
        fputc(' ', out);
        report_write_text(out, run_rows_text(rows, 1));
        fprintf(out, "\n    %" PRId64 " bytes, SHA-256 ", run_rows_number(rows, 2));
        report_write_text(out, run_rows_text(rows, 3));
        fputc('\n', out);
    }
    return run_rows_end(rows);
}

static enum sim_status write_events(FILE *out, struct run_reader *reader)
{
    struct run_rows *rows = run_reader_query(reader, event_sql);
    bool has_heading = false;
    while (run_rows_next(rows)) {
        if (!has_heading)
            fputs("\nevents (after so many instructions)\n", out);
        has_heading = true;
        char digits[32];
        fprintf(out, "%20s  ", report_grouped(run_rows_number(rows, 0), digits));
        report_write_text(out, run_rows_text(rows, 2));
        fputs(": ", out);
        report_write_text(out, run_rows_text(rows, 3));
        fputc('\n', out);
    }
    return run_rows_end(rows);
}

static enum sim_status read_amount(struct run_reader *reader, size_t i, int64_t *amount)
{
    struct run_rows *rows = run_reader_query(reader, amounts[i][1]);
    *amount = run_rows_next(rows) ? run_rows_number(rows, 0) : 0;
    return run_rows_end(rows);
}

static enum sim_status write_text(FILE *out, struct run_reader *reader)
{
    const struct run_reader_run *run = run_reader_run(reader);
    char digits[32];
    fputs("run database             ", out);
    report_write_text(out, run_reader_path(reader));
    fputs("\nstatus                   ", out);
    report_write_status(out, run);
    fprintf(out, "\ninstructions             %s\n",
            report_grouped((int64_t)run->instructions, digits));
    fprintf(out, "cycles                   %s\n", report_grouped((int64_t)run->cycles, digits));
    fprintf(out, "virtual_seconds          %.9f\n", report_virtual_seconds(run));
    if (run->state_hash[0]) {
        fputs("state_hash               ", out);
        report_write_text(out, run->state_hash);
        fputc('\n', out);
    }
    for (size_t i = 0; i < ARRAY_SIZE(amounts); i++) {
        int64_t amount;
        TRY(read_amount(reader, i, &amount));
        fprintf(out, "%-24s %s\n", amounts[i][0], report_grouped(amount, digits));
    }
    TRY(write_pairs(out, reader, "configuration", configuration_sql));
    TRY(write_images(out, reader));
    TRY(write_pairs(out, reader, "host", host_sql));
    TRY(write_events(out, reader));
    return STATUS_OK;
}

/* JSON. */

static enum sim_status json_pairs(struct json_out *json, struct run_reader *reader, const char *key,
                                  const char *sql)
{
    struct run_rows *rows = run_reader_query(reader, sql);
    json_open(json, key, '{');
    while (run_rows_next(rows))
        json_text(json, run_rows_text(rows, 0), run_rows_text(rows, 1));
    json_close(json, '}');
    return run_rows_end(rows);
}

static enum sim_status json_rows(struct json_out *json, struct run_reader *reader, const char *key,
                                 const char *sql)
{
    struct run_rows *rows = run_reader_query(reader, sql);
    json_open(json, key, '[');
    while (run_rows_next(rows)) {
        json_open(json, NULL, '{');
        for (int i = 0; i < run_rows_columns(rows); i++) {
            if (run_rows_is_number(rows, i))
                json_number(json, run_rows_name(rows, i), run_rows_number(rows, i));
            else
                json_text(json, run_rows_name(rows, i), run_rows_text(rows, i));
        }
        json_close(json, '}');
    }
    json_close(json, ']');
    return run_rows_end(rows);
}

static enum sim_status write_json(FILE *out, struct run_reader *reader)
{
    const struct run_reader_run *run = run_reader_run(reader);
    struct json_out json;
    json_begin(&json, out);
    json_open(&json, NULL, '{');
    report_json_run(&json, reader);
    json_number(&json, "instructions", (int64_t)run->instructions);
    json_number(&json, "cycles", (int64_t)run->cycles);
    json_number(&json, "clock_hz", (int64_t)run->clock_hz);
    json_real(&json, "virtual_seconds", report_virtual_seconds(run), 9);
    json_text(&json, "state_hash", run->state_hash);
    json_open(&json, "recorded", '{');
    for (size_t i = 0; i < ARRAY_SIZE(amounts); i++) {
        int64_t amount;
        TRY(read_amount(reader, i, &amount));
        json_number(&json, amounts[i][0], amount);
    }
    json_close(&json, '}');
    TRY(json_pairs(&json, reader, "configuration", configuration_sql));
    TRY(json_rows(&json, reader, "images", image_sql));
    TRY(json_rows(&json, reader, "events", event_sql));
    TRY(json_pairs(&json, reader, "host", host_sql));
    json_close(&json, '}');
    return STATUS_OK;
}

enum sim_status analysis_info(const char *path, bool json, bool canonical, FILE *out)
{
    struct run_reader *reader;
    TRY(run_reader_open(path, &reader));
    enum sim_status status;
    if (canonical)
        status = canonical_dump(reader, out);
    else
        status = json ? write_json(out, reader) : write_text(out, reader);
    if (status == STATUS_OK)
        status = report_check_out(out);
    run_reader_close(reader);
    return status;
}
