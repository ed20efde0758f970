/* Accesses that the processor leaves to the alignment interrupt are done by the kernel, but for
 * larx and stcx.; PR_SET_UNALIGN makes all of them SIGBUS.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "check.h"

/* The assembler has none of them for little-endian code. RA is r9. */
#define LMW_30   ".long 0xbbc90000\n"
#define STMW_30  ".long 0xbfc90000\n"
#define LSWI_29  ".long 0x7fa93caa\n" /* 7 bytes */
#define STSWI_29 ".long 0x7fa935aa\n" /* 6 bytes */

static sigjmp_buf back;
static uint32_t words[8] __attribute__((aligned(16))) = {0x11223344, 0x55667788, 3, 4, 5, 6, 7, 8};
static uint32_t copy[9] __attribute__((aligned(16)));

static void handler(int number)
{
    siglongjmp(back, number);
}

static void test_multiple(void)
{
    uint64_t r30, r31;
    __asm__ volatile("mr 9,%2\n" LMW_30 "mr %0,30; mr %1,31"
                     : "=&r"(r30), "=&r"(r31)
                     : "b"(words)
                     : "9", "30", "31");
    CHECK(r30 == 0x11223344 && r31 == 0x55667788);
    __asm__ volatile("mr 9,%0; lis 30,1; li 31,-2\n" STMW_30 ::"b"(copy)
                     : "9", "30", "31", "memory");
    CHECK(copy[0] == 0x10000 && copy[1] == 0xfffffffe);
}

/* Strings are bytes: the same registers in both byte orders. */
static void test_string(void)
{
    uint64_t r29, r30;
    __asm__ volatile("mr 9,%2\n" LSWI_29 "mr %0,29; mr %1,30"
                     : "=&r"(r29), "=&r"(r30)
                     : "b"("abcdefgh")
                     : "9", "29", "30");
    CHECK(r29 == 0x61626364 && r30 == 0x65666700);
    __asm__ volatile("mr 29,%1; mr 30,%2; mr 9,%0\n" STSWI_29 ::"b"(copy), "r"(r29), "r"(r30)
                     : "9", "29", "30", "memory");
    CHECK(memcmp(copy, "abcdef", 6) == 0);
}

static void test_quad(void)
{
    uint64_t r28, r29;
    __asm__ volatile("lq 28,0(%2); mr %0,28; mr %1,29"
                     : "=&r"(r28), "=&r"(r29)
                     : "b"((char *)words)
                     : "28", "29");
    uint64_t first, second;
    memcpy(&first, words, 8);
    memcpy(&second, words + 2, 8);
#ifdef __LITTLE_ENDIAN__
    CHECK(r29 == first && r28 == second);
#else
    CHECK(r28 == first && r29 == second);
#endif
}

static void test_refused(void)
{
    uint64_t v;
    signal(SIGBUS, handler);
    if (sigsetjmp(back, 1) == 0) {
        __asm__ volatile("ldarx %0,0,%1" : "=r"(v) : "r"((char *)words + 4));
        CHECK(!"ldarx done");
    }
    __asm__ volatile("ld %0,0(%1)" : "=r"(v) : "b"((char *)words + 3)); /* the hardware does it */
#ifdef __LITTLE_ENDIAN__
    prctl(PR_SET_UNALIGN, PR_UNALIGN_SIGBUS);
    if (sigsetjmp(back, 1) == 0) {
        __asm__ volatile("mr 9,%0\n" LMW_30 ::"b"(words) : "9", "30", "31");
        CHECK(!"lmw done");
    }
#endif
}

int main(void)
{
    test_multiple();
    test_string();
    test_quad();
    test_refused();
    return finish();
}
