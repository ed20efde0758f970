/*
 * One CPU with RAM on which conformance vectors run, one instruction each, and the comparison of
 * everything architected with what a vector expects.
 */
#ifndef HORNPIPE_CONFORM_MACHINE_H
#define HORNPIPE_CONFORM_MACHINE_H

#include "conform_vectors.h"
#include "isa/bus.h"
#include "isa/cpu.h"
#include "isa/engine.h"

enum {
    CONFORM_CODE = 0x10000000, /* the windows of tests/conformance/FORMAT.md */
    CONFORM_DATA = 0x20000000,
    CONFORM_WINDOW = 0x10000,
    CONFORM_RUNS_MAX = 96,
};

enum conform_verdict { CONFORM_EQUAL, CONFORM_DIFFERS_DEFINED, CONFORM_DIFFERS_UNDEFINED };

struct conform_machine {
    struct isa_bus bus;
    struct isa_clock clock;
    struct cpu *cpu;
    struct cpu base;     /* what vectors start from */
    struct cpu expected; /* after the last vector */
    uint8_t memory_base[CONFORM_WINDOW], memory_expected[CONFORM_WINDOW];
    bool memory_dirty; /* the window must be put back before the next vector */
    /* Of the last vector. */
    enum engine_stop stop;
    uint64_t retired;
    /* Pieces of struct cpu that cpu_state_desc describes, joined where they touch. */
    struct conform_piece {
        uint32_t offset, size;
    } pieces[CONFORM_RUNS_MAX];
    unsigned piece_count;
};

/* Whole memory windows are compared only if asked: slow. */
enum conform_memory { CONFORM_NEAR_CHUNKS, CONFORM_WHOLE_WINDOW };

enum sim_status conform_machine_init(struct conform_machine *m, const struct cpu_model *model);
void conform_machine_fini(struct conform_machine *m);

/* Takes the base state of an open reader. */
enum sim_status conform_machine_base(struct conform_machine *m, const struct conform_reader *r);

/*
 * Runs one vector. STATUS_FORMAT, reported with the reader's file: the vector names registers or
 * places that there are not.
 */
enum sim_status conform_machine_run(struct conform_machine *m, const struct conform_reader *r,
                                    const struct conform_vector *v, enum conform_memory memory,
                                    enum conform_verdict *verdict);

/* The same of two machines, which stand for two engines. */
struct conform_pair {
    enum conform_verdict verdict[2]; /* of each */
    bool differs;                    /* from each other, anywhere */
};
enum sim_status conform_machine_run_pair(struct conform_machine m[2],
                                         const struct conform_reader *r,
                                         const struct conform_vector *v, enum conform_memory memory,
                                         struct conform_pair *pair);

/*
 * Whether the vectors since the base state left the window as they should have. If not, one of them
 * changed what CONFORM_NEAR_CHUNKS does not look at.
 */
bool conform_machine_window_is_base(const struct conform_machine *m);

/* What differed after the last vector: registers by name, then memory. */
struct conform_difference {
    const char *name;               /* of a register, or NULL: memory */
    uint32_t index;                 /* of an array's element; UINT32_MAX: not an array */
    uint64_t address;               /* of memory */
    uint64_t expected[2], found[2]; /* the low half is [0] */
    bool wide;                      /* 128 bits */
};
typedef void conform_difference_fn(void *ctx, const struct conform_difference *d);
void conform_machine_differences(const struct conform_machine *m, conform_difference_fn *visit,
                                 void *ctx);
/* Of two machines that differ: the first's values are `expected`. */
void conform_pair_differences(const struct conform_machine m[2], conform_difference_fn *visit,
                              void *ctx);

/* A register id as text: "r3", "vsr34[1]", "XER". Returns `out`. */
const char *conform_register_name(unsigned id, char *out, size_t size);

#endif
