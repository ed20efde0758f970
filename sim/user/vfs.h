/*
 * What a user-mode program can name: the directories that it was given, each at its place in the
 * program's own tree, and a few built-in files. Every path is walked component by component from
 * the descriptor of a given directory, never following a link or ".." of the host's: links are read
 * and followed inside the program's tree. So nothing outside can be reached, whatever the program
 * or others do to the directories meanwhile.
 */
#ifndef HORNPIPE_USER_VFS_H
#define HORNPIPE_USER_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/status.h"

enum { VFS_PATH_MAX = 4096, VFS_MOUNTS_MAX = 64, VFS_LINKS_MAX = 40 };

struct vfs_mount {
    char *at;     /* owned: where the program sees it, absolute and plain */
    int fd;       /* owned: of the directory or file */
    bool is_file; /* PROGRAM */
    bool writable;
};

enum vfs_device {
    VFS_NO_DEVICE,
    VFS_NULL,
    VFS_ZERO,
    VFS_FULL,
    VFS_RANDOM,
    VFS_STDIN,
    VFS_STDOUT,
    VFS_STDERR,
    VFS_EXE_LINK, /* /proc/self/exe */
};

struct vfs {
    struct vfs_mount mounts[VFS_MOUNTS_MAX];
    unsigned mount_count;
    char *exe;              /* owned: what /proc/self/exe is a link to */
    char cwd[VFS_PATH_MAX]; /* plain */
};

/* Where a walk ended: an object, or a name in a directory that has no such entry. */
struct vfs_place {
    char path[VFS_PATH_MAX];       /* plain: absolute, without links, "." and ".." */
    char name[256];                /* last component; empty for "/" */
    const struct vfs_mount *mount; /* NULL: inside none */
    int parent; /* owned: O_PATH descriptor of the directory; -1: not the host's */
    int fd;     /* owned: O_PATH descriptor of the object; -1: none, or not the host's */
    bool exists;
    bool is_root;         /* a mount's own directory, or a directory that only leads to mounts */
    bool is_virtual;      /* a directory that is not the host's */
    bool wants_directory; /* the path ended in "/" */
    bool is_dot;          /* its last component was "." or ".." */
    enum vfs_device device;
    struct stat st; /* of `fd` */
};

/* Adds a directory of the host at `at` (absolute, made plain here). */
enum sim_status vfs_add(struct vfs *vfs, const char *option, const char *host, const char *at,
                        bool writable);
/* Adds PROGRAM, already open as `fd` (taken over), where /proc/self/exe says. */
enum sim_status vfs_add_program(struct vfs *vfs, const char *at, int fd);
void vfs_fini(struct vfs *vfs);

/* How to end a walk. */
enum {
    VFS_FOLLOW = 1, /* follow a link that is the last component */
    VFS_NEW = 2,    /* the last component need not exist */
};

/*
 * Walks `path` from the plain directory `from`. 0 and `*place`, to be given to vfs_leave(); or a
 * negative error number, and nothing to release.
 */
int vfs_walk(const struct vfs *vfs, const char *from, const char *path, unsigned how,
             struct vfs_place *place);
void vfs_leave(struct vfs_place *place);

/*
 * Names in the virtual part of a directory (mounts and built-in files right below the plain path),
 * one by one: index from 0, NULL at the end. `is_directory` as it is there.
 */
const char *vfs_extra_name(const struct vfs *vfs, const char *path, unsigned index, char room[256],
                           bool *is_directory);

/* Target of a link whose place has been walked without VFS_FOLLOW: length, or negative error. */
int vfs_read_link(const struct vfs *vfs, const struct vfs_place *place, char *out, size_t room);

#endif
