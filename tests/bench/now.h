/* now - the clock of every deadline, and how long there is until a moment of it. */
#ifndef RUNNEL_BENCH_NOW_H
#define RUNNEL_BENCH_NOW_H

#include <stdint.h>
#include <time.h>

static inline uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A span, not a moment. */
static inline uint64_t now_span_ns(int seconds)
{
	return (uint64_t)seconds * 1000000000u;
}

/* At most `most`, rounded up so that who waits it out is past the moment; 0 when it has passed. */
static inline int now_ms_until(uint64_t end_ns, int most)
{
	uint64_t now = now_ns(), left_ms = now < end_ns ? (end_ns - now) / 1000000 + 1 : 0;
	return left_ms < (uint64_t)most ? (int)left_ms : most;
}

#endif
