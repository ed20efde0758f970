/*
 * Transactions, which all fail when they begin; Suspended state by way of trechkpt.; what is a TM
 * Bad Thing. (Book II 5, Book III-S 3.2.2, 4.4.3, 6.5.9; isa-notes 10)
 *
 * QEMU has no Suspended state, copies SO into CR0 after tbegin., says CR0=8 for tcheck, takes an
 * earlier instruction for TFHAR and TFIAR, and stores what it is given.
 */
#include "common.inc"
#include "mmu.inc"

#define M_TS_S 0x0000000200000000
#define M_TS_T 0x0000000400000000
#define SRR1_TM_BAD 0x200000
#define TFHAR   128
#define TFIAR   129
#define TEXASR  130
#define TEXASRU 131
#define FS      0x0000000008000000
/* Persistent, nesting overflow, FS, exact, level 1. */
#define FAILED_AT_ONCE 0x014000000c000001
#define BAD(label, msr)  \
    TRY(label, msr);     \
    EXPECT_INT(0x700, label, msr | SRR1_TM_BAD)
/* A bad thing in Suspended state; its interrupt is suspended too. */
#define EXPECT_BAD_SUSPENDED                                     \
    EXPECT_CELL(REC_VECTOR, 0x700);                              \
    ld   r20, REC_SRR1(0);                                       \
    li   r21, M_ME;                                              \
    andc r20, r20, r21;                                          \
    EXPECT_REG(r20, M_SF | M_TM | M_TS_S | SRR1_TM_BAD);         \
    ld   r20, REC_MSR(0);                                        \
    andc r20, r20, r21;                                          \
    EXPECT_REG(r20, M_SF | M_TS_S)

main:
    bl      map_low

    /* MSR[TM] is a bit like others. */
    li64    r20, M_SF | M_TM
    TRY(set_msr, M_SF)
    EXPECT_GPR(3, M_SF | M_TM)

    /* tbegin. goes on behind itself; all of CR0 but the failure's bits is 0, other fields stay. */
    li64    r20, 0xffffffff
    TRY(begin, M_SF | M_TM)
    EXPECT_INT(0xc00, begin_end, M_SF | M_TM)
    UNLESS_QEMU(begin_done) /* it sets SO, and TFIAR and TEXASR otherwise */
    EXPECT_CELL(REC_CR, 0xafffffff)
    EXPECT_GPR(10, FAILED_AT_ONCE)
    EXPECT_GPR(11, FAILED_AT_ONCE >> 32)
    la64    r21, begin_failed
    ld      r22, REC_GPR(12)(0)
    EXPECT_SAME(r22, r21)
    la64    r21, begin_at
    ld      r22, REC_GPR(13)(0)
    EXPECT_SAME(r22, r21)
begin_done:
    /* The branch that every program has behind it is taken. */
    TRY(begin_branch, M_SF | M_TM)
    EXPECT_GPR(10, 7)
    /* In problem state TEXASR and TFIAR say so; a rollback-only transaction as well. */
    TRY(begin_user, M_USER | M_TM)
    EXPECT_INT(0xc00, begin_user_end, M_USER | M_TM)
    UNLESS_QEMU(rot_done)
    EXPECT_GPR(10, 0x014000001e000001)
    la64    r21, begin_user
    addi    r21, r21, 1
    ld      r22, REC_GPR(13)(0)
    EXPECT_SAME(r22, r21)
rot_done:

    /* Without a transaction the others change CR0 and nothing else. */
    li64    r20, 0xffffffff
    TRY(others, M_SF | M_TM)
    EXPECT_INT(0xc00, others_end, M_SF | M_TM)
    .irp    n, 10, 11, 12, 13, 14, 15, 16, 17, 18
    EXPECT_GPR(\n, 0x0fffffff)
    .endr
    UNLESS_QEMU(tcheck_done) /* it says TDOOMED */
    TRY(check_state, M_SF | M_TM)
    EXPECT_CELL(REC_CR, 0xff0fffff)
tcheck_done:

    /* The SPRs are storage: TFHAR has no low bits, TEXASRU is the upper half. */
    li64    r20, 0xfedcba9876543213
    TRY(sprs, M_USER | M_TM)
    EXPECT_INT(0xc00, sprs_end, M_USER | M_TM)
    EXPECT_GPR(11, 0xfedcba9876543213)
    UNLESS_QEMU(bad) /* it keeps all bits of all of them */
    EXPECT_GPR(10, 0xfedcba9876543210)
    EXPECT_GPR(12, 0xfedc800036000213)
    EXPECT_GPR(13, 0xfedc8000)
    EXPECT_GPR(14, 0x7654000136000213)

bad:
    UNLESS_QEMU(finish) /* it has neither Suspended state nor TM Bad Things */
    /* Bad things of a thread without a transaction. */
    BAD(reclaim, M_SF | M_TM)
    TRY(clear_texasr, M_SF | M_TM)
    BAD(recheckpoint, M_SF | M_TM)
    li64    r20, M_SF | M_TM | M_TS_S
    BAD(set_msr, M_SF | M_TM)
    BAD(set_msr, M_SF)
    li64    r20, M_SF | M_TM | M_TS_T
    BAD(set_msr, M_SF | M_TM)
    li64    r20, M_SF | M_TS_S | M_TS_T
    BAD(set_msr, M_SF | M_TM)
    /* rfid: SRR0 and SRR1 are those of the interrupt, the MSR is what it was. */
    li64    r20, M_SF | M_TM | M_TS_S
    TRY(return, M_SF | M_TM)
    EXPECT_INT(0x700, return_at, M_SF | M_TM | SRR1_TM_BAD)
    li64    r20, M_USER | M_TS_T
    TRY(return, M_SF)
    EXPECT_INT(0x700, return_at, M_SF | SRR1_TM_BAD)
    /* mtmsr has no part in it. */
    li64    r20, M_TM | M_TS_S
    TRY(set_msr_32, M_SF)
    EXPECT_GPR(3, M_SF)

    /* trechkpt. after a failure: Suspended, doomed. */
    TRY(suspended, M_SF | M_TM)
    EXPECT_INT(0xc00, suspended_end, M_SF | M_TM)
    EXPECT_GPR(10, M_SF | M_TM | M_TS_S) /* MSR behind trechkpt. */
    EXPECT_GPR(11, 0x0f000000)           /* CR0 of trechkpt. */
    EXPECT_GPR(12, 0xf00fa000)           /* tcheck cr4: TDOOMED, TS */
    EXPECT_GPR(13, 0x2f000000)           /* CR0 of tbegin., tabort., tsr. 0 in it */
    EXPECT_GPR(14, 0x2f000000)
    EXPECT_GPR(15, 0x2f000000)
    EXPECT_GPR(16, 0x2f000000)           /* and of treclaim. */
    EXPECT_GPR(17, M_SF | M_TM)
    EXPECT_GPR(20, 0x77)                 /* r20 as trechkpt. found it */

    /* Of what trechkpt. found all comes back: each of these was 5, changed to 9 before treclaim. */
    li64    r20, 0x5000000000000005
    li64    r21, 0x9000000000000009
    TRY(checkpoint, M_SF | M_TM | M_FP | M_VEC | M_VSX)
    EXPECT_INT(0xc00, checkpoint_end, M_SF | M_TM | M_FP | M_VEC | M_VSX)
    .irp    n, 5, 6, 7, 8, 9, 10, 11
    EXPECT_GPR(\n, 0x5000000000000005)  /* VSR 1 and 33, LR, CTR, AMR, DSCR, TAR */
    .endr
    EXPECT_GPR(12, 0x20000005)          /* XER: CA and the count */
    EXPECT_GPR(13, 5)                   /* VRSAVE */
    EXPECT_GPR(14, 1)                   /* FPSCR: RN */
    EXPECT_GPR(15, 0x10000)             /* VSCR: NJ */
    EXPECT_GPR(16, 0x0008000000000000)  /* PPR: low */

    /* tend. and changes of the record are bad things in it; then out of it again. */
    TRY(suspend_end, M_SF | M_TM)
    EXPECT_BAD_SUSPENDED
    bl      leave_suspended
    TRY(suspend_write, M_SF | M_TM)
    EXPECT_BAD_SUSPENDED
    /* The interrupt is still suspended, without TM; all zero is asked for, and ignored. */
    mfmsr   r22
    std     r22, CELLS + 80(0)
    bl      leave_suspended
    ld      r22, CELLS + 80(0)
    li      r3, M_ME
    andc    r22, r22, r3
    EXPECT_REG(r22, M_SF | M_TS_S)
    TRY(suspend_again, M_SF | M_TM)
    EXPECT_BAD_SUSPENDED
    bl      leave_suspended
    TRY(suspend_none, M_SF | M_TM)
    EXPECT_BAD_SUSPENDED
    bl      leave_suspended

    /* Resumed, it fails: the handler at TFHAR with the registers of trechkpt. */
    TRY(resumed, M_SF | M_TM)
    EXPECT_INT(0xc00, handler_end, M_SF | M_TM)
    EXPECT_GPR(20, 0x77)
    EXPECT_CELL(REC_CR, 0xaf123456)
    EXPECT_CELL(REC_CTR, 0x1234)
    TRY(resumed_by_rfid, M_SF | M_TM)
    EXPECT_INT(0xc00, handler_end, M_USER | M_TM)
    EXPECT_GPR(20, 0x77)
    TRY(resumed_by_mtmsrd, M_SF | M_TM)
    EXPECT_INT(0xc00, handler_end, M_SF | M_TM)
    EXPECT_GPR(20, 0x77)
    b       finish

set_msr:
    mtmsrd  r20
    mfmsr   r3
    li      r4, M_ME
    andc    r3, r3, r4
    sc
set_msr_32:
    mtmsr   r20
    mfmsr   r3
    li      r4, M_ME
    andc    r3, r3, r4
    sc
begin:
    mtcr    r20
begin_at:
    tbegin.
begin_failed:
    mfspr   r10, TEXASR
    mfspr   r11, TEXASRU
    mfspr   r12, TFHAR
    mfspr   r13, TFIAR
    sc
begin_end:
begin_branch:
    li      r10, 7
    tbegin.
    beq     1f
    li      r10, 8
1:  sc
begin_user:
    .long   0x7c20051d /* tbegin. 1 */
    mfspr   r10, TEXASR
    mfspr   r13, TFIAR
    sc
begin_user_end:
others:
    .macro  cr_of reg, text:vararg
    mtcr    r20
    \text
    mfcr    \reg
    .endm
    cr_of   r10, tend.
    cr_of   r11, tendall.
    cr_of   r12, tabort. r20
    cr_of   r13, tabortwc. 31, r20, r20
    cr_of   r14, tabortdc. 31, r20, r20
    cr_of   r15, tabortwci. 31, r20, 1
    cr_of   r16, tabortdci. 31, r20, 1
    cr_of   r17, tsr. 0
    cr_of   r18, tsr. 1
    sc
others_end:
check_state:
    mtcr    r20
    tcheck  cr2
    sc
sprs:
    mtspr   TFHAR, r20
    mfspr   r10, TFHAR
    mtspr   TFIAR, r20
    mfspr   r11, TFIAR
    mtspr   TEXASR, r20
    mfspr   r12, TEXASR
    mfspr   r13, TEXASRU
    mtspr   TEXASRU, r20
    mfspr   r14, TEXASR
    sc
sprs_end:
reclaim:
    treclaim. r3
    sc
recheckpoint:
    trechkpt.
    sc
clear_texasr:
    li      r3, 0
    mtspr   TEXASR, r3
    sc
return:
    mtsrr1  r20
    la64    r3, call
    mtsrr0  r3
return_at:
    rfid
call:
    sc

    .macro  suspend
    li64    r3, FS
    mtspr   TEXASR, r3
    la64    r3, handler
    mtspr   TFHAR, r3
    li      r20, 0x77
    li      r3, 0x1234
    mtctr   r3
    li64    r3, 0xff123456
    mtcr    r3
    trechkpt.
    .endm
suspended:
    li64    r3, FS
    mtspr   TEXASR, r3
    li      r20, 0x77
    li64    r3, 0xff000000
    mtcr    r3
    trechkpt.
    mfmsr   r10
    mfcr    r11
    li      r3, M_ME
    andc    r10, r10, r3
    li      r20, 0x99
    li64    r4, 0xf00ff000
    mtcr    r4
    tcheck  cr4
    mfcr    r12
    li64    r4, 0xff000000
    mtcr    r4
    tbegin.
    mfcr    r13
    mtcr    r4
    tabort. r4
    mfcr    r14
    mtcr    r4
    tsr.    0
    mfcr    r15
    /* treclaim. brings back all registers of the checkpoint: what is to be seen goes by storage. */
    std     r10, CELLS(0)
    std     r11, CELLS + 8(0)
    std     r12, CELLS + 16(0)
    std     r13, CELLS + 24(0)
    std     r14, CELLS + 32(0)
    std     r15, CELLS + 40(0)
    treclaim. r4
    mfcr    r16
    mfmsr   r17
    li      r3, M_ME
    andc    r17, r17, r3
    ld      r10, CELLS(0)
    ld      r11, CELLS + 8(0)
    ld      r12, CELLS + 16(0)
    ld      r13, CELLS + 24(0)
    ld      r14, CELLS + 32(0)
    ld      r15, CELLS + 40(0)
    sc
suspended_end:
checkpoint:
    .macro  set_all value, rn, xer, nj
    mtvsrd  vs1, \value
    mtvsrd  vs33, \value
    mtlr    \value
    mtctr   \value
    mtspr   29, \value
    mtspr   17, \value
    mtspr   815, \value
    mtspr   256, \value
    mtfsfi  7, \rn
    lis     r3, \xer
    ori     r3, r3, \rn + 4
    mtxer   r3
    vspltisw v2, \nj
    vspltisw v3, -16
    vslw    v2, v2, v3
    mtvscr  v2
    .endm
    li64    r3, FS
    mtspr   TEXASR, r3
    set_all r20, 1, 0x2000, 1
    li      r3, 5
    mtspr   256, r3
    or      r1, r1, r1
    trechkpt.
    set_all r21, 2, 0x4000, 0
    or      r2, r2, r2
    treclaim. r3
    mfvsrd  r5, vs1
    mfvsrd  r6, vs33
    mflr    r7
    mfctr   r8
    mfspr   r9, 29
    mfspr   r10, 17
    mfspr   r11, 815
    mfxer   r12
    mfspr   r13, 256
    mffs    f2
    mfvsrd  r14, vs2
    mfvscr  v2
    vspltw  v2, v2, 3
    mfvsrwz r15, vs34
    mfspr   r16, 896
    or      r2, r2, r2
    sc
checkpoint_end:
suspend_end:
    suspend
    tend.
    sc
suspend_write:
    suspend
    la64    r3, handler
    mtspr   TFHAR, r3
    mtspr   TFIAR, r3
    sc
suspend_again:
    suspend
    trechkpt.
    sc
suspend_none: /* to Non-transactional, by mtmsrd */
    suspend
    mfmsr   r3
    li64    r4, M_TS_S
    andc    r3, r3, r4
    mtmsrd  r3
    sc
resumed:
    suspend
    li      r20, 0x99
    mtcr    r20
    mtctr   r20
    tsr.    1
    sc
resumed_by_rfid:
    suspend
    li      r20, 0x99
    li64    r3, M_USER | M_TM | M_TS_T
    mfmsr   r4
    andi.   r4, r4, M_ME
    or      r3, r3, r4
    mtsrr1  r3
    la64    r3, call
    mtsrr0  r3
    rfid
resumed_by_mtmsrd:
    suspend
    li      r20, 0x99
    mfmsr   r3
    li64    r4, M_TS_S | M_TS_T
    xor     r3, r3, r4
    mtmsrd  r3
    sc
handler:
    sc
handler_end:

/* Back to no transaction, in HMSR; the checkpoint has other registers. */
leave_suspended:
    mflr    r26
    std     r26, CELLS + 64(0)
    std     r20, CELLS + 72(0)
    mfmsr   r3
    li64    r4, M_TM
    or      r3, r3, r4
    mtmsrd  r3
    treclaim. r3
    mfmsr   r3
    li64    r4, M_TM
    andc    r3, r3, r4
    mtmsrd  r3
    ld      r20, CELLS + 72(0)
    ld      r26, CELLS + 64(0)
    mtlr    r26
    blr
