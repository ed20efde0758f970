/* A user-mode process for fuzz targets, with a scratch directory of its own that it may change. */
#ifndef HORNPIPE_TESTS_FUZZ_USER_H
#define HORNPIPE_TESTS_FUZZ_USER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "user/kernel.h"

struct fuzz_user {
    struct user_settings settings;
    struct isa_clock clock;
    struct user_kernel *kernel; /* NULL: the program was refused */
};

/* One for all runs of this fuzzer, emptied after each: making directories takes longer than a run.
 */
static char fuzz_user_directory[64];

static void fuzz_user_remove_directory(void)
{
    rmdir(fuzz_user_directory);
}

static inline void fuzz_user_prepare(void)
{
    strcpy(fuzz_user_directory, "/tmp/hornpipe-fuzz-XXXXXX");
    isa_init();
    if (!mkdtemp(fuzz_user_directory) || atexit(fuzz_user_remove_directory) != 0)
        abort();
}

static void fuzz_user_drop(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

/* True if the process stands. fuzz_user_end() in any case. */
static inline bool fuzz_user_start(struct fuzz_user *user, const char *const *args,
                                   const uint8_t *bytes, size_t size)
{
    static const char *const env[] = {"A=b", NULL};
    static bool ready;
    const struct user_host host = {.ctx = NULL};
    struct vfs vfs = {.cwd = "/"};
    *user = (struct fuzz_user){.clock = {.hz = 1000000000, .cpi = 1}};
    user->settings = (struct user_settings){.model = cpu_model_find("POWER8"),
                                            .env = env,
                                            .args = args,
                                            .ram_size = 8 << 20,
                                            .stack_size = 1 << 20};
    log_set_sink(fuzz_user_drop, NULL);
    if (!ready)
        fuzz_user_prepare();
    ready = true;
    if (vfs_add(&vfs, "--allow-write", fuzz_user_directory, "/", true) != STATUS_OK ||
        vfs_add_program(&vfs, "/program", open("/dev/null", O_RDONLY)) != STATUS_OK)
        abort();
    if (kernel_create(&user->settings, &host, &user->clock, &vfs, "fuzz", bytes, size,
                      &user->kernel) != STATUS_OK)
        return false;
    /* The target's own input and output are no toys. */
    for (unsigned i = 0; i < 3; i++)
        files_close(user->kernel, i);
    return true;
}

/* Runs some instructions; a process that waits is left. */
static inline void fuzz_user_run(struct fuzz_user *user, uint64_t budget)
{
    struct user_kernel *const kernel = user->kernel;
    while (budget && !kernel->ended && kernel->wait == WAIT_NOTHING) {
        uint64_t retired = 0;
        if (kernel_run(kernel, budget, &retired) == STOP_STUCK)
            return;
        budget -= retired < budget ? retired : budget;
        kernel_update(kernel);
    }
}

/* Empties a directory of what the program has put into it. */
static inline void fuzz_user_empty(int parent, const char *name)
{
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *const directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            unlinkat(fd, entry->d_name, 0) == 0)
            continue;
        fchmodat(fd, entry->d_name, 0700, 0);
        fuzz_user_empty(fd, entry->d_name);
        unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    if (directory)
        closedir(directory);
}

static inline void fuzz_user_end(struct fuzz_user *user)
{
    kernel_destroy(user->kernel);
    fuzz_user_empty(AT_FDCWD, fuzz_user_directory);
}

#endif
