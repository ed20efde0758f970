/* The options of `run` that name images and devices: -drive and its short forms, -device, -global.
 */
#include "config_devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/compound.h"
#include "base/numbers.h"
#include "config_internal.h"
#include "json_keys.h"

/* -- -drive --- */

enum { UNIT_MAX = 63, BUS_MAX = 15 };
#define NOT_GIVEN UINT64_MAX

static const char *const if_names[] = {"scsi", "none", "pflash", "virtio", NULL};
static const char *const media_names[] = {"disk", "cdrom", NULL};
static const char *const format_names[] = {"", "raw", "qcow2", NULL};
_Static_assert(DRIVE_IF_SCSI == 0 && DRIVE_IF_NONE == 1 && DRIVE_IF_PFLASH == 2 &&
                   DRIVE_IF_VIRTIO == 3,
               "ORDER if_names");
_Static_assert(DRIVE_DISK == 0 && DRIVE_CDROM == 1, "ORDER media_names");
_Static_assert(BLOCK_RAW == 1 && BLOCK_QCOW2 == 2, "ORDER format_names");

/* A -drive while it is read. */
struct drive_use {
    const char *file, *id;
    unsigned interface, media, format; /* enum, as the names above */
    bool readonly, snapshot;
    const char *discard;
    uint64_t index, bus, unit;
};

static enum sim_status number(const struct option_use *use, uint64_t max, uint64_t *out)
{
    RETURN_IF(number_parse_count(use->value, out) != NUMBER_OK, STATUS_USAGE, "%s: not a number",
              use->shown);
    RETURN_IF(*out > max, STATUS_RANGE, "%s: at most %llu", use->shown, (unsigned long long)max);
    return STATUS_OK;
}

static enum sim_status drive_index(const struct option_use *use, void *object)
{
    return number(use, BUS_MAX * DRIVE_SCSI_UNITS, &((struct drive_use *)object)->index);
}

static enum sim_status drive_bus(const struct option_use *use, void *object)
{
    return number(use, BUS_MAX, &((struct drive_use *)object)->bus);
}

static enum sim_status drive_unit(const struct option_use *use, void *object)
{
    return number(use, UNIT_MAX, &((struct drive_use *)object)->unit);
}

static enum sim_status drive_format(const struct option_use *use, void *object)
{
    struct drive_use *const d = object;
    for (unsigned i = BLOCK_RAW; i <= BLOCK_QCOW2; i++) {
        if (strcmp(use->value, format_names[i]) == 0) {
            d->format = i;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_NOT_BUILT, "%s: must be raw or qcow2", use->shown);
}

static const char *const caches[] = {"writeback", "none", NULL};
static const char *const aios[] = {"threads", "native", "io_uring", NULL};
static const char *const discards[] = {"ignore", "off", "unmap", "on", NULL};
static const char *const off_words[] = {"off", NULL};
static const char *const errors[] = {"report", NULL};

static enum sim_status drive_discard(const struct option_use *use, void *object)
{
    for (unsigned i = 0; discards[i]; i++) {
        if (strcmp(use->value, discards[i]) == 0) {
            ((struct drive_use *)object)->discard = discards[i];
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_RANGE, "%s: must be ignore or unmap", use->shown);
}

/* clang-format off */
static const struct option drive_keys[] = {
    OPT_STRING("file", "FILE", struct drive_use, file, NULL),
    OPT_STRING("id", "ID", struct drive_use, id, NULL),
    OPT_CHOICE("if", "scsi|none|pflash|virtio", struct drive_use, interface, if_names, NULL),
    OPT_CHOICE("media", "disk|cdrom", struct drive_use, media, media_names, NULL),
    OPT_CALL("format", NULL, "raw|qcow2", drive_format, NULL, NULL),
    OPT_CALL("index", NULL, "N", drive_index, NULL, NULL),
    OPT_CALL("bus", NULL, "N", drive_bus, NULL, NULL),
    OPT_CALL("unit", NULL, "N", drive_unit, NULL, NULL),
    OPT_ON_OFF("readonly", struct drive_use, readonly, NULL),
    OPT_ON_OFF("read-only", struct drive_use, readonly, NULL),
    OPT_ON_OFF("snapshot", struct drive_use, snapshot, NULL),
    OPT_CALL("discard", NULL, "ignore|unmap", drive_discard, NULL, NULL),
    OPT_ACCEPT("cache", "writeback", caches, NULL),
    OPT_ACCEPT("aio", "threads", aios, NULL),
    OPT_ACCEPT("detect-zeroes", "off", off_words, NULL),
    OPT_ACCEPT("copy-on-read", "off", off_words, NULL),
    OPT_ACCEPT("werror", "report", errors, NULL),
    OPT_ACCEPT("rerror", "report", errors, NULL),
    OPT_END,
};
/* clang-format on */

static bool is_taken(const struct run_config *config, const struct drive_use *d)
{
    for (size_t i = 0; i < config->machine.drive_count; i++) {
        const struct pseries_drive *const other = &config->drives[i];
        if (other->interface == d->interface && other->bus == d->bus && other->unit == d->unit)
            return true;
    }
    return false;
}

/* As QEMU: index counts through the units of all buses; without one the first free unit. */
static enum sim_status choose_unit(const struct run_config *config, const struct option_use *use,
                                   struct drive_use *d)
{
    const bool chosen = d->index != NOT_GIVEN || d->unit != NOT_GIVEN;
    const unsigned units = d->interface == DRIVE_IF_SCSI ? DRIVE_SCSI_UNITS : 1u << 16;
    if (d->index != NOT_GIVEN) {
        RETURN_IF(d->bus != NOT_GIVEN || d->unit != NOT_GIVEN, STATUS_USAGE,
                  "%s: index does not go with bus or unit", use->shown);
        d->bus = d->index / units;
        d->unit = d->index % units;
    }
    if (d->bus == NOT_GIVEN)
        d->bus = 0;
    if (!chosen)
        for (d->unit = 0; is_taken(config, d);)
            if (++d->unit == units) {
                d->bus++;
                d->unit = 0;
            }
    RETURN_IF(is_taken(config, d), STATUS_USAGE, "%s: there is a drive with bus=%u,unit=%u already",
              use->shown, (unsigned)d->bus, (unsigned)d->unit);
    return STATUS_OK;
}

static enum sim_status choose_id(const struct run_config *config, const struct option_use *use,
                                 struct drive_use *d)
{
    char text[64];
    if (!d->id && d->interface == DRIVE_IF_SCSI)
        snprintf(text, sizeof text, "scsi%u-%s%u", (unsigned)d->bus,
                 d->media == DRIVE_CDROM ? "cd" : "hd", (unsigned)d->unit);
    else if (!d->id)
        snprintf(text, sizeof text, "%s%u", if_names[d->interface], (unsigned)d->unit);
    if (!d->id)
        d->id = option_strings_add(use->strings, text, strlen(text));
    RETURN_IF(!d->id, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    for (size_t i = 0; i < config->machine.drive_count; i++)
        RETURN_IF(strcmp(config->drives[i].id, d->id) == 0, STATUS_USAGE,
                  "%s: there is a drive with id=%s already", use->shown, d->id);
    return STATUS_OK;
}

static enum sim_status append_drive(struct run_config *config, const struct option_use *use,
                                    const struct pseries_drive *drive)
{
    const size_t count = config->machine.drive_count;
    struct pseries_drive *const grown =
        realloc(config->drives, (count + 1) * sizeof *config->drives);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    grown[count] = *drive;
    config->machine.drives = config->drives = grown;
    config->machine.drive_count = count + 1;
    return STATUS_OK;
}

static enum sim_status add_drive(struct run_config *config, const struct option_use *use,
                                 struct drive_use *d)
{
    RETURN_IF(d->file && !*d->file, STATUS_USAGE, "%s: file= needs a name", use->shown);
    RETURN_IF(!d->file && d->media == DRIVE_DISK, STATUS_USAGE,
              "%s: needs file=; only a CD-ROM drive can be empty", use->shown);
    TRY(choose_unit(config, use, d));
    TRY(choose_id(config, use, d));
    const struct pseries_drive drive = {
        .shown = use->shown,
        .id = d->id,
        .interface = d->interface,
        .media = d->media,
        .bus = (unsigned)d->bus,
        .unit = (unsigned)d->unit,
        .file = d->file,
        .format = d->format,
        .readonly = d->readonly || d->media == DRIVE_CDROM,
        .snapshot = d->snapshot,
        .unmap = d->discard && (strcmp(d->discard, "unmap") == 0 || strcmp(d->discard, "on") == 0),
    };
    return append_drive(config, use, &drive);
}

enum sim_status config_add_node(struct run_config *config, const struct option_use *use,
                                const struct pseries_drive *drive)
{
    struct drive_use d = {.id = drive->id,
                          .interface = DRIVE_IF_NONE,
                          .index = NOT_GIVEN,
                          .bus = NOT_GIVEN,
                          .unit = NOT_GIVEN};
    struct pseries_drive node = *drive;
    TRY(choose_unit(config, use, &d));
    TRY(choose_id(config, use, &d));
    node.shown = use->shown;
    node.interface = DRIVE_IF_NONE;
    node.bus = (unsigned)d.bus;
    node.unit = (unsigned)d.unit;
    return append_drive(config, use, &node);
}

enum sim_status config_drive(const struct option_use *use, void *object)
{
    struct drive_use d = {.index = NOT_GIVEN, .bus = NOT_GIVEN, .unit = NOT_GIVEN};
    TRY(options_parse_keys(use, drive_keys, NULL, &d));
    return add_drive(object, use, &d);
}

static enum sim_status short_drive(const struct option_use *use, void *object, unsigned interface,
                                   uint64_t index, enum drive_media media)
{
    struct drive_use d = {.file = use->value,
                          .interface = interface,
                          .index = index,
                          .bus = NOT_GIVEN,
                          .unit = NOT_GIVEN,
                          .media = media};
    return add_drive(object, use, &d);
}

/* -hda to -hdd: the letter is the index. */
enum sim_status config_hd(const struct option_use *use, void *object)
{
    const char letter = use->option->name[strlen(use->option->name) - 1];
    return short_drive(use, object, DRIVE_IF_SCSI, (uint64_t)(letter - 'a'), DRIVE_DISK);
}

enum sim_status config_cdrom(const struct option_use *use, void *object)
{
    return short_drive(use, object, DRIVE_IF_SCSI, 2, DRIVE_CDROM);
}

enum sim_status config_pflash(const struct option_use *use, void *object)
{
    return short_drive(use, object, DRIVE_IF_PFLASH, NOT_GIVEN, DRIVE_DISK);
}

/* All but the file, which is the host's. */
static void show_drive(const struct pseries_drive *d, FILE *out)
{
    fputs("id=", out);
    compound_write(out, d->id);
    fprintf(out, ",if=%s,bus=%u,unit=%u,media=%s", if_names[d->interface], d->bus, d->unit,
            media_names[d->media]);
    if (d->format != BLOCK_UNSAID)
        fprintf(out, ",format=%s", format_names[d->format]);
    fprintf(out, ",readonly=%s,snapshot=%s,discard=%s", d->readonly ? "on" : "off",
            d->snapshot ? "on" : "off", d->unmap ? "unmap" : "ignore");
}

static void show_node(const struct pseries_drive *d, FILE *out)
{
    fputs("node-name=", out);
    compound_write(out, d->id);
    fprintf(out, ",driver=%s,read-only=%s,auto-read-only=%s,discard=%s", format_names[d->format],
            d->readonly ? "on" : "off", d->auto_readonly ? "on" : "off",
            d->unmap ? "unmap" : "ignore");
}

/* Number `index` of those of -drive, or of the nodes of -blockdev; NULL: there are not so many. */
static const struct pseries_drive *nth_drive(const struct run_config *config, bool nodes,
                                             size_t index)
{
    for (size_t i = 0; i < config->machine.drive_count; i++)
        if ((config->drives[i].origin != DRIVE_OF_DRIVE) == nodes && index-- == 0)
            return &config->drives[i];
    return NULL;
}

bool config_show_drive(const void *object, size_t index, FILE *out)
{
    const struct pseries_drive *const d = nth_drive(object, false, index);
    if (!d)
        return false;
    show_drive(d, out);
    if (d->file) {
        fputs(",file=", out);
        compound_write(out, d->file);
    }
    return true;
}

bool config_show_blockdev(const void *object, size_t index, FILE *out)
{
    const struct pseries_drive *const d = nth_drive(object, true, index);
    if (!d)
        return false;
    show_node(d, out);
    fprintf(out, ",file.driver=file,file.discard=%s,file.filename=", d->unmap ? "unmap" : "ignore");
    compound_write(out, d->file);
    return true;
}

void config_visit_drives(const struct run_config *config, bool nodes, config_visit_fn *visit,
                         void *ctx)
{
    const char *const option = nodes ? "blockdev" : "drive";
    const struct pseries_drive *d;
    for (size_t i = 0; (d = nth_drive(config, nodes, i)) != NULL; i++) {
        char name[96], *text = NULL;
        size_t size;
        FILE *const out = open_memstream(&text, &size);
        if (!out)
            continue;
        if (nodes)
            show_node(d, out);
        else
            show_drive(d, out);
        fclose(out);
        snprintf(name, sizeof name, "%s.%s", option, d->id);
        visit(ctx, name, text, true);
        snprintf(name, sizeof name, "%s.%s.file", option, d->id);
        if (d->file)
            visit(ctx, name, d->file, false);
        free(text);
    }
}

/* -- -device --- */

static enum sim_status copy_string(const struct option_use *use, const char *text, const char **out)
{
    *out = option_strings_add(use->strings, text, strlen(text));
    RETURN_IF(!*out, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    return STATUS_OK;
}

static bool is_help(const char *key)
{
    return strcmp(key, "help") == 0 || strcmp(key, "?") == 0;
}

static enum sim_status read_properties(const struct option_use *use, const struct compound *items,
                                       struct pseries_device_option *device, bool *help)
{
    struct pseries_property *const list = calloc(items->count + 1, sizeof *list);
    RETURN_IF(!list, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    device->properties = list;
    for (size_t i = 0; i < items->count; i++) {
        const char *const key = items->items[i].key, *const value = items->items[i].value;
        if (!key || strcmp(key, "driver") == 0) {
            RETURN_IF(!value, STATUS_USAGE, "%s: driver= needs a name", use->shown);
            TRY(copy_string(use, value, &device->driver));
            continue;
        }
        *help |= !value && is_help(key);
        TRY(copy_string(use, key, &list[device->property_count].name));
        TRY(copy_string(use, value ? value : "on", &list[device->property_count].value));
        device->property_count++;
    }
    RETURN_IF(!device->driver, STATUS_USAGE, "%s: needs the name of a device", use->shown);
    return STATUS_OK;
}

static enum sim_status add_device(struct run_config *config, const struct option_use *use,
                                  const struct pseries_device_option *device, bool help)
{
    if (help) {
        const struct device_model *const model = device_model_find(device->driver);
        if (model) {
            device_model_help(model, stdout);
            config->list_only = true;
            return STATUS_OK;
        }
    }
    TRY(device_option_check(device));
    const size_t count = config->machine.device_count;
    struct pseries_device_option *const grown =
        realloc(config->devices, (count + 1) * sizeof *config->devices);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    grown[count] = *device;
    config->machine.devices = config->devices = grown;
    config->machine.device_count = count + 1;
    return STATUS_OK;
}

enum sim_status config_device(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    struct pseries_device_option device = {.shown = use->shown};
    struct option_use plain;
    struct compound items;
    bool help = false;
    TRY(json_keys(use, &plain));
    if (is_help(use->value)) {
        device_models_help(stdout);
        config->list_only = true;
        return STATUS_OK;
    }
    RETURN_IF(!compound_split(plain.value, &items), STATUS_NO_MEMORY, "out of memory reading %s",
              use->spelled);
    enum sim_status status = read_properties(use, &items, &device, &help);
    compound_fini(&items);
    const size_t before = config->machine.device_count;
    if (status == STATUS_OK)
        status = add_device(config, use, &device, help);
    if (config->machine.device_count == before)
        free((void *)device.properties);
    return status;
}

bool config_show_device(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index >= config->machine.device_count)
        return false;
    const struct pseries_device_option *const d = &config->devices[index];
    compound_write(out, d->driver);
    for (size_t i = 0; i < d->property_count; i++) {
        fprintf(out, ",%s=", d->properties[i].name);
        compound_write(out, d->properties[i].value);
    }
    return true;
}

/* -- -global --- */

/* DRIVER.PROPERTY=VALUE, or driver=DRIVER,property=PROPERTY,value=VALUE. */
static enum sim_status read_global(const struct option_use *use, struct pseries_global *g)
{
    static const struct option keys[] = {
        OPT_STRING("driver", "NAME", struct pseries_global, driver, NULL),
        OPT_STRING("property", "NAME", struct pseries_global, property, NULL),
        OPT_STRING("value", "VALUE", struct pseries_global, value, NULL),
        OPT_END,
    };
    const char *const dot = strchr(use->value, '.'), *const equals = strchr(use->value, '=');
    if (dot && equals && dot < equals) {
        g->driver = option_strings_add(use->strings, use->value, (size_t)(dot - use->value));
        g->property = option_strings_add(use->strings, dot + 1, (size_t)(equals - dot - 1));
        g->value = equals + 1;
        RETURN_IF(!g->driver || !g->property, STATUS_NO_MEMORY, "out of memory reading %s",
                  use->spelled);
        return STATUS_OK;
    }
    TRY(options_parse_keys(use, keys, NULL, g));
    RETURN_IF(!g->driver || !g->property || !g->value, STATUS_USAGE,
              "%s: not of the form driver.property=value", use->shown);
    return STATUS_OK;
}

enum sim_status config_global(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    struct pseries_global g = {.shown = use->shown};
    TRY(read_global(use, &g));
    TRY(device_global_check(&g));
    const size_t count = config->machine.global_count;
    struct pseries_global *const grown =
        realloc(config->globals, (count + 1) * sizeof *config->globals);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    grown[count] = g;
    config->machine.globals = config->globals = grown;
    config->machine.global_count = count + 1;
    return STATUS_OK;
}

bool config_show_global(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index >= config->machine.global_count)
        return false;
    const struct pseries_global *const g = &config->globals[index];
    fprintf(out, "%s.%s=%s", g->driver, g->property, g->value);
    return true;
}

/* -- Life --- */

void config_devices_fini(struct run_config *config)
{
    for (size_t i = 0; i < config->machine.device_count; i++)
        free((void *)config->devices[i].properties);
    free(config->devices);
    free(config->drives);
    free(config->globals);
}
