/*
 * ibm,client-architecture-support and the tree that firmware hands back at its end (LoPAR B.6.2.4;
 * pseries.md 2.11, 9).
 */
#include <libfdt.h>
#include <stdlib.h>

#include "pseries_internal.h"

enum {
    CAS_PVR_PAIRS_MAX = 512, /* far more than any guest sends: ends a list without terminator */
    CAS_VECTOR5_FORM1_BYTE = 5,
    CAS_VECTOR5_FORM1 = 0x80,
    CAS_HEADER_VERSION = 1,
    CAS_HEADER_BYTES = 4,
};

struct cas_choice {
    bool real_listed;
    const struct compat_mode *best; /* NULL: none was listed */
};

/* The newest mode that processor and options allow among those that (mask, pvr) names. */
static void consider(const struct pseries *p, uint32_t mask, uint32_t pvr,
                     struct cas_choice *choice)
{
    const struct compat_mode *const max = p->config.max_compat;
    for (const struct compat_mode *m = compat_modes; m->name && (!max || m <= max); m++)
        if (compat_fits(m, p->config.cpu) && (m->pvr & mask) == pvr &&
            (!choice->best || m > choice->best))
            choice->best = m;
}

/* Reads the (mask, PVR) list at *at and moves *at behind its terminator. */
static int64_t choose_pvr(struct pseries *p, uint64_t *at, struct cas_choice *choice)
{
    *choice = (struct cas_choice){false, NULL};
    for (unsigned n = 0; n < CAS_PVR_PAIRS_MAX; n++) {
        uint32_t mask, pvr;
        if (!bus_read_be32(&p->bus, *at, &mask) || !bus_read_be32(&p->bus, *at + 4, &pvr))
            return H_PARAMETER;
        *at += 8;
        if ((p->config.cpu->pvr & mask) == pvr)
            choice->real_listed = true;
        consider(p, mask, pvr, choice);
        if (pvr & ~mask)
            return H_SUCCESS;
    }
    return H_PARAMETER;
}

struct cas_vector {
    uint64_t data;   /* real address of PAPR's "byte 1" */
    unsigned length; /* data bytes; 0: not there */
};

/* Finds vectors 1 and 5 in the list at `at`. */
static int64_t find_vectors(struct pseries *p, uint64_t at, struct cas_vector *vector1,
                            struct cas_vector *vector5)
{
    uint8_t byte;
    *vector1 = *vector5 = (struct cas_vector){0, 0};
    if (!bus_read(&p->bus, at++, &byte, 1))
        return H_PARAMETER;
    const unsigned count = byte + 1u;
    for (unsigned number = 1; number <= count; number++) {
        if (!bus_read(&p->bus, at++, &byte, 1))
            return H_PARAMETER;
        const struct cas_vector vector = {at, byte + 1u};
        if (!bus_is_ram(&p->bus, at, vector.length))
            return H_PARAMETER;
        if (number == 1)
            *vector1 = vector;
        if (number == 5)
            *vector5 = vector;
        at += vector.length;
    }
    return vector1->length && vector5->length ? H_SUCCESS : H_PARAMETER;
}

/* Data byte `n`, from 1, of a vector; 0 when it is shorter. */
static uint8_t vector_byte(struct pseries *p, const struct cas_vector *vector, unsigned n)
{
    uint8_t byte = 0;
    if (n <= vector->length)
        bus_read(&p->bus, vector->data + n - 1, &byte, 1);
    return byte;
}

int64_t cas_negotiate(struct pseries *p, uint64_t vec)
{
    struct cas_choice choice;
    struct cas_vector vector1, vector5;
    uint64_t at = vec;

    for (unsigned i = 1; i < p->config.cpu_count; i++)
        if (!p->vcpus[i].stopped)
            return H_MULTI_THREADS_ACTIVE;
    int64_t status = choose_pvr(p, &at, &choice);
    if (status == H_SUCCESS)
        status = find_vectors(p, at, &vector1, &vector5);
    if (status != H_SUCCESS)
        return status;
    /* Below a maximum the processor itself is no answer. */
    if (!choice.best && (!choice.real_listed || p->config.max_compat))
        return H_HARDWARE;

    compat_enter(p, choice.best);
    p->ov5_form1 = vector_byte(p, &vector5, CAS_VECTOR5_FORM1_BYTE) & CAS_VECTOR5_FORM1;
    p->cas_done = true;
    return H_SUCCESS;
}

int64_t h_cas(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t buffer = args[1], buffer_size = args[2];
    void *fdt;
    size_t size;
    (void)cpu;

    if (!bus_is_ram(&p->bus, buffer, buffer_size) || buffer_size < CAS_HEADER_BYTES)
        return H_PARAMETER;
    const int64_t status = cas_negotiate(p, args[0]);
    if (status != H_SUCCESS)
        return status;
    if (pseries_fdt_build(p, true, &fdt, &size) != STATUS_OK)
        return H_HARDWARE;
    const bool fits = size <= buffer_size - CAS_HEADER_BYTES;
    if (fits) {
        bus_write_be32(&p->bus, buffer, CAS_HEADER_VERSION);
        bus_write(&p->bus, buffer + CAS_HEADER_BYTES, fdt, size);
    }
    free(fdt);
    return fits ? H_SUCCESS : H_P3;
}

uint64_t cas_rtas_base(const void *fdt)
{
    int length;
    const int node = fdt_path_offset(fdt, "/rtas");
    const void *base = node < 0 ? NULL : fdt_getprop(fdt, node, "linux,rtas-base", &length);
    return base && length == 4 ? load_be32(base) : 0;
}

/* The tree as the guest's firmware leaves it: only where RTAS went is of interest. */
int64_t h_update_dt(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    uint8_t head[8];
    (void)cpu;
    if (!bus_read(&p->bus, args[0], head, sizeof head) || load_be32(head) != FDT_MAGIC)
        return H_PARAMETER;
    const uint32_t size = load_be32(head + 4);
    if (size < sizeof(struct fdt_header) || size > PSERIES_FDT_MAX ||
        !bus_is_ram(&p->bus, args[0], size))
        return H_PARAMETER;
    uint8_t *fdt = malloc(size);
    if (!fdt)
        return H_HARDWARE;
    bus_read(&p->bus, args[0], fdt, size);
    const bool valid = load_be32(fdt + 4) == size && fdt_check_full(fdt, size) == 0;
    if (valid)
        p->rtas.base = cas_rtas_base(fdt);
    free(fdt);
    return valid ? H_SUCCESS : H_PARAMETER;
}
