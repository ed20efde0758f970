/* Runs files of conformance vectors on an engine and keeps count of what came out. */
#ifndef HORNPIPE_CONFORM_RUN_H
#define HORNPIPE_CONFORM_RUN_H

#include "analysis/json_out.h"
#include "config.h"
#include "conform_machine.h"

struct conform_row {
    char name[CONFORM_ROW_NAME + 1];
    bool required; /* our own table has it for this CPU */
    uint64_t verdicts[3];
};

struct conform_options {
    const char *cpu, *rows; /* rows: GLOB[,GLOB]... or NULL */
    uint64_t max_differences;
    enum run_engine engine;
    bool json, list;
};

struct conform_run {
    const struct conform_options *options;
    const struct cpu_model *model;
    struct conform_machine *machines; /* owned: one, or that of each engine in lockstep */
    unsigned machine_count;
    struct conform_row *rows; /* owned; our own table's, then any others of the files */
    size_t row_count, row_room;
    uint64_t verdicts[3], files, shown;
    uint64_t other_cpus; /* vectors that are for other CPUs only */
    bool failed;         /* a file was unreadable or damaged */
    int signal;          /* that ended it, or 0 */
    FILE *out;
    struct json_out json_out;
};

/* Finds the CPU and checks the names in options->rows. */
enum sim_status conform_run_init(struct conform_run *run, const struct conform_options *options,
                                 FILE *out);
void conform_run_fini(struct conform_run *run);

/*
 * Runs a file, or the *.hpv of a directory in the order of their names. A failure has been
 * reported and is noted in run->failed; what ran before it counts.
 */
void conform_run_path(struct conform_run *run, const char *path);

/* -- conform_report.c -- */

/* What is printed before the first difference, for each of them, and at the end. */
void conform_report_begin(struct conform_run *run);
/* `engines`: of two that differ from each other; NULL: what was found differs from the vector. */
void conform_report_difference(struct conform_run *run, const char *row,
                               const struct conform_vector *v, enum conform_verdict verdict,
                               const struct conform_pair *engines);
void conform_report_end(struct conform_run *run);

/* Whether the options choose the row. */
bool conform_chosen(const struct conform_options *options, const char *row);

#endif
