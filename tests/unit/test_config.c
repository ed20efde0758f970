/* sim/config*.c: what `hornpipe run` understands, refuses, and prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bits.h"
#include "config.h"
#include "log_catcher.h"
#include "machine-pseries/compat.h"

enum { MAX_WORDS = 64 };

static struct log_catcher caught;
static struct run_config config;

/* Words of `line`, separated by blanks, with '~' standing for a blank inside a word. */
static int split(char *line, char **argv)
{
    int argc = 0;
    char *rest = NULL;
    for (char *p = strtok_r(line, " ", &rest); p; p = strtok_r(NULL, " ", &rest)) {
        assert_true(argc < MAX_WORDS);
        for (char *q = p; *q; q++)
            *q = *q == '~' ? ' ' : *q;
        argv[argc++] = p;
    }
    return argc;
}

static enum sim_status parse(const char *line)
{
    static char copy[1024]; /* the config borrows the words */
    static char *argv[MAX_WORDS];
    snprintf(copy, sizeof copy, "%s", line);
    const int argc = split(copy, argv);
    config_fini(&config);
    config_init(&config);
    log_catcher_start(&caught);
    const enum sim_status status = config_parse(&config, argc, argv);
    log_catcher_stop();
    assert_int_equal(caught.count, status != STATUS_OK);
    return status;
}

static void expect_ok(const char *line)
{
    if (parse(line) != STATUS_OK)
        fail_msg("%s: %s", line, caught.line);
}

static void expect_error(const char *line, enum sim_status status, const char *message)
{
    const enum sim_status got = parse(line);
    assert_string_equal(caught.line, message);
    assert_int_equal(got, status);
}

static void test_defaults(void **state)
{
    (void)state;
    expect_ok("");
    assert_string_equal(config.machine.cpu->name, "POWER8");
    assert_true(config.machine.ram_size == UINT64_C(512) << 20);
    assert_int_equal(config.machine.cpu_count, 1);
    assert_int_equal(config.machine.vty_count, 1);
    assert_int_equal(config.machine.max_page_shift, 16);
    assert_true(config.machine.clock_hz == 1000000000);
    assert_true(config.machine.rtc_base == CONFIG_RTC_BASE && !config.rtc_utc);
    assert_null(config.machine.kernel);
    assert_null(config.machine.prom_env);
    assert_false(config.machine.vof);
    assert_int_equal(config.serial, SERIAL_MON_STDIO);
    assert_int_equal(config.pace, PACE_AUTO);
    assert_true(config.interval == 10000000 && config.cpi == 1 && config.counters);
    assert_int_equal(config.trigger_count, 0);
    assert_null(config.record);
}

/* The command lines of people who come from QEMU. */
static void test_qemu_command_lines(void **state)
{
    (void)state;
    expect_ok("-M pseries -cpu POWER8 -m 1G -nographic -kernel vmlinux -initrd initrd.gz -append "
              "console=hvc0~rdinit=/bin/sh");
    assert_true(config.machine.ram_size == UINT64_C(1) << 30);
    assert_string_equal(config.machine.kernel, "vmlinux");
    assert_string_equal(config.machine.initrd, "initrd.gz");
    assert_string_equal(config.machine.append, "console=hvc0 rdinit=/bin/sh");

    expect_ok(
        "--machine type=pseries,accel=tcg,usb=off,x-vof=on,cap-hpt-max-page-size=16M -kernel k "
        "-accel tcg,thread=single -smp cpus=1,cores=1,threads=1,sockets=1,maxcpus=1 "
        "-m size=2048,slots=0 -display none -vga none -monitor none -parallel none "
        "-nic none -net none -nodefaults -serial stdio -name guest=g,debug-threads=off "
        "-boot order=cdn,menu=off -no-reboot -no-user-config -cpu power8");
    assert_true(config.machine.vof && config.no_reboot);
    assert_int_equal(config.machine.max_page_shift, 24);
    assert_true(config.machine.ram_size == UINT64_C(2) << 30);
    assert_int_equal(config.serial, SERIAL_STDIO);
    assert_string_equal(config.machine.name, "g");
    assert_string_equal(config.machine.boot_order, "cdn");
    assert_string_equal(config.machine.cpu->name, "POWER8");

    expect_ok("-m 1G -m 256 -kernel a -kernel b"); /* the last wins */
    assert_true(config.machine.ram_size == UINT64_C(256) << 20);
    assert_string_equal(config.machine.kernel, "b");
}

static void test_machine_strings(void **state)
{
    (void)state;
    expect_ok("-prom-env auto-boot?=false -prom-env boot-command=a,b -M dumpdtb=a,,b.dtb "
              "-uuid 12345678-9ABC-def0-1234-56789abcdef0 -bios rom.bin");
    assert_string_equal(config.machine.prom_env[0], "auto-boot?=false");
    assert_string_equal(config.machine.prom_env[1], "boot-command=a,b");
    assert_null(config.machine.prom_env[2]);
    assert_string_equal(config.machine.dumpdtb, "a,b.dtb");
    assert_string_equal(config.machine.uuid, "12345678-9abc-def0-1234-56789abcdef0");
    assert_string_equal(config.machine.bios, "rom.bin");
}

static void test_rtc(void **state)
{
    (void)state;
    expect_ok("-rtc base=1970-01-02");
    assert_true(config.machine.rtc_base == 86400);
    expect_ok("-rtc base=2000-02-29T12:34:56,clock=vm,driftfix=none");
    assert_true(config.machine.rtc_base == INT64_C(951827696));
    expect_ok("-rtc base=utc");
    assert_true(config.rtc_utc);
    expect_ok("-rtc base=utc -rtc base=1970-01-01");
    assert_false(config.rtc_utc);
    assert_true(config.machine.rtc_base == 0);
    static const char *const bad[] = {"2026-02-29",           "2026-13-01", "2026-1-01",
                                      "2026-01-01T24:00:00",  "",           "2026-01-01T00:00:0x",
                                      "2026-01-01T00:00:000", "now",        "2026-01-01 00:00:00"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char line[64];
        snprintf(line, sizeof line, "-rtc base=%s", bad[i]);
        assert_int_equal(parse(line), STATUS_USAGE);
    }
}

static void test_memory(void **state)
{
    (void)state;
    expect_ok("-m 128");
    expect_ok("-m 1.5G");
    assert_true(config.machine.ram_size == UINT64_C(1536) << 20);
    expect_error("-m 0", STATUS_RANGE, "-m 0: too small; at least 128M");
    expect_error("-m 127M", STATUS_RANGE, "-m 127M: too small; at least 128M");
    expect_error("-m 16E", STATUS_RANGE, "-m 16E: too large; at most 32T");
    expect_error("-m 15E", STATUS_RANGE, "-m 15E: too large; at most 32T");
    expect_error("-m 1048577K", STATUS_RANGE, "-m 1048577K: not a whole number of MiB");
    expect_error("-m lots", STATUS_USAGE,
                 "-m lots: not a size (such as 512M, 1.5G, or 1024 for MiB)");
    expect_error("-m -1", STATUS_USAGE, "-m -1: not a size (such as 512M, 1.5G, or 1024 for MiB)");
    expect_error("-m 1G,maxmem=2G", STATUS_NOT_BUILT, "-m maxmem=2G: not built yet");
}

/* What is not given is cores, as of QEMU 6.2. */
static void test_smp(void **state)
{
    static const struct {
        const char *line;
        unsigned cpus, sockets, threads;
    } rows[] = {
        {"-smp 8", 8, 1, 1},
        {"-smp 8,threads=4", 8, 1, 4},
        {"-smp 8,sockets=2,threads=2", 8, 2, 2},
        {"-smp 16,cores=2,threads=4", 16, 2, 4},
        {"-smp cores=2,threads=8", 16, 1, 8},
        {"-smp sockets=3", 3, 3, 1},
        {"-smp 256,maxcpus=256", 256, 1, 1},
        {"-smp 8,threads=8 -smp 2", 2, 1, 1}, /* the last wins, as a whole */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        expect_ok(rows[i].line);
        assert_int_equal(config.machine.cpu_count, rows[i].cpus);
        assert_int_equal(config.machine.sockets, rows[i].sockets);
        assert_int_equal(config.machine.threads, rows[i].threads);
    }
}

static void test_refusals(void **state)
{
    static const char *const options[] = {"-netdev", "-object", "-chardev", "-S",
                                          "-s",      "-gdb",    "-icount",  "-dtb"};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        char line[64], message[64];
        snprintf(line, sizeof line, "%s x", options[i]);
        snprintf(message, sizeof message, "%s: not built yet", options[i]);
        expect_error(line, STATUS_NOT_BUILT, message);
    }
    expect_error("-smp 0", STATUS_RANGE, "-smp 0: too small; at least 1");
    expect_error("-smp 257", STATUS_RANGE, "-smp 257: too large; at most 256");
    expect_error("-smp 6,threads=3", STATUS_RANGE,
                 "-smp 6,threads=3: a core has 1, 2, 4 or 8 threads, not 3");
    expect_error(
        "-smp 4,maxcpus=8", STATUS_NOT_BUILT,
        "-smp 4,maxcpus=8: not built yet; no vCPU can be added later, maxcpus is the number"
        " of vCPUs");
    expect_error("-smp 8,cores=2,sockets=2", STATUS_USAGE,
                 "-smp 8,cores=2,sockets=2: 2 sockets of 2 cores of 1 threads are not 8 vCPUs");
    expect_error("-accel kvm", STATUS_NOT_BUILT,
                 "-accel kvm: not built yet: there is no engine that runs guests on KVM; "
                 "-accel tcg is our own engine");
    expect_error("-nic user", STATUS_NOT_BUILT,
                 "-nic user: not built yet; this version has only none");
    expect_error("--model power8", STATUS_NOT_BUILT,
                 "--model power8: this version has no cycle model yet; use --model none");
    expect_error("-serial null -serial null", STATUS_NOT_BUILT,
                 "-serial null: not built yet; this version has one console");
    expect_error("-M usb=on", STATUS_NOT_BUILT,
                 "-M usb=on: not built yet; this version has only off: there is no USB");
    expect_error("-device spapr-nvram", STATUS_NOT_BUILT,
                 "-device spapr-nvram: not built yet; the machine has this device already");
}

/* Both spellings are one setting, shown with the machine. */
static void test_compat(void **state)
{
    (void)state;
    expect_ok("-cpu POWER8");
    assert_null(config.machine.max_compat);
    expect_ok("-cpu POWER8,compat=power7");
    assert_string_equal(config.machine.max_compat->name, "power7");
    expect_ok("-M max-cpu-compat=Power6 -cpu POWER7");
    assert_string_equal(config.machine.max_compat->name, "power6");
    expect_ok("-M max-cpu-compat=power7 -cpu POWER8,compat=power7");
    assert_string_equal(config.machine.max_compat->name, "power7");
    /* The last -cpu holds. */
    expect_ok("-cpu POWER8,compat=power7 -cpu POWER8");
    assert_null(config.machine.max_compat);
    expect_ok("-M max-cpu-compat=power6 -M max-cpu-compat=power8");
    assert_string_equal(config.machine.max_compat->name, "power8");
    expect_error("-M max-cpu-compat=power7 -cpu POWER8,compat=power6", STATUS_USAGE,
                 "-cpu compat=power6: -M max-cpu-compat=power7 says otherwise");
    expect_error("-M max-cpu-compat=power8 -cpu POWER7", STATUS_RANGE,
                 "-M max-cpu-compat=power8: POWER7 has no such compatibility mode");
    expect_error("-cpu POWER7+,compat=power8", STATUS_RANGE,
                 "-cpu compat=power8: POWER7+ has no such compatibility mode");
    expect_error("-M max-cpu-compat=power77", STATUS_UNKNOWN,
                 "-M max-cpu-compat: unknown compatibility mode 'power77'; 'help' lists"
                 " them");
    expect_error("-cpu POWER8,compat=pwoer7", STATUS_UNKNOWN,
                 "-cpu compat: unknown compatibility mode 'pwoer7'; 'help' lists them");
    expect_error("-M max-cpu-compat=", STATUS_UNKNOWN,
                 "-M max-cpu-compat: unknown compatibility mode ''; 'help' lists them");
}

static void test_nearest_names(void **state)
{
    (void)state;
    expect_error("-M pserise", STATUS_UNKNOWN,
                 "-M: unknown machine 'pserise'; did you mean 'pseries'?");
    expect_error("-M q35", STATUS_UNKNOWN, "-M: unknown machine 'q35'");
    expect_error("-M pseries,xvof=on", STATUS_UNKNOWN,
                 "-M: unknown key 'xvof'; did you mean 'x-vof'?");
    expect_error("-cpu POWRE8", STATUS_UNKNOWN,
                 "-cpu: unknown processor model 'POWRE8'; did you mean 'POWER8'?");
    expect_error("-device spapr-vtty", STATUS_UNKNOWN,
                 "-device: unknown device 'spapr-vtty'; did you mean 'spapr-vty'?");
    expect_error("-kernal x", STATUS_UNKNOWN, "unknown option '-kernal'; did you mean '-kernel'?");
}

static void test_combinations(void **state)
{
    (void)state;
    expect_error("-initrd x", STATUS_USAGE, "-initrd x: only with -kernel");
    expect_error("-append x", STATUS_USAGE, "-append: only with -kernel");
    expect_error("-M x-vof=on", STATUS_USAGE,
                 "-M x-vof=on: needs -kernel, there is no firmware that could load one");
    expect_error("-M x-vof=on -kernel k -bios b", STATUS_USAGE,
                 "-bios b: not with -M x-vof=on, which runs no firmware");
    expect_error("--force", STATUS_USAGE, "--force: only with --record");
    expect_error("--replay a.db --record a.db", STATUS_USAGE,
                 "--record a.db: is the file that --replay reads");
    expect_error("--replay a.db --script s", STATUS_USAGE,
                 "--script s: not with --replay, whose record holds all input");
    expect_error("--record a.db --counters off", STATUS_USAGE,
                 "--counters off: not with --record, which writes them");
    expect_ok("-nodefaults");
    assert_int_equal(config.serial, SERIAL_NONE);
}

static void test_control(void **state)
{
    (void)state;
    expect_ok("--record a,,b.db,force --until icount=5M --at console=login:~x:reset --until "
              "vtime=1.5s --clock 2G --cpi 3 --pace host --interval 1k --log-level debug");
    assert_string_equal(config.record, "a,b.db");
    assert_true(config.record_force);
    assert_int_equal(config.trigger_count, 3);
    const struct run_trigger *t = config.triggers;
    assert_true(t[0].event == EVENT_ICOUNT && t[0].action == ACTION_STOP);
    assert_true(t[0].icount == 5000000);
    assert_string_equal(t[0].spelled, "--until icount=5M");
    assert_true(t[1].event == EVENT_CONSOLE && t[1].action == ACTION_RESET);
    assert_string_equal(t[1].text, "login: x");
    assert_true(t[2].event == EVENT_VTIME && t[2].vtime_ns == 1500000000);
    assert_true(config.machine.clock_hz == 2000000000 && config.cpi == 3);
    assert_int_equal(config.pace, PACE_HOST);
    assert_true(config.interval == 1000);
    assert_int_equal(config.log_level, LOG_DEBUG);

    expect_error("--until icount", STATUS_USAGE,
                 "--until icount: must be icount=N, console=TEXT or vtime=T");
    expect_error("--until icount=0", STATUS_RANGE, "--until icount=0: must be greater than 0");
    expect_error("--until vtime=5", STATUS_USAGE,
                 "--until vtime=5: '5' is not a time (such as 1.5s, 200ms)");
    expect_error("--until console=", STATUS_USAGE, "--until console=: the text is empty");
    expect_error("--until cosnole=x", STATUS_UNKNOWN,
                 "--until cosnole=x: unknown event 'cosnole'; did you mean 'console'?");
    expect_error("--at icount=5", STATUS_USAGE,
                 "--at icount=5: must be EVENT:ACTION, such as icount=5M:reset");
    expect_error("--at icount=5:nmi", STATUS_NOT_BUILT,
                 "--at icount=5:nmi: action 'nmi' is not built yet");
    expect_error("--at icount=5:rest", STATUS_UNKNOWN,
                 "--at icount=5:rest: unknown action 'rest'; must be stop or reset; did you mean"
                 " 'reset'?");
}

/* Printing is the inverse of parsing: what is printed gives the same print again. */
static char *print(void)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    assert_non_null(out);
    config_print(&config, out);
    fclose(out);
    return text;
}

/* Undoes print_quoted() far enough for the words below: 'a b' becomes a~b. */
static void unquote(char *text)
{
    char *to = text;
    bool quoted = false;
    for (const char *from = text; *from; from++) {
        if (*from == '\'')
            quoted = !quoted;
        else if (*from == '\n')
            *to++ = ' ';
        else
            *to++ = *from == ' ' && quoted ? '~' : *from;
    }
    *to = '\0';
}

static void test_print_round_trip(void **state)
{
    static const char *const lines[] = {
        "",
        "-M x-vof=on,cap-hpt-max-page-size=16M,dumpdtb=a,,b -kernel k -append a~b~~c=d -m 3G",
        "-name a,,b -uuid 00000000-0000-0000-0000-000000000001 -boot c -prom-env a=b~c -prom-env "
        "d= -rtc base=1999-12-31T23:59:59 -no-reboot -nodefaults -serial null",
        "-rtc base=utc --record a,,b --force --until icount=5 --at console=x:y:reset --until "
        "vtime=5ms --pace none --clock 5M --cpi 7 --interval 12345 --progress --log-level info",
        "--script s~t --counters off",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        expect_ok(lines[i]);
        char *const first = print();
        char again[1024];
        snprintf(again, sizeof again, "%s", first);
        unquote(again);
        expect_ok(again);
        char *const second = print();
        assert_string_equal(second, first);
        free(first);
        free(second);
    }
}

static void test_print_shows_what_differs(void **state)
{
    (void)state;
    expect_ok("-kernel k -m 1G -prom-env it's=x --until vtime=1us --print-config");
    assert_true(config.print_config);
    char *const text = print();
    assert_non_null(strstr(text, "-m 1024M\n"));
    assert_non_null(strstr(text, "-kernel k\n"));
    assert_non_null(strstr(text, "-prom-env 'it'\\''s=x'\n"));
    assert_non_null(strstr(text, "--at vtime=1000ns:stop\n"));
    assert_null(strstr(text, "print-config"));
    free(text);
}

static void collect(void *ctx, const char *name, const char *value, bool guest)
{
    fprintf(ctx, "%s%s%s%s\n", name, value ? "=" : "", value ? value : "", guest ? "" : " host");
}

static void test_visit(void **state)
{
    char *text = NULL;
    size_t size;
    (void)state;
    expect_ok("-M dumpdtb=d -kernel k -prom-env a=1 -prom-env b=2 -no-reboot --record r");
    FILE *const out = open_memstream(&text, &size);
    assert_non_null(out);
    config_visit(&config, collect, out);
    fclose(out);
    assert_string_equal(text, "machine=pseries\n"
                              "x-vof=off\n"
                              "cap-hpt-max-page-size=64K\n"
                              "cap-htm=off\n"
                              "cap-vsx=on\n"
                              "cap-dfp=on\n"
                              "cap-cfpc=fixed\n"
                              "cap-sbbc=fixed\n"
                              "cap-ibs=fixed-na\n"
                              "cap-ccf-assist=off\n"
                              "modern-hotplug-events=on\n"
                              "kernel-addr=0x400000\n"
                              "dumpdtb=d host\n"
                              "cpu=POWER8\n"
                              "m=512M\n"
                              "smp=1,sockets=1,cores=1,threads=1\n"
                              "kernel=k host\n"
                              "prom-env=a=1\n"
                              "prom-env.1=b=2\n"
                              "rtc=base=2026-01-01T00:00:00\n"
                              "no-reboot\n"
                              "serial=mon:stdio host\n"
                              "engine=threaded host\n"
                              "code-cache=128M host\n"
                              "clock=1000000000\n"
                              "cpi=1\n"
                              "pace=auto host\n"
                              "record=file=r host\n"
                              "interval=10000000\n"
                              "counters=on host\n"
                              "log-level=warning host\n");
    free(text);
}

static int finish(void **state)
{
    (void)state;
    config_fini(&config);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_qemu_command_lines),
        cmocka_unit_test(test_machine_strings),
        cmocka_unit_test(test_rtc),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_smp),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_compat),
        cmocka_unit_test(test_nearest_names),
        cmocka_unit_test(test_combinations),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_print_round_trip),
        cmocka_unit_test(test_print_shows_what_differs),
        cmocka_unit_test(test_visit),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}
