/* Files of a directory that may be changed: what Linux programs expect of them, and of the dates.
 * user: options: --allow-write {given},at=/given --cwd /given
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile uintptr_t nowhere = 16;

static void test_descriptors(void)
{
    char text[20] = "";
    int fd = open("new", O_RDWR | O_CREAT | O_EXCL, 0640), pipes[2];
    struct stat st;
    CHECK(fd == 3);
    FAILS(open("new", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
    CHECK(write(fd, "hello world", 11) == 11 && lseek(fd, 6, SEEK_SET) == 6);
    CHECK(read(fd, text, 19) == 5 && strcmp(text, "world") == 0);
    CHECK(pread(fd, text, 5, 0) == 5 && memcmp(text, "hello", 5) == 0);
    CHECK(pwrite(fd, "J", 1, 0) == 1 && lseek(fd, 0, SEEK_CUR) == 11);
    const struct iovec parts[] = {{"ab", 2}, {"", 0}, {"cde", 3}};
    CHECK(writev(fd, parts, 3) == 5 && lseek(fd, 0, SEEK_END) == 16);
    CHECK(fstat(fd, &st) == 0 && st.st_size == 16 && (st.st_mode & 07777) == 0640);
    CHECK(st.st_uid == getuid() && st.st_nlink == 1 && S_ISREG(st.st_mode));
    CHECK(st.st_mtime >= 1767225600 && st.st_mtime < 1767225610); /* virtual time */
    CHECK(ftruncate(fd, 4) == 0 && lseek(fd, 0, SEEK_END) == 4);
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    CHECK(copy == 10 && fcntl(copy, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFD) == 0);
    CHECK(lseek(copy, 0, SEEK_CUR) == 4 && dup2(copy, 20) == 20 && close(20) == 0);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    CHECK(close(fd) == 0 && close(copy) == 0);
    FAILS(close(fd), EBADF);
    fd = open("new", O_WRONLY | O_APPEND);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "!", 1) == 1 && lseek(fd, 0, SEEK_END) == 5);
    FAILS(read(fd, text, 1), EBADF);
    FAILS(write(fd, (void *)(uintptr_t)nowhere, 5), EFAULT);
    close(fd);
    CHECK(pipe(pipes) == 0 && write(pipes[1], "pipe", 4) == 4);
    CHECK(read(pipes[0], text, 20) == 4 && memcmp(text, "pipe", 4) == 0);
    close(pipes[1]);
    CHECK(read(pipes[0], text, 20) == 0);
    FAILS(lseek(pipes[0], 0, SEEK_SET), ESPIPE);
    close(pipes[0]);
}

static void test_names(void)
{
    struct stat a, b;
    char text[100];
    CHECK(strcmp(getcwd(text, sizeof text), "/given") == 0);
    CHECK(mkdir("dir", 0777) == 0 && stat("dir", &a) == 0 && (a.st_mode & 0777) == 0755);
    FAILS(mkdir("dir", 0777), EEXIST);
    FAILS(mkdir("none/dir", 0777), ENOENT);
    CHECK(rename("new", "dir/newer") == 0 && link("dir/newer", "second") == 0);
    CHECK(stat("dir/newer", &a) == 0 && stat("second", &b) == 0);
    CHECK(a.st_ino == b.st_ino && a.st_nlink == 2 && a.st_dev == b.st_dev);
    FAILS(rmdir("dir"), ENOTEMPTY);
    FAILS(unlink("dir"), EISDIR);
    FAILS(rmdir("second"), ENOTDIR);
    FAILS(open("second/", O_RDONLY), ENOTDIR);
    FAILS(open("dir", O_WRONLY), EISDIR);
    CHECK(symlink("dir/newer", "soft") == 0 && readlink("soft", text, sizeof text) == 9);
    CHECK(open("soft", O_RDONLY) == 3 && close(3) == 0);
    FAILS(open("soft", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(symlink("dangling-target", "dangling") == 0);
    CHECK(open("dangling", O_WRONLY | O_CREAT, 0666) == 3 && close(3) == 0);
    CHECK(access("dangling-target", R_OK) == 0 && unlink("dangling-target") == 0);
    CHECK(chdir("dir") == 0 && strcmp(getcwd(text, sizeof text), "/given/dir") == 0);
    CHECK(access("../second", F_OK) == 0 && chdir("..") == 0);
    CHECK(chmod("second", 0444) == 0 && stat("second", &a) == 0 && (a.st_mode & 0777) == 0444);
    FAILS(chown("second", 0, 0), EPERM);
    CHECK(chown("second", getuid(), -1) == 0);
    const struct timespec times[2] = {{5, 6}, {1000, 2000}};
    CHECK(utimensat(AT_FDCWD, "second", times, 0) == 0 && stat("second", &a) == 0);
    CHECK(a.st_mtim.tv_sec == 1000 && a.st_mtim.tv_nsec == 2000);
    CHECK(stat("file.txt", &a) == 0 && a.st_mtime == 1000000000);
    CHECK(unlink("dir/newer") == 0 && unlink("second") == 0 && rmdir("dir") == 0);
    FAILS(stat("second", &a), ENOENT);
}

/* Sorted, whatever order the host has. */
static void test_directory(void)
{
    char last[300] = "";
    int count = 0;
    struct dirent *entry;
    for (int i = 0; i < 300; i++) {
        char name[20];
        snprintf(name, sizeof name, "f%d", i * 7919 % 1000);
        close(open(name, O_WRONLY | O_CREAT, 0666));
    }
    DIR *const directory = opendir(".");
    while (directory && (entry = readdir(directory)) != NULL) {
        CHECK(strcmp(last, entry->d_name) < 0);
        strcpy(last, entry->d_name);
        count += entry->d_name[0] == 'f' && entry->d_name[1] >= '0' && entry->d_name[1] <= '9';
    }
    CHECK(count == 300);
    rewinddir(directory);
    CHECK((entry = readdir(directory)) != NULL && strcmp(entry->d_name, ".") == 0);
    closedir(directory);
}

static void test_devices(void)
{
    char bytes[64];
    const int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
    CHECK(write(null, "x", 1) == 1 && read(null, bytes, 1) == 0);
    memset(bytes, 1, sizeof bytes);
    CHECK(read(zero, bytes, 64) == 64 && bytes[0] == 0 && bytes[63] == 0);
    FAILS(write(open("/dev/full", O_WRONLY), "x", 1), ENOSPC);
    CHECK(read(open("/dev/urandom", O_RDONLY), bytes, 64) == 64);
    FAILS(isatty(0) - 1, ENOTTY);
}

int main(void)
{
    test_descriptors();
    test_names();
    test_directory();
    test_devices();
    return finish();
}
