/*
 * source - one channel of a stream, and where its reader is in it.
 */
#ifndef RUNNEL_SOURCE_H
#define RUNNEL_SOURCE_H

#include "event/kind.h"

#include <stdbool.h>
#include <stdint.h>

struct source {
	const char *channel;
	const struct kind *kind;
	uint64_t from;    /* nothing with a lower seq is due, though it be after the cursor */
	uint64_t ordinal; /* of the last event before what is due, or ORDINAL_UNKNOWN; moved on as it is read */
	uint64_t latest;  /* of the last event at the moment up to which is read, or ORDINAL_UNKNOWN */
	bool resumes;     /* out: the cursor is good for this channel */
};

#endif
