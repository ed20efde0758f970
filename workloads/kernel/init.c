/*
 * The first process of the small initrds (initrd.sh): runs every program of /tests in the order of
 * their names, tells how each ended, and powers off. What the kernel's command line may say to it:
 * run=NAME[,NAME]... (only those), shell (a shell instead, if there is /bin/busybox).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char command_line[2048];

/* Makes the file systems that programs expect; what fails is told and lived with. */
static void mount_all(void)
{
    static const char *const places[][2] = {
        {"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        mkdir(places[i][1], 0755);
        if (mount(places[i][0], places[i][1], places[i][0], 0, NULL))
            perror(places[i][1]);
    }
}

static void read_command_line(void)
{
    const int file = open("/proc/cmdline", O_RDONLY);
    const ssize_t size = file < 0 ? 0 : read(file, command_line, sizeof command_line - 1);
    command_line[size < 0 ? 0 : size] = 0;
    if (file >= 0)
        close(file);
}

/* The word of the command line that begins so, behind that; NULL if there is none. */
static const char *option(const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = strtok(command_line, " \n"); at; at = strtok(NULL, " \n"))
        if (!strncmp(at, name, length))
            return at + length;
    return NULL;
}

static int is_named(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (!strncmp(at, name, length) && (at[length] == ',' || !at[length]))
            return 1;
    return 0;
}

/* Runs a program to its end and tells how it ended. */
static void run(const char *name)
{
    char path[300];
    int status = 0;
    snprintf(path, sizeof path, "/tests/%s", name);
    printf("== %s\n", name);
    const pid_t child = fork();
    if (child == 0) {
        execl(path, path, (char *)NULL);
        perror(path);
        _exit(126);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        perror("waitpid");
    else if (WIFSIGNALED(status))
        printf("-- %s: signal %d\n", name, WTERMSIG(status));
    else
        printf("-- %s: status %d\n", name, WEXITSTATUS(status));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    mount_all();
    read_command_line();
    const char *const chosen = option("run=");
    read_command_line();
    if (option("shell")) {
        execl("/bin/busybox", "sh", (char *)NULL);
        perror("/bin/busybox");
    }
    struct dirent **names;
    const int count = scandir("/tests", &names, NULL, alphasort);
    for (int i = 0; i < count; i++)
        if (names[i]->d_name[0] != '.' && (!chosen || is_named(chosen, names[i]->d_name)))
            run(names[i]->d_name);
    puts("== all run");
    sync();
    reboot(RB_POWER_OFF);
    perror("reboot");
    return 1;
}
