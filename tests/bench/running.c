#include "running.h"

#include "now.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

enum { TICK_NS = 1000000, LATE_NS = 2 * TICK_NS, PRIORITY = 50, STACK_BYTES = 64 * 1024 };

static uint64_t start_ns;
static _Atomic uint64_t seen_ns;   /* when a processor was last seen at work; 0: nobody looks */
static _Atomic uint64_t paused_ns; /* until then */

/* What a span between two looks has of a pause. */
static uint64_t pause_in(uint64_t span_ns)
{
	return span_ns > LATE_NS ? span_ns - TICK_NS : 0;
}

static void *look(void *arg)
{
	struct timespec tick = { 0, TICK_NS };
	(void)arg;
	for (;;) {
		uint64_t now = now_ns(), before = atomic_exchange(&seen_ns, now);
		if (now > before)
			atomic_fetch_add(&paused_ns, pause_in(now - before));
		nanosleep(&tick, NULL);
	}
	return NULL;
}

static int watch(int processor)
{
	struct sched_param priority = { .sched_priority = PRIORITY };
	pthread_attr_t attributes;
	pthread_t thread;
	cpu_set_t only;
	CPU_ZERO(&only);
	CPU_SET(processor, &only);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &priority);
	pthread_attr_setaffinity_np(&attributes, sizeof only, &only);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	int error = pthread_create(&thread, &attributes, look, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

void running_start(void)
{
	cpu_set_t ours;
	start_ns = now_ns();
	if (sched_getaffinity(0, sizeof ours, &ours) < 0)
		return;
	atomic_store(&seen_ns, start_ns);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &ours) && watch(i) != 0) {
			fprintf(stderr, "load: no thread of real-time priority (root may have them): pauses of the machine are in the figures\n");
			atomic_store(&seen_ns, 0);
			return;
		}
}

/* A pause that has just ended may not have been looked at yet. */
uint64_t running_ns(void)
{
	uint64_t paused = atomic_load(&paused_ns), seen = atomic_load(&seen_ns), now = now_ns();
	return now - paused - (seen && now > seen ? pause_in(now - seen) : 0);
}

double running_paused(void)
{
	double all = (double)(now_ns() - start_ns);
	return all > 0 ? 1 - (double)(running_ns() - start_ns) / all : 0;
}
