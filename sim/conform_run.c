#include "conform_run.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "isa/insn.h"
#include "terminal.h"

enum { ROWS_MAX = 8192, GLOB_LENGTH = 64 };

/* -- Which rows -- */

/* Calls `visit` for each piece of a comma list until it returns false; false then. */
typedef bool glob_fn(void *ctx, const char *glob);

static bool for_each_glob(const char *list, glob_fn *visit, void *ctx)
{
    char glob[GLOB_LENGTH];
    while (*list) {
        const size_t n = strcspn(list, ",");
        snprintf(glob, sizeof glob, "%.*s", (int)(n < GLOB_LENGTH ? n : GLOB_LENGTH), list);
        if (n && !visit(ctx, glob))
            return false;
        list += n + (list[n] == ',');
    }
    return true;
}

static bool does_not_match(void *ctx, const char *glob)
{
    return fnmatch(glob, ctx, 0) != 0;
}

bool conform_chosen(const struct conform_options *options, const char *row)
{
    return !options->rows || !for_each_glob(options->rows, does_not_match, (void *)(uintptr_t)row);
}

static bool glob_is_known(void *ctx, const char *glob)
{
    const struct conform_run *run = ctx;
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    nearest_init(&nearest, glob);
    for (size_t i = 0; i < run->row_count; i++) {
        if (fnmatch(glob, run->rows[i].name, 0) == 0)
            return true;
        nearest_consider(&nearest, run->rows[i].name);
    }
    status_fail(STATUS_UNKNOWN, "--rows: no instruction matches '%s'%s", glob,
                nearest_hint(&nearest, "", hint, sizeof hint));
    return false;
}

static struct conform_row *add_row(struct conform_run *run, const char *name)
{
    if (run->row_count == run->row_room) {
        const size_t room = run->row_room ? run->row_room * 2 : 1024;
        struct conform_row *rows =
            room <= ROWS_MAX ? realloc(run->rows, room * sizeof *rows) : NULL;
        if (!rows)
            return NULL;
        run->rows = rows;
        run->row_room = room;
    }
    struct conform_row *row = &run->rows[run->row_count++];
    *row = (struct conform_row){.required = false};
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

static struct conform_row *find_row(struct conform_run *run, const char *name)
{
    for (size_t i = 0; i < run->row_count; i++)
        if (strcmp(run->rows[i].name, name) == 0)
            return &run->rows[i];
    return add_row(run, name);
}

/* -- Setting up -- */

static enum sim_status find_cpu(struct conform_run *run, const char *name)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    run->model = cpu_model_find(name);
    if (run->model)
        return STATUS_OK;
    nearest_init(&nearest, name);
    for (const struct cpu_model *m = cpu_models; m->name; m++)
        nearest_consider(&nearest, m->name);
    return status_fail(STATUS_UNKNOWN, "--cpu: unknown processor model '%s'%s", name,
                       nearest_hint(&nearest, "", hint, sizeof hint));
}

enum sim_status conform_run_init(struct conform_run *run, const struct conform_options *options,
                                 FILE *out)
{
    *run = (struct conform_run){.options = options, .out = out};
    TRY(find_cpu(run, options->cpu));
    for (unsigned i = ROW_INVALID + 1; i < ISA_ROW_COUNT; i++) {
        struct conform_row *row = find_row(run, isa_rows[i].mnemonic);
        RETURN_IF(!row, STATUS_NO_MEMORY, "no memory for the table of rows");
        row->required |= isa_row_exists(&isa_rows[i], run->model->level);
    }
    if (options->rows && !for_each_glob(options->rows, glob_is_known, run))
        return STATUS_UNKNOWN;
    const unsigned count = options->engine == RUN_LOCKSTEP ? 2 : 1;
    run->machines = calloc(count, sizeof *run->machines);
    RETURN_IF(!run->machines, STATUS_NO_MEMORY, "no memory for a machine");
    run->machine_count = count;
    for (unsigned i = 0; i < count; i++) {
        const bool threaded = i == 1 || options->engine == RUN_THREADED;
        TRY(conform_machine_init(&run->machines[i], run->model));
        TRY(engine_select(run->machines[i].cpu, threaded ? ENGINE_THREADED : ENGINE_PRECISE));
    }
    return STATUS_OK;
}

void conform_run_fini(struct conform_run *run)
{
    for (unsigned i = 0; i < run->machine_count; i++)
        conform_machine_fini(&run->machines[i]);
    free(run->machines);
    free(run->rows);
    run->machines = NULL;
    run->machine_count = 0;
    run->rows = NULL;
}

/* -- Running -- */

/* By the engine or both: what differs between engines is wrong also where the book does not say. */
static enum sim_status run_vector(struct conform_run *run, const struct conform_reader *r,
                                  const struct conform_vector *v, enum conform_memory memory,
                                  enum conform_verdict *verdict)
{
    struct conform_pair pair = {.differs = false};
    if (run->machine_count == 1) {
        TRY(conform_machine_run(run->machines, r, v, memory, verdict));
    } else {
        TRY(conform_machine_run_pair(run->machines, r, v, memory, &pair));
        *verdict = pair.differs ? CONFORM_DIFFERS_DEFINED : pair.verdict[0];
    }
    if (*verdict != CONFORM_EQUAL)
        conform_report_difference(run, r->row, v, *verdict, pair.differs ? &pair : NULL);
    return STATUS_OK;
}

static enum sim_status run_block(struct conform_run *run, struct conform_reader *r,
                                 struct conform_row *row, enum conform_memory memory)
{
    const unsigned cpu_bit = run->model->level >= ISA_207 ? CONFORM_POWER8 : CONFORM_POWER7;
    struct conform_vector v;
    bool end;
    for (;;) {
        enum conform_verdict verdict;
        TRY(conform_reader_next(r, &v, &end));
        if (end)
            return STATUS_OK;
        if (!(v.cpus & cpu_bit)) {
            run->other_cpus++;
            continue;
        }
        TRY(run_vector(run, r, &v, memory, &verdict));
        row->verdicts[verdict]++;
        run->verdicts[verdict]++;
    }
}

static bool windows_are_base(const struct conform_run *run)
{
    for (unsigned i = 0; i < run->machine_count; i++)
        if (!conform_machine_window_is_base(&run->machines[i]))
            return false;
    return true;
}

/* A block whose vectors look right near what they name may have changed other memory. */
static enum sim_status run_block_surely(struct conform_run *run, struct conform_reader *r,
                                        struct conform_row *row)
{
    const struct conform_row before = *row;
    const uint64_t other_cpus = run->other_cpus;
    TRY(run_block(run, r, row, CONFORM_NEAR_CHUNKS));
    if (windows_are_base(run))
        return STATUS_OK;
    for (unsigned i = 0; i < 3; i++)
        run->verdicts[i] -= row->verdicts[i] - before.verdicts[i];
    *row = before;
    run->other_cpus = other_cpus;
    for (unsigned i = 0; i < run->machine_count; i++)
        run->machines[i].memory_dirty = true;
    conform_reader_rewind_block(r);
    return run_block(run, r, row, CONFORM_WHOLE_WINDOW);
}

static enum sim_status count_block(struct conform_reader *r, struct conform_row *row)
{
    struct conform_vector v;
    bool end;
    do {
        TRY(conform_reader_next(r, &v, &end));
        row->verdicts[CONFORM_EQUAL] += !end;
    } while (!end);
    return STATUS_OK;
}

static enum sim_status run_blocks(struct conform_run *run, struct conform_reader *r)
{
    bool end;
    for (unsigned i = 0; i < run->machine_count; i++)
        TRY(conform_machine_base(&run->machines[i], r));
    for (;;) {
        run->signal = terminal_end_signal();
        if (run->signal)
            return STATUS_OK;
        TRY(conform_reader_block(r, &end));
        if (end)
            return STATUS_OK;
        if (!conform_chosen(run->options, r->row)) {
            r->vectors_read += r->block_vectors;
            continue;
        }
        struct conform_row *row = find_row(run, r->row);
        RETURN_IF(!row, STATUS_FORMAT, "%s: more rows than there can be", r->name);
        TRY(run->options->list ? count_block(r, row) : run_block_surely(run, r, row));
    }
}

static void run_file(struct conform_run *run, const char *path)
{
    struct conform_reader reader;
    FILE *file = fopen(path, "rb");
    if (!file) {
        status_fail(STATUS_NO_FILE, "%s: %s", path, strerror(errno));
        run->failed = true;
        return;
    }
    enum sim_status status = conform_reader_open(&reader, file, path);
    if (status == STATUS_OK) {
        run->files++;
        status = run_blocks(run, &reader);
        conform_reader_close(&reader);
    }
    run->failed |= status != STATUS_OK;
    fclose(file);
}

static int is_vector_file(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);
    return n > 4 && strcmp(entry->d_name + n - 4, ".hpv") == 0;
}

static void run_directory(struct conform_run *run, const char *path)
{
    struct dirent **names;
    const int count = scandir(path, &names, is_vector_file, alphasort);
    if (count <= 0) {
        status_fail(STATUS_NO_FILE, "%s: %s", path,
                    count < 0 ? strerror(errno) : "no vector files (*.hpv)");
        run->failed = true;
    }
    for (int i = 0; i < count; i++) {
        char full[4096];
        const int n = snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
        if (n < 0 || (size_t)n >= sizeof full)
            run->failed = true;
        else if (!run->signal)
            run_file(run, full);
        free(names[i]);
    }
    if (count >= 0)
        free((void *)names);
}

void conform_run_path(struct conform_run *run, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        status_fail(STATUS_NO_FILE, "%s: %s", path, strerror(errno));
        run->failed = true;
    } else if (S_ISDIR(st.st_mode)) {
        run_directory(run, path);
    } else {
        run_file(run, path);
    }
}
