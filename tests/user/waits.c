/* Time passes only as the program lets it: sleeps, alarms and timeouts end when they should. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile int alarms;

static void handler(int number)
{
    (void)number;
    alarms++;
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* About `ns` have passed since `begin`. */
#define PASSED(begin, ns) (now() - (begin) >= (ns) && now() - (begin) < (ns) + 1000000)

int main(void)
{
    int pipes[2];
    uint64_t begin = now();
    struct timespec left = {0};
    CHECK(usleep(250000) == 0 && PASSED(begin, 250000000));
    signal(SIGALRM, handler);
    begin = now();
    alarm(3);
    FAILS(pause(), EINTR);
    CHECK(alarms == 1 && PASSED(begin, 3000000000));
    begin = now();
    alarm(2);
    FAILS(nanosleep(&(struct timespec){5, 0}, &left), EINTR);
    CHECK(alarms == 2 && PASSED(begin, 2000000000) && left.tv_sec == 3 && left.tv_nsec < 10000000);
    const struct itimerval timer = {.it_interval = {0, 100000}, .it_value = {0, 100000}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    begin = now();
    while (alarms < 12)
        pause();
    CHECK(PASSED(begin, 1000000000));
    /* Running, not waiting: the timer comes all the same. */
    for (volatile long i = 0; alarms < 13 && i < 1000000000; i++)
        ;
    CHECK(alarms == 13);
    CHECK(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL) == 0);
    CHECK(pipe(pipes) == 0);
    struct pollfd fd = {.fd = pipes[0], .events = POLLIN};
    begin = now();
    CHECK(poll(&fd, 1, 50) == 0 && PASSED(begin, 50000000));
    CHECK(write(pipes[1], "x", 1) == 1 && poll(&fd, 1, -1) == 1 && fd.revents == POLLIN);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipes[0], &set);
    CHECK(select(pipes[0] + 1, &set, NULL, NULL, NULL) == 1 && FD_ISSET(pipes[0], &set));
    CHECK(clock() >= 0 && time(NULL) >= 1767225600);
    return finish();
}
