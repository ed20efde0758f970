/* Nothing outside what was given can be reached, by any spelling.
 * user: options: --allow-write {given} --allow-read {readable}
 * user: arguments: {given} {readable} {outside}
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static char path[4096];
static const char *at(const char *directory, const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* The file has these words. */
static int holds(const char *name, const char *words)
{
    char text[100] = "";
    const int fd = open(name, O_RDONLY);
    if (fd < 0)
        return 0;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 && strcmp(text, words) == 0;
}

static void test_links(const char *given, const char *outside)
{
    struct stat st;
    CHECK(holds(at(given, "file.txt"), "this is given\n"));
    CHECK(holds(at(given, "inside-link"), "this is given\n"));
    CHECK(holds(at(given, "sub/../sub/deep/../../file.txt"), "this is given\n"));
    FAILS(open(at(outside, "file.txt"), O_RDONLY), ENOENT);
    FAILS(open(at(given, "up-link"), O_RDONLY), ENOENT);
    FAILS(open(at(given, "absolute-link"), O_RDONLY), ENOENT);
    FAILS(open(at(given, "out-directory/file.txt"), O_RDONLY), ENOENT);
    FAILS(open(at(given, "proc-link/etc/passwd"), O_RDONLY), ENOENT);
    FAILS(open(at(given, "../outside/file.txt"), O_RDONLY), ENOENT);
    FAILS(open(at(given, "sub/../../outside/file.txt"), O_RDONLY), ENOENT);
    FAILS(stat(at(given, "absolute-link"), &st), ENOENT);
    CHECK(lstat(at(given, "absolute-link"), &st) == 0 && S_ISLNK(st.st_mode));
    /* What a link outside would be followed to cannot be created either. */
    FAILS(open(at(given, "up-link"), O_WRONLY | O_CREAT, 0666), ENOENT);
    CHECK(symlink(outside, at(given, "mine")) == 0);
    FAILS(open(at(given, "mine/file.txt"), O_RDONLY), ENOENT);
    FAILS(mkdir(at(given, "mine/new"), 0777), ENOENT);
    CHECK(unlink(at(given, "mine")) == 0);
    CHECK(symlink("/../../../../etc", at(given, "mine")) == 0);
    FAILS(open(at(given, "mine/passwd"), O_RDONLY), ENOENT);
    CHECK(symlink("loop", at(given, "loop")) == 0);
    FAILS(open(at(given, "loop"), O_RDONLY), ELOOP);
}

static void test_system(void)
{
    static const char *const names[] = {
        "/etc/passwd",
        "/proc/self/mem",
        "/proc/self/maps",
        "/proc/self/root/etc/passwd",
        "/proc/1/root",
        "/dev/mem",
        "/sys",
        "/dev/../etc/passwd",
        "//etc//passwd",
        "/root",
        "/proc/self/fd/0",
        "/proc/self/cwd",
        "/tmp/../etc/passwd",
        "/dev/tty",
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        FAILS(open(names[i], O_RDONLY), ENOENT);
    FAILS(open("/proc/self/exe/../../etc/passwd", O_RDONLY), ENOTDIR);
    FAILS(open("/new", O_WRONLY | O_CREAT, 0666), EROFS);
    FAILS(mkdir("/dev/new", 0777), EROFS);
    FAILS(unlink("/dev/null"), EBUSY);
    FAILS(chroot("/"), ENOSYS);
    FAILS(syscall(SYS_open_by_handle_at, 3, NULL, 0), ENOSYS);
    FAILS(syscall(SYS_mount, "/", "/dev", "bind", 0, NULL), ENOSYS);
    FAILS(syscall(SYS_ptrace, 0, 0, 0, 0), ENOSYS);
    FAILS(syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0), ENOSYS);
}

static void test_rights(const char *given, const char *readable)
{
    char other[4096];
    struct stat st;
    CHECK(holds(at(readable, "file.txt"), "this is readable\n"));
    FAILS(open(at(readable, "file.txt"), O_WRONLY), EROFS);
    FAILS(open(at(readable, "file.txt"), O_RDONLY | O_TRUNC), EROFS);
    FAILS(open(at(readable, "new"), O_WRONLY | O_CREAT, 0666), EROFS);
    FAILS(unlink(at(readable, "file.txt")), EROFS);
    FAILS(mkdir(at(readable, "new"), 0777), EROFS);
    FAILS(chmod(at(readable, "file.txt"), 0777), EROFS);
    FAILS(truncate(at(readable, "file.txt"), 0), EROFS);
    FAILS(utimensat(AT_FDCWD, at(readable, "file.txt"), NULL, 0), EROFS);
    FAILS(access(at(readable, "file.txt"), W_OK), EROFS);
    FAILS(symlink("x", at(readable, "new")), EROFS);
    strcpy(other, at(readable, "file.txt"));
    FAILS(rename(other, at(given, "stolen")), EROFS);
    FAILS(link(other, at(given, "stolen")), EXDEV);
    FAILS(rename(at(given, "file.txt"), other), EROFS);
    const int fd = open(other, O_RDONLY);
    FAILS(fchmod(fd, 0777), EROFS);
    FAILS(ftruncate(fd, 0), EINVAL);
    FAILS(write(fd, "x", 1), EBADF);
    CHECK(fstat(fd, &st) == 0 && (st.st_mode & 0777) != 0777 && st.st_size == 17);
    FAILS(unlink(given), EBUSY);
    FAILS(rmdir(given), EBUSY);
    FAILS(rename(given, at(given, "sub/x")), EBUSY);
    /* Pipes and devices of the host are no files here. */
    FAILS(open(at(given, "fifo"), O_RDONLY | O_NONBLOCK), EACCES);
    FAILS(mknod(at(given, "device"), S_IFCHR | 0666, 0x103), ENOSYS);
}

/* A directory that moves while it is the working directory, or is open, leads nowhere new. */
static void test_moves(const char *given)
{
    char deep[4096], moved[4096];
    strcpy(deep, at(given, "sub/deep"));
    strcpy(moved, at(given, "deep"));
    CHECK(chdir(deep) == 0);
    const int fd = open(".", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0);
    CHECK(holds("../../file.txt", "this is given\n"));
    CHECK(rename(deep, moved) == 0);
    FAILS(open("../../../outside/file.txt", O_RDONLY), ENOENT);
    FAILS(openat(fd, "../../outside/file.txt", O_RDONLY), ENOENT);
    FAILS(openat(fd, "../../../../../../../../../../etc/passwd", O_RDONLY), ENOENT);
    CHECK(chdir("/") == 0);
    CHECK(rename(moved, deep) == 0);
}

/* The way to what was given is there, and nothing beside it. */
static void test_way(const char *given)
{
    char way[4096];
    struct dirent *entry;
    int others = 0, found = 0;
    strcpy(way, given);
    *strrchr(way, '/') = 0;
    DIR *const directory = opendir(way);
    CHECK(directory != NULL);
    while (directory && (entry = readdir(directory)) != NULL) {
        found += strcmp(entry->d_name, "given") == 0 || strcmp(entry->d_name, "readable") == 0;
        others += strcmp(entry->d_name, "outside") == 0;
    }
    CHECK(found == 2 && others == 0);
    FAILS(open(at(way, "new"), O_WRONLY | O_CREAT, 0666), EROFS);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    test_links(argv[1], argv[3]);
    test_system();
    test_rights(argv[1], argv[2]);
    test_moves(argv[1]);
    test_way(argv[1]);
    return finish();
}
