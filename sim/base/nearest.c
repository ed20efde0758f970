#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    const unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

unsigned nearest_distance(const char *a, const char *b)
{
    const size_t m = strlen(a), n = strlen(b);
    unsigned rows[3][NEAREST_MAX_LENGTH + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    if (m > NEAREST_MAX_LENGTH || n > NEAREST_MAX_LENGTH)
        return (unsigned)(m > n ? m : n);

    for (unsigned j = 0; j <= n; j++)
        last[j] = j;
    for (unsigned i = 1; i <= m; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            const unsigned cost = fold(a[i - 1]) != fold(b[j - 1]);
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]) && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *const free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[n];
}

void nearest_init(struct nearest *n, const char *word)
{
    *n = (struct nearest){.word = word};
}

void nearest_consider(struct nearest *n, const char *name)
{
    const size_t length = strlen(n->word);
    const unsigned distance = nearest_distance(n->word, name);
    /* A third of the word may be wrong; one letter of a short one, but never all of it. */
    const unsigned allowed = length < 6 ? 1 + (length > 3) : (unsigned)(length / 3);
    const unsigned longer = (unsigned)(length > strlen(name) ? length : strlen(name));
    if (distance <= allowed && distance < longer && (!n->name || distance < n->distance)) {
        n->name = name;
        n->distance = distance;
    }
}

const char *nearest_hint(const struct nearest *n, const char *prefix, char *out, size_t size)
{
    if (n->name)
        snprintf(out, size, "; did you mean '%s%s'?", prefix, n->name);
    else
        snprintf(out, size, "%s", "");
    return out;
}
