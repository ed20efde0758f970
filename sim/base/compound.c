#include "base/compound.h"

#include <stdlib.h>
#include <string.h>

/* Copies a value up to its end, a lone comma or the 0, to *to; returns where it ended. */
static const char *copy_value(const char *from, char **to)
{
    while (*from && (from[0] != ',' || from[1] == ',')) {
        if (*from == ',')
            from++;
        *(*to)++ = *from++;
    }
    *(*to)++ = '\0';
    return from;
}

bool compound_split(const char *text, struct compound *out)
{
    /* A piece's copy is never longer than the piece with its comma or final 0, but for the 0 that
     * replaces "=" - and that stands for one byte too. */
    const size_t length = strlen(text);
    size_t pieces = 1;
    for (const char *p = text; *p; p++)
        pieces += *p == ',';

    *out = (struct compound){.items = calloc(pieces, sizeof *out->items),
                             .storage = malloc(length + 1)};
    if (!out->items || !out->storage) {
        compound_fini(out);
        return false;
    }

    char *to = out->storage;
    const char *from = text;
    while (*from) {
        struct compound_item *item = &out->items[out->count++];
        const size_t key_length = strcspn(from, "=,");
        const bool has_key = from[key_length] == '=' || out->count > 1;
        if (has_key) {
            item->key = to;
            memcpy(to, from, key_length);
            to += key_length;
            *to++ = '\0';
            from += key_length;
        }
        if (!has_key || *from == '=') {
            from += has_key;
            item->value = to;
            from = copy_value(from, &to);
        }
        from += *from == ',';
    }
    return true;
}

void compound_fini(struct compound *c)
{
    free(c->items);
    free(c->storage);
    *c = (struct compound){0};
}

void compound_write(FILE *out, const char *value)
{
    for (; *value; value++) {
        if (*value == ',')
            fputc(',', out);
        fputc(*value, out);
    }
}
