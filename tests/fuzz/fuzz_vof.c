/*
 * The Open Firmware client interface: calls as a kernel makes them, and any others.
 * Input: steps, each a call or bytes stored into RAM. The texts below are in RAM; arguments
 * are their addresses, small handles, the edges of RAM, or anything.
 */
#include "fuzz_machine.h"

static const char *const texts[] = {
    "test", "peer", "child", "parent", "getproplen", "getprop", "nextprop", "setprop", "finddevice",
    "instance-to-package", "instance-to-path", "package-to-path", "call-method", "open", "close",
    "write", "claim", "release", "milliseconds", "quiesce", "interpret", "boot", "exit",
    /* methods, properties, paths */
    "ibm,client-architecture-support", "instantiate-rtas", "name", "reg", "phandle",
    "linux,phandle", "linux,rtas-base", "available", "stdout", "x", "", "/", "/chosen", "/rtas",
    "/cpus", "/memory@0", "/vdevice/VTY@71000000:0", "/cpus/PowerPC,POWER8@0"};

enum { H_VOF_CLIENT = 0xf005, SERVICES = 23, TEXT_SIZE = 64, BLOCK_WORDS = 3, BUFFER = 0x2000 };
#define TEXT(i) (FUZZ_AREA + 0x1000 + TEXT_SIZE * (uint64_t)(i))

static const uint64_t numbers[] = {
    /* handles and sizes */
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 64, VOF_PATH_MAX, 4096, PSERIES_INTC_PHANDLE,
    /* addresses */
    FUZZ_AREA, FUZZ_AREA + BUFFER, 0x400000, FUZZ_RAM, FUZZ_RAM - 1, FUZZ_RAM - 4, FUZZ_RAM - 12,
    FUZZ_RAM - 0x10000, 0x10000, 0x10001, 0x80000000, UINT32_MAX, UINT64_MAX};

/* The address of a text, or a number. */
static uint64_t argument(struct fuzz_input *in)
{
    if (in->left && *in->at >= 0x80 && *in->at < 0x80 + ARRAY_SIZE(texts))
        return TEXT(fuzz_byte(in) - 0x80);
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

static bool step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in), counts = fuzz_byte(in);
    const unsigned nargs = counts & 0xf, nret = counts >> 4;
    uint64_t block = FUZZ_AREA;
    if (kind == 0x7f) {
        fuzz_store(m, in, numbers, ARRAY_SIZE(numbers));
        return true;
    }
    if (kind & 0x80)
        block = fuzz_number(in, numbers, ARRAY_SIZE(numbers));
    fuzz_word(m, block, TEXT((kind & 0x7f) % SERVICES));
    fuzz_word(m, block + 4, nargs);
    fuzz_word(m, block + 8, nret);
    for (unsigned i = 0; i < nargs; i++)
        fuzz_word(m, block + 4 * (BLOCK_WORDS + i), argument(in));
    m->cpu->gpr[3] = H_VOF_CLIENT;
    m->cpu->gpr[4] = block;
    return fuzz_hypercall(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_power_on(size);
    struct fuzz_input in = {data, size};
    for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)
        bus_write(&m->p->bus, TEXT(i), texts[i], strlen(texts[i]) + 1);
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++)
        if (!step(m, &in))
            break;
    return 0;
}
