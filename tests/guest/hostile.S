/*
 * Hypercalls and RTAS calls with addresses outside RAM, counts without measure and registrations
 * out of order: an error each, in no time, and nothing is harmed. (LoPAR 14; pseries.md 3, 4)
 *
 * guest: not under qemu: 7.2 dies of it
 */
#define GUEST_MAIN_AT 0x3000
#include "common.inc"
#include "mmu.inc"

#define RAM_END 0x10000000
#define BLOCK (SCRATCH + 0x1000)
#define VPA   (SCRATCH + 0x2000)
#define F_VPA 0x0000200000000000
#define F_DTL 0x0000400000000000
#define F_SLB 0x0000600000000000
#define F_DEREG 0x0000800000000000

#define CALL4(token, a, b, c, d, status) \
    li64 r4, a;                          \
    li64 r5, b;                          \
    li64 r6, c;                          \
    li64 r7, d;                          \
    li64 r3, token;                      \
    sc 1;                                \
    EXPECT_REG(r3, status)
#define CALL5(token, a, b, c, d, e, status) \
    li64 r8, e;                             \
    CALL4(token, a, b, c, d, status)
/* H_RTAS on BLOCK: r3 and, if the block is right, the first word returned (in r20). */
#define RTAS(token, nargs, nret, status, ret) \
    li64 r4, BLOCK;              \
    li64 r5, token;              \
    stw r5, 0(r4);               \
    li64 r5, nargs;              \
    stw r5, 4(r4);               \
    li64 r5, nret;               \
    stw r5, 8(r4);               \
    li64 r3, H_RTAS;             \
    sc 1;                        \
    EXPECT_REG(r3, status);      \
    li64 r4, BLOCK + 12 + 4 * (nargs); \
    lwa r20, 0(r4);              \
    EXPECT_REG(r20, ret)
/* A block whose counts lead out of RAM. */
#define RTAS_COUNTS(nargs, nret) \
    li64 r4, BLOCK;              \
    li64 r5, 0x2001;             \
    stw r5, 0(r4);               \
    li64 r5, nargs;              \
    stw r5, 4(r4);               \
    li64 r5, nret;               \
    stw r5, 8(r4);               \
    li64 r3, H_RTAS;             \
    sc 1;                        \
    EXPECT_REG(r3, H_PARAMETER)
#define ARG(n, value) li64 r4, BLOCK + 12 + 4 * (n); li64 r5, value; stw r5, 0(r4)

main:
    bl      map_low
    /* In problem state every number there is, and those that are not, is H_PRIVILEGE. */
    li      r27, 0
1:  mr      r20, r27
    TRY(call_20, M_USER)
    ld      r3, REC_GPR(3)(0)
    cmpdi   r3, H_PRIVILEGE
    bne     2f
    addi    r27, r27, 4
    cmpwi   r27, 0x500
    blt     1b
    li64    r20, 0xf000
    TRY(call_20, M_USER)
    EXPECT_GPR(3, H_PRIVILEGE)
    li64    r20, 0xf001
    TRY(call_20, M_USER)
    EXPECT_GPR(3, H_PRIVILEGE)
2:  EXPECT_REG(r27, 0x500)
    TRY(nothing, M_USER)
    EXPECT_NO_INT(nothing_end, M_USER)
    /* Numbers of no call. */
    CALL4(1, 0, 0, 0, 0, H_FUNCTION)
    CALL4(0x100000004, 0, 0, 0, 0, H_FUNCTION)
    CALL4(-4, 0, 0, 0, 0, H_FUNCTION)
    CALL4(0x8000000000000058, 0, 0, 0, 0, H_FUNCTION)
    CALL4(0xf004, 0, 0, 0, 0, H_FUNCTION)

    /* Every call with every pattern of values comes back; not those that wait or reset. */
    la64    r28, patterns
sweep:
    ld      r24, 0(r28)
    ld      r25, 8(r28)
    ld      r26, 16(r28)
    cmpdi   r24, 0x77
    beq     swept
    li      r27, 4
3:  cmpwi   r27, H_CEDE
    beq     4f
    cmpwi   r27, 0xe4
    beq     4f
    cmpwi   r27, 0x298
    beq     4f
    cmpwi   r27, H_SIGNAL_SYS_RESET
    beq     4f
    cmpwi   r27, H_SET_MODE
    beq     4f
    mr      r3, r27
    bl      all_arguments
4:  addi    r27, r27, 4
    cmpwi   r27, 0x480
    blt     3b
    li64    r27, 0xf000
5:  mr      r3, r27
    bl      all_arguments
    addi    r27, r27, 1
    li64    r3, 0xf010
    cmpd    r27, r3
    blt     5b
    addi    r28, r28, 24
    b       sweep
swept:
    EXPECT_REG(r24, 0x77)

    /* Single accesses. */
    CALL4(0x3c, 3, SCRATCH, 0, 0, H_PARAMETER)
    CALL4(0x3c, 8, RAM_END - 4, 0, 0, H_PARAMETER)
    CALL4(0x3c, 8, -4, 0, 0, H_PARAMETER)
    CALL4(0x40, 16, SCRATCH, 0, 0, H_PARAMETER)
    CALL4(0x40, 1, RAM_END, 0, 0, H_PARAMETER)
    CALL4(0x40, 8, SCRATCH, 0x1122334455667788, 0, H_SUCCESS)
    CALL4(0x3c, 2, SCRATCH + 1, 0, 0, H_SUCCESS)
    li64    r4, 4
    li64    r5, SCRATCH + 4
    HCALL(0x3c)
    mr      r20, r4
    EXPECT_REG(r20, 0x55667788)

    /* Moving memory. */
    CALL5(H_LOGICAL_MEMOP, SCRATCH, SCRATCH, 4, 1, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH, SCRATCH, 3, 1, 2, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH + 4, SCRATCH, 3, 1, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH, SCRATCH, 3, -1, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH, SCRATCH, 3, 0x2000000000000001, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH, SCRATCH, 3, 0x80000000, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, RAM_END - 8, SCRATCH, 3, 2, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH, -8, 3, 2, 0, H_PARAMETER)
    CALL5(H_LOGICAL_MEMOP, SCRATCH, SCRATCH, 3, 0, 0, H_SUCCESS)
    CALL5(H_LOGICAL_MEMOP, SCRATCH + 1, SCRATCH, 0, 3, 0, H_SUCCESS) /* overlapping */
    li64    r3, SCRATCH
    ld      r20, 0(r3)
    EXPECT_REG(r20, 0x1111223355667788)
    CALL4(0x2c, 1 << 15, RAM_END, 0, 0, H_PARAMETER)
    CALL4(0x2c, 1 << 15, SCRATCH + 8, 0, 0, H_PARAMETER)
    CALL4(0x2c, 1 << 15, -4096, 0, 0, H_PARAMETER)
    CALL4(0x2c, 1 << 14, SCRATCH, RAM_END, 0, H_PARAMETER)
    li64    r3, SCRATCH
    ld      r20, 0(r3)
    EXPECT_REG(r20, 0x1111223355667788)

    /* Page table: real addresses outside RAM are no cached pages. */
    CALL4(H_ENTER, 0, 0, 1, RAM_END + PTE_RW, H_PARAMETER)
    CALL4(H_ENTER, 0, 0, 1, 0x0ffffffffffff000 + PTE_RW, H_PARAMETER)
    CALL4(H_ENTER, 0, -1, 1, SCRATCH + PTE_RW, H_PARAMETER)
    CALL4(H_READ, 0, -1, 0, 0, H_PARAMETER)
    CALL4(H_PROTECT, 0, 0x1000000000000000, 0, 0, H_PARAMETER)
    CALL4(H_BULK_REMOVE, 0, 0, 0, 0, H_PARAMETER)

    /* Virtual processor areas. */
    CALL4(H_REGISTER_VPA, F_VPA, 99, VPA, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, 0, 0, VPA, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, F_DEREG, 0, VPA, 0, H_PARAMETER)
    bl      vpa_size
    CALL4(H_REGISTER_VPA, F_DTL, 0, VPA + 0x400, 0, H_RESOURCE) /* before the area itself */
    CALL4(H_REGISTER_VPA, F_SLB, 0, VPA + 0x400, 0, H_RESOURCE)
    CALL4(H_REGISTER_VPA, F_VPA, 0, VPA + 8, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, F_VPA, 0, RAM_END, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, F_VPA, 0, -128, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, F_VPA, 0, 0x8000000000000000, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, F_VPA, 0, VPA + 0xe00, 0, H_PARAMETER) /* size 640: over the page's end */
    li64    r3, VPA
    li      r4, 639
    sth     r4, 4(r3)
    CALL4(H_REGISTER_VPA, F_VPA, 0, VPA, 0, H_PARAMETER)
    bl      vpa_size
    CALL4(H_REGISTER_VPA, F_VPA, 0, VPA, 0, H_SUCCESS)
    li64    r3, VPA
    lbz     r20, 9(r3)
    andi.   r20, r20, 2
    EXPECT_REG(r20, 2)
    CALL4(H_REGISTER_VPA, F_DTL, 0, VPA + 0x400, 0, H_SUCCESS)
    li64    r3, VPA + 0x480
    li      r4, 47
    stw     r4, 4(r3)
    CALL4(H_REGISTER_VPA, F_DTL, 0, VPA + 0x480, 0, H_PARAMETER)
    li64    r3, VPA + 0x480
    li      r4, -1
    stw     r4, 4(r3)
    CALL4(H_REGISTER_VPA, F_DTL, 0, VPA + 0x480, 0, H_PARAMETER)
    CALL4(H_REGISTER_VPA, F_VPA | F_DEREG, 0, 0, 0, H_RESOURCE)
    CALL4(H_REGISTER_VPA, F_DTL | F_DEREG, 0, 0, 0, H_SUCCESS)
    CALL4(H_REGISTER_VPA, F_SLB, 0, VPA + 0x400, 0, H_SUCCESS)
    CALL4(H_REGISTER_VPA, F_VPA | F_DEREG, 0, 0, 0, H_RESOURCE)
    CALL4(H_REGISTER_VPA, F_SLB | F_DEREG, 0, 0, 0, H_SUCCESS)
    CALL4(H_REGISTER_VPA, F_SLB | F_DEREG, 0, 0, 0, H_SUCCESS)
    /* The yield count moves by two over H_CEDE and is even while running. */
    li64    r3, VPA
    lwz     r20, 0x100(r3)
    li      r3, 300
    mtdec   r3
    TRY(cede, M_SF)
    EXPECT_CELL(REC_VECTOR, 0x900)
    li64    r3, 0x7fffffff
    mtdec   r3
    li64    r3, VPA
    lwz     r21, 0x100(r3)
    subf    r20, r20, r21
    EXPECT_REG(r20, 2)
    andi.   r21, r21, 1
    EXPECT_REG(r21, 0)
    CALL4(H_REGISTER_VPA, F_VPA | F_DEREG, 0, 0, 0, H_SUCCESS)
    CALL4(H_REGISTER_VPA, F_VPA | F_DEREG, 0, 0, 0, H_SUCCESS)

    /* RTAS: blocks that are not in RAM, or reach out of it. */
    CALL4(H_RTAS, RAM_END, 0, 0, 0, H_PARAMETER)
    CALL4(H_RTAS, RAM_END - 8, 0, 0, 0, H_PARAMETER)
    CALL4(H_RTAS, -4, 0, 0, 0, H_PARAMETER)
    CALL4(H_RTAS, 0x0fffffffffffffff, 0, 0, 0, H_PARAMETER)
    RTAS_COUNTS(0xffffffff, 1)
    RTAS_COUNTS(0, 0xffffffff)
    RTAS_COUNTS(0x40000000, 0xc0000000)
    RTAS_COUNTS(0xffffffff, 0xffffffff)
    RTAS_COUNTS(0x4000000, 0)
    /* No such call; the wrong number of arguments. */
    RTAS(0xdead, 0, 1, H_PARAMETER, -3)
    RTAS(0x1fff, 0, 1, H_PARAMETER, -3)
    RTAS(0x2fff, 0, 1, H_PARAMETER, -3)
    RTAS(0, 0, 1, H_PARAMETER, -3)
    RTAS(0x2001, 1, 8, H_SUCCESS, -3)
    RTAS(0x2001, 0, 1, H_SUCCESS, -3)
    RTAS(0x2001, 0, 8, H_SUCCESS, 0)
    li64    r4, BLOCK + 16
    lwz     r20, 0(r4)
    EXPECT_REG(r20, 2026) /* the documented date at which runs begin */
    /* NVRAM: buffer outside RAM, offset and length that overflow. */
    ARG(0, 0)
    ARG(1, RAM_END)
    ARG(2, 16)
    RTAS(0x2012, 3, 2, H_SUCCESS, -3)
    ARG(1, SCRATCH)
    ARG(0, 0xffffffff)
    ARG(2, 2)
    RTAS(0x2012, 3, 2, H_SUCCESS, -3)
    ARG(0, 0xfffc)
    ARG(2, 5)
    RTAS(0x2012, 3, 2, H_SUCCESS, -3)
    RTAS(0x2013, 3, 2, H_SUCCESS, -3)
    ARG(0, 0)
    ARG(2, 0xffffffff)
    RTAS(0x2012, 3, 2, H_SUCCESS, -3)
    RTAS(0x2013, 3, 2, H_SUCCESS, -3)
    ARG(2, 16)
    RTAS(0x2012, 3, 2, H_SUCCESS, 0)
    /* Interrupt sources and processors that do not exist. */
    ARG(0, 0x5000)
    ARG(1, 0)
    ARG(2, 5)
    RTAS(0x200a, 3, 1, H_SUCCESS, -3)
    ARG(0, 0x1000)
    ARG(1, 55)
    RTAS(0x200a, 3, 1, H_SUCCESS, -3)
    ARG(0, 0xffffffff)
    RTAS(0x200b, 1, 3, H_SUCCESS, -3)
    RTAS(0x200c, 1, 1, H_SUCCESS, -3)
    RTAS(0x200d, 1, 1, H_SUCCESS, -3)
    ARG(0, 7)
    ARG(1, SCRATCH)
    ARG(2, 0)
    RTAS(0x2006, 3, 1, H_SUCCESS, -3)
    ARG(0, 0)
    RTAS(0x2006, 3, 1, H_SUCCESS, -1) /* runs already */
    ARG(0, 9)
    RTAS(0x2005, 1, 2, H_SUCCESS, -3)
    ARG(0, 0)
    RTAS(0x2005, 1, 2, H_SUCCESS, 0)
    li64    r4, BLOCK + 20
    lwz     r20, 0(r4)
    EXPECT_REG(r20, 2)
    /* System parameters: buffer outside RAM; no such parameter. */
    ARG(0, 20)
    ARG(1, RAM_END - 2)
    ARG(2, 100)
    RTAS(0x2008, 3, 1, H_SUCCESS, -9999)
    ARG(0, 44)
    ARG(1, SCRATCH)
    RTAS(0x2008, 3, 1, H_SUCCESS, -3)
    /* A date that is none. */
    ARG(0, 2020)
    ARG(1, 13)
    ARG(2, 1)
    ARG(3, 0)
    ARG(4, 0)
    ARG(5, 0)
    ARG(6, 0)
    RTAS(0x2002, 7, 1, H_SUCCESS, -3)
    /* Configuration space where nothing is: all ones. */
    ARG(0, 0)
    ARG(1, 0x08000000)
    ARG(2, 0x20000000)
    ARG(3, 4)
    RTAS(0x2016, 4, 2, H_SUCCESS, -1)
    b       finish

vpa_size:
    li64    r3, VPA
    li      r4, 640
    sth     r4, 4(r3)
    sth     r4, 0xe04(r3)
    li      r4, 64
    stw     r4, 0x404(r3)
    blr
/* Call r3 with r24, r25, r26 in turns as its arguments. */
all_arguments:
    mflr    r29
    mr      r23, r3
    li      r22, 6
5:  mr      r4, r24
    mr      r5, r25
    mr      r6, r26
    mr      r7, r24
    mr      r8, r25
    mr      r9, r26
    mr      r10, r24
    mr      r11, r25
    mr      r12, r26
    mr      r3, r23
    sc      1
    mr      r0, r24
    mr      r24, r25
    mr      r25, r26
    mr      r26, r0
    addi    r22, r22, -1
    cmpwi   r22, 3
    bne     6f
    mr      r0, r24
    mr      r24, r25
    mr      r25, r0
6:  cmpwi   r22, 0
    bne     5b
    mr      r0, r24
    mr      r24, r25
    mr      r25, r0
    mtlr    r29
    blr
call_20:
    mr      r3, r20
    sc      1
    sc
nothing:
    sc
nothing_end:
cede:
    li      r3, H_CEDE
    sc      1
    sc
    .balign 8
patterns:
    .quad   -1, -1, -1
    .quad   0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000
    .quad   RAM_END, RAM_END - 1, RAM_END + 1
    .quad   RAM_END - 16, 0x7fffffff, -1
    .quad   -4096, 0xffffffff, 0x1000
    .quad   SCRATCH + 0x10000, -1, 0x7fffffffffffffff
    .quad   SCRATCH + 0x10000, SCRATCH + 0x20000, 0xffffffff
    .quad   0x71000000, -16, 0xfffffffffffff000
    .quad   0x80000000, 0x200, -4096
    .quad   0x77, 0, 0
