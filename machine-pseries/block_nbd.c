/*
 * Images of other formats than raw: Debian's qemu-nbd reads and writes them, as a child process
 * that libnbd starts on a socket of its own and ends with the connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libnbd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "block_internal.h"

static int last_error(int result)
{
    if (result >= 0)
        return 0;
    const int error = nbd_get_errno();
    return error ? error : EIO;
}

static int nbd_layer_read(struct block_layer *layer, uint64_t offset, void *out, size_t len)
{
    return last_error(nbd_pread(layer->state, out, len, offset, 0));
}

static int nbd_layer_write(struct block_layer *layer, uint64_t offset, const void *in, size_t len)
{
    return last_error(nbd_pwrite(layer->state, in, len, offset, 0));
}

static int nbd_layer_flush(struct block_layer *layer)
{
    return last_error(nbd_flush(layer->state, 0));
}

static int nbd_layer_zero(struct block_layer *layer, uint64_t offset, uint64_t len, bool unmap)
{
    const uint64_t most = UINT64_C(1) << 30; /* a request's length has 32 bits */
    int error = 0;
    while (len > 0 && !error) {
        const uint64_t n = len < most ? len : most;
        error = last_error(nbd_zero(layer->state, n, offset, unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE));
        offset += n;
        len -= n;
    }
    return error;
}

static void nbd_layer_close(struct block_layer *layer)
{
    nbd_shutdown(layer->state, 0);
    nbd_close(layer->state); /* ends qemu-nbd, which writes back what it has */
}

static const struct block_layer_ops nbd_ops = {
    .read = nbd_layer_read,
    .write = nbd_layer_write,
    .flush = nbd_layer_flush,
    .zero = nbd_layer_zero,
    .close = nbd_layer_close,
};

/* Version 2 or 3 of qcow2 (its specification, "Header"): does all of the content lie in the file?
 */
static bool is_one_file(int fd)
{
    enum { VERSION = 4, BACKING_OFFSET = 8, INCOMPATIBLE = 72, EXTERNAL_DATA = 4, SIZE = 80 };
    uint8_t header[SIZE];
    if (block_pread(fd, 0, header, sizeof header) != 0)
        return false;
    const uint32_t version = load_be32(header + VERSION);
    return load_be64(header + BACKING_OFFSET) == 0 &&
           (version == 2 || (version == 3 && !(load_be64(header + INCOMPATIBLE) & EXTERNAL_DATA)));
}

/* qemu-nbd reports a held lock too, but less well. */
static enum sim_status look_at_file(struct block *block, bool write)
{
    int fd;
    TRY(block_open_file(block, write ? O_RDWR : O_RDONLY, &fd));
    const enum sim_status status =
        block->options.unlocked ? STATUS_OK : block_lock(block, fd, write, false);
    block->one_file = S_ISREG(block->stat.st_mode) && is_one_file(fd);
    close(fd);
    return status;
}

/* What qemu-nbd is to open: a path, or image options that leave its locks alone. To be freed. */
static char *server_file(const struct block *block)
{
    static const char unlocked[] = "driver=qcow2,file.locking=off,file.filename=";
    char *const path = realpath(block->options.file, NULL);
    if (!path || !block->options.unlocked)
        return path;
    char *const image = malloc(sizeof unlocked + 2 * strlen(path));
    if (image) {
        char *out = stpcpy(image, unlocked);
        for (const char *in = path; *in; in++) {
            if (*in == ',')
                *out++ = ',';
            *out++ = *in;
        }
        *out = 0;
    }
    free(path);
    return image;
}

/* Keys that end this program do not end qemu-nbd before it: the mask is inherited. */
static int start_server(struct nbd_handle *nbd, const struct block *block, bool write, char *file)
{
    char read_only[] = "--read-only", program[] = "qemu-nbd", format[] = "--format=qcow2";
    char cache[] = "--cache=writeback", discard[] = "--discard=ignore", unmap[] = "--discard=unmap";
    char options[] = "--image-opts";
    char *argv[] = {program, block->options.unlocked ? options : format,
                    cache,   block->options.unmap ? unmap : discard,
                    file,    NULL,
                    NULL};
    sigset_t keys, before;
    if (!write) {
        argv[4] = read_only;
        argv[5] = file;
    }
    sigemptyset(&keys);
    sigaddset(&keys, SIGINT);
    sigaddset(&keys, SIGQUIT);
    sigaddset(&keys, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &keys, &before);
    const int result = nbd_connect_systemd_socket_activation(nbd, argv);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

enum sim_status block_nbd_open(struct block *block)
{
    const struct block_options *const o = &block->options;
    const bool write = !block->readonly && !o->snapshot;
    TRY(look_at_file(block, write));
    char *const file = server_file(block);
    RETURN_IF(!file, STATUS_NO_FILE, "%s: %s: %s", o->shown, o->file, strerror(errno));
    struct nbd_handle *const nbd = nbd_create();
    const int connected = nbd ? start_server(nbd, block, write, file) : -1;
    free(file);
    const int64_t size = connected == 0 ? nbd_get_size(nbd) : -1;
    if (size <= 0) {
        const enum sim_status status = status_fail(
            STATUS_FORMAT,
            "%s: %s: qemu-nbd (Debian's package qemu-utils) cannot open it as qcow2%s%s", o->shown,
            o->file, connected == 0 ? "" : ": ",
            connected == 0    ? ""
            : nbd_get_error() ? nbd_get_error()
                              : "out of memory");
        if (nbd)
            nbd_close(nbd);
        return status;
    }
    block->image = (struct block_layer){.ops = &nbd_ops, .state = nbd, .size = (uint64_t)size};
    return STATUS_OK;
}
