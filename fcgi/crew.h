/*
 * crew - all processes of the pool: two places for each worker, so that its replacement can start before it drains.
 */
#ifndef RUNNEL_CREW_H
#define RUNNEL_CREW_H

#include "place.h"

struct worker_pair {
	struct place places[2];   /* number 2n and 2n + 1 in the hand-over */
	unsigned failures;        /* in a row */
	struct log_pause said, refusal_said;
};

struct crew {
	unsigned workers;
	struct worker_pair *pairs;
	struct place_pool shared; /* loop, hand-over, socket */
};

static inline unsigned crew_places(const struct crew *crew)
{
	return crew->workers * 2;
}

static inline struct place *crew_place(const struct crew *crew, unsigned number)
{
	return &crew->pairs[number / 2].places[number % 2];
}

/* The other place of the same worker, and what both have in common. */
struct place *crew_other(const struct crew *crew, const struct place *place);
struct worker_pair *crew_pair(const struct crew *crew, const struct place *place);

/* The place of a process; NULL: it is none of ours. */
struct place *crew_find(const struct crew *crew, pid_t pid);

bool crew_any(const struct crew *crew, enum place_state state);
bool crew_is_empty(const struct crew *crew);

/* Whether a worker has its store open and accepts. */
bool crew_serves(const struct crew *crew);

/* Of the ready ones the one with the oldest configuration before that generation, so that a reload each second reaches all. NULL: none. */
struct place *crew_outdated(const struct crew *crew, unsigned generation);

/* When the next of them is due; PLACE_NEVER. */
uint64_t crew_due(const struct crew *crew);

#endif
