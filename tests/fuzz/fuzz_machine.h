/*
 * What the machine's fuzz targets share: one small machine, as after power-on for every input, and
 * how inputs are read. A number of the input is one of: an entry of the target's table, that plus
 * or minus a little, a single bit, or eight bytes as they are.
 */
#ifndef HORNPIPE_FUZZ_MACHINE_H
#define HORNPIPE_FUZZ_MACHINE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "isa/engine.h"
#include "machine-pseries/pseries_internal.h"

#ifndef FUZZ_CPUS
#define FUZZ_CPUS 1
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FUZZ_RAM = 128 << 20,
    FUZZ_AREA = 0x1000000, /* where targets keep what the calls point to */
    FUZZ_CALLS = 200,      /* of one input */
    FUZZ_HASHED = 16,      /* inputs whose size is a multiple also check the whole reset state */
};

struct fuzz_machine {
    struct pseries *p;
    struct cpu *cpu;
    struct isa_clock clock;
    uint64_t reset_hash;
};

struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->at++;
}

static inline uint64_t fuzz_number(struct fuzz_input *in, const uint64_t *table, size_t entries)
{
    const uint8_t kind = fuzz_byte(in), low = kind & 0x3f;
    uint64_t raw = 0;
    switch (kind >> 6) {
    case 0:
        return table[low % entries];
    case 1:
        return table[low % entries] + (uint64_t)(int8_t)fuzz_byte(in);
    case 2:
        return UINT64_C(1) << low;
    default:
        for (unsigned i = 0; i < 8; i++)
            raw = raw << 8 | fuzz_byte(in);
        return raw;
    }
}

/* Up to 63 bytes of the input, to a place that the input names. */
static inline void fuzz_store(struct fuzz_machine *m, struct fuzz_input *in, const uint64_t *table,
                              size_t entries)
{
    const uint64_t real = fuzz_number(in, table, entries);
    size_t n = fuzz_byte(in) & 0x3f;
    n = n < in->left ? n : in->left;
    bus_write(&m->p->bus, real, in->at, n);
    in->at += n;
    in->left -= n;
}

/* A word of an argument block; nothing outside RAM. */
static inline void fuzz_word(struct fuzz_machine *m, uint64_t real, uint64_t word)
{
    bus_write_be32(&m->p->bus, real, (uint32_t)word);
}

static inline void fuzz_drop_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

static inline void fuzz_output(void *ctx, unsigned vty, const uint8_t *bytes, size_t n)
{
    uint8_t seen[16];
    (void)ctx;
    assert(vty == 0 && n >= 1 && n <= sizeof seen);
    memcpy(seen, bytes, n);
}

static inline void fuzz_create(struct fuzz_machine *m)
{
    const struct pseries_config config = {
        .cpu = cpu_model_find("POWER8"),
        .ram_size = FUZZ_RAM,
        .cpu_count = FUZZ_CPUS,
        .sockets = 1,
        .threads = 1,
        .vof = true,
        .max_page_shift = 24,
        .cap_vsx = true,
        .cap_dfp = true,
        .hotplug_events = true,
        .kernel_address = PSERIES_KERNEL_BASE,
        .kernel = HORNPIPE_SOURCE_DIR "/tests/fuzz/corpus/elf/big-endian",
        .append = "console=hvc0",
        .clock_hz = 1000000000,
        .vty_count = 1,
#ifdef FUZZ_CONFIG
        FUZZ_CONFIG,
#endif
    };
    const struct pseries_host host = {.console_output = fuzz_output};
    isa_init();
    m->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    if (pseries_create(&config, &host, &m->clock, &m->p) != STATUS_OK)
        abort();
    log_set_sink(fuzz_drop_line, NULL);
    m->cpu = pseries_cpu(m->p, 0);
}

/* The machine as after power-on, NVRAM and clock included, which a reset leaves. */
static inline struct fuzz_machine *fuzz_power_on(size_t size)
{
    static struct fuzz_machine m;
    const bool first = !m.p;
    if (first)
        fuzz_create(&m);
    m.clock.idle_cycles = 0;
    memset(m.p->nvram.bytes, 0, sizeof m.p->nvram.bytes);
    m.p->rtas.rtc_offset = 0;
    if (pseries_reset(m.p) != STATUS_OK)
        abort();
    if (first)
        m.reset_hash = pseries_state_hash(m.p);
    else if (size % FUZZ_HASHED == 0)
        assert(pseries_state_hash(m.p) == m.reset_hash);
    return &m;
}

/* As fuzz_power_on() for targets of devices, which do not look at the tree and the images that most
 * of a reset's time goes into: only sizes that are multiples of FUZZ_HASHED get all of it. */
static inline void fuzz_reset_devices(struct fuzz_machine *m, size_t size)
{
    struct pseries *const p = m->p;
    m->clock.idle_cycles = 0;
    if (!m->reset_hash || size % FUZZ_HASHED == 0) {
        if (pseries_reset(p) != STATUS_OK)
            abort();
        const uint64_t hash = pseries_state_hash(p);
        assert(!m->reset_hash || m->reset_hash == hash);
        m->reset_hash = hash;
        return;
    }
    bus_reset(&p->bus);
    event_reset(p);
    devices_reset(p);
    cpu_reset(m->cpu);
    m->cpu->halted = false;
    memset(p->vcpus, 0, sizeof p->vcpus);
    xics_reset(p);
    vio_reset(p);
    phb_reset(p);
    pci_reset(p);
    rtas_reset(p);
}

/* Makes the hypercall that is in the registers; false when the guest cannot go on after it. */
static inline bool fuzz_hypercall(struct fuzz_machine *m)
{
    const enum pseries_action action = pseries_hcall(m->p, m->cpu);
    assert(m->cpu->gpr[32] == 0);
    assert(m->cpu->halted ==
           (action == PSERIES_IDLE || (m->cpu->halted && action == PSERIES_PANIC)));
    assert(memchr(m->p->panic_message, '\0', sizeof m->p->panic_message));
    if (action == PSERIES_POWER_OFF || action == PSERIES_REBOOT)
        return false;
    if (m->cpu->halted) {
        cpu_set_dec(m->cpu, UINT32_MAX);
        return pseries_wake(m->p, m->cpu);
    }
    return true;
}

#endif
