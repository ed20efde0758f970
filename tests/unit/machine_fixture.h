/* A whole machine that boots a small ELF file through the built-in client interface. */
#ifndef HORNPIPE_MACHINE_FIXTURE_H
#define HORNPIPE_MACHINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <elf.h>

#include "base/log.h"
#include "isa/engine.h"
#include "machine-pseries/pseries_internal.h"

enum {
    MACHINE_RAM = 128 << 20,
    MACHINE_CODE_SIZE = 0x100,
    MACHINE_MEMORY_SIZE = 0x20000,
    MACHINE_FILE_SIZE = 0x1000 + MACHINE_CODE_SIZE,
};

/* A valid big-endian kernel file: one segment at virtual address 0xc000000000000000. */
static inline void machine_make_elf(uint8_t file[MACHINE_FILE_SIZE])
{
    uint8_t *const segment = file + sizeof(Elf64_Ehdr);
    memset(file, 0, MACHINE_FILE_SIZE);
    memcpy(file, ELFMAG, SELFMAG);
    file[EI_CLASS] = ELFCLASS64;
    file[EI_DATA] = ELFDATA2MSB;
    file[EI_VERSION] = EV_CURRENT;
    store_be16(file + offsetof(Elf64_Ehdr, e_type), ET_EXEC);
    store_be16(file + offsetof(Elf64_Ehdr, e_machine), EM_PPC64);
    store_be32(file + offsetof(Elf64_Ehdr, e_version), EV_CURRENT);
    store_be64(file + offsetof(Elf64_Ehdr, e_entry), UINT64_C(0xc000000000000000));
    store_be64(file + offsetof(Elf64_Ehdr, e_phoff), sizeof(Elf64_Ehdr));
    store_be16(file + offsetof(Elf64_Ehdr, e_ehsize), sizeof(Elf64_Ehdr));
    store_be16(file + offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr));
    store_be16(file + offsetof(Elf64_Ehdr, e_phnum), 1);
    store_be32(segment + offsetof(Elf64_Phdr, p_type), PT_LOAD);
    store_be64(segment + offsetof(Elf64_Phdr, p_offset), 0x1000);
    store_be64(segment + offsetof(Elf64_Phdr, p_vaddr), UINT64_C(0xc000000000000000));
    store_be64(segment + offsetof(Elf64_Phdr, p_filesz), MACHINE_CODE_SIZE);
    store_be64(segment + offsetof(Elf64_Phdr, p_memsz), MACHINE_MEMORY_SIZE);
    for (unsigned i = 0; i < MACHINE_CODE_SIZE; i++)
        file[0x1000 + i] = (uint8_t)i;
}

struct machine {
    struct pseries *p;
    struct cpu *cpu;
    struct isa_clock clock;
    struct pseries_config config;
    char kernel[64], initrd[64];
    char log[512]; /* the last message */
    unsigned messages;
    char output[256]; /* what the console wrote */
    size_t output_length;
};

static inline void machine_log(void *ctx, enum log_level level, const char *line)
{
    struct machine *m = ctx;
    (void)level;
    m->messages++;
    snprintf(m->log, sizeof m->log, "%s", line);
}

static inline void machine_output(void *ctx, unsigned vty, const uint8_t *bytes, size_t n)
{
    struct machine *m = ctx;
    (void)vty;
    assert_true(m->output_length + n < sizeof m->output);
    memcpy(m->output + m->output_length, bytes, n);
    m->output_length += n;
}

static inline void machine_write_file(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

/* A new file in the temporary directory; `path` ends in XXXXXX. */
static inline void machine_temp_file(char *path, const void *bytes, size_t size)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    machine_write_file(path, bytes, size);
}

/* The configuration and its files, before the machine exists. */
static inline struct machine *machine_prepare(void)
{
    static const uint8_t initrd[100] = "an initrd";
    uint8_t elf[MACHINE_FILE_SIZE];
    struct machine *m = calloc(1, sizeof *m);
    assert_non_null(m);
    isa_init();
    machine_make_elf(elf);
    strcpy(m->kernel, "/tmp/hornpipe-kernel-XXXXXX");
    strcpy(m->initrd, "/tmp/hornpipe-initrd-XXXXXX");
    machine_temp_file(m->kernel, elf, sizeof elf);
    machine_temp_file(m->initrd, initrd, sizeof initrd);
    m->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    m->config = (struct pseries_config){
        .cpu = cpu_model_find("POWER8"),
        .ram_size = MACHINE_RAM,
        .cpu_count = 1,
        .sockets = 1,
        .threads = 1,
        .vof = true,
        .max_page_shift = 16,
        .cap_vsx = true,
        .cap_dfp = true,
        .hotplug_events = true,
        .kernel_address = PSERIES_KERNEL_BASE,
        .kernel = m->kernel,
        .initrd = m->initrd,
        .append = "console=hvc0",
        .clock_hz = 1000000000,
        .vty_count = 1,
    };
    log_set_sink(machine_log, m);
    return m;
}

static inline enum sim_status machine_create(struct machine *m)
{
    const struct pseries_host host = {.ctx = m, .console_output = machine_output};
    const enum sim_status status = pseries_create(&m->config, &host, &m->clock, &m->p);
    m->cpu = status == STATUS_OK ? pseries_cpu(m->p, 0) : NULL;
    return status;
}

static inline void machine_destroy(struct machine *m)
{
    pseries_destroy(m->p);
    log_set_sink(NULL, NULL);
    log_set_level(LOG_WARNING);
    unlink(m->kernel);
    unlink(m->initrd);
    free(m);
}

/* For cmocka: a machine after its first reset. */
static inline int machine_setup(void **state)
{
    struct machine *m = machine_prepare();
    *state = m;
    return machine_create(m) == STATUS_OK && pseries_reset(m->p) == STATUS_OK ? 0 : -1;
}

static inline int machine_teardown(void **state)
{
    machine_destroy(*state);
    return 0;
}

/* A hypercall with up to five arguments: r3, as a signed number. */
static inline int64_t machine_hcall(struct machine *m, uint64_t token, uint64_t a, uint64_t b,
                                    uint64_t c, uint64_t d, uint64_t e)
{
    const uint64_t args[] = {token, a, b, c, d, e};
    memcpy(&m->cpu->gpr[3], args, sizeof args);
    pseries_hcall(m->p, m->cpu);
    return (int64_t)m->cpu->gpr[3];
}

#endif
