/* The option parsers of `run`: the input is a command line, its words separated by newlines. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compound.h"
#include "base/nearest.h"
#include "base/numbers.h"
#include "config.h"

enum { MAX_WORDS = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore_message(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

static void read_setting(void *ctx, const char *name, const char *value, bool guest)
{
    *(size_t *)ctx += strlen(name) + (value ? strlen(value) : guest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1), *argv[MAX_WORDS];
    struct run_config config;
    struct compound compound;
    uint64_t value;
    size_t length = 0;
    int argc = 0;
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    log_set_sink(ignore_message, NULL);

    number_parse_size(text, 1 << 20, &value);
    number_parse_count(text, &value);
    number_parse_time(text, &value);
    nearest_distance(text, "cap-hpt-max-page-size");
    assert(compound_split(text, &compound));
    compound_fini(&compound);

    for (char *p = text, *end; p && argc < MAX_WORDS; p = end ? end + 1 : NULL) {
        argv[argc++] = p;
        end = strchr(p, '\n');
        if (end)
            *end = '\0';
    }
    config_init(&config);
    if (config_parse(&config, argc, argv) == STATUS_OK && !config.help)
        config_visit(&config, read_setting, &length);
    config_fini(&config);
    free(text);
    return 0;
}
