/*
 * What `hornpipe run` was told: filled by the option table of config.c, checked, and read-only
 * from then on.
 *
 * Every string is borrowed by the reader and lives until config_fini(): it is either one of
 * argv's or a copy that the config owns. NULL means "not given".
 */
#ifndef HORNPIPE_CONFIG_H
#define HORNPIPE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "base/options.h"
#include "base/status.h"
#include "isa/engine.h"
#include "machine-pseries/pseries.h"

/* Default start of the RTC: 2026-01-01 00:00:00 UTC, the same on every host and day. */
#define CONFIG_RTC_BASE INT64_C(1767225600)

/* Where the guest's console goes. */
enum run_serial {
    SERIAL_MON_STDIO, /* stdin and stdout, Ctrl-a is the escape key (the default) */
    SERIAL_STDIO,     /* stdin and stdout, no escape key */
    SERIAL_NULL,      /* output dropped, no input */
    SERIAL_NONE,      /* no console asked for; also with -nodefaults and no -serial */
};

/* --engine. */
enum run_engine { RUN_PRECISE, RUN_THREADED, RUN_LOCKSTEP };
extern const char *const run_engine_names[]; /* ended by NULL */

/* --pace: what idle time of the guest costs on the host's clock. */
enum run_pace {
    PACE_AUTO, /* host when live input is attached, none otherwise */
    PACE_HOST,
    PACE_NONE,
};

enum run_event { EVENT_ICOUNT, EVENT_CONSOLE, EVENT_VTIME };
enum run_action { ACTION_STOP, ACTION_RESET, ACTION_ENGINE };

/* One --until (whose action is ACTION_STOP), --at, or --engine-at (ACTION_ENGINE). */
struct run_trigger {
    enum run_event event;
    enum run_action action;
    enum engine_kind engine; /* ACTION_ENGINE: who goes on */
    uint64_t icount;         /* EVENT_ICOUNT: instructions completed by the machine */
    uint64_t vtime_ns;       /* EVENT_VTIME: virtual nanoseconds since power-on */
    const char *text;        /* EVENT_CONSOLE: appears in the console output; never empty */
    const char *spelled;     /* the option as typed, "--until icount=5M", for messages */
};

struct run_config {
    /* -- The machine; vty_count, cpu_count and clock_hz are set by config_parse() -- */
    struct pseries_config machine;
    bool rtc_utc;   /* -rtc base=utc: machine.rtc_base is to be read from the host (an input) */
    bool no_reboot; /* a reboot ends the run with status 0 */
    bool nodefaults;
    enum run_serial serial;

    /* -- Virtual time -- */
    uint64_t clock_hz; /* core cycles a second of virtual time */
    uint64_t cpi;      /* cycles an instruction */
    enum run_pace pace;
    enum run_engine engine;
    uint64_t code_cache; /* bytes */

    /* -- Control; triggers are in the order given -- */
    struct run_trigger *triggers; /* owned */
    size_t trigger_count;
    const char *script; /* --script FILE */
    const char *replay; /* --replay FILE.db */

    /* -- Recording -- */
    const char *record; /* --record FILE */
    bool record_force;  /* an existing run database may be replaced */
    uint64_t interval;  /* instructions a row of the time series */
    bool counters;      /* --counters off: for measuring what counting costs */

    /* -- What the user sees -- */
    bool progress; /* --progress */
    enum log_level log_level;
    bool print_config; /* print what was understood and run nothing */
    bool list_only;    /* a `help` value has been answered on stdout: run nothing */

    /* -- Inside config*.c -- */
    struct pseries_drive *drives; /* what machine.drives etc. point to; owned */
    struct pseries_device_option *devices;
    struct pseries_global *globals;
    const struct compat_mode *cpu_compat, *machine_compat; /* of -cpu and of -M, as given */
    uint64_t vsmt;                                         /* -M vsmt; 0: not given */
    bool accel_tcg, accel_kvm;
    const char *accel_spelled; /* the last use of one, for messages */
    bool snapshot;             /* -snapshot: of every drive */
    bool help;                 /* --help was given and answered */
    bool serial_given;
    struct option_strings strings;
    const char **prom_env; /* what machine.prom_env points to; NULL-ended, owned */
    size_t prom_env_count;
};

/* Defaults, as if no option were given. Pair with config_fini(). */
void config_init(struct run_config *config);
void config_fini(struct run_config *config);

/*
 * Fills an initialised config from argv[0..argc-1] (after the subcommand) and checks the whole:
 * combinations, and that it is something this version can run. Files are not opened. On a
 * failure the message has been printed and the config may only be given to config_fini().
 */
enum sim_status config_parse(struct run_config *config, int argc, char *const *argv);

/* Prints the config as options, one a line, such that parsing them gives an equal config. */
void config_print(const struct run_config *config, FILE *out);

/*
 * The settings one by one: option name without dashes ("cpu", "m"; the second value of a repeated
 * option is "prom-env.1"), the keys of -M as "machine", "x-vof", ..., and the value, NULL for a
 * flag. `guest`: the guest can notice it, so it belongs to the canonical part of a record.
 */
typedef void config_visit_fn(void *ctx, const char *name, const char *value, bool guest);
void config_visit(const struct run_config *config, config_visit_fn *visit, void *ctx);

/* Help of `hornpipe run`, derived from the option table. */
void config_help(FILE *out);

#endif
