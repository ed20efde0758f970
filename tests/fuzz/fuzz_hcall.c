/*
 * Hypercalls, in any order with any arguments, on a machine whose devices raise interrupts.
 * Input: steps; a call's arguments that are not given stay what the last call left in the
 * registers.
 */
#include "fuzz_machine.h"

static const uint64_t tokens[] = {
#define HCALL(name, token, handler, set) token,
#include "machine-pseries/hcalls.def"
#undef HCALL
};

enum { HPT_ENTRIES = FUZZ_RAM / 128 / 16, ARGUMENTS = 9 };

static const uint64_t numbers[] = {
    0, 1, 2, 3, 4, 8, 16, 512, 4096, 0x10000, 0x1000000,
    /* RAM */
    FUZZ_AREA, FUZZ_AREA + 128, FUZZ_AREA + 4096, FUZZ_RAM, FUZZ_RAM - 16, FUZZ_RAM - 4096,
    FUZZ_RAM - 0x10000, FUZZ_RAM - 0x1000000, VOF_ENTRY,
    /* HPT entries, and pages of 4K, 64K and 16M for them */
    HPT_ENTRIES, HPT_ENTRIES - 4, HPT_ENTRIES / 2, HPTE0_VALID, HPTE0_VALID | 4, HPTE1_M,
    FUZZ_AREA | HPTE1_M, FUZZ_AREA | 0x1000 | HPTE1_M, (FUZZ_RAM - 0x1000) | HPTE1_M,
    UINT64_C(0x4000000001000001), UINT64_C(0x8000000000000000),
    /* devices */
    VIO_FIRST_REG, VIO_FIRST_REG + 1, PHB_LIOBN, PHB_DMA_SIZE, PHB_DMA_SIZE - 4096, PHB_IO_BASE,
    PHB_IO_BASE + PHB_IO_SIZE, PHB_MEM32_BASE, PHB_MEM64_BASE, PHB_MEM64_BASE + PHB_MEM64_SIZE,
    XICS_IPI, XICS_EPOW, XICS_VIO_BASE, XICS_LSI_BASE, UINT64_C(0xff000002), UINT64_C(0xff001100),
    UINT64_C(0xff001200), UINT64_C(0xff000000),
    /* H_REGISTER_VPA's functions, -1 */
    UINT64_C(1) << 45, UINT64_C(2) << 45, UINT64_C(3) << 45, UINT64_C(5) << 45, UINT64_C(6) << 45,
    UINT64_C(7) << 45, UINT64_MAX, INT64_MAX};

static bool step(struct fuzz_machine *m, struct fuzz_input *in)
{
    static const uint8_t typed[] = "abc\r\0def";
    const uint8_t kind = fuzz_byte(in);
    switch (kind) {
    case 0xff:
        fuzz_store(m, in, numbers, ARRAY_SIZE(numbers));
        return true;
    case 0xfe:
        pseries_console_input(m->p, 0, typed, fuzz_byte(in) % sizeof typed);
        return true;
    case 0xfd:
        m->clock.idle_cycles += fuzz_number(in, numbers, ARRAY_SIZE(numbers)) & 0xffffffffff;
        return true;
    case 0xfc:
        xics_set_level(m->p, XICS_LSI_BASE, fuzz_byte(in) & 1);
        return true;
    case 0xfb:
        m->cpu->gpr[3] = fuzz_number(in, numbers, ARRAY_SIZE(numbers));
        break;
    default:
        m->cpu->gpr[3] = tokens[kind % ARRAY_SIZE(tokens)];
    }
    for (unsigned i = 0, count = fuzz_byte(in) % (ARGUMENTS + 1); i < count; i++)
        m->cpu->gpr[4 + i] = fuzz_number(in, numbers, ARRAY_SIZE(numbers));
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
