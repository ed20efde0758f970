/* Each fault gets its signal with the right si_code, si_addr and saved registers. */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "check.h"

enum { NIP = 32, MSR = 33, TRAP = 40, DAR = 41 };

static sigjmp_buf back;
static volatile int number, code;
static volatile uint64_t address, nip, trap, dar, msr;

static void handler(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *const uc = context;
    number = signal;
    code = info->si_code;
    address = (uintptr_t)info->si_addr;
    nip = uc->uc_mcontext.gp_regs[NIP];
    msr = uc->uc_mcontext.gp_regs[MSR];
    trap = uc->uc_mcontext.gp_regs[TRAP];
    dar = uc->uc_mcontext.gp_regs[DAR];
    siglongjmp(back, 1);
}

/* Runs `statement`, which must raise `signal`. */
#define RAISES(statement, signal, expected, vector)                                                \
    do {                                                                                           \
        number = code = 0;                                                                         \
        if (sigsetjmp(back, 1) == 0) {                                                             \
            statement;                                                                             \
        }                                                                                          \
        CHECK(number == (signal));                                                                 \
        CHECK(code == (expected));                                                                 \
        CHECK(trap == (vector));                                                                   \
    } while (0)

extern char ill_at[], priv_at[], trap_at[];

static uint32_t data_words[4] = {0x60000000};

__attribute__((noinline)) static void illegal(void)
{
    __asm__ volatile(".globl ill_at\nill_at: .long 0");
}

__attribute__((noinline)) static void privileged(void)
{
    __asm__ volatile(".globl priv_at\npriv_at: mfmsr 3" ::: "3");
}

__attribute__((noinline)) static void trapped(void)
{
    __asm__ volatile(".globl trap_at\ntrap_at: trap");
}

static void jump(uint64_t to)
{
    __asm__ volatile("mtctr %0; bctrl" ::"r"(to) : "ctr", "lr", "memory");
}

static void larx(void *at)
{
    uint32_t v;
    __asm__ volatile("lwarx %0,0,%1" : "=r"(v) : "r"(at) : "memory");
}

static void test_storage(void)
{
    char *const page =
        mmap(NULL, 3 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED && ((uintptr_t)page & 65535) == 0);
    RAISES(*(volatile char *)16, SIGSEGV, SEGV_MAPERR, 0x300);
    CHECK(address == 16 && dar == 16);
    RAISES(*(volatile char *)trap_at = 2, SIGSEGV, SEGV_ACCERR, 0x300);
    CHECK(address == (uintptr_t)trap_at);
    CHECK(munmap(page + 65536, 65536) == 0);
    RAISES(*(volatile char *)(page + 65536 + 5), SIGSEGV, SEGV_MAPERR, 0x300);
    CHECK(address == (uintptr_t)page + 65536 + 5);
    CHECK(mprotect(page, 65536, PROT_NONE) == 0);
    RAISES(*(volatile char *)(page + 7), SIGSEGV, SEGV_ACCERR, 0x300);
    RAISES(*(volatile char *)0x900000000000, SIGSEGV, 3 /* SEGV_BNDERR */, 0x380);
    RAISES(*(volatile char *)0xc000000000000000, SIGSEGV, SEGV_MAPERR, 0x300);
    RAISES(jump(0x20), SIGSEGV, SEGV_MAPERR, 0x400);
    CHECK(address == 0x20 && nip == 0x20);
    RAISES(jump((uintptr_t)data_words), SIGSEGV, SEGV_ACCERR, 0x400);
    CHECK(address == (uintptr_t)data_words && nip == address);
    RAISES(larx((char *)data_words + 2), SIGBUS, BUS_ADRALN, 0x600);
    CHECK(address == (uintptr_t)data_words + 2 && dar == address);
    /* A store that crosses into a page that is not there changes nothing. */
    CHECK(mprotect(page, 65536, PROT_READ | PROT_WRITE) == 0);
    RAISES(*(volatile uint64_t *)(page + 65536 - 4) = ~UINT64_C(0), SIGSEGV, SEGV_MAPERR, 0x300);
    CHECK(page[65536 - 1] == 0 && address == (uintptr_t)page + 65536);
}

static void test_program(void)
{
    RAISES(illegal(), SIGILL, ILL_ILLOPC, 0x700);
    CHECK(nip == (uintptr_t)ill_at && address == nip);
    RAISES(privileged(), SIGILL, ILL_PRVOPC, 0x700);
    CHECK(nip == (uintptr_t)priv_at && address == nip);
    RAISES(trapped(), SIGTRAP, TRAP_BRKPT, 0x700);
    CHECK(nip == (uintptr_t)trap_at && address == nip);
    CHECK((msr & 0x4000) && (msr >> 63));
#ifdef __LITTLE_ENDIAN__
    CHECK(msr & 1);
#else
    CHECK(!(msr & 1));
#endif
}

static volatile double zero = 0, one = 1, big = 1e308, tiny = 1e-308, sink;

static void test_float(void)
{
    /* Without prctl() FPSCR may ask for what it likes. */
    uint64_t pvr;
    prctl(PR_SET_FPEXC, PR_FP_EXC_DISABLED);
    number = 0;
    RAISES(trapped(), SIGTRAP, TRAP_BRKPT, 0x700);
    feenableexcept(FE_DIVBYZERO); /* glibc calls prctl() too */
    RAISES(sink = one / zero, SIGFPE, FPE_FLTDIV, 0x700);
    CHECK(address == nip);
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_INVALID);
    RAISES(sink = zero / zero, SIGFPE, FPE_FLTINV, 0x700);
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_OVERFLOW);
    RAISES(sink = big * big, SIGFPE, FPE_FLTOVF, 0x700);
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_UNDERFLOW);
    RAISES(sink = tiny * tiny, SIGFPE, FPE_FLTUND, 0x700);
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_INEXACT);
    RAISES(sink = one / 3, SIGFPE, FPE_FLTRES, 0x700);
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    sink = one / zero;
    CHECK(isinf(sink));
    /* The processor's version is told although it is privileged. */
    __asm__("mfspr %0,287" : "=r"(pvr));
    CHECK(pvr >> 16 == 0x4d);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        CHECK(sigaction(signals[i], &action, NULL) == 0);
    test_storage();
    test_program();
    test_float();
    return finish();
}
