/* The ELF loader: any file, into RAM of 16 MiB. */
#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "machine-pseries/elf_load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAM_SIZE = 16 << 20, BASE = 0x400000 };

static void drop_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct isa_bus bus;
    struct elf_image image;
    log_set_sink(drop_line, NULL);
    if (elf_parse("-kernel", "fuzz", data, size, BASE, RAM_SIZE, &image) != STATUS_OK)
        return 0;
    if (bus_init(&bus, RAM_SIZE) != STATUS_OK)
        abort();
    assert(image.segment_count <= ELF_SEGMENTS_MAX);
    assert(image.low >= BASE && image.high <= RAM_SIZE && image.low <= image.high);
    elf_place(&image, data, &bus);
    for (uint64_t real = 0; real < BASE; real += 4096)
        assert(bus.ram[real] == 0);
    bus_fini(&bus);
    return 0;
}
