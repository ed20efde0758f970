/*
 * Decimal floating point through the decoder and the precise handlers: results, forms, the FPSCR
 * and CR (Book I 5). Operands are written as coefficient and exponent; test_dfp_measured.c has
 * images.
 */
#include "dfp_fixture.h"

#define P         0x04u /* FPRF of normal, subnormal, zero, infinity; N is minus */
#define N         0x08u
#define PS        0x14u
#define NS        0x18u
#define PZ        0x02u
#define NZ        0x12u
#define PI        0x05u
#define NI        0x09u
#define NAN_CLASS 0x11u

#define FI      FPSCR_FI
#define FR      FPSCR_FR
#define FX_XX   (FPSCR_FX | FPSCR_XX)
#define INEXACT (FX_XX | FI)
#define VX(bit) (FPSCR_FX | FPSCR_VX | FPSCR_##bit)

static void test_declets(void **state)
{
    unsigned canonical = 0;
    (void)state;
    for (unsigned value = 0; value < 1000; value++)
        assert_int_equal(dfp_declet_decode(dfp_declet_encode(value)), value);
    for (unsigned declet = 0; declet < 1024; declet++) {
        const unsigned value = dfp_declet_decode(declet);
        assert_in_range(value, 0, 999);
        canonical += dfp_declet_encode(value) == declet;
    }
    assert_int_equal(canonical, 1000);
    assert_int_equal(dfp_declet_encode(5), 0x005);
    assert_int_equal(dfp_declet_encode(79), 0x079);
    assert_int_equal(dfp_declet_encode(888), 0x06e);
    assert_int_equal(dfp_declet_encode(999), 0x0ff);
    assert_int_equal(dfp_declet_decode(0x3ff), 999);
}

static void test_images(void **state)
{
    static const struct dfp_format *const formats[] = {&dfp_short, &dfp_long, &dfp_extended};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const struct dfp_format *f = formats[i];
        dfp_uint128 all_nines = 0;
        for (unsigned digit = 0; digit < f->precision; digit++)
            all_nines = all_nines * 10 + 9;
        const int exps[] = {f->xmin, -1, 0, 1, f->xmax};
        for (unsigned e = 0; e < 5; e++) {
            for (unsigned leading = 0; leading < 10; leading++) {
                const dfp_uint128 coefficient = all_nines / 9 * leading;
                const struct dfp_number n = {DFP_FINITE, leading & 1, exps[e], coefficient};
                const struct dfp_number back = dfp_decode(f, dfp_encode(f, n));
                assert_int_equal(back.kind, DFP_FINITE);
                assert_int_equal(back.sign, n.sign);
                assert_int_equal(back.exp, n.exp);
                assert_true(back.coefficient == n.coefficient);
            }
        }
    }
    /* Bits behind the first five are ignored in infinities, behind the first six in NaNs. */
    assert_int_equal(dfp_decode(&dfp_long, UINT64_C(0x7bfc000000000001)).kind, DFP_INFINITY);
    assert_int_equal(dfp_decode(&dfp_long, UINT64_C(0x7dfc000000000001)).kind, DFP_QNAN);
    assert_int_equal(dfp_decode(&dfp_long, UINT64_C(0xfe00000000000000)).kind, DFP_SNAN);
}

static void check_all(struct cpu *cpu, const struct dfp_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dfp_check(cpu, &cases[i], i);
}
#define CHECK(cpu, cases) check_all(cpu, cases, sizeof(cases) / sizeof((cases)[0]))

/* Among equal forms the one whose exponent is nearest to the ideal one (5.5.8). */
static void test_ideal_exponents(void **state)
{
    const struct dfp_case cases[] = {
        {ROW_DADD, .a = L(10, -1), .b = L(100, -2), .want = L(200, -2), .fprf = P},
        {ROW_DADD, .a = L(0, 5), .b = L(1, 10), .want = L(100000, 5), .fprf = P},
        {ROW_DADD, .a = L(0, -300), .b = L(1, 0), .want = L(1000000000000000, -15), .fprf = P},
        {ROW_DADD, .a = L(9999999999999999, 0), .b = L(1, 0), .want = L(1000000000000000, 1),
         .fprf = P},
        {ROW_DSUB, .a = L(100, -2), .b = L(1, 0), .want = L(0, -2), .fprf = PZ},
        {ROW_DMUL, .a = L(20, -1), .b = L(30, -1), .want = L(600, -2), .fprf = P},
        {ROW_DMUL, .a = L(1, 369), .b = L(1, 5), .want = L(100000, 369), .fprf = P},
        {ROW_DMUL, .a = L(0, 369), .b = LM(1, 5), .want = LM(0, 369), .fprf = NZ},
        {ROW_DMUL, .a = L(0, -398), .b = L(1, -5), .want = L(0, -398), .fprf = PZ},
        {ROW_DDIV, .a = L(600, -2), .b = L(2, 0), .want = L(300, -2), .fprf = P},
        {ROW_DDIV, .a = L(1, 0), .b = L(8, 0), .want = L(125, -3), .fprf = P},
        {ROW_DDIV, .a = L(100, 0), .b = L(5, 2), .want = L(20, -2), .fprf = P},
        {ROW_DDIV, .a = L(0, 3), .b = LM(7, 5), .want = LM(0, -2), .fprf = NZ},
        {ROW_DDIV, .a = L(7, 3), .b = INF, .want = L(0, -398), .fprf = PZ},
        {ROW_DRINTX, .b = L(120, 2), .want = L(120, 2), .fprf = P},
        {ROW_DRINTX, .b = L(1200, -2), .want = L(12, 0), .fprf = P},
        {ROW_DCFFIX, .raw_b = 120, .want = L(120, 0), .fprf = P},
        {ROW_DCFFIX, .raw_b = UINT64_C(10000000000000000), .want = L(1000000000000000, 1),
         .fprf = P},
        {ROW_DCFFIX, .raw_b = UINT64_C(0x8000000000000000), .want = LM(9223372036854776, 3),
         .fprf = N, .raised = INEXACT | FR},
    };
    CHECK(cpu_of(state), cases);
}

/* The eight modes on a tie, and just beside it, of both signs (5.5.2). */
static void test_rounding_modes(void **state)
{
    struct cpu *cpu = cpu_of(state);
    static const struct {
        uint64_t coefficient; /* of 16 digits, to be rounded to 15 */
        bool sign;
        uint8_t up; /* bit DRN: the magnitude is incremented */
    } rounds[] = {
        {1000000000000000, false, 0x00}, {1000000000000021, false, 0x44},
        {1000000000000025, false, 0x54}, {1000000000000035, false, 0x55},
        {1000000000000026, false, 0x75}, {1000000000000005, false, 0xd4},
        {1000000000000051, false, 0xc4}, {1000000000000095, false, 0x55},
        {1000000000000021, true, 0x48},  {1000000000000025, true, 0x58},
        {1000000000000059, true, 0xf9},
    };
    for (unsigned i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        for (unsigned drn = 0; drn < 8; drn++) {
            const bool inexact = rounds[i].coefficient % 10 != 0, up = rounds[i].up >> drn & 1;
            const struct dfp_case c = {
                ROW_DQUAI,
                .fields = 1 << 16 | 3 << 9, /* TE=1, RMC=3: by DRN */
                .fpscr = (uint64_t)drn << 32,
                .b = {DFP_FINITE, rounds[i].sign, 0, rounds[i].coefficient},
                .want = {DFP_FINITE, rounds[i].sign, 1, rounds[i].coefficient / 10 + up},
                .fprf = rounds[i].sign ? N : P,
                .raised = (inexact ? INEXACT : 0) | (up ? FR : 0),
            };
            dfp_check(cpu, &c, i * 8 + drn);
        }
    }
    /* RMC and R name a mode of their own: drintx of 2.5 with DRN=1. */
    static const uint8_t immediate[2][4] = {{0, 1, 4, 1}, {2, 3, 6, 5}};
    for (unsigned k = 0; k < 8; k++) {
        const bool up = 0x54 >> immediate[k / 4][k % 4] & 1;
        const struct dfp_case c = {.row = ROW_DRINTX,
                                   .fields = (k / 4) << 16 | (k % 4) << 9,
                                   .fpscr = UINT64_C(1) << 32,
                                   .b = L(25, -1),
                                   .want = L(2 + up, 0),
                                   .fprf = P,
                                   .raised = INEXACT | (up ? FR : 0)};
        dfp_check(cpu, &c, k);
    }
}

/* What an overflow that is not enabled gives, by mode and sign (5.5.10.3). */
static void test_overflow(void **state)
{
    struct cpu *cpu = cpu_of(state);
    for (unsigned drn = 0; drn < 8; drn++) {
        for (unsigned sign = 0; sign < 2; sign++) {
            const bool stays = drn == 1 || drn == 7 || drn == (sign ? 2 : 3);
            struct dfp_case c = {.row = ROW_DMUL,
                                 .fpscr = (uint64_t)drn << 32,
                                 .a = L(9999999999999999, 369),
                                 .b = L(10, 0),
                                 .fprf = stays ? P : PI,
                                 .raised = INEXACT | FPSCR_OX | (stays ? 0 : FR)};
            c.b.sign = sign;
            c.want = stays ? c.a : (struct dfp_number)INF;
            c.want.sign = sign;
            if (sign)
                c.fprf = stays ? N : NI;
            dfp_check(cpu, &c, drn * 2 + sign);
        }
    }
    const struct dfp_case cases[] = {
        /* Rounding is what overflows. */
        {ROW_DADD, .a = L(9999999999999999, 369), .b = L(5, 368), .want = INF, .fprf = PI,
         .raised = INEXACT | FPSCR_OX | FR},
        {ROW_DADD, .a = L(9999999999999999, 369), .b = L(4, 368), .want = L(9999999999999999, 369),
         .fprf = P, .raised = INEXACT},
        /* Enabled: the exponent less 576, exact or rounded. */
        {ROW_DMUL, .fpscr = FPSCR_OE, .a = L(10, 369), .b = L(10, 300), .want = L(100, 93),
         .fprf = P, .raised = FPSCR_FX | FPSCR_FEX | FPSCR_OX},
        {ROW_DADD, .fpscr = FPSCR_OE, .a = L(9999999999999999, 369), .b = L(5, 368),
         .want = L(1000000000000000, 370 - 576), .fprf = P,
         .raised = INEXACT | FPSCR_FEX | FPSCR_OX | FR},
        {ROW_DMULQ, .fpscr = FPSCR_OE, .a = L(1, 6111), .b = LM(3, 6111),
         .want = LM(3, 2 * 6111 - 9216), .fprf = N, .raised = FPSCR_FX | FPSCR_FEX | FPSCR_OX},
    };
    CHECK(cpu, cases);
}

/* Tiny before rounding; inexact too, or enabled (5.5.10.4). */
static void test_underflow(void **state)
{
    const struct dfp_case cases[] = {
        {ROW_DMUL, .a = L(12, -398), .b = L(1, 0), .want = L(12, -398), .fprf = PS},
        {ROW_DMUL, .a = L(120, -398), .b = L(1, -1), .want = L(12, -398), .fprf = PS},
        {ROW_DMUL, .a = L(15, -398), .b = LM(1, -1), .want = LM(2, -398), .fprf = NS,
         .raised = INEXACT | FPSCR_UX | FR},
        {ROW_DMUL, .a = L(1, -398), .b = L(1, -398), .want = L(0, -398), .fprf = PZ,
         .raised = INEXACT | FPSCR_UX},
        /* Rounded to the smallest normal number, but tiny before. */
        {ROW_DMUL, .a = L(9999999999999999, -398), .b = L(1, -1), .want = L(1000000000000000, -398),
         .fprf = P, .raised = INEXACT | FPSCR_UX | FR},
        {ROW_DMUL, .fpscr = FPSCR_UE, .a = L(120, -398), .b = L(10, -300),
         .want = L(1200, -698 + 576), .fprf = P, .raised = FPSCR_FX | FPSCR_FEX | FPSCR_UX},
        {ROW_DMULQ, .fpscr = FPSCR_UE, .a = L(1, -6176), .b = L(3, -6176),
         .want = L(3, 9216 - 2 * 6176), .fprf = P, .raised = FPSCR_FX | FPSCR_FEX | FPSCR_UX},
    };
    CHECK(cpu_of(state), cases);
}

static void test_invalid_operations(void **state)
{
    struct cpu *cpu = cpu_of(state);
    const struct dfp_case cases[] = {
        {ROW_DSUB, .a = INF, .b = INF, .raised = VX(VXISI)},
        {ROW_DMUL, .a = INF, .b = L(0, 0), .raised = VX(VXIMZ)},
        {ROW_DDIV, .a = INF, .b = INF, .raised = VX(VXIDI)},
        {ROW_DDIV, .a = L(0, 0), .b = L(0, 7), .raised = VX(VXZDZ)},
        {ROW_DQUA, .a = L(1, 0), .b = L(9, 16), .raised = VX(VXCVI)},
        {ROW_DQUA, .a = INF, .b = L(1, 0), .raised = VX(VXCVI)},
        {ROW_DQUA, .a = L(1, 0), .b = INF, .raised = VX(VXCVI)},
        {ROW_DQUAI, .b = INF, .raised = VX(VXCVI)},
        {ROW_DRRND, .raw_a = 1, .b = L(11, 369), .raised = VX(VXCVI)},
        {ROW_DENBCD, .raw_b = 0xa, .raised = VX(VXCVI)},
        {ROW_DENBCD, .fields = 1 << 20, .raw_b = 0x19, .raised = VX(VXCVI)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dfp_case c = cases[i];
        c.want = (struct dfp_number)QNAN(0);
        c.fprf = NAN_CLASS;
        dfp_check(cpu, &c, i);
        c.fpscr = FPSCR_VE;
        c.raised |= FPSCR_FEX;
        c.suppressed = true;
        dfp_check(cpu, &c, i);
    }
    const struct dfp_case zero_divide[] = {
        {ROW_DDIV, .a = LM(3, 0), .b = L(0, 0), .want = {DFP_INFINITY, true, 0, 0}, .fprf = NI,
         .raised = FPSCR_FX | FPSCR_ZX},
        {ROW_DDIV, .fpscr = FPSCR_ZE, .a = LM(3, 0), .b = L(0, 0), .suppressed = true,
         .raised = FPSCR_FX | FPSCR_FEX | FPSCR_ZX},
    };
    CHECK(cpu, zero_divide);
}

/* A signalling NaN before a quiet one, then a before b; payloads are kept. */
static void test_nans(void **state)
{
    const struct dfp_case cases[] = {
        {ROW_DADD, .a = QNAN(5), .b = QNAN(6), .want = QNAN(5), .fprf = NAN_CLASS},
        {ROW_DADD, .a = L(1, 0), .b = QNAN(6), .want = QNAN(6), .fprf = NAN_CLASS},
        {ROW_DADD, .a = QNAN(5), .b = SNAN(6), .want = QNAN(6), .fprf = NAN_CLASS,
         .raised = VX(VXSNAN)},
        {ROW_DQUA, .a = SNAN(5), .b = SNAN(6), .want = QNAN(5), .fprf = NAN_CLASS,
         .raised = VX(VXSNAN)},
        {ROW_DRINTN, .b = SNAN(6), .want = QNAN(6), .fprf = NAN_CLASS, .raised = VX(VXSNAN)},
        {ROW_DSUB, .a = L(1, 0), .b = QNAN(7), .want = QNAN(7), .fprf = NAN_CLASS},
    };
    CHECK(cpu_of(state), cases);
}

static void test_quantum(void **state)
{
    const struct dfp_case cases[] = {
        {ROW_DQUA, .a = L(9, -2), .b = L(12, 0), .want = L(1200, -2), .fprf = P},
        {ROW_DQUA, .a = L(9, 369), .b = LM(0, -7), .want = LM(0, 369), .fprf = NZ},
        {ROW_DQUA, .a = INF, .b = INF, .want = INF, .fprf = PI},
        {ROW_DQUA, .a = L(1, 3), .b = L(12, 0), .want = L(0, 3), .fprf = PZ, .raised = INEXACT},
        /* Neither tiny nor too large is an exception here. */
        {ROW_DQUA, .a = L(1, -398), .b = L(5, -398), .want = L(5, -398), .fprf = PS},
        {ROW_DRRND, .raw_a = 2, .b = L(995, 0), .want = L(10, 2), .fprf = P,
         .raised = INEXACT | FR},
        {ROW_DRRND, .raw_a = 0, .b = L(995, 0), .want = L(995, 0), .fprf = P},
        {ROW_DRRND, .raw_a = 64 + 5, .b = L(995, 0), .want = L(995, 0), .fprf = P},
        {ROW_DRRND, .raw_a = 1, .b = INF, .want = INF, .fprf = PI},
        {ROW_DRINTN, .b = L(27, -1), .want = L(3, 0), .fprf = P},
        {ROW_DRINTX, .b = LM(4, -1), .want = LM(0, 0), .fprf = NZ, .raised = INEXACT},
        {ROW_DRINTX, .b = INF, .want = INF, .fprf = PI},
    };
    CHECK(cpu_of(state), cases);
}

static void test_compares_and_tests(void **state)
{
    struct cpu *cpu = cpu_of(state);
    const struct dfp_case cases[] = {
        {ROW_DCMPU, .a = L(10, -1), .b = L(1, 0), .field = 2},
        {ROW_DCMPU, .a = LM(1, 369), .b = L(1, -398), .field = 8},
        {ROW_DCMPU, .a = LM(0, 3), .b = L(0, 1), .field = 2},
        {ROW_DCMPU, .a = INF, .b = L(1, 369), .field = 4},
        {ROW_DCMPU, .a = QNAN(0), .b = L(1, 0), .field = 1},
        {ROW_DCMPU, .a = SNAN(0), .b = L(1, 0), .field = 1, .raised = VX(VXSNAN)},
        {ROW_DCMPO, .a = QNAN(0), .b = L(1, 0), .field = 1, .raised = VX(VXVC)},
        {ROW_DCMPO, .a = SNAN(0), .b = L(1, 0), .field = 1, .raised = VX(VXSNAN) | FPSCR_VXVC},
        {ROW_DCMPO, .fpscr = FPSCR_VE, .a = SNAN(0), .b = L(1, 0), .field = 1,
         .raised = VX(VXSNAN) | FPSCR_FEX},
        {ROW_DTSTEX, .a = L(1, 5), .b = LM(9, 5), .field = 2},
        {ROW_DTSTEX, .a = L(1, 5), .b = L(0, 6), .field = 8},
        {ROW_DTSTEX, .a = QNAN(1), .b = SNAN(2), .field = 2},
        {ROW_DTSTEX, .a = QNAN(1), .b = INF, .field = 1},
        {ROW_DTSTEX, .a = INF, .b = INF, .field = 2},
        {ROW_DTSTEX, .a = INF, .b = L(1, 0), .field = 1},
        {ROW_DTSTSF, .raw_a = 3, .b = L(100, 5), .field = 2},
        {ROW_DTSTSF, .raw_a = 2, .b = L(100, 5), .field = 8},
        {ROW_DTSTSF, .raw_a = 64, .b = L(100, 5), .field = 4},
        {ROW_DTSTSF, .raw_a = 1, .b = L(0, 5), .field = 4},
        {ROW_DTSTSF, .raw_a = 1, .b = INF, .field = 1},
    };
    const struct {
        struct dfp_number a;
        uint8_t dcm, dgm;
    } classes[] = {
        {L(0, 0), 32, 32},   {L(0, -398), 32, 16},
        {L(0, 369), 32, 16}, {L(1, -398), 16, 8},
        {L(1, -390), 16, 8}, {L(1, 0), 8, 4},
        {L(1, 369), 8, 8},   {L(1000000000000000, -398), 8, 8},
        {INF, 4, 1},         {L(1000000000000000, 0), 8, 2},
        {QNAN(3), 2, 1},     {SNAN(3), 1, 1},
        {L(1, -383), 8, 4},  {L(999999999999999, -398), 16, 8},
    };
    CHECK(cpu, cases);
    for (unsigned i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        for (unsigned mask = 1; mask < 64; mask <<= 1) {
            struct dfp_case c = {.row = ROW_DTSTDC, .fields = mask << 10, .a = classes[i].a};
            c.a.sign = mask & 1;
            c.field = (c.a.sign ? 8 : 0) | (classes[i].dcm == mask ? 2 : 0);
            dfp_check(cpu, &c, i);
            c.row = ROW_DTSTDG;
            c.field = (c.a.sign ? 8 : 0) | (classes[i].dgm == mask ? 2 : 0);
            dfp_check(cpu, &c, i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declets),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_ideal_exponents),
        cmocka_unit_test(test_rounding_modes),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_underflow),
        cmocka_unit_test(test_invalid_operations),
        cmocka_unit_test(test_nans),
        cmocka_unit_test(test_quantum),
        cmocka_unit_test(test_compares_and_tests),
    };
    return cmocka_run_group_tests(tests, dfp_setup, dfp_teardown);
}
