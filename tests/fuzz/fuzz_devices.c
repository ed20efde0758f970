/*
 * Machines by what a command line says: the values of -M, -device, -global, -drive, -blockdev and
 * -prom-env that only creating the machine looks at. The input is a command line, its words
 * separated by newlines; whatever a drive's file is called, it is this program's temporary one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "isa/engine.h"
#include "machine-pseries/pseries_internal.h"
#include "sim/config.h"

enum { MAX_WORDS = 48, IMAGE_SIZE = 1 << 18 };

static char path[] = "/tmp/hornpipe-fuzz-XXXXXX";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore_message(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

static void remove_image(void)
{
    unlink(path);
}

static void make_image(void)
{
    const int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, IMAGE_SIZE) != 0)
        abort();
    close(fd);
    atexit(remove_image);
    isa_init();
    log_set_sink(ignore_message, NULL);
}

/* Keeps to this program's files, and to a machine that is made quickly. */
static void tame(struct run_config *config)
{
    struct pseries_config *const m = &config->machine;
    for (size_t i = 0; i < m->drive_count; i++) {
        config->drives[i].file = config->drives[i].file ? path : NULL;
        config->drives[i].format = BLOCK_RAW;
        config->drives[i].snapshot = true;
    }
    m->ram_size = 128 << 20;
    m->cpu_count = m->sockets = m->threads = 1;
    m->vof = true;
    m->bios = m->initrd = m->dumpdtb = NULL;
    m->kernel = HORNPIPE_SOURCE_DIR "/tests/fuzz/corpus/elf/big-endian";
    m->hash_drives = false;
}

static void run(struct run_config *config)
{
    const struct pseries_host host = {0};
    struct isa_clock clock = {.hz = 1000000000, .cpi = 1};
    struct pseries *p;
    tame(config);
    if (pseries_create(&config->machine, &host, &clock, &p) != STATUS_OK)
        return;
    if (pseries_reset(p) == STATUS_OK) {
        const uint64_t hash = pseries_state_hash(p);
        if (pseries_reset(p) != STATUS_OK || pseries_state_hash(p) != hash)
            abort();
    }
    pseries_destroy(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[MAX_WORDS], *const text = malloc(size + 1);
    struct run_config config;
    int argc = 0;
    if (!strcmp(path, "/tmp/hornpipe-fuzz-XXXXXX"))
        make_image();
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *p = text, *end; p && argc < MAX_WORDS; p = end ? end + 1 : NULL) {
        argv[argc++] = p;
        end = strchr(p, '\n');
        if (end)
            *end = '\0';
    }
    config_init(&config);
    if (config_parse(&config, argc, argv) == STATUS_OK && !config.help && !config.list_only)
        run(&config);
    config_fini(&config);
    free(text);
    return 0;
}
