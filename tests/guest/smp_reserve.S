/*
 * Load and reserve of every size between four vCPUs: neighbours of one granule that all of them
 * count, and which stores of another end a reservation. (Book II 1.7.4, 4.4.2)
 *
 * guest: options: -smp 4,threads=4
 * guest: not under qemu: which compares values, and has PIR 0 on all vCPUs
 */
#include "common.inc"
#include "smp.inc"

#define H_LOGICAL_CI_STORE 0x40
#define H_PAGE_INIT 0x2c

#define ROUNDS 20000
#define ADDEND 0xc000000000000001
#define GO     0x000
#define DONE   0x080
#define ASK    0x100 /* what vCPU 1 is to do; 0 when it has done it */
#define CELLS_AT (SHARED + 0x1000) /* 1 at 0, 2 at 2, 4 at 4, 8 at 8, 16 at 16 */
#define OWN    (SHARED + 0x2000) /* what vCPU 0 reserves */

/* vCPU 0 reserves, 1 does `what`, and then the stdcx. is to store or not. */
#define HELD(what)  reserved what, 1, __LINE__
#define ENDED(what) reserved what, 0, __LINE__
    .macro  reserved what, held, line
    li64    r29, OWN
    ldarx   r3, 0, r29
    li      r3, \what
    std     r3, ASK(r31)
9:  ld      r3, ASK(r31)
    cmpdi   r3, 0
    bne     9b
    li      r3, 0
    stdcx.  r3, 0, r29
    li      r3, 1
    beq     9f
    li      r3, 0
9:  li      r4, \held
    li      r5, \line
    bl      check
    .endm

main:
    lis     r31, SHARED >> 16
    START(1, counts, 1)
    START(2, counts, 2)
    START(3, counts, 3)
    wait_for 3, DONE, r31
    li      r3, 1
    std     r3, GO(r31)
    bl      count
    wait_for 6, DONE, r31
    li64    r30, CELLS_AT
    lbz     r20, 0(r30)
    EXPECT_REG(r20, (4 * ROUNDS) & 0xff)
    lbz     r20, 1(r30)
    EXPECT_REG(r20, 0)
    lhz     r20, 2(r30)
    EXPECT_REG(r20, (4 * ROUNDS) & 0xffff)
    lwz     r20, 4(r30)
    EXPECT_REG(r20, 4 * ROUNDS)
    ld      r20, 8(r30)
    EXPECT_REG(r20, 4 * ROUNDS)
    li64    r3, ADDEND
    li64    r4, 4 * ROUNDS
    mulld   r5, r3, r4
    mulhdu  r6, r3, r4
    mr      r23, r5
    mr      r24, r6
    ld      r20, 16(r30)
    EXPECT_SAME(r20, r24)
    ld      r20, 24(r30)
    EXPECT_SAME(r20, r23)

    /* Of what another does, what ends a reservation. */
    HELD(1)
    ENDED(2)
    ENDED(3)
    HELD(4)
    HELD(5)
    ENDED(6)
    HELD(7)
    ENDED(8)
    HELD(9)
    ENDED(10)
    ENDED(11)
    HELD(1)
    b       finish

counts:
    lis     r31, SHARED >> 16
    mr      r20, r3
    addi    r3, r31, DONE
    bl      add_one
    wait_for 1, GO, r31
    bl      count
    addi    r3, r31, DONE
    bl      add_one
    cmpwi   r20, 1
    bne     stop_self

/* vCPU 1 does as it is asked. */
    li64    r29, OWN
serve:
    ld      r3, ASK(r31)
    cmpdi   r3, 0
    beq     serve
    la64    r4, deeds
    sldi    r3, r3, 2
    add     r3, r3, r4
    mtctr   r3
    bctr
deeds:
    b       served
    b       served  /* 1: nothing */
    b       deed2
    b       deed3
    b       deed4
    b       deed5
    b       deed6
    b       deed7
    b       deed8
    b       deed9
    b       deed10
    b       deed11
deed2: /* a byte at the end of the granule */
    stb     r3, 127(r29)
    b       served
deed3: /* from before into it */
    std     r3, -4(r29)
    b       served
deed4: /* the granules around it */
    std     r3, 128(r29)
    std     r3, -8(r29)
    b       served
deed5: /* loads, and a reservation of its own */
    ld      r3, 0(r29)
    ldarx   r3, 0, r29
    b       served
deed6: /* a stdcx. that stores */
    addi    r5, r29, 64
    ldarx   r3, 0, r5
    stdcx.  r3, 0, r5
    bne     .
    b       served
deed7: /* one that has no reservation */
    addi    r5, r29, 256
    ldarx   r3, 0, r5
    stdcx.  r3, 0, r5
    bne     .
    stdcx.  r3, 0, r29
    beq     .
    b       served
deed8:
    dcbz    0, r29
    b       served
deed9: /* cache control that changes nothing */
    dcbst   0, r29
    dcbf    0, r29
    dcbt    0, r29
    b       served
deed10: /* by the hypervisor: a store */
    li      r4, 8
    addi    r5, r29, 8
    li      r6, 1
    HCALL(H_LOGICAL_CI_STORE)
    b       served
deed11: /* a page */
    li64    r4, 0x8000 /* of zeros */
    mr      r5, r29
    HCALL(H_PAGE_INIT)
    b       served
served:
    li      r3, 0
    std     r3, ASK(r31)
    b       serve

count:
    mflr    r30
    li64    r29, CELLS_AT
    addi    r27, r29, 2
    addi    r26, r29, 4
    addi    r25, r29, 8
    addi    r24, r29, 16
    li64    r23, ADDEND
    li64    r28, ROUNDS
1:  lbarx   r3, 0, r29
    addi    r3, r3, 1
    stbcx.  r3, 0, r29
    bne-    1b
2:  lharx   r3, 0, r27
    addi    r3, r3, 1
    sthcx.  r3, 0, r27
    bne-    2b
3:  lwarx   r3, 0, r26
    addi    r3, r3, 1
    stwcx.  r3, 0, r26
    bne-    3b
4:  ldarx   r3, 0, r25
    addi    r3, r3, 1
    stdcx.  r3, 0, r25
    bne-    4b
5:  lqarx   r6, 0, r24
    addc    r7, r7, r23
    addze   r6, r6
    stqcx.  r6, 0, r24
    bne-    5b
    addi    r28, r28, -1
    cmpdi   r28, 0
    bne     1b
    mtlr    r30
    blr

    smp_routines
