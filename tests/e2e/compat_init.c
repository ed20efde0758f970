/*
 * The init of test_compat.py, without libc and without an instruction of 2.07: shows what the
 * kernel says of the processor, tries one instruction a child, and powers off.
 */
#include <linux/reboot.h>
#include <sys/syscall.h>

static long call(long number, long a, long b, long c, long d)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    __asm__ volatile("sc\n\tbns+ 1f\n\tneg %1,%1\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
                     :
                     : "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
    return r3;
}

static void put(const char *text)
{
    long length = 0;
    while (text[length])
        length++;
    call(SYS_write, 1, (long)text, length, 0);
}

static void show(const char *path)
{
    char buffer[512];
    long n;
    const long fd = call(SYS_open, (long)path, 0, 0, 0);
    while (fd >= 0 && (n = call(SYS_read, fd, (long)buffer, sizeof buffer, 0)) > 0)
        call(SYS_write, 1, (long)buffer, n, 0);
    call(SYS_close, fd, 0, 0, 0);
}

/* Of this a child dies, or not. */
#define PROBE(name, instruction)                                                                   \
    do {                                                                                           \
        int status = -1;                                                                           \
        const long child = call(SYS_fork, 0, 0, 0, 0);                                             \
        if (child == 0) {                                                                          \
            __asm__ volatile(".machine push\n\t.machine power8\n\t" instruction                    \
                             "\n\t.machine pop" ::                                                 \
                                 : "r8", "r9", "cr0", "memory");                                   \
            call(SYS_exit, 0, 0, 0, 0);                                                            \
        }                                                                                          \
        call(SYS_wait4, child, (long)&status, 0, 0);                                               \
        put("probe " name);                                                                        \
        put(status == 0 ? " works\n" : (status & 0x7f) == 4 ? " SIGILL\n" : " fails\n");           \
    } while (0)

void _start(void)
{
    call(SYS_mount, (long)"proc", (long)"/proc", (long)"proc", 0);
    show("/proc/cpuinfo");
    PROBE("popcntd", "popcntd 9,8");
    PROBE("xsadddp", "xsadddp 1,2,3");
    PROBE("dadd", "dadd 1,2,3");
    PROBE("vaddubm", "vaddubm 1,2,3");
    PROBE("vaddudm", "vaddudm 1,2,3");
    PROBE("mtvsrd", "mtvsrd 1,9");
    PROBE("mfspr-TAR", "mfspr 9,815");
    PROBE("tbegin", "tbegin. 0");
    call(SYS_reboot, (long)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
}
