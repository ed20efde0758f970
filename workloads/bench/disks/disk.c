/*
 * A bench of a disk in a booted guest: sequential and random reads and writes with O_DIRECT, by one
 * thread, one request at a time. Each part stands between two lines that a measuring host sees.
 *
 * usage: disk DEVICE MIB    as init, which powers the machine off at the end
 */
#define _GNU_SOURCE /* O_DIRECT */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

enum { SEQUENTIAL = 256 * 1024, RANDOM = 4096, ALIGNMENT = 65536 };

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
    for (uint64_t done = 0; done < bytes; done += size) {
        const uint64_t at = random ? next_random(&state) % (room / size) * size : done % room;
        const ssize_t n =
            write ? pwrite(fd, buffer, size, (off_t)at) : pread(fd, buffer, size, (off_t)at);
        if (n != (ssize_t)size)
            fail(name);
    }
    printf("bench %s end\n", name);
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
