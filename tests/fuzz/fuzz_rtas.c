/*
 * RTAS calls: argument blocks in guest memory, most with the counts that the call wants.
 * Input: steps, each a call, with arguments that are numbers, or bytes stored into RAM.
 */
#include "fuzz_machine.h"

static const struct {
    uint8_t number, nargs, nret;
} calls[] = {
#define RTAS(id, name, number, nargs_min, nargs_max, nret_min, nret_max, handler)                  \
    {number, nargs_max, nret_max},
#include "machine-pseries/rtas.def"
#undef RTAS
};

enum { H_RTAS = 0xf000, BLOCK_WORDS = 3 };

static const uint64_t numbers[] = {
    /* counts, parameters, times */
    0, 1, 2, 3, 4, 5, 8, 12, 20, 31, 42, 48, 59, 60, 0xff, 1970, 2000, 2026, 9999, 999999999,
    /* RAM, also by an address of real mode with its top bits */
    FUZZ_AREA, FUZZ_AREA + 0x1000, FUZZ_RAM, FUZZ_RAM - 4, FUZZ_RAM - 12, FUZZ_RAM - 64,
    UINT64_C(0xc000000001000000),
    /* devices */
    NVRAM_SIZE, NVRAM_SIZE - 16, XICS_IPI, XICS_EPOW, XICS_VIO_BASE, XICS_LSI_BASE,
    XICS_SOURCE_BASE + XICS_SOURCE_COUNT, VIO_FIRST_REG, VIO_FIRST_REG + 1, PHB_BUID >> 32,
    /* edges */
    RTAS_TOKEN_DISPLAY, INT32_MAX, UINT32_MAX, UINT64_MAX};

/* A block in its usual place with the right counts; with the top bit set: anywhere, any counts. */
static bool step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    const unsigned row = (kind & 0x7f) % ARRAY_SIZE(calls);
    uint64_t block = FUZZ_AREA, token = RTAS_TOKEN_BASE + calls[row].number;
    uint64_t nargs = calls[row].nargs, nret = calls[row].nret;
    if (kind == 0x7f) {
        fuzz_store(m, in, numbers, ARRAY_SIZE(numbers));
        return true;
    }
    if (kind == 0x7e) {
        m->clock.idle_cycles += fuzz_number(in, numbers, ARRAY_SIZE(numbers)) & 0xffffffffffff;
        return true;
    }
    if (kind & 0x80) {
        block = fuzz_number(in, numbers, ARRAY_SIZE(numbers));
        token += fuzz_byte(in);
        nargs = fuzz_number(in, numbers, ARRAY_SIZE(numbers));
        nret = fuzz_number(in, numbers, ARRAY_SIZE(numbers));
    }
    fuzz_word(m, block, token);
    fuzz_word(m, block + 4, nargs);
    fuzz_word(m, block + 8, nret);
    for (unsigned i = 0; i < nargs && i <= RTAS_ARGS_MAX; i++)
        fuzz_word(m, block + 4 * (BLOCK_WORDS + i), fuzz_number(in, numbers, ARRAY_SIZE(numbers)));
    m->cpu->gpr[3] = H_RTAS;
    m->cpu->gpr[4] = block;
    return fuzz_hypercall(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_power_on(size);
    struct fuzz_input in = {data, size};
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++)
        if (!step(m, &in))
            break;
    return 0;
}
