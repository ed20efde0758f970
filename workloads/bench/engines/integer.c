/*
 * An integer core: a list that is reversed, sorted and walked, a 16-bit matrix product, a state
 * machine over text, and a CRC over all that they compute.
 */
#include <stddef.h>
#include <stdlib.h>

#include "../fp/bench.h"

enum { NODES = 2000, SIZE = 48, TEXT = 8192, REPEATS = 550 };

struct node {
    struct node *next;
    int16_t key, tag;
};

static struct node nodes[NODES];
static int16_t left[SIZE][SIZE], right[SIZE][SIZE];
static int32_t product[SIZE][SIZE];
static char text[TEXT];

static uint16_t crc16(uint16_t crc, uint32_t value)
{
    for (int i = 0; i < 32; i++) {
        const unsigned bit = (crc ^ value) & 1;
        crc = (uint16_t)(crc >> 1 ^ (bit ? 0xa001 : 0));
        value >>= 1;
    }
    return crc;
}

static struct node *merge(struct node *a, struct node *b)
{
    struct node head, *end = &head;
    while (a && b) {
        struct node **const least = a->key <= b->key ? &a : &b;
        end->next = *least;
        end = *least;
        *least = end->next;
    }
    end->next = a ? a : b;
    return head.next;
}

static struct node *sort(struct node *list, int n)
{
    if (n <= 1) {
        if (list)
            list->next = NULL;
        return list;
    }
    struct node *half = list;
    for (int i = 0; i < n / 2; i++)
        half = half->next;
    struct node *const second = sort(half, n - n / 2);
    return merge(sort(list, n / 2), second);
}

static struct node *reverse(struct node *list)
{
    struct node *done = NULL;
    while (list) {
        struct node *const next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static uint16_t do_list(uint16_t crc, uint32_t *state)
{
    for (int i = 0; i < NODES; i++) {
        *state = *state * 1103515245 + 12345;
        nodes[i] = (struct node){i + 1 < NODES ? &nodes[i + 1] : NULL, (int16_t)(*state >> 16),
                                 (int16_t)i};
    }
    struct node *list = sort(reverse(&nodes[0]), NODES);
    for (const struct node *n = list; n; n = n->next)
        if ((n->tag & 31) == 0)
            crc = crc16(crc, (uint16_t)n->key);
    return crc;
}

static uint16_t do_matrix(uint16_t crc, int16_t seed)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            left[i][j] = (int16_t)(seed + i * j);
            right[i][j] = (int16_t)(seed - i + 3 * j);
        }
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            int32_t sum = 0;
            for (int k = 0; k < SIZE; k++)
                sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    for (int i = 0; i < SIZE; i++)
        crc = crc16(crc, (uint32_t)product[i][SIZE - 1 - i]);
    return crc;
}

/* Counts what looks like integers, fractions and exponents in the text. */
static uint16_t do_states(uint16_t crc, uint32_t *state)
{
    enum { START, SIGN, INTEGER, FRACTION, EXPONENT, INVALID, STATES } now = START;
    static const char alphabet[] = "0123456789+-.eE, 0123x,";
    uint32_t counts[STATES] = {0};
    for (int i = 0; i < TEXT; i++) {
        *state = *state * 1103515245 + 12345;
        text[i] = alphabet[(*state >> 16) % (sizeof alphabet - 1)];
    }
    for (int i = 0; i < TEXT; i++) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9';
        if (c == ',' || c == ' ') {
            counts[now]++;
            now = START;
            continue;
        }
        switch (now) {
        case START:
            now = digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? FRACTION : INVALID;
            break;
        case SIGN:
            now = digit ? INTEGER : c == '.' ? FRACTION : INVALID;
            break;
        case INTEGER:
            now = digit ? INTEGER : c == '.' ? FRACTION : c == 'e' || c == 'E' ? EXPONENT : INVALID;
            break;
        case FRACTION:
            now = digit ? FRACTION : c == 'e' || c == 'E' ? EXPONENT : INVALID;
            break;
        case EXPONENT:
            now = digit || c == '+' || c == '-' ? EXPONENT : INVALID;
            break;
        default:
            break;
        }
    }
    for (int i = 0; i < STATES; i++)
        crc = crc16(crc, counts[i]);
    return crc;
}

int main(int argc, char **argv)
{
    const long repeats = argc > 1 ? strtol(argv[1], NULL, 0) : REPEATS;
    uint16_t crc = 0xffff;
    uint32_t state = 1;
    bench_begin("integer");
    for (long i = 0; i < repeats; i++) {
        crc = do_list(crc, &state);
        crc = do_matrix(crc, (int16_t)i);
        crc = do_states(crc, &state);
    }
    printf("result integer %04x\n", crc);
    return bench_end("integer");
}
