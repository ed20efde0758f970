/* Console scripts: the input is the script's file, and after the first NUL the guest's output. */
#define _GNU_SOURCE
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECE = 7, CLOCK_HZ = 1000 };

static void drop_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level;
    assert(!strchr(line, '\n'));
}

/* Output in pieces, one a cycle; what is to be typed is taken as it comes. */
static void drive(struct script *script, const uint8_t *data, size_t size)
{
    const uint8_t *typed;
    uint64_t cycle = 0;
    char what[64];
    script_start(script, cycle);
    for (size_t at = 0; at < size; at += PIECE, cycle++) {
        script_output(script, data + at, size - at < PIECE ? size - at : PIECE, cycle);
        const size_t n = script_typed(script, &typed);
        assert(n == 0 || memchr(typed, typed[n - 1], n)); /* all of it is there */
        script_take(script, n - n / 2);
        assert(script_deadline(script) == SCRIPT_NEVER ||
               script_waiting(script, what, sizeof what));
    }
    assert(script->next <= script->count && script->typed_taken <= script->typed_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
    const size_t length = end ? (size_t)(end - data) : size;
    struct script script;
    char path[32];
    log_set_sink(drop_line, NULL);
    if (file < 0)
        file = memfd_create("script", 0);
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, length, 0) != (ssize_t)length)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (script_load(&script, path, CLOCK_HZ) == STATUS_OK) {
        drive(&script, data + length, size - length);
        script_fini(&script);
    }
    return 0;
}
