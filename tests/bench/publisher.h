/* publisher - a thread of its own that publishes one event after the other over one connection: the readers are read meanwhile. */
#ifndef RUNNEL_BENCH_PUBLISHER_H
#define RUNNEL_BENCH_PUBLISHER_H

#include "options.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct publisher {
	const struct options *options;
	uint64_t end_ns;
	pthread_t thread;
	_Atomic uint64_t done_ns;  /* by running_ns(); 0: at work. The two below are good afterwards */
	int published, failed;
};

/* Borrows the options. It ends by end_ns, whatever the server does. */
void publisher_start(struct publisher *publisher, const struct options *options, uint64_t end_ns);
void publisher_join(struct publisher *publisher);

#endif
