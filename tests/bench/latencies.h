/* latencies - quantiles of many durations, in a histogram of 1/32 octave steps: no memory per sample. */
#ifndef RUNNEL_BENCH_LATENCIES_H
#define RUNNEL_BENCH_LATENCIES_H

#include <stdint.h>

struct latencies {
	uint64_t counts[64 * 32];
	uint64_t n;
};

void latencies_add(struct latencies *latencies, uint64_t ns);
double latencies_ms(const struct latencies *latencies, double quantile); /* 0 when there are none */

#endif
