/*
 * What keeps vCPUs busy, run as init: load MODE PROCESSES UNITS. The units of work are dealt out to
 * as many processes, each held on a vCPU of its own, so that the work does not depend on their
 * number. Results are printed and must agree.
 *
 *   compute  sorting, hashing and walking lists in problem state
 *   kernel   fork, exit and wait; bytes through pipes; pages mapped, touched and unmapped
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../fp/bench.h"

enum { WORDS = 8192, PAGES = 8, TRANSFERS = 20, PAGE = 65536 };

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t compute(uint64_t unit)
{
    static uint32_t values[WORDS], next[WORDS];
    uint64_t state = unit, hash = 0, at = 0;
    for (unsigned i = 0; i < WORDS; i++) {
        values[i] = (uint32_t)draw(&state);
        next[i] = (uint32_t)draw(&state) % WORDS;
    }
    qsort(values, WORDS, sizeof *values, compare);
    for (unsigned i = 0; i < WORDS; i++) {
        hash = (hash ^ values[i]) * UINT64_C(0x100000001b3);
        at = next[at] ^ (i & 7);
        hash += at;
    }
    return hash;
}

static uint64_t kernel(uint64_t unit)
{
    int there[2], back[2], status;
    uint64_t value = unit;
    if (pipe(there) || pipe(back))
        exit(1);
    const pid_t child = fork();
    if (child < 0)
        exit(1);
    if (child == 0) {
        for (unsigned i = 0; i < TRANSFERS; i++) {
            if (read(there[0], &value, sizeof value) != sizeof value)
                _exit(1);
            value = value * 3 + 1;
            if (write(back[1], &value, sizeof value) != sizeof value)
                _exit(1);
        }
        _exit(0);
    }
    for (unsigned i = 0; i < TRANSFERS; i++)
        if (write(there[1], &value, sizeof value) != sizeof value ||
            read(back[0], &value, sizeof value) != sizeof value)
            exit(1);
    if (waitpid(child, &status, 0) != child || status)
        exit(1);
    for (unsigned i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
    }
    volatile char *const pages =
        mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        exit(1);
    for (unsigned i = 0; i < PAGES; i++)
        pages[i * PAGE] = (char)unit;
    munmap((void *)pages, PAGES * PAGE);
    return value;
}

/* The units that are `first` modulo `step`; their results are summed into `*sum`. */
static void work(uint64_t (*one)(uint64_t), unsigned first, unsigned step, unsigned units,
                 uint64_t *sum)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        exit(1);
    for (unsigned i = first; i < units; i += step)
        *sum += one(i);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const unsigned processes = (unsigned)atoi(argv[2]), units = (unsigned)atoi(argv[3]);
    uint64_t (*const one)(uint64_t) = strcmp(argv[1], "kernel") == 0 ? kernel : compute;
    uint64_t *const sums = mmap(NULL, processes * sizeof *sums, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t total = 0;
    int status;
    bench_begin(argv[1]);
    for (unsigned i = 0; i < processes; i++) {
        if (fork() == 0) {
            work(one, i, processes, units, &sums[i]);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < processes; i++)
        if (wait(&status) < 0 || status)
            printf("a process failed\n");
    for (unsigned i = 0; i < processes; i++)
        total += sums[i];
    printf("result %s %016" PRIx64 "\n", argv[1], total);
    return bench_end(argv[1]);
}
