/* a = b + s * c over three vectors of 64 MB together. */
#include <stdlib.h>

#include "../fp/bench.h"

enum { N = (64 << 20) / 3 / sizeof(double), REPEATS = 16 };

static double a[N] __attribute__((aligned(128)));
static double b[N] __attribute__((aligned(128)));
static double c[N] __attribute__((aligned(128)));

__attribute__((noinline)) static void triad(double s)
{
    for (long i = 0; i < N; i++)
        a[i] = b[i] + s * c[i];
}

int main(int argc, char **argv)
{
    const long repeats = argc > 1 ? strtol(argv[1], NULL, 0) : REPEATS;
    double sum = 0;
    for (long i = 0; i < N; i++) {
        a[i] = 0;
        b[i] = 1.0 / (i + 1);
        c[i] = i;
    }
    bench_begin("triad");
    for (long r = 0; r < repeats; r++)
        triad(r + 0.5);
    for (long i = 0; i < N; i += 1000)
        sum += a[i];
    bench_result("triad", sum);
    return bench_end("triad");
}
