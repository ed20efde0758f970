/*
 * Timebase, decrementer and their kin: they move together, never back, at any access.
 * (Book II 6.2; Book III-S 7; design contract 3)
 */
#include "common.inc"
#include "mmu.inc"

#define HALF CELLS

main:
    bl      map_low
    /* Never back, and forward over some instructions. */
    mftb    r20
    li      r21, 1000
1:  mftb    r22
    cmpld   r22, r20
    blt     2f
    mr      r20, r22
    addi    r21, r21, -1
    cmpwi   r21, 0
    bne     1b
2:  EXPECT_REG(r21, 0)
    mftb    r20
    li      r21, 2000
    mtctr   r21
1:  bdnz    1b
    mftb    r21
    subf    r22, r20, r21
    cmpldi  r22, 500
    li      r23, 0
    blt     1f
    li      r23, 1
1:  EXPECT_REG(r23, 1)
    /* DEC loses what the timebase gains, to the tick or two that reading takes. */
    li64    r3, 0x7fffffff
    mtdec   r3
    mftb    r20
    mfdec   r21
    li      r22, 3000
    mtctr   r22
1:  bdnz    1b
    mftb    r22
    mfdec   r23
    subf    r22, r20, r22
    subf    r23, r23, r21
    subf    r22, r22, r23
    addi    r22, r22, 2
    cmpldi  r22, 4
    li      r23, 0
    bgt     1f
    li      r23, 1
1:  EXPECT_REG(r23, 1)
    /* TBU is the upper half, zero-extended; the old mftb and mfspr read the same. */
1:  mfspr   r20, 269
    mfspr   r21, 268
    mfspr   r22, 269
    cmpd    r20, r22
    bne     1b
    srdi    r21, r21, 32
    EXPECT_SAME(r20, r21)
    .long   0x7e8c42e6 /* mftb r20,268 */
    mfspr   r21, 268
    subf    r21, r20, r21
    srdi    r21, r21, 6
    EXPECT_REG(r21, 0)
    /* From problem state as well. */
    TRY(user, M_USER)
    EXPECT_INT(0xc00, user_end, M_USER)
    mftb    r20
    ld      r21, REC_GPR(5)(0)
    subf    r20, r21, r20
    srdi    r20, r20, 24
    EXPECT_REG(r20, 0)
    /* Nobody here can set it. */
    UNLESS_QEMU(tbu40) /* supervisor state writes TBL and TBU there: it may only in a hypervisor */
    TRY(write_tbl, M_SF)
    EXPECT_INT(0x700, write_tbl, M_SF | SRR1_PRIVILEGED)
tbu40:
    TRY(write_tbu40, M_SF)
    EXPECT_INT(0x700, write_tbu40, M_SF | SRR1_PRIVILEGED)
    TRY(write_tbl, M_USER)
    EXPECT_INT(0x700, write_tbl, M_USER | SRR1_PRIVILEGED)
    /* PURR and VTB run; IC counts instructions. */
    mfspr   r20, 309
    mfspr   r21, 849
    mfspr   r22, 848
    li      r3, 400
    mtctr   r3
1:  bdnz    1b
    mfspr   r23, 309
    mfspr   r24, 849
    mfspr   r25, 848
    cmpld   r23, r20
    li      r3, 0
    ble     2f
    cmpld   r24, r21
    ble     2f
    li      r3, 1
2:  mr      r20, r3
    EXPECT_REG(r20, 1)
    UNLESS_QEMU(ticks) /* it does not count in IC */
    subf    r25, r22, r25
    EXPECT_REG(r25, 405)
ticks:
    /* 512 ticks are 1000 instructions at the clock of 1 GHz: 100000 of them, to the tick. */
    lis     r3, 1
    ori     r3, r3, 34464 /* 100000 */
    addi    r3, r3, -1
    mtctr   r3
    mftb    r20
1:  bdnz    1b
    mftb    r21
    subf    r21, r20, r21
    addi    r21, r21, 1 /* 51199 to 51201 */
    li64    r3, 51200
    subf    r21, r3, r21
    cmpldi  r21, 2
    li      r23, 0
    bgt     1f
    li      r23, 1
1:  EXPECT_REG(r23, 1)
    /* H_CEDE for 10 ms of virtual time: the timebase has moved by it. */
    mftb    r20
    li64    r3, 5120000
    mtdec   r3
    TRY(cede, M_SF)
    EXPECT_CELL(REC_VECTOR, 0x900)
    mftb    r21
    subf    r21, r20, r21
    li64    r3, 5120000
    cmpld   r21, r3
    li      r23, 0
    blt     1f
    li      r23, 1
1:  EXPECT_REG(r23, 1)
    UNLESS_QEMU(finish) /* it wakes when its host does */
    li64    r3, 5120000 + 2000
    cmpld   r21, r3
    li      r23, 0
    bgt     1f
    li      r23, 1
1:  EXPECT_REG(r23, 1)
    b       finish

user:
    mftb    r5
    mfspr   r6, 269
    sc
user_end:
write_tbl:
    mtspr   284, r5
    sc
write_tbu40:
    mtspr   286, r5
    sc
cede:
    li      r3, H_CEDE
    sc      1
    sc
