/* Files that the run depends on: read whole, with their SHA-256; and where firmware is found. */
#ifndef HORNPIPE_IMAGE_H
#define HORNPIPE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { IMAGE_SHA256_BYTES = 32, IMAGE_SHA256_HEX = 65 };

struct image_file {
    uint8_t *bytes; /* owned */
    size_t size;
    char sha256[IMAGE_SHA256_HEX]; /* hexadecimal, lower case */
};

/*
 * Reads the regular file `path`; errors name `option` and the file. More than `max_size` bytes is
 * STATUS_NO_FIT, an empty file STATUS_FORMAT. On failure *out holds nothing to free.
 */
enum sim_status image_read(const char *option, const char *path, uint64_t max_size,
                           struct image_file *out);
void image_free(struct image_file *image);

/* SHA-256 of some bytes. */
void image_sha256(const void *bytes, size_t size, uint8_t out[IMAGE_SHA256_BYTES]);

/*
 * Path of SLOF: $HORNPIPE_FIRMWARE_DIR/slof.bin, then Debian's places. STATUS_NO_FILE says which
 * package has it and which options do without.
 */
enum sim_status image_find_firmware(char *path, size_t size);

#endif
