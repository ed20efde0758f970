/*
 * Pages of 64 KiB, alone and beside pages of 4 KiB; in segments of both sizes; by both hashes; and
 * a segment whose page size is not that of the entry. (Book III-S 5.7.7; pseries.md 8.3)
 */
#include "common.inc"
#include "mmu.inc"

#define EA   0x10000000
#define EA1T 0x0000050000000000
#define V    0x300
#define PTEX CELLS

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
/* 64K page: LP = 1 in the RPN's low bits. */
#define MAP_64K(ea, real, vsid, flags) MAP(ea, (real) + 0x1000 + PTE_RW, vsid, (flags) | MAP_L, 16)

main:
    bl      map_low
    MARK(SCRATCH, 0x1001)
    MARK(SCRATCH + 0x8000, 0x1002)
    MARK(SCRATCH + 0xfff8, 0x1003)
    MARK(SCRATCH + 0x20000, 0x2001)
    MARK(SCRATCH + 0x2fff8, 0x2003)
    MARK(SCRATCH + 0x31000, 0x3001)

    SLB(1, EA, V, SEG_64K)
    MAP_64K(EA + 0x30000, SCRATCH, V, 0)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x30000)
    EXPECT_LOADED(0x1001)
    LOAD(EA + 0x38000)
    EXPECT_LOADED(0x1002)
    LOAD(EA + 0x3fff8)
    EXPECT_LOADED(0x1003)
    LOAD(EA + 0x40000)
    EXPECT_NO_PAGE(EA + 0x40000)
    LOAD(EA + 0x2fff8)
    EXPECT_NO_PAGE(EA + 0x2fff8)
    /* The group's number comes from the address in pages of 64K. */
    ld      r20, PTEX(0)
    srdi    r20, r20, 3
    EXPECT_REG(r20, V ^ 3)
    /* R and C are the page's, whatever part is touched. */
    li64    r24, EA + 0x34560
    li      r25, 1
    TRY(do_store, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    li      r4, 0
    ld      r5, PTEX(0)
    HCALL(H_READ)
    andi.   r20, r5, PTE_R | PTE_C
    EXPECT_REG(r20, PTE_R | PTE_C)
    /* Removed, all of its parts are gone: those that were used and those that were not. */
    li      r4, 0
    ld      r5, PTEX(0)
    HCALL(H_REMOVE)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x30000)
    EXPECT_NO_PAGE(EA + 0x30000)
    LOAD(EA + 0x38000)
    EXPECT_NO_PAGE(EA + 0x38000)
    LOAD(EA + 0x3fff8)
    EXPECT_NO_PAGE(EA + 0x3fff8)
    TRY(do_store, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0x300)
    LOAD(EA + 0x31000)
    EXPECT_NO_PAGE(EA + 0x31000)
    /* By the secondary hash. */
    MAP_64K(EA + 0x30000, SCRATCH + 0x20000, V, MAP_SECONDARY)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA + 0x30000)
    EXPECT_LOADED(0x2001)
    LOAD(EA + 0x3fff8)
    EXPECT_LOADED(0x2003)
    ld      r20, PTEX(0)
    srdi    r20, r20, 3
    EXPECT_REG(r20, ~(V ^ 3) & PTEG_MASK)

    /* An entry of 4K is no page of a 64K segment, nor the other way round. */
    MAP_4K(EA, SCRATCH + PTE_RW, V)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA)
    EXPECT_NO_PAGE(EA)
    lis     r3, EA >> 16
    slbie   r3 /* before its entry may be written over */
    isync
    SLB(1, EA, V, 0)
    LOAD(EA)
    EXPECT_LOADED(0x1001)
    LOAD(EA + 0x30000)
    EXPECT_NO_PAGE(EA + 0x30000)

    /* 1T segment with 64K pages. */
    SLB_1T(2, EA1T, 0x777, SEG_64K)
    MAP_64K(EA1T + 0x4321230000, SCRATCH + 0x20000, 0x777, MAP_1T)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA1T + 0x4321230000)
    EXPECT_LOADED(0x2001)
    LOAD(EA1T + 0x432123fff8)
    EXPECT_LOADED(0x2003)
    LOAD(EA1T + 0x5321230000)
    EXPECT_NO_PAGE(EA1T + 0x5321230000)
    ld      r20, PTEX(0)
    srdi    r20, r20, 3
    EXPECT_REG(r20, (0x777 ^ (0x777 << 25) ^ 0x432123) & PTEG_MASK)
    MAP_64K(EA1T + 0xfffffe0000, SCRATCH, 0x777, MAP_1T | MAP_SECONDARY)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA1T + 0xfffffe8000)
    EXPECT_LOADED(0x1002)
    /* Both sizes at once: 4K at EA, 64K beside it, in turns. */
    LOAD(EA)
    EXPECT_LOADED(0x1001)
    LOAD(EA1T + 0x4321230000)
    EXPECT_LOADED(0x2001)
    LOAD(EA)
    EXPECT_LOADED(0x1001)

    /* Execution from a 64K page, over its 4K parts. */
    SLB(3, 0x20000000, 0x888, SEG_64K)
    MAP_64K(0x20000000, SCRATCH + 0x40000, 0x888, 0)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r3, 0x6000
    lis     r4, (SCRATCH + 0x40000) >> 16
    ori     r5, r4, 0x1000
    stw     r3, 0xffc(r4)
    lis     r3, 0x4400
    ori     r3, r3, 2
    stw     r3, 0(r5)
    li64    r3, 0x20000ffc
    li64    r4, M_USER
    bl      try
    EXPECT_INT_ADDR(0xc00, 0x20001004, M_USER)

    /* Pages of 16M are not offered: neither the segment nor the entry. */
    TRY(large_segment, M_SF)
    EXPECT_INT(0x700, large_segment_insert, M_SF | SRR1_ILLEGAL)
    MAP(EA, PTE_RW, V, MAP_L, 24)
    EXPECT_REG(r3, H_PARAMETER)
    b       finish

do_load:
    ld      r25, 0(r24)
    sc
do_store:
    std     r25, 0(r24)
    sc
large_segment:
    li64    r3, 0x30000000 + SLB_V + 5
    li64    r4, (0x123 << 12) + SEG_16M
large_segment_insert:
    slbmte  r4, r3
    sc
