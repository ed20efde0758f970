/* Calls on virtual processors: waiting, modes (LoPAR 14.11; pseries.md 3.4, 3.8). */
#include <assert.h>

#include "pseries_internal.h"

/* H_SET_MODE. */
enum { MODE_CIABR = 1, MODE_DAWR0 = 2, MODE_AIL = 3, MODE_ENDIAN = 4 };

#define DABRX_STATES (DABRX_PRIVILEGED | DABRX_PROBLEM)

/* H_GET_CPU_CHARACTERISTICS (pseries.md 3.7). */
#define CHAR_ORI31_BARRIER      PPC_BIT(0)
#define CHAR_BCCTR_SERIAL       PPC_BIT(1)
#define CHAR_L1D_FLUSH          PPC_BITMASK(2, 4) /* by ori 30, by TRIG2; private to a thread */
#define CHAR_BRANCH_HINTS       PPC_BIT(5)
#define CHAR_NO_COUNT_CACHE     PPC_BIT(7)
#define CHAR_COUNT_FLUSH_ASSIST PPC_BIT(9)
#define BEHAV_FAVOUR_SECURITY   PPC_BIT(0)
#define BEHAV_FLUSH_L1D         PPC_BIT(1)
#define BEHAV_BOUNDS_BARRIER    PPC_BIT(2)
#define BEHAV_FLUSH_COUNT_CACHE PPC_BIT(5)
#define BEHAV_NO_FLUSH          PPC_BITMASK(7, 9) /* at entries, at uaccess; nor a store barrier */

unsigned pseries_cpu_index(const struct pseries *p, const struct cpu *cpu)
{
    assert(cpu->pir < p->config.cpu_count && p->cpus[cpu->pir] == cpu);
    return cpu->pir;
}

struct cpu *pseries_find_cpu(struct pseries *p, uint64_t server)
{
    return server < p->config.cpu_count ? p->cpus[server] : NULL;
}

/* -- Waiting -- */

/* Time or a dispatch has ended an H_CONFER: the target has had its chance. */
static bool has_conferred(const struct pseries *p, const struct cpu *cpu,
                          const struct pseries_vcpu *vcpu)
{
    if (vcpu->waits != PSERIES_CONFERRED)
        return false;
    if (vcpu->confer_to < p->config.cpu_count &&
        p->vcpus[vcpu->confer_to].dispatches != vcpu->confer_number)
        return true;
    return cpu_timebase(cpu) >= vcpu->confer_until;
}

static enum vpa_reason interrupt_reason(const struct cpu *cpu)
{
    if (cpu->pending & PENDING_RESET)
        return VPA_RESET;
    if (cpu->pending & PENDING_EXTERNAL)
        return VPA_EXTERNAL;
    if (cpu->pending & PENDING_DECREMENTER)
        return VPA_DECREMENTER;
    return cpu->pending & PENDING_DOORBELL ? VPA_DOORBELL : VPA_FIRMWARE;
}

/* The vCPU waits in `call` until pseries_wake() finds a reason for it to go on; maybe not at all.
 */
static void wait_in(struct pseries *p, struct cpu *cpu, enum pseries_wait call)
{
    cpu_update_timers(cpu);
    pseries_vcpu_of(p, cpu)->waits = call;
    cpu->halted = true;
    vpa_waits(p, cpu);
    if (!pseries_wake(p, cpu))
        p->action = PSERIES_IDLE;
}

int64_t h_cede(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)args;
    cpu_set_msr(cpu, cpu->msr | MSR_EE);
    wait_in(p, cpu, PSERIES_CEDED);
    return H_SUCCESS;
}

/*
 * To another that does not run (its dispatch number is odd and still the one that the caller has
 * seen), to all others, or, by its own number, to whoever will prod it. Each vCPU has a processor
 * to itself, so that nobody gains; the caller gives up the rest of its turn, unless its target goes
 * on before.
 */
int64_t h_confer(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const struct cpu *const target = pseries_find_cpu(p, args[0]);
    struct pseries_vcpu *const vcpu = pseries_vcpu_of(p, cpu);
    if (!target && args[0] != UINT64_MAX)
        return H_PARAMETER;
    if (target && target != cpu) {
        const struct pseries_vcpu *const other = pseries_vcpu_of(p, target);
        if (other->dispatches != (uint32_t)args[1] || other->dispatches % 2 == 0)
            return H_SUCCESS;
        /* Two that wait for each other would wait for ever, says the book. */
        if (other->waits == PSERIES_CONFERRED && other->confer_to == CONFER_ALL)
            return H_SUCCESS;
        vcpu->confer_number = other->dispatches;
    } else if (!target && p->config.cpu_count == 1) {
        return H_SUCCESS;
    }
    const uint64_t turn_end = (p->clock->now / CLOCK_TURN_CYCLES + 1) * CLOCK_TURN_CYCLES;
    vcpu->confer_to = target == cpu ? CONFER_SELF : target ? target->pir : CONFER_ALL;
    vcpu->confer_until = /* not before the end */
        target == cpu ? UINT64_MAX : clock_timebase(p->clock, turn_end) + 1;
    wait_in(p, cpu, PSERIES_CONFERRED);
    return H_SUCCESS;
}

int64_t h_prod(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const struct cpu *target = pseries_find_cpu(p, args[0]);
    (void)cpu;
    if (!target)
        return H_PARAMETER;
    pseries_vcpu_of(p, target)->prod = true;
    return H_SUCCESS;
}

int64_t h_join(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    unsigned running = 0;
    (void)args;
    if (cpu->msr & MSR_EE)
        return H_BAD_MODE;
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        running += !p->vcpus[i].stopped && p->vcpus[i].waits != PSERIES_JOINED;
    if (running <= 1)
        return H_CONTINUE;
    wait_in(p, cpu, PSERIES_JOINED);
    return H_SUCCESS;
}

bool pseries_wake(struct pseries *p, struct cpu *cpu)
{
    struct pseries_vcpu *vcpu = pseries_vcpu_of(p, cpu);
    enum vpa_reason reason;
    if (!cpu->halted || vcpu->stopped)
        return false;
    cpu_idle_until(cpu, pseries_now(p));
    cpu_update_timers(cpu);
    if (cpu_interrupt_ready(cpu)) /* never with MSR[EE]=0, but for a system reset */
        reason = interrupt_reason(cpu);
    else if (vcpu->prod)
        reason = VPA_PROD;
    else if (has_conferred(p, cpu, vcpu))
        reason = VPA_TIME_SLICE;
    else
        return false;
    cpu->halted = false;
    vpa_goes_on(p, cpu, reason);
    vcpu->prod = false;
    vcpu->waits = PSERIES_RUNS;
    return true;
}

uint64_t pseries_timer_due(const struct pseries *p, const struct cpu *cpu)
{
    const struct pseries_vcpu *const vcpu = &p->vcpus[pseries_cpu_index(p, cpu)];
    /* DEC's top bit asks for the interrupt, so both its rise and its fall are such moments. */
    if (!cpu->halted)
        return cpu_dec_due(cpu);
    if (vcpu->stopped)
        return UINT64_MAX;
    const uint64_t dec = cpu->msr & MSR_EE ? cpu_dec_due(cpu) : UINT64_MAX;
    return vcpu->waits == PSERIES_CONFERRED && vcpu->confer_until < dec ? vcpu->confer_until : dec;
}

int64_t h_signal_sys_reset(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const int64_t target = (int64_t)args[0];
    if (target >= 0) {
        struct cpu *one = pseries_find_cpu(p, (uint64_t)target);
        if (!one)
            return H_PARAMETER;
        /* One that is stopped has no state that an interrupt could save. */
        if (!pseries_vcpu_of(p, one)->stopped)
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

/* Its page is to leave the software TLB, and the page of the one before may come back. */
static void set_dabr(struct cpu *cpu, uint64_t dabr, uint64_t dabrx)
{
    cpu->dabr = dabr;
    cpu->dabrx = dabrx;
    mmu_flush_all(cpu);
}

/* POWER8 has no DABR; SLOF and others only probe for H_PRIVILEGE, which must never be the answer.
 */
int64_t h_set_dabr(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    (void)p;
    if (cpu->model->level >= ISA_207)
        return H_HARDWARE;
    set_dabr(cpu, args[0], DABRX_STATES);
    return H_SUCCESS;
}

int64_t h_set_xdabr(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t dabrx = args[1];
    (void)p;
    if (cpu->model->level >= ISA_207)
        return H_HARDWARE;
    if ((dabrx & ~(DABRX_BTI | DABRX_STATES)) || !(dabrx & DABRX_STATES))
        return H_PARAMETER;
    set_dabr(cpu, args[0], dabrx);
    return H_SUCCESS;
}

/* What -M cap-cfpc, cap-sbbc, cap-ibs and cap-ccf-assist say, in the bits of QEMU's answer, and
 * that stores need no barrier where the cache needs no flush. */
int64_t h_get_cpu_characteristics(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const struct pseries_config *const c = &p->config;
    uint64_t character = CHAR_BRANCH_HINTS, behaviour = BEHAV_FAVOUR_SECURITY;
    (void)cpu;
    behaviour |= c->cap_cfpc == CAP_FIXED ? BEHAV_NO_FLUSH : BEHAV_FLUSH_L1D;
    if (c->cap_cfpc == CAP_WORKAROUND)
        character |= CHAR_L1D_FLUSH;
    if (c->cap_sbbc != CAP_FIXED)
        behaviour |= BEHAV_BOUNDS_BARRIER;
    if (c->cap_sbbc == CAP_WORKAROUND)
        character |= CHAR_ORI31_BARRIER;
    if (c->cap_ibs == CAP_WORKAROUND) {
        behaviour |= BEHAV_FLUSH_COUNT_CACHE;
        character |= c->cap_ccf_assist ? CHAR_COUNT_FLUSH_ASSIST : 0;
    }
    if (c->cap_ibs == CAP_FIXED_IBS)
        character |= CHAR_BCCTR_SERIAL;
    if (c->cap_ibs == CAP_FIXED_CCD)
        character |= CHAR_NO_COUNT_CACHE;
    args[0] = character;
    args[1] = behaviour;
    return H_SUCCESS;
}
