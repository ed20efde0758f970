/*
 * Vectors with translation on, but no page there: the storage interrupt interrupts itself.
 *
 * guest: status: 4
 * guest: prints: start
 * guest: says: the guest hangs
 * guest: not under qemu: it does not see that the guest hangs
 */
#include "common.inc"
#include "mmu.inc"

main:
    bl      map_low
    la64    r3, text
    bl      puts
    li      r4, 3
    li      r5, 3
    li      r6, 0
    li      r7, 0
    HCALL(H_SET_MODE)
    TRY(call, M_VIRTUAL)
    b       failed
call:
    sc
text:
    .asciz  "start\n"
