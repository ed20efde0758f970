/*
 * A guest that runs garbage: the input's bytes are its first instructions and, repeated, its RAM.
 * Whatever happens is an interrupt or goes on; hypercalls answer H_FUNCTION.
 */
#include "fuzz_cpu.h"

enum { RAM_SIZE = 1 << 16, BUDGET = 2000, ENTRY = 0x3000, HEAD = 8 };

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
    static uint8_t page[RAM_SIZE];
    static struct fuzz_cpu f;
    if (size < HEAD + 4)
        return 0;
    fuzz_cpu_create(&f, RAM_SIZE);
    struct cpu *cpu = f.cpu;
    for (size_t i = 0; i < RAM_SIZE; i++)
        page[i] = data[HEAD + i % (size - HEAD)];
    bus_write(&f.bus, 0, page, RAM_SIZE);
    for (unsigned i = 0; i < 32; i++)
        cpu->gpr[i] = load_be64(page + (size_t)i * 8) >> (i % 4 * 16);
    cpu_set_msr(cpu, load_be64(data));
    cpu->nia = ENTRY;
    run(cpu);
    fuzz_cpu_destroy(&f);
    return 0;
}
