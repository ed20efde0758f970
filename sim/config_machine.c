/* The options of `run` that describe the machine. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compound.h"
#include "base/nearest.h"
#include "base/numbers.h"
#include "config_internal.h"
#include "machine-pseries/civil_time.h"
#include "machine-pseries/compat.h"

static const char *const off[] = {"off", NULL};
static const char *const zero[] = {"0", NULL};

/* -- -cpu, and the compatibility modes --- */

/* A compatibility mode, or with `help` their list. */
static enum sim_status compat_mode(const struct option_use *use, struct run_config *config,
                                   const struct compat_mode **out)
{
    if (strcmp(use->value, "help") == 0) {
        for (const struct compat_mode *m = compat_modes; m->name; m++)
            printf("%-12s logical PVR 0x%08x, at most %u threads a core\n", m->name, m->pvr,
                   m->threads);
        config->list_only = true;
        return STATUS_OK;
    }
    *out = compat_find(use->value);
    RETURN_IF(!*out, STATUS_UNKNOWN, "%s: unknown compatibility mode '%s'; 'help' lists them",
              use->spelled, use->value);
    return STATUS_OK;
}

enum sim_status config_max_cpu_compat(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    return compat_mode(use, config, &config->machine_compat);
}

bool config_show_max_cpu_compat(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    const struct compat_mode *const mode = config->machine.max_compat;
    if (index == 0 && mode)
        fputs(mode->name, out);
    return index == 0 && mode;
}

enum sim_status config_check_compat(struct run_config *config)
{
    const struct compat_mode *const of_cpu = config->cpu_compat;
    const struct compat_mode *const of_machine = config->machine_compat;
    const struct compat_mode *const mode = of_machine ? of_machine : of_cpu;
    RETURN_IF(of_cpu && of_machine && of_cpu != of_machine, STATUS_USAGE,
              "-cpu compat=%s: -M max-cpu-compat=%s says otherwise", of_cpu->name,
              of_machine->name);
    RETURN_IF(mode && !compat_fits(mode, config->machine.cpu), STATUS_RANGE,
              "%s=%s: %s has no such compatibility mode",
              of_machine ? "-M max-cpu-compat" : "-cpu compat", mode->name,
              config->machine.cpu->name);
    config->machine.max_compat = mode;
    return STATUS_OK;
}

static enum sim_status cpu_compat(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    return compat_mode(use, config, &config->cpu_compat);
}

static enum sim_status cpu_type(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    const struct cpu_model *const model = cpu_model_find(use->value);
    if (model) {
        config->machine.cpu = model;
        return STATUS_OK;
    }
    nearest_init(&nearest, use->value);
    for (const struct cpu_model *m = cpu_models; m->name; m++) {
        nearest_consider(&nearest, m->name);
        nearest_consider(&nearest, m->versioned_name);
    }
    return status_fail(STATUS_UNKNOWN, "%s: unknown processor model '%s'%s", use->spelled,
                       use->value, nearest_hint(&nearest, "", hint, sizeof hint));
}

enum sim_status config_cpu(const struct option_use *use, void *object)
{
    /* clang-format off */
    static const struct option keys[] = {
        OPT_CALL("model", NULL, "MODEL", cpu_type, NULL, NULL),
        OPT_CALL("compat", NULL, "MODE", cpu_compat, NULL, NULL),
        OPT_END,
    };
    /* clang-format on */
    struct run_config *const config = object;
    if (strcmp(use->value, "help") == 0) {
        for (const struct cpu_model *m = cpu_models; m->name; m++)
            printf("%-12s %-16s PVR 0x%08x\n", m->name, m->versioned_name, m->pvr);
        config->list_only = true;
        return STATUS_OK;
    }
    RETURN_IF(!*use->value, STATUS_USAGE, "%s: needs the name of a model", use->spelled);
    config->cpu_compat = NULL; /* the last -cpu holds */
    return options_parse_keys(use, keys, "model", object);
}

bool config_show_cpu(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index == 0)
        fputs(config->machine.cpu->name, out);
    return index == 0;
}

/* -- -m --- */

static enum sim_status memory_size(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    uint64_t size = 0;
    const enum number_result result = number_parse_size(use->value, CONFIG_MIB, &size);
    RETURN_IF(result == NUMBER_MALFORMED, STATUS_USAGE,
              "%s: not a size (such as 512M, 1.5G, or 1024 for MiB)", use->shown);
    RETURN_IF(result == NUMBER_TOO_LARGE || size > CONFIG_RAM_MAX, STATUS_RANGE,
              "%s: too large; at most 32T", use->shown);
    RETURN_IF(size < CONFIG_RAM_MIN, STATUS_RANGE, "%s: too small; at least 128M", use->shown);
    RETURN_IF(size % CONFIG_MIB, STATUS_RANGE, "%s: not a whole number of MiB", use->shown);
    config->machine.ram_size = size;
    return STATUS_OK;
}

enum sim_status config_memory(const struct option_use *use, void *object)
{
    /* clang-format off */
    static const struct option keys[] = {
        OPT_CALL("size", NULL, "SIZE", memory_size, NULL, NULL),
        OPT_ACCEPT("slots", "0", zero, NULL),
        OPT_REFUSED("maxmem"),
        OPT_END,
    };
    /* clang-format on */
    RETURN_IF(!*use->value, STATUS_USAGE, "%s: needs a size", use->spelled);
    return options_parse_keys(use, keys, "size", object);
}

bool config_show_memory(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index == 0)
        fprintf(out, "%lluM", (unsigned long long)(config->machine.ram_size / CONFIG_MIB));
    return index == 0;
}

/* -- -name, -uuid, -boot, -prom-env --- */

enum sim_status config_name(const struct option_use *use, void *object)
{
    /* clang-format off */
    static const struct option keys[] = {
        OPT_STRING("guest", "NAME", struct run_config, machine.name, NULL),
        OPT_ACCEPT("debug-threads", "off", off, NULL),
        OPT_REFUSED("process"),
        OPT_END,
    };
    /* clang-format on */
    return options_parse_keys(use, keys, "guest", object);
}

bool config_show_name(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index > 0 || !config->machine.name)
        return false;
    fputs("guest=", out);
    compound_write(out, config->machine.name);
    return true;
}

enum sim_status config_uuid(const struct option_use *use, void *object)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    struct run_config *const config = object;
    char lower[sizeof form] = "";
    bool good = strlen(use->value) == strlen(form);
    for (size_t i = 0; good && form[i]; i++) {
        const unsigned char c = (unsigned char)use->value[i];
        good = form[i] == '-' ? c == '-' : isxdigit(c) != 0;
        lower[i] = (char)tolower(c);
    }
    RETURN_IF(!good, STATUS_USAGE, "%s: not of the form %s", use->shown, form);
    config->machine.uuid = option_strings_add(use->strings, lower, strlen(lower));
    RETURN_IF(!config->machine.uuid, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    return STATUS_OK;
}

bool config_show_uuid(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index > 0 || !config->machine.uuid)
        return false;
    fputs(config->machine.uuid, out);
    return true;
}

static enum sim_status boot_order(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    for (const char *p = use->value; *p; p++) {
        RETURN_IF(*p < 'a' || *p > 'p', STATUS_USAGE, "%s: '%c' is not a drive letter, a to p",
                  use->shown, *p);
        RETURN_IF(strchr(p + 1, *p), STATUS_USAGE, "%s: '%c' is there twice", use->shown, *p);
    }
    config->machine.boot_order = use->value;
    return STATUS_OK;
}

enum sim_status config_boot(const struct option_use *use, void *object)
{
    /* clang-format off */
    static const struct option keys[] = {
        OPT_CALL("order", NULL, "LETTERS", boot_order, NULL, NULL),
        OPT_ACCEPT("menu", "off", off, NULL),
        OPT_ACCEPT("strict", "off", off, NULL),
        OPT_REFUSED("once"), OPT_REFUSED("splash"), OPT_REFUSED("splash-time"),
        OPT_REFUSED("reboot-timeout"),
        OPT_END,
    };
    /* clang-format on */
    return options_parse_keys(use, keys, "order", object);
}

bool config_show_boot(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index > 0 || !config->machine.boot_order)
        return false;
    fprintf(out, "order=%s", config->machine.boot_order);
    return true;
}

enum sim_status config_prom_env(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    const char *const equals = strchr(use->value, '=');
    RETURN_IF(!equals || equals == use->value, STATUS_USAGE, "%s: not of the form name=value",
              use->shown);
    const char **grown =
        realloc(config->prom_env, (config->prom_env_count + 2) * sizeof *config->prom_env);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    config->prom_env = grown;
    config->prom_env[config->prom_env_count++] = use->value;
    config->prom_env[config->prom_env_count] = NULL;
    return STATUS_OK;
}

bool config_show_prom_env(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index >= config->prom_env_count)
        return false;
    fputs(config->prom_env[index], out);
    return true;
}

/* -- -rtc --- */

/* YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, and nothing after it. */
static bool parse_date(const char *text, int64_t *seconds)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    uint32_t fields[6] = {0};
    unsigned field = 0;
    const size_t length = strlen(text);
    if (length != strlen("dddd-dd-dd") && length != strlen(form))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (form[i] != 'd') {
            if (text[i] != form[i])
                return false;
            field++;
        } else {
            if (!isdigit((unsigned char)text[i]))
                return false;
            fields[field] = fields[field] * 10 + (uint32_t)(text[i] - '0');
        }
    }
    return civil_to_seconds(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5],
                            seconds);
}

static enum sim_status rtc_base(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    RETURN_IF(strcmp(use->value, "localtime") == 0, STATUS_NOT_BUILT,
              "%s: not built yet; base=utc is", use->shown);
    config->rtc_utc = strcmp(use->value, "utc") == 0;
    RETURN_IF(!config->rtc_utc && !parse_date(use->value, &config->machine.rtc_base), STATUS_USAGE,
              "%s: must be utc or a date such as 2026-01-31 or 2026-01-31T23:59:59", use->shown);
    return STATUS_OK;
}

enum sim_status config_rtc(const struct option_use *use, void *object)
{
    static const char *const vm[] = {"vm", NULL};
    static const char *const none[] = {"none", NULL};
    /* clang-format off */
    static const struct option keys[] = {
        OPT_CALL("base", NULL, "utc|DATETIME", rtc_base, NULL, NULL),
        OPT_ACCEPT("clock", "vm", vm, NULL),
        OPT_ACCEPT("driftfix", "none", none, NULL),
        OPT_END,
    };
    /* clang-format on */
    return options_parse_keys(use, keys, NULL, object);
}

bool config_show_rtc(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    struct civil_time t;
    if (index > 0)
        return false;
    if (config->rtc_utc) {
        fputs("base=utc", out);
    } else {
        civil_from_seconds(config->machine.rtc_base, &t);
        fprintf(out, "base=%04lld-%02u-%02uT%02u:%02u:%02u", (long long)t.year, t.month, t.day,
                t.hour, t.minute, t.second);
    }
    return true;
}
