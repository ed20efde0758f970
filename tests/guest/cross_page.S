/*
 * Accesses over the border of two pages: what they read and write, in both endians; when the
 * second page cannot be had, nothing is written, no register changes, and DAR names it.
 * (Book III-S 6.5.3 DAR; Book I 1.10.1; contract 1: found before the first architected write)
 */
#include "common.inc"
#include "mmu.inc"

#define EA  0x10000000
#define V   0x300
#define A   SCRATCH
#define B   (SCRATCH + 0x5000) /* EA's second page is elsewhere in real storage */
#define EDGE 0x10001000
#define IN_A (SCRATCH + 0xff8)
#define IN_B (SCRATCH + 0x5000)
#define A_HAS 0x0102030405060708
#define B_HAS 0x1112131415161718

/* r24 = the border, r25 = -4, r26 = -8; the two doublewords at it are as above. */
#define PREPARE      \
    li64 r3, IN_A;   \
    li64 r4, A_HAS;  \
    std r4, 0(r3);   \
    li64 r3, IN_B;   \
    li64 r4, B_HAS;  \
    std r4, 0(r3);   \
    li64 r24, EDGE;  \
    li r25, -4;      \
    li r26, -8;      \
    li64 r30, 0xa1a2a3a4a5a6a7a8; \
    li64 r31, 0xb1b2b3b4b5b6b7b8
#define EXPECT_STORED(a, b) \
    li64 r3, IN_A;          \
    ld r20, 0(r3);          \
    EXPECT_REG(r20, a);     \
    li64 r3, IN_B;          \
    ld r20, 0(r3);          \
    EXPECT_REG(r20, b)
#define RUN(msr, text...) \
    b 2f;                 \
1:  text;                 \
    sc;                   \
2:  PREPARE;              \
    TRY(1b, msr);         \
    EXPECT_INT(0xc00, 1b + 8, msr)
#define RUN_LE(msr, text...) \
    b 2f;                    \
1:  text;                    \
    sc;                      \
2:  PREPARE;                 \
    TRY_LE(1b, 2, msr);      \
    EXPECT_INT_ADDR(0xc00, LE_AT + 8, (msr) | M_LE)
#define LOADS(n, value, msr, text...) RUN(msr, text); EXPECT_GPR(n, value)
#define LOADS_LE(n, value, msr, text...) RUN_LE(msr, text); EXPECT_GPR(n, value)
#define STORES(a, b, msr, text...) RUN(msr, text); EXPECT_STORED(a, b)
#define STORES_LE(a, b, msr, text...) RUN_LE(msr, text); EXPECT_STORED(a, b)
#define FAULTS(dsisr, text...)        \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  PREPARE;                          \
    TRY(1b, M_VIRTUAL | M_FP | M_VSX); \
    EXPECT_INT(0x300, 1b, M_VIRTUAL | M_FP | M_VSX); \
    EXPECT_DAR(EDGE);                 \
    EXPECT_DSISR(dsisr);              \
    EXPECT_STORED(A_HAS, B_HAS);      \
    EXPECT_GPR(24, EDGE);             \
    EXPECT_GPR(30, 0xa1a2a3a4a5a6a7a8); \
    EXPECT_GPR(31, 0xb1b2b3b4b5b6b7b8)
#define FAULTS_LE(dsisr, text...)     \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  PREPARE;                          \
    TRY_LE(1b, 2, M_VIRTUAL);         \
    EXPECT_INT_ADDR(0x300, LE_AT, M_VIRTUAL | M_LE); \
    EXPECT_DAR(EDGE);                 \
    EXPECT_DSISR(dsisr);              \
    EXPECT_STORED(A_HAS, B_HAS);      \
    EXPECT_GPR(31, 0xb1b2b3b4b5b6b7b8)
#define MV M_VIRTUAL

main:
    bl      map_low
    MAP_4K(LE_AT, LE_AT + PTE_RW, LOW_VSID)
    EXPECT_REG(r3, H_SUCCESS)
    SLB(1, EA, V, 0)
    MAP_4K(EA, A + PTE_RW, V)
    MAP_4K(EDGE, B + PTE_RW, V)
    std     r4, CELLS(0)

    /* Loads. */
    LOADS(31, 0x0000000005060708, MV, lwz r31, -4(r24))
    LOADS(31, 0x0000000007081112, MV, lwz r31, -2(r24))
    LOADS(31, 0x0000000000000811, MV, lhz r31, -1(r24))
    LOADS(31, 0x0506070811121314, MV, ldx r31, r24, r25)
    LOADS(31, 0x1413121108070605, MV, ldbrx r31, r24, r25)
    LOADS(31, 0x0000000007081112, MV, lmw r31, -2(r24))
    LOADS(30, 0x0000000005060708, MV, lmw r30, -4(r24))
    EXPECT_GPR(31, 0x0000000011121314)
    LOADS_LE(31, 0x0000000012110807, MV, lwz r31, -2(r24))
    LOADS_LE(31, 0x0000000000001108, MV, lhz r31, -1(r24))
    LOADS_LE(31, 0x1413121108070605, MV, ld r31, -4(r24))
    LOADS_LE(31, 0x0506070811121314, MV, ldbrx r31, r24, r25)
    LOADS(24, EDGE - 4, MV, lwzu r31, -4(r24))
    LOADS(24, EDGE - 4, MV, ldu r31, -4(r24))
    EXPECT_GPR(31, 0x0506070811121314)

    /* Stores. */
    STORES(0x01020304050607b7, 0xb812131415161718, MV, sth r31, -1(r24))
    STORES(0x010203040506b5b6, 0xb7b8131415161718, MV, stw r31, -2(r24))
    STORES(0x01020304b1b2b3b4, 0xb5b6b7b815161718, MV, stdx r31, r24, r25)
    STORES(0x01020304b8b7b6b5, 0xb4b3b2b115161718, MV, stdbrx r31, r24, r25)
    STORES(0x01020304a5a6a7a8, 0xb5b6b7b815161718, MV, stmw r30, -4(r24))
    STORES_LE(0x010203040506b8b7, 0xb6b5131415161718, MV, stw r31, -2(r24))
    STORES_LE(0x01020304b8b7b6b5, 0xb4b3b2b115161718, MV, std r31, -4(r24))
    STORES_LE(0x01020304b1b2b3b4, 0xb5b6b7b815161718, MV, stdbrx r31, r24, r25)
    STORES(0x01020304b1b2b3b4, 0xb5b6b7b815161718, MV, stdu r31, -4(r24))
    EXPECT_GPR(24, EDGE - 4)
    /* Real mode. */
    li64    r3, SCRATCH + 0x1000
    li64    r4, 0x2122232425262728
    std     r4, 0(r3)
    li64    r3, SCRATCH + 0xff8
    li64    r4, A_HAS
    std     r4, 0(r3)
    addi    r24, r3, 8
    TRY(real_load, M_SF)
    EXPECT_GPR(31, 0x0506070821222324)

    /* The second page is not there: loads. */
    li      r4, 0
    ld      r5, CELLS(0)
    HCALL(H_REMOVE)
    EXPECT_REG(r3, H_SUCCESS)
    FAULTS(NO_HPTE, lwz r31, -2(r24))
    FAULTS(NO_HPTE, lhz r31, -1(r24))
    FAULTS(NO_HPTE, ldu r31, -4(r24))
    FAULTS(NO_HPTE, ldbrx r31, r24, r25)
    FAULTS(NO_HPTE, lfd f1, -4(r24))
    FAULTS(NO_HPTE, lxvd2x vs1, r24, r25)
    FAULTS(NO_HPTE, lxvd2x vs1, r24, r26)
    FAULTS_LE(NO_HPTE, ld r31, -4(r24))
    FAULTS_LE(NO_HPTE, lwz r31, -2(r24))
    /* Stores: not even the part of the first page. */
    FAULTS(NO_HPTE | STORE, stw r31, -2(r24))
    FAULTS(NO_HPTE | STORE, sth r31, -1(r24))
    FAULTS(NO_HPTE | STORE, stdu r31, -4(r24))
    FAULTS(NO_HPTE | STORE, stdbrx r31, r24, r25)
    FAULTS(NO_HPTE | STORE, stfd f1, -4(r24))
    FAULTS(NO_HPTE | STORE, stxvd2x vs1, r24, r25)
    UNLESS_QEMU(multiples) /* it stores the elements of the first page, as the book allows */
    FAULTS(NO_HPTE | STORE, stxvd2x vs1, r24, r26)
    FAULTS(NO_HPTE | STORE, stxvw4x vs33, r24, r26)
multiples:
    FAULTS(NO_HPTE | STORE, stmw r30, -4(r24))
    FAULTS_LE(NO_HPTE | STORE, std r31, -4(r24))

    /* The second page may be read only, and the first is the one without rights. */
    MAP_4K(EDGE, B + PTE_M + 3, V)
    LOADS(31, 0x0506070811121314, MV, ldx r31, r24, r25)
    FAULTS(PROTECTED | STORE, stw r31, -2(r24))
    FAULTS(PROTECTED | STORE, stdu r31, -4(r24))
    FAULTS(PROTECTED | STORE, stmw r30, -4(r24))
    FAULTS(PROTECTED | STORE, stxvd2x vs1, r24, r25)
    lis     r3, EA >> 16
    slbie   r3 /* before its entry may be written over */
    isync
    SLB(1, EA, V + 1, 0)
    MAP_4K(EDGE, B + PTE_RW, V + 1)
    PREPARE
    TRY(first_load, M_VIRTUAL)
    EXPECT_INT(0x300, first_load, M_VIRTUAL)
    EXPECT_DAR(EDGE - 4)
    PREPARE
    TRY(first_store, M_VIRTUAL)
    EXPECT_INT(0x300, first_store, M_VIRTUAL)
    EXPECT_DAR(EDGE - 4)
    EXPECT_STORED(A_HAS, B_HAS)
    /* Over the end of a segment: the next has no entry. */
    MAP_4K(EA + 0xffff000, A + PTE_RW, V + 1)
    PREPARE
    li64    r24, EA + 0x10000000
    TRY(first_store, M_VIRTUAL)
    EXPECT_INT(0x380, first_store, M_VIRTUAL)
    EXPECT_DAR(EA + 0x10000000)
    EXPECT_STORED(A_HAS, B_HAS)
    /* Over the end of all addresses: to address 0. */
    SLB(2, 0xfffffffff0000000, V + 2, 0)
    MAP_4K(0xfffffffffffff000, A + PTE_RW, V + 2)
    PREPARE
    li      r24, 0
    ld      r20, 0(0)
    srdi    r20, r20, 32
    TRY(first_load, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    ld      r20, 0(0)
    srdi    r20, r20, 32
    li64    r21, 0x0506070800000000
    or      r20, r20, r21
    ld      r21, REC_GPR(31)(0)
    EXPECT_SAME(r21, r20)
    b       finish

first_load:
    ld      r31, -4(r24)
    sc
first_store:
    std     r31, -4(r24)
    sc
real_load:
    ld      r31, -4(r24)
    sc
