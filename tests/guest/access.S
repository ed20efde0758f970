/*
 * Loads and stores: sizes, sign, byte-reversed, update, multiple, string and quadword forms, in
 * both byte orders and at odd addresses. (Book I 3.3.2 - 3.3.6, 1.10; isa-notes 5)
 */
#include "common.inc"
#include "mmu.inc"

#define BUF  SCRATCH /* bytes 80 81 82 .. 9f */
#define OUT  (SCRATCH + 0x100) /* filled with ee */

#define PREPARE        \
    bl prepare
#define RUN(text...)   \
    b 2f;              \
1:  text;              \
    sc;                \
2:  PREPARE;           \
    TRY(1b, M_SF | M_FP | M_VEC | M_VSX); \
    EXPECT_CELL_AT(REC_SRR0, 1b + 8)
#define RUN_LE(text...) \
    b 2f;               \
1:  text;               \
    sc;                 \
2:  PREPARE;            \
    TRY_LE(1b, 2, M_SF | M_FP | M_VEC | M_VSX); \
    EXPECT_CELL(REC_SRR0, LE_AT + 8)
#define L(n, value, text...)    RUN(text); EXPECT_GPR(n, value)
#define L_LE(n, value, text...) RUN_LE(text); EXPECT_GPR(n, value)
/* The first 8 bytes of OUT - 8 and OUT afterwards. */
#define S(before, value, text...)    RUN(text); OUTPUT(before, value)
#define S_LE(before, value, text...) RUN_LE(text); OUTPUT(before, value)
#define OUTPUT(before, value) \
    li64 r3, OUT;        \
    ld r20, -8(r3);      \
    ld r21, 0(r3);       \
    EXPECT_REG(r20, before); \
    EXPECT_REG(r21, value)
#define EE 0xeeeeeeeeeeeeeeee

main:
    /* Big-endian loads. */
    L(30, 0x80, lbz r30, 0(r24))
    L(30, 0x8081, lhz r30, 0(r24))
    L(30, 0xffffffffffff8081, lha r30, 0(r24))
    L(30, 0x80818283, lwz r30, 0(r24))
    L(30, 0xffffffff80818283, lwa r30, 0(r24))
    L(30, 0x8081828384858687, ld r30, 0(r24))
    L(30, 0x8182838485868788, ldx r30, r24, r25)
    L(30, 0x81, lbzx r30, r24, r25)
    L(30, 0x8182, lhzx r30, r24, r25)
    L(30, 0xffffffffffff8182, lhax r30, r24, r25)
    L(30, 0x81828384, lwzx r30, r24, r25)
    L(30, 0xffffffff81828384, lwax r30, r24, r25)
    L(30, 0x8281, lhbrx r30, r24, r25)
    L(30, 0x84838281, lwbrx r30, r24, r25)
    L(30, 0x8887868584838281, ldbrx r30, r24, r25)
    L(30, 0x7e7f, lhz r30, -2(r24))
    /* RA = 0 is the number 0. */
    L(30, 0x8182, lhzx r30, 0, r26)
    /* Little-endian. */
    L_LE(30, 0x80, lbz r30, 0(r24))
    L_LE(30, 0x8180, lhz r30, 0(r24))
    L_LE(30, 0xffffffffffff8180, lha r30, 0(r24))
    L_LE(30, 0x83828180, lwz r30, 0(r24))
    L_LE(30, 0xffffffff83828180, lwa r30, 0(r24))
    L_LE(30, 0x8786858483828180, ld r30, 0(r24))
    L_LE(30, 0x8887868584838281, ldx r30, r24, r25)
    L_LE(30, 0x8182, lhbrx r30, r24, r25)
    L_LE(30, 0x81828384, lwbrx r30, r24, r25)
    L_LE(30, 0x8182838485868788, ldbrx r30, r24, r25)
    /* Update forms. */
    L(30, 0x83, lbzu r30, 3(r24))
    EXPECT_GPR(24, BUF + 3)
    L(30, 0xffffffffffff8384, lhau r30, 3(r24))
    EXPECT_GPR(24, BUF + 3)
    L(30, 0x8384, lhzu r30, 3(r24))
    L(30, 0x7c7d7e7f, lwzu r30, -4(r24))
    EXPECT_GPR(24, BUF - 4)
    L(30, 0x88898a8b8c8d8e8f, ldu r30, 8(r24))
    EXPECT_GPR(24, BUF + 8)
    L(30, 0xffffffff81828384, lwaux r30, r24, r25)
    EXPECT_GPR(24, BUF + 1)
    L(30, 0x81828384, lwzux r30, r24, r25)
    L(30, 0x8182838485868788, ldux r30, r24, r25)
    L(30, 0x81, lbzux r30, r24, r25)
    L(30, 0x8182, lhzux r30, r24, r25)
    L(30, 0xffffffffffff8182, lhaux r30, r24, r25)
    EXPECT_GPR(24, BUF + 1)
    EXPECT_GPR(25, 1)
    L_LE(30, 0x8887868584838281, ldux r30, r24, r25)
    EXPECT_GPR(24, BUF + 1)

    /* Stores: nothing beside. r31 = 0x0102030405060708. */
    S(EE, 0x08eeeeeeeeeeeeee, stb r31, 0(r28))
    S(EE, 0x0708eeeeeeeeeeee, sth r31, 0(r28))
    S(EE, 0x05060708eeeeeeee, stw r31, 0(r28))
    S(EE, 0x0102030405060708, std r31, 0(r28))
    S(0xeeeeeeeeee050607, 0x08eeeeeeeeeeeeee, stw r31, -3(r28))
    S(EE, 0xee01020304050607, stdx r31, r28, r25)
    S(EE, 0xee08eeeeeeeeeeee, stbx r31, r28, r25)
    S(EE, 0xee0708eeeeeeeeee, sthx r31, r28, r25)
    S(EE, 0xee05060708eeeeee, stwx r31, r28, r25)
    S(EE, 0xee0807eeeeeeeeee, sthbrx r31, r28, r25)
    S(EE, 0xee08070605eeeeee, stwbrx r31, r28, r25)
    S(EE, 0xee08070605040302, stdbrx r31, r28, r25)
    S_LE(EE, 0x0807eeeeeeeeeeee, sth r31, 0(r28))
    S_LE(EE, 0x08070605eeeeeeee, stw r31, 0(r28))
    S_LE(EE, 0x0807060504030201, std r31, 0(r28))
    S_LE(0xeeeeeeee08070605, 0x04030201eeeeeeee, std r31, -4(r28))
    S(EE, 0xeeee08eeeeeeeeee, stbu r31, 2(r28))
    EXPECT_GPR(28, OUT + 2)
    S(EE, 0xeeee0708eeeeeeee, sthu r31, 2(r28))
    S(EE, 0xeeee05060708eeee, stwu r31, 2(r28))
    S(0x0102030405060708, EE, stdu r31, -8(r28))
    EXPECT_GPR(28, OUT - 8)
    S(EE, 0xee08eeeeeeeeeeee, stbux r31, r28, r25)
    S(EE, 0xee0708eeeeeeeeee, sthux r31, r28, r25)
    S(EE, 0xee05060708eeeeee, stwux r31, r28, r25)
    EXPECT_GPR(28, OUT + 1)
    /* The base is stored as it was before. */
    RUN(stdu r28, -8(r28))
    OUTPUT(OUT, EE)
    EXPECT_GPR(28, OUT - 8)

    /* Multiple. */
    L(29, 0x82838485, lmw r29, 2(r24))
    EXPECT_GPR(30, 0x86878889)
    EXPECT_GPR(31, 0x8a8b8c8d)
    S(EE, 0x1516171805060708, stmw r30, 0(r28))

    /* Strings: registers filled from the left, the last with zeros; wrapping from 31 to 0. */
    L(29, 0x80818283, lswi r29, r24, 5)
    EXPECT_GPR(30, 0x84000000)
    EXPECT_GPR(31, 0x0102030405060708)
    L(31, 0x80818283, lswi r31, r24, 8)
    EXPECT_GPR(0, 0x84858687)
    L(5, 0x80818283, lswi r5, r24, 32)
    EXPECT_GPR(12, 0x9c9d9e9f)
    S(EE, 0x15161718050607ee, stswi r30, r28, 7)
    L(29, 0x81828384, lswx r29, r24, r25)
    EXPECT_GPR(30, 0x85860000)
    S(EE, 0xee151617180506ee, stswx r30, r28, r25)

    /* Quadwords: the even register is the first in big-endian order, the second in little. */
    L(30, 0x8081828384858687, lq r30, 0(r24))
    EXPECT_GPR(31, 0x88898a8b8c8d8e8f)
    L_LE(31, 0x8786858483828180, lq r30, 0(r24))
    EXPECT_GPR(30, 0x8f8e8d8c8b8a8988)
    RUN_LE(stq r30, 0(r28))
    OUTPUT(EE, 0x0807060504030201)
    li64    r3, OUT + 8
    ld      r20, 0(r3)
    EXPECT_REG(r20, 0x1817161514131211)
    RUN(stq r30, 0(r28))
    OUTPUT(EE, 0x1112131415161718)
    li64    r3, OUT + 8
    ld      r20, 0(r3)
    EXPECT_REG(r20, 0x0102030405060708)

    /* Floating point and vector registers, through what they leave in storage. */
    PREPARE
    TRY(move_fp, M_SF | M_FP)
    OUTPUT(EE, 0x8182838485868788)
    TRY(move_single, M_SF | M_FP)
    OUTPUT(EE, 0x3fc00000eeeeeeee)
    PREPARE
    TRY(move_vsx, M_SF | M_VSX)
    OUTPUT(0x8182838485868788, 0x898a8b8c8d8e8f90)
    PREPARE
    TRY_LE(move_vsx, 3, M_SF | M_VSX)
    OUTPUT(0x8182838485868788, 0x898a8b8c8d8e8f90)
    PREPARE
    TRY(mixed_vsx, M_SF | M_VSX)
    OUTPUT(0x8182838485868788, 0x898a8b8c8d8e8f90)
    PREPARE
    TRY_LE(mixed_vsx, 3, M_SF | M_VSX) /* doublewords, then words: halves change places */
    OUTPUT(0x8586878881828384, 0x8d8e8f90898a8b8c)
    PREPARE
    TRY(move_vmx, M_SF | M_VEC)        /* which drops the low four bits */
    OUTPUT(EE, 0x8081828384858687)
    PREPARE
    TRY_LE(move_vmx, 3, M_SF | M_VEC)
    OUTPUT(EE, 0x8081828384858687)

    /* dcbz: 128 bytes, aligned down. */
    PREPARE
    li64    r28, SCRATCH + 0x1b5
    TRY(zero, M_SF)
    li64    r3, SCRATCH
    ld      r20, 0x178(r3)
    ld      r21, 0x180(r3)
    ld      r22, 0x1f8(r3)
    ld      r23, 0x200(r3)
    EXPECT_REG(r20, EE)
    EXPECT_REG(r21, 0)
    EXPECT_REG(r22, 0)
    EXPECT_REG(r23, EE)
    b       finish

/* r24 = BUF, r25 = 1, r26 = BUF + 1, r28 = OUT, r27 = OUT - 8. */
prepare:
    li64    r24, BUF
    li      r25, 1
    addi    r26, r24, 1
    li64    r28, OUT
    li      r3, -16
    add     r3, r3, r24
    li      r4, 0x70
1:  stb     r4, 0(r3)
    addi    r3, r3, 1
    addi    r4, r4, 1
    cmpwi   r4, 0xc0
    blt     1b
    li64    r4, EE
    addi    r3, r28, -16
    li      r5, 40
    mtctr   r5
1:  std     r4, 0(r3)
    addi    r3, r3, 8
    bdnz    1b
    li      r5, 6
    mtxer   r5
    li64    r30, 0x1112131415161718
    li64    r31, 0x0102030405060708
    addi    r27, r28, -8
    li      r29, 0
    blr

move_fp:
    lfd     f1, 1(r24)
    stfd    f1, 0(r28)
    sc
move_single:
    lis     r3, 0x3fc0
    stw     r3, 0x40(r24)
    li64    r4, EE
    std     r4, 0(r28)
    lfs     f1, 0x40(r24)
    stfs    f1, 0(r28)
    sc
move_vsx:
    lxvd2x  vs1, r24, r25
    stxvd2x vs1, r29, r27
    sc
mixed_vsx:
    lxvd2x  vs40, r24, r25
    stxvw4x vs40, r29, r27
    sc
move_vmx:
    lvx     v1, r24, r25
    stvx    v1, r28, r25
    sc
zero:
    dcbz    0, r28
    sc
