/*
 * feeder - takes lines and progress from a running job to the store, in a thread of its own.
 *
 * The job must not wait for the store, so there is a bounded queue between them. What comes in
 * is published at most 20 times a second, as one transaction; a lone line goes out at once. A
 * store that is missing, busy or full is said once on standard error and tried again quietly; when
 * the queue overflows its oldest lines go, and the log says how many.
 */
#ifndef RUNNEL_FEEDER_H
#define RUNNEL_FEEDER_H

#include "run/pack.h"
#include "base/problem.h"
#include "site/site.h"

#include <stdbool.h>
#include <stddef.h>

struct feeder;

/*
 * Feeds log/NAME and progress/NAME. site: an open one, which it takes over; then a full queue makes
 * feeder_lines() wait as long as the store works, for a pipe may wait. NULL: it opens the site by itself,
 * and a full queue drops its oldest lines. Copies the name. Ends the process when there can be no thread.
 */
struct feeder *feeder_new(const char *name, struct site *site);

/* Lines of output, plain text. Takes the pack, which is empty afterwards. */
void feeder_lines(struct feeder *feeder, struct pack *lines);

/* The state now, at most 10 times a second, always the last one. percent < 0: as it was. Copies. */
void feeder_progress(struct feeder *feeder, double percent, const char *message);

/* The end of both channels, after all lines. Copies. */
void feeder_end(struct feeder *feeder, bool failed, const char *message);

/*
 * Waits until all is stored, or until the store is in trouble or stands still for some seconds. false
 * with the problem when something was lost; when *running is set the thread still holds the feeder
 * and the process must _exit(). Otherwise frees.
 */
bool feeder_close(struct feeder *feeder, struct problem *problem, bool *running);

#endif
