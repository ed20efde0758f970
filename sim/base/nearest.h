/* The nearest of some names to a word that is none of them, for "did you mean". */
#ifndef HORNPIPE_BASE_NEAREST_H
#define HORNPIPE_BASE_NEAREST_H

#include <stddef.h>

enum { NEAREST_MAX_LENGTH = 63 }; /* longer words and names are near to nothing */

struct nearest {
    const char *word;
    const char *name; /* the best so far, or NULL: none is near */
    unsigned distance;
};

void nearest_init(struct nearest *n, const char *word);
void nearest_consider(struct nearest *n, const char *name);

/* Edits (insert, delete, replace, swap neighbours), letter case apart, that turn a into b. */
unsigned nearest_distance(const char *a, const char *b);

/* "; did you mean 'NAME'?" into `out`, or "" when nothing is near. Returns `out`. */
const char *nearest_hint(const struct nearest *n, const char *prefix, char *out, size_t size);

#endif
