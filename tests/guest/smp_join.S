/*
 * H_JOIN: only H_PROD and a system reset end it; the last to join is told so. H_SIGNAL_SYS_RESET: to
 * one, to all, to all others, in whatever state they are. (LoPAR 14.11.5, 14.5)
 *
 * guest: options: -smp 4
 * guest: not under qemu: PIR is 0 on all vCPUs of 7.2
 */
#include "common.inc"
#include "smp.inc"

#define HERE   0x000 /* how many are about to join */
#define WOKEN  0x080 /* r3 of H_JOIN plus 1, a doubleword for each */
#define RESETS 0x100 /* system resets, a doubleword for each */

/* Resets of vCPU `cpu` so far. */
#define EXPECT_RESETS(cpu, count)                                                                  \
    ld r20, RESETS + 8 * cpu(r31);                                                                 \
    EXPECT_REG(r20, count)
#define EXPECT_WOKEN(cpu, count)                                                                   \
    ld r20, WOKEN + 8 * cpu(r31);                                                                  \
    EXPECT_REG(r20, count)
#define AFTER_A_WHILE pass_time 100000

main:
    lis     r31, SHARED >> 16
    take_over 0x100, on_reset
    mfmsr   r3
    ori     r3, r3, M_EE
    mtmsrd  r3, 1
    HCALL(H_JOIN)
    mr      r20, r3
    li64    r3, HMSR
    mtmsrd  r3
    EXPECT_REG(r20, H_BAD_MODE)
    /* The only one is the last one, also when prodded. */
    HCALL(H_JOIN)
    mr      r20, r3
    EXPECT_REG(r20, H_CONTINUE)
    li      r4, 0
    HCALL(H_PROD)
    HCALL(H_JOIN)
    mr      r20, r3
    EXPECT_REG(r20, H_CONTINUE)

    START(1, joins, 0)
    START(2, joins, 0)
    START(3, joins, 0)
    wait_for 3, HERE, r31
    AFTER_A_WHILE
    HCALL(H_JOIN)
    mr      r20, r3
    EXPECT_REG(r20, H_CONTINUE)
    QUERY(1)
    EXPECT_REG(r4, 2) /* it is not stopped */

    /* An interrupt that is not masked wakes nobody who has joined. */
    li      r4, 1
    li      r5, 4
    HCALL(H_IPI)
    AFTER_A_WHILE
    EXPECT_WOKEN(1, 0)
    li      r4, 1
    HCALL(H_PROD)
    AFTER_A_WHILE
    EXPECT_WOKEN(1, 1)
    EXPECT_WOKEN(2, 0)
    QUERY(1)
    EXPECT_REG(r4, 0) /* it has gone on, and stopped itself */
    HCALL(H_JOIN)
    mr      r20, r3
    EXPECT_REG(r20, H_CONTINUE) /* one is stopped, two have joined */

    /* A system reset does. */
    li      r4, 2
    HCALL(H_SIGNAL_SYS_RESET)
    mr      r20, r3
    EXPECT_REG(r20, H_SUCCESS)
    AFTER_A_WHILE
    EXPECT_RESETS(2, 1)
    EXPECT_WOKEN(2, 1)
    EXPECT_WOKEN(3, 0)

    /* Prodded before it joins: it does not wait. vCPU 0 runs, so it is not the last. */
    li      r4, 3
    HCALL(H_PROD)
    AFTER_A_WHILE
    EXPECT_WOKEN(3, 1)
    START(3, prods_itself, 0)
    AFTER_A_WHILE
    EXPECT_WOKEN(3, 1)
    QUERY(3)
    EXPECT_REG(r4, 0)

    /* 1 cedes, 2 computes, 3 is stopped. */
    START(1, cedes, 0)
    START(2, computes, 0)
    AFTER_A_WHILE
    li      r4, -2
    HCALL(H_SIGNAL_SYS_RESET)
    mr      r20, r3
    EXPECT_REG(r20, H_SUCCESS)
    AFTER_A_WHILE
    EXPECT_RESETS(0, 0)
    EXPECT_RESETS(1, 1)
    EXPECT_RESETS(2, 2)
    EXPECT_RESETS(3, 0)
    li      r4, -1
    HCALL(H_SIGNAL_SYS_RESET)
    AFTER_A_WHILE
    EXPECT_RESETS(0, 1)
    EXPECT_RESETS(1, 2)
    EXPECT_RESETS(2, 3)
    EXPECT_RESETS(3, 0)
    li      r4, 0
    HCALL(H_SIGNAL_SYS_RESET)
    EXPECT_RESETS(0, 2)
    li      r4, 3
    HCALL(H_SIGNAL_SYS_RESET)
    mr      r20, r3
    EXPECT_REG(r20, H_SUCCESS)
    li      r4, 4
    HCALL(H_SIGNAL_SYS_RESET)
    mr      r20, r3
    EXPECT_REG(r20, H_PARAMETER)
    li      r4, -3
    HCALL(H_SIGNAL_SYS_RESET)
    mr      r20, r3
    EXPECT_REG(r20, H_PARAMETER)
    /* The one that was stopped begins where start-cpu says, with nothing pending. */
    QUERY(3)
    EXPECT_REG(r4, 0)
    START(3, cedes, 0)
    AFTER_A_WHILE
    EXPECT_RESETS(3, 0)
    b       finish

joins:
    lis     r31, SHARED >> 16
    addi    r3, r31, HERE
    bl      add_one
    li      r4, 0xff
    HCALL(H_CPPR)
    HCALL(H_JOIN)
join_done:
    addi    r3, r3, 1
    mfspr   r4, PIR
    sldi    r4, r4, 3
    addi    r4, r4, WOKEN
    stdx    r3, r4, r31
    mfspr   r4, PIR /* what came meanwhile is not wanted */
    li      r5, 0xff
    HCALL(H_IPI)
    li      r4, 0
    HCALL(H_CPPR)
    b       stop_self

prods_itself:
    lis     r31, SHARED >> 16
    li      r3, 0
    std     r3, WOKEN + 24(r31)
    li      r4, 3
    HCALL(H_PROD)
    HCALL(H_JOIN)
    b       join_done

cedes:
    HCALL(H_CEDE)
    b       cedes

computes:
    b       .

/* Counts, and goes on where it was. */
on_reset:
    count_and_return RESETS

    smp_routines
