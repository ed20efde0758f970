#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "lockstep_repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* Of a file as it is now, from where it is read: the original's offset moves on. */
static int reopen_file(int fd)
{
    struct stat st;
    char path[32];
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const off_t at = lseek(fd, 0, SEEK_CUR);
    const int own = open(path, O_RDONLY | O_CLOEXEC);
    if (own >= 0 && lseek(own, at, SEEK_SET) < 0) {
        close(own);
        return -1;
    }
    return own;
}

static void take_streams(int input)
{
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(input >= 0 ? input : nothing, STDIN_FILENO);
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
    *repeat = (struct lockstep_repeat){.fd = -1};
    RETURN_IF(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0, STATUS_IO,
              "--engine lockstep: no socket: %s", strerror(errno));
    const int input = reopen_file(STDIN_FILENO);
    const pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        be_silent(self);
        take_streams(input);
        serve(fds[1], run, ctx);
        _exit(0);
    }
    if (input >= 0)
        close(input);
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return status_fail(STATUS_IO, "--engine lockstep: no process: %s", strerror(errno));
    }
    *repeat = (struct lockstep_repeat){.server = pid, .fd = fds[0]};
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
    if (repeat->server > 0) {
        kill(repeat->server, SIGKILL);
        while (waitpid(repeat->server, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}
