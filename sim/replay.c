#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "trace/run_reader.h"

/* Not the guest's: a replay may be cut into other intervals, and stopped elsewhere. */
static bool may_differ(const char *name, const char *value)
{
    static const char stop[] = ":stop";
    const size_t length = value ? strlen(value) : 0;
    if (strcmp(name, "interval") == 0)
        return true;
    return strncmp(name, "at", strcspn(name, ".")) == 0 && length >= sizeof stop - 1 &&
           strcmp(value + length - (sizeof stop - 1), stop) == 0;
}

struct comparison {
    const char *path;
    struct run_reader *reader;
    const char *wanted; /* looking for this name only, and `found` */
    bool found;
    enum sim_status status;
};

static void compare_setting(void *ctx, const char *name, const char *value, bool guest)
{
    struct comparison *const c = ctx;
    if (!guest || may_differ(name, value) || c->status != STATUS_OK)
        return;
    char *const recorded = run_reader_config(c->reader, name);
    const char *const ours = value ? value : REPLAY_FLAG_VALUE;
    if (!recorded)
        c->status = status_fail(STATUS_MISMATCH, "--replay %s: was recorded without %s %s", c->path,
                                name, ours);
    else if (strcmp(recorded, ours) != 0)
        c->status = status_fail(STATUS_MISMATCH, "--replay %s: was recorded with %s %s, not %s",
                                c->path, name, recorded, ours);
    free(recorded);
}

static void find_setting(void *ctx, const char *name, const char *value, bool guest)
{
    struct comparison *const c = ctx;
    (void)value;
    if (guest && strcmp(name, c->wanted) == 0)
        c->found = true;
}

/* Both ways: what this run has must be recorded so, what is recorded must be in this run. */
static enum sim_status compare_config(const char *path, struct run_reader *reader,
                                      const struct run_config *config)
{
    struct comparison c = {.path = path, .reader = reader};
    config_visit(config, compare_setting, &c);
    TRY(c.status);
    struct run_rows *const rows =
        run_reader_query(reader, "SELECT key, value FROM configuration ORDER BY key");
    while (run_rows_next(rows)) {
        c.wanted = run_rows_text(rows, 0);
        c.found = may_differ(c.wanted, run_rows_text(rows, 1));
        config_visit(config, find_setting, &c);
        if (!c.found && c.status == STATUS_OK)
            c.status = status_fail(STATUS_MISMATCH, "--replay %s: was recorded with %s %s", path,
                                   c.wanted, run_rows_text(rows, 1));
    }
    const enum sim_status status = run_rows_end(rows);
    return c.status != STATUS_OK ? c.status : status;
}

static enum sim_status load_inputs(struct replay *replay, struct run_reader *reader)
{
    struct run_reader_input *inputs;
    size_t count;
    TRY(run_reader_inputs(reader, &inputs, &count));
    enum sim_status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = replay_add(replay, inputs[i].icount, inputs[i].cycle, inputs[i].source,
                            inputs[i].bytes, inputs[i].length);
    run_reader_free_inputs(inputs, count);
    return status;
}

enum sim_status replay_load(struct replay *replay, const char *path,
                            const struct run_config *config)
{
    struct run_reader *reader;
    *replay = (struct replay){0};
    TRY(run_reader_open(path, &reader));
    enum sim_status status = compare_config(path, reader, config);
    if (status == STATUS_OK)
        status = load_inputs(replay, reader);
    run_reader_close(reader);
    if (status != STATUS_OK)
        replay_fini(replay);
    return status;
}

static const struct pseries_image *find_image(const struct pseries_image *images, size_t count,
                                              const char *option)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(images[i].option, option) == 0)
            return &images[i];
    return NULL;
}

enum sim_status replay_check_images(const char *path, const struct pseries_image *images,
                                    size_t count)
{
    struct run_reader *reader;
    enum sim_status status = STATUS_OK;
    size_t same = 0;
    TRY(run_reader_open(path, &reader));
    struct run_rows *const rows = run_reader_query(reader, "SELECT option, sha256 FROM image");
    while (run_rows_next(rows)) {
        const char *const option = run_rows_text(rows, 0);
        const struct pseries_image *const image = find_image(images, count, option);
        if (image && strcmp(image->sha256, run_rows_text(rows, 1)) == 0)
            same++;
        else if (status == STATUS_OK)
            status = status_fail(STATUS_MISMATCH, "--replay %s: was recorded with another %s file",
                                 path, option);
    }
    const enum sim_status end = run_rows_end(rows);
    run_reader_close(reader);
    TRY(status);
    TRY(end);
    RETURN_IF(same != count, STATUS_MISMATCH, "--replay %s: was recorded with fewer images", path);
    return STATUS_OK;
}

enum sim_status replay_add(struct replay *replay, uint64_t icount, uint64_t cycle,
                           const char *source, const void *bytes, size_t size)
{
    struct replay_input *const grown = realloc(replay->inputs, (replay->count + 1) * sizeof *grown);
    if (grown) {
        replay->inputs = grown;
        grown[replay->count] =
            (struct replay_input){.icount = icount, .cycle = cycle, .size = size};
        struct replay_input *const input = &grown[replay->count++];
        input->source = strdup(source);
        input->bytes = malloc(size + 1);
        if (input->source && input->bytes) {
            if (size > 0)
                memcpy(input->bytes, bytes, size);
            input->bytes[size] = 0;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_NO_MEMORY, "--replay: no memory for its inputs");
}

void replay_fini(struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        free(replay->inputs[i].source);
        free(replay->inputs[i].bytes);
    }
    free(replay->inputs);
    *replay = (struct replay){0};
}

const struct replay_input *replay_next(const struct replay *replay)
{
    return replay->next < replay->count ? &replay->inputs[replay->next] : NULL;
}

void replay_advance(struct replay *replay)
{
    replay->next++;
}

uint64_t replay_next_icount(const struct replay *replay)
{
    const struct replay_input *const input = replay_next(replay);
    return input ? input->icount : REPLAY_NEVER;
}

uint64_t replay_next_cycle(const struct replay *replay, uint64_t icount)
{
    const struct replay_input *const input = replay_next(replay);
    return input && input->icount == icount ? input->cycle : REPLAY_NEVER;
}
