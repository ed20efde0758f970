/* Waiting for files: poll, select and their kin. */
#include <poll.h>

#include "terminal.h"
#include "user/syscall.h"

enum { POLLS_MAX = USER_FDS };
#define FOR_EVER UINT64_MAX

struct polled {
    uint32_t fd; /* UINT32_MAX: left out */
    uint16_t events, result;
};

/* What of `events` is so now, beside errors; the bits are the host's and Linux's alike. */
static unsigned ready_now(struct user_kernel *kernel, uint32_t fd, unsigned events, int timeout)
{
    const struct user_file *const file = files_get(kernel, fd);
    struct pollfd host;
    if (!file)
        return POLLNVAL;
    switch (file->kind) {
    case FILE_STREAM:
        host = (struct pollfd){.fd = file->fd, .events = (short)events};
        return poll(&host, 1, timeout) > 0 ? (unsigned)host.revents & (events | POLLERR | POLLHUP)
                                           : 0;
    case FILE_PIPE:
        if (file->pipe_writer)
            return !file->pipe->readers                    ? POLLERR
                   : file->pipe->size < USER_PIPE_SIZE / 2 ? events & (POLLOUT | POLLWRNORM)
                                                           : 0;
        return (file->pipe->size ? events & (POLLIN | POLLRDNORM) : 0) |
               (file->pipe->writers ? 0 : POLLHUP);
    default:
        return events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
    }
}

static unsigned look(struct user_kernel *kernel, struct polled *polled, size_t count)
{
    unsigned found = 0;
    for (size_t i = 0; i < count; i++) {
        polled[i].result = 0;
        if (polled[i].fd == UINT32_MAX)
            continue;
        polled[i].result = (uint16_t)ready_now(kernel, polled[i].fd, polled[i].events, 0);
        found += polled[i].result != 0;
    }
    return found;
}

/* Waits for the host's input, which nothing else can bring; false if there is none to wait for. */
static bool wait_for_host(struct user_kernel *kernel, const struct polled *polled, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct user_file *const file =
            polled[i].fd == UINT32_MAX ? NULL : files_get(kernel, polled[i].fd);
        if (!file || file->kind != FILE_STREAM)
            continue;
        while (!ready_now(kernel, polled[i].fd, polled[i].events, 250) && !terminal_end_signal())
            ;
        return true;
    }
    return false;
}

/* The number that are ready; or 0 with the process waiting until `ns` have passed. */
static int64_t poll_all(struct user_kernel *kernel, struct polled *polled, size_t count,
                        uint64_t ns)
{
    unsigned found = look(kernel, polled, count);
    if (found || ns == 0)
        return found;
    if (ns != FOR_EVER) {
        syscall_sleep_until(kernel, kernel_now_ns(kernel) + ns, 0);
        return 0;
    }
    if (!signal_waits(kernel) && wait_for_host(kernel, polled, count))
        return look(kernel, polled, count);
    kernel->wait = WAIT_SIGNAL;
    return -EINTR;
}

/* The mask that holds during the call. */
static int use_mask(struct user_kernel *kernel, uint64_t ea, uint64_t size)
{
    uint64_t mask;
    if (!ea)
        return 0;
    const int error = syscall_read_mask(kernel, ea, size, &mask);
    if (error)
        return error;
    kernel->signals.saved_mask = kernel->signals.blocked;
    kernel->signals.has_saved_mask = true;
    signal_block(kernel, mask);
    return 0;
}

/* -- poll -- */

static int64_t poll_list(struct user_kernel *kernel, uint64_t ea, uint64_t count, uint64_t ns)
{
    static const uint8_t none[2];
    struct polled polled[POLLS_MAX];
    if (count > POLLS_MAX)
        return -EINVAL;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t bytes[8];
        if (!space_read(&kernel->space, ea + 8 * i, bytes, sizeof bytes) ||
            !space_write(&kernel->space, ea + 8 * i + 6, none, sizeof none))
            return -EFAULT;
        const uint32_t fd = guest_get32(kernel, bytes);
        polled[i] = (struct polled){.fd = (int32_t)fd < 0 ? UINT32_MAX : fd,
                                    .events = guest_get16(kernel, bytes + 4)};
    }
    const int64_t found = poll_all(kernel, polled, (size_t)count, ns);
    for (uint64_t i = 0; found > 0 && i < count; i++) {
        uint8_t bytes[2];
        guest_put16(kernel, bytes, polled[i].result);
        if (!space_write(&kernel->space, ea + 8 * i + 6, bytes, sizeof bytes))
            return -EFAULT;
    }
    return found;
}

int64_t sys_poll(struct user_kernel *kernel, const uint64_t *a)
{
    const int32_t timeout = (int32_t)a[2];
    return poll_list(kernel, a[0], (uint32_t)a[1],
                     timeout < 0 ? FOR_EVER : (uint64_t)timeout * 1000000);
}

int64_t sys_ppoll(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t ns = FOR_EVER;
    int error = a[2] ? syscall_read_time(kernel, a[2], &ns) : 0;
    if (!error)
        error = use_mask(kernel, a[3], a[4]);
    return error ? error : poll_list(kernel, a[0], (uint32_t)a[1], ns);
}

/* -- select -- */

static int read_set(struct user_kernel *kernel, uint64_t ea, unsigned count, uint64_t *set)
{
    for (unsigned i = 0; ea && i < (count + 63) / 64; i++)
        if (!guest_read64(kernel, ea + 8 * i, &set[i]))
            return -EFAULT;
    return 0;
}

static int write_set(struct user_kernel *kernel, uint64_t ea, unsigned count, const uint64_t *set)
{
    for (unsigned i = 0; ea && i < (count + 63) / 64; i++)
        if (!guest_write64(kernel, ea + 8 * i, set[i]))
            return -EFAULT;
    return 0;
}

static int64_t select_sets(struct user_kernel *kernel, const uint64_t *a, uint64_t ns)
{
    static const uint16_t wanted[] = {POLLIN, POLLOUT, POLLPRI};
    static const uint16_t shown[] = {POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI};
    uint64_t sets[3][USER_FDS / 64] = {0};
    struct polled polled[POLLS_MAX];
    const unsigned count = a[0] < USER_FDS ? (unsigned)a[0] : USER_FDS;
    int64_t total = 0;
    if ((int32_t)a[0] < 0)
        return -EINVAL;
    for (unsigned s = 0; s < 3; s++)
        if (read_set(kernel, a[1 + s], count, sets[s]))
            return -EFAULT;
    for (unsigned i = 0; i < count; i++) {
        polled[i] = (struct polled){.fd = UINT32_MAX};
        for (unsigned s = 0; s < 3; s++)
            if (sets[s][i / 64] >> (i % 64) & 1)
                polled[i] = (struct polled){.fd = i, .events = polled[i].events | wanted[s]};
        if (polled[i].fd != UINT32_MAX && !files_get(kernel, i))
            return -EBADF;
    }
    const int64_t found = poll_all(kernel, polled, count, ns);
    for (unsigned s = 0; s < 3; s++) {
        for (unsigned i = 0; i < count; i++) {
            const bool was = sets[s][i / 64] >> (i % 64) & 1;
            const bool is = was && (polled[i].result & shown[s]);
            sets[s][i / 64] &= ~(UINT64_C(1) << (i % 64));
            sets[s][i / 64] |= (uint64_t)is << (i % 64);
            total += is;
        }
        if (write_set(kernel, a[1 + s], count, sets[s]))
            return -EFAULT;
    }
    return found < 0 ? found : total;
}

int64_t sys_select(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t seconds, micros, ns = FOR_EVER;
    if (a[4]) {
        if (!guest_read64(kernel, a[4], &seconds) || !guest_read64(kernel, a[4] + 8, &micros))
            return -EFAULT;
        if ((int64_t)seconds < 0 || (int64_t)micros < 0)
            return -EINVAL;
        const uint64_t most = UINT64_MAX / 8 / 1000000000;
        ns = (seconds < most ? seconds : most) * 1000000000 +
             (micros < 1000000000 ? micros : 1000000000) * 1000;
    }
    return select_sets(kernel, a, ns);
}

int64_t sys_pselect6(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t mask = 0, size = 8, ns = FOR_EVER;
    if (a[5] && (!guest_read64(kernel, a[5], &mask) || !guest_read64(kernel, a[5] + 8, &size)))
        return -EFAULT;
    int error = a[4] ? syscall_read_time(kernel, a[4], &ns) : 0;
    if (!error)
        error = use_mask(kernel, mask, size);
    return error ? error : select_sets(kernel, a, ns);
}
