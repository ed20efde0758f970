/*
 * Disk images: what a device model reads and writes, whatever the file's format is. An image is
 * opened once, before the run; a guest's access neither allocates nor parses anything. Raw files
 * are read and written here; qcow2 and other formats by qemu-nbd, which libnbd starts and talks to.
 *
 * Who writes an image holds it alone: the locks are the advisory ones that QEMU takes, so that it
 * and Hornpipe keep off each other's images too. With `snapshot` the image is read only, and what
 * the guest writes goes to an unnamed temporary file; so it does with `deferred`, but for later.
 */
#ifndef HORNPIPE_BLOCK_H
#define HORNPIPE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct block;

/* BLOCK_UNSAID: raw, unless the file looks like qcow2, which is refused: guessing would let a guest
 * turn its raw disk into an image that names other files of the host. */
enum block_format { BLOCK_UNSAID, BLOCK_RAW, BLOCK_QCOW2 };

struct block_options {
    const char *shown; /* the option for messages: "-drive id=d0" */
    const char *file;
    enum block_format format;
    bool readonly;      /* the guest may not write */
    bool snapshot;      /* what the guest writes is dropped at the end */
    bool unmap;         /* discard=unmap: what the guest discards is given back to the host */
    bool auto_readonly; /* readonly if the file cannot be opened for writing */
    bool deferred;      /* the image stays as it is until block_write_back() */
    bool unlocked;      /* for who has agreed with the lock's holder that nobody writes: snapshot */
};

/* Opens and locks the image. Failures name `shown` and the file. */
enum sim_status block_open(const struct block_options *options, struct block **out);
/* The same image a second time, with writes of its own, which are dropped. `first` has not written
 * the image (it is read only, snapshot or deferred), and lives longer. */
enum sim_status block_open_beside(const struct block *first, struct block **out);
void block_close(struct block *block); /* NULL is allowed */

/* Writes to a deferred image what the guest has written, and flushes it; nothing for others. */
enum sim_status block_write_back(struct block *block);

/* Of two that block_open_beside() made of one image: whether a guest would read different bytes,
 * and the first of them. What cannot be read is logged, and compared no further. */
bool block_differs(struct block *a, struct block *b, uint64_t *offset, uint8_t bytes[2]);

uint64_t block_size(const struct block *block); /* bytes, as the guest sees it; any number */
bool block_is_readonly(const struct block *block);
const char *block_file(const struct block *block);

/*
 * The rest is for a run. [offset, offset + len) must lie inside the image, which the device model
 * checks; the result is 0 or an errno, which becomes the guest's I/O error. An errno is logged once
 * an image and kind of access. Pieces are of at most BLOCK_PIECE_MAX bytes where they have a
 * buffer.
 */
enum { BLOCK_PIECE_MAX = 1 << 20 };
int block_read(struct block *block, uint64_t offset, void *out, size_t len);
int block_write(struct block *block, uint64_t offset, const void *in, size_t len);
/* What has been written is on stable storage (fsync). */
int block_flush(struct block *block);
/* Reads as zero afterwards. */
int block_write_zeroes(struct block *block, uint64_t offset, uint64_t len);
/* The guest needs the content no longer: reads as zero afterwards if the image takes it, else
 * nothing happens. block_discards() says whether it does. */
int block_discard(struct block *block, uint64_t offset, uint64_t len);
bool block_discards(const struct block *block);

/*
 * SHA-256 of the content as the guest will first see it, in lower-case hexadecimal; before the
 * first write. Kept in the user's cache directory by device, inode, size and times of the file, for
 * which it is not read again then.
 */
enum sim_status block_sha256(struct block *block, char sha256[65]);

/* -- Time -- */

/* The disk as a device in virtual time: the same for every image, whatever the host needs. */
enum block_op {
    BLOCK_OP_CONTROL, /* a command without data on the medium */
    BLOCK_OP_READ,
    BLOCK_OP_WRITE,
    BLOCK_OP_FLUSH,
    BLOCK_OP_DISCARD, /* and writing zeroes without data */
    BLOCK_OP_COUNT,
};

/* A command ends `latency_ns` after its transfer; transfers follow one another. A row an operation
 * in block_time.c; the figures are round ones of a solid-state disk on a SATA or SAS link. */
struct block_time {
    const char *name;
    uint32_t latency_ns;
    uint32_t ns_per_4k; /* of data */
};
extern const struct block_time block_times[BLOCK_OP_COUNT];

/* State of a device's link. Zero: idle since power-on. */
struct block_clock {
    uint64_t link_free_ns; /* virtual time at which the last transfer ends */
    uint64_t last_due_ns;  /* completions never overtake one another */
};

/* How long from now (`now_ns`: pseries_now_ns()) until a command of `bytes` completes, in ns. */
uint64_t block_delay_ns(struct block_clock *clock, uint64_t now_ns, enum block_op op,
                        uint64_t bytes);

/* -- Counters -- */

/* Of what the guest asked for, by device; the caller counts. */
struct block_counters {
    uint64_t ops[BLOCK_OP_COUNT];
    uint64_t bytes[BLOCK_OP_COUNT];
    uint64_t errors;
};

#endif
