/*
 * The areas that a vCPU shares with the hypervisor, anywhere in storage: at its ends, over each
 * other, over code, with sizes that change while they are registered; four vCPUs wait, confer,
 * prod, join, stop and start meanwhile. Input: steps.
 */
#define FUZZ_CPUS 4
#include "fuzz_machine.h"

enum { H_RTAS = 0xf000, RTAS_START = 0x2006, RTAS_STOP = 0x2007, BLOCK = FUZZ_AREA + 0x100000 };
enum { RUN = 8 };

static const uint64_t places[] = {FUZZ_AREA,
                                  FUZZ_AREA + 128,
                                  FUZZ_AREA + 0xd80,
                                  FUZZ_AREA + 0xe00,
                                  FUZZ_AREA + 0x1000,
                                  FUZZ_AREA - 128,
                                  FUZZ_RAM - 128,
                                  FUZZ_RAM - 640,
                                  FUZZ_RAM - 768,
                                  FUZZ_RAM - 4096,
                                  FUZZ_RAM,
                                  FUZZ_RAM - 48,
                                  0,
                                  128,
                                  0x380,
                                  FUZZ_AREA + 0xb8,
                                  FUZZ_AREA + 0x100,
                                  FUZZ_AREA + 0x218,
                                  BLOCK,
                                  PHB_MEM32_BASE,
                                  PHB_IO_BASE,
                                  VOF_ENTRY,
                                  UINT64_MAX - 127,
                                  UINT64_MAX,
                                  INT64_MAX};
static const uint64_t servers[] = {
    0, 1, 2, 3, 4, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_C(1) << 32};
static const uint64_t functions[] = {1, 2, 3, 5, 6, 7, 0, 4, 8};
static const uint16_t calls[] = {0xe0 /* H_CEDE */, 0xe4 /* H_CONFER */, 0xe8 /* H_PROD */,
                                 0x298 /* H_JOIN */, 0x380 /* H_SIGNAL_SYS_RESET */};

static void check(const struct pseries *p)
{
    for (unsigned i = 0; i < FUZZ_CPUS; i++) {
        const struct pseries_vcpu *const v = &p->vcpus[i];
        assert(p->cpus[i]->halted == (v->dispatches % 2 == 1));
        assert(p->cpus[i]->halted == (v->stopped || v->waits != PSERIES_RUNS));
        assert(!v->vpa_addr || bus_is_ram(&p->bus, v->vpa_addr, 640));
        assert(!v->dtl_addr || (v->vpa_addr && bus_is_ram(&p->bus, v->dtl_addr, v->dtl_size)));
        assert(!v->slb_shadow_addr || v->vpa_addr);
    }
}

static void call(struct fuzz_machine *m, uint64_t token, uint64_t a, uint64_t b, uint64_t c)
{
    m->cpu->gpr[3] = token;
    m->cpu->gpr[4] = a;
    m->cpu->gpr[5] = b;
    m->cpu->gpr[6] = c;
    pseries_hcall(m->p, m->cpu);
}

static void rtas(struct fuzz_machine *m, uint32_t token, uint64_t server, uint64_t entry)
{
    fuzz_word(m, BLOCK, token);
    fuzz_word(m, BLOCK + 4, token == RTAS_START ? 3 : 0);
    fuzz_word(m, BLOCK + 8, 1);
    fuzz_word(m, BLOCK + 12, server);
    fuzz_word(m, BLOCK + 16, entry);
    call(m, H_RTAS, BLOCK, 0, 0);
}

/* Code that lies where an area is counts and logs into itself. */
static void run(struct fuzz_machine *m, uint64_t at)
{
    uint64_t retired;
    m->cpu->nia = at & ~UINT64_C(3);
    engine_precise_run(m->cpu, RUN, &retired);
    assert(retired <= RUN);
}

static void let_time_pass(struct fuzz_machine *m, uint64_t cycles)
{
    m->clock.now += cycles & 0xffffff;
    for (unsigned i = 0; i < FUZZ_CPUS; i++) {
        const uint64_t due = pseries_timer_due(m->p, m->p->cpus[i]);
        const bool woken = pseries_wake(m->p, m->p->cpus[i]);
        assert(woken || !m->p->cpus[i]->halted || due == pseries_timer_due(m->p, m->p->cpus[i]));
    }
}

static void step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    const uint64_t server = fuzz_number(in, servers, ARRAY_SIZE(servers));
    m->cpu = m->p->cpus[kind >> 6];
    if (m->cpu->halted && kind % 8 != 6)
        return;
    switch (kind % 8) {
    case 0:
    case 1:
        call(m, 0xdc, functions[fuzz_byte(in) % ARRAY_SIZE(functions)] << 45, server,
             fuzz_number(in, places, ARRAY_SIZE(places)));
        break;
    case 2:
        fuzz_store(m, in, places, ARRAY_SIZE(places));
        break;
    case 3:
    case 4:
        cpu_set_dec(m->cpu, fuzz_byte(in));
        call(m, calls[fuzz_byte(in) % ARRAY_SIZE(calls)], server, fuzz_byte(in), 0);
        break;
    case 5:
        rtas(m, fuzz_byte(in) & 1 ? RTAS_STOP : RTAS_START, server,
             fuzz_number(in, places, ARRAY_SIZE(places)));
        break;
    case 6:
        let_time_pass(m, fuzz_number(in, places, ARRAY_SIZE(places)));
        break;
    default:
        run(m, fuzz_number(in, places, ARRAY_SIZE(places)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_power_on(size);
    struct fuzz_input in = {data, size};
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++) {
        step(m, &in);
        check(m->p);
    }
    m->clock.now = 0;
    for (unsigned i = 0; i < FUZZ_CPUS; i++)
        m->p->cpus[i]->idle_cycles = m->p->cpus[i]->icount_end = m->p->cpus[i]->left = 0;
    return 0;
}
