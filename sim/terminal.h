/*
 * What a run does to the process: the terminal's raw mode, and signals. There is one of each in a
 * process, so this state is the process's. Handlers only set flags, but for those of a crash, which
 * give the terminal back.
 */
#ifndef HORNPIPE_TERMINAL_H
#define HORNPIPE_TERMINAL_H

#include <stdbool.h>

/* Takes over INT, TERM, HUP, QUIT, TSTP, CONT, PIPE and the crash signals. Pair the two. */
void terminal_catch_signals(void);
void terminal_release_signals(void);

/* The signal that asked the run to end, or 0. A second one ends the process at once. */
int terminal_end_signal(void);

/*
 * Puts the terminal `fd` into raw mode (output processing stays on; `keep_signals`: so do the keys
 * that send signals). False: this process is in the background and the terminal is left alone;
 * terminal_service() tries again once it comes to the foreground.
 */
bool terminal_raw(int fd, bool keep_signals);

/* Gives the terminal back as it was found. Any number of times. */
void terminal_restore(void);

/*
 * Acts on a request to stop or to go on after one; cheap when there is none. True when this
 * process has just come back, so the terminal may have changed.
 */
bool terminal_service(void);

#endif
