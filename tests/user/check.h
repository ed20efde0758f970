/* For the programs here: CHECK names what is not so and goes on; finish() tells the verdict. */
#ifndef HORNPIPE_TESTS_USER_CHECK_H
#define HORNPIPE_TESTS_USER_CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int check_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("line %d: %s (errno %d)\n", __LINE__, #condition, errno);                       \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

/* A call that must fail with this error. */
#define FAILS(call, error)                                                                         \
    do {                                                                                           \
        errno = 0;                                                                                 \
        const long result_ = (long)(call);                                                         \
        if (result_ != -1 || errno != (error)) {                                                   \
            printf("line %d: %s: %ld, errno %d, not %s\n", __LINE__, #call, result_, errno,        \
                   #error);                                                                        \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

static inline int finish(void)
{
    puts(check_failures ? "FAIL" : "PASS");
    return check_failures ? 1 : 0;
}

#endif
