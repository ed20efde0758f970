/*
 * The segment lookaside buffer: insert, read, search, invalidate one and all; both segment sizes.
 * (Book III-S 5.7.6, 5.9.3; pseries.md 8.2)
 */
#include "common.inc"
#include "mmu.inc"

#define MARK(real, value) \
    li64 r3, real;        \
    li64 r4, value;       \
    std r4, 0(r3)
#define SLBMFEE(rt, entry) li rt, entry; slbmfee rt, rt
#define SLBMFEV(rt, entry) li rt, entry; slbmfev rt, rt
/* slbfee. of an address: r20 = RT, r21 = CR0 (LT GT EQ SO). */
#define FIND(ea)           \
    li64 r4, ea;           \
    li r20, -1;            \
    slbfee. r20, r4;       \
    mfcr r21;              \
    srwi r21, r21, 28
/* A load through an address. */
#define LOAD(ea)           \
    li64 r24, ea;          \
    TRY(do_load, M_VIRTUAL)
#define EXPECT_LOADED(value)         \
    EXPECT_CELL(REC_VECTOR, 0xc00);  \
    EXPECT_GPR(25, value)
#define EXPECT_NO_SEGMENT(ea)        \
    EXPECT_INT(0x380, do_load, M_VIRTUAL); \
    EXPECT_DAR(ea)

main:
    li      r3, 0
    mtxer   r3
    bl      map_low
    MARK(SCRATCH, 0x1111)
    MARK(SCRATCH + 0x1000, 0x2222)
    MARK(SCRATCH + 0x2000, 0x3333)

    /* What is written is read. */
    SLB(5, 0x70000000, 0x345, SEG_KP | SEG_C)
    SLBMFEE(r20, 5)
    EXPECT_REG(r20, 0x78000000)
    SLBMFEV(r20, 5)
    EXPECT_REG(r20, 0x345480)
    li64    r3, 0xfedcba9888000006
    li64    r4, 0x0123456789abce00
    slbmte  r4, r3
    SLBMFEE(r20, 6)
    EXPECT_REG(r20, 0xfedcba9888000000)
    SLBMFEV(r20, 6)
    EXPECT_REG(r20, 0x0123456789abce00)
    /* Reserved bits do not exist. */
    UNLESS_QEMU(last_entry) /* it keeps some of them */
    li64    r3, 0x98000007
    li64    r4, 0x00000000003450cf
    slbmte  r4, r3
    SLBMFEV(r20, 7)
    EXPECT_REG(r20, 0x345080)
    li      r3, 0
    li      r4, 7
    slbmte  r3, r4
last_entry:
    /* The last entry, and one that is not valid reads as zeros. */
    SLB(31, 0x80000000, 0x346, 0)
    SLBMFEE(r20, 31)
    EXPECT_REG(r20, 0x88000000)
    SLBMFEE(r20, 30)
    EXPECT_REG(r20, 0)
    SLBMFEV(r20, 30)
    EXPECT_REG(r20, 0)
    /* slbmte with V=0 clears. */
    li64    r3, 0x80000000 + 31
    li64    r4, 0x346000
    slbmte  r4, r3
    UNLESS_QEMU(gone) /* its slbmfee gives the ESID of an entry without V, here and below */
    SLBMFEE(r20, 31)
    EXPECT_REG(r20, 0)
gone:
    FIND(0x80000000)
    EXPECT_REG(r21, 0)

    /* slbfee. by an address inside the segment; CR0[SO] is XER[SO]. */
    FIND(0x71234567)
    EXPECT_REG(r20, 0x345480)
    EXPECT_REG(r21, 2)
    li64    r3, 0x80000000
    mtxer   r3
    FIND(0x7fffffff)
    EXPECT_REG(r21, 3)
    FIND(0x80000000)
    EXPECT_REG(r20, 0)
    EXPECT_REG(r21, 1)
    li      r3, 0
    mtxer   r3
    FIND(0x100000070000000)
    EXPECT_REG(r21, 0)

    /* Segments of 256M: neighbours, and all bits of the ESID count. */
    SLB(1, 0x10000000, 0x500, 0)
    SLB(2, 0x8000000010000000, 0x501, 0)
    MAP_4K(0x10000000, SCRATCH + PTE_RW, 0x500)
    EXPECT_REG(r3, 0)
    MAP_4K(0x8000000010000000, SCRATCH + 0x1000 + PTE_RW, 0x501)
    EXPECT_REG(r3, 0)
    LOAD(0x10000000)
    EXPECT_LOADED(0x1111)
    LOAD(0x8000000010000000)
    EXPECT_LOADED(0x2222)
    LOAD(0x20000000)
    EXPECT_NO_SEGMENT(0x20000000)
    LOAD(0x4000000010000000)
    EXPECT_NO_SEGMENT(0x4000000010000000)
    /* The entry is written over: the old translation is gone at once. The book asks software for
     * slbie first, so that a machine may also be slower; here it never is. */
    UNLESS_QEMU(written_over) /* it is slower, as it may be */
    SLB(1, 0x10000000, 0x501, 0)
    LOAD(0x10000000)
    EXPECT_LOADED(0x2222)
    SLB(1, 0x10000000, 0x500, 0)
    LOAD(0x10000000)
    EXPECT_LOADED(0x1111)
    SLB(1, 0x20000000, 0x500, 0)
    LOAD(0x10000000)
    EXPECT_NO_SEGMENT(0x10000000)
written_over:
    SLB(1, 0x20000000, 0x500, 0)
    LOAD(0x20000000)
    EXPECT_LOADED(0x1111)

    /* slbie takes what its ESID, B and class name. */
    li64    r3, 0x20000000
    slbie   r3
    isync
    LOAD(0x20000000)
    EXPECT_NO_SEGMENT(0x20000000)
    UNLESS_QEMU(neighbour)
    SLBMFEE(r20, 1)
    EXPECT_REG(r20, 0)
neighbour:
    LOAD(0x8000000010000000)
    EXPECT_LOADED(0x2222)
    li64    r3, 0x8000000018000000 /* of class 1 */
    SLB(2, 0x8000000010000000, 0x501, SEG_C)
    li64    r3, 0x8000000018000000
    slbie   r3
    LOAD(0x8000000010000000)
    EXPECT_NO_SEGMENT(0x8000000010000000)

    /* Segments of 1T: ESID is EA 0:23, the hash and AVPN differ. */
    SLB_1T(3, 0x0000030000000000, 0x600, 0)
    MAP(0x30045670000, SCRATCH + 0x2000 + PTE_RW, 0x600, MAP_1T, 12)
    EXPECT_REG(r3, 0)
    MAP(0x3fffffff000, SCRATCH + PTE_RW, 0x600, MAP_1T, 12)
    EXPECT_REG(r3, 0)
    LOAD(0x30045670000)
    EXPECT_LOADED(0x3333)
    LOAD(0x3fffffff000)
    EXPECT_LOADED(0x1111)
    LOAD(0x40000000000)
    EXPECT_NO_SEGMENT(0x40000000000)
    FIND(0x3abcdef0123)
    EXPECT_REG(r20, 0x4000000600000000)
    EXPECT_REG(r21, 2)
    FIND(0x2ffffffffff)
    EXPECT_REG(r21, 0)
    SLBMFEV(r20, 3)
    EXPECT_REG(r20, 0x4000000600000000)
    /* slbie with B=1. */
    li64    r3, (0x0000030000000000 | (1 << 25))
    slbie   r3
    LOAD(0x30045670000)
    EXPECT_NO_SEGMENT(0x30045670000)

    /* slbia: all but entry 0. */
    SLB(1, 0x10000000, 0x500, 0)
    SLB_1T(31, 0x0000030000000000, 0x600, 0)
    LOAD(0x10000000)
    EXPECT_LOADED(0x1111)
    LOAD(0x30045670000)
    EXPECT_LOADED(0x3333)
    slbia
    isync
    LOAD(0x10000000)
    EXPECT_NO_SEGMENT(0x10000000)
    LOAD(0x30045670000)
    EXPECT_NO_SEGMENT(0x30045670000)
    SLBMFEE(r20, 0)
    EXPECT_REG(r20, 0x08000000)
    UNLESS_QEMU(emptied)
    SLBMFEE(r20, 31)
    EXPECT_REG(r20, 0)
emptied:

    /* slbie in translated state, of the segment that is in use as data. */
    SLB(1, 0x10000000, 0x500, 0)
    li64    r24, 0x10000000
    TRY(load_drop_load, M_VIRTUAL)
    EXPECT_INT(0x380, dropped, M_VIRTUAL)
    EXPECT_DAR(0x10000000)
    EXPECT_GPR(25, 0x1111)
    EXPECT_GPR(26, 0)
    /* slbmte in translated state: visible after isync. */
    li64    r3, 0x10000000 + SLB_V + 1
    li64    r4, 0x500000
    mr      r20, r3
    mr      r21, r4
    TRY(insert_load, M_VIRTUAL)
    EXPECT_LOADED(0x1111)
    b       finish

do_load:
    ld      r25, 0(r24)
    sc
load_drop_load:
    li      r26, 0
    ld      r25, 0(r24)
    slbie   r24
    isync
dropped:
    ld      r26, 0(r24)
    sc
insert_load:
    slbmte  r21, r20
    isync
    ld      r25, 0(r24)
    sc
