/*
 * Init of the benches of engines.sh: runs the programs that its arguments name, "program" or
 * "program:argument", one after the other, and powers the machine off.
 */
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char *program, char *argument)
{
    char path[64];
    int status;
    char *const arguments[] = {path, argument, NULL};
    snprintf(path, sizeof path, "/%s", program);
    const pid_t child = fork();
    if (child == 0) {
        execv(path, arguments);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(int argc, char **argv)
{
    printf("\nbench boot end\n");
    fflush(stdout);
    for (int i = 1; i < argc; i++) {
        char *const argument = strchr(argv[i], ':');
        if (argument)
            *argument = '\0';
        if (!run(argv[i], argument ? argument + 1 : NULL))
            printf("bench failed: %s\n", argv[i]);
    }
    printf("bench all done\n");
    fflush(stdout);
    return reboot(RB_POWER_OFF);
}
