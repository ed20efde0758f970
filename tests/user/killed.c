/* Death by a signal is told as a shell tells it.
 * user: status: 139
 * user: says: killed by SIGSEGV (11): address not mapped 0x4
 * user: prints: before\n
 */
#include <stdio.h>

int main(void)
{
    puts("before");
    fflush(stdout);
    *(volatile int *)4 = 1;
    puts("after");
    return 0;
}
