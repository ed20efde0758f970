#include "user/files.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"
#include "user/syscall.h"

enum { FIRST_INODES = 256, INODES_MAX = 1 << 20 };

/* -- Objects -- */

struct user_file *file_new(enum user_file_kind kind, int fd, unsigned flags, const char *path)
{
    struct user_file *const file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->references = 1;
    file->kind = kind;
    file->fd = fd;
    file->flags = flags;
    if (path && !(file->path = strdup(path))) {
        free(file);
        return NULL;
    }
    return file;
}

static void forget_entries(struct user_file *file)
{
    for (size_t i = 0; i < file->entry_count; i++)
        free(file->entries[i].name);
    free(file->entries);
    file->entries = NULL;
    file->entry_count = 0;
}

/* Dates of a file that was written are virtual time's, so that they are the same every time. */
static void stamp(struct user_kernel *kernel, struct user_file *file)
{
    if (!file->dirty)
        return;
    const struct timespec when = {
        .tv_sec = (time_t)(kernel->settings->rtc_base + (int64_t)(file->dirty_ns / 1000000000)),
        .tv_nsec = (long)(file->dirty_ns % 1000000000),
    };
    const struct timespec times[2] = {when, when};
    file->dirty = false;
    /* A file system without dates loses nothing. */
    (void)futimens(file->fd, times);
}

static void leave_pipe(struct user_kernel *kernel, struct user_file *file)
{
    struct user_pipe *const pipe = file->pipe;
    if (file->pipe_writer)
        pipe->writers--;
    else
        pipe->readers--;
    if (pipe->readers + pipe->writers == 0) {
        free(pipe);
        kernel->files.pipe_count--;
    }
}

void file_release(struct user_kernel *kernel, struct user_file *file)
{
    if (--file->references)
        return;
    stamp(kernel, file);
    if (file->pipe)
        leave_pipe(kernel, file);
    if (file->fd >= 0 && file->kind != FILE_STREAM)
        close(file->fd);
    forget_entries(file);
    free(file->path);
    free(file);
}

/* -- The table -- */

bool files_init(struct user_kernel *kernel)
{
    struct user_files *const files = &kernel->files;
    files->inodes = calloc(FIRST_INODES, sizeof *files->inodes);
    files->inode_slots = FIRST_INODES;
    files->next_inode = 1000;
    if (!files->inodes)
        return false;
    for (unsigned i = 0; i < 3; i++) {
        struct user_file *const file =
            file_new(FILE_STREAM, (int)i, (i ? GO_WRONLY : 0) | GO_LARGEFILE, NULL);
        if (!file)
            return false;
        file->stream = i;
        files->fds[i].file = file;
    }
    return true;
}

void files_fini(struct user_kernel *kernel)
{
    for (unsigned i = 0; i < USER_FDS; i++)
        files_close(kernel, i);
    free(kernel->files.inodes);
    kernel->files.inodes = NULL;
}

struct user_file *files_get(struct user_kernel *kernel, uint64_t fd)
{
    const uint32_t number = (uint32_t)fd;
    return number < USER_FDS ? kernel->files.fds[number].file : NULL;
}

int files_install(struct user_kernel *kernel, struct user_file *file, unsigned least,
                  bool close_on_exec)
{
    for (unsigned i = least; i < USER_FDS; i++) {
        if (kernel->files.fds[i].file)
            continue;
        kernel->files.fds[i] = (struct user_fd){.file = file, .close_on_exec = close_on_exec};
        return (int)i;
    }
    file_release(kernel, file);
    return -EMFILE;
}

int files_close(struct user_kernel *kernel, uint64_t fd)
{
    struct user_file *const file = files_get(kernel, fd);
    if (!file)
        return -EBADF;
    kernel->files.fds[(uint32_t)fd] = (struct user_fd){0};
    file_release(kernel, file);
    return 0;
}

void file_touch(struct user_kernel *kernel, struct user_file *file)
{
    file->dirty = true;
    file->dirty_ns = kernel_now_ns(kernel);
}

void files_stamp_all(struct user_kernel *kernel)
{
    for (unsigned i = 0; i < USER_FDS; i++)
        if (kernel->files.fds[i].file)
            stamp(kernel, kernel->files.fds[i].file);
}

/* -- Inode numbers -- */

static struct user_inode *find_inode(const struct user_files *files, uint64_t device,
                                     uint64_t inode)
{
    size_t i = (size_t)((inode ^ device << 32) * UINT64_C(0x9e3779b97f4a7c15) >> 20);
    for (;; i++) {
        struct user_inode *const slot = &files->inodes[i & (files->inode_slots - 1)];
        if (!slot->number || (slot->device == device && slot->inode == inode))
            return slot;
    }
}

static bool grow_inodes(struct user_files *files)
{
    struct user_files bigger = *files;
    bigger.inode_slots *= 2;
    bigger.inodes = calloc(bigger.inode_slots, sizeof *bigger.inodes);
    if (!bigger.inodes)
        return false;
    for (size_t i = 0; i < files->inode_slots; i++) {
        const struct user_inode *const old = &files->inodes[i];
        if (old->number)
            *find_inode(&bigger, old->device, old->inode) = *old;
    }
    free(files->inodes);
    files->inodes = bigger.inodes;
    files->inode_slots = bigger.inode_slots;
    return true;
}

uint64_t files_inode(struct user_kernel *kernel, const struct stat *st)
{
    struct user_files *const files = &kernel->files;
    struct user_inode *slot = find_inode(files, st->st_dev, st->st_ino);
    if (slot->number)
        return slot->number;
    if (2 * (files->inode_count + 1) > files->inode_slots) {
        if (files->inode_count >= INODES_MAX || !grow_inodes(files))
            return st->st_ino;
        slot = find_inode(files, st->st_dev, st->st_ino);
    }
    *slot = (struct user_inode){st->st_dev, st->st_ino, files->next_inode++};
    files->inode_count++;
    return slot->number;
}

void files_forget_inode(struct user_kernel *kernel, const struct stat *st)
{
    struct user_files *const files = &kernel->files;
    struct user_inode *const slot = find_inode(files, st->st_dev, st->st_ino);
    /* The slot stays, under a fresh number, as others may have been put behind it. */
    if (slot->number)
        slot->number = files->next_inode++;
}

/* -- Reading -- */

static int64_t read_host(struct user_file *file, uint8_t *out, size_t n, int64_t offset)
{
    const ssize_t done =
        offset < 0 ? read(file->fd, out, n) : pread(file->fd, out, n, (off_t)offset);
    return done < 0 ? -errno : done;
}

/* Standard input is an input of the run: it is recorded, unless it is a file. */
static int64_t read_stream(struct user_kernel *kernel, struct user_file *file, uint8_t *out,
                           size_t n, int64_t offset)
{
    struct stat st;
    const int64_t done = read_host(file, out, n, offset);
    if (done > 0 && file->stream == 0 && kernel->host.input) {
        const bool live = fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode);
        kernel->host.input(kernel->host.ctx, out, (size_t)done, live);
    }
    return done;
}

static int64_t read_pipe(struct user_pipe *pipe, uint8_t *out, size_t n)
{
    if (pipe->size == 0)
        return pipe->writers ? -EAGAIN : 0;
    if (n > pipe->size)
        n = pipe->size;
    for (size_t i = 0; i < n; i++)
        out[i] = pipe->bytes[(pipe->start + i) % USER_PIPE_SIZE];
    pipe->start = (pipe->start + n) % USER_PIPE_SIZE;
    pipe->size -= n;
    return (int64_t)n;
}

int64_t file_read(struct user_kernel *kernel, struct user_file *file, uint8_t *out, size_t n,
                  int64_t offset)
{
    if ((file->flags & GO_ACCMODE) == GO_WRONLY || file->kind == FILE_PATH)
        return -EBADF;
    switch (file->kind) {
    case FILE_REGULAR:
        return read_host(file, out, n, offset);
    case FILE_STREAM:
        return read_stream(kernel, file, out, n, offset);
    case FILE_PIPE:
        return offset >= 0 ? -ESPIPE : read_pipe(file->pipe, out, n);
    case FILE_NULL:
        return 0;
    case FILE_ZERO:
    case FILE_FULL:
        memset(out, 0, n);
        return (int64_t)n;
    case FILE_RANDOM:
        kernel_random(kernel, out, n);
        return (int64_t)n;
    case FILE_DIRECTORY:
    case FILE_PATH:
        break;
    }
    return -EISDIR;
}

/* -- Writing -- */

static int64_t write_host(struct user_file *file, const uint8_t *in, size_t n, int64_t offset)
{
    const ssize_t done =
        offset < 0 ? write(file->fd, in, n) : pwrite(file->fd, in, n, (off_t)offset);
    return done < 0 ? -errno : done;
}

/* A slow reader of our output is waited for: how much it takes at once is not the program's. */
static int64_t write_stream(struct user_kernel *kernel, struct user_file *file, const uint8_t *in,
                            size_t n, int64_t offset)
{
    size_t done = 0;
    while (done < n) {
        const int64_t part =
            write_host(file, in + done, n - done, offset < 0 ? -1 : offset + (int64_t)done);
        if (part == -EAGAIN && !terminal_end_signal()) {
            struct pollfd ready = {.fd = file->fd, .events = POLLOUT};
            (void)poll(&ready, 1, 250);
            continue;
        }
        if (part < 0) {
            if (done == 0)
                return part;
            break;
        }
        done += (size_t)part;
    }
    if (kernel->host.output)
        kernel->host.output(kernel->host.ctx, file->stream, in, done);
    return (int64_t)done;
}

static int64_t write_pipe(struct user_kernel *kernel, struct user_pipe *pipe, const uint8_t *in,
                          size_t n)
{
    static const struct user_siginfo info = {.code = GCODE_USER, .pid = USER_PID, .uid = USER_UID};
    const size_t room = USER_PIPE_SIZE - pipe->size;
    if (!pipe->readers) {
        signal_raise(kernel, GSIG_PIPE, &info);
        return -EPIPE;
    }
    if (room == 0)
        return -EAGAIN;
    if (n > room)
        n = room;
    for (size_t i = 0; i < n; i++)
        pipe->bytes[(pipe->start + pipe->size + i) % USER_PIPE_SIZE] = in[i];
    pipe->size += n;
    return (int64_t)n;
}

int64_t file_write(struct user_kernel *kernel, struct user_file *file, const uint8_t *in, size_t n,
                   int64_t offset)
{
    static const struct user_siginfo info = {.code = GCODE_USER, .pid = USER_PID, .uid = USER_UID};
    int64_t result = -EBADF;
    if ((file->flags & GO_ACCMODE) == 0 || file->kind == FILE_PATH)
        return -EBADF;
    switch (file->kind) {
    case FILE_REGULAR:
        result = write_host(file, in, n, offset);
        if (result > 0)
            file_touch(kernel, file);
        return result;
    case FILE_STREAM:
        result = write_stream(kernel, file, in, n, offset);
        if (result == -EPIPE)
            signal_raise(kernel, GSIG_PIPE, &info);
        return result;
    case FILE_PIPE:
        return offset >= 0 ? -ESPIPE : write_pipe(kernel, file->pipe, in, n);
    case FILE_NULL:
    case FILE_ZERO:
    case FILE_RANDOM:
        return (int64_t)n;
    case FILE_FULL:
        return -ENOSPC;
    case FILE_DIRECTORY:
    case FILE_PATH:
        break;
    }
    return result;
}
