/* Handlers for the threaded engine that are wrong, to see that lockstep tells. */
#ifndef HORNPIPE_TESTS_WRONG_HANDLERS_H
#define HORNPIPE_TESTS_WRONG_HANDLERS_H

#include <string.h>

#include "isa/bus.h"
#include "isa/engine.h"
#include "isa/precise.h"
#include "isa/threaded.h"
#include "isa/threaded_tables.h"

/* The right one of the row that is wrong now. */
static code_handler *right_handler;

/* add: one too many if the sum is this. */
static uint64_t wrong_sum;

static __attribute__((unused)) enum isa_outcome wrong_add(struct cpu *cpu,
                                                          const struct code_slot *slot)
{
    const struct insn *const op = &slot->insn;
    const uint64_t sum = cpu->gpr[op->ra] + cpu->gpr[op->rb];
    cpu->gpr[op->rt] = sum + (sum == wrong_sum);
    return slot[1].run(cpu, slot + 1);
}

/* andi.: 0 is greater than 0, too. */
static __attribute__((unused)) enum isa_outcome wrong_andi_dot(struct cpu *cpu,
                                                               const struct code_slot *slot)
{
    const struct insn *const op = &slot->insn;
    const uint64_t value = cpu->gpr[op->rt] & (uint32_t)op->imm;
    cpu->gpr[op->ra] = value;
    cpu->cr[0] = (uint8_t)((value ? 4 : 6) | cpu->so);
    return slot[1].run(cpu, slot + 1);
}

/* add followed by andi.: done as a pair, of which the second half is as wrong as above. */
static __attribute__((unused)) enum isa_outcome wrong_pair(struct cpu *cpu,
                                                           const struct code_slot *slot)
{
    const struct insn *const op = &slot->insn;
    cpu->gpr[op->rt] = cpu->gpr[op->ra] + cpu->gpr[op->rb];
    if (slot[1].insn.op == ROW_ANDI_DOT * 4)
        return wrong_andi_dot(cpu, slot + 1);
    return slot[1].run(cpu, slot + 1);
}

/* add: where it would be wrong as above, it changes another vCPU instead. */
static __attribute__((unused)) enum isa_outcome wrong_message(struct cpu *cpu,
                                                              const struct code_slot *slot)
{
    const struct insn *const op = &slot->insn;
    cpu->gpr[op->rt] = cpu->gpr[op->ra] + cpu->gpr[op->rb];
    if (cpu->gpr[op->rt] == wrong_sum && cpu->bus->cpus[0] == cpu)
        cpu->bus->cpus[1]->dscr++;
    return slot[1].run(cpu, slot + 1);
}

/* stb: 0x90 goes into the byte after the right one. */
static __attribute__((unused)) enum isa_outcome wrong_stb(struct cpu *cpu,
                                                          const struct code_slot *slot)
{
    struct insn op = slot->insn;
    if ((uint8_t)cpu->gpr[op.rt] != 0x90)
        return right_handler(cpu, slot);
    op.imm++;
    cpu->cia = threaded_cia(cpu, slot);
    if (precise_handlers[op.op](cpu, &op) != ISA_NEXT)
        return threaded_slow(cpu, slot);
    return slot[1].run(cpu, slot + 1);
}

/* Any: what follows it in its block is counted twice, and so is it. */
static __attribute__((unused)) enum isa_outcome wrong_count(struct cpu *cpu,
                                                            const struct code_slot *slot)
{
    cpu->slot_counts[slot->id]++;
    return right_handler(cpu, slot);
}

/* Any: forgets that it counts. */
static __attribute__((unused)) enum isa_outcome wrong_left(struct cpu *cpu,
                                                           const struct code_slot *slot)
{
    cpu->left++;
    return right_handler(cpu, slot);
}

/* The op's handler is `wrong` from now on, in both byte orders; after isa_init(). */
static inline void handler_replace(unsigned op, code_handler *wrong)
{
    right_handler = threaded_handlers[0][op];
    threaded_handlers[0][op] = threaded_handlers[1][op] = wrong;
}

#endif
