/*
 * System calls and the trace interrupt: MSR[SE] after every instruction that completes, MSR[BE]
 * after branches; what is not traced; SRR0 the next instruction.
 * (Book III-S 6.5.14, 6.5.15); what 2.07 says of the traced instruction in SRR1, SIAR and SDAR.
 */
#include "common.inc"
#include "mmu.inc"

/* SRR1 without 33:36 and 42:47. */
#define EXPECT_TRACE(label, msr)    \
    EXPECT_CELL(REC_VECTOR, 0xd00); \
    EXPECT_CELL_AT(REC_SRR0, label); \
    bl masked_srr1;                 \
    EXPECT_REG(r20, msr);           \
    ld r20, REC_MSR(0);             \
    ld r21, NEW_MSR(0);             \
    EXPECT_SAME(r20, r21)
#define TRACED(msr, text...)        \
    b 2f;                           \
1:  text;                           \
    sc;                             \
2:  TRY(1b, (msr) | M_SE);          \
    EXPECT_TRACE(1b + 4, (msr) | M_SE)

/* SRR1[33:36], and SIAR; without QEMU, which tells nothing there. */
#define IS_TRACE 0x40000000
#define LOADED   0x10000000
#define STORED   0x08000000
#define KIND(kind, text...)         \
    TRACED(M_SF, text);             \
    ld r20, REC_SRR1(0);            \
    li64 r21, 0x783f0000;           \
    and r20, r20, r21;              \
    EXPECT_REG(r20, IS_TRACE | (kind)); \
    mfspr r20, 796;                 \
    la64 r21, 1b;                   \
    EXPECT_SAME(r20, r21)
#define EXPECT_SDAR(value)          \
    mfspr r20, 797;                 \
    EXPECT_REG(r20, value)

main:
    bl      map_low
    li      r28, 0x2f00 /* spare storage */
    li      r27, 0
    li64    r26, 0x7fffffff
    li      r25, 0

    /* Each kind of instruction. */
    TRACED(M_SF, nop)
    TRACED(M_SF, add r5, r6, r7)
    TRACED(M_SF, ld r5, 0(r28))
    TRACED(M_SF, std r5, 0(r28))
    TRACED(M_SF, lwarx r5, 0, r28)
    TRACED(M_SF, stwcx. r5, 0, r28)
    TRACED(M_SF, sync)
    TRACED(M_SF, isync)
    TRACED(M_SF, icbi 0, r28)
    TRACED(M_SF, mfmsr r5)
    TRACED(M_SF, mtctr r5)
    TRACED(M_SF, mfspr r5, 1000)     /* an undefined number: nothing happens, traced */
    TRACED(M_SF, twi 0, r0, 0)
    TRACED(M_SF | M_FP, fmr f1, f2)
    TRACED(M_SF | M_VEC, vxor v1, v1, v1)
    TRACED(M_USER, nop)
    TRACED(M_VIRTUAL, mr r5, r6)
    /* Those that change what is in force. */
    TRACED(M_SF, mtdec r26)
    TRACED(M_SF, mtmsrd r27, 1)
    TRACED(M_SF, slbie r26)
    TRACED(M_SF, slbmfee r5, r25)
    TRACED(M_SF, mtspr 61, r25)
    TRACED(M_SF, mtspr 29, r25)
    b       2f
1:  mtmsrd  r5                     /* MSR as it is */
    sc
2:  li64    r5, M_SF | M_SE | M_RI
    TRY(1b, M_SF | M_SE)
    EXPECT_TRACE(1b + 4, M_SF | M_SE | M_RI)
    b       2f
1:  mtmsr   r5
    sc
2:  li64    r5, M_SE | M_RI
    TRY(1b, M_SF | M_SE)
    EXPECT_TRACE(1b + 4, M_SF | M_SE | M_RI)
    b       2f
1:  slbia
    sc
2:  TRY(1b, M_SF | M_SE)
    EXPECT_TRACE(1b + 4, M_SF | M_SE)
    bl      map_low_again

    /* The result is there. */
    li      r5, 1
    li      r6, 2
    li      r8, 0
    TRY(adds, M_SF | M_SE)
    EXPECT_TRACE(adds + 4, M_SF | M_SE)
    EXPECT_GPR(7, 3)
    EXPECT_GPR(8, 0)

    /* Branches, taken or not. */
    li      r0, 0
    mtcr    r0
    TRY(taken, M_SF | M_SE)
    EXPECT_TRACE(target, M_SF | M_SE)
    TRY(not_taken, M_SF | M_SE)
    EXPECT_TRACE(not_taken + 4, M_SF | M_SE)
    /* MSR[BE]: three instructions, then the branch. */
    li      r7, 0
    TRY(with_branch, M_SF | M_BE)
    EXPECT_TRACE(target, M_SF | M_BE)
    EXPECT_GPR(7, 3)
    TRY(not_taken_3, M_SF | M_BE)
    EXPECT_TRACE(not_taken_3 + 8, M_SF | M_BE)
    TRY(plain, M_SF | M_BE)
    EXPECT_NO_INT(plain_end, M_SF | M_BE)
    /* CFAR is the branch's; the interrupt leaves it. */
    TRY(taken, M_SF | M_SE)
    EXPECT_CELL_AT(REC_CFAR, taken)

    /* Not traced: system call, a trap that traps, what ends in another interrupt, rfid. */
    TRY(plain_end - 4, M_SF | M_SE)
    EXPECT_INT(0xc00, plain_end, M_SF | M_SE)
    TRY(trapping, M_SF | M_SE)
    EXPECT_INT(0x700, trapping, M_SF | M_SE | SRR1_TRAP)
    TRY(illegal, M_SF | M_SE)
    EXPECT_INT(0x700, illegal, M_SF | M_SE | SRR1_ILLEGAL)
    UNLESS_QEMU(hypercalls) /* it traces rfid if SE was 1 before it */
    TRY(return, M_SF)
    EXPECT_NO_INT(returned_end, M_SF)
hypercalls:
    /* A hypercall is not, what follows it is. */
    TRY(call_hypervisor, M_SF | M_SE)
    EXPECT_TRACE(call_hypervisor + 8, M_SF | M_SE)
    EXPECT_GPR(3, H_FUNCTION)
    /* rfid that sets SE: the instruction after it is traced (try itself does so above). */
    /* mtmsrd that sets SE is not, what follows is. */
    TRY(set_se, M_SF)
    EXPECT_TRACE(set_se_end, M_SF | M_SE)
    EXPECT_GPR(8, 1)

    /* System calls. */
    TRY(call, M_USER | M_FP)
    EXPECT_INT(0xc00, call + 4, M_USER | M_FP)
    li64    r20, 0x123456789abcdef0
    mr      r0, r20
    mr      r31, r20
    TRY(call, M_SF | M_RI)
    EXPECT_INT(0xc00, call + 4, M_SF | M_RI)
    EXPECT_GPR(31, 0x123456789abcdef0)
    EXPECT_GPR(20, 0x123456789abcdef0)

    /* sc 1 from problem state: H_PRIVILEGE, and nothing else. */
    TRY(hypercall, M_USER)
    EXPECT_NO_INT(hypercall_end, M_USER)
    EXPECT_GPR(3, H_PRIVILEGE)
    TRY(hypercall, M_VIRTUAL)
    EXPECT_NO_INT(hypercall_end, M_VIRTUAL)
    EXPECT_GPR(3, H_SUCCESS)
    /* No call has this number. */
    TRY(unknown, M_SF)
    EXPECT_NO_INT(unknown_end, M_SF)
    EXPECT_GPR(3, H_FUNCTION)
    EXPECT_GPR(31, 0x1234)

    UNLESS_QEMU(finish) /* it tells nothing in SRR1, SIAR and SDAR */
    li      r29, 0
    mtspr   797, r29
    KIND(0, nop)
    EXPECT_SDAR(0)
    KIND(LOADED, ld r5, 8(r28))
    EXPECT_SDAR(0x2f08)
    li      r27, 0x10
    KIND(STORED, stwx r5, r28, r27)
    EXPECT_SDAR(0x2f10)
    KIND(LOADED, lbz r5, 0x2f01(0))
    EXPECT_SDAR(0x2f01)
    KIND(LOADED, lswi r5, r28, 8)
    EXPECT_SDAR(0x2f00)
    mr      r29, r28
    KIND(LOADED, ldu r5, 0x18(r29)) /* the address is that of before the update */
    EXPECT_SDAR(0x2f18)
    mr      r29, r28
    KIND(STORED, stbux r5, r29, r27)
    EXPECT_SDAR(0x2f10)
    KIND(STORED, dcbz r28, r27)
    li      r27, 0x20
    KIND(LOADED, dcbt r28, r27)
    EXPECT_SDAR(0x2f20)
    li      r27, 0x30
    KIND(STORED, dcbtst r28, r27)
    EXPECT_SDAR(0x2f30)
    li      r27, 0x10
    KIND(LOADED, icbi r28, r27)
    KIND(0, mtdec r26)
    EXPECT_SDAR(0x2f10)
    b       2f
1:  b       3f
    sc
3:  sc
2:  TRY(1b, M_SF | M_BE)
    ld      r20, REC_SRR1(0)
    li64    r21, 0x783f0000
    and     r20, r20, r21
    EXPECT_REG(r20, IS_TRACE)
    mfspr   r20, 796
    la64    r21, 1b
    EXPECT_SAME(r20, r21)
    b       finish

map_low_again:
    SLB(0, 0, LOW_VSID, 0)
    blr
/* r20 = SRR1 without the bits that an interrupt defines, and without ME. */
masked_srr1:
    ld      r20, REC_SRR1(0)
    li64    r21, 0x783f1000
    andc    r20, r20, r21
    blr
adds:
    add     r7, r5, r6
    li      r8, 1
    sc
taken:
    b       target
    sc
not_taken:
    bgt     cr7, target
    sc
target:
    sc
with_branch:
    li      r7, 1
    addi    r7, r7, 1
    addi    r7, r7, 1
    b       target
not_taken_3:
    nop
    bgt     cr7, target
    sc
plain:
    nop
    sync
    sc
plain_end:
trapping:
    trap
illegal:
    .long   0
call_hypervisor: /* r3 is its own address, of no call */
    sc      1
    nop
    sc
return:
    la64    r5, returned
    mtsrr0  r5
    mfmsr   r5
    mtsrr1  r5
    ori     r5, r5, M_SE
    mtmsrd  r5
    rfid
returned:
    sc
returned_end:
set_se:
    li      r8, 0
    mfmsr   r5
    ori     r5, r5, M_SE
    mtmsrd  r5
    li      r8, 1
set_se_end:
    li      r8, 2
    sc
call:
    sc
hypercall:
    li      r3, H_PUT_TERM_CHAR
    li      r4, 0
    li      r5, 0
    sc      1
    sc
hypercall_end:
unknown:
    li      r31, 0x1234
    li64    r3, 0x7ffffffffffffffc
    sc      1
    sc
unknown_end:
