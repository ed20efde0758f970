/*
 * For the tests of decimal floating point: a vCPU, and one instruction run on operands in FPRs 4
 * and 6 (pairs 4:5 and 6:7) with its result in 2 (2:3) or CR field 5.
 */
#ifndef HORNPIPE_TESTS_DFP_FIXTURE_H
#define HORNPIPE_TESTS_DFP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/bus.h"
#include "isa/dfp/dfp.h"
#include "isa/engine.h"
#include "isa/insn.h"
#include "isa/precise.h"

enum { DFP_RAM = 1 << 16, DFP_T = 2, DFP_A = 4, DFP_B = 6, DFP_CRF = 5 };
#define DFP_MSR (MSR_SF | MSR_ME | MSR_FP | MSR_LE)
#define DFP_OLD UINT64_C(0x0123456789abcdef) /* what the target held */

/* Numbers as initialisers: coefficient and exponent, M with a minus; NaNs by their payload. */
#define L(c, e)                                                                                    \
    {                                                                                              \
        DFP_FINITE, false, e, c                                                                    \
    }
#define LM(c, e)                                                                                   \
    {                                                                                              \
        DFP_FINITE, true, e, c                                                                     \
    }
#define INF                                                                                        \
    {                                                                                              \
        DFP_INFINITY, false, 0, 0                                                                  \
    }
#define QNAN(p)                                                                                    \
    {                                                                                              \
        DFP_QNAN, false, 0, p                                                                      \
    }
#define SNAN(p)                                                                                    \
    {                                                                                              \
        DFP_SNAN, false, 0, p                                                                      \
    }

struct dfp_case {
    unsigned row;
    uint32_t fields; /* of the word, beside the registers */
    uint64_t fpscr;  /* before */
    struct dfp_number a, b, want;
    uint64_t raw_a, raw_b; /* instead of a and b where they are no numbers */
    uint64_t raised;       /* FPSCR bits after that were not set before */
    uint8_t fprf, field;   /* FPRF, or the CR field of compares and tests */
    bool suppressed;       /* the target is not written, FPRF stays */
};

struct dfp_fixture {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
};

static int dfp_setup(void **state)
{
    struct dfp_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    isa_init();
    assert_int_equal(bus_init(&f->bus, DFP_RAM), STATUS_OK);
    f->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    f->cpu = cpu_create(cpu_model_find("POWER7"), 0, &f->bus, &f->clock);
    assert_non_null(f->cpu);
    cpu_set_msr(f->cpu, DFP_MSR);
    *state = f;
    return 0;
}

static int dfp_teardown(void **state)
{
    struct dfp_fixture *f = *state;
    cpu_destroy(f->cpu);
    bus_fini(&f->bus);
    free(f);
    return 0;
}

static inline struct cpu *cpu_of(void **state)
{
    return ((struct dfp_fixture *)*state)->cpu;
}

static inline bool dfp_is_quad(unsigned row)
{
    return isa_rows[row].value >> 26 == 63;
}

/* True if the row has an operand of that register class in that field. */
static inline bool dfp_has_operand(unsigned row, unsigned first, bool crf)
{
    const uint8_t *operands = isa_opsigs[isa_rows[row].opsig];
    for (unsigned i = 0; i < ISA_OPERANDS_MAX && operands[i]; i++) {
        const struct isa_operand_info *o = &isa_operands[operands[i]];
        if (o->first == first && (o->class == OPC_CRF) == crf &&
            (crf || o->class == OPC_FPR || o->class == OPC_FPRP))
            return true;
    }
    return false;
}

static inline void dfp_set(struct cpu *cpu, unsigned n, uint64_t value)
{
    VSR_D(cpu->vsr[n], 0) = value;
    VSR_D(cpu->vsr[n], 1) = ~DFP_OLD;
}

static inline uint64_t dfp_get(const struct cpu *cpu, unsigned n)
{
    return VSR_D(cpu->vsr[n], 0);
}

/* Executes `row` with its registers, and `fields`; the operands are in the registers already. */
static inline enum isa_outcome dfp_execute(struct cpu *cpu, unsigned row, uint32_t fields)
{
    const uint32_t rt = dfp_has_operand(row, 6, true) ? DFP_CRF << 23 : DFP_T << 21;
    const uint32_t ra = dfp_has_operand(row, 11, false) ? DFP_A << 16 : 0;
    const uint32_t rb = dfp_has_operand(row, 16, false) ? DFP_B << 11 : 0;
    struct insn insn;
    isa_decode(isa_rows[row].value | rt | ra | rb | fields, &insn);
    assert_int_equal(OP_ROW(insn.op), row);
    dfp_set(cpu, DFP_T, DFP_OLD);
    dfp_set(cpu, DFP_T + 1, DFP_OLD);
    memset(cpu->cr, 0, sizeof cpu->cr);
    return precise_handlers[insn.op](cpu, &insn);
}

static inline void dfp_place(struct cpu *cpu, unsigned n, bool quad, const struct dfp_number *v,
                             uint64_t raw)
{
    const dfp_uint128 image = raw ? raw : dfp_encode(quad ? &dfp_extended : &dfp_long, *v);
    dfp_set(cpu, n, (uint64_t)(quad && !raw ? image >> 64 : image));
    dfp_set(cpu, n + 1, quad && !raw ? (uint64_t)image : DFP_OLD);
}

static inline void dfp_check(struct cpu *cpu, const struct dfp_case *c, size_t number)
{
    const bool quad = dfp_is_quad(c->row), compares = dfp_has_operand(c->row, 6, true);
    const uint64_t stays = FPSCR_FR | FPSCR_FI | 0x1f000; /* FR, FI, FPRF before */
    dfp_place(cpu, DFP_A, quad, &c->a, c->raw_a);
    dfp_place(cpu, DFP_B, quad, &c->b, c->raw_b);
    cpu->fpscr = c->fpscr | stays;
    assert_int_equal(dfp_execute(cpu, c->row, c->fields), ISA_NEXT);

    uint64_t fpscr = c->fpscr | c->raised;
    if (compares)
        fpscr |= (stays & ~FPSCR_FPCC) | (uint64_t)c->field << FPSCR_FPRF_SHIFT;
    else
        fpscr |= c->suppressed ? 0x1f000 : (uint64_t)c->fprf << FPSCR_FPRF_SHIFT;
    if (cpu->fpscr != fpscr)
        print_error("%s, case %zu\n", isa_rows[c->row].mnemonic, number);
    assert_int_equal(cpu->fpscr, fpscr);
    if (compares) {
        assert_int_equal(cpu->cr[DFP_CRF], c->field);
        return;
    }
    const dfp_uint128 image = dfp_encode(quad ? &dfp_extended : &dfp_long, c->want);
    uint64_t want[] = {(uint64_t)(quad ? image >> 64 : image), quad ? (uint64_t)image : DFP_OLD};
    if (c->suppressed)
        want[0] = want[1] = DFP_OLD;
    if (dfp_get(cpu, DFP_T) != want[0] || dfp_get(cpu, DFP_T + 1) != want[1])
        print_error("%s, case %zu\n", isa_rows[c->row].mnemonic, number);
    assert_int_equal(dfp_get(cpu, DFP_T), want[0]);
    assert_int_equal(dfp_get(cpu, DFP_T + 1), want[1]);
    assert_int_equal(VSR_D(cpu->vsr[DFP_T], 1), c->suppressed ? ~DFP_OLD : 0);
}

#endif
