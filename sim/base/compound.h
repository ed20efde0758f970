/* Compound option values: key=value,key=value, with ",," for a comma in a value. */
#ifndef HORNPIPE_BASE_COMPOUND_H
#define HORNPIPE_BASE_COMPOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct compound_item {
    const char *key;   /* NULL: the first piece, and it had no "=" */
    const char *value; /* NULL: a later piece without "=" */
};

struct compound {
    struct compound_item *items; /* owned */
    size_t count;
    char *storage; /* owned: what the items point into */
};

/* Splits `text`; every text splits. False when memory is short. Pair with compound_fini(). */
bool compound_split(const char *text, struct compound *out);
void compound_fini(struct compound *c);

/* Writes a value such that compound_split() gives it back: each comma twice. */
void compound_write(FILE *out, const char *value);

#endif
