/* Finds a text in a stream of bytes, whatever pieces the stream arrives in. */
#ifndef HORNPIPE_MATCH_H
#define HORNPIPE_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct match {
    uint8_t *text; /* owned */
    size_t *back;  /* owned: matched length to go on with after a mismatch */
    size_t size;
    size_t at; /* bytes of the text that the stream ends with now */
};

/* Copies text[0..size-1], at least one byte. STATUS_NO_MEMORY. Pair with match_fini(). */
enum sim_status match_init(struct match *match, const void *text, size_t size);
void match_fini(struct match *match);

/* Forgets the stream so far. */
void match_restart(struct match *match);

/* True if the text ends with this byte. Overlapping occurrences are found too. */
bool match_feed(struct match *match, uint8_t byte);

#endif
