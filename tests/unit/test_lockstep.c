/*
 * Lockstep with a handler of the threaded engine that is wrong: the report names the instruction,
 * what it makes different and both values, and lists the last 64 instructions.
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
#include "lockstep.h"
#include "lockstep_repeat.h"
#include "log_catcher.h"
#include "wrong_handlers.h"

enum { VCPUS = 2, TURN = 2500 };
enum {
    RAM_SIZE = 4 << 20,
    ENTRY = 0x1000,
    BEFORE_LOOP = 3,
    LOOP_SIZE = 8,
    LOOP = ENTRY + 4 * BEFORE_LOOP
};

static const uint32_t program[] = {
    0x38600000, /*       li   r3,0 */
    0x3c800002, /*       lis  r4,2 */
    0x39200064, /*       li   r9,100 */
    0x7c634a14, /* loop: add  r3,r3,r9 */
    0x706c0fff, /*       andi. r12,r3,4095 */
    0x98640011, /*       stb  r3,17(r4) */
    0x7d6b1a14, /*       add  r11,r11,r3 */
    0x60c60001, /*       ori  r6,r6,1 */
    0x7d800026, /*       mfcr r12 */
    0x7dad6278, /*       xor  r13,r13,r12 */
    0x4bffffe4, /*       b    loop */
};

/* The number of an instruction in a pass through the loop, from 1. */
static uint64_t number(unsigned pass, unsigned index)
{
    return BEFORE_LOOP + (uint64_t)LOOP_SIZE * (pass - 1) + index;
}

struct guest {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu[VCPUS];
};

struct pair {
    struct guest guest[2];
    struct lockstep lockstep;
    uint64_t length; /* of the run */
    unsigned op;     /* whose handler is wrong */
    code_handler *wrong;
    bool meddles; /* a vCPU is changed between two turns */
    bool writes;  /* and so is a byte of the second's disk */
    uint8_t disk[2];
};

static enum engine_stop guest_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct guest *const g = ctx;
    return engine_run(g->cpu[vcpu], budget, retired);
}

static struct cpu *guest_cpu(void *ctx, unsigned vcpu)
{
    struct guest *const g = ctx;
    return g->cpu[vcpu];
}

static void guest_init(struct guest *g, enum engine_kind engine)
{
    assert_int_equal(bus_init(&g->bus, RAM_SIZE), STATUS_OK);
    g->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    for (size_t i = 0; i < ARRAY_SIZE(program); i++)
        assert_true(bus_write_be32(&g->bus, ENTRY + 4 * i, program[i]));
    for (unsigned i = 0; i < VCPUS; i++) {
        g->cpu[i] = cpu_create(cpu_model_find("POWER8"), i, &g->bus, &g->clock);
        assert_non_null(g->cpu[i]);
        assert_int_equal(engine_select(g->cpu[i], engine), STATUS_OK);
        cpu_set_msr(g->cpu[i], MSR_SF | MSR_ME | MSR_RI);
        g->cpu[i]->nia = ENTRY;
    }
}

static void ignore_end(void *ctx, const char *why)
{
    (void)ctx, (void)why;
}

static bool disks_differ(void *ctx, struct pseries_disk_difference *difference)
{
    const struct pair *const p = ctx;
    *difference = (struct pseries_disk_difference){
        .drive = "-drive d", .offset = 7, .bytes = {p->disk[0], p->disk[1]}};
    return p->disk[0] != p->disk[1];
}

static void pair_init(struct pair *p)
{
    static const char *const names[] = {"precise", "threaded"};
    isa_init();
    if (p->wrong)
        handler_replace(p->op, p->wrong);
    p->lockstep = (struct lockstep){
        .ram_size = RAM_SIZE, .disks_differ = disks_differ, .disks_ctx = p, .ends = ignore_end};
    memset(p->disk, 0, sizeof p->disk);
    for (unsigned i = 0; i < 2; i++) {
        guest_init(&p->guest[i], i ? ENGINE_THREADED : ENGINE_PRECISE);
        p->lockstep.side[i] = (struct lockstep_side){
            .name = names[i],
            .machine = {.ctx = &p->guest[i], .vcpu_count = VCPUS, .run = guest_run},
            .cpu = guest_cpu,
            .ram = p->guest[i].bus.ram};
    }
    lockstep_init(&p->lockstep);
}

static void pair_fini(struct pair *p)
{
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned vcpu = 0; vcpu < VCPUS; vcpu++)
            cpu_destroy(p->guest[i].cpu[vcpu]);
        bus_fini(&p->guest[i].bus);
    }
}

static void pair_run(struct pair *p)
{
    const struct loop_machine machine = lockstep_machine(&p->lockstep);
    uint64_t retired;
    for (unsigned turn = 0; !p->lockstep.ended && p->lockstep.icount < p->length; turn++) {
        machine.run(machine.ctx, turn % VCPUS, TURN, &retired);
        if (p->meddles && turn == 10)
            lockstep_cpu(&p->lockstep, 1, 0)->dscr++;
        if (p->writes && turn == 10)
            p->disk[1]++;
    }
    if (!p->lockstep.ended)
        lockstep_finish(&p->lockstep);
}

static void repeat(void *ctx, struct lockstep_find *find)
{
    struct pair *const p = ctx;
    pair_init(p);
    lockstep_find_begin(find, &p->lockstep);
    pair_run(p);
    lockstep_find_end(find);
    pair_fini(p);
}

/* The report of a run of `p`, which it frees; NULL: none. To be freed. */
static char *report_of(struct pair *p)
{
    struct lockstep_repeat r;
    char *text = NULL;
    assert_int_equal(lockstep_repeat_open(&r, repeat, p), STATUS_OK);
    pair_init(p);
    pair_run(p);
    if (p->lockstep.difference.kind != LOCKSTEP_EQUAL)
        text = lockstep_repeat_ask(&r, &p->lockstep.difference);
    lockstep_repeat_close(&r);
    pair_fini(p);
    free(p);
    return text;
}

/* Of one with the op's handler replaced. */
static char *report(unsigned op, code_handler *wrong, uint64_t length)
{
    struct pair *const p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->length = length;
    p->op = op;
    p->wrong = wrong;
    return report_of(p);
}

/* The report begins with the sentence about instruction `n` and ends with the 64 up to it. */
static void assert_report(const char *text, uint64_t n, const char *sentence)
{
    char expected[512], line[128];
    const char *at;
    assert_non_null(text);
    snprintf(expected, sizeof expected, "lockstep: vCPU 0, instruction %llu at 0x%016llx, %s\n",
             (unsigned long long)n, LOOP + 4ull * ((n - BEFORE_LOOP) % LOOP_SIZE), sentence);
    assert_true(strlen(text) > strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
    const uint64_t lines = n < 63 ? n + 1 : 64;
    snprintf(line, sizeof line, "  The last %llu instructions of vCPU 0",
             (unsigned long long)lines);
    at = strstr(text, line);
    assert_non_null(at);
    for (uint64_t i = n + 1 - lines; i <= n; i++) {
        at = strchr(at, '\n') + 1;
        const size_t index = i < BEFORE_LOOP ? i : BEFORE_LOOP + (i - BEFORE_LOOP) % LOOP_SIZE;
        snprintf(line, sizeof line, "%14llu  0x%016llx  %08x  ", (unsigned long long)i,
                 ENTRY + 4ull * index, program[index]);
        assert_memory_equal(at, line, strlen(line));
    }
    assert_string_equal(strchr(at, '\n'), "\n");
}

static void test_equal(void **state)
{
    (void)state;
    assert_null(report(ROW_MULLI * 4, threaded_slow, 100000));
}

static void test_register(void **state)
{
    (void)state;
    wrong_sum = 102400;
    char *const text = report(ROW_ADD * 4, wrong_add, 100000);
    assert_report(text, number(1024, 0),
                  "add     r3,r3,r9: gpr[3] is 0x0000000000019000 (precise), 0x0000000000019001 "
                  "(threaded)");
    free(text);
}

static void test_condition(void **state)
{
    char *const text = report(ROW_ANDI_DOT * 4, wrong_andi_dot, 100000);
    (void)state;
    assert_report(text, number(1024, 1),
                  "andi.   r12,r3,4095: cr[0] is 0x02 (precise), 0x06 (threaded)");
    free(text);
}

static void test_pair(void **state)
{
    char *const text = report(ROW_ADD * 4, wrong_pair, 100000);
    (void)state;
    assert_report(text, number(1024, 0),
                  "add     r3,r3,r9: not alone, but with the next 1; after these cr[0] is 0x02 "
                  "(precise), 0x06 (threaded)");
    free(text);
}

/* What an instruction does to another vCPU is seen when that one runs. */
static void test_other_vcpu(void **state)
{
    (void)state;
    wrong_sum = 102400;
    char *const text = report(ROW_ADD * 4, wrong_message, 100000);
    assert_report(text, number(1024, 0),
                  "add     r3,r3,r9: vCPU 1: dscr is 0x0000000000000000 (precise), "
                  "0x0000000000000001 (threaded)");
    free(text);
}

/* Seen at the end of the run only, when the byte that was not written is as it should be. */
static void test_memory(void **state)
{
    char *const text = report(ROW_STB * 4, wrong_stb, 100000);
    (void)state;
    assert_report(text, number(4, 2),
                  "stb     r3,17(r4): memory at real address 0x20011 is 90 00 00 00 00 00 00 "
                  "(precise), 2c 90 00 00 00 00 00 (threaded)");
    free(text);
}

/* Not a handler's result but the flow: one instruction more than the budget. */
static void test_block(void **state)
{
    char *const text = report(ROW_ORI * 4, wrong_left, 100000);
    (void)state;
    assert_report(text, number(1, 4),
                  "ori     r6,r6,1: not alone, but with the next 3; after these gpr[3] is "
                  "0x0000000000000064 (precise), 0x00000000000000c8 (threaded)");
    free(text);
}

static void test_counters(void **state)
{
    char *const text = report(ROW_ORI * 4, wrong_count, 100000);
    (void)state;
    assert_report(text, number(1, 4),
                  "ori     r6,r6,1: the count of b in privileged state is 1 (precise), 2 "
                  "(threaded)");
    free(text);
}

#define BETWEEN_TWO_RUNS                                                                           \
    "it came between two runs of an engine, after 27500 instructions of the machine, before "      \
    "vCPU 1 goes on: by a hypercall, a device or a timer, from state that is not compared"

static void assert_report_of(const struct pair *wrong, const char *expected)
{
    struct pair *const p = calloc(1, sizeof *p);
    assert_non_null(p);
    *p = *wrong;
    char *const text = report_of(p);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* No instruction's doing. */
static void test_between_two_runs(void **state)
{
    (void)state;
    assert_report_of(&(struct pair){.length = 100000, .meddles = true},
                     "lockstep: vCPU 0 differs: dscr is 0x0000000000000000 (precise), "
                     "0x0000000000000001 (threaded); " BETWEEN_TWO_RUNS);
}

/* Seen at the end of the run only; a device has written it, no instruction. */
static void test_disk(void **state)
{
    (void)state;
    assert_report_of(&(struct pair){.length = 100000, .writes = true},
                     "lockstep: -drive d differs at byte 7: 0x00 (precise), 0x01 "
                     "(threaded); " BETWEEN_TWO_RUNS);
}

/* Not the same each time: nothing is named, and the user is told so. */
static void test_repetition_that_fails(void **state)
{
    struct log_catcher log;
    struct lockstep_repeat r;
    struct pair *const p = calloc(1, sizeof *p);
    const struct lockstep_difference asked = {
        .kind = LOCKSTEP_VCPU, .after = 1000, .upto = 3000, .text = "made up"};
    (void)state;
    assert_non_null(p);
    p->length = 10000;
    log_catcher_start(&log);
    assert_int_equal(lockstep_repeat_open(&r, repeat, p), STATUS_OK);
    assert_null(lockstep_repeat_ask(&r, &asked));
    assert_string_equal(log.line, "lockstep: a repetition of the run does not show where the "
                                  "difference comes from");
    lockstep_repeat_close(&r);
    log_catcher_stop();
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_register),
        cmocka_unit_test(test_condition),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_other_vcpu),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_disk),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_between_two_runs),
        cmocka_unit_test(test_repetition_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
