/* y += a * x over vectors that fit a first-level cache: two loads, a multiply-add and a store. */
#include <stdlib.h>

#include "bench.h"

enum { N = 1000, REPEATS = 360000 };

static double x[N] __attribute__((aligned(128)));
static double y[N] __attribute__((aligned(128)));

__attribute__((noinline)) static void daxpy(int n, double a, const double *restrict from,
                                            double *restrict to)
{
    for (int i = 0; i < n; i++)
        to[i] += a * from[i];
}

int main(int argc, char **argv)
{
    const long repeats = argc > 1 ? strtol(argv[1], NULL, 0) : REPEATS;
    for (int i = 0; i < N; i++) {
        x[i] = 1.0 / (i + 1);
        y[i] = i;
    }
    bench_begin("daxpy");
    for (long r = 0; r < repeats; r++)
        daxpy(N, r % 3 - 0.7, x, y);
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += y[i];
    bench_result("first", y[0]);
    bench_result("sum", sum);
    return bench_end("daxpy");
}
