/*
 * What a guest program can say to the simulator that it runs on.
 *
 * The marker is the instruction `xori r29,r29,0`. It changes nothing (Book I 3.3.13), needs no
 * privilege, is no priority or scheduling hint, and no compiler emits it, so that a program with
 * markers runs anywhere. The simulator recognises the word as it completes:
 *   r3  the function, one of HORNPIPE_FN_*
 *   r4  its argument
 * An unknown function does nothing. This header is for C, and for assembly (.S).
 */
#ifndef HORNPIPE_H
#define HORNPIPE_H

#define HORNPIPE_MARKER 0x6bbd0000 /* PO 26, RS 29, RA 29, UI 0 */

#define HORNPIPE_FN_EXIT 1 /* end the run; the exit status of `hornpipe run` is r4, 0 to 255 */

/* clang-format off */
#ifdef __ASSEMBLER__

    /* Clobbers nothing; r3 and r4 are the caller's to set. */
    .macro hornpipe_marker
    .long HORNPIPE_MARKER
    .endm

#else
/* clang-format on */

/* Ends the run with `status`. On any other machine it returns. */
static inline void hornpipe_exit(int status)
{
    register long function __asm__("r3") = HORNPIPE_FN_EXIT;
    register long argument __asm__("r4") = status;
    __asm__ volatile("xori 29,29,0" : : "r"(function), "r"(argument) : "memory");
}

#endif
#endif
