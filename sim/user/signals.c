#include "user/signals.h"

#include <inttypes.h>
#include <stdio.h>

#include "user/kernel.h"

const char *signal_name(unsigned number)
{
    static const char *const names[] = {
        NULL,        "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
        "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
        "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
    };
    return number > 0 && number < ARRAY_SIZE(names) ? names[number] : "a real-time signal";
}

enum { HANDLER_DEFAULT = 0, HANDLER_IGNORE = 1 };

/* Stopping makes no sense for a process that nobody can continue: those are ignored too. */
static bool is_ignored_by_default(unsigned number)
{
    switch (number) {
    case GSIG_CHLD:
    case GSIG_CONT:
    case GSIG_URG:
    case GSIG_WINCH:
    case GSIG_STOP:
    case GSIG_TSTP:
    case GSIG_TTIN:
    case GSIG_TTOU:
        return true;
    default:
        return false;
    }
}

static bool is_ignored(const struct user_kernel *kernel, unsigned number)
{
    const uint64_t handler = kernel->signals.actions[number].handler;
    return handler == HANDLER_IGNORE ||
           (handler == HANDLER_DEFAULT && is_ignored_by_default(number));
}

void signal_block(struct user_kernel *kernel, uint64_t mask)
{
    kernel->signals.blocked = mask & ~(signal_bit(GSIG_KILL) | signal_bit(GSIG_STOP));
}

void signal_raise(struct user_kernel *kernel, unsigned number, const struct user_siginfo *info)
{
    struct user_signals *const signals = &kernel->signals;
    if (is_ignored(kernel, number) && !(signals->blocked & signal_bit(number)))
        return;
    if (signals->pending & signal_bit(number))
        return;
    signals->pending |= signal_bit(number);
    signals->info[number] = *info;
}

static const char *describe_code(unsigned number, int32_t code)
{
    switch (number) {
    case GSIG_SEGV:
        return code == SEGV_CODE_UNMAPPED ? "address not mapped" : "access not allowed";
    case GSIG_BUS:
        return "unaligned";
    case GSIG_ILL:
        return code == ILL_CODE_PRIVILEGED ? "privileged instruction" : "illegal instruction";
    case GSIG_FPE:
        return "floating-point exception";
    default:
        return "trap";
    }
}

void signal_force(struct user_kernel *kernel, unsigned number, int32_t code, uint64_t address)
{
    struct user_signals *const signals = &kernel->signals;
    const struct user_siginfo info = {.code = code, .address = address};
    const uint64_t handler = signals->actions[number].handler;
    if ((signals->blocked & signal_bit(number)) || handler <= HANDLER_IGNORE) {
        char why[128];
        snprintf(why, sizeof why, "%s 0x%" PRIx64 ", at 0x%" PRIx64, describe_code(number, code),
                 address, kernel->cpu->nia);
        kernel_die(kernel, (int)number, why);
        return;
    }
    signals->pending |= signal_bit(number);
    signals->info[number] = info;
}

bool signal_waits(const struct user_kernel *kernel)
{
    return (kernel->signals.pending & ~kernel->signals.blocked) != 0;
}

/* Faults come before what others sent, then by number. */
static unsigned take_next(struct user_signals *signals)
{
    const uint64_t faults = signal_bit(GSIG_SEGV) | signal_bit(GSIG_BUS) | signal_bit(GSIG_ILL) |
                            signal_bit(GSIG_TRAP) | signal_bit(GSIG_FPE);
    uint64_t waiting = signals->pending & ~signals->blocked;
    if (waiting & faults)
        waiting &= faults;
    const unsigned number = (unsigned)__builtin_ctzll(waiting) + 1;
    signals->pending &= ~signal_bit(number);
    return number;
}

static void handle(struct user_kernel *kernel, unsigned number)
{
    struct user_signals *const signals = &kernel->signals;
    const struct user_action action = signals->actions[number];
    const struct user_siginfo info = signals->info[number];
    const uint64_t old_mask = signals->has_saved_mask ? signals->saved_mask : signals->blocked;
    if (action.handler == HANDLER_DEFAULT || number == GSIG_KILL) {
        char why[64];
        snprintf(why, sizeof why, "sent by process %" PRIu32, info.pid);
        kernel_die(kernel, (int)number, why);
        return;
    }
    signals->has_saved_mask = false;
    if (action.flags & GSA_RESETHAND)
        signals->actions[number].handler = HANDLER_DEFAULT;
    if (!signal_enter(kernel, number, &info, &action, old_mask)) {
        /* As Linux: a stack that takes no frame is a fault that no handler can take on it. */
        kernel_die(kernel, GSIG_SEGV, "no room for a signal frame on the stack");
        return;
    }
    uint64_t mask = signals->blocked | action.mask;
    if (!(action.flags & GSA_NODEFER))
        mask |= signal_bit(number);
    signal_block(kernel, mask);
}

void signal_deliver(struct user_kernel *kernel)
{
    struct user_signals *const signals = &kernel->signals;
    while (!kernel->ended && signal_waits(kernel)) {
        const unsigned number = take_next(signals);
        if (!is_ignored(kernel, number) || number == GSIG_KILL)
            handle(kernel, number);
    }
    /* rt_sigsuspend() that was ended by nothing that has a handler keeps waiting elsewhere. */
    if (!kernel->ended && signals->has_saved_mask && kernel->wait == WAIT_NOTHING) {
        signals->has_saved_mask = false;
        signal_block(kernel, signals->saved_mask);
    }
}
