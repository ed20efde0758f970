/*
 * 32-bit mode: effective and instruction addresses wrap, CR0, CA and OV go by the low word, the
 * full register is still there. (Book I 1.10.3, 3.3.1, 2.3; isa-notes 5)
 */
#include "common.inc"
#include "mmu.inc"

#define SPARE 0x2f00
/* In 32-bit mode and in 64-bit mode. */
#define RUN32(text...)       \
    b 2f;                    \
1:  text;                    \
    sc;                      \
2:  TRY(1b, 0);              \
    EXPECT_INT(0xc00, 1b + 8, 0)
#define RUN64(text...)       \
    b 2f;                    \
1:  text;                    \
    sc;                      \
2:  TRY(1b, M_SF);           \
    EXPECT_INT(0xc00, 1b + 8, M_SF)
#define EXPECT_CR0(value)    \
    ld r20, REC_CR(0);       \
    rlwinm r20, r20, 4, 28, 31; \
    EXPECT_REG(r20, value)
#define XSO 0x80000000
#define XOV 0x40000000
#define XCA 0x20000000
#define EXPECT_XER(value) EXPECT_CELL(REC_XER, value)
#define LT 8
#define GT 4
#define EQ 2

/* r25, r26 = operands of one line. */
#define OPERANDS(a, b) li64 r25, a; li64 r26, b; li r0, 0; mtxer r0

main:
    bl      map_low
    /* CR0 by mode. */
    OPERANDS(0x00000000ffffffff, 1)
    RUN32(add. r7, r25, r26)
    EXPECT_GPR(7, 0x100000000)
    EXPECT_CR0(EQ)
    OPERANDS(0x00000000ffffffff, 1)
    RUN64(add. r7, r25, r26)
    EXPECT_CR0(GT)
    OPERANDS(0x0000000080000000, 0)
    RUN32(or. r7, r25, r26)
    EXPECT_GPR(7, 0x80000000)
    EXPECT_CR0(LT)
    RUN64(or. r7, r25, r26)
    EXPECT_CR0(GT)
    OPERANDS(0xffffffff00000001, 0)
    RUN32(or. r7, r25, r26)
    EXPECT_CR0(GT)
    RUN64(or. r7, r25, r26)
    EXPECT_CR0(LT)
    /* CA. */
    OPERANDS(0x00000000ffffffff, 1)
    RUN32(addc r7, r25, r26)
    EXPECT_XER(XCA)
    OPERANDS(0x00000000ffffffff, 1)
    RUN64(addc r7, r25, r26)
    EXPECT_XER(0)
    OPERANDS(0xffffffff00000000, 0x100000000)
    RUN32(addc r7, r25, r26)
    EXPECT_XER(0)
    OPERANDS(0xffffffff00000000, 0x100000000)
    RUN64(addc r7, r25, r26)
    EXPECT_XER(XCA)
    OPERANDS(1, 0x100000000)
    RUN32(subfc r7, r25, r26) /* 0 - 1: a borrow in the low word */
    EXPECT_GPR(7, 0xffffffff)
    EXPECT_XER(0)
    OPERANDS(1, 0x100000000)
    RUN64(subfc r7, r25, r26)
    EXPECT_XER(XCA)
    OPERANDS(0x00000000fffffffe, 0)
    RUN32(addic. r7, r25, 2)
    EXPECT_XER(XCA)
    EXPECT_CR0(EQ)
    OPERANDS(0, 0)
    RUN32(subfic r7, r25, 0)
    EXPECT_XER(XCA)
    OPERANDS(0x00000000ffffffff, 0)
    li64    r3, XCA
    mtxer   r3
    RUN32(addze r7, r25)
    EXPECT_GPR(7, 0x100000000)
    EXPECT_XER(XCA)
    /* OV, and SO after it in CR0. */
    OPERANDS(0x7fffffff, 1)
    RUN32(addo. r7, r25, r26)
    EXPECT_XER(XSO | XOV)
    EXPECT_CR0(LT | 1)
    OPERANDS(0x7fffffff, 1)
    RUN64(addo. r7, r25, r26)
    EXPECT_XER(0)
    EXPECT_CR0(GT)
    OPERANDS(0x7fffffffffffffff, 1)
    RUN32(addo r7, r25, r26)
    EXPECT_XER(0)
    OPERANDS(0x7fffffffffffffff, 1)
    RUN64(addo r7, r25, r26)
    EXPECT_XER(XSO | XOV)
    OPERANDS(0x80000000, 0)
    RUN32(nego r7, r25)
    EXPECT_XER(XSO | XOV)
    OPERANDS(0x80000000, 0)
    RUN64(nego r7, r25)
    EXPECT_XER(0)
    OPERANDS(1, 0x80000000)
    RUN32(subfo r7, r25, r26)
    EXPECT_XER(XSO | XOV)
    /* sraw's CA and compares know no mode. */
    OPERANDS(0x80000001, 1)
    RUN32(sraw r7, r25, r26)
    EXPECT_XER(XCA)
    EXPECT_GPR(7, 0xffffffffc0000000)
    OPERANDS(0x100000000, 0)
    RUN32(cmpd r25, r26)
    EXPECT_CR0(GT)
    RUN32(cmpw r25, r26)
    EXPECT_CR0(EQ)
    /* Rotates and shifts work on 64 bits in either. */
    OPERANDS(0x8000000000000001, 4)
    RUN32(sld r7, r25, r26)
    EXPECT_GPR(7, 0x10)
    RUN32(rldicl. r7, r25, 1, 0)
    EXPECT_GPR(7, 3)

    /* Effective addresses: the low word of the sum. Update forms write the sum of 64 bits. */
    li64    r3, 0x0123456789abcdef
    std     r3, SPARE(0)
    li64    r25, 0xffffffff00000000 + SPARE
    RUN32(ld r7, 0(r25))
    EXPECT_GPR(7, 0x0123456789abcdef)
    li64    r25, 0x1234567800000000 + SPARE - 16
    RUN32(ldu r7, 16(r25))
    EXPECT_GPR(7, 0x0123456789abcdef)
    UNLESS_QEMU(3f) /* it writes 32 bits and zeros to RA, in both update forms here */
    EXPECT_GPR(25, 0x1234567800000000 + SPARE)
3:  li64    r25, 0xfffffff0
    li64    r26, SPARE + 16
    RUN32(lwzx r7, r25, r26)
    EXPECT_GPR(7, 0x01234567)
    li64    r25, 0xfffffff0
    RUN32(stwux r7, r25, r26)
    UNLESS_QEMU(3f)
    EXPECT_GPR(25, 0x100000000 + SPARE)
3:  li64    r25, 0x100000000 + SPARE
    RUN32(stb r25, 7(r25))
    RUN64(lbz r7, SPARE + 7(r0))
    EXPECT_GPR(7, SPARE & 0xff)
    /* DAR is the address that was used: 32 bits. */
    li64    r25, 0x7000000010000000
    TRY(load, M_DR)
    EXPECT_INT(0x380, load, M_DR)
    EXPECT_DAR(0x10000008)
    /* An access over the end of 32 bits goes on at 0. */
    SLB(1, 0xf0000000, 0x300, 0)
    MAP_4K(0xfffff000, SCRATCH + PTE_RW, 0x300)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r3, SCRATCH >> 16
    li64    r4, 0x0102030405060708
    std     r4, 0xff8(r3)
    li64    r25, 0xfffffffc
    b       2f
1:  ld      r7, 0(r25)
    sc
2:  UNLESS_QEMU(3f) /* it goes on at 0x100000000, another segment */
    TRY(1b, M_IR | M_DR)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    lwz     r20, 0(0)
    li64    r21, 0x0506070800000000
    or      r20, r20, r21
    ld      r21, REC_GPR(7)(0)
    EXPECT_SAME(r21, r20)
3:  /* The same in 64-bit mode is another segment. */
    TRY(1b, M_VIRTUAL)
    EXPECT_INT(0x380, 1b, M_VIRTUAL)
    EXPECT_DAR(0x100000000)

    /* Branches. LR has 32 bits, so has SRR0. */
    TRY(calls, 0)
    EXPECT_INT(0xc00, calls_end, 0)
    EXPECT_CELL_AT(REC_GPR(7), calls + 4)
    li64    r25, 0xabcdef0000000000
    la64    r26, call
    or      r25, r25, r26
    mtctr   r25
    TRY(through_ctr, 0)
    EXPECT_INT(0xc00, call + 4, 0)
    mtctr   r25
    mtlr    r25
    TRY(through_ctr, M_SF)
    UNLESS_QEMU(count_low) /* it reads zeros where there is no storage */
    EXPECT_CELL(REC_VECTOR, 0x200)
count_low:
    /* bdnz looks at the low word. */
    li64    r25, 0x100000001
    mtctr   r25
    TRY(count_down, 0)
    EXPECT_INT(0xc00, count_down_not_taken, 0)
    li64    r25, 0x100000001
    mtctr   r25
    TRY(count_down, M_SF)
    EXPECT_INT(0xc00, count_down_taken, M_SF)
    EXPECT_CELL(REC_CTR, 0x100000000)
    /* mtctr and mtlr take 64 bits. */
    li64    r25, 0x123456789abcdef0
    RUN32(mtctr r25)
    EXPECT_CELL(REC_CTR, 0x123456789abcdef0)
    RUN32(mtlr r25)
    EXPECT_CELL(REC_LR, 0x123456789abcdef0)

    /* Fetching goes on at 0 behind the last word; b reaches over the end. */
    lis     r3, SCRATCH >> 16
    lis     r4, 0x6000
    stw     r4, 0xffc(r3)
    la64    r4, 0x10000 - 4
    lis     r5, 0x4800
    ori     r5, r5, SPARE + 8
    stw     r5, 0xff8(r3)           /* b .+SPARE+8 at 0xfffffff8: to SPARE */
    lis     r4, 0x4400
    ori     r4, r4, 2
    stw     r4, SPARE(0)
    li64    r3, 0xfffffff8
    li64    r4, M_IR | M_DR
    bl      try
    EXPECT_INT_ADDR(0xc00, SPARE + 4, M_IR | M_DR)
    lwz     r24, 0(0)
    lis     r4, 0x4400
    ori     r4, r4, 2
    stw     r4, 0(0)
    li64    r3, 0xfffffffc
    li64    r4, M_IR | M_DR
    bl      try
    EXPECT_INT_ADDR(0xc00, 4, M_IR | M_DR)
    stw     r24, 0(0)
    /* bl at the end: LR = 0. */
    lis     r3, SCRATCH >> 16
    lis     r5, 0x4800
    ori     r5, r5, SPARE + 5
    stw     r5, 0xffc(r3)
    li64    r3, 0xfffffffc
    li64    r4, M_IR | M_DR
    bl      try
    EXPECT_INT_ADDR(0xc00, SPARE + 4, M_IR | M_DR)
    EXPECT_CELL(REC_LR, 0)
    /* An interrupt in 32-bit mode arrives in 64-bit mode (checked with each above). */
    b       finish

load:
    lwz     r5, 8(r25)
    sc
calls:
    bl      1f
1:  mflr    r7
    sc
calls_end:
through_ctr:
    bctr
call:
    sc
count_down:
    bdnz    1f
    sc
count_down_not_taken:
1:  sc
count_down_taken:
