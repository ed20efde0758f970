/*
 * VMX and VSX as POWER7 has them, in big-endian order, and that a switch of tasks keeps them. What
 * it prints must be the same under user-mode emulation. builds: 64 32
 */
#include <altivec.h>
#undef vector
#undef bool
#undef pixel
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../user/check.h"

typedef __vector unsigned char bytes_t;
typedef __vector unsigned int words_t;
typedef __vector float floats_t;
typedef __vector double doubles_t;

static void digest(const char *name, const void *data, size_t size)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)data)[i]) * 16777619u;
    printf("%s %08x\n", name, sum);
}

static void check_vmx(void)
{
    words_t a = {1, 2, 3, 0xffffffff}, b = {10, 20, 30, 40};
    union {
        words_t v;
        uint32_t w[4];
        uint8_t b[16];
    } r = {vec_add(a, b)};
    CHECK(r.w[0] == 11 && r.w[1] == 22 && r.w[2] == 33 && r.w[3] == 39);
    r.v = vec_adds(a, b);
    CHECK(r.w[3] == 0xffffffff);
    r.v = (words_t)vec_perm((bytes_t)a, (bytes_t)b,
                            (bytes_t){3, 7, 11, 15, 19, 23, 27, 31, 0, 0, 0, 0, 0, 0, 0, 0});
    CHECK(r.b[0] == 1 && r.b[2] == 3 && r.b[3] == 0xff && r.b[4] == 10 && r.b[7] == 40);
    r.v = vec_mergeh(a, b);
    CHECK(r.w[0] == 1 && r.w[1] == 10 && r.w[2] == 2 && r.w[3] == 20);
    CHECK(vec_any_gt(a, b) && !vec_all_gt(a, b) && vec_all_eq(a, a));
    uint8_t memory[64];
    for (int i = 0; i < 64; i++)
        memory[i] = (uint8_t)(i * 37);
    for (int i = 0; i < 16; i++) {
        bytes_t low = vec_ld(i, memory + 3), high = vec_ld(i + 15, memory + 3);
        bytes_t got = vec_perm(low, high, vec_lvsl(i, memory + 3));
        CHECK(!memcmp(&got, memory + 3 + i, 16));
    }
    floats_t f = {1.5f, -2.25f, 3e38f, 1e-40f};
    floats_t g = vec_madd(f, f, f);
    digest("vmx-madd", &g, 16);
    words_t fixed = vec_ctu(f, 4);
    digest("vmx-ctu", &fixed, 16);
}

static void check_vsx(void)
{
    doubles_t a = {1.5, -3}, b = {1e300, 7};
    union {
        doubles_t v;
        double d[2];
    } r = {vec_mul(a, b)};
    CHECK(r.d[0] == 1.5e300 && r.d[1] == -21);
    r.v = vec_madd(a, b, a);
    CHECK(r.d[1] == -24);
    r.v = vec_div(a, b);
    CHECK(r.d[1] == -3.0 / 7);
    r.v = vec_xxpermdi(a, b, 1);
    CHECK(r.d[0] == 1.5 && r.d[1] == 7);
    r.v = vec_sqrt(vec_abs(a));
    CHECK(r.d[1] == 0x1.bb67ae8584caap0);
    double memory[8] __attribute__((aligned(16)));
    doubles_t sum = {0, 0};
    for (int i = 0; i < 8; i++)
        memory[i] = i / 3.0;
    for (int n = 0; n < 1000; n++)
        for (int i = 0; i < 4; i++)
            sum = vec_madd(vec_xl(16 * i, memory), (doubles_t){1.0 / (n + 1), 0.5}, sum);
    digest("vsx-sum", &sum, 16);
    floats_t f = {0.1f, 0.2f, 0.3f, 0.4f};
    for (int n = 0; n < 100; n++)
        f = vec_sub(vec_div(vec_add(f, f), (floats_t){1.7f, 1.9f, 2.3f, 2.1f}), vec_mul(f, f));
    digest("vsx-single", &f, 16);
}

/* All 64 VSX registers hold a pattern of this process over many switches to another one. */
static void keep_registers(uint64_t seed)
{
    static uint64_t in[64][2] __attribute__((aligned(16))), out[64][2] __attribute__((aligned(16)));
    for (int i = 0; i < 64; i++) {
        in[i][0] = seed * 1000003 + (uint64_t)i;
        in[i][1] = ~in[i][0] * 7919;
    }
    for (int turn = 0; turn < 20; turn++) {
        register long call __asm__("r0") = 158; /* sched_yield, between load and store */
        long where = (long)in, to = (long)out;
/* The registers' numbers, in octal: 000 to 077. */
#define FOR_8(x, n) x(n##0) x(n##1) x(n##2) x(n##3) x(n##4) x(n##5) x(n##6) x(n##7)
#define LOAD(n)     "lxvd2x 0" #n ",0,%1\n addi %1,%1,16\n"
#define KEEP(n)     "stxvd2x 0" #n ",0,%2\n addi %2,%2,16\n"
        __asm__ volatile(FOR_8(LOAD, 0) FOR_8(LOAD, 1) FOR_8(LOAD, 2) FOR_8(LOAD, 3) FOR_8(LOAD, 4)
                             FOR_8(LOAD, 5) FOR_8(LOAD, 6) FOR_8(LOAD, 7) "sc\n" FOR_8(KEEP, 0)
                                 FOR_8(KEEP, 1) FOR_8(KEEP, 2) FOR_8(KEEP, 3) FOR_8(KEEP, 4)
                                     FOR_8(KEEP, 5) FOR_8(KEEP, 6) FOR_8(KEEP, 7)
                         : "+r"(call), "+b"(where), "+b"(to)
                         :
                         : "memory", "cr0", "ctr", "xer", "r3", "r4", "r5", "r6", "r7", "r8", "r9",
                           "r10", "r11", "r12", "fr0", "fr1", "fr2", "fr3", "fr4", "fr5", "fr6",
                           "fr7", "fr8", "fr9", "fr10", "fr11", "fr12", "fr13", "fr14", "fr15",
                           "fr16", "fr17", "fr18", "fr19", "fr20", "fr21", "fr22", "fr23", "fr24",
                           "fr25", "fr26", "fr27", "fr28", "fr29", "fr30", "fr31", "v0", "v1", "v2",
                           "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
                           "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
                           "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
        CHECK(!memcmp(in, out, sizeof in));
    }
}

int main(void)
{
    check_vmx();
    check_vsx();
    fflush(stdout);
    const pid_t child = fork();
    keep_registers(child ? 1 : 2);
    if (!child)
        _exit(check_failures ? 1 : 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return finish();
}
