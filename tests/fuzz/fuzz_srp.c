/*
 * SRP units of spapr-vscsi by a driver that knows them: logins, commands with every CDB,
 * descriptors of both directions, task management, datagrams; several under way at once, while the
 * pages that they lie in are unmapped and their descriptors change. Input: a byte that says how DMA
 * goes, then steps.
 */
#include "fuzz_vscsi.h"

enum {
    QUEUE = FUZZ_AREA,
    UNITS = FUZZ_AREA + 0x1000, /* one of 512 bytes for each of 16 tags */
    UNIT_SIZE = 512,
    TABLES = FUZZ_AREA + 0x3000,
    DATA = FUZZ_AREA + 0x8000,
    PAGES = 0x20,
    CDB = 32,
    DESCRIPTORS = 48,
    LOCAL_MAX = 10, /* descriptors of an indirect buffer in the unit */
};

static const uint64_t numbers[] = {
    0, 1, 2, 4, 8, 12, 16, 20, 24, 36, 48, 64, 96, 127, 128, 255, 256, 257, 512, 2047, 2048, 2049,
    4096, 4112, 0x10000, 0xffff, 0x20000, 0x100000, IMAGE_SIZE / 512, IMAGE_SIZE / 2048,
    /* addresses, also at the ends of the window and of RAM */
    DATA, DATA + 0x800, DATA + 0xff8, TABLES, TABLES + 0xff8, UNITS, QUEUE, 0xffff000, 0xffffff8,
    0x10000000, FUZZ_RAM - 16, FUZZ_RAM, FUZZ_AREA + PAGES * 0x1000 - 8,
    /* LUNs: the disk, the CD-ROM, nobody, REPORT LUNS, flat */
    UINT64_C(0x8000000000000000), UINT64_C(0x8100000000000000), UINT64_C(0x8001000000000000),
    UINT64_C(0x8200000000000000), UINT64_C(0xc101000000000000), UINT64_C(0x0100000000000000),
    UINT64_C(0x4001000000000000), INT32_MAX, UINT32_MAX, UINT64_MAX};

static const uint8_t opcodes[] = {0x00, 0x03, 0x08, 0x0a, 0x12, 0x15, 0x16, 0x17, 0x1a, 0x1b,
                                  0x1e, 0x25, 0x28, 0x2a, 0x2f, 0x35, 0x41, 0x42, 0x43, 0x46,
                                  0x4a, 0x51, 0x55, 0x5a, 0x88, 0x8a, 0x8f, 0x91, 0x93, 0x9e,
                                  0xa0, 0xa8, 0xaa, 0xaf, 0xbd, 0x04, 0x0b, 0x5e, 0x7f, 0xff};

static const uint64_t luns[] = {UINT64_C(0x8000000000000000), UINT64_C(0x8100000000000000),
                                UINT64_C(0x8000000000000000), UINT64_C(0x8001000000000000),
                                UINT64_C(0x8200000000000000), 0,
                                UINT64_C(0xc101000000000000), UINT64_C(0x4000000000000000)};

static uint64_t number(struct fuzz_input *in)
{
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

static bool send(struct fuzz_machine *m, const uint8_t *unit, size_t length, unsigned tag,
                 unsigned format)
{
    const uint64_t at = UNITS + (uint64_t)UNIT_SIZE * (tag & 15);
    bus_write(&m->p->bus, at, unit, length);
    return fuzz_call(m, H_SEND_CRQ_TOKEN, UNIT,
                     UINT64_C(0x80) << 56 | (uint64_t)format << 48 | length, at);
}

static void put_descriptor(uint8_t *to, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    const bool plain = kind & 0x80;
    store_be64(to, plain ? DATA + UINT64_C(0x100) * (kind & 0x7f) : number(in));
    store_be32(to + 8, 0);
    store_be32(to + 12, (uint32_t)(plain ? 0x200 : number(in)));
}

/* A direction's buffer behind `length` of the unit; returns its format. */
static unsigned put_buffer(struct fuzz_machine *m, struct fuzz_input *in, uint8_t *unit,
                           size_t *length, uint8_t *count)
{
    const uint8_t kind = fuzz_byte(in);
    uint8_t *to = unit + *length;
    switch (kind & 3) {
    case 0:
        return 0;
    case 1:
        put_descriptor(to, in);
        *length += 16;
        return 1;
    case 2: {
        const unsigned entries = kind >> 2 & 7, local = kind & 0x80 ? entries : kind >> 5 & 3;
        const uint64_t table = kind & 0x40 ? number(in) : TABLES + 0x100u * (kind & 0xf);
        store_be64(to, table);
        store_be32(to + 8, 0);
        store_be32(to + 12, kind & 0x10 && kind & 0x20 ? (uint32_t)number(in) : 16 * entries);
        store_be32(to + 16, kind & 0x40 ? (uint32_t)number(in) : 0x200 * entries);
        for (unsigned i = 0; i < entries; i++) {
            uint8_t bytes[16];
            put_descriptor(bytes, in);
            bus_write(&m->p->bus, table + 16 * i, bytes, sizeof bytes);
            if (i < local)
                memcpy(to + 20 + 16 * (size_t)i, bytes, sizeof bytes);
        }
        *count = (uint8_t)local;
        *length += 20 + 16 * (size_t)local;
        return 2;
    }
    default:
        return kind >> 4;
    }
}

/* Block address and length where the command's group has them. */
static void put_cdb(uint8_t *cdb, struct fuzz_input *in)
{
    const uint8_t which = fuzz_byte(in);
    cdb[0] = opcodes[which % ARRAY_SIZE(opcodes)];
    if (which & 0x80) {
        for (unsigned i = 1; i < 16; i++)
            cdb[i] = fuzz_byte(in);
        return;
    }
    cdb[1] = fuzz_byte(in);
    switch (cdb[0] >> 5) {
    case 0:
        store_be16(cdb + 2, (uint16_t)number(in));
        cdb[4] = fuzz_byte(in);
        break;
    case 4:
        store_be64(cdb + 2, number(in));
        store_be32(cdb + 10, (uint32_t)number(in));
        break;
    case 5:
        store_be32(cdb + 2, (uint32_t)number(in));
        store_be32(cdb + 6, (uint32_t)number(in));
        break;
    default:
        store_be32(cdb + 2, (uint32_t)number(in));
        store_be16(cdb + 7, (uint16_t)number(in));
        break;
    }
}

static bool command(struct fuzz_machine *m, struct fuzz_input *in, unsigned tag)
{
    uint8_t unit[UNIT_SIZE] = {2};
    const uint8_t how = fuzz_byte(in);
    size_t length = DESCRIPTORS;
    store_be64(unit + 8, tag);
    store_be64(unit + 20, how & 0x40 ? number(in) : luns[how & 7]);
    put_cdb(unit + CDB, in);
    if (how & 0x20) { /* longer CDB */
        unit[31] = fuzz_byte(in);
        length += unit[31] & 0x1c;
    }
    const unsigned out = put_buffer(m, in, unit, &length, unit + 6);
    const unsigned into = put_buffer(m, in, unit, &length, unit + 7);
    unit[5] = (uint8_t)(out << 4 | into);
    if (how & 0x80)
        length = (size_t)number(in) & 0x1ff;
    return send(m, unit, length < UNIT_SIZE ? length : UNIT_SIZE, tag, 1);
}

static bool manage(struct fuzz_machine *m, struct fuzz_input *in, unsigned tag)
{
    static const uint8_t functions[] = {1, 2, 4, 8, 0x40, 0, 0xff};
    uint8_t unit[64] = {1};
    const uint8_t how = fuzz_byte(in);
    store_be64(unit + 8, tag);
    store_be64(unit + 20, how & 0x40 ? number(in) : luns[how & 7]);
    unit[30] = functions[(how >> 3 & 7) % ARRAY_SIZE(functions)];
    store_be64(unit + 32, fuzz_byte(in) & 15);
    return send(m, unit, how & 0x80 ? 40 : 48, tag, 1);
}

static bool other_unit(struct fuzz_machine *m, struct fuzz_input *in, unsigned tag)
{
    uint8_t unit[128] = {fuzz_byte(in)};
    store_be64(unit + 8, tag);
    return send(m, unit, fuzz_byte(in) & 0x7f, tag, 1);
}

static bool datagram(struct fuzz_machine *m, struct fuzz_input *in, unsigned tag)
{
    uint8_t unit[64] = {0};
    store_be32(unit, fuzz_byte(in));
    store_be16(unit + 6, (uint16_t)number(in));
    store_be64(unit + 8, tag);
    store_be64(unit + 16, number(in));
    return send(m, unit, 8 + (fuzz_byte(in) & 0x1f), tag, 2);
}

/* The driver takes the elements that are there. */
static void take_elements(struct fuzz_machine *m)
{
    for (unsigned i = 0; i < 256; i++)
        bus_fill(&m->p->bus, QUEUE + 16 * i, 0, 1);
}

static void pass(struct fuzz_machine *m, uint8_t how_long)
{
    m->clock.idle_cycles += (uint64_t)20000 * how_long;
    pseries_run_events(m->p);
}

static bool step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    const unsigned tag = kind >> 4;
    switch (kind & 15) {
    case 0:
        fuzz_store(m, in, numbers, ARRAY_SIZE(numbers));
        return true;
    case 1:
        pass(m, fuzz_byte(in));
        return true;
    case 2:
        take_elements(m);
        return true;
    case 3:
        return manage(m, in, tag);
    case 4:
        return other_unit(m, in, tag);
    case 5:
        return datagram(m, in, tag);
    case 6:
        fuzz_map(m, FUZZ_AREA + 0x1000u * (fuzz_byte(in) % PAGES), tag);
        return true;
    case 7: {
        const uint64_t page = number(in), tce = number(in);
        return fuzz_call(m, H_PUT_TCE_TOKEN, UNIT, page, tce);
    }
    case 8:
        if (tag < 12)
            return fuzz_call(m, H_ENABLE_CRQ_TOKEN, UNIT, 0, 0);
        fuzz_call(m, H_FREE_CRQ_TOKEN, UNIT, 0, 0);
        return fuzz_call(m, H_REG_CRQ_TOKEN, UNIT, QUEUE, 0x1000);
    default:
        return command(m, in, tag);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_vscsi_power_on(size);
    struct fuzz_input in = {data, size};
    const uint8_t how = fuzz_byte(&in);
    vio_find(m->p, UNIT)->bypass = how & 1;
    for (unsigned i = 0; i < PAGES; i++)
        fuzz_map(m, FUZZ_AREA + 0x1000 * i, how & 2 && i > 2 ? i & 3 : 3);
    fuzz_call(m, H_REG_CRQ_TOKEN, UNIT, QUEUE, 0x1000);
    fuzz_call(m, H_VIO_SIGNAL_TOKEN, UNIT, how >> 2 & 1, 0);
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++) {
        fuzz_check_vscsi(m);
        if (!step(m, &in))
            break;
    }
    pass(m, 255);
    fuzz_check_vscsi(m);
    return 0;
}
