/*
 * Virtual processor areas: what H_REGISTER_VPA refuses; dispatch numbers and the dispatch trace log;
 * H_CONFER, which goes by the numbers. (LoPAR 14.11.2, 14.11.3)
 *
 * guest: options: -smp 3
 * guest: not under qemu: which looks at neither the log nor, in TCG, the target of H_CONFER
 */
#include "common.inc"
#include "smp.inc"

#define RAM_END 0x10000000
#define VPA0    0x120000
#define VPA1    0x121000
#define DTL     0x122000 /* four entries */
#define SHADOW  0x123000
#define SPARE   0x124000
#define COMMAND 0x000 /* of vCPU 1, at SHARED */
#define PRODS   0x080 /* vCPU 2: prods this number, after this long */
#define DONE    0x100

#define VPA      1 /* functions */
#define A_DTL    2
#define A_SHADOW 3
#define NO_VPA   5
#define NO_DTL   6
#define NO_SHADOW 7

/* H_REGISTER_VPA with these: `status` must come back. */
#define REGISTER(function, cpu, area, status) register_area function, cpu, (area), (status), __LINE__
    .macro  register_area function, cpu, area, status, line
    li      r4, \function
    sldi    r4, r4, 45
    li      r5, \cpu
    li64    r6, \area
    HCALL(H_REGISTER_VPA)
    li64    r4, \status
    li      r5, \line
    bl      check
    .endm

/* The size that an area names for itself. */
#define SIZE16(area, size) set_size (area), (size), sth
#define SIZE32(area, size) set_size (area), (size), stw
    .macro  set_size area, size, store
    li64    r3, \area
    li64    r4, \size
    \store  r4, 4(r3)
    .endm

/* The dispatch number of an area, into a register. */
    .macro  number reg, area
    li64    r3, \area
    lwz     \reg, 0x100(r3)
    .endm

/* H_CONFER to `target` with the number in r5: ticks that it took in r22, status in r20. */
    .macro  confer target
    li      r4, \target
    mftb    r21
    HCALL(H_CONFER)
    mr      r20, r3
    mftb    r22
    subf    r22, r21, r22
    .endm

/* A register is at least, or less than, a value. */
#define EXPECT_LESS(reg, value) expect_order reg, (value), 1, __LINE__
#define EXPECT_NOT_LESS(reg, value) expect_order reg, (value), 0, __LINE__
    .macro  expect_order reg, value, less, line
    li64    r3, \value
    cmpld   \reg, r3
    li      r3, 0
    bge     9f
    li      r3, 1
9:  li      r4, \less
    li      r5, \line
    bl      check
    .endm

main:
    /* -- Registration -- */
    REGISTER(A_DTL, 0, DTL, H_PARAMETER) /* its size is 0 */
    SIZE32(DTL, 4 * 48 + 47)
    REGISTER(A_DTL, 0, DTL, H_RESOURCE)
    SIZE32(SHADOW, 0x200)
    REGISTER(A_SHADOW, 0, SHADOW, H_RESOURCE)
    REGISTER(NO_DTL, 0, 0, H_SUCCESS)
    REGISTER(NO_SHADOW, 0, 0, H_SUCCESS)
    REGISTER(NO_VPA, 0, 0, H_SUCCESS)
    SIZE16(SPARE, 639)
    REGISTER(VPA, 0, SPARE, H_PARAMETER)
    SIZE16(SPARE, 640)
    REGISTER(VPA, 0, SPARE, H_SUCCESS)
    REGISTER(VPA, 3, SPARE, H_PARAMETER)
    REGISTER(VPA, -1, SPARE, H_PARAMETER)
    REGISTER(0, 0, SPARE, H_PARAMETER)
    REGISTER(4, 0, SPARE, H_PARAMETER)
    SIZE16(SPARE + 64, 640)
    REGISTER(VPA, 0, SPARE + 64, H_PARAMETER)
    SIZE16(SPARE + 0xd80, 640)
    REGISTER(VPA, 0, SPARE + 0xd80, H_SUCCESS)
    SIZE16(SPARE + 0xd80, 641)
    REGISTER(VPA, 0, SPARE + 0xd80, H_PARAMETER)
    SIZE16(SPARE + 0xe00, 640)
    REGISTER(VPA, 0, SPARE + 0xe00, H_PARAMETER)
    SIZE16(SPARE, 4096)
    REGISTER(VPA, 0, SPARE, H_SUCCESS)
    SIZE16(SPARE, 4097)
    REGISTER(VPA, 0, SPARE, H_PARAMETER)
    REGISTER(VPA, 0, RAM_END, H_PARAMETER)
    REGISTER(VPA, 0, 0xffffffffffffff80, H_PARAMETER)
    SIZE16(RAM_END - 640, 640)
    REGISTER(VPA, 0, RAM_END - 640, H_SUCCESS)
    SIZE16(VPA0, 640)
    REGISTER(VPA, 0, VPA0, H_SUCCESS) /* the last one counts */
    li64    r3, VPA0
    lbz     r20, 9(r3)
    EXPECT_REG(r20, 2) /* a shared processor */
    SIZE32(SPARE, 47)
    REGISTER(A_DTL, 0, SPARE, H_PARAMETER)
    SIZE32(RAM_END - 128, 128)
    REGISTER(A_DTL, 0, RAM_END - 128, H_SUCCESS)
    SIZE32(RAM_END - 128, 129)
    REGISTER(A_DTL, 0, RAM_END - 128, H_PARAMETER)
    SIZE32(SPARE, 7)
    REGISTER(A_SHADOW, 0, SPARE, H_PARAMETER)
    SIZE32(SPARE, 4097)
    REGISTER(A_SHADOW, 0, SPARE, H_PARAMETER)
    REGISTER(A_SHADOW, 0, SHADOW, H_SUCCESS)
    REGISTER(NO_VPA, 0, 0, H_RESOURCE)
    REGISTER(NO_SHADOW, 0, 0, H_SUCCESS)
    REGISTER(NO_VPA, 0, 0, H_RESOURCE)
    li64    r3, VPA0
    li      r4, -1
    std     r4, 0x218(r3)
    REGISTER(A_DTL, 0, DTL, H_SUCCESS)
    li64    r3, VPA0
    ld      r20, 0x218(r3)
    EXPECT_REG(r20, 0)
    /* Sizes are read when an area is registered, and no more. */
    SIZE16(VPA0, 0xffff)
    SIZE32(DTL, -1)

    /* -- The log -- */
    number  r20, VPA0
    EXPECT_REG(r20, 0)
    li64    r3, VPA0
    li      r4, 1
    stb     r4, 0xb8(r3)
    li      r4, 123
    stw     r4, 0x100(r3) /* not the guest's to write */
    li      r4, 5000
    mtdec   r4
    mftb    r25
    TRY(cede, M_SF)
    EXPECT_CELL(REC_VECTOR, 0x900)
    number  r20, VPA0
    EXPECT_REG(r20, 2)
    li64    r28, DTL
    lhz     r20, 0(r28)
    EXPECT_REG(r20, 0x0302) /* the decrementer, after H_CEDE */
    lhz     r20, 2(r28)
    EXPECT_REG(r20, 0)
    ld      r20, 4(r28)
    EXPECT_REG(r20, 0) /* waited neither for capacity nor for a processor */
    lwz     r20, 12(r28)
    EXPECT_LESS(r20, 5001)
    EXPECT_NOT_LESS(r20, 4800)
    li64    r3, VPA0
    ld      r21, 0x168(r3)
    EXPECT_SAME(r20, r21)
    ld      r20, 16(r28)
    subf    r20, r25, r20
    EXPECT_LESS(r20, 5010)
    EXPECT_NOT_LESS(r20, 5000)
    ld      r20, 32(r28)
    la64    r21, cede + 8
    EXPECT_SAME(r20, r21)
    ld      r20, 40(r28)
    andi.   r20, r20, M_EE
    EXPECT_REG(r20, M_EE)
    li64    r4, 0x7fffffff
    mtdec   r4
    /* Prodded before it waits. */
    li      r4, 0
    HCALL(H_PROD)
    TRY(cede, M_SF)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    lhz     r20, 48(r28)
    EXPECT_REG(r20, 0x0202)
    /* Not logged when the mask does not ask for it. */
    li64    r3, VPA0
    li      r4, 6
    stb     r4, 0xb8(r3)
    li      r4, 0
    HCALL(H_PROD)
    TRY(cede, M_SF)
    li64    r3, VPA0
    ld      r20, 0x218(r3)
    EXPECT_REG(r20, 2)
    number  r20, VPA0
    EXPECT_REG(r20, 6)
    li64    r3, VPA0
    li      r4, 1
    stb     r4, 0xb8(r3)

    /* -- H_CONFER -- */
    lis     r31, SHARED >> 16 /* an interrupt takes it */
    li      r4, 3
    HCALL(H_CONFER)
    mr      r20, r3
    EXPECT_REG(r20, H_PARAMETER)
    li      r4, 3
    HCALL(H_PROD)
    mr      r20, r3
    EXPECT_REG(r20, H_PARAMETER)
    SIZE16(VPA1, 640)
    REGISTER(VPA, 1, VPA1, H_SUCCESS)
    number  r20, VPA1
    EXPECT_REG(r20, 1) /* stopped */
    START(1, first, 0)
    START(2, second, 0)
    number  r20, VPA1
    EXPECT_REG(r20, 2)

    /* Its target runs: nothing happens, and nothing is changed but r3. */
    li      r0, 1
    li      r5, 2
    li      r6, 6
    li      r7, 7
    li      r8, 8
    li      r9, 9
    li      r10, 10
    li      r11, 11
    li      r12, 12
    li      r13, 13
    confer  1
    add     r0, r0, r4
    add     r0, r0, r5
    add     r0, r0, r6
    add     r0, r0, r7
    add     r0, r0, r8
    add     r0, r0, r9
    add     r0, r0, r10
    add     r0, r0, r11
    add     r0, r0, r12
    add     r0, r0, r13
    mr      r23, r0
    EXPECT_REG(r23, 1 + 1 + 2 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13)
    EXPECT_REG(r20, H_SUCCESS)
    EXPECT_LESS(r22, 20)

    /* It waits: the number must be the one that it has. */
    li      r3, 1
    std     r3, COMMAND(r31)
1:  number  r20, VPA1
    cmpwi   r20, 3
    bne     1b
    li      r5, 1
    confer  1
    EXPECT_LESS(r22, 20)
    li      r5, 2
    confer  1
    EXPECT_LESS(r22, 20)
    number  r20, VPA0
    EXPECT_REG(r20, 6)
    li      r5, 3
    confer  1
    EXPECT_REG(r20, H_SUCCESS)
    EXPECT_LESS(r22, 10260) /* the rest of a turn */
    number  r20, VPA0
    EXPECT_REG(r20, 8)
    lhz     r20, 96(r28)
    EXPECT_REG(r20, 0x0703) /* for its time, after H_CONFER */

    /* ... or until the target goes on: vCPU 2 prods it, 1000 ticks from now. */
    li64    r3, 1000
    std     r3, PRODS + 8(r31)
    li      r3, 1
    std     r3, PRODS(r31)
    pass_time 300
    li      r5, 3
    confer  1
    EXPECT_LESS(r22, 1100)
1:  ld      r3, PRODS(r31)
    cmpdi   r3, -1
    bne     1b
    number  r20, VPA1
    EXPECT_REG(r20, 4)

    /* To itself: until it is prodded; with EE=0 no interrupt helps. */
    number  r23, VPA0
    li      r3, 100
    mtdec   r3
    li64    r3, 30000
    std     r3, PRODS + 8(r31)
    li      r3, 0
    std     r3, PRODS(r31)
    confer  0
    EXPECT_REG(r20, H_SUCCESS)
    EXPECT_NOT_LESS(r22, 29000)
    number  r20, VPA0
    addi    r23, r23, 2
    EXPECT_SAME(r20, r23)
    li      r4, 0
    HCALL(H_PROD)
    confer  0
    EXPECT_LESS(r22, 20)
    li64    r4, 0x7fffffff
    mtdec   r4

    /* To all, whatever the number. */
    number  r23, VPA0
    li      r5, 0
    confer  -1
    EXPECT_REG(r20, H_SUCCESS)
    EXPECT_LESS(r22, 10260)
    number  r20, VPA0
    addi    r23, r23, 2
    EXPECT_SAME(r20, r23)

    /* stop-self and start-cpu are counted too. */
    li      r3, 2
    std     r3, COMMAND(r31)
1:  QUERY(1)
    cmpdi   r4, 0
    bne     1b
    number  r20, VPA1
    EXPECT_REG(r20, 5)
    START(1, last, 0)
    wait_for 1, DONE, r31
    number  r20, VPA1
    EXPECT_REG(r20, 6)
    b       finish

cede:
    li      r3, H_CEDE
    sc      1
    sc

first:
    lis     r31, SHARED >> 16
    wait_for 1, COMMAND, r31
    HCALL(H_CEDE)
    wait_for 2, COMMAND, r31
    b       stop_self

last:
    lis     r31, SHARED >> 16
    li      r3, 1
    std     r3, DONE(r31)
    b       .

/* Prods whom PRODS names, once the time is over, and makes it -1. */
second:
    lis     r31, SHARED >> 16
    li      r3, -1
    std     r3, PRODS(r31)
1:  mftb    r21 /* so it is never far from the others */
    ld      r4, PRODS(r31)
    cmpdi   r4, -1
    beq     1b
    ld      r20, PRODS + 8(r31)
    mftb    r21
    add     r21, r21, r20
2:  mftb    r22
    cmpld   r22, r21
    blt     2b
    HCALL(H_PROD)
    li      r3, -1
    std     r3, PRODS(r31)
    b       1b

    smp_routines
