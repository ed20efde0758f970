/* Pointers followed through 32 MB in an order of which no cache and no prefetcher makes much. */
#include <stdlib.h>

#include "../fp/bench.h"

enum { LINE = 128, LINES = (32 << 20) / LINE, STEPS = 6000000 };

struct line {
    struct line *next;
    char rest[LINE - sizeof(struct line *)];
};

static struct line lines[LINES] __attribute__((aligned(LINE)));
static uint32_t order[LINES];

int main(int argc, char **argv)
{
    const long steps = argc > 1 ? strtol(argv[1], NULL, 0) : STEPS;
    uint64_t state = 1;
    for (uint32_t i = 0; i < LINES; i++)
        order[i] = i;
    for (uint32_t i = LINES - 1; i > 0; i--) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint32_t j = (uint32_t)((state >> 33) % (i + 1)), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (uint32_t i = 0; i < LINES; i++)
        lines[order[i]].next = &lines[order[(i + 1) % LINES]];
    bench_begin("chase");
    const struct line *at = &lines[0];
    for (long i = 0; i < steps; i++)
        at = at->next;
    printf("result chase %ld\n", (long)(at - lines));
    return bench_end("chase");
}
