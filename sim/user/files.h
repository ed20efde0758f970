/* Open files of the process. */
#ifndef HORNPIPE_USER_FILES_H
#define HORNPIPE_USER_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct user_kernel;

enum { USER_FDS = 1024, USER_PIPE_SIZE = 65536, USER_PIPES_MAX = 64 };

enum user_file_kind {
    FILE_REGULAR, /* of the host */
    FILE_DIRECTORY,
    FILE_STREAM, /* stdin, stdout, stderr of the start */
    FILE_PIPE,
    FILE_NULL,
    FILE_ZERO,
    FILE_FULL,
    FILE_RANDOM,
    FILE_PATH, /* O_PATH */
};

struct user_pipe {
    unsigned readers, writers; /* open ends */
    size_t start, size;
    uint8_t bytes[USER_PIPE_SIZE];
};

struct user_dirent {
    char *name;
    uint64_t inode;
    uint8_t type;
};

struct user_file {
    unsigned references;
    enum user_file_kind kind;
    unsigned flags;  /* guest O_* */
    int fd;          /* host's, or -1 */
    unsigned stream; /* FILE_STREAM: 0, 1, 2 */
    bool may_write;  /* the mount allows changes */
    char *path;      /* plain; NULL for what has none */
    bool dirty;      /* written: its times are the host's until file_stamp() */
    uint64_t dirty_ns;
    struct user_pipe *pipe;
    bool pipe_writer;
    struct user_dirent *entries; /* FILE_DIRECTORY: sorted, once read */
    size_t entry_count;
    uint64_t position; /* index into entries */
};

struct user_fd {
    struct user_file *file; /* NULL: closed */
    bool close_on_exec;
};

/* Inode numbers as the program sees them: in the order of their first sight. */
struct user_inode {
    uint64_t device, inode; /* the host's; device 0: free */
    uint64_t number;
};

struct user_files {
    struct user_fd fds[USER_FDS];
    unsigned pipe_count;
    struct user_inode *inodes; /* owned: open addressing */
    size_t inode_count, inode_slots;
    uint64_t next_inode;
};

/* Opens 0, 1, 2. False: no memory. */
bool files_init(struct user_kernel *kernel);
void files_fini(struct user_kernel *kernel);

/* The open file, or NULL. */
struct user_file *files_get(struct user_kernel *kernel, uint64_t fd);

/* A new file with one reference; NULL: no memory. file_release() drops one. */
struct user_file *file_new(enum user_file_kind kind, int fd, unsigned flags, const char *path);
void file_release(struct user_kernel *kernel, struct user_file *file);

/* Puts a file (reference taken over) at the lowest free number from `least`; -EMFILE. */
int files_install(struct user_kernel *kernel, struct user_file *file, unsigned least,
                  bool close_on_exec);
int files_close(struct user_kernel *kernel, uint64_t fd);

/* Bytes were written: the file's dates are virtual time's. */
void file_touch(struct user_kernel *kernel, struct user_file *file);
void files_stamp_all(struct user_kernel *kernel);

/* The program's inode number for a host's file. */
uint64_t files_inode(struct user_kernel *kernel, const struct stat *st);
/* The file has lost its last name: a new one may get the same inode of the host. */
void files_forget_inode(struct user_kernel *kernel, const struct stat *st);

/*
 * Reads or writes at most `n` bytes at the file's place (`offset` < 0) or at `offset`: the count,
 * or a negative error. -EAGAIN of a blocking pipe end: the process would wait for itself.
 */
int64_t file_read(struct user_kernel *kernel, struct user_file *file, uint8_t *out, size_t n,
                  int64_t offset);
int64_t file_write(struct user_kernel *kernel, struct user_file *file, const uint8_t *in, size_t n,
                   int64_t offset);

#endif
