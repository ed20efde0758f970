#define _GNU_SOURCE /* memfd_create() */
#include "lockstep_repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"
#include "terminal.h"

/* Questions about one difference: each answer is a shorter or an earlier range. */
enum { QUESTIONS_MAX = 32, REPORT_MAX = 1 << 20 };

struct answer {
    enum lockstep_found found;
    struct lockstep_difference range;
    size_t report_size; /* bytes that follow */
};

/* -- Messages: whole or not at all -- */

static bool send_all(int fd, const void *bytes, size_t n)
{
    for (const char *at = bytes; n;) {
        const ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* A signal that ends the run ends it too. */
static bool receive_all(int fd, void *bytes, size_t n)
{
    for (char *at = bytes; n;) {
        const ssize_t got = recv(fd, at, n, 0);
        if (got < 0 && errno == EINTR && !terminal_end_signal())
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

/* -- The process that waits, and those that repeat the run for it -- */

static void ignore_log(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

/* Dies with `parent`; what a terminal sends to all of a job is the parent's affair. */
static void be_silent(pid_t parent)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGPIPE};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    log_set_sink(ignore_log, NULL);
}

static void take_streams(void)
{
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
}

static void answer(int fd, lockstep_repeat_fn *run, void *ctx,
                   const struct lockstep_difference *asked)
{
    struct lockstep_find find = {.asked = *asked};
    run(ctx, &find);
    const struct answer a = {.found = find.found,
                             .range = find.range,
                             .report_size = find.report ? strlen(find.report) : 0};
    if (send_all(fd, &a, sizeof a))
        send_all(fd, find.report, a.report_size);
    free(find.report);
}

static void serve(int fd, lockstep_repeat_fn *run, void *ctx)
{
    struct lockstep_difference asked;
    int status;
    while (receive_all(fd, &asked, sizeof asked)) {
        const pid_t self = getpid();
        const pid_t pid = fork();
        if (pid == 0) {
            be_silent(self);
            answer(fd, run, ctx, &asked);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
            return;
    }
}

/* -- The run that asks -- */

enum sim_status lockstep_repeat_open(struct lockstep_repeat *repeat, lockstep_repeat_fn *run,
                                     void *ctx)
{
    const pid_t self = getpid();
    int fds[2];
    *repeat = (struct lockstep_repeat){.fd = -1, .inputs = -1};
    RETURN_IF(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0, STATUS_IO,
              "--engine lockstep: no socket: %s", strerror(errno));
    repeat->inputs = memfd_create("inputs", MFD_CLOEXEC);
    const pid_t pid = repeat->inputs < 0 ? -1 : fork();
    if (pid == 0) {
        close(fds[0]);
        be_silent(self);
        take_streams();
        serve(fds[1], run, ctx);
        _exit(0);
    }
    const int error = errno;
    close(fds[1]);
    repeat->server = pid;
    repeat->fd = fds[0];
    if (pid < 0) {
        lockstep_repeat_close(repeat);
        return status_fail(STATUS_IO, "--engine lockstep: no process to repeat the run: %s",
                           strerror(error));
    }
    return STATUS_OK;
}

struct noted {
    uint64_t icount, cycle, size;
};

void lockstep_repeat_input(const struct lockstep_repeat *repeat, uint64_t icount, uint64_t cycle,
                           const void *bytes, size_t n)
{
    const struct noted noted = {.icount = icount, .cycle = cycle, .size = n};
    if (repeat->fd < 0 || n == 0)
        return;
    if (write(repeat->inputs, &noted, sizeof noted) != (ssize_t)sizeof noted ||
        write(repeat->inputs, bytes, n) != (ssize_t)n)
        log_debug("lockstep: an input could not be noted: %s", strerror(errno));
}

enum sim_status lockstep_repeat_load(const struct lockstep_repeat *repeat, struct replay *replay)
{
    struct noted noted;
    char bytes[CONSOLE_QUEUE_SIZE];
    off_t at = 0;
    while (pread(repeat->inputs, &noted, sizeof noted, at) == (ssize_t)sizeof noted) {
        at += (off_t)sizeof noted;
        if (noted.size > sizeof bytes ||
            pread(repeat->inputs, bytes, noted.size, at) != (ssize_t)noted.size)
            return STATUS_IO;
        at += (off_t)noted.size;
        TRY(replay_add(replay, noted.icount, noted.cycle, INPUT_CONSOLE, bytes, noted.size));
    }
    return STATUS_OK;
}

static bool ask(int fd, const struct lockstep_difference *asked, struct answer *a, char **report)
{
    *report = NULL;
    if (!send_all(fd, asked, sizeof *asked) || !receive_all(fd, a, sizeof *a))
        return false;
    if (a->report_size == 0)
        return true;
    if (a->report_size > REPORT_MAX || !(*report = calloc(1, a->report_size + 1)))
        return false;
    return receive_all(fd, *report, a->report_size);
}

static bool is_progress(const struct lockstep_difference *from,
                        const struct lockstep_difference *to)
{
    return to->upto < from->upto || to->upto - to->after < from->upto - from->after;
}

char *lockstep_repeat_ask(struct lockstep_repeat *repeat, const struct lockstep_difference *asked)
{
    struct lockstep_difference now = *asked;
    for (unsigned i = 0; i < QUESTIONS_MAX && repeat->fd >= 0; i++) {
        struct answer a;
        char *report;
        if (!ask(repeat->fd, &now, &a, &report)) {
            free(report);
            log_warning("lockstep: the repetition of the run failed");
            return NULL;
        }
        if (a.found == LOCKSTEP_FOUND_PLACE)
            return report;
        free(report);
        if (a.found == LOCKSTEP_FOUND_NOTHING || !is_progress(&now, &a.range))
            break;
        now = a.range;
    }
    log_warning("lockstep: a repetition of the run does not show where the difference comes from");
    return NULL;
}

void lockstep_repeat_close(struct lockstep_repeat *repeat)
{
    if (repeat->fd < 0)
        return;
    close(repeat->fd);
    repeat->fd = -1;
    if (repeat->inputs >= 0)
        close(repeat->inputs);
    if (repeat->server > 0) {
        kill(repeat->server, SIGKILL);
        while (waitpid(repeat->server, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}
