/*
 * Bodies of sem_fp.h and sem_vsx_fp.h through the decoder and the precise handlers: what they do
 * to the FPSCR, CR, targets and storage. The arithmetic itself is tested in test_fp_arith.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fp_host.h"
#include "isa/bus.h"
#include "isa/engine.h"
#include "isa/insn.h"
#include "isa/precise.h"

enum { RAM_SIZE = 1 << 16, DATA = 0x2000, T = 1, A = 2, B = 3, C = 4 };
#define MSR_TEST (MSR_SF | MSR_ME | MSR_FP | MSR_VEC | MSR_VSX | MSR_LE)
#define D(v)     double_bits(v)
#define INF      FP_INFINITY
#define QNAN     UINT64_C(0x7ff8000000000aaa)
#define SNAN     UINT64_C(0x7ff0000000000bbb)
#define OLD      UINT64_C(0x0123456789abcdef)

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
    cpu_set_msr(f->cpu, MSR_TEST);
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
    assert_int_not_equal(insn.op, OP_ILLEGAL);
    const enum isa_outcome outcome = precise_handlers[insn.op](cpu, &insn);
    fp_settle(cpu);
    return outcome;
}

/* The words: registers T, A, B, C; the A form has C at bit 21. Compares name CR field 1. */
#define WORD_AB(row)        (isa_rows[ROW_##row].value | T << 21 | A << 16 | B << 11)
#define WORD_AC(row)        (isa_rows[ROW_##row].value | T << 21 | A << 16 | C << 6)
#define WORD_ABC(row)       (WORD_AB(row) | C << 6)
#define WORD_BF(row)        (isa_rows[ROW_##row].value | 1 << 23 | A << 16 | B << 11)
#define RC                  1u
#define WORD_D(row, ra, d)  (isa_rows[ROW_##row].value | T << 21 | (ra) << 16 | ((d)&0xffff))
#define WORD_X(row, ra, rb) (isa_rows[ROW_##row].value | T << 21 | (ra) << 16 | (rb) << 11)

static void set_fprs(struct cpu *cpu, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t values[] = {OLD, a, b, c};
    for (unsigned i = 0; i < 4; i++) {
        VSR_D(cpu->vsr[T + i], 0) = values[i];
        VSR_D(cpu->vsr[T + i], 1) = ~OLD;
    }
}

static void set_vsr(struct cpu *cpu, unsigned n, uint64_t d0, uint64_t d1)
{
    VSR_D(cpu->vsr[n], 0) = d0;
    VSR_D(cpu->vsr[n], 1) = d1;
}

#define assert_bits(a, b) assert_int_equal((uint64_t)(a), (uint64_t)(b))
#define assert_vsr(cpu, n, d0, d1)                                                                 \
    do {                                                                                           \
        assert_bits(VSR_D((cpu)->vsr[n], 0), d0);                                                  \
        assert_bits(VSR_D((cpu)->vsr[n], 1), d1);                                                  \
    } while (0)

static void test_arithmetic_updates_fpscr(void **state)
{
    struct cpu *cpu = cpu_of(state);
    cpu->fpscr = 0;
    set_fprs(cpu, D(1), D(0x1.8p-53), 0);
    assert_int_equal(execute(cpu, WORD_AB(FADD) | RC), ISA_NEXT);
    assert_vsr(cpu, T, D(0x1.0000000000001p0), 0);
    assert_bits(cpu->fpscr, 0x82064000);
    assert_int_equal(cpu->cr[1], 8);
    /* FR and FI follow the last operation, XX and FX stay. */
    set_fprs(cpu, D(-1), 0, D(2));
    assert_int_equal(execute(cpu, WORD_AC(FMUL)), ISA_NEXT);
    assert_vsr(cpu, T, D(-2), 0);
    assert_bits(cpu->fpscr, 0x82008000);
    /* A single denormal result is a denormal in FPRF. */
    set_fprs(cpu, 0, D(0x1p-127), 0);
    cpu->fpscr = 0;
    execute(cpu, WORD_AB(FRSP));
    assert_bits(cpu->fpscr, UINT64_C(0x14) << 12);
    execute(cpu, WORD_AB(FSQRTS));
    assert_bits(cpu->fpscr & FPSCR_FPRF, UINT64_C(0x04) << 12);
}

static void test_invalid_disabled_and_enabled(void **state)
{
    struct cpu *cpu = cpu_of(state);
    set_fprs(cpu, 0, FP_SIGN, 0);
    cpu->fpscr = FPSCR_FR | FPSCR_FI;
    assert_int_equal(execute(cpu, WORD_AB(FDIV)), ISA_NEXT);
    assert_vsr(cpu, T, FP_DEFAULT_NAN, 0);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_VX | FPSCR_VXZDZ | UINT64_C(0x11) << 12);

    set_fprs(cpu, 0, FP_SIGN, 0);
    cpu->fpscr = FPSCR_VE | FPSCR_FR | FPSCR_FI | UINT64_C(0x04) << 12;
    assert_int_equal(execute(cpu, WORD_AB(FDIV) | RC), ISA_NEXT); /* FE0 = FE1 = 0 */
    assert_vsr(cpu, T, OLD, ~OLD);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_FEX | FPSCR_VX | FPSCR_VXZDZ | FPSCR_VE | 0x4000);
    assert_int_equal(cpu->cr[1], 14);

    set_fprs(cpu, D(1), FP_SIGN, 0);
    cpu->fpscr = FPSCR_ZE | UINT64_C(0x04) << 12;
    cpu_set_msr(cpu, MSR_TEST | MSR_FE1);
    cpu->cia = 0x1230;
    assert_int_equal(execute(cpu, WORD_AB(FDIVS)), ISA_COMPLETED_INTERRUPT);
    assert_vsr(cpu, T, OLD, ~OLD);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_FEX | FPSCR_ZX | FPSCR_ZE | 0x4000);
    assert_int_equal(cpu->fault.vector, VECTOR_PROGRAM);
    assert_bits(cpu->fault.srr1, SRR1_PROG_FP_ENABLED);
    assert_bits(cpu->nia, 0x1230); /* SRR0: the instruction itself */
    cpu_set_msr(cpu, MSR_TEST);
}

/* An enabled overflow, underflow or inexact writes its result and then interrupts. */
static void test_enabled_with_result(void **state)
{
    struct cpu *cpu = cpu_of(state);
    cpu_set_msr(cpu, MSR_TEST | MSR_FE0);
    set_fprs(cpu, D(0x1p1023), D(0x1p1023), 0);
    cpu->fpscr = FPSCR_OE;
    assert_int_equal(execute(cpu, WORD_AB(FADD)), ISA_COMPLETED_INTERRUPT);
    assert_vsr(cpu, T, D(0x1p-512), 0);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_FEX | FPSCR_OX | FPSCR_OE | 0x4000);
    set_fprs(cpu, D(1), D(3), 0);
    cpu->fpscr = FPSCR_XE;
    assert_int_equal(execute(cpu, WORD_AB(FDIV)), ISA_COMPLETED_INTERRUPT);
    assert_vsr(cpu, T, D(1.0 / 3), 0);
    cpu_set_msr(cpu, MSR_TEST);
}

static void test_unavailable(void **state)
{
    struct cpu *cpu = cpu_of(state);
    set_fprs(cpu, D(1), D(1), 0);
    cpu_set_msr(cpu, MSR_TEST & ~MSR_FP);
    assert_int_equal(execute(cpu, WORD_AB(FADD)), ISA_INTERRUPT);
    assert_int_equal(cpu->fault.vector, VECTOR_FP_UNAVAILABLE);
    cpu_set_msr(cpu, MSR_TEST & ~MSR_VSX);
    assert_int_equal(execute(cpu, WORD_AB(XSADDDP)), ISA_INTERRUPT);
    assert_int_equal(cpu->fault.vector, VECTOR_VSX_UNAVAILABLE);
    cpu_set_msr(cpu, MSR_TEST);
    assert_vsr(cpu, T, OLD, ~OLD);
}

static void test_compares(void **state)
{
    struct cpu *cpu = cpu_of(state);
    set_fprs(cpu, D(1), SNAN, 0);
    cpu->fpscr = FPSCR_VE | UINT64_C(0x1f) << 12;
    assert_int_equal(execute(cpu, WORD_BF(FCMPO)), ISA_NEXT);
    assert_int_equal(cpu->cr[1], 1); /* written although the exception is enabled */
    assert_bits(cpu->fpscr,
                FPSCR_FX | FPSCR_FEX | FPSCR_VX | FPSCR_VXSNAN | FPSCR_VE | UINT64_C(0x11) << 12);
    set_fprs(cpu, D(1), D(2), 0);
    cpu->fpscr = FPSCR_FR | FPSCR_FI;
    execute(cpu, WORD_BF(FCMPU));
    assert_int_equal(cpu->cr[1], 8);
    assert_bits(cpu->fpscr, FPSCR_FR | FPSCR_FI | UINT64_C(8) << 12);
    execute(cpu, WORD_BF(XSCMPODP));
    assert_int_equal(cpu->cr[1], 8);
    set_fprs(cpu, D(1), 0, 0);
    execute(cpu, WORD_BF(FTDIV));
    assert_int_equal(cpu->cr[1], 14);
    execute(cpu, WORD_BF(FTSQRT));
    assert_int_equal(cpu->cr[1], 14);
}

static void test_fpscr_moves(void **state)
{
    struct cpu *cpu = cpu_of(state);
    const uint32_t mtfsb1 = isa_rows[ROW_MTFSB1].value, mtfsb0 = isa_rows[ROW_MTFSB0].value;
    cpu->fpscr = 0;
    execute(cpu, mtfsb1 | 9 << 21 | RC); /* VXIDI */
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_VX | FPSCR_VXIDI);
    assert_int_equal(cpu->cr[1], 10);
    execute(cpu, mtfsb0 | 0 << 21); /* FX */
    execute(cpu, mtfsb0 | 2 << 21); /* VX cannot be cleared itself */
    execute(cpu, mtfsb1 | 1 << 21); /* nor FEX set */
    execute(cpu, mtfsb1 | 9 << 21); /* no change from 0 to 1: FX stays 0 */
    assert_bits(cpu->fpscr, FPSCR_VX | FPSCR_VXIDI);
    execute(cpu, mtfsb1 | 24 << 21); /* VE */
    assert_bits(cpu->fpscr, FPSCR_FEX | FPSCR_VX | FPSCR_VXIDI | FPSCR_VE);

    /* mcrfs clears the exceptions that it copies: field 2 is VXISI VXIDI VXZDZ VXIMZ. */
    execute(cpu, isa_rows[ROW_MCRFS].value | 3 << 23 | 2 << 18);
    assert_int_equal(cpu->cr[3], 4);
    assert_bits(cpu->fpscr, FPSCR_VE);
    cpu->fpscr = fpscr_summarize(FPSCR_FX | FPSCR_OX | FPSCR_VXSOFT);
    execute(cpu, isa_rows[ROW_MCRFS].value | 3 << 23 | 0 << 18);
    assert_int_equal(cpu->cr[3], 11);
    assert_bits(cpu->fpscr, FPSCR_VX | FPSCR_VXSOFT);

    /* mtfsfi and mtfsf set exceptions without FX. */
    cpu->fpscr = 0;
    execute(cpu, isa_rows[ROW_MTFSFI].value | 1 << 23 | 0xa << 12); /* UX, XX */
    assert_bits(cpu->fpscr, FPSCR_UX | FPSCR_XX);
    execute(cpu, isa_rows[ROW_MTFSFI].value | 7 << 23 | 1 << 16 | 5 << 12); /* W: DRN */
    assert_bits(cpu->fpscr, FPSCR_UX | FPSCR_XX | UINT64_C(0x500000000));
    execute(cpu, isa_rows[ROW_MTFSFI].value | 7 << 23 | 2 << 12); /* RN */
    assert_bits(cpu->fpscr, FPSCR_UX | FPSCR_XX | UINT64_C(0x500000002));
    execute(cpu, isa_rows[ROW_MFFS].value | T << 21);
    assert_vsr(cpu, T, FPSCR_UX | FPSCR_XX | UINT64_C(0x500000002), 0);

    set_fprs(cpu, 0, ~UINT64_C(0), 0);
    cpu->fpscr = 0;
    execute(cpu, isa_rows[ROW_MTFSF].value | 0x01 << 17 | B << 11); /* field 7 */
    assert_bits(cpu->fpscr, 0xf);
    execute(cpu, isa_rows[ROW_MTFSF].value | 1 << 25 | B << 11); /* L */
    assert_bits(cpu->fpscr, UINT64_C(0x7fffff7ff));
    set_fprs(cpu, 0, FPSCR_VX | FPSCR_FEX, 0);
    execute(cpu, isa_rows[ROW_MTFSF].value | 0xff << 17 | B << 11);
    assert_bits(cpu->fpscr, UINT64_C(0x700000000)); /* W=0 leaves DRN */
    execute(cpu, isa_rows[ROW_MTFSF].value | 0xff << 17 | 1 << 16 | B << 11);
    assert_bits(cpu->fpscr, 0);
    /* Making an exception enabled interrupts at once. */
    cpu_set_msr(cpu, MSR_TEST | MSR_FE0 | MSR_FE1);
    cpu->fpscr = FPSCR_XX;
    assert_int_equal(execute(cpu, mtfsb1 | 28 << 21), ISA_COMPLETED_INTERRUPT);
    cpu_set_msr(cpu, MSR_TEST);
}

static void test_integers(void **state)
{
    struct cpu *cpu = cpu_of(state);
    set_fprs(cpu, 0, D(-1.5), 0);
    cpu->fpscr = FP_RND_DOWN | UINT64_C(0x05) << 12;
    execute(cpu, WORD_AB(FCTIW));
    assert_bits((uint32_t)VSR_D(cpu->vsr[T], 0), 0xfffffffe);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_XX | FPSCR_FR | FPSCR_FI | 0x5000 | FP_RND_DOWN);
    execute(cpu, WORD_AB(FCTIDZ));
    assert_bits(VSR_D(cpu->vsr[T], 0), UINT64_MAX);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_XX | FPSCR_FI | 0x5000 | FP_RND_DOWN);
    cpu->fpscr = 0;
    execute(cpu, WORD_AB(FCTIWUZ));
    assert_bits((uint32_t)VSR_D(cpu->vsr[T], 0), 0);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_VX | FPSCR_VXCVI);
    set_fprs(cpu, 0, UINT64_MAX, 0);
    cpu->fpscr = 0;
    execute(cpu, WORD_AB(FCFIDU));
    assert_bits(VSR_D(cpu->vsr[T], 0), D(0x1p64));
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_XX | FPSCR_FR | FPSCR_FI | 0x4000);
    execute(cpu, WORD_AB(FCFID));
    assert_bits(VSR_D(cpu->vsr[T], 0), D(-1));
    /* frin rounds halves away from zero and is never inexact. */
    set_fprs(cpu, 0, D(2.5), 0);
    cpu->fpscr = FPSCR_FI | FPSCR_FR;
    execute(cpu, WORD_AB(FRIN));
    assert_bits(VSR_D(cpu->vsr[T], 0), D(3));
    assert_bits(cpu->fpscr, 0x4000);
    execute(cpu, WORD_AB(XSRDPIC));
    assert_bits(VSR_D(cpu->vsr[T], 0), D(2));
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_XX | FPSCR_FI | 0x4000);
}

static void test_moves(void **state)
{
    struct cpu *cpu = cpu_of(state);
    cpu->fpscr = UINT64_C(0x12) << 12;
    set_fprs(cpu, FP_SIGN | 5, SNAN, D(4));
    execute(cpu, WORD_AB(FNEG));
    assert_vsr(cpu, T, SNAN | FP_SIGN, 0);
    execute(cpu, WORD_AB(FNABS));
    assert_vsr(cpu, T, SNAN | FP_SIGN, 0);
    execute(cpu, WORD_AB(FMR));
    assert_vsr(cpu, T, SNAN, 0);
    execute(cpu, WORD_AB(FCPSGN));
    assert_vsr(cpu, T, SNAN | FP_SIGN, 0);
    execute(cpu, WORD_ABC(FSEL)); /* FRA is below zero */
    assert_vsr(cpu, T, SNAN, 0);
    set_fprs(cpu, FP_SIGN, SNAN, D(4));
    execute(cpu, WORD_ABC(FSEL)); /* -0 is not */
    assert_vsr(cpu, T, D(4), 0);
    set_fprs(cpu, QNAN, D(3), D(4));
    execute(cpu, WORD_ABC(FSEL));
    assert_vsr(cpu, T, D(3), 0);
    set_fprs(cpu, UINT64_C(0x1111111122222222), UINT64_C(0x3333333344444444), 0);
    execute(cpu, WORD_AB(FMRGEW));
    assert_vsr(cpu, T, UINT64_C(0x1111111133333333), 0);
    execute(cpu, WORD_AB(FMRGOW));
    assert_vsr(cpu, T, UINT64_C(0x2222222244444444), 0);
    assert_bits(cpu->fpscr, UINT64_C(0x12) << 12);
}

static void check_storage(struct cpu *cpu)
{
    uint64_t value;
    cpu->gpr[5] = DATA;
    cpu->gpr[6] = 16;
    set_fprs(cpu, D(1.5), 0, 0);
    set_vsr(cpu, T, D(-1.5), 7);
    assert_int_equal(execute(cpu, WORD_D(STFDU, 5, 8)), ISA_NEXT);
    assert_bits(cpu->gpr[5], DATA + 8);
    assert_true(mem_load64(cpu, DATA + 8, &value));
    assert_bits(value, D(-1.5));
    assert_int_equal(execute(cpu, WORD_X(STFSX, 5, 6)), ISA_NEXT);
    uint32_t word;
    assert_true(mem_load32(cpu, DATA + 24, &word));
    assert_bits(word, 0xbfc00000);
    assert_int_equal(execute(cpu, WORD_X(STFIWX, 5, 6)), ISA_NEXT);
    assert_true(mem_load32(cpu, DATA + 24, &word));
    assert_bits(word, 0);
    assert_true(mem_store32(cpu, DATA + 24, 0x80000001));
    execute(cpu, WORD_X(LFSUX, 5, 6));
    assert_vsr(cpu, T, D(-0x1p-149), 0);
    assert_bits(cpu->gpr[5], DATA + 24);
    execute(cpu, WORD_X(LFIWAX, 0, 5));
    assert_vsr(cpu, T, UINT64_C(0xffffffff80000001), 0);
    execute(cpu, WORD_X(LFIWZX, 0, 5));
    assert_vsr(cpu, T, UINT64_C(0x80000001), 0);

    /* The even register belongs to the lower address in both byte orders. */
    set_vsr(cpu, 8, 0x88, 1);
    set_vsr(cpu, 9, 0x99, 1);
    execute(cpu, isa_rows[ROW_STFDP].value | 8 << 21 | 5 << 16 | 16);
    assert_true(mem_load64(cpu, DATA + 40, &value));
    assert_bits(value, 0x88);
    assert_true(mem_load64(cpu, DATA + 48, &value));
    assert_bits(value, 0x99);
    set_vsr(cpu, 8, 0, 1);
    set_vsr(cpu, 9, 0, 1);
    cpu->gpr[6] = 16;
    execute(cpu, isa_rows[ROW_LFDPX].value | 8 << 21 | 5 << 16 | 6 << 11);
    assert_vsr(cpu, 8, 0x88, 0);
    assert_vsr(cpu, 9, 0x99, 0);
}

static void test_storage(void **state)
{
    struct cpu *cpu = cpu_of(state);
    cpu->fpscr = 0;
    check_storage(cpu);
    cpu_set_msr(cpu, MSR_TEST & ~MSR_LE);
    check_storage(cpu);
    cpu_set_msr(cpu, MSR_TEST);
    assert_bits(cpu->fpscr, 0);
    /* A fault changes neither target nor RA. */
    set_fprs(cpu, 0, 0, 0);
    cpu->gpr[5] = UINT64_C(0x40000000);
    assert_int_equal(execute(cpu, WORD_D(LFSU, 5, 16)), ISA_INTERRUPT);
    assert_int_equal(execute(cpu, WORD_D(STFDU, 5, 16)), ISA_INTERRUPT);
    assert_bits(cpu->gpr[5], 0x40000000);
    assert_vsr(cpu, T, OLD, ~OLD);
}

static void test_vectors(void **state)
{
    struct cpu *cpu = cpu_of(state);
    set_fprs(cpu, 0, 0, 0);
    set_vsr(cpu, A, D(1), SNAN);
    set_vsr(cpu, B, D(3), D(1));
    cpu->fpscr = FPSCR_FR | FPSCR_FPRF;
    assert_int_equal(execute(cpu, WORD_AB(XVDIVDP)), ISA_NEXT);
    assert_vsr(cpu, T, D(1.0 / 3), SNAN | FP_QUIET);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_XX | FPSCR_VX | FPSCR_VXSNAN | FPSCR_FR | FPSCR_FPRF);
    /* One enabled exception in one element: nothing is written, all exceptions are noted. */
    set_vsr(cpu, T, OLD, OLD);
    cpu->fpscr = FPSCR_XE;
    assert_int_equal(execute(cpu, WORD_AB(XVDIVDP)), ISA_NEXT);
    assert_vsr(cpu, T, OLD, OLD);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_FEX | FPSCR_XX | FPSCR_VX | FPSCR_VXSNAN | FPSCR_XE);
    /* A sticky exception of earlier does not hold a result back. */
    cpu->fpscr = fpscr_summarize(FPSCR_ZX | FPSCR_ZE);
    execute(cpu, WORD_AB(XVADDDP));
    assert_bits(VSR_D(cpu->vsr[T], 0), D(4));

    cpu->fpscr = 0;
    set_vsr(cpu, A, D(1), FP_SIGN);
    set_vsr(cpu, B, D(1), 0);
    execute(cpu, WORD_AB(XVCMPEQDP) | 1 << 10);
    assert_vsr(cpu, T, UINT64_MAX, UINT64_MAX);
    assert_int_equal(cpu->cr[6], 8);
    execute(cpu, WORD_AB(XVCMPGTSP) | 1 << 10);
    assert_vsr(cpu, T, 0, 0);
    assert_int_equal(cpu->cr[6], 2);
    set_vsr(cpu, B, D(1), QNAN);
    execute(cpu, WORD_AB(XVCMPGEDP));
    assert_vsr(cpu, T, UINT64_MAX, 0);
    assert_int_equal(cpu->cr[6], 2); /* Rc=0 */
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_VX | FPSCR_VXVC);
    execute(cpu, WORD_BF(XVTDIVDP));
    assert_int_equal(cpu->cr[1], 10);
}

/* Type-A and type-M forms, and registers above 31. */
static void test_fused_forms(void **state)
{
    struct cpu *cpu = cpu_of(state);
    const uint32_t high = 7; /* AX, BX, TX */
    set_vsr(cpu, 32 + A, D(2), D(20));
    set_vsr(cpu, 32 + B, D(3), D(30));
    set_vsr(cpu, 32 + T, D(5), D(50));
    execute(cpu, WORD_AB(XVMADDADP) | high);
    assert_vsr(cpu, 32 + T, D(11), D(650));
    set_vsr(cpu, 32 + T, D(5), D(50));
    execute(cpu, WORD_AB(XVMSUBMDP) | high);
    assert_vsr(cpu, 32 + T, D(7), D(970));
    set_vsr(cpu, 32 + T, D(5), D(50));
    execute(cpu, WORD_AB(XSNMADDMDP) | high);
    assert_vsr(cpu, 32 + T, D(-13), 0);
    set_vsr(cpu, 32 + T, D(5), D(50));
    execute(cpu, WORD_AB(XSNMSUBASP) | high);
    assert_vsr(cpu, 32 + T, D(-1), 0);
    /* FRT <- FRA * FRC + FRB */
    set_fprs(cpu, D(2), D(3), D(5));
    execute(cpu, WORD_ABC(FMADD));
    assert_vsr(cpu, T, D(13), 0);
    execute(cpu, WORD_ABC(FNMSUBS));
    assert_vsr(cpu, T, D(-7), 0);
}

static void test_vsx_conversions(void **state)
{
    struct cpu *cpu = cpu_of(state);
    cpu->fpscr = 0;
    set_vsr(cpu, B, D(-1.5), D(2.75));
    execute(cpu, WORD_AB(XSCVDPSP));
    assert_vsr(cpu, T, UINT64_C(0xbfc00000bfc00000), 0);
    execute(cpu, WORD_AB(XVCVDPSP));
    assert_vsr(cpu, T, UINT64_C(0xbfc00000bfc00000), UINT64_C(0x4030000040300000));
    execute(cpu, WORD_AB(XVCVDPSXWS));
    assert_vsr(cpu, T, UINT64_C(0xffffffffffffffff), UINT64_C(0x0000000200000002));
    execute(cpu, WORD_AB(XSCVDPSXWS));
    assert_vsr(cpu, T, UINT64_MAX, 0);
    execute(cpu, WORD_AB(XVNEGSP));
    assert_vsr(cpu, T, D(1.5) | 0x80000000, D(-2.75) | 0x80000000);
    assert_bits(cpu->fpscr & FPSCR_EXCEPTIONS, FPSCR_XX);

    cpu->fpscr = 0;
    set_vsr(cpu, B, UINT64_C(0x3fc00000deadbeef), UINT64_C(0xc010000000000000));
    execute(cpu, WORD_AB(XVCVSPDP));
    assert_vsr(cpu, T, D(1.5), D(-2.25));
    execute(cpu, WORD_AB(XVCVSPSXDS));
    assert_vsr(cpu, T, 1, UINT64_C(0xfffffffffffffffe));
    execute(cpu, WORD_AB(XVCVSPSXWS));
    assert_vsr(cpu, T, UINT64_C(0x0000000180000000), UINT64_C(0xfffffffe00000000));
    set_vsr(cpu, B, UINT64_C(0xffffffff00000001), UINT64_C(0x8000000000000000));
    execute(cpu, WORD_AB(XVCVSXWDP));
    assert_vsr(cpu, T, D(-1), D(-0x1p31));
    execute(cpu, WORD_AB(XVCVUXWDP));
    assert_vsr(cpu, T, D(0x1p32 - 1), D(0x1p31));
    execute(cpu, WORD_AB(XVCVSXWSP));
    assert_vsr(cpu, T, UINT64_C(0xbf8000003f800000), UINT64_C(0xcf00000000000000));
    execute(cpu, WORD_AB(XVCVUXDSP));
    assert_vsr(cpu, T, UINT64_C(0x5f8000005f800000), UINT64_C(0x5f0000005f000000));

    /* The non-signalling forms keep signalling NaNs and the FPSCR. */
    cpu->fpscr = 0;
    set_vsr(cpu, B, UINT64_C(0xff80000100000000), 0);
    execute(cpu, WORD_AB(XSCVSPDPN));
    assert_vsr(cpu, T, UINT64_C(0xfff0000020000000), 0);
    set_vsr(cpu, B, UINT64_C(0xfff0000020000000), 0);
    execute(cpu, WORD_AB(XSCVDPSPN));
    assert_vsr(cpu, T, UINT64_C(0xff800001ff800001), 0);
    assert_bits(cpu->fpscr, 0);
    execute(cpu, WORD_AB(XSCVDPSP));
    assert_vsr(cpu, T, UINT64_C(0xffc00001ffc00001), 0);
    assert_bits(cpu->fpscr, FPSCR_FX | FPSCR_VX | FPSCR_VXSNAN | UINT64_C(0x11) << 12);
    /* Maximum leaves FR, FI and FPRF. */
    cpu->fpscr = FPSCR_FR | FPSCR_FPRF;
    set_fprs(cpu, D(1), D(2), 0);
    execute(cpu, WORD_AB(XSMAXDP));
    assert_vsr(cpu, T, D(2), 0);
    assert_bits(cpu->fpscr, FPSCR_FR | FPSCR_FPRF);
}

/*
 * Whatever an arithmetic row is fed: the summaries are right, no exception bit disappears, no
 * control bit changes, FI means XX, and FX rises with any new exception.
 */
static void test_every_row_keeps_the_rules(void **state)
{
    struct cpu *cpu = cpu_of(state);
    const uint64_t kept = FPSCR_DRN | 0xff;
    uint64_t seed = 21;
    unsigned rows = 0;
    for (unsigned row = 1; row < ISA_ROW_COUNT; row++) {
        const struct isa_row *r = &isa_rows[row];
        if ((r->unit != UNIT_FP && r->unit != UNIT_FPD) || !(r->effects & E_FPSCR_RD) ||
            !(r->effects & E_FPSCR_WR) || row == ROW_MCRFS)
            continue;
        rows++;
        for (unsigned n = 0; n < 400; n++) {
            for (unsigned i = T; i <= C; i++)
                for (unsigned d = 0; d < 2; d++)
                    VSR_D(cpu->vsr[i], d) =
                        n & 1 ? test_random_double(&seed)
                              : corner_doubles[test_random(&seed) % ARRAY_SIZE(corner_doubles)];
            const uint64_t before =
                fpscr_summarize(test_random(&seed) & test_random(&seed) & FPSCR_WRITABLE);
            cpu->fpscr = before;
            uint32_t word = r->value | T << 21 | A << 16 | B << 11;
            if (r->opsig == OPSIG_FRT_FRA_FRC || r->opsig == OPSIG_FRT_FRA_FRC_FRB)
                word |= C << 6;
            assert_int_equal(execute(cpu, word), ISA_NEXT);
            const uint64_t after = cpu->fpscr, raised = after & ~before & FPSCR_EXCEPTIONS;
            if (after != fpscr_summarize(after) || ((before ^ after) & kept) ||
                (before & ~after & (FPSCR_EXCEPTIONS | FPSCR_FX)) ||
                (raised && !(after & FPSCR_FX)) || (!raised && ((before ^ after) & FPSCR_FX)) ||
                ((after & ~before & FPSCR_FI) && !(after & FPSCR_XX)))
                fail_msg("%s (%08x): FPSCR %llx became %llx", r->mnemonic, word,
                         (unsigned long long)before, (unsigned long long)after);
        }
    }
    assert_true(rows > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic_updates_fpscr),
        cmocka_unit_test(test_invalid_disabled_and_enabled),
        cmocka_unit_test(test_enabled_with_result),
        cmocka_unit_test(test_unavailable),
        cmocka_unit_test(test_compares),
        cmocka_unit_test(test_fpscr_moves),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_fused_forms),
        cmocka_unit_test(test_vsx_conversions),
        cmocka_unit_test(test_every_row_keeps_the_rules),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
