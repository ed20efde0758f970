/* Raw images: the file's bytes are the disk's. */
#define _GNU_SOURCE /* fallocate() */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "block_internal.h"

static int layer_fd(const struct block_layer *layer)
{
    return (int)(intptr_t)layer->state;
}

int block_pread(int fd, uint64_t offset, void *out, size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        const ssize_t n = pread(fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int block_pwrite(int fd, uint64_t offset, const void *in, size_t len)
{
    const uint8_t *at = in;
    while (len > 0) {
        const ssize_t n = pwrite(fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

static int raw_read(struct block_layer *layer, uint64_t offset, void *out, size_t len)
{
    return block_pread(layer_fd(layer), offset, out, len);
}

static int raw_write(struct block_layer *layer, uint64_t offset, const void *in, size_t len)
{
    return block_pwrite(layer_fd(layer), offset, in, len);
}

static int raw_flush(struct block_layer *layer)
{
    return fdatasync(layer_fd(layer)) == 0 ? 0 : errno;
}

int block_zero_file(int fd, uint64_t offset, uint64_t len, bool unmap)
{
    const int mode = unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
    if (fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != ENODEV)
        return errno;
    while (len > 0) {
        const size_t n = len < sizeof block_zeroes ? (size_t)len : sizeof block_zeroes;
        const int error = block_pwrite(fd, offset, block_zeroes, n);
        if (error)
            return error;
        offset += n;
        len -= n;
    }
    return 0;
}

static int raw_zero(struct block_layer *layer, uint64_t offset, uint64_t len, bool unmap)
{
    return block_zero_file(layer_fd(layer), offset, len, unmap);
}

static void raw_close(struct block_layer *layer)
{
    close(layer_fd(layer));
}

static const struct block_layer_ops raw_ops = {
    .read = raw_read,
    .write = raw_write,
    .flush = raw_flush,
    .zero = raw_zero,
    .close = raw_close,
};

static enum sim_status raw_size(const struct block *block, int fd, uint64_t *size)
{
    const struct block_options *const o = &block->options;
    const off_t end = lseek(fd, 0, SEEK_END);
    RETURN_IF(end < 0, STATUS_IO, "%s: %s: %s", o->shown, o->file, strerror(errno));
    RETURN_IF(end == 0, STATUS_FORMAT, "%s: %s: the image is empty", o->shown, o->file);
    *size = (uint64_t)end;
    return STATUS_OK;
}

static enum sim_status check_guess(const struct block *block, int fd)
{
    static const uint8_t qcow_magic[4] = {'Q', 'F', 'I', 0xfb};
    const struct block_options *const o = &block->options;
    uint8_t magic[4];
    if (o->format != BLOCK_UNSAID || block_pread(fd, 0, magic, sizeof magic) != 0)
        return STATUS_OK;
    RETURN_IF(
        memcmp(magic, qcow_magic, sizeof magic) == 0, STATUS_USAGE,
        "%s: %s: looks like a qcow2 image: say format=qcow2 (or format=raw, if its guest wrote"
        " it so)",
        o->shown, o->file);
    return STATUS_OK;
}

enum sim_status block_raw_open(struct block *block)
{
    const bool write = !block->readonly && !block->options.snapshot;
    int fd;
    uint64_t size = 0;
    TRY(block_open_file(block, write ? O_RDWR : O_RDONLY, &fd));
    enum sim_status status = raw_size(block, fd, &size);
    if (status == STATUS_OK)
        status = check_guess(block, fd);
    if (status == STATUS_OK && !block->options.unlocked)
        status = block_lock(block, fd, write, true);
    if (status != STATUS_OK) {
        close(fd);
        return status;
    }
    block->one_file = S_ISREG(block->stat.st_mode);
    block->image =
        (struct block_layer){.ops = &raw_ops, .state = (void *)(intptr_t)fd, .size = size};
    return STATUS_OK;
}
