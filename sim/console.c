/* ppoll() */
#define _GNU_SOURCE
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "terminal.h"

#define ESCAPE_KEY 1 /* Ctrl-a */

static const char help_text[] = "\r\n"
                                "Ctrl-a h       this help\r\n"
                                "Ctrl-a x       end the run\r\n"
                                "Ctrl-a Ctrl-a  send Ctrl-a to the guest\r\n";

static enum console_kind kind_of(int fd)
{
    struct stat st;
    if (isatty(fd))
        return CONSOLE_TERMINAL;
    if (fstat(fd, &st) != 0)
        return CONSOLE_NO_INPUT;
    if (S_ISREG(st.st_mode))
        return CONSOLE_FILE;
    return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? CONSOLE_STREAM : CONSOLE_NO_INPUT;
}

static void take_terminal(struct console *console)
{
    const bool raw = terminal_raw(console->in_fd, !console->escape_key);
    console->kind = raw ? CONSOLE_TERMINAL : CONSOLE_NO_INPUT;
}

void console_open(struct console *console, enum run_serial serial, bool use_input)
{
    const bool connected = serial == SERIAL_MON_STDIO || serial == SERIAL_STDIO;
    *console = (struct console){.in_fd = -1, .out_fd = -1, .last_byte = '\n'};
    if (!connected)
        return;
    console->out_fd = STDOUT_FILENO;
    console->out_terminal = isatty(STDOUT_FILENO);
    /* A scripted run reads no keys; the terminal stays as it is, Ctrl-c included. */
    if (!use_input)
        return;
    console->in_fd = STDIN_FILENO;
    console->kind = kind_of(STDIN_FILENO);
    console->escape_key = console->kind == CONSOLE_TERMINAL && serial == SERIAL_MON_STDIO;
    if (console->kind == CONSOLE_TERMINAL)
        take_terminal(console);
}

void console_close(struct console *console)
{
    console_flush(console);
    terminal_restore();
}

bool console_is_live(const struct console *console)
{
    return console->kind == CONSOLE_STREAM || console->kind == CONSOLE_TERMINAL;
}

/* A terminal's type-ahead beyond the queue is lost, so that Ctrl-a x is always heard. */
static void enqueue(struct console *console, uint8_t byte)
{
    if (console->queue_size < CONSOLE_QUEUE_SIZE)
        console->queue[console->queue_size++] = byte;
}

static void accept_key(struct console *console, uint8_t byte)
{
    if (!console->escaped) {
        if (byte == ESCAPE_KEY)
            console->escaped = true;
        else
            enqueue(console, byte);
        return;
    }
    console->escaped = false;
    if (byte == 'x')
        console->quit = true;
    else if (byte == 'h' || byte == '?')
        console_write(console, (const uint8_t *)help_text, sizeof help_text - 1);
    else if (byte == ESCAPE_KEY)
        enqueue(console, byte);
}

/* Reads once; the descriptor is readable, or a regular file. False at the end of the input. */
static bool read_input(struct console *console)
{
    uint8_t bytes[512];
    size_t room = CONSOLE_QUEUE_SIZE - console->queue_size;
    if (console->kind == CONSOLE_TERMINAL || room > sizeof bytes)
        room = sizeof bytes;
    const ssize_t n = read(console->in_fd, bytes, room);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n <= 0) {
        console->kind = CONSOLE_NO_INPUT;
        return false;
    }
    console->has_live_bytes |= console_is_live(console);
    for (ssize_t i = 0; i < n; i++) {
        if (console->escape_key)
            accept_key(console, bytes[i]);
        else
            enqueue(console, bytes[i]);
    }
    return true;
}

enum console_event console_wait(struct console *console, uint64_t ns)
{
    const bool full = console->queue_size == CONSOLE_QUEUE_SIZE;
    const bool listen = console_is_live(console) && !(full && console->kind == CONSOLE_STREAM);
    struct pollfd fd = {.fd = listen ? console->in_fd : -1, .events = POLLIN};
    const struct timespec timeout = {.tv_sec = (time_t)(ns / 1000000000),
                                     .tv_nsec = (long)(ns % 1000000000)};
    if (terminal_end_signal())
        return CONSOLE_DISTURBED;
    const int ready = ppoll(&fd, 1, &timeout, NULL);
    if (terminal_service() && console->in_fd >= 0 && isatty(console->in_fd))
        take_terminal(console);
    if (ready < 0)
        return CONSOLE_DISTURBED;
    if (ready == 0)
        return CONSOLE_TIMEOUT;
    const size_t before = console->queue_size;
    if (!read_input(console))
        return CONSOLE_END;
    return console->queue_size > before || console->quit ? CONSOLE_INPUT : CONSOLE_DISTURBED;
}

size_t console_queued(struct console *console, const uint8_t **bytes)
{
    while (console->kind == CONSOLE_FILE && console->queue_size == 0)
        read_input(console);
    *bytes = console->queue;
    return console->queue_size;
}

void console_take(struct console *console, size_t n)
{
    console->queue_size -= n;
    memmove(console->queue, console->queue + n, console->queue_size);
}

void console_write(struct console *console, const uint8_t *bytes, size_t n)
{
    if (console->out_fd < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        if (console->out_size == CONSOLE_OUT_SIZE)
            console_flush(console);
        console->out[console->out_size++] = bytes[i];
        console->last_byte = bytes[i];
    }
}

/* Waits for a slow reader; false if the run is asked to end meanwhile, or on an error. */
static bool wait_writable(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    const int n = poll(&ready, 1, 250);
    return (n >= 0 || errno == EINTR) && !terminal_end_signal();
}

void console_flush(struct console *console)
{
    size_t done = 0;
    while (done < console->out_size && !console->out_error) {
        const ssize_t n = write(console->out_fd, console->out + done, console->out_size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno == EINTR && !terminal_end_signal())
            continue;
        else if (n < 0 && errno == EAGAIN && wait_writable(console->out_fd))
            continue;
        else if (terminal_end_signal())
            break;
        else
            console->out_error = n < 0 ? errno : EIO;
    }
    console->out_size = 0;
}
