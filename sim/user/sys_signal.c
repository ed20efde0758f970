/* System calls about signals. */
#include "user/syscall.h"

enum { GSIG_BLOCK, GSIG_UNBLOCK, GSIG_SETMASK };

static bool is_signal(uint64_t number)
{
    return number >= 1 && number <= USER_SIGNALS;
}

/* struct sigaction of 64-bit PowerPC: handler, flags, restorer, mask. */
int64_t sys_rt_sigaction(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t number = (uint32_t)a[0];
    struct user_action fresh = {0};
    if (a[3] != 8 || !is_signal(number))
        return -EINVAL;
    if (a[1]) {
        if (number == GSIG_KILL || number == GSIG_STOP)
            return -EINVAL;
        if (!guest_read64(kernel, a[1], &fresh.handler) ||
            !guest_read64(kernel, a[1] + 8, &fresh.flags) ||
            !guest_read64(kernel, a[1] + 16, &fresh.restorer) ||
            !guest_read64(kernel, a[1] + 24, &fresh.mask))
            return -EFAULT;
    }
    struct user_action *const action = &kernel->signals.actions[number];
    if (a[2] && (!guest_write64(kernel, a[2], action->handler) ||
                 !guest_write64(kernel, a[2] + 8, action->flags) ||
                 !guest_write64(kernel, a[2] + 16, action->restorer) ||
                 !guest_write64(kernel, a[2] + 24, action->mask)))
        return -EFAULT;
    if (a[1])
        *action = fresh;
    return 0;
}

int64_t sys_rt_sigprocmask(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t old = kernel->signals.blocked;
    uint64_t set = 0;
    if (a[3] != 8)
        return -EINVAL;
    if (a[1] && !guest_read64(kernel, a[1], &set))
        return -EFAULT;
    if (a[1] && (uint32_t)a[0] > GSIG_SETMASK)
        return -EINVAL;
    if (a[2] && !guest_write64(kernel, a[2], old))
        return -EFAULT;
    if (!a[1])
        return 0;
    if ((uint32_t)a[0] == GSIG_BLOCK)
        set |= old;
    else if ((uint32_t)a[0] == GSIG_UNBLOCK)
        set = old & ~set;
    signal_block(kernel, set);
    return 0;
}

int64_t sys_rt_sigpending(struct user_kernel *kernel, const uint64_t *a)
{
    if (a[1] != 8)
        return -EINVAL;
    return guest_write64(kernel, a[0], kernel->signals.pending & kernel->signals.blocked) ? 0
                                                                                          : -EFAULT;
}

int64_t sys_rt_sigsuspend(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t mask;
    const int error = syscall_read_mask(kernel, a[0], a[1], &mask);
    if (error)
        return error;
    kernel->signals.saved_mask = kernel->signals.blocked;
    kernel->signals.has_saved_mask = true;
    signal_block(kernel, mask);
    if (!signal_waits(kernel))
        kernel->wait = WAIT_SIGNAL;
    return -EINTR;
}

int64_t sys_rt_sigreturn(struct user_kernel *kernel, const uint64_t *a)
{
    (void)a;
    if (signal_return(kernel))
        kernel->keeps_registers = true;
    else
        kernel_die(kernel, GSIG_SEGV, "rt_sigreturn: the frame cannot be read");
    return 0;
}

/* Takes a signal that is pending already; waits for none. */
int64_t sys_rt_sigtimedwait(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_signals *const signals = &kernel->signals;
    uint64_t set, ns = 0;
    const int error = syscall_read_mask(kernel, a[0], a[3], &set);
    if (error)
        return error;
    if (signals->pending & set) {
        const unsigned number = (unsigned)__builtin_ctzll(signals->pending & set) + 1;
        const struct user_siginfo *const info = &signals->info[number];
        uint8_t bytes[128] = {0};
        guest_put32(kernel, bytes, number);
        guest_put32(kernel, bytes + 8, (uint32_t)info->code);
        guest_put32(kernel, bytes + 16, info->pid);
        guest_put32(kernel, bytes + 20, info->uid);
        guest_put64(kernel, bytes + 24, info->value);
        if (a[1] && !space_write(&kernel->space, a[1], bytes, sizeof bytes))
            return -EFAULT;
        signals->pending &= ~signal_bit(number);
        return number;
    }
    if (!a[2]) {
        kernel->wait = WAIT_SIGNAL;
        return -EINTR;
    }
    const int bad_time = syscall_read_time(kernel, a[2], &ns);
    if (bad_time)
        return bad_time;
    syscall_sleep_until(kernel, kernel_now_ns(kernel) + ns, -EAGAIN);
    return -EAGAIN;
}

int64_t sys_sigaltstack(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_altstack *const stack = &kernel->signals.altstack;
    const struct user_altstack old = *stack;
    const bool on =
        !(old.flags & (GSS_DISABLE | GSS_AUTODISARM)) && kernel->cpu->gpr[1] - old.base < old.size;
    if (a[0]) {
        struct user_altstack fresh = {0};
        if (!guest_read64(kernel, a[0], &fresh.base) ||
            !guest_read32(kernel, a[0] + 8, &fresh.flags) ||
            !guest_read64(kernel, a[0] + 16, &fresh.size))
            return -EFAULT;
        const uint32_t mode = fresh.flags & ~GSS_AUTODISARM;
        if (on)
            return -EPERM;
        if (mode != 0 && mode != GSS_ONSTACK && mode != GSS_DISABLE)
            return -EINVAL;
        if (mode == GSS_DISABLE)
            fresh = (struct user_altstack){.flags = GSS_DISABLE};
        else if (fresh.size < 4096 + 128)
            return -ENOMEM;
        fresh.flags &= ~(uint32_t)GSS_ONSTACK;
        *stack = fresh;
    }
    if (a[1] && (!guest_write64(kernel, a[1], old.base) ||
                 !guest_write32(kernel, a[1] + 8, on ? old.flags | GSS_ONSTACK : old.flags) ||
                 !guest_write64(kernel, a[1] + 16, old.size)))
        return -EFAULT;
    return 0;
}

/* -- Sending: there is only this process -- */

static int64_t send(struct user_kernel *kernel, uint64_t number, struct user_siginfo info)
{
    if (number == 0)
        return 0;
    if (!is_signal(number))
        return -EINVAL;
    info.pid = USER_PID;
    info.uid = USER_UID;
    signal_raise(kernel, (unsigned)number, &info);
    return 0;
}

int64_t sys_kill(struct user_kernel *kernel, const uint64_t *a)
{
    const int32_t pid = (int32_t)a[0];
    if (pid != USER_PID && pid != 0 && pid != -1 && pid != -USER_PID)
        return -ESRCH;
    return send(kernel, (uint32_t)a[1], (struct user_siginfo){.code = GCODE_USER});
}

int64_t sys_tkill(struct user_kernel *kernel, const uint64_t *a)
{
    if ((int32_t)a[0] != USER_PID)
        return (int32_t)a[0] <= 0 ? -EINVAL : -ESRCH;
    return send(kernel, (uint32_t)a[1], (struct user_siginfo){.code = GCODE_TKILL});
}

int64_t sys_tgkill(struct user_kernel *kernel, const uint64_t *a)
{
    if ((int32_t)a[0] <= 0 || (int32_t)a[1] <= 0)
        return -EINVAL;
    if ((int32_t)a[0] != USER_PID || (int32_t)a[1] != USER_PID)
        return -ESRCH;
    return send(kernel, (uint32_t)a[2], (struct user_siginfo){.code = GCODE_TKILL});
}

int64_t sys_rt_sigqueueinfo(struct user_kernel *kernel, const uint64_t *a)
{
    struct user_siginfo info = {0};
    uint32_t code;
    if (!guest_read32(kernel, a[2] + 8, &code) || !guest_read64(kernel, a[2] + 24, &info.value))
        return -EFAULT;
    if ((int32_t)a[0] != USER_PID)
        return -ESRCH;
    info.code = (int32_t)code;
    return info.code >= 0 ? -EPERM : send(kernel, (uint32_t)a[1], info);
}
