/*
 * The reader of conformance vectors, and the machine they run on: any file, whose checksums are put
 * right so that what lies behind them is reached too. The data window is the target's own.
 */
#include "base/log.h"
#include "sim/conform_machine.h"
#include "tests/unit/conform_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUN_MAX = 64 /* vectors of one input */, SEAL = 1 /* of the input's last byte */ };

static void drop_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

static struct conform_machine *machine(void)
{
    static struct conform_machine m;
    static const uint8_t memory[CONFORM_WINDOW];
    if (!m.cpu) {
        const struct conform_reader base = {.name = "base",
                                            .base_memory = {CONFORM_DATA, CONFORM_WINDOW, memory}};
        if (conform_machine_init(&m, cpu_model_find("POWER8")) != STATUS_OK ||
            conform_machine_base(&m, &base) != STATUS_OK)
            abort();
    }
    return &m;
}

static void read_all(struct conform_reader *r)
{
    struct conform_machine *const m = machine();
    unsigned ran = 0;
    bool end = false;
    while (conform_reader_block(r, &end) == STATUS_OK && !end) {
        struct conform_vector v;
        while (conform_reader_next(r, &v, &end) == STATUS_OK && !end) {
            enum conform_verdict verdict;
            char name[64];
            for (unsigned i = 0; i < v.in.count; i++)
                conform_register_name(conform_id(&v.in, i), name, sizeof name);
            if (ran++ < RUN_MAX &&
                conform_machine_run(m, r, &v, CONFORM_NEAR_CHUNKS, &verdict) != STATUS_OK)
                break;
        }
        if (!end)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conform_reader r;
    log_set_sink(drop_line, NULL);
    if (size < 2)
        return 0;
    uint8_t *copy = malloc(--size);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    if (data[size] & SEAL)
        conform_file_seal(copy, size);
    FILE *file = fmemopen(copy, size, "rb");
    if (!file)
        abort();
    if (conform_reader_open(&r, file, "fuzz") == STATUS_OK) {
        read_all(&r);
        conform_reader_close(&r);
    }
    fclose(file);
    free(copy);
    return 0;
}
