#include "isa/spr.h"

#include <stddef.h>

typedef enum isa_outcome spr_reader(struct cpu *cpu, unsigned n, uint64_t *value);
typedef enum isa_outcome spr_writer(struct cpu *cpu, unsigned n, uint64_t value);

enum spr_by { BY_USER, BY_SUP, BY_HYP, BY_NO };
enum spr_level {
    LEVEL_P7 = 1 << ISA_206,
    LEVEL_P8 = 1 << ISA_207,
    LEVEL_ALL = LEVEL_P7 | LEVEL_P8
};

/* -- Registers that are more than a field -- */

#define READ(name, expr)                                                                           \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                     \
    {                                                                                              \
        (void)n;                                                                                   \
        (void)cpu;                                                                                 \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
#define WRITE(name, statement)                                                                     \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t value)                      \
    {                                                                                              \
        (void)n;                                                                                   \
        statement;                                                                                 \
        return ISA_NEXT;                                                                           \
    }

READ(read_xer, cpu_get_xer(cpu))
WRITE(write_xer, cpu_set_xer(cpu, value))
READ(read_dec, cpu_dec(cpu))
READ(read_ctrl, cpu->ctrl)
WRITE(write_ctrl, cpu->ctrl = value & 1)
READ(read_dpdes, cpu->dpdes)
READ(read_sprg3, cpu->sprg[3])
READ(read_tb, cpu_timebase(cpu))
READ(read_tbu, cpu_timebase(cpu) >> 32)
READ(read_pvr, cpu->pvr)
READ(read_pir, cpu->pir)
READ(read_ic, cpu_icount(cpu))
READ(read_zero, 0)
READ(read_ppr32, cpu->ppr >> 32)
WRITE(write_ppr32, cpu->ppr = (cpu->ppr & 0xffffffff) | value << 32)

/* AMR and its kin decide translations, which the software TLB remembers: a change flushes it. */
READ(read_amr, cpu->amr)
READ(read_iamr, cpu->iamr)
READ(read_uamor, cpu->uamor)
WRITE(write_uamor, cpu->uamor = value & cpu->amor)

static void replace_key_register(struct cpu *cpu, uint64_t *reg, uint64_t value, uint64_t mask)
{
    const uint64_t v = (*reg & ~mask) | (value & mask);
    if (v != *reg)
        mmu_flush_all(cpu);
    *reg = v;
}
WRITE(write_amr, replace_key_register(cpu, &cpu->amr, value, cpu->amor))
WRITE(write_amr_user,
      replace_key_register(cpu, &cpu->amr, value, cpu->msr &MSR_PR ? cpu->uamor : cpu->amor))

/* IAMR also governs the page that is executing: fetch anew. */
static enum isa_outcome write_iamr(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)n;
    replace_key_register(cpu, &cpu->iamr, value, cpu->amor);
    cpu->nia = (cpu->cia + 4) & cpu->ea_mask;
    return ISA_CONTEXT;
}

static enum isa_outcome write_dec(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)n;
    /* The write takes effect at the end of this instruction. */
    cpu_set_dec(cpu, (uint32_t)value);
    cpu->nia = (cpu->cia + 4) & cpu->ea_mask;
    return ISA_TIMER;
}

/* Facilities that FSCR opens to problem state. */
#define REQUIRE_FSCR(bit, cause)                                                                   \
    if ((cpu->msr & MSR_PR) && !(cpu->fscr & (bit)))                                               \
    return isa_raise_facility(cpu, (cause))
#define READ_GATED(name, bit, cause, expr)                                                         \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                     \
    {                                                                                              \
        (void)n;                                                                                   \
        REQUIRE_FSCR(bit, cause);                                                                  \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
#define WRITE_GATED(name, bit, cause, statement)                                                   \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t value)                      \
    {                                                                                              \
        (void)n;                                                                                   \
        REQUIRE_FSCR(bit, cause);                                                                  \
        statement;                                                                                 \
        return ISA_NEXT;                                                                           \
    }
READ_GATED(read_dscr_user, FSCR_DSCR, FSCR_IC_DSCR, cpu->dscr)
WRITE_GATED(write_dscr_user, FSCR_DSCR, FSCR_IC_DSCR, cpu->dscr = value)
READ_GATED(read_tar, FSCR_TAR, FSCR_IC_TAR, cpu->tar)
WRITE_GATED(write_tar, FSCR_TAR, FSCR_IC_TAR, cpu->tar = value)
READ_GATED(read_ebbhr, FSCR_EBB, FSCR_IC_EBB, cpu->ebbhr)
WRITE_GATED(write_ebbhr, FSCR_EBB, FSCR_IC_EBB, cpu->ebbhr = value)
READ_GATED(read_ebbrr, FSCR_EBB, FSCR_IC_EBB, cpu->ebbrr)
WRITE_GATED(write_ebbrr, FSCR_EBB, FSCR_IC_EBB, cpu->ebbrr = value)
READ_GATED(read_bescr, FSCR_EBB, FSCR_IC_EBB, cpu->bescr)
READ_GATED(read_bescr_upper, FSCR_EBB, FSCR_IC_EBB, cpu->bescr >> 32)
WRITE_GATED(write_bescr, FSCR_EBB, FSCR_IC_EBB, cpu->bescr = value)
WRITE_GATED(write_bescrs, FSCR_EBB, FSCR_IC_EBB, cpu->bescr |= value)
WRITE_GATED(write_bescrsu, FSCR_EBB, FSCR_IC_EBB, cpu->bescr |= value << 32)
WRITE_GATED(write_bescrr, FSCR_EBB, FSCR_IC_EBB, cpu->bescr &= ~value)
WRITE_GATED(write_bescrru, FSCR_EBB, FSCR_IC_EBB, cpu->bescr &= ~(value << 32))

static enum isa_outcome tm_unavailable_r(struct cpu *cpu, unsigned n, uint64_t *value)
{
    (void)n;
    (void)value;
    return isa_raise_facility(cpu, FSCR_IC_TM);
}

static enum isa_outcome tm_unavailable_w(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)n;
    (void)value;
    return isa_raise_facility(cpu, FSCR_IC_TM);
}

static enum isa_outcome no_op_r(struct cpu *cpu, unsigned n, uint64_t *value)
{
    (void)cpu;
    (void)n;
    (void)value;
    return ISA_NEXT;
}

static enum isa_outcome no_op_w(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)cpu;
    (void)n;
    (void)value;
    return ISA_NEXT;
}

/* Problem-state copies of PMU registers: storage until a model counts. */
#define MMCR0_PMCC      UINT64_C(0x000c0000)
#define MMCR0_USER_MASK UINT64_C(0x84000080) /* FC, PMXE, PMAO */
#define MMCR2_USER_MASK UINT64_C(0x4020100804020000)
#define PMCC_SHIFT      18

/*
 * MMCR0[PMCC] (2.07 Book III-S 9.4.4): 0 problem state reads, 1 it does neither, 2 it also writes,
 * 3 as 2 but without PMC5 and PMC6. POWER7 never lets it write. Supervisor state always may.
 */
static enum isa_outcome pmu_allowed(struct cpu *cpu, unsigned n, bool is_write)
{
    const unsigned pmcc = (unsigned)((cpu->mmcr0 & MMCR0_PMCC) >> PMCC_SHIFT);
    if (!(cpu->msr & MSR_PR))
        return ISA_NEXT;
    if (cpu->model->level < ISA_207)
        return is_write ? isa_raise_program(cpu, SRR1_PROG_PRIVILEGED) : ISA_NEXT;
    if (pmcc == 0 && is_write)
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    if (pmcc == 1 || (pmcc == 3 && (n == 775 || n == 776)))
        return isa_raise_facility(cpu, FSCR_IC_PM);
    return ISA_NEXT;
}

#define READ_PMU(name, expr)                                                                       \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                     \
    {                                                                                              \
        const enum isa_outcome may = pmu_allowed(cpu, n, false);                                   \
        if (may == ISA_NEXT)                                                                       \
            *value = (expr);                                                                       \
        return may;                                                                                \
    }
READ_PMU(read_sier, cpu->sier)
READ_PMU(read_mmcra, cpu->mmcra)
READ_PMU(read_mmcr1, cpu->mmcr1)
READ_PMU(read_siar, cpu->siar)
READ_PMU(read_sdar, cpu->sdar)
READ_PMU(read_mmcr0_user, cpu->mmcr0 &MMCR0_USER_MASK)
READ_PMU(read_mmcr2_user, cpu->mmcr2 &MMCR2_USER_MASK)
READ_PMU(read_pmc, cpu->pmc[n - 771])

static enum isa_outcome write_pmu_user(struct cpu *cpu, unsigned n, uint64_t value)
{
    const enum isa_outcome may = pmu_allowed(cpu, n, true);
    if (may != ISA_NEXT)
        return may;
    if (n == 779)
        cpu->mmcr0 = (cpu->mmcr0 & ~MMCR0_USER_MASK) | (value & MMCR0_USER_MASK);
    else if (n == 769)
        cpu->mmcr2 = (cpu->mmcr2 & ~MMCR2_USER_MASK) | (value & MMCR2_USER_MASK);
    else if (n == 770)
        cpu->mmcra = value;
    else
        cpu->pmc[n - 771] = (uint32_t)value;
    return ISA_NEXT;
}

/* -- The table -- */

struct spr_row {
    const char *name;
    uint16_t number;
    uint8_t read_by, write_by, levels, width;
    uint32_t offset; /* of the field, when width is not 0 */
    spr_reader *read;
    spr_writer *write;
};

static const struct spr_row rows[] = {
#define SPR(number, name, rd, wr, level, width, field)                                             \
    {name, number, BY_##rd, BY_##wr, LEVEL_##level, width, offsetof(struct cpu, field), NULL, NULL},
#define SPR_FN(number, name, rd, wr, level, reader, writer)                                        \
    {name, number, BY_##rd, BY_##wr, LEVEL_##level, 0, 0, reader, writer},
#include "isa/sprs.def"
#undef SPR
#undef SPR_FN
};

static uint8_t row_of[1024]; /* index into rows + 1; 0: none */

void spr_init(void)
{
    _Static_assert(ARRAY_SIZE(rows) < 255, "row_of holds a byte");
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        row_of[rows[i].number] = (uint8_t)(i + 1);
}

const char *spr_name(unsigned n)
{
    return n < 1024 && row_of[n] ? rows[row_of[n] - 1].name : NULL;
}

static const struct spr_row *find(const struct cpu *cpu, unsigned n)
{
    const struct spr_row *row = row_of[n] ? &rows[row_of[n] - 1] : NULL;
    return row && (row->levels >> cpu->model->level & 1) ? row : NULL;
}

/* Undefined numbers: Book III-S 4.4.5 mtspr, mfspr. */
static enum isa_outcome undefined(struct cpu *cpu, unsigned n, bool is_read)
{
    if (cpu->msr & MSR_PR)
        return isa_raise_program(cpu, n & 0x10 ? SRR1_PROG_PRIVILEGED : SRR1_PROG_ILLEGAL);
    if (n == 0 || (is_read && (n == 4 || n == 5 || n == 6)))
        return isa_raise_program(cpu, SRR1_PROG_ILLEGAL);
    return ISA_NEXT;
}

/* ISA_NEXT when the access is allowed; an existing number the state may not use is privileged. */
static enum isa_outcome allowed(struct cpu *cpu, unsigned n, unsigned by)
{
    const bool problem = cpu->msr & MSR_PR;
    if (problem && (n & 0x10) && by != BY_USER)
        return isa_raise_program(cpu, SRR1_PROG_PRIVILEGED);
    if (by == BY_USER || (by == BY_SUP && !problem))
        return ISA_NEXT;
    return isa_raise_program(cpu, SRR1_PROG_PRIVILEGED);
}

enum isa_outcome spr_read(struct cpu *cpu, unsigned n, uint64_t *value)
{
    const struct spr_row *row = find(cpu, n);
    if (!row)
        return undefined(cpu, n, true);
    const enum isa_outcome may = allowed(cpu, n, row->read_by);
    if (may != ISA_NEXT)
        return may;
    if (row->read)
        return row->read(cpu, n, value);
    uint64_t wide = 0;
    /* Fields of 32 bits may be kept in 32 or in 64; the low word comes first on this host. */
    memcpy(&wide, (const char *)cpu + row->offset, row->width / 8);
    *value = wide;
    return ISA_NEXT;
}

enum isa_outcome spr_write(struct cpu *cpu, unsigned n, uint64_t value)
{
    const struct spr_row *row = find(cpu, n);
    if (!row)
        return undefined(cpu, n, false);
    const enum isa_outcome may = allowed(cpu, n, row->write_by);
    if (may != ISA_NEXT)
        return may;
    if (row->write)
        return row->write(cpu, n, value);
    memcpy((char *)cpu + row->offset, &value, row->width / 8);
    return ISA_NEXT;
}
