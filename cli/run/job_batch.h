/*
 * delivery - what one transaction of a running job stores: lines, then where it is, then how it ended.
 */
#ifndef RUNNEL_JOB_BATCH_H
#define RUNNEL_JOB_BATCH_H

#include "run/pack.h"
#include "base/problem.h"
#include "site/site.h"

#include <stdbool.h>
#include <stddef.h>

enum { JOB_BATCH_LINES_MAX = 256 };

enum phase { PHASE_NONE, PHASE_RUNNING, PHASE_DONE, PHASE_FAILED };

struct state {
	enum phase phase; /* PHASE_NONE: there is nothing to say */
	double percent;   /* < 0: nobody knows */
	char *message;    /* or NULL */
};

struct job_batch {
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
bool job_batch_publish(const struct job_batch *batch, const struct destination *to, struct problem *problem);

void job_batch_clear(struct job_batch *batch);

#endif
