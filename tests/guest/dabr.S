/*
 * The data address breakpoint of POWER7: what accesses its doubleword in a state that it names is a
 * data storage interrupt, and nothing has happened. (2.06 Book III-S 8.1; LoPAR H_SET_DABR,
 * H_SET_XDABR)
 *
 * guest: options: -cpu POWER7
 * guest: not under qemu: it keeps the register, and never matches
 */
#include "common.inc"
#include "mmu.inc"

#define H_SET_DABR  0x28
#define H_SET_XDABR 0x134

#define DR 1
#define DW 2
#define BT 4
#define BTI         8
#define PRIVILEGED  2
#define PROBLEM     1
#define MATCH 0x00400000

#define AT (SCRATCH + 0x80)
#define SET(bits)                \
    li64    r4, (AT | (bits));   \
    HCALL(H_SET_DABR);           \
    EXPECT_REG(r3, 0)
#define SET_X(bits, x)           \
    li64    r4, (AT | (bits));   \
    li      r5, x;               \
    HCALL(H_SET_XDABR);          \
    EXPECT_REG(r3, 0)
#define FINE(msr, text...)       \
    b 2f;                        \
1:  text;                        \
    sc;                          \
2:  TRY(1b, msr);                \
    EXPECT_INT(0xc00, 1b + 8, msr)
#define HIT(msr, offset, dsisr, text...) \
    b 2f;                        \
1:  text;                        \
    sc;                          \
2:  TRY(1b, msr);                \
    EXPECT_INT(0x300, 1b, msr);  \
    EXPECT_DAR(AT + offset);     \
    EXPECT_DSISR(MATCH | (dsisr))

main:
    bl      map_low
    MAP_4K(SCRATCH, SCRATCH | PTE_RW, LOW_VSID)
    li64    r20, AT
    li64    r21, 0x1122334455667788
    std     r21, 0(r20)

    /* Loads, in real mode. The page is well known before. */
    ld      r5, 0(r20)
    SET(DR)
    li      r5, 5
    HIT(M_SF, 0, 0, ld r5, 0(r20))
    EXPECT_GPR(5, 5)
    HIT(M_SF, 7, 0, lbz r5, 7(r20))
    HIT(M_SF, -4, 0, ld r5, -4(r20))
    addi    r22, r20, 4
    HIT(M_SF, 4, 0, lwarx r5, 0, r22)
    HIT(M_SF, -8, 0, lmw r26, -8(r20))
    FINE(M_SF, ld r5, -8(r20))
    FINE(M_SF, ld r5, 8(r20))
    FINE(M_SF, lbz r5, 8(r20))
    FINE(M_SF, std r21, 0(r20))
    FINE(M_VIRTUAL, ld r5, 0(r20))
    FINE(M_USER, ld r5, 0(r20))

    /* Stores, translated, in both states. */
    SET(DW | BT)
    li      r22, 9
    HIT(M_VIRTUAL, 0, STORE, std r22, 0(r20))
    HIT(M_USER, 4, STORE, stw r22, 4(r20))
    HIT(M_USER, 0, STORE, stdx r22, 0, r20)
    HIT(M_USER, -4, STORE, stmw r28, -4(r20))
    HIT(M_VIRTUAL, 0, STORE, dcbz 0, r20)
    FINE(M_VIRTUAL, ld r5, 0(r20))
    FINE(M_SF, std r21, 0(r20))
    ld      r5, 0(r20)
    EXPECT_REG(r5, 0x1122334455667788)

    /* By state, and whatever MSR[DR] is. */
    SET_X(DW | DR | BT, PROBLEM)
    HIT(M_USER, 0, 0, ld r5, 0(r20))
    HIT(M_USER, 0, STORE, std r21, 0(r20))
    FINE(M_VIRTUAL, ld r5, 0(r20))
    SET_X(DW | DR | BT, PRIVILEGED)
    FINE(M_USER, ld r5, 0(r20))
    HIT(M_VIRTUAL, 0, 0, ld r5, 0(r20))
    SET_X(DR, BTI | PRIVILEGED | PROBLEM)
    HIT(M_USER, 0, 0, ld r5, 0(r20))
    HIT(M_VIRTUAL, 0, 0, ld r5, 0(r20))
    HIT(M_SF, 0, 0, ld r5, 0(r20))
    /* In the middle of a run of accesses that hit the software TLB otherwise. */
    SET(DR)
    TRY(run, M_SF)
    EXPECT_INT(0x300, run_hits, M_SF)
    EXPECT_GPR(10, 16)

    /* A state of the hypervisor's, none at all, and bits that do not exist. */
    li64    r4, (AT | DR)
    li      r5, 4 | PROBLEM
    HCALL(H_SET_XDABR)
    EXPECT_REG(r3, H_PARAMETER)
    li64    r4, (AT | DR)
    li      r5, BTI
    HCALL(H_SET_XDABR)
    EXPECT_REG(r3, H_PARAMETER)
    li64    r4, (AT | DR)
    li      r5, 0x10 | PROBLEM
    HCALL(H_SET_XDABR)
    EXPECT_REG(r3, H_PARAMETER)

    /* Off again. */
    li      r4, 0
    HCALL(H_SET_DABR)
    EXPECT_REG(r3, 0)
    FINE(M_SF, ld r5, 0(r20))
    FINE(M_USER, std r5, 0(r20))
    b       finish
run:
    li64    r9, AT - 0x80
    li      r10, 0
1:
run_hits:
    ldx     r5, 0, r9
    addi    r10, r10, 1
    addi    r9, r9, 8
    cmpdi   r10, 32
    blt     1b
    sc
