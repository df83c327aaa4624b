/*
 * slices - how much happened in each 20 ms of a run.
 *
 * A virtual machine that its host pauses for half a second at a time spreads its work over the pauses too, and every
 * rate over the whole run becomes the host's. The median over the slices in which anything happened at all is the rate
 * while the machine runs; on a quiet machine and under a load that never waits it is the plain rate again. The first
 * and the last slice are left out: the run fills them only in part.
 *
 * It says nothing of a load that waits by itself (--rate): there the slices without work are the load's own.
 */
#ifndef RUNNEL_BENCH_SLICES_H
#define RUNNEL_BENCH_SLICES_H

#include <stddef.h>
#include <stdint.h>

struct slices {
	uint64_t start_ns;
	uint32_t *counts;
	size_t n;
};

/* From now on; what comes later than `seconds` is not counted. Until then slices_add() does nothing. */
void slices_start(struct slices *slices, int seconds);
void slices_add(struct slices *slices, uint64_t now);

/* A member of a JSON object, with its comma before it; null when the run was shorter than three slices. */
void slices_print_per_second(const struct slices *slices);

void slices_clear(struct slices *slices);

#endif
