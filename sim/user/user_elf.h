/*
 * Static Linux programs: ELF64 for PowerPC, ELFv1 big-endian or ELFv2 little-endian, ET_EXEC or
 * static PIE. The file is hostile input.
 */
#ifndef HORNPIPE_USER_ELF_H
#define HORNPIPE_USER_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "user/space.h"

enum { USER_ELF_SEGMENTS_MAX = 32 };

struct user_segment {
    uint64_t offset, file_size;    /* in the file */
    uint64_t address, memory_size; /* in the program's address space, base included */
    unsigned prot;                 /* SPACE_* */
};

struct user_program {
    bool little_endian;
    bool function_descriptors; /* ELFv1: the entry and handlers are (address, TOC) pairs */
    bool stack_executable;
    uint64_t base;         /* added to the addresses of a static PIE, else 0 */
    uint64_t entry;        /* as the file has it, plus base: the descriptor's address in ELFv1 */
    uint64_t headers;      /* AT_PHDR */
    unsigned header_count; /* AT_PHNUM */
    uint64_t end;          /* first address after the last segment */
    unsigned segment_count;
    struct user_segment segments[USER_ELF_SEGMENTS_MAX];
};

/*
 * Checks the `size` bytes of the program `path`; STATUS_FORMAT with one message that names it and
 * says what is wrong. `pie_base` is where a static PIE goes.
 */
enum sim_status user_elf_parse(const char *path, const uint8_t *bytes, size_t size,
                               uint64_t pie_base, struct user_program *out);

/* Maps and fills the segments; STATUS_NO_FIT if memory (-m) is too small. */
enum sim_status user_elf_load(const char *path, const uint8_t *bytes,
                              const struct user_program *program, struct space *space);

#endif
