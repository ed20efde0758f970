/*
 * The queue of spapr-vscsi and its elements: registered anywhere and of any size, freed, enabled,
 * full, with pages that are not mapped, under RTAS quiesce and ibm,set-tce-bypass; calls to units
 * that have no queue. Input: steps.
 */
#include "fuzz_vscsi.h"

enum {
    RTAS_BLOCK = FUZZ_AREA + 0x8000,
    QUIESCE = 0x11,
    SET_TCE_BYPASS = 0x10,
    PAGES = 8,
};

static const uint64_t numbers[] = {
    0, 1, 2, 16, 64, 0xff, 0x1000, 0x2000, 0x3000, 0x8000, 0x10000, 0x100000, 0x10000000,
    0x20000000, FUZZ_AREA, FUZZ_AREA + 0x1000, FUZZ_AREA + 0x2000, FUZZ_AREA + 16, 0xffff000,
    0xffffff0, FUZZ_RAM, FUZZ_RAM - 0x1000, FUZZ_RAM - 8, UNIT, UNIT - 1, UNIT + 1, VIO_FIRST_REG,
    /* elements: initialisation, transport events, units, of all lengths */
    UINT64_C(0xc001000000000000), UINT64_C(0xc002000000000000), UINT64_C(0xff01000000000000),
    UINT64_C(0x8001000000000040), UINT64_C(0x8002000000000018), UINT64_C(0x8001000000000100),
    UINT64_C(0x8001000000000101), UINT64_C(0x8002000000000000), UINT64_C(0x8006000000000040),
    UINT64_C(0x8100000000000000), UINT32_MAX, UINT64_MAX};

static uint64_t number(struct fuzz_input *in)
{
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

static bool rtas(struct fuzz_machine *m, uint32_t call, uint32_t nargs, uint32_t a, uint32_t b)
{
    const uint32_t words[] = {RTAS_TOKEN_BASE + call, nargs, 1, a, b};
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        fuzz_word(m, RTAS_BLOCK + 4 * i, words[i]);
    return fuzz_call(m, 0xf000, RTAS_BLOCK, 0, 0);
}

/* A short unit, with which what answers it is as long as can be. */
static bool small_unit(struct fuzz_machine *m, struct fuzz_input *in, uint8_t kind)
{
    uint8_t unit[64] = {0};
    const uint64_t at = FUZZ_AREA + 0x1000 * (kind >> 4 & 7u) + 0xfe0u * (kind >> 7);
    unit[0] = kind & 0x40 ? 0 : fuzz_byte(in) & 3;
    unit[3] = 3;
    store_be16(unit + 6, 148);
    store_be64(unit + 16, number(in));
    bus_write(&m->p->bus, at, unit, sizeof unit);
    return fuzz_call(m, H_SEND_CRQ_TOKEN, UNIT,
                     kind & 8 ? UINT64_C(0x8002000000000018) : UINT64_C(0x8001000000000040), at);
}

static bool step(struct fuzz_machine *m, struct fuzz_input *in)
{
    static const uint64_t tokens[] = {H_REG_CRQ_TOKEN,    H_REG_CRQ_TOKEN,    H_FREE_CRQ_TOKEN,
                                      H_VIO_SIGNAL_TOKEN, H_ENABLE_CRQ_TOKEN, H_SEND_CRQ_TOKEN};
    const uint8_t kind = fuzz_byte(in);
    const uint64_t unit = kind & 0x80 ? number(in) : (uint64_t)UNIT;
    uint64_t a, b;
    switch (kind & 7) {
    case 0:
        a = number(in);
        b = number(in);
        return fuzz_call(m, tokens[(kind >> 3 & 7) % ARRAY_SIZE(tokens)], unit, a, b);
    case 1:
        return fuzz_call(m, H_REG_CRQ_TOKEN, UNIT, FUZZ_AREA, 0x1000u << (kind >> 6));
    case 2:
        a = number(in);
        return fuzz_call(m, H_SEND_CRQ_TOKEN, UNIT, a, number(in));
    case 3:
        fuzz_map(m, FUZZ_AREA + 0x1000 * (kind >> 5), kind >> 3 & 3);
        return true;
    case 4:
        m->clock.idle_cycles += (uint64_t)100000 * fuzz_byte(in);
        pseries_run_events(m->p);
        return true;
    case 5:
        if (kind >> 3 < 4)
            return rtas(m, QUIESCE, 0, 0, 0);
        return rtas(m, SET_TCE_BYPASS, 2, (uint32_t)unit, kind >> 3 & 1);
    case 6:
        bus_fill(&m->p->bus, FUZZ_AREA, 0, 0x1000u << (kind >> 6));
        return true;
    default:
        return small_unit(m, in, kind);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_vscsi_power_on(size);
    struct fuzz_input in = {data, size};
    for (unsigned i = 0; i < PAGES; i++)
        fuzz_map(m, FUZZ_AREA + 0x1000 * i, 3);
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++) {
        fuzz_check_vscsi(m);
        if (!step(m, &in))
            break;
    }
    fuzz_check_vscsi(m);
    return 0;
}
