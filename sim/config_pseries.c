/*
 * -machine and -accel: the keys of QEMU's pseries machine. Each acts, is accepted because nothing
 * depends on it here, or is refused with what is missing.
 */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/compound.h"
#include "base/nearest.h"
#include "base/numbers.h"
#include "config_internal.h"

/* -- The type, and its versions --- */

/*
 * QEMU's versions of the machine up to `last`, as major * 100 + minor, and why they are not built.
 * From 5.1 on they differ in nothing that is here (their device trees are the same).
 */
static const struct {
    unsigned last;
    const char *why;
} versions[] = {
    {300, "its interrupt numbers are not built"},
    {401, "its numbers of vCPUs, in steps of eight, are not built"},
    {500, "its associativity reference points are not built"},
    {702, NULL},
};

static bool parse_version(const char *text, unsigned *version)
{
    unsigned major, minor;
    int length = 0;
    if (strlen(text) > 16 || sscanf(text, "%2u.%2u%n", &major, &minor, &length) != 2)
        return false;
    *version = major * 100 + minor;
    return !text[length] || strcmp(text + length, "-sxxm") == 0;
}

static enum sim_status machine_type(const struct option_use *use, void *object)
{
    static const char name[] = "pseries";
    const size_t length = strlen(name);
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    unsigned version;
    (void)object;
    if (strcmp(use->value, name) == 0)
        return STATUS_OK;
    if (strncmp(use->value, name, length) == 0 && use->value[length] == '-' &&
        parse_version(use->value + length + 1, &version)) {
        for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
            if (version > versions[i].last)
                continue;
            RETURN_IF(versions[i].why, STATUS_NOT_BUILT, "%s: %s; pseries-5.1 to pseries-7.2 are",
                      use->shown, versions[i].why);
            return STATUS_OK;
        }
        return status_fail(STATUS_NOT_BUILT, "%s: not built yet; pseries-5.1 to pseries-7.2 are",
                           use->shown);
    }
    nearest_init(&nearest, use->value);
    nearest_consider(&nearest, name);
    return status_fail(STATUS_UNKNOWN, "%s: unknown machine '%s'%s", use->spelled, use->value,
                       nearest_hint(&nearest, "", hint, sizeof hint));
}

static bool show_machine_type(const void *object, size_t index, FILE *out)
{
    (void)object;
    if (index == 0)
        fputs("pseries", out);
    return index == 0;
}

/* -- Keys with values of their own --- */

/* The page sizes there are, and their shifts; what lies between acts as the next smaller one. */
static const struct {
    const char *name;
    unsigned shift;
} page_sizes[] = {{"4K", 12}, {"64K", 16}, {"16M", 24}, {"16G", 34}};

static enum sim_status max_page_size(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    uint64_t size = 0;
    const enum number_result result = number_parse_size(use->value, 1, &size);
    RETURN_IF(result != NUMBER_OK || size < 4096 || (size & (size - 1)), STATUS_RANGE,
              "%s: must be a power of two from 4K, such as 64K, 16M or 16G", use->shown);
    for (size_t i = 0; i < ARRAY_SIZE(page_sizes); i++)
        if (size >> page_sizes[i].shift)
            config->machine.max_page_shift = page_sizes[i].shift;
    return STATUS_OK;
}

static bool show_max_page_size(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    for (size_t i = 0; i < ARRAY_SIZE(page_sizes) && index == 0; i++)
        if (page_sizes[i].shift == config->machine.max_page_shift)
            fputs(page_sizes[i].name, out);
    return index == 0;
}

static enum sim_status kernel_address(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    uint64_t address = 0;
    const enum number_result result = number_parse_size(use->value, 1, &address);
    RETURN_IF(result != NUMBER_OK, STATUS_USAGE, "%s: not an address (such as 0x400000 or 4M)",
              use->shown);
    RETURN_IF(address < CONFIG_KERNEL_ADDRESS || address >= CONFIG_KERNEL_ADDRESS_END ||
                  address % CONFIG_KERNEL_ALIGN,
              STATUS_RANGE, "%s: must be a multiple of 64K from 4M, which firmware takes, below 2G",
              use->shown);
    config->machine.kernel_address = address;
    return STATUS_OK;
}

static bool show_kernel_address(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index == 0)
        fprintf(out, "0x%llx", (unsigned long long)config->machine.kernel_address);
    return index == 0;
}

/* Compared with -smp when all is known. */
static enum sim_status core_steps(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    const enum number_result result = number_parse_count(use->value, &config->vsmt);
    RETURN_IF(result != NUMBER_OK || !config->vsmt, STATUS_USAGE, "%s: not a number from 1",
              use->shown);
    return STATUS_OK;
}

/* Another spelling of an option: a string whose member is at the row's offset. */
static enum sim_status machine_string(const struct option_use *use, void *object)
{
    *(const char **)((char *)object + use->option->offset) = use->value;
    return STATUS_OK;
}

static enum sim_status machine_file(const struct option_use *use, void *object)
{
    RETURN_IF(!*use->value, STATUS_USAGE, "%s: the file name is empty", use->spelled);
    return machine_string(use, object);
}

/* -- Accelerators --- */

static void ask_for(struct run_config *config, const struct option_use *use, bool kvm)
{
    config->accel_tcg |= !kvm;
    config->accel_kvm |= kvm;
    config->accel_spelled = use->shown;
}

/* A name, or several with colons between them, of which one that is there is taken. */
static enum sim_status accelerators(const struct option_use *use, void *object)
{
    for (const char *at = use->value;; at++) {
        const size_t length = strcspn(at, ":");
        const bool kvm = length == 3 && strncmp(at, "kvm", length) == 0;
        RETURN_IF(!kvm && (length != 3 || strncmp(at, "tcg", length) != 0), STATUS_UNKNOWN,
                  "%s: unknown accelerator '%.*s'; there is tcg, which is our own engine",
                  use->shown, (int)length, at);
        ask_for(object, use, kvm);
        at += length;
        if (!*at)
            return STATUS_OK;
    }
}

enum sim_status config_enable_kvm(const struct option_use *use, void *object)
{
    ask_for(object, use, true);
    return STATUS_OK;
}

enum sim_status config_check_accel(const struct run_config *config)
{
    RETURN_IF(config->accel_kvm && !config->accel_tcg, STATUS_NOT_BUILT,
              "%s: not built yet: there is no engine that runs guests on KVM; -accel tcg is our"
              " own engine",
              config->accel_spelled);
    return STATUS_OK;
}

enum sim_status config_accel(const struct option_use *use, void *object)
{
    static const char *const threads[] = {"single", "multi", NULL};
    static const char *const on_off[] = {"on", "off", NULL};
    /* clang-format off */
    static const struct option keys[] = {
        OPT_CALL("accel", NULL, "tcg", accelerators, NULL, NULL),
        OPT_ACCEPT("thread", "single|multi", threads, NULL),
        OPT_ACCEPT("tb-size", "N", NULL, NULL),
        OPT_ACCEPT("split-wx", "on|off", on_off, NULL),
        OPT_END,
    };
    /* clang-format on */
    if (strcmp(use->value, "help") == 0) {
        printf("tcg    our own engine, under the name of QEMU's\n");
        ((struct run_config *)object)->list_only = true;
        return STATUS_OK;
    }
    return options_parse_keys(use, keys, "accel", object);
}

/* -- The keys --- */

static const char *const off[] = {"off", NULL};
static const char *const on_off[] = {"on", "off", NULL};
static const char *const xics[] = {"xics", "dual", NULL};
static const char *const no_resize[] = {"disabled", "default", NULL};
static const char *const kvm_types[] = {"auto", "HV", "PR", "hv", "pr", NULL};
static const char *const flushes[] = {"broken", "workaround", "fixed", NULL};
static const char *const branches[] = {"broken",    "workaround", "fixed-ibs",
                                       "fixed-ccd", "fixed-na",   NULL};

_Static_assert(CAP_BROKEN == 0 && CAP_WORKAROUND == 1 && CAP_FIXED == 2, "ORDER flushes, branches");
_Static_assert(CAP_FIXED_IBS == 2 && CAP_FIXED_CCD == 3 && CAP_FIXED_NA == 4, "ORDER branches");

/* clang-format off */
const struct option config_machine_keys[] = {
    OPT_CALL("machine", "type", "pseries[-VERSION]", machine_type, show_machine_type, NULL,
             .guest = true),

    OPT_GROUP("Keys that act"),
    OPT_ON_OFF("x-vof", struct run_config, machine.vof,
             "Built-in Open Firmware client interface instead of firmware (default off)",
             .guest = true),
    OPT_CALL("cap-hpt-max-page-size", NULL, "SIZE", max_page_size, show_max_page_size,
             "Largest page of the hash page table: 4K, 64K, 16M or 16G (default 64K)",
             .guest = true),
    OPT_CALL("max-cpu-compat", NULL, "MODE", config_max_cpu_compat, config_show_max_cpu_compat,
             "Newest processor that the guest sees: power6, power7, power7+ or power8 (default: what"
             " -cpu is); what came later is not there for its programs", .guest = true),
    OPT_ON_OFF("cap-htm", struct run_config, machine.cap_htm,
             "Say that there is transactional memory, whose transactions all fail (default off)",
             .guest = true),
    OPT_ON_OFF("cap-vsx", struct run_config, machine.cap_vsx,
             "Say that there is VSX (default on)", .guest = true),
    OPT_ON_OFF("cap-dfp", struct run_config, machine.cap_dfp,
             "Say that there is decimal floating point (default on)", .guest = true),
    OPT_CHOICE("cap-cfpc", "broken|workaround|fixed", struct run_config, machine.cap_cfpc, flushes,
             "What H_GET_CPU_CHARACTERISTICS says of flushing the data cache when privilege"
             " changes (default fixed: there is nothing to flush)", .guest = true),
    OPT_CHOICE("cap-sbbc", "broken|workaround|fixed", struct run_config, machine.cap_sbbc, flushes,
             "Likewise, of speculation past bounds checks (default fixed)", .guest = true),
    OPT_CHOICE("cap-ibs", "broken|workaround|fixed-ibs|fixed-ccd|fixed-na", struct run_config,
             machine.cap_ibs, branches,
             "Likewise, of speculation of indirect branches (default fixed-na)", .guest = true),
    OPT_ON_OFF("cap-ccf-assist", struct run_config, machine.cap_ccf_assist,
             "Likewise, of help in flushing the count cache, with cap-ibs=workaround (default off)",
             .guest = true),
    OPT_STRING("host-model", "TEXT", struct run_config, machine.host_model,
             "Property of that name of the device tree's root (default: not there)", .guest = true),
    OPT_STRING("host-serial", "TEXT", struct run_config, machine.host_serial,
             "Property of that name of the device tree's root (default: not there)", .guest = true),
    OPT_ON_OFF("modern-hotplug-events", struct run_config, machine.hotplug_events,
             "Have a source of hot-plug events in the device tree (default on)", .guest = true),
    OPT_CALL("kernel-addr", NULL, "ADDRESS", kernel_address, show_kernel_address,
             "Where the kernel is put (default 0x400000)", .guest = true),
    OPT_FILE("dumpdtb", "FILE", struct run_config, machine.dumpdtb,
             "Write the device tree that the guest would get, and run nothing"),
    OPT_CALL("kernel", NULL, "FILE", machine_file, NULL, "As -kernel",
             .offset = offsetof(struct run_config, machine.kernel)),
    OPT_CALL("initrd", NULL, "FILE", machine_file, NULL, "As -initrd",
             .offset = offsetof(struct run_config, machine.initrd)),
    OPT_CALL("append", NULL, "TEXT", machine_string, NULL, "As -append",
             .offset = offsetof(struct run_config, machine.append)),
    OPT_CALL("firmware", NULL, "FILE", machine_file, NULL, "As -bios",
             .offset = offsetof(struct run_config, machine.bios)),
    OPT_CALL("accel", NULL, "NAME[:NAME]...", accelerators, NULL,
             "tcg (the default), our own engine; kvm is not built"),

    OPT_GROUP("Keys that are accepted and change nothing"),
    OPT_ACCEPT_WHY("kvm-type", "auto|HV|PR", kvm_types, "only for KVM, which there is not"),
    OPT_ACCEPT_WHY("ic-mode", "xics|dual", xics,
               "POWER8 and older have XICS only; XIVE needs a POWER9"),
    OPT_ACCEPT_WHY("resize-hpt", "disabled|default", no_resize,
               "the hash page table keeps its size: H_RESIZE_HPT_PREPARE and _COMMIT are missing"),
    OPT_CALL("vsmt", NULL, "N", core_steps, NULL,
              "steps in which cores are numbered: only as many as a core has threads (the"
              " default)"),
    OPT_ACCEPT_WHY("usb", "off", off, "there is no USB"),
    OPT_ACCEPT_WHY("graphics", "off", off, "there are no graphics"),
    OPT_ACCEPT_WHY("cap-fwnmi", "off", off,
               "RTAS has no ibm,nmi-register, and machine checks go to their vector"),
    OPT_ACCEPT_WHY("cap-large-decr", "off", off, "a POWER9 has a large decrementer"),
    OPT_ACCEPT_WHY("cap-nested-hv", "off", off, "a POWER9 has nested guests"),
    OPT_ACCEPT_WHY("cap-rpt-invalidate", "off", off, "a POWER9 has radix page tables"),
    OPT_ACCEPT_WHY("dump-guest-core", "on|off", on_off, "the host's matter"),
    OPT_ACCEPT_WHY("mem-merge", "on|off", on_off, "the host's matter"),
    OPT_ACCEPT_WHY("suppress-vmdesc", "on|off", on_off, "there is no migration"),

    OPT_GROUP("Keys that are refused"),
    OPT_REFUSED_WHY("memory", "say -m"),
    OPT_REFUSED_WHY("memory-backend", "there is no -object memory-backend-*; -m has the size"),
    OPT_REFUSED_WHY("smp", "say -smp"),
    OPT_REFUSED_WHY("boot", "say -boot"),
    OPT_REFUSED_WHY("dtb", "the device tree is the machine's own, as in QEMU's pseries"),
    OPT_REFUSED_WHY("dt-compatible", "QEMU's pseries does not heed it either"),
    OPT_REFUSED_WHY("phandle-start", "QEMU's pseries does not heed it either"),
    OPT_REFUSED_WHY("confidential-guest-support", "there is no protected execution facility"),
    OPT_REFUSED_WHY("memory-encryption", "there is no protected execution facility"),
    OPT_END,
};
/* clang-format on */

static bool ends_in_help(const char *value)
{
    const size_t length = strlen(value);
    return length > 5 && strcmp(value + length - 5, ",help") == 0;
}

enum sim_status config_machine(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    static const struct option_table keys = {
        .command = "hornpipe run",
        .usage = "-M pseries[,KEY=VALUE]...",
        .intro = "The machine is QEMU's pseries-7.2; pseries-5.1 to pseries-7.1 are the same here.",
        .options = config_machine_keys,
    };
    if (strcmp(use->value, "help") == 0) {
        printf("pseries    POWER8 logical partition (PAPR), the default and only machine\n");
        config->list_only = true;
        return STATUS_OK;
    }
    if (ends_in_help(use->value)) {
        options_help(&keys, stdout);
        config->list_only = true;
        return STATUS_OK;
    }
    return options_parse_keys(use, config_machine_keys, "type", object);
}

static void show_key(void *ctx, const struct option *key, const char *value)
{
    FILE *const out = ctx;
    if (key != config_machine_keys)
        fprintf(out, ",%s=", key->name);
    compound_write(out, value);
}

bool config_show_machine(const void *object, size_t index, FILE *out)
{
    if (index == 0)
        options_visit(config_machine_keys, object, show_key, out);
    return index == 0;
}
