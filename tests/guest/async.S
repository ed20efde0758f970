/*
 * Interrupts from outside the program: decrementer as a level, external through the interrupt
 * controller, system reset, their order, and waking from H_CEDE.
 * (Book III-S 6.5.7, 6.5.11, 7.3; LoPAR 14.11; pseries.md 3.4, 5.2, 8.9)
 */
#include "common.inc"
#include "mmu.inc"

#define FAR 0x7fffffff
#define DEC(value) li64 r3, value; mtdec r3
#define MFXIRR HCALL(H_XIRR)
#define IPI(mfrr) li r4, 0; li r5, mfrr; HCALL(H_IPI)
#define CPPR(value) li r4, value; HCALL(H_CPPR)
#define EOI(xirr) li64 r4, xirr; HCALL(H_EOI)

main:
    /* Negative and EE=0: nothing happens. */
    DEC(-1)
    TRY(work, M_SF)
    EXPECT_NO_INT(work_end, M_SF)
    /* EE=1: before the first instruction. */
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x900, work, M_SF | M_EE)
    /* It is a level: again, until DEC is positive. */
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x900, work, M_SF | M_EE)
    DEC(FAR)
    TRY(work, M_SF | M_EE)
    EXPECT_NO_INT(work_end, M_SF | M_EE)
    /* A write of a negative value raises it, one of a positive value takes it back. */
    li      r20, -1
    li64    r21, FAR
    TRY(write_both, M_SF)
    EXPECT_NO_INT(write_both_end, M_SF | M_EE)
    TRY(write_negative, M_SF | M_EE)
    EXPECT_INT(0x900, write_negative_end, M_SF | M_EE)
    /* mtmsrd L=1 that opens EE takes it before the next instruction. */
    TRY(open, M_SF)
    EXPECT_INT(0x900, opened, M_SF | M_EE)
    /* So does L=0, and rfid that sets EE. */
    TRY(open_all, M_SF)
    EXPECT_INT(0x900, opened_all, M_SF | M_EE)
    /* From 0 to -1 is the step that counts. */
    DEC(300)
    TRY(count, M_SF | M_EE)
    EXPECT_CELL(REC_VECTOR, 0x900)
    mfdec   r20
    srdi    r20, r20, 31
    EXPECT_REG(r20, 1)
    ld      r20, REC_GPR(7)(0)
    cmpldi  r20, 10
    mfcr    r20
    rlwinm  r20, r20, 2, 31, 31 /* GT */
    EXPECT_REG(r20, 1)
    DEC(FAR)

    /* mfdec is 32 bits, zero-extended. */
    DEC(0xffffffff80000000)
    mfdec   r20
    srdi    r20, r20, 32
    EXPECT_REG(r20, 0)
    DEC(FAR)

    /* External: an IPI to oneself. CPPR 0 blocks it at first. */
    IPI(4)
    EXPECT_REG(r3, H_SUCCESS)
    TRY(work, M_SF | M_EE)
    EXPECT_NO_INT(work_end, M_SF | M_EE)
    CPPR(0xff)
    EXPECT_REG(r3, H_SUCCESS)
    TRY(work, M_SF)
    EXPECT_NO_INT(work_end, M_SF)
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x500, work, M_SF | M_EE)
    /* A level until accepted. */
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x500, work, M_SF | M_EE)
    /* External before the decrementer. */
    DEC(-1)
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x500, work, M_SF | M_EE)
    li      r4, 0
    HCALL(H_IPOLL)
    mr      r20, r4
    EXPECT_REG(r20, 0xff000002)
    MFXIRR
    mr      r20, r4
    EXPECT_REG(r3, H_SUCCESS)
    EXPECT_REG(r20, 0xff000002)
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x900, work, M_SF | M_EE)
    DEC(FAR)
    /* EOI without taking back MFRR: it comes again. */
    EOI(0xff000002)
    EXPECT_REG(r3, H_SUCCESS)
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x500, work, M_SF | M_EE)
    MFXIRR
    IPI(0xff)
    EOI(0xff000002)
    TRY(work, M_SF | M_EE)
    EXPECT_NO_INT(work_end, M_SF | M_EE)
    /* Nothing pending: XISR 0. */
    MFXIRR
    clrldi  r20, r4, 40
    EXPECT_REG(r20, 0)
    CPPR(0xff)
    /* A priority that CPPR blocks is retracted and comes back. */
    IPI(5)
    CPPR(5)
    TRY(work, M_SF | M_EE)
    EXPECT_NO_INT(work_end, M_SF | M_EE)
    CPPR(6)
    TRY(work, M_SF | M_EE)
    EXPECT_INT(0x500, work, M_SF | M_EE)
    MFXIRR
    mr      r20, r4
    EXPECT_REG(r20, 0x06000002)
    IPI(0xff)
    EOI(0xff000002)
    /* No such server. */
    li      r4, 77
    li      r5, 4
    HCALL(H_IPI)
    EXPECT_REG(r3, H_PARAMETER)

    /* System reset: whatever EE says; SRR0 is the next instruction. */
    li64    r20, H_SIGNAL_SYS_RESET
    li      r21, 0
    TRY(signal_reset, M_SF)
    EXPECT_INT(0x100, signal_reset_end, M_SF)
    li      r21, -1
    TRY(signal_reset, M_SF | M_EE | M_RI)
    EXPECT_INT(0x100, signal_reset_end, M_SF | M_EE | M_RI)
    /* It is an event: once. */
    TRY(work, M_SF | M_EE)
    EXPECT_NO_INT(work_end, M_SF | M_EE)
    li      r21, -2 /* all others: there are none */
    TRY(signal_reset, M_SF)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    EXPECT_GPR(3, H_SUCCESS)
    li      r21, 77
    TRY(signal_reset, M_SF)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    EXPECT_GPR(3, H_PARAMETER)
    li      r21, -3
    TRY(signal_reset, M_SF)
    EXPECT_GPR(3, H_PARAMETER)

    /* H_CEDE sets EE; with an interrupt pending it is taken at once, at the next instruction. */
    DEC(-1)
    TRY(cede, M_SF)
    EXPECT_INT(0x900, ceded, M_SF | M_EE)
    /* Sleeping until DEC runs out. */
    DEC(5000)
    TRY(cede, M_SF)
    EXPECT_INT(0x900, ceded, M_SF | M_EE)
    EXPECT_GPR(3, H_SUCCESS)
    mfdec   r20
    srdi    r20, r20, 31
    EXPECT_REG(r20, 1)
    DEC(FAR)
    /* A prod that came before: back at once, r3 = 0, EE set. */
    li      r4, 0
    HCALL(H_PROD)
    EXPECT_REG(r3, H_SUCCESS)
    TRY(cede, M_SF)
    UNLESS_QEMU(problem) /* a thread that prods itself sleeps there until DEC runs out */
    EXPECT_NO_INT(ceded + 4, M_SF | M_EE)
    EXPECT_GPR(3, H_SUCCESS)

problem:
    DEC(FAR)
    /* From problem state: the vector is taken in real mode, SRR1 keeps the state. */
    bl      map_low
    DEC(-1)
    TRY(work, M_USER)
    EXPECT_INT(0x900, work, M_USER)
    DEC(FAR)
    IPI(4)
    TRY(work, M_USER)
    EXPECT_INT(0x500, work, M_USER)
    MFXIRR
    IPI(0xff)
    EOI(0xff000002)
    /* In the middle of a loop, which then goes on where it was. */
    li      r7, 0
    li64    r20, 2000
    DEC(400)
    TRY(loop, M_USER)
    EXPECT_CELL(REC_VECTOR, 0x900)
    DEC(FAR)
    ld      r7, REC_GPR(7)(0)
    ld      r8, REC_GPR(8)(0)
    ld      r9, REC_SRR0(0)
    ld      r10, REC_CR(0)
    mtcr    r10
    ld      r20, REC_GPR(20)(0)
    li64    r4, M_USER
    mr      r3, r9
    bl      try
    EXPECT_NO_INT(loop_end, M_USER)
    EXPECT_GPR(7, 2000)
    EXPECT_GPR(8, 2000 * 2001 / 2)
    b       finish

work:
    nop
    nop
    sc
work_end:
write_both:
    mtdec   r20
    nop
    mtdec   r21
    li      r3, -32768 /* EE */
    mtmsrd  r3, 1
    nop
    sc
write_both_end:
write_negative:
    mtdec   r20
write_negative_end:
    nop
    sc
open:
    li      r3, -32768
    mtmsrd  r3, 1
opened:
    nop
    sc
open_all:
    mfmsr   r3
    ori     r3, r3, M_EE
    mtmsrd  r3
opened_all:
    nop
    sc
count:
    li      r7, 0
1:  addi    r7, r7, 1
    b       1b
signal_reset:
    mr      r3, r20
    mr      r4, r21
    sc      1
signal_reset_end:
    sc
cede:
    li      r3, H_CEDE
    sc      1
ceded:
    sc
loop:
    li      r8, 0
1:  addi    r7, r7, 1
    add     r8, r8, r7
    cmpd    r7, r20
    bne     1b
    sc
loop_end:
