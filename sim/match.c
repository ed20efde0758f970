#include "match.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Knuth, Morris, Pratt: one step a byte, so hostile output costs no more than any other. */
enum sim_status match_init(struct match *match, const void *text, size_t size)
{
    assert(size > 0);
    *match = (struct match){.size = size};
    match->text = malloc(size);
    match->back = calloc(size + 1, sizeof *match->back);
    if (!match->text || !match->back) {
        match_fini(match);
        return status_fail(STATUS_NO_MEMORY, "no memory for a text of %zu bytes", size);
    }
    memcpy(match->text, text, size);
    for (size_t i = 1, length = 0; i < size; i++) {
        while (length > 0 && match->text[i] != match->text[length])
            length = match->back[length];
        if (match->text[i] == match->text[length])
            length++;
        match->back[i + 1] = length;
    }
    return STATUS_OK;
}

void match_fini(struct match *match)
{
    free(match->text);
    free(match->back);
    *match = (struct match){0};
}

void match_restart(struct match *match)
{
    match->at = 0;
}

bool match_feed(struct match *match, uint8_t byte)
{
    if (match->at == match->size)
        match->at = match->back[match->at];
    while (match->at > 0 && match->text[match->at] != byte)
        match->at = match->back[match->at];
    if (match->text[match->at] == byte)
        match->at++;
    return match->at == match->size;
}
