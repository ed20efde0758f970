/*
 * Transactional memory (Book II 5, Book III-S 3.2.2, 2.07): an implementation in which every
 * transaction fails when it begins, with a failure that is persistent. So Transactional state is
 * never seen: what would enter it fails, or goes on with the failure that is already recorded.
 * Suspended state is entered by trechkpt. only, which needs a recorded failure.
 */
#ifndef HORNPIPE_ISA_TM_H
#define HORNPIPE_ISA_TM_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/msr.h"

struct cpu;

/* MSR[TS] */
#define MSR_TS_SUSPENDED     PPC_BIT(30)
#define MSR_TS_TRANSACTIONAL PPC_BIT(29)

/* TEXASR (Book II 5.2.3); 0:7 is also what software says by tabort. and treclaim. */
#define TEXASR_PERSISTENT UINT64_C(0x0100000000000000)
#define TEXASR_NESTING    UINT64_C(0x0040000000000000)
#define TEXASR_ABORT      PPC_BIT(31)
#define TEXASR_SUSPENDED  PPC_BIT(32)
#define TEXASR_PRIVILEGE  PPC_BITMASK(34, 35) /* MSR[HV PR] */
#define TEXASR_FS         PPC_BIT(36)         /* a failure is recorded */
#define TEXASR_EXACT      PPC_BIT(37)
#define TEXASR_ROT        PPC_BIT(38)
#define TEXASR_TL         PPC_BITMASK(52, 63)
#define TEXASR_EXISTING   (PPC_BITMASK(0, 16) | PPC_BITMASK(31, 32) | PPC_BITMASK(34, 38) | TEXASR_TL)

/*
 * True if rfid, rfebb or mtmsrd may ask for MSR[TS TM] of `wanted` in the state of `now`; else it
 * is a TM Bad Thing.
 */
bool tm_may_change(uint64_t now, uint64_t wanted);

/* MSR[TS TM] that such a request leads to. */
uint64_t tm_changed(uint64_t now, uint64_t wanted);

/*
 * True if `msr` is problem state with a transaction, while the PCR hides transactions from problem
 * state: a TM Bad Thing of what would go there (Book III-S 2.6, 3.2.2).
 */
bool tm_is_hidden_in(const struct cpu *cpu, uint64_t msr);

/* A transaction of tbegin. with this R field that begins at cpu->cia, and fails there. */
void tm_begin_fails(struct cpu *cpu, bool rollback_only);

/* trechkpt.: the registers become the checkpoint. treclaim., failing: the other way round. */
void tm_save_checkpoint(struct cpu *cpu);
void tm_load_checkpoint(struct cpu *cpu);

/*
 * After MSR[TS] was set: a doomed transaction that was resumed goes to its failure handler, with
 * cpu->nia, CR0 and the checkpointed registers set. True if it did.
 */
bool tm_fail_if_resumed(struct cpu *cpu);

#endif
