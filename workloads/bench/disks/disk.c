/*
 * A bench of a disk in a booted guest: sequential and random reads and writes with O_DIRECT, by one
 * thread, one request at a time. Each part stands between two lines that a measuring host sees;
 * with "count" there is a third, with the instructions that the processor counted.
 *
 * usage: disk DEVICE MIB [count]    as init, which powers the machine off at the end
 */
#define _GNU_SOURCE /* O_DIRECT */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SEQUENTIAL = 256 * 1024, RANDOM = 4096, ALIGNMENT = 65536 };

static int counter = -1;

/* All of CPU 0, whoever runs there. */
static void open_counter(void)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_HARDWARE, .size = sizeof attr, .config = PERF_COUNT_HW_INSTRUCTIONS};
    counter = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
}

static uint64_t instructions(void)
{
    uint64_t count = 0;
    if (counter >= 0 && read(counter, &count, sizeof count) != sizeof count)
        count = 0;
    return count;
}

static void fail(const char *what)
{
    perror(what);
    reboot(RB_POWER_OFF);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

/* Moves `bytes` in pieces of `size`; the places are the same in every run. */
static void part(const char *name, int fd, uint8_t *buffer, bool write, size_t size, bool random,
                 uint64_t bytes, uint64_t room)
{
    uint64_t state = 1;
    printf("\nbench %s begin\n", name);
    fflush(stdout);
    const uint64_t before = instructions();
    for (uint64_t done = 0; done < bytes; done += size) {
        const uint64_t at = random ? next_random(&state) % (room / size) * size : done % room;
        const ssize_t n =
            write ? pwrite(fd, buffer, size, (off_t)at) : pread(fd, buffer, size, (off_t)at);
        if (n != (ssize_t)size)
            fail(name);
    }
    const uint64_t after = instructions();
    printf("bench %s end\n", name);
    if (counter >= 0)
        printf("counted %s %" PRIu64 "\n", name, after - before);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const int fd = argc >= 3 ? open(argv[1], O_RDWR | O_DIRECT) : -1;
    const uint64_t bytes = argc >= 3 ? strtoull(argv[2], NULL, 0) << 20 : 0;
    uint8_t *const buffer = aligned_alloc(ALIGNMENT, SEQUENTIAL);
    if (fd < 0 || !buffer)
        fail("disk");
    const uint64_t room = (uint64_t)lseek(fd, 0, SEEK_END);
    if (argc == 4)
        open_counter();
    memset(buffer, 0x5a, SEQUENTIAL);
    part("warm", fd, buffer, false, RANDOM, true, bytes / 32, room);
    part("seq-read", fd, buffer, false, SEQUENTIAL, false, bytes, room);
    part("seq-write", fd, buffer, true, SEQUENTIAL, false, bytes, room);
    part("rand-read", fd, buffer, false, RANDOM, true, bytes / 8, room);
    part("rand-write", fd, buffer, true, RANDOM, true, bytes / 8, room);
    printf("bench all done\n");
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 0;
}
