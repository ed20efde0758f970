/*
 * The time series: counters summed into the few columns that are worth a row in each interval,
 * as differences, without the zeros (at most 1 MB for 1000 intervals).
 */
#include <stdlib.h>
#include <string.h>

#include "run_db_internal.h"

static void out_of_memory(struct run_writer *writer)
{
    run_writer_fail(writer, SQLITE_NOMEM, "cannot be written");
}

/* The slot of (kind, name); a new one if there is none yet; -1: out of memory. */
static int find_slot(struct run_series *series, const char *kind, const char *name)
{
    for (unsigned i = 0; i < series->slot_count; i++) {
        if (strcmp(series->slots[i].kind, kind) == 0 && strcmp(series->slots[i].name, name) == 0)
            return (int)i;
    }
    if (series->slot_count == series->slot_room) {
        const unsigned room = series->slot_room ? series->slot_room * 2 : 64;
        struct run_slot *grown = realloc(series->slots, room * sizeof *grown);
        if (!grown)
            return -1;
        series->slots = grown;
        series->slot_room = room;
    }
    char *copy = strdup(name);
    if (!copy)
        return -1;
    series->slots[series->slot_count] = (struct run_slot){kind, copy};
    return (int)series->slot_count++;
}

void run_series_add_counter(struct run_writer *writer, const struct run_message *message)
{
    struct run_series *series = &writer->series;
    if (series->counter_count == series->counter_room) {
        const unsigned room = series->counter_room ? series->counter_room * 2 : 1024;
        struct run_series_of *grown = realloc(series->of_counter, room * sizeof *grown);
        if (!grown) {
            out_of_memory(writer);
            return;
        }
        series->of_counter = grown;
        series->counter_room = room;
    }
    const bool is_instruction = message->number[0] == RUN_DB_INSTRUCTION;
    const char *class_name = message->text[1] ? message->text[1] : "other";
    const int slot = is_instruction
                         ? find_slot(series, "class", class_name)
                         : find_slot(series, run_kind_names[message->number[0]], message->text[0]);
    const bool is_branch = message->number[3];
    const int branch_slot = is_branch ? find_slot(series, "branches", "completed") : -1;
    if (slot < 0 || (is_branch && branch_slot < 0)) {
        out_of_memory(writer);
        return;
    }
    series->of_counter[series->counter_count++] =
        (struct run_series_of){(unsigned)slot, branch_slot};
}

void run_series_start(struct run_writer *writer)
{
    struct run_series *series = &writer->series;
    series->vcpu_count = writer->vcpu_count;
    const size_t columns = (size_t)series->vcpu_count * series->slot_count + 1;
    series->now = calloc(columns * RUN_DB_PRIVILEGES, sizeof *series->now);
    series->before = calloc(columns * RUN_DB_PRIVILEGES, sizeof *series->before);
    series->series_id = calloc(columns, sizeof *series->series_id);
    series->found = calloc(columns, sizeof *series->found);
    series->idle_before = calloc(series->vcpu_count, sizeof *series->idle_before);
    if (!series->now || !series->before || !series->series_id || !series->found ||
        !series->idle_before)
        out_of_memory(writer);
}

/* `counts` is [vcpu][privilege][counter]. */
static void sum_slots(struct run_series *series, const uint64_t *counts)
{
    const unsigned rows = series->vcpu_count * RUN_DB_PRIVILEGES;
    memset(series->now, 0, (size_t)rows * series->slot_count * sizeof *series->now);
    for (unsigned row = 0; row < rows; row++) {
        uint64_t *now = series->now + (size_t)row * series->slot_count;
        for (unsigned i = 0; i < series->counter_count; i++, counts++) {
            const struct run_series_of *of = &series->of_counter[i];
            now[of->slot] += *counts;
            if (of->branch_slot >= 0)
                now[of->branch_slot] += *counts;
        }
    }
}

/* The id of a series, which gets its row when it first has something to count. */
static int64_t need_series(struct run_writer *writer, unsigned vcpu, unsigned slot)
{
    struct run_series *series = &writer->series;
    int64_t *series_id = &series->series_id[(size_t)vcpu * series->slot_count + slot];
    if (!*series_id) {
        *series_id = ++series->series_rows;
        sqlite3_stmt *row = run_writer_statement(writer, RUN_SQL_SERIES);
        run_bind_number(row, 1, (uint64_t)*series_id);
        run_bind_text(row, 2, series->slots[slot].kind);
        run_bind_text(row, 3, series->slots[slot].name);
        run_bind_number(row, 4, vcpu);
        run_writer_step(writer, row);
    }
    return *series_id;
}

static int by_series_id(const void *a, const void *b)
{
    const int64_t x = ((const struct run_series_count *)a)->series_id;
    const int64_t y = ((const struct run_series_count *)b)->series_id;
    return (x > y) - (x < y);
}

static void find_counts(struct run_writer *writer)
{
    struct run_series *series = &writer->series;
    const size_t slots = series->slot_count;
    series->found_count = 0;
    for (unsigned vcpu = 0; vcpu < series->vcpu_count; vcpu++) {
        for (unsigned slot = 0; slot < slots; slot++) {
            struct run_series_count *found = &series->found[series->found_count];
            uint64_t any = 0;
            for (unsigned privilege = 0; privilege < RUN_DB_PRIVILEGES; privilege++) {
                const size_t cell = (vcpu * RUN_DB_PRIVILEGES + privilege) * slots + slot;
                found->count[privilege] = series->now[cell] - series->before[cell];
                series->before[cell] = series->now[cell];
                any |= found->count[privilege];
            }
            if (any) {
                found->series_id = need_series(writer, vcpu, slot);
                series->found_count++;
            }
        }
    }
}

/* In the order of the table's key: rows that are appended in it fill their pages. */
static void write_counts(struct run_writer *writer)
{
    struct run_series *series = &writer->series;
    qsort(series->found, series->found_count, sizeof *series->found, by_series_id);
    for (size_t i = 0; i < series->found_count; i++) {
        sqlite3_stmt *row = run_writer_statement(writer, RUN_SQL_INTERVAL_COUNT);
        run_bind_number(row, 1, (uint64_t)series->intervals);
        run_bind_number(row, 2, (uint64_t)series->found[i].series_id);
        run_bind_number(row, 3, series->found[i].count[RUN_DB_PROBLEM]);
        run_bind_number(row, 4, series->found[i].count[RUN_DB_SUPERVISOR]);
        run_writer_step(writer, row);
    }
}

static void write_idle(struct run_writer *writer, const uint64_t *idle_cycles)
{
    struct run_series *series = &writer->series;
    for (unsigned vcpu = 0; vcpu < series->vcpu_count; vcpu++) {
        const uint64_t idle = idle_cycles[vcpu] - series->idle_before[vcpu];
        series->idle_before[vcpu] = idle_cycles[vcpu];
        if (idle == 0)
            continue;
        sqlite3_stmt *row = run_writer_statement(writer, RUN_SQL_INTERVAL_IDLE);
        run_bind_number(row, 1, (uint64_t)series->intervals);
        run_bind_number(row, 2, vcpu);
        run_bind_number(row, 3, idle);
        run_writer_step(writer, row);
    }
}

void run_series_interval(struct run_writer *writer, const struct run_message *message)
{
    struct run_series *series = &writer->series;
    const uint64_t icount = message->number[0], cycle = message->number[1];
    if (icount == series->icount_before && cycle == series->cycle_before)
        return; /* the end of the run, on an interval's border */
    series->icount_before = icount;
    series->cycle_before = cycle;
    sqlite3_stmt *interval = run_writer_statement(writer, RUN_SQL_INTERVAL);
    run_bind_number(interval, 1, (uint64_t)++series->intervals);
    run_bind_number(interval, 2, icount);
    run_bind_number(interval, 3, cycle);
    run_writer_step(writer, interval);
    const uint64_t *idle_cycles = message->array + series->vcpu_count;
    sum_slots(series, idle_cycles + series->vcpu_count);
    find_counts(writer);
    write_counts(writer);
    write_idle(writer, idle_cycles);
}

void run_series_fini(struct run_series *series)
{
    for (unsigned i = 0; i < series->slot_count; i++)
        free((char *)series->slots[i].name);
    free(series->slots);
    free(series->of_counter);
    free(series->now);
    free(series->before);
    free(series->series_id);
    free(series->idle_before);
    free(series->found);
}
