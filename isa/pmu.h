/*
 * The performance monitor's registers with the rules that need no counting (Book III-S 9, 2.07),
 * event-based branches (Book II 7) and the branch history rolling buffer (Book I 8). The counters
 * hold what software writes: events are counted by core models only.
 */
#ifndef HORNPIPE_ISA_PMU_H
#define HORNPIPE_ISA_PMU_H

#include <stdint.h>

#include "base/bits.h"

struct cpu;
struct insn;

#define MMCR0_FC      UINT64_C(0x80000000) /* freeze all counters */
#define MMCR0_FCS     UINT64_C(0x40000000) /* freeze counters and BHRB in privileged state */
#define MMCR0_FCP     UINT64_C(0x20000000) /* ... in problem state, as FCPC says */
#define MMCR0_PMAE    UINT64_C(0x04000000) /* alerts enabled; 2.06: PMXE */
#define MMCR0_FCECE   UINT64_C(0x02000000) /* an enabled condition freezes the counters */
#define MMCR0_BHRBA   UINT64_C(0x00200000) /* problem state may use the BHRB */
#define MMCR0_EBE     UINT64_C(0x00100000) /* alerts are for event-based branches */
#define MMCR0_PMCC    UINT64_C(0x000c0000)
#define MMCR0_PMC1CE  UINT64_C(0x00008000)
#define MMCR0_PMCJCE  UINT64_C(0x00004000)
#define MMCR0_TRIGGER UINT64_C(0x00002000)
#define MMCR0_FCPC    UINT64_C(0x00001000)
#define MMCR0_PMAO    UINT64_C(0x00000080) /* an alert has occurred */
#define PMCC_SHIFT    18

#define BESCR_GE       PPC_BIT(0)
#define BESCR_EE       PPC_BIT(30) /* external event-based exceptions enabled */
#define BESCR_PME      PPC_BIT(31) /* those of the performance monitor */
#define BESCR_TS       PPC_BITMASK(32, 33)
#define BESCR_EEO      PPC_BIT(62) /* one has occurred */
#define BESCR_PMEO     PPC_BIT(63)
#define BESCR_EXISTING (BESCR_GE | BESCR_EE | BESCR_PME | BESCR_TS | BESCR_EEO | BESCR_PMEO)

#define BHRBE_TARGET UINT64_C(2) /* the address is that of a target */

/* Entries of POWER8's buffer. */
enum { BHRB_ENTRIES = 32 };

/*
 * Register writes by software. A counter that is negative while its condition is enabled acts at
 * once: FC, TRIGGER, PMAE, PMAO, BESCR[PMEO].
 */
void pmu_set_mmcr0(struct cpu *cpu, uint64_t value);
void pmu_set_pmc(struct cpu *cpu, unsigned index, uint32_t value);

/* Brings what follows from MMCR0, BESCR, FSCR, DPDES and the MSR up to date: cpu->pending, ... */
void cpu_update_events(struct cpu *cpu);

/* Takes the event-based branch that is pending in front of cpu->nia. */
void cpu_take_event(struct cpu *cpu);

/* Notes the taken branch `op` at cpu->cia to cpu->nia, as MMCRA[IFM] says; cpu->bhrb_on is set. */
void bhrb_record(struct cpu *cpu, const struct insn *op);

/* Entry n, 0 the last one written; 0 when there is none. */
uint64_t bhrb_entry(const struct cpu *cpu, unsigned n);
void bhrb_clear(struct cpu *cpu);

#endif
