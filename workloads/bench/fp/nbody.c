/*
 * The sun and the four giant planets, stepped by a symplectic integrator: scalar double-precision
 * code with a division and a square root for each pair of bodies.
 */
#include <math.h>
#include <stdlib.h>

#include "bench.h"

enum { BODIES = 5, STEPS = 1500000 };

struct body {
    double position[3]; /* astronomical units */
    double velocity[3]; /* astronomical units a year */
    double mass;        /* of which the sun has 4 pi^2 */
};

#define YEAR     365.24
#define SUN_MASS (4 * M_PI * M_PI)

/* Positions in AU, velocities in AU a day, masses in suns: an ephemeris of the J2000 epoch. */
static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 1},
    {{4.84143144246472090, -1.16032004402742839, -0.103622044471123109},
     {0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023},
     0.000954791938424326609},
    {{8.34336671824457987, 4.12479856412430479, -0.403523417114321381},
     {-0.00276742510726411270, 0.00499852801234917238, 0.0000230417297573763929},
     0.000285885980666130812},
    {{12.8943695621391310, -15.1111514016986312, -0.223307578892655734},
     {0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556},
     0.0000436624404335156298},
    {{15.3796971148509165, -25.9193146099879641, 0.179258772950371181},
     {0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870},
     0.0000515138902046611451},
};

/* Units of years and 4 pi^2, and a centre of mass at rest. */
static void prepare(struct body *b)
{
    double momentum[3] = {0, 0, 0};
    for (int i = 0; i < BODIES; i++) {
        b[i].mass *= SUN_MASS;
        for (int k = 0; k < 3; k++) {
            b[i].velocity[k] *= YEAR;
            momentum[k] += b[i].velocity[k] * b[i].mass;
        }
    }
    for (int k = 0; k < 3; k++)
        b[0].velocity[k] = -momentum[k] / SUN_MASS;
}

static void step(struct body *b, double dt)
{
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], square = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = b[i].position[k] - b[j].position[k];
                square += d[k] * d[k];
            }
            const double pull = dt / (square * sqrt(square));
            for (int k = 0; k < 3; k++) {
                b[i].velocity[k] -= d[k] * b[j].mass * pull;
                b[j].velocity[k] += d[k] * b[i].mass * pull;
            }
        }
    }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            b[i].position[k] += dt * b[i].velocity[k];
}

static double energy(const struct body *b)
{
    double e = 0;
    for (int i = 0; i < BODIES; i++) {
        const double *v = b[i].velocity;
        e += b[i].mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / 2;
        for (int j = i + 1; j < BODIES; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++) {
                const double d = b[i].position[k] - b[j].position[k];
                square += d * d;
            }
            e -= b[i].mass * b[j].mass / sqrt(square);
        }
    }
    return e;
}

int main(int argc, char **argv)
{
    const long steps = argc > 1 ? strtol(argv[1], NULL, 0) : STEPS;
    prepare(bodies);
    bench_begin("nbody");
    bench_result("before", energy(bodies));
    for (long i = 0; i < steps; i++)
        step(bodies, 0.01);
    bench_result("after", energy(bodies));
    return bench_end("nbody");
}
