/*
 * A jump into nothing but zeros: every interrupt finds zeros at its vector. The run must end and
 * say so.
 *
 * guest: status: 4
 * guest: prints:
 * guest: says: the guest hangs
 * guest: not under qemu: it does not see that the guest hangs
 */
    .machine power8
    .text
    . = 0x100
    mfmsr   r4
    li      r5, 1
    sldi    r5, r5, 63
    or      r4, r4, r5
    mtmsrd  r4
    lis     r5, 0x40
    mtctr   r5
    bctr
