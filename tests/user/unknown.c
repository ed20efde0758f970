/* A system call that nobody knows answers ENOSYS, and is named once.
 * user: says: there is no system call 9999: ENOSYS
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

int main(void)
{
    FAILS(syscall(9999), ENOSYS);
    FAILS(syscall(9999), ENOSYS);
    FAILS(syscall(-1), ENOSYS);
    FAILS(fork(), ENOSYS);
    return finish();
}
