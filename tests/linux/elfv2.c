/*
 * A big-endian program of the ELFv2 ABI, without any library: system calls by hand, calls through
 * pointers and between functions with a TOC, no function descriptors.
 * builds: v2
 */
#include <stddef.h>
#include <stdint.h>

#if !defined __powerpc64__ || _CALL_ELF != 2 || !defined __BIG_ENDIAN__
#error "big-endian ELFv2 is wanted"
#endif

enum { SYS_EXIT = 1, SYS_WRITE = 4, SYS_GETPID = 20, SYS_MMAP = 90, SYS_CLOCK_GETTIME = 246 };

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    register long r7 __asm__("r7") = e;
    register long r8 __asm__("r8") = f;
    __asm__ volatile("sc\n bns+ 1f\n neg 3,3\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                     :
                     : "memory", "cr0", "ctr", "xer", "r9", "r10", "r11", "r12");
    return r3;
}

static int failures;

static void say(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    call(SYS_WRITE, 1, (long)text, (long)length, 0, 0, 0);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            say(#condition "\n");                                                                  \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* Results in registers as only ELFv2 has them: a homogeneous aggregate in FPRs. */
struct four {
    double a, b, c, d;
};

static __attribute__((noinline)) struct four scale(struct four in, double by)
{
    return (struct four){in.a * by, in.b * by, in.c * by, in.d * by};
}

static __attribute__((noinline)) long add(long a, long b)
{
    return a + b;
}

static __attribute__((noinline)) long subtract(long a, long b)
{
    return a - b;
}

long (*volatile operations[2])(long, long) = {add, subtract};
volatile long in_data = 0x0123456789abcdef, in_bss;

__attribute__((used)) void begin(const unsigned long *stack)
{
    CHECK(*stack == 1 && (unsigned long)stack % 16 == 0);
    CHECK(operations[0](40, 2) == 42 && operations[1](40, 2) == 38);
    /* A function's address is that of its code, not of a descriptor that holds it. */
    CHECK((*(volatile uint32_t *)(uintptr_t)operations[0] & 0xffff0000) == 0x7c630000 ||
          *(volatile uint32_t *)(uintptr_t)operations[0] >> 26 == 15);
    struct four four = scale((struct four){1, 2, 3, 4}, 2.5);
    CHECK(four.a == 2.5 && four.d == 10);
    CHECK(*(volatile unsigned char *)&in_data == 0x01 && in_bss == 0);
    CHECK(call(SYS_GETPID, 0, 0, 0, 0, 0, 0) > 1);
    long time[2] = {-1, -1};
    CHECK(call(SYS_CLOCK_GETTIME, 1, (long)time, 0, 0, 0, 0) == 0 && time[0] >= 0);
    CHECK(call(SYS_WRITE, 99, 0, 0, 0, 0, 0) == -9);
    volatile long *area = (long *)call(SYS_MMAP, 0, 1 << 20, 3, 0x22, -1, 0);
    CHECK((unsigned long)area < -4096ul && area[1000] == 0);
    area[1000] = in_data;
    CHECK(((volatile unsigned char *)area)[8007] == 0xef);
    /* What the kernel's ELF loader says of the program: AT_PHDR leads to our own header. */
    const unsigned long *at = stack + 1 + *stack + 1;
    while (*at++)
        ;
    unsigned long header = 0, entry = 0;
    for (; at[0]; at += 2) {
        header = at[0] == 3 ? at[1] : header;
        entry = at[0] == 9 ? at[1] : entry;
    }
    extern void _start(void);
    CHECK(header % 0x1000 == 64 && *(uint32_t *)(header - 64 + 48) == 2); /* e_flags */
    CHECK(entry == (unsigned long)_start);
    say(failures ? "FAIL\n" : "PASS\n");
    call(SYS_EXIT, failures != 0, 0, 0, 0, 0, 0);
}

/* r12 is the entry's address, from which the TOC follows (ELFv2 2.3.2.1). */
__asm__(".globl _start\n.type _start,@function\n_start:\n"
        "addis 2,12,.TOC.-_start@ha\n addi 2,2,.TOC.-_start@l\n"
        "mr 3,1\n clrrdi 1,1,4\n li 0,0\n stdu 0,-64(1)\n bl begin\n nop\n trap\n");
