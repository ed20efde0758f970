/* What the fuzz targets of the instructions share: a vCPU with RAM and an HPT, and no machine. */
#ifndef HORNPIPE_FUZZ_CPU_H
#define HORNPIPE_FUZZ_CPU_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_HPT_SIZE = 1 << 18 };

struct fuzz_cpu {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
    uint8_t hpt[FUZZ_HPT_SIZE];
};

static inline void fuzz_drop_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

/* A vCPU after reset, with zeros in RAM and HPT: made anew for each input. */
static inline void fuzz_cpu_create(struct fuzz_cpu *f, uint64_t ram_size)
{
    static bool ready;
    if (!ready)
        isa_init(); /* once: it costs more than most inputs */
    ready = true;
    log_set_sink(fuzz_drop_line, NULL);
    if (bus_init(&f->bus, ram_size) != STATUS_OK)
        abort();
    memset(f->hpt, 0, sizeof f->hpt);
    f->bus.hpt = f->hpt;
    f->bus.hpt_size = sizeof f->hpt;
    f->bus.hpt_real = UINT64_C(1) << 47;
    f->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    f->cpu = cpu_create(cpu_model_find("POWER8"), 0, &f->bus, &f->clock);
    if (!f->cpu)
        abort();
}

static inline void fuzz_cpu_destroy(struct fuzz_cpu *f)
{
    cpu_destroy(f->cpu);
    bus_fini(&f->bus);
}

#endif
