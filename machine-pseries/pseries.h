/*
 * The sPAPR pseries machine: what `sim` sees of it. Facts: PAPR (LoPAR 2.9) and the sources
 * named in each file.
 */
#ifndef HORNPIPE_PSERIES_H
#define HORNPIPE_PSERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "devices.h"
#include "isa/bus.h"
#include "isa/clock.h"
#include "isa/cpu.h"

struct compat_mode;
struct pseries;

enum { PSERIES_CPUS_MAX = 256 };

/* -M cap-cfpc, cap-sbbc, cap-ibs: what the processor does about leaks by speculation. */
enum pseries_cap {
    CAP_BROKEN,
    CAP_WORKAROUND,
    CAP_FIXED,
    CAP_FIXED_IBS = CAP_FIXED, /* cap-ibs only, as what follows */
    CAP_FIXED_CCD,
    CAP_FIXED_NA,
};

/* Filled by `sim` from the command line, read-only afterwards; strings are borrowed and must live
 * as long as the machine. NULL means "not given". */
struct pseries_config {
    const struct cpu_model *cpu;
    const struct compat_mode *max_compat; /* -M max-cpu-compat (compat.h); NULL: none */
    uint64_t ram_size;                    /* bytes, a multiple of 1 MiB, at least 128 MiB */
    unsigned cpu_count;                   /* 1..PSERIES_CPUS_MAX, whole cores */
    unsigned sockets;                     /* 1.. */
    unsigned threads;                     /* of a core: 1, 2, 4, 8; vCPU n is thread n % threads */
    bool vof; /* -M x-vof=on: built-in Open Firmware client interface, no firmware file */
    unsigned max_page_shift; /* -M cap-hpt-max-page-size: 12, 16, 24 or 34 */
    bool cap_htm, cap_vsx, cap_dfp, cap_ccf_assist;
    unsigned cap_cfpc, cap_sbbc, cap_ibs; /* enum pseries_cap */
    bool hotplug_events;                  /* -M modern-hotplug-events */
    const char *host_model, *host_serial; /* -M host-model, host-serial */
    uint64_t kernel_address;              /* -M kernel-addr: a multiple of 64 KiB from 4 MiB */
    const char *bios;                     /* -bios; NULL: search for SLOF (image.c) */
    const char *kernel, *initrd, *append;
    const char *name, *uuid;     /* -name; -uuid (default all zero) */
    const char *boot_order;      /* -boot */
    const char *const *prom_env; /* -prom-env "name=value" list, NULL ended; or NULL */
    const char *dumpdtb;         /* -M dumpdtb=FILE: write the tree at the first reset */
    int64_t rtc_base;            /* seconds since 1970-01-01 UTC at virtual time 0 */
    uint64_t clock_hz;           /* clock-frequency of the cpu nodes */
    unsigned vty_count;          /* consoles, 1 in this version */
    /* -drive, -device and -global, in the order given (devices.h) */
    const struct pseries_drive *drives;
    const struct pseries_device_option *devices;
    const struct pseries_global *globals;
    size_t drive_count, device_count, global_count;
    bool default_devices; /* no -nodefaults: an adapter with a CD-ROM drive */
    bool hash_drives;     /* pseries_images() has the drives' too: recorded or replayed runs */
    /* -- Of several machines that run as one -- */
    struct pseries *beside; /* not NULL: its images, but not what it writes; it lives longer */
    bool defer_writes;      /* images stay as they are until pseries_write_back() */
    bool unlocked_images;   /* another has locked them, and does not write: nothing is written */
};

/* What the machine asks of `sim`; any member may be NULL. */
struct pseries_host {
    void *ctx;
    /* Bytes that the guest wrote to console `vty`; may be called with 1..16 bytes. */
    void (*console_output)(void *ctx, unsigned vty, const uint8_t *bytes, size_t n);
    /* A vty's input FIFO has room again after having been full. */
    void (*console_ready)(void *ctx, unsigned vty);
};

/* What `sim` must do after a hypercall, besides going on. */
enum pseries_action {
    PSERIES_CONTINUE,
    PSERIES_IDLE,      /* cpu->halted is now set: the vCPU ceded or stopped */
    PSERIES_POWER_OFF, /* RTAS power-off */
    PSERIES_REBOOT,    /* RTAS system-reboot */
    PSERIES_PANIC,     /* RTAS ibm,os-term: pseries_panic_message() says why; the guest runs on if
                          `sim` lets it */
};

/* One image file that the run depends on. */
struct pseries_image {
    const char *option; /* "-kernel", "-initrd", "-bios", "-drive ID" */
    const char *path;
    uint64_t size;
    char sha256[65]; /* hexadecimal, lower case */
};

/*
 * Creates the machine: RAM, HPT, vCPUs, devices; reads every image once. Errors name the option
 * and the file. `config` and `host` are copied (strings borrowed); `clock` is borrowed.
 */
enum sim_status pseries_create(const struct pseries_config *config, const struct pseries_host *host,
                               struct isa_clock *clock, struct pseries **out);
void pseries_destroy(struct pseries *p);

/*
 * Power-on or reboot: RAM zero, images read again (STATUS_CHANGED if a hash differs), device tree
 * built, vCPU 0 at the firmware's entry, everything else in reset state. NVRAM and the RTC offset
 * survive.
 */
enum sim_status pseries_reset(struct pseries *p);

/*
 * True if the `sc 1` that `cpu` has just retired acts on memory and tables in it alone (the hashed
 * page table, TCEs): like a store it takes place when it is executed, and what the time is for
 * other vCPUs does not matter. Every other call must wait until no vCPU that runs is behind.
 */
bool pseries_hcall_on_memory(const struct pseries *p, const struct cpu *cpu);

/* Carries out the `sc 1` that `cpu` has just retired (token in r3): results in r3.. */
enum pseries_action pseries_hcall(struct pseries *p, struct cpu *cpu);

/* Offers console input; returns how many bytes the vty's FIFO took. May wake a vCPU. */
size_t pseries_console_input(struct pseries *p, unsigned vty, const uint8_t *bytes, size_t n);
/* Free bytes in that FIFO now. */
size_t pseries_console_space(const struct pseries *p, unsigned vty);

/* A halted vCPU whose wake condition holds (interrupt pending, PROD) becomes runnable: returns
 * true and clears cpu->halted. Call when time has moved or after input. */
bool pseries_wake(struct pseries *p, struct cpu *cpu);

/*
 * Timebase at which time itself next changes something for a vCPU: its decrementer's interrupt, or
 * the end of its wait. UINT64_MAX: it waits, and only others can wake it.
 */
uint64_t pseries_timer_due(const struct pseries *p, const struct cpu *cpu);

/* Cycle at which a device's next event is due; UINT64_MAX: none. */
uint64_t pseries_next_event(const struct pseries *p);
/* Lets the events happen that are due by now; between two batches. */
void pseries_run_events(struct pseries *p);

struct cpu *pseries_cpu(struct pseries *p, unsigned index);
unsigned pseries_cpu_count(const struct pseries *p);
struct isa_bus *pseries_bus(struct pseries *p);
const char *pseries_panic_message(const struct pseries *p);

/* The images, after pseries_create(). */
size_t pseries_images(const struct pseries *p, const struct pseries_image **out);

/* With defer_writes: what the guest has written goes to the images. */
enum sim_status pseries_write_back(struct pseries *p);

/* Where a disk of two machines, one beside the other, holds different bytes. */
struct pseries_disk_difference {
    char drive[72]; /* "-drive ID" */
    uint64_t offset;
    uint8_t bytes[2];
};
/* False if none does. Reads all that either guest has written. */
bool pseries_disks_differ(const struct pseries *a, const struct pseries *b,
                          struct pseries_disk_difference *difference);

/* Calls so far by row; names are "H_ENTER", "ibm,set-xive". Unknown tokens have a row of their own
 * name, "unknown". The arrays live as long as the machine. */
struct pseries_call_count {
    const char *name;
    uint64_t count;
};
size_t pseries_hcall_counts(const struct pseries *p, const struct pseries_call_count **out);
size_t pseries_rtas_counts(const struct pseries *p, const struct pseries_call_count **out);

/* What each device counted so far, as "DEVICE COUNTER": "virtio-blk-pci@0000:00:01.0 reads". The
 * array lives as long as the machine. */
struct pseries_device_count {
    char name[96];
    const uint64_t *count;
};
size_t pseries_device_counts(const struct pseries *p, const struct pseries_device_count **out);

/* Hash of all enumerable machine state but RAM (contract 7), for comparing two runs. */
uint64_t pseries_state_hash(const struct pseries *p);

#endif
