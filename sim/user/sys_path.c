/* System calls that name files. */
/* O_PATH, renameat2() */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/syscall.h"

/* -- From the program's path to a place -- */

/* Finds the plain directory that `dirfd` stands for: 0, or a negative error. */
static int find_start(struct user_kernel *kernel, uint64_t dirfd, const char **from)
{
    *from = kernel->vfs.cwd;
    if ((int32_t)dirfd == GAT_FDCWD)
        return 0;
    const struct user_file *const file = files_get(kernel, dirfd);
    if (!file)
        return -EBADF;
    *from = file->path;
    return file->kind == FILE_DIRECTORY || file->kind == FILE_PATH ? 0 : -ENOTDIR;
}

int syscall_walk(struct user_kernel *kernel, uint64_t dirfd, uint64_t ea, unsigned how,
                 struct vfs_place *place)
{
    char path[VFS_PATH_MAX];
    const char *from = "/";
    *place = (struct vfs_place){.parent = -1, .fd = -1};
    const int64_t n = space_read_string(&kernel->space, ea, path, sizeof path);
    if (n <= 0)
        return n == 0 ? -ENOENT : n == -1 ? -EFAULT : -ENAMETOOLONG;
    const int error = path[0] == '/' ? 0 : find_start(kernel, dirfd, &from);
    if (error)
        return error;
    files_stamp_all(kernel);
    return vfs_walk(&kernel->vfs, from, path, how, place);
}

/* A place whose directory may be changed there: walks, and answers why not. */
static int walk_to_change(struct user_kernel *kernel, uint64_t dirfd, uint64_t ea, unsigned how,
                          struct vfs_place *place)
{
    int error = syscall_walk(kernel, dirfd, ea, how, place);
    if (error)
        return error;
    if (place->is_dot)
        error = -EINVAL;
    else if (place->exists && (place->is_root || place->device))
        error = -EBUSY;
    else if (!place->mount || !place->mount->writable)
        error = -EROFS;
    if (error)
        vfs_leave(place);
    return error;
}

/* The directory's dates are virtual time's too. */
static void stamp_directory(struct user_kernel *kernel, int directory)
{
    const uint64_t now = kernel_now_ns(kernel);
    const struct timespec when = {
        .tv_sec = (time_t)(kernel->settings->rtc_base + (int64_t)(now / 1000000000)),
        .tv_nsec = (long)(now % 1000000000),
    };
    const struct timespec times[2] = {when, when};
    (void)utimensat(directory, "", times, AT_EMPTY_PATH);
}

/* Ends a call that has changed place's directory by `done` (0 or -1 with errno). */
static int64_t changed(struct user_kernel *kernel, struct vfs_place *place, int done)
{
    const int64_t result = done < 0 ? -errno : 0;
    if (result == 0)
        stamp_directory(kernel, place->parent);
    vfs_leave(place);
    return result;
}

/* -- open -- */

static int open_device(struct user_kernel *kernel, const struct vfs_place *place, unsigned flags)
{
    static const enum user_file_kind kinds[] = {
        [VFS_NULL] = FILE_NULL,
        [VFS_ZERO] = FILE_ZERO,
        [VFS_FULL] = FILE_FULL,
        [VFS_RANDOM] = FILE_RANDOM,
    };
    if (place->device == VFS_EXE_LINK)
        return -ELOOP;
    if (place->device >= VFS_STDIN && place->device <= VFS_STDERR) {
        struct user_file *const file = files_get(kernel, (uint64_t)(place->device - VFS_STDIN));
        if (!file)
            return -ENOENT;
        file->references++;
        return files_install(kernel, file, 0, flags & GO_CLOEXEC);
    }
    struct user_file *const file = file_new(kinds[place->device], -1, flags, place->path);
    return file ? files_install(kernel, file, 0, flags & GO_CLOEXEC) : -ENOMEM;
}

/* The host's descriptor of the object itself: what was walked to, or nothing. */
static int open_object(const struct vfs_place *place, int flags)
{
    struct stat st;
    int fd;
    if (place->mount && place->is_root && place->mount->is_file) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", place->fd);
        fd = open(link, flags);
    } else if (place->is_root) {
        fd = openat(place->fd, ".", flags);
    } else {
        fd = openat(place->parent, place->name, flags | O_NOFOLLOW);
    }
    if (fd < 0)
        return -errno;
    /* Somebody outside may have put another file there since. */
    if (fstat(fd, &st) != 0 || st.st_dev != place->st.st_dev || st.st_ino != place->st.st_ino) {
        close(fd);
        return -ENOENT;
    }
    return fd;
}

static int host_access(unsigned flags)
{
    const unsigned mode = flags & GO_ACCMODE;
    return mode == GO_RDWR ? O_RDWR : mode == GO_WRONLY ? O_WRONLY : O_RDONLY;
}

static int install_host(struct user_kernel *kernel, const struct vfs_place *place, int fd,
                        enum user_file_kind kind, unsigned flags)
{
    struct user_file *const file = file_new(kind, fd, flags & ~(unsigned)GO_CLOEXEC, place->path);
    if (!file) {
        close(fd);
        return -ENOMEM;
    }
    file->may_write = place->mount && place->mount->writable;
    return files_install(kernel, file, 0, flags & GO_CLOEXEC);
}

static int create_file(struct user_kernel *kernel, const struct vfs_place *place, unsigned flags,
                       uint64_t mode)
{
    if (place->wants_directory)
        return -EISDIR;
    if (!place->mount || !place->mount->writable)
        return -EROFS;
    const int fd = openat(place->parent, place->name,
                          host_access(flags) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC |
                              (flags & GO_APPEND ? O_APPEND : 0),
                          (mode_t)(mode & 0777 & ~kernel->umask));
    if (fd < 0)
        return -errno;
    stamp_directory(kernel, place->parent);
    const int number = install_host(kernel, place, fd, FILE_REGULAR, flags);
    struct user_file *const file = number < 0 ? NULL : files_get(kernel, (uint64_t)number);
    if (file)
        file_touch(kernel, file);
    return number;
}

static int open_directory(struct user_kernel *kernel, const struct vfs_place *place, unsigned flags)
{
    if ((flags & GO_ACCMODE) || (flags & GO_CREAT))
        return -EISDIR;
    if (place->is_virtual)
        return install_host(kernel, place, -1, FILE_DIRECTORY, flags);
    const int fd = open_object(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fd : install_host(kernel, place, fd, FILE_DIRECTORY, flags);
}

/* Only plain files: devices, pipes and sockets of the host are more than bytes. */
static int open_regular(struct user_kernel *kernel, const struct vfs_place *place, unsigned flags)
{
    const bool writes = (flags & GO_ACCMODE) || (flags & GO_TRUNC);
    if (S_ISLNK(place->st.st_mode))
        return -ELOOP;
    if (!S_ISREG(place->st.st_mode))
        return -EACCES;
    if (writes && (!place->mount || !place->mount->writable))
        return -EROFS;
    const int fd = open_object(place, host_access(flags) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
                                          (flags & GO_APPEND ? O_APPEND : 0));
    if (fd < 0)
        return fd;
    if ((flags & GO_TRUNC) && ftruncate(fd, 0) != 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    const int number = install_host(kernel, place, fd, FILE_REGULAR, flags);
    struct user_file *const file = number < 0 ? NULL : files_get(kernel, (uint64_t)number);
    if (file && (flags & GO_TRUNC))
        file_touch(kernel, file);
    return number;
}

static int open_place(struct user_kernel *kernel, const struct vfs_place *place, unsigned flags,
                      uint64_t mode)
{
    const bool is_directory = place->is_virtual || S_ISDIR(place->st.st_mode);
    if (!place->exists)
        return flags & GO_CREAT ? create_file(kernel, place, flags, mode) : -ENOENT;
    if ((flags & GO_CREAT) && (flags & GO_EXCL))
        return -EEXIST;
    if (place->device)
        return flags & GO_DIRECTORY ? -ENOTDIR : open_device(kernel, place, flags);
    if ((flags & GO_DIRECTORY) && !is_directory)
        return -ENOTDIR;
    if (flags & GO_PATH) {
        const int fd = place->fd < 0 ? -1 : fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
        return install_host(kernel, place, fd, FILE_PATH, flags);
    }
    return is_directory ? open_directory(kernel, place, flags) : open_regular(kernel, place, flags);
}

static int64_t open_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, uint64_t flags,
                       uint64_t mode)
{
    struct vfs_place place;
    if ((flags & GO_TMPFILE) == GO_TMPFILE)
        return -EOPNOTSUPP;
    const bool follow =
        !(flags & GO_NOFOLLOW) && (flags & (GO_CREAT | GO_EXCL)) != (GO_CREAT | GO_EXCL);
    const unsigned how = (follow ? VFS_FOLLOW : 0) | (flags & GO_CREAT ? VFS_NEW : 0);
    const int error = syscall_walk(kernel, dirfd, path, how, &place);
    if (error)
        return error;
    const int fd = open_place(kernel, &place, (unsigned)flags, mode);
    vfs_leave(&place);
    return fd;
}

int64_t sys_open(struct user_kernel *kernel, const uint64_t *a)
{
    return open_at(kernel, (uint64_t)GAT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_openat(struct user_kernel *kernel, const uint64_t *a)
{
    return open_at(kernel, a[0], a[1], a[2], a[3]);
}

int64_t sys_creat(struct user_kernel *kernel, const uint64_t *a)
{
    return open_at(kernel, (uint64_t)GAT_FDCWD, a[0], GO_CREAT | GO_WRONLY | GO_TRUNC, a[1]);
}

/* -- access -- */

static int64_t access_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, uint64_t mode,
                         uint64_t flags)
{
    struct vfs_place place;
    struct user_stat st;
    if (mode & ~UINT64_C(7))
        return -EINVAL;
    const int error =
        syscall_walk(kernel, dirfd, path, flags & GAT_SYMLINK_NOFOLLOW ? 0 : VFS_FOLLOW, &place);
    if (error)
        return error;
    int64_t result = 0;
    stat_of_place(kernel, &place, &st);
    const unsigned shift = st.uid == USER_UID ? 6 : st.gid == USER_UID ? 3 : 0;
    if ((mode & 2) && !place.device && (!place.mount || !place.mount->writable))
        result = -EROFS;
    else if (mode & ~(uint64_t)(st.mode >> shift & 7))
        result = -EACCES;
    vfs_leave(&place);
    return result;
}

int64_t sys_access(struct user_kernel *kernel, const uint64_t *a)
{
    return access_at(kernel, (uint64_t)GAT_FDCWD, a[0], a[1], 0);
}

int64_t sys_faccessat(struct user_kernel *kernel, const uint64_t *a)
{
    return access_at(kernel, a[0], a[1], a[2], 0);
}

int64_t sys_faccessat2(struct user_kernel *kernel, const uint64_t *a)
{
    return access_at(kernel, a[0], a[1], a[2], a[3]);
}

/* -- The working directory -- */

static int64_t set_cwd(struct user_kernel *kernel, const char *path)
{
    if (strlen(path) >= sizeof kernel->vfs.cwd)
        return -ENAMETOOLONG;
    memmove(kernel->vfs.cwd, path, strlen(path) + 1);
    return 0;
}

int64_t sys_chdir(struct user_kernel *kernel, const uint64_t *a)
{
    struct vfs_place place;
    const int error = syscall_walk(kernel, (uint64_t)GAT_FDCWD, a[0], VFS_FOLLOW, &place);
    if (error)
        return error;
    int64_t result = -ENOTDIR;
    if (place.is_virtual || (place.fd >= 0 && S_ISDIR(place.st.st_mode)))
        result = place.fd >= 0 && faccessat(place.fd, ".", X_OK, 0) != 0
                     ? -EACCES
                     : set_cwd(kernel, place.path);
    vfs_leave(&place);
    return result;
}

int64_t sys_fchdir(struct user_kernel *kernel, const uint64_t *a)
{
    const struct user_file *const file = files_get(kernel, a[0]);
    if (!file)
        return -EBADF;
    return file->kind == FILE_DIRECTORY ? set_cwd(kernel, file->path) : -ENOTDIR;
}

int64_t sys_getcwd(struct user_kernel *kernel, const uint64_t *a)
{
    const size_t n = strlen(kernel->vfs.cwd) + 1;
    if (a[1] < n)
        return -ERANGE;
    return space_write(&kernel->space, a[0], kernel->vfs.cwd, n) ? (int64_t)n : -EFAULT;
}

/* -- Making and removing -- */

static int64_t make_directory(struct user_kernel *kernel, uint64_t dirfd, uint64_t path,
                              uint64_t mode)
{
    struct vfs_place place;
    const int error = syscall_walk(kernel, dirfd, path, VFS_NEW, &place);
    if (error)
        return error;
    if (place.exists || !place.mount || !place.mount->writable) {
        const bool exists = place.exists;
        vfs_leave(&place);
        return exists ? -EEXIST : -EROFS;
    }
    return changed(kernel, &place,
                   mkdirat(place.parent, place.name, (mode_t)(mode & 01777 & ~kernel->umask)));
}

int64_t sys_mkdir(struct user_kernel *kernel, const uint64_t *a)
{
    return make_directory(kernel, (uint64_t)GAT_FDCWD, a[0], a[1]);
}

int64_t sys_mkdirat(struct user_kernel *kernel, const uint64_t *a)
{
    return make_directory(kernel, a[0], a[1], a[2]);
}

static int64_t unlink_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, bool directory)
{
    struct vfs_place place;
    const int error = walk_to_change(kernel, dirfd, path, 0, &place);
    if (error)
        return error;
    const int done = unlinkat(place.parent, place.name, directory ? AT_REMOVEDIR : 0);
    if (done == 0 && (directory || place.st.st_nlink == 1))
        files_forget_inode(kernel, &place.st);
    return changed(kernel, &place, done);
}

int64_t sys_unlink(struct user_kernel *kernel, const uint64_t *a)
{
    return unlink_at(kernel, (uint64_t)GAT_FDCWD, a[0], false);
}

int64_t sys_rmdir(struct user_kernel *kernel, const uint64_t *a)
{
    return unlink_at(kernel, (uint64_t)GAT_FDCWD, a[0], true);
}

int64_t sys_unlinkat(struct user_kernel *kernel, const uint64_t *a)
{
    if (a[2] & ~(uint64_t)GAT_REMOVEDIR)
        return -EINVAL;
    return unlink_at(kernel, a[0], a[1], a[2] & GAT_REMOVEDIR);
}

static int64_t rename_at(struct user_kernel *kernel, const uint64_t *from, const uint64_t *to,
                         uint64_t flags)
{
    enum { NOREPLACE = 1, EXCHANGE = 2 };
    struct vfs_place old, fresh;
    if (flags & ~(uint64_t)(NOREPLACE | EXCHANGE))
        return -EINVAL;
    int error = walk_to_change(kernel, from[0], from[1], 0, &old);
    if (error)
        return error;
    error = walk_to_change(kernel, to[0], to[1], VFS_NEW, &fresh);
    if (error) {
        vfs_leave(&old);
        return error;
    }
    int64_t result = -EXDEV;
    if (old.mount == fresh.mount) {
        const bool replaces = fresh.exists && !(flags & EXCHANGE) && fresh.st.st_nlink == 1;
        result = renameat2(old.parent, old.name, fresh.parent, fresh.name, (unsigned)flags) == 0
                     ? 0
                     : -errno;
        if (result == 0 && replaces)
            files_forget_inode(kernel, &fresh.st);
        if (result == 0)
            stamp_directory(kernel, fresh.parent);
    }
    if (result == 0)
        stamp_directory(kernel, old.parent);
    vfs_leave(&old);
    vfs_leave(&fresh);
    return result;
}

int64_t sys_rename(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t from[] = {(uint64_t)GAT_FDCWD, a[0]}, to[] = {(uint64_t)GAT_FDCWD, a[1]};
    return rename_at(kernel, from, to, 0);
}

int64_t sys_renameat(struct user_kernel *kernel, const uint64_t *a)
{
    return rename_at(kernel, a, a + 2, 0);
}

int64_t sys_renameat2(struct user_kernel *kernel, const uint64_t *a)
{
    return rename_at(kernel, a, a + 2, a[4]);
}

static int64_t link_at(struct user_kernel *kernel, const uint64_t *from, const uint64_t *to,
                       uint64_t flags)
{
    struct vfs_place old, fresh;
    if (flags & ~(uint64_t)GAT_SYMLINK_FOLLOW)
        return -EINVAL;
    int error = syscall_walk(kernel, from[0], from[1], flags ? VFS_FOLLOW : 0, &old);
    if (error)
        return error;
    error = walk_to_change(kernel, to[0], to[1], VFS_NEW, &fresh);
    if (error) {
        vfs_leave(&old);
        return error == -EBUSY || error == -EINVAL ? -EEXIST : error;
    }
    int64_t result = -EXDEV;
    if (old.is_root || old.device || S_ISDIR(old.st.st_mode))
        result = -EPERM;
    else if (old.mount == fresh.mount)
        result = linkat(old.parent, old.name, fresh.parent, fresh.name, 0) == 0 ? 0 : -errno;
    if (result == 0)
        stamp_directory(kernel, fresh.parent);
    vfs_leave(&old);
    vfs_leave(&fresh);
    return result;
}

int64_t sys_link(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t from[] = {(uint64_t)GAT_FDCWD, a[0]}, to[] = {(uint64_t)GAT_FDCWD, a[1]};
    return link_at(kernel, from, to, 0);
}

int64_t sys_linkat(struct user_kernel *kernel, const uint64_t *a)
{
    return link_at(kernel, a, a + 2, a[4]);
}

/* The target is text of the program's tree: walks read it, the host never follows it. */
static int64_t symlink_at(struct user_kernel *kernel, uint64_t target, uint64_t dirfd,
                          uint64_t path)
{
    char text[VFS_PATH_MAX];
    struct vfs_place place;
    const int64_t n = space_read_string(&kernel->space, target, text, sizeof text);
    if (n <= 0)
        return n == 0 ? -ENOENT : n == -1 ? -EFAULT : -ENAMETOOLONG;
    const int error = walk_to_change(kernel, dirfd, path, VFS_NEW, &place);
    if (error)
        return error == -EBUSY || error == -EINVAL ? -EEXIST : error;
    return changed(kernel, &place, symlinkat(text, place.parent, place.name));
}

int64_t sys_symlink(struct user_kernel *kernel, const uint64_t *a)
{
    return symlink_at(kernel, a[0], (uint64_t)GAT_FDCWD, a[1]);
}

int64_t sys_symlinkat(struct user_kernel *kernel, const uint64_t *a)
{
    return symlink_at(kernel, a[0], a[1], a[2]);
}

static int64_t read_link_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, uint64_t out,
                            uint64_t size)
{
    char text[VFS_PATH_MAX];
    struct vfs_place place;
    if ((int32_t)size <= 0)
        return -EINVAL;
    const int error = syscall_walk(kernel, dirfd, path, 0, &place);
    if (error)
        return error;
    const int n =
        vfs_read_link(&kernel->vfs, &place, text, size < sizeof text ? size : sizeof text);
    vfs_leave(&place);
    if (n < 0)
        return n;
    return space_write(&kernel->space, out, text, (size_t)n) ? n : -EFAULT;
}

int64_t sys_readlink(struct user_kernel *kernel, const uint64_t *a)
{
    return read_link_at(kernel, (uint64_t)GAT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_readlinkat(struct user_kernel *kernel, const uint64_t *a)
{
    return read_link_at(kernel, a[0], a[1], a[2], a[3]);
}
