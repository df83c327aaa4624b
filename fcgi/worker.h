/*
 * worker - one process of the pool: a loop that owns the streams, threads that accept.
 */
#ifndef RUNNEL_WORKER_H
#define RUNNEL_WORKER_H

#include "config.h"
#include "handoff.h"
#include "presence.h"

/*
 * Runs until SIGTERM, then drains: requests in work are answered, streams end with `retry:`.
 * Returns the exit code of the process. All signals must be blocked. Takes the configuration over.
 */
int worker_run(unsigned number, int listen_fd, struct config *config, struct presence *presence, struct handoff *handoff);

#endif
