/*
 * Eight vCPUs pass timebase values to each other through memory: none ever sees one that is later
 * than its own clock. (Book II 6.2.1; design contract 3)
 *
 * guest: options: -smp 8,threads=2
 */
#include "common.inc"
#include "smp.inc"

#ifndef ROUNDS
#define ROUNDS 62500 /* of each vCPU; twenty times that in tests/e2e/test_smp_time.py */
#endif
#define GO     0x000
#define DONE   0x080
#define LAST   0x100
#define BACK   0x180 /* how often time was seen to run back */

main:
    lis     r31, SHARED >> 16
    li      r29, 1
1:  mr      r5, r29
    la64    r6, secondary
    li      r7, 0
    bl      start_cpu
    EXPECT_REG(r3, 0)
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    li      r3, 1
    std     r3, GO(r31)
    bl      pass
    wait_for 7, DONE, r31
    ld      r20, BACK(r31)
    EXPECT_REG(r20, 0)
    b       finish

secondary:
    lis     r31, SHARED >> 16
    wait_for 1, GO, r31
    bl      pass
    addi    r3, r31, DONE
    bl      add_one
    b       stop_self

/* Some pause between two passes, of another length for each vCPU, so that all orders occur. */
pass:
    mflr    r30
    li64    r28, ROUNDS
    mfspr   r27, PIR
1:  ld      r20, LAST(r31)
    mftb    r21
    cmpld   r21, r20
    bge     2f
    addi    r3, r31, BACK
    bl      add_one
2:  std     r21, LAST(r31)
    and.    r3, r27, r28
    beq     4f
    mtctr   r3
3:  bdnz    3b
4:  /* Other clocks as well. */
    mfdec   r22
    ld      r20, LAST(r31)
    mfspr   r23, 309
    cmpld   r23, r20
    bge     5f
    addi    r3, r31, BACK
    bl      add_one
5:  addi    r28, r28, -1
    cmpdi   r28, 0
    bne     1b
    mtlr    r30
    blr

    smp_routines
