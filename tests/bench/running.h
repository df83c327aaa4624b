/*
 * running - the clock of every figure: the time for which the machine itself ran.
 *
 * A virtual machine may be paused by its host for most of the time, a third of a second at a time: a latency is then
 * the host's, and so is CPU time, since a pause counts as work of whoever was on the processor. On each processor a
 * thread of real-time priority wakes every millisecond. When none of them has come for more than two, nothing in the
 * machine could have kept them: it stood still, and so does this clock. Where nothing is paused, or the system does
 * not allow such threads (they want root), it is CLOCK_MONOTONIC.
 *
 * Deadlines are now.h's: they end a run whatever the machine does.
 */
#ifndef RUNNEL_BENCH_RUNNING_H
#define RUNNEL_BENCH_RUNNING_H

#include <stdint.h>

/* Call once, before the first of the others. */
void running_start(void);

uint64_t running_ns(void);

/* The share of the time since running_start() for which the machine stood still. */
double running_paused(void);

#endif
