/*
 * The host's floating point (isa/fp/fp_fast.h) against the exact path: here the bodies are compiled
 * once more without it, and every row of both chapters that computes, compares, converts or touches
 * the FPSCR has to do the same to registers, CR, FPSCR and outcome, one at a time and in long
 * sequences in which FR, FI and FPRF are late for any time and budgets end anywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FP_FAST 0
#include "isa/sem_vsx.h"

#include "isa/sem_fp.h"

#include "fp_host.h"
#include "isa/bus.h"
#include "isa/engine.h"
#include "isa/precise.h"
#include "isa/retired.h"

/* -- The bodies without the fast path, as a table by op -- */

typedef enum isa_outcome exact_fn(struct cpu *cpu, const struct insn *op);
#define EXACT_BODY(id, v)                                                                          \
    static enum isa_outcome exact_##id##_##v(struct cpu *cpu, const struct insn *op)               \
    {                                                                                              \
        return sem_##id(cpu, op, v);                                                               \
    }
#define EXACT_V1(id) EXACT_BODY(id, 0)
#define EXACT_RC(id) EXACT_BODY(id, 0) EXACT_BODY(id, 1)
#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    EXACT_##variants(id)
#include "isa/insns_fp.def"
#include "isa/insns_vsx.def"
#undef INSN

#define SLOT_V1(id) [ROW_##id * 4] = exact_##id##_0,
#define SLOT_RC(id) SLOT_V1(id)[ROW_##id * 4 + 1] = exact_##id##_1,
#define INSN(id, mnemonic, form, po, xo, variants, opsig, unit, cat, since, effects)               \
    SLOT_##variants(id)
static exact_fn *const exact_handlers[ISA_OP_COUNT] = {
#include "isa/insns_fp.def"
#include "isa/insns_vsx.def"
};
#undef INSN

/* -- Two vCPUs of the same state -- */

enum { RAM_SIZE = 1 << 16, ENTRY = 0x1000, T = 1, A = 2, B = 3, C = 4, REGISTERS = 8 };
#define MSR_TEST (MSR_SF | MSR_ME | MSR_FP | MSR_VEC | MSR_VSX)

struct machine {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
};

struct pair {
    struct machine fast, exact;
    enum isa_row_id rows[ISA_ROW_COUNT]; /* what is compared */
    size_t row_count;
};

static void machine_start(struct machine *m)
{
    assert_int_equal(bus_init(&m->bus, RAM_SIZE), STATUS_OK);
    m->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    m->cpu = cpu_create(cpu_model_find("POWER8"), 0, &m->bus, &m->clock);
    assert_non_null(m->cpu);
    cpu_set_msr(m->cpu, MSR_TEST);
}

static int setup(void **state)
{
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    isa_init();
    machine_start(&p->fast);
    machine_start(&p->exact);
    for (unsigned row = 1; row < ISA_ROW_COUNT; row++)
        if (exact_handlers[row * 4] && !(isa_rows[row].effects & (E_LOAD | E_STORE)) &&
            (isa_rows[row].effects & (E_FP | E_VSX)))
            p->rows[p->row_count++] = (enum isa_row_id)row;
    assert_true(p->row_count > 200);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;
    cpu_destroy(p->fast.cpu);
    cpu_destroy(p->exact.cpu);
    bus_fini(&p->fast.bus);
    bus_fini(&p->exact.bus);
    free(p);
    return 0;
}

static void copy_state(struct cpu *to, const struct cpu *from)
{
    memcpy(to->vsr, from->vsr, sizeof to->vsr);
    memcpy(to->cr, from->cr, sizeof to->cr);
    to->fpscr = from->fpscr;
    to->fp_late = from->fp_late;
}

static void fail_difference(struct pair *p, uint32_t word, uint64_t before)
{
    char text[64];
    isa_disassemble(word, 0, text, sizeof text);
    const struct cpu *f = p->fast.cpu, *e = p->exact.cpu;
    for (unsigned i = 0; i < 64; i++)
        if (f->vsr[i].q != e->vsr[i].q)
            print_message("vsr%u %016lx %016lx, exact %016lx %016lx\n", i, VSR_D(f->vsr[i], 0),
                          VSR_D(f->vsr[i], 1), VSR_D(e->vsr[i], 0), VSR_D(e->vsr[i], 1));
    for (unsigned i = A; i <= C; i++)
        print_message("operand vsr%u %016lx %016lx\n", i, VSR_D(e->vsr[i], 0), VSR_D(e->vsr[i], 1));
    fail_msg("%s with FPSCR %lx: FPSCR %lx CR %x, exact %lx %x", text, before, f->fpscr,
             cpu_get_cr(f), e->fpscr, cpu_get_cr(e));
}

static bool same_state(const struct cpu *f, const struct cpu *e)
{
    for (unsigned i = 0; i < ARRAY_SIZE(f->vsr); i++)
        if (f->vsr[i].q != e->vsr[i].q)
            return false;
    return f->fpscr == e->fpscr && memcmp(f->cr, e->cr, sizeof f->cr) == 0;
}

/* -- One instruction -- */

/* A row's word with registers T, A, B and, where it has one, C; its last variant is Rc=1. */
static uint32_t word_of(enum isa_row_id row, unsigned t, unsigned a, unsigned b, unsigned c)
{
    const struct isa_row *r = &isa_rows[row];
    return r->value | (~r->mask & (t << 21 | a << 16 | b << 11 | c << 6));
}

/* FPSCRs that decide which path is taken, and some that keep bits of before in sight. */
static const uint64_t fpscrs[] = {
    FPSCR_XX | FPSCR_FX,
    FPSCR_XX,
    FPSCR_XX | FPSCR_FR | FPSCR_FI | FPSCR_FPRF,
    FPSCR_XX | FPSCR_OX | FPSCR_UX | FPSCR_ZX | FPSCR_VXISI | FPSCR_VX | 4,
    0,
    FPSCR_FPRF | FPSCR_UX,
    FPSCR_XX | FP_RND_ZERO,
    FPSCR_XX | FP_RND_UP,
    FPSCR_XX | FP_RND_DOWN,
    FPSCR_XX | FPSCR_VE,
    FPSCR_XX | FPSCR_OE | FPSCR_UE,
    FPSCR_XX | FPSCR_ZE | FPSCR_FX,
    FPSCR_XX | FPSCR_XE | FPSCR_FEX,
};

/* Registers of both: a, b, c in all elements of A, B, C, the second ones in the other half. */
struct operands {
    uint64_t a[2], b[2], c[2];
};

static void compare_one(struct pair *p, uint32_t word, const struct operands *o, uint64_t fpscr)
{
    struct cpu *f = p->fast.cpu, *e = p->exact.cpu;
    struct insn insn;
    isa_decode(word, &insn);
    exact_fn *const exact = exact_handlers[insn.op];
    assert_non_null(exact);
    for (unsigned i = 0; i < 2; i++) {
        f->vsr[T].d[i] = o->c[i];
        f->vsr[A].d[i] = o->a[i];
        f->vsr[B].d[i] = o->b[i];
        f->vsr[C].d[i] = o->c[i];
    }
    f->fpscr = fpscr;
    copy_state(e, f);
    const enum isa_outcome outcome = precise_handlers[insn.op](f, &insn);
    fp_settle(f);
    assert_int_equal(exact(e, &insn), outcome);
    assert_int_equal(e->fp_late.stale, 0);
    if (!same_state(f, e))
        fail_difference(p, word, fpscr);
}

static bool row_is_fused(enum isa_row_id row)
{
    return strstr(isa_rows[row].mnemonic, "madd") || strstr(isa_rows[row].mnemonic, "msub");
}

/* Elements in single format, not in double. */
static bool row_has_singles(enum isa_row_id row)
{
    const char *name = isa_rows[row].mnemonic;
    return strncmp(name, "xv", 2) == 0 && strstr(name, "sp");
}

static uint64_t both_words(uint32_t left, uint32_t right)
{
    return (uint64_t)left << 32 | right;
}

/* Corner i of n, for a row: images in double format, or two in single format. */
static uint64_t corner(bool singles, size_t i, size_t j)
{
    enum { DOUBLES = ARRAY_SIZE(corner_doubles), SINGLES = ARRAY_SIZE(corner_singles) };
    if (singles)
        return both_words(corner_singles[i % SINGLES], corner_singles[j % SINGLES]);
    return i < DOUBLES ? corner_doubles[i] : fp_widen(corner_singles[i - DOUBLES]);
}
enum { CORNERS = ARRAY_SIZE(corner_doubles) + ARRAY_SIZE(corner_singles) };

static void corner_pairs_of(struct pair *p, enum isa_row_id row, uint64_t fpscr, size_t c_step)
{
    const bool singles = row_has_singles(row), fused = row_is_fused(row);
    const uint32_t word = word_of(row, T, A, B, C);
    for (size_t i = 0; i < CORNERS; i++)
        for (size_t j = 0; j < CORNERS; j++)
            for (size_t k = (i + j) % c_step; k < CORNERS; k += fused ? c_step : CORNERS) {
                const struct operands o = {{corner(singles, i, j), corner(singles, j, k)},
                                           {corner(singles, j, k), corner(singles, k, i)},
                                           {corner(singles, k, j), corner(singles, i, k)}};
                compare_one(p, word, &o, fpscr);
            }
}

static void test_corner_pairs(void **state)
{
    struct pair *p = *state;
    for (size_t r = 0; r < p->row_count; r++)
        for (size_t i = 0; i < ARRAY_SIZE(fpscrs); i++)
            corner_pairs_of(p, p->rows[r], fpscrs[i], i < 2 ? 5 : 31);
}

/* -- Random operands -- */

/* A double; often one that makes `other`'s product, quotient or sum end at an edge of a format. */
static uint64_t random_near(uint64_t *seed, uint64_t other)
{
    static const int edges[] = {-1074, -1023, -1022, -1021, -150, -149, -127,
                                -126,  -125,  0,     127,   128,  1023, 1024};
    const uint64_t r = test_random(seed);
    if (r & 1)
        return r & 2 ? test_random_double(seed) : fp_widen(test_random_single(seed));
    const int edge = edges[(r >> 8) % ARRAY_SIZE(edges)] + (int)(r >> 16 & 3) - 1;
    const int exponent = (int)(other >> 52 & 0x7ff) - 1023;
    int wanted = edge;
    if (r & 4)
        wanted = r & 8 ? edge - exponent : exponent - edge;
    wanted = wanted < -1022 ? 0 : wanted > 1024 ? 0x7ff : wanted + 1023;
    uint64_t fraction = test_random(seed) & FP_FRACTION;
    if (r & 16)
        fraction &= ~UINT64_C(0x1fffffff); /* a single's */
    if (r & 32)
        fraction |= FP_FRACTION & ~UINT64_C(0x1fffffff);
    return (r & 64 ? FP_SIGN : 0) | (uint64_t)wanted << 52 | fraction;
}

static uint32_t random_near_single(uint64_t *seed, uint32_t other)
{
    static const int edges[] = {-149, -127, -126, -125, 0, 127, 128};
    const uint64_t r = test_random(seed);
    if (r & 1)
        return test_random_single(seed);
    const int edge = edges[(r >> 8) % ARRAY_SIZE(edges)] + (int)(r >> 16 & 3) - 1;
    const int exponent = (int)(other >> 23 & 0xff) - 127;
    int wanted = edge;
    if (r & 4)
        wanted = r & 8 ? edge - exponent : exponent - edge;
    wanted = wanted < -126 ? 0 : wanted > 128 ? 0xff : wanted + 127;
    return (uint32_t)(r >> 32 & 0x80000000) | (uint32_t)wanted << 23 |
           (uint32_t)(test_random(seed) & 0x7fffff & (r & 16 ? ~UINT64_C(0) : 0x700001));
}

static void random_operands(uint64_t *seed, bool singles, struct operands *o)
{
    for (unsigned i = 0; i < 2; i++) {
        if (singles) {
            const uint32_t a[2] = {random_near_single(seed, 0x3f800000), test_random_single(seed)};
            const uint32_t b[2] = {random_near_single(seed, a[0]), random_near_single(seed, a[1])};
            o->a[i] = both_words(a[0], a[1]);
            o->b[i] = both_words(b[0], b[1]);
            o->c[i] =
                both_words(random_near_single(seed, a[0]), random_near_single(seed, a[1] ^ b[1]));
        } else {
            o->a[i] = random_near(seed, UINT64_C(1023) << 52);
            o->b[i] = random_near(seed, o->a[i]);
            o->c[i] = random_near(seed, o->a[i]);
        }
    }
}

enum { RANDOM_EACH = 12000 };

static void test_random_values(void **state)
{
    struct pair *p = *state;
    uint64_t seed = 20130508;
    for (size_t r = 0; r < p->row_count; r++) {
        const enum isa_row_id row = p->rows[r];
        const bool singles = row_has_singles(row);
        for (unsigned n = 0; n < RANDOM_EACH; n++) {
            struct operands o;
            random_operands(&seed, singles, &o);
            uint32_t word = word_of(row, T, A, B, C);
            if (isa_rows[row].variants == VARIANTS_RC && (n & 1))
                word |= isa_rows[row].form == FORM_XX3_RC ? 1u << 10 : 1;
            compare_one(p, word, &o, fpscrs[n & 2 ? n % ARRAY_SIZE(fpscrs) : 0]);
        }
    }
}

/* Exceptions that are enabled and taken: the fast path must not be where they are possible. */
static void test_enabled_exceptions(void **state)
{
    struct pair *p = *state;
    uint64_t seed = 19850304;
    cpu_set_msr(p->fast.cpu, MSR_TEST | MSR_FE0 | MSR_FE1);
    cpu_set_msr(p->exact.cpu, MSR_TEST | MSR_FE0 | MSR_FE1);
    for (size_t r = 0; r < p->row_count; r++)
        for (unsigned n = 0; n < 2000; n++) {
            struct operands o;
            random_operands(&seed, row_has_singles(p->rows[r]), &o);
            const uint64_t enables = test_random(&seed) & 0xfb;
            compare_one(p, word_of(p->rows[r], T, A, B, C), &o,
                        fpscr_summarize(fpscrs[n % ARRAY_SIZE(fpscrs)] | enables));
        }
    cpu_set_msr(p->fast.cpu, MSR_TEST);
    cpu_set_msr(p->exact.cpu, MSR_TEST);
}

/* -- Sequences -- */

enum { PROGRAM = 300, SEQUENCES = 400, STEPS = 2000 };

/* A word of any row, more often of one that makes FPRF late or looks at it in part. */
static uint32_t random_word(const struct pair *p, uint64_t *seed)
{
    static const enum isa_row_id often[] = {ROW_FADD,    ROW_FMUL,     ROW_FMADD, ROW_FDIVS,
                                            ROW_XSADDDP, ROW_XSMULSP,  ROW_FCMPU, ROW_FCTIDZ,
                                            ROW_XVADDDP, ROW_XVMADDMSP};
    static const enum isa_row_id look[] = {ROW_MFFS, ROW_MCRFS, ROW_XSCMPODP, ROW_FCTIW};
    static const enum isa_row_id moves[] = {ROW_MTFSB0, ROW_MTFSB1, ROW_MTFSFI, ROW_MCRFS,
                                            ROW_MTFSF};
    const uint64_t r = test_random(seed);
    enum isa_row_id row = p->rows[(r >> 8) % p->row_count];
    if (r & 1)
        row = often[(r >> 8) % ARRAY_SIZE(often)];
    else if ((r & 14) == 0)
        row = look[(r >> 8) % ARRAY_SIZE(look)];
    else if ((r & 14) == 2 && (r >> 16 & 7) == 0) /* what may end the fast path: seldom */
        row = moves[(r >> 8) % ARRAY_SIZE(moves)];
    if (strncmp(isa_rows[row].mnemonic, "mt", 2) == 0 || row == ROW_MCRFS) /* bits, not registers */
        return word_of(row, r >> 20 & 31, r >> 25 & 31, r >> 30 & 31, r >> 35 & 31);
    uint32_t word = word_of(row, (unsigned)(r >> 20) % REGISTERS, (unsigned)(r >> 24) % REGISTERS,
                            (unsigned)(r >> 28) % REGISTERS, (unsigned)(r >> 32) % REGISTERS);
    if (isa_rows[row].variants == VARIANTS_RC && (r & 0x60) == 0)
        word |= isa_rows[row].form == FORM_XX3_RC ? 1u << 10 : 1;
    return word;
}

/* Fills registers again from time to time: random arithmetic soon ends in NaNs and infinities. */
static void refresh(struct pair *p, uint64_t *seed)
{
    struct cpu *f = p->fast.cpu;
    for (unsigned i = 0; i < REGISTERS; i++) {
        struct operands o;
        random_operands(seed, false, &o);
        VSR_D(f->vsr[i], 0) = i & 1 ? test_random_double(seed) : o.b[0];
        VSR_D(f->vsr[i], 1) = o.c[0];
        if (i & 2) /* tame: around 1, a single's */
            VSR_D(f->vsr[i], 0) = UINT64_C(0x3ff0000000000000) | (o.a[0] & 0x000fffffe0000000);
    }
    if (test_random(seed) & 1)
        f->fpscr = FPSCR_XX | FPSCR_FX;
    copy_state(p->exact.cpu, f);
}

static void watch_nothing(void *ctx, const struct isa_retired *records, size_t n)
{
    (void)ctx, (void)records, (void)n;
}

static void run_sequence(struct pair *p, uint64_t *seed)
{
    struct cpu *f = p->fast.cpu, *e = p->exact.cpu;
    uint32_t words[PROGRAM];
    for (unsigned i = 0; i < PROGRAM; i++) {
        words[i] = random_word(p, seed);
        assert_true(bus_write_be32(&p->fast.bus, ENTRY + 4 * i, words[i]));
    }
    words[PROGRAM - 1] = 0x48000000 | (-(PROGRAM - 1) * 4 & 0x03fffffc); /* back to the start */
    assert_true(bus_write_be32(&p->fast.bus, ENTRY + 4 * (PROGRAM - 1), words[PROGRAM - 1]));
    f->nia = ENTRY;
    unsigned at = 0;
    for (unsigned done = 0; done < STEPS;) {
        const uint64_t budget = 1 + test_random(seed) % (test_random(seed) & 3 ? 12 : 150);
        uint64_t retired;
        if (test_random(seed) % 4 == 0)
            refresh(p, seed);
        assert_int_equal(engine_precise_run(f, budget, &retired), STOP_BUDGET);
        assert_int_equal(retired, budget);
        const uint64_t before = e->fpscr;
        for (uint64_t i = 0; i < budget; i++, at = (at + 1) % PROGRAM) {
            struct insn insn;
            isa_decode(words[at], &insn);
            if (at != PROGRAM - 1)
                assert_int_equal(exact_handlers[insn.op](e, &insn), ISA_NEXT);
        }
        assert_int_equal(f->nia, ENTRY + 4 * at);
        if (!same_state(f, e))
            fail_difference(p, words[(at + PROGRAM - 1) % PROGRAM], before);
        done += (unsigned)budget;
    }
}

static void test_sequences(void **state)
{
    static struct isa_watch watch = {.batch = watch_nothing};
    struct pair *p = *state;
    uint64_t seed = 299792458;
    for (unsigned n = 0; n < SEQUENCES; n++) {
        p->fast.cpu->watch = n % 8 == 7 ? &watch : NULL;
        cpu_derive(p->fast.cpu);
        refresh(p, &seed);
        run_sequence(p, &seed);
    }
    p->fast.cpu->watch = NULL;
    cpu_derive(p->fast.cpu);
}

/* FR, FI and FPRF as they are after an instruction, wherever a run ends. */
static void test_nothing_is_late_after_a_run(void **state)
{
    struct pair *p = *state;
    struct cpu *f = p->fast.cpu;
    uint64_t retired;
    assert_true(bus_write_be32(&p->fast.bus, ENTRY, word_of(ROW_FDIV, T, A, B, 0)));
    VSR_D(f->vsr[A], 0) = double_bits(2);
    VSR_D(f->vsr[B], 0) = double_bits(-3);
    f->fpscr = FPSCR_XX;
    f->nia = ENTRY;
    assert_int_equal(engine_precise_run(f, 1, &retired), STOP_BUDGET);
    assert_int_equal(f->fp_late.stale, 0);
    assert_int_equal(f->fpscr, FPSCR_XX | FPSCR_FI | 0x8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corner_pairs),
        cmocka_unit_test(test_random_values),
        cmocka_unit_test(test_enabled_exceptions),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_nothing_is_late_after_a_run),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
