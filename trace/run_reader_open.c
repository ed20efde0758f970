/* How a run database is opened: what it is, who writes to it, and where it can be read. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"
#include "run_db_internal.h"
#include "run_reader_internal.h"
#include "run_schema.h"

enum { LENGTH_LIMIT = 256 << 20 }; /* of one value */

enum sim_status run_reader_fail(struct run_reader *reader, int rc)
{
    const char *message = reader->sql ? sqlite3_errmsg(reader->sql) : sqlite3_errstr(rc);
    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return status_fail(STATUS_FORMAT, "%s: the run database is damaged: %s", reader->path,
                           message);
    case SQLITE_NOMEM:
        return status_fail(STATUS_NO_MEMORY, "%s: %s", reader->path, message);
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
        return status_fail(STATUS_FORMAT, "%s: %s", reader->path, message);
    default:
        return status_fail(STATUS_IO, "%s: cannot be read: %s", reader->path, message);
    }
}

static off_t size_of(const char *path, const char *suffix)
{
    struct stat st;
    char *name;
    if (asprintf(&name, "%s%s", path, suffix) < 0)
        return 0;
    const off_t size = stat(name, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
    free(name);
    return size;
}

/* Refuses what is no run database of a version that is known here, from the header alone. */
static enum sim_status check_header(struct run_reader *reader, int fd, off_t size)
{
    const char *path = reader->path;
    uint8_t header[RUN_HEADER_BYTES];
    RETURN_IF(size == 0, STATUS_FORMAT, "%s: is empty, and no run database", path);
    const ssize_t n = pread(fd, header, sizeof header, 0);
    RETURN_IF(n < 0, STATUS_IO, "%s: cannot be read: %s", path, strerror(errno));
    static const char magic[16] = "SQLite format 3";
    RETURN_IF((size_t)n < sizeof header || memcmp(header, magic, sizeof magic) != 0, STATUS_FORMAT,
              "%s: is not a run database (not an SQLite file)", path);
    RETURN_IF(load_be32(header + RUN_HEADER_APPLICATION_ID) != RUN_SCHEMA_APPLICATION_ID,
              STATUS_FORMAT, "%s: is an SQLite file, but not a run database", path);
    reader->has_log_mode = header[RUN_HEADER_WRITE_VERSION] == 2;
    const uint32_t version = load_be32(header + RUN_HEADER_USER_VERSION);
    RETURN_IF(version > RUN_SCHEMA_VERSION, STATUS_FORMAT,
              "%s: was written by a newer version (schema %u, this program knows up to %d)", path,
              version, RUN_SCHEMA_VERSION);
    RETURN_IF(version == 0, STATUS_FORMAT, "%s: has no schema version", path);
    uint64_t page_size = load_be16(header + RUN_HEADER_PAGE_SIZE);
    page_size = page_size == 1 ? 65536 : page_size;
    const uint64_t bytes = page_size * load_be32(header + RUN_HEADER_PAGE_COUNT);
    const bool has_log = size_of(path, "-wal") > 0 || size_of(path, "-journal") > 0;
    RETURN_IF(!has_log && !reader->is_written && (uint64_t)size < bytes, STATUS_FORMAT,
              "%s: is truncated (%lld of %llu bytes)", path, (long long)size,
              (unsigned long long)bytes);
    return STATUS_OK;
}

/*
 * This closes a descriptor of the file, which would drop the locks of a connection that this same
 * process has to it: a process must not read what it is recording.
 */
static enum sim_status check_file(struct run_reader *reader)
{
    const int fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    RETURN_IF(fd < 0, STATUS_NO_FILE, "%s: cannot be opened: %s", reader->path, strerror(errno));
    struct stat st;
    enum sim_status status = STATUS_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        status = status_fail(STATUS_FORMAT, "%s: is not a regular file", reader->path);
    } else {
        reader->is_network = run_db_is_network_file(fd);
        reader->is_written =
            !reader->is_network && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        status = check_header(reader, fd, st.st_size);
    }
    close(fd);
    return status;
}

/* Opens for reading or writing and tries to read; an SQLite code. */
static int try_open(struct run_reader *reader, const char *path, int flags)
{
    int rc = sqlite3_open_v2(path, &reader->sql, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(reader->sql, 10000);
        sqlite3_db_config(reader->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(reader->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_db_config(reader->sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        sqlite3_limit(reader->sql, SQLITE_LIMIT_LENGTH, LENGTH_LIMIT);
        sqlite3_limit(reader->sql, SQLITE_LIMIT_ATTACHED, 0);
        rc = sqlite3_exec(reader->sql,
                          "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                          "SELECT count(*) FROM sqlite_schema",
                          NULL, NULL, NULL);
    }
    return rc;
}

static void close_sql(struct run_reader *reader)
{
    sqlite3_close(reader->sql);
    reader->sql = NULL;
}

/* Folds the log in, so that one file remains; false if that cannot be done here. */
static bool fold_log(struct run_reader *reader)
{
    if (access(reader->path, W_OK) != 0)
        return false;
    int rc = try_open(reader, reader->path, SQLITE_OPEN_READWRITE);
    if (rc == SQLITE_OK)
        rc = sqlite3_wal_checkpoint_v2(reader->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(reader->sql, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    close_sql(reader);
    return rc == SQLITE_OK;
}

static enum sim_status copy_file(struct run_reader *reader, const char *suffix)
{
    char *from = NULL, *to = NULL;
    enum sim_status status = STATUS_OK;
    if (asprintf(&from, "%s%s", reader->path, suffix) < 0 ||
        asprintf(&to, "%s%s", reader->copy, suffix) < 0)
        return status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
    const int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (in < 0 && !(errno == ENOENT && *suffix))
        status = status_fail(STATUS_NO_FILE, "%s: cannot be read: %s", from, strerror(errno));
    else if (in >= 0 && out < 0)
        status = status_fail(STATUS_IO, "%s: cannot be created: %s", to, strerror(errno));
    char *buffer = out >= 0 ? malloc(1 << 20) : NULL;
    ssize_t n;
    while (buffer && status == STATUS_OK && (n = read(in, buffer, 1 << 20)) != 0) {
        for (ssize_t done = 0, m; status == STATUS_OK && done < n; done += m) {
            m = write(out, buffer + done, (size_t)(n - done));
            if (m < 0)
                status = status_fail(STATUS_IO, "%s: cannot be written: %s", to, strerror(errno));
        }
        if (n < 0)
            status = status_fail(STATUS_IO, "%s: cannot be read: %s", from, strerror(errno));
    }
    if (in >= 0 && out >= 0 && !buffer)
        status = status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
    free(buffer);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    free(from);
    free(to);
    return status;
}

/* Reads a copy with the log folded in, because it cannot be done where the file is. */
static enum sim_status open_copy(struct run_reader *reader)
{
    const char *tmp = getenv("TMPDIR");
    if (asprintf(&reader->directory, "%s/hornpipe-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0) {
        reader->directory = NULL;
        return status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
    }
    if (!mkdtemp(reader->directory)) {
        const enum sim_status status =
            status_fail(STATUS_IO, "%s: no temporary copy in %s: %s", reader->path,
                        reader->directory, strerror(errno));
        free(reader->directory);
        reader->directory = NULL;
        return status;
    }
    if (asprintf(&reader->copy, "%s/run.db", reader->directory) < 0) {
        reader->copy = NULL;
        return status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
    }
    TRY(copy_file(reader, ""));
    TRY(copy_file(reader, "-wal"));
    TRY(copy_file(reader, "-journal"));
    const int rc = try_open(reader, reader->copy, SQLITE_OPEN_READWRITE);
    if (rc != SQLITE_OK)
        return run_reader_fail(reader, rc);
    log_warning("%s: cannot be read in place; reading a temporary copy", reader->path);
    return STATUS_OK;
}

/* Compares what defines our tables and views with what they are in this version. */
static enum sim_status check_schema(struct run_reader *reader)
{
    static const char text[] = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
    static const char find[] =
        "SELECT 1 FROM sqlite_schema WHERE type = ? AND name = ? AND sql = ?";
    sqlite3 *model = NULL;
    sqlite3_stmt *wanted = NULL, *present = NULL;
    enum sim_status status = STATUS_OK;
    int rc = sqlite3_open(":memory:", &model);
    rc = rc ? rc : run_schema_create(model);
    rc = rc ? rc : sqlite3_prepare_v2(model, text, -1, &wanted, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(reader->sql, find, -1, &present, NULL);
        if (rc != SQLITE_OK)
            status = run_reader_fail(reader, rc);
    } else {
        status = status_fail(STATUS_NO_MEMORY, "%s: out of memory", reader->path);
    }
    while (status == STATUS_OK && sqlite3_step(wanted) == SQLITE_ROW) {
        for (int i = 0; i < 3; i++)
            sqlite3_bind_value(present, i + 1, sqlite3_column_value(wanted, i));
        rc = sqlite3_step(present);
        if (rc == SQLITE_DONE)
            status = status_fail(STATUS_FORMAT, "%s: %s %s is not that of schema version %d",
                                 reader->path, (const char *)sqlite3_column_text(wanted, 0),
                                 (const char *)sqlite3_column_text(wanted, 1), RUN_SCHEMA_VERSION);
        else if (rc != SQLITE_ROW)
            status = run_reader_fail(reader, rc);
        sqlite3_reset(present);
    }
    sqlite3_finalize(present);
    sqlite3_finalize(wanted);
    sqlite3_close(model);
    return status;
}

enum sim_status run_reader_connect(struct run_reader *reader)
{
    TRY(check_file(reader));
    const bool has_log = size_of(reader->path, "-wal") > 0;
    const bool has_journal = size_of(reader->path, "-journal") > 0;
    /*
     * On a network file system it is not known whether the writer lives. SQLite's own locks are
     * enough there: a journal is rolled back only if nobody is using it.
     */
    const bool fold = !reader->is_written && (reader->has_log_mode || has_journal);
    if (fold && fold_log(reader) && has_log)
        log_warning("%s: the run was killed; the end of its record (%s-wal) has been folded in",
                    reader->path, reader->path);
    int rc = try_open(reader, reader->path, SQLITE_OPEN_READONLY);
    if (rc != SQLITE_OK) {
        const int kind = rc & 0xff;
        const bool in_place_only = reader->is_written || kind == SQLITE_CORRUPT ||
                                   kind == SQLITE_NOTADB || kind == SQLITE_NOMEM;
        if (in_place_only)
            return run_reader_fail(reader, rc);
        close_sql(reader);
        TRY(open_copy(reader));
    }
    TRY(check_schema(reader));
    rc = sqlite3_exec(reader->sql, "BEGIN", NULL, NULL, NULL);
    return rc == SQLITE_OK ? STATUS_OK : run_reader_fail(reader, rc);
}

static void unlink_copy(const struct run_reader *reader)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        char *name;
        if (asprintf(&name, "%s%s", reader->copy, suffixes[i]) >= 0) {
            unlink(name);
            free(name);
        }
    }
}

void run_reader_disconnect(struct run_reader *reader)
{
    close_sql(reader);
    if (reader->copy)
        unlink_copy(reader);
    if (reader->directory)
        rmdir(reader->directory);
    free(reader->copy);
    free(reader->directory);
    reader->copy = reader->directory = NULL;
}
