/*
 * The thread's priority: or rx,rx,rx and PPR, PPR32, by who may ask for what. (Book II 3.1, 2.07;
 * that problem state may have very low is 2.07's addition)
 *
 * guest: not under qemu: 7.2 stores what it is given
 */
#include "common.inc"
#include "mmu.inc"

#define PPR   896
#define PPR32 898
#define PSPB  159
#define PRI(n) ((n) << 50)

/* Asks by or rn,rn,rn in state msr: PRI was medium low, and is `want`. */
#define ASK(n, msr, want)       \
    li64  r3, PRI(3);           \
    mtspr PPR, r3;              \
    b     2f;                   \
1:  or    n, n, n;              \
    mfspr r10, PPR;             \
    sc;                         \
2:  TRY(1b, msr);               \
    EXPECT_GPR(10, PRI(want))
/* The same by writing PPR, with every other bit set. */
#define WRITE(n, msr, want)     \
    li64  r3, PRI(3);           \
    mtspr PPR, r3;              \
    li64  r20, ~PRI(7) | PRI(n); \
    TRY(write, msr);            \
    EXPECT_GPR(10, PRI(want));  \
    EXPECT_GPR(11, PRI(want) >> 32)

main:
    bl      map_low
    li      r3, 0
    mtspr   PSPB, r3
    ASK(31, M_USER, 1)
    ASK(1, M_USER, 2)
    ASK(6, M_USER, 3)
    ASK(2, M_USER, 4)
    ASK(5, M_USER, 4)  /* medium instead */
    ASK(3, M_USER, 3)  /* not for problem state */
    ASK(7, M_USER, 3)
    ASK(27, M_USER, 3) /* other hints */
    ASK(29, M_USER, 3)
    ASK(30, M_USER, 3)
    ASK(31, M_SF, 1)
    ASK(1, M_SF, 2)
    ASK(5, M_SF, 5)
    ASK(3, M_SF, 6)
    ASK(7, M_SF, 3)    /* the hypervisor's */
    WRITE(0, M_USER, 3)
    WRITE(1, M_USER, 1)
    WRITE(4, M_USER, 4)
    WRITE(5, M_USER, 4)
    WRITE(6, M_USER, 3)
    WRITE(7, M_USER, 3)
    WRITE(6, M_SF, 6)
    WRITE(7, M_SF, 3)
    /* While PSPB is not 0, medium high. */
    li      r3, 100
    mtspr   PSPB, r3
    ASK(5, M_USER, 5)
    WRITE(5, M_USER, 5)
    /* PPR32 is its upper half. */
    lis     r20, 4 << 2
    TRY(write_32, M_USER)
    EXPECT_GPR(10, PRI(4))
    b       finish
write:
    mtspr   PPR, r20
    mfspr   r10, PPR
    mfspr   r11, PPR32
    sc
write_32:
    mtspr   PPR32, r20
    mfspr   r10, PPR
    sc
