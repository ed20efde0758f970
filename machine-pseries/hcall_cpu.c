/* Calls on virtual processors: waiting, VPA, modes (LoPAR 14.11; pseries.md 3.4, 3.6, 3.8). */
#include <assert.h>

#include "pseries_internal.h"

/* H_REGISTER_VPA: function code in the flags. */
#define VPA_FUNCTION UINT64_C(0x0000e00000000000)
enum vpa_function {
    VPA_REGISTER = 1,
    VPA_REGISTER_DTL,
    VPA_REGISTER_SLB_SHADOW,
    VPA_DEREGISTER = 5,
    VPA_DEREGISTER_DTL,
    VPA_DEREGISTER_SLB_SHADOW,
};
enum {
    VPA_FUNCTION_SHIFT = 45,
    VPA_ALIGN = 128,
    VPA_SIZE_MIN = 640,
    VPA_SIZE_OFFSET = 4,
    VPA_SHARED_OFFSET = 9,
    VPA_SHARED = 2,
    VPA_YIELD_OFFSET = 0x100,
    VPA_PAGE = 4096,
    DTL_SIZE_MIN = 48,
    SLB_SHADOW_SIZE_MIN = 8,
};

/* H_SET_MODE. */
enum { MODE_CIABR = 1, MODE_DAWR0 = 2, MODE_AIL = 3, MODE_ENDIAN = 4 };

#define DABRX_HYPERVISOR UINT64_C(4)
#define DABRX_PRIVILEGED UINT64_C(3) /* supervisor 2, problem 1 */
#define DABRX_FIELDS     UINT64_C(0xf)

unsigned pseries_cpu_index(const struct pseries *p, const struct cpu *cpu)
{
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        if (p->cpus[i] == cpu)
            return i;
    assert(!"a vCPU of this machine");
    return 0;
}

struct cpu *pseries_find_cpu(struct pseries *p, uint64_t server)
{
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        if (p->cpus[i]->pir == server)
            return p->cpus[i];
    return NULL;
}

static struct pseries_vcpu *vcpu_of(struct pseries *p, const struct cpu *cpu)
{
    return &p->vcpus[pseries_cpu_index(p, cpu)];
}

void vcpu_bump_yield_count(struct pseries *p, const struct cpu *cpu)
{
    const uint64_t vpa = vcpu_of(p, cpu)->vpa_addr;
    uint32_t count;
    if (vpa && bus_read_be32(&p->bus, vpa + VPA_YIELD_OFFSET, &count))
        bus_write_be32(&p->bus, vpa + VPA_YIELD_OFFSET, count + 1);
}

/* -- H_REGISTER_VPA -- */

static bool within_page(uint64_t real, uint64_t size)
{
    return size <= VPA_PAGE && real % VPA_PAGE <= VPA_PAGE - size;
}

static int64_t register_vpa(struct pseries *p, struct pseries_vcpu *vcpu, uint64_t real)
{
    uint8_t head[VPA_SHARED_OFFSET + 1];
    if (real == 0 || real % VPA_ALIGN || !bus_read(&p->bus, real, head, sizeof head))
        return H_PARAMETER;
    const uint64_t size = load_be16(head + VPA_SIZE_OFFSET);
    if (size < VPA_SIZE_MIN || !within_page(real, size) || !bus_is_ram(&p->bus, real, size))
        return H_PARAMETER;
    head[VPA_SHARED_OFFSET] |= VPA_SHARED;
    bus_write(&p->bus, real + VPA_SHARED_OFFSET, &head[VPA_SHARED_OFFSET], 1);
    vcpu->vpa_addr = real;
    return H_SUCCESS;
}

/* A buffer whose size is the word at +4: the dispatch trace log and the SLB shadow. */
static int64_t register_buffer(struct pseries *p, const struct pseries_vcpu *vcpu, uint64_t real,
                               uint32_t size_min, bool one_page, uint64_t *addr, uint64_t *size)
{
    uint32_t bytes;
    if (real == 0 || real % VPA_ALIGN || !bus_read_be32(&p->bus, real + VPA_SIZE_OFFSET, &bytes))
        return H_PARAMETER;
    if (bytes < size_min || !bus_is_ram(&p->bus, real, bytes) ||
        (one_page && !within_page(real, bytes)))
        return H_PARAMETER;
    if (!vcpu->vpa_addr)
        return H_RESOURCE;
    *addr = real;
    *size = bytes;
    return H_SUCCESS;
}

int64_t h_register_vpa(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t real = args[2];
    struct cpu *target = pseries_find_cpu(p, args[1]);
    (void)cpu;
    if (!target)
        return H_PARAMETER;
    struct pseries_vcpu *vcpu = vcpu_of(p, target);

    switch ((args[0] & VPA_FUNCTION) >> VPA_FUNCTION_SHIFT) {
    case VPA_REGISTER:
        return register_vpa(p, vcpu, real);
    case VPA_REGISTER_DTL:
        return register_buffer(p, vcpu, real, DTL_SIZE_MIN, false, &vcpu->dtl_addr,
                               &vcpu->dtl_size);
    case VPA_REGISTER_SLB_SHADOW:
        return register_buffer(p, vcpu, real, SLB_SHADOW_SIZE_MIN, true, &vcpu->slb_shadow_addr,
                               &vcpu->slb_shadow_size);
    case VPA_DEREGISTER:
        if (vcpu->dtl_addr || vcpu->slb_shadow_addr)
            return H_RESOURCE;
        vcpu->vpa_addr = 0;
        return H_SUCCESS;
    case VPA_DEREGISTER_DTL:
        vcpu->dtl_addr = vcpu->dtl_size = 0;
        return H_SUCCESS;
    case VPA_DEREGISTER_SLB_SHADOW:
        vcpu->slb_shadow_addr = vcpu->slb_shadow_size = 0;
        return H_SUCCESS;
    default:
        return H_PARAMETER;
    }
}

/* -- Waiting -- */

/* The vCPU stops running until pseries_wake() finds its wake condition. */
static void start_waiting(struct pseries *p, struct cpu *cpu)
{
    cpu->halted = true;
    vcpu_bump_yield_count(p, cpu);
    p->action = PSERIES_IDLE;
}

/* Takes a waiting H_PROD. */
static bool take_prod(struct pseries_vcpu *vcpu)
{
    const bool prod = vcpu->prod;
    vcpu->prod = false;
    return prod;
}

static void cede(struct pseries *p, struct cpu *cpu)
{
    struct pseries_vcpu *vcpu = vcpu_of(p, cpu);
    cpu_update_timers(cpu);
    if (take_prod(vcpu) || cpu->pending) {
        /* Given back and taken again at once: the counter stays even but has moved. */
        vcpu_bump_yield_count(p, cpu);
        vcpu_bump_yield_count(p, cpu);
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
    if (server == UINT64_MAX)
        return H_SUCCESS; /* to all others: they run in their turns anyway */
    const struct cpu *target = pseries_find_cpu(p, server);
    if (!target)
        return H_PARAMETER;
    if (target == cpu)
        cede(p, cpu);
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
    vcpu_bump_yield_count(p, cpu);
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
