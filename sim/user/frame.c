/*
 * Signal frames as 64-bit Linux lays them out on the stack (struct rt_sigframe): what handlers,
 * unwinders and debuggers look into. From low addresses:
 *
 *   back chain and linkage area, 128 bytes      <- r1 in the handler
 *   struct ucontext                             <- r5
 *   a second one, for transactions: not used here
 *   two words, the trampoline, &info, &ucontext
 *   siginfo, 128 bytes                          <- r4
 *   512 bytes that the interrupted code may be using below its r1
 */
#include "isa/fp/fpscr.h"
#include "isa/msr.h"
#include "user/kernel.h"

enum {
    LINKAGE_SIZE = 128,
    CONTEXT_SIZE = 1696,
    FRAME_CONTEXT = 0,
    FRAME_TRAMPOLINE = 2 * CONTEXT_SIZE + 16,
    FRAME_INFO_POINTER = FRAME_TRAMPOLINE + 32,
    FRAME_CONTEXT_POINTER = FRAME_INFO_POINTER + 8,
    FRAME_INFO = FRAME_CONTEXT_POINTER + 8,
    INFO_SIZE = 128,
    RED_ZONE = 512,
    FRAME_SIZE = FRAME_INFO + INFO_SIZE + RED_ZONE,
};
_Static_assert(FRAME_SIZE == 4096, "as Linux with transactional memory configured");

/* Inside struct ucontext. */
enum {
    UC_STACK = 16,
    UC_MASK = 40,
    UC_MCONTEXT = 168,
    MC_SIGNAL = UC_MCONTEXT + 32,
    MC_HANDLER = UC_MCONTEXT + 40,
    MC_OLDMASK = UC_MCONTEXT + 48,
    MC_REGS = UC_MCONTEXT + 56,
    MC_GPR = UC_MCONTEXT + 64,
    MC_FPR = MC_GPR + 48 * 8,
    MC_VREGS = MC_FPR + 33 * 8,
    VREGS = (MC_VREGS + 8 + 15) & ~15, /* the frame is aligned to 16 */
    VSCR = VREGS + 32 * 16,
    VRSAVE = VSCR + 16,
    VSX_LOW = VRSAVE + 16,
};
_Static_assert(VSX_LOW + 32 * 8 <= CONTEXT_SIZE, "the registers fit");

/* Doublewords of MC_GPR behind the 32 registers. */
enum {
    PT_NIP = 32, /* the first */
    PT_MSR,
    PT_ORIG_R3,
    PT_CTR,
    PT_LINK,
    PT_XER,
    PT_CCR,
    PT_SOFTE,
    PT_TRAP,
    PT_DAR,
    PT_DSISR,
    PT_RESULT,
    PT_DSCR,
    PT_COUNT,
};

/* -- Vector registers, in the program's byte order -- */

static void put_vector(const struct user_kernel *kernel, uint8_t *at, const union vsr *v)
{
    const unsigned first = kernel->little_endian ? 8 : 0;
    guest_put64(kernel, at + first, VSR_D(*v, 0));
    guest_put64(kernel, at + (first ^ 8), VSR_D(*v, 1));
}

static void get_vector(const struct user_kernel *kernel, const uint8_t *at, union vsr *v)
{
    const unsigned first = kernel->little_endian ? 8 : 0;
    VSR_D(*v, 0) = guest_get64(kernel, at + first);
    VSR_D(*v, 1) = guest_get64(kernel, at + (first ^ 8));
}

/* -- Saving -- */

static void save_general(const struct user_kernel *kernel, uint8_t *frame)
{
    const struct cpu *const cpu = kernel->cpu;
    const struct user_signals *const signals = &kernel->signals;
    uint64_t msr = cpu->msr;
    msr |= (kernel->used_vmx ? MSR_VEC : 0) | (kernel->used_vsx ? MSR_VSX : 0);
    const uint64_t special[PT_COUNT] = {
        [PT_NIP] = cpu->nia,
        [PT_MSR] = msr,
        [PT_ORIG_R3] = signals->orig_r3,
        [PT_CTR] = cpu->ctr,
        [PT_LINK] = cpu->lr,
        [PT_XER] = cpu_get_xer(cpu),
        [PT_CCR] = cpu_get_cr(cpu),
        [PT_SOFTE] = 1,
        [PT_TRAP] = signals->trap,
        [PT_DAR] = signals->dar,
        [PT_DSISR] = signals->dsisr,
        [PT_RESULT] = 0,
        [PT_DSCR] = cpu->dscr,
    };
    for (unsigned i = 0; i < 32; i++)
        guest_put64(kernel, frame + MC_GPR + 8 * i, cpu->gpr[i]);
    for (unsigned i = PT_NIP; i < PT_COUNT; i++)
        guest_put64(kernel, frame + MC_GPR + 8 * i, special[i]);
}

static void save_vectors(const struct user_kernel *kernel, uint8_t *frame, uint64_t at)
{
    const struct cpu *const cpu = kernel->cpu;
    const union vsr vscr = {.w = {cpu->vscr}};
    for (unsigned i = 0; i < 32; i++)
        guest_put64(kernel, frame + MC_FPR + 8 * i, VSR_D(cpu->vsr[i], 0));
    guest_put64(kernel, frame + MC_FPR + 8 * 32, cpu->fpscr);
    guest_put64(kernel, frame + MC_VREGS, at + VREGS);
    guest_put32(kernel, frame + VRSAVE, cpu->vrsave);
    for (unsigned i = 0; kernel->used_vmx && i < 32; i++)
        put_vector(kernel, frame + VREGS + 16 * i, &cpu->vsr[32 + i]);
    if (kernel->used_vmx)
        put_vector(kernel, frame + VSCR, &vscr);
    for (unsigned i = 0; kernel->used_vsx && i < 32; i++)
        guest_put64(kernel, frame + VSX_LOW + 8 * i, VSR_D(cpu->vsr[i], 1));
}

static void save_info(const struct user_kernel *kernel, uint8_t *at, unsigned number,
                      const struct user_siginfo *info)
{
    guest_put32(kernel, at, number);
    guest_put32(kernel, at + 8, (uint32_t)info->code);
    if (info->code > 0 && info->code != GCODE_KERNEL) {
        guest_put64(kernel, at + 16, info->address);
        return;
    }
    guest_put32(kernel, at + 16, info->pid);
    guest_put32(kernel, at + 20, info->uid);
    guest_put64(kernel, at + 24, info->value);
}

static void save_stack(const struct user_kernel *kernel, uint8_t *frame)
{
    const struct user_altstack *const stack = &kernel->signals.altstack;
    guest_put64(kernel, frame + UC_STACK, stack->base);
    guest_put32(kernel, frame + UC_STACK + 8, stack->flags);
    guest_put64(kernel, frame + UC_STACK + 16, stack->size);
}

/* -- Entering a handler -- */

static bool is_on(const struct user_altstack *stack, uint64_t r1)
{
    return !(stack->flags & (GSS_DISABLE | GSS_AUTODISARM)) && r1 - stack->base < stack->size;
}

static uint64_t choose_stack(struct user_kernel *kernel, const struct user_action *action)
{
    const struct user_altstack *const stack = &kernel->signals.altstack;
    const uint64_t r1 = kernel->cpu->gpr[1];
    if ((action->flags & GSA_ONSTACK) && stack->size && !(stack->flags & GSS_DISABLE) &&
        !is_on(stack, r1))
        return stack->base + stack->size;
    return r1;
}

/* The registers of a handler's first instruction. */
static bool enter(struct user_kernel *kernel, unsigned number, const struct user_action *action,
                  uint64_t frame)
{
    struct cpu *const cpu = kernel->cpu;
    uint64_t entry = action->handler, toc = cpu->gpr[2];
    if (kernel->program.function_descriptors && (!guest_read64(kernel, action->handler, &entry) ||
                                                 !guest_read64(kernel, action->handler + 8, &toc)))
        return false;
    cpu->gpr[1] = frame - LINKAGE_SIZE;
    cpu->gpr[2] = toc;
    cpu->gpr[3] = number;
    if (action->flags & GSA_SIGINFO) {
        cpu->gpr[4] = frame + FRAME_INFO;
        cpu->gpr[5] = frame + FRAME_CONTEXT;
        cpu->gpr[6] = frame;
    } else {
        cpu->gpr[4] = frame + UC_MCONTEXT;
    }
    if (!kernel->program.function_descriptors)
        cpu->gpr[12] = entry;
    cpu->ctr = entry;
    cpu->lr = kernel->trampoline;
    cpu->nia = entry & ~UINT64_C(3);
    cpu->fpscr = 0; /* no exceptions of the interrupted code's making */
    cpu_set_msr(cpu, kernel->little_endian ? cpu->msr | MSR_LE : cpu->msr & ~MSR_LE);
    return true;
}

bool signal_enter(struct user_kernel *kernel, unsigned number, const struct user_siginfo *info,
                  const struct user_action *action, uint64_t old_mask)
{
    uint8_t bytes[FRAME_SIZE - RED_ZONE] = {0}, chain[8];
    const uint64_t frame = (choose_stack(kernel, action) - FRAME_SIZE) & ~UINT64_C(15);
    save_general(kernel, bytes);
    save_vectors(kernel, bytes, frame);
    save_stack(kernel, bytes);
    save_info(kernel, bytes + FRAME_INFO, number, info);
    guest_put64(kernel, bytes + UC_MASK, old_mask);
    guest_put32(kernel, bytes + MC_SIGNAL, number);
    guest_put64(kernel, bytes + MC_HANDLER, action->handler);
    guest_put64(kernel, bytes + MC_OLDMASK, old_mask);
    guest_put64(kernel, bytes + MC_REGS, frame + MC_GPR);
    guest_put64(kernel, bytes + FRAME_INFO_POINTER, frame + FRAME_INFO);
    guest_put64(kernel, bytes + FRAME_CONTEXT_POINTER, frame + FRAME_CONTEXT);
    guest_put64(kernel, chain, kernel->cpu->gpr[1]);
    if (!space_write(&kernel->space, frame, bytes, sizeof bytes) ||
        !space_write(&kernel->space, frame - LINKAGE_SIZE, chain, sizeof chain))
        return false;
    if (kernel->signals.altstack.flags & GSS_AUTODISARM)
        kernel->signals.altstack = (struct user_altstack){.flags = GSS_DISABLE};
    return enter(kernel, number, action, frame);
}

/* -- Returning -- */

static void restore_general(struct user_kernel *kernel, const uint8_t *frame)
{
    struct cpu *const cpu = kernel->cpu;
    uint64_t special[PT_COUNT];
    for (unsigned i = 0; i < 32; i++)
        cpu->gpr[i] = guest_get64(kernel, frame + MC_GPR + 8 * i);
    for (unsigned i = PT_NIP; i < PT_COUNT; i++)
        special[i] = guest_get64(kernel, frame + MC_GPR + 8 * i);
    cpu->nia = special[PT_NIP] & ~UINT64_C(3);
    cpu->ctr = special[PT_CTR];
    cpu->lr = special[PT_LINK];
    cpu_set_xer(cpu, special[PT_XER]);
    cpu_set_cr(cpu, (uint32_t)special[PT_CCR]);
    /* Of the MSR only the byte order is the program's. */
    cpu_set_msr(cpu, (cpu->msr & ~MSR_LE) | (special[PT_MSR] & MSR_LE));
}

static bool restore_vectors(struct user_kernel *kernel, const uint8_t *frame)
{
    struct cpu *const cpu = kernel->cpu;
    const uint64_t msr = guest_get64(kernel, frame + MC_GPR + 8 * PT_MSR);
    const uint64_t at = guest_get64(kernel, frame + MC_VREGS);
    uint8_t bytes[VSX_LOW + 32 * 8 - VREGS] = {0};
    union vsr vscr;
    if (at &&
        !space_read(&kernel->space, at, bytes, msr & MSR_VSX ? sizeof bytes : VSX_LOW - VREGS))
        return false;
    for (unsigned i = 0; i < 32; i++) {
        VSR_D(cpu->vsr[i], 0) = guest_get64(kernel, frame + MC_FPR + 8 * i);
        if (kernel->used_vsx)
            VSR_D(cpu->vsr[i], 1) =
                msr & MSR_VSX ? guest_get64(kernel, bytes + (VSX_LOW - VREGS) + 8 * i) : 0;
    }
    cpu->fpscr = fpscr_summarize(guest_get64(kernel, frame + MC_FPR + 8 * 32) & FPSCR_WRITABLE);
    cpu->vrsave = guest_get32(kernel, bytes + (VRSAVE - VREGS));
    if (!kernel->used_vmx && !(msr & MSR_VEC))
        return true;
    kernel->used_vmx = true;
    if (!(msr & MSR_VEC))
        memset(bytes, 0, VRSAVE - VREGS);
    for (unsigned i = 0; i < 32; i++)
        get_vector(kernel, bytes + 16 * i, &cpu->vsr[32 + i]);
    get_vector(kernel, bytes + (VSCR - VREGS), &vscr);
    cpu->vscr = VSR_W(vscr, 3) & UINT32_C(0x00010001);
    return true;
}

bool signal_return(struct user_kernel *kernel)
{
    uint8_t bytes[CONTEXT_SIZE];
    const uint64_t frame = kernel->cpu->gpr[1]; /* the trampoline has taken the linkage area off */
    if (!space_read(&kernel->space, frame, bytes, sizeof bytes) || !restore_vectors(kernel, bytes))
        return false;
    restore_general(kernel, bytes);
    signal_block(kernel, guest_get64(kernel, bytes + UC_MASK));
    kernel->signals.altstack = (struct user_altstack){
        .base = guest_get64(kernel, bytes + UC_STACK),
        .flags = guest_get32(kernel, bytes + UC_STACK + 8) & (GSS_DISABLE | GSS_AUTODISARM),
        .size = guest_get64(kernel, bytes + UC_STACK + 16),
    };
    return true;
}
