/*
 * Contract 2, for each engine: a budget ends exactly where it says, however it is cut up; who
 * watches sees every instruction and changes nothing; code that changes is executed as it is. And
 * the engines come to the same.
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
#include "isa/insn.h"
#include "isa/missing.h"
#include "isa/retired.h"

enum { RAM_SIZE = 32 << 20, ENTRY = 0x1000, DECREMENTER = 0x900, DATA = 0x20000 };
#define MSR_TEST (MSR_SF | MSR_ME | MSR_EE | MSR_RI)

/* Arithmetic, branches, aligned and unaligned storage, the timebase; DEC interrupts it. */
static const uint32_t program[] = {
    0x38600000, /*       li    r3,0 */
    0x3c800002, /*       lis   r4,2 */
    0x38a00064, /*       li    r5,100 */
    0x7ca903a6, /*       mtctr r5 */
    0x38630003, /* loop: addi  r3,r3,3 */
    0xf8640000, /*       std   r3,0(r4) */
    0xe8c40000, /*       ld    r6,0(r4) */
    0x7ce619d2, /*       mulld r7,r6,r3 */
    0x70e80008, /*       andi. r8,r7,8 */
    0x41820008, /*       beq   skip */
    0x39290001, /*       addi  r9,r9,1 */
    0x99240011, /* skip: stb   r9,17(r4) */
    0x8144000e, /*       lwz   r10,14(r4) */
    0x7d6b5214, /*       add   r11,r11,r10 */
    0x4200ffd8, /*       bdnz  loop */
    0x7d8c42a6, /*       mftb  r12 */
    0x7d6b6278, /*       xor   r11,r11,r12 */
    0x4bffffbc, /*       b     start */
};
static const uint32_t decrementer[] = {
    0x39a002bc, /* li    r13,700 */
    0x7db603a6, /* mtdec r13 */
    0x39ce0001, /* addi  r14,r14,1 */
    0x4c000024, /* rfid */
};

static enum engine_kind engine;

static void load(struct guest *g, uint64_t real, const uint32_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_true(bus_write_be32(&g->bus, real + 4 * i, words[i]));
}

/* With the program, which the decrementer is about to interrupt. */
static struct guest *guest_with_program(void)
{
    struct guest *const g = guest_create(engine, RAM_SIZE, CODE_CACHE_BYTES);
    load(g, ENTRY, program, ARRAY_SIZE(program));
    load(g, DECREMENTER, decrementer, ARRAY_SIZE(decrementer));
    cpu_set_msr(g->cpu, MSR_TEST);
    cpu_set_dec(g->cpu, 500);
    g->cpu->nia = ENTRY;
    return g;
}

/* Runs exactly `count` instructions, at most `step` a call, as `sim` does: up to each deadline. */
static void run(struct guest *g, uint64_t count, uint64_t step)
{
    const uint64_t end = cpu_icount(g->cpu) + count;
    while (cpu_icount(g->cpu) < end) {
        const uint64_t now = cpu_icount(g->cpu);
        const uint64_t due = clock_cycles_at(&g->clock, cpu_dec_due(g->cpu));
        uint64_t budget = step < end - now ? step : end - now, retired;
        if (due - now < budget)
            budget = due - now;
        engine_run(g->cpu, budget, &retired);
        assert_in_range(retired, 1, budget);
        assert_int_equal(cpu_icount(g->cpu), now + retired);
        cpu_update_timers(g->cpu);
    }
}

static uint64_t hash(const struct guest *g)
{
    const uint64_t h = state_hash(&cpu_state_desc, g->cpu, STATE_HASH_INIT);
    uint64_t data[4];
    assert_true(bus_read(&g->bus, DATA, data, sizeof data));
    return h ^ data[0] ^ data[1] ^ data[2] ^ data[3];
}

static void test_budget_is_exact_however_it_is_cut(void **state)
{
    static const uint64_t steps[] = {1, 2, 7, 64, 1000, 1000000};
    enum { COUNT = 100003 };
    static uint64_t expected; /* that of the first engine */
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct guest *g = guest_with_program();
        run(g, COUNT, steps[i]);
        assert_int_equal(cpu_icount(g->cpu), COUNT);
        assert_true(g->cpu->gpr[14] > 10); /* the decrementer came */
        if (!expected)
            expected = hash(g);
        assert_int_equal(hash(g), expected);
        guest_destroy(g);
    }
}

/* Handlers that went on by calls would use it up. */
static void test_a_long_run_needs_no_stack(void **state)
{
    struct guest *g = guest_with_program();
    (void)state;
    cpu_set_dec(g->cpu, 0x7fffffff);
    run(g, 3000000, 3000000);
    assert_int_equal(cpu_icount(g->cpu), 3000000);
    guest_destroy(g);
}

static void test_counters_add_up(void **state)
{
    struct guest *g = guest_with_program();
    uint64_t total = 0;
    (void)state;
    run(g, 50000, 333);
    engine_settle_counters(g->cpu);
    for (unsigned op = 0; op < ISA_OP_COUNT; op++)
        total += g->cpu->counters->insns[PRIV_SUPERVISOR][op];
    assert_int_equal(total, 50000);
    assert_int_equal(g->cpu->counters->insns[PRIV_SUPERVISOR][ROW_RFID * 4],
                     g->cpu->counters->interrupts[PRIV_SUPERVISOR][VECTOR_DECREMENTER]);
    assert_int_equal(g->cpu->counters->insns[PRIV_PROBLEM][ROW_ADDI * 4], 0);
    guest_destroy(g);
}

struct seen {
    uint64_t records, marks, loads, unaligned, branched;
    uint64_t next_cia;
};

static void look(void *ctx, const struct isa_retired *r, size_t n)
{
    struct seen *seen = ctx;
    for (; n; n--, r++) {
        if (r->flags & RETIRED_INTERRUPT) {
            seen->marks++;
            seen->next_cia = DECREMENTER;
            continue;
        }
        seen->records++;
        if (seen->next_cia)
            assert_int_equal(r->cia, seen->next_cia);
        seen->next_cia = r->flags & RETIRED_BRANCHED ? 0 : r->cia + 4;
        seen->branched += !!(r->flags & RETIRED_BRANCHED);
        if (r->word == 0xe8c40000) {
            seen->loads++;
            assert_true(r->flags & RETIRED_HAS_EA);
            assert_int_equal(r->ea, DATA);
        } else if (r->word == 0x8144000e) {
            seen->unaligned++;
            assert_int_equal(r->ea, DATA + 14);
        } else if (r->word == 0x38630003) {
            assert_false(r->flags & RETIRED_HAS_EA);
        }
    }
}

static void test_watching_sees_all_and_changes_nothing(void **state)
{
    enum { COUNT = 60001 };
    struct guest *plain = guest_with_program(), *watched = guest_with_program();
    struct seen seen = {0};
    struct isa_watch *watch = calloc(1, sizeof *watch);
    (void)state;
    assert_non_null(watch);
    watch->batch = look;
    watch->ctx = &seen;
    run(plain, COUNT, 1000);
    run(watched, 20000, 777);
    watched->cpu->watch = watch;
    cpu_derive(watched->cpu);
    run(watched, COUNT - 30000, 777);
    watched->cpu->watch = NULL;
    cpu_derive(watched->cpu);
    run(watched, 10000, 777);
    assert_int_equal(hash(watched), hash(plain));
    assert_int_equal(seen.records, COUNT - 30000);
    assert_true(seen.marks > 10 && seen.loads > 1000 && seen.unaligned > 1000);
    assert_true(seen.branched > 1000);
    free(watch);
    guest_destroy(plain);
    guest_destroy(watched);
}

static void test_a_loop_that_patches_itself(void **state)
{
    static const uint32_t words[] = {
        0x38630001, /* loop:  addi r3,r3,1 */
        0x38840001, /* patch: addi r4,r4,1    becomes r4 - 1 and back in every pass */
        0x90a60004, /*        stw  r5,4(r6) */
        0x38e70001, /*        addi r7,r7,1 */
        0x4bfffff0, /*        b    loop */
    };
    struct guest *g = guest_with_program();
    (void)state;
    load(g, ENTRY, words, ARRAY_SIZE(words));
    g->cpu->gpr[5] = 0x3884ffff; /* addi r4,r4,-1 */
    g->cpu->gpr[6] = ENTRY;
    run(g, 5 * 100, 1000);
    assert_int_equal(g->cpu->gpr[3], 100);
    assert_int_equal((int64_t)g->cpu->gpr[4], 1 - 99);
    guest_destroy(g);
}

/* What a device or a hypercall writes is executed as well. */
static void test_written_from_outside(void **state)
{
    struct guest *g = guest_with_program();
    (void)state;
    run(g, 200, 1000);
    assert_true(bus_write_be32(&g->bus, ENTRY + 16, 0x38630005)); /* addi r3,r3,5 */
    g->cpu->nia = ENTRY;
    run(g, 5, 1000);
    assert_int_equal(g->cpu->gpr[3], 5);
    guest_destroy(g);
}

/* More pages of code than the cache holds: they are decoded anew, and memory stays bounded. */
static void test_more_code_than_the_cache_holds(void **state)
{
    enum { PAGES = CODE_CACHE_BYTES / sizeof(struct code_page) + 500, FIRST = 0x100000 };
    struct guest *g = guest_with_program();
    (void)state;
    for (uint64_t i = 0; i < PAGES; i++) {
        const uint64_t at = FIRST + i * TLB_PAGE_SIZE;
        assert_true(bus_write_be32(&g->bus, at, 0x38630001)); /* addi r3,r3,1 */
        assert_true(bus_write_be32(&g->bus, at + 4, i == PAGES - 1 ? 0x4c000064 : 0x48000ffc));
    }
    cpu_set_msr(g->cpu, MSR_SF | MSR_ME);
    for (int round = 0; round < 2; round++) {
        g->cpu->nia = FIRST;
        g->cpu->gpr[3] = 0;
        run(g, 2 * (uint64_t)PAGES - 1, 100000);
        assert_int_equal(g->cpu->gpr[3], PAGES);
    }
    guest_destroy(g);
}

/* What was executed before the machine's reset stays counted, as what it was. */
static void test_a_reset_loses_no_counts(void **state)
{
    struct guest *g = guest_with_program();
    uint64_t all = 0;
    (void)state;
    run(g, 1000, 1000);
    bus_reset(&g->bus);
    for (unsigned i = 0; i < 10; i++)
        assert_true(bus_write_be32(&g->bus, ENTRY + 4 * i, i < 9 ? 0x60000000 : 0x4bffffdc));
    cpu_set_msr(g->cpu, MSR_SF | MSR_ME);
    g->cpu->nia = ENTRY;
    run(g, 500, 500);
    engine_settle_counters(g->cpu);
    for (unsigned op = 0; op < ISA_OP_COUNT; op++)
        all += g->cpu->counters->insns[PRIV_SUPERVISOR][op];
    assert_int_equal(all, 1500);
    assert_int_equal(g->cpu->counters->insns[PRIV_SUPERVISOR][ROW_ORI * 4], 450);
    assert_in_range(g->cpu->counters->insns[PRIV_SUPERVISOR][ROW_MULLD * 4], 60, 100);
    guest_destroy(g);
}

/* A page of the cache that is reused for other code is not entered for what it held. */
static void test_reused_pages_are_not_entered(void **state)
{
    enum { PAGES = CODE_CACHE_PAGES_MIN + 8, FIRST = 0x100000, ROUNDS = 3 };
    struct guest *g = guest_create(engine, RAM_SIZE, 0);
    (void)state;
    for (uint32_t i = 0; i < PAGES; i++) {
        const uint64_t at = FIRST + i * TLB_PAGE_SIZE;
        const uint32_t back = (uint32_t)(FIRST - at - 4) & 0x3fffffc;
        assert_true(bus_write_be32(&g->bus, at, 0x38630000 | i)); /* addi r3,r3,i */
        assert_true(bus_write_be32(&g->bus, at + 4, 0x48000000 | (i < PAGES - 1 ? 0xffc : back)));
    }
    cpu_set_msr(g->cpu, MSR_SF | MSR_ME);
    g->cpu->nia = FIRST;
    g->cpu->gpr[3] = 0;
    run(g, 2 * ROUNDS * (uint64_t)PAGES, 100000);
    assert_int_equal(g->cpu->gpr[3], ROUNDS * PAGES * (PAGES - 1) / 2);
    guest_destroy(g);
}

/* Nothing but zeros: a program interrupt whose handler is illegal too. */
static void test_a_hung_guest_is_told(void **state)
{
    struct guest *g = guest_with_program();
    const struct isa_missing *missing;
    uint64_t retired;
    (void)state;
    g->cpu->nia = 0x8000;
    assert_int_equal(engine_run(g->cpu, 1000, &retired), STOP_STUCK);
    assert_int_equal(retired, 0);
    assert_int_equal(isa_missing_list(g->cpu, &missing), 1);
    assert_int_equal(missing[0].row, ROW_INVALID);
    guest_destroy(g);
}

/* What POWER7 lacks is illegal, and counted under its name. */
static void test_an_instruction_of_another_level_is_named(void **state)
{
    struct guest *g = guest_with_program();
    struct cpu *power7 = cpu_create(cpu_model_find("POWER7"), 1, &g->bus, &g->clock);
    const struct isa_missing *missing;
    uint64_t retired;
    (void)state;
    assert_non_null(power7);
    assert_true(bus_write_be32(&g->bus, 0x700, 0x48000000)); /* b . */
    assert_true(bus_write_be32(&g->bus, ENTRY, isa_rows[ROW_MSGSNDP].value));
    cpu_set_msr(power7, MSR_TEST);
    power7->nia = ENTRY;
    engine_run(power7, 3, &retired);
    assert_int_equal(power7->srr0, ENTRY);
    assert_int_equal(power7->srr1, MSR_TEST | SRR1_PROG_ILLEGAL);
    assert_int_equal(isa_missing_list(power7, &missing), 1);
    assert_int_equal(missing[0].row, ROW_MSGSNDP);
    assert_int_equal(missing[0].cia, ENTRY);
    assert_int_equal(missing[0].count, 1);
    cpu_destroy(power7);
    guest_destroy(g);
}

/* A restored state goes on as if it had never stopped (contract 7). */
static void test_saved_state_goes_on(void **state)
{
    struct guest *a = guest_with_program(), *b = guest_with_program();
    const size_t size = state_size(&cpu_state_desc);
    uint8_t *saved = malloc(size);
    (void)state;
    assert_non_null(saved);
    run(a, 12345, 1000);
    state_save(&cpu_state_desc, a->cpu, saved);
    memcpy(b->bus.ram, a->bus.ram, RAM_SIZE);
    run(b, 12345, 100000); /* to the same time */
    memset(b->cpu->gpr, 0x55, sizeof b->cpu->gpr - sizeof b->cpu->gpr[0]);
    assert_int_equal(state_restore(&cpu_state_desc, b->cpu, saved, size), STATUS_OK);
    cpu_derive(b->cpu);
    memcpy(b->bus.ram + DATA, a->bus.ram + DATA, 64);
    run(a, 50000, 1000);
    run(b, 50000, 1000);
    assert_int_equal(hash(a), hash(b));
    free(saved);
    guest_destroy(a);
    guest_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget_is_exact_however_it_is_cut),
        cmocka_unit_test(test_a_long_run_needs_no_stack),
        cmocka_unit_test(test_counters_add_up),
        cmocka_unit_test(test_watching_sees_all_and_changes_nothing),
        cmocka_unit_test(test_a_loop_that_patches_itself),
        cmocka_unit_test(test_written_from_outside),
        cmocka_unit_test(test_more_code_than_the_cache_holds),
        cmocka_unit_test(test_reused_pages_are_not_entered),
        cmocka_unit_test(test_a_reset_loses_no_counts),
        cmocka_unit_test(test_a_hung_guest_is_told),
        cmocka_unit_test(test_an_instruction_of_another_level_is_named),
        cmocka_unit_test(test_saved_state_goes_on),
    };
    int failed = 0;
    for (engine = ENGINE_PRECISE; engine_names[engine]; engine++)
        failed += cmocka_run_group_tests_name(engine_names[engine], tests, NULL, NULL);
    return failed;
}
