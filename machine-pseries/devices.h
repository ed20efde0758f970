/*
 * Devices as the user asks for them: -drive, -device and -global as lists, filled by `sim`; the
 * table of device models; and what a model's create function reads its properties with.
 */
#ifndef HORNPIPE_DEVICES_H
#define HORNPIPE_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "block.h"

struct pseries;
struct scsi_bus;

/* -- What was asked for: strings are borrowed and live as long as the machine -- */

enum drive_if { DRIVE_IF_SCSI, DRIVE_IF_NONE, DRIVE_IF_PFLASH, DRIVE_IF_VIRTIO };
enum { DRIVE_SCSI_UNITS = 7 }; /* -drive index= counts through so many on an adapter */
enum drive_media { DRIVE_DISK, DRIVE_CDROM };
enum drive_origin { DRIVE_OF_DRIVE, DRIVE_OF_FILE_NODE, DRIVE_OF_FORMAT_NODE };

struct pseries_drive {
    const char *shown; /* "-drive file=x,if=none", for messages */
    const char *id;    /* NULL: none was given */
    enum drive_if interface;
    enum drive_media media;
    unsigned bus, unit; /* if=scsi: adapter and target */
    const char *file;   /* NULL: no medium */
    enum block_format format;
    bool readonly, snapshot, unmap;
    bool auto_readonly;       /* read-only if the file cannot be written */
    enum drive_origin origin; /* -drive and its short forms, or a node of -blockdev */
};

struct pseries_property {
    const char *name, *value; /* "on" for a bare name */
};

struct pseries_device_option {
    const char *shown; /* "-device scsi-hd,drive=d0" */
    const char *driver;
    const struct pseries_property *properties;
    size_t property_count;
};

struct pseries_global {
    const char *shown; /* "-global spapr-nvram.drive=d0" */
    const char *driver, *property, *value;
};

/* -- Models -- */

struct device_property {
    const char *name; /* NULL ends the list */
    const char *type; /* for NAME,help: "uint32", "str", "on/off" */
    const char *help; /* with the default */
};

struct device_args;

struct device_model {
    const char *name;
    const char *bus;                          /* it sits on: "spapr-vio-bus", "SCSI", "PCI" */
    const char *help;                         /* one line */
    const struct device_property *properties; /* besides "id" and "bus", which all have */
    /* Adds one to the machine; NULL: the machine has it already, and -device adds none. */
    enum sim_status (*create)(struct pseries *p, const struct device_args *args);
};

/* Every model; a row each in devices.c. */
extern const struct device_model *const device_models[]; /* NULL-ended */
const struct device_model *device_model_find(const char *name);

/* -device help; -device NAME,help. */
void device_models_help(FILE *out);
void device_model_help(const struct device_model *model, FILE *out);

/* Driver and property names exist; values are create()'s. For `sim`, when it parses. */
enum sim_status device_option_check(const struct pseries_device_option *option);
enum sim_status device_global_check(const struct pseries_global *global);

/* -- Inside machine-pseries -- */

/* What create() gets: one -device, and the -global values for its driver below it. */
struct device_args {
    struct pseries *p;
    const struct device_model *model;
    const struct pseries_device_option *option;
};

/* Value of a property; NULL: not given. */
const char *device_arg(const struct device_args *args, const char *name);
/* Leave *out alone when the property is not given. Failures name the option. */
enum sim_status device_arg_number(const struct device_args *args, const char *name, uint64_t min,
                                  uint64_t max, uint64_t *out);
enum sim_status device_arg_bool(const struct device_args *args, const char *name, bool *out);

/* An opened -drive. */
struct drive {
    const struct pseries_drive *config;
    struct block *block;  /* NULL: no medium */
    const char *taken_by; /* the driver that has it, NULL: none */
    char sha256[65];      /* when the run is recorded or replayed */
    char name[72];        /* "-drive ID", "-blockdev ID" */
};

/* The drive that the property "drive" names, now the caller's; *out NULL when the property is not
 * given. A drive serves one device only. */
enum sim_status device_arg_drive(const struct device_args *args, struct drive **out);

/* Takes a drive for `driver`; a drive serves one device only. */
enum sim_status device_take_drive(struct drive *drive, const char *driver, const char *shown);

/* A bus that devices are put on, by the id that bus= names: "scsi.0", "vs0.0". */
enum sim_status device_add_scsi_bus(struct pseries *p, struct scsi_bus *bus, const char *device_id);
enum sim_status device_arg_scsi_bus(const struct device_args *args, struct scsi_bus **out);

/* Virtual time since power-on in ns, for block_delay_ns(). */
uint64_t pseries_now_ns(const struct pseries *p);

/* Opens every -drive: before the machine's own parts, of which NVRAM wants one. */
enum sim_status devices_open(struct pseries *p);
/* The drive behind NVRAM: -global spapr-nvram.drive=, or if=pflash; NULL: none. */
enum sim_status devices_nvram_drive(struct pseries *p, struct drive **out);
/* Creates what was asked for; the machine's own parts exist. */
enum sim_status devices_create(struct pseries *p);
/* Machine reset of the SCSI devices; adapters are reset by their buses. */
void devices_reset(struct pseries *p);
void devices_fini(struct pseries *p);
/* The drives' images behind the others of the machine, if config.hash_drives. */
void devices_add_images(struct pseries *p);
/* Chained through `hash`, for pseries_state_hash(). */
uint64_t devices_state_hash(const struct pseries *p, uint64_t hash);

#endif
