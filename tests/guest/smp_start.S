/*
 * start-cpu, stop-self, query-cpu-stopped-state; locks and counters of 8 vCPUs by load and reserve.
 * (LoPAR 7.3.8; Book II 1.7.4)
 *
 * guest: options: -smp 8
 * guest: not under qemu: PIR is 0 on all vCPUs of 7.2
 */
#include "common.inc"
#include "smp.inc"

#define ROUNDS  100000
#define GO      0x000 /* offsets from SHARED; each in a granule of its own */
#define DONE    0x080
#define ATOMIC  0x100
#define LOCK    0x180
#define PLAIN   0x200
#define STARTED 0x400 /* r3, MSR, PIR of each */

main:
    lis     r31, SHARED >> 16
    /* States and errors. */
    QUERY(0)
    EXPECT_REG(r4, 2)
    QUERY(7)
    mr      r20, r3
    EXPECT_REG(r4, 0)
    EXPECT_REG(r20, 0)
    QUERY(8)
    EXPECT_REG(r3, -3)
    START(8, secondary, 0)
    EXPECT_REG(r3, -3)
    START(0, secondary, 0)
    EXPECT_REG(r3, -1)

    /* All others, and what they begin with. */
    li      r29, 1
1:  mr      r5, r29
    la64    r6, secondary
    addi    r7, r29, 0x700
    bl      start_cpu
    EXPECT_REG(r3, 0)
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    wait_for 7, DONE, r31
    addi    r30, r31, STARTED
    li      r29, 1
1:  addi    r30, r30, 32
    ld      r20, 0(r30)
    addi    r21, r29, 0x700
    EXPECT_SAME(r20, r21)
    ld      r20, 8(r30)
    EXPECT_REG(r20, M_SF | M_ME)
    ld      r20, 16(r30)
    EXPECT_SAME(r20, r29)
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    QUERY(5)
    EXPECT_REG(r4, 2)
    START(5, secondary, 0)
    EXPECT_REG(r3, -1)

    /* Together: nothing is lost. */
    li      r3, 1
    std     r3, GO(r31)
    bl      work
    wait_for 14, DONE, r31
    ld      r20, ATOMIC(r31)
    EXPECT_REG(r20, 8 * ROUNDS)
    ld      r20, PLAIN(r31)
    EXPECT_REG(r20, 8 * ROUNDS)

    /* They stop, and one starts again. */
1:  QUERY(3)
    cmpdi   r4, 0
    bne     1b
    START(3, again, 42)
    EXPECT_REG(r3, 0)
    wait_for 42, DONE, r31
    b       finish

again:
    lis     r31, SHARED >> 16
    std     r3, DONE(r31)
    b       stop_self

secondary:
    lis     r31, SHARED >> 16
    mfspr   r20, PIR
    sldi    r21, r20, 5
    addi    r21, r21, STARTED
    add     r21, r21, r31
    std     r3, 0(r21)
    mfmsr   r3
    std     r3, 8(r21)
    std     r20, 16(r21)
    addi    r3, r31, DONE
    bl      add_one
    wait_for 1, GO, r31
    bl      work
    addi    r3, r31, DONE
    bl      add_one
    b       stop_self

work:
    mflr    r30
    li64    r28, ROUNDS
1:  addi    r3, r31, ATOMIC
    bl      add_one
    addi    r4, r31, LOCK
    li      r5, 1
2:  lwarx   r0, 0, r4
    cmpwi   r0, 0
    bne-    2b
    stwcx.  r5, 0, r4
    bne-    2b
    isync
    ld      r3, PLAIN(r31)
    addi    r3, r3, 1
    std     r3, PLAIN(r31)
    lwsync
    li      r0, 0
    stw     r0, LOCK(r31)
    addi    r28, r28, -1
    cmpdi   r28, 0
    bne     1b
    mtlr    r30
    blr

    smp_routines
