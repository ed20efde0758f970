/*
 * The canonical dump: everything in a run database that must be equal, byte for byte, when the
 * same run is made again (contract 3). Ids are left out wherever a name says more.
 */
#include "canonical.h"

#include <inttypes.h>

#include "base/bits.h"

static const struct {
    const char *table;
    const char *sql;
} parts[] = {
    {"run", "SELECT status, exit_code, reason, instructions, cycles, clock_hz, "
            "interval_instructions, state_hash FROM run"},
    {"configuration", "SELECT key, value FROM configuration ORDER BY key"},
    {"image", "SELECT image_id, option, size_bytes, sha256 FROM image ORDER BY image_id"},
    {"vcpu", "SELECT vcpu_id, model FROM vcpu ORDER BY vcpu_id"},
    {"vcpu_total", "SELECT vcpu_id, instructions, idle_cycles FROM vcpu_total ORDER BY vcpu_id"},
    {"counter_total",
     "SELECT counter_id, counter.kind, counter.name, class, access, access_size_bytes, is_branch, "
     "vcpu_id, privilege.name AS privilege, count FROM counter_total JOIN counter USING "
     "(counter_id) JOIN privilege USING (privilege_id) ORDER BY counter_id, vcpu_id, "
     "privilege_id"},
    {"interval", "SELECT interval_id, end_instructions, end_cycles FROM interval "
                 "ORDER BY interval_id"},
    {"interval_count",
     "SELECT interval_id, kind, name, vcpu_id, problem_count, supervisor_count FROM "
     "interval_count JOIN series USING (series_id) ORDER BY interval_id, series_id"},
    {"interval_idle", "SELECT interval_id, vcpu_id, idle_cycles FROM interval_idle "
                      "ORDER BY interval_id, vcpu_id"},
    {"console", "SELECT vty, first_instructions, first_cycles, last_instructions, last_cycles, "
                "bytes FROM console ORDER BY console_id"},
    {"input", "SELECT at_instructions, at_cycles, source, bytes FROM input ORDER BY input_id"},
    {"event", "SELECT at_instructions, at_cycles, kind, text FROM event ORDER BY event_id"},
    {"missing_instruction", "SELECT mnemonic, first_word, first_address, first_instructions, "
                            "count FROM missing_instruction ORDER BY missing_id"},
};

void canonical_write_bytes(FILE *out, const void *bytes, size_t length)
{
    const unsigned char *s = bytes;
    for (size_t i = 0; i < length; i++) {
        switch (s[i]) {
        case '\n':
            fputs("\\n", out);
            break;
        case '\r':
            fputs("\\r", out);
            break;
        case '\t':
            fputs("\\t", out);
            break;
        case '\\':
            fputs("\\\\", out);
            break;
        default:
            if (s[i] >= 0x20 && s[i] < 0x7f)
                fputc(s[i], out);
            else
                fprintf(out, "\\x%02x", s[i]);
        }
    }
}

static void write_row(struct run_rows *rows, FILE *out)
{
    const int columns = run_rows_columns(rows);
    for (int i = 0; i < columns; i++) {
        if (i > 0)
            fputc('\t', out);
        size_t length;
        if (run_rows_is_null(rows, i)) {
            fputs("\\N", out);
        } else if (run_rows_is_number(rows, i)) {
            fprintf(out, "%" PRId64, run_rows_number(rows, i));
        } else {
            const void *bytes = run_rows_bytes(rows, i, &length);
            canonical_write_bytes(out, bytes, length);
        }
    }
    fputc('\n', out);
}

enum sim_status canonical_dump(struct run_reader *reader, FILE *out)
{
    fputs("hornpipe run database, schema 1\n", out);
    for (size_t part = 0; part < ARRAY_SIZE(parts); part++) {
        struct run_rows *rows = run_reader_query(reader, parts[part].sql);
        bool has_heading = false;
        while (run_rows_next(rows)) {
            if (!has_heading) {
                fprintf(out, "[%s]", parts[part].table);
                for (int i = 0; i < run_rows_columns(rows); i++)
                    fprintf(out, "%c%s", i ? '\t' : ' ', run_rows_name(rows, i));
                fputc('\n', out);
                has_heading = true;
            }
            write_row(rows, out);
        }
        TRY(run_rows_end(rows));
    }
    return STATUS_OK;
}
