/* The progress line of a run on stderr, if that is a terminal. */
#ifndef HORNPIPE_PROGRESS_H
#define HORNPIPE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool shown;           /* a line stands on the terminal now */
    bool shares_terminal; /* the console writes to a terminal as well */
    bool console_midline; /* ... and its cursor is not at the start of a line */
    uint64_t clock_hz;
    uint64_t begun_ns, drawn_ns; /* host time */
    uint64_t drawn_icount;
    char line[128]; /* being written by the guest */
    size_t line_size;
    char last_line[128]; /* last finished one that was not empty */
    unsigned escape;     /* inside a terminal's escape sequence: see progress_console() */
};

/* False, and nothing will be shown, if stderr is no terminal. */
bool progress_init(struct progress *progress, uint64_t clock_hz, bool console_on_terminal);

/* The guest wrote to its console. */
void progress_console(struct progress *progress, const uint8_t *bytes, size_t n);

/* Redraws the line at most five times a second. */
void progress_update(struct progress *progress, uint64_t icount, uint64_t cycle);

/* Takes the line away, before something else is written to the terminal. */
void progress_clear(struct progress *progress);

#endif
