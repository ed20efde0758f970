/* machine-pseries/block*.c: images, snapshots, locks, hashes and the disk's time. */
#define _GNU_SOURCE /* syscall() */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "machine-pseries/block.h"

enum { SIZE = 1 << 20 };

struct image {
    char directory[64], path[96], log[512];
};

/* The host's calls, counted, or failing for want of space. */
static unsigned syncs;
static bool full;

int fdatasync(int fildes)
{
    syncs++;
    return (int)syscall(SYS_fdatasync, fildes);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset)
{
    if (full) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, buf, n, offset);
}

static void keep_line(void *ctx, enum log_level level, const char *line)
{
    (void)level;
    snprintf(((struct image *)ctx)->log, sizeof((struct image *)ctx)->log, "%s", line);
}

static int setup(void **state)
{
    struct image *const im = calloc(1, sizeof *im);
    static uint8_t bytes[SIZE];
    assert_non_null(im);
    snprintf(im->directory, sizeof im->directory, "/tmp/hornpipe-block-XXXXXX");
    assert_non_null(mkdtemp(im->directory));
    snprintf(im->path, sizeof im->path, "%s/disk", im->directory);
    FILE *const file = fopen(im->path, "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 4096);
    assert_int_equal(fwrite(bytes, 1, SIZE, file), SIZE);
    fclose(file);
    setenv("XDG_CACHE_HOME", im->directory, 1);
    log_set_sink(keep_line, im);
    *state = im;
    return 0;
}

static int teardown(void **state)
{
    struct image *const im = *state;
    char command[160];
    log_set_sink(NULL, NULL);
    snprintf(command, sizeof command, "rm -r '%s'", im->directory);
    assert_int_equal(system(command), 0);
    free(im);
    return 0;
}

static uint8_t pattern(unsigned i)
{
    return (uint8_t)(i * 7 + i / 4096);
}

static struct block *open_image(const struct image *im, bool readonly, bool snapshot)
{
    const struct block_options options = {.shown = "-drive d",
                                          .file = im->path,
                                          .format = BLOCK_RAW,
                                          .readonly = readonly,
                                          .snapshot = snapshot,
                                          .unmap = true};
    struct block *block = NULL;
    block_open(&options, &block);
    return block;
}

/* Writes of every alignment, and what they leave around them. */
static void check_writes(struct block *block)
{
    static uint8_t model[SIZE], found[SIZE];
    static const unsigned ranges[][2] = {{0, 1},        {4095, 2},       {5000, 100},  {8192, 4096},
                                         {12000, 9000}, {SIZE - 10, 10}, {40960, 8192}};
    for (unsigned i = 0; i < SIZE; i++)
        model[i] = pattern(i);
    for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        memset(model + ranges[i][0], (int)(0xa0 + i), ranges[i][1]);
        assert_int_equal(block_write(block, ranges[i][0], model + ranges[i][0], ranges[i][1]), 0);
    }
    memset(model + 6000, 0, 9000);
    assert_int_equal(block_discard(block, 6000, 9000), 0);
    memset(model + 100000, 0, 70000);
    assert_int_equal(block_write_zeroes(block, 100000, 70000), 0);
    assert_int_equal(block_flush(block), 0);
    assert_int_equal(block_read(block, 0, found, SIZE), 0);
    assert_memory_equal(found, model, SIZE);
    assert_int_equal(block_read(block, 4097, found, 20000), 0);
    assert_memory_equal(found, model + 4097, 20000);
}

static void test_writes(void **state)
{
    struct block *const block = open_image(*state, false, false);
    assert_non_null(block);
    assert_int_equal(block_size(block), SIZE);
    check_writes(block);
    block_close(block);
}

static void test_snapshot(void **state)
{
    struct block *block = open_image(*state, false, true);
    uint8_t bytes[8192];
    char before[65], after[65];
    assert_non_null(block);
    assert_int_equal(block_sha256(block, before), STATUS_OK);
    check_writes(block);
    block_close(block);
    block = open_image(*state, true, false);
    assert_int_equal(block_read(block, 4096, bytes, sizeof bytes), 0);
    for (unsigned i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], pattern(4096 + i));
    assert_int_equal(block_sha256(block, after), STATUS_OK);
    assert_string_equal(before, after);
    block_close(block);
}

static struct block *open_deferred(const struct image *im, bool unmap)
{
    const struct block_options options = {.shown = "-drive d",
                                          .file = im->path,
                                          .format = BLOCK_RAW,
                                          .deferred = true,
                                          .unmap = unmap};
    struct block *block = NULL;
    block_open(&options, &block);
    return block;
}

static void assert_as_before(struct block *block)
{
    static uint8_t found[SIZE];
    assert_int_equal(block_read(block, 0, found, SIZE), 0);
    for (unsigned i = 0; i < SIZE; i++)
        assert_int_equal(found[i], pattern(i));
}

/* Two write one image apart; it has what the first wrote when that is written back. */
static void test_deferred(void **state)
{
    static uint8_t written[SIZE], found[SIZE];
    struct image *const im = *state;
    struct block *const first = open_deferred(im, true);
    struct block *beside, *outside;
    struct stat s;
    assert_non_null(first);
    assert_int_equal(block_open_beside(first, &beside), STATUS_OK);
    assert_null(open_image(im, false, false));
    const struct block_options options = {.shown = "-drive d", .file = im->path, .unlocked = true};
    assert_int_equal(block_open(&options, &outside), STATUS_OK);
    check_writes(first);
    assert_int_equal(block_write_zeroes(first, SIZE / 2, SIZE / 4), 0);
    assert_as_before(beside);
    assert_as_before(outside);
    assert_int_equal(block_write(beside, 0, "not this", 8), 0);
    assert_int_equal(block_write(outside, 0, "nor this", 8), 0);
    assert_int_equal(block_write_back(beside), STATUS_OK);
    assert_int_equal(block_write_back(outside), STATUS_OK);
    assert_int_equal(block_read(first, 0, written, SIZE), 0);
    syncs = 0;
    assert_int_equal(block_write_back(first), STATUS_OK);
    assert_int_equal(syncs, 1);
    block_close(outside);
    block_close(beside);
    block_close(first);
    struct block *const block = open_image(im, true, false);
    assert_int_equal(block_read(block, 0, found, SIZE), 0);
    assert_memory_equal(found, written, SIZE);
    block_close(block);
    assert_int_equal(stat(im->path, &s), 0);
    assert_true(s.st_blocks * 512 <= SIZE - SIZE / 4); /* with discard=unmap, zeroes are holes */
}

static void test_deferred_on_full_host(void **state)
{
    struct image *const im = *state;
    struct block *const block = open_deferred(im, false);
    assert_int_equal(block_write(block, 5 * 4096, "x", 1), 0);
    full = true;
    assert_int_equal(block_write_back(block), STATUS_IO);
    full = false;
    assert_non_null(strstr(im->log, "could not be written to it from byte 20480 on: No space"));
    block_close(block);
}

static void test_differs(void **state)
{
    static const unsigned places[] = {0, 4095, 4096, 300000, SIZE - 1};
    struct block *const a = open_deferred(*state, false);
    struct block *b;
    uint64_t at = 0;
    uint8_t bytes[2];
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        const uint8_t same = pattern(places[i]), other = (uint8_t)(same + 1);
        assert_int_equal(block_open_beside(a, &b), STATUS_OK);
        assert_false(block_differs(a, b, &at, bytes));
        assert_int_equal(block_write(a, places[i], &same, 1), 0); /* held by one, and equal */
        assert_false(block_differs(a, b, &at, bytes));
        assert_int_equal(block_write(b, places[i], &other, 1), 0);
        assert_true(block_differs(a, b, &at, bytes));
        assert_int_equal(at, places[i]);
        assert_int_equal(bytes[0], same);
        assert_int_equal(bytes[1], other);
        block_close(b);
    }
    block_close(a);
}

/* One writer, or any number of readers. */
static void test_locks(void **state)
{
    struct image *const im = *state;
    struct block *const writer = open_image(im, false, false);
    assert_non_null(writer);
    assert_null(open_image(im, false, false));
    assert_non_null(strstr(im->log, "is in use by another machine"));
    assert_null(open_image(im, true, false));
    assert_null(open_image(im, false, true));
    block_close(writer);
    struct block *const reader = open_image(im, true, false);
    struct block *const snapshot = open_image(im, false, true);
    assert_non_null(reader);
    assert_non_null(snapshot);
    assert_null(open_image(im, false, false));
    block_close(reader);
    assert_null(open_image(im, false, false));
    block_close(snapshot);
    struct block *const again = open_image(im, false, false);
    assert_non_null(again);
    block_close(again);
}

static enum sim_status try_open(const char *file, enum block_format format)
{
    const struct block_options options = {.shown = "-drive d", .file = file, .format = format};
    struct block *block;
    const enum sim_status status = block_open(&options, &block);
    assert_true((status == STATUS_OK) == (block != NULL));
    block_close(block);
    return status;
}

static void test_bad_files(void **state)
{
    struct image *const im = *state;
    assert_int_equal(try_open("/nonexistent/image", BLOCK_RAW), STATUS_NO_FILE);
    assert_int_equal(try_open(im->directory, BLOCK_RAW), STATUS_NO_FILE);
    assert_int_equal(try_open("/dev/null", BLOCK_RAW), STATUS_IO);
    assert_int_equal(try_open(im->path, BLOCK_UNSAID), STATUS_OK);
    assert_int_equal(try_open(im->path, BLOCK_QCOW2), STATUS_FORMAT);
    FILE *const file = fopen(im->path, "r+b");
    fwrite("QFI\xfb", 1, 4, file);
    fclose(file);
    assert_int_equal(try_open(im->path, BLOCK_UNSAID), STATUS_USAGE);
    assert_int_equal(try_open(im->path, BLOCK_RAW), STATUS_OK);
    assert_int_equal(truncate(im->path, 0), 0);
    assert_int_equal(try_open(im->path, BLOCK_RAW), STATUS_FORMAT);
}

/* A flush is the host's fdatasync(), but of what is dropped at the end. */
static void test_flush(void **state)
{
    for (unsigned snapshot = 0; snapshot < 2; snapshot++) {
        struct block *const block = open_image(*state, false, snapshot);
        syncs = 0;
        assert_int_equal(block_write(block, 0, "x", 1), 0);
        assert_int_equal(syncs, 0);
        assert_int_equal(block_flush(block), 0);
        assert_int_equal(syncs, snapshot ? 0 : 1);
        block_close(block);
    }
}

/* No space on the host: an error for the guest, and what the image held is there. */
static void test_full_host(void **state)
{
    struct image *const im = *state;
    struct block *const block = open_image(im, false, false);
    uint8_t bytes[4096];
    full = true;
    assert_int_equal(block_write(block, 4096, im, 512), ENOSPC);
    full = false;
    assert_non_null(strstr(im->log, "write at byte 4096 failed: No space"));
    assert_int_equal(block_read(block, 4096, bytes, sizeof bytes), 0);
    for (unsigned i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], pattern(4096 + i));
    block_close(block);
}

/* The image's name goes, the machine's file stays. */
static void test_vanishes(void **state)
{
    struct image *const im = *state;
    struct block *const block = open_image(im, false, false);
    uint8_t byte = 0;
    assert_int_equal(unlink(im->path), 0);
    assert_int_equal(block_write(block, 5, "y", 1), 0);
    assert_int_equal(block_flush(block), 0);
    assert_int_equal(block_read(block, 5, &byte, 1), 0);
    assert_int_equal(byte, 'y');
    block_close(block);
}

/* The process that has a qcow2 image dies: errors for the guest, no end for the machine. */
static void test_server_dies(void **state)
{
    struct image *const im = *state;
    char command[512], bytes[512] = "z";
    snprintf(command, sizeof command, "qemu-img create -q -f qcow2 '%s' 1M", im->path);
    assert_int_equal(system(command), 0);
    const struct block_options options = {
        .shown = "-drive d", .file = im->path, .format = BLOCK_QCOW2, .unmap = true};
    struct block *block = NULL;
    assert_int_equal(block_open(&options, &block), STATUS_OK);
    assert_int_equal(block_size(block), 1 << 20);
    assert_int_equal(block_write(block, 4096, bytes, sizeof bytes), 0);
    assert_int_equal(block_flush(block), 0);
    snprintf(command, sizeof command, "/proc/self/task/%d/children", (int)getpid());
    FILE *const children = fopen(command, "r");
    int child = 0;
    assert_non_null(children);
    assert_int_equal(fscanf(children, "%d", &child), 1);
    fclose(children);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_not_equal(block_read(block, 4096, bytes, sizeof bytes), 0);
    assert_non_null(strstr(im->log, "read at byte 4096 failed"));
    assert_int_not_equal(block_write(block, 0, bytes, sizeof bytes), 0);
    assert_int_not_equal(block_flush(block), 0);
    block_close(block);
    assert_int_equal(block_open(&options, &block), STATUS_OK); /* what was flushed is there */
    assert_int_equal(block_read(block, 4096, bytes, 1), 0);
    assert_int_equal(bytes[0], 'z');
    block_close(block);
}

/* auto-read-only: who cannot write it reads it. */
static void test_auto_readonly(void **state)
{
    struct image *const im = *state;
    const struct block_options options = {
        .shown = "-blockdev d", .file = im->path, .format = BLOCK_RAW, .auto_readonly = true};
    struct block *block = NULL;
    assert_int_equal(block_open(&options, &block), STATUS_OK);
    assert_false(block_is_readonly(block));
    block_close(block);
    const uid_t user = geteuid();
    assert_int_equal(chmod(im->directory, 0755), 0);
    assert_int_equal(chmod(im->path, 0444), 0);
    assert_int_equal(user == 0 ? seteuid(65534) : 0, 0); /* permissions do not hold root */
    const enum sim_status status = block_open(&options, &block);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(status, STATUS_OK);
    assert_true(block_is_readonly(block));
    block_close(block);
}

/* A file that becomes shorter under the machine: an error for the guest, and one message. */
static void test_shrinks(void **state)
{
    struct image *const im = *state;
    struct block *const block = open_image(im, true, false);
    uint8_t bytes[512];
    assert_non_null(block);
    assert_int_equal(truncate(im->path, 4096), 0);
    assert_int_not_equal(block_read(block, 4096, bytes, sizeof bytes), 0);
    assert_non_null(strstr(im->log, "read at byte 4096 failed"));
    assert_int_equal(block_read(block, 0, bytes, sizeof bytes), 0);
    block_close(block);
}

/* The hash is that of the file's bytes, also when the cache knows an older content. */
static void test_hash(void **state)
{
    struct image *const im = *state;
    char first[65], second[65];
    struct block *block = open_image(im, true, false);
    assert_int_equal(block_sha256(block, first), STATUS_OK);
    assert_int_equal(strlen(first), 64);
    block_close(block);
    block = open_image(im, false, false);
    assert_int_equal(block_write(block, 99, "x", 1), 0);
    block_close(block);
    block = open_image(im, true, false);
    assert_int_equal(block_sha256(block, second), STATUS_OK);
    assert_string_not_equal(first, second);
    block_close(block);
}

/* Transfers follow one another, latencies overlap, completions keep their order. */
static void test_time(void **state)
{
    struct block_clock clock = {0};
    (void)state;
    assert_int_equal(block_delay_ns(&clock, 1000, BLOCK_OP_READ, 4096), 88000);
    assert_int_equal(block_delay_ns(&clock, 1000, BLOCK_OP_READ, 8192), 104000);
    assert_int_equal(block_delay_ns(&clock, 1000, BLOCK_OP_CONTROL, 0), 104000);
    assert_int_equal(block_delay_ns(&clock, 2000000, BLOCK_OP_CONTROL, 0), 10000);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writes),
        TEST(test_snapshot),
        TEST(test_locks),
        TEST(test_bad_files),
        TEST(test_shrinks),
        TEST(test_hash),
        TEST(test_flush),
        TEST(test_full_host),
        TEST(test_vanishes),
        TEST(test_server_dies),
        TEST(test_auto_readonly),
        TEST(test_deferred),
        TEST(test_deferred_on_full_host),
        TEST(test_differs),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
