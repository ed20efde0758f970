/* What files are: stat and its kin, and directories' entries. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/syscall.h"

enum { BLOCK = 4096, STAT_SIZE = 144 };

/* -- The same answer on every host: numbers, sizes of directories, owners and dates -- */

void stat_of_host(struct user_kernel *kernel, const struct stat *st, struct user_stat *out)
{
    const bool directory = S_ISDIR(st->st_mode);
    const uint64_t size = directory ? BLOCK : (uint64_t)st->st_size;
    *out = (struct user_stat){
        .device = 1,
        .inode = files_inode(kernel, st),
        .links = directory ? 2 : st->st_nlink,
        .size = size,
        .blocks = S_ISLNK(st->st_mode) ? 0 : (size + BLOCK - 1) / BLOCK * (BLOCK / 512),
        .mode = st->st_mode,
        .uid = st->st_uid == geteuid() ? USER_UID : 65534,
        .gid = st->st_gid == getegid() ? USER_UID : 65534,
        .seconds = st->st_mtim.tv_sec,
        .nanoseconds = (uint32_t)st->st_mtim.tv_nsec,
    };
}

/* A file without one of the host's behind it. */
static void stat_of_nothing(const struct user_kernel *kernel, uint32_t mode, uint64_t inode,
                            struct user_stat *out)
{
    *out = (struct user_stat){
        .device = 2,
        .inode = inode,
        .links = S_ISDIR(mode) ? 2 : 1,
        .size = S_ISDIR(mode) ? BLOCK : 0,
        .mode = mode,
        .uid = USER_UID,
        .gid = USER_UID,
        .seconds = kernel->settings->rtc_base,
    };
}

void stat_of_place(struct user_kernel *kernel, const struct vfs_place *place, struct user_stat *out)
{
    if (place->fd >= 0)
        stat_of_host(kernel, &place->st, out);
    else if (place->device == VFS_EXE_LINK)
        stat_of_nothing(kernel, S_IFLNK | 0777, 900, out);
    else if (place->device)
        stat_of_nothing(kernel, S_IFCHR | 0666, 800 + place->device, out);
    else
        stat_of_nothing(kernel, S_IFDIR | 0755, 700, out);
}

int stat_of_file(struct user_kernel *kernel, struct user_file *file, struct user_stat *out)
{
    struct stat st;
    switch (file->kind) {
    case FILE_REGULAR:
    case FILE_DIRECTORY:
    case FILE_PATH:
        if (file->fd < 0) {
            stat_of_nothing(kernel, S_IFDIR | 0755, 700, out);
            return 0;
        }
        if (fstat(file->fd, &st) != 0)
            return -errno;
        stat_of_host(kernel, &st, out);
        return 0;
    case FILE_STREAM:
        /* Whatever it is on the host, unless it is a file: programs buffer by it. */
        if (fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode))
            stat_of_nothing(kernel, S_IFREG | 0600, 600 + file->stream, out);
        else
            stat_of_nothing(kernel, S_IFIFO | 0600, 600 + file->stream, out);
        if (fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode))
            out->size = file->stream == 0 ? (uint64_t)st.st_size : 0;
        return 0;
    case FILE_PIPE:
        stat_of_nothing(kernel, S_IFIFO | 0600, 610, out);
        return 0;
    case FILE_NULL:
    case FILE_ZERO:
    case FILE_FULL:
    case FILE_RANDOM:
        break;
    }
    stat_of_nothing(kernel, S_IFCHR | 0666, 800, out);
    return 0;
}

int64_t stat_write(struct user_kernel *kernel, const struct user_stat *st, uint64_t ea)
{
    uint8_t bytes[STAT_SIZE] = {0};
    guest_put64(kernel, bytes, st->device);
    guest_put64(kernel, bytes + 8, st->inode);
    guest_put64(kernel, bytes + 16, st->links);
    guest_put32(kernel, bytes + 24, st->mode);
    guest_put32(kernel, bytes + 28, st->uid);
    guest_put32(kernel, bytes + 32, st->gid);
    guest_put64(kernel, bytes + 48, st->size);
    guest_put64(kernel, bytes + 56, BLOCK);
    guest_put64(kernel, bytes + 64, st->blocks);
    for (unsigned at = 72; at <= 104; at += 16) {
        guest_put64(kernel, bytes + at, (uint64_t)st->seconds);
        guest_put64(kernel, bytes + at + 8, st->nanoseconds);
    }
    return space_write(&kernel->space, ea, bytes, sizeof bytes) ? 0 : -EFAULT;
}

/* -- The calls -- */

/* By path, or, if the path is empty and that is allowed, the file of `dirfd` itself. */
static int find_status(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, uint64_t flags,
                       struct user_stat *st)
{
    struct vfs_place place;
    char first[1];
    *st = (struct user_stat){0};
    if (flags & GAT_EMPTY_PATH) {
        if (path && !space_read(&kernel->space, path, first, 1))
            return -EFAULT;
        struct user_file *const file = files_get(kernel, dirfd);
        if ((!path || first[0] == 0) && (int32_t)dirfd != GAT_FDCWD) {
            files_stamp_all(kernel);
            return file ? stat_of_file(kernel, file, st) : -EBADF;
        }
    }
    const int error =
        syscall_walk(kernel, dirfd, path, flags & GAT_SYMLINK_NOFOLLOW ? 0 : VFS_FOLLOW, &place);
    if (error)
        return error;
    stat_of_place(kernel, &place, st);
    vfs_leave(&place);
    return 0;
}

static int64_t stat_at(struct user_kernel *kernel, uint64_t dirfd, uint64_t path, uint64_t out,
                       uint64_t flags)
{
    struct user_stat st;
    const int error = find_status(kernel, dirfd, path, flags, &st);
    return error ? error : stat_write(kernel, &st, out);
}

int64_t sys_stat(struct user_kernel *kernel, const uint64_t *a)
{
    return stat_at(kernel, (uint64_t)GAT_FDCWD, a[0], a[1], 0);
}

int64_t sys_lstat(struct user_kernel *kernel, const uint64_t *a)
{
    return stat_at(kernel, (uint64_t)GAT_FDCWD, a[0], a[1], GAT_SYMLINK_NOFOLLOW);
}

int64_t sys_fstat(struct user_kernel *kernel, const uint64_t *a)
{
    return stat_at(kernel, (uint32_t)a[0], 0, a[1], GAT_EMPTY_PATH);
}

int64_t sys_newfstatat(struct user_kernel *kernel, const uint64_t *a)
{
    return stat_at(kernel, a[0], a[1], a[2], a[3]);
}

int64_t sys_statx(struct user_kernel *kernel, const uint64_t *a)
{
    uint8_t bytes[256] = {0};
    struct user_stat st;
    const int error = find_status(kernel, a[0], a[1], a[2], &st);
    if (error)
        return error;
    guest_put32(kernel, bytes, 0x7ff); /* STATX_BASIC_STATS */
    guest_put32(kernel, bytes + 4, BLOCK);
    guest_put32(kernel, bytes + 16, (uint32_t)st.links);
    guest_put32(kernel, bytes + 20, st.uid);
    guest_put32(kernel, bytes + 24, st.gid);
    guest_put16(kernel, bytes + 28, (uint16_t)st.mode);
    guest_put64(kernel, bytes + 32, st.inode);
    guest_put64(kernel, bytes + 40, st.size);
    guest_put64(kernel, bytes + 48, st.blocks);
    for (unsigned at = 64; at <= 112; at += 16) {
        if (at == 80) /* the birth time is not told */
            continue;
        guest_put64(kernel, bytes + at, (uint64_t)st.seconds);
        guest_put32(kernel, bytes + at + 8, st.nanoseconds);
    }
    guest_put32(kernel, bytes + 140, (uint32_t)st.device);
    return space_write(&kernel->space, a[4], bytes, sizeof bytes) ? 0 : -EFAULT;
}

/* A file system of a fixed size. */
static int64_t write_statfs(struct user_kernel *kernel, uint64_t ea)
{
    uint8_t bytes[120] = {0};
    guest_put64(kernel, bytes, 0xef53);
    guest_put64(kernel, bytes + 8, BLOCK);
    for (unsigned at = 16; at <= 32; at += 8)
        guest_put64(kernel, bytes + at, 1 << 20);
    guest_put64(kernel, bytes + 40, 1 << 20);
    guest_put64(kernel, bytes + 48, 1 << 20);
    guest_put64(kernel, bytes + 64, 255);
    guest_put64(kernel, bytes + 72, BLOCK);
    return space_write(&kernel->space, ea, bytes, sizeof bytes) ? 0 : -EFAULT;
}

int64_t sys_statfs(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_stat st;
    const int error = find_status(kernel, (uint64_t)GAT_FDCWD, a[0], 0, &st);
    return error ? error : write_statfs(kernel, a[1]);
}

int64_t sys_fstatfs(struct user_kernel *kernel, const uint64_t *a)
{
    return files_get(kernel, a[0]) ? write_statfs(kernel, a[1]) : -EBADF;
}

int64_t sys_statfs64(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t without_size[] = {a[0], a[2]};
    return sys_statfs(kernel, without_size);
}

int64_t sys_fstatfs64(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t without_size[] = {a[0], a[2]};
    return sys_fstatfs(kernel, without_size);
}

/* -- Directories: read whole and sorted, as their order is the host's file system's -- */

static bool add_entry(struct user_file *file, size_t *room, const char *name, uint64_t inode,
                      uint8_t type)
{
    if (file->entry_count == *room) {
        const size_t more = *room ? *room * 2 : 32;
        struct user_dirent *const grown = realloc(file->entries, more * sizeof *grown);
        if (!grown)
            return false;
        file->entries = grown;
        *room = more;
    }
    char *const copy = strdup(name);
    if (!copy)
        return false;
    assert(file->entries);
    file->entries[file->entry_count++] = (struct user_dirent){copy, inode, type};
    return true;
}

static bool read_host_entries(struct user_file *file, size_t *room)
{
    const int fd = openat(file->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const directory = fd >= 0 ? fdopendir(fd) : NULL;
    bool done = directory != NULL;
    const struct dirent *entry;
    while (done && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        done = add_entry(file, room, entry->d_name, entry->d_ino, entry->d_type);
    }
    if (directory)
        closedir(directory);
    else if (fd >= 0)
        close(fd);
    return done;
}

static bool has_entry(const struct user_file *file, const char *name)
{
    size_t i = 0;
    while (file->entries && i < file->entry_count && strcmp(file->entries[i].name, name) != 0)
        i++;
    return file->entries && i < file->entry_count;
}

static int by_name(const void *a, const void *b)
{
    const struct user_dirent *const x = a, *const y = b;
    return strcmp(x->name, y->name);
}

/* Inode numbers in the order of the names, so that first sight comes in the same order always. */
static void number_entries(struct user_kernel *kernel, struct user_file *file, size_t host_count)
{
    struct stat st = {0};
    if (!file->entries || fstat(file->fd, &st) != 0)
        return;
    for (size_t i = 0; i < host_count; i++) {
        st.st_ino = file->entries[i].inode;
        file->entries[i].inode = files_inode(kernel, &st);
    }
}

static int read_entries(struct user_kernel *kernel, struct user_file *file)
{
    char name[256];
    size_t room = 0;
    bool directory;
    bool done = file->fd < 0 || read_host_entries(file, &room);
    if (file->entries)
        qsort(file->entries, file->entry_count, sizeof *file->entries, by_name);
    number_entries(kernel, file, file->entry_count);
    for (unsigned i = 0; done && vfs_extra_name(&kernel->vfs, file->path, i, name, &directory); i++)
        done =
            has_entry(file, name) || add_entry(file, &room, name, 700, directory ? DT_DIR : DT_REG);
    done = done && add_entry(file, &room, ".", 700, DT_DIR) &&
           add_entry(file, &room, "..", 700, DT_DIR);
    if (file->entries)
        qsort(file->entries, file->entry_count, sizeof *file->entries, by_name);
    return done ? 0 : -ENOMEM;
}

/* struct linux_dirent64 or linux_dirent, whose type stands in its last byte. */
static int64_t get_entries(struct user_kernel *kernel, const uint64_t *a, bool is_64)
{
    struct user_file *const file = files_get(kernel, a[0]);
    const uint64_t size = (uint32_t)a[2];
    uint64_t done = 0;
    if (!file)
        return -EBADF;
    if (file->kind != FILE_DIRECTORY)
        return -ENOTDIR;
    if (!file->entries) {
        const int error = read_entries(kernel, file);
        if (error)
            return error;
    }
    for (; file->position < file->entry_count; file->position++) {
        const struct user_dirent *const entry = &file->entries[file->position];
        uint8_t bytes[24 + 256 + 8] = {0};
        const size_t n = strlen(entry->name), at = is_64 ? 19 : 18;
        const size_t length = (at + n + (is_64 ? 1 : 2) + 7) & ~(size_t)7;
        if (length > size - done)
            break;
        guest_put64(kernel, bytes, entry->inode);
        guest_put64(kernel, bytes + 8, file->position + 1);
        guest_put16(kernel, bytes + 16, (uint16_t)length);
        memcpy(bytes + at, entry->name, n);
        bytes[is_64 ? 18 : length - 1] = entry->type;
        if (!space_write(&kernel->space, a[1] + done, bytes, length))
            return done ? (int64_t)done : -EFAULT;
        done += length;
    }
    return done == 0 && file->position < file->entry_count ? -EINVAL : (int64_t)done;
}

int64_t sys_getdents64(struct user_kernel *kernel, const uint64_t *a)
{
    return get_entries(kernel, a, true);
}

int64_t sys_getdents(struct user_kernel *kernel, const uint64_t *a)
{
    return get_entries(kernel, a, false);
}
