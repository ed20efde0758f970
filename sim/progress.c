#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_NS UINT64_C(200000000)

static uint64_t host_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool progress_init(struct progress *progress, uint64_t clock_hz, bool console_on_terminal)
{
    *progress = (struct progress){.clock_hz = clock_hz, .shares_terminal = console_on_terminal};
    progress->begun_ns = progress->drawn_ns = host_ns();
    return isatty(STDERR_FILENO);
}

/* Control bytes and escape sequences would play with the terminal that shows the line. */
static void add_byte(struct progress *progress, uint8_t byte)
{
    enum { TEXT, AFTER_ESC, IN_CSI };
    if (progress->escape == AFTER_ESC) {
        progress->escape = byte == '[' ? IN_CSI : TEXT;
    } else if (progress->escape == IN_CSI) {
        if (byte >= 0x40 && byte <= 0x7e)
            progress->escape = TEXT;
    } else if (byte == 0x1b) {
        progress->escape = AFTER_ESC;
    } else if (byte == '\n' || byte == '\r') {
        progress->line[progress->line_size] = 0;
        if (progress->line_size > 0)
            memcpy(progress->last_line, progress->line, sizeof progress->line);
        progress->line_size = 0;
    } else if (byte >= ' ' && byte < 0x7f && progress->line_size + 1 < sizeof progress->line) {
        progress->line[progress->line_size++] = (char)byte;
    }
}

void progress_console(struct progress *progress, const uint8_t *bytes, size_t n)
{
    if (progress->shares_terminal)
        progress_clear(progress);
    for (size_t i = 0; i < n; i++)
        add_byte(progress, bytes[i]);
    progress->console_midline = n > 0 && bytes[n - 1] != '\n';
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void progress_update(struct progress *progress, uint64_t icount, uint64_t cycle)
{
    char text[300];
    const uint64_t now = host_ns(), since = now - progress->drawn_ns;
    if (since < REDRAW_NS || (progress->shares_terminal && progress->console_midline))
        return;
    const double mips = (double)(icount - progress->drawn_icount) * 1e3 / (double)since;
    const int n = snprintf(text, sizeof text, "%.1f M instructions  %.0f MIPS  %.3f s  | %s",
                           (double)icount / 1e6, mips, (double)cycle / (double)progress->clock_hz,
                           progress->last_line);
    const int room = terminal_columns() - 1;
    fprintf(stderr, "\r%.*s\x1b[K", n < room ? n : room, text);
    fflush(stderr);
    progress->shown = true;
    progress->drawn_ns = now;
    progress->drawn_icount = icount;
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\x1b[K", stderr);
    fflush(stderr);
    progress->shown = false;
}
