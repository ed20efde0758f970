#include "block.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "block_internal.h"

const uint8_t block_zeroes[65536];

/* -- Opening -- */

static enum sim_status open_overlay(struct block *block)
{
    block->top = &block->image;
    if (block->readonly || !(block->options.snapshot || block->options.deferred))
        return STATUS_OK;
    TRY(block_overlay_open(block));
    block->top = &block->overlay;
    return STATUS_OK;
}

static enum sim_status open_layers(struct block *block)
{
    if (block->options.format == BLOCK_QCOW2)
        TRY(block_nbd_open(block));
    else
        TRY(block_raw_open(block));
    return open_overlay(block);
}

static enum sim_status finish_open(struct block *block, enum sim_status status, struct block **out)
{
    if (status == STATUS_OK)
        *out = block;
    else
        block_close(block);
    return status;
}

/* Nobody may write it: its permissions, or those of its file system, say so. */
static bool is_unwritable(const char *file)
{
    const int fd = open(file, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
    return fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM);
}

enum sim_status block_open(const struct block_options *options, struct block **out)
{
    struct block *const block = calloc(1, sizeof *block);
    *out = NULL;
    RETURN_IF(!block, STATUS_NO_MEMORY, "%s: no host memory", options->shown);
    block->options = *options;
    block->options.snapshot |= options->unlocked;
    block->readonly = options->readonly || (options->auto_readonly && is_unwritable(options->file));
    return finish_open(block, open_layers(block), out);
}

enum sim_status block_open_beside(const struct block *first, struct block **out)
{
    struct block *const block = calloc(1, sizeof *block);
    *out = NULL;
    RETURN_IF(!block, STATUS_NO_MEMORY, "%s: no host memory", first->options.shown);
    assert(first->readonly || first->overlay.ops);
    block->options = first->options;
    block->options.snapshot = true;
    block->readonly = first->readonly;
    block->image = first->image;
    block->image_is_borrowed = true;
    return finish_open(block, open_overlay(block), out);
}

void block_close(struct block *block)
{
    if (!block)
        return;
    if (block->overlay.ops)
        block->overlay.ops->close(&block->overlay);
    if (block->image.ops && !block->image_is_borrowed)
        block->image.ops->close(&block->image);
    free(block);
}

uint64_t block_size(const struct block *block)
{
    return block->image.size;
}

bool block_is_readonly(const struct block *block)
{
    return block->readonly;
}

const char *block_file(const struct block *block)
{
    return block->options.file;
}

bool block_discards(const struct block *block)
{
    return block->options.unmap && !block->readonly;
}

/* -- What was deferred -- */

enum sim_status block_write_back(struct block *block)
{
    const struct block_options *const o = &block->options;
    uint64_t at = 0;
    if (!block->overlay.ops || o->snapshot)
        return STATUS_OK;
    const int error = block_overlay_write_back(block, &at);
    RETURN_IF(error, STATUS_IO,
              "%s: %s: what the guest wrote could not be written to it from byte %" PRIu64
              " on: %s; it has a part of it now",
              o->shown, o->file, at, strerror(error));
    return STATUS_OK;
}

bool block_differs(struct block *a, struct block *b, uint64_t *offset, uint8_t bytes[2])
{
    bool differ = false;
    const int error = a->overlay.ops ? block_overlay_compare(a, b, &differ, offset, bytes) : 0;
    if (error)
        log_warning("%s: %s: what was written to it cannot be compared: %s", a->options.shown,
                    a->options.file, strerror(error));
    return differ;
}

/* -- A run's accesses -- */

static bool is_inside(const struct block *block, uint64_t offset, uint64_t len)
{
    return offset <= block->image.size && len <= block->image.size - offset;
}

static int report(struct block *block, enum block_op op, uint64_t offset, int error)
{
    if (error && !(block->failed & 1u << op)) {
        block->failed |= 1u << op;
        log_error("%s: %s: %s at byte %" PRIu64 " failed: %s; the guest gets an I/O error",
                  block->options.shown, block->options.file, block_times[op].name, offset,
                  strerror(error));
    }
    return error;
}

int block_read(struct block *block, uint64_t offset, void *out, size_t len)
{
    assert(is_inside(block, offset, len));
    return report(block, BLOCK_OP_READ, offset,
                  block->top->ops->read(block->top, offset, out, len));
}

int block_write(struct block *block, uint64_t offset, const void *in, size_t len)
{
    assert(is_inside(block, offset, len) && !block->readonly);
    return report(block, BLOCK_OP_WRITE, offset,
                  block->top->ops->write(block->top, offset, in, len));
}

int block_flush(struct block *block)
{
    if (block->readonly)
        return 0;
    return report(block, BLOCK_OP_FLUSH, 0, block->top->ops->flush(block->top));
}

int block_write_zeroes(struct block *block, uint64_t offset, uint64_t len)
{
    assert(is_inside(block, offset, len) && !block->readonly);
    if (len == 0)
        return 0;
    return report(block, BLOCK_OP_WRITE, offset,
                  block->top->ops->zero(block->top, offset, len, false));
}

int block_discard(struct block *block, uint64_t offset, uint64_t len)
{
    assert(is_inside(block, offset, len));
    if (len == 0 || !block_discards(block))
        return 0;
    return report(block, BLOCK_OP_DISCARD, offset,
                  block->top->ops->zero(block->top, offset, len, true));
}
