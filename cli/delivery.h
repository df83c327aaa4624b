/*
 * delivery - what one transaction of a running job stores: lines, then where it is, then how it ended.
 */
#ifndef RUNNEL_DELIVERY_H
#define RUNNEL_DELIVERY_H

#include "pack.h"
#include "problem.h"
#include "site.h"

#include <stdbool.h>
#include <stddef.h>

enum { DELIVERY_LINES_MAX = 256 };

enum phase { PHASE_NONE, PHASE_RUNNING, PHASE_DONE, PHASE_FAILED };

struct state {
	enum phase phase; /* PHASE_NONE: there is nothing to say */
	double percent;   /* < 0: nobody knows */
	char *message;    /* or NULL */
};

struct delivery {
	struct pack lines;
	unsigned long skipped; /* lines that were dropped before these */
	struct state progress; /* running */
	struct state end;      /* done or failed: the last event of both channels */
};

/* Where it goes. All borrowed. */
struct destination {
	struct site *site;
	const char *log, *progress; /* channels */
};

/* Stores all of it or nothing. Changes nothing here, so that it can be tried again. Blocks for the commit. */
bool delivery_publish(const struct delivery *delivery, const struct destination *to, struct problem *problem);

void delivery_clear(struct delivery *delivery);

#endif
