/* What `hornpipe conform run` prints: text for people, or one JSON object. */
#include <inttypes.h>
#include <string.h>

#include "conform_run.h"
#include "isa/insn.h"

static const char *const verdict_names[] = {"equal", "differs-defined", "differs-undefined"};
_Static_assert(CONFORM_EQUAL == 0 && CONFORM_DIFFERS_DEFINED == 1 && CONFORM_DIFFERS_UNDEFINED == 2,
               "ORDER verdict_names");

static const char *const outcome_names[] = {"next", "branch", "interrupt"};
_Static_assert(CONFORM_NEXT == 0 && CONFORM_BRANCH == 1 && CONFORM_INTERRUPT == 2,
               "ORDER outcome_names");

enum { TEXT = 64, SHOWN_BYTES = 32, NAMED_ROWS = 60 };

/* -- One difference -- */

static void hex(uint64_t value, char out[TEXT])
{
    snprintf(out, TEXT, "0x%" PRIx64, value);
}

static void print_value(struct conform_run *run, const char *name, uint64_t value)
{
    char text[TEXT];
    hex(value, text);
    if (run->options->json)
        json_text(&run->json_out, name, text);
    else
        fprintf(run->out, " %s=%s", name, text);
}

static void begin_list(struct conform_run *run, const char *key)
{
    if (run->options->json)
        json_open(&run->json_out, key, '{');
    else
        fprintf(run->out, "    %s:", key);
}

static void end_list(struct conform_run *run)
{
    if (run->options->json)
        json_close(&run->json_out, '}');
    else
        fputc('\n', run->out);
}

static void print_values(struct conform_run *run, const char *key,
                         const struct conform_values *values)
{
    char name[TEXT];
    if (!values->count)
        return;
    begin_list(run, key);
    for (unsigned i = 0; i < values->count; i++)
        print_value(run, conform_register_name(conform_id(values, i), name, sizeof name),
                    conform_value(values, i));
    end_list(run);
}

static void print_chunks(struct conform_run *run, const char *key, const uint8_t **at,
                         unsigned count)
{
    if (!count)
        return;
    begin_list(run, key);
    for (unsigned i = 0; i < count; i++) {
        const struct conform_chunk c = conform_chunk_next(at);
        char name[TEXT], bytes[2 * SHOWN_BYTES + 4] = "";
        hex(c.address, name);
        for (uint32_t k = 0; k < c.length && k < SHOWN_BYTES; k++)
            snprintf(bytes + 2 * (size_t)k, 3, "%02x", c.bytes[k]);
        if (c.length > SHOWN_BYTES)
            memcpy(bytes + 2 * SHOWN_BYTES, "...", 4);
        if (run->options->json)
            json_text(&run->json_out, name, bytes);
        else
            fprintf(run->out, " [%s]=%s", name, bytes);
    }
    end_list(run);
}

static void wide_hex(const uint64_t value[2], bool wide, char out[TEXT])
{
    if (wide)
        snprintf(out, TEXT, "0x%016" PRIx64 "_%016" PRIx64, value[1], value[0]);
    else
        hex(value[0], out);
}

/* How the two values of a difference are called. */
static const char *const value_names[2][2] = {
    {"expected", "found"},
    {"precise", "threaded"},
};

static void print_difference(struct conform_run *run, const struct conform_difference *d,
                             const char *const names[2])
{
    char name[TEXT], expected[TEXT], found[TEXT];
    if (!d->name)
        snprintf(name, sizeof name, "[0x%" PRIx64 "]", d->address);
    else if (d->index == UINT32_MAX)
        snprintf(name, sizeof name, "%s", d->name);
    else
        snprintf(name, sizeof name, "%s[%" PRIu32 "]", d->name, d->index);
    wide_hex(d->expected, d->wide, expected);
    wide_hex(d->found, d->wide, found);
    if (!run->options->json) {
        fprintf(run->out, "    %s: %s %s, %s %s\n", name, names[0], expected, names[1], found);
        return;
    }
    json_open(&run->json_out, NULL, '{');
    json_text(&run->json_out, "what", name);
    json_text(&run->json_out, names[0], expected);
    json_text(&run->json_out, names[1], found);
    json_close(&run->json_out, '}');
}

static void print_from_vector(void *ctx, const struct conform_difference *d)
{
    print_difference(ctx, d, value_names[0]);
}

static void print_from_engine(void *ctx, const struct conform_difference *d)
{
    print_difference(ctx, d, value_names[1]);
}

/* Which of the engines the vector is for. */
static void print_engines(struct conform_run *run, const struct conform_pair *engines)
{
    begin_list(run, "engines");
    for (unsigned i = 0; i < 2; i++) {
        const char *const verdict = verdict_names[engines->verdict[i]];
        if (run->options->json)
            json_text(&run->json_out, value_names[1][i], verdict);
        else
            fprintf(run->out, " %s %s", value_names[1][i], verdict);
    }
    end_list(run);
}

static void print_head(struct conform_run *run, const char *row, const struct conform_vector *v,
                       enum conform_verdict verdict, const char *assembly)
{
    char word[TEXT], outcome[TEXT];
    hex(v->word, word);
    if (v->outcome == CONFORM_INTERRUPT)
        snprintf(outcome, sizeof outcome, "interrupt 0x%x", v->interrupt);
    else
        snprintf(outcome, sizeof outcome, "%s", outcome_names[v->outcome]);
    if (!run->options->json) {
        fprintf(run->out, "%s #%u %s: 0x%08x %s (%s, %s-bit), expected outcome: %s\n", row,
                v->index, verdict_names[verdict], v->word, assembly,
                v->msr & MSR_LE ? "little endian" : "big endian", v->msr & MSR_SF ? "64" : "32",
                outcome);
        return;
    }
    struct json_out *const j = &run->json_out;
    json_open(j, NULL, '{');
    json_text(j, "row", row);
    json_number(j, "vector", v->index);
    json_text(j, "verdict", verdict_names[verdict]);
    json_text(j, "word", word);
    json_text(j, "assembly", assembly);
    json_text(j, "outcome", outcome);
}

void conform_report_difference(struct conform_run *run, const char *row,
                               const struct conform_vector *v, enum conform_verdict verdict,
                               const struct conform_pair *engines)
{
    char assembly[128];
    if (run->shown >= run->options->max_differences)
        return;
    run->shown++;
    isa_disassemble(v->word, v->cia, assembly, sizeof assembly);
    print_head(run, row, v, verdict, assembly);
    begin_list(run, "at");
    print_value(run, "CIA", v->cia);
    print_value(run, "MSR", v->msr);
    end_list(run);
    const uint8_t *at = v->chunks;
    print_values(run, "inputs", &v->in);
    print_chunks(run, "memory", &at, v->chunks_in);
    print_values(run, "changes", &v->out);
    print_chunks(run, "stores", &at, v->chunks_out);
    print_values(run, "undefined", &v->undefined);
    if (engines)
        print_engines(run, engines);
    if (run->options->json)
        json_open(&run->json_out, "found", '[');
    if (engines)
        conform_pair_differences(run->machines, print_from_engine, run);
    else
        conform_machine_differences(run->machines, print_from_vector, run);
    if (run->options->json) {
        json_close(&run->json_out, ']');
        json_close(&run->json_out, '}');
    }
}

/* -- The whole run -- */

static uint64_t row_vectors(const struct conform_row *row)
{
    return row->verdicts[0] + row->verdicts[1] + row->verdicts[2];
}

static bool not_covered(const struct conform_run *run, const struct conform_row *row)
{
    return row->required && !row_vectors(row) && conform_chosen(run->options, row->name);
}

void conform_report_begin(struct conform_run *run)
{
    if (!run->options->json)
        return;
    struct json_out *const j = &run->json_out;
    json_begin(j, run->out);
    json_open(j, NULL, '{');
    json_text(j, "engine", run_engine_names[run->options->engine]);
    json_text(j, "cpu", run->model->name);
    json_open(j, "differences", '[');
}

static void end_json(struct conform_run *run, uint64_t missing)
{
    struct json_out *const j = &run->json_out;
    json_close(j, ']');
    json_open(j, "rows", '{');
    for (size_t i = 0; i < run->row_count; i++) {
        const struct conform_row *row = &run->rows[i];
        if (!row_vectors(row))
            continue;
        json_open(j, row->name, '{');
        for (unsigned k = 0; k < 3; k++)
            json_number(j, verdict_names[k], (int64_t)row->verdicts[k]);
        json_close(j, '}');
    }
    json_close(j, '}');
    json_open(j, "not-covered", '[');
    for (size_t i = 0; i < run->row_count; i++)
        if (not_covered(run, &run->rows[i]))
            json_text(j, NULL, run->rows[i].name);
    json_close(j, ']');
    json_open(j, "totals", '{');
    for (unsigned k = 0; k < 3; k++)
        json_number(j, verdict_names[k], (int64_t)run->verdicts[k]);
    json_number(j, "not-covered", (int64_t)missing);
    json_number(j, "other-cpus", (int64_t)run->other_cpus);
    json_number(j, "files", (int64_t)run->files);
    json_number(j, "complete", !run->failed && !run->signal);
    json_close(j, '}');
    json_close(j, '}');
}

static void end_text(struct conform_run *run, uint64_t missing, uint64_t covered)
{
    FILE *const out = run->out;
    for (size_t i = 0; i < run->row_count; i++) {
        const struct conform_row *row = &run->rows[i];
        if (row->verdicts[CONFORM_DIFFERS_DEFINED] + row->verdicts[CONFORM_DIFFERS_UNDEFINED])
            fprintf(out,
                    "%s: %" PRIu64 " equal, %" PRIu64 " differs-defined, %" PRIu64
                    " differs-undefined\n",
                    row->name, row->verdicts[0], row->verdicts[1], row->verdicts[2]);
    }
    fprintf(out, "%s, %s engine: %" PRIu64 " vectors of %" PRIu64 " rows in %" PRIu64 " files%s\n",
            run->model->name, run_engine_names[run->options->engine],
            run->verdicts[0] + run->verdicts[1] + run->verdicts[2], covered, run->files,
            run->signal || run->failed ? " (not all)" : "");
    for (unsigned k = 0; k < 3; k++)
        fprintf(out, "%-17s %10" PRIu64 "\n", verdict_names[k], run->verdicts[k]);
    fprintf(out, "%-17s %10" PRIu64 " rows", "not-covered", missing);
    for (size_t i = 0; i < run->row_count && missing <= NAMED_ROWS; i++)
        if (not_covered(run, &run->rows[i]))
            fprintf(out, " %s", run->rows[i].name);
    fputc('\n', out);
}

static void end_list_text(struct conform_run *run)
{
    for (size_t i = 0; i < run->row_count; i++)
        if (row_vectors(&run->rows[i]))
            fprintf(run->out, "%-12s %" PRIu64 "\n", run->rows[i].name, row_vectors(&run->rows[i]));
}

void conform_report_end(struct conform_run *run)
{
    uint64_t missing = 0, covered = 0;
    for (size_t i = 0; i < run->row_count; i++) {
        missing += not_covered(run, &run->rows[i]);
        covered += row_vectors(&run->rows[i]) != 0;
    }
    if (run->options->json)
        end_json(run, missing);
    else if (run->options->list)
        end_list_text(run);
    else
        end_text(run, missing, covered);
}
