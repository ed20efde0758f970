/*
 * fork, exec, pipes, shared memory, signals between processes, sockets, System V IPC, files, and a
 * child that is stepped instruction by instruction.
 * builds: 64 32
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../user/check.h"

static int wait_for(pid_t child)
{
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

/* A chain of children hands a sum around through pipes. */
static void check_pipes(void)
{
    enum { CHILDREN = 10 };
    int first[2], in;
    CHECK(!pipe(first));
    in = first[0];
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        int out[2];
        CHECK(!pipe(out));
        if (!(children[i] = fork())) {
            uint32_t number;
            close(first[1]);
            while (read(in, &number, sizeof number) == sizeof number) {
                number = number * 3 + (uint32_t)i;
                if (write(out[1], &number, sizeof number) != sizeof number)
                    _exit(1);
            }
            _exit(i);
        }
        close(out[1]);
        close(in);
        in = out[0];
    }
    for (uint32_t n = 0; n < 50; n++) {
        uint32_t got = 0, expected = n;
        CHECK(write(first[1], &n, sizeof n) == sizeof n);
        CHECK(read(in, &got, sizeof got) == sizeof got);
        for (uint32_t i = 0; i < CHILDREN; i++)
            expected = expected * 3 + i;
        CHECK(got == expected);
    }
    close(first[1]);
    for (int i = 0; i < CHILDREN; i++)
        CHECK(wait_for(children[i]) == i << 8);
    close(in);
}

static void check_exec(const char *program)
{
    setenv("INHERITED", "some text", 1);
    const pid_t child = fork();
    if (!child) {
        execl(program, "again", "one", "", "three", (char *)NULL);
        _exit(126);
    }
    CHECK(wait_for(child) == 42 << 8);
    const pid_t killed = fork();
    if (!killed) {
        pause();
        _exit(0);
    }
    CHECK(!kill(killed, SIGKILL));
    CHECK(wait_for(killed) == SIGKILL);
    const pid_t light = vfork();
    if (!light)
        _exit(9);
    CHECK(wait_for(light) == 9 << 8);
}

static int after_exec(int count, char **arguments)
{
    const char *text = getenv("INHERITED");
    return count == 4 && !strcmp(arguments[1], "one") && !*arguments[2] &&
                   !strcmp(arguments[3], "three") && text && !strcmp(text, "some text")
               ? 42
               : 1;
}

/* Memory is private or shared as asked, pages are copied when written, and come and go. */
static void check_memory(void)
{
    enum { PAGES = 64 };
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = PAGES * page;
    const int anonymous = MAP_ANONYMOUS;
    uint32_t *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | anonymous, -1, 0);
    uint32_t *mine = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous, -1, 0);
    CHECK(shared != MAP_FAILED && mine != MAP_FAILED);
    const size_t words = page / sizeof *mine;
    for (size_t i = 0; i < PAGES; i++)
        mine[i * words] = shared[i * words] = (uint32_t)i;
    const pid_t child = fork();
    if (!child) {
        for (size_t i = 0; i < PAGES; i++)
            mine[i * words] = shared[i * words] = mine[i * words] + 1000;
        _exit(0);
    }
    CHECK(wait_for(child) == 0);
    for (uint32_t i = 0; i < PAGES; i++)
        CHECK(mine[i * words] == i && shared[i * words] == i + 1000);
    CHECK(!madvise(mine, size, MADV_DONTNEED) && mine[words] == 0);
    mine = mremap(mine, size, 2 * size, MREMAP_MAYMOVE);
    CHECK(mine != MAP_FAILED && mine[2 * PAGES * words - 1] == 0);
    CHECK(!mprotect(mine, size, PROT_READ) && !munmap(mine, 2 * size) && !munmap(shared, size));
    struct rusage use;
    CHECK(!getrusage(RUSAGE_SELF, &use) && use.ru_minflt > PAGES);
}

static void check_files(void)
{
    char name[] = "/tmp/file-XXXXXX", text[32] = "";
    const int file = mkstemp(name);
    CHECK(file >= 0);
    const off64_t far = 0x123456789aLL;
    CHECK(pwrite64(file, "far away", 8, far) == 8);
    CHECK(pread64(file, text, 8, far) == 8 && !strcmp(text, "far away"));
    struct stat64 about;
    CHECK(!fstat64(file, &about) && about.st_size == far + 8 && S_ISREG(about.st_mode));
    CHECK(lseek64(file, -8, SEEK_END) == far && !ftruncate64(file, far + 3));
    CHECK(read(file, text, 8) == 3);
    struct iovec parts[] = {{"ab", 2}, {"", 0}, {"cde", 3}};
    CHECK(!ftruncate64(file, 0) && pwritev(file, parts, 3, 1) == 5);
    CHECK(pread64(file, text, 32, 0) == 6 && !memcmp(text, "\0abcde", 6));
    char *mapped = mmap(NULL, 6, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(mapped != MAP_FAILED);
    mapped[0] = 'X';
    CHECK(pread64(file, text, 1, 0) == 1 && text[0] == 'X');
    CHECK(!unlink(name) && !close(file));
    FAILS(open(name, O_RDONLY), ENOENT);
    struct utsname names;
    CHECK(!uname(&names) && !strcmp(names.machine, "ppc64"));
}

static void check_sockets(void)
{
    int pair[2], sent, got = -1;
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK((sent = open("/proc/self/cmdline", O_RDONLY)) >= 0);
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec byte = {"x", 1};
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &sent, sizeof sent);
    CHECK(sendmsg(pair[0], &message, 0) == 1);
    char room;
    byte.iov_base = &room;
    memset(&control, 0, sizeof control);
    CHECK(recvmsg(pair[1], &message, 0) == 1 && room == 'x');
    memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
    CHECK(got > 2 && got != sent && read(got, &room, 1) == 1 && room == '/');
}

static void check_system_v(void)
{
    const int segment = shmget(IPC_PRIVATE, 70000, IPC_CREAT | 0600);
    volatile uint32_t *memory = shmat(segment, NULL, 0);
    CHECK(segment >= 0 && memory != (void *)-1);
    const int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    const int semaphores = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
    CHECK(queue >= 0 && semaphores >= 0);
    struct {
        long type;
        char text[16];
    } message = {7, "a message"};
    const pid_t child = fork();
    if (!child) {
        struct sembuf up = {0, 1, 0};
        memory[17000] = 0x12345678;
        _exit(msgsnd(queue, &message, 10, 0) || semop(semaphores, &up, 1));
    }
    struct sembuf down = {0, -1, 0};
    CHECK(!semop(semaphores, &down, 1));
    memset(&message, 0, sizeof message);
    CHECK(msgrcv(queue, &message, sizeof message.text, 7, 0) == 10);
    CHECK(message.type == 7 && !strcmp(message.text, "a message") && memory[17000] == 0x12345678);
    CHECK(wait_for(child) == 0);
    struct shmid_ds about;
    CHECK(!shmctl(segment, IPC_STAT, &about) && about.shm_segsz == 70000 && about.shm_nattch == 1);
    CHECK(!shmctl(segment, IPC_RMID, NULL) && !msgctl(queue, IPC_RMID, NULL));
    CHECK(!semctl(semaphores, 0, IPC_RMID));
}

/* The child counts in r14; its parent steps it, and sees each instruction once. */
static void check_steps(void)
{
    const pid_t child = fork();
    if (!child) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        __asm__ volatile("li 14,0\n .rept 40\n addi 14,14,1\n .endr\n trap" ::: "r14");
        _exit(1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
    int counted = 0, steps = 0;
    long last = -1;
    while (counted < 40 && steps++ < 3000) {
        CHECK(!ptrace(PTRACE_SINGLESTEP, child, 0, 0));
        CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
        const long value = ptrace(PTRACE_PEEKUSER, child, (void *)(14 * sizeof(long)), 0);
        counted = last >= 0 && value == last + 1 ? counted + 1 : 0;
        last = value;
    }
    CHECK(counted == 40 && last == 40);
    CHECK(!ptrace(PTRACE_CONT, child, 0, 0) && waitpid(child, &status, 0) == child);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
    const long word_at = ptrace(PTRACE_PEEKUSER, child, (void *)(32 * sizeof(long)), 0);
    const unsigned long word = (unsigned long)ptrace(PTRACE_PEEKTEXT, child, (void *)word_at, 0);
    CHECK(word >> (8 * sizeof(long) - 32) == 0x7fe00008);
    CHECK(!ptrace(PTRACE_KILL, child, 0, 0) && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
}

int main(int count, char **arguments)
{
    if (count > 1)
        return after_exec(count, arguments);
    check_pipes();
    check_exec(arguments[0]);
    check_memory();
    check_files();
    check_sockets();
    check_system_v();
    check_steps();
    return finish();
}
