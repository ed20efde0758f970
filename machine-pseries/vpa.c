/* The areas that a vCPU shares with the hypervisor: VPA, dispatch trace log, SLB shadow (LoPAR
 * 14.11.3.2; pseries.md 3.6). The log counts what the guest can measure: how long it waited. */
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
    VPA_DTL_MASK_OFFSET = 0xb8,
    VPA_DTL_WAITS = 1, /* of the mask: log waits that the guest asked for */
    VPA_DISPATCH_OFFSET = 0x100,
    VPA_WAITED_OFFSET = 0x168, /* sum of the timebase ticks of all waits */
    VPA_DTL_INDEX_OFFSET = 0x218,
    VPA_PAGE = 4096,
    DTL_ENTRY = 48,
    DTL_CEDED = 2, /* why a vCPU did not run */
    DTL_CONFERRED = 3,
    SLB_SHADOW_SIZE_MIN = 8,
};

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
    bus_write_be32(&p->bus, real + VPA_DISPATCH_OFFSET, vcpu->dispatches);
    vcpu->vpa_addr = real;
    return H_SUCCESS;
}

/* A buffer whose size is the word at +4, read this once: the dispatch trace log, the SLB shadow. */
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

static int64_t register_dtl(struct pseries *p, struct pseries_vcpu *vcpu, uint64_t real)
{
    const int64_t status =
        register_buffer(p, vcpu, real, DTL_ENTRY, false, &vcpu->dtl_addr, &vcpu->dtl_size);
    if (status == H_SUCCESS)
        bus_write_be64(&p->bus, vcpu->vpa_addr + VPA_DTL_INDEX_OFFSET, 0);
    return status;
}

int64_t h_register_vpa(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t real = args[2];
    struct cpu *target = pseries_find_cpu(p, args[1]);
    (void)cpu;
    if (!target)
        return H_PARAMETER;
    struct pseries_vcpu *vcpu = pseries_vcpu_of(p, target);

    switch ((args[0] & VPA_FUNCTION) >> VPA_FUNCTION_SHIFT) {
    case VPA_REGISTER:
        return register_vpa(p, vcpu, real);
    case VPA_REGISTER_DTL:
        return register_dtl(p, vcpu, real);
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

/* -- Dispatching -- */

/* The counter is the hypervisor's: what the guest writes there is no matter. */
static void count_dispatch(struct pseries *p, struct pseries_vcpu *vcpu)
{
    vcpu->dispatches++;
    if (vcpu->vpa_addr)
        bus_write_be32(&p->bus, vcpu->vpa_addr + VPA_DISPATCH_OFFSET, vcpu->dispatches);
}

/* The log is a ring; its index, which only grows, is the guest's to read and to set back. */
static void log_dispatch(struct pseries *p, const struct cpu *cpu, const struct pseries_vcpu *vcpu,
                         enum vpa_reason reason, uint64_t waited)
{
    uint8_t mask, entry[DTL_ENTRY] = {0};
    uint64_t index;
    if (!vcpu->dtl_addr || !bus_read(&p->bus, vcpu->vpa_addr + VPA_DTL_MASK_OFFSET, &mask, 1) ||
        !(mask & VPA_DTL_WAITS) ||
        !bus_read_be64(&p->bus, vcpu->vpa_addr + VPA_DTL_INDEX_OFFSET, &index))
        return;
    entry[0] = (uint8_t)reason;
    entry[1] = vcpu->waits == PSERIES_CONFERRED ? DTL_CONFERRED : DTL_CEDED;
    store_be16(entry + 2, (uint16_t)cpu->pir);
    store_be32(entry + 12, waited > UINT32_MAX ? UINT32_MAX : (uint32_t)waited);
    store_be64(entry + 16, cpu_timebase(cpu));
    store_be64(entry + 32, cpu->nia);
    store_be64(entry + 40, cpu->msr);
    const uint64_t slot = index % (vcpu->dtl_size / DTL_ENTRY);
    bus_write(&p->bus, vcpu->dtl_addr + slot * DTL_ENTRY, entry, sizeof entry);
    bus_write_be64(&p->bus, vcpu->vpa_addr + VPA_DTL_INDEX_OFFSET, index + 1);
}

/* All of a wait is for a reason to run: processor and capacity are always there. */
static void add_wait(struct pseries *p, const struct pseries_vcpu *vcpu, uint64_t waited)
{
    uint64_t sum;
    if (vcpu->vpa_addr && bus_read_be64(&p->bus, vcpu->vpa_addr + VPA_WAITED_OFFSET, &sum))
        bus_write_be64(&p->bus, vcpu->vpa_addr + VPA_WAITED_OFFSET, sum + waited);
}

void vpa_waits(struct pseries *p, const struct cpu *cpu)
{
    struct pseries_vcpu *const vcpu = pseries_vcpu_of(p, cpu);
    vcpu->waits_since = cpu_timebase(cpu);
    count_dispatch(p, vcpu);
}

void vpa_goes_on(struct pseries *p, const struct cpu *cpu, enum vpa_reason reason)
{
    struct pseries_vcpu *const vcpu = pseries_vcpu_of(p, cpu);
    const uint64_t waited = cpu_timebase(cpu) - vcpu->waits_since;
    log_dispatch(p, cpu, vcpu, reason, waited);
    add_wait(p, vcpu, waited);
    count_dispatch(p, vcpu);
}

void vpa_counts(struct pseries *p, const struct cpu *cpu)
{
    count_dispatch(p, pseries_vcpu_of(p, cpu));
}
