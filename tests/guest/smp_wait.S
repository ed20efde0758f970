/*
 * How a vCPU that waits is woken by another: H_PROD, H_IPI, H_SIGNAL_SYS_RESET, doorbells, and its
 * own decrementer; H_JOIN. (LoPAR 14.11.3; Book III-S 11 of 2.07)
 *
 * guest: options: -smp 2,threads=2
 * guest: not under qemu: TCG has one thread a core
 */
#include "common.inc"
#include "smp.inc"

#define STEP  0x000 /* vCPU 1 has come so far */
#define TIME  0x080 /* when vCPU 0 acted */
#define DPDES 176
#define TIR   446

/* vCPU 1 is about to wait at this step: gives it time to, then acts. */
    .macro when step
    wait_for \step, STEP, r31
    li      r3, 4000
    mtctr   r3
9:  bdnz    9b
    mftb    r3
    std     r3, TIME(r31)
    .endm

main:
    lis     r31, SHARED >> 16
    START(1, second, 0)
    EXPECT_REG(r3, 0)
    when    1
    li      r4, 1
    HCALL(H_PROD)
    when    2
    li      r4, 1
    li      r5, 4
    HCALL(H_IPI)
    when    3
    li      r4, 1
    HCALL(H_SIGNAL_SYS_RESET)
    when    4
    lis     r3, 0x2800
    ori     r3, r3, 1
    msgsndp r3
    when    5
    /* The other has joined: this one is the last. */
    HCALL(H_JOIN)
    std     r3, 0x100(r31)
    li      r4, 1
    HCALL(H_PROD)
    /* The decrementer wakes vCPU 1 while this one computes. */
    wait_for 7, STEP, r31
    b       .

/* Moves on to the next step. */
    .macro  step n
    lis     r31, SHARED >> 16 /* an interrupt takes it */
    li      r3, \n
    std     r3, STEP(r31)
    .endm
/* It is later than when vCPU 0 acted. */
#define EXPECT_LATER expect_later __LINE__
    .macro  expect_later line
    lis     r31, SHARED >> 16
    mftb    r3
    ld      r4, TIME(r31)
    cmpld   r3, r4
    li      r3, 1
    bge     9f
    li      r3, 0
9:  li      r4, 1
    li      r5, \line
    bl      check
    .endm

second:
    lis     r31, SHARED >> 16
    mfspr   r20, TIR
    EXPECT_REG(r20, 1)
    li64    r3, 0x7fffffff
    mtdec   r3
    step    1
    HCALL(H_CEDE)
    mr      r20, r3
    EXPECT_LATER
    EXPECT_REG(r20, H_SUCCESS)
    li64    r3, HMSR
    mtmsrd  r3
    li      r4, 0xff
    HCALL(H_CPPR)
    step    2
    TRY(cede, M_SF)
    EXPECT_LATER
    EXPECT_CELL(REC_VECTOR, 0x500)
    HCALL(H_XIRR)
    mr      r20, r4
    EXPECT_REG(r20, 0xff000002)
    li      r4, 1
    li      r5, 0xff
    HCALL(H_IPI)
    mr      r4, r20
    HCALL(H_EOI)
    step    3
    TRY(cede, M_SF)
    EXPECT_LATER
    EXPECT_CELL(REC_VECTOR, 0x100)
    step    4
    TRY(cede, M_SF)
    EXPECT_LATER
    EXPECT_CELL(REC_VECTOR, 0xa00)
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0)
    step    5
    HCALL(H_JOIN)
    mr      r20, r3
    EXPECT_REG(r20, H_SUCCESS)
    lis     r31, SHARED >> 16
    ld      r20, 0x100(r31)
    EXPECT_REG(r20, 18) /* H_CONTINUE, to the last */
    step    7
    mftb    r20
    li64    r3, 100000
    mtdec   r3
    TRY(cede, M_SF)
    EXPECT_CELL(REC_VECTOR, 0x900)
    mftb    r21
    subf    r21, r20, r21
    li64    r3, 100000
    subf    r21, r3, r21
    cmpldi  r21, 12000 /* a turn late, and what the interrupt takes */
    li      r3, 0
    bge     1f
    li      r3, 1
1:  EXPECT_REG(r3, 1)
    b       finish

cede:
    li      r3, H_CEDE
    sc      1
    sc

    smp_routines
