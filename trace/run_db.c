/* The writer's calls: they fill messages; the thread that answers them lives here too. */
#include "run_db.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "run_db_internal.h"

/* What was met without an implementation, kept on the caller's side: it may be frequent. */
struct run_missing {
    char *mnemonic;
    bool has_word, dirty;
    uint32_t word;
    uint64_t address, icount, count;
};

/* Who noticed the failure first; the writer's own account of it does not change after that. */
enum run_db_failure { FAILED_NOT, FAILED_WRITER, FAILED_MEMORY };

struct run_db {
    struct run_db_file file;
    struct run_queue queue;
    pthread_t thread;
    struct run_writer writer;
    atomic_bool wants_totals;
    atomic_int failed; /* enum run_db_failure */
    bool failure_reported;
    unsigned vcpu_count, counter_count;
    struct run_missing missing[RUN_DB_MISSING_MAX + 1];
    unsigned missing_count;
};

static void set_failed(struct run_db *db, enum run_db_failure failure)
{
    int expected = FAILED_NOT;
    atomic_compare_exchange_strong(&db->failed, &expected, failure);
}

/* The thread. */

/* Applies all that was queued; the end of the run, if it is among it, is returned. */
static struct run_message *apply_list(struct run_db *db, struct run_message *list)
{
    struct run_writer *writer = &db->writer;
    struct run_message *end = NULL;
    bool commit = false;
    while (list) {
        struct run_message *next = list->next;
        if (writer->rc == SQLITE_OK)
            run_writer_apply(writer, list);
        commit |= list->type == RUN_MESSAGE_TOTALS || list->type == RUN_MESSAGE_END ||
                  list->type == RUN_MESSAGE_MACHINE;
        if (writer->rc == SQLITE_OK && run_writer_is_large(writer)) {
            run_writer_commit(writer);
            atomic_store(&db->wants_totals, true);
        }
        if (list->type == RUN_MESSAGE_END)
            end = list; /* it is run_db_finish()'s own */
        else
            free(list);
        list = next;
    }
    const int64_t now = run_clock_ns(CLOCK_MONOTONIC);
    commit |= writer->in_transaction && now - writer->begun_ns >= RUN_DB_COMMIT_NS;
    commit |= now - writer->committed_ns >= RUN_DB_HEARTBEAT_S * INT64_C(1000000000);
    if (commit && writer->rc == SQLITE_OK)
        run_writer_commit(writer);
    if (writer->rc != SQLITE_OK)
        set_failed(db, FAILED_WRITER);
    return end;
}

static void *run_writer_thread(void *context)
{
    struct run_db *db = context;
    struct run_writer *writer = &db->writer;
    struct run_message *end = NULL;
    int64_t totals_ns = run_clock_ns(CLOCK_MONOTONIC) + RUN_DB_COMMIT_NS;
    while (!end) {
        int64_t deadline = totals_ns;
        if (writer->in_transaction && writer->begun_ns + RUN_DB_COMMIT_NS < deadline)
            deadline = writer->begun_ns + RUN_DB_COMMIT_NS;
        end = apply_list(db, run_queue_take(&db->queue, deadline));
        const int64_t now = run_clock_ns(CLOCK_MONOTONIC);
        if (now >= totals_ns) {
            atomic_store(&db->wants_totals, true);
            totals_ns = now + RUN_DB_COMMIT_NS;
        }
    }
    if (writer->rc == SQLITE_OK && atomic_load(&db->failed) != FAILED_NOT)
        run_writer_fail(writer, SQLITE_NOMEM, "cannot be written");
    if (writer->rc != SQLITE_OK) {
        run_db_file_release_reserve(&db->file);
        const int exit_code = (int)(int64_t)end->number[1];
        run_writer_record_failure(writer, exit_code ? exit_code : 1);
    }
    return NULL;
}

/* Signals are for the thread that runs the guest. */
static int start_thread(struct run_db *db)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&db->thread, NULL, run_writer_thread, db);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

enum sim_status run_db_create(const struct run_db_open_options *options, struct run_db **out)
{
    *out = NULL;
    struct run_db *db = calloc(1, sizeof *db);
    RETURN_IF(!db, STATUS_NO_MEMORY, "--record %s: out of memory", options->path);
    enum sim_status status = run_db_file_create(&db->file, options);
    if (status != STATUS_OK)
        goto fail_file;
    status = run_writer_open(&db->writer, &db->file);
    if (status != STATUS_OK) {
        status_fail(status, "--record %s: %s", options->path, db->writer.failure);
        goto fail_open;
    }
    run_queue_init(&db->queue);
    if (start_thread(db) != 0) {
        status =
            status_fail(STATUS_NO_MEMORY, "--record %s: no thread for the writer", options->path);
        goto fail_thread;
    }
    *out = db;
    return STATUS_OK;

fail_thread:
    run_queue_fini(&db->queue);
fail_open:
    run_writer_close(&db->writer);
    run_db_file_close(&db->file);
fail_file:
    free(db);
    return status;
}

/* The caller's side. */

static size_t length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

/* An empty message with texts (NULL where there is none); NULL if there is no memory for it. */
static struct run_message *new_message(struct run_db *db, enum run_message_type type,
                                       const char *first, const char *second, const char *third)
{
    const void *const text[3] = {first, second, third};
    const size_t length[3] = {length_of(first), length_of(second), length_of(third)};
    struct run_message *message = run_message_new(type, text, length, 0);
    if (!message)
        set_failed(db, FAILED_MEMORY);
    return message;
}

static void put(struct run_db *db, struct run_message *message)
{
    /* Once the file cannot be written, nothing waits for it. */
    if (message && atomic_load_explicit(&db->failed, memory_order_relaxed))
        free(message);
    else if (message)
        run_queue_put(&db->queue, message);
}

void run_db_config(struct run_db *db, const char *key, const char *value)
{
    put(db, new_message(db, RUN_MESSAGE_CONFIG, key, value, NULL));
}

void run_db_host(struct run_db *db, const char *key, const char *value)
{
    put(db, new_message(db, RUN_MESSAGE_HOST, key, value, NULL));
}

void run_db_image(struct run_db *db, const struct run_db_image *image)
{
    struct run_message *message =
        new_message(db, RUN_MESSAGE_IMAGE, image->option, image->path, image->sha256);
    if (!message)
        return;
    message->number[0] = image->size_bytes;
    put(db, message);
}

void run_db_machine(struct run_db *db, const struct run_db_machine *machine)
{
    assert(db->vcpu_count == 0 && machine->vcpu_count >= 1);
    atomic_store(&db->wants_totals, true);
    db->vcpu_count = machine->vcpu_count;
    db->counter_count = machine->counter_count;
    for (unsigned i = 0; i < machine->counter_count; i++) {
        const struct run_db_counter *counter = &machine->counters[i];
        assert(counter->kind < RUN_DB_KINDS && counter->access <= RUN_DB_STORE);
        struct run_message *message =
            new_message(db, RUN_MESSAGE_COUNTER, counter->name, counter->class_name, NULL);
        if (!message)
            return;
        message->number[0] = counter->kind;
        message->number[1] = counter->access;
        message->number[2] = counter->size_bytes;
        message->number[3] = counter->is_branch;
        put(db, message);
    }
    struct run_message *message =
        new_message(db, RUN_MESSAGE_MACHINE, machine->vcpu_model, NULL, NULL);
    if (!message)
        return;
    message->number[0] = machine->vcpu_count;
    message->number[1] = machine->counter_count;
    message->number[2] = machine->clock_hz;
    message->number[3] = machine->interval_instructions;
    put(db, message);
}

static size_t count_cells(unsigned vcpu_count, unsigned counter_count)
{
    return (size_t)vcpu_count * RUN_DB_PRIVILEGES * counter_count;
}

enum sim_status run_db_snapshot_init(struct run_db_snapshot *snapshot, unsigned vcpu_count,
                                     unsigned counter_count)
{
    *snapshot = (struct run_db_snapshot){
        .vcpu_count = vcpu_count,
        .counter_count = counter_count,
        .vcpu_icount = calloc(vcpu_count, sizeof(uint64_t)),
        .vcpu_idle_cycles = calloc(vcpu_count, sizeof(uint64_t)),
        .counts = calloc(count_cells(vcpu_count, counter_count) + 1, sizeof(uint64_t)),
    };
    if (snapshot->vcpu_icount && snapshot->vcpu_idle_cycles && snapshot->counts)
        return STATUS_OK;
    run_db_snapshot_fini(snapshot);
    return status_fail(STATUS_NO_MEMORY, "--record: no memory for the counters");
}

void run_db_snapshot_fini(struct run_db_snapshot *snapshot)
{
    free(snapshot->vcpu_icount);
    free(snapshot->vcpu_idle_cycles);
    free(snapshot->counts);
    *snapshot = (struct run_db_snapshot){0};
}

static void put_snapshot(struct run_db *db, enum run_message_type type,
                         const struct run_db_snapshot *snapshot)
{
    assert(db->vcpu_count != 0 && snapshot->vcpu_count == db->vcpu_count &&
           snapshot->counter_count == db->counter_count);
    const size_t vcpus = db->vcpu_count, cells = count_cells(db->vcpu_count, db->counter_count);
    struct run_message *message =
        run_message_new(type, (const void *const[3]){0}, (const size_t[3]){0}, 2 * vcpus + cells);
    if (!message) {
        set_failed(db, FAILED_MEMORY);
        return;
    }
    message->number[0] = snapshot->icount;
    message->number[1] = snapshot->cycle;
    memcpy(message->array, snapshot->vcpu_icount, vcpus * sizeof(uint64_t));
    memcpy(message->array + vcpus, snapshot->vcpu_idle_cycles, vcpus * sizeof(uint64_t));
    memcpy(message->array + 2 * vcpus, snapshot->counts, cells * sizeof(uint64_t));
    put(db, message);
}

void run_db_interval(struct run_db *db, const struct run_db_snapshot *snapshot)
{
    put_snapshot(db, RUN_MESSAGE_INTERVAL, snapshot);
}

bool run_db_wants_totals(const struct run_db *db)
{
    return atomic_load_explicit(&db->wants_totals, memory_order_relaxed);
}

static void put_missing(struct run_db *db)
{
    for (unsigned i = 0; i < db->missing_count; i++) {
        struct run_missing *missing = &db->missing[i];
        if (!missing->dirty)
            continue;
        missing->dirty = false;
        struct run_message *message =
            new_message(db, RUN_MESSAGE_MISSING, missing->mnemonic, NULL, NULL);
        if (!message)
            return;
        const uint64_t number[] = {i + 1,           missing->has_word,
                                   missing->word,   missing->address,
                                   missing->icount, missing->count};
        memcpy(message->number, number, sizeof number);
        put(db, message);
    }
}

void run_db_totals(struct run_db *db, const struct run_db_snapshot *snapshot)
{
    atomic_store_explicit(&db->wants_totals, false, memory_order_relaxed);
    put_missing(db);
    put_snapshot(db, RUN_MESSAGE_TOTALS, snapshot);
}

static void put_bytes(struct run_db *db, enum run_message_type type, const uint64_t number[3],
                      const char *name, const void *bytes, size_t n)
{
    const void *const text[3] = {name ? name : bytes, name ? bytes : NULL};
    const size_t length[3] = {name ? strlen(name) : n, n};
    struct run_message *message = run_message_new(type, text, length, 0);
    if (!message) {
        set_failed(db, FAILED_MEMORY);
        return;
    }
    memcpy(message->number, number, 3 * sizeof number[0]);
    put(db, message);
}

void run_db_console(struct run_db *db, uint64_t icount, uint64_t cycle, uint32_t vty,
                    const void *bytes, size_t n)
{
    if (n > 0)
        put_bytes(db, RUN_MESSAGE_CONSOLE, (const uint64_t[3]){icount, cycle, vty}, NULL, bytes, n);
}

void run_db_input(struct run_db *db, uint64_t icount, uint64_t cycle, const char *source,
                  const void *bytes, size_t n)
{
    put_bytes(db, RUN_MESSAGE_INPUT, (const uint64_t[3]){icount, cycle}, source, n ? bytes : "", n);
}

void run_db_event(struct run_db *db, uint64_t icount, uint64_t cycle, const char *kind,
                  const char *text)
{
    struct run_message *message = new_message(db, RUN_MESSAGE_EVENT, kind, text, NULL);
    if (!message)
        return;
    message->number[0] = icount;
    message->number[1] = cycle;
    put(db, message);
}

/* The entry for this instruction; a known mnemonic is one entry whatever its operands are. */
static struct run_missing *find_missing(struct run_db *db, const char *mnemonic, uint32_t word)
{
    for (unsigned i = 0; i < db->missing_count; i++) {
        struct run_missing *missing = &db->missing[i];
        if (!missing->has_word)
            return missing;
        const bool same_kind = !mnemonic == !missing->mnemonic;
        if (same_kind &&
            (mnemonic ? strcmp(mnemonic, missing->mnemonic) == 0 : word == missing->word))
            return missing;
    }
    return NULL;
}

void run_db_missing(struct run_db *db, const char *mnemonic, uint32_t word, uint64_t address,
                    uint64_t icount)
{
    struct run_missing *missing = find_missing(db, mnemonic, word);
    const bool is_new = !missing;
    if (is_new) {
        const bool is_rest = db->missing_count == RUN_DB_MISSING_MAX;
        missing = &db->missing[db->missing_count++];
        *missing = (struct run_missing){
            .mnemonic = mnemonic && !is_rest ? strdup(mnemonic) : NULL,
            .has_word = !is_rest,
            .word = word,
            .address = address,
            .icount = icount,
        };
    }
    missing->count++;
    missing->dirty = true;
    if (is_new)
        put_missing(db);
}

bool run_db_failed(struct run_db *db)
{
    const int failed = atomic_load_explicit(&db->failed, memory_order_acquire);
    if (failed == FAILED_NOT || db->failure_reported)
        return failed != FAILED_NOT;
    db->failure_reported = true;
    if (failed == FAILED_WRITER)
        status_fail(db->writer.status, "--record %s: %s", db->file.shown_path, db->writer.failure);
    else
        status_fail(STATUS_NO_MEMORY, "--record %s: cannot be written", db->file.shown_path);
    return true;
}

enum sim_status run_db_finish(struct run_db *db, const struct run_db_end *end)
{
    if (!db)
        return STATUS_OK;
    assert(end->status != RUN_DB_RUNNING);
    if (end->snapshot && db->vcpu_count) {
        run_db_totals(db, end->snapshot);
        run_db_interval(db, end->snapshot);
    }
    put_missing(db);
    struct run_message message = {
        .type = RUN_MESSAGE_END,
        .size = sizeof message,
        .number = {end->status, (uint64_t)(int64_t)end->exit_code, end->state_hash},
        .text = {end->reason},
    };
    run_queue_put(&db->queue, &message);
    pthread_join(db->thread, NULL);
    enum sim_status status = STATUS_OK;
    if (run_db_failed(db))
        status = db->writer.status;
    run_writer_close(&db->writer);
    run_queue_fini(&db->queue);
    run_db_file_close(&db->file);
    for (unsigned i = 0; i < db->missing_count; i++)
        free(db->missing[i].mnemonic);
    free(db);
    return status;
}
