/* The loader of user-mode programs: any file, into 8 MiB; what it loads runs some instructions. */
#include <stdlib.h>

#include "fuzz_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const args[] = {"fuzz", "argument", NULL};
    struct fuzz_user user;
    if (fuzz_user_start(&user, args, data, size))
        fuzz_user_run(&user, 20000);
    fuzz_user_end(&user);
    return 0;
}
