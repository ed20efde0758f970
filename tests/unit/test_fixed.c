/*
 * Fixed-point and CR logical bodies against another implementation: tests/data/fixed_golden.txt has
 * a hash of the results of each word on the operands of fixed_cases.h (how it was made:
 * tests/data/fixed_golden.c). Undefined results are left out there; the directed cases below say
 * what this implementation does with some of them, and with 32-bit mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixed_cases.h"
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/insn.h"
#include "isa/precise.h"

enum { RAM_SIZE = 1 << 16 };

struct fixture {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    isa_init();
    assert_int_equal(bus_init(&f->bus, RAM_SIZE), STATUS_OK);
    f->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    f->cpu = cpu_create(cpu_model_find("POWER8"), 0, &f->bus, &f->clock);
    assert_non_null(f->cpu);
    cpu_set_msr(f->cpu, MSR_SF | MSR_ME | MSR_LE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    cpu_destroy(f->cpu);
    bus_fini(&f->bus);
    free(f);
    return 0;
}

static struct cpu *cpu_of(void **state)
{
    return ((struct fixture *)*state)->cpu;
}

static enum isa_outcome execute(struct cpu *cpu, uint32_t word)
{
    struct insn insn;
    isa_decode(word, &insn);
    return precise_handlers[insn.op](cpu, &insn);
}

static void run(struct cpu *cpu, uint32_t word, struct fixed_case *c)
{
    cpu->gpr[3] = c->r3;
    cpu->gpr[4] = c->r4;
    cpu->gpr[5] = c->r5;
    cpu_set_cr(cpu, c->cr);
    cpu_set_xer(cpu, c->xer);
    assert_int_equal(execute(cpu, word), ISA_NEXT);
    *c = (struct fixed_case){cpu->gpr[3], cpu->gpr[4], cpu->gpr[5], cpu_get_cr(cpu),
                             (uint32_t)cpu_get_xer(cpu)};
}

static void test_results_agree(void **state)
{
    struct cpu *cpu = cpu_of(state);
    FILE *golden = fopen(HORNPIPE_SOURCE_DIR "/tests/data/fixed_golden.txt", "r");
    bool seen[ISA_ROW_COUNT] = {false};
    unsigned word, kind, is_word, flags, failures = 0;
    unsigned long long expected;
    char name[32];
    assert_non_null(golden);
    while (fscanf(golden, "%x %u %u %u %31s %llx", &word, &kind, &is_word, &flags, name,
                  &expected) == 6) {
        uint64_t hash = 0;
        for (unsigned i = 0; i < FIXED_CASES; i++) {
            struct fixed_case c = fixed_case(i, (enum fixed_kind)kind, (int)is_word);
            run(cpu, word, &c);
            hash = fixed_result(hash, &c, flags);
        }
        if (hash != expected) {
            print_error("%s 0x%08x differs\n", name, word);
            failures++;
        }
        seen[isa_lookup(word)] = true;
    }
    fclose(golden);
    assert_int_equal(failures, 0);
    for (unsigned row = ROW_TDI; row <= ROW_EXTSW; row++)
        if (!seen[row] && !(isa_rows[row].effects & E_TRAP))
            fail_msg("%s has no line in fixed_golden.txt", isa_rows[row].mnemonic);
}

/* Division by zero and overflow: undefined in RT; zero here, and OE=1 sets OV and SO. */
static void test_undefined_quotients(void **state)
{
    static const struct {
        uint32_t word;
        uint64_t a, b;
    } cases[] = {
        {0x7c642fd6, 5, 0},                     /* divwo  r3,r4,r5 */
        {0x7c642fd6, 0x80000000, 0xffffffff},   /* divwo */
        {0x7c642fd2, UINT64_C(1) << 63, ~0ull}, /* divdo */
        {0x7c642f92, 1, 0},                     /* divduo */
        {0x7c642f12, 7, 7},                     /* divdeuo */
        {0x7c642f52, UINT64_C(1) << 62, 1},     /* divdeo */
        {0x7c642f52, 1, ~0ull},                 /* divdeo */
        {0x7c642f56, 0x40000000, 1},            /* divweo */
    };
    struct cpu *cpu = cpu_of(state);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixed_case c = {.r3 = 0x1234, .r4 = cases[i].a, .r5 = cases[i].b};
        run(cpu, cases[i].word, &c);
        assert_int_equal(c.r3, 0);
        assert_int_equal(c.xer, 0xc0000000);
    }
}

/* In 32-bit mode CR0, CA and OV look at the low word (Book I 3.3.8). */
static void test_32_bit_mode(void **state)
{
    struct cpu *cpu = cpu_of(state);
    struct fixed_case c = {.r4 = UINT64_C(0x100000000) | 0x7fffffff, .r5 = 1};
    cpu_set_msr(cpu, MSR_ME);
    run(cpu, 0x7c642e15, &c); /* addo. r3,r4,r5 */
    assert_int_equal(c.r3, UINT64_C(0x180000000));
    assert_int_equal(c.cr >> 28, CR_LT | CR_SO);
    assert_int_equal(c.xer, 0xc0000000);
    c = (struct fixed_case){.r4 = 0xffffffff, .r5 = 1};
    run(cpu, 0x7c642815, &c); /* addc. */
    assert_int_equal(c.cr >> 28, CR_EQ);
    assert_int_equal(c.xer, 0x20000000);
    cpu_set_msr(cpu, MSR_SF | MSR_ME | MSR_LE);
}

static void test_traps(void **state)
{
    static const struct {
        uint32_t word;
        uint64_t a, b;
        bool taken;
    } cases[] = {
        {0x7e042808, (uint64_t)-1, 0, true},         /* twlt   r4,r5 */
        {0x7e042808, 0x7fffffff, 0xffffffff, false}, /* twlt: a word at a time */
        {0x7d042888, 2, 1, true},                    /* tdgt   r4,r5 */
        {0x7c842888, 3, 3, true},                    /* tdeq   r4,r5 */
        {0x7c442888, 1, ~0ull, true},                /* tdllt  r4,r5 */
        {0x7c242888, 1, ~0ull, false},               /* tdlgt  r4,r5 */
        {0x0c84fffe, 0xfffffffe, 0, true},           /* tweqi  r4,-2 */
        {0x0884fffe, 0xfffffffe, 0, false},          /* tdeqi  r4,-2 */
    };
    struct cpu *cpu = cpu_of(state);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cpu->gpr[4] = cases[i].a;
        cpu->gpr[5] = cases[i].b;
        assert_int_equal(execute(cpu, cases[i].word), cases[i].taken ? ISA_INTERRUPT : ISA_NEXT);
        if (cases[i].taken)
            assert_int_equal(cpu->fault.srr1, SRR1_PROG_TRAP);
    }
}

/* BO and BI: CTR tested or not, the condition tested or not, both; LK and the target's low bits. */
static void test_conditional_branches(void **state)
{
    static const struct {
        uint32_t bo;
        uint64_t ctr;
        uint32_t cr;
        bool taken;
    } cases[] = {
        {20, 5, 0, true},          {12, 5, 0x20000000, true},
        {12, 5, 0, false},         {4, 5, 0, true},
        {4, 5, 0x20000000, false}, {16, 2, 0, true},
        {16, 1, 0, false},         {18, 1, 0, true},
        {18, 2, 0, false},         {8, 2, 0x20000000, true},
        {8, 1, 0x20000000, false}, {8, 2, 0, false},
        {0, 2, 0, true},           {2, 1, 0, true},
        {10, 1, 0x20000000, true}, {10, 2, 0x20000000, false},
    };
    struct cpu *cpu = cpu_of(state);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const uint64_t counted = cases[i].bo & 4 ? 0 : 1;
        cpu->cia = 0x1000;
        cpu->ctr = cases[i].ctr;
        cpu->lr = 0x2003;
        cpu_set_cr(cpu, cases[i].cr);
        const enum isa_outcome expected = cases[i].taken ? ISA_BRANCH : ISA_NEXT;
        /* bcl BO,2,-16, then bclrl BO,2 */
        assert_int_equal(execute(cpu, 0x4002fff1 | cases[i].bo << 21), expected);
        assert_int_equal(cpu->ctr, cases[i].ctr - counted);
        assert_int_equal(cpu->lr, 0x1004);
        if (cases[i].taken) {
            assert_int_equal(cpu->nia, 0xff0);
            assert_int_equal(cpu->cfar, 0x1000);
        }
        cpu->ctr = cases[i].ctr;
        cpu->lr = 0x2003;
        assert_int_equal(execute(cpu, 0x4c020021 | cases[i].bo << 21), expected);
        assert_int_equal(cpu->lr, 0x1004);
        if (cases[i].taken)
            assert_int_equal(cpu->nia, 0x2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_agree),        cmocka_unit_test(test_undefined_quotients),
        cmocka_unit_test(test_32_bit_mode),          cmocka_unit_test(test_traps),
        cmocka_unit_test(test_conditional_branches),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
