/*
 * The threaded engine's handlers of several instructions, for one byte order: include after the
 * bodies of the chapters whose rows threaded_fused.def names, with THREADED(name) giving names
 * their suffix. THREADED_TABLE is the name of the function that lists them.
 */
#include "isa/threaded_body.h"
#include "isa/threaded_tables.h"

/* What one of them can't do leaves the block before it: the others are done. */
#define STEP(i, id)                                                                                \
    if (UNLIKELY(sem_##id(cpu, &slot[i].insn, 0, threaded_cia(cpu, slot + (i)), &nia) !=           \
                 ISA_NEXT))                                                                        \
        return threaded_slow(cpu, slot + (i));
#define STEPS_1(a)             STEP(0, a)
#define STEPS_2(a, b)          STEPS_1(a) STEP(1, b)
#define STEPS_3(a, b, c)       STEPS_2(a, b) STEP(2, c)
#define STEPS_4(a, b, c, d)    STEPS_3(a, b, c) STEP(3, d)
#define STEPS_5(a, b, c, d, e) STEPS_4(a, b, c, d) STEP(4, e)

#define FUSED(name, before, steps, end)                                                            \
    static enum isa_outcome THREADED(name)(struct cpu * cpu, const struct code_slot *slot)         \
    {                                                                                              \
        uint64_t nia = 0;                                                                          \
        before steps end                                                                           \
    }
#define GO_ON(n) return slot[n].run(cpu, slot + (n));
#define JUMP(i, id)                                                                                \
    sem_##id(cpu, &slot[i].insn, 0, threaded_cia(cpu, slot + (i)), &nia);                          \
    cpu->taken++;                                                                                  \
    return threaded_goto_guess(cpu, slot + (i), nia, GUESSES_##id);
#define GUESSES_BLR  THREADED_GUESSED(E_LR_RD)
#define GUESSES_BCTR THREADED_GUESSED(E_CTR_RD)

/*
 * A branch inside the page, of whose operands something is known (threaded_branch.c): perhaps that
 * it tests the CR field which the instruction before it sets. What is known is found first, since
 * to the compiler a write to a CR field may be one to the slots.
 */
#define BRANCH(i, on) BRANCH_BY(i, BY_##on)
#define BRANCH_BY(i, id)                                                                           \
    if (id(cpu, &op, 0, threaded_cia(cpu, slot + (i)), &nia) == ISA_NEXT)                          \
        return threaded_enter(cpu, slot + (i) + 1);                                                \
    cpu->taken++;                                                                                  \
    return threaded_enter(cpu, slot + (i) + (op.imm >> 2));
#define KNOWN(i, on)                                                                               \
    struct insn op = slot[i].insn;                                                                 \
    KNOWN_##on;
#define KNOWN_FIELD(i, id, on)                                                                     \
    KNOWN(i, on)                                                                                   \
    op.ra = (uint8_t)((op.ra & 3u) | FIELD_SET_BY_##id(slot[(i)-1].insn));
#define KNOWN_BIT(bo, bit) (op.rt = (bo), op.ra = (uint8_t)((op.ra & ~3u) | (bit)))
#define KNOWN_FALSE_0      KNOWN_BIT(4, 0)
#define KNOWN_FALSE_1      KNOWN_BIT(4, 1)
#define KNOWN_FALSE_2      KNOWN_BIT(4, 2)
#define KNOWN_TRUE_0       KNOWN_BIT(12, 0)
#define KNOWN_TRUE_1       KNOWN_BIT(12, 1)
#define KNOWN_TRUE_2       KNOWN_BIT(12, 2)
#define KNOWN_BDNZ         op.rt = 16
#define KNOWN_B
#define BY_FALSE_0                  sem_BC
#define BY_FALSE_1                  sem_BC
#define BY_FALSE_2                  sem_BC
#define BY_TRUE_0                   sem_BC
#define BY_TRUE_1                   sem_BC
#define BY_TRUE_2                   sem_BC
#define BY_BDNZ                     sem_BC
#define BY_B                        sem_B
#define FIELD_SET_BY_BF(insn)       ((insn).rt & ~3u)
#define FIELD_SET_BY_CMPI_N         FIELD_SET_BY_BF
#define FIELD_SET_BY_CMPI_W         FIELD_SET_BY_BF
#define FIELD_SET_BY_CMP_N          FIELD_SET_BY_BF
#define FIELD_SET_BY_CMP_W          FIELD_SET_BY_BF
#define FIELD_SET_BY_CMPL_N         FIELD_SET_BY_BF
#define FIELD_SET_BY_CMPL_W         FIELD_SET_BY_BF
#define FIELD_SET_BY_CMPLI_N        FIELD_SET_BY_BF
#define FIELD_SET_BY_CMPLI_W        FIELD_SET_BY_BF
#define FIELD_SET_BY_ANDI_DOT(insn) 0u /* no operand: CR0 */

/* The names: those of all parts. */
#define N2(a, b)          a##_##b
#define N3(a, b, c)       a##_##b##_##c
#define N4(a, b, c, d)    a##_##b##_##c##_##d
#define N5(a, b, c, d, e) a##_##b##_##c##_##d##_##e

#define NEXT_2(a, b)          FUSED(N2(a, b), , STEPS_2(a, b), GO_ON(2))
#define NEXT_3(a, b, c)       FUSED(N3(a, b, c), , STEPS_3(a, b, c), GO_ON(3))
#define NEXT_4(a, b, c, d)    FUSED(N4(a, b, c, d), , STEPS_4(a, b, c, d), GO_ON(4))
#define NEXT_5(a, b, c, d, e) FUSED(N5(a, b, c, d, e), , STEPS_5(a, b, c, d, e), GO_ON(5))
#define JUMP_2(a, b)          FUSED(N2(a, b), , STEPS_1(a), JUMP(1, b))
#define JUMP_3(a, b, c)       FUSED(N3(a, b, c), , STEPS_2(a, b), JUMP(2, c))
#define JUMP_4(a, b, c, d)    FUSED(N4(a, b, c, d), , STEPS_3(a, b, c), JUMP(3, d))
#define JUMP_5(a, b, c, d, e) FUSED(N5(a, b, c, d, e), , STEPS_4(a, b, c, d), JUMP(4, e))
#define BRANCH_2(a, on)       FUSED(N2(a, on), KNOWN(1, on), STEPS_1(a), BRANCH(1, on))
#define BRANCH_3(a, b, on)    FUSED(N3(a, b, on), KNOWN(2, on), STEPS_2(a, b), BRANCH(2, on))
#define BRANCH_4(a, b, c, on) FUSED(N4(a, b, c, on), KNOWN(3, on), STEPS_3(a, b, c), BRANCH(3, on))
#define BRANCH_5(a, b, c, d, on)                                                                   \
    FUSED(N5(a, b, c, d, on), KNOWN(4, on), STEPS_4(a, b, c, d), BRANCH(4, on))
#define COMPARE_2(a, on)    FUSED(N2(a, on), KNOWN_FIELD(1, a, on), STEPS_1(a), BRANCH(1, on))
#define COMPARE_3(a, b, on) FUSED(N3(a, b, on), KNOWN_FIELD(2, b, on), STEPS_2(a, b), BRANCH(2, on))
#define COMPARE_4(a, b, c, on)                                                                     \
    FUSED(N4(a, b, c, on), KNOWN_FIELD(3, c, on), STEPS_3(a, b, c), BRANCH(3, on))
#define COMPARE_5(a, b, c, d, on)                                                                  \
    FUSED(N5(a, b, c, d, on), KNOWN_FIELD(4, d, on), STEPS_4(a, b, c, d), BRANCH(4, on))
#include "isa/threaded_fused.def"
#include "isa/threaded_fused_undef.h"

#define ENTRY(n, name, same, ...)                                                                  \
    list[count++] = (struct threaded_fusion){                                                      \
        .count = (n), .with_field = (same), .fused = THREADED(name), .alone = {__VA_ARGS__}};
#define ONE(id)            table[ROW_##id * 4]
#define NEAR(on)           threaded_near[NEAR_##on]
#define NEXT_2(a, b)       ENTRY(2, N2(a, b), false, ONE(a), ONE(b))
#define NEXT_3(a, b, c)    ENTRY(3, N3(a, b, c), false, ONE(a), ONE(b), ONE(c))
#define NEXT_4(a, b, c, d) ENTRY(4, N4(a, b, c, d), false, ONE(a), ONE(b), ONE(c), ONE(d))
#define NEXT_5(a, b, c, d, e)                                                                      \
    ENTRY(5, N5(a, b, c, d, e), false, ONE(a), ONE(b), ONE(c), ONE(d), ONE(e))
#define JUMP_2                NEXT_2
#define JUMP_3                NEXT_3
#define JUMP_4                NEXT_4
#define JUMP_5                NEXT_5
#define BRANCH_2(a, on)       ENTRY(2, N2(a, on), false, ONE(a), NEAR(on))
#define BRANCH_3(a, b, on)    ENTRY(3, N3(a, b, on), false, ONE(a), ONE(b), NEAR(on))
#define BRANCH_4(a, b, c, on) ENTRY(4, N4(a, b, c, on), false, ONE(a), ONE(b), ONE(c), NEAR(on))
#define BRANCH_5(a, b, c, d, on)                                                                   \
    ENTRY(5, N5(a, b, c, d, on), false, ONE(a), ONE(b), ONE(c), ONE(d), NEAR(on))
#define COMPARE_2(a, on)       ENTRY(2, N2(a, on), true, ONE(a), NEAR(on))
#define COMPARE_3(a, b, on)    ENTRY(3, N3(a, b, on), true, ONE(a), ONE(b), NEAR(on))
#define COMPARE_4(a, b, c, on) ENTRY(4, N4(a, b, c, on), true, ONE(a), ONE(b), ONE(c), NEAR(on))
#define COMPARE_5(a, b, c, d, on)                                                                  \
    ENTRY(5, N5(a, b, c, d, on), true, ONE(a), ONE(b), ONE(c), ONE(d), NEAR(on))
unsigned THREADED_TABLE(code_handler *const *table, struct threaded_fusion *list)
{
    unsigned count = 0;
#include "isa/threaded_fused.def"
    return count;
}
#include "isa/threaded_fused_undef.h"
