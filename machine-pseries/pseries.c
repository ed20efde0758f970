/* The machine: its parts in order, its images, and reset (pseries.md 1). */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "elf_load.h"
#include "image.h"
#include "pseries_internal.h"

#define FIRMWARE_ENTRY  UINT64_C(0x100)
#define INITRD_ALIGN    UINT64_C(0x10000)
#define LOW_MEMORY_MAX  UINT64_C(0x80000000) /* firmware and its tree stay below */
#define RMA_MAX         (UINT64_C(1) << 40)
#define HPT_SIZE_MIN    (UINT64_C(1) << 18)
#define HPT_RAM_RATIO   128
#define KERNEL_FILE_MAX (UINT64_C(1) << 32)

/* LPCR of a vCPU before any H_SET_MODE (pseries.md 1.2); no guest can read it. */
#define LPCR_RESET_207 UINT64_C(0x1f008)
#define LPCR_RESET_206 UINT64_C(0x700c)

/* -- Images -- */

enum image_kind { IMAGE_FIRMWARE, IMAGE_KERNEL, IMAGE_INITRD, IMAGE_KINDS };
static const char *const image_options[IMAGE_KINDS] = {"-bios", "-kernel", "-initrd"};

static const char *image_path(const struct pseries *p, enum image_kind kind)
{
    switch (kind) {
    case IMAGE_FIRMWARE:
        if (p->config.vof)
            return NULL;
        return p->config.bios ? p->config.bios : p->firmware_path;
    case IMAGE_KERNEL:
        return p->config.kernel;
    default:
        return p->config.initrd;
    }
}

static uint64_t low_memory_end(const struct pseries *p)
{
    return p->rma_size < LOW_MEMORY_MAX ? p->rma_size : LOW_MEMORY_MAX;
}

/* Where kernel and initrd must end. */
static uint64_t image_limit(const struct pseries *p)
{
    return low_memory_end(p) - PSERIES_FIRMWARE_RESERVE;
}

static struct pseries_image *find_image(struct pseries *p, enum image_kind kind)
{
    for (size_t i = 0; i < p->image_count; i++)
        if (p->images[i].option == image_options[kind])
            return &p->images[i];
    return NULL;
}

static enum sim_status use_firmware(struct pseries *p, const struct image_file *file)
{
    RETURN_IF(file->size <= FIRMWARE_ENTRY, STATUS_FORMAT,
              "-bios %s: %zu bytes end before the entry point at 0x%" PRIx64,
              image_path(p, IMAGE_FIRMWARE), file->size, FIRMWARE_ENTRY);
    bus_write(&p->bus, 0, file->bytes, file->size);
    return STATUS_OK;
}

static enum sim_status use_kernel(struct pseries *p, const struct image_file *file)
{
    struct elf_image elf;
    TRY(elf_parse("-kernel", p->config.kernel, file->bytes, file->size, p->config.kernel_address,
                  image_limit(p), &elf));
    elf_place(&elf, file->bytes, &p->bus);
    p->kernel_real = p->config.kernel_address;
    p->kernel_size = elf.high - p->kernel_real;
    p->kernel_entry = elf.entry;
    p->kernel_le = elf.little_endian;
    return STATUS_OK;
}

static enum sim_status use_initrd(struct pseries *p, const struct image_file *file)
{
    const uint64_t kernel_end = p->kernel_real + p->kernel_size;
    const uint64_t start = (kernel_end + 2 * INITRD_ALIGN - 1) & ~(INITRD_ALIGN - 1);
    const uint64_t limit = image_limit(p);
    RETURN_IF(start > limit || file->size > limit - start, STATUS_NO_FIT,
              "-initrd %s: %zu bytes do not fit between the kernel's end at 0x%" PRIx64
              " and 0x%" PRIx64 ", the last that firmware leaves of %" PRIu64 " MiB",
              p->config.initrd, file->size, kernel_end, limit, p->config.ram_size >> 20);
    bus_write(&p->bus, start, file->bytes, file->size);
    p->initrd_real = start;
    p->initrd_size = file->size;
    return STATUS_OK;
}

/* Notes the hash of an image at its first reading, and compares it at every later one. */
static enum sim_status check_image(struct pseries *p, enum image_kind kind,
                                   const struct image_file *file)
{
    struct pseries_image *image = find_image(p, kind);
    if (!image) {
        image = &p->images[p->image_count++];
        image->option = image_options[kind];
        image->path = image_path(p, kind);
        image->size = file->size;
        memcpy(image->sha256, file->sha256, sizeof image->sha256);
    }
    RETURN_IF(image->size != file->size || strcmp(image->sha256, file->sha256) != 0, STATUS_CHANGED,
              "%s %s: the file changed since the run began", image->option, image->path);
    return STATUS_OK;
}

/* Reads one image and puts it into RAM. */
static enum sim_status load_image(struct pseries *p, enum image_kind kind)
{
    static const struct {
        enum sim_status (*use)(struct pseries *p, const struct image_file *file);
    } kinds[IMAGE_KINDS] = {{use_firmware}, {use_kernel}, {use_initrd}};
    const char *path = image_path(p, kind);
    const uint64_t max_size = kind == IMAGE_FIRMWARE ? PSERIES_FIRMWARE_MAX
                              : kind == IMAGE_KERNEL ? KERNEL_FILE_MAX
                                                     : image_limit(p);
    struct image_file file;
    if (!path)
        return STATUS_OK;
    TRY(image_read(image_options[kind], path, max_size, &file));
    enum sim_status status = check_image(p, kind, &file);
    if (status == STATUS_OK)
        status = kinds[kind].use(p, &file);
    image_free(&file);
    return status;
}

static enum sim_status load_images(struct pseries *p)
{
    for (enum image_kind kind = 0; kind < IMAGE_KINDS; kind++)
        TRY(load_image(p, kind));
    return STATUS_OK;
}

size_t pseries_images(const struct pseries *p, const struct pseries_image **out)
{
    *out = p->images;
    return p->image_count;
}

/* -- Creation -- */

static enum sim_status check_config(const struct pseries_config *config)
{
    assert(config->cpu && config->cpu_count >= 1 && config->cpu_count <= PSERIES_CPUS_MAX);
    assert(!config->max_compat || compat_fits(config->max_compat, config->cpu));
    RETURN_IF(config->ram_size < PSERIES_RAM_MIN, STATUS_RANGE,
              "-m %" PRIu64 "M: a pseries machine needs at least 128 MiB", config->ram_size >> 20);
    RETURN_IF(config->ram_size > PSERIES_RAM_MAX, STATUS_RANGE,
              "-m %" PRIu64 "M: a pseries machine has at most 32 TiB below its PCI windows",
              config->ram_size >> 20);
    RETURN_IF(config->threads > 4 && config->cpu->level < ISA_207, STATUS_RANGE,
              "-smp threads=%u: a core of %s has at most 4 threads", config->threads,
              config->cpu->name);
    RETURN_IF(config->vof && !config->kernel, STATUS_USAGE, "-M x-vof=on needs a -kernel");
    RETURN_IF(config->vof && config->bios, STATUS_USAGE,
              "-M x-vof=on boots without firmware: it cannot be combined with -bios");
    RETURN_IF(config->initrd && !config->kernel, STATUS_USAGE, "-initrd needs a -kernel");
    return STATUS_OK;
}

/* One entry of 16 bytes for every 2 KiB of RAM, at least 256 KiB (pseries.md 8.1). */
static uint64_t hpt_size(uint64_t ram_size)
{
    uint64_t rounded = HPT_SIZE_MIN * HPT_RAM_RATIO;
    while (rounded < ram_size)
        rounded <<= 1;
    return rounded / HPT_RAM_RATIO;
}

static enum sim_status create_memory(struct pseries *p)
{
    TRY(bus_init(&p->bus, p->config.ram_size));
    const uint64_t size = hpt_size(p->config.ram_size);
    void *hpt = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    RETURN_IF(hpt == MAP_FAILED, STATUS_NO_MEMORY,
              "no host memory for a hashed page table of %" PRIu64 " bytes", size);
    p->bus.hpt = hpt;
    p->bus.hpt_size = size;
    p->bus.hpt_real = PSERIES_HPT_REAL;
    p->bus.max_page_shift = p->config.max_page_shift;
    p->bus.threads = p->config.threads;
    p->bus.mmio_read = phb_mmio_read;
    p->bus.mmio_write = phb_mmio_write;
    p->bus.mmio_ctx = p;
    return STATUS_OK;
}

static enum sim_status create_parts(struct pseries *p)
{
    TRY(create_memory(p));
    for (unsigned i = 0; i < p->config.cpu_count; i++) {
        p->cpus[i] = cpu_create(p->config.cpu, i, &p->bus, p->clock);
        RETURN_IF(!p->cpus[i], STATUS_NO_MEMORY, "no host memory for a vCPU");
    }
    hcall_init(p);
    rtas_init(p);
    vty_init(p);
    TRY(devices_open(p));
    TRY(nvram_init(p));
    TRY(phb_init(p));
    TRY(devices_create(p));
    if (!p->config.vof && !p->config.bios)
        TRY(image_find_firmware(p->firmware_path, sizeof p->firmware_path));
    /* All images are read and placed once, so that a bad one is found before the run starts. */
    TRY(load_images(p));
    devices_add_images(p);
    return STATUS_OK;
}

/* A power of two, as the hardware has it (pseries.md 2.3). */
static uint64_t rma_size(uint64_t ram_size)
{
    uint64_t size = RMA_MAX;
    while (size > ram_size)
        size >>= 1;
    return size;
}

enum sim_status pseries_create(const struct pseries_config *config, const struct pseries_host *host,
                               struct isa_clock *clock, struct pseries **out)
{
    *out = NULL;
    TRY(check_config(config));
    struct pseries *p = calloc(1, sizeof *p);
    RETURN_IF(!p, STATUS_NO_MEMORY, "no host memory for the machine");
    p->config = *config;
    p->host = *host;
    p->clock = clock;
    p->rma_size = rma_size(config->ram_size);
    const enum sim_status status = create_parts(p);
    if (status != STATUS_OK) {
        pseries_destroy(p);
        return status;
    }
    *out = p;
    return STATUS_OK;
}

void pseries_destroy(struct pseries *p)
{
    if (!p)
        return;
    vof_fini(p);
    devices_fini(p);
    pci_fini(p);
    phb_fini(p);
    vio_fini(p);
    for (unsigned i = 0; i < PSERIES_CPUS_MAX; i++)
        cpu_destroy(p->cpus[i]);
    if (p->bus.hpt)
        munmap(p->bus.hpt, p->bus.hpt_size);
    bus_fini(&p->bus);
    free(p);
}

/* -- Reset -- */

static void reset_cpus(struct pseries *p)
{
    memset(p->vcpus, 0, sizeof p->vcpus);
    for (unsigned i = 0; i < p->config.cpu_count; i++) {
        struct cpu *cpu = p->cpus[i];
        cpu_idle_until(cpu, pseries_now(p));
        cpu_reset(cpu);
        cpu->lpcr = cpu->model->level >= ISA_207 ? LPCR_RESET_207 : LPCR_RESET_206;
        cpu->halted = p->vcpus[i].stopped = i > 0;
        p->vcpus[i].dispatches = i > 0;
    }
    compat_enter(p, p->config.max_compat);
}

static enum sim_status dump_tree(struct pseries *p, const void *fdt, size_t size)
{
    const char *path = p->config.dumpdtb;
    if (!path || p->dtb_dumped)
        return STATUS_OK;
    FILE *file = fopen(path, "wb");
    RETURN_IF(!file, STATUS_NO_FILE, "-M dumpdtb=%s: %s", path, strerror(errno));
    const bool written = fwrite(fdt, 1, size, file) == size;
    const bool closed = fclose(file) == 0;
    RETURN_IF(!written || !closed, STATUS_IO, "-M dumpdtb=%s: %s", path, strerror(errno));
    p->dtb_dumped = true;
    return STATUS_OK;
}

/* The tree of the client interface, without the room that it has for changes. */
static enum sim_status dump_live_tree(struct pseries *p)
{
    const size_t size = fdt_totalsize(p->vof.fdt);
    void *copy = malloc(size);
    RETURN_IF(!copy, STATUS_NO_MEMORY, "no host memory for the device tree");
    memcpy(copy, p->vof.fdt, size);
    fdt_pack(copy);
    const enum sim_status status = dump_tree(p, copy, fdt_totalsize(copy));
    free(copy);
    return status;
}

/* Gives the tree to firmware, or to the built-in client interface, and sets the entry. */
static enum sim_status start_firmware(struct pseries *p)
{
    void *fdt;
    size_t size;
    TRY(pseries_fdt_build(p, false, &fdt, &size));
    if (p->config.vof) {
        TRY(vof_reset(p, fdt, (uint32_t)size));
        return dump_live_tree(p);
    }
    const enum sim_status status = dump_tree(p, fdt, size);
    if (status == STATUS_OK) {
        p->fdt_real = low_memory_end(p) - PSERIES_FDT_MAX;
        p->fdt_size = size;
        bus_write(&p->bus, p->fdt_real, fdt, size);
        p->cpus[0]->gpr[3] = p->fdt_real;
        p->cpus[0]->nia = FIRMWARE_ENTRY;
    }
    free(fdt);
    return status;
}

enum sim_status pseries_reset(struct pseries *p)
{
    bus_reset(&p->bus);
    madvise(p->bus.hpt, p->bus.hpt_size, MADV_DONTNEED); /* reads as zero again */
    event_reset(p);
    devices_reset(p);
    reset_cpus(p);
    xics_reset(p);
    vio_reset(p);
    phb_reset(p);
    pci_reset(p);
    rtas_reset(p);
    p->cas_done = false;
    p->ov5_form1 = 0;
    p->panic_message[0] = '\0';
    TRY(load_images(p));
    return start_firmware(p);
}

/* -- What `sim` asks -- */

size_t pseries_console_input(struct pseries *p, unsigned vty, const uint8_t *bytes, size_t n)
{
    return vty < p->config.vty_count ? vty_input(p, bytes, n) : 0;
}

size_t pseries_console_space(const struct pseries *p, unsigned vty)
{
    return vty < p->config.vty_count ? (size_t)(VTY_FIFO_SIZE - p->vty.count) : 0;
}

struct cpu *pseries_cpu(struct pseries *p, unsigned index)
{
    assert(index < p->config.cpu_count);
    return p->cpus[index];
}

unsigned pseries_cpu_count(const struct pseries *p)
{
    return p->config.cpu_count;
}

struct isa_bus *pseries_bus(struct pseries *p)
{
    return &p->bus;
}

const char *pseries_panic_message(const struct pseries *p)
{
    return p->panic_message;
}
