/*
 * worker - one process of the pool: a loop that owns the streams, threads that accept.
 */
#ifndef RUNNEL_WORKER_H
#define RUNNEL_WORKER_H

#include "site/config.h"
#include "handoff.h"
#include "site/scoreboard.h"

#include <stdbool.h>

/* What a worker tells the master once, in a byte. */
enum worker_word {
	WORKER_SERVES = 's',  /* it accepts, and its store is open */
	WORKER_REFUSES = 'r'  /* its store or its configuration cannot work; the log says why */
};

struct worker_start {
	unsigned place;            /* in the hand-over */
	int listen_fd;
	int word_fd;               /* where it tells the master */
	bool answered;             /* others answer meanwhile: then one that would refuse says so and ends */
	bool quiet;                /* why it refuses was said a moment ago */
	struct config *config;     /* taken over */
	struct scoreboard *scoreboard;
	struct handoff *handoff;
};

/*
 * Runs until SIGTERM, then drains: requests in work are answered, streams end with `retry:`. Without a store that
 * works it answers 503 and why, and a stream 200 and `retry:`. Returns the exit code of the process. All signals must
 * be blocked.
 */
int worker_run(const struct worker_start *how);

#endif
