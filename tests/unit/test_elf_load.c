/* The ELF loader: what it accepts, and every way in which a file can be wrong. */
#include "machine-pseries/elf_load.h"

#include "machine_fixture.h"

enum { BASE = PSERIES_KERNEL_BASE, LIMIT = 64 << 20 };
enum { SEGMENT = sizeof(Elf64_Ehdr) };

struct elf_case {
    struct machine m; /* only its log */
    uint8_t file[MACHINE_FILE_SIZE];
    struct elf_image image;
};

static int setup(void **state)
{
    struct elf_case *c = calloc(1, sizeof *c);
    assert_non_null(c);
    machine_make_elf(c->file);
    log_set_sink(machine_log, &c->m);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    log_set_sink(NULL, NULL);
    free(*state);
    return 0;
}

/* Parses the first `size` bytes of exactly that many, so that a sanitizer sees any read behind. */
static enum sim_status parse(struct elf_case *c, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, c->file, size);
    const enum sim_status status = elf_parse("-kernel", "FILE", copy, size, BASE, LIMIT, &c->image);
    free(copy);
    return status;
}

/* One message, with the option, the file and `text`. */
static void expect_refused(struct elf_case *c, enum sim_status status, size_t size,
                           const char *text)
{
    c->m.messages = 0;
    assert_int_equal(parse(c, size), status);
    assert_int_equal(c->m.messages, 1);
    assert_non_null(strstr(c->m.log, "-kernel FILE: "));
    if (!strstr(c->m.log, text))
        fail_msg("\"%s\" lacks \"%s\"", c->m.log, text);
}

static void test_accepts(void **state)
{
    struct elf_case *c = *state;
    assert_int_equal(parse(c, sizeof c->file), STATUS_OK);
    assert_false(c->image.little_endian);
    assert_int_equal(c->image.low, 0x400000);
    assert_int_equal(c->image.high, 0x400000 + MACHINE_MEMORY_SIZE);
    assert_int_equal(c->image.entry, 0x400000);
    assert_int_equal(c->image.segment_count, 1);

    /* The mask keeps the low 28 bits of an address. */
    store_be64(c->file + SEGMENT + offsetof(Elf64_Phdr, p_vaddr), UINT64_C(0xc000000001234500));
    store_be64(c->file + offsetof(Elf64_Ehdr, e_entry), UINT64_C(0xf01234510));
    assert_int_equal(parse(c, sizeof c->file), STATUS_OK);
    assert_int_equal(c->image.low, 0x1634500);
    assert_int_equal(c->image.entry, 0x1634510);
}

static void test_places(void **state)
{
    struct elf_case *c = *state;
    struct isa_bus bus;
    assert_int_equal(bus_init(&bus, LIMIT), STATUS_OK);
    assert_int_equal(parse(c, sizeof c->file), STATUS_OK);
    elf_place(&c->image, c->file, &bus);
    assert_int_equal(bus.ram[0x3fffff], 0);
    assert_int_equal(bus.ram[0x400001], 1);
    assert_int_equal(bus.ram[0x4000ff], 0xff);
    assert_int_equal(bus.ram[0x400100], 0);
    bus_fini(&bus);
}

static void test_little_endian(void **state)
{
    struct elf_case *c = *state;
    const Elf64_Ehdr header = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_PPC64,
        .e_phoff = SEGMENT,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 1,
    };
    const Elf64_Phdr segment = {.p_type = PT_LOAD, .p_filesz = 16, .p_memsz = 32};
    memcpy(c->file, &header, sizeof header);
    memcpy(c->file + SEGMENT, &segment, sizeof segment);
    assert_int_equal(parse(c, sizeof c->file), STATUS_OK);
    assert_true(c->image.little_endian);
    assert_int_equal(c->image.high, 0x400020);
}

static void test_not_an_elf_file(void **state)
{
    struct elf_case *c = *state;
    expect_refused(c, STATUS_FORMAT, 0, "empty");
    expect_refused(c, STATUS_FORMAT, 3, "not an ELF file");
    expect_refused(c, STATUS_FORMAT, 10, "truncated");
    expect_refused(c, STATUS_FORMAT, 63, "truncated");
    expect_refused(c, STATUS_FORMAT, 64, "truncated");
    expect_refused(c, STATUS_FORMAT, MACHINE_FILE_SIZE - 1, "truncated");
    c->file[1] = 'e';
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "not an ELF file");
}

static void test_every_truncation(void **state)
{
    struct elf_case *c = *state;
    for (size_t size = 0; size < sizeof c->file; size++) {
        c->m.messages = 0;
        assert_int_equal(parse(c, size), STATUS_FORMAT);
        assert_int_equal(c->m.messages, 1);
    }
}

static void test_wrong_machine(void **state)
{
    struct elf_case *c = *state;
    store_be16(c->file + offsetof(Elf64_Ehdr, e_machine), EM_X86_64);
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "x86-64");
    store_be16(c->file + offsetof(Elf64_Ehdr, e_machine), EM_PPC);
    c->file[EI_CLASS] = ELFCLASS32;
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "32-bit PowerPC");
    store_be16(c->file + offsetof(Elf64_Ehdr, e_machine), EM_PPC64);
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "32-bit ELF");
    c->file[EI_CLASS] = 9;
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "class 9");
    c->file[EI_CLASS] = ELFCLASS64;
    c->file[EI_DATA] = 3;
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "byte order 3");
    c->file[EI_DATA] = ELFDATA2MSB;
    store_be16(c->file + offsetof(Elf64_Ehdr, e_type), ET_REL);
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "type 1");
}

static void test_program_headers(void **state)
{
    struct elf_case *c = *state;
    const size_t size = sizeof c->file;
    store_be16(c->file + offsetof(Elf64_Ehdr, e_phnum), 0);
    expect_refused(c, STATUS_FORMAT, size, "no program headers");
    store_be16(c->file + offsetof(Elf64_Ehdr, e_phnum), 0xffff);
    expect_refused(c, STATUS_FORMAT, size, "outside the file");
    store_be16(c->file + offsetof(Elf64_Ehdr, e_phnum), 1);
    store_be64(c->file + offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8);
    expect_refused(c, STATUS_FORMAT, size, "outside the file");
    store_be64(c->file + offsetof(Elf64_Ehdr, e_phoff), SEGMENT);
    store_be16(c->file + offsetof(Elf64_Ehdr, e_phentsize), 32);
    expect_refused(c, STATUS_FORMAT, size, "of 32 bytes");
    store_be16(c->file + offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr));
    store_be32(c->file + SEGMENT, PT_NOTE);
    expect_refused(c, STATUS_FORMAT, size, "nothing to load");
}

static void test_segments(void **state)
{
    struct elf_case *c = *state;
    uint8_t *const segment = c->file + SEGMENT;
    const size_t size = sizeof c->file;
    store_be64(segment + offsetof(Elf64_Phdr, p_memsz), LIMIT - BASE);
    assert_int_equal(parse(c, size), STATUS_OK);
    store_be64(segment + offsetof(Elf64_Phdr, p_memsz), LIMIT - BASE + 1);
    expect_refused(c, STATUS_NO_FIT, size, "does not fit");
    store_be64(segment + offsetof(Elf64_Phdr, p_memsz), UINT64_MAX);
    expect_refused(c, STATUS_NO_FIT, size, "does not fit");
    store_be64(segment + offsetof(Elf64_Phdr, p_memsz), MACHINE_CODE_SIZE - 1);
    expect_refused(c, STATUS_FORMAT, size, "larger in the file");
    store_be64(segment + offsetof(Elf64_Phdr, p_memsz), MACHINE_MEMORY_SIZE);
    store_be64(segment + offsetof(Elf64_Phdr, p_vaddr), 0x0fffffff);
    expect_refused(c, STATUS_NO_FIT, size, "does not fit");
    store_be64(segment + offsetof(Elf64_Phdr, p_vaddr), 0);
    store_be64(segment + offsetof(Elf64_Phdr, p_offset), UINT64_MAX);
    expect_refused(c, STATUS_FORMAT, size, "truncated");
    store_be64(segment + offsetof(Elf64_Phdr, p_offset), 0x1000);
    store_be64(c->file + offsetof(Elf64_Ehdr, e_entry), MACHINE_MEMORY_SIZE);
    expect_refused(c, STATUS_FORMAT, size, "entry point");
}

static void test_overlap(void **state)
{
    struct elf_case *c = *state;
    uint8_t *const second = c->file + SEGMENT + sizeof(Elf64_Phdr);
    memcpy(second, c->file + SEGMENT, sizeof(Elf64_Phdr));
    store_be16(c->file + offsetof(Elf64_Ehdr, e_phnum), 2);
    /* Apart in virtual addresses, the same under the mask. */
    store_be64(second + offsetof(Elf64_Phdr, p_vaddr), 0x10000000 + MACHINE_MEMORY_SIZE - 1);
    expect_refused(c, STATUS_FORMAT, sizeof c->file, "overlap");
    store_be64(second + offsetof(Elf64_Phdr, p_vaddr), 0x10000000 + MACHINE_MEMORY_SIZE);
    assert_int_equal(parse(c, sizeof c->file), STATUS_OK);
    assert_int_equal(c->image.segment_count, 2);
}

/* Any one changed byte gives a valid image or one message, never a crash. */
static void test_every_byte(void **state)
{
    struct elf_case *c = *state;
    for (size_t at = 0; at < SEGMENT + sizeof(Elf64_Phdr); at++) {
        const uint8_t keep = c->file[at];
        for (unsigned value = 0; value < 256; value++) {
            c->file[at] = (uint8_t)value;
            c->m.messages = 0;
            const enum sim_status status = parse(c, sizeof c->file);
            assert_int_equal(c->m.messages, status != STATUS_OK);
            if (status == STATUS_OK)
                assert_true(c->image.low >= BASE && c->image.high <= LIMIT &&
                            c->image.entry < LIMIT);
        }
        c->file[at] = keep;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accepts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_little_endian, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_an_elf_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_truncation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_machine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_program_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_segments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
