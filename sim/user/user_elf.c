#include "user/user_elf.h"

#include <elf.h>
#include <inttypes.h>

struct reader {
    const char *path;
    const uint8_t *bytes;
    size_t size;
    bool little_endian;
};

static uint16_t get16(const struct reader *r, size_t at)
{
    return r->little_endian ? load_le16(r->bytes + at) : load_be16(r->bytes + at);
}

static uint32_t get32(const struct reader *r, size_t at)
{
    return r->little_endian ? load_le32(r->bytes + at) : load_be32(r->bytes + at);
}

static uint64_t get64(const struct reader *r, size_t at)
{
    return r->little_endian ? load_le64(r->bytes + at) : load_be64(r->bytes + at);
}

static uint64_t page_down(uint64_t v)
{
    return v & ~(SPACE_PAGE - 1);
}

static uint64_t page_up(uint64_t v)
{
    return page_down(v + SPACE_PAGE - 1);
}

static enum sim_status check_ident(struct reader *r)
{
    RETURN_IF(r->size < SELFMAG || memcmp(r->bytes, ELFMAG, SELFMAG) != 0, STATUS_FORMAT,
              "%s: not an ELF file", r->path);
    RETURN_IF(r->size < sizeof(Elf64_Ehdr), STATUS_FORMAT, "%s: truncated ELF header", r->path);
    const unsigned data = r->bytes[EI_DATA];
    RETURN_IF(data != ELFDATA2LSB && data != ELFDATA2MSB, STATUS_FORMAT,
              "%s: invalid ELF byte order %u", r->path, data);
    r->little_endian = data == ELFDATA2LSB;
    return STATUS_OK;
}

static enum sim_status check_kind(const struct reader *r, struct user_program *out)
{
    const unsigned machine = get16(r, offsetof(Elf64_Ehdr, e_machine));
    const unsigned type = get16(r, offsetof(Elf64_Ehdr, e_type));
    const unsigned abi = get32(r, offsetof(Elf64_Ehdr, e_flags)) & EF_PPC64_ABI;
    RETURN_IF(machine == EM_PPC, STATUS_FORMAT, "%s: a 32-bit program; 64-bit is needed", r->path);
    RETURN_IF(machine != EM_PPC64, STATUS_FORMAT,
              "%s: an ELF file for machine %u, not for 64-bit PowerPC (%u)", r->path, machine,
              EM_PPC64);
    RETURN_IF(r->bytes[EI_CLASS] != ELFCLASS64, STATUS_FORMAT, "%s: ELF class %u is not 64-bit",
              r->path, r->bytes[EI_CLASS]);
    RETURN_IF(type != ET_EXEC && type != ET_DYN, STATUS_FORMAT,
              "%s: an ELF file of type %u is no program", r->path, type);
    RETURN_IF(abi == 3, STATUS_FORMAT, "%s: unknown PowerPC ABI 3", r->path);
    out->little_endian = r->little_endian;
    out->function_descriptors = abi != 2;
    return STATUS_OK;
}

static enum sim_status add_segment(const struct reader *r, size_t at, struct user_program *out)
{
    const uint64_t offset = get64(r, at + offsetof(Elf64_Phdr, p_offset));
    const uint64_t file_size = get64(r, at + offsetof(Elf64_Phdr, p_filesz));
    const uint64_t memory_size = get64(r, at + offsetof(Elf64_Phdr, p_memsz));
    const uint64_t address = get64(r, at + offsetof(Elf64_Phdr, p_vaddr));
    const uint32_t flags = get32(r, at + offsetof(Elf64_Phdr, p_flags));
    if (memory_size == 0)
        return STATUS_OK;
    RETURN_IF(file_size > memory_size, STATUS_FORMAT,
              "%s: the segment at 0x%" PRIx64 " is larger in the file than in memory", r->path,
              address);
    RETURN_IF(offset > r->size || file_size > r->size - offset, STATUS_FORMAT,
              "%s: truncated: the segment at 0x%" PRIx64 " needs bytes that the file lacks",
              r->path, address);
    /* Room for stack and mappings stays above. */
    RETURN_IF(address >= SPACE_LIMIT / 2 || memory_size > SPACE_LIMIT / 2 - address - out->base ||
                  address + out->base < SPACE_MMAP_LOW,
              STATUS_FORMAT, "%s: the segment at 0x%" PRIx64 " lies outside the address space",
              r->path, address);
    RETURN_IF((address - offset) % SPACE_PAGE != 0, STATUS_FORMAT,
              "%s: the segment at 0x%" PRIx64 " is not aligned as its place in the file", r->path,
              address);
    RETURN_IF(address + out->base < out->end, STATUS_FORMAT,
              "%s: the segment at 0x%" PRIx64 " overlaps one before it, or is out of order",
              r->path, address);
    RETURN_IF(out->segment_count == USER_ELF_SEGMENTS_MAX, STATUS_FORMAT,
              "%s: more than %d loadable segments", r->path, USER_ELF_SEGMENTS_MAX);
    const unsigned prot = (flags & PF_R ? SPACE_READ : 0) | (flags & PF_W ? SPACE_WRITE : 0) |
                          (flags & PF_X ? SPACE_EXEC : 0);
    const uint64_t headers = get64(r, offsetof(Elf64_Ehdr, e_phoff));
    if (headers >= offset && headers - offset < file_size)
        out->headers = address + out->base + (headers - offset);
    out->segments[out->segment_count++] =
        (struct user_segment){offset, file_size, address + out->base, memory_size, prot};
    out->end = address + out->base + memory_size;
    return STATUS_OK;
}

static enum sim_status read_header(const struct reader *r, size_t at, struct user_program *out)
{
    switch (get32(r, at + offsetof(Elf64_Phdr, p_type))) {
    case PT_LOAD:
        return add_segment(r, at, out);
    case PT_INTERP:
        return status_fail(STATUS_NOT_BUILT,
                           "%s: a dynamically linked program; only static ones can be run",
                           r->path);
    case PT_GNU_STACK:
        out->stack_executable = get32(r, at + offsetof(Elf64_Phdr, p_flags)) & PF_X;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

/* The entry, or all of its descriptor, must be there to be read. */
static bool entry_is_loaded(const struct user_program *program)
{
    const uint64_t size = program->function_descriptors ? 16 : 4;
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct user_segment *const s = &program->segments[i];
        if (program->entry >= s->address && program->entry - s->address < s->memory_size &&
            s->memory_size - (program->entry - s->address) >= size)
            return true;
    }
    return false;
}

enum sim_status user_elf_parse(const char *path, const uint8_t *bytes, size_t size,
                               uint64_t pie_base, struct user_program *out)
{
    struct reader r = {.path = path, .bytes = bytes, .size = size};
    *out = (struct user_program){0};
    RETURN_IF(size == 0, STATUS_FORMAT, "%s: the file is empty", path);
    TRY(check_ident(&r));
    TRY(check_kind(&r, out));
    if (get16(&r, offsetof(Elf64_Ehdr, e_type)) == ET_DYN)
        out->base = pie_base;

    const uint64_t headers = get64(&r, offsetof(Elf64_Ehdr, e_phoff));
    const unsigned entry_size = get16(&r, offsetof(Elf64_Ehdr, e_phentsize));
    out->header_count = get16(&r, offsetof(Elf64_Ehdr, e_phnum));
    RETURN_IF(out->header_count == 0, STATUS_FORMAT, "%s: no program headers", path);
    RETURN_IF(entry_size != sizeof(Elf64_Phdr), STATUS_FORMAT,
              "%s: program headers of %u bytes; %zu expected", path, entry_size,
              sizeof(Elf64_Phdr));
    RETURN_IF(headers > size || (uint64_t)out->header_count * entry_size > size - headers,
              STATUS_FORMAT, "%s: truncated: the program headers lie outside the file", path);
    for (unsigned i = 0; i < out->header_count; i++)
        TRY(read_header(&r, (size_t)headers + (size_t)i * entry_size, out));
    RETURN_IF(out->segment_count == 0, STATUS_FORMAT, "%s: nothing to load", path);
    out->entry = get64(&r, offsetof(Elf64_Ehdr, e_entry)) + out->base;
    RETURN_IF(!entry_is_loaded(out), STATUS_FORMAT,
              "%s: the entry point 0x%" PRIx64 " lies outside what is loaded", path, out->entry);
    return STATUS_OK;
}

/*
 * One segment. The file's bytes around it in its first and last page come with it, as from a mapped
 * file: segments that share a page of the file may share one of memory.
 */
static bool load_segment(const uint8_t *bytes, const struct user_segment *s, struct space *space)
{
    const uint64_t start = page_down(s->address), lead = s->address - start;
    const uint64_t end = page_up(s->address + s->memory_size);
    static const uint8_t zeros[SPACE_PAGE];
    const uint64_t file_end = s->address + s->file_size;
    if (space_map(space, start, end - start, s->prot, SPACE_READ | SPACE_WRITE | SPACE_EXEC) !=
        SPACE_OK)
        return false;
    if (s->file_size == 0)
        return true;
    if (!space_fill(space, start, bytes + s->offset - lead, (size_t)(s->file_size + lead)))
        return false;
    return s->memory_size == s->file_size || page_up(file_end) == file_end ||
           space_fill(space, file_end, zeros, (size_t)(page_up(file_end) - file_end));
}

/*
 * Linux maps whole pages of 64K: what segments leave of theirs belongs to the one before, or,
 * before the first, to that. Programs protect such pages as a whole.
 */
static bool fill_gap(const struct user_program *program, unsigned i, struct space *space)
{
    enum { BIG_PAGE = 65536 };
    const struct user_segment *const s = &program->segments[i];
    const bool last = i + 1 == program->segment_count;
    const uint64_t end = page_up(s->address + s->memory_size);
    const uint64_t big_end = (end + BIG_PAGE - 1) & ~(uint64_t)(BIG_PAGE - 1);
    const uint64_t next = last ? big_end : page_down(program->segments[i + 1].address);
    const uint64_t limit = next < big_end ? next : big_end;
    const uint64_t start = page_down(s->address), big_start = start & ~(uint64_t)(BIG_PAGE - 1);
    const unsigned all = SPACE_READ | SPACE_WRITE | SPACE_EXEC;
    if (limit > end && space_map(space, end, limit - end, s->prot, all) != SPACE_OK)
        return false;
    /* The part before a segment, as far as no other has it. */
    uint64_t low = start;
    while (low > big_start && space_is_free(space, low - SPACE_PAGE, SPACE_PAGE))
        low -= SPACE_PAGE;
    return low == start || space_map(space, low, start - low, s->prot, all) == SPACE_OK;
}

enum sim_status user_elf_load(const char *path, const uint8_t *bytes,
                              const struct user_program *program, struct space *space)
{
    for (unsigned i = 0; i < program->segment_count; i++)
        RETURN_IF(!load_segment(bytes, &program->segments[i], space), STATUS_NO_FIT,
                  "%s: the program does not fit into memory; -m gives it more", path);
    for (unsigned i = 0; i < program->segment_count; i++)
        RETURN_IF(!fill_gap(program, i, space), STATUS_NO_FIT,
                  "%s: the program does not fit into memory; -m gives it more", path);
    return STATUS_OK;
}
