/*
 * Directed privileged doorbells between the threads of two cores: TIR, DPDES, msgsndp, msgclrp.
 * (Book III-S 11 and 6.5.21 of 2.07)
 *
 * guest: options: -smp 8,threads=4
 * guest: not under qemu: TCG has one thread a core
 */
#include "common.inc"
#include "smp.inc"

#define DPDES  176
#define TIR    446
#define TYPE_5 0x28000000

#define READY  0x000
#define TURN   0x080 /* the vCPU that sends */
#define QUIET  0x100 /* 1: clear what is pending; 2: see what is */
#define COUNTS 0x180 /* doorbells taken, a doubleword for each */
#define SEEN   0x200 /* DPDES and TIR as each sees them */

main:
    lis     r31, SHARED >> 16
    take_over 0xa00, on_doorbell
    take_over 0x900, on_decrementer
    li      r3, -1
    std     r3, TURN(r31)
    li      r29, 1
1:  mr      r5, r29
    la64    r6, thread
    li      r7, 0
    bl      start_cpu
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    wait_for 7, READY, r31

    /* All have EE=0: what is sent stays, and each thread of the core sees it all. */
    li      r30, 0
1:  lis     r3, TYPE_5 >> 16
    or      r3, r3, r30
    msgsndp r3
    addi    r30, r30, 1
    cmpwi   r30, 8 /* beyond 3 there is nobody */
    blt     1b
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0xf)
    lis     r3, TYPE_5 >> 16
    msgclrp r3
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0xe)
    li      r3, 2
    std     r3, QUIET(r31)
    wait_for 14, READY, r31
    li      r29, 1
1:  sldi    r28, r29, 4
    addi    r28, r28, SEEN
    add     r28, r28, r31
    ld      r20, 8(r28)
    clrldi  r21, r29, 62
    EXPECT_SAME(r20, r21)
    ld      r20, 0(r28)
    li      r21, 0xe
    cmpwi   r29, 4
    blt     2f
    li      r21, 0
2:  EXPECT_SAME(r20, r21)
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b

    /* Only vCPU 2 clears its own. */
    li      r3, 1
    std     r3, QUIET(r31)
    wait_for 15, READY, r31
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0xa)
    ld      r20, COUNTS(r31)
    EXPECT_REG(r20, 0)

    /* Each sends to every thread of its core, itself included; half of them wait in H_CEDE. */
    li      r3, 99
    std     r3, TURN(r31)
    pass_time 60000
    li      r29, 0
1:  std     r29, TURN(r31)
    cmpwi   r29, 0
    bne     2f
    mfmsr   r3
    ori     r3, r3, M_EE
    mtmsrd  r3, 1
    bl      send_to_all
2:  pass_time 60000
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    li64    r3, HMSR
    mtmsrd  r3
    /* One from each of four; 1 and 3 also had those of the beginning. */
    li      r29, 0
1:  sldi    r3, r29, 3
    addi    r3, r3, COUNTS
    ldx     r20, r3, r31
    li      r21, 4
    cmpwi   r29, 1
    beq     2f
    cmpwi   r29, 3
    bne     3f
2:  li      r21, 5
3:  EXPECT_SAME(r20, r21)
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0)
    b       finish

send_to_all:
    li      r30, 0
1:  lis     r3, TYPE_5 >> 16
    or      r3, r3, r30
    msgsndp r3
    addi    r30, r30, 1
    cmpwi   r30, 8
    blt     1b
    blr

thread:
    lis     r31, SHARED >> 16
    mfspr   r29, PIR
    addi    r3, r31, READY
    bl      add_one
    wait_for 2, QUIET, r31
    sldi    r28, r29, 4
    addi    r28, r28, SEEN
    add     r28, r28, r31
    mfspr   r3, DPDES
    std     r3, 0(r28)
    mfspr   r3, TIR
    std     r3, 8(r28)
    addi    r3, r31, READY
    bl      add_one
    wait_for 1, QUIET, r31
    cmpwi   r29, 2
    bne     1f
    lis     r3, TYPE_5 >> 16
    ori     r3, r3, 3 /* of whom it clears, the tag has no say */
    msgclrp r3
    addi    r3, r31, READY
    bl      add_one
1:  ld      r3, TURN(r31)
    cmpdi   r3, 0
    blt     1b
    /* Odd ones compute, even ones wait, until it is their turn. */
    mfmsr   r3
    ori     r3, r3, M_EE
    mtmsrd  r3, 1
2:  ld      r3, TURN(r31)
    cmpd    r3, r29
    beq     4f
    andi.   r3, r29, 1
    bne     2b
    li      r3, 10000 /* but for a while only */
    mtdec   r3
    HCALL(H_CEDE)
    b       2b
4:  bl      send_to_all
5:  andi.   r3, r29, 1
    bne     5b
    li64    r3, 0x7fffffff
    mtdec   r3
    HCALL(H_CEDE)
    b       5b

on_decrementer:
    mtsprg  0, r3
    li64    r3, 0x7fffffff
    mtdec   r3
    mfsprg  r3, 0
    rfid

on_doorbell:
    count_and_return COUNTS

    smp_routines
