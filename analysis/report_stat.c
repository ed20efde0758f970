/* `hornpipe stat`: the counts of a run. */
#include <inttypes.h>
#include <string.h>

#include "analysis.h"
#include "base/bits.h"
#include "base/log.h"
#include "report.h"

/* Of events_counted: "DEVICE@PLACE COUNTER". */
#define IS_OF_DEVICE "event LIKE '%@% %'"

struct totals {
    int64_t instructions, problem, supervisor;
    int64_t idle_cycles;
    int64_t branches, taken;
    struct report_host_time host;
};

static double percent(int64_t part, int64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static double mips(const struct run_reader_run *run, double seconds)
{
    return seconds > 0 ? (double)run->instructions / 1e6 / seconds : 0;
}

static enum sim_status read_totals(struct run_reader *reader, struct totals *totals)
{
    *totals = (struct totals){0};
    struct run_rows *rows = run_reader_query(
        reader, "SELECT coalesce(sum(instructions), 0), coalesce(sum(problem_instructions), 0), "
                "coalesce(sum(supervisor_instructions), 0), "
                "(SELECT coalesce(sum(idle_cycles), 0) FROM vcpu_total), "
                "(SELECT coalesce(sum(branch_instructions), 0) FROM branches), "
                "(SELECT coalesce(sum(taken_instructions), 0) FROM branches) "
                "FROM instructions_by_mnemonic");
    if (run_rows_next(rows)) {
        totals->instructions = run_rows_number(rows, 0);
        totals->problem = run_rows_number(rows, 1);
        totals->supervisor = run_rows_number(rows, 2);
        totals->idle_cycles = run_rows_number(rows, 3);
        totals->branches = run_rows_number(rows, 4);
        totals->taken = run_rows_number(rows, 5);
    }
    TRY(run_rows_end(rows));
    TRY(report_host_time(reader, &totals->host));
    const struct run_reader_run *run = run_reader_run(reader);
    if ((uint64_t)totals->instructions != run->instructions)
        log_warning("%s: %" PRId64 " instructions by mnemonic, but %" PRIu64 " completed",
                    run_reader_path(reader), totals->instructions, run->instructions);
    return STATUS_OK;
}

/* Text: one line a count. */

/* `of` is a noun, or NULL for a count that is a share of nothing. */
static void write_count(FILE *out, int64_t count, int indent, const char *what, int64_t whole,
                        const char *of)
{
    char digits[32];
    fprintf(out, "%20s  %*s", report_grouped(count, digits), indent, "");
    report_write_text(out, what);
    if (of) {
        const int pad = 30 - indent - (int)strnlen(what, 30);
        fprintf(out, "%*s # %6.2f %% of %s", pad, "", percent(count, whole), of);
    }
    fputc('\n', out);
}

/* Rows of (count, name), each with its share of `whole`. */
static enum sim_status write_table(FILE *out, struct run_reader *reader, const char *heading,
                                   const char *sql, int64_t whole, const char *of)
{
    struct run_rows *rows = run_reader_query(reader, sql);
    bool has_heading = false;
    while (run_rows_next(rows)) {
        if (!has_heading)
            fprintf(out, "\n %s:\n", heading);
        has_heading = true;
        write_count(out, run_rows_number(rows, 0), 0, run_rows_text(rows, 1), whole, of);
    }
    return run_rows_end(rows);
}

static enum sim_status write_accesses(FILE *out, struct run_reader *reader, const char *access,
                                      const char *heading, int64_t instructions)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT instructions, access_size_bytes, sum(instructions) OVER () "
             "FROM accesses_by_size WHERE access = '%s' ORDER BY access_size_bytes",
             access);
    struct run_rows *rows = run_reader_query(reader, sql);
    bool has_heading = false;
    while (run_rows_next(rows)) {
        const int64_t all = run_rows_number(rows, 2), size = run_rows_number(rows, 1);
        if (!has_heading)
            write_count(out, all, 0, heading, instructions, "instructions");
        has_heading = true;
        char what[48];
        if (run_rows_is_null(rows, 1))
            snprintf(what, sizeof what, "of no single size");
        else
            snprintf(what, sizeof what, "of %" PRId64 " byte%s", size, size == 1 ? "" : "s");
        write_count(out, run_rows_number(rows, 0), 2, what, all, heading);
    }
    return run_rows_end(rows);
}

static enum sim_status write_counts(FILE *out, struct run_reader *reader,
                                    const struct totals *totals)
{
    const struct run_reader_run *run = run_reader_run(reader);
    const int64_t instructions = totals->instructions;
    write_count(out, (int64_t)run->instructions, 0, "instructions", 0, NULL);
    write_count(out, totals->problem, 2, "problem state (user)", instructions, "instructions");
    write_count(out, totals->supervisor, 2, "supervisor (kernel)", instructions, "instructions");
    write_count(out, (int64_t)run->cycles, 0, "cycles", 0, NULL);
    /* Of all vCPUs, so its share is of as many times the cycles. */
    write_count(out, totals->idle_cycles, 2, "idle, all vCPUs", 0, NULL);
    TRY(write_accesses(out, reader, "load", "loads", instructions));
    TRY(write_accesses(out, reader, "store", "stores", instructions));
    write_count(out, totals->branches, 0, "branches", instructions, "instructions");
    write_count(out, totals->taken, 2, "taken", totals->branches, "branches");
    write_count(out, totals->branches - totals->taken, 2, "not taken", totals->branches,
                "branches");
    return STATUS_OK;
}

static enum sim_status write_tables(FILE *out, struct run_reader *reader,
                                    const struct totals *totals)
{
    const struct {
        const char *heading, *sql;
        bool is_share;
    } tables[] = {
        {"by class", "SELECT instructions, class FROM instructions_by_class", true},
        {"by mnemonic (the first 20)",
         "SELECT instructions, mnemonic FROM instructions_by_mnemonic LIMIT 20", true},
        {"interrupts", "SELECT interrupts, vector FROM interrupts", false},
        {"hypercalls", "SELECT calls, hcall FROM hcalls", false},
        {"RTAS calls", "SELECT calls, rtas_call FROM rtas_calls", false},
        {"events",
         "SELECT events, event FROM events_counted WHERE event <> '" RUN_DB_BRANCHES_TAKEN
         "' AND NOT " IS_OF_DEVICE,
         false},
        {"devices", "SELECT events, event FROM events_counted WHERE " IS_OF_DEVICE, false},
        {"instructions that are not implemented yet (each met so often)",
         "SELECT count, coalesce(mnemonic, 'word ' || first_word, 'other words') || "
         "', first at ' || first_address FROM missing_instruction ORDER BY count DESC, missing_id",
         false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        TRY(write_table(out, reader, tables[i].heading, tables[i].sql, totals->instructions,
                        tables[i].is_share ? "instructions" : NULL));
    return STATUS_OK;
}

static enum sim_status write_text(FILE *out, struct run_reader *reader, const struct totals *totals)
{
    const struct run_reader_run *run = run_reader_run(reader);
    fputs("\n Counts of '", out);
    report_write_text(out, run_reader_path(reader));
    fputs("', ", out);
    report_write_status(out, run);
    fputs(":\n\n", out);
    TRY(write_counts(out, reader, totals));
    TRY(write_tables(out, reader, totals));
    fprintf(out, "\n%20.9f  seconds of virtual time\n", report_virtual_seconds(run));
    fprintf(out, "%20.9f  seconds of host time         # %8.2f million instructions a second\n",
            totals->host.elapsed_seconds, mips(run, totals->host.elapsed_seconds));
    fprintf(out, "%20.9f  seconds of host CPU time     # %8.2f million instructions a second\n\n",
            totals->host.cpu_seconds, mips(run, totals->host.cpu_seconds));
    return STATUS_OK;
}

/* JSON: counts by name in objects. */

/* Rows of (count, name); a name that is not text is "varies". */
static enum sim_status json_table(struct json_out *json, struct run_reader *reader, const char *key,
                                  const char *sql)
{
    struct run_rows *rows = run_reader_query(reader, sql);
    json_open(json, key, '{');
    while (run_rows_next(rows))
        json_number(json, run_rows_is_null(rows, 1) ? "varies" : run_rows_text(rows, 1),
                    run_rows_number(rows, 0));
    json_close(json, '}');
    return run_rows_end(rows);
}

static enum sim_status json_vcpus(struct json_out *json, struct run_reader *reader)
{
    struct run_rows *rows = run_reader_query(
        reader, "SELECT vcpu_id, vcpu_total.instructions, idle_cycles, "
                "coalesce(sum(by.instructions) FILTER (WHERE privilege = 'problem'), 0), "
                "coalesce(sum(by.instructions) FILTER (WHERE privilege = 'supervisor'), 0) "
                "FROM vcpu_total LEFT JOIN instructions_by_privilege AS by USING (vcpu_id) "
                "GROUP BY vcpu_id ORDER BY vcpu_id");
    json_open(json, "vcpus", '[');
    while (run_rows_next(rows)) {
        json_open(json, NULL, '{');
        json_number(json, "vcpu", run_rows_number(rows, 0));
        json_number(json, "instructions", run_rows_number(rows, 1));
        json_number(json, "problem_instructions", run_rows_number(rows, 3));
        json_number(json, "supervisor_instructions", run_rows_number(rows, 4));
        json_number(json, "idle_cycles", run_rows_number(rows, 2));
        json_close(json, '}');
    }
    json_close(json, ']');
    return run_rows_end(rows);
}

static enum sim_status json_missing(struct json_out *json, struct run_reader *reader)
{
    struct run_rows *rows = run_reader_query(
        reader, "SELECT mnemonic, first_word, first_address, first_instructions, count "
                "FROM missing_instruction ORDER BY missing_id");
    json_open(json, "missing_instructions", '[');
    while (run_rows_next(rows)) {
        json_open(json, NULL, '{');
        for (int i = 0; i < run_rows_columns(rows); i++) {
            if (run_rows_is_null(rows, i))
                json_null(json, run_rows_name(rows, i));
            else if (run_rows_is_number(rows, i))
                json_number(json, run_rows_name(rows, i), run_rows_number(rows, i));
            else
                json_text(json, run_rows_name(rows, i), run_rows_text(rows, i));
        }
        json_close(json, '}');
    }
    json_close(json, ']');
    return run_rows_end(rows);
}

static void json_numbers(struct json_out *json, const struct run_reader_run *run,
                         const struct totals *totals)
{
    json_number(json, "instructions", (int64_t)run->instructions);
    json_number(json, "problem_instructions", totals->problem);
    json_number(json, "supervisor_instructions", totals->supervisor);
    json_number(json, "cycles", (int64_t)run->cycles);
    json_number(json, "idle_cycles", totals->idle_cycles);
    json_number(json, "clock_hz", (int64_t)run->clock_hz);
    json_real(json, "virtual_seconds", report_virtual_seconds(run), 9);
    json_number(json, "branches", totals->branches);
    json_number(json, "branches_taken", totals->taken);
    json_number(json, "branches_not_taken", totals->branches - totals->taken);
}

static enum sim_status write_json(FILE *out, struct run_reader *reader, const struct totals *totals)
{
    static const char *const tables[][2] = {
        {"loads_by_size_bytes", "SELECT instructions, access_size_bytes FROM accesses_by_size "
                                "WHERE access = 'load'"},
        {"stores_by_size_bytes", "SELECT instructions, access_size_bytes FROM accesses_by_size "
                                 "WHERE access = 'store'"},
        {"classes", "SELECT instructions, class FROM instructions_by_class"},
        {"mnemonics", "SELECT instructions, mnemonic FROM instructions_by_mnemonic"},
        {"interrupts", "SELECT interrupts, vector FROM interrupts"},
        {"hcalls", "SELECT calls, hcall FROM hcalls"},
        {"rtas_calls", "SELECT calls, rtas_call FROM rtas_calls"},
        {"events", "SELECT events, event FROM events_counted WHERE NOT " IS_OF_DEVICE},
        {"devices", "SELECT events, event FROM events_counted WHERE " IS_OF_DEVICE},
    };
    const struct run_reader_run *run = run_reader_run(reader);
    struct json_out json;
    json_begin(&json, out);
    json_open(&json, NULL, '{');
    report_json_run(&json, reader);
    json_numbers(&json, run, totals);
    TRY(json_vcpus(&json, reader));
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        TRY(json_table(&json, reader, tables[i][0], tables[i][1]));
    TRY(json_missing(&json, reader));
    json_open(&json, "host", '{');
    json_real(&json, "elapsed_seconds", totals->host.elapsed_seconds, 9);
    json_real(&json, "cpu_seconds", totals->host.cpu_seconds, 9);
    json_real(&json, "million_instructions_per_second", mips(run, totals->host.elapsed_seconds), 3);
    json_close(&json, '}');
    json_close(&json, '}');
    return STATUS_OK;
}

enum sim_status analysis_stat(const char *path, bool json, FILE *out)
{
    struct run_reader *reader;
    TRY(run_reader_open(path, &reader));
    struct totals totals;
    enum sim_status status = read_totals(reader, &totals);
    if (status == STATUS_OK)
        status = json ? write_json(out, reader, &totals) : write_text(out, reader, &totals);
    if (status == STATUS_OK)
        status = report_check_out(out);
    run_reader_close(reader);
    return status;
}
