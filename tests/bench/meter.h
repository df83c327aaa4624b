/* meter - clocks, latency quantiles, and what other processes cost. */
#ifndef RUNNEL_BENCH_METER_H
#define RUNNEL_BENCH_METER_H

#include <stddef.h>
#include <stdint.h>

uint64_t now_ns(void);

/* Latencies in a histogram of 1/32 octave steps: no memory per sample. */
struct latencies {
	uint64_t counts[64 * 32];
	uint64_t n;
};
void latencies_add(struct latencies *latencies, uint64_t ns);
double latencies_ms(const struct latencies *latencies, double quantile);

/* Of the processes in a comma-separated list of ids. */
double cpu_seconds(const char *pids);
uint64_t private_bytes(const char *pids); /* what would be free if they ended */

#endif
