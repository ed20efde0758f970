/*
 * The PCR (Book III-S 2.6): every instruction of the inventory in tests/data/power-isa.tsv and
 * every number of mfspr and mtspr under every PCR, in problem and privileged state. What came after
 * the level that the PCR names is illegal in problem state; everything else is as without a PCR.
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
#include "isa/insn.h"
#include "isa/spr.h"
#include "isa/tm.h"

enum { RAM_SIZE = 0x100000, ENTRY = 0x1000, DATA = 0x8000, COLUMNS = 17, ROWS_MAX = 1000 };

static struct isa_bus bus;
static struct isa_clock clock_1ghz = {.hz = 1000000000, .cpi = 1};

/* -- What the inventory says -- */

struct fact {
    char mnemonic[16], category[16];
    uint32_t word;
    bool on[3]; /* by level */
    bool since_206, since_207;
};

static struct fact facts[ROWS_MAX];
static unsigned fact_count;

/* isel is older, but on servers only since 2.06; lq and stq are for problem state since 2.07. */
static void enter_fact(char *const column[COLUMNS])
{
    struct fact *const f = &facts[fact_count++];
    snprintf(f->mnemonic, sizeof f->mnemonic, "%s", column[0]);
    snprintf(f->category, sizeof f->category, "%s", column[10]);
    f->word = (uint32_t)strtoul(column[2], NULL, 16);
    f->since_207 = !strcmp(column[13], "2.07") || !strcmp(column[12], "user (P7: supervisor)");
    f->since_206 = !strcmp(column[13], "2.06") || !strcmp(f->mnemonic, "isel");
    f->on[ISA_206] = column[15][0] == 'y';
    f->on[ISA_207] = column[16][0] == 'y';
}

static void read_inventory(void)
{
    FILE *file = fopen(HORNPIPE_SOURCE_DIR "/tests/data/power-isa.tsv", "r");
    static char line[8192];
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        char *column[COLUMNS], *rest = line;
        for (unsigned i = 0; i < COLUMNS; i++)
            assert_non_null(column[i] = strsep(&rest, "\t"));
        assert_true(fact_count < ROWS_MAX);
        enter_fact(column);
    }
    fclose(file);
    assert_true(fact_count > 750);
}

/* -- PCRs -- */

static const struct pcr {
    const char *model;
    uint64_t value;
    bool hides_206, hides_207; /* what came with them */
    const char *hides;         /* the first letters of categories */
} pcrs[] = {
    {"POWER8", PCR_V206 | PCR_TM_DIS, false, true, "TM"},
    {"POWER8", PCR_V206, false, true, ""},
    {"POWER8", PCR_TM_DIS, false, false, "TM"},
    {"POWER8", PCR_V205, true, true, ""},
    {"POWER8", PCR_V205 | PCR_V206 | PCR_TM_DIS, true, true, "TM"},
    {"POWER8", PCR_VSX_DIS | PCR_VEC_DIS, false, false, ""}, /* which it does not have */
    {"POWER7", PCR_V205, true, false, ""},
    {"POWER7", PCR_VSX_DIS, false, false, "VSX"},
    {"POWER7", PCR_VEC_DIS, false, false, "V"},
    {"POWER7", PCR_V205 | PCR_VSX_DIS, true, false, "VSX"},
    {"POWER7", PCR_V206 | PCR_TM_DIS, false, false, ""},
};

static bool is_hidden(const struct pcr *pcr, const struct fact *fact)
{
    const char *const c = fact->category;
    const bool by_category =
        !strcmp(c, pcr->hides) || (!strcmp(pcr->hides, "V") && !strncmp(c, "V.", 2));
    return (pcr->hides_206 && fact->since_206) || (pcr->hides_207 && fact->since_207) ||
           (*pcr->hides && by_category);
}

/* -- One instruction -- */

/* A CPU with every facility open, in real mode; its storage operands are at DATA. */
static struct cpu *new_cpu(const char *model, uint64_t pcr, bool problem, bool little_endian)
{
    struct cpu *const cpu = cpu_create(cpu_model_find(model), 0, &bus, &clock_1ghz);
    assert_non_null(cpu);
    for (unsigned i = 1; i < 32; i++)
        cpu->gpr[i] = DATA;
    cpu->fscr = FSCR_DSCR | FSCR_EBB | FSCR_TAR;
    cpu->mmcr0 = MMCR0_BHRBA | 2u << PMCC_SHIFT;
    cpu_set_msr(cpu, MSR_SF | MSR_TM | MSR_FP | MSR_VEC | MSR_VSX | (problem ? MSR_PR : 0) |
                         (little_endian ? MSR_LE : 0));
    cpu_set_pcr(cpu, pcr);
    cpu->nia = ENTRY;
    return cpu;
}

struct result {
    enum engine_stop why;
    bool interrupt;
    enum isa_vector vector;
    uint64_t srr1, retired, hash;
};

static struct result execute(struct cpu *cpu, uint32_t word, bool little_endian)
{
    struct result r = {.interrupt = false};
    const uint32_t in_storage = little_endian ? __builtin_bswap32(word) : word;
    assert_true(bus_write_be32(&bus, ENTRY, in_storage));
    cpu->intercept = true;
    r.why = engine_precise_run(cpu, 1, &r.retired);
    r.interrupt = cpu->intercepted;
    if (r.interrupt) {
        r.vector = cpu->fault.vector;
        r.srr1 = cpu->fault.srr1;
    }
    cpu->pcr = 0; /* the only field that may differ */
    r.hash = state_hash(&cpu_state_desc, cpu, STATE_HASH_INIT);
    return r;
}

static bool is_illegal(const struct result *r)
{
    return r->interrupt && r->vector == VECTOR_PROGRAM && r->srr1 == SRR1_PROG_ILLEGAL &&
           r->retired == 0;
}

static struct result result_of(const char *model, uint64_t pcr, bool problem, bool le,
                               uint32_t word)
{
    struct cpu *const cpu = new_cpu(model, pcr, problem, le);
    const struct result r = execute(cpu, word, le);
    cpu_destroy(cpu);
    return r;
}

static void check_row(const struct pcr *pcr, const struct fact *fact, bool problem, bool le)
{
    const struct result got = result_of(pcr->model, pcr->value, problem, le, fact->word);
    const struct result without = result_of(pcr->model, 0, problem, le, fact->word);
    const bool hidden = problem && is_hidden(pcr, fact);
    const bool same = got.why == without.why && got.interrupt == without.interrupt &&
                      got.vector == without.vector && got.srr1 == without.srr1 &&
                      got.retired == without.retired && got.hash == without.hash;
    if (hidden ? !is_illegal(&got) : !same)
        fail_msg("%s with PCR %016llx: %s (%08x, %s) in %s state %s", pcr->model,
                 (unsigned long long)pcr->value, fact->mnemonic, fact->word, fact->category,
                 problem ? "problem" : "privileged", hidden ? "is not illegal" : "is another");
}

static void test_every_instruction(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(pcrs); i++) {
        const enum isa_level level = cpu_model_find(pcrs[i].model)->level;
        unsigned hidden = 0;
        for (unsigned f = 0; f < fact_count; f++) {
            if (!facts[f].on[level])
                continue;
            for (unsigned mode = 0; mode < 4; mode++)
                check_row(&pcrs[i], &facts[f], mode & 1, mode & 2);
            hidden += is_hidden(&pcrs[i], &facts[f]);
        }
        const bool hides = pcrs[i].hides_206 || pcrs[i].hides_207 || *pcrs[i].hides;
        assert_int_equal(hidden > 8, hides);
    }
}

/* -- SPRs -- */

/* Numbers that problem state lost: those of 2.07, and what it may write since then. */
static bool is_hidden_spr(const struct pcr *pcr, unsigned n, bool reads)
{
    const bool of_tm = n >= 128 && n <= 131;
    const bool of_207 = n == 3 || of_tm || n == 768 || n == 769 || (n >= 800 && n <= 806) ||
                        (n >= 808 && n <= 811) || n == 815 || n == 898;
    const bool written_since_207 = !reads && ((n >= 769 && n <= 776) || n == 779);
    return (pcr->hides_207 && (of_207 || written_since_207)) ||
           (!strcmp(pcr->hides, "TM") && of_tm) || (pcr->hides_206 && n == 13);
}

static enum isa_outcome access_spr(struct cpu *cpu, unsigned n, bool reads, uint64_t *value)
{
    *value = 0x123456789abcdef1;
    return reads ? spr_read(cpu, n, value) : spr_write(cpu, n, *value);
}

static void check_spr(const struct pcr *pcr, unsigned n, bool problem, bool reads)
{
    struct cpu *const cpu = new_cpu(pcr->model, pcr->value, problem, false);
    struct cpu *const plain = new_cpu(pcr->model, 0, problem, false);
    uint64_t value, value_plain;
    const uint64_t before = state_hash(&cpu_state_desc, cpu, STATE_HASH_INIT);
    const enum isa_outcome got = access_spr(cpu, n, reads, &value);
    const enum isa_outcome without = access_spr(plain, n, reads, &value_plain);
    bool right;
    if (problem && cpu->model->level >= ISA_207 && is_hidden_spr(pcr, n, reads)) {
        right = got == ISA_INTERRUPT && cpu->fault.vector == VECTOR_PROGRAM &&
                cpu->fault.srr1 == (n & 0x10 ? SRR1_PROG_PRIVILEGED : SRR1_PROG_ILLEGAL) &&
                state_hash(&cpu_state_desc, cpu, STATE_HASH_INIT) == before;
    } else if (problem && pcr->hides_206 && n == 13) {
        right = got == ISA_INTERRUPT && cpu->fault.srr1 == SRR1_PROG_ILLEGAL;
    } else {
        cpu->pcr = 0;
        right = got == without && value == value_plain &&
                state_hash(&cpu_state_desc, cpu, STATE_HASH_INIT) ==
                    state_hash(&cpu_state_desc, plain, STATE_HASH_INIT);
    }
    if (!right)
        fail_msg("%s with PCR %016llx: %s %u in %s state", pcr->model,
                 (unsigned long long)pcr->value, reads ? "mfspr" : "mtspr", n,
                 problem ? "problem" : "privileged");
    cpu_destroy(plain);
    cpu_destroy(cpu);
}

static void test_every_spr(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(pcrs); i++)
        for (unsigned n = 0; n < 1024; n++)
            for (unsigned mode = 0; mode < 4; mode++)
                check_spr(&pcrs[i], n, mode & 1, mode & 2);
}

/* -- Shared code, and what is no instruction -- */

#define POPCNTD 0x7c8303f4u /* popcntd r3,r4 */
#define XXLORC  0xf0221d50u /* xxlorc vs1,vs2,vs3 */
#define VADDUDM 0x102218c0u /* vaddudm v1,v2,v3 */

/* One page, executed by both states in turn: each time as the state has it. */
static void test_shared_page(void **state)
{
    (void)state;
    struct cpu *const cpu = new_cpu("POWER8", PCR_V206 | PCR_TM_DIS, true, false);
    assert_true(bus_write_be32(&bus, ENTRY, VADDUDM));
    cpu->intercept = true;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t retired;
        const bool problem = i & 1;
        cpu_set_msr(cpu, problem ? cpu->msr | MSR_PR : cpu->msr & ~MSR_PR);
        cpu->nia = ENTRY;
        engine_precise_run(cpu, 1, &retired);
        assert_int_equal(retired, problem ? 0 : 1);
        /* What is decoded is decoded anew after a store, for every state. */
        if (i == 3) {
            assert_true(bus_write_be32(&bus, ENTRY, POPCNTD));
            cpu_set_msr(cpu, cpu->msr | MSR_PR);
            cpu->nia = ENTRY;
            engine_precise_run(cpu, 1, &retired);
            assert_int_equal(retired, 1);
            assert_true(bus_write_be32(&bus, ENTRY, XXLORC));
        }
    }
    /* A change of the PCR holds at once. */
    uint64_t retired;
    cpu_set_pcr(cpu, 0);
    cpu->nia = ENTRY;
    engine_precise_run(cpu, 1, &retired);
    assert_int_equal(retired, 1);
    cpu_destroy(cpu);
}

static void test_priority(void **state)
{
    (void)state;
    struct cpu *const cpu = new_cpu("POWER8", PCR_V206, true, false);
    cpu->pspb = 1;
    cpu_ask_priority(cpu, 1); /* very low: of 2.07 */
    assert_true(cpu->ppr == UINT64_C(4) << PPR_PRI_SHIFT);
    cpu_ask_priority(cpu, 5); /* medium high: of 2.07 */
    assert_true(cpu->ppr == UINT64_C(4) << PPR_PRI_SHIFT);
    cpu_ask_priority(cpu, 2);
    assert_true(cpu->ppr == UINT64_C(2) << PPR_PRI_SHIFT);
    cpu_set_pcr(cpu, 0);
    cpu_ask_priority(cpu, 5);
    assert_true(cpu->ppr == UINT64_C(5) << PPR_PRI_SHIFT);
    cpu_destroy(cpu);
}

/* An event-based branch that is due waits until the facility is there. */
static void test_event(void **state)
{
    (void)state;
    struct cpu *const cpu = new_cpu("POWER8", PCR_V206, true, false);
    cpu->bescr = BESCR_GE | BESCR_PME | BESCR_PMEO;
    cpu_update_events(cpu);
    assert_false(cpu->pending & PENDING_EBB);
    cpu_set_pcr(cpu, 0);
    assert_true(cpu->pending & PENDING_EBB);
    cpu_destroy(cpu);
}

/* No way into problem state with a transaction that nobody there could end. */
static void test_transaction(void **state)
{
    static const uint32_t words[] = {0x4c000024 /* rfid */, 0x7c600164 /* mtmsrd r3 */,
                                     0x7c600124 /* mtmsr r3 */};
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        const bool hides = i & 1;
        struct cpu *const cpu = new_cpu("POWER8", hides ? PCR_TM_DIS : 0, false, false);
        cpu_set_msr(cpu, cpu->msr | MSR_TS_SUSPENDED);
        cpu->gpr[3] = cpu->srr1 = cpu->msr | MSR_PR;
        const struct result r = execute(cpu, words[i / 2], false);
        assert_int_equal(r.interrupt, hides);
        if (hides) {
            assert_int_equal(r.vector, VECTOR_PROGRAM);
            assert_int_equal(r.srr1, SRR1_PROG_TM_BAD);
            assert_false(cpu->msr & MSR_PR);
        }
        cpu_destroy(cpu);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_instruction),
        cmocka_unit_test(test_every_spr),
        cmocka_unit_test(test_shared_page),
        cmocka_unit_test(test_priority),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_transaction),
    };
    isa_init();
    read_inventory();
    if (bus_init(&bus, RAM_SIZE) != STATUS_OK)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bus_fini(&bus);
    return failed;
}
