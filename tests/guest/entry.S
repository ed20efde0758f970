/*
 * The state in which a ROM is entered, and the console. (pseries.md 1.2; LoPAR appendix B)
 */
#define GUEST_MAIN_AT 0x3000
#include "common.inc"

main:
    /* start has clobbered r3-r6, r0; everything else came in as zero, which the first four lines
     * below look at before a check clobbers it. */
    or      r20, r1, r2
    or      r20, r20, r7
    or      r20, r20, r8
    or      r20, r20, r9
    or      r20, r20, r14
    or      r20, r20, r31
    EXPECT_REG(r20, 0)
    mfspr   r20, 22 /* DEC counts down from positive */
    srwi    r20, r20, 31
    EXPECT_REG(r20, 0)
    ld      r3, FDT(0)
    lwz     r20, 0(r3)
    EXPECT_REG(r20, 0xd00dfeed)
    ld      r3, FDT(0)
    clrldi  r20, r3, 44 /* 64 KiB aligned, below the RAM's end */
    EXPECT_REG(r20, 0)
    UNLESS_QEMU(1f) /* its MSR is 0 there */
    EXPECT_CELL(ENTRY_MSR, M_FP | M_ME)
1:
    mfpvr   r20
    srwi    r20, r20, 16
    EXPECT_REG(r20, 0x4d)

    /* H_PUT_TERM_CHAR: more than 16 bytes, or no such terminal, is H_PARAMETER. */
    li      r4, 0
    li      r5, 17
    li      r6, 0
    li      r7, 0
    HCALL(H_PUT_TERM_CHAR)
    EXPECT_REG(r3, H_PARAMETER)
    lis     r4, 0x7100
    ori     r4, r4, 0x77
    li      r5, 1
    HCALL(H_PUT_TERM_CHAR)
    EXPECT_REG(r3, H_PARAMETER)
    li      r4, 0
    li      r5, 0
    HCALL(H_PUT_TERM_CHAR)
    EXPECT_REG(r3, H_SUCCESS)

    /* An interrupt is recorded, and the probe is left. */
    TRY(call, M_SF)
    EXPECT_INT(0xc00, call_end, M_SF)
    EXPECT_GPR(7, 5)
    b       finish
call:
    li      r7, 5
    sc
call_end:
