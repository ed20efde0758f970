/* The table of device models, what it says of itself, and how properties are read. */
#include <string.h>

#include "base/nearest.h"
#include "base/numbers.h"
#include "device_set.h"
#include "pseries_internal.h"

/* -- What the machine always has -- */

static const struct device_property nvram_properties[] = {
    {"drive", "str", "id of a -drive that keeps the content; with -global only"}, {0}};
static const struct device_model vty_model = {
    .name = "spapr-vty", .bus = "spapr-vio-bus", .help = "console, one as -serial says"};
static const struct device_model nvram_model = {.name = "spapr-nvram",
                                                .bus = "spapr-vio-bus",
                                                .help = "64 KiB of NVRAM",
                                                .properties = nvram_properties};
static const struct device_model phb_model = {
    .name = "spapr-pci-host-bridge", .bus = "System", .help = "PCI host bridge"};

const struct device_model *const device_models[] = {
    &vty_model,         &nvram_model,       &phb_model,
    &spapr_vscsi_model, &scsi_hd_model,     &scsi_cd_model,
    &virtio_blk_model,  &virtio_scsi_model, NULL,
};

/* Devices that are known and come later. */
static const char *const later_names[] = {
    "spapr-vlan",
    "virtio-net-pci",
    "virtio-rng-pci",
    "virtio-9p-pci",
    "virtio-serial-pci",
    "virtio-balloon-pci",
    "nvme",
    "e1000",
    NULL,
};

const struct device_model *device_model_find(const char *name)
{
    for (const struct device_model *const *m = device_models; *m; m++)
        if (strcmp((*m)->name, name) == 0)
            return *m;
    return NULL;
}

/* -- Help -- */

void device_models_help(FILE *out)
{
    for (const struct device_model *const *m = device_models; *m; m++)
        fprintf(out, "name \"%s\", bus %s, desc \"%s\"%s\n", (*m)->name, (*m)->bus, (*m)->help,
                (*m)->create ? "" : ", always there");
}

void device_model_help(const struct device_model *model, FILE *out)
{
    fprintf(out, "%s options:\n", model->name);
    if (model->create) {
        fprintf(out, "  %s=<%s> - %s\n", "id", "str", "name of the device");
        fprintf(out, "  %s=<%s> - %s\n", "bus", "str", "bus to put it on (default: the first)");
    }
    for (const struct device_property *d = model->properties; d && d->name; d++)
        fprintf(out, "  %s=<%s> - %s\n", d->name, d->type, d->help);
}

/* -- Checks -- */

static enum sim_status check_property(const struct device_model *model, const char *shown,
                                      const char *name)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    if (model->create && (strcmp(name, "id") == 0 || strcmp(name, "bus") == 0))
        return STATUS_OK;
    nearest_init(&nearest, name);
    for (const struct device_property *d = model->properties; d && d->name; d++) {
        if (strcmp(d->name, name) == 0)
            return STATUS_OK;
        nearest_consider(&nearest, d->name);
    }
    return status_fail(STATUS_UNKNOWN, "%s: %s has no property '%s'%s", shown, model->name, name,
                       nearest_hint(&nearest, "", hint, sizeof hint));
}

static enum sim_status check_driver(const char *shown, const char *driver,
                                    const struct device_model **out)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    *out = device_model_find(driver);
    if (*out)
        return STATUS_OK;
    nearest_init(&nearest, driver);
    for (const struct device_model *const *m = device_models; *m; m++)
        nearest_consider(&nearest, (*m)->name);
    for (const char *const *name = later_names; *name; name++) {
        RETURN_IF(strcmp(*name, driver) == 0, STATUS_NOT_BUILT, "%s %s: not built yet", shown,
                  driver);
        nearest_consider(&nearest, *name);
    }
    return status_fail(STATUS_UNKNOWN, "%s: unknown device '%s'%s", shown, driver,
                       nearest_hint(&nearest, "", hint, sizeof hint));
}

enum sim_status device_option_check(const struct pseries_device_option *option)
{
    const struct device_model *model;
    TRY(check_driver("-device", option->driver, &model));
    RETURN_IF(!model->create, STATUS_NOT_BUILT,
              "%s: not built yet; the machine has this device already", option->shown);
    for (size_t i = 0; i < option->property_count; i++)
        TRY(check_property(model, option->shown, option->properties[i].name));
    return STATUS_OK;
}

enum sim_status device_global_check(const struct pseries_global *global)
{
    const struct device_model *model;
    TRY(check_driver(global->shown, global->driver, &model));
    RETURN_IF(strcmp(global->property, "id") == 0 || strcmp(global->property, "bus") == 0,
              STATUS_USAGE, "%s: '%s' is one device's own", global->shown, global->property);
    return check_property(model, global->shown, global->property);
}

/* -- Properties -- */

/* The last use wins; a device's own before a -global. */
const char *device_arg(const struct device_args *args, const char *name)
{
    const struct pseries_device_option *const o = args->option;
    for (size_t i = o->property_count; i-- > 0;)
        if (strcmp(o->properties[i].name, name) == 0)
            return o->properties[i].value;
    for (size_t i = args->p->config.global_count; i-- > 0;) {
        const struct pseries_global *const g = &args->p->config.globals[i];
        if (strcmp(g->driver, args->model->name) == 0 && strcmp(g->property, name) == 0)
            return g->value;
    }
    return NULL;
}

enum sim_status device_arg_number(const struct device_args *args, const char *name, uint64_t min,
                                  uint64_t max, uint64_t *out)
{
    const char *const text = device_arg(args, name);
    uint64_t value = 0;
    if (!text)
        return STATUS_OK;
    RETURN_IF(number_parse_size(text, 1, &value) != NUMBER_OK, STATUS_USAGE,
              "%s: %s=%s: not a number", args->option->shown, name, text);
    RETURN_IF(value < min || value > max, STATUS_RANGE, "%s: %s=%s: must be from %llu to %llu",
              args->option->shown, name, text, (unsigned long long)min, (unsigned long long)max);
    *out = value;
    return STATUS_OK;
}

enum sim_status device_arg_bool(const struct device_args *args, const char *name, bool *out)
{
    static const char *const words[] = {"off", "on", "no", "yes", "false", "true"};
    const char *const text = device_arg(args, name);
    if (!text)
        return STATUS_OK;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i & 1;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_USAGE, "%s: %s=%s: must be on or off", args->option->shown, name,
                       text);
}
