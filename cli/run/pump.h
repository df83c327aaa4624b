/*
 * pump - copies one output of a child to ours, byte for byte and at once; what they come to on a screen goes to the feeder.
 *
 * One small thread per output, so that a reader who is slow on one does not hold the other.
 */
#ifndef RUNNEL_PUMP_H
#define RUNNEL_PUMP_H

#include "run/child.h"
#include "run/feeder.h"
#include "run/screen.h"

#include <pthread.h>

struct pump {
	struct child_output output; /* fd is the pump's from pump_start() on */
	int over_fd;                /* an eventfd, borrowed: readable once the child has ended */
	struct feeder *feeder;      /* borrowed */
	struct screen screen;
	struct pack lines;          /* that came out of it and were not handed over yet */
	struct buf message;         /* what was said last */
	int64_t looked_ms;          /* when somebody looked at the screen last … */
	int64_t unseen_ms;          /* … and when it was changed first since then; 0: it was not */
	bool write_failed;          /* said once */
	pthread_t thread;
};

/* Starts to copy. Ends the process when there can be no thread. */
void pump_start(struct pump *pump, const struct child_output *output, int over_fd, struct feeder *feeder);

/*
 * Waits until the output has ended. Once over_fd is readable that takes a moment at most, even when a
 * process that the child left behind still holds it open.
 */
void pump_finish(struct pump *pump);

#endif
