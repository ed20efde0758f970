/* O_PATH, fstatfs() */
#define _GNU_SOURCE
#include "user/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* -- What is given -- */

/* Makes an absolute path plain by its text alone; false: not absolute, or too long. */
static bool make_plain(const char *path, char out[VFS_PATH_MAX])
{
    size_t length = 0;
    if (path[0] != '/' || strlen(path) >= VFS_PATH_MAX)
        return false;
    while (*path) {
        path += strspn(path, "/");
        const size_t n = strcspn(path, "/");
        if (n == 2 && path[0] == '.' && path[1] == '.') {
            while (length && out[--length] != '/')
                ;
        } else if (n && !(n == 1 && path[0] == '.')) {
            out[length++] = '/';
            memcpy(out + length, path, n);
            length += n;
        }
        path += n;
    }
    if (length == 0)
        out[length++] = '/';
    out[length] = 0;
    return true;
}

static enum sim_status add_mount(struct vfs *vfs, struct vfs_mount mount, const char *at)
{
    mount.at = strdup(at);
    if (!mount.at || vfs->mount_count == VFS_MOUNTS_MAX) {
        free(mount.at);
        close(mount.fd);
        return status_fail(STATUS_RANGE, "more than %d directories are given", VFS_MOUNTS_MAX);
    }
    /* The last one given for a place wins: it is found first. */
    memmove(&vfs->mounts[1], &vfs->mounts[0], vfs->mount_count * sizeof vfs->mounts[0]);
    vfs->mounts[0] = mount;
    vfs->mount_count++;
    return STATUS_OK;
}

enum sim_status vfs_add(struct vfs *vfs, const char *option, const char *host, const char *at,
                        bool writable)
{
    char plain[VFS_PATH_MAX];
    RETURN_IF(!make_plain(at, plain), STATUS_USAGE, "%s %s: '%s' is not an absolute path", option,
              host, at);
    const int fd = open(host, O_PATH | O_DIRECTORY | O_CLOEXEC);
    RETURN_IF(fd < 0, STATUS_NO_FILE, "%s %s: %s", option, host, strerror(errno));
    return add_mount(vfs, (struct vfs_mount){.fd = fd, .writable = writable}, plain);
}

enum sim_status vfs_add_program(struct vfs *vfs, const char *at, int fd)
{
    vfs->exe = strdup(at);
    if (!vfs->exe) {
        close(fd);
        return status_fail(STATUS_NO_MEMORY, "no memory for a process");
    }
    return add_mount(vfs, (struct vfs_mount){.fd = fd, .is_file = true}, at);
}

void vfs_fini(struct vfs *vfs)
{
    for (unsigned i = 0; i < vfs->mount_count; i++) {
        free(vfs->mounts[i].at);
        close(vfs->mounts[i].fd);
    }
    free(vfs->exe);
    vfs->exe = NULL;
    vfs->mount_count = 0;
}

/* -- Built-in files -- */

static const struct {
    const char *path;
    enum vfs_device device;
} devices[] = {
    {"/dev/null", VFS_NULL},     {"/dev/zero", VFS_ZERO},      {"/dev/full", VFS_FULL},
    {"/dev/random", VFS_RANDOM}, {"/dev/urandom", VFS_RANDOM}, {"/dev/stdin", VFS_STDIN},
    {"/dev/stdout", VFS_STDOUT}, {"/dev/stderr", VFS_STDERR},  {"/proc/self/exe", VFS_EXE_LINK},
};
enum { DEVICE_COUNT = sizeof devices / sizeof devices[0] };

/* True if `path` is a directory above `below`. */
static bool leads_to(const char *path, const char *below)
{
    const size_t n = strlen(path);
    if (n == 1)
        return below[1] != 0;
    return strncmp(path, below, n) == 0 && below[n] == '/';
}

static bool leads_anywhere(const struct vfs *vfs, const char *path)
{
    for (unsigned i = 0; i < vfs->mount_count; i++)
        if (leads_to(path, vfs->mounts[i].at))
            return true;
    for (unsigned i = 0; i < DEVICE_COUNT; i++)
        if (leads_to(path, devices[i].path))
            return true;
    return false;
}

static const struct vfs_mount *find_mount(const struct vfs *vfs, const char *path)
{
    for (unsigned i = 0; i < vfs->mount_count; i++)
        if (strcmp(path, vfs->mounts[i].at) == 0)
            return &vfs->mounts[i];
    return NULL;
}

static enum vfs_device find_device(const char *path)
{
    for (unsigned i = 0; i < DEVICE_COUNT; i++)
        if (strcmp(path, devices[i].path) == 0)
            return devices[i].device;
    return VFS_NO_DEVICE;
}

const char *vfs_extra_name(const struct vfs *vfs, const char *path, unsigned index, char room[256],
                           bool *is_directory)
{
    const size_t n = strlen(path) == 1 ? 0 : strlen(path);
    for (unsigned i = 0; i < vfs->mount_count + DEVICE_COUNT; i++) {
        const bool is_mount = i < vfs->mount_count;
        const char *const at = is_mount ? vfs->mounts[i].at : devices[i - vfs->mount_count].path;
        if (!leads_to(path, at) || index-- > 0)
            continue;
        const char *const name = at + n + 1;
        const size_t length = strcspn(name, "/");
        snprintf(room, 256, "%.*s", (int)(length < 255 ? length : 255), name);
        *is_directory = name[length] == '/' || (is_mount && !vfs->mounts[i].is_file);
        return room;
    }
    return NULL;
}

/* -- Walking -- */

struct walk {
    const struct vfs *vfs;
    struct vfs_place *place; /* the object that was reached */
    unsigned links;
    char rest[2 * VFS_PATH_MAX]; /* of the path */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void vfs_leave(struct vfs_place *place)
{
    close_fd(&place->fd);
    close_fd(&place->parent);
}

/*
 * File systems that show the simulator itself, its kernel or its devices are nobody's to give:
 * their files are more than bytes.
 */
static bool is_refused(int fd)
{
    struct statfs st;
    if (fstatfs(fd, &st) != 0)
        return true;
    switch ((unsigned long)st.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case BPF_FS_MAGIC:
        return true;
    default:
        return false;
    }
}

/* Takes `fd` (owned) as the object reached; false, with it closed, if it is none to be had. */
static int take_object(struct vfs_place *place, int fd)
{
    if (fstat(fd, &place->st) != 0 || is_refused(fd)) {
        close(fd);
        return -EACCES;
    }
    place->fd = fd;
    place->exists = true;
    return 0;
}

/* Moves to the object at place->path that is built in: a mount, a device, a way to one. */
static int enter_builtin(const struct vfs *vfs, struct vfs_place *place, bool *found)
{
    const struct vfs_mount *const mount = find_mount(vfs, place->path);
    const enum vfs_device device = find_device(place->path);
    *found = true;
    if (device) {
        place->device = device;
        place->exists = true;
        place->mount = NULL;
        return 0;
    }
    if (mount) {
        const int fd = fcntl(mount->fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return -errno;
        place->mount = mount;
        place->is_root = true;
        return take_object(place, fd);
    }
    *found = false;
    return 0;
}

static void enter_virtual(struct vfs_place *place)
{
    place->exists = place->is_virtual = place->is_root = true;
    place->mount = NULL;
}

/* Looks `name` up in the directory that was reached. Afterwards that directory is the parent. */
static int step(const struct vfs *vfs, struct vfs_place *place, const char *name, size_t n)
{
    const size_t length = strlen(place->path), slash = length > 1;
    bool found;
    if (n > 255 || length + slash + n >= VFS_PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(place->name, name, n);
    place->name[n] = 0;
    snprintf(place->path + length, VFS_PATH_MAX - length, "%s%s", slash ? "/" : "", place->name);
    close_fd(&place->parent);
    place->parent = place->fd;
    place->fd = -1;
    place->exists = place->is_root = place->is_virtual = false;
    const int error = enter_builtin(vfs, place, &found);
    if (error || found)
        return error;
    int fd = -1;
    if (place->parent >= 0) {
        fd = openat(place->parent, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            return -errno;
    }
    if (fd >= 0)
        return take_object(place, fd);
    if (leads_anywhere(vfs, place->path))
        enter_virtual(place);
    return 0;
}

static int enter_root(const struct vfs *vfs, struct vfs_place *place)
{
    bool found;
    vfs_leave(place);
    *place = (struct vfs_place){.parent = -1, .fd = -1};
    memcpy(place->path, "/", 2);
    const int error = enter_builtin(vfs, place, &found);
    if (!error && !found)
        enter_virtual(place);
    return error;
}

static bool is_directory(const struct vfs_place *place)
{
    return place->is_virtual || (place->fd >= 0 && S_ISDIR(place->st.st_mode));
}

/* Walks a plain path, in which a link would be a race with somebody outside: it is not followed. */
static int enter_plain(const struct vfs *vfs, struct vfs_place *place, const char *path)
{
    int error = enter_root(vfs, place);
    while (!error && *(path += strspn(path, "/"))) {
        const size_t n = strcspn(path, "/");
        if (!is_directory(place))
            return -ENOTDIR;
        error = step(vfs, place, path, n);
        if (!error && !place->exists)
            error = -ENOENT;
        path += n;
    }
    return error;
}

static int go_up(const struct vfs *vfs, struct vfs_place *place)
{
    char path[VFS_PATH_MAX];
    memcpy(path, place->path, sizeof path);
    *strrchr(path, '/') = 0;
    return enter_plain(vfs, place, path);
}

int vfs_read_link(const struct vfs *vfs, const struct vfs_place *place, char *out, size_t room)
{
    if (place->device == VFS_EXE_LINK) {
        const size_t n = strlen(vfs->exe) < room ? strlen(vfs->exe) : room;
        memcpy(out, vfs->exe, n);
        return (int)n;
    }
    if (place->fd < 0 || !S_ISLNK(place->st.st_mode))
        return -EINVAL;
    const ssize_t n = readlinkat(place->fd, "", out, room);
    return n < 0 ? -errno : (int)n;
}

static bool is_link(const struct vfs_place *place)
{
    return place->device == VFS_EXE_LINK || (place->fd >= 0 && S_ISLNK(place->st.st_mode));
}

/* Puts the link's target before the rest of the path, and goes back to where it starts. */
static int follow(struct walk *walk, const char *rest)
{
    char target[VFS_PATH_MAX], joined[2 * VFS_PATH_MAX];
    struct vfs_place *const place = walk->place;
    if (walk->links++ >= VFS_LINKS_MAX)
        return -ELOOP;
    const int n = vfs_read_link(walk->vfs, place, target, sizeof target - 1);
    if (n < 0)
        return n;
    target[n] = 0;
    if (n == 0)
        return -ENOENT;
    const size_t more = strlen(rest);
    if ((size_t)n + more >= sizeof joined)
        return -ENAMETOOLONG;
    memcpy(joined, target, (size_t)n);
    memcpy(joined + n, rest, more + 1); /* from walk->rest itself */
    memcpy(walk->rest, joined, (size_t)n + more + 1);
    return target[0] == '/' ? enter_root(walk->vfs, place) : go_up(walk->vfs, place);
}

/* One component at `*at` of walk->rest. */
static int walk_component(struct walk *walk, const char **at, unsigned how)
{
    struct vfs_place *const place = walk->place;
    const char *const name = *at;
    const size_t n = strcspn(name, "/");
    const char *const rest = name + n;
    const bool last = rest[strspn(rest, "/")] == 0;
    *at = rest;
    if (!is_directory(place))
        return place->exists ? -ENOTDIR : -ENOENT;
    const bool is_dot = n <= 2 && strncmp(name, "..", n) == 0;
    if (last)
        place->is_dot = is_dot;
    if (is_dot && n == 1)
        return 0;
    if (is_dot) {
        const int error = go_up(walk->vfs, place);
        place->is_dot = last;
        return error;
    }
    const int error = step(walk->vfs, place, name, n);
    if (error)
        return error;
    if (!place->exists)
        return last && (how & VFS_NEW) ? 0 : -ENOENT;
    /* A "/" behind the last component asks for what it links to. */
    if (is_link(place) && (!last || (how & VFS_FOLLOW) || *rest)) {
        const int failed = follow(walk, rest);
        *at = walk->rest;
        return failed;
    }
    return 0;
}

int vfs_walk(const struct vfs *vfs, const char *from, const char *path, unsigned how,
             struct vfs_place *place)
{
    struct walk walk = {.vfs = vfs, .place = place};
    *place = (struct vfs_place){.parent = -1, .fd = -1};
    if (!*path)
        return -ENOENT;
    const size_t length = strlen(path);
    if (length >= VFS_PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(walk.rest, path, length + 1);
    int error = path[0] == '/' ? enter_root(vfs, place) : enter_plain(vfs, place, from);
    const char *at = walk.rest;
    bool slash = false;
    while (!error && *at) {
        slash = *at == '/';
        at += strspn(at, "/");
        if (*at) {
            error = walk_component(&walk, &at, how);
            slash = false;
        }
    }
    place->wants_directory = slash;
    if (!error && slash && place->exists && !is_directory(place))
        error = -ENOTDIR;
    if (error)
        vfs_leave(place);
    return error;
}
