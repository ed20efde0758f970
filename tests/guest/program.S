/*
 * Program interrupts: illegal, privileged, hypervisor, trap; their order; and what may not cause
 * one. (Book III-S 6.5.9, Book I 1.3.3, 1.8; isa-notes 1, 2)
 */
#define GUEST_MAIN_AT 0x3000
#include "common.inc"
#include "mmu.inc"

/* One word, in supervisor real mode: the interrupt and its cause. */
#define SUPERVISOR(word, cause)  \
    b 2f;                        \
1:  .long word;                  \
    sc;                          \
2:  TRY(1b, M_SF | M_FP);        \
    EXPECT_INT(0x700, 1b, M_SF | M_FP | cause)
#define SUPERVISOR_FINE(word)    \
    b 2f;                        \
1:  .long word;                  \
    sc;                          \
2:  TRY(1b, M_SF);               \
    EXPECT_INT(0xc00, 1b + 8, M_SF)
#define PROBLEM(word, cause)     \
    b 2f;                        \
1:  .long word;                  \
    sc;                          \
2:  TRY(1b, M_USER);             \
    EXPECT_INT(0x700, 1b, M_USER | cause)
#define PROBLEM_FINE(word)       \
    b 2f;                        \
1:  .long word;                  \
    sc;                          \
2:  TRY(1b, M_USER);             \
    EXPECT_INT(0xc00, 1b + 8, M_USER)

#define X31(xo) ((31 << 26) | ((xo) << 1))
#define XL19(xo) ((19 << 26) | ((xo) << 1))

main:
    bl      map_low

    /* Illegal. */
    SUPERVISOR(0x00000000, SRR1_ILLEGAL)
    SUPERVISOR(0x04000000, SRR1_ILLEGAL)   /* primary 1 */
    SUPERVISOR(0x14000000, SRR1_ILLEGAL)   /* primary 5 */
    SUPERVISOR(0x18000000, SRR1_ILLEGAL)   /* primary 6 */
    SUPERVISOR(0x58000000, SRR1_ILLEGAL)   /* primary 22 */
    SUPERVISOR(0x00000200, SRR1_ILLEGAL)   /* attn, which HID0 does not enable */
    SUPERVISOR(XL19(50), SRR1_ILLEGAL)     /* rfi: not of a 64-bit server */
    SUPERVISOR(X31(62), SRR1_ILLEGAL)      /* wait */
    SUPERVISOR(X31(370), SRR1_ILLEGAL)     /* tlbia */
    PROBLEM(0x00000000, SRR1_ILLEGAL)
    UNLESS_QEMU(hypervisor)                /* it executes dcbi, and makes it privileged */
    SUPERVISOR(X31(470), SRR1_ILLEGAL)     /* dcbi: not of a server */
    PROBLEM(X31(470), SRR1_ILLEGAL)

hypervisor:
    /* Hypervisor instructions where MSR[HV]=0: privileged, in either state. */
    SUPERVISOR(XL19(274), SRR1_PRIVILEGED) /* hrfid */
    SUPERVISOR(XL19(434), SRR1_PRIVILEGED) /* nap */
    SUPERVISOR(XL19(402), SRR1_PRIVILEGED) /* doze */
    SUPERVISOR(XL19(466), SRR1_PRIVILEGED) /* sleep */
    SUPERVISOR(XL19(498), SRR1_PRIVILEGED) /* rvwinkle */
    SUPERVISOR(X31(306), SRR1_PRIVILEGED)  /* tlbie */
    SUPERVISOR(X31(566), SRR1_PRIVILEGED)  /* tlbsync */
    SUPERVISOR(X31(206), SRR1_PRIVILEGED)  /* msgsnd */
    SUPERVISOR(X31(853), SRR1_PRIVILEGED)  /* lbzcix */
    SUPERVISOR(X31(1013), SRR1_PRIVILEGED) /* stdcix */
    PROBLEM(XL19(274), SRR1_PRIVILEGED)
    PROBLEM(X31(306), SRR1_PRIVILEGED)
    PROBLEM(X31(885), SRR1_PRIVILEGED)     /* ldcix */

    /* Privileged instructions in problem state. */
    PROBLEM(XL19(18), SRR1_PRIVILEGED)     /* rfid */
    PROBLEM(X31(83), SRR1_PRIVILEGED)      /* mfmsr */
    PROBLEM(X31(146), SRR1_PRIVILEGED)     /* mtmsr */
    PROBLEM(X31(178), SRR1_PRIVILEGED)     /* mtmsrd */
    PROBLEM(X31(178) | 0x10000, SRR1_PRIVILEGED)
    PROBLEM(X31(402), SRR1_PRIVILEGED)     /* slbmte */
    PROBLEM(X31(434), SRR1_PRIVILEGED)     /* slbie */
    PROBLEM(X31(498), SRR1_PRIVILEGED)     /* slbia */
    PROBLEM(X31(851), SRR1_PRIVILEGED)     /* slbmfev */
    PROBLEM(X31(915), SRR1_PRIVILEGED)     /* slbmfee */
    PROBLEM(X31(274), SRR1_PRIVILEGED)     /* tlbiel */
    PROBLEM(X31(142), SRR1_PRIVILEGED)     /* msgsndp */
    UNLESS_QEMU(slbfee_done)               /* it says illegal */
    PROBLEM(X31(979) | 1, SRR1_PRIVILEGED) /* slbfee. */
slbfee_done:

    /* Privilege comes before the facility: trechkpt. with neither. */
    PROBLEM(X31(1006) | 1, SRR1_PRIVILEGED)

    /* Traps: SRR0 is the trap itself. */
    SUPERVISOR(0x7fe00008, SRR1_TRAP)      /* trap */
    SUPERVISOR(0x0fe00000, SRR1_TRAP)      /* twui r0,0 */
    SUPERVISOR(0x0be00000, SRR1_TRAP)      /* tdui r0,0 */
    SUPERVISOR(0x7fe00088, SRR1_TRAP)      /* td 31,0,0 */
    PROBLEM(0x7fe00008, SRR1_TRAP)
    SUPERVISOR_FINE(0x7c000008)            /* tw 0 never */
    SUPERVISOR_FINE(0x7f000008)            /* tw LT|GT r0,r0 */
    li64    r20, 0xffffffff80000000
    li64    r21, 0x80000000
    TRY(trap_word, M_SF)                   /* tw compares the low words: equal */
    EXPECT_INT(0xc00, trap_word_end, M_SF)
    TRY(trap_double, M_SF)                 /* td compares all: r20 < r21 */
    EXPECT_INT(0x700, trap_double, M_SF | SRR1_TRAP)
    li64    r20, 0xfffffffffffffffe
    TRY(trap_signed, M_SF)                 /* -2 < -1 */
    EXPECT_INT(0x700, trap_signed, M_SF | SRR1_TRAP)
    TRY(trap_unsigned, M_SF)               /* and so as unsigned of the extended -1 */
    EXPECT_INT(0x700, trap_unsigned, M_SF | SRR1_TRAP)

    /* Reserved no-ops, and no-ops by name. */
    SUPERVISOR_FINE(X31(658))
    SUPERVISOR_FINE(X31(690))
    SUPERVISOR_FINE(X31(722))
    SUPERVISOR_FINE(X31(754))
    PROBLEM_FINE(X31(754))
    SUPERVISOR_FINE(0x7fbdeb78)            /* mdoio */
    SUPERVISOR_FINE(X31(822))              /* dss */
    UNLESS_QEMU(reserved)                  /* it says illegal of all these */
    SUPERVISOR_FINE(X31(530))
    SUPERVISOR_FINE(X31(562))
    SUPERVISOR_FINE(X31(594))
    SUPERVISOR_FINE(X31(626))
    PROBLEM_FINE(X31(530))
    /* Reserved bits of an instruction are ignored. */
    SUPERVISOR_FINE(X31(598) | 0x00000001)
    SUPERVISOR_FINE(XL19(150) | 0x03fff801)
reserved:
    /* sc with LEV 0 keeps nothing of its own in SRR1. */
    PROBLEM_FINE(0x60000000)
    b       finish

trap_word:
    tw      31 - 4, r20, r21
    sc
trap_word_end:
trap_double:
    td      16, r20, r21
    sc
trap_signed:
    tdi     16, r20, -1
    sc
trap_unsigned:
    tdi     2, r20, -1
    sc
