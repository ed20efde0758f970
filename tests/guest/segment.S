/*
 * Segment registers, as the first sixteen entries of the SLB: mtsr, mtsrin, mfsr, mfsrin.
 * (Book III-S 5.9.3.2; QEMU reads them as 0)
 */
#include "common.inc"
#include "mmu.inc"

/* gas knows them for 32-bit machines alone; registers are numbers here. */
    .macro  mtsr sr, rs
    .long   0x7c0001a4 | \rs << 21 | \sr << 16
    .endm
    .macro  mtsrin rs, rb
    .long   0x7c0001e4 | \rs << 21 | \rb << 11
    .endm
    .macro  mfsr rt, sr
    .long   0x7c0004a6 | \rt << 21 | \sr << 16
    .endm
    .macro  mfsrin rt, rb
    .long   0x7c000526 | \rt << 21 | \rb << 11
    .endm

main:
    bl      map_low
    /* RS[0:32] is ignored; Ks Kp N and a VSID into segment 5; the rest of the entry follows. */
    li64    r20, 0xffffffff77234567
    mtsr    5, 20
    li      r19, 5
    slbmfee r21, r19
    EXPECT_REG(r21, 0x58000000)
    slbmfev r21, r19
    EXPECT_REG(r21, 0x0000007234567e00)
    /* By EA bits 32:35 of RB. */
    li64    r22, 0xabcdef0170000000
    li64    r20, 0x0000000001234567
    mtsrin  20, 22
    li      r19, 7
    slbmfee r21, r19
    EXPECT_REG(r21, 0x78000000)
    slbmfev r21, r19
    EXPECT_REG(r21, 0x0000001234567000)
    UNLESS_QEMU(read_done)
    mfsr    21, 5
    EXPECT_REG(r21, 0x77234567)
    mfsrin  21, 22
    EXPECT_REG(r21, 0x01234567)
    mfsr    21, 9 /* never written */
    EXPECT_REG(r21, 0)
read_done:
    /* It translates: EA 0x50000000 by segment 5. */
    MAP_4K(0x50001000, SCRATCH + PTE_RW, 0x7234567)
    EXPECT_REG(r3, H_SUCCESS)
    li64    r20, SCRATCH
    li64    r21, 0x1122334455667788
    std     r21, 0(r20)
    li64    r20, 0x50001000
    TRY(load, M_SF | M_DR)
    EXPECT_INT(0xc00, load + 8, M_SF | M_DR)
    EXPECT_GPR(21, 0x1122334455667788)
    /* N: nothing executes there. (QEMU's TLB forgets that once it has loaded from there.) */
    UNLESS_QEMU(privileged)
    li64    r23, M_SF | M_IR | M_DR
    TRY_REG(r20, r23)
    EXPECT_CELL(REC_VECTOR, 0x400)
    EXPECT_CELL(REC_SRR0, 0x50001000)
privileged:
    TRY(write, M_USER)
    EXPECT_INT(0x700, write, M_USER | SRR1_PRIVILEGED)
    TRY(write_in, M_USER)
    EXPECT_INT(0x700, write_in, M_USER | SRR1_PRIVILEGED)
    TRY(read, M_USER)
    EXPECT_INT(0x700, read, M_USER | SRR1_PRIVILEGED)
    TRY(read_in, M_USER)
    EXPECT_INT(0x700, read_in, M_USER | SRR1_PRIVILEGED)
    b       finish
load:
    ld      r21, 0(r20)
    sc
write:
    mtsr    1, 20
    sc
write_in:
    mtsrin  20, 20
    sc
read:
    mfsr    20, 1
    sc
read_in:
    mfsrin  20, 20
    sc
