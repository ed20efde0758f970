/*
 * What rfid, mtmsrd and mtmsr change in the MSR and what they do not.
 * (Book III-S 4.2.2, 3.3.1, 4.3.1; isa-notes 4)
 */
#include "common.inc"
#include "mmu.inc"

#define ALL_FP (M_FP | M_VEC | M_VSX | M_FE0 | M_FE1)
#define ALL_SETTABLE (M_SF | M_VEC | M_VSX | M_EE | M_FP | M_FE0 | M_FE1 | M_IR | M_DR | M_RI | 4)
/* mtmsrd L=0 of `value` from `from`, then what mfmsr reads, without ME. */
#define MTMSRD(from, value, want) \
    li64 r20, value;              \
    TRY(do_mtmsrd, from);         \
    EXPECT_CELL(REC_VECTOR, 0xc00); \
    bl msr_without_me;            \
    EXPECT_REG(r20, want)
#define MTMSRD_1(from, value, want) \
    li64 r20, value;              \
    TRY(do_mtmsrd_1, from);       \
    EXPECT_CELL(REC_VECTOR, 0xc00); \
    bl msr_without_me;            \
    EXPECT_REG(r20, want)
#define MTMSR(from, value, want)  \
    li64 r20, value;              \
    TRY(do_mtmsr, from);          \
    EXPECT_CELL(REC_VECTOR, 0xc00); \
    bl msr_without_me;            \
    EXPECT_REG(r20, want)
/* rfid to `sc` with SRR1 = value: what MSR the system call was made in. */
#define RFID(from, value, want)   \
    li64 r20, value;              \
    la64 r21, call;               \
    TRY(do_rfid, from);           \
    EXPECT_INT(0xc00, call + 4, want)

main:
    bl      map_low

    /* mtmsrd L=0: every bit but HV, ME, LE; the transactional ones: tm.S. */
    MTMSRD(M_SF, ALL_SETTABLE, ALL_SETTABLE)
    MTMSRD(ALL_SETTABLE, M_SF, M_SF)
    MTMSRD(M_SF, M_SF | M_LE, M_SF)
    MTMSRD(M_SF, M_SF | 0x1000000000000000, M_SF)     /* HV */
    /* ME is neither set nor cleared. */
    li64    r20, M_SF | M_ME
    TRY(do_mtmsrd, M_SF)
    ld      r20, REC_GPR(5)(0)
    andi.   r20, r20, M_ME
    ld      r21, ME_BIT(0)
    EXPECT_SAME(r20, r21)
    li64    r20, M_SF
    TRY(do_mtmsrd, M_SF)
    ld      r20, REC_GPR(5)(0)
    andi.   r20, r20, M_ME
    ld      r21, ME_BIT(0)
    EXPECT_SAME(r20, r21)
    /* PR brings EE, IR and DR: then the next instruction is privileged. */
    li64    r20, M_SF | M_PR
    TRY(do_mtmsrd, M_SF)
    EXPECT_INT(0x700, do_mtmsrd + 4, M_USER | SRR1_PRIVILEGED)
    li64    r20, M_SF | M_PR | M_FP
    TRY(do_mtmsr, M_SF)
    EXPECT_INT(0x700, do_mtmsr + 4, M_USER | M_FP | SRR1_PRIVILEGED)
    /* SF is changed by mtmsrd, not by mtmsr. */
    MTMSRD(M_SF, M_FP, M_FP)
    MTMSRD(M_FP, M_SF, M_SF)
    MTMSR(M_SF, M_FP, M_SF | M_FP)
    MTMSR(M_FP, M_SF | M_RI, M_RI)
    MTMSR(M_SF, ALL_SETTABLE, ALL_SETTABLE)
    MTMSR(M_SF, M_SF | M_LE, M_SF)
    /* L=1: EE and RI alone. */
    MTMSRD_1(M_SF, ALL_SETTABLE | M_PR | M_LE, M_SF | M_EE | M_RI)
    MTMSRD_1(ALL_SETTABLE, 0, ALL_SETTABLE & ~(M_EE | M_RI))
    MTMSRD_1(M_VIRTUAL | M_FP, M_RI, M_VIRTUAL | M_FP | M_RI)
    b       2f
1:  .long   0x7e810124  /* mtmsr r20,1 */
    mfmsr   r5
    sc
2:  li64    r20, ALL_SETTABLE
    TRY(1b, M_SF)
    bl      msr_without_me
    EXPECT_REG(r20, M_SF | M_EE | M_RI)

    /* rfid: all of it but HV, ME and the bits where causes are. */
    RFID(M_SF, ALL_SETTABLE, ALL_SETTABLE)
    RFID(ALL_SETTABLE, M_SF, M_SF)
    RFID(M_SF, M_SF | 0x1000000000000000, M_SF)
    RFID(M_SF, M_SF | 0x783f0000, M_SF)
    RFID(M_SF, M_PR | M_SF, M_USER)
    RFID(M_SF, M_PR | M_SF | M_IR, M_USER)
    RFID(M_SF, M_USER | ALL_FP, M_USER | ALL_FP)
    RFID(M_SF, 0, 0)
    RFID(0, M_SF, M_SF)
    RFID(M_VIRTUAL, M_SF, M_SF)
    /* The low two bits of SRR0 do not count; CFAR is rfid's address. */
    li64    r20, M_SF
    la64    r21, call + 3
    TRY(do_rfid, M_SF)
    EXPECT_INT(0xc00, call + 4, M_SF)
    EXPECT_CELL_AT(REC_CFAR, do_rfid_end)
    /* LE by rfid: `call` read in little-endian order is another instruction. */
    li64    r20, M_SF | M_LE
    la64    r21, call
    TRY(do_rfid, M_SF)
    EXPECT_CELL(REC_VECTOR, 0x700)
    EXPECT_CELL_AT(REC_SRR0, call)
    ld      r20, REC_SRR1(0)
    andi.   r20, r20, M_LE
    EXPECT_REG(r20, 1)
    /* SRR0 is cut to 32 bits when the new state is 32-bit. */
    li64    r20, 0
    la64    r21, call
    li64    r22, 0x1234567800000000
    or      r21, r21, r22
    TRY(do_rfid, M_SF)
    EXPECT_INT(0xc00, call + 4, 0)
    /* ME from SRR1 does not count. */
    li64    r20, M_SF
    la64    r21, read_msr
    TRY(do_rfid, M_SF)
    ld      r20, REC_GPR(5)(0)
    andi.   r20, r20, M_ME
    ld      r21, ME_BIT(0)
    EXPECT_SAME(r20, r21)

    /* SRR0 and SRR1 hold 64 bits between. */
    li64    r20, 0xfedcba9876543210
    mtsrr0  r20
    mtsrr1  r20
    mfsrr1  r21
    mfsrr0  r22
    EXPECT_SAME(r21, r20)
    EXPECT_REG(r22, 0xfedcba9876543210)
    b       finish

/* r20 = r5 at the system call, without ME. */
msr_without_me:
    ld      r20, REC_GPR(5)(0)
    li      r21, M_ME
    andc    r20, r20, r21
    blr
do_mtmsrd:
    mtmsrd  r20
    mfmsr   r5
    sc
do_mtmsrd_1:
    mtmsrd  r20, 1
    mfmsr   r5
    sc
do_mtmsr:
    mtmsr   r20
    mfmsr   r5
    sc
do_rfid:
    mtsrr0  r21
    mtsrr1  r20
do_rfid_end:
    rfid
call:
    sc
read_msr:
    mfmsr   r5
    sc
