/* cost - what the processes named by --cpu use, from a moment on. */
#ifndef RUNNEL_BENCH_COST_H
#define RUNNEL_BENCH_COST_H

#include "options.h"

struct cost {
	const struct options *options;
	double cpu_s[PROCESSES_MAX];      /* when cost_start_cpu() was called */
	double memory[PROCESSES_MAX];     /* bytes, when cost_init() was */
};

/* Borrows the options. */
void cost_init(struct cost *cost, const struct options *options);
void cost_start_cpu(struct cost *cost);

/* Members of a JSON object, each with its comma before it: microseconds per thing done, bytes per reader. */
void cost_print_cpu(const struct cost *cost, double things);
void cost_print_memory(const struct cost *cost);

#endif
