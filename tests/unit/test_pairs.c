/*
 * Pairs of instructions that the threaded engine does by one handler (isa/threaded_pairs.def): each
 * with random operands on random registers and storage, in both byte orders, comes to what the
 * precise engine comes to, and is counted as there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "isa/bus.h"
#include "isa/code_cache.h"
#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/threaded_tables.h"

/* The pair stands at CODE; DATA is a page apart from one that holds no RAM. */
enum { RAM_SIZE = 1 << 20, CODE = 0x8100, DATA = RAM_SIZE - 0x2000, LENGTH = 24, TRIES = 100 };
enum { NOP = 0x60000000, SELF = 0x48000000, BD_MASK = 0xfffc, LI_MASK = 0x3fffffc };

enum second_kind { PLAIN, ON_FALSE, ON_TRUE = ON_FALSE + 4, ON_CTR = ON_TRUE + 4, ALWAYS, JUMP };

struct pair {
    const char *name;
    unsigned first, second; /* rows, or forms */
    unsigned kind;          /* enum second_kind, and the bit of the CR */
    bool same_field;
};

#define ROW_NONE          0
#define ENTRY(a, b, k, f) {#a " " #b " " #k, ROW_##a, ROW_##b, k, f},
#define PAIR(a, b)        ENTRY(a, b, PLAIN, false)
#define JUMP_AFTER(a, b)  ENTRY(a, b, JUMP, false)
#define ON_BITS(a, f)                                                                              \
    ENTRY(a, BC, ON_FALSE + 0, f)                                                                  \
    ENTRY(a, BC, ON_FALSE + 1, f)                                                                  \
    ENTRY(a, BC, ON_FALSE + 2, f)                                                                  \
    ENTRY(a, BC, ON_TRUE + 0, f)                                                                   \
    ENTRY(a, BC, ON_TRUE + 1, f)                                                                   \
    ENTRY(a, BC, ON_TRUE + 2, f)
#define BRANCH_AFTER_COMPARE(a) ON_BITS(a, true)
#define BRANCH_AFTER(a)         ON_BITS(a, false) ENTRY(a, BC, ON_CTR, false) ENTRY(a, B, ALWAYS, false)
static const struct pair all[] = {
#include "isa/threaded_pairs.def"
};

static uint64_t seed = 1;

static uint64_t draw(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 16 ^ seed << 32;
}

/* Whatever interrupt comes, it ends in a loop. */
static struct guest *guest_with_vectors(enum engine_kind engine)
{
    struct guest *const g = guest_create(engine, RAM_SIZE, CODE_CACHE_BYTES);
    for (uint64_t vector = 0x100; vector < 0x1000; vector += 0x20)
        assert_true(bus_write_be32(&g->bus, vector, SELF));
    return g;
}

/* -- Words -- */

/* A form's row, and the bits of its word that are fixed. */
static unsigned row_of(unsigned form, uint32_t *bits, uint32_t *mask)
{
    enum { L = 1 << 21, SPR_MASK = 0x1ff800, SPR_LR = 8 << 16, SPR_CTR = 9 << 16 };
    static const struct {
        unsigned form, row;
        uint32_t bits, mask;
    } forms[] = {
        {ROW_CMPI_N, ROW_CMPI, 0, L},
        {ROW_CMPI_W, ROW_CMPI, L, L},
        {ROW_CMP_N, ROW_CMP, 0, L},
        {ROW_CMP_W, ROW_CMP, L, L},
        {ROW_CMPL_N, ROW_CMPL, 0, L},
        {ROW_CMPL_W, ROW_CMPL, L, L},
        {ROW_CMPLI_N, ROW_CMPLI, 0, L},
        {ROW_CMPLI_W, ROW_CMPLI, L, L},
        {ROW_MFLR, ROW_MFSPR, SPR_LR, SPR_MASK},
        {ROW_MTLR, ROW_MTSPR, SPR_LR, SPR_MASK},
        {ROW_MTCTR, ROW_MTSPR, SPR_CTR, SPR_MASK},
    };
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (forms[i].form == form) {
            *bits = forms[i].bits;
            *mask = forms[i].mask;
            return forms[i].row;
        }
    }
    *bits = *mask = 0;
    return form;
}

/* A word of the row with random operands, neither Rc nor OE; displacements are small. */
static uint32_t word_of(unsigned form)
{
    uint32_t bits, mask;
    const struct isa_row *const row = &isa_rows[row_of(form, &bits, &mask)];
    uint32_t operands = (uint32_t)draw() & ~row->mask;
    if (row->variants == VARIANTS_RC || row->variants == VARIANTS_OERC)
        operands &= ~UINT32_C(1);
    if (row->variants == VARIANTS_OERC)
        operands &= ~(UINT32_C(1) << 10);
    if ((row->effects & (E_LOAD | E_STORE)) && row->form != FORM_X)
        operands &= ~UINT32_C(0xff00);
    return row->value | ((operands & ~mask) | bits);
}

/* A branch a few words on, or to itself's neighbourhood, of the kind. */
static uint32_t branch_of(const struct pair *pair, uint32_t first)
{
    const uint32_t on = (uint32_t)(4 + draw() % 8 * 4);
    const uint32_t field = pair->same_field && draw() % 8 ? first >> 23 & 7 : (uint32_t)draw() & 7;
    const bool record = pair->first == ROW_ANDI_DOT;
    const uint32_t bf = record && draw() % 8 ? 0 : field;
    if (pair->kind == ALWAYS)
        return 0x48000000 | (on & LI_MASK);
    if (pair->kind == ON_CTR)
        return 0x42000000 | (on & BD_MASK);
    const uint32_t bo = pair->kind >= ON_TRUE ? 12 : 4;
    const uint32_t bit = pair->kind >= ON_TRUE ? pair->kind - ON_TRUE : pair->kind - ON_FALSE;
    return 0x40000000 | bo << 21 | (bf << 2 | bit) << 16 | (on & BD_MASK);
}

static uint32_t second_of(const struct pair *pair, uint32_t first)
{
    if (pair->kind == PLAIN)
        return word_of(pair->second);
    if (pair->kind != JUMP)
        return branch_of(pair, first);
    const uint32_t always = 20u << 21;
    return isa_rows[pair->second].value | (draw() % 4 ? always : (uint32_t)draw() & 0x3ff0000);
}

/* -- State -- */

static uint64_t random_register(void)
{
    switch (draw() % 6) {
    case 0:
        return draw() % 16;
    case 1:
        return draw();
    case 2:
        return (uint64_t) - (int64_t)(draw() % 64);
    case 3:
        return CODE + draw() % 16 * 4;
    case 4:
        return DATA + 0xff8 + draw() % 16; /* about a page's end */
    default:
        return DATA + draw() % 0x1000;
    }
}

static void prepare(struct guest *g[2], const uint32_t words[2], bool little)
{
    uint8_t data[0x2000];
    uint64_t gpr[32];
    const uint64_t lr = draw(), ctr = draw() % 3, xer = draw(), cr = draw();
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)draw();
    for (unsigned i = 0; i < 32; i++)
        gpr[i] = random_register();
    for (unsigned side = 0; side < 2; side++) {
        struct cpu *const cpu = g[side]->cpu;
        assert_true(bus_write(&g[side]->bus, DATA, data, sizeof data));
        for (unsigned i = 0; i < 64; i++) {
            const uint32_t word = i < 2 ? words[i] : i == 63 ? SELF : NOP;
            assert_true(bus_write_be32(&g[side]->bus, CODE + 4 * i,
                                       little ? __builtin_bswap32(word) : word));
        }
        cpu_set_msr(cpu, MSR_SF | MSR_ME | (little ? MSR_LE : 0));
        memcpy(cpu->gpr, gpr, sizeof gpr);
        cpu->lr = lr;
        cpu->ctr = ctr;
        cpu_set_xer(cpu, xer);
        cpu_set_cr(cpu, (uint32_t)cr);
        cpu->nia = CODE;
    }
}

static void compare(struct guest *g[2], const struct pair *pair, const uint32_t words[2])
{
    uint32_t index;
    const char *const field = state_first_difference(&cpu_state_desc, g[0]->cpu, g[1]->cpu, &index);
    if (field)
        fail_msg("%s: %08x %08x: %s[%u]", pair->name, words[0], words[1], field, index);
    if (memcmp(g[0]->bus.ram, g[1]->bus.ram, CODE + 0x1000) != 0 ||
        memcmp(g[0]->bus.ram + DATA, g[1]->bus.ram + DATA, RAM_SIZE - DATA) != 0)
        fail_msg("%s: %08x %08x: memory", pair->name, words[0], words[1]);
    for (unsigned side = 0; side < 2; side++)
        engine_settle_counters(g[side]->cpu);
    if (memcmp(g[0]->cpu->counters, g[1]->cpu->counters, sizeof *g[0]->cpu->counters) != 0)
        fail_msg("%s: %08x %08x: counters", pair->name, words[0], words[1]);
}

/* What the decoder chose for the first of the two. */
static code_handler *chosen(struct guest *g)
{
    return code_cache_get(&g->bus, CODE & TLB_PAGE_MASK, g->cpu->code_mode)
        ->slots[CODE % TLB_PAGE_SIZE / 4]
        .run;
}

static void test_every_pair(void **state)
{
    struct guest *g[2] = {guest_with_vectors(ENGINE_PRECISE), guest_with_vectors(ENGINE_THREADED)};
    (void)state;
    for (unsigned p = 0; p < 2 * ARRAY_SIZE(all); p++) {
        const struct pair *const pair = &all[p / 2];
        const bool little = p % 2;
        code_handler *const alone = threaded_handlers[little][pair->first * 4];
        unsigned together = 0;
        for (unsigned i = 0; i < TRIES; i++) {
            const uint32_t first = word_of(pair->first);
            const uint32_t words[2] = {first, second_of(pair, first)};
            uint64_t retired[2];
            prepare(g, words, little);
            for (unsigned side = 0; side < 2; side++)
                engine_run(g[side]->cpu, LENGTH, &retired[side]);
            assert_int_equal(retired[0], retired[1]);
            compare(g, pair, words);
            if (g[1]->cpu->msr == (MSR_SF | MSR_ME | (little ? MSR_LE : 0)))
                together += chosen(g[1]) != alone;
        }
        if (together < TRIES / 10)
            fail_msg("%s: only %u of %u were taken together", pair->name, together, TRIES);
    }
    for (unsigned side = 0; side < 2; side++)
        guest_destroy(g[side]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_pair)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
