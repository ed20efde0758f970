#include "elf_load.h"

#include <assert.h>
#include <elf.h>
#include <inttypes.h>

/* What every check needs: the file, its byte order, and how to name it in a message. */
struct elf_reader {
    const char *option, *path;
    const uint8_t *bytes;
    size_t size;
    bool little_endian;
};

static uint16_t get16(const struct elf_reader *r, size_t at)
{
    return r->little_endian ? load_le16(r->bytes + at) : load_be16(r->bytes + at);
}

static uint32_t get32(const struct elf_reader *r, size_t at)
{
    return r->little_endian ? load_le32(r->bytes + at) : load_be32(r->bytes + at);
}

static uint64_t get64(const struct elf_reader *r, size_t at)
{
    return r->little_endian ? load_le64(r->bytes + at) : load_be64(r->bytes + at);
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        {EM_386, "x86"},      {EM_X86_64, "x86-64"}, {EM_PPC, "32-bit PowerPC"},
        {EM_S390, "S/390"},   {EM_ARM, "ARM"},       {EM_AARCH64, "AArch64"},
        {EM_RISCV, "RISC-V"}, {EM_MIPS, "MIPS"},     {EM_SPARCV9, "SPARC"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].machine == machine)
            return names[i].name;
    return "another machine";
}

static enum sim_status check_header(struct elf_reader *r)
{
    RETURN_IF(r->size < SELFMAG || memcmp(r->bytes, ELFMAG, SELFMAG) != 0, STATUS_FORMAT,
              "%s %s: not an ELF file", r->option, r->path);
    RETURN_IF(r->size < EI_NIDENT, STATUS_FORMAT, "%s %s: truncated ELF header", r->option,
              r->path);
    const unsigned class = r->bytes[EI_CLASS], data = r->bytes[EI_DATA];
    RETURN_IF(data != ELFDATA2LSB && data != ELFDATA2MSB, STATUS_FORMAT,
              "%s %s: invalid ELF byte order %u", r->option, r->path, data);
    r->little_endian = data == ELFDATA2LSB;
    if (r->size >= sizeof(Elf32_Ehdr)) {
        const unsigned machine = get16(r, offsetof(Elf64_Ehdr, e_machine));
        RETURN_IF(machine != EM_PPC64, STATUS_FORMAT,
                  "%s %s: an ELF file for %s (%u), not for 64-bit PowerPC", r->option, r->path,
                  machine_name(machine), machine);
    }
    RETURN_IF(class == ELFCLASS32, STATUS_FORMAT, "%s %s: a 32-bit ELF file; 64-bit is needed",
              r->option, r->path);
    RETURN_IF(class != ELFCLASS64, STATUS_FORMAT, "%s %s: invalid ELF class %u", r->option, r->path,
              class);
    RETURN_IF(r->size < sizeof(Elf64_Ehdr), STATUS_FORMAT, "%s %s: truncated ELF header", r->option,
              r->path);
    const unsigned type = get16(r, offsetof(Elf64_Ehdr, e_type));
    RETURN_IF(type != ET_EXEC && type != ET_DYN, STATUS_FORMAT,
              "%s %s: an ELF file of type %u is no executable", r->option, r->path, type);
    return STATUS_OK;
}

/* One PT_LOAD header at `at`: its place in guest memory, checked. */
static enum sim_status add_segment(const struct elf_reader *r, size_t at, uint64_t base,
                                   uint64_t limit, struct elf_image *out)
{
    const uint64_t offset = get64(r, at + offsetof(Elf64_Phdr, p_offset));
    const uint64_t file_size = get64(r, at + offsetof(Elf64_Phdr, p_filesz));
    const uint64_t memory_size = get64(r, at + offsetof(Elf64_Phdr, p_memsz));
    const uint64_t address = get64(r, at + offsetof(Elf64_Phdr, p_vaddr));
    const uint64_t real = (address & ELF_ADDRESS_MASK) + base;

    if (memory_size == 0)
        return STATUS_OK;
    RETURN_IF(file_size > memory_size, STATUS_FORMAT,
              "%s %s: segment at 0x%" PRIx64 " is larger in the file than in memory", r->option,
              r->path, address);
    RETURN_IF(offset > r->size || file_size > r->size - offset, STATUS_FORMAT,
              "%s %s: truncated: the segment at 0x%" PRIx64 " needs file bytes up to 0x%" PRIx64
              " of 0x%zx",
              r->option, r->path, address, offset + file_size, r->size);
    RETURN_IF(real >= limit || memory_size > limit - real, STATUS_NO_FIT,
              "%s %s: segment of 0x%" PRIx64 " bytes at 0x%" PRIx64
              " does not fit into guest memory below 0x%" PRIx64,
              r->option, r->path, memory_size, real, limit);
    RETURN_IF(out->segment_count == ELF_SEGMENTS_MAX, STATUS_FORMAT,
              "%s %s: more than %d loadable segments", r->option, r->path, ELF_SEGMENTS_MAX);
    for (unsigned i = 0; i < out->segment_count; i++) {
        const struct elf_segment *s = &out->segments[i];
        RETURN_IF(real < s->real + s->memory_size &&
                          s->real<real + memory_size, STATUS_FORMAT,
                                  "%s %s: segments overlap at real address 0x%" PRIx64, r->option,
                                  r->path, real>
                              s->real
                      ? real
                      : s->real);
    }
    out->segments[out->segment_count++] =
        (struct elf_segment){offset, file_size, real, memory_size};
    if (real < out->low)
        out->low = real;
    if (real + memory_size > out->high)
        out->high = real + memory_size;
    return STATUS_OK;
}

enum sim_status elf_parse(const char *option, const char *path, const uint8_t *bytes, size_t size,
                          uint64_t base, uint64_t limit, struct elf_image *out)
{
    struct elf_reader r = {option, path, bytes, size, false};
    memset(out, 0, sizeof *out);
    out->low = UINT64_MAX;
    RETURN_IF(size == 0, STATUS_FORMAT, "%s %s: the file is empty", option, path);
    TRY(check_header(&r));
    out->little_endian = r.little_endian;

    const uint64_t headers = get64(&r, offsetof(Elf64_Ehdr, e_phoff));
    const unsigned entry_size = get16(&r, offsetof(Elf64_Ehdr, e_phentsize));
    const unsigned count = get16(&r, offsetof(Elf64_Ehdr, e_phnum));
    RETURN_IF(count == 0, STATUS_FORMAT, "%s %s: no program headers", option, path);
    RETURN_IF(entry_size != sizeof(Elf64_Phdr), STATUS_FORMAT,
              "%s %s: program headers of %u bytes; %zu expected", option, path, entry_size,
              sizeof(Elf64_Phdr));
    RETURN_IF(headers > size || (uint64_t)count * entry_size > size - headers, STATUS_FORMAT,
              "%s %s: truncated: the program headers lie outside the file", option, path);
    for (unsigned i = 0; i < count; i++) {
        const size_t at = (size_t)headers + (size_t)i * entry_size;
        if (get32(&r, at + offsetof(Elf64_Phdr, p_type)) == PT_LOAD)
            TRY(add_segment(&r, at, base, limit, out));
    }
    RETURN_IF(out->segment_count == 0, STATUS_FORMAT, "%s %s: nothing to load", option, path);
    out->entry = (get64(&r, offsetof(Elf64_Ehdr, e_entry)) & ELF_ADDRESS_MASK) + base;
    RETURN_IF(out->entry < out->low || out->entry >= out->high, STATUS_FORMAT,
              "%s %s: the entry point lies outside what is loaded", option, path);
    return STATUS_OK;
}

void elf_place(const struct elf_image *image, const uint8_t *bytes, struct isa_bus *bus)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf_segment *s = &image->segments[i];
        const bool ok = bus_write(bus, s->real, bytes + s->offset, (size_t)s->file_size);
        assert(ok || s->file_size == 0); /* elf_parse() was given RAM's limit */
    }
}
