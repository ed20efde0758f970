/* A handler finds the interrupted registers in its frame, may change them, and all come back. */
#define _GNU_SOURCE
#include <altivec.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>
#undef vector
#undef pixel
#undef bool

#include "check.h"

enum { NIP = 32, CTR = 35, LNK = 36, XER = 37, CCR = 38 };

static volatile int seen;
static uint64_t in_frame[48];
static double fp_in_frame;
static uint32_t vr_in_frame[4];
static uint64_t low_in_frame, handler_sp;

static void handler(int signal, siginfo_t *info, void *context)
{
    ucontext_t *const uc = context;
    (void)signal, (void)info;
    memcpy(in_frame, uc->uc_mcontext.gp_regs, sizeof in_frame);
    memcpy(&fp_in_frame, &uc->uc_mcontext.fp_regs[31], 8);
    memcpy(vr_in_frame, &uc->uc_mcontext.v_regs->vrregs[20], 16);
    /* VSX: the second doublewords of 0 to 31 stand behind the vector registers. */
    memcpy(&low_in_frame, (char *)uc->uc_mcontext.v_regs + 34 * 16 + 31 * 8, 8);
    __asm__ volatile("mr %0,1" : "=r"(handler_sp));
    /* Spoil what the compiler keeps nothing in, then step over the trap with a new r20. */
    __asm__ volatile("li 14,-1; xxlxor 31,31,31; vspltisw 20,3; mtctr 14; crset 31" ::
                         : "14", "vs31", "v20", "ctr", "cr7", "fr31");
    uc->uc_mcontext.gp_regs[20] = 0x2020;
    uc->uc_mcontext.gp_regs[NIP] += 4;
    seen++;
}

static void test_all(void)
{
    uint64_t r14, r20, ctr, f31[2], v20[2], xer;
    uint32_t cr;
    uint64_t pattern[2] __attribute__((aligned(16))) = {0x1122334455667788, 0x99aabbccddeeff00};
    __asm__ volatile("li 14,1414; li 20,2020; li 3,77; mtctr 3; lis 3,0x2000; mtxer 3\n"
                     "lxvd2x 31,0,%8; lxvd2x 52,0,%8; lis 3,0x1234; ori 3,3,0x5678; mtcr 3\n"
                     "trap\n"
                     "mfcr %5; mfctr %2; mfxer %6; mr %0,14; mr %1,20\n"
                     "stxvd2x 31,0,%3; stxvd2x 52,0,%4"
                     : "=&r"(r14), "=&r"(r20), "=&r"(ctr), "+b"((uint64_t *){f31}),
                       "+b"((uint64_t *){v20}), "=&r"(cr), "=&r"(xer), "+m"(pattern)
                     : "b"(pattern)
                     : "3", "14", "20", "ctr", "vs31", "v20", "fr31", "cr0", "cr1", "cr2", "cr3",
                       "cr4", "cr5", "cr6", "cr7", "xer", "memory");
    CHECK(seen == 1);
    CHECK(in_frame[14] == 1414 && r14 == 1414);
    CHECK(in_frame[20] == 2020 && r20 == 0x2020);
    CHECK(in_frame[CTR] == 77 && ctr == 77);
    CHECK(in_frame[XER] == 0x20000000 && xer == 0x20000000);
    CHECK(in_frame[CCR] == 0x12345678 && cr == 0x12345678);
    CHECK(f31[0] == pattern[0] && f31[1] == pattern[1]);
    CHECK(v20[0] == pattern[0] && v20[1] == pattern[1]);
    uint64_t first;
    memcpy(&first, &fp_in_frame, 8);
    CHECK(first == pattern[0] && low_in_frame == pattern[1]);
    uint64_t vr[2];
    memcpy(vr, vr_in_frame, 16);
#ifdef __LITTLE_ENDIAN__
    CHECK(vr[1] == pattern[0] && vr[0] == pattern[1]);
#else
    CHECK(vr[0] == pattern[0] && vr[1] == pattern[1]);
#endif
}

static char stack[65536];
static volatile uint64_t on_stack;
static volatile int depth, order;

static void on_altstack(int signal)
{
    char here;
    (void)signal;
    on_stack = (uintptr_t)&here;
    stack_t now;
    CHECK(sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK));
}

static void nested(int signal)
{
    if (signal == SIGUSR1 && depth++ == 0) {
        raise(SIGUSR1); /* blocked: comes after this one */
        CHECK(depth == 1);
        raise(SIGUSR2); /* not blocked: comes at once */
        CHECK(order == 2);
    } else if (signal == SIGUSR2) {
        order = 2;
    }
}

static void test_stacks_and_masks(void)
{
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_altstack, .sa_flags = SA_ONSTACK};
    sigset_t set, old;
    CHECK(sigaltstack(&alternative, NULL) == 0);
    sigaction(SIGUSR1, &action, NULL);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(on_stack >= (uintptr_t)stack && on_stack < (uintptr_t)stack + sizeof stack);
    action = (struct sigaction){.sa_handler = nested};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR1);
    CHECK(depth == 2);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    order = 0;
    raise(SIGUSR2);
    CHECK(order == 0);
    sigpending(&set);
    CHECK(sigismember(&set, SIGUSR2));
    FAILS(sigsuspend(&old), EINTR);
    CHECK(order == 2);
    sigprocmask(SIG_SETMASK, NULL, &set);
    CHECK(sigismember(&set, SIGUSR2));
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &action, NULL);
    test_all();
    test_stacks_and_masks();
    return finish();
}
