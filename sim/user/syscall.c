/* The table of system calls and how one is done. */
#include "user/syscall.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"

struct call {
    const char *name;     /* NULL: nobody has this number */
    syscall_fn *function; /* NULL: ENOSYS */
};

static const struct call calls[USER_CALLS] = {
#define SYSCALL(number, name, function) [number] = {name, function},
#define SYSCALL_NONE(number, name)      [number] = {name, NULL},
#include "user/syscalls.def"
#undef SYSCALL
#undef SYSCALL_NONE
};

const char *kernel_call_name(unsigned number)
{
    return number < USER_CALLS ? calls[number].name : NULL;
}

bool kernel_call_exists(unsigned number)
{
    return number < USER_CALLS && calls[number].function;
}

void kernel_set_result(struct user_kernel *kernel, int64_t result)
{
    struct cpu *const cpu = kernel->cpu;
    const bool failed = result < 0 && result >= -4095;
    cpu->gpr[3] = failed ? (uint64_t)-result : (uint64_t)result;
    cpu->cr[0] = (uint8_t)((cpu->cr[0] & 0xe) | failed);
}

/* Named once in the log, and in the record when it happens first. */
static void tell_unknown(struct user_kernel *kernel, unsigned slot)
{
    char text[96];
    if (kernel->told[slot])
        return;
    kernel->told[slot] = true;
    if (slot < USER_CALLS && calls[slot].name)
        snprintf(text, sizeof text, "system call %s (%u) is not implemented: ENOSYS",
                 calls[slot].name, slot);
    else
        snprintf(text, sizeof text, "there is no system call %" PRIu64 ": ENOSYS", kernel->number);
    log_warning("%s", text);
    if (kernel->host.event)
        kernel->host.event(kernel->host.ctx, "syscall", text);
}

static void trace_call(const struct user_kernel *kernel, unsigned slot)
{
    const uint64_t *const a = kernel->arguments;
    char result[64] = "";
    if (kernel->ended)
        snprintf(result, sizeof result, "?");
    else if (kernel->wait != WAIT_NOTHING)
        snprintf(result, sizeof result, "(waits)");
    else if (kernel->cpu->cr[0] & 1)
        snprintf(result, sizeof result, "error %" PRIu64, kernel->cpu->gpr[3]);
    else
        snprintf(result, sizeof result, "0x%" PRIx64, kernel->cpu->gpr[3]);
    fprintf(stderr,
            "%" PRIu64 ": %s(0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ") = %s\n",
            cpu_icount(kernel->cpu),
            slot < USER_CALLS && calls[slot].name ? calls[slot].name : "unknown", a[0], a[1], a[2],
            a[3], result);
}

void kernel_system_call(struct user_kernel *kernel)
{
    const struct cpu *const cpu = kernel->cpu;
    kernel->number = cpu->gpr[0];
    memcpy(kernel->arguments, &cpu->gpr[3], sizeof kernel->arguments);
    const unsigned slot =
        kernel->number < USER_CALLS ? (unsigned)kernel->number : (unsigned)USER_CALLS;
    kernel->calls[slot]++;
    syscall_fn *const function = slot < USER_CALLS ? calls[slot].function : NULL;
    int64_t result = -ENOSYS;
    kernel->keeps_registers = false;
    if (function)
        result = function(kernel, kernel->arguments);
    else
        tell_unknown(kernel, slot);
    if (!kernel->keeps_registers && !kernel->ended && kernel->wait == WAIT_NOTHING)
        kernel_set_result(kernel, result);
    if (kernel->settings->trace_calls)
        trace_call(kernel, slot);
}

int syscall_read_mask(struct user_kernel *kernel, uint64_t ea, uint64_t size, uint64_t *mask)
{
    if (size != 8)
        return -EINVAL;
    return guest_read64(kernel, ea, mask) ? 0 : -EFAULT;
}

int syscall_read_time(struct user_kernel *kernel, uint64_t ea, uint64_t *ns)
{
    uint64_t seconds, rest;
    if (!guest_read64(kernel, ea, &seconds) || !guest_read64(kernel, ea + 8, &rest))
        return -EFAULT;
    if ((int64_t)seconds < 0 || rest >= 1000000000)
        return -EINVAL;
    /* About 146 years are as good as for ever. */
    const uint64_t most = UINT64_MAX / 4 / 1000000000;
    *ns = (seconds < most ? seconds : most) * 1000000000 + rest;
    return 0;
}
