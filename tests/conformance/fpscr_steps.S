/*
 * Runs the sequences that fpscr_steps.py made: after every instruction it compares the FPSCR, the
 * CR and the target register with what the model expects, and ends at the first difference.
 *
 * The file STEPS: u64 number of sequences; for each u64 offset of the code and u64 offset of the
 * data, from the start of the file. Code is a run of
 *     [lxvd2x n,0,r26; addi r26,r26,16]...   operands from the pool
 *     the instruction
 *     mfcr r7; mffs f31; stfd f31,0(r23); stxvd2x target,0,r24; bctrl
 * and ends with mtlr r25; blr. Data is 64 VSRs, the FPSCR and the CR to start with, the number of
 * steps, for each step 32 bytes (FPSCR, target, CR), then the pool.
 */
#include "../guest/common.inc"

#define SEEN_FPSCR  CELLS
#define SEEN_TARGET (CELLS + 16)

main:
    li64    r3, HMSR | M_FP | M_VEC | M_VSX
    mtmsrd  r3
    la64    r18, steps
    ld      r19, 0(r18)     /* sequences to go */
    addi    r20, r18, 8
    li      r29, 0          /* number of the sequence */
    li      r23, SEEN_FPSCR
    li      r24, SEEN_TARGET
    la64    r3, step_check
    mtctr   r3
next_sequence:
    ld      r28, 0(r20)
    add     r28, r28, r18
    ld      r21, 8(r20)
    add     r21, r21, r18
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
               23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, \
               45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    li      r3, 16 * \n
    lxvd2x  \n, r3, r21
    .endr
    addi    r21, r21, 1024
    lfd     f31, 0(r21)
    mtfsf   0xff, f31, 1, 0
    ld      r3, 8(r21)
    mtcr    r3
    ld      r3, 16(r21)
    addi    r21, r21, 24
    sldi    r26, r3, 5
    add     r26, r26, r21   /* the pool is behind the steps */
    li      r22, 0          /* number of the step */
    la64    r25, sequence_end
    mtlr    r28
    blr
sequence_end:
    addi    r20, r20, 16
    addi    r29, r29, 1
    cmpd    r29, r19
    bne     next_sequence
    b       finish

/* r7 CR */
step_check:
    ld      r3, 0(r21)
    ld      r4, 0(r23)
    li      r5, 0
    cmpd    r3, r4
    bne     differs
    ld      r3, 8(r21)
    ld      r4, 0(r24)
    li      r5, 1
    cmpd    r3, r4
    bne     differs
    ld      r3, 16(r21)
    ld      r4, 8(r24)
    li      r5, 2
    cmpd    r3, r4
    bne     differs
    ld      r3, 24(r21)
    mr      r4, r7
    li      r5, 3
    cmpd    r3, r4
    bne     differs
    mtcr    r7
    addi    r21, r21, 32
    addi    r22, r22, 1
    blr

/* "DIFFERS sequence step what wanted got", numbers in hexadecimal */
differs:
    mr      r27, r3
    mr      r28, r4
    mr      r26, r5
    la64    r3, text_differs
    bl      puts
    .irp    n, 29, 22, 26, 27, 28
    mr      r3, r\n
    bl      puthex
    la64    r3, text_blank
    bl      puts
    .endr
    b       failed

text_differs:
    .asciz  "DIFFERS "
text_blank:
    .asciz  " "
    .balign 16
steps:
    .incbin STEPS
