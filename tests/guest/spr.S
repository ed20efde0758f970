/*
 * Who may read and write which special purpose register: all 1024 numbers, read and written, in
 * supervisor and in problem state, against the table of the book; what a few of them keep.
 * (Book III-S 4.4.4, 4.4.5; isa-notes 3; pseries.md 8.8)
 *
 * A number that exists for reading only, written, or the other way round, is left out: the book
 * treats it as undefined, QEMU as privileged.
 */
#include "common.inc"
#include "mmu.inc"

#define CODE (SCRATCH + 0x3000)
#define U 0
#define S 1
#define H 2
#define N 3
#define UNDEFINED 4
#define MFSPR 0x7ca002a6 /* of r5 */
#define MTSPR 0x7ca003a6
#define VALUE 0x5a5aa5a5

/* Expected: vector << 32 | cause. */
#define FINE       (0xc00 << 32)
#define ILLEGAL    (0x700 << 32 | SRR1_ILLEGAL)
#define PRIVILEGED (0x700 << 32 | SRR1_PRIVILEGED)
#define FACILITY   (0xf60 << 32)

    .macro flush
    dcbst   0, r23
    sync
    icbi    0, r23
    isync
    .endm

main:
    bl      map_low
    MAP_4K(CODE, CODE + PTE_RW, LOW_VSID)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r3, 0x4400
    ori     r3, r3, 2
    lis     r4, CODE >> 16
    ori     r4, r4, CODE & 0xffff
    stw     r3, 4(r4)
    li      r3, 0x184 /* every facility that FSCR opens */
    mtspr   153, r3

    li      r27, 0
sweep:
    bl      look_up
    li64    r18, MFSPR
    mr      r19, r25
    bl      both_states
    li64    r18, MTSPR
    mr      r19, r26
    bl      both_states
    addi    r27, r27, 1
    cmpwi   r27, 1024
    blt     sweep

    /* Undefined, supervisor: RT keeps its value. */
    li64    r5, 0x123456789abcdef0
    mfspr   r5, 1000
    EXPECT_REG(r5, 0x123456789abcdef0)
    li64    r5, 0x123456789abcdef0
    mfspr   r5, 808
    EXPECT_REG(r5, 0x123456789abcdef0)

    /* What they keep: width, bits that exist. */
    li64    r20, 0xfedcba9876543210
#define KEEPS(n, value)    \
    mtspr n, r20;          \
    mfspr r21, n;          \
    EXPECT_REG(r21, value)
    KEEPS(272, 0xfedcba9876543210)  /* SPRG0 - 3 */
    KEEPS(275, 0xfedcba9876543210)
    mfspr   r21, 259                /* and SPRG3 for the problem state */
    EXPECT_REG(r21, 0xfedcba9876543210)
    KEEPS(19, 0xfedcba9876543210)   /* DAR */
    KEEPS(28, 0xfedcba9876543210)   /* CFAR */
    UNLESS_QEMU(short_done)         /* it gives them 64 bits */
    KEEPS(18, 0x76543210)           /* DSISR */
    KEEPS(256, 0x76543210)          /* VRSAVE */
    KEEPS(787, 0x76543210)          /* PMC1 */
short_done:
    KEEPS(815, 0xfedcba9876543210)  /* TAR */
    KEEPS(804, 0xfedcba9876543210 & ~3)  /* EBBHR */
    li64    r20, 0xffffffffffffffff
    mtspr   1, r20
    mfspr   r21, 1                  /* XER: SO, OV, CA and the count of strings */
    li      r3, 0
    mtspr   1, r3
    UNLESS_QEMU(xer_done)           /* it keeps most bits of XER, all of CTRL, and has no SPR 3 */
    EXPECT_REG(r21, 0xe000007f)
xer_done:
    /* DSCR is one register with two numbers, AMR as well. */
    li64    r20, 0x15
    mtspr   17, r20
    mfspr   r21, 3
    UNLESS_QEMU(dscr_done)
    EXPECT_REG(r21, 0x15)
    /* CTRL: RUN, and the RUN of thread 0 in bit 48, which problem state does not see. */
    li      r20, -1
    mtspr   152, r20
    mfspr   r21, 136
    EXPECT_REG(r21, 0x8001)
    TRY(read_ctrl, M_USER)
    EXPECT_GPR(21, 1)
    li      r20, 0
    mtspr   152, r20
    mfspr   r21, 136
    EXPECT_REG(r21, 0)
    li      r20, 1
    mtspr   152, r20
dscr_done:
    li64    r20, 0x0fffffffffffffff
    mtspr   29, r20
    UNLESS_QEMU(amr_one_done) /* 13 has a register of its own there */
    mfspr   r21, 13
    EXPECT_REG(r21, 0x0fffffffffffffff)
amr_one_done:
    /* In problem state AMR changes where UAMOR allows it. */
    li64    r20, 0x00ff000000000000
    mtspr   157, r20
    li      r3, 0
    mtspr   29, r3
    li64    r20, 0x3333333333333333
    TRY(write_amr, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    UNLESS_QEMU(amr_read_done)
    EXPECT_GPR(21, 0x0033000000000000)
amr_read_done:
    mfspr   r21, 29
    EXPECT_REG(r21, 0x0033000000000000)
    li      r3, 0
    mtspr   29, r3
    /* BESCR: set and reset by bits, and the upper halves. */
    UNLESS_QEMU(bescr_done) /* each number has a register of its own there */
    li      r3, 0
    mtspr   806, r3
    li64    r3, 0x8000000000000003
    mtspr   800, r3
    li64    r3, 0x2
    mtspr   802, r3
    mfspr   r21, 806
    EXPECT_REG(r21, 0x8000000000000001)
    mfspr   r21, 801
    EXPECT_REG(r21, 0x80000000)
    li64    r3, 0x80000000
    mtspr   803, r3
    mfspr   r21, 806
    EXPECT_REG(r21, 1)
bescr_done:
    mfspr   r20, 1023               /* PIR */
    EXPECT_REG(r20, 0)

    /*
     * The PMU's problem-state registers by MMCR0[PMCC]: 0 read only (a write is illegal), 1 not at
     * all, 2 read and write, 3 without PMC5 and PMC6.
     */
    li64    r3, 0x80000000
    mtspr   795, r3
    TRY(read_pmc1, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    TRY(write_pmc1, M_USER)
    UNLESS_QEMU(read_only_done) /* it says privileged */
    EXPECT_INT(0x700, write_pmc1, M_USER | SRR1_ILLEGAL)
read_only_done:
    li64    r3, 0x80040000
    mtspr   795, r3
    TRY(read_pmc1, M_USER)
    EXPECT_INT(0xf60, read_pmc1, M_USER)
    UNLESS_QEMU(cause_done) /* it leaves the cause as it was */
    mfspr   r20, 153
    srdi    r20, r20, 56
    EXPECT_REG(r20, 3)
cause_done:
    TRY(write_pmc1, M_USER)
    EXPECT_INT(0xf60, write_pmc1, M_USER)
    li64    r3, 0x80080000
    mtspr   795, r3
    li      r5, 0x77
    TRY(write_pmc1, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    mfspr   r20, 787
    EXPECT_REG(r20, 0x77)
    TRY(write_pmc5, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    li64    r3, 0x800c0000
    mtspr   795, r3
    TRY(write_pmc1, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    TRY(write_pmc5, M_USER)
    EXPECT_INT(0xf60, write_pmc5, M_USER)
    TRY(read_pmc5, M_USER)
    EXPECT_INT(0xf60, read_pmc5, M_USER)
    b       finish

/* r25, r26 = who may read and write number r27. */
look_up:
    li      r25, UNDEFINED
    li      r26, UNDEFINED
    la64    r3, table
1:  lhz     r4, 0(r3)
    cmplwi  r4, 0xffff
    beqlr
    cmpw    r4, r27
    beq     2f
    addi    r3, r3, 4
    b       1b
2:  lbz     r25, 2(r3)
    lbz     r26, 3(r3)
    blr

/* r18 = the instruction, r19 = who may; number r27. Supervisor, then problem state. */
both_states:
    cmpwi   r19, N
    beqlr
    ld      r0, ON_QEMU(0)
    cmpwi   r0, 0
    beq     9f
    la64    r3, unlike_qemu - 2
8:  lhzu    r4, 2(r3)
    cmpw    r4, r27
    beqlr
    cmplwi  r4, 0xffff
    bne     8b
9:
    mflr    r29
    andi.   r3, r27, 31
    sldi    r3, r3, 16
    or      r18, r18, r3
    srdi    r3, r27, 5
    sldi    r3, r3, 11
    or      r18, r18, r3
    lis     r23, CODE >> 16
    ori     r23, r23, CODE & 0xffff

    /* What is right in supervisor state. */
    li64    r22, FINE
    cmpwi   r19, H
    bne     1f
    li64    r22, PRIVILEGED
1:  cmpwi   r19, UNDEFINED
    bne     2f
    cmpwi   r27, 0
    beq     3f
    andi.   r3, r18, 0x100 /* mtspr */
    bne     2f
    cmpwi   r27, 4
    blt     2f
    cmpwi   r27, 6
    bgt     2f
3:  li64    r22, ILLEGAL
2:  rlwinm  r3, r27, 0, 0, 29
    cmpwi   r3, 128 /* transactional: MSR[TM]=0 */
    bne     4f
    li64    r22, FACILITY
4:  li64    r24, M_SF
    bl      one

    /* And in problem state. */
    cmpwi   r19, U
    beq     5f
    li64    r22, PRIVILEGED
    andi.   r3, r27, 0x10
    bne     7f
    li64    r22, ILLEGAL
    b       7f
5:  li64    r22, FINE
    rlwinm  r3, r27, 0, 0, 29
    cmpwi   r3, 128
    bne     6f
    li64    r22, FACILITY
6:  rlwinm  r3, r27, 0, 0, 27
    cmpwi   r3, 768 /* the PMU's: below */
    beq     8f
7:  li64    r24, M_USER
    bl      one
8:  mtlr    r29
    blr

/* Runs word r18 at r23 in MSR r24: vector and cause must be r22. A write writes what was read. */
one:
    mflr    r28
    ld      r0, ON_QEMU(0)
    cmpwi   r0, 0
    beq     1f
    li64    r4, ILLEGAL
    cmpd    r22, r4
    bne     1f
    li64    r22, PRIVILEGED /* as QEMU says of all numbers that it does not know */
1:
    rlwinm  r3, r18, 0, 24, 22 /* mfspr of the number */
    stw     r3, 0(r23)
    flush
    li64    r5, VALUE
    li64    r4, M_SF
    mr      r3, r23
    bl      try
    stw     r18, 0(r23)
    flush
    mr      r3, r23
    mr      r4, r24
    bl      try
    ld      r3, REC_VECTOR(0)
    sldi    r3, r3, 32
    ld      r4, REC_SRR1(0)
    li64    r5, 0x783f0000
    and     r4, r4, r5
    or      r3, r3, r4
    mr      r4, r22
    addis   r5, r27, 1 /* "line" 65536 + number for reads, 131072 + for writes */
    andi.   r6, r18, 0x100
    beq     1f
    addis   r5, r27, 2
1:  bl      check
    mtlr    r28
    blr

read_ctrl:
    mfspr   r21, 136
    sc
write_amr:
    mtspr   13, r20
    mfspr   r21, 13
    sc
read_pmc1:
    mfspr   r5, 771
    sc
write_pmc1:
    mtspr   771, r5
    sc
read_pmc5:
    mfspr   r5, 775
    sc
write_pmc5:
    mtspr   775, r5
    sc

/* QEMU knows them not, except TBL and TBU, which supervisor state may write there, and SPURR and
 * PURR, which problem state may read. */
unlike_qemu:
    .short  3, 177, 276, 277, 283, 284, 285, 308, 309, 339, 852, 853, 854, 863, 884, 885, 898
    .short  1009, 1012, 1014, 0xffff

    .macro spr number, reads, writes
    .short  \number
    .byte   \reads, \writes
    .endm
    .balign 4
table:
    spr     1, U, U /* XER */
    spr     3, U, U /* DSCR */
    spr     8, U, U /* LR */
    spr     9, U, U /* CTR */
    spr     13, U, U /* AMR */
    spr     17, S, S /* DSCR */
    spr     18, S, S /* DSISR */
    spr     19, S, S /* DAR */
    spr     22, S, S /* DEC */
    spr     25, H, H /* SDR1 */
    spr     26, S, S /* SRR0 */
    spr     27, S, S /* SRR1 */
    spr     28, S, S /* CFAR */
    spr     29, S, S /* AMR */
    spr     31, S, S /* ACOP */
    spr     48, S, S /* PIDR */
    spr     61, S, S /* IAMR */
    spr     128, U, U /* TFHAR */
    spr     129, U, U /* TFIAR */
    spr     130, U, U /* TEXASR */
    spr     131, U, U /* TEXASRU */
    spr     136, U, N /* CTRL */
    spr     152, N, S /* CTRL */
    spr     153, S, S /* FSCR */
    spr     157, S, S /* UAMOR */
    spr     159, S, S /* PSPB */
    spr     176, S, H /* DPDES */
    spr     177, H, H /* DHDES */
    spr     180, H, H /* DAWR0 */
    spr     186, H, H /* RPR */
    spr     187, H, H /* CIABR */
    spr     188, H, H /* DAWRX0 */
    spr     190, H, H /* HFSCR */
    spr     256, U, U /* VRSAVE */
    spr     259, U, N /* SPRG3 */
    spr     268, U, N /* TB */
    spr     269, U, N /* TBU */
    spr     272, S, S /* SPRG0 */
    spr     273, S, S /* SPRG1 */
    spr     274, S, S /* SPRG2 */
    spr     275, S, S /* SPRG3 */
    spr     276, H, H /* SPRC */
    spr     277, H, H /* SPRD */
    spr     283, H, N /* CIR */
    spr     284, N, H /* TBL */
    spr     285, N, H /* TBU */
    spr     286, N, H /* TBU40 */
    spr     287, S, N /* PVR */
    spr     304, H, H /* HSPRG0 */
    spr     305, H, H /* HSPRG1 */
    spr     306, H, H /* HDSISR */
    spr     307, H, H /* HDAR */
    spr     308, S, H /* SPURR */
    spr     309, S, H /* PURR */
    spr     310, H, H /* HDEC */
    spr     312, H, H /* RMOR */
    spr     313, H, H /* HRMOR */
    spr     314, H, H /* HSRR0 */
    spr     315, H, H /* HSRR1 */
    spr     316, H, H /* MMCRH */
    spr     317, H, H /* TFMR */
    spr     318, H, H /* LPCR */
    spr     319, H, H /* LPIDR */
    spr     336, H, H /* HMER */
    spr     337, H, H /* HMEER */
    spr     338, H, H /* PCR */
    spr     339, H, H /* HEIR */
    spr     349, H, H /* AMOR */
    spr     446, S, N /* TIR */
    spr     768, U, N /* SIER */
    spr     769, U, U /* MMCR2 */
    spr     770, U, U /* MMCRA */
    spr     771, U, U /* PMC1 */
    spr     772, U, U /* PMC2 */
    spr     773, U, U /* PMC3 */
    spr     774, U, U /* PMC4 */
    spr     775, U, U /* PMC5 */
    spr     776, U, U /* PMC6 */
    spr     779, U, U /* MMCR0 */
    spr     780, U, N /* SIAR */
    spr     781, U, N /* SDAR */
    spr     782, U, N /* MMCR1 */
    spr     784, S, S /* SIER */
    spr     785, S, S /* MMCR2 */
    spr     786, S, S /* MMCRA */
    spr     787, S, S /* PMC1 */
    spr     788, S, S /* PMC2 */
    spr     789, S, S /* PMC3 */
    spr     790, S, S /* PMC4 */
    spr     791, S, S /* PMC5 */
    spr     792, S, S /* PMC6 */
    spr     795, S, S /* MMCR0 */
    spr     796, S, S /* SIAR */
    spr     797, S, S /* SDAR */
    spr     798, S, S /* MMCR1 */
    spr     800, U, U /* BESCRS */
    spr     801, U, U /* BESCRSU */
    spr     802, U, U /* BESCRR */
    spr     803, U, U /* BESCRRU */
    spr     804, U, U /* EBBHR */
    spr     805, U, U /* EBBRR */
    spr     806, U, U /* BESCR */
    spr     808, U, U /* reserved */
    spr     809, U, U /* reserved */
    spr     810, U, U /* reserved */
    spr     811, U, U /* reserved */
    spr     815, U, U /* TAR */
    spr     848, S, H /* IC */
    spr     849, S, H /* VTB */
    spr     851, H, H /* MMCRC */
    spr     852, H, H /* PMICR */
    spr     853, H, N /* PMSR */
    spr     854, H, H /* PMMAR */
    spr     863, H, H /* WORC */
    spr     884, H, H /* PMCR */
    spr     885, H, H /* RWMR */
    spr     888, S, S /* TACR */
    spr     889, S, S /* TCSCR */
    spr     890, S, S /* CSIGR */
    spr     892, S, S /* SPMC1 */
    spr     893, S, S /* SPMC2 */
    spr     894, S, S /* MMCRS */
    spr     895, S, S /* WORT */
    spr     896, U, U /* PPR */
    spr     898, U, U /* PPR32 */
    spr     921, H, H /* TSCR */
    spr     1008, H, H /* HID0 */
    spr     1009, H, H /* HID1 */
    spr     1012, H, H /* HID4 */
    spr     1014, H, H /* HID5 */
    spr     1023, S, N /* PIR */
    .short  0xffff
