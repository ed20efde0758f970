/* A program that waits for what can never come is told.
 * user: status: 4
 * user: says: nothing can wake it
 * user: prints:
 */
#include <unistd.h>

int main(void)
{
    return pause();
}
