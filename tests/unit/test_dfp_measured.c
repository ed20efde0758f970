/*
 * Decimal floating point on images: results measured on POWER7, conversions and format
 * instructions, which registers are named, and what ends an instruction.
 */
#include "dfp_fixture.h"

#define UNUSED DFP_OLD

struct image_case {
    unsigned row;
    uint32_t fields;
    unsigned drn;
    uint64_t a[2], b[2], want[2];
};

static void check_images(struct cpu *cpu, const struct image_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct image_case *c = &cases[i];
        for (unsigned k = 0; k < 2; k++) {
            dfp_set(cpu, DFP_A + k, c->a[k]);
            dfp_set(cpu, DFP_B + k, c->b[k]);
        }
        cpu->fpscr = (uint64_t)c->drn << 32;
        assert_int_equal(dfp_execute(cpu, c->row, c->fields), ISA_NEXT);
        if (dfp_get(cpu, DFP_T) != c->want[0] || dfp_get(cpu, DFP_T + 1) != c->want[1])
            print_error("%s, case %zu\n", isa_rows[c->row].mnemonic, i);
        assert_int_equal(dfp_get(cpu, DFP_T), c->want[0]);
        assert_int_equal(dfp_get(cpu, DFP_T + 1), c->want[1]);
    }
}
#define CHECK(state, cases) check_images(cpu_of(state), cases, sizeof(cases) / sizeof((cases)[0]))

/* Each of the eight modes in turn, on the hardware. */
static void test_measured_rounding(void **state)
{
    static const struct {
        unsigned row;
        uint64_t a, b, want[8];
    } measured[] = {
        {ROW_DRSP,
         UNUSED,
         0xa21400010a395bcf,
         {0xb1f28e57, 0xb1f28e56, 0xb1f28e56, 0xb1f28e57, 0xb1f28e57, 0xb1f28e57, 0xb1f28e57,
          0xb1f28e56}},
        {ROW_DRSP,
         UNUSED,
         0x6e4d3f1f534acdd4,
         {0x6f34fc7d, 0x6f34fc7d, 0x6f34fd7c, 0x6f34fc7d, 0x6f34fc7d, 0x6f34fc7d, 0x6f34fd7c,
          0x6f34fc7d}},
        {ROW_DRSP, UNUSED, 0x000400000089b000, {0, 0, 1, 0, 0, 0, 1, 1}},
        {ROW_DMUL,
         0x26cc3f1f534acdd4,
         0x27feff197a42ba06,
         {0x4ccf3810908e09f5, 0x4ccf3810908e09f5, 0x4ccf3810908e09f6, 0x4ccf3810908e09f5,
          0x4ccf3810908e09f5, 0x4ccf3810908e09f5, 0x4ccf3810908e09f6, 0x4ccf3810908e09f6}},
        {ROW_DMUL,
         0x26cc3f1f534acddd,
         0x27feff197a42ba06,
         {0x4ccf3810908e0ef3, 0x4ccf3810908e0ef2, 0x4ccf3810908e0ef3, 0x4ccf3810908e0ef2,
          0x4ccf3810908e0ef3, 0x4ccf3810908e0ef3, 0x4ccf3810908e0ef3, 0x4ccf3810908e0ef2}},
    };
    for (unsigned i = 0; i < sizeof measured / sizeof measured[0]; i++) {
        for (unsigned drn = 0; drn < 8; drn++) {
            const struct image_case c[] = {{measured[i].row,
                                            0,
                                            drn,
                                            {measured[i].a, UNUSED},
                                            {measured[i].b, UNUSED},
                                            {measured[i].want[drn], UNUSED}}};
            CHECK(state, c);
        }
    }
}

static void test_measured_results(void **state)
{
    static const uint64_t minus_infinity = 0xf800000000000000, qnan = 0x7c00000000000000;
    const struct image_case cases[] = {
        {ROW_DADDQ, .a = {0x2207c00000000000, 0xe50}, .b = {0x000400000089b000, 0x0a6000d000000049},
         .want = {0x2e00650000000000, 0}},
        {ROW_DADDQ, .a = {0x7e00000000000000, 0xfe000000d0e0a0d0},
         .b = {0xfc00000000000000, 0xc00100035b007700}, .want = {qnan, 0xfe000000d0e0a0d0}},
        {ROW_DSUBQ, .a = {0xa207c00000000000, 0xe0}, .b = {0xa205c00000000000, 0x000000010a395bcf},
         .want = {0xa205c00000000000, 0x0000000477cb0d11}},
        {ROW_DSUBQ, .a = {minus_infinity, 0}, .b = {0xf900000000000000, 0}, .want = {qnan, 0}},
        {ROW_DMULQ, .a = {0x6209400000fd0000, 0x00253f1f534acdd4},
         .b = {0x2207c00000000000, 0x000000000014c000},
         .want = {0x660a84c004da6c00, 0x004883107189d825}},
        {ROW_DMULQ, .a = {0xa248000000000000, 0}, .b = {0xf900000000000000, 0}, .want = {qnan, 0}},
        {ROW_DDIVQ, .a = {0x2207c00000000000, 0xe50}, .b = {0x000400000089b000, 0x0a6000d000000049},
         .want = {0x4ffdcc9ad201f5f8, 0x691a4dc710e32c5a}},
        {ROW_DDIVQ, .a = {0x6209400000fd0000, 0x00253f1f534acdd4}, .b = {0xa207c00000000000, 0xe0},
         .want = {0x9609000003069f40, 0x0018c92fea1aadc6}},
        {ROW_DDIVQ, .a = {0xa248000000000000, 0}, .b = {0xf900000000000000, 0}, .want = {0, 0}},
        {ROW_DQUAIQ, .fields = 5 << 16, .b = {minus_infinity, 0}, .want = {qnan, 0}},
        {ROW_DQUAIQ, .fields = 5 << 16, .b = {0xa248000000000000, 0},
         .want = {0xa209400000000000, 0}},
        {ROW_DRSP, .b = {0xfe000000d0e0a0d0, UNUSED}, .want = {0xfe00a0d0, UNUSED}},
        {ROW_DRSP, .b = {0x4248000000000000, UNUSED}, .want = {0x43f00000, UNUSED}},
        {ROW_DCTDP, .b = {0xfe000000d0e0a0d0, UNUSED}, .want = {0xa2dc00000040a0d0, UNUSED}},
        {ROW_DCTDP, .b = {0xa21400010a395bcf, UNUSED}, .want = {0x2130000000295bcf, UNUSED}},
        {ROW_DRDPQ, .b = {0xfc00000000000000, 0xc00100035b007700}, .want = {0xfc0100035b007700, 0}},
        {ROW_DRDPQ, .b = {0xa248000000000000, 0}, .want = {0xc238000000000000, 0}},
        {ROW_DRDPQ, .drn = 1, .b = {0x2f07c00000000000, 0x14c000}, .want = {0x77fcff3fcff3fcff, 0}},
        {ROW_DCTQPQ, .b = {0x6209400000fd0000, UNUSED},
         .want = {0x21c5000000000000, 0x0021400000fd0000}},
        {ROW_DCTFIX, .b = {0xa21400010a395bcf, UNUSED}, .want = {-UINT64_C(4), UNUSED}},
        {ROW_DCTFIX, .b = {0x6e4d3f1f534acdd4, UNUSED}, .want = {INT64_MAX, UNUSED}},
        {ROW_DCTFIX, .b = {0x7e34000000000111, UNUSED}, .want = {UINT64_C(1) << 63, UNUSED}},
        {ROW_DDEDPDQ, .fields = 3 << 19, .b = {0xfc00000000000000, 0xc00100035b007700},
         .want = {0x0000000000800000, 0x200801330811600d}},
        {ROW_DDEDPDQ, .fields = 2 << 19, .b = {0x7e00000000000000, 0xfe000000d0e0a0d0},
         .want = {0x0000000000881700, 0x000003882028150c}},
        {ROW_DENBCD, .b = {0x9839871234533354, UNUSED}, .want = {0x6e393f1f534acdd4, UNUSED}},
        {ROW_DENBCD, .fields = 1 << 20, .b = {0x839871234533354f, UNUSED},
         .want = {0x22393f1f534acdd4, UNUSED}},
        {ROW_DENBCD, .fields = 1 << 20, .b = {0xd, UNUSED}, .want = {0xa238000000000000, UNUSED}},
    };
    CHECK(state, cases);
}

static void test_format_instructions(void **state)
{
    const struct image_case cases[] = {
        {ROW_DXEX, .b = {0xa238000000000001, UNUSED}, .want = {398, UNUSED}},
        {ROW_DXEX, .b = {0x7800000000000001, UNUSED}, .want = {-UINT64_C(1), UNUSED}},
        {ROW_DXEX, .b = {0x7c00000000000001, UNUSED}, .want = {-UINT64_C(2), UNUSED}},
        {ROW_DXEX, .b = {0x7e00000000000001, UNUSED}, .want = {-UINT64_C(3), UNUSED}},
        {ROW_DXEXQ, .b = {0x2208000000000000, 1}, .want = {6176, UNUSED}},
        /* Of a special symbol only the trailing digits stay; of a number its first digit goes. */
        {ROW_DIEX, .a = {767}, .b = {0x7c00000000000005}, .want = {0x43fc000000000005, UNUSED}},
        {ROW_DIEX, .a = {768}, .b = {0xee38000000000005}, .want = {0xfc00000000000005, UNUSED}},
        {ROW_DIEX, .a = {-1}, .b = {0xee38000000000005}, .want = {0xf800000000000005, UNUSED}},
        {ROW_DIEX, .a = {-3}, .b = {0x2238000000000005}, .want = {0x7e00000000000005, UNUSED}},
        {ROW_DIEX, .a = {-4}, .b = {0x2238000000000005}, .want = {0x7c00000000000005, UNUSED}},
        {ROW_DIEXQ, .a = {12287, UNUSED}, .b = {0x2208000000000000, 5},
         .want = {0x43ffc00000000000, 5}},
        /* 15 digits of a special symbol move, 16 of a number. */
        {ROW_DSCLI, .fields = 15 << 10, .a = {0x2238000000000007},
         .want = {0x3e38000000000000, UNUSED}},
        {ROW_DSCLI, .fields = 15 << 10, .a = {0x7c00000000000007},
         .want = {0x7c00000000000000, UNUSED}},
        {ROW_DSCLI, .fields = 3 << 10, .a = {0x7bfc000000000007},
         .want = {0x7800000000001c00, UNUSED}},
        {ROW_DSCLI, .fields = 63 << 10, .a = {0x6e38000000000007},
         .want = {0x2238000000000000, UNUSED}},
        {ROW_DSCRI, .fields = 15 << 10, .a = {0x6e38000000000007},
         .want = {0x2238000000000009, UNUSED}},
        {ROW_DSCRI, .fields = 63 << 10, .a = {0xfe00000000000007},
         .want = {0xfe00000000000000, UNUSED}},
        {ROW_DSCLIQ, .fields = 33 << 10, .a = {0x2208000000000000, 7},
         .want = {0x3e08000000000000, 0}},
        {ROW_DDEDPD, .fields = 2 << 19, .b = {0xee380000000000ff},
         .want = {0x000000000000999d, UNUSED}},
        {ROW_DDEDPD, .b = {0xee380000000000ff}, .want = {0x9000000000000999, UNUSED}},
        /* Redundant declets are read, and never written. */
        {ROW_DSCLI, .a = {0x22380000000003ff}, .want = {0x22380000000000ff, UNUSED}},
        {ROW_DCTFIX, .b = {0xa208000000000005, UNUSED}, .want = {0, UNUSED}},
    };
    cpu_of(state)->fpscr = 0;
    CHECK(state, cases);
    assert_int_equal(cpu_of(state)->fpscr, FPSCR_FX | FPSCR_XX | FPSCR_FI); /* of dctfix */
}

/* Wrapped results of the roundings to a shorter format are of the longer one. */
static void test_wrapped_narrowing(void **state)
{
    struct cpu *cpu = cpu_of(state);
    const dfp_uint128 large = dfp_encode(&dfp_extended, (struct dfp_number)L(7, 400));
    dfp_set(cpu, DFP_B, (uint64_t)(large >> 64));
    dfp_set(cpu, DFP_B + 1, (uint64_t)large);
    cpu->fpscr = FPSCR_OE;
    assert_int_equal(dfp_execute(cpu, ROW_DRDPQ, 0), ISA_NEXT);
    const dfp_uint128 wrapped = dfp_encode(&dfp_extended, (struct dfp_number)L(7, 400 - 3072));
    assert_int_equal(dfp_get(cpu, DFP_T), (uint64_t)(wrapped >> 64));
    assert_int_equal(dfp_get(cpu, DFP_T + 1), (uint64_t)wrapped);
    assert_int_equal(cpu->fpscr, FPSCR_FX | FPSCR_FEX | FPSCR_OX | FPSCR_OE | 0x4000);

    dfp_set(cpu, DFP_B, (uint64_t)dfp_encode(&dfp_long, (struct dfp_number)L(12345678, -110)));
    cpu->fpscr = FPSCR_UE;
    assert_int_equal(dfp_execute(cpu, ROW_DRSP, 0), ISA_NEXT);
    assert_int_equal(dfp_get(cpu, DFP_T),
                     (uint64_t)dfp_encode(&dfp_long, (struct dfp_number)L(1234568, 1 - 110 + 192)));
    assert_int_equal(cpu->fpscr, FPSCR_FX | FPSCR_FEX | FPSCR_UX | FPSCR_XX | FPSCR_FI | FPSCR_FR |
                                     FPSCR_UE | 0x4000);
}

static void test_fixed_point_limits(void **state)
{
    static const struct {
        struct dfp_number b;
        uint64_t want, raised;
    } cases[] = {
        {L(9223372036854775807, 0), INT64_MAX, 0},
        {L(0, -1), INT64_MAX, FPSCR_FX | FPSCR_XX | FPSCR_FI},
        {LM(9223372036854775808u, 0), UINT64_C(1) << 63, 0},
        {L(9223372036854775808u, 0), INT64_MAX, FPSCR_FX | FPSCR_VX | FPSCR_VXCVI},
        {LM(1, 6111), UINT64_C(1) << 63, FPSCR_FX | FPSCR_VX | FPSCR_VXCVI},
        {LM(0, 6111), 0, 0},
        {INF, INT64_MAX, FPSCR_FX | FPSCR_VX | FPSCR_VXCVI},
        {SNAN(0), UINT64_C(1) << 63, FPSCR_FX | FPSCR_VX | FPSCR_VXCVI | FPSCR_VXSNAN},
    };
    struct cpu *cpu = cpu_of(state);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dfp_number b = cases[i].b;
        if (i == 1) /* nothing wider than 64 bits can be written as a constant */
            b.coefficient = (dfp_uint128)9223372036854775807 * 10 + 4;
        dfp_place(cpu, DFP_B, true, &b, 0);
        cpu->fpscr = 0xc000;
        assert_int_equal(dfp_execute(cpu, ROW_DCTFIXQ, 0), ISA_NEXT);
        assert_int_equal(dfp_get(cpu, DFP_T), cases[i].want);
        assert_int_equal(cpu->fpscr, cases[i].raised | 0xc000);
    }
}

/* Rc, and an enabled exception with MSR[FE]. */
static void test_ends(void **state)
{
    struct cpu *cpu = cpu_of(state);
    cpu->fpscr = 0;
    dfp_set(cpu, DFP_A, 0x2238000000000001);
    dfp_set(cpu, DFP_B, 0x2238000000000000);
    assert_int_equal(dfp_execute(cpu, ROW_DDIV, 1), ISA_NEXT);
    assert_int_equal(cpu->cr[1], 8);
    assert_int_equal(dfp_execute(cpu, ROW_DXEX, 1), ISA_NEXT);
    assert_int_equal(cpu->cr[1], 8);
    assert_int_equal(dfp_get(cpu, DFP_T), 398);

    cpu_set_msr(cpu, DFP_MSR | MSR_FE0);
    cpu->fpscr = FPSCR_ZE;
    cpu->cia = 0x1230;
    assert_int_equal(dfp_execute(cpu, ROW_DDIV, 1), ISA_COMPLETED_INTERRUPT);
    assert_int_equal(cpu->fault.vector, VECTOR_PROGRAM);
    assert_int_equal(cpu->fault.srr1, SRR1_PROG_FP_ENABLED);
    assert_int_equal(dfp_get(cpu, DFP_T), DFP_OLD);
    assert_int_equal(cpu->cr[1], 12);
    cpu_set_msr(cpu, DFP_MSR);
}

static void test_odd_registers(void **state)
{
    enum { T = 1 << 21, A = 1 << 16, B = 1 << 11 };
    static const struct {
        enum isa_row_id row;
        uint32_t pairs; /* fields that name one */
    } rows[] = {
        {ROW_DADDQ, T | A | B}, {ROW_DSUBQ, T | A | B}, {ROW_DMULQ, T | A | B},
        {ROW_DDIVQ, T | A | B}, {ROW_DQUAQ, T | A | B}, {ROW_DQUAIQ, T | B},
        {ROW_DRRNDQ, T | B},    {ROW_DRINTXQ, T | B},   {ROW_DRINTNQ, T | B},
        {ROW_DCMPUQ, A | B},    {ROW_DCMPOQ, A | B},    {ROW_DTSTEXQ, A | B},
        {ROW_DTSTSFQ, B},       {ROW_DTSTDCQ, A},       {ROW_DTSTDGQ, A},
        {ROW_DCTQPQ, T},        {ROW_DRDPQ, T | B},     {ROW_DCFFIXQ, T},
        {ROW_DCTFIXQ, B},       {ROW_DDEDPDQ, T | B},   {ROW_DENBCDQ, T | B},
        {ROW_DXEXQ, B},         {ROW_DIEXQ, T | B},     {ROW_DSCLIQ, T | A},
        {ROW_DSCRIQ, T | A},
    };
    struct cpu *cpu = cpu_of(state);
    cpu->fpscr = 0;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (uint32_t field = B; field <= T; field <<= 5) {
            if (!(rows[i].pairs & field))
                continue;
            assert_int_equal(dfp_execute(cpu, rows[i].row, field), ISA_INTERRUPT);
            assert_int_equal(cpu->fault.vector, VECTOR_PROGRAM);
            assert_int_equal(cpu->fault.srr1, SRR1_PROG_ILLEGAL);
            assert_int_equal(dfp_get(cpu, DFP_T), DFP_OLD);
        }
    /* FRA of drrndq, FRB of dctqpq, FRT of dctfixq are single registers. */
    assert_int_equal(dfp_execute(cpu, ROW_DRRNDQ, 1 << 16), ISA_NEXT);
    assert_int_equal(dfp_execute(cpu, ROW_DCTQPQ, 1 << 11), ISA_NEXT);
    assert_int_equal(dfp_execute(cpu, ROW_DCTFIXQ, 1 << 21), ISA_NEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measured_rounding),   cmocka_unit_test(test_measured_results),
        cmocka_unit_test(test_format_instructions), cmocka_unit_test(test_wrapped_narrowing),
        cmocka_unit_test(test_fixed_point_limits),  cmocka_unit_test(test_ends),
        cmocka_unit_test(test_odd_registers),
    };
    return cmocka_run_group_tests(tests, dfp_setup, dfp_teardown);
}
