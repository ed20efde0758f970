/* RTAS: time of day, power, processors, system parameters, events, panic (LoPAR 7.3). */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "civil_time.h"
#include "isa/msr.h"
#include "pseries_internal.h"

/* LPCR fields that shape how interrupts reach a guest: a started vCPU has its starter's. */
#define LPCR_GUEST (LPCR_ILE | LPCR_AIL)

enum {
    SYSPARM_SPLPAR = 20,
    SYSPARM_DIAGNOSTICS = 42,
    SYSPARM_UUID = 48,
    OS_TERM_MAX = 511,
};

enum { CPU_STOPPED = 0, CPU_RUNNING = 2 };

int32_t rtas_display_character(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint8_t byte = (uint8_t)call->args[0];
    (void)cpu;
    vty_write(p, &byte, 1);
    return RTAS_OK;
}

/* -- Time of day (7.3.4): -rtc base plus virtual time plus what the guest has set -- */

int32_t rtas_get_time_of_day(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint64_t timebase = cpu_timebase(cpu);
    const uint64_t ticks = timebase % TIMEBASE_HZ;
    struct civil_time t;

    civil_from_seconds((int64_t)((uint64_t)p->config.rtc_base + timebase / TIMEBASE_HZ +
                                 (uint64_t)p->rtas.rtc_offset),
                       &t);
    call->rets[1] = (uint32_t)t.year;
    call->rets[2] = t.month;
    call->rets[3] = t.day;
    call->rets[4] = t.hour;
    call->rets[5] = t.minute;
    call->rets[6] = t.second;
    call->rets[7] = (uint32_t)(ticks * UINT64_C(1000000000) / TIMEBASE_HZ);
    return RTAS_OK;
}

/* The clock keeps whole seconds of offset: the nanoseconds are checked and dropped. */
int32_t rtas_set_time_of_day(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint32_t *a = call->args;
    int64_t seconds;

    if (a[6] >= 1000000000 || !civil_to_seconds(a[0], a[1], a[2], a[3], a[4], a[5], &seconds))
        return RTAS_PARAMETER;
    p->rtas.rtc_offset = (int64_t)((uint64_t)seconds - (uint64_t)p->config.rtc_base -
                                   cpu_timebase(cpu) / TIMEBASE_HZ);
    return RTAS_OK;
}

/* -- Power -- */

int32_t rtas_power_off(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu, (void)call;
    p->action = PSERIES_POWER_OFF;
    return RTAS_OK;
}

int32_t rtas_system_reboot(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu, (void)call;
    p->action = PSERIES_REBOOT;
    return RTAS_OK;
}

/* -- Processors (7.3.8) -- */

/* The hypervisor's part of a vCPU; `cpu` is one of this machine's. */
int32_t rtas_query_cpu_stopped(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const struct cpu *target = pseries_find_cpu(p, call->args[0]);
    (void)cpu;
    if (!target)
        return RTAS_PARAMETER;
    call->rets[1] = pseries_vcpu_of(p, target)->stopped ? CPU_STOPPED : CPU_RUNNING;
    return RTAS_OK;
}

int32_t rtas_start_cpu(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    struct cpu *target = pseries_find_cpu(p, call->args[0]);
    if (!target)
        return RTAS_PARAMETER;
    struct pseries_vcpu *v = pseries_vcpu_of(p, target);
    if (!v->stopped)
        return RTAS_HARDWARE;

    const uint64_t lpcr = (target->lpcr & ~LPCR_GUEST) | (cpu->lpcr & LPCR_GUEST);
    const uint64_t pcr = target->pcr;
    const uint32_t external = target->pending & PENDING_EXTERNAL;
    cpu_idle_until(target, pseries_now(p));
    cpu_reset(target);
    target->lpcr = lpcr;
    target->pending |= external;
    cpu_set_pcr(target, pcr);
    cpu_set_msr(target, MSR_SF | MSR_ME);
    target->cia = target->nia = call->args[1];
    target->gpr[3] = call->args[2];
    target->halted = false;
    v->stopped = v->prod = false;
    v->waits = PSERIES_RUNS;
    vpa_counts(p, target);
    return RTAS_OK;
}

int32_t rtas_stop_self(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)call;
    pseries_vcpu_of(p, cpu)->stopped = true;
    cpu->halted = true;
    vpa_counts(p, cpu);
    p->action = PSERIES_IDLE;
    return RTAS_OK;
}

/* -- System parameters (7.3.16) -- */

/* Stores the length word and as much of the value as the buffer takes. */
static int32_t store_sysparm(struct pseries *p, const struct rtas_call *call, const void *value,
                             size_t len)
{
    const uint64_t buffer = call->args[1];
    const uint32_t room = call->args[2];
    uint8_t head[2];

    if (room < sizeof head || !bus_is_ram(&p->bus, buffer, room))
        return RTAS_SYSPARM_PARAMETER;
    store_be16(head, (uint16_t)len);
    bus_write(&p->bus, buffer, head, sizeof head);
    if (len > room - sizeof head)
        len = room - sizeof head;
    bus_write(&p->bus, buffer + sizeof head, value, len);
    return RTAS_OK;
}

/* 16 bytes of "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"; 0 when there is no such UUID. */
static size_t parse_uuid(const char *text, uint8_t out[16])
{
    size_t digits = 0;
    memset(out, 0, 16);
    for (; text && *text; text++) {
        const char c = *text;
        unsigned digit;
        if (c == '-')
            continue;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        else
            return 0;
        if (digits == 32)
            return 0;
        out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | digit);
        digits++;
    }
    return digits == 32 ? 16 : 0;
}

int32_t rtas_get_system_parameter(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    char text[128];
    uint8_t uuid[16];
    const unsigned cpus = p->config.cpu_count;
    (void)cpu;

    switch (call->args[0]) {
    case SYSPARM_SPLPAR:
        snprintf(text, sizeof text, "MaxEntCap=%u,DesMem=%llu,DesProcs=%u,MaxPlatProcs=%u", cpus,
                 (unsigned long long)(p->bus.ram_size >> 20), cpus, cpus);
        return store_sysparm(p, call, text, strlen(text) + 1);
    case SYSPARM_DIAGNOSTICS:
        return store_sysparm(p, call, "", 1); /* one byte 0: no platform diagnostics */
    case SYSPARM_UUID: {
        const size_t len = parse_uuid(p->config.uuid, uuid);
        return store_sysparm(p, call, uuid, len);
    }
    default:
        return RTAS_PARAMETER;
    }
}

int32_t rtas_set_system_parameter(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu;
    switch (call->args[0]) {
    case SYSPARM_SPLPAR:
    case SYSPARM_DIAGNOSTICS:
    case SYSPARM_UUID:
        return RTAS_NOT_AUTHORIZED;
    default:
        return RTAS_PARAMETER;
    }
}

/* -- Events (7.3.3): this machine has none to report -- */

int32_t rtas_check_exception(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu, (void)call;
    return RTAS_NONE;
}

int32_t rtas_event_scan(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu, (void)call;
    return RTAS_NONE;
}

/*
 * 7.3.9.1: the string is the guest's; what could steer a terminal becomes '?'. The call returns,
 * as ibm,extended-os-term promises.
 */
int32_t rtas_os_term(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint64_t from = call->args[0];
    size_t n = 0;
    uint8_t byte;
    (void)cpu;

    _Static_assert(sizeof p->panic_message > OS_TERM_MAX, "room for the longest message");
    while (n < OS_TERM_MAX && bus_read(&p->bus, from + n, &byte, 1) && byte) {
        p->panic_message[n] = byte < 0x20 || byte > 0x7e ? '?' : (char)byte;
        n++;
    }
    p->panic_message[n] = '\0';
    p->action = PSERIES_PANIC;
    return RTAS_OK;
}

/* -- Firmware hands over: no DMA may be left running -- */

int32_t rtas_quiesce(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu, (void)call;
    vio_quiesce(p);
    return RTAS_OK;
}

int32_t rtas_set_tce_bypass(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    struct vio_device *d = vio_find(p, call->args[0]);
    (void)cpu;
    if (!d || !d->tces)
        return RTAS_PARAMETER;
    d->bypass = call->args[1] != 0;
    return RTAS_OK;
}
