/* cost - what the processes named by --cpu use, from a moment on. */
#ifndef RUNNEL_BENCH_COST_H
#define RUNNEL_BENCH_COST_H

#include "options.h"

#include <stdint.h>

struct cost {
	const struct options *options;
	double cpu_s[PROCESSES_MAX];      /* when cost_start_cpu() was called */
	uint64_t now_ns, running_ns;      /* then */
	double memory[PROCESSES_MAX];     /* bytes, when cost_init() was */
};

/* Borrows the options. */
void cost_init(struct cost *cost, const struct options *options);
void cost_start_cpu(struct cost *cost);

/*
 * Members of a JSON object, each with its comma before it: microseconds per thing done, bytes per reader.
 * A process is charged with the pauses of the machine that it was on the processor for: it was so by chance, so the CPU
 * time is told without the share of the pauses in the whole time.
 */
void cost_print_cpu(const struct cost *cost, double things);
void cost_print_memory(const struct cost *cost);

#endif
