/*
 * The exit marker ends the run with its status; an unknown function, another xori, and the marker
 * in problem state with translation are seen for what they are. (workloads/include/hornpipe.h)
 *
 * guest: status: 42
 * guest: prints: so far
 * guest: not under qemu: it has no exit marker
 */
#include "common.inc"
#include "mmu.inc"

main:
    bl      map_low
    /* Function 77 does nothing. */
    li      r3, 77
    li      r4, 13
    hornpipe_marker
    EXPECT_REG(r3, 77)
    /* xori of other registers, or with other bits, is no marker. */
    li      r3, HORNPIPE_FN_EXIT
    li      r4, 13
    xori    r28, r28, 0
    xori    r29, r29, 1
    xori    r29, r28, 0
    xori    r28, r29, 0
    xoris   r29, r29, 0
    ori     r29, r29, 0
    EXPECT_REG(r3, HORNPIPE_FN_EXIT)
    /* It changes no register; traced like any instruction. */
    li64    r29, 0x123456789abcdef0
    li      r5, 0
    TRY(unknown, M_SF | M_SE)
    EXPECT_CELL(REC_VECTOR, 0xd00)
    EXPECT_CELL_AT(REC_SRR0, unknown + 4)
    EXPECT_GPR(29, 0x123456789abcdef0)
    ld      r3, FAILURES(0)
    cmpdi   r3, 0
    bne     failed
    la64    r3, text
    bl      puts
    /* In problem state; only the low 8 bits of the status. */
    la64    r3, leave_user
    li64    r4, M_USER
    mtsrr0  r3
    mtsrr1  r4
    rfid
unknown:
    hornpipe_marker
    sc
leave_user:
    li      r3, HORNPIPE_FN_EXIT
    li      r4, 0x1200 + 42
    hornpipe_marker
    trap
text:
    .asciz  "so far\n"
