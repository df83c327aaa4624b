/*
 * status - what an operator looks at: the status page, the metrics, the health.
 */
#ifndef RUNNEL_STATUS_H
#define RUNNEL_STATUS_H

#include "base/buf.h"
#include "site/scoreboard.h"
#include "base/problem.h"
#include "site/site.h"

#include <stdbool.h>

/* Whether whoever looks may read a channel: what he may not read is neither named nor counted. */
struct viewer {
	bool (*may_read)(void *arg, const char *channel);
	void *arg;
};

/* The page: channels, their last events, open streams, and a component of each kind, on one stream. base is percent-encoded. */
bool status_page(struct site *site, struct scoreboard *scoreboard, const struct viewer *viewer, const char *base, struct buf *out, struct problem *problem);

/* Prometheus text format 0.0.4. */
bool status_metrics(struct site *site, struct scoreboard *scoreboard, const struct viewer *viewer, struct buf *out, struct problem *problem);

/* true when events can be read; otherwise a 503 problem with the reason. */
bool status_health(struct site *site, struct problem *problem);

#endif
