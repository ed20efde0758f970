/* System calls that change what a file's status says: mode, owner, dates, length. */
/* O_PATH */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "user/syscall.h"

/* What is to be changed: an open file's descriptor, or the one of a walk. */
struct target {
    struct vfs_place place;
    bool has_place;
    int fd;
};

static void leave(struct target *target)
{
    if (target->has_place)
        vfs_leave(&target->place);
}

static int reach_file(struct user_kernel *kernel, uint64_t fd, struct target *target)
{
    struct user_file *const file = files_get(kernel, fd);
    *target = (struct target){.fd = -1};
    if (!file)
        return -EBADF;
    if (file->fd < 0 || file->kind == FILE_STREAM || file->kind == FILE_PIPE)
        return -EPERM;
    if (!file->may_write)
        return -EROFS;
    target->fd = file->fd;
    return 0;
}

static int reach_path(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, bool follow,
                      struct target *target)
{
    *target = (struct target){.has_place = true};
    int error = syscall_walk(kernel, dirfd, path, follow ? VFS_FOLLOW : 0, &target->place);
    if (error)
        return error;
    const struct vfs_place *const place = &target->place;
    target->fd = place->fd;
    if (place->device || place->fd < 0)
        error = -EPERM;
    else if (!place->mount || !place->mount->writable)
        error = -EROFS;
    if (error)
        leave(target);
    return error;
}

/* -- Mode: descriptors of walks are O_PATH, whose file only its name in /proc can change -- */

static int64_t change_mode(struct target *target, uint64_t mode)
{
    char link[64];
    int done;
    const mode_t bits = (mode_t)(mode & 01777); /* no file that runs as somebody else */
    if (target->has_place && S_ISLNK(target->place.st.st_mode)) {
        leave(target);
        return -EOPNOTSUPP;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", target->fd);
    done = target->has_place ? chmod(link, bits) : fchmod(target->fd, bits);
    const int64_t result = done == 0 ? 0 : -errno;
    leave(target);
    return result;
}

static int64_t change_mode_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path,
                              uint64_t mode)
{
    struct target target;
    const int error = reach_path(kernel, dirfd, path, true, &target);
    return error ? error : change_mode(&target, mode);
}

int64_t sys_chmod(struct user_kernel *kernel, const uint64_t *a)
{
    return change_mode_at(kernel, (uint64_t)GAT_FDCWD, a[0], a[1]);
}

int64_t sys_fchmodat(struct user_kernel *kernel, const uint64_t *a)
{
    return change_mode_at(kernel, a[0], a[1], a[2]);
}

int64_t sys_fchmod(struct user_kernel *kernel, const uint64_t *a)
{
    struct target target;
    const int error = reach_file(kernel, a[0], &target);
    return error ? error : change_mode(&target, a[1]);
}

/* -- Owner: everything is the program's user's, and stays so -- */

static int64_t change_owner(const struct target *target, uint64_t uid, uint64_t gid)
{
    (void)target;
    const bool same = ((uint32_t)uid == USER_UID || (uint32_t)uid == UINT32_MAX) &&
                      ((uint32_t)gid == USER_UID || (uint32_t)gid == UINT32_MAX);
    return same ? 0 : -EPERM;
}

static int64_t change_owner_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path,
                               bool follow, const uint64_t *ids)
{
    struct target target;
    const int error = reach_path(kernel, dirfd, path, follow, &target);
    if (error)
        return error;
    const int64_t result = change_owner(&target, ids[0], ids[1]);
    leave(&target);
    return result;
}

int64_t sys_chown(struct user_kernel *kernel, const uint64_t *a)
{
    return change_owner_at(kernel, (uint64_t)GAT_FDCWD, a[0], true, a + 1);
}

int64_t sys_lchown(struct user_kernel *kernel, const uint64_t *a)
{
    return change_owner_at(kernel, (uint64_t)GAT_FDCWD, a[0], false, a + 1);
}

int64_t sys_fchownat(struct user_kernel *kernel, const uint64_t *a)
{
    return change_owner_at(kernel, a[0], a[1], !(a[4] & GAT_SYMLINK_NOFOLLOW), a + 2);
}

int64_t sys_fchown(struct user_kernel *kernel, const uint64_t *a)
{
    struct target target;
    const int error = reach_file(kernel, a[0], &target);
    return error ? error : change_owner(&target, a[1], a[2]);
}

/* -- Length -- */

int64_t sys_truncate(struct user_kernel *kernel, const uint64_t *a)
{
    struct target target;
    if ((int64_t)a[1] < 0)
        return -EINVAL;
    const int error = reach_path(kernel, (uint64_t)GAT_FDCWD, a[0], true, &target);
    if (error)
        return error;
    int64_t result = -EINVAL;
    if (S_ISDIR(target.place.st.st_mode)) {
        result = -EISDIR;
    } else if (S_ISREG(target.place.st.st_mode)) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", target.fd);
        result = truncate(link, (off_t)a[1]) == 0 ? 0 : -errno;
    }
    leave(&target);
    return result;
}

/* -- Dates -- */

enum { GUTIME_NOW = 0x3fffffff, GUTIME_OMIT = 0x3ffffffe };

static struct timespec virtual_now(const struct user_kernel *kernel)
{
    const uint64_t now = kernel_now_ns(kernel);
    return (struct timespec){
        .tv_sec = (time_t)(kernel->settings->rtc_base + (int64_t)(now / 1000000000)),
        .tv_nsec = (long)(now % 1000000000),
    };
}

/* Access and modification time: both become the latter, which is the one that is shown. */
static int64_t change_times(struct user_kernel *kernel, struct target *target,
                            const struct timespec times[2])
{
    struct timespec both[2] = {times[1], times[1]};
    (void)kernel;
    const int done = target->has_place ? utimensat(target->fd, "", both, AT_EMPTY_PATH)
                                       : futimens(target->fd, both);
    const int64_t result = done == 0 ? 0 : -errno;
    leave(target);
    return result;
}

static int read_times(struct user_kernel *kernel, uint64_t ea, uint64_t scale,
                      struct timespec times[2])
{
    times[0] = times[1] = virtual_now(kernel);
    for (unsigned i = 0; ea && i < 2; i++) {
        uint64_t seconds, part;
        if (!guest_read64(kernel, ea + 16 * i, &seconds) ||
            !guest_read64(kernel, ea + 16 * i + 8, &part))
            return -EFAULT;
        if (scale == 1 && part == GUTIME_NOW)
            continue;
        if (scale == 1 && part == GUTIME_OMIT) {
            times[i].tv_nsec = UTIME_OMIT;
            continue;
        }
        if (part >= 1000000000 / scale)
            return -EINVAL;
        times[i] = (struct timespec){(time_t)seconds, (long)(part * scale)};
    }
    return 0;
}

static int64_t times_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, bool follow,
                        const struct timespec times[2])
{
    struct target target;
    const int error = path ? reach_path(kernel, dirfd, path, follow, &target)
                           : reach_file(kernel, dirfd, &target);
    if (error)
        return error;
    files_stamp_all(kernel);
    return change_times(kernel, &target, times);
}

int64_t sys_utimensat(struct user_kernel *kernel, const uint64_t *a)
{
    struct timespec times[2];
    const int error = read_times(kernel, a[2], 1, times);
    return error ? error : times_at(kernel, a[0], a[1], !(a[3] & GAT_SYMLINK_NOFOLLOW), times);
}

int64_t sys_utimes(struct user_kernel *kernel, const uint64_t *a)
{
    struct timespec times[2];
    const int error = read_times(kernel, a[1], 1000, times);
    return error ? error : times_at(kernel, (uint64_t)GAT_FDCWD, a[0], true, times);
}

int64_t sys_futimesat(struct user_kernel *kernel, const uint64_t *a)
{
    struct timespec times[2];
    const int error = read_times(kernel, a[2], 1000, times);
    return error ? error : times_at(kernel, a[0], a[1], true, times);
}

int64_t sys_utime(struct user_kernel *kernel, const uint64_t *a)
{
    struct timespec times[2] = {virtual_now(kernel), virtual_now(kernel)};
    for (unsigned i = 0; a[1] && i < 2; i++) {
        uint64_t seconds;
        if (!guest_read64(kernel, a[1] + 8 * i, &seconds))
            return -EFAULT;
        times[i] = (struct timespec){.tv_sec = (time_t)seconds};
    }
    return times_at(kernel, (uint64_t)GAT_FDCWD, a[0], true, times);
}
