/*
 * Instructions in a row that the threaded engine does by one handler (isa/threaded_fused.def): each
 * row with random operands on random registers and storage, in both byte orders, comes to what the
 * precise engine comes to, and is counted as there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "isa/bus.h"
#include "isa/code_cache.h"
#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/threaded_tables.h"

/* The row stands at CODE; DATA is a page apart from one that holds no RAM. */
enum { RAM_SIZE = 1 << 20, CODE = 0x8100, DATA = RAM_SIZE - 0x2000, LENGTH = 24, TRIES = 100 };
enum { ISYNC = 0x4c00012c, SELF = 0x48000000, BD_MASK = 0xfffc, LI_MASK = 0x3fffffc };

enum last_kind {
    LAST_PLAIN,
    LAST_FALSE,
    LAST_TRUE = LAST_FALSE + 4,
    LAST_BDNZ = LAST_TRUE + 4,
    LAST_B
};
enum {
    LAST_FALSE_0 = LAST_FALSE,
    LAST_FALSE_1,
    LAST_FALSE_2,
    LAST_TRUE_0 = LAST_TRUE,
    LAST_TRUE_1,
    LAST_TRUE_2,
};

struct row {
    const char *name;
    unsigned count, forms[THREADED_FUSED_MAX]; /* a branch inside the page has no form */
    unsigned last;                             /* enum last_kind, and the bit of the CR */
    bool same_field;
};

#define ROW(n, last, same, text, ...) {text, n, {__VA_ARGS__}, last, same},
#define F(id)                         ROW_##id
#define NEXT_2(a, b)                  ROW(2, LAST_PLAIN, false, #a " " #b, F(a), F(b))
#define NEXT_3(a, b, c)               ROW(3, LAST_PLAIN, false, #a " " #b " " #c, F(a), F(b), F(c))
#define NEXT_4(a, b, c, d)                                                                         \
    ROW(4, LAST_PLAIN, false, #a " " #b " " #c " " #d, F(a), F(b), F(c), F(d))
#define NEXT_5(a, b, c, d, e)                                                                      \
    ROW(5, LAST_PLAIN, false, #a " " #b " " #c " " #d " " #e, F(a), F(b), F(c), F(d), F(e))
#define JUMP_2                NEXT_2
#define JUMP_3                NEXT_3
#define JUMP_4                NEXT_4
#define JUMP_5                NEXT_5
#define BRANCH_2(a, on)       ROW(2, LAST_##on, false, #a " " #on, F(a))
#define BRANCH_3(a, b, on)    ROW(3, LAST_##on, false, #a " " #b " " #on, F(a), F(b))
#define BRANCH_4(a, b, c, on) ROW(4, LAST_##on, false, #a " " #b " " #c " " #on, F(a), F(b), F(c))
#define BRANCH_5(a, b, c, d, on)                                                                   \
    ROW(5, LAST_##on, false, #a " " #b " " #c " " #d " " #on, F(a), F(b), F(c), F(d))
#define COMPARE_2(a, on)       ROW(2, LAST_##on, true, #a " " #on, F(a))
#define COMPARE_3(a, b, on)    ROW(3, LAST_##on, true, #a " " #b " " #on, F(a), F(b))
#define COMPARE_4(a, b, c, on) ROW(4, LAST_##on, true, #a " " #b " " #c " " #on, F(a), F(b), F(c))
#define COMPARE_5(a, b, c, d, on)                                                                  \
    ROW(5, LAST_##on, true, #a " " #b " " #c " " #d " " #on, F(a), F(b), F(c), F(d))
static const struct row all[] = {
#include "isa/threaded_fused.def"
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

/* The row whose form it is. */
static unsigned row_of(unsigned form)
{
#define FORM(name, id, effects, fixed, when)                                                       \
    if (form == ROW_##name)                                                                        \
        return ROW_##id;
#include "isa/threaded_forms.def"
#undef FORM
    return form;
}

/* A word of the row with random operands, neither Rc nor OE; displacements are small. */
static uint32_t draw_word(const struct isa_row *row)
{
    static const uint32_t sprs[] = {1, 8, 9, 26};
    uint32_t operands = (uint32_t)draw() & ~row->mask;
    if (row->variants == VARIANTS_RC || row->variants == VARIANTS_OERC ||
        row->variants == VARIANTS_LK)
        operands &= ~UINT32_C(1);
    if (row->variants == VARIANTS_OERC)
        operands &= ~(UINT32_C(1) << 10);
    if ((row->effects & (E_LOAD | E_STORE)) && row->form != FORM_X)
        operands &= ~UINT32_C(0xff00);
    if (row->form == FORM_XFX)
        operands = (operands & ~UINT32_C(0x1ff800)) | sprs[draw() % ARRAY_SIZE(sprs)] << 16;
    return row->value | operands;
}

/* One that has the form, but for a register that equals another, which rarely comes by chance. */
static uint32_t word_of(unsigned form)
{
    for (;;) {
        uint32_t word = draw_word(&isa_rows[row_of(form)]);
        struct insn op;
        if (form == ROW_MR)
            word = (word & ~UINT32_C(0xf800)) | (word >> 10 & 0xf800);
        isa_decode(word, &op);
        if (threaded_form_of(&op) == form * 4)
            return word;
    }
}

/* A branch a few words on of the kind: mostly on the field that `before` sets. */
static uint32_t branch_of(const struct row *row, uint32_t before)
{
    const uint32_t on = (uint32_t)(4 + draw() % 8 * 4);
    const uint32_t set = row->forms[row->count - 2] == ROW_ANDI_DOT ? 0 : before >> 23 & 7;
    const uint32_t field = row->same_field && draw() % 8 ? set : (uint32_t)draw() & 7;
    if (row->last == LAST_B)
        return 0x48000000 | (on & LI_MASK);
    if (row->last == LAST_BDNZ)
        return 0x42000000 | (on & BD_MASK);
    const bool if_true = row->last >= LAST_TRUE;
    const uint32_t bit = row->last - (if_true ? LAST_TRUE : LAST_FALSE);
    return 0x40000000 | (if_true ? 12u : 4u) << 21 | (field << 2 | bit) << 16 | (on & BD_MASK);
}

static void words_of(const struct row *row, uint32_t *words)
{
    const unsigned plain = row->last == LAST_PLAIN ? row->count : row->count - 1;
    for (unsigned i = 0; i < plain; i++)
        words[i] = word_of(row->forms[i]);
    if (plain < row->count)
        words[plain] = branch_of(row, words[plain - 1]);
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

static void prepare(struct guest *g[2], const uint32_t *words, unsigned count, bool little)
{
    uint8_t data[0x2000];
    uint64_t gpr[32];
    const uint64_t lr = draw() % 4 ? CODE + draw() % 16 * 4 : draw();
    const uint64_t ctr = draw() % 2 ? CODE + draw() % 16 * 4 : draw() % 3, xer = draw(),
                   cr = draw();
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)draw();
    for (unsigned i = 0; i < 32; i++)
        gpr[i] = random_register();
    for (unsigned side = 0; side < 2; side++) {
        struct cpu *const cpu = g[side]->cpu;
        assert_true(bus_write(&g[side]->bus, DATA, data, sizeof data));
        for (unsigned i = 0; i < 64; i++) {
            const uint32_t word = i < count ? words[i] : i == 63 ? SELF : ISYNC;
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

static void compare(struct guest *g[2], const char *name)
{
    uint32_t index;
    const char *const field = state_first_difference(&cpu_state_desc, g[0]->cpu, g[1]->cpu, &index);
    if (field)
        fail_msg("%s: %s[%u]", name, field, index);
    if (memcmp(g[0]->bus.ram, g[1]->bus.ram, CODE + 0x1000) != 0 ||
        memcmp(g[0]->bus.ram + DATA, g[1]->bus.ram + DATA, RAM_SIZE - DATA) != 0)
        fail_msg("%s: memory", name);
    for (unsigned side = 0; side < 2; side++)
        engine_settle_counters(g[side]->cpu);
    if (memcmp(g[0]->cpu->counters, g[1]->cpu->counters, sizeof *g[0]->cpu->counters) != 0)
        fail_msg("%s: counters", name);
}

/* What the decoder chose for the first of them. */
static code_handler *chosen(struct guest *g, bool little)
{
    return code_cache_get(&g->bus, CODE & TLB_PAGE_MASK, CODE_MODE(little, 0))
        ->slots[CODE % TLB_PAGE_SIZE / 4]
        .run;
}

/* How often random words of the row got its handler; others test another field of the CR. */
static unsigned try_row(struct guest *g[2], const struct row *row, code_handler *fused, bool little)
{
    unsigned together = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t words[THREADED_FUSED_MAX];
        uint64_t retired[2];
        char name[160];
        words_of(row, words);
        snprintf(name, sizeof name, "%s (%s), try %u: %08x %08x ...", row->name,
                 little ? "little" : "big", i, words[0], words[1]);
        prepare(g, words, row->count, little);
        for (unsigned side = 0; side < 2; side++)
            engine_run(g[side]->cpu, LENGTH, &retired[side]);
        assert_int_equal(retired[0], retired[1]);
        compare(g, name);
        together += chosen(g[1], little) == fused;
    }
    return together;
}

static void test_every_row(void **state)
{
    struct guest *g[2] = {guest_with_vectors(ENGINE_PRECISE), guest_with_vectors(ENGINE_THREADED)};
    (void)state;
    for (unsigned little = 0; little < 2; little++) {
        struct threaded_fusion list[THREADED_FUSIONS_MAX];
        const unsigned count = (little ? threaded_list_fused_le
                                       : threaded_list_fused_be)(threaded_handlers[little], list);
        assert_int_equal(count, ARRAY_SIZE(all));
        for (unsigned r = 0; r < count; r++)
            if (try_row(g, &all[r], list[r].fused, little) < TRIES / 2)
                fail_msg("%s: hardly ever done by its handler", all[r].name);
    }
    for (unsigned side = 0; side < 2; side++)
        guest_destroy(g[side]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
