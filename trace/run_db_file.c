/* Which file the run database is: created, replaced, locked, and never at another's expense. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "run_db_internal.h"
#include "run_schema.h"

bool run_db_is_network_file(int fd)
{
    /* f_type of statfs(2): NFS, SMB, CIFS, SMB2, 9p, FUSE, AFS, CEPH, Lustre, GPFS, OCFS2, Coda,
     * and vboxsf. */
    static const uint32_t network[] = {
        0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x5346414f,
        0x00c36400, 0x0bd00bd0, 0x47504653, 0x7461636f, 0x73757245, 0x786f4256,
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return true;
    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++) {
        if ((uint32_t)fs.f_type == network[i])
            return true;
    }
    return false;
}

static enum sim_status status_of_errno(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return STATUS_NO_SPACE;
    case EEXIST:
        return STATUS_EXISTS;
    case EIO:
        return STATUS_IO;
    default:
        return STATUS_NO_FILE;
    }
}

static enum sim_status fail_errno(const char *shown_path, const char *what)
{
    const int error = errno;
    return status_fail(status_of_errno(error), "--record %s: %s: %s", shown_path, what,
                       strerror(error));
}

/*
 * The absolute path with every link followed, so that SQLite's names for the log, which it makes
 * from it, cannot depend on the working directory; NULL with errno set.
 */
static char *absolute_path(const char *path, bool exists)
{
    if (exists)
        return realpath(path, NULL);
    char *for_dirname = strdup(path), *for_basename = strdup(path), *result = NULL;
    if (for_dirname && for_basename) {
        char *directory = realpath(dirname(for_dirname), NULL);
        if (directory && asprintf(&result, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory,
                                  basename(for_basename)) < 0)
            result = NULL;
        free(directory);
    }
    const int error = errno;
    free(for_dirname);
    free(for_basename);
    errno = error;
    return result;
}

/* Refuses what must not be replaced; `*exists` says whether there is something. */
static enum sim_status check_target(const struct run_db_open_options *options, bool *exists)
{
    const char *path = options->path;
    const size_t length = strlen(path);
    RETURN_IF(length == 0, STATUS_NO_FILE, "--record: the file name is empty");
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno == ENOENT && lstat(path, &st) == 0)
            return status_fail(STATUS_NO_FILE, "--record %s: a symbolic link to nothing", path);
        if (errno != ENOENT)
            return fail_errno(path, "cannot be created");
        RETURN_IF(path[length - 1] == '/', STATUS_NO_FILE, "--record %s: no such directory", path);
        *exists = false;
        return STATUS_OK;
    }
    *exists = true;
    RETURN_IF(S_ISDIR(st.st_mode), STATUS_EXISTS, "--record %s: is a directory", path);
    RETURN_IF(!S_ISREG(st.st_mode), STATUS_EXISTS, "--record %s: is not a regular file", path);
    RETURN_IF(!options->force, STATUS_EXISTS,
              "--record %s: the file exists already (--force replaces it)", path);
    if (access(path, W_OK) != 0)
        return fail_errno(path, "cannot be replaced");
    return STATUS_OK;
}

/* Nothing else may be writing to the file that --force gives up. */
static enum sim_status check_no_writer(const char *path, const char *shown_path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(shown_path, "cannot be replaced");
    const bool busy =
        !run_db_is_network_file(fd) && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    RETURN_IF(busy, STATUS_EXISTS, "--record %s: another run is being recorded into it",
              shown_path);
    return STATUS_OK;
}

static enum sim_status status_of_sqlite(int rc)
{
    return rc == SQLITE_FULL ? STATUS_NO_SPACE : STATUS_IO;
}

/* Puts the empty database into the (empty) file at `path`. */
static enum sim_status create_schema(const char *path, const char *shown_path, bool rollback)
{
    sqlite3 *sql = NULL;
    int rc = sqlite3_open_v2(path, &sql, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK)
        rc = run_schema_create(sql);
    /* After the schema, so that the header of the database itself tells what it is at once. */
    if (rc == SQLITE_OK && !rollback)
        rc = sqlite3_exec(sql, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    char message[128];
    snprintf(message, sizeof message, "%s", sql ? sqlite3_errmsg(sql) : sqlite3_errstr(rc));
    const int close_rc = sqlite3_close(sql);
    if (rc == SQLITE_OK)
        rc = close_rc;
    RETURN_IF(rc != SQLITE_OK, status_of_sqlite(rc), "--record %s: cannot be created: %s",
              shown_path, message);
    return STATUS_OK;
}

static void unlink_with_suffix(const char *path, const char *suffix)
{
    char *name;
    if (asprintf(&name, "%s%s", path, suffix) >= 0) {
        unlink(name);
        free(name);
    }
}

/* What SQLite keeps beside a database: of an older file, it must not be applied to a new one. */
static void unlink_companions(const char *path)
{
    unlink_with_suffix(path, "-wal");
    unlink_with_suffix(path, "-shm");
    unlink_with_suffix(path, "-journal");
}

/* Space that the file system can give back when it is full; not having it is no failure. */
static int open_reserve(const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return -1;
    int fd = open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    free(copy);
    struct statfs fs;
    if (fd < 0 || fstatfs(fd, &fs) != 0)
        return fd;
    const uint64_t share = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize / 8;
    const off_t size = share < RUN_DB_RESERVE_BYTES ? (off_t)share : RUN_DB_RESERVE_BYTES;
    if (size == 0 || posix_fallocate(fd, 0, size) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Creates `path`, which must not exist, as an empty database that is locked. */
static enum sim_status create_at(struct run_db_file *file, const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(file->shown_path, "cannot be created");
    if (run_db_is_network_file(fd))
        file->rollback = true;
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        file->rollback = true; /* a file system without locks has no shared memory either */
    file->lock_fd = fd;
    unlink_companions(path);
    const enum sim_status status = create_schema(path, file->shown_path, file->rollback);
    if (status != STATUS_OK) {
        unlink(path);
        unlink_companions(path);
    }
    return status;
}

/* Gives the finished database its name; only with `exists` may that be another file's. */
static int move_into_place(const char *temporary, const char *path, bool exists)
{
    if (exists) {
        unlink_companions(path);
        return rename(temporary, path);
    }
    int result = renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
        result = link(temporary, path); /* a file system that knows no flags */
        if (result == 0)
            unlink(temporary);
    }
    return result;
}

/*
 * Creates the database under another name beside its place, so that nobody ever sees one that is
 * half made, and a file that it replaces stays until it can.
 */
static enum sim_status create_in_place(struct run_db_file *file, bool exists)
{
    if (exists)
        TRY(check_no_writer(file->path, file->shown_path));
    char *temporary;
    RETURN_IF(asprintf(&temporary, "%s.%ld-new", file->path, (long)getpid()) < 0, STATUS_NO_MEMORY,
              "--record %s: out of memory", file->shown_path);
    enum sim_status status = create_at(file, temporary);
    if (status == STATUS_OK && move_into_place(temporary, file->path, exists) != 0) {
        status = fail_errno(file->shown_path, "cannot be created");
        unlink(temporary);
    }
    free(temporary);
    return status;
}

enum sim_status run_db_file_create(struct run_db_file *file,
                                   const struct run_db_open_options *options)
{
    *file = (struct run_db_file){.lock_fd = -1, .reserve_fd = -1, .rollback = options->rollback};
    bool exists = false;
    TRY(check_target(options, &exists));
    file->shown_path = strdup(options->path);
    file->path = absolute_path(options->path, exists);
    if (!file->shown_path || !file->path) {
        const enum sim_status failed = fail_errno(options->path, "cannot be created");
        run_db_file_close(file);
        return failed;
    }
    const enum sim_status status = create_in_place(file, exists);
    if (status == STATUS_OK)
        file->reserve_fd = open_reserve(file->path);
    else
        run_db_file_close(file);
    return status;
}

void run_db_file_release_reserve(struct run_db_file *file)
{
    if (file->reserve_fd >= 0)
        close(file->reserve_fd);
    file->reserve_fd = -1;
}

void run_db_file_close(struct run_db_file *file)
{
    run_db_file_release_reserve(file);
    if (file->lock_fd >= 0)
        close(file->lock_fd);
    free(file->path);
    free(file->shown_path);
    *file = (struct run_db_file){.lock_fd = -1, .reserve_fd = -1};
}
