/* The option values of `run` that need more than a table's row to be read. */
#ifndef HORNPIPE_CONFIG_INTERNAL_H
#define HORNPIPE_CONFIG_INTERNAL_H

#include "config.h"

enum { CONFIG_MIB = 1 << 20 };

/* Limits of -m: what the machine needs for firmware, and what a real address may be. */
#define CONFIG_RAM_MIN (UINT64_C(128) << 20)
#define CONFIG_RAM_MAX (UINT64_C(1) << 45)

/* Where -M kernel-addr may put a kernel: above the firmware's image, in low memory. */
enum { CONFIG_KERNEL_ADDRESS = 0x400000, CONFIG_KERNEL_ALIGN = 0x10000 };
#define CONFIG_KERNEL_ADDRESS_END UINT64_C(0x80000000)

/* Keys of -machine, whose implied one is "type". */
extern const struct option config_machine_keys[];

/* Joins -cpu compat= and -M max-cpu-compat=, which must agree and fit the processor. */
enum sim_status config_check_compat(struct run_config *config);

/* Parse and show functions, named for their option (options.h). */
option_parse_fn config_machine, config_cpu, config_memory, config_smp, config_serial;
option_parse_fn config_name, config_uuid, config_boot, config_prom_env, config_rtc, config_accel;
option_parse_fn config_enable_kvm, config_max_cpu_compat;
option_parse_fn config_until, config_at, config_engine_at, config_record, config_print_only,
    config_model;
option_show_fn config_show_smp, config_show_machine, config_show_cpu, config_show_memory,
    config_show_serial;
option_show_fn config_show_name, config_show_uuid, config_show_boot, config_show_prom_env,
    config_show_rtc;
option_show_fn config_show_max_cpu_compat, config_show_trigger, config_show_engine_at,
    config_show_record;

/* Refuses what -accel, -enable-kvm or -M accel= asked for if it is not there. */
enum sim_status config_check_accel(const struct run_config *config);

#endif
