#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config_devices.h"
#include "config_internal.h"
#include "isa/code_cache.h"

static const char *const none[] = {"none", NULL};
const char *const run_engine_names[] = {"precise", "threaded", "lockstep", NULL};
static const char *const paces[] = {"auto", "host", "none", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};

_Static_assert(RUN_PRECISE == 0 && RUN_THREADED == 1 && RUN_LOCKSTEP == 2, "ORDER engines");
_Static_assert(PACE_AUTO == 0 && PACE_HOST == 1 && PACE_NONE == 2, "ORDER paces");
_Static_assert(LOG_ERROR == 0 && LOG_WARNING == 1 && LOG_INFO == 2 && LOG_DEBUG == 3,
               "ORDER log_levels");

/* clang-format off */
static const struct option run_options[] = {
    OPT_GROUP("Machine, as QEMU spells it"),
    OPT_CALL("-machine", "-M", "pseries[,KEY=VALUE]...", config_machine, config_show_machine,
             "The machine; '-M pseries,help' lists its keys. x-vof=on boots -kernel through a"
             " built-in Open Firmware client interface, without firmware", .guest = true),
    OPT_CALL("-cpu", NULL, "MODEL[,compat=MODE]", config_cpu, config_show_cpu,
             "Processor model (default POWER8); '-cpu help' lists them. compat= is -M"
             " max-cpu-compat=", .guest = true),
    OPT_CALL("-m", NULL, "SIZE", config_memory, config_show_memory,
             "Guest memory: 1G, 768M, or a number of MiB (default 512M)", .guest = true),
    OPT_CALL("-smp", NULL, "N[,KEY=N]...", config_smp, config_show_smp,
             "Number of vCPUs (default 1, at most 256), and sockets=, cores=, threads=1|2|4|8",
             .guest = true),
    OPT_FILE("-bios", "FILE", struct run_config, machine.bios,
               "Firmware: an ELF file or a raw image (default: Debian's slof.bin)"),
    OPT_FILE("-kernel", "FILE", struct run_config, machine.kernel,
               "Kernel, an uncompressed ELF file (vmlinux)"),
    OPT_FILE("-initrd", "FILE", struct run_config, machine.initrd, "Initial RAM disk"),
    OPT_STRING("-append", "TEXT", struct run_config, machine.append, "Kernel command line",
               .guest = true),
    OPT_CALL("-boot", NULL, "ORDER", config_boot, config_show_boot,
             "Boot order for firmware, in drive letters", .guest = true),
    OPT_CALL("-prom-env", NULL, "NAME=VALUE", config_prom_env, config_show_prom_env,
             "Set a firmware variable in NVRAM; may be repeated", .guest = true),
    OPT_CALL("-name", NULL, "NAME", config_name, config_show_name, "Name of the guest",
             .guest = true),
    OPT_CALL("-uuid", NULL, "UUID", config_uuid, config_show_uuid, "UUID of the guest",
             .guest = true),
    OPT_CALL("-rtc", NULL, "base=utc|DATETIME", config_rtc, config_show_rtc,
             "Start of the real-time clock (default 2026-01-01T00:00:00); utc takes the host's and"
             " records it", .guest = true),
    OPT_FLAG("-no-reboot", NULL, struct run_config, no_reboot,
             "End with status 0 when the guest reboots", .guest = true),
    OPT_CALL("-drive", NULL, "file=FILE[,KEY=VALUE]...", config_drive, config_show_drive,
             "A disk image: id=, if=scsi|none|pflash, media=disk|cdrom, format=raw|qcow2, index=,"
             " bus=, unit=, readonly=on, snapshot=on (what the guest writes is dropped),"
             " discard=unmap. if=scsi, the default, is a disk or CD-ROM on the default spapr-vscsi;"
             " if=none is for -device; if=pflash keeps the NVRAM"),
    OPT_CALL("-blockdev", NULL, "driver=NAME,node-name=NODE[,KEY=VALUE]...", config_blockdev,
             config_show_blockdev,
             "An image for drive=NODE of a -device: driver=raw|qcow2 with file.driver=file,"
             " file.filename=FILE or file=NODE of one with driver=file, filename=FILE; read-only=on,"
             " auto-read-only=on, discard=unmap. A JSON object too, as for -device"),
    OPT_CALL("-device", NULL, "NAME[,KEY=VALUE]...", config_device, config_show_device,
             "Add a device; '-device help' lists them, '-device NAME,help' its properties",
             .guest = true),
    OPT_CALL("-global", NULL, "NAME.KEY=VALUE", config_global, config_show_global,
             "A property of every device of that name", .guest = true),
    OPT_CALL("-hda", NULL, "FILE", config_hd, NULL, "As -drive file=FILE,index=0; so -hdb to -hdd"),
    OPT_CALL("-hdb", NULL, "FILE", config_hd, NULL, NULL),
    OPT_CALL("-hdc", NULL, "FILE", config_hd, NULL, NULL),
    OPT_CALL("-hdd", NULL, "FILE", config_hd, NULL, NULL),
    OPT_CALL("-cdrom", NULL, "FILE", config_cdrom, NULL,
             "As -drive file=FILE,index=2,media=cdrom"),
    OPT_CALL("-pflash", NULL, "FILE", config_pflash, NULL, "As -drive file=FILE,if=pflash"),
    OPT_FLAG("-snapshot", NULL, struct run_config, snapshot, "As snapshot=on for every drive"),
    OPT_FLAG("-nodefaults", NULL, struct run_config, nodefaults,
             "No default devices (a spapr-vscsi with an empty CD-ROM drive), and the console's"
             " output is dropped unless -serial says where it goes", .guest = true),
    OPT_CALL("-serial", NULL, "mon:stdio|stdio|null|none", config_serial, config_show_serial,
             "Where the console goes (default mon:stdio: this terminal, Ctrl-a x quits)"),
    OPT_ACCEPT("-nographic", NULL, NULL,
               "Accepted, as are -display none, -vga none, -monitor none, -parallel none, -nic"
               " none, -net none (there are no such devices) and -accel tcg (our engine)"),
    OPT_ACCEPT("-display", "none", none, NULL),
    OPT_ACCEPT("-vga", "none", none, NULL),
    OPT_ACCEPT("-monitor", "none", none, NULL),
    OPT_ACCEPT("-parallel", "none", none, NULL),
    OPT_ACCEPT("-nic", "none", none, NULL),
    OPT_ACCEPT("-net", "none", none, NULL),
    OPT_ACCEPT("-no-user-config", NULL, NULL, NULL),
    OPT_CALL("-accel", NULL, "tcg", config_accel, NULL, NULL),
    OPT_CALL("-enable-kvm", NULL, NULL, config_enable_kvm, NULL, NULL),

    OPT_GROUP("Engine and virtual time"),
    OPT_CHOICE("--engine", "precise|threaded|lockstep", struct run_config, engine,
               run_engine_names,
               "How instructions are executed: one by one, by chains of decoded blocks (the"
               " default), which is faster and otherwise the same, or both ways at once, up to the"
               " first difference, which is traced to its instruction; images are then written at"
               " the end"),
    OPT_CALL("--engine-at", NULL, "EVENT:ENGINE", config_engine_at, config_show_engine_at,
             "Change the engine at an event of --until; may be repeated"),
    OPT_SIZE("--code-cache", "SIZE", struct run_config, code_cache, 1 << 20, UINT64_C(1) << 34,
             "Host memory for decoded instructions (default 128M)"),
    OPT_CALL("--model", NULL, "none", config_model, NULL,
             "Which core's cycles are accounted; none yet"),
    OPT_COUNT("--clock", "HZ", struct run_config, clock_hz, 1000000, 100000000000,
              "Core cycles in a second of virtual time (default 1G)", .guest = true),
    OPT_COUNT("--cpi", "N", struct run_config, cpi, 1, 1000000,
              "Core cycles an instruction takes (default 1)", .guest = true),
    OPT_CHOICE("--pace", "auto|host|none", struct run_config, pace, paces,
               "What the guest's idle time costs here: 'host' waits it out, 'none' skips to the"
               " next event, 'auto' (the default) waits only with live input"),

    OPT_GROUP("Recording"),
    OPT_CALL("--record", NULL, "FILE[,force]", config_record, config_show_record,
             "Leave a run database (SQLite); an existing file is replaced only if forced"),
    OPT_FLAG("--force", NULL, struct run_config, record_force, "As --record FILE,force"),
    OPT_COUNT("--interval", "N", struct run_config, interval, 1000, INT64_MAX,
              "Instructions in an interval of the time series (default 10M)", .guest = true),
    OPT_ON_OFF("--counters", struct run_config, counters, NULL),

    OPT_GROUP("Control"),
    OPT_CALL("--until", NULL, "EVENT", config_until, NULL,
             "Stop at icount=N instructions, when console=TEXT has been printed, or at vtime=T of"
             " virtual time (1.5s, 200ms); may be repeated"),
    OPT_CALL("--at", NULL, "EVENT:ACTION", config_at, config_show_trigger,
             "At an event as above: stop or reset; may be repeated", .guest = true),
    OPT_FILE("--script", "FILE", struct run_config, script,
               "Drive the console by a script: expect TEXT, send TEXT, stop"),
    OPT_FILE("--replay", "FILE.db", struct run_config, replay,
               "Take all input from a recorded run, at the same instructions"),

    OPT_GROUP("What you see"),
    OPT_FLAG("--progress", NULL, struct run_config, progress,
             "Show a progress line when stderr is a terminal"),
    OPT_CHOICE("--log-level", "LEVEL", struct run_config, log_level, log_levels,
               "error, warning (the default), info or debug"),
    OPT_CALL("--print-config", NULL, NULL, config_print_only, NULL,
             "Print what was understood, defaults included, and run nothing"),
    OPT_HELP(struct run_config, help),

    OPT_REFUSED("-netdev"), OPT_REFUSED("-object"),
    OPT_REFUSED("-chardev"), OPT_REFUSED("-set"), OPT_REFUSED("-fsdev"),
    OPT_REFUSED("-virtfs"), OPT_REFUSED("-iscsi"), OPT_REFUSED("-usb"), OPT_REFUSED("-usbdevice"),
    OPT_REFUSED("-audio"), OPT_REFUSED("-audiodev"), OPT_REFUSED("-vnc"), OPT_REFUSED("-spice"),
    OPT_REFUSED("-g"), OPT_REFUSED("-k"), OPT_REFUSED("-numa"), OPT_REFUSED("-mem-path"),
    OPT_REFUSED("-mem-prealloc"), OPT_REFUSED("-dtb"), OPT_REFUSED("-fw_cfg"),
    OPT_REFUSED("-option-rom"), OPT_REFUSED("-L"), OPT_REFUSED("-S"),
    OPT_REFUSED("-s"), OPT_REFUSED("-gdb"), OPT_REFUSED("-qmp"), OPT_REFUSED("-qmp-pretty"),
    OPT_REFUSED("-mon"), OPT_REFUSED("-echr"), OPT_REFUSED("-icount"), OPT_REFUSED("-seed"),
    OPT_REFUSED("-singlestep"), OPT_REFUSED("-no-shutdown"),
    OPT_REFUSED("-action"), OPT_REFUSED("-watchdog-action"), OPT_REFUSED("-loadvm"),
    OPT_REFUSED("-incoming"), OPT_REFUSED("-only-migratable"), OPT_REFUSED("-readconfig"),
    OPT_REFUSED("-d"), OPT_REFUSED("-D"), OPT_REFUSED("-dfilter"), OPT_REFUSED("-trace"),
    OPT_REFUSED("-plugin"), OPT_REFUSED("-daemonize"), OPT_REFUSED("-pidfile"),
    OPT_REFUSED("-chroot"), OPT_REFUSED("-runas"), OPT_REFUSED("-sandbox"),
    OPT_REFUSED("-overcommit"), OPT_REFUSED("-compat"), OPT_REFUSED("-tpmdev"),
    OPT_REFUSED("-msg"), OPT_REFUSED("-preconfig"),
    OPT_END,
};
/* clang-format on */

static const struct option_table run_table = {
    .command = "hornpipe run",
    .usage = "[OPTION]...",
    .intro = "Runs a guest on a simulated POWER8 pseries machine. Where the options of"
             " qemu-system-ppc64 exist here, they are spelled and mean the same; what is not built"
             " yet is refused by name.",
    .options = run_options,
    .outro = "Exit status: what the guest said through the exit marker; 0 when it powered off,"
             " was stopped as asked, or rebooted under -no-reboot; 1 after a failure here, 2 for"
             " wrong usage, 3 when the guest's kernel panicked, 4 when the guest can never go on,"
             " 128+N after signal N.",
};

/* -- Life --- */

void config_init(struct run_config *config)
{
    *config = (struct run_config){
        .machine =
            {
                .cpu = cpu_model_find("POWER8"),
                .ram_size = UINT64_C(512) * CONFIG_MIB,
                .cpu_count = 1,
                .sockets = 1,
                .threads = 1,
                .max_page_shift = 16,
                .cap_vsx = true,
                .cap_dfp = true,
                .cap_cfpc = CAP_FIXED,
                .cap_sbbc = CAP_FIXED,
                .cap_ibs = CAP_FIXED_NA,
                .hotplug_events = true,
                .kernel_address = CONFIG_KERNEL_ADDRESS,
                .rtc_base = CONFIG_RTC_BASE,
                .vty_count = 1,
            },
        .serial = SERIAL_MON_STDIO,
        .clock_hz = 1000000000,
        .cpi = 1,
        .pace = PACE_AUTO,
        .engine = RUN_THREADED,
        .code_cache = CODE_CACHE_BYTES,
        .interval = 10000000,
        .counters = true,
        .log_level = LOG_WARNING,
    };
    assert(config->machine.cpu);
}

void config_fini(struct run_config *config)
{
    free(config->triggers);
    free(config->prom_env);
    config_devices_fini(config);
    option_strings_fini(&config->strings);
    *config = (struct run_config){0};
}

/* -- The whole --- */

static enum sim_status check_images(const struct run_config *config)
{
    const struct pseries_config *const m = &config->machine;
    RETURN_IF(m->initrd && !m->kernel, STATUS_USAGE, "-initrd %s: only with -kernel", m->initrd);
    RETURN_IF(m->append && !m->kernel, STATUS_USAGE, "-append: only with -kernel");
    RETURN_IF(m->vof && !m->kernel, STATUS_USAGE,
              "-M x-vof=on: needs -kernel, there is no firmware that could load one");
    RETURN_IF(m->vof && m->bios, STATUS_USAGE,
              "-bios %s: not with -M x-vof=on, which runs no firmware", m->bios);
    return STATUS_OK;
}

static enum sim_status check_machine(const struct run_config *config)
{
    TRY(config_check_accel(config));
    RETURN_IF(config->vsmt && config->vsmt != config->machine.threads, STATUS_NOT_BUILT,
              "-M vsmt=%llu: not built yet; cores are numbered in steps of their threads, %u",
              (unsigned long long)config->vsmt, config->machine.threads);
    return STATUS_OK;
}

static enum sim_status check_engines(const struct run_config *config)
{
    for (size_t i = 0; i < config->trigger_count && config->engine == RUN_LOCKSTEP; i++)
        RETURN_IF(config->triggers[i].action == ACTION_ENGINE, STATUS_USAGE,
                  "%s: not with --engine lockstep, which runs both", config->triggers[i].spelled);
    return STATUS_OK;
}

static enum sim_status check_files(const struct run_config *config)
{
    RETURN_IF(config->record_force && !config->record, STATUS_USAGE, "--force: only with --record");
    RETURN_IF(config->replay && config->script, STATUS_USAGE,
              "--script %s: not with --replay, whose record holds all input", config->script);
    RETURN_IF(config->replay && config->record && strcmp(config->replay, config->record) == 0,
              STATUS_USAGE, "--record %s: is the file that --replay reads", config->record);
    RETURN_IF(!config->counters && config->record, STATUS_USAGE,
              "--counters off: not with --record, which writes them");
    return STATUS_OK;
}

enum sim_status config_parse(struct run_config *config, int argc, char *const *argv)
{
    TRY(options_parse(&run_table, argc, argv, config, &config->strings));
    if (config->help || config->list_only)
        return STATUS_OK;
    TRY(check_machine(config));
    TRY(check_images(config));
    TRY(check_files(config));
    TRY(check_engines(config));
    TRY(config_check_compat(config));

    if (config->nodefaults && !config->serial_given)
        config->serial = SERIAL_NONE;
    config->machine.clock_hz = config->clock_hz;
    config->machine.prom_env = config->prom_env;
    config->machine.default_devices = !config->nodefaults;
    config->machine.hash_drives = config->record || config->replay;
    for (size_t i = 0; i < config->machine.drive_count && config->snapshot; i++)
        config->drives[i].snapshot |= config->drives[i].origin == DRIVE_OF_DRIVE;
    return STATUS_OK;
}

void config_help(FILE *out)
{
    options_help(&run_table, out);
}

/* -- Showing --- */

static void print_quoted(FILE *out, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=.,:/@%";
    if (*value && value[strspn(value, plain)] == '\0') {
        fputs(value, out);
        return;
    }
    fputc('\'', out);
    for (; *value; value++) {
        if (*value == '\'')
            fputs("'\\''", out);
        else
            fputc(*value, out);
    }
    fputc('\'', out);
}

static void print_option(void *ctx, const struct option *option, const char *value)
{
    FILE *const out = ctx;
    fputs(option->name, out);
    if (value) {
        fputc(' ', out);
        print_quoted(out, value);
    }
    fputc('\n', out);
}

void config_print(const struct run_config *config, FILE *out)
{
    options_visit(run_options, config, print_option, out);
}

struct visit {
    config_visit_fn *visit;
    void *ctx;
    const struct run_config *config;
    const struct option *last;
    unsigned repeated; /* how many values of `last` came before */
};

static void visit_key(void *ctx, const struct option *key, const char *value)
{
    const struct visit *const v = ctx;
    v->visit(v->ctx, key->name, value, key->guest);
}

static void visit_option(void *ctx, const struct option *option, const char *value)
{
    struct visit *const v = ctx;
    const char *name = option->name + strspn(option->name, "-");
    char numbered[64];
    if (option->show == config_show_machine) {
        options_visit(config_machine_keys, v->config, visit_key, v);
        return;
    }
    if (option->show == config_show_drive || option->show == config_show_blockdev) {
        if (v->last != option)
            config_visit_drives(v->config, option->show == config_show_blockdev, v->visit, v->ctx);
        v->last = option;
        return;
    }
    v->repeated = option == v->last ? v->repeated + 1 : 0;
    v->last = option;
    if (v->repeated) {
        snprintf(numbered, sizeof numbered, "%s.%u", name, v->repeated);
        name = numbered;
    }
    v->visit(v->ctx, name, value, option->guest);
}

void config_visit(const struct run_config *config, config_visit_fn *visit, void *ctx)
{
    struct visit v = {.visit = visit, .ctx = ctx, .config = config};
    options_visit(run_options, config, visit_option, &v);
}
