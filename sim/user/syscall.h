/* Between the table of system calls and their families. */
#ifndef HORNPIPE_USER_SYSCALL_H
#define HORNPIPE_USER_SYSCALL_H

#include <errno.h>
#include <stdint.h>

#include "user/kernel.h"

_Static_assert(ENOSYS == 38 && ELOOP == 40 && EOVERFLOW == 75 && ENOTEMPTY == 39,
               "the host's error numbers are the ones of Linux on PowerPC");

/* A call: its result, or a negative error number. */
typedef int64_t syscall_fn(struct user_kernel *kernel, const uint64_t *a);

#define SYSCALL(number, name, function) syscall_fn function;
#define SYSCALL_NONE(number, name)
#include "user/syscalls.def"
#undef SYSCALL
#undef SYSCALL_NONE

/* O_* of Linux on PowerPC. */
enum {
    GO_ACCMODE = 3,
    GO_WRONLY = 1,
    GO_RDWR = 2,
    GO_CREAT = 0100,
    GO_EXCL = 0200,
    GO_TRUNC = 01000,
    GO_APPEND = 02000,
    GO_NONBLOCK = 04000,
    GO_DIRECTORY = 040000,
    GO_NOFOLLOW = 0100000,
    GO_LARGEFILE = 0200000,
    GO_CLOEXEC = 02000000,
    GO_PATH = 010000000,
    GO_TMPFILE = 020000000,
};

enum { GAT_FDCWD = -100, GAT_EMPTY_PATH = 0x1000, GAT_SYMLINK_NOFOLLOW = 0x100 };
enum { GAT_REMOVEDIR = 0x200, GAT_SYMLINK_FOLLOW = 0x400 };

/*
 * Walks the path at `ea` relative to `dirfd`, as vfs_walk(). With `empty` an empty path is the file
 * of `dirfd` itself: *file is set then and there is no place.
 */
int syscall_walk(struct user_kernel *kernel, uint64_t dirfd, uint64_t ea, unsigned how,
                 struct vfs_place *place);

/* Waits until `ns` virtual nanoseconds since the start; the call then returns `result`. */
void syscall_sleep_until(struct user_kernel *kernel, uint64_t ns, int64_t result);

/* A file's status as the program sees it. */
struct user_stat {
    uint64_t device, inode, links, size, blocks;
    uint32_t mode, uid, gid;
    int64_t seconds;
    uint32_t nanoseconds;
};
void stat_of_host(struct user_kernel *kernel, const struct stat *st, struct user_stat *out);
int stat_of_file(struct user_kernel *kernel, struct user_file *file, struct user_stat *out);
void stat_of_place(struct user_kernel *kernel, const struct vfs_place *place,
                   struct user_stat *out);
int64_t stat_write(struct user_kernel *kernel, const struct user_stat *st, uint64_t ea);

/* A signal mask argument of `size` bytes; -EINVAL, -EFAULT. */
int syscall_read_mask(struct user_kernel *kernel, uint64_t ea, uint64_t size, uint64_t *mask);

/* seconds and nanoseconds at `ea`, checked: nanoseconds in all. */
int syscall_read_time(struct user_kernel *kernel, uint64_t ea, uint64_t *ns);

#endif
