/*
 * A randomized stress of the engines: two machines run the same random program, one by the precise
 * engine and one by the threaded one, with the same budgets, and never differ. The program rewrites
 * itself, ahead of where it is and behind, by its own stores, by another vCPU's and by a device's;
 * the decrementer interrupts it anywhere; its interrupt handlers change byte order,
 * privilege and width, switch vectors off and on and have it traced; its pages move under it, and
 * there are more of them than the code cache holds.
 *
 * usage: test_stress [SECONDS [SEED]]    for that long, from that seed on; else a few seeds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "isa/bus.h"
#include "isa/code_cache.h"
#include "isa/cpu.h"
#include "isa/engine.h"

enum {
    RAM_SIZE = 1 << 20,
    HANDLER = 0x2000, /* of what is to be gone on behind; the next page: of what interrupts */
    CODE = 0x10000,
    CODE_PAGES = 8,
    CODE_BYTES = CODE_PAGES * TLB_PAGE_SIZE,
    DATA = 0x80000,
    COPIES = 0xa0000, /* pages to which others are moved */
    VCPUS = 2,
    CHUNKS = 400,
    SEEDS = 60,
};

/* Registers that the program leaves alone: pointers, words to store, the handlers' own. */
enum { R_WORDS = 10, R_CODE = 20, R_DATA = 21, R_HERE = 22, R_DEC = 24, R_MSR = 25, R_COUNT = 30 };

static uint64_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % below);
}

/* -- Words -- */

static uint32_t d_form(unsigned op, unsigned rt, unsigned ra, uint32_t d)
{
    return op << 26 | rt << 21 | ra << 16 | (d & 0xffff);
}

static uint32_t x_form(unsigned rt, unsigned ra, unsigned rb, unsigned xo)
{
    return UINT32_C(31) << 26 | rt << 21 | ra << 16 | rb << 11 | xo << 1;
}

static unsigned any(void)
{
    return 3 + draw(7);
}

static uint32_t arithmetic(void)
{
    static const uint16_t xos[] = {266, 40, 8, 10, 138, 235, 28, 444, 316, 124, 27, 539, 922, 986};
    const uint32_t rc = draw(2);
    switch (draw(6)) {
    case 0:
        return d_form(14, any(), any(), draw(65536));
    case 1: /* rlwinm */
        return UINT32_C(21) << 26 | any() << 21 | any() << 16 | draw(1 << 15) << 1 | rc;
    case 2: /* cmp, cmpi, cmpl, cmpli */
        return draw(2) ? d_form(10 + draw(2), draw(8) << 2 | draw(2), any(), draw(64))
                       : x_form(draw(8) << 2 | draw(2), any(), any(), draw(2) * 32);
    case 3:
        return d_form(28, any(), any(), draw(256)); /* andi. */
    default:
        return x_form(any(), any(), any(), xos[draw(ARRAY_SIZE(xos))]) | rc;
    }
}

static uint32_t storage(void)
{
    static const uint8_t ops[] = {32, 34, 36, 38, 40, 44, 42, 58, 62, 33, 47, 50, 54, 48, 52};
    static const uint16_t xos[] = {23, 21, 87, 151, 149, 215, 534, 662, 103, 231, 20, 84, 597};
    const unsigned target = R_DATA;
    switch (draw(6)) {
    case 0:
        return x_form(any(), 0, target, xos[draw(ARRAY_SIZE(xos))]);
    case 1: /* lwarx, stwcx., ldarx, stdcx. */
        switch (draw(4)) {
        case 0:
            return x_form(any(), 0, target, 20);
        case 1:
            return x_form(any(), 0, target, 150) | 1;
        case 2:
            return x_form(any(), 0, target, 84);
        default:
            return x_form(any(), 0, target, 214) | 1;
        }
    case 2:
        return x_form(0, 0, draw(2) ? target : R_CODE, draw(2) ? 1014 : 982); /* dcbz, icbi */
    default:
        return d_form(ops[draw(ARRAY_SIZE(ops))], any(), target, draw(0x1100) & ~3u);
    }
}

/* A store of one of the words in registers into the code. */
static uint32_t patch(void)
{
    const unsigned word = R_WORDS + draw(10), at = draw(3) ? R_HERE : R_CODE;
    const uint32_t d = at == R_HERE ? 4 * draw(12) : draw(CODE_BYTES) & ~3u;
    switch (draw(12)) {
    case 0:
        return d_form(62, word, at, d); /* std */
    case 1:
        return d_form(62, word & ~1u, at, d) | 2; /* stq */
    case 2:
        return d_form(47, 28 + draw(4), at, d); /* stmw */
    case 3:
        return x_form(draw(32), 0, at, 231); /* stvx */
    case 4:
        return x_form(word, at, 8, 725); /* stswi, 8 bytes */
    case 5:
        return x_form(word, 0, at, 150) | 1; /* stwcx. */
    case 6:
        return d_form(draw(2) ? 38 : 44, word, at, d + draw(4)); /* stb, sth */
    case 7:
        return draw(8) ? d_form(36, word, at, d) : x_form(0, 0, at, 1014); /* dcbz */
    default:
        return d_form(36, word, at, d);
    }
}

static uint32_t branch(void)
{
    static const uint8_t bos[] = {4, 12, 16, 18, 20, 0, 8};
    const uint32_t to = draw(8) ? 4 * (draw(24) - 10) : 4 * (draw(2400) - 1200);
    switch (draw(6)) {
    case 0:
        return UINT32_C(18) << 26 | (to & 0x3fffffc) | draw(2);
    case 1:
        return UINT32_C(19) << 26 | 20u << 21 | 16 << 1 | draw(2); /* blr, blrl */
    case 2:
        return UINT32_C(16) << 26 | 20u << 21 | 31u << 16 | 4 | 1; /* bcl 20,31,$+4 */
    default:
        return UINT32_C(16) << 26 | (uint32_t)bos[draw(ARRAY_SIZE(bos))] << 21 | draw(32) << 16 |
               (to & 0xfffc);
    }
}

static uint32_t special(void)
{
    switch (draw(12)) {
    case 0:
        return UINT32_C(17) << 26 | 2; /* sc */
    case 1:
        return x_form(31, 0, 0, 4); /* trap */
    case 2:
        return 0x7c0002a6 | any() << 21 | 12u << 16 | 8u << 11; /* mftb's number is 268 */
    case 3:
        return 0x7c1603a6 | R_DEC << 21; /* mtdec */
    case 4:
        return 0x7c010164 | R_MSR << 21; /* mtmsrd R_MSR,1 */
    case 5:
        return UINT32_C(19) << 26 | 150 << 1; /* isync */
    case 6:
        return 0x7c0903a6 | any() << 21; /* mtctr */
    case 7:
        return 0x7c000026 | any() << 21; /* mfcr */
    case 8:
        return 0xfc00002a | draw(8) << 21 | draw(8) << 16 | draw(8) << 11; /* fadd */
    case 9:
        return 0x10000000 | draw(8) << 21 | draw(8) << 16 | draw(8) << 11; /* vaddubm */
    case 10:
        return x_form(any(), 0, 0, 83); /* mfmsr */
    default:
        return 0x7c0802a6 | R_HERE << 21; /* mflr R_HERE */
    }
}

static uint32_t random_word(void)
{
    switch (draw(12)) {
    case 0:
    case 1:
        return storage();
    case 2:
    case 3:
        return branch();
    case 4:
        return patch();
    case 5:
        return special();
    case 6:
        return draw(6) ? 0x7c0802a6 | R_HERE << 21 : draw(UINT32_MAX);
    default:
        return arithmetic();
    }
}

/* -- The guests -- */

struct guest {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu[VCPUS];
    struct mmu_source source;
    uint32_t real_of[RAM_SIZE / TLB_PAGE_SIZE]; /* where pages are, with translation on */
};

static bool translate(void *ctx, uint64_t ea, enum mmu_access access, struct mmu_page *out,
                      uint64_t *cause)
{
    struct guest *const g = ctx;
    (void)access;
    *cause = DSISR_NO_HPTE;
    if (ea >= RAM_SIZE)
        return false;
    *out = (struct mmu_page){.real = g->real_of[ea >> TLB_PAGE_SHIFT] | (ea & ~TLB_PAGE_MASK),
                             .page_shift = TLB_PAGE_SHIFT,
                             .ptex = TLB_NO_PTEX,
                             .writable = true};
    return true;
}

static struct guest *guest_create(enum engine_kind engine)
{
    struct guest *const g = calloc(1, sizeof *g);
    assert_non_null(g);
    assert_int_equal(bus_init(&g->bus, RAM_SIZE), STATUS_OK);
    assert_int_equal(bus_limit_code(&g->bus, 0), STATUS_OK); /* CODE_CACHE_PAGES_MIN */
    g->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    g->source = (struct mmu_source){.ctx = g, .translate = translate};
    for (unsigned i = 0; i < ARRAY_SIZE(g->real_of); i++)
        g->real_of[i] = i * TLB_PAGE_SIZE;
    for (unsigned i = 0; i < VCPUS; i++) {
        g->cpu[i] = cpu_create(cpu_model_find("POWER8"), i, &g->bus, &g->clock);
        assert_non_null(g->cpu[i]);
        g->cpu[i]->clock_limit = UINT64_MAX;
        g->cpu[i]->mmu->source = &g->source;
        assert_int_equal(engine_select(g->cpu[i], engine), STATUS_OK);
    }
    return g;
}

static void guest_destroy(struct guest *g)
{
    for (unsigned i = 0; i < VCPUS; i++)
        cpu_destroy(g->cpu[i]);
    bus_fini(&g->bus);
    free(g);
}

static void put(struct guest *g[2], uint64_t real, uint32_t word)
{
    for (unsigned side = 0; side < 2; side++)
        assert_true(bus_write_be32(&g[side]->bus, real, word));
}

/*
 * SRR0 is kept inside the code, behind what was interrupted if `behind`; every so many interrupts a
 * bit of the MSR changes, which may make more of them. Without `behind` DEC is set anew.
 */
static void make_handler(struct guest *g[2], uint64_t at, bool behind)
{
    static const struct {
        uint32_t when, change; /* when these bits of r30 are 0: LE, PR, SF (r31), VEC, SE */
    } changes[] = {
        {15, 0x6b9c0001}, {6, 0x6b9c4000}, {63, 0x7f9cfa78}, {31, 0x6f9c0200}, {127, 0x6b9c0400}};
    const uint32_t begin[] = {
        0x7f5a02a6,                         /* mfsrr0 r26 */
        behind ? 0x3b5a0004u : 0x60000000u, /* addi r26,r26,4 */
        0x575a047a,                         /* rlwinm r26,r26,0,17,29 */
        0x675a0001,                         /* oris r26,r26,1 */
        0x7f5a03a6,                         /* mtsrr0 r26 */
        0x3bde0001,                         /* addi r30,r30,1 */
        0x7f9b02a6,                         /* mfsrr1 r28 */
    };
    const uint32_t end[] = {
        0x7f9b03a6,                         /* mtsrr1 r28 */
        0x1f7e0025,                         /* mulli r27,r30,37 */
        0x737b003f,                         /* andi. r27,r27,63 */
        0x3b7b0005,                         /* addi r27,r27,5 */
        behind ? 0x60000000u : 0x7f7603a6u, /* mtdec r27 */
        0x4c000024,                         /* rfid */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(begin); i++, at += 4)
        put(g, at, begin[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(changes); i++) {
        put(g, at, 0x73db0000 | changes[i].when); /* andi. r27,r30,when */
        put(g, at + 4, 0x40820008);               /* bne $+8 */
        put(g, at + 8, changes[i].change);
        at += 12;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(end); i++, at += 4)
        put(g, at, end[i]);
}

static void prepare(struct guest *g[2])
{
    for (uint64_t vector = 0x100; vector < 0x1800; vector += 0x20) {
        const bool asynchronous = vector == 0x900 || vector == 0x500;
        const uint64_t to = HANDLER + (asynchronous ? TLB_PAGE_SIZE : 0);
        put(g, vector, 0x48000000 | ((uint32_t)(to - vector) & 0x3fffffc));
    }
    make_handler(g, HANDLER, true);
    make_handler(g, HANDLER + TLB_PAGE_SIZE, false);
    for (uint64_t at = CODE; at < CODE + CODE_BYTES; at += 4)
        put(g, at, random_word());
    const uint64_t translated = draw(2) ? MSR_IR | MSR_DR : 0;
    for (unsigned i = 0; i < VCPUS; i++) {
        uint64_t gpr[32];
        uint32_t words[128]; /* in vector registers */
        for (unsigned w = 0; w < ARRAY_SIZE(words); w++)
            words[w] = random_word();
        for (unsigned r = 0; r < 32; r++)
            gpr[r] = r >= R_WORDS && r < R_CODE ? random_word() : draw(1000);
        gpr[R_CODE] = CODE;
        gpr[R_DATA] = draw(3) ? DATA + 0x100 * draw(16) : CODE + TLB_PAGE_SIZE * draw(CODE_PAGES);
        gpr[R_HERE] = CODE;
        gpr[R_DEC] = 1 + draw(60);
        gpr[R_MSR] = draw(2) ? MSR_EE : 0;
        gpr[31] = MSR_SF;
        for (unsigned side = 0; side < 2; side++) {
            struct cpu *const cpu = g[side]->cpu[i];
            memcpy(cpu->gpr, gpr, sizeof gpr);
            cpu_set_msr(cpu, MSR_SF | MSR_ME | MSR_EE | MSR_FP | MSR_VEC | MSR_VSX | translated);
            memcpy(&cpu->vsr[32], words, sizeof words);
            cpu->lr = CODE + 0x40;
            cpu_set_dec(cpu, 20);
            cpu->nia = CODE + TLB_PAGE_SIZE * i;
        }
    }
}

/* -- Running -- */

static void assert_same(struct guest *g[2], uint64_t seed, unsigned chunk)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        uint32_t index;
        const char *const field =
            state_first_difference(&cpu_state_desc, g[0]->cpu[i], g[1]->cpu[i], &index);
        if (field)
            fail_msg("seed %llu, chunk %u, vCPU %u: %s[%u] differs", (unsigned long long)seed,
                     chunk, i, field, index);
    }
    if (memcmp(g[0]->bus.ram, g[1]->bus.ram, RAM_SIZE) != 0)
        fail_msg("seed %llu, chunk %u: memory differs", (unsigned long long)seed, chunk);
}

static void assert_same_counts(struct guest *g[2], uint64_t seed)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        for (unsigned side = 0; side < 2; side++)
            engine_settle_counters(g[side]->cpu[i]);
        if (memcmp(g[0]->cpu[i]->counters, g[1]->cpu[i]->counters,
                   sizeof *g[0]->cpu[i]->counters) != 0)
            fail_msg("seed %llu, vCPU %u: counters differ", (unsigned long long)seed, i);
    }
}

/* What comes from outside between two runs: a device's write, a page that moves, other engines. */
static void meddle(struct guest *g[2])
{
    const unsigned page = draw(CODE_PAGES), choice = draw(10);
    if (choice < 3) {
        put(g, CODE + (draw(CODE_BYTES) & ~3u), random_word());
    } else if (choice == 3) {
        const uint32_t from = CODE + page * TLB_PAGE_SIZE, to = COPIES + page * TLB_PAGE_SIZE;
        for (unsigned side = 0; side < 2; side++) {
            uint8_t copy[TLB_PAGE_SIZE];
            uint32_t *const real = &g[side]->real_of[from / TLB_PAGE_SIZE];
            assert_true(bus_read(&g[side]->bus, *real, copy, sizeof copy));
            *real = *real == from ? to : from;
            assert_true(bus_write(&g[side]->bus, *real, copy, sizeof copy));
            for (unsigned i = 0; i < VCPUS; i++)
                mmu_flush_all(g[side]->cpu[i]);
        }
    } else if (choice == 4) {
        const enum engine_kind kind = draw(3) ? ENGINE_THREADED : ENGINE_PRECISE;
        for (unsigned i = 0; i < VCPUS; i++)
            assert_int_equal(engine_select(g[1]->cpu[i], kind), STATUS_OK);
    }
}

/* One vCPU for some instructions, as a loop cuts them: up to its decrementer. False: it hangs. */
static bool run_chunk(struct guest *g[2], unsigned vcpu, uint64_t total)
{
    while (total) {
        const struct cpu *const cpu = g[0]->cpu[vcpu];
        const uint64_t now = cpu_cycles(cpu), due = clock_cycles_at(&g[0]->clock, cpu_dec_due(cpu));
        uint64_t retired[2], budget = due > now && due - now < total ? due - now : total;
        enum engine_stop stop[2];
        for (unsigned side = 0; side < 2; side++) {
            cpu_update_timers(g[side]->cpu[vcpu]);
            stop[side] = engine_run(g[side]->cpu[vcpu], budget, &retired[side]);
        }
        assert_int_equal(stop[0], stop[1]);
        assert_int_equal(retired[0], retired[1]);
        if (stop[0] == STOP_STUCK)
            return false;
        total -= retired[0] < total ? retired[0] : total;
    }
    return true;
}

/* What the programs did, so that a stress that does little is seen. */
struct reached {
    uint64_t instructions, problem, stvx, stq, stmw, conditional;
    uint64_t decrementer, trace, no_vectors;
};

static void add_reached(struct reached *r, const struct isa_counters *c)
{
    for (unsigned priv = 0; priv < PRIV_COUNT; priv++) {
        for (unsigned op = 0; op < ISA_OP_COUNT; op++) {
            r->instructions += c->insns[priv][op];
            r->problem += priv == PRIV_PROBLEM ? c->insns[priv][op] : 0;
        }
        r->stvx += c->insns[priv][ROW_STVX * 4];
        r->stq += c->insns[priv][ROW_STQ * 4];
        r->stmw += c->insns[priv][ROW_STMW * 4];
        r->conditional += c->insns[priv][ROW_STWCX_DOT * 4];
        r->decrementer += c->interrupts[priv][VECTOR_DECREMENTER];
        r->trace += c->interrupts[priv][VECTOR_TRACE];
        r->no_vectors += c->interrupts[priv][VECTOR_VMX_UNAVAILABLE];
    }
}

static void run_seed(uint64_t seed, struct reached *reached)
{
    struct guest *g[2] = {guest_create(ENGINE_PRECISE), guest_create(ENGINE_THREADED)};
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    prepare(g);
    for (unsigned chunk = 0; chunk < CHUNKS; chunk++) {
        const uint64_t length = draw(8) ? 1 + draw(300) : 1 + draw(5000);
        const bool goes_on = run_chunk(g, draw(VCPUS), length);
        assert_same(g, seed, chunk);
        if (!goes_on)
            break;
        meddle(g);
    }
    assert_same_counts(g, seed);
    for (unsigned i = 0; i < VCPUS; i++)
        add_reached(reached, g[0]->cpu[i]->counters);
    for (unsigned side = 0; side < 2; side++)
        guest_destroy(g[side]);
}

static void test_seeds(void **state)
{
    struct reached r = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed, &r);
    assert_true(r.instructions > 20000 * SEEDS); /* few of them hang early */
    assert_true(r.problem > r.instructions / 20);
    assert_true(r.decrementer > 100 * SEEDS && r.trace > 100 * SEEDS && r.no_vectors > SEEDS);
    assert_true(r.stvx > 10 * SEEDS && r.stq > SEEDS && r.stmw > SEEDS);
    assert_true(r.conditional > 10 * SEEDS);
}

static uint64_t run_from, run_seconds;

static void test_for_a_time(void **state)
{
    const time_t end = time(NULL) + (time_t)run_seconds;
    struct reached r = {0};
    uint64_t seed = run_from;
    (void)state;
    for (; time(NULL) < end; seed++)
        run_seed(seed, &r);
    printf("%llu seeds from %llu on, %llu million instructions\n",
           (unsigned long long)(seed - run_from), (unsigned long long)run_from,
           (unsigned long long)r.instructions / 1000000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest usual[] = {cmocka_unit_test(test_seeds)};
    const struct CMUnitTest timed[] = {cmocka_unit_test(test_for_a_time)};
    isa_init();
    if (argc < 2)
        return cmocka_run_group_tests(usual, NULL, NULL);
    run_seconds = strtoull(argv[1], NULL, 0);
    run_from = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    return cmocka_run_group_tests(timed, NULL, NULL);
}
