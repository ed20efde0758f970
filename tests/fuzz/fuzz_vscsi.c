/*
 * spapr-vscsi: queue elements, SRP units, descriptors and SCSI commands of a guest that means ill.
 * Input: a byte that says how DMA goes, then steps.
 */
#include "fuzz_vscsi.h"

enum {
    QUEUE = FUZZ_AREA,
    QUEUE_SIZE = 0x1000,
    IU = FUZZ_AREA + 0x2000,
    TABLE = FUZZ_AREA + 0x3000,
    DATA = FUZZ_AREA + 0x4000,
    MAPPED_PAGES = 0x20,
};

static const uint64_t numbers[] = {
    0, 1, 2, 3, 15, 16, 20, 24, 48, 64, 68, 96, 255, 256, 257, 512, 2048, 4096, 0xffff,
    /* addresses, also at the window's and RAM's ends */
    QUEUE, IU, TABLE, DATA, DATA + 0x800, 0xffff000, 0x10000000, FUZZ_RAM - 16, FUZZ_RAM,
    /* elements */
    UINT64_C(0xc001000000000000), UINT64_C(0xc002000000000000), UINT64_C(0x8001000000000040),
    UINT64_C(0x8002000000000018), UINT64_C(0xff06000000000000),
    /* LUNs */
    UINT64_C(0x8000000000000000), UINT64_C(0x8100000000000000), UINT64_C(0xc101000000000000),
    INT32_MAX, UINT32_MAX, UINT64_MAX};

static void start(struct fuzz_machine *m, uint8_t how)
{
    struct vio_device *const d = vio_find(m->p, UNIT);
    assert(d);
    d->bypass = how & 1;
    for (uint64_t i = 0; i < MAPPED_PAGES; i++) {
        const uint64_t page = FUZZ_AREA + i * 0x1000;
        fuzz_call(m, H_PUT_TCE_TOKEN, UNIT, page, page | (how & 2 ? i & 3 : 3));
    }
    fuzz_call(m, H_REG_CRQ_TOKEN, UNIT, QUEUE, QUEUE_SIZE);
    fuzz_call(m, H_VIO_SIGNAL_TOKEN, UNIT, 1, 0);
}

/* A command whose parts are in order: LUN, CDB and one kind of buffer come from the input. */
static bool command(struct fuzz_machine *m, struct fuzz_input *in)
{
    uint8_t iu[256] = {2};
    const uint8_t kind = fuzz_byte(in);
    const size_t length = kind & 0x10 ? 68 : 64;
    store_be64(iu + 8, 0x1234);
    store_be64(iu + 20, UINT64_C(0x8000000000000000) | (uint64_t)(kind >> 7) << 56);
    for (unsigned i = 0; i < 16; i++)
        iu[32 + i] = fuzz_byte(in);
    const unsigned format = kind & 0x10 ? 2 : 1;
    iu[5] = (uint8_t)(kind & 0x20 ? format << 4 : format);
    store_be64(iu + 48, kind & 0x10 ? TABLE : DATA);
    store_be32(iu + 60, (uint32_t)fuzz_number(in, numbers, ARRAY_SIZE(numbers)));
    if (kind & 0x10)
        store_be32(iu + 64, (uint32_t)fuzz_number(in, numbers, ARRAY_SIZE(numbers)));
    bus_write(&m->p->bus, IU, iu, length);
    return fuzz_call(m, H_SEND_CRQ_TOKEN, UNIT, UINT64_C(0x8001000000000000) | length, IU);
}

static bool step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    const size_t n = ARRAY_SIZE(numbers);
    switch (kind & 7) {
    case 0:
        fuzz_store(m, in, numbers, n);
        return true;
    case 1: {
        const uint64_t high = fuzz_number(in, numbers, n), low = fuzz_number(in, numbers, n);
        return fuzz_call(m, H_SEND_CRQ_TOKEN, UNIT, high, low);
    }
    case 2:
        m->clock.idle_cycles += 1000000;
        pseries_run_events(m->p);
        return true;
    case 3: {
        const uint64_t ioba = fuzz_number(in, numbers, n), tce = fuzz_number(in, numbers, n);
        return fuzz_call(m, H_PUT_TCE_TOKEN, UNIT, ioba, tce);
    }
    case 4:
        bus_fill(&m->p->bus, QUEUE, 0, QUEUE_SIZE);
        return true;
    case 5: {
        const uint64_t ioba = fuzz_number(in, numbers, n), size = fuzz_number(in, numbers, n);
        return fuzz_call(m, kind & 8 ? H_REG_CRQ_TOKEN : H_FREE_CRQ_TOKEN, UNIT, ioba, size);
    }
    default:
        return command(m, in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_vscsi_power_on(size);
    struct fuzz_input in = {data, size};
    start(m, fuzz_byte(&in));
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++)
        if (fuzz_check_vscsi(m), !step(m, &in))
            break;
    m->clock.idle_cycles += 1000000000;
    pseries_run_events(m->p);
    return 0;
}
