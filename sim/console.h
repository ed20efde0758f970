/*
 * The host's side of the guest's console: a terminal, pipe or file on stdin, and stdout.
 * Nothing here is simulated: what comes in waits in a queue until the loop delivers it.
 */
#ifndef HORNPIPE_CONSOLE_H
#define HORNPIPE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

enum console_kind {
    CONSOLE_NO_INPUT, /* none, or its end was reached */
    CONSOLE_FILE,     /* a regular file: its bytes are there at once, so it is not live */
    CONSOLE_STREAM,   /* a pipe or socket: live */
    CONSOLE_TERMINAL, /* live */
};

enum { CONSOLE_QUEUE_SIZE = 4096, CONSOLE_OUT_SIZE = 4096 };

struct console {
    enum console_kind kind;
    int in_fd, out_fd;   /* out_fd -1: output is dropped */
    bool escape_key;     /* Ctrl-a commands are understood */
    bool escaped;        /* Ctrl-a was typed */
    bool quit;           /* Ctrl-a x was typed */
    bool has_live_bytes; /* something was read from live input */
    bool out_terminal;
    int out_error;     /* errno of a failed write; output is dropped from then on */
    uint8_t last_byte; /* of the output */
    uint8_t queue[CONSOLE_QUEUE_SIZE];
    size_t queue_size;
    uint8_t out[CONSOLE_OUT_SIZE];
    size_t out_size;
};

/*
 * Takes stdin (if `use_input`) and stdout as `serial` says; a terminal goes into raw mode.
 * Pair with console_close(), which flushes and restores.
 */
void console_open(struct console *console, enum run_serial serial, bool use_input);
void console_close(struct console *console);

/* True while input may come at a moment that the host decides. */
bool console_is_live(const struct console *console);

enum console_event {
    CONSOLE_TIMEOUT,
    CONSOLE_INPUT,    /* the queue has grown, or `quit` is set */
    CONSOLE_END,      /* the end of the input was reached */
    CONSOLE_DISTURBED /* a signal came */
};

/*
 * Waits at most `ns` host nanoseconds (0: only looks) for live input and reads it. Without live
 * input, or with a full queue, it only sleeps.
 */
enum console_event console_wait(struct console *console, uint64_t ns);

/* What waits to be delivered; console_take() removes its first `n` bytes. */
size_t console_queued(struct console *console, const uint8_t **bytes);
void console_take(struct console *console, size_t n);

/* Output, unchanged; buffered until console_flush() or until the buffer is full. */
void console_write(struct console *console, const uint8_t *bytes, size_t n);
void console_flush(struct console *console);

#endif
