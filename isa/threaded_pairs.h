/*
 * The threaded engine's handlers of pairs, for one byte order: include after the bodies of the
 * chapters whose rows threaded_pairs.def names, with THREADED(name) giving names their suffix.
 * THREADED_TABLE is the name of the function that lists them.
 */
#include "isa/threaded.h"
#include "isa/threaded_tables.h"

/* The first of two: what it can't do leaves the block before it, and before the second then. */
#define PAIR_FIRST(id)                                                                             \
    uint64_t nia = 0;                                                                              \
    if (UNLIKELY(sem_##id(cpu, &slot->insn, 0, threaded_cia(cpu, slot), &nia) != ISA_NEXT))        \
    return threaded_slow(cpu, slot)

/* A branch as the second: `fixed` says what is known of its operands (threaded_branch.c). */
#define PAIR_BRANCH(name, first, id, fixed)                                                        \
    static enum isa_outcome name(struct cpu *cpu, const struct code_slot *slot)                    \
    {                                                                                              \
        struct insn op = slot[1].insn;                                                             \
        fixed;                                                                                     \
        PAIR_FIRST(first);                                                                         \
        if (sem_##id(cpu, &op, 0, threaded_cia(cpu, slot + 1), &nia) == ISA_NEXT)                  \
            return threaded_enter(cpu, slot + 2);                                                  \
        cpu->taken++;                                                                              \
        return threaded_enter(cpu, slot + 1 + (slot[1].insn.imm >> 2));                            \
    }
#define ON_FALSE(bit)         (op.rt = 4, op.ra = (uint8_t)((op.ra & ~3u) | (bit)))
#define ON_TRUE(bit)          (op.rt = 12, op.ra = (uint8_t)((op.ra & ~3u) | (bit)))
/* The field that a compare sets: CR0 for the record forms, whose BF is no operand. */
#define SET_BF                (slot->insn.rt & ~3u)
#define SET_CMPI_N            SET_BF
#define SET_CMPI_W            SET_BF
#define SET_CMP_N             SET_BF
#define SET_CMP_W             SET_BF
#define SET_CMPL_N            SET_BF
#define SET_CMPL_W            SET_BF
#define SET_CMPLI_N           SET_BF
#define SET_CMPLI_W           SET_BF
#define SET_ANDI_DOT          0
#define ON_FALSE_SET(id, bit) (op.rt = 4, op.ra = (uint8_t)((SET_##id) | (bit)))
#define ON_TRUE_SET(id, bit)  (op.rt = 12, op.ra = (uint8_t)((SET_##id) | (bit)))

#define PAIR(first, second)                                                                        \
    static enum isa_outcome THREADED(first##_##second)(struct cpu * cpu,                           \
                                                       const struct code_slot *slot)               \
    {                                                                                              \
        PAIR_FIRST(first);                                                                         \
        if (UNLIKELY(sem_##second(cpu, &slot[1].insn, 0, threaded_cia(cpu, slot + 1), &nia) !=     \
                     ISA_NEXT))                                                                    \
            return threaded_slow(cpu, slot + 1);                                                   \
        return slot[2].run(cpu, slot + 2);                                                         \
    }
#define JUMP_AFTER(first, second)                                                                  \
    static enum isa_outcome THREADED(first##_##second)(struct cpu * cpu,                           \
                                                       const struct code_slot *slot)               \
    {                                                                                              \
        PAIR_FIRST(first);                                                                         \
        if (sem_##second(cpu, &slot[1].insn, 0, threaded_cia(cpu, slot + 1), &nia) == ISA_NEXT)    \
            return threaded_enter(cpu, slot + 2);                                                  \
        cpu->taken++;                                                                              \
        return threaded_goto(cpu, nia);                                                            \
    }
#define BRANCH_AFTER(id)                                                                           \
    PAIR_BRANCH(THREADED(id##_false_0), id, BC, ON_FALSE(0))                                       \
    PAIR_BRANCH(THREADED(id##_false_1), id, BC, ON_FALSE(1))                                       \
    PAIR_BRANCH(THREADED(id##_false_2), id, BC, ON_FALSE(2))                                       \
    PAIR_BRANCH(THREADED(id##_true_0), id, BC, ON_TRUE(0))                                         \
    PAIR_BRANCH(THREADED(id##_true_1), id, BC, ON_TRUE(1))                                         \
    PAIR_BRANCH(THREADED(id##_true_2), id, BC, ON_TRUE(2))                                         \
    PAIR_BRANCH(THREADED(id##_bdnz), id, BC, op.rt = 16)                                           \
    PAIR_BRANCH(THREADED(id##_b), id, B, )
#define BRANCH_AFTER_COMPARE(id)                                                                   \
    PAIR_BRANCH(THREADED(id##_false_0), id, BC, ON_FALSE_SET(id, 0))                               \
    PAIR_BRANCH(THREADED(id##_false_1), id, BC, ON_FALSE_SET(id, 1))                               \
    PAIR_BRANCH(THREADED(id##_false_2), id, BC, ON_FALSE_SET(id, 2))                               \
    PAIR_BRANCH(THREADED(id##_true_0), id, BC, ON_TRUE_SET(id, 0))                                 \
    PAIR_BRANCH(THREADED(id##_true_1), id, BC, ON_TRUE_SET(id, 1))                                 \
    PAIR_BRANCH(THREADED(id##_true_2), id, BC, ON_TRUE_SET(id, 2))
#include "isa/threaded_pairs.def"
#undef PAIR
#undef JUMP_AFTER
#undef BRANCH_AFTER
#undef BRANCH_AFTER_COMPARE

#define ENTRY(id, other, name, same)                                                               \
    pairs[n++] = (struct threaded_pair){.first = table[ROW_##id * 4],                              \
                                        .second = (other),                                         \
                                        .both = THREADED(name),                                    \
                                        .with_field = (same)};
#define PAIR(id, second)       ENTRY(id, table[ROW_##second * 4], id##_##second, false)
#define JUMP_AFTER(id, second) PAIR(id, second)
#define ON_BITS(id, same)                                                                          \
    ENTRY(id, threaded_near[NEAR_FALSE + 0], id##_false_0, same)                                   \
    ENTRY(id, threaded_near[NEAR_FALSE + 1], id##_false_1, same)                                   \
    ENTRY(id, threaded_near[NEAR_FALSE + 2], id##_false_2, same)                                   \
    ENTRY(id, threaded_near[NEAR_TRUE + 0], id##_true_0, same)                                     \
    ENTRY(id, threaded_near[NEAR_TRUE + 1], id##_true_1, same)                                     \
    ENTRY(id, threaded_near[NEAR_TRUE + 2], id##_true_2, same)
#define BRANCH_AFTER_COMPARE(id) ON_BITS(id, true)
#define BRANCH_AFTER(id)                                                                           \
    ON_BITS(id, false)                                                                             \
    ENTRY(id, threaded_near[NEAR_BDNZ], id##_bdnz, false)                                          \
    ENTRY(id, threaded_near[NEAR_B], id##_b, false)
unsigned THREADED_TABLE(code_handler *const *table, struct threaded_pair *pairs)
{
    unsigned n = 0;
#include "isa/threaded_pairs.def"
    return n;
}
#undef PAIR
#undef JUMP_AFTER
#undef BRANCH_AFTER
#undef BRANCH_AFTER_COMPARE
