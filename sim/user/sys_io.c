/* System calls on open files. */
#define _GNU_SOURCE /* fallocate() */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/syscall.h"

enum { CHUNK = 65536, VECTORS_MAX = 1024 };
#define TRANSFER_MAX UINT64_C(0x7ffff000)

/* -- Reading and writing -- */

/* A piece of the program's memory that a call fills or empties. */
struct piece {
    uint64_t ea, length;
};

/* True if the program may write [ea, ea+n): asked before bytes are taken from a file. */
static bool can_fill(struct user_kernel *kernel, uint64_t ea, uint64_t n)
{
    while (n) {
        size_t room;
        if (!space_span(&kernel->space, ea, MMU_STORE, &room))
            return false;
        const uint64_t part = n < room ? n : room;
        ea += part;
        n -= part;
    }
    return true;
}

/* One transfer of at most CHUNK bytes through `buffer`. */
static int64_t transfer(struct user_kernel *kernel, struct user_file *file, struct piece piece,
                        uint8_t *buffer, int64_t offset, bool write)
{
    const size_t n = piece.length < CHUNK ? (size_t)piece.length : CHUNK;
    if (write)
        return space_read(&kernel->space, piece.ea, buffer, n)
                   ? file_write(kernel, file, buffer, n, offset)
                   : -EFAULT;
    if (!can_fill(kernel, piece.ea, n))
        return -EFAULT;
    const int64_t done = file_read(kernel, file, buffer, n, offset);
    if (done > 0)
        space_write(&kernel->space, piece.ea, buffer, (size_t)done);
    return done;
}

/* A blocking end of a pipe waits for this very process: only a signal can end that. */
static int64_t wait_for_itself(struct user_kernel *kernel, const struct user_file *file)
{
    if (file->kind != FILE_PIPE || (file->flags & GO_NONBLOCK))
        return -EAGAIN;
    kernel->wait = WAIT_SIGNAL;
    return -EINTR;
}

static int64_t transfer_pieces(struct user_kernel *kernel, struct user_file *file,
                               const struct piece *pieces, size_t count, int64_t offset, bool write)
{
    uint8_t *const buffer = malloc(CHUNK);
    uint64_t done = 0;
    int64_t last = 0;
    if (!buffer)
        return -ENOMEM;
    for (size_t i = 0; i < count && last >= 0; i++) {
        struct piece piece = pieces[i];
        while (piece.length && done < TRANSFER_MAX) {
            const uint64_t wanted = piece.length < CHUNK ? piece.length : CHUNK;
            last = transfer(kernel, file, piece, buffer, offset < 0 ? -1 : offset + (int64_t)done,
                            write);
            if (last <= 0)
                break;
            done += (uint64_t)last;
            piece.ea += (uint64_t)last;
            piece.length -= (uint64_t)last;
            /* What a stream had is all that there is now. */
            if ((uint64_t)last < wanted || (!write && file->kind == FILE_STREAM))
                break;
        }
        if (piece.length)
            break;
    }
    free(buffer);
    if (done)
        return (int64_t)done;
    return last == -EAGAIN ? wait_for_itself(kernel, file) : last;
}

static int64_t transfer_one(struct user_kernel *kernel, const uint64_t *a, int64_t offset,
                            bool write)
{
    struct user_file *const file = files_get(kernel, a[0]);
    const struct piece piece = {.ea = a[1], .length = a[2]};
    if (!file)
        return -EBADF;
    if ((int64_t)a[2] < 0)
        return -EINVAL;
    if (a[2] == 0) {
        uint8_t nothing = 0;
        return write ? file_write(kernel, file, &nothing, 0, offset)
                     : file_read(kernel, file, &nothing, 0, offset);
    }
    return transfer_pieces(kernel, file, &piece, 1, offset, write);
}

static int64_t transfer_vector(struct user_kernel *kernel, const uint64_t *a, int64_t offset,
                               bool write)
{
    struct piece pieces[VECTORS_MAX];
    struct user_file *const file = files_get(kernel, a[0]);
    uint64_t total = 0;
    if (!file)
        return -EBADF;
    if (a[2] > VECTORS_MAX)
        return -EINVAL;
    for (uint64_t i = 0; i < a[2]; i++) {
        if (!guest_read64(kernel, a[1] + 16 * i, &pieces[i].ea) ||
            !guest_read64(kernel, a[1] + 16 * i + 8, &pieces[i].length))
            return -EFAULT;
        if (pieces[i].length > INT64_MAX - total)
            return -EINVAL;
        total += pieces[i].length;
    }
    return transfer_pieces(kernel, file, pieces, (size_t)a[2], offset, write);
}

int64_t sys_read(struct user_kernel *kernel, const uint64_t *a)
{
    return transfer_one(kernel, a, -1, false);
}

int64_t sys_write(struct user_kernel *kernel, const uint64_t *a)
{
    return transfer_one(kernel, a, -1, true);
}

int64_t sys_pread64(struct user_kernel *kernel, const uint64_t *a)
{
    return (int64_t)a[3] < 0 ? -EINVAL : transfer_one(kernel, a, (int64_t)a[3], false);
}

int64_t sys_pwrite64(struct user_kernel *kernel, const uint64_t *a)
{
    return (int64_t)a[3] < 0 ? -EINVAL : transfer_one(kernel, a, (int64_t)a[3], true);
}

int64_t sys_readv(struct user_kernel *kernel, const uint64_t *a)
{
    return transfer_vector(kernel, a, -1, false);
}

int64_t sys_writev(struct user_kernel *kernel, const uint64_t *a)
{
    return transfer_vector(kernel, a, -1, true);
}

int64_t sys_preadv(struct user_kernel *kernel, const uint64_t *a)
{
    return (int64_t)a[3] < 0 ? -EINVAL : transfer_vector(kernel, a, (int64_t)a[3], false);
}

int64_t sys_pwritev(struct user_kernel *kernel, const uint64_t *a)
{
    return (int64_t)a[3] < 0 ? -EINVAL : transfer_vector(kernel, a, (int64_t)a[3], true);
}

int64_t sys_preadv2(struct user_kernel *kernel, const uint64_t *a)
{
    return a[5] ? -EOPNOTSUPP
                : transfer_vector(kernel, a, (int64_t)a[3] < 0 ? -1 : (int64_t)a[3], false);
}

int64_t sys_pwritev2(struct user_kernel *kernel, const uint64_t *a)
{
    return a[5] ? -EOPNOTSUPP
                : transfer_vector(kernel, a, (int64_t)a[3] < 0 ? -1 : (int64_t)a[3], true);
}

/* -- Place -- */

static int64_t seek(struct user_kernel *kernel, uint64_t fd, int64_t offset, uint64_t whence)
{
    struct user_file *const file = files_get(kernel, fd);
    if (!file || file->kind == FILE_PATH)
        return -EBADF;
    if (whence > SEEK_END)
        return -EINVAL;
    switch (file->kind) {
    case FILE_REGULAR:
    case FILE_STREAM: {
        const off_t at = lseek(file->fd, (off_t)offset, (int)whence);
        return at < 0 ? -errno : (int64_t)at;
    }
    case FILE_DIRECTORY: {
        const int64_t base = whence == SEEK_SET   ? 0
                             : whence == SEEK_CUR ? (int64_t)file->position
                                                  : (int64_t)file->entry_count;
        if (offset < -base || offset > INT32_MAX)
            return -EINVAL;
        file->position = (uint64_t)(base + offset);
        return (int64_t)file->position;
    }
    case FILE_PIPE:
        return -ESPIPE;
    default:
        return 0;
    }
}

int64_t sys_lseek(struct user_kernel *kernel, const uint64_t *a)
{
    return seek(kernel, a[0], (int64_t)a[1], (uint32_t)a[2]);
}

int64_t sys_llseek(struct user_kernel *kernel, const uint64_t *a)
{
    const int64_t at = seek(kernel, a[0], (int64_t)(a[1] << 32 | (uint32_t)a[2]), (uint32_t)a[4]);
    if (at < 0)
        return at;
    return guest_write64(kernel, a[3], (uint64_t)at) ? 0 : -EFAULT;
}

/* -- Numbers -- */

int64_t sys_close(struct user_kernel *kernel, const uint64_t *a)
{
    return files_close(kernel, a[0]);
}

int64_t sys_close_range(struct user_kernel *kernel, const uint64_t *a)
{
    enum { UNSHARE = 2, CLOEXEC = 4 };
    const uint32_t first = (uint32_t)a[0], last = (uint32_t)a[1];
    if (first > last || a[2] & ~(uint64_t)(UNSHARE | CLOEXEC))
        return -EINVAL;
    for (uint32_t i = first; i <= last && i < USER_FDS; i++) {
        if (a[2] & CLOEXEC)
            kernel->files.fds[i].close_on_exec = true;
        else
            files_close(kernel, i);
    }
    return 0;
}

static int64_t duplicate(struct user_kernel *kernel, uint64_t fd, unsigned least, bool cloexec)
{
    struct user_file *const file = files_get(kernel, fd);
    if (!file)
        return -EBADF;
    file->references++;
    return files_install(kernel, file, least, cloexec);
}

static int64_t duplicate_to(struct user_kernel *kernel, uint64_t fd, uint64_t to, bool cloexec)
{
    struct user_file *const file = files_get(kernel, fd);
    const uint32_t number = (uint32_t)to;
    if (!file || number >= USER_FDS)
        return -EBADF;
    file->references++;
    files_close(kernel, number);
    kernel->files.fds[number] = (struct user_fd){.file = file, .close_on_exec = cloexec};
    return number;
}

int64_t sys_dup(struct user_kernel *kernel, const uint64_t *a)
{
    return duplicate(kernel, a[0], 0, false);
}

int64_t sys_dup2(struct user_kernel *kernel, const uint64_t *a)
{
    if ((uint32_t)a[0] == (uint32_t)a[1])
        return files_get(kernel, a[0]) ? (int64_t)(uint32_t)a[0] : -EBADF;
    return duplicate_to(kernel, a[0], a[1], false);
}

int64_t sys_dup3(struct user_kernel *kernel, const uint64_t *a)
{
    if ((uint32_t)a[0] == (uint32_t)a[1] || a[2] & ~(uint64_t)GO_CLOEXEC)
        return -EINVAL;
    return duplicate_to(kernel, a[0], a[1], a[2] & GO_CLOEXEC);
}

static int64_t make_pipe(struct user_kernel *kernel, uint64_t ea, uint64_t flags)
{
    if (flags & ~(uint64_t)(GO_CLOEXEC | GO_NONBLOCK))
        return -EINVAL;
    if (kernel->files.pipe_count == USER_PIPES_MAX)
        return -ENFILE;
    struct user_pipe *const pipe = calloc(1, sizeof *pipe);
    struct user_file *ends[2] = {
        file_new(FILE_PIPE, -1, (unsigned)flags & GO_NONBLOCK, NULL),
        file_new(FILE_PIPE, -1, ((unsigned)flags & GO_NONBLOCK) | GO_WRONLY, NULL)};
    if (!pipe || !ends[0] || !ends[1]) {
        free(pipe);
        free(ends[0]);
        free(ends[1]);
        return -ENOMEM;
    }
    *pipe = (struct user_pipe){.readers = 1, .writers = 1};
    kernel->files.pipe_count++;
    ends[0]->pipe = ends[1]->pipe = pipe;
    ends[1]->pipe_writer = true;
    const int reader = files_install(kernel, ends[0], 0, flags & GO_CLOEXEC);
    const int writer = files_install(kernel, ends[1], 0, flags & GO_CLOEXEC);
    int64_t result = reader < 0 ? reader : writer < 0 ? writer : 0;
    if (result == 0 && (!guest_write32(kernel, ea, (uint32_t)reader) ||
                        !guest_write32(kernel, ea + 4, (uint32_t)writer)))
        result = -EFAULT;
    if (result < 0) {
        if (reader >= 0)
            files_close(kernel, (uint64_t)reader);
        if (writer >= 0)
            files_close(kernel, (uint64_t)writer);
    }
    return result;
}

int64_t sys_pipe(struct user_kernel *kernel, const uint64_t *a)
{
    return make_pipe(kernel, a[0], 0);
}

int64_t sys_pipe2(struct user_kernel *kernel, const uint64_t *a)
{
    return make_pipe(kernel, a[0], a[1]);
}

/* -- fcntl, ioctl -- */

enum {
    GF_DUPFD = 0,
    GF_GETFD = 1,
    GF_SETFD = 2,
    GF_GETFL = 3,
    GF_SETFL = 4,
    GF_GETLK = 5,
    GF_SETLK = 6,
    GF_SETLKW = 7,
    GF_OFD_GETLK = 36,
    GF_OFD_SETLK = 37,
    GF_OFD_SETLKW = 38,
    GF_DUPFD_CLOEXEC = 1030,
    GF_GETPIPE_SZ = 1032,
    GLOCK_UNLOCKED = 2,
};

static int64_t set_flags(struct user_file *file, uint64_t flags)
{
    const unsigned changeable = GO_APPEND | GO_NONBLOCK;
    file->flags = (file->flags & ~changeable) | ((unsigned)flags & changeable);
    if (file->kind == FILE_REGULAR) {
        const int host = fcntl(file->fd, F_GETFL);
        if (host < 0 ||
            fcntl(file->fd, F_SETFL, (host & ~O_APPEND) | (flags & GO_APPEND ? O_APPEND : 0)) != 0)
            return -errno;
    }
    return 0;
}

int64_t sys_fcntl(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_file *const file = files_get(kernel, a[0]);
    uint8_t lock[2];
    if (!file)
        return -EBADF;
    struct user_fd *const fd = &kernel->files.fds[(uint32_t)a[0]];
    switch ((uint32_t)a[1]) {
    case GF_DUPFD:
    case GF_DUPFD_CLOEXEC:
        if ((uint32_t)a[2] >= USER_FDS)
            return -EINVAL;
        return duplicate(kernel, a[0], (uint32_t)a[2], (uint32_t)a[1] == GF_DUPFD_CLOEXEC);
    case GF_GETFD:
        return fd->close_on_exec;
    case GF_SETFD:
        fd->close_on_exec = a[2] & 1;
        return 0;
    case GF_GETFL:
        return file->flags & ~(unsigned)(GO_CREAT | GO_EXCL | GO_TRUNC);
    case GF_SETFL:
        return set_flags(file, a[2]);
    case GF_GETLK:
    case GF_OFD_GETLK:
        /* There is nobody else to hold a lock. */
        guest_put16(kernel, lock, GLOCK_UNLOCKED);
        return space_write(&kernel->space, a[2], lock, sizeof lock) ? 0 : -EFAULT;
    case GF_SETLK:
    case GF_SETLKW:
    case GF_OFD_SETLK:
    case GF_OFD_SETLKW:
        return 0;
    case GF_GETPIPE_SZ:
        return file->pipe ? (int64_t)USER_PIPE_SIZE : -EBADF;
    default:
        return -EINVAL;
    }
}

enum { GFIONREAD = 0x4004667f, GFIONBIO = 0x8004667e, GFIOCLEX = 0x20006601 };
enum { GFIONCLEX = 0x20006602 };

/* No stream is a terminal here: what a program does must not depend on where it is watched. */
int64_t sys_ioctl(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_file *const file = files_get(kernel, a[0]);
    uint32_t value;
    if (!file)
        return -EBADF;
    switch ((uint32_t)a[1]) {
    case GFIOCLEX:
    case GFIONCLEX:
        kernel->files.fds[(uint32_t)a[0]].close_on_exec = (uint32_t)a[1] == GFIOCLEX;
        return 0;
    case GFIONBIO:
        if (!guest_read32(kernel, a[2], &value))
            return -EFAULT;
        file->flags = value ? file->flags | GO_NONBLOCK : file->flags & ~(unsigned)GO_NONBLOCK;
        return 0;
    case GFIONREAD:
        if (file->kind != FILE_PIPE)
            return -ENOTTY;
        return guest_write32(kernel, a[2], (uint32_t)file->pipe->size) ? 0 : -EFAULT;
    default:
        return -ENOTTY;
    }
}

/* -- The file as a whole -- */

static int writable_file(struct user_kernel *kernel, uint64_t fd, struct user_file **file)
{
    *file = files_get(kernel, fd);
    if (!*file || (*file)->kind == FILE_PATH)
        return -EBADF;
    return (*file)->kind == FILE_REGULAR && ((*file)->flags & GO_ACCMODE) ? 0 : -EINVAL;
}

int64_t sys_ftruncate(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_file *file;
    const int error = writable_file(kernel, a[0], &file);
    if (error || (int64_t)a[1] < 0)
        return error ? error : -EINVAL;
    if (ftruncate(file->fd, (off_t)a[1]) != 0)
        return -errno;
    file_touch(kernel, file);
    return 0;
}

int64_t sys_fallocate(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_file *file;
    const int error = writable_file(kernel, a[0], &file);
    if (error)
        return error;
    if (a[1] || (int64_t)a[2] < 0 || (int64_t)a[3] <= 0)
        return a[1] ? -EOPNOTSUPP : -EINVAL;
    if (fallocate(file->fd, 0, (off_t)a[2], (off_t)a[3]) != 0)
        return -errno;
    file_touch(kernel, file);
    return 0;
}

/* What the program wrote is the host's to keep; it need not wait for a disk. */
static int64_t check_open(struct user_kernel *kernel, const uint64_t *a)
{
    return files_get(kernel, a[0]) ? 0 : -EBADF;
}

int64_t sys_fsync(struct user_kernel *kernel, const uint64_t *a)
{
    return check_open(kernel, a);
}

int64_t sys_fdatasync(struct user_kernel *kernel, const uint64_t *a)
{
    return check_open(kernel, a);
}

int64_t sys_syncfs(struct user_kernel *kernel, const uint64_t *a)
{
    return check_open(kernel, a);
}

int64_t sys_flock(struct user_kernel *kernel, const uint64_t *a)
{
    return check_open(kernel, a);
}

int64_t sys_fadvise64(struct user_kernel *kernel, const uint64_t *a)
{
    return check_open(kernel, a);
}

int64_t sys_readahead(struct user_kernel *kernel, const uint64_t *a)
{
    return check_open(kernel, a);
}

int64_t sys_sync(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel, (void)a;
    return 0;
}

/* -- From file to file -- */

/* Copies at the files' own places, or where *from and *to say (< 0: own). */
static int64_t copy(struct user_kernel *kernel, struct user_file *in, struct user_file *out,
                    int64_t *from, int64_t *to, uint64_t length)
{
    uint8_t *const buffer = malloc(CHUNK);
    uint64_t done = 0;
    int64_t last = buffer ? 0 : -ENOMEM;
    if (length > TRANSFER_MAX)
        length = TRANSFER_MAX;
    while (buffer && done < length) {
        const size_t n = length - done < CHUNK ? (size_t)(length - done) : CHUNK;
        last = file_read(kernel, in, buffer, n, *from);
        if (last > 0)
            last = file_write(kernel, out, buffer, (size_t)last, *to);
        if (last <= 0)
            break;
        done += (uint64_t)last;
        *from += *from >= 0 ? last : 0;
        *to += *to >= 0 ? last : 0;
    }
    free(buffer);
    return done ? (int64_t)done : last;
}

/* The offset at `ea`, or -1 if there is none. */
static bool read_offset(struct user_kernel *kernel, uint64_t ea, int64_t *offset)
{
    uint64_t v = UINT64_MAX;
    const bool done = !ea || guest_read64(kernel, ea, &v);
    *offset = (int64_t)v;
    return done && (!ea || *offset >= 0);
}

int64_t sys_sendfile(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_file *const out = files_get(kernel, a[0]), *const in = files_get(kernel, a[1]);
    int64_t from, to = -1;
    if (!in || !out)
        return -EBADF;
    if (in->kind != FILE_REGULAR)
        return -EINVAL;
    if (!read_offset(kernel, a[2], &from))
        return -EFAULT;
    const int64_t done = copy(kernel, in, out, &from, &to, a[3]);
    if (done > 0 && a[2] && !guest_write64(kernel, a[2], (uint64_t)from))
        return -EFAULT;
    return done;
}

int64_t sys_copy_file_range(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_file *const in = files_get(kernel, a[0]), *const out = files_get(kernel, a[2]);
    int64_t from, to;
    if (!in || !out)
        return -EBADF;
    if (in->kind != FILE_REGULAR || out->kind != FILE_REGULAR || a[5])
        return -EINVAL;
    if (!read_offset(kernel, a[1], &from) || !read_offset(kernel, a[3], &to))
        return -EFAULT;
    const int64_t done = copy(kernel, in, out, &from, &to, a[4]);
    if (done > 0 && ((a[1] && !guest_write64(kernel, a[1], (uint64_t)from)) ||
                     (a[3] && !guest_write64(kernel, a[3], (uint64_t)to))))
        return -EFAULT;
    return done;
}
