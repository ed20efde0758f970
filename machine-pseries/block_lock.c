/* Who may use an image file. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "block_internal.h"

enum { USED_BASE = 100, UNSHARED_BASE = 200, PERMISSION_READ = 0, PERMISSION_WRITE = 1 };

/* 0, or the errno of an fcntl() on one byte. */
static int lock_byte(int fd, int command, short type, off_t byte, bool *locked_by_other)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    if (fcntl(fd, command, &lock) != 0)
        return errno;
    if (locked_by_other)
        *locked_by_other = lock.l_type != F_UNLCK;
    return 0;
}

/* Nobody else may write what is open here, so byte 201 is always wanted. */
static int take(int fd, bool write)
{
    int error = lock_byte(fd, F_OFD_SETLK, F_RDLCK, USED_BASE + PERMISSION_READ, NULL);
    if (!error && write)
        error = lock_byte(fd, F_OFD_SETLK, F_RDLCK, USED_BASE + PERMISSION_WRITE, NULL);
    if (!error)
        error = lock_byte(fd, F_OFD_SETLK, F_RDLCK, UNSHARED_BASE + PERMISSION_WRITE, NULL);
    return error;
}

/* True in *conflict if another holds what excludes our use, or uses what we exclude. */
static int ask(int fd, bool write, bool *conflict)
{
    bool no_reader = false, no_writer = false, writer = false;
    int error = lock_byte(fd, F_OFD_GETLK, F_WRLCK, UNSHARED_BASE + PERMISSION_READ, &no_reader);
    if (!error && write)
        error = lock_byte(fd, F_OFD_GETLK, F_WRLCK, UNSHARED_BASE + PERMISSION_WRITE, &no_writer);
    if (!error)
        error = lock_byte(fd, F_OFD_GETLK, F_WRLCK, USED_BASE + PERMISSION_WRITE, &writer);
    *conflict = no_reader || no_writer || writer;
    return error;
}

enum sim_status block_lock(const struct block *block, int fd, bool write, bool hold)
{
    const struct block_options *const o = &block->options;
    bool conflict = false;
    int error = hold ? take(fd, write) : 0;
    if (!error)
        error = ask(fd, write, &conflict);
    RETURN_IF(error && error != EAGAIN && error != EACCES, STATUS_IO,
              "%s: %s: cannot be locked: %s", o->shown, o->file, strerror(error));
    RETURN_IF(error || conflict, STATUS_EXISTS,
              "%s: %s: is in use by another machine%s; with snapshot=on on both sides they can"
              " share it",
              o->shown, o->file, write ? "" : " that writes it");
    return STATUS_OK;
}

enum sim_status block_open_file(struct block *block, int flags, int *fd)
{
    const struct block_options *const o = &block->options;
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    *fd = open(o->file, flags | O_CLOEXEC | O_NONBLOCK);
    const bool only_read = *fd < 0 && (flags & O_ACCMODE) == O_RDWR &&
                           (errno == EACCES || errno == EROFS || errno == EPERM);
    RETURN_IF(*fd < 0, STATUS_NO_FILE, "%s: %s: %s%s", o->shown, o->file, strerror(errno),
              only_read ? "; readonly=on or snapshot=on need not write it" : "");
    const int error = fstat(*fd, &block->stat) == 0 ? 0 : errno;
    const bool good = S_ISREG(block->stat.st_mode) || S_ISBLK(block->stat.st_mode);
    if (error || !good)
        close(*fd);
    RETURN_IF(error, STATUS_IO, "%s: %s: %s", o->shown, o->file, strerror(error));
    RETURN_IF(!good, STATUS_IO, "%s: %s: is neither a regular file nor a block device", o->shown,
              o->file);
    return STATUS_OK;
}
