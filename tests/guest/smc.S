/*
 * Code that is written while it runs: by the sequence of the book (dcbst, sync, icbi, isync), in
 * the running loop, through another address, on a page that is also data; by hypercalls; and the
 * same real page executed in both byte orders. (Book II 1.8, 3.2.1; design contract 2)
 */
#include "common.inc"
#include "mmu.inc"

/* addi r3,r3,n ; blr ; sc */
#define ADDI(n) (0x38630000 + (n))
#define BLR 0x4e800020
#define SC  0x44000002
#define CODE (SCRATCH + 0x2000)

    .macro flush reg
    dcbst   0, \reg
    sync
    icbi    0, \reg
    isync
    .endm
/* Stores an instruction and makes it seen. */
#define WRITE(address, word) li64 r10, address; li64 r11, word; stw r11, 0(r10); flush r10

main:
    bl      map_low
    /* A function written, called, rewritten, called. */
    WRITE(CODE, ADDI(5))
    WRITE(CODE + 4, BLR)
    li64    r20, CODE
    li      r3, 1
    mtctr   r20
    bctrl
    mr      r21, r3
    WRITE(CODE, ADDI(7))
    li      r3, 1
    mtctr   r20
    bctrl
    mr      r22, r3
    EXPECT_REG(r21, 6)
    EXPECT_REG(r22, 8)

    /* In the loop that is running: each round changes the addend of the next. */
    li      r3, 0
    la64    r23, patched
    li      r24, 100
    li      r25, 1
rounds:
patched:
    addi    r3, r3, 1
    addi    r25, r25, 1
    li64    r11, ADDI(0)
    or      r11, r11, r25
    stw     r11, 0(r23)
    flush   r23
    addi    r24, r24, -1
    cmpwi   r24, 0
    bne     rounds
    EXPECT_REG(r3, 5050)

    /* The instruction right behind the store. */
    li      r3, 0
    la64    r23, next
    li64    r11, ADDI(9)
    stw     r11, 0(r23)
    flush   r23
next:
    addi    r3, r3, 1
    EXPECT_REG(r3, 9)

    /* Every kind of store: byte, half, double, reversed, conditional, vector, dcbz, string. */
    WRITE(CODE, ADDI(1))
    li      r11, 0x11
    li64    r20, CODE
    stb     r11, 3(r20)
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x11)
    li      r11, 0x222
    sth     r11, 2(r20)
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x222)
    li64    r11, (ADDI(0x333) << 32) | BLR
    std     r11, 0(r20)
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x333)
    li64    r11, 0x44046338 /* addi r3,r3,0x444, turned round */
    stwbrx  r11, 0, r20
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x444)
    li64    r11, ADDI(0x555)
    lwarx   r5, 0, r20
    stwcx.  r11, 0, r20
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x555)
    li64    r30, ADDI(0x666)
    li64    r31, BLR
    stmw    r30, 0(r20)
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x666)
    li64    r30, ADDI(0x677)
    stswi   r30, r20, 8
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x677)
    /* A store over the border of two pages, both with code. */
    WRITE(CODE + 0xffc, ADDI(1))
    WRITE(CODE + 0x1000, ADDI(1))
    WRITE(CODE + 0x1004, BLR)
    li64    r20, CODE + 0xffc
    bl      call_code
    EXPECT_REG(r3, 2)
    li      r11, 0x38 /* the second becomes addi r3,r3,0x100: one byte each side is the same */
    li64    r11, (ADDI(0x10) << 32) | ADDI(0x100)
    std     r11, 0(r20)
    flush   r20
    addi    r10, r20, 4
    flush   r10
    bl      call_code
    EXPECT_REG(r3, 0x110)
    li64    r11, 0x00203863 /* bytes 2.. of the first, first two of the second */
    addi    r10, r20, 2
    stw     r11, 0(r10)
    flush   r20
    addi    r10, r20, 4
    flush   r10
    bl      call_code
    EXPECT_REG(r3, 0x120)
    /* dcbz: zeros are illegal. */
    li64    r20, CODE
    TRY(code_then_sc, M_SF)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    dcbz    0, r20
    flush   r20
    TRY(code_then_sc, M_SF)
    EXPECT_INT_ADDR(0x700, CODE, M_SF | SRR1_ILLEGAL)

    /* Through another effective address. */
    SLB(1, 0x10000000, 0x300, 0)
    MAP_4K(0x10000000, CODE + PTE_RW, 0x300)
    SLB(2, 0x20000000, 0x301, 0)
    MAP_4K(0x20000000, CODE + PTE_RW, 0x301)
    WRITE(CODE, ADDI(3))
    WRITE(CODE + 4, SC)
    li64    r3, 0x10000000
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_INT_ADDR(0xc00, 0x10000008, M_VIRTUAL)
    li64    r24, 0x20000000
    li64    r25, SC
    TRY(store_word, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    li64    r3, 0x10000000
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_INT_ADDR(0xc00, 0x10000004, M_VIRTUAL)

    /* Data on a page of code: stores beside the code, which goes on running. */
    WRITE(CODE, ADDI(1))
    WRITE(CODE + 4, BLR)
    li64    r20, CODE
    li      r24, 500
    li      r25, 0
beside:
    stw     r24, 0x100(r20)
    bl      call_code
    add     r25, r25, r3
    lwz     r5, 0x100(r20)
    add     r25, r25, r5
    addi    r24, r24, -1
    cmpwi   r24, 0
    bne     beside
    EXPECT_REG(r25, 500 + 500 * 501 / 2)

    /* H_PAGE_INIT copies code over code; H_LOGICAL_MEMOP as well. */
    WRITE(CODE + 0x4000, ADDI(0x44))
    WRITE(CODE + 0x4004, BLR)
    li      r4, 0
    ori     r4, r4, 1 << 14
    li64    r5, CODE
    li64    r6, CODE + 0x4000
    HCALL(0x2c)
    EXPECT_REG(r3, H_SUCCESS)
    li64    r20, CODE
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x44)
    WRITE(CODE + 0x4000, ADDI(0x55))
    li64    r4, CODE
    li64    r5, CODE + 0x4000
    li      r6, 3
    li      r7, 1
    li      r8, 0
    li64    r3, H_LOGICAL_MEMOP
    sc      1
    EXPECT_REG(r3, H_SUCCESS)
    li64    r20, CODE
    flush   r20
    bl      call_code
    EXPECT_REG(r3, 0x55)

    /* In both byte orders: 0x44000002 is sc in the one, 0x02000044, illegal, in the other. */
    WRITE(CODE, SC)
    WRITE(CODE + 4, 0x02000044)
    li64    r3, CODE
    li64    r4, M_SF
    bl      try
    EXPECT_INT_ADDR(0xc00, CODE + 4, M_SF)
    li64    r3, CODE + 4
    li64    r4, M_SF | M_LE
    bl      try
    EXPECT_INT_ADDR(0xc00, CODE + 8, M_SF | M_LE)
    li64    r3, CODE
    li64    r4, M_SF | M_LE
    bl      try
    EXPECT_INT_ADDR(0x700, CODE, M_SF | M_LE | SRR1_ILLEGAL)
    WRITE(CODE, 0x02000044)
    li64    r3, CODE
    li64    r4, M_SF | M_LE
    bl      try
    EXPECT_INT_ADDR(0xc00, CODE + 4, M_SF | M_LE)
    b       finish

/* Calls r20 with r3 = 0. */
call_code:
    mflr    r26
    li      r3, 0
    mtctr   r20
    bctrl
    mtlr    r26
    blr
code_then_sc:
    mflr    r5
    la64    r6, 1f
    mtlr    r6
    mtctr   r20
    bctr
1:  sc
store_word:
    stw     r25, 0(r24)
    dcbst   0, r24
    sync
    icbi    0, r24
    isync
    sc
