/* -drive and -device: drives are opened, adapters and devices created, in the order of QEMU. */
#include <stdlib.h>
#include <string.h>

#include "device_set.h"
#include "pseries_internal.h"

uint64_t pseries_now_ns(const struct pseries *p)
{
    return (uint64_t)((unsigned __int128)pseries_now(p) * 1000000000u / p->clock->hz);
}

/* -- Drives -- */

/* The drive of the machine beside which this one is; NULL: it stands alone. */
static const struct drive *first_drive(const struct pseries *p, size_t index)
{
    const struct pseries *const first = p->config.beside;
    return first ? &first->devices->drives[index] : NULL;
}

static enum sim_status open_drive(const struct pseries *p, size_t index)
{
    struct drive *const drive = &p->devices->drives[index];
    const struct drive *const first = first_drive(p, index);
    const struct pseries_drive *const c = drive->config;
    snprintf(drive->name, sizeof drive->name, "%s %s",
             c->origin == DRIVE_OF_DRIVE ? "-drive" : "-blockdev", c->id ? c->id : "");
    if (!c->file)
        return STATUS_OK;
    if (first) {
        memcpy(drive->sha256, first->sha256, sizeof drive->sha256);
        return block_open_beside(first->block, &drive->block);
    }
    const struct block_options options = {
        .shown = c->shown,
        .file = c->file,
        .format = c->format,
        .readonly = c->readonly,
        .snapshot = c->snapshot,
        .unmap = c->unmap,
        .auto_readonly = c->auto_readonly,
        .deferred = p->config.defer_writes,
        .unlocked = p->config.unlocked_images,
    };
    TRY(block_open(&options, &drive->block));
    return p->config.hash_drives ? block_sha256(drive->block, drive->sha256) : STATUS_OK;
}

/* QEMU's default CD-ROM: target 2 of the first adapter, unless something is put there, or any SCSI
 * disk or CD-ROM is asked for by -device. */
static bool wants_default_cdrom(const struct pseries_config *config)
{
    if (!config->default_devices)
        return false;
    for (size_t i = 0; i < config->drive_count; i++) {
        const struct pseries_drive *const d = &config->drives[i];
        if (d->interface == DRIVE_IF_SCSI && d->bus == 0 && d->unit == 2)
            return false;
    }
    for (size_t i = 0; i < config->device_count; i++)
        if (strcmp(config->devices[i].driver, "scsi-cd") == 0 ||
            strcmp(config->devices[i].driver, "scsi-hd") == 0)
            return false;
    return true;
}

enum sim_status devices_open(struct pseries *p)
{
    const struct pseries_config *const config = &p->config;
    struct device_set *const set = calloc(1, sizeof *set);
    RETURN_IF(!set, STATUS_NO_MEMORY, "no host memory for devices");
    p->devices = set;
    RETURN_IF(config->drive_count > PSERIES_MAX_DRIVES, STATUS_RANGE,
              "-drive: more than %d of them", PSERIES_MAX_DRIVES);
    set->drives = calloc(config->drive_count + 1, sizeof *set->drives);
    RETURN_IF(!set->drives, STATUS_NO_MEMORY, "no host memory for drives");
    for (size_t i = 0; i < config->drive_count; i++) {
        set->drives[i].config = &config->drives[i];
        set->drive_count++;
        TRY(open_drive(p, i));
    }
    if (wants_default_cdrom(config)) {
        set->default_cdrom = (struct pseries_drive){.shown = "default CD-ROM",
                                                    .interface = DRIVE_IF_SCSI,
                                                    .media = DRIVE_CDROM,
                                                    .unit = 2,
                                                    .readonly = true};
        set->drives[set->drive_count++].config = &set->default_cdrom;
    }
    return STATUS_OK;
}

enum sim_status device_take_drive(struct drive *drive, const char *driver, const char *shown)
{
    RETURN_IF(drive->taken_by, STATUS_USAGE, "%s: the drive of '%s' is in use by %s already", shown,
              drive->config->shown, drive->taken_by);
    drive->taken_by = driver;
    return STATUS_OK;
}

/* Takes the drive of that id for a device. */
static enum sim_status take_drive_by_id(struct pseries *p, const char *id, const char *driver,
                                        const char *shown, struct drive **out)
{
    struct device_set *const set = p->devices;
    for (size_t i = 0; i < set->drive_count; i++) {
        const char *const other = set->drives[i].config->id;
        if (other && strcmp(other, id) == 0) {
            *out = &set->drives[i];
            return device_take_drive(*out, driver, shown);
        }
    }
    return status_fail(STATUS_UNKNOWN, "%s: there is no -drive with id=%s, nor such a -blockdev",
                       shown, id);
}

enum sim_status device_arg_drive(const struct device_args *args, struct drive **out)
{
    const char *const id = device_arg(args, "drive");
    *out = NULL;
    if (!id)
        return STATUS_OK;
    return take_drive_by_id(args->p, id, args->model->name, args->option->shown, out);
}

enum sim_status devices_nvram_drive(struct pseries *p, struct drive **out)
{
    struct device_set *const set = p->devices;
    *out = NULL;
    if (!set) /* a machine of which only some parts exist */
        return STATUS_OK;
    for (size_t i = 0; i < p->config.global_count; i++) {
        const struct pseries_global *const g = &p->config.globals[i];
        if (strcmp(g->driver, "spapr-nvram") == 0 && strcmp(g->property, "drive") == 0)
            return take_drive_by_id(p, g->value, "spapr-nvram", g->shown, out);
    }
    for (size_t i = 0; i < set->drive_count; i++)
        if (set->drives[i].config->interface == DRIVE_IF_PFLASH && !*out)
            *out = &set->drives[i];
    return *out ? device_take_drive(*out, "spapr-nvram", (*out)->config->shown) : STATUS_OK;
}

/* -- Buses -- */

enum sim_status device_add_scsi_bus(struct pseries *p, struct scsi_bus *bus, const char *device_id)
{
    struct device_set *const set = p->devices;
    RETURN_IF(set->scsi_bus_count == DEVICE_SCSI_BUSES, STATUS_RANGE, "more than %d SCSI buses",
              DEVICE_SCSI_BUSES);
    if (device_id)
        snprintf(bus->id, sizeof bus->id, "%s.0", device_id);
    else
        snprintf(bus->id, sizeof bus->id, "scsi.%u", set->scsi_bus_count);
    set->scsi_buses[set->scsi_bus_count++] = bus;
    return STATUS_OK;
}

enum sim_status device_arg_scsi_bus(const struct device_args *args, struct scsi_bus **out)
{
    const struct device_set *const set = args->p->devices;
    const char *const id = device_arg(args, "bus");
    for (unsigned i = 0; i < set->scsi_bus_count; i++) {
        if (id ? strcmp(set->scsi_buses[i]->id, id) == 0
               : set->scsi_buses[i]->count < SCSI_BUS_DEVICES) {
            *out = set->scsi_buses[i];
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_UNKNOWN, id ? "%s: there is no SCSI bus '%s'" : "%s: no SCSI bus%s",
                       args->option->shown, id ? id : "; add -device spapr-vscsi before it");
}

/* -- Creating -- */

/* The adapters and targets of -drive if=scsi. */
static enum sim_status create_scsi_drives(struct pseries *p)
{
    struct device_set *const set = p->devices;
    unsigned adapters = 0;
    for (size_t i = 0; i < set->drive_count; i++) {
        const struct pseries_drive *const c = set->drives[i].config;
        if (c->interface == DRIVE_IF_SCSI && c->bus >= adapters)
            adapters = c->bus + 1;
    }
    for (unsigned bus = 0; bus < adapters; bus++) {
        struct vscsi *adapter;
        TRY(vscsi_create(p, NULL, &adapter));
        for (size_t i = 0; i < set->drive_count; i++) {
            const struct pseries_drive *const c = set->drives[i].config;
            if (c->interface == DRIVE_IF_SCSI && c->bus == bus)
                TRY(scsi_create_for_drive(p, vscsi_bus(adapter), &set->drives[i]));
        }
    }
    return STATUS_OK;
}

static enum sim_status create_device(struct pseries *p, const struct pseries_device_option *option)
{
    const struct device_model *const model = device_model_find(option->driver);
    const struct device_args args = {.p = p, .model = model, .option = option};
    TRY(device_option_check(option));
    return model->create(p, &args);
}

/* -drive if=virtio is a -device too. */
static enum sim_status create_virtio_drive(struct pseries *p, struct drive *drive)
{
    const struct device_model *const model = device_model_find("virtio-blk-pci");
    RETURN_IF(!model || !drive->config->id, STATUS_NOT_BUILT, "%s: if=virtio is not built yet",
              drive->config->shown);
    const struct pseries_property property = {"drive", drive->config->id};
    const struct pseries_device_option option = {.shown = drive->config->shown,
                                                 .driver = model->name,
                                                 .properties = &property,
                                                 .property_count = 1};
    return create_device(p, &option);
}

enum sim_status devices_create(struct pseries *p)
{
    struct device_set *const set = p->devices;
    TRY(create_scsi_drives(p));
    for (size_t i = 0; i < set->drive_count; i++)
        if (set->drives[i].config->interface == DRIVE_IF_VIRTIO)
            TRY(create_virtio_drive(p, &set->drives[i]));
    for (size_t i = 0; i < p->config.device_count; i++)
        TRY(create_device(p, &p->config.devices[i]));
    return device_counters_collect(p);
}

/* -- Life -- */

void devices_reset(struct pseries *p)
{
    const struct device_set *const set = p->devices;
    for (unsigned i = 0; i < set->scsi_bus_count; i++)
        for (unsigned k = 0; k < set->scsi_buses[i]->count; k++)
            scsi_device_reset(set->scsi_buses[i]->devices[k], true);
}

void devices_fini(struct pseries *p)
{
    struct device_set *const set = p->devices;
    if (!set)
        return;
    for (unsigned i = 0; i < set->scsi_bus_count; i++)
        for (unsigned k = 0; k < set->scsi_buses[i]->count; k++)
            free(set->scsi_buses[i]->devices[k]);
    for (size_t i = 0; i < set->drive_count; i++)
        block_close(set->drives[i].block);
    free(set->drives);
    free(set->counts);
    free(set);
    p->devices = NULL;
}

uint64_t devices_state_hash(const struct pseries *p, uint64_t hash)
{
    const struct device_set *const set = p->devices;
    for (unsigned i = 0; set && i < set->scsi_bus_count; i++)
        for (unsigned k = 0; k < set->scsi_buses[i]->count; k++)
            hash = state_hash(&scsi_device_state_desc, set->scsi_buses[i]->devices[k], hash);
    return hash;
}

enum sim_status pseries_write_back(struct pseries *p)
{
    struct device_set *const set = p->devices;
    enum sim_status status = STATUS_OK;
    for (size_t i = 0; i < set->drive_count; i++) {
        struct block *const block = set->drives[i].block;
        const enum sim_status one = block ? block_write_back(block) : STATUS_OK;
        if (one != STATUS_OK)
            status = one; /* the others are still to be had */
    }
    return status;
}

bool pseries_disks_differ(const struct pseries *a, const struct pseries *b,
                          struct pseries_disk_difference *d)
{
    for (size_t i = 0; i < a->devices->drive_count; i++) {
        const struct drive *const x = &a->devices->drives[i], *const y = &b->devices->drives[i];
        if (!x->block || !block_differs(x->block, y->block, &d->offset, d->bytes))
            continue;
        memcpy(d->drive, x->name, sizeof d->drive);
        return true;
    }
    return false;
}

void devices_add_images(struct pseries *p)
{
    const struct device_set *const set = p->devices;
    for (size_t i = 0; i < set->drive_count && p->config.hash_drives; i++) {
        const struct drive *const d = &set->drives[i];
        if (!d->block)
            continue;
        struct pseries_image *const image = &p->images[p->image_count++];
        *image = (struct pseries_image){
            .option = d->name, .path = d->config->file, .size = block_size(d->block)};
        memcpy(image->sha256, d->sha256, sizeof image->sha256);
    }
}
