/*
 * Which instructions and registers the processor of this program has: one line for each, ended by
 * the signal that it gets or "yes". Those of POWER8 go together with what AT_HWCAP2 says.
 * builds: 64 32
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "../user/check.h"

enum { ARCH_2_07 = 0x80000000u };

static sigjmp_buf back;

static void refuse(int number)
{
    siglongjmp(back, number);
}

static char memory[64] __attribute__((aligned(64)));

/* 0, or the number of the signal that came. */
#define TRY(word)                                                                                  \
    ({                                                                                             \
        int signal_ = sigsetjmp(back, 1);                                                          \
        if (!signal_) {                                                                            \
            register char *at_ __asm__("r20") = memory;                                            \
            __asm__ volatile("li 21,0\n" word                                                      \
                             :                                                                     \
                             : "r"(at_)                                                            \
                             : "memory", "r21", "r22", "r23", "cr0", "cr1", "fr0", "v0", "v1",     \
                               "ctr", "lr");                                                       \
        }                                                                                          \
        signal_;                                                                                   \
    })

static void tell(const char *name, int signal, int expected)
{
    printf("%s %s\n", name, signal == 0 ? "yes" : signal == SIGILL ? "no" : "strange");
    if (expected != signal) {
        printf("  signal %d, expected %d\n", signal, expected);
        check_failures++;
    }
}

#define HAS(name, word, expected) tell(name, TRY(word), expected)

int main(void)
{
    const struct sigaction action = {.sa_handler = refuse};
    for (int number = 1; number < 32; number++)
        if (number == SIGILL || number == SIGSEGV || number == SIGBUS || number == SIGTRAP ||
            number == SIGFPE)
            CHECK(!sigaction(number, &action, NULL));

    /* Power ISA 2.06 and before: POWER7 has them. */
    HAS("popcntw", "popcntw 22,21", 0);
    HAS("lxvd2x", "lxvd2x 32,0,20", 0);
    HAS("xvadddp", "xvadddp 32,32,32", 0);
    HAS("dadd", "dadd 0,0,0", 0);
#ifdef __powerpc64__
    HAS("bpermd", "bpermd 22,21,21", 0);
    HAS("ldbrx", "ldbrx 22,0,20", 0);
#endif

    /* 2.07: POWER8. */
    const int level = getauxval(AT_HWCAP2) & ARCH_2_07 ? 0 : SIGILL;
    HAS("lbarx", ".machine power8\n lbarx 22,0,20", 0); /* 2.06 */
    HAS("mtvsrwz", ".long 0x7c1501e7", level);
    HAS("mfvsrwz", ".long 0x7c1600e7", level);
    HAS("lxsiwzx", ".long 0x7c00a019", level);
    HAS("xsaddsp", ".long 0xf0000007", level);
    HAS("xxleqv", ".long 0xf00005d7", level);
    HAS("vaddudm", ".long 0x100000c0", level);
    HAS("vpopcntd", ".long 0x100007c3", level);
    HAS("vcipher", ".long 0x10000508", level);
    HAS("vpmsumd", ".long 0x100004c8", level);
    HAS("fmrgew", ".long 0xfc00078c", level);
    HAS("mfspr TAR", ".long 0x7ecfcaa6", level);
    HAS("bctar",
        "bcl 20,31,1f\n1: mflr 22\n addi 22,22,20\n .long 0x7ecfcba6\n .long 0x4e800460\n nop\n",
        level);
    return finish();
}
