#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/bits.h"

static const int end_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int job_signals[] = {SIGTSTP, SIGCONT};
static const int crash_signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};

/* Lock-free atomics: a handler may run on any thread. */
static atomic_int end_signal, stop_asked, continued;
static atomic_bool is_raw;

static int raw_fd = -1;
static bool raw_keeps_signals;
static struct termios found, wanted;

enum { SAVED_ACTIONS = ARRAY_SIZE(end_signals) + ARRAY_SIZE(job_signals) + 1 };
static struct sigaction saved_actions[SAVED_ACTIONS];

void terminal_restore(void)
{
    if (atomic_exchange(&is_raw, false))
        tcsetattr(raw_fd, TCSADRAIN, &found);
}

static void on_end(int number)
{
    int none = 0;
    if (!atomic_compare_exchange_strong(&end_signal, &none, number)) {
        terminal_restore();
        _exit(128 + number);
    }
}

static void on_job(int number)
{
    atomic_store(number == SIGTSTP ? &stop_asked : &continued, 1);
}

/* SA_RESETHAND: the default action follows, by the return (abort, a fault) or the raise. */
static void on_crash(int number)
{
    if (atomic_exchange(&is_raw, false))
        tcsetattr(raw_fd, TCSANOW, &found);
    raise(number);
}

static void catch (int number, void (*handler)(int), struct sigaction *saved)
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, saved);
}

static void catch_crashes(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(crash_signals); i++) {
        struct sigaction old;
        struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
        sigemptyset(&action.sa_mask);
        /* A sanitizer that reports crashes keeps its handlers. */
        if (sigaction(crash_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(crash_signals[i], &action, NULL);
    }
}

void terminal_catch_signals(void)
{
    static bool at_exit;
    size_t n = 0;
    atomic_store(&end_signal, 0);
    for (size_t i = 0; i < ARRAY_SIZE(end_signals); i++) {
        struct sigaction old;
        catch (end_signals[i], on_end, &old);
        /* nohup and the shell's `&` rely on what was ignored staying ignored. */
        if (old.sa_handler == SIG_IGN)
            sigaction(end_signals[i], &old, NULL);
        saved_actions[n++] = old;
    }
    for (size_t i = 0; i < ARRAY_SIZE(job_signals); i++)
        catch (job_signals[i], on_job, &saved_actions[n++]);
    catch (SIGPIPE, SIG_IGN, &saved_actions[n++]);
    catch_crashes();
    if (!at_exit)
        atexit(terminal_restore);
    at_exit = true;
}

void terminal_release_signals(void)
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(end_signals); i++)
        sigaction(end_signals[i], &saved_actions[n++], NULL);
    for (size_t i = 0; i < ARRAY_SIZE(job_signals); i++)
        sigaction(job_signals[i], &saved_actions[n++], NULL);
    sigaction(SIGPIPE, &saved_actions[n++], NULL);
}

int terminal_end_signal(void)
{
    return atomic_load_explicit(&end_signal, memory_order_relaxed);
}

/*
 * tcsetattr() from the background would stop the process (SIGTTOU); a terminal that does not
 * control us has no foreground, and cannot.
 */
static bool in_foreground(int fd)
{
    const pid_t foreground = tcgetpgrp(fd);
    return foreground == getpgrp() || (foreground < 0 && errno == ENOTTY);
}

bool terminal_raw(int fd, bool keep_signals)
{
    if (atomic_load(&is_raw))
        return true; /* what was found must not become what we made of it */
    raw_fd = fd;
    raw_keeps_signals = keep_signals;
    if (!in_foreground(fd) || tcgetattr(fd, &found) != 0)
        return false;
    wanted = found;
    cfmakeraw(&wanted);
    wanted.c_oflag |= OPOST;
    if (keep_signals)
        wanted.c_lflag |= ISIG;
    if (tcsetattr(fd, TCSADRAIN, &wanted) != 0)
        return false;
    atomic_store(&is_raw, true);
    return true;
}

bool terminal_service(void)
{
    if (atomic_load_explicit(&stop_asked, memory_order_relaxed)) {
        atomic_store(&stop_asked, 0);
        terminal_restore();
        raise(SIGSTOP);
    }
    if (!atomic_load_explicit(&continued, memory_order_relaxed))
        return false;
    atomic_store(&continued, 0);
    if (raw_fd >= 0) {
        terminal_restore();
        terminal_raw(raw_fd, raw_keeps_signals);
    }
    return true;
}
