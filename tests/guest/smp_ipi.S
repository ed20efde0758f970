/*
 * Interprocessor interrupts: a token goes round eight vCPUs, each of which waits in H_CEDE for the
 * interrupt that brings it; then one to all at once; H_IPOLL. (LoPAR 14.5.4.4)
 *
 * guest: options: -smp 8,cores=4,threads=2
 * guest: not under qemu: PIR is 0 on all vCPUs of 7.2
 */
#include "common.inc"
#include "smp.inc"

#define ROUNDS 400
#define READY  0x000
#define HOPS   0x080 /* how often the token was passed on */
#define TOKEN  0x180 /* interrupts that each vCPU has had, a doubleword for each */
#define WRONG  0x200 /* interrupts that were no IPI */

main:
    lis     r31, SHARED >> 16
    take_over 0x500, on_external
    li      r4, 8
    li      r5, 4
    HCALL(H_IPI)
    mr      r20, r3
    EXPECT_REG(r20, H_PARAMETER)
    li      r4, 8
    HCALL(H_IPOLL)
    mr      r20, r3
    EXPECT_REG(r20, H_PARAMETER)
    li      r29, 1
1:  mr      r5, r29
    la64    r6, carries
    li      r7, 0
    bl      start_cpu
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    wait_for 7, READY, r31

    /* Masked: it stays where it is, and anybody can see it. */
    li      r4, 0
    HCALL(H_CPPR)
    li      r4, 0
    li      r5, 7
    HCALL(H_IPI)
    li      r4, 0
    HCALL(H_IPOLL)
    mr      r20, r4
    mr      r21, r5
    EXPECT_REG(r20, 0)
    EXPECT_REG(r21, 7)
    HCALL(H_XIRR)
    mr      r20, r4
    EXPECT_REG(r20, 0)
    li      r4, 0
    li      r5, 0xff
    HCALL(H_IPI)

    li      r29, 0
    bl      carry
    ld      r20, HOPS(r31)
    li64    r21, 8 * ROUNDS
    EXPECT_SAME(r20, r21)
    li      r29, 0
1:  sldi    r3, r29, 3
    addi    r3, r3, TOKEN
    ldx     r20, r3, r31
    EXPECT_REG(r20, ROUNDS)
    addi    r29, r29, 1
    cmpwi   r29, 8
    blt     1b
    ld      r20, WRONG(r31)
    EXPECT_REG(r20, 0)
    b       finish

carries:
    lis     r31, SHARED >> 16
    mfspr   r29, PIR
    addi    r3, r31, READY
    bl      add_one
    bl      carry
    b       stop_self

/* ROUNDS times: takes the token and passes it on. vCPU 0 has it at first, and keeps it at last. */
carry:
    mflr    r30
    li      r4, 0xff
    HCALL(H_CPPR)
    sldi    r28, r29, 3
    addi    r28, r28, TOKEN
    add     r28, r28, r31
    addi    r27, r29, 1
    clrldi  r27, r27, 61 /* the next one */
    li      r26, 1
    cmpwi   r29, 0
    beq     2f
1:  bl      take
    bl      pass
    addi    r26, r26, 1
    cmpwi   r26, ROUNDS
    ble     1b
    mtlr    r30
    blr
2:  bl      pass
    bl      take
    addi    r26, r26, 1
    cmpwi   r26, ROUNDS
    ble     2b
    mtlr    r30
    blr

/* Until the interrupt number r26 has come. */
take:
    ld      r3, 0(r28)
    cmpd    r3, r26
    bgelr
    HCALL(H_CEDE)
    li64    r3, HMSR /* no interrupt between the look and H_CEDE */
    mtmsrd  r3
    b       take

pass:
    mflr    r25
    addi    r3, r31, HOPS
    bl      add_one
    mr      r4, r27
    li      r5, 5
    HCALL(H_IPI)
    mtlr    r25
    blr

on_external:
    mtsprg  0, r3
    mtsprg  1, r4
    mtsprg  2, r5
    mfcr    r3
    mtsprg  3, r3
    HCALL(H_XIRR)
    clrldi  r5, r4, 40
    cmpldi  r5, 2 /* the source number of an IPI */
    mr      r22, r4
    mfspr   r4, PIR
    sldi    r3, r4, 3
    addi    r3, r3, TOKEN
    addis   r3, r3, SHARED >> 16
    beq     1f
    lis     r3, SHARED >> 16
    addi    r3, r3, WRONG
1:  ld      r5, 0(r3)
    addi    r5, r5, 1
    std     r5, 0(r3)
    li      r5, 0xff
    HCALL(H_IPI)
    mr      r4, r22
    HCALL(H_EOI)
    mfsprg  r3, 3
    mtcr    r3
    mfsprg  r3, 0
    mfsprg  r4, 1
    mfsprg  r5, 2
    rfid

    smp_routines
