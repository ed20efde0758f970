/*
 * Where interrupts go and in which byte order: H_SET_MODE for AIL and ILE.
 * (Book III-S 2.2 LPCR[ILE,AIL], 6.4.3, 6.5; LoPAR 14.5.4.6; pseries.md 3.8, 8.6)
 *
 * The vectors are copied to 0x4000 (for AIL=3 at 0xc000000000004000) and 0x18000 (AIL=2), where the
 * copies reach the common handler by an absolute branch. r26 = an address without a page.
 */
#define GUEST_MAIN_AT 0x5000
#include "common.inc"
#include "mmu.inc"

#define AIL3_BASE 0xc000000000004000
#define AIL(value) SET_MODE(value, 3, 0, 0)
#define ILE(value) SET_MODE(value, 4, 0, 0)
#define SET_MODE(mflags, resource, v1, v2) \
    li64 r4, mflags;                       \
    li r5, resource;                       \
    li r6, v1;                             \
    li r7, v2;                             \
    HCALL(H_SET_MODE)
/* The MSR that an interrupt is to set, besides SF and ME. */
#define NEW(bits)           \
    li64 r3, M_SF | (bits); \
    ld r4, ME_BIT(0);       \
    or r3, r3, r4;          \
    std r3, NEW_MSR(0)
/* Which copy took it: 0 the vectors at 0, 1 at 0x4000, 2 at 0x18000. */
#define WHICH CELLS
#define EXPECT_AT(which)         \
    EXPECT_CELL(WHICH, which);   \
    li r3, 0;                    \
    std r3, WHICH(0)

main:
    bl      map_low
    lis     r26, 3
    SLB(1, 0xc000000000000000, LOW_VSID, 0)
    la64    r20, 0x4000
    li      r21, 1
    bl      make_vectors
    la64    r20, 0x18000
    li      r21, 2
    bl      make_vectors
    li      r3, 0
    std     r3, WHICH(0)

    /* The call: what it refuses. */
    AIL(1)
    mr      r20, r3
    bl      is_unsupported_flag
    UNLESS_QEMU(1f) /* it takes AIL 4 for 0, with success */
    AIL(4)
    mr      r20, r3
    bl      is_unsupported_flag
1:  ILE(2)
    mr      r20, r3
    bl      is_unsupported_flag
    SET_MODE(3, 3, 1, 0)
    EXPECT_REG(r3, H_P3)
    SET_MODE(3, 3, 0, 1)
    EXPECT_REG(r3, H_P4)
    SET_MODE(1, 4, 1, 0)
    EXPECT_REG(r3, H_P3)
    SET_MODE(1, 4, 0, 1)
    EXPECT_REG(r3, H_P4)
    SET_MODE(0, 9, 0, 0)
    EXPECT_REG(r3, H_P2)
    TRY(call, M_VIRTUAL)
    EXPECT_NO_INT(call + 4, M_VIRTUAL)
    EXPECT_AT(0)

    /* AIL=3. */
    AIL(3)
    EXPECT_REG(r3, H_SUCCESS)
    NEW(M_IR | M_DR)
    TRY(call, M_VIRTUAL)
    EXPECT_INT(0xc00, call + 4, M_VIRTUAL)
    EXPECT_AT(1)
    TRY(call, M_USER)
    EXPECT_INT(0xc00, call + 4, M_USER)
    EXPECT_AT(1)
    TRY(illegal, M_USER)
    EXPECT_INT(0x700, illegal, M_USER | SRR1_ILLEGAL)
    EXPECT_AT(1)
    TRY(load, M_VIRTUAL)
    EXPECT_INT(0x300, load, M_VIRTUAL)
    EXPECT_DAR(0x30000)
    EXPECT_AT(1)
    TRY(far, M_VIRTUAL)
    EXPECT_INT(0x380, far_load, M_VIRTUAL)
    EXPECT_AT(1)
    TRY(float, M_USER)
    EXPECT_INT(0x800, float, M_USER)
    EXPECT_AT(1)
    li64    r3, 0x30000
    li64    r4, M_USER
    bl      try
    EXPECT_INT_ADDR(0x400, 0x30000, M_USER | NO_HPTE)
    EXPECT_AT(1)
    li64    r3, 0x3000000000000000
    li64    r4, M_USER
    bl      try
    EXPECT_INT_ADDR(0x480, 0x3000000000000000, M_USER)
    EXPECT_AT(1)
    TRY(traced, M_VIRTUAL | M_SE)
    EXPECT_CELL(REC_VECTOR, 0xd00)
    EXPECT_AT(1)
    li      r3, -1
    mtdec   r3
    TRY(call, M_USER)
    EXPECT_INT(0x900, call, M_USER)
    EXPECT_AT(1)
    li64    r3, 0x7fffffff
    mtdec   r3
    /* Only when both were on: else as if AIL were 0. */
    NEW(0)
    TRY(call, M_SF)
    EXPECT_INT(0xc00, call + 4, M_SF)
    EXPECT_AT(0)
    TRY(call, M_SF | M_IR)
    EXPECT_INT(0xc00, call + 4, M_SF | M_IR)
    EXPECT_AT(0)
    TRY(call, M_SF | M_DR)
    EXPECT_INT(0xc00, call + 4, M_SF | M_DR)
    EXPECT_AT(0)
    /* System reset never. */
    li64    r20, H_SIGNAL_SYS_RESET
    li      r21, 0
    TRY(signal_reset, M_VIRTUAL)
    EXPECT_INT(0x100, signal_reset_end, M_VIRTUAL)
    EXPECT_AT(0)
    /* 32-bit mode. */
    NEW(M_IR | M_DR)
    TRY(call, M_IR | M_DR)
    EXPECT_INT(0xc00, call + 4, M_IR | M_DR)
    EXPECT_AT(1)

    /* AIL=2. */
    AIL(2)
    EXPECT_REG(r3, H_SUCCESS)
    UNLESS_QEMU(2f) /* it interrupts as with AIL 0 */
    TRY(call, M_VIRTUAL)
    EXPECT_INT(0xc00, call + 4, M_VIRTUAL)
    EXPECT_AT(2)
    TRY(load, M_USER)
    EXPECT_INT(0x300, load, M_USER)
    EXPECT_AT(2)
2:  NEW(0)
    TRY(call, M_SF)
    EXPECT_INT(0xc00, call + 4, M_SF)
    EXPECT_AT(0)
    /* Back to 0; set from translated state. */
    li      r20, 0
    TRY(set_ail, M_VIRTUAL)
    EXPECT_NO_INT(set_ail_end, M_VIRTUAL)
    EXPECT_GPR(3, H_SUCCESS)
    EXPECT_AT(0)
    TRY(call, M_USER)
    EXPECT_INT(0xc00, call + 4, M_USER)
    EXPECT_AT(0)

    /* ILE: the vectors are now little-endian code, and so are the stores of the handler. */
    la64    r3, vectors
    mr      r4, r3
    li      r5, (interrupt_end - vectors) / 4
    bl      turn_words
    ILE(1)
    TRY(call, M_SF)
    bl      turn_record
    NEW(M_LE)
    EXPECT_INT(0xc00, call + 4, M_SF)
    TRY(illegal, M_USER)
    bl      turn_record
    EXPECT_INT(0x700, illegal, M_USER | SRR1_ILLEGAL)
    TRY(load, M_VIRTUAL)
    bl      turn_record
    EXPECT_INT(0x300, load, M_VIRTUAL)
    EXPECT_DAR(0x30000)
    /* From little-endian state, to which rfid can go back. */
    TRY_LE(call, 1, M_SF)
    bl      turn_record
    EXPECT_INT_ADDR(0xc00, LE_AT + 4, M_SF | M_LE)
    /* Back. */
    la64    r3, vectors
    mr      r4, r3
    li      r5, (interrupt_end - vectors) / 4
    bl      turn_words
    ILE(0)
    EXPECT_REG(r3, H_SUCCESS)
    NEW(0)
    /* Little-endian state, big-endian interrupt. */
    TRY_LE(call, 1, M_SF)
    EXPECT_INT_ADDR(0xc00, LE_AT + 4, M_SF | M_LE)
    TRY_LE(illegal, 1, M_SF | M_FP)
    EXPECT_INT_ADDR(0x700, LE_AT, M_SF | M_FP | M_LE | SRR1_ILLEGAL)
    b       finish

/* H_UNSUPPORTED_FLAG -256 .. -511, in r20. */
is_unsupported_flag:
    mflr    r22
    addi    r20, r20, 511
    srdi    r20, r20, 8
    EXPECT_REG(r20, 0)
    mtlr    r22
    blr

/* Vectors at r20 that note r21 in WHICH. */
make_vectors:
    li      r3, 0x200
1:  add     r4, r20, r3
    /* std r31,SAVE_R31(0); li r31,which; std r31,WHICH(0); li r31,vector; ba interrupt */
    li64    r5, 0xfbe00000 + SAVE_R31
    stw     r5, 0(r4)
    li64    r5, 0x3be00000
    or      r5, r5, r21
    stw     r5, 4(r4)
    li64    r5, 0xfbe00000 + WHICH
    stw     r5, 8(r4)
    li64    r5, 0x3be00000
    or      r5, r5, r3
    stw     r5, 12(r4)
    lis     r5, 0x4800
    ori     r5, r5, 2
    la64    r6, interrupt
    or      r5, r5, r6
    stw     r5, 16(r4)
    addi    r3, r3, 0x80
    cmpwi   r3, 0xf00
    blt     1b
    blr

turn_record:
    la64    r3, REC
    li      r4, 12
    mtctr   r4
1:  ldbrx   r5, 0, r3
    std     r5, 0(r3)
    addi    r3, r3, 8
    bdnz    1b
    blr

call:
    sc
illegal:
    .long   0
load:
    lwz     r5, 0(r26)
far:
    li      r3, 3
    sldi    r3, r3, 60
far_load:
    lwz     r5, 0(r3)
float:
    fmr     f1, f2
traced:
    nop
    sc
signal_reset:
    mr      r3, r20
    mr      r4, r21
    sc      1
signal_reset_end:
set_ail:
    mr      r4, r20
    li      r5, 3
    li      r6, 0
    li      r7, 0
    li      r3, H_SET_MODE
    sc      1
    sc
set_ail_end:
