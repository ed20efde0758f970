/*
 * Transactional memory goes with what AT_HWCAP2 says: without it tbegin. is illegal; with it a
 * transaction either commits whole or leaves nothing behind and goes to its failure handler.
 * builds: 64
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>

#include "../user/check.h"

enum { TURNS = 100, HTM = 0x40000000 };

static sigjmp_buf back;

static void refuse(int number)
{
    siglongjmp(back, number);
}

/* Adds one to both in a transaction; whether it committed. tbegin. and tend. by their words: the
 * assembler may be told of an older processor. */
static int attempt(volatile int *both)
{
    int committed, first, second;
    __asm__ volatile(".long 0x7c00051d\n beq 1f\n"
                     "lwz %1,0(%3)\n lwz %2,4(%3)\n addi %1,%1,1\n addi %2,%2,1\n"
                     "stw %1,0(%3)\n stw %2,4(%3)\n .long 0x7c00055d\n li %0,1\n b 2f\n"
                     "1: li %0,0\n2:"
                     : "=&b"(committed), "=&b"(first), "=&b"(second)
                     : "b"(both)
                     : "memory", "cr0");
    return committed;
}

int main(void)
{
    static volatile int both[2];
    static volatile int committed;
    const struct sigaction action = {.sa_handler = refuse};
    CHECK(!sigaction(SIGILL, &action, NULL));
    const int announced = (getauxval(AT_HWCAP2) & HTM) != 0;
    const int number = sigsetjmp(back, 1);
    if (!number)
        for (int i = 0; i < TURNS; i++)
            committed += attempt(both);
    CHECK(number == (announced ? 0 : SIGILL));
    CHECK(both[0] == committed && both[1] == committed);
    printf("transactional memory: %s\n", announced ? "yes" : "no");
    return finish();
}
