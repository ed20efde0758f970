/* A machine with the devices and one vCPU, but no firmware and no tree: what device tests need. */
#ifndef HORNPIPE_DEVICE_FIXTURE_H
#define HORNPIPE_DEVICE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "machine-pseries/pseries_internal.h"

enum { FIXTURE_RAM = 1 << 20 };

struct fixture {
    struct pseries *p;
    struct cpu *cpu;
    struct isa_clock clock;
    char output[256]; /* what the console wrote */
    size_t output_length;
    unsigned output_calls, ready_calls;
    unsigned lines_logged;
};

static inline void fixture_output(void *ctx, unsigned vty, const uint8_t *bytes, size_t n)
{
    struct fixture *f = ctx;
    assert_int_equal(vty, 0);
    assert_in_range(n, 1, 16);
    assert_true(f->output_length + n <= sizeof f->output);
    memcpy(f->output + f->output_length, bytes, n);
    f->output_length += n;
    f->output_calls++;
}

static inline void fixture_ready(void *ctx, unsigned vty)
{
    struct fixture *f = ctx;
    assert_int_equal(vty, 0);
    f->ready_calls++;
}

static inline void fixture_log(void *ctx, enum log_level level, const char *line)
{
    (void)level, (void)line;
    ((struct fixture *)ctx)->lines_logged++;
}

/* The machine without NVRAM contents; `prom_env` as in struct pseries_config. */
static inline struct fixture *fixture_create(const char *const *prom_env)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct pseries *p = calloc(1, sizeof *p);
    assert_non_null(f);
    assert_non_null(p);
    f->p = p;
    f->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    p->config = (struct pseries_config){
        .cpu_count = 1, .sockets = 1, .threads = 1, .vty_count = 1, .prom_env = prom_env};
    p->host = (struct pseries_host){f, fixture_output, fixture_ready};
    p->clock = &f->clock;
    assert_int_equal(bus_init(&p->bus, FIXTURE_RAM), STATUS_OK);
    p->cpus[0] = f->cpu = cpu_create(cpu_model_find("POWER8"), 0, &p->bus, p->clock);
    assert_non_null(f->cpu);
    rtas_init(p);
    vty_init(p);
    assert_int_equal(nvram_init(p), STATUS_OK);
    assert_int_equal(phb_init(p), STATUS_OK);
    xics_reset(p);
    log_set_sink(fixture_log, f);
    return f;
}

static inline int fixture_setup(void **state)
{
    *state = fixture_create(NULL);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    log_set_sink(NULL, NULL);
    phb_fini(f->p);
    vio_fini(f->p);
    cpu_destroy(f->cpu);
    bus_fini(&f->p->bus);
    free(f->p);
    free(f);
    return 0;
}

/* Writes an argument block at `real` and calls H_RTAS; the block must lie in RAM. */
static inline int64_t fixture_rtas_at(struct fixture *f, uint64_t real, uint32_t token,
                                      uint32_t nargs, uint32_t nret, const uint32_t *args)
{
    uint64_t regs[9] = {real};
    assert_true(bus_write_be32(&f->p->bus, real, token));
    assert_true(bus_write_be32(&f->p->bus, real + 4, nargs));
    assert_true(bus_write_be32(&f->p->bus, real + 8, nret));
    for (uint32_t i = 0; i < nargs; i++)
        assert_true(bus_write_be32(&f->p->bus, real + 12 + 4 * i, args[i]));
    for (uint32_t i = 0; i < nret; i++)
        assert_true(bus_write_be32(&f->p->bus, real + 12 + 4 * (nargs + i), 0xeeeeeeee));
    f->p->action = PSERIES_CONTINUE;
    return h_rtas(f->p, f->cpu, regs);
}

enum { FIXTURE_BLOCK = 0x8000 };

static inline uint32_t fixture_word(struct fixture *f, uint64_t real)
{
    uint32_t v = 0;
    assert_true(bus_read_be32(&f->p->bus, real, &v));
    return v;
}

/* RTAS call number `number` of a block at FIXTURE_BLOCK: its status; rets[] from 1 on into `rets`.
 */
static inline int32_t fixture_rtas(struct fixture *f, uint32_t number, uint32_t nargs,
                                   const uint32_t *args, uint32_t nret, uint32_t *rets)
{
    const uint64_t at = FIXTURE_BLOCK + 12 + 4 * nargs;
    assert_int_equal(fixture_rtas_at(f, FIXTURE_BLOCK, RTAS_TOKEN_BASE + number, nargs, nret, args),
                     H_SUCCESS);
    for (uint32_t i = 1; i < nret; i++)
        rets[i - 1] = fixture_word(f, at + 4 * i);
    return (int32_t)fixture_word(f, at);
}

#endif
