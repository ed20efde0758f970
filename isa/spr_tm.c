/* SPRs of transactional memory: Book II 5.2, Book III-S 4.4.5. */
#include "isa/cpu.h"
#include "isa/spr_table.h"
#include "isa/tm.h"

#define REQUIRE_TM()                                                                               \
    if (!(cpu->msr & MSR_TM))                                                                      \
    return isa_raise_facility(cpu, FSCR_IC_TM)
/* A transaction's record is not to be changed under it. */
#define REQUIRE_NO_TRANSACTION()                                                                   \
    if (cpu->msr & MSR_TS)                                                                         \
    return isa_raise_program(cpu, SRR1_PROG_TM_BAD)

#define TM_READ(name, expr)                                                                        \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                            \
    {                                                                                              \
        (void)n;                                                                                   \
        REQUIRE_TM();                                                                              \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
#define TM_WRITE(name, statement)                                                                  \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t value)                             \
    {                                                                                              \
        (void)n;                                                                                   \
        REQUIRE_TM();                                                                              \
        REQUIRE_NO_TRANSACTION();                                                                  \
        statement;                                                                                 \
        return ISA_NEXT;                                                                           \
    }

TM_READ(spr_read_tfhar, cpu->tfhar)
TM_READ(spr_read_tfiar, cpu->tfiar)
TM_READ(spr_read_texasr, cpu->texasr)
TM_READ(spr_read_texasru, cpu->texasr >> 32)
TM_WRITE(spr_write_tfiar, cpu->tfiar = value)
TM_WRITE(spr_write_texasr, cpu->texasr = value & TEXASR_EXISTING)
TM_WRITE(spr_write_texasru,
         cpu->texasr = (cpu->texasr & 0xffffffff) | (value << 32 & TEXASR_EXISTING))

/* TFHAR may be written in Suspended state as well; its low bits are not there. */
enum isa_outcome spr_write_tfhar(struct cpu *cpu, unsigned n, uint64_t value)
{
    (void)n;
    REQUIRE_TM();
    cpu->tfhar = value & ~UINT64_C(3);
    return ISA_NEXT;
}
