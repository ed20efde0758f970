/* The contract between an engine and `sim` (contract 2). */
#ifndef HORNPIPE_ISA_ENGINE_H
#define HORNPIPE_ISA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct cpu;

/* Why run() came back. What caused it has completed and is counted, except for BUDGET and CLOCK. */
enum engine_stop {
    STOP_BUDGET,    /* all of the budget retired, or a store to a device did, which ends a run */
    STOP_HCALL,     /* `sc 1` retired in privileged state: the machine must act; NIA is after it */
    STOP_TIMER,     /* DEC was written: the next deadline may have moved */
    STOP_STUCK,     /* interrupts follow each other and no instruction completes: the guest hangs */
    STOP_MARKER,    /* a guest marker instruction retired: cpu->gpr[3] and [4] hold its arguments */
    STOP_CLOCK,     /* the next instruction reads a clock, and cpu_cycles() is past clock_limit */
    STOP_INTERRUPT, /* cpu->intercept: cpu->fault would be taken, with SRR0 = cpu->nia */
};

/* One-time preparation of decode tables; call before any cpu exists. Idempotent. */
void isa_init(void);

/*
 * The engines: by all that a guest or an observer of exact counts can tell, they are one (contract
 * 2). The threaded one runs 64-bit mode by chains of handlers and leaves the rest to the precise
 * one, of which it has the bodies.
 */
enum engine_kind { ENGINE_PRECISE, ENGINE_THREADED };
extern const char *const engine_names[]; /* ended by NULL */

/* Chooses who runs a vCPU from its next run() on. STATUS_NO_MEMORY: as it was. */
enum sim_status engine_select(struct cpu *cpu, enum engine_kind kind);

/* Brings cpu->counters up to date: the threaded engine counts by block. Between two run()s. */
void engine_settle_counters(struct cpu *cpu);

/* True if the threaded engine has a handler of its own for the word, which goes on behind it. */
bool engine_threads(uint32_t word, bool little_endian);

/*
 * Retires at most `budget` (>= 1) instructions on `cpu`, which is not halted, taking interrupts on
 * the way, from cpu->nia; leaves cpu->nia at the next instruction. `*retired` gets the count.
 */
enum engine_stop engine_run(struct cpu *cpu, uint64_t budget, uint64_t *retired);

/* The same by the precise engine, whatever was chosen. */
enum engine_stop engine_precise_run(struct cpu *cpu, uint64_t budget, uint64_t *retired);

/* Instructions in a row that one handler of the threaded engine does at most. */
enum { ENGINE_FUSED_MAX = 5 };

/*
 * Executes `count` instructions in sequence, from cpu->nia on, by the threaded engine's handlers of
 * them, whatever block they are in (threaded_step.c); false if others would. What is decoded is
 * spoilt, and the count may be one too high: the vCPU may only be looked at afterwards.
 */
bool engine_threaded_step(struct cpu *cpu, unsigned count);

#endif
