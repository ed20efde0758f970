/*
 * Directed privileged doorbells: msgsndp and msgclrp to the one thread of the core, DPDES, TIR.
 * (Book III-S 11, 6.5.21 of 2.07)
 */
#include "common.inc"
#include "mmu.inc"

#define DPDES 176
#define TIR   446
#define TYPE_5 0x28000000

main:
    bl      map_low
    mfspr   r20, TIR
    EXPECT_REG(r20, 0)
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0)

    /* Sent with EE=0: pending, and nothing else. The high half of RB and other bits are ignored. */
    li64    r20, 0xfedcba9800000000 | TYPE_5
    TRY(send, M_SF)
    EXPECT_INT(0xc00, send_end, M_SF)
    UNLESS_QEMU(1f) /* its DPDES does not say so */
    EXPECT_GPR(21, 1)
1:
    /* Cleared again. */
    li64    r20, TYPE_5
    TRY(clear, M_SF)
    EXPECT_INT(0xc00, clear_end, M_SF)
    EXPECT_GPR(21, 0)

    /* Other types, and other threads: nothing. */
    li64    r20, 0x20000000
    TRY(send, M_SF)
    EXPECT_GPR(21, 0)
    UNLESS_QEMU(privileged) /* it takes any thread for this one, and ends where one is taken */
    li64    r20, TYPE_5 | 1
    TRY(send, M_SF)
    EXPECT_GPR(21, 0)

    /* With EE=1 the interrupt comes behind msgsndp, and ends the doorbell. */
    li64    r20, TYPE_5
    TRY(send, M_SF | M_EE)
    EXPECT_INT(0xa00, send + 4, M_SF | M_EE)
    mfspr   r20, DPDES
    EXPECT_REG(r20, 0)
    /* Sent before EE is set: behind the mtmsrd. */
    li64    r20, TYPE_5
    TRY(send_and_open, M_SF)
    EXPECT_INT(0xa00, opened, M_SF | M_EE)
    /* ... and where an rfid sets it. */
    li64    r20, TYPE_5
    TRY(send, M_SF)
    TRY(send_end, M_USER)
    EXPECT_INT(0xa00, send_end, M_USER)

privileged:
    /* Privileged. */
    TRY(send, M_USER)
    EXPECT_INT(0x700, send, M_USER | SRR1_PRIVILEGED)
    TRY(clear, M_USER)
    EXPECT_INT(0x700, clear, M_USER | SRR1_PRIVILEGED)
    TRY(set_dpdes, M_SF)
    EXPECT_INT(0x700, set_dpdes, M_SF | SRR1_PRIVILEGED)
    b       finish

send:
    msgsndp r20
    mfspr   r21, DPDES
    sc
send_end:
    sc
clear:
    msgclrp r20
    mfspr   r21, DPDES
    sc
clear_end:
send_and_open:
    msgsndp r20
    li      r3, M_EE >> 1
    add     r3, r3, r3
    mtmsrd  r3, 1
opened:
    sc
set_dpdes:
    mtspr   DPDES, r20
    sc
