#include "isa/spr.h"

#include <stddef.h>
#include <string.h>

#include "isa/bus.h"
#include "isa/spr_table.h"

enum spr_by { BY_USER, BY_SUP, BY_HYP, BY_NO };
enum spr_level {
    LEVEL_P7 = 1 << ISA_206,
    LEVEL_P8 = 1 << ISA_207,
    LEVEL_ALL = LEVEL_P7 | LEVEL_P8,
    LEVEL_V206 = LEVEL_ALL,
    LEVEL_TM = LEVEL_P8,
};
/* What hides them from problem state: enum isa_set. */
enum spr_sets {
    SETS_ALL = 0,
    SETS_P7 = 0,
    SETS_V206 = ISA_SET_V206,
    SETS_P8 = ISA_SET_V207,
    SETS_TM = ISA_SET_V207 | ISA_SET_TM,
};

/* -- Registers that are more than a field -- */

#define READ(name, expr)       static SPR_READ(name, expr)
#define WRITE(name, statement) static SPR_WRITE(name, statement)

READ(read_xer, cpu_get_xer(cpu))
WRITE(write_xer, cpu_set_xer(cpu, value))
/* Bits 48:55 are the RUN bits of the core's threads, which problem state does not see. */
static uint64_t run_bits(const struct cpu *cpu)
{
    uint64_t bits = 0;
    for (unsigned n = 0; n < cpu->bus->threads; n++)
        bits |= (cpu_thread(cpu, n)->ctrl & 1) << (15 - n);
    return bits;
}
READ(read_ctrl, cpu->ctrl | (cpu->msr & MSR_PR ? 0 : run_bits(cpu)))
WRITE(write_ctrl, cpu->ctrl = value & 1)
/* Bit 63-n is the doorbell of thread n. */
static uint64_t doorbells(const struct cpu *cpu)
{
    uint64_t bits = 0;
    for (unsigned n = 0; n < cpu->bus->threads; n++)
        bits |= (cpu_thread(cpu, n)->dpdes & 1) << n;
    return bits;
}
READ(read_dpdes, doorbells(cpu))
READ(read_tir, cpu_thread_number(cpu))
READ(read_sprg3, cpu->sprg[3])
READ(read_pvr, cpu->pvr)
READ(read_pir, cpu->pir)
READ(read_fscr, cpu->fscr)
READ(read_ic, cpu_icount(cpu))
READ(read_ppr32, cpu->ppr >> 32)
READ(read_ppr, cpu->ppr)
WRITE(write_ppr, cpu_ask_priority(cpu, value >> PPR_PRI_SHIFT & 7))
WRITE(write_ppr32, cpu_ask_priority(cpu, value >> (PPR_PRI_SHIFT - 32) & 7))

/*
 * Clocks. In the order of execution time never runs back on any vCPU, so a vCPU that is ahead of
 * another must not read its own clock yet (contract 3).
 */
#define READ_CLOCK(name, expr)                                                                     \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                     \
    {                                                                                              \
        (void)n;                                                                                   \
        if (cpu_cycles(cpu) > cpu->clock_limit)                                                    \
            return ISA_CLOCK;                                                                      \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
READ_CLOCK(read_dec, cpu_dec(cpu))
READ_CLOCK(read_tb, cpu_timebase(cpu))
READ_CLOCK(read_tbu, cpu_timebase(cpu) >> 32)

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

#define READ_GATED(name, bit, cause, expr)                                                         \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                     \
    {                                                                                              \
        (void)n;                                                                                   \
        SPR_REQUIRE_FSCR(bit, cause);                                                              \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
#define WRITE_GATED(name, bit, cause, statement)                                                   \
    static enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t value)                      \
    {                                                                                              \
        (void)n;                                                                                   \
        SPR_REQUIRE_FSCR(bit, cause);                                                              \
        statement;                                                                                 \
        return ISA_NEXT;                                                                           \
    }
READ_GATED(read_dscr_user, FSCR_DSCR, FSCR_IC_DSCR, cpu->dscr)
WRITE_GATED(write_dscr_user, FSCR_DSCR, FSCR_IC_DSCR, cpu->dscr = value)
READ_GATED(read_tar, FSCR_TAR, FSCR_IC_TAR, cpu->tar)
WRITE_GATED(write_tar, FSCR_TAR, FSCR_IC_TAR, cpu->tar = value)

/* EBB in FSCR decides whether an event-based branch that is due is taken. */
static enum isa_outcome write_fscr(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)n;
    cpu->fscr = value;
    return spr_events_changed(cpu);
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

/* -- The table -- */

struct spr_row {
    const char *name;
    uint16_t number;
    uint8_t read_by, write_by, levels, sets, width;
    uint32_t offset; /* of the field, when width is not 0 */
    spr_reader *read;
    spr_writer *write;
};

static const struct spr_row rows[] = {
#define SPR(number, name, rd, wr, level, width, field)                                             \
    {name,          number,       BY_##rd, BY_##wr,                                                \
     LEVEL_##level, SETS_##level, width,   offsetof(struct cpu, field),                            \
     NULL,          NULL},
#define SPR_FN(number, name, rd, wr, level, reader, writer)                                        \
    {name, number, BY_##rd, BY_##wr, LEVEL_##level, SETS_##level, 0, 0, reader, writer},
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
    const bool there = row && (row->levels >> cpu->model->level & 1) && !(row->sets & cpu->hidden);
    return there ? row : NULL;
}

enum isa_outcome spr_undefined(struct cpu *cpu, unsigned n, bool is_read)
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
    if (!row || row->read_by == BY_NO)
        return spr_undefined(cpu, n, true);
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
    if (!row || row->write_by == BY_NO)
        return spr_undefined(cpu, n, false);
    const enum isa_outcome may = allowed(cpu, n, row->write_by);
    if (may != ISA_NEXT)
        return may;
    if (row->write)
        return row->write(cpu, n, value);
    memcpy((char *)cpu + row->offset, &value, row->width / 8);
    return ISA_NEXT;
}
