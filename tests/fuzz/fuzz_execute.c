/*
 * A guest that runs garbage: the input's bytes are its first instructions and, repeated, its RAM.
 * Whatever happens is an interrupt or goes on; hypercalls answer H_FUNCTION.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAM_SIZE = 1 << 16, HPT_SIZE = 1 << 18, BUDGET = 2000, ENTRY = 0x3000, HEAD = 8 };

static void drop_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

static void run(struct cpu *cpu)
{
    uint64_t total = 0;
    while (total < BUDGET) {
        uint64_t retired;
        const enum engine_stop why = engine_precise_run(cpu, BUDGET - total, &retired);
        assert(retired <= BUDGET - total);
        assert(retired > 0 || why == STOP_STUCK);
        total += retired;
        if (why == STOP_STUCK)
            return;
        if (why == STOP_HCALL)
            cpu->gpr[3] = (uint64_t)-2;
    }
    assert(cpu->gpr[32] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static uint8_t hpt[HPT_SIZE];
    static uint8_t page[RAM_SIZE];
    struct isa_bus bus;
    struct isa_clock clock = {.hz = 1000000000, .cpi = 1};
    if (size < HEAD + 4)
        return 0;
    log_set_sink(drop_line, NULL);
    if (!ready)
        isa_init(); /* once: it costs more than most inputs */
    ready = true;
    if (bus_init(&bus, RAM_SIZE) != STATUS_OK)
        abort();
    memset(hpt, 0, sizeof hpt);
    bus.hpt = hpt;
    bus.hpt_size = HPT_SIZE;
    bus.hpt_real = UINT64_C(1) << 47;
    bus.max_page_shift = 16;
    struct cpu *cpu = cpu_create(cpu_model_find("POWER8"), 0, &bus, &clock);
    if (!cpu)
        abort();
    cpu_reset(cpu);
    for (size_t i = 0; i < RAM_SIZE; i++)
        page[i] = data[HEAD + i % (size - HEAD)];
    bus_write(&bus, 0, page, RAM_SIZE);
    for (unsigned i = 0; i < 32; i++)
        cpu->gpr[i] = load_be64(page + (size_t)i * 8) >> (i % 4 * 16);
    cpu_set_msr(cpu, load_be64(data));
    cpu->nia = ENTRY;
    run(cpu);
    cpu_destroy(cpu);
    bus_fini(&bus);
    return 0;
}
