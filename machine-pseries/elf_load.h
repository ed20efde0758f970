/*
 * Kernels and bare-metal images: ELF64 for PowerPC, either byte order (pseries.md 1.3). The file is
 * hostile input: every offset and size is checked before it is used.
 */
#ifndef HORNPIPE_ELF_LOAD_H
#define HORNPIPE_ELF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "isa/bus.h"

enum { ELF_SEGMENTS_MAX = 64 };

struct elf_segment {
    uint64_t offset, file_size; /* in the file */
    uint64_t real, memory_size; /* in guest memory */
};

struct elf_image {
    bool little_endian;
    uint64_t low, high; /* real addresses: first byte, and the one after the last */
    uint64_t entry;     /* real address */
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/* Where addresses go: real = (virtual & 0x0fffffff) + base, and must end at or below `limit`. */
#define ELF_ADDRESS_MASK UINT64_C(0x0fffffff)

/*
 * Checks the `size` bytes of `option`'s file `path` and finds their place: STATUS_FORMAT or
 * STATUS_NO_FIT with one message that names both.
 */
enum sim_status elf_parse(const char *option, const char *path, const uint8_t *bytes, size_t size,
                          uint64_t base, uint64_t limit, struct elf_image *out);

/* Copies the segments that elf_parse() found; what they leave out is zero in fresh RAM already. */
void elf_place(const struct elf_image *image, const uint8_t *bytes, struct isa_bus *bus);

#endif
