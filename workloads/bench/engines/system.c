/*
 * What the kernel is asked for: system getpid|fork|exec. A call that does nothing; a process that
 * ends at once; a process that executes a small program, which is this one without arguments.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../fp/bench.h"

enum { CALLS = 1500000, FORKS = 2500, EXECS = 900 };

static long calls(long n)
{
    long sum = 0;
    for (long i = 0; i < n; i++)
        sum += syscall(SYS_getpid) > 0;
    return sum;
}

static long processes(long n, const char *program)
{
    char *const none[] = {NULL};
    long ended = 0;
    for (long i = 0; i < n; i++) {
        int status;
        const pid_t child = fork();
        if (child == 0) {
            if (program)
                execve(program, none, none);
            _exit(program ? 1 : 0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
            exit(1);
        ended += status == 0;
    }
    return ended;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 0;
    const char *const what = argv[1];
    const long repeats = argc > 2 ? strtol(argv[2], NULL, 0) : 0;
    long done;
    bench_begin(what);
    if (strcmp(what, "getpid") == 0)
        done = calls(repeats ? repeats : CALLS);
    else if (strcmp(what, "fork") == 0)
        done = processes(repeats ? repeats : FORKS, NULL);
    else
        done = processes(repeats ? repeats : EXECS, argv[0]);
    printf("result %s %ld\n", what, done);
    return bench_end(what);
}
