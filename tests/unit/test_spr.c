/*
 * Every number of mfspr and mtspr on every CPU in problem and privileged state, against the table
 * tests/data/sprs.tsv and the rules of undefined numbers (Book III-S 4.4.5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/spr.h"

enum { NUMBERS = 1024, RAM_SIZE = 0x100000, COLUMNS = 9 };

enum who { NOBODY, USER, SUPERVISOR, HYPERVISOR };

/* A row of the table; `on` by level. */
struct fact {
    bool exists, on[3];
    enum who read, write;
    unsigned width; /* 0: the table does not say */
    char name[16];
};

static struct fact facts[NUMBERS];
static struct isa_bus bus;
static struct isa_clock clock_1ghz = {.hz = 1000000000, .cpi = 1};

enum answer { FINE, NOTHING, ILLEGAL, PRIVILEGED };

/* Registers of which 2.06 has the problem state's numbers for reading only. */
static bool is_read_only_206(unsigned n)
{
    return n >= 769 && n <= 779;
}

/* Registers that do not give back what was written, or have bits of their own. */
static bool is_special(unsigned n)
{
    static const uint16_t list[] = {1,   13,  22,  29,  61,  128, 130, 131, 136,
                                    152, 157, 769, 779, 800, 801, 802, 803, 804,
                                    805, 806, 808, 809, 810, 811, 795, 896, 898};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (list[i] == n)
            return true;
    return false;
}

static enum who who_of(const char *text)
{
    if (strcmp(text, "user") == 0)
        return USER;
    if (strcmp(text, "supervisor") == 0)
        return SUPERVISOR;
    if (strcmp(text, "hypervisor") == 0)
        return HYPERVISOR;
    assert_string_equal(text, "none");
    return NOBODY;
}

static void read_table(void)
{
    FILE *f = fopen(HORNPIPE_SOURCE_DIR "/tests/data/sprs.tsv", "r");
    char line[1024];
    unsigned rows = 0;
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        char *column[COLUMNS], *rest = line;
        for (unsigned i = 0; i < COLUMNS; i++)
            assert_non_null(column[i] = strsep(&rest, "\t"));
        const unsigned n = (unsigned)strtoul(column[0], NULL, 10);
        assert_true(n < NUMBERS && !facts[n].exists);
        struct fact *const fact = &facts[n];
        fact->exists = true;
        fact->on[ISA_206] = column[5][0] == 'y';
        fact->on[ISA_207] = column[6][0] == 'y';
        fact->read = who_of(column[3]);
        fact->write = who_of(column[4]);
        fact->width = (unsigned)strtoul(column[7], NULL, 10);
        snprintf(fact->name, sizeof fact->name, "%s", column[2]);
        rows++;
    }
    fclose(f);
    assert_true(rows > 130);
}

static enum answer undefined(unsigned n, bool problem, bool reads)
{
    if (problem)
        return n & 0x10 ? PRIVILEGED : ILLEGAL;
    return n == 0 || (reads && n >= 4 && n <= 6) ? ILLEGAL : NOTHING;
}

static enum answer expected(enum isa_level level, unsigned n, bool problem, bool reads)
{
    const struct fact *const fact = &facts[n];
    const enum who who = reads ? fact->read : fact->write;
    if (!fact->exists || !fact->on[level] || who == NOBODY)
        return undefined(n, problem, reads);
    if (level == ISA_206 && !reads && is_read_only_206(n))
        return undefined(n, problem, reads);
    if (n >= 808 && n <= 811)
        return NOTHING;
    return who == HYPERVISOR || (who == SUPERVISOR && problem) ? PRIVILEGED : FINE;
}

/* A cpu of the model in a state in which every facility is open. */
static struct cpu *new_cpu(const struct cpu_model *model, bool problem)
{
    struct cpu *cpu = cpu_create(model, 0, &bus, &clock_1ghz);
    assert_non_null(cpu);
    cpu->fscr = FSCR_DSCR | FSCR_EBB | FSCR_TAR;
    cpu->mmcr0 = 2u << PMCC_SHIFT;
    cpu_set_msr(cpu, MSR_SF | MSR_TM | (problem ? MSR_PR | MSR_EE | MSR_IR | MSR_DR : 0));
    return cpu;
}

static enum answer answer_of(const struct cpu *cpu, enum isa_outcome outcome)
{
    if (outcome != ISA_INTERRUPT)
        return FINE;
    assert_int_equal(cpu->fault.vector, VECTOR_PROGRAM);
    if (cpu->fault.srr1 == SRR1_PROG_PRIVILEGED)
        return PRIVILEGED;
    assert_int_equal(cpu->fault.srr1, SRR1_PROG_ILLEGAL);
    return ILLEGAL;
}

static void check(const struct cpu *cpu, unsigned n, bool reads, enum answer got, enum answer want)
{
    static const char *const names[] = {"fine", "nothing", "illegal", "privileged"};
    if (got != want)
        fail_msg("%s: %s %u (%s) in %s state: %s, not %s", cpu->model->name,
                 reads ? "mfspr" : "mtspr", n, facts[n].name,
                 cpu->msr & MSR_PR ? "problem" : "privileged", names[got], names[want]);
}

#define UNTOUCHED UINT64_C(0x123456789abcdef1)

static void check_read(struct cpu *cpu, unsigned n)
{
    const enum answer want = expected(cpu->model->level, n, cpu->msr & MSR_PR, true);
    uint64_t value = UNTOUCHED;
    enum answer got = answer_of(cpu, spr_read(cpu, n, &value));
    if (got == FINE && value == UNTOUCHED)
        got = NOTHING;
    check(cpu, n, true, got, want);
    if (want == FINE && facts[n].width == 32)
        assert_int_equal(value >> 32, 0);
}

static void check_write(struct cpu *cpu, unsigned n)
{
    const enum answer want = expected(cpu->model->level, n, cpu->msr & MSR_PR, false);
    const uint64_t nia = cpu->nia;
    const uint64_t before = state_hash(&cpu_state_desc, cpu, STATE_HASH_INIT);
    const enum answer got = answer_of(cpu, spr_write(cpu, n, UNTOUCHED));
    cpu->nia = nia;
    const bool changed = state_hash(&cpu_state_desc, cpu, STATE_HASH_INIT) != before;
    if (want == NOTHING || want == FINE)
        check(cpu, n, false, got == FINE ? want : got, want);
    else
        check(cpu, n, false, got, want);
    if (want != FINE && changed)
        fail_msg("%s: mtspr %u changed something", cpu->model->name, n);
    /* What is written is there, or can be read back. */
    if (want == FINE && !is_special(n)) {
        const uint64_t mask = facts[n].width == 32 ? 0xffffffff : ~UINT64_C(0);
        uint64_t value = 0;
        assert_int_equal(spr_read(cpu, n, &value), ISA_NEXT);
        if (value != (UNTOUCHED & mask))
            fail_msg("%s: SPR %u (%s) keeps %llx", cpu->model->name, n, facts[n].name,
                     (unsigned long long)value);
    }
}

static void test_every_number(void **state)
{
    (void)state;
    for (const struct cpu_model *model = cpu_models; model->name; model++) {
        for (unsigned n = 0; n < NUMBERS; n++) {
            for (int problem = 0; problem < 2; problem++) {
                struct cpu *cpu = new_cpu(model, problem);
                check_read(cpu, n);
                check_write(cpu, n);
                cpu_destroy(cpu);
            }
        }
    }
}

/* Our table has no rows that the facts do not have, and the same names. */
static void test_names(void **state)
{
    (void)state;
    for (unsigned n = 0; n < NUMBERS; n++) {
        const bool exists = facts[n].exists && (facts[n].on[ISA_206] || facts[n].on[ISA_207]);
        assert_int_equal(spr_name(n) != NULL, exists);
        if (exists && (n < 808 || n > 811))
            assert_string_equal(spr_name(n), facts[n].name);
    }
}

static void test_pvr(void **state)
{
    (void)state;
    for (const struct cpu_model *model = cpu_models; model->name; model++) {
        struct cpu *cpu = new_cpu(model, false);
        uint64_t value = 0;
        assert_int_equal(spr_read(cpu, 287, &value), ISA_NEXT);
        assert_int_equal(value, model->pvr);
        cpu_destroy(cpu);
    }
}

struct gate {
    unsigned first, last; /* numbers */
    unsigned cause;
};

/* With every facility closed: its interrupt and cause, in problem state; TM in any state. */
static void test_closed_facilities(void **state)
{
    (void)state;
    static const struct gate gates[] = {
        {3, 3, FSCR_IC_DSCR},   {128, 131, FSCR_IC_TM},  {768, 776, FSCR_IC_PM},
        {779, 782, FSCR_IC_PM}, {800, 806, FSCR_IC_EBB}, {815, 815, FSCR_IC_TAR},
    };
    for (size_t i = 0; i < sizeof gates / sizeof gates[0]; i++) {
        for (unsigned n = gates[i].first; n <= gates[i].last; n++) {
            for (int problem = 0; problem < 2; problem++) {
                const bool closed = problem || gates[i].cause == FSCR_IC_TM;
                struct cpu *cpu = new_cpu(cpu_model_find("POWER8"), problem);
                uint64_t value = 0;
                cpu->fscr = 0;
                cpu->mmcr0 = 1u << PMCC_SHIFT;
                cpu_set_msr(cpu, cpu->msr & ~MSR_TM);
                assert_int_equal(spr_read(cpu, n, &value) == ISA_INTERRUPT, closed);
                if (closed) {
                    assert_int_equal(cpu->fault.vector, VECTOR_FACILITY);
                    assert_int_equal(cpu->fscr >> FSCR_IC_SHIFT, gates[i].cause);
                    assert_int_equal(value, 0);
                }
                cpu_destroy(cpu);
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_pvr),
        cmocka_unit_test(test_closed_facilities),
    };
    isa_init();
    read_table();
    if (bus_init(&bus, RAM_SIZE) != STATUS_OK)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bus_fini(&bus);
    return failed;
}
