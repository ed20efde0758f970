/*
 * icswx where there is no coprocessor: who may ask, and that every request is rejected.
 * (POWER7+ and POWER8 user's manuals: ACOP, DSISR[17]; the request block is aligned to 128 bytes)
 */
#include "common.inc"
#include "mmu.inc"

#define ACOP         31
#define BLOCK        SCRATCH
#define UNAUTHORISED 0x4000 /* DSISR */
#define TYPE(n)      ((n) << 16)
#define ICSWX        .long 0x7e80ab2c /* icswx r20,0,r21 */
#define ICSWX_RECORD .long 0x7e80ab2d

#define ASK(msr, vector, after, text...) \
    b 2f;                                \
1:  text;                                \
    sc;                                  \
2:  TRY(1b, msr);                        \
    EXPECT_INT(vector, 1b + after, msr)

main:
    bl      map_low
    UNLESS_QEMU(done)               /* it has no such instruction */
    li64    r20, TYPE(3)
    li64    r21, BLOCK

    /* The supervisor: always, but for the alignment. */
    li      r3, 0
    mtspr   ACOP, r3
    mtxer   r3
    lis     r3, 0x5000
    mtcrf   0xff, r3
    ASK(M_SF, 0xc00, 8, ICSWX)
    ld      r22, REC_CR(0)
    srdi    r22, r22, 28
    EXPECT_REG(r22, 5)
    ASK(M_SF, 0xc00, 8, ICSWX_RECORD)
    ld      r22, REC_CR(0)
    srdi    r22, r22, 28
    EXPECT_REG(r22, 2)              /* rejected */
    li64    r21, BLOCK + 64
    ASK(M_SF, 0x600, 0, ICSWX)
    EXPECT_DAR(BLOCK + 64)

    /* A program: the types that ACOP has, by their numbers from the left. */
    li64    r21, BLOCK + 128
    ASK(M_USER, 0x300, 0, ICSWX)
    EXPECT_DAR(BLOCK + 128)
    EXPECT_DSISR(UNAUTHORISED)
    li64    r3, 0x1000000000000000
    mtspr   ACOP, r3
    ASK(M_USER, 0xc00, 8, ICSWX_RECORD)
    ld      r22, REC_CR(0)
    srdi    r22, r22, 28
    EXPECT_REG(r22, 2)
    li64    r20, TYPE(4)
    ASK(M_USER, 0x300, 0, ICSWX_RECORD)
    EXPECT_DSISR(UNAUTHORISED)
    li64    r20, TYPE(67)           /* six bits of it */
    ASK(M_USER, 0xc00, 8, ICSWX)
done:
    b       finish
