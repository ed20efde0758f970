/*
 * Faults as signals, with what the kernel tells about them: address, code, and registers in the
 * context, which a handler may change; alternate stacks; the vector registers in the frame; timers.
 * builds: 64 32
 */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "../user/check.h"

#ifdef __powerpc64__
#define GPR(context, n) ((context)->uc_mcontext.gp_regs[n])
#define NIP(context)    ((context)->uc_mcontext.gp_regs[32])
#define FPSCR(context)  ((context)->uc_mcontext.fp_regs[32])
#else
#define GPR(context, n) ((context)->uc_mcontext.uc_regs->gregs[n])
#define NIP(context)    ((context)->uc_mcontext.uc_regs->gregs[32])
#define FPSCR(context)  ((context)->uc_mcontext.uc_regs->fpregs.fpscr)
#endif

static volatile int seen, seen_code;
static void *volatile seen_address;
static volatile unsigned long seen_r20, seen_word;
static char *volatile stack_at;

/* Notes what it is told, puts 77 into r20 and goes on behind the instruction. */
static void skip(int number, siginfo_t *information, void *pointer)
{
    ucontext_t *context = pointer;
    char here;
    seen = number;
    seen_code = information->si_code;
    seen_address = information->si_addr;
    seen_r20 = GPR(context, 20);
    seen_word = *(const uint32_t *)(uintptr_t)NIP(context);
    stack_at = &here;
    GPR(context, 20) = 77;
    NIP(context) += 4;
    /* With FEX left, the exception comes again as soon as MSR[FE0 FE1] are (Book III-S 6.5.9). */
    if (number == SIGFPE)
        FPSCR(context) = 0;
}

static void catch (int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    CHECK(!sigaction(number, &action, NULL));
}

/* Executes one instruction with r20 = 5 and r21 = `operand`; r20 after it. */
#define TRY(instruction, operand)                                                                  \
    ({                                                                                             \
        register unsigned long r20_ __asm__("r20") = 5;                                            \
        register unsigned long r21_ __asm__("r21") = (unsigned long)(operand);                     \
        seen = seen_code = 0;                                                                      \
        __asm__ volatile(instruction : "+r"(r20_) : "r"(r21_) : "memory", "r0", "r22", "cr0");     \
        r20_;                                                                                      \
    })

static void check_faults(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *area = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED && !munmap(area + page, page));
    CHECK(TRY("lwz 22,0(21)", area + page + 12) == 77);
    CHECK(seen == SIGSEGV && seen_code == SEGV_MAPERR && seen_address == area + page + 12);
    CHECK(seen_r20 == 5 && seen_word == 0x82d50000);
    CHECK(TRY("stw 22,8(21)", area) == 77);
    CHECK(seen == SIGSEGV && seen_code == SEGV_ACCERR && seen_address == area + 8);
    CHECK(TRY("lwz 22,0(21)", area) == 5 && seen == 0);
    CHECK(TRY("lwz 22,0(21)", area + page - 2) == 77 && seen_address == area + page);
    CHECK(TRY(".long 0", 0) == 77);
    CHECK(seen == SIGILL && seen_code == ILL_ILLOPC && seen_word == 0);
    CHECK(TRY("mfmsr 22", 0) == 77);
    CHECK(seen == SIGILL && seen_code == ILL_PRVOPC);
    CHECK(TRY("mfpvr 22", 0) == 5); /* the kernel does it for the program */
    CHECK(TRY("trap", 0) == 77);
    CHECK(seen == SIGTRAP && seen_code == TRAP_BRKPT);
    CHECK(TRY("twlgei 21,9", 8) == 5 && TRY("twlgei 21,9", 9) == 77 && seen == SIGTRAP);
#ifdef __powerpc64__
    CHECK(TRY("tdi 16,21,-1", -2l) == 77 && TRY("tdi 16,21,-1", 0) == 5);
    CHECK(TRY("ld 22,0(21)", 0xc000000000000000ul) == 77);
    CHECK(seen == SIGSEGV && (unsigned long)seen_address == 0xc000000000000000ul);
    CHECK(TRY("ld 22,0(21)", 0x4000000000000000ul) == 77 && seen == SIGSEGV);
#endif
    CHECK(TRY("lwarx 22,0,21", area + 1) == 77 && seen == SIGBUS && seen_code == BUS_ADRALN);
}

static void check_float_exception(void)
{
    CHECK(feenableexcept(FE_DIVBYZERO) != -1);
    double zero = 0, result = 5;
    seen = 0;
    __asm__ volatile("fdiv %0,%1,%2" : "+d"(result) : "d"(1.0), "d"(zero));
    CHECK(seen == SIGFPE && seen_code == FPE_FLTDIV && seen_word >> 26 == 63 && result == 5);
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
}

static sigjmp_buf back;

static void jump(int number, siginfo_t *information, void *context)
{
    (void)information, (void)context;
    seen = number;
    siglongjmp(back, 1);
}

static void check_stack_and_jump(void)
{
    static char other[64 << 10];
    const stack_t stack = {.ss_sp = other, .ss_size = sizeof other};
    CHECK(!sigaltstack(&stack, NULL));
    catch (SIGSEGV, skip, SA_ONSTACK);
    CHECK(TRY("lbz 22,0(21)", 16) == 77 && seen == SIGSEGV);
    CHECK(stack_at >= other && stack_at < other + sizeof other);
    catch (SIGSEGV, jump, 0);
    for (volatile int i = 0; i < 100; i++)
        if (!sigsetjmp(back, 1))
            *(volatile char *)NULL = 1;
    CHECK(seen == SIGSEGV);
    void (*volatile nowhere)(void);
#ifdef __powerpc64__
    static unsigned long descriptor[3] = {0x10, 0, 0};
    nowhere = (void (*)(void))descriptor;
#else
    nowhere = (void (*)(void))0x10;
#endif
    seen = 0;
    if (!sigsetjmp(back, 1))
        nowhere();
    CHECK(seen == SIGSEGV);
}

/* The handler spoils every floating-point and vector register; the program's come back. */
static void spoil(int number, siginfo_t *information, void *context)
{
    (void)information, (void)context;
    seen = number;
    __asm__ volatile(
        "vspltisw 20,7\n fsub 20,20,20\n fsub 3,3,3\n vspltisw 3,1\n xxlxor 40,40,40" ::
            : "v20", "v3", "v8", "fr20", "fr3");
}

static void check_frame(void)
{
    static const uint32_t pattern[4] __attribute__((aligned(16))) = {0xdead, 1, 0xbeef, 0x80000000};
    uint32_t got[3][4] __attribute__((aligned(16)));
    catch (SIGUSR1, spoil, 0);
    const long self = getpid(); /* before any register is given its value */
    register long number __asm__("r4") = SIGUSR1;
    register long who __asm__("r3") = self;
    register long call __asm__("r0") = 37;
    long to = (long)got, pattern_at = (long)pattern;
    __asm__ volatile("lxvd2x 3,0,%3\n lxvd2x 52,0,%3\n lxvd2x 40,0,%3\n sc\n stxvd2x 3,0,%4\n"
                     "addi %4,%4,16\n stxvd2x 52,0,%4\n addi %4,%4,16\n stxvd2x 40,0,%4"
                     : "+r"(who), "+r"(number), "+r"(call), "+b"(pattern_at), "+b"(to)
                     :
                     : "memory", "cr0", "ctr", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12",
                       "fr3", "v20", "v8");
    CHECK(seen == SIGUSR1 && who == 0);
    for (int i = 0; i < 3; i++)
        CHECK(!memcmp(got[i], pattern, 16));
}

static volatile int ticks;

static void count(int number, siginfo_t *information, void *context)
{
    (void)number, (void)information, (void)context;
    ticks++;
}

static void check_timers(void)
{
    catch (SIGALRM, count, SA_RESTART);
    const struct itimerval every = {.it_interval.tv_usec = 10000, .it_value.tv_usec = 10000};
    CHECK(!setitimer(ITIMER_REAL, &every, NULL));
    while (ticks < 5) { /* interrupted anywhere, the registers are kept */
        uint64_t sum = 0;
        for (uint64_t i = 0; i < 1000; i++) {
            sum += i * i;
            __asm__ volatile("" : "+r"(sum));
        }
        CHECK(sum == 332833500);
    }
    const struct itimerval none = {0};
    CHECK(!setitimer(ITIMER_REAL, &none, NULL));
    catch (SIGVTALRM, count, 0);
    const int before = ticks;
    const struct itimerval busy = {.it_value.tv_usec = 20000};
    CHECK(!setitimer(ITIMER_VIRTUAL, &busy, NULL));
    for (volatile uint64_t i = 0; ticks == before && i < 200000000; i++)
        ;
    CHECK(ticks == before + 1);
}

int main(void)
{
    static const int faults[] = {SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGFPE};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        catch (faults[i], skip, 0);
    check_faults();
    check_float_exception();
    check_stack_and_jump();
    check_frame();
    check_timers();
    return finish();
}
