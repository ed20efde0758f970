/* scsi-hd and scsi-cd: from -device, and from -drive if=scsi. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "device_set.h"
#include "pseries_internal.h"

enum { BLOCK_SIZE_DISK = 512, BLOCK_SIZE_CD = 2048 };

/* Where and as what a device answers; UINT64_MAX: to be chosen. */
struct scsi_wanted {
    const char *shown;
    enum scsi_kind kind;
    uint64_t channel, target, lun, wwn;
    const char *serial, *vendor, *product, *version, *name;
};

static void pad(char *field, size_t size, const char *text)
{
    memset(field, ' ', size);
    memcpy(field, text, strnlen(text, size));
}

static enum sim_status choose_address(const struct scsi_bus *bus, struct scsi_wanted *w)
{
    if (w->target == UINT64_MAX) {
        for (w->target = 0; w->target < bus->max_target; w->target++)
            if (!scsi_bus_find_target(bus, (unsigned)w->channel, (unsigned)w->target))
                break;
    }
    if (w->lun == UINT64_MAX) {
        for (w->lun = 0; w->lun < bus->max_lun; w->lun++)
            if (!scsi_bus_find(bus, (unsigned)w->channel, (unsigned)w->target, (unsigned)w->lun))
                break;
    }
    RETURN_IF(w->channel > bus->max_channel || w->target > bus->max_target || w->lun > bus->max_lun,
              STATUS_RANGE,
              "%s: the bus %s has channels 0 to %u, targets (scsi-id) 0 to %u and LUNs 0 to %u",
              w->shown, bus->id, bus->max_channel, bus->max_target, bus->max_lun);
    RETURN_IF(scsi_bus_find(bus, (unsigned)w->channel, (unsigned)w->target, (unsigned)w->lun),
              STATUS_USAGE,
              "%s: channel %" PRIu64 ", target %" PRIu64 ", LUN %" PRIu64 " of %s is taken",
              w->shown, w->channel, w->target, w->lun, bus->id);
    return STATUS_OK;
}

static bool is_before(const struct scsi_device *a, const struct scsi_device *b)
{
    if (a->channel != b->channel)
        return a->channel < b->channel;
    return a->target != b->target ? a->target < b->target : a->lun < b->lun;
}

static void insert(struct scsi_bus *bus, struct scsi_device *d)
{
    unsigned at = bus->count++;
    for (; at > 0 && is_before(d, bus->devices[at - 1]); at--)
        bus->devices[at] = bus->devices[at - 1];
    bus->devices[at] = d;
}

static enum sim_status add(struct scsi_bus *bus, struct scsi_wanted *w, struct drive *drive)
{
    struct block *const block = drive ? drive->block : NULL;
    const uint32_t unit = w->kind == SCSI_CDROM ? BLOCK_SIZE_CD : BLOCK_SIZE_DISK;
    RETURN_IF(w->kind == SCSI_DISK && !block, STATUS_USAGE, "%s: a disk needs a drive with a file",
              w->shown);
    RETURN_IF(w->kind == SCSI_CDROM && block && !block_is_readonly(block), STATUS_USAGE,
              "%s: a CD-ROM is only read: its drive needs media=cdrom or readonly=on", w->shown);
    RETURN_IF(block && block_size(block) < unit, STATUS_FORMAT,
              "%s: %s: %" PRIu64 " bytes are less than one block of %u", w->shown,
              block_file(block), block_size(block), unit);
    RETURN_IF(bus->count == SCSI_BUS_DEVICES, STATUS_RANGE, "%s: the bus %s is full", w->shown,
              bus->id);
    TRY(choose_address(bus, w));
    struct scsi_device *const d = calloc(1, sizeof *d);
    RETURN_IF(!d, STATUS_NO_MEMORY, "%s: no host memory", w->shown);
    d->kind = w->kind;
    d->channel = (uint8_t)w->channel;
    d->target = (uint8_t)w->target;
    d->lun = (uint16_t)w->lun;
    d->block = block;
    d->block_size = unit;
    d->blocks = block ? block_size(block) / unit : 0;
    d->wwn = w->wwn;
    /* What QEMU's devices call themselves: a guest's /dev/disk/by-id stays as it was there. */
    pad(d->vendor, sizeof d->vendor, w->vendor ? w->vendor : "QEMU");
    pad(d->product, sizeof d->product,
        w->product              ? w->product
        : w->kind == SCSI_CDROM ? "QEMU CD-ROM"
                                : "QEMU HARDDISK");
    pad(d->revision, sizeof d->revision, w->version ? w->version : "2.5+");
    snprintf(d->serial, sizeof d->serial, "%s", w->serial ? w->serial : "");
    snprintf(d->name, sizeof d->name, "%s", w->name ? w->name : "");
    scsi_device_reset(d, true);
    insert(bus, d);
    return STATUS_OK;
}

enum sim_status scsi_create_for_drive(struct pseries *p, struct scsi_bus *bus, struct drive *drive)
{
    const struct pseries_drive *const c = drive->config;
    const bool cd = c->media == DRIVE_CDROM;
    struct scsi_wanted w = {
        .shown = c->shown, .kind = cd ? SCSI_CDROM : SCSI_DISK, .target = c->unit, .name = c->id};
    (void)p;
    TRY(device_take_drive(drive, cd ? "scsi-cd" : "scsi-hd", c->shown));
    return add(bus, &w, drive);
}

static enum sim_status create(const struct device_args *args, enum scsi_kind kind)
{
    struct scsi_wanted w = {.shown = args->option->shown,
                            .kind = kind,
                            .target = UINT64_MAX,
                            .lun = UINT64_MAX,
                            .serial = device_arg(args, "serial"),
                            .vendor = device_arg(args, "vendor"),
                            .product = device_arg(args, "product"),
                            .version = device_arg(args, "ver"),
                            .name = device_arg(args, "device_id")};
    struct scsi_bus *bus;
    struct drive *drive;
    TRY(device_arg_scsi_bus(args, &bus));
    TRY(device_arg_drive(args, &drive));
    TRY(device_arg_number(args, "channel", 0, bus->max_channel, &w.channel));
    TRY(device_arg_number(args, "scsi-id", 0, bus->max_target, &w.target));
    TRY(device_arg_number(args, "lun", 0, bus->max_lun, &w.lun));
    TRY(device_arg_number(args, "wwn", 0, UINT64_MAX, &w.wwn));
    RETURN_IF(w.serial && strlen(w.serial) > SCSI_SERIAL_MAX, STATUS_RANGE,
              "%s: serial: more than %d characters", w.shown, SCSI_SERIAL_MAX);
    if (!w.name)
        w.name = w.serial ? w.serial : drive && drive->config->id ? drive->config->id : NULL;
    RETURN_IF(w.name && strlen(w.name) >= sizeof((struct scsi_device *)0)->name, STATUS_RANGE,
              "%s: device_id: more than %zu characters", w.shown,
              sizeof((struct scsi_device *)0)->name - 1);
    return add(bus, &w, drive);
}

static enum sim_status create_hd(struct pseries *p, const struct device_args *args)
{
    (void)p;
    return create(args, SCSI_DISK);
}

static enum sim_status create_cd(struct pseries *p, const struct device_args *args)
{
    (void)p;
    return create(args, SCSI_CDROM);
}

static const struct device_property properties[] = {
    {"drive", "str", "id of the -drive with the image"},
    {"channel", "uint32", "channel of the adapter (default 0)"},
    {"scsi-id", "uint32", "target (default: the first free one)"},
    {"lun", "uint32", "logical unit (default: the first free one)"},
    {"serial", "str", "serial number, VPD page 80h"},
    {"device_id", "str", "name in VPD page 83h (default: serial, or the drive's id)"},
    {"wwn", "uint64", "NAA name in VPD page 83h (default: none)"},
    {"vendor", "str", "vendor of INQUIRY (default QEMU)"},
    {"product", "str", "product of INQUIRY (default QEMU HARDDISK or QEMU CD-ROM)"},
    {"ver", "str", "revision of INQUIRY (default 2.5+)"},
    {0},
};

const struct device_model scsi_hd_model = {.name = "scsi-hd",
                                           .bus = "SCSI",
                                           .help = "SCSI disk",
                                           .properties = properties,
                                           .create = create_hd};
const struct device_model scsi_cd_model = {.name = "scsi-cd",
                                           .bus = "SCSI",
                                           .help = "SCSI CD-ROM",
                                           .properties = properties,
                                           .create = create_cd};
