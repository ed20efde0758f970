/* Signals of the one thread: handlers, masks, what is pending, and frames as Linux lays them out.
 */
#ifndef HORNPIPE_USER_SIGNALS_H
#define HORNPIPE_USER_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

struct user_kernel;

enum { USER_SIGNALS = 64 };

/* Numbers and codes are Linux's, the same on all its architectures; the host's <signal.h> is not
 * used for them. */
enum user_signal {
    GSIG_HUP = 1,
    GSIG_INT = 2,
    GSIG_QUIT = 3,
    GSIG_ILL = 4,
    GSIG_TRAP = 5,
    GSIG_ABRT = 6,
    GSIG_BUS = 7,
    GSIG_FPE = 8,
    GSIG_KILL = 9,
    GSIG_SEGV = 11,
    GSIG_PIPE = 13,
    GSIG_ALRM = 14,
    GSIG_CHLD = 17,
    GSIG_CONT = 18,
    GSIG_STOP = 19,
    GSIG_TSTP = 20,
    GSIG_TTIN = 21,
    GSIG_TTOU = 22,
    GSIG_URG = 23,
    GSIG_WINCH = 28,
};

enum user_signal_code {
    GCODE_USER = 0,
    GCODE_KERNEL = 0x80,
    GCODE_QUEUE = -1,
    GCODE_TKILL = -6,
    ILL_CODE_OPCODE = 1,
    ILL_CODE_OPERAND = 2,
    ILL_CODE_PRIVILEGED = 5,
    FPE_CODE_DIVIDE = 3,
    FPE_CODE_OVERFLOW = 4,
    FPE_CODE_UNDERFLOW = 5,
    FPE_CODE_INEXACT = 6,
    FPE_CODE_INVALID = 7,
    FPE_CODE_UNKNOWN = 14,
    SEGV_CODE_UNMAPPED = 1,
    SEGV_CODE_ACCESS = 2,
    SEGV_CODE_BOUNDS = 3,
    BUS_CODE_ALIGNMENT = 1,
    TRAP_CODE_BREAKPOINT = 1,
};

enum {
    GSA_SIGINFO = 4,
    GSA_ONSTACK = 0x08000000,
    GSA_RESTART = 0x10000000,
    GSA_NODEFER = 0x40000000,
};
#define GSA_RESETHAND UINT64_C(0x80000000)

enum { GSS_ONSTACK = 1, GSS_DISABLE = 2 };
#define GSS_AUTODISARM UINT32_C(0x80000000)

struct user_siginfo {
    int32_t code;
    uint64_t address; /* faults */
    uint32_t pid, uid;
    uint64_t value; /* rt_sigqueueinfo */
};

struct user_action {
    uint64_t handler, flags, restorer, mask;
};

struct user_altstack {
    uint64_t base, size;
    uint32_t flags;
};

struct user_signals {
    struct user_action actions[USER_SIGNALS + 1]; /* by number; [0] is not used */
    uint64_t blocked, pending;                    /* bit number-1 */
    struct user_siginfo info[USER_SIGNALS + 1];   /* of those pending */
    bool has_saved_mask; /* rt_sigsuspend, ppoll: the mask to restore behind the handler */
    uint64_t saved_mask;
    struct user_altstack altstack;
    /* What Linux keeps of the last interrupt, for the frame. */
    uint64_t trap, dar, dsisr, orig_r3;
};

static inline uint64_t signal_bit(unsigned number)
{
    return UINT64_C(1) << (number - 1);
}

/* Makes a signal pending; ignored ones are dropped. */
void signal_raise(struct user_kernel *kernel, unsigned number, const struct user_siginfo *info);

/* A fault: delivered at once, and the process dies if the signal is blocked or ignored. */
void signal_force(struct user_kernel *kernel, unsigned number, int32_t code, uint64_t address);

/* True if a signal waits that is not blocked. */
bool signal_waits(const struct user_kernel *kernel);

/* Delivers what waits: enters handlers, or ends the process. Before going back to the program. */
void signal_deliver(struct user_kernel *kernel);

/* Builds the frame and enters the handler; false if the stack cannot be written (frame.c). */
bool signal_enter(struct user_kernel *kernel, unsigned number, const struct user_siginfo *info,
                  const struct user_action *action, uint64_t old_mask);

/* rt_sigreturn: false if the frame cannot be read. */
bool signal_return(struct user_kernel *kernel);

/* "SIGSEGV", for messages. */
const char *signal_name(unsigned number);

/* Sets the blocked mask; KILL and STOP cannot be blocked. */
void signal_block(struct user_kernel *kernel, uint64_t mask);

#endif
