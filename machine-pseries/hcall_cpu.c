/* Calls on virtual processors: waiting, modes (LoPAR 14.11; pseries.md 3.4, 3.8). */
#include <assert.h>

#include "pseries_internal.h"

/* H_SET_MODE. */
enum { MODE_CIABR = 1, MODE_DAWR0 = 2, MODE_AIL = 3, MODE_ENDIAN = 4 };

#define DABRX_HYPERVISOR UINT64_C(4)
#define DABRX_PRIVILEGED UINT64_C(3) /* supervisor 2, problem 1 */
#define DABRX_FIELDS     UINT64_C(0xf)

unsigned pseries_cpu_index(const struct pseries *p, const struct cpu *cpu)
{
    assert(cpu->pir < p->config.cpu_count && p->cpus[cpu->pir] == cpu);
    return cpu->pir;
}

struct cpu *pseries_find_cpu(struct pseries *p, uint64_t server)
{
    return server < p->config.cpu_count ? p->cpus[server] : NULL;
}

static struct pseries_vcpu *vcpu_of(struct pseries *p, const struct cpu *cpu)
{
    return &p->vcpus[pseries_cpu_index(p, cpu)];
}

/* -- Waiting -- */

/* The vCPU stops running until pseries_wake() finds its wake condition. */
static void start_waiting(struct pseries *p, struct cpu *cpu)
{
    cpu->halted = true;
    vpa_waits(p, cpu);
    p->action = PSERIES_IDLE;
}

/* Takes a waiting H_PROD. */
static bool take_prod(struct pseries_vcpu *vcpu)
{
    const bool prod = vcpu->prod;
    vcpu->prod = false;
    return prod;
}

static enum vpa_reason why_awake(const struct cpu *cpu)
{
    if (cpu->pending & PENDING_RESET)
        return VPA_RESET;
    if (cpu->pending & PENDING_EXTERNAL)
        return VPA_EXTERNAL;
    if (cpu->pending & PENDING_DECREMENTER)
        return VPA_DECREMENTER;
    return cpu->pending & PENDING_DOORBELL ? VPA_DOORBELL : VPA_PROD;
}

static void cede(struct pseries *p, struct cpu *cpu)
{
    struct pseries_vcpu *vcpu = vcpu_of(p, cpu);
    cpu_update_timers(cpu);
    if (take_prod(vcpu) || cpu->pending) {
        /* Given back and taken again at once: the counter stays even but has moved. */
        const enum vpa_reason reason = why_awake(cpu);
        vpa_waits(p, cpu);
        vpa_goes_on(p, cpu, reason);
        return;
    }
    vcpu->ceded = true;
    start_waiting(p, cpu);
}

int64_t h_cede(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)args;
    cpu_set_msr(cpu, cpu->msr | MSR_EE);
    cede(p, cpu);
    return H_SUCCESS;
}

int64_t h_confer(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t server = args[0];
    const struct cpu *target = pseries_find_cpu(p, server);
    if (!target && server != UINT64_MAX)
        return H_PARAMETER;
    if (target && target == cpu)
        cede(p, cpu);
    else if (p->config.cpu_count > 1)
        /* The others run in their turns anyway: this one gives the rest of its own away. */
        cpu_idle_until(cpu, (p->clock->now / CLOCK_TURN_CYCLES + 1) * CLOCK_TURN_CYCLES);
    return H_SUCCESS;
}

int64_t h_prod(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const struct cpu *target = pseries_find_cpu(p, args[0]);
    (void)cpu;
    if (!target)
        return H_PARAMETER;
    vcpu_of(p, target)->prod = true;
    return H_SUCCESS;
}

int64_t h_join(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct pseries_vcpu *vcpu = vcpu_of(p, cpu);
    unsigned running = 0;
    (void)args;
    if (cpu->msr & MSR_EE)
        return H_BAD_MODE;
    if (take_prod(vcpu))
        return H_SUCCESS;
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        running += !p->vcpus[i].stopped && !p->vcpus[i].joined;
    if (running <= 1)
        return H_CONTINUE;
    vcpu->joined = true;
    start_waiting(p, cpu);
    return H_SUCCESS;
}

bool pseries_wake(struct pseries *p, struct cpu *cpu)
{
    struct pseries_vcpu *vcpu = vcpu_of(p, cpu);
    if (!cpu->halted || vcpu->stopped)
        return false;
    cpu_idle_until(cpu, pseries_now(p));
    cpu_update_timers(cpu);
    const bool woken = vcpu->joined ? (cpu->pending & PENDING_RESET) != 0 : cpu->pending != 0;
    if (!woken && !vcpu->prod)
        return false;
    vcpu->prod = false;
    vcpu->ceded = vcpu->joined = false;
    cpu->halted = false;
    vpa_goes_on(p, cpu, why_awake(cpu));
    return true;
}

bool pseries_is_stopped(const struct pseries *p, const struct cpu *cpu)
{
    const struct pseries_vcpu *vcpu = &p->vcpus[pseries_cpu_index(p, cpu)];
    return cpu->halted && (vcpu->stopped || vcpu->joined);
}

int64_t h_signal_sys_reset(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const int64_t target = (int64_t)args[0];
    if (target >= 0) {
        struct cpu *one = pseries_find_cpu(p, (uint64_t)target);
        if (!one)
            return H_PARAMETER;
        one->pending |= PENDING_RESET;
        return H_SUCCESS;
    }
    if (target < -2)
        return H_PARAMETER;
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        if (!p->vcpus[i].stopped && (target == -1 || p->cpus[i] != cpu))
            p->cpus[i]->pending |= PENDING_RESET;
    return H_SUCCESS;
}

/* -- Modes and registers that belong to the hypervisor -- */

static void set_lpcr(struct pseries *p, uint64_t mask, uint64_t value)
{
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        p->cpus[i]->lpcr = (p->cpus[i]->lpcr & ~mask) | value;
}

int64_t h_set_mode(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t mflags = args[0], resource = args[1], value1 = args[2], value2 = args[3];
    const bool is_207 = cpu->model->level >= ISA_207;

    /* Breakpoint registers are not offered, as by QEMU's emulation: an unsupported resource. */
    if (resource != MODE_ENDIAN && !(resource == MODE_AIL && is_207))
        return H_P2;
    if (value1)
        return H_P3;
    if (value2)
        return H_P4;
    if (resource == MODE_ENDIAN) {
        if (mflags > 1)
            return H_UNSUPPORTED_FLAG;
        set_lpcr(p, LPCR_ILE, mflags ? LPCR_ILE : 0);
        return H_SUCCESS;
    }
    if (mflags == 1 || mflags > 3)
        return H_UNSUPPORTED_FLAG;
    set_lpcr(p, LPCR_AIL, mflags << LPCR_AIL_SHIFT);
    return H_SUCCESS;
}

int64_t h_set_sprg0(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)p;
    cpu->sprg[0] = args[0];
    return H_SUCCESS;
}

/* POWER8 has no DABR; SLOF and others only probe for H_PRIVILEGE, which must never be the answer.
 */
int64_t h_set_dabr(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)p;
    if (cpu->model->level >= ISA_207)
        return H_HARDWARE;
    cpu->dabrx = DABRX_PRIVILEGED;
    cpu->dabr = args[0];
    return H_SUCCESS;
}

int64_t h_set_xdabr(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t dabrx = args[1];
    (void)p;
    if (cpu->model->level >= ISA_207)
        return H_HARDWARE;
    if ((dabrx & ~DABRX_FIELDS) || (dabrx & DABRX_HYPERVISOR) || !(dabrx & DABRX_PRIVILEGED))
        return H_PARAMETER;
    cpu->dabrx = dabrx;
    cpu->dabr = args[0];
    return H_SUCCESS;
}

/* No characteristic and no behaviour asked for: Linux then uses no speculation mitigations. */
int64_t h_get_cpu_characteristics(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)p;
    (void)cpu;
    args[0] = 0;
    args[1] = 0;
    return H_SUCCESS;
}
