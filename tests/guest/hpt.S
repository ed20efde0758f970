/*
 * The hashed page table through its hypercalls: enter, read, remove, protect, bulk remove, clear R
 * and C; R and C as accesses set them; the secondary hash; translations that must be gone.
 * (LoPAR 14.5.4.1; Book III-S 5.7.7, 5.7.8; pseries.md 3.3, 3.4, 8.3)
 */
#include "common.inc"
#include "mmu.inc"

#define EA 0x10000000
#define EA2 0x10001000
#define DATA_EA 0x20000000
#define V  0x300
#define PTEX CELLS
#define AVPN CELLS + 8
#define DW1(real) ((real) + PTE_RW)
#define F_EXACT (1 << 39)
#define F_READ4 (1 << 37)
#define F_AVPN  (1 << 31)
#define F_ANDCOND (1 << 30)
#define F_ZERO  (1 << 15)

/* r3 = status of H_READ of PTEX, r4, r5 = the entry. */
#define READ_ENTRY     \
    li r4, 0;          \
    ld r5, PTEX(0);    \
    HCALL(H_READ)
#define EXPECT_RC(value)        \
    READ_ENTRY;                 \
    andi. r20, r5, PTE_R | PTE_C; \
    EXPECT_REG(r20, value)
#define LOAD(ea)           \
    li64 r24, ea;          \
    TRY(do_load, M_VIRTUAL)
#define STORE_TO(ea)       \
    li64 r24, ea;          \
    li r25, 0x5a;          \
    TRY(do_store, M_VIRTUAL)
#define EXPECT_LOADED(value)         \
    EXPECT_CELL(REC_VECTOR, 0xc00);  \
    EXPECT_GPR(25, value)
#define EXPECT_NO_PAGE(ea)           \
    EXPECT_INT(0x300, do_load, M_VIRTUAL); \
    EXPECT_DAR(ea);                  \
    EXPECT_DSISR(NO_HPTE)
/* H_REMOVE etc. on PTEX. */
#define CALL3(token, flags, third)   \
    li64 r4, flags;                  \
    ld r5, PTEX(0);                  \
    li64 r6, third;                  \
    HCALL(token)
#define ENTER                        \
    MAP_4K(EA, DW1(SCRATCH), V);     \
    std r4, PTEX(0);                 \
    std r5, AVPN(0);                 \
    EXPECT_REG(r3, H_SUCCESS)

main:
    bl      map_low
    SLB(1, EA, V, 0)
    lis     r4, SCRATCH >> 16
    li      r3, 0x1111
    std     r3, 0(r4)
    addi    r5, r4, 0x1000
    li      r3, 0x2222
    std     r3, 0(r5)

    /* What is entered is read back; the bits 0x60 are the hypervisor's. */
    ENTER
    READ_ENTRY
    mr      r21, r5
    ld      r20, AVPN(0)
    addi    r20, r20, 1
    mr      r22, r4
    EXPECT_REG(r3, H_SUCCESS)
    EXPECT_REG(r21, DW1(SCRATCH))
    UNLESS_QEMU(entered) /* it keeps a bit of its own in 0x40, as it may */
    EXPECT_SAME(r22, r20)
entered:

    /* R by any access, C by a store only; and again after they were cleared. */
    EXPECT_RC(0)
    LOAD(EA)
    EXPECT_LOADED(0x1111)
    EXPECT_RC(PTE_R)
    LOAD(EA)
    EXPECT_RC(PTE_R)
    STORE_TO(EA)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    EXPECT_RC(PTE_R | PTE_C)
    CALL3(H_CLEAR_MOD, 0, 0)
    UNLESS_QEMU(1f) /* it knows neither H_CLEAR_MOD nor H_CLEAR_REF */
    EXPECT_REG(r3, H_SUCCESS)
    EXPECT_RC(PTE_R)
    LOAD(EA)
    EXPECT_RC(PTE_R)
    STORE_TO(EA)
    EXPECT_RC(PTE_R | PTE_C)
    CALL3(H_CLEAR_REF, 0, 0)
    andi.   r20, r4, PTE_R | PTE_C
    EXPECT_REG(r20, PTE_R | PTE_C)
    EXPECT_RC(PTE_C)
    LOAD(EA)
    EXPECT_RC(PTE_R | PTE_C)
1:  /* An access that is refused sets neither. */
    CALL3(H_REMOVE, 0, 0)
    EXPECT_REG(r3, H_SUCCESS)
    MAP_4K(EA, SCRATCH + PTE_M + 3, V)
    STORE_TO(EA)
    EXPECT_CELL(REC_VECTOR, 0x300)
    READ_ENTRY
    andi.   r20, r5, PTE_C
    EXPECT_REG(r20, 0)
    /* A fetch sets R. */
    CALL3(H_REMOVE, 0, 0)
    MAP_4K(EA, DW1(SCRATCH), V)
    lis     r3, 0x4400
    ori     r3, r3, 2
    lis     r4, SCRATCH >> 16
    stw     r3, 8(r4)
    li64    r3, EA + 8
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_CELL(REC_VECTOR, 0xc00)
    EXPECT_RC(PTE_R)
    /* dcbz is a store, dcbst is none. */
    CALL3(H_REMOVE, 0, 0)
    MAP_4K(EA, DW1(SCRATCH), V)
    li64    r24, EA
    TRY(do_dcbst, M_VIRTUAL)
    EXPECT_RC(PTE_R)
    TRY(do_dcbz, M_VIRTUAL)
    EXPECT_RC(PTE_R | PTE_C)
    lis     r4, SCRATCH >> 16
    li      r3, 0x1111
    std     r3, 0(r4)

    /* H_REMOVE: its conditions, what it gives back, and the translation is gone. */
    LOAD(EA)
    EXPECT_LOADED(0x1111)
    li64    r4, F_AVPN
    ld      r5, PTEX(0)
    ld      r6, AVPN(0)
    addi    r6, r6, 0x80
    HCALL(H_REMOVE)
    EXPECT_REG(r3, H_NOT_FOUND)
    li64    r4, F_ANDCOND
    ld      r5, PTEX(0)
    ld      r6, AVPN(0)
    HCALL(H_REMOVE)
    EXPECT_REG(r3, H_NOT_FOUND)
    LOAD(EA)
    EXPECT_LOADED(0x1111)
    li64    r4, F_AVPN
    ld      r5, PTEX(0)
    ld      r6, AVPN(0)
    HCALL(H_REMOVE)
    mr      r21, r4
    mr      r22, r5
    EXPECT_REG(r3, H_SUCCESS)
    ld      r20, AVPN(0)
    addi    r20, r20, 1
    EXPECT_REG(r22, DW1(SCRATCH) + PTE_R + PTE_C)
    UNLESS_QEMU(removed) /* the bit 0x40 again */
    EXPECT_SAME(r21, r20)
removed:
    LOAD(EA)
    EXPECT_NO_PAGE(EA)
    STORE_TO(EA)
    EXPECT_CELL(REC_VECTOR, 0x300)
    CALL3(H_REMOVE, 0, 0)
    EXPECT_REG(r3, H_NOT_FOUND)
    READ_ENTRY
    mr      r21, r4
    EXPECT_REG(r3, H_SUCCESS)
    andi.   r21, r21, 1
    EXPECT_REG(r21, 0)

    /* Outside the table. */
    li64    r3, PTEX_END
    std     r3, PTEX(0)
    CALL3(H_REMOVE, 0, 0)
    EXPECT_REG(r3, H_PARAMETER)
    CALL3(H_READ, 0, 0)
    EXPECT_REG(r3, H_PARAMETER)
    CALL3(H_READ, F_READ4, 0)
    EXPECT_REG(r3, H_PARAMETER)
    CALL3(H_PROTECT, 0, 0)
    EXPECT_REG(r3, H_PARAMETER)
    li64    r4, 0
    li64    r5, PTEX_END
    li64    r6, 1
    li64    r7, DW1(SCRATCH)
    HCALL(H_ENTER)
    EXPECT_REG(r3, H_PARAMETER)
    li64    r3, 0x2000000000000000
    std     r3, PTEX(0)
    CALL3(H_REMOVE, 0, 0)
    EXPECT_REG(r3, H_PARAMETER)
    CALL3(H_CLEAR_MOD, 0, 0)
    UNLESS_QEMU(1f)
    EXPECT_REG(r3, H_PARAMETER)
1:
    /* The same page now means another: remove, enter elsewhere. */
    ENTER
    LOAD(EA)
    EXPECT_LOADED(0x1111)
    CALL3(H_REMOVE, 0, 0)
    MAP_4K(EA, DW1(SCRATCH + 0x1000), V)
    LOAD(EA)
    EXPECT_LOADED(0x2222)
    CALL3(H_REMOVE, 0, 0)

    /* H_PROTECT: rights change at once, with the rest kept. */
    ENTER
    STORE_TO(EA)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    CALL3(H_PROTECT, 0x107 | (0x1f << 9), 0)
    EXPECT_REG(r3, H_SUCCESS)
    READ_ENTRY
    li      r3, PTE_R
    andc    r20, r5, r3
    EXPECT_REG(r20, ((SCRATCH + PTE_M + 7 + PTE_C) | PTE_PP0 | PTE_KEY(31)))
    CALL3(H_PROTECT, 3, 0)
    STORE_TO(EA)
    EXPECT_INT(0x300, do_store, M_VIRTUAL)
    EXPECT_DSISR(PROTECTED | STORE)
    LOAD(EA)
    EXPECT_LOADED(0x5a)
    CALL3(H_PROTECT, 2, 0)
    STORE_TO(EA)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    li64    r4, F_AVPN + 3
    ld      r5, PTEX(0)
    ld      r6, AVPN(0)
    addi    r6, r6, 0x80
    HCALL(H_PROTECT)
    EXPECT_REG(r3, H_NOT_FOUND)
    CALL3(H_PROTECT, 2 | PTE_N, 0)
    li64    r3, EA + 8
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_INT_ADDR(0x400, EA + 8, M_VIRTUAL | NO_EXEC)
    CALL3(H_REMOVE, 0, 0)
    CALL3(H_PROTECT, 2, 0)
    EXPECT_REG(r3, H_NOT_FOUND)

    /* H_ENTER refuses what may not be mapped. */
    MAP_4K(EA, SCRATCH + PTE_I + 2, V) /* RAM caching inhibited */
    EXPECT_REG(r3, H_PARAMETER)
    MAP_4K(EA, SCRATCH + PTE_M + PTE_G + 2, V)
    EXPECT_REG(r3, H_PARAMETER)
    MAP_4K(EA, 0x200080000000 + PTE_M + 2, V) /* a device cached */
    EXPECT_REG(r3, H_PARAMETER)
    MAP_4K(EA, 0x200080000000 + PTE_W + PTE_I + 2, V)
    EXPECT_REG(r3, H_PARAMETER)
    MAP(EA, DW1(SCRATCH + 0xf000), V, MAP_L, 12) /* no such page size */
    EXPECT_REG(r3, H_PARAMETER)
    /* Exactly this slot, which is taken. */
    li      r9, 5
    MAP(EA, DW1(SCRATCH), V, MAP_EXACT, 12)
    std     r4, PTEX(0)
    andi.   r20, r4, 7
    EXPECT_REG(r3, H_SUCCESS)
    EXPECT_REG(r20, 5)
    li      r9, 5
    MAP(EA, DW1(SCRATCH + 0x1000), V, MAP_EXACT, 12)
    EXPECT_REG(r3, H_PTEG_FULL)
    LOAD(EA)
    EXPECT_LOADED(0x5a)
    CALL3(H_REMOVE, 0, 0)
    /* A second entry of a page, which no guest should have, counts at once if it is found first. */
    UNLESS_QEMU(alone)
    li      r9, 5
    MAP(EA, DW1(SCRATCH), V, MAP_EXACT, 12)
    LOAD(EA)
    EXPECT_LOADED(0x5a)
    li      r9, 2
    MAP(EA, DW1(SCRATCH + 0x1000), V, MAP_EXACT, 12)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA)
    EXPECT_LOADED(0x2222)
    CALL3(H_REMOVE, 0, 0)
    LOAD(EA)
    EXPECT_LOADED(0x5a)
    ld      r3, PTEX(0)
    addi    r3, r3, 3
    std     r3, PTEX(0)
    CALL3(H_REMOVE, 0, 0)
    EXPECT_REG(r3, H_SUCCESS)
alone:
    /* The page is zeroed when asked. */
    lis     r4, SCRATCH >> 16
    ori     r4, r4, 0x3ff8
    li      r3, -1
    std     r3, 0(r4)
    li64    r4, F_ZERO
    li64    r5, 0
    li64    r6, 0x4000000000000001
    li64    r7, DW1(SCRATCH + 0x3000)
    HCALL(H_ENTER)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    UNLESS_QEMU(zeroed) /* it ignores the flag */
    lis     r4, SCRATCH >> 16
    ori     r4, r4, 0x3ff8
    ld      r20, 0(r4)
    EXPECT_REG(r20, 0)
zeroed:
    CALL3(H_REMOVE, 0, 0)

    /* A full group: eight others, then H_PTEG_FULL, then by the secondary hash. */
    li      r26, 8
fill:
    MAP_4K(EA, DW1(SCRATCH), V + 0x400000) /* the same group, never found */
    EXPECT_REG(r3, H_SUCCESS)
    addi    r26, r26, -1
    cmpwi   r26, 0
    bne     fill
    MAP_4K(EA, DW1(SCRATCH + 0x1000), V)
    EXPECT_REG(r3, H_PTEG_FULL)
    LOAD(EA)
    EXPECT_NO_PAGE(EA)
    MAP(EA, DW1(SCRATCH + 0x1000), V, MAP_SECONDARY, 12)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    LOAD(EA)
    EXPECT_LOADED(0x2222)
    EXPECT_RC(PTE_R)
    READ_ENTRY
    andi.   r20, r4, 2
    EXPECT_REG(r20, 2)
    /* H in a primary group is no match. */
    CALL3(H_REMOVE, 0, 0)
    LOAD(EA)
    EXPECT_NO_PAGE(EA)

    /* H_READ of four. */
    MAP_4K(EA2, DW1(SCRATCH), V)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    li64    r4, F_READ4
    ld      r5, PTEX(0)
    ori     r5, r5, 3
    HCALL(H_READ)
    mr      r20, r5
    mr      r21, r6
    EXPECT_REG(r3, H_SUCCESS)
    EXPECT_REG(r20, DW1(SCRATCH))
    andi.   r21, r21, 1
    EXPECT_REG(r21, 0)

    /* H_BULK_REMOVE: found, not found, end of list; R and C of what was there. */
    li64    r24, EA2
    li      r25, 0x1111
    TRY(do_store, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    ld      r4, PTEX(0)
    li64    r5, 0x4000000000000000
    or      r4, r4, r5             /* request */
    li      r5, 0
    ori     r6, r4, 4              /* an empty slot */
    li      r7, 0
    li64    r8, 0xc000000000000000 /* end */
    li      r9, 0
    li64    r10, 0x4000000000000000
    li      r11, 0
    HCALL(H_BULK_REMOVE)
    mr      r20, r3
    mr      r21, r4
    mr      r22, r6
    mr      r23, r8
    mr      r24, r10
    EXPECT_REG(r20, H_SUCCESS)
    EXPECT_REG(r23, 0xc000000000000000)
    EXPECT_REG(r24, 0x4000000000000000)
    srdi    r3, r21, 60
    EXPECT_REG(r3, 8)
    srdi    r3, r22, 60
    EXPECT_REG(r3, 9)
    UNLESS_QEMU(1f)                /* it puts R and C in bits 12:13 */
    clrldi  r3, r21, 8
    ld      r4, PTEX(0)
    EXPECT_SAME(r3, r4)
    rldicl  r3, r21, 8, 60
    EXPECT_REG(r3, 0xc)            /* R and C in bits 4:5 */
1:  li64    r24, EA2
    TRY(do_load, M_VIRTUAL)
    EXPECT_INT(0x300, do_load, M_VIRTUAL)
    /* A bad index stops the list. */
    li64    r4, 0x4000000000000000 + PTEX_END
    li      r5, 0
    li64    r6, 0x4000000000000000
    li      r7, 0
    li64    r8, 0xc000000000000000
    HCALL(H_BULK_REMOVE)
    mr      r21, r4
    mr      r22, r6
    EXPECT_REG(r3, H_PARAMETER)
    srdi    r21, r21, 60
    EXPECT_REG(r21, 10)
    EXPECT_REG(r22, 0x4000000000000000)

    /* One that was used as data and as code, in both states and modes, goes everywhere. */
    li      r26, 8
empty:
    addi    r26, r26, -1
    li      r4, 0
    li64    r5, (V * 8) /* page 0 of the segment: the hash is the VSID */
    add     r5, r5, r26
    HCALL(H_REMOVE)
    EXPECT_REG(r3, H_SUCCESS)
    cmpwi   r26, 0
    bne     empty
    ENTER
    lis     r3, 0x4400
    ori     r3, r3, 2
    lis     r4, SCRATCH >> 16
    stw     r3, 8(r4)
    li64    r24, EA
    TRY(do_load, M_VIRTUAL)
    TRY(do_load, M_USER)
    li      r25, 0
    TRY(do_store, M_USER)
    li64    r3, EA + 8
    li64    r4, M_USER
    bl      try
    EXPECT_CELL(REC_VECTOR, 0xc00)
    CALL3(H_REMOVE, 0, 0)
    TRY(do_load, M_VIRTUAL)
    EXPECT_INT(0x300, do_load, M_VIRTUAL)
    TRY(do_load, M_USER)
    EXPECT_INT(0x300, do_load, M_USER)
    TRY(do_store, M_USER)
    EXPECT_INT(0x300, do_store, M_USER)
    li64    r3, EA + 8
    li64    r4, M_USER
    bl      try
    EXPECT_INT_ADDR(0x400, EA + 8, M_USER | NO_HPTE)
    li64    r3, EA + 8
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_INT_ADDR(0x400, EA + 8, M_VIRTUAL | NO_HPTE)

    /* The same for a page that never held code, where an engine may keep what it has looked up. */
    SLB(2, DATA_EA, V + 1, SEG_KP)
    MAP_4K(DATA_EA, SCRATCH + 0x9000 + PTE_RW, V + 1)
    std     r4, PTEX(0)
    EXPECT_REG(r3, H_SUCCESS)
    li64    r24, DATA_EA
    li64    r25, 0x77
    TRY(do_store, M_USER)
    TRY(do_store, M_VIRTUAL)
    TRY(do_load, M_USER)
    EXPECT_LOADED(0x77)
    CALL3(H_PROTECT, 1, 0)          /* problem state reads, supervisor state all */
    li64    r24, DATA_EA
    TRY(do_load, M_USER)
    EXPECT_LOADED(0x77)
    TRY(do_store, M_USER)
    EXPECT_INT(0x300, do_store, M_USER)
    EXPECT_DSISR(PROTECTED | STORE)
    TRY(do_store, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    CALL3(H_PROTECT, 0, 0)
    li64    r24, DATA_EA
    TRY(do_load, M_USER)
    EXPECT_INT(0x300, do_load, M_USER)
    EXPECT_DSISR(PROTECTED)
    CALL3(H_PROTECT, 3, 0)
    li64    r24, DATA_EA
    TRY(do_store, M_VIRTUAL)
    EXPECT_INT(0x300, do_store, M_VIRTUAL)
    TRY(do_load, M_USER)
    EXPECT_LOADED(0x77)
    CALL3(H_PROTECT, 2, 0)
    li64    r24, DATA_EA
    TRY(do_store, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    /* Its key, shut and opened again. */
    CALL3(H_PROTECT, 2 | (3 << 9), 0)
    li64    r24, DATA_EA
    TRY(do_load, M_USER)
    EXPECT_LOADED(0x77)
    li64    r3, 0x0100000000000000  /* key 3: no load */
    mtspr   29, r3
    TRY(do_load, M_USER)
    UNLESS_QEMU(open) /* AMR does not touch what is in its TLB */
    EXPECT_INT(0x300, do_load, M_USER)
    EXPECT_DSISR(BY_KEY)
open:
    li      r3, 0
    mtspr   29, r3
    TRY(do_load, M_USER)
    EXPECT_LOADED(0x77)
    /* C by the second store after H_CLEAR_MOD, though the first was looked up as writable. */
    TRY(do_store, M_USER)
    CALL3(H_CLEAR_MOD, 0, 0)
    UNLESS_QEMU(remove)
    li64    r24, DATA_EA
    TRY(do_store, M_USER)
    EXPECT_RC(PTE_R | PTE_C)
remove:
    li64    r24, DATA_EA
    TRY(do_load, M_VIRTUAL)
    CALL3(H_REMOVE, 0, 0)
    li64    r24, DATA_EA
    TRY(do_load, M_USER)
    EXPECT_INT(0x300, do_load, M_USER)
    EXPECT_DSISR(NO_HPTE)
    TRY(do_store, M_USER)
    EXPECT_INT(0x300, do_store, M_USER)
    TRY(do_load, M_VIRTUAL)
    EXPECT_INT(0x300, do_load, M_VIRTUAL)
    b       finish

do_load:
    ld      r25, 0(r24)
    sc
do_store:
    std     r25, 0(r24)
    sc
do_dcbst:
    dcbst   0, r24
    sc
do_dcbz:
    dcbz    0, r24
    sc
