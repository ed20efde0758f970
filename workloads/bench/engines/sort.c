/* A sieve, an open-addressing hash table, and a quicksort, over a few hundred kilobytes each. */
#include <stdlib.h>

#include "../fp/bench.h"

enum { SIEVE = 400000, SLOTS = 1 << 16, KEYS = 40000, VALUES = 60000, REPEATS = 40 };

static uint8_t composite[SIEVE];
static uint32_t slots[SLOTS], values[VALUES];

static uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

static uint32_t sieve(void)
{
    uint32_t primes = 0;
    memset(composite, 0, sizeof composite);
    for (uint32_t i = 2; i < SIEVE; i++) {
        if (composite[i])
            continue;
        primes++;
        for (uint32_t j = 2 * i; j < SIEVE; j += i)
            composite[j] = 1;
    }
    return primes;
}

/* Distinct keys among the ones drawn. */
static uint32_t hash(uint32_t *state)
{
    uint32_t distinct = 0;
    memset(slots, 0, sizeof slots);
    for (uint32_t i = 0; i < KEYS; i++) {
        const uint32_t key = draw(state) % (2 * KEYS) + 1;
        uint32_t at = key * UINT32_C(2654435769) >> 16;
        while (slots[at] && slots[at] != key)
            at = (at + 1) % SLOTS;
        distinct += slots[at] == 0;
        slots[at] = key;
    }
    return distinct;
}

static void quicksort(uint32_t *v, long low, long high)
{
    while (low < high) {
        const uint32_t pivot = v[low + (high - low) / 2];
        long i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                const uint32_t t = v[i];
                v[i++] = v[j];
                v[j--] = t;
            }
        }
        if (j - low < high - i) {
            quicksort(v, low, j);
            low = i;
        } else {
            quicksort(v, i, high);
            high = j;
        }
    }
}

int main(int argc, char **argv)
{
    const long repeats = argc > 1 ? strtol(argv[1], NULL, 0) : REPEATS;
    uint32_t state = 2463534242, sum = 0;
    bench_begin("sort");
    for (long r = 0; r < repeats; r++) {
        sum = sum * 31 + sieve();
        sum = sum * 31 + hash(&state);
        for (int i = 0; i < VALUES; i++)
            values[i] = draw(&state);
        quicksort(values, 0, VALUES - 1);
        for (int i = 0; i < VALUES; i += 1000)
            sum = sum * 31 + values[i];
    }
    printf("result sort %08" PRIx32 "\n", sum);
    return bench_end("sort");
}
