#include "running.h"

#include "now.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TICK_NS = 1000000, LATE_NS = 2 * TICK_NS, PRIORITY = 50, STACK_BYTES = 64 * 1024 };

static uint64_t start_ns;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static bool looking;
static uint64_t seen_ns;   /* when a processor was last seen at work */
static uint64_t paused_ns; /* until then */
static uint64_t told_ns;   /* the last answer: this clock does not go back */

/* What a span between two looks has of a pause. */
static uint64_t pause_in(uint64_t span_ns)
{
	return span_ns > LATE_NS ? span_ns - TICK_NS : 0;
}

static void *look(void *arg)
{
	struct timespec tick = { 0, TICK_NS };
	(void)arg;
	for (bool on = true; on; nanosleep(&tick, NULL)) {
		pthread_mutex_lock(&lock);
		uint64_t now = now_ns();
		paused_ns += pause_in(now - seen_ns);
		seen_ns = now;
		on = looking;
		pthread_mutex_unlock(&lock);
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
	seen_ns = start_ns;
	looking = true;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &ours) && watch(i) != 0) {
			fprintf(stderr, "load: no thread of real-time priority (root may have them): pauses of the machine are in the figures\n");
			pthread_mutex_lock(&lock);
			looking = false;
			paused_ns = 0;
			pthread_mutex_unlock(&lock);
			return;
		}
}

/* A pause that has just ended may not have been looked at yet. */
uint64_t running_ns(void)
{
	pthread_mutex_lock(&lock);
	uint64_t now = now_ns();
	uint64_t running = looking ? now - paused_ns - pause_in(now - seen_ns) : now;
	if (running > told_ns)
		told_ns = running;
	running = told_ns;
	pthread_mutex_unlock(&lock);
	return running;
}

double running_paused(void)
{
	double all = (double)(now_ns() - start_ns);
	return all > 0 ? 1 - (double)(running_ns() - start_ns) / all : 0;
}
