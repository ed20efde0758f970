/* -smp: how many vCPUs, and how they make up cores and sockets. */
#include "base/numbers.h"
#include "config.h"
#include "config_internal.h"

enum { THREADS_MAX = 8 };

/* What was given; 0: not. */
struct smp {
    uint64_t cpus, maxcpus, sockets, dies, clusters, cores, threads;
};

#define SMP_KEY(name, least, most) OPT_COUNT(#name, "N", struct smp, name, least, most, NULL)

/* As QEMU has it since 6.2: what is not given is cores, all of one socket and one thread each. */
static void complete(struct smp *smp)
{
    const uint64_t total = smp->maxcpus ? smp->maxcpus : smp->cpus;
    if (!smp->threads)
        smp->threads = 1;
    if (!smp->sockets) {
        smp->sockets = 1;
        if (smp->cores && total > smp->cores * smp->threads)
            smp->sockets = total / (smp->cores * smp->threads);
    }
    if (!smp->cores)
        smp->cores = total / (smp->sockets * smp->threads);
    if (!smp->cores)
        smp->cores = 1;
    if (!smp->maxcpus)
        smp->maxcpus = total ? total : smp->sockets * smp->cores * smp->threads;
    if (!smp->cpus)
        smp->cpus = smp->maxcpus;
}

enum sim_status config_smp(const struct option_use *use, void *object)
{
    /* clang-format off */
    static const struct option keys[] = {
        SMP_KEY(cpus, 1, PSERIES_CPUS_MAX),
        SMP_KEY(maxcpus, 1, PSERIES_CPUS_MAX),
        SMP_KEY(sockets, 1, PSERIES_CPUS_MAX),
        SMP_KEY(dies, 1, 1),
        SMP_KEY(clusters, 1, 1),
        SMP_KEY(cores, 1, PSERIES_CPUS_MAX),
        SMP_KEY(threads, 1, THREADS_MAX),
        OPT_END,
    };
    /* clang-format on */
    struct run_config *const config = object;
    struct smp smp = {0};
    RETURN_IF(!*use->value, STATUS_USAGE, "%s: needs a number", use->spelled);
    TRY(options_parse_keys(use, keys, "cpus", &smp));
    complete(&smp);
    RETURN_IF(smp.threads & (smp.threads - 1), STATUS_RANGE,
              "%s: a core has 1, 2, 4 or 8 threads, not %u", use->shown, (unsigned)smp.threads);
    RETURN_IF(smp.maxcpus > smp.cpus, STATUS_NOT_BUILT,
              "%s: not built yet; no vCPU can be added later, maxcpus is the number of vCPUs",
              use->shown);
    RETURN_IF(smp.sockets * smp.cores * smp.threads != smp.cpus || smp.maxcpus < smp.cpus,
              STATUS_USAGE, "%s: %u sockets of %u cores of %u threads are not %u vCPUs", use->shown,
              (unsigned)smp.sockets, (unsigned)smp.cores, (unsigned)smp.threads,
              (unsigned)smp.cpus);
    config->machine.cpu_count = (unsigned)smp.cpus;
    config->machine.sockets = (unsigned)smp.sockets;
    config->machine.threads = (unsigned)smp.threads;
    return STATUS_OK;
}

bool config_show_smp(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    const struct pseries_config *const m = &config->machine;
    if (index > 0)
        return false;
    fprintf(out, "%u,sockets=%u,cores=%u,threads=%u", m->cpu_count, m->sockets,
            m->cpu_count / (m->sockets * m->threads), m->threads);
    return true;
}
