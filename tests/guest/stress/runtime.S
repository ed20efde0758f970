/*
 * The part of a stress guest that is the same for every seed: it does each vCPU's list of actions,
 * which generate.py has drawn, and takes every interrupt that comes of them. All that a vCPU does
 * and sees goes into its hash; vCPU 0 prints the sum of these and of the storage that code and data
 * were in, and how many probes had a result that was wrong.
 *
 * Text is at real 0 and runs there, or at KERNEL | real by one 16M page, in big-endian mode.
 * generate.py takes the layout from the symbols of this file. Nothing here relies on what random
 * code leaves: SPRG1 has the vCPU's area, and an interrupt can always abandon an action.
 */

#define M_SF 0x8000000000000000
#define M_ME 0x1000
#define M_RI 0x2
#define M_EE 0x8000
#define M_FP 0x2000
#define M_SE_BE 0x0600
#define M_VEC_VSX 0x0280
#define M_VIRTUAL (M_SF | M_ME | M_RI | 0x30)
#define M_REAL (M_SF | M_ME | M_RI)

#define H_REMOVE 0x04
#define H_ENTER 0x08
#define H_PUT_TERM_CHAR 0x58
#define H_EOI 0x64
#define H_CPPR 0x68
#define H_IPI 0x6c
#define H_XIRR 0x74
#define H_CEDE 0xe0
#define H_VIO_SIGNAL 0x104
#define H_REG_CRQ 0xfc
#define H_SIGNAL_SYS_RESET 0x380
#define H_RTAS 0xf000
#define RTAS_POWER_OFF 0x2003
#define RTAS_START_CPU 0x2006
#define RTAS_STOP_SELF 0x2007
#define RTAS_SET_XIVE 0x200a
#define RTAS_SET_TCE_BYPASS 0x2010

#define VSCSI 0x71000002
#define VSCSI_IRQ 0x1102
#define IPI_SOURCE 2

#define EXPECTED_END 0x55 /* r0 of `sc` at the end of a probe */
#define PASSING_CALL 0x77 /* r0 of a system call that returns */

/* -- Layout: real addresses -- */
    .macro define name, value
    .globl  \name
    .set    \name, \value
    .endm
    define SETUP, 0x10000       /* count of hypercalls that vCPU 0 does at first, then these */
    define CONSTANT, 0x1f000    /* count of places that nothing changes; address, copy, size */
    define CPUS, 0x1fff8        /* how many vCPUs there are */
    define AREAS, 0x20000       /* of the vCPUs, AREA_SIZE each */
    define AREA_SIZE, 0x1000
    define SEGMENTS, 0x30000    /* what a fault in each segment is repaired with */
    define LISTS, 0x50000       /* actions of the vCPUs, LIST_SIZE each */
    define LIST_SIZE, 0x10000
    define ACTION_SIZE, 0x80
    define DATA, 0x100000
    define DATA_SIZE, 0x20000
    define QUEUE, 0x120000      /* of vscsi */
    define CODE, 0x200000
    define CODE_SIZE, 0x40000

/* -- A vCPU's area -- */
#define GPR(n) (8 * (n))
#define F_CR 0x100
#define F_XER 0x108
#define F_LR 0x110
#define F_CTR 0x118
#define F_SRR0 0x120
#define F_SRR1 0x128
    define HASH, 0x140
    define RANDOM, 0x148        /* state of a generator: what interrupts do */
    define FUEL, 0x150          /* interrupts until the action is abandoned */
    define TRACES, 0x158        /* trace interrupts until tracing ends */
    define NEXT, 0x160          /* the action to do next */
    define ROUNDS, 0x168        /* how often the list is done */
    define NUMBER, 0x170        /* the vCPU's */
    define LIST, 0x178
    define DONE, 0x180
    define EXPECTED, 0x188      /* r3 at the end of the probe that runs, or the interrupt */
    define PROBE_INTERRUPT, 0x10000 /* with which a vector is one */
    define PROBING, 0x190       /* 1 while it runs */
    define WRONG, 0x198         /* probes that came out otherwise */
    define PROBED, 0x1a0
    define WRONG_PROBE, 0x1a8   /* the last that was wrong: its action, r3 and vector at the end */
    define WRONG_R3, 0x1b0
    define WRONG_VECTOR, 0x1b8
    define KEPT, 0x200          /* registers from one piece of random code to the next */
    define RTAS_BLOCK, 0x300
#define TEXT 0x380

/* -- Macros -- */
    .machine power8

    .macro li64 reg, value
    lis     \reg, ((\value) >> 48) & 0xffff
    ori     \reg, \reg, ((\value) >> 32) & 0xffff
    sldi    \reg, \reg, 32
    oris    \reg, \reg, ((\value) >> 16) & 0xffff
    ori     \reg, \reg, (\value) & 0xffff
    .endm
#define KERNEL 0xc000000000000000

    .macro hcall token
    lis     r3, \token >> 16
    ori     r3, r3, \token & 0xffff
    sc      1
    .endm

/* An RTAS call whose arguments are in r5..r7, its status in r3. */
    .macro rtas token, arguments
    li      r4, \token
    stw     r4, RTAS_BLOCK(r13)
    li      r4, \arguments
    stw     r4, RTAS_BLOCK + 4(r13)
    li      r4, 1
    stw     r4, RTAS_BLOCK + 8(r13)
    stw     r5, RTAS_BLOCK + 12(r13)
    stw     r6, RTAS_BLOCK + 16(r13)
    stw     r7, RTAS_BLOCK + 20(r13)
    addi    r4, r13, RTAS_BLOCK
    clrldi  r4, r4, 4
    hcall   H_RTAS
    lwa     r3, RTAS_BLOCK + 12 + 4 * \arguments(r13)
    .endm

/* r29 is the hash, r28 its multiplier. */
    .macro begin_hash
    ld      r29, HASH(r13)
    li64    r28, 0x9e3779b97f4a7c15
    .endm
    .macro mix reg
    rotldi  r29, r29, 7
    xor     r29, r29, \reg
    mulld   r29, r29, r28
    .endm

/* -- Vectors: where translation is off, and at 0x4000 where it stays on (AIL) -- */
    .text
    .globl  _start
_start:
    .macro vector offset, number
    . = \offset
    mtsprg  0, r31
    mfsprg  r31, 1
    std     r30, GPR(30)(r31)
    li      r30, \number
    b       interrupt
    .endm
    . = 0x100
    b       start /* start puts the vector's first instruction here */
    mfsprg  r31, 1
    std     r30, GPR(30)(r31)
    li      r30, 0x100
    b       interrupt
    .macro vectors base, numbers:vararg
    .irp    number, \numbers
    vector  (\base + \number), \number
    .endr
    .endm
#define VECTORS 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xa00, \
                0xb00, 0xc00, 0xd00, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xf00, 0xf20, 0xf40, \
                0xf60, 0xf80
    vector  0x200, 0x200
    vectors 0, VECTORS

    . = 0x1000
interrupt:
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
               23, 24, 25, 26, 27, 28, 29
    std     r\n, GPR(\n)(r31)
    .endr
    mr      r13, r31
    mfsprg  r0, 0
    std     r0, GPR(31)(r13)
    mfcr    r0
    std     r0, F_CR(r13)
    mfxer   r0
    std     r0, F_XER(r13)
    mflr    r0
    std     r0, F_LR(r13)
    mfctr   r0
    std     r0, F_CTR(r13)
    mfsrr0  r21
    std     r21, F_SRR0(r13)
    mfsrr1  r22
    std     r22, F_SRR1(r13)
    begin_hash
    mix     r30
    mix     r21
    mix     r22
    /* r20 = the next random number: its high bits are the good ones. */
    ld      r20, RANDOM(r13)
    li64    r3, 6364136223846793005
    mulld   r20, r20, r3
    addi    r20, r20, 12345
    std     r20, RANDOM(r13)
    cmpwi   r30, 0x100
    beq     system_reset
    cmpwi   r30, 0xd00
    beq     traced
    ld      r3, FUEL(r13)
    addi    r3, r3, -1
    std     r3, FUEL(r13)
    cmpdi   r3, 0
    blt     abandon
    cmpwi   r30, 0xc00
    beq     system_call
    cmpwi   r30, 0x900
    beq     decrementer
    cmpwi   r30, 0x500
    beq     external
    ld      r3, PROBING(r13)
    cmpdi   r3, 0
    bne     probe_interrupted
    mr      r23, r21
    cmpwi   r30, 0x400
    beq     page_fault
    cmpwi   r30, 0x480
    beq     segment_fault
    mfdar   r23
    cmpwi   r30, 0x300
    beq     data_fault
    cmpwi   r30, 0x380
    beq     segment_fault
    cmpwi   r30, 0x800
    beq     float_unavailable
    cmpwi   r30, 0xf20
    beq     vector_unavailable
    cmpwi   r30, 0xf40
    beq     vector_unavailable
    cmpwi   r30, 0x600
    beq     skip
    cmpwi   r30, 0x700
    bne     abandon
    srdi    r3, r20, 62
    cmpdi   r3, 0
    beq     abandon
skip:
    addi    r21, r21, 4
    std     r21, F_SRR0(r13)

resume:
    std     r29, HASH(r13)
    ld      r0, F_CR(r13)
    mtcr    r0
    ld      r0, F_XER(r13)
    mtxer   r0
    ld      r0, F_LR(r13)
    mtlr    r0
    ld      r0, F_CTR(r13)
    mtctr   r0
    ld      r0, F_SRR0(r13)
    mtsrr0  r0
    ld      r0, F_SRR1(r13)
    ori     r0, r0, M_EE /* the decrementer ends what never ends */
    mtsrr1  r0
    mr      r31, r13
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
               23, 24, 25, 26, 27, 28, 29, 30, 31
    ld      r\n, GPR(\n)(r31)
    .endr
    rfid

/* A reset may come while a probe runs, and its segment may have gone: no fault of it. */
system_reset:
    li      r3, 0
    std     r3, PROBING(r13)
    b       abandon

probe_interrupted:
    cmpwi   r30, 0x480
    beq     system_reset
    cmpwi   r30, 0x380
    beq     system_reset
    oris    r3, r30, PROBE_INTERRUPT >> 16
    b       probe_came_to

traced:
    ld      r3, TRACES(r13)
    addi    r3, r3, -1
    std     r3, TRACES(r13)
    cmpdi   r3, 0
    bge     resume
    li      r3, M_SE_BE
    andc    r22, r22, r3
    std     r22, F_SRR1(r13)
    b       resume

decrementer:
    srdi    r3, r20, 54
    addi    r3, r3, 60
    mtdec   r3
    b       resume

external:
    hcall   H_XIRR
    clrldi  r5, r4, 40
    mix     r5
    cmpdi   r5, 0
    beq     resume
    mr      r24, r4
    cmpdi   r5, IPI_SOURCE
    bne     1f
    ld      r4, NUMBER(r13)
    li      r5, 0xff
    hcall   H_IPI
1:  mr      r4, r24
    hcall   H_EOI
    b       resume

float_unavailable:
    ori     r22, r22, M_FP
    std     r22, F_SRR1(r13)
    b       resume
vector_unavailable:
    oris    r22, r22, M_VEC_VSX
    std     r22, F_SRR1(r13)
    b       resume

/* r23 = the address; its segment's four dwords: shift and mask of a page's number, and its choices
 * of SLB entry; then where its pages' choices are,
 * four of two entries each: for both VSIDs. */
segment_of:
    srdi    r3, r23, 60
    cmpdi   r3, 0
    bne     abandon /* the kernel's */
    rldicl  r24, r23, 36, 60
    sldi    r24, r24, 7
    addis   r3, r13, (SEGMENTS - AREAS) >> 16
    rldicr  r3, r3, 0, 47
    add     r24, r24, r3
    ld      r25, 16(r24)
    cmpdi   r25, 0
    beq     abandon /* none of ours */
    blr

segment_fault:
    mix     r23
    bl      segment_of
    rldicl  r3, r20, 10, 62
    sldi    r3, r3, 4
    add     r24, r24, r3
    ld      r3, 32(r24)
    ld      r4, 40(r24)
    slbmte  r4, r3
    b       resume

data_fault:
    mfdsisr r3
    mix     r3
page_fault:
    mix     r23
    srdi    r3, r20, 58
    cmpdi   r3, 1
    beq     abandon
    cmpdi   r3, 5
    ble     skip
    bl      segment_of
    ld      r3, 0(r24)
    ld      r4, 8(r24)
    srd     r3, r23, r3
    and     r3, r3, r4
    sldi    r3, r3, 8
    rldimi  r3, r20, 6, 56 /* one of four */
    add     r26, r25, r3
    bl      enter_anew
    addi    r26, r26, 32
    bl      enter_anew
    b       resume

/* Place and words of a page table entry are at r26. */
enter_anew:
    li      r4, 0
    ld      r5, 0(r26)
    hcall   H_REMOVE
    mix     r3
    li      r4, 1
    sldi    r4, r4, 39 /* exactly there */
    ld      r5, 0(r26)
    ld      r6, 8(r26)
    ld      r7, 16(r26)
    hcall   H_ENTER
    mix     r3
    blr

system_call:
    ld      r3, GPR(0)(r13)
    cmpdi   r3, PASSING_CALL
    beq     resume
    cmpdi   r3, EXPECTED_END
    beq     probe_end
    .irp    n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20
    ld      r3, GPR(\n)(r13)
    std     r3, KEPT + GPR(\n)(r13)
    mix     r3
    .endr
    .irp    field, F_CR, F_XER, F_LR, F_CTR
    ld      r3, \field(r13)
    mix     r3
    .endr

/* A probe has come to its end, or it is wrong. */
abandon:
    ld      r3, PROBING(r13)
    cmpdi   r3, 0
    beq     1f
    ld      r3, WRONG(r13)
    addi    r3, r3, 1
    std     r3, WRONG(r13)
    ld      r3, NEXT(r13)
    addi    r3, r3, -ACTION_SIZE
    std     r3, WRONG_PROBE(r13)
    ld      r3, GPR(3)(r13)
    std     r3, WRONG_R3(r13)
    std     r30, WRONG_VECTOR(r13)
1:  std     r29, HASH(r13)
    b       next_action

probe_end:
    ld      r3, PROBING(r13)
    cmpdi   r3, 0
    beq     abandon
    ld      r3, GPR(3)(r13)
probe_came_to:
    ld      r4, EXPECTED(r13)
    cmpd    r3, r4
    bne     abandon
    li      r3, 0
    std     r3, PROBING(r13)
    ld      r3, PROBED(r13)
    addi    r3, r3, 1
    std     r3, PROBED(r13)
    b       abandon

/* -- The list -- */
next_action:
    mfsprg  r13, 1
    li      r3, M_RI
    mtmsrd  r3, 1 /* H_CEDE leaves EE on */
    li      r3, 0
    std     r3, PROBING(r13)
    li      r3, 100
    std     r3, FUEL(r13)
    ld      r14, NEXT(r13)
    addi    r3, r14, ACTION_SIZE
    std     r3, NEXT(r13)
    ld      r3, 8(r14)
    cmpdi   r3, 0
    beq     1f
    mtdec   r3
1:  ld      r3, 0(r14)
    mtsrr0  r3
    ld      r3, 16(r14)
    mtsrr1  r3
    rfid

    . = 0x4000
    vectors 0x4000, VECTORS

/* -- Actions: r13 = the area, r14 = the record; 24(r14) and on are their own -- */
    .macro action name
    .globl  \name
\name:
    .endm
    . = 0x5000

/* Random code: address, MSR, fuel, traces, r21..r30, LR, CTR, and three of these over again. */
    action act_run
    ld      r3, 40(r14)
    std     r3, FUEL(r13)
    ld      r3, 48(r14)
    std     r3, TRACES(r13)
    ld      r4, 56(r14)
    .irp    n, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    ld      r\n, 8 * (\n - 21)(r4)
    .endr
    ld      r3, 64(r14)
    mtlr    r3
    ld      r3, 72(r14)
    mtctr   r3
    ld      r21, 80(r14)
    ld      r22, 88(r14)
    ld      r3, 24(r14)
    mtsrr0  r3
    ld      r3, 32(r14)
    mtsrr1  r3
    mr      r31, r13
    .irp    n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20
    ld      r\n, KEPT + GPR(\n)(r31)
    .endr
    rfid

/* A hypercall: token and r4..r11. */
    action act_hcall
    bl      call_hypervisor
    begin_hash
    .irp    n, 3, 4, 5, 6, 7
    mix     r\n
    .endr
    std     r29, HASH(r13)
    b       next_action

call_hypervisor:
    ld      r3, 24(r14)
    ld      r4, 32(r14)
    ld      r5, 40(r14)
    ld      r6, 48(r14)
    ld      r7, 56(r14)
    ld      r8, 64(r14)
    ld      r9, 72(r14)
    ld      r10, 80(r14)
    ld      r11, 88(r14)
    sc      1
    blr

/* Stores: address, value. */
    action act_stw
    ld      r3, 24(r14)
    ld      r4, 32(r14)
    stw     r4, 0(r3)
    b       next_action
    action act_std
    ld      r3, 24(r14)
    ld      r4, 32(r14)
    std     r4, 0(r3)
    dcbst   0, r3
    sync
    icbi    0, r3
    isync
    b       next_action
    action act_stb
    ld      r3, 24(r14)
    ld      r4, 32(r14)
    stb     r4, 0(r3)
    b       next_action
    action act_dcbz
    ld      r3, 24(r14)
    dcbz    0, r3
    b       next_action

/* Copies: from, to, words. */
    action act_copy
    ld      r3, 24(r14)
    ld      r4, 32(r14)
    ld      r5, 40(r14)
    mtctr   r5
1:  lwz     r6, 0(r3)
    stw     r6, 0(r4)
    addi    r3, r3, 4
    addi    r4, r4, 4
    bdnz    1b
    b       next_action

/* slbie, slbmte: the two operands. */
    action act_slbie
    ld      r3, 24(r14)
    slbie   r3
    isync
    b       next_action
    action act_slbia
    isync
    slbia
    isync
    b       next_action
    action act_slbmte
    ld      r3, 24(r14)
    ld      r4, 32(r14)
    slbmte  r4, r3
    isync
    b       next_action

/* Calls a word, which mostly is blr, in page after page: where, first, count, mask, offset. */
    action act_walk
    ld      r20, 24(r14)
    ld      r21, 32(r14)
    ld      r22, 40(r14)
    ld      r23, 48(r14)
    ld      r24, 56(r14)
    add     r20, r20, r24
1:  and     r3, r21, r23
    sldi    r3, r3, 12
    add     r3, r3, r20
    mtctr   r3
    bctrl
    addi    r21, r21, 1
    addi    r22, r22, -1
    cmpdi   r22, 0
    bne     1b
    b       next_action

    action act_amr
    ld      r3, 24(r14)
    mtspr   29, r3
    isync
    b       next_action

/*
 * A probe: something is changed, and code whose result is known is run at once. Address, MSR, r3
 * that is right; operands of slbie and of slbmte, 0: none; number of hypercalls and where; address
 * and value of a store, address 0: none; r4..r6.
 */
    action act_probe
    li      r3, 4
    std     r3, FUEL(r13)
    li64    r15, 0x7fffffff
    mtdec   r15 /* no interrupt is due */
    ld      r3, 48(r14)
    cmpdi   r3, 0
    beq     1f
    slbie   r3
    isync
1:  ld      r3, 56(r14)
    cmpdi   r3, 0
    beq     1f
    ld      r4, 64(r14)
    slbmte  r4, r3
    isync
1:  ld      r17, 72(r14)
    cmpdi   r17, 0
    beq     3f
    mr      r16, r14
    ld      r14, 80(r14)
    addi    r14, r14, -24
2:  bl      call_hypervisor
    addi    r14, r14, 0x48
    addi    r17, r17, -1
    cmpdi   r17, 0
    bne     2b
    mr      r14, r16
3:  ld      r3, 88(r14)
    cmpdi   r3, 0
    beq     4f
    ld      r4, 96(r14)
    stw     r4, 0(r3)
    dcbst   0, r3
    sync
    icbi    0, r3
    isync
4:  ld      r3, 24(r14)
    mtsrr0  r3
    ld      r3, 32(r14)
    mtsrr1  r3
    ld      r3, 40(r14)
    std     r3, EXPECTED(r13)
    li      r3, 1
    std     r3, PROBING(r13)
    li      r3, -1
    ld      r4, 104(r14)
    ld      r5, 112(r14)
    ld      r6, 120(r14)
    rfid

/* Back to the beginning of the list, as often as ROUNDS says. */
    action act_again
    ld      r3, ROUNDS(r13)
    addi    r3, r3, -1
    std     r3, ROUNDS(r13)
    cmpdi   r3, 0
    ble     next_action
    ld      r3, LIST(r13)
    std     r3, NEXT(r13)
    b       next_action

/* The end. An interrupt that abandons it begins it again. */
    action act_end
    std     r14, NEXT(r13)
    li      r3, 1
    std     r3, DONE(r13)
    ld      r3, NUMBER(r13)
    cmpdi   r3, 0
    beq     finish
    rtas    RTAS_STOP_SELF, 0
    b       .

/* vCPU 0 waits for the others, resets those that do not come, and waits no longer at some time. */
finish:
    li      r20, 0
1:  ld      r16, CPUS - AREAS(r13)
    mr      r15, r13
    li      r17, 0
    b       3f
2:  addi    r15, r15, AREA_SIZE
    addi    r17, r17, 1
    ld      r3, DONE(r15)
    cmpdi   r3, 0
    bne     3f
    addi    r20, r20, 1
    cmpdi   r20, 2000
    bge     sum
    andi.   r3, r20, 15
    cmpdi   r3, 15
    bne     5f
    mr      r4, r17
    hcall   H_SIGNAL_SYS_RESET
5:  li      r3, 20000
    mtdec   r3
    li      r3, 100
    std     r3, FUEL(r13)
    hcall   H_CEDE
    li64    r3, M_REAL /* what it ended for has been taken */
    mtmsrd  r3
    b       1b
3:  addi    r16, r16, -1
    cmpdi   r16, 0
    bne     2b

sum:
    begin_hash
    lis     r3, DATA >> 16
    li64    r4, DATA_SIZE / 8
    bl      add_storage
    lis     r3, CODE >> 16
    li64    r4, CODE_SIZE / 8
    bl      add_storage
    ld      r16, CPUS - AREAS(r13)
    mtctr   r16
    mr      r15, r13
    li      r17, 0
    li      r18, 0
    li      r19, 0
1:  ld      r3, HASH(r15)
    mix     r3
    ld      r3, PROBED(r15)
    add     r18, r18, r3
    ld      r3, WRONG(r15)
    add     r17, r17, r3
    cmpdi   r3, 0
    beq     2f
    mr      r19, r15
2:  addi    r15, r15, AREA_SIZE
    bdnz    1b
    li64    r5, 0x53554d2000000000 /* "SUM " */
    li      r4, 4
    bl      put
    mr      r3, r29
    bl      put_hex
    li64    r5, 0x2057524f4e470000 /* " WRONG" */
    li      r4, 6
    bl      put
    mr      r3, r17
    bl      put_hex
    li64    r5, 0x204f462000000000 /* " OF " */
    li      r4, 4
    bl      put
    mr      r3, r18
    bl      put_hex
    cmpdi   r19, 0
    beq     1f
    bl      look_for_strays
    .irp    field, WRONG_PROBE, WRONG_R3, WRONG_VECTOR
    li64    r5, 0x2000000000000000
    li      r4, 1
    bl      put
    ld      r3, \field(r19)
    bl      put_hex
    .endr
1:
    li64    r5, 0x0a00000000000000
    li      r4, 1
    bl      put
    li      r5, -1
    li      r6, -1
    rtas    RTAS_POWER_OFF, 2
    b       .

/*
 * Code that runs in the wrong byte order can store anywhere. Prints how many doublewords changed
 * that were not to, after which a wrong probe means nothing.
 */
look_for_strays:
    mflr    r18
    lis     r14, CONSTANT >> 16
    ori     r14, r14, CONSTANT & 0xffff
    ld      r15, 0(r14)
    li      r16, 0
1:  ld      r3, 8(r14)
    ld      r4, 16(r14)
    ld      r5, 24(r14)
    addi    r14, r14, 24
    mtctr   r5
2:  ld      r5, 0(r3)
    ld      r6, 0(r4)
    addi    r3, r3, 8
    addi    r4, r4, 8
    cmpd    r5, r6
    beq     3f
    addi    r16, r16, 1
3:  bdnz    2b
    addi    r15, r15, -1
    cmpdi   r15, 0
    bne     1b
    li64    r5, 0x2053545241590000 /* " STRAY" */
    li      r4, 6
    bl      put
    mr      r3, r16
    bl      put_hex
    mtlr    r18
    blr

/* r4 doublewords at r3 go into the hash. */
add_storage:
    mtctr   r4
1:  ld      r5, 0(r3)
    mix     r5
    addi    r3, r3, 8
    bdnz    1b
    blr

/* r4 characters of r5. */
put:
    mr      r24, r4
    mr      r25, r5
    mr      r5, r4
    mr      r6, r25
    li      r7, 0
    li      r4, 0
    hcall   H_PUT_TERM_CHAR
    mr      r4, r24
    mr      r5, r25
    cmpdi   r3, 0
    bne     put
    blr

/* r3 as 16 digits. */
put_hex:
    mflr    r23
    mr      r22, r3
    li      r21, 16
1:  rldicl  r3, r22, 4, 60
    rotldi  r22, r22, 4
    cmpwi   r3, 10
    addi    r5, r3, '0'
    blt     2f
    addi    r5, r3, 'a' - 10
2:  sldi    r5, r5, 56
    li      r4, 1
    bl      put
    addi    r21, r21, -1
    cmpwi   r21, 0
    bne     1b
    mtlr    r23
    blr

/* -- Start -- */
start:
    lis     r4, 0x8000
    sldi    r4, r4, 32
    ori     r4, r4, M_ME | M_RI
    mtmsrd  r4
    lwz     r3, 0x200(0)
    stw     r3, 0x100(0)
    lis     r13, AREAS >> 16
    ld      r14, CPUS - AREAS(r13)
    li      r15, 0
    bl      own
    lis     r14, SETUP >> 16
    ld      r15, 0(r14)
    addi    r14, r14, 8 - 24
1:  bl      call_hypervisor
    addi    r14, r14, 0x48
    addi    r15, r15, -1
    cmpdi   r15, 0
    bne     1b
    li64    r5, VSCSI
    li      r6, 1
    rtas    RTAS_SET_TCE_BYPASS, 2
    li      r5, VSCSI_IRQ
    li      r6, 0
    li      r7, 5
    rtas    RTAS_SET_XIVE, 3
    li64    r4, VSCSI
    li      r5, 1
    hcall   H_VIO_SIGNAL
    li64    r4, VSCSI
    lis     r5, QUEUE >> 16
    li      r6, 0x1000
    hcall   H_REG_CRQ
    ld      r15, CPUS - AREAS(r13)
    li      r16, 1
1:  cmpd    r16, r15
    bge     begin
    mr      r5, r16
    lis     r6, 0
    ori     r6, r6, started@l
    mr      r7, r16
    rtas    RTAS_START_CPU, 3
    addi    r16, r16, 1
    b       1b

/* Where the others start: r3 = number. */
started:
    li64    r4, M_REAL
    mtmsrd  r4
    mr      r15, r3
    bl      own
begin:
    li      r4, 0xff
    hcall   H_CPPR
    b       next_action

/* The area of vCPU r15 becomes ours, and the kernel's segment is there. */
own:
    li64    r13, KERNEL | AREAS
    mulli   r3, r15, AREA_SIZE
    add     r13, r13, r3
    mtsprg  1, r13
    slbia
    li64    r3, KERNEL | 0x08000000
    li64    r4, 0xccc500
    slbmte  r4, r3
    li      r3, 0
    mtspr   29, r3
    isync
    blr
