/* Inside spr*.c: functions behind the SPR_FN rows of sprs.def. */
#ifndef HORNPIPE_ISA_SPR_TABLE_H
#define HORNPIPE_ISA_SPR_TABLE_H

#include "isa/outcome.h"

typedef enum isa_outcome spr_reader(struct cpu *cpu, unsigned n, uint64_t *value);
typedef enum isa_outcome spr_writer(struct cpu *cpu, unsigned n, uint64_t value);

/* Definitions from an expression or a statement that uses `cpu`, `value` and the number n. */
#define SPR_READ(name, expr)                                                                       \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t *value)                            \
    {                                                                                              \
        (void)n;                                                                                   \
        (void)cpu;                                                                                 \
        *value = (expr);                                                                           \
        return ISA_NEXT;                                                                           \
    }
#define SPR_WRITE(name, statement)                                                                 \
    enum isa_outcome name(struct cpu *cpu, unsigned n, uint64_t value)                             \
    {                                                                                              \
        (void)n;                                                                                   \
        statement;                                                                                 \
        return ISA_NEXT;                                                                           \
    }

/* Facilities that FSCR opens to problem state. */
#define SPR_REQUIRE_FSCR(bit, cause)                                                               \
    if ((cpu->msr & MSR_PR) && !(cpu->fscr & (bit)))                                               \
    return isa_raise_facility(cpu, (cause))

/* The answer to a number undefined for reading or for writing: Book III-S 4.4.5 mtspr, mfspr. */
enum isa_outcome spr_undefined(struct cpu *cpu, unsigned n, bool is_read);

/* The end of a write after which interrupts, events or the choice of loop may be others. */
enum isa_outcome spr_events_changed(struct cpu *cpu);

/* Performance monitor: spr_pmu.c. The privileged readers are plain fields. */
spr_reader spr_read_sier_user, spr_read_mmcra_user, spr_read_mmcr0_user, spr_read_mmcr1_user;
spr_reader spr_read_mmcr2_user, spr_read_siar_user, spr_read_sdar_user, spr_read_pmc_user;
spr_reader spr_read_mmcr0, spr_read_pmc;
spr_writer spr_write_pmu_user, spr_write_mmcr0, spr_write_pmc;

/* Event-based branches: spr_pmu.c. */
spr_reader spr_read_bescr, spr_read_bescr_upper, spr_read_ebbhr, spr_read_ebbrr;
spr_writer spr_write_bescr, spr_write_bescrs, spr_write_bescrsu, spr_write_bescrr;
spr_writer spr_write_bescrru, spr_write_ebbhr, spr_write_ebbrr;

/* Transactional memory: spr_tm.c. */
spr_reader spr_read_tfhar, spr_read_tfiar, spr_read_texasr, spr_read_texasru;
spr_writer spr_write_tfhar, spr_write_tfiar, spr_write_texasr, spr_write_texasru;

#endif
