/* mmap and its kin, brk: what they give, refuse and leave alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define PAGE 65536ul

static char *map(size_t length, int prot)
{
    return mmap(NULL, length, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void test_map(void)
{
    char *const a = map(4 * PAGE, PROT_READ | PROT_WRITE);
    CHECK(a != MAP_FAILED && (uintptr_t)a % PAGE == 0);
    for (size_t i = 0; i < 4 * PAGE; i += 4096)
        CHECK(a[i] == 0);
    memset(a, 7, 4 * PAGE);
    CHECK(mmap(a + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          a + PAGE);
    CHECK(a[0] == 7 && a[PAGE] == 0 && a[2 * PAGE] == 7);
    FAILS(mmap(a, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
          EEXIST);
    FAILS(mmap(a + 4096, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
    FAILS(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(map(1ul << 50, PROT_READ), ENOMEM);
    FAILS(map(1ul << 40, PROT_READ | PROT_WRITE), ENOMEM);
    FAILS(map(~0ul, PROT_READ), ENOMEM);
    FAILS(munmap(a + 1, PAGE), EINVAL);
    FAILS(munmap(a, ~0ul), EINVAL);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0), EBADF);
    /* Address space that is only reserved costs nothing. */
    char *const big = map(1ul << 40, PROT_NONE);
    CHECK(big != MAP_FAILED);
    CHECK(mprotect(big + (1ul << 39), PAGE, PROT_READ | PROT_WRITE) == 0);
    big[1ul << 39] = 1;
    CHECK(munmap(big, 1ul << 40) == 0);
    CHECK(munmap(a, 4 * PAGE) == 0 && munmap(a, 4 * PAGE) == 0);
    FAILS(mprotect(a, PAGE, PROT_READ), ENOMEM);
    FAILS(madvise(a, PAGE, MADV_DONTNEED), ENOMEM);
}

static void test_remap(void)
{
    char *a = map(2 * PAGE, PROT_READ | PROT_WRITE);
    strcpy(a, "first");
    strcpy(a + PAGE, "second");
    char *const b = mremap(a, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(b != MAP_FAILED && strcmp(b, "first") == 0 && strcmp(b + PAGE, "second") == 0);
    b[63 * PAGE] = 1;
    CHECK(mremap(b, 64 * PAGE, PAGE, 0) == b);
    FAILS(mprotect(b, 2 * PAGE, PROT_READ), ENOMEM);
    a = map(4 * PAGE, PROT_READ | PROT_WRITE);
    CHECK(mremap(b, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + 2 * PAGE) == a + 2 * PAGE);
    CHECK(strcmp(a + 2 * PAGE, "first") == 0);
    FAILS(mremap(a, PAGE, 2 * PAGE, 0), ENOMEM);
    FAILS(mremap((void *)0x10000, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    CHECK(madvise(a + 2 * PAGE, PAGE, MADV_DONTNEED) == 0 && a[2 * PAGE] == 0);
}

static void test_brk(void)
{
    char *const start = sbrk(0);
    CHECK(sbrk(1 << 20) == start);
    memset(start, 1, 1 << 20);
    CHECK(sbrk(-(1 << 20)) != (void *)-1 && sbrk(0) == start);
    CHECK(sbrk(1 << 20) == start && start[PAGE] == 0);
    FAILS(sbrk(1l << 40), ENOMEM);
}

/* Code that is written, run, changed and run again. */
static void test_code(void)
{
    uint32_t *const code = (uint32_t *)map(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (int i = 1; i <= 3; i++) {
        uint64_t result, at = (uintptr_t)code;
        code[0] = 0x38600000 | i; /* li r3,i */
        code[1] = 0x4e800020;     /* blr */
        __asm__ volatile("mtctr %1; bctrl; mr %0,3"
                         : "=r"(result)
                         : "r"(at)
                         : "3", "ctr", "lr", "memory");
        CHECK(result == (uint64_t)i);
    }
}

static void test_file(void)
{
    const int fd = open("/dev/zero", 0);
    char *const a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(a != MAP_FAILED && a[100] == 0);
}

int main(void)
{
    test_map();
    test_remap();
    test_brk();
    test_code();
    test_file();
    return finish();
}
