/* What a program finds at its start, and the chance and time that it is given, are fixed.
 * user: options: --env COLOUR=blue --env TERM=none
 * user: arguments: one two=three
 * user: prints: one two=three\n
 * user: prints: PATH=/usr/bin:/bin HOME=/ TERM=none COLOUR=blue\n
 * user: prints: pid 1000 uid 1000 power8 pagesize 65536\n
 * user: prints: hwcap dc0065c2 be000000\n
 * user: prints: random e220a8397b1dcdaf f88bb8a8724c81ec\n
 * user: prints: time 1767225600 sleep 2.000 s\n
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const uint8_t *const random = (const uint8_t *)getauxval(AT_RANDOM);
    uint8_t more[8];
    struct timespec begin, end;
    printf("%s %s\n", argv[1], argv[argc - 1]);
    printf("%s %s %s %s\n", environ[0], environ[1], environ[2], environ[3]);
    printf("pid %d uid %d %s pagesize %ld\n", getpid(), getuid(),
           (const char *)getauxval(AT_PLATFORM), sysconf(_SC_PAGESIZE));
    printf("hwcap %lx %lx\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
    printf("random ");
    for (int i = 0; i < 8; i++)
        printf("%02x", random[i]);
    printf(" ");
    if (getrandom(more, sizeof more, 0) == sizeof more)
        for (int i = 0; i < 8; i++)
            printf("%02x", more[i]);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    sleep(2);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("\ntime %ld sleep %.3f s\n", (long)time(NULL) / 10 * 10,
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}
