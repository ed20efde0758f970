/* Inside block*.c: an image is one layer, or an overlay above one. */
#ifndef HORNPIPE_BLOCK_INTERNAL_H
#define HORNPIPE_BLOCK_INTERNAL_H

#include <sys/stat.h>

#include "block.h"

struct block_layer;

/* Functions return 0 or an errno; the range lies inside the layer. */
struct block_layer_ops {
    int (*read)(struct block_layer *layer, uint64_t offset, void *out, size_t len);
    int (*write)(struct block_layer *layer, uint64_t offset, const void *in, size_t len);
    int (*flush)(struct block_layer *layer);
    int (*zero)(struct block_layer *layer, uint64_t offset, uint64_t len, bool unmap);
    void (*close)(struct block_layer *layer);
};

struct block_layer {
    const struct block_layer_ops *ops; /* NULL: not there */
    void *state;
    uint64_t size;
};

struct block {
    struct block_options options; /* strings borrowed */
    struct block_layer image, overlay;
    struct block_layer *top; /* the overlay, if there is one */
    bool readonly;
    bool image_is_borrowed;
    unsigned failed; /* bit enum block_op: an error was logged */
    /* -- For the cache of hashes -- */
    struct stat stat;
    bool one_file; /* its content is in that file and nowhere else */
};

/* Zeroes to write from. */
extern const uint8_t block_zeroes[65536];

/* Opens for reading, or for writing too; the file is a regular one or a block device. */
enum sim_status block_raw_open(struct block *block);
enum sim_status block_nbd_open(struct block *block);
/* Over block->image. */
enum sim_status block_overlay_open(struct block *block);
/* What the overlay holds goes to the layer below it; `*at` is where it fails. */
int block_overlay_write_back(struct block *block, uint64_t *at);
/* block_differs() of two overlays over one layer; 0 or an errno. */
int block_overlay_compare(struct block *a, struct block *b, bool *differ, uint64_t *offset,
                          uint8_t bytes[2]);

/* The path of an image as a descriptor; its kind is checked, block->stat filled. */
enum sim_status block_open_file(struct block *block, int flags, int *fd);

/*
 * Advisory locks on bytes 100 and 200 onwards, as QEMU's file driver has them: byte 100+n is
 * locked, shared, by who uses permission n, byte 200+n by who lets nobody else use it; n = 0 is
 * reading, n = 1 writing. They live as long as the open file description. With `hold` false it is
 * only asked whether they could be had.
 */
enum sim_status block_lock(const struct block *block, int fd, bool write, bool hold);

/* All of a file description at an offset; 0 or an errno, EIO where the file ends early. */
int block_pread(int fd, uint64_t offset, void *out, size_t len);
int block_pwrite(int fd, uint64_t offset, const void *in, size_t len);
/* Reads as zero afterwards; with `unmap` the file holds a hole there, where it can. */
int block_zero_file(int fd, uint64_t offset, uint64_t len, bool unmap);

#endif
