/* C += A * B of square matrices, by blocks of four rows: as a compiler vectorises plain C. */
#include <stdlib.h>

#include "bench.h"

enum { N = 160, REPEATS = 72 };

static double a[N][N] __attribute__((aligned(128)));
static double b[N][N] __attribute__((aligned(128)));
static double c[N][N] __attribute__((aligned(128)));

__attribute__((noinline)) static void dgemm(void)
{
    for (int i = 0; i < N; i += 4) {
        for (int k = 0; k < N; k++) {
            const double a0 = a[i][k], a1 = a[i + 1][k], a2 = a[i + 2][k], a3 = a[i + 3][k];
            for (int j = 0; j < N; j++) {
                const double v = b[k][j];
                c[i][j] += a0 * v;
                c[i + 1][j] += a1 * v;
                c[i + 2][j] += a2 * v;
                c[i + 3][j] += a3 * v;
            }
        }
    }
}

int main(int argc, char **argv)
{
    const long repeats = argc > 1 ? strtol(argv[1], NULL, 0) : REPEATS;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = 1.0 / (i + j + 1);
            b[i][j] = (i * 7 + j * 3) % 11 - 4.7;
        }
    }
    bench_begin("dgemm");
    for (long r = 0; r < repeats; r++)
        dgemm();
    double trace = 0, sum = 0;
    for (int i = 0; i < N; i++) {
        trace += c[i][i];
        for (int j = 0; j < N; j++)
            sum += c[i][j];
    }
    bench_result("trace", trace);
    bench_result("sum", sum);
    return bench_end("dgemm");
}
