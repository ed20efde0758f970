/*
 * Pages of 16 MiB: of 16M segments, and in segments whose base page is smaller.
 * (Book III-S 5.7.7; pseries.md 8.3)
 *
 * guest: options: -M pseries,cap-hpt-max-page-size=16M
 */
#include "common.inc"
#include "mmu.inc"

#define EA 0x10000000
#define BIG 0x1000000 /* the page's real address */

#define MARK(real, value) \
    li64 r3, real;        \
    li64 r4, value;       \
    std r4, 0(r3)
#define LOAD(ea)           \
    li64 r24, ea;          \
    TRY(do_load, M_VIRTUAL)
#define EXPECT_LOADED(value)         \
    EXPECT_CELL(REC_VECTOR, 0xc00);  \
    EXPECT_GPR(25, value)
#define EXPECT_NO_PAGE(ea)           \
    EXPECT_INT(0x300, do_load, M_VIRTUAL); \
    EXPECT_DAR(ea);                  \
    EXPECT_DSISR(NO_HPTE)

main:
    bl      map_low
    MARK(BIG, 0x1001)
    MARK(BIG + 0x7fff000, 0x1002)
    MARK(BIG + 0x654320, 0x1003)
    MARK(BIG + 0xfffff8, 0x1004)

    /* 16M segment: LP = 0. */
    SLB(1, EA, 0x300, SEG_16M)
    MAP(EA + 0x3000000, BIG + PTE_RW, 0x300, MAP_L, 24)
    std     r4, CELLS(0)
    EXPECT_REG(r3, H_SUCCESS)
    ld      r20, CELLS(0)
    srdi    r20, r20, 3
    EXPECT_REG(r20, 0x300 ^ 3)
    LOAD(EA + 0x3000000)
    EXPECT_LOADED(0x1001)
    LOAD(EA + 0x3654320)
    EXPECT_LOADED(0x1003)
    LOAD(EA + 0x3fffff8)
    EXPECT_LOADED(0x1004)
    LOAD(EA + 0x4000000)
    EXPECT_NO_PAGE(EA + 0x4000000)
    LOAD(EA + 0x2000000)
    EXPECT_NO_PAGE(EA + 0x2000000)
    li      r4, 0
    ld      r5, CELLS(0)
    HCALL(H_REMOVE)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x3000000)
    EXPECT_NO_PAGE(EA + 0x3000000)
    LOAD(EA + 0x3654320)
    EXPECT_NO_PAGE(EA + 0x3654320)

    /* In a 64K segment: LP = 8. Found for the 64K page that it was hashed for. */
    SLB(1, EA, 0x301, SEG_64K)
    MAP(EA + 0x650000, BIG + 0x8000 + PTE_RW, 0x301, MAP_L, 16)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x654320)
    EXPECT_LOADED(0x1003)
    LOAD(EA + 0x640000)
    EXPECT_NO_PAGE(EA + 0x640000)
    /* In a 4K segment: LP = 0x38. */
    SLB(1, EA, 0x302, 0)
    MAP(EA + 0x654000, BIG + 0x38000 + PTE_RW, 0x302, MAP_L, 12)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x654320)
    EXPECT_LOADED(0x1003)
    LOAD(EA + 0x655000)
    EXPECT_NO_PAGE(EA + 0x655000)
    /* 64K in a 4K segment: LP = 7. */
    UNLESS_QEMU(1f) /* it does not offer this one, as KVM does not */
    MAP(EA + 0x1005000, BIG + 0xff0000 + 0x7000 + PTE_RW, 0x302, MAP_L, 12)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x1005000)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    MARK(BIG + 0xff5008, 0x5555)
    LOAD(EA + 0x1005008)
    EXPECT_LOADED(0x5555)
1:  /* 1T segment, with execution at both ends of the page. */
    SLB_1T(2, 0x70000000000, 0x400, SEG_16M)
    MAP(0x7ff03000000, BIG + PTE_RW, 0x400, MAP_L | MAP_1T, 24)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r3, 0x4400
    ori     r3, r3, 2
    lis     r4, BIG >> 16
    stw     r3, 0x40(r4)
    li64    r3, 0x7ff03000040
    li64    r4, M_USER
    bl      try
    EXPECT_INT_ADDR(0xc00, 0x7ff03000044, M_USER)
    LOAD(0x7ff03fffff8)
    EXPECT_LOADED(0x1004)
    b       finish

do_load:
    ld      r25, 0(r24)
    sc
