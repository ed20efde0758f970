/*
 * NVRAM: what -prom-env does to any content that a -pflash file may have, and the offsets, lengths
 * and buffers of nvram-fetch and nvram-store, against a copy. Input: variables (a count, then each
 * with a 0), a size, the content's beginning, and steps of the guest.
 */
#include "fuzz_machine.h"

enum { VARIABLES = 4, BLOCK = FUZZ_AREA, FETCH = 0x12, STORE = 0x13 };

static const uint64_t numbers[] = {0,
                                   1,
                                   2,
                                   15,
                                   16,
                                   0x800,
                                   0x2000,
                                   0x7fff,
                                   NVRAM_SIZE_MIN,
                                   NVRAM_SIZE - 16,
                                   NVRAM_SIZE - 1,
                                   NVRAM_SIZE,
                                   NVRAM_SIZE + 1,
                                   NVRAM_SIZE_MAX,
                                   NVRAM_SIZE_MAX - 1,
                                   FUZZ_AREA + 0x1000,
                                   FUZZ_RAM,
                                   FUZZ_RAM - 1,
                                   FUZZ_RAM - NVRAM_SIZE,
                                   INT32_MAX,
                                   UINT32_MAX,
                                   UINT32_MAX - 15};

static uint64_t number(struct fuzz_input *in)
{
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

/* The size of a content, and bytes of the input where partitions begin. */
static void fill(struct nvram *nvram, struct fuzz_input *in)
{
    static const uint32_t sizes[] = {NVRAM_SIZE, NVRAM_SIZE_MIN, NVRAM_SIZE_MAX,
                                     NVRAM_SIZE_MIN + 1};
    const uint8_t how = fuzz_byte(in);
    nvram->size = sizes[how & 3];
    for (size_t at = 0, n; at < nvram->size && in->left; at += n) {
        n = fuzz_byte(in);
        const size_t given = n < in->left ? n : in->left;
        const size_t room = nvram->size - at;
        memcpy(nvram->bytes + at, in->at, given < room ? given : room);
        in->at += given;
        in->left -= given;
        n = how & 4 ? n + 1 : 16 * (n + 1);
        if (how & 8)
            return;
    }
}

static bool holds(const struct nvram *nvram, const char *text)
{
    const size_t n = strlen(text) + 1;
    for (size_t at = 0; at + n <= nvram->size; at++)
        if (memcmp(nvram->bytes + at, text, n) == 0)
            return true;
    return false;
}

static void put_variables(struct nvram *nvram, struct fuzz_input *in)
{
    char texts[VARIABLES][64];
    const char *list[VARIABLES + 1] = {0};
    const unsigned count = fuzz_byte(in) % (VARIABLES + 1);
    for (unsigned i = 0; i < count; i++) {
        size_t n = 0;
        for (uint8_t c; n + 1 < sizeof texts[i] && (c = fuzz_byte(in)) != 0;)
            texts[i][n++] = (char)c;
        texts[i][n] = '\0';
        list[i] = texts[i];
    }
    if (nvram_put_env(nvram, list) == STATUS_OK && count && *list[count - 1])
        assert(holds(nvram, list[count - 1]));
}

/* A transfer is whole or not at all, and touches nothing else. */
static bool step(struct fuzz_machine *m, struct fuzz_input *in, struct nvram *shadow)
{
    struct nvram *const nvram = &m->p->nvram;
    const uint8_t kind = fuzz_byte(in);
    const uint32_t words[] = {RTAS_TOKEN_BASE + (kind & 1 ? STORE : FETCH),
                              3,
                              2,
                              (uint32_t)number(in),
                              (uint32_t)number(in),
                              kind & 2 ? fuzz_byte(in) : (uint32_t)number(in)};
    const uint64_t offset = words[3], buffer = words[4], length = words[5];
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        fuzz_word(m, BLOCK + 4 * i, words[i]);
    const bool fits =
        offset + length <= nvram->size && buffer < FUZZ_RAM && length <= FUZZ_RAM - buffer;
    if (fits && kind & 1)
        bus_read(&m->p->bus, buffer, shadow->bytes + offset, length);
    m->cpu->gpr[3] = 0xf000;
    m->cpu->gpr[4] = BLOCK;
    const bool on = fuzz_hypercall(m);
    const bool apart = buffer + length <= BLOCK || buffer >= BLOCK + 0x100;
    if (apart)
        assert(load_be32(m->p->bus.ram + BLOCK + 24) == (fits ? 0 : (uint32_t)RTAS_PARAMETER));
    if (apart && fits && !(kind & 1))
        assert(memcmp(m->p->bus.ram + buffer, shadow->bytes + offset, length) == 0);
    assert(memcmp(nvram->bytes, shadow->bytes, sizeof shadow->bytes) == 0);
    return on;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct nvram shadow;
    static struct fuzz_machine machine, *const m = &machine;
    if (!m->p)
        fuzz_create(m);
    fuzz_reset_devices(m, size);
    struct fuzz_input in = {data, size};
    struct nvram *const nvram = &m->p->nvram;
    const uint32_t plain = nvram->size;
    put_variables(nvram, &in);
    fill(nvram, &in);
    put_variables(nvram, &in);
    memcpy(shadow.bytes, nvram->bytes, sizeof shadow.bytes);
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++)
        if (!step(m, &in, &shadow))
            break;
    nvram->size = plain;
    memset(nvram->bytes, 0, sizeof nvram->bytes);
    return 0;
}
