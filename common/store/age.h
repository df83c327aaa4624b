/*
 * age - how long a store has lived, so that no clock of one process deletes.
 *
 * An event expires by this age, never by a time of day. It grows with each commit by as much as all clocks agree has passed
 * since the last one: the wall clock of whoever commits, and the time since the machine's start (which no program
 * sets, and faketime does not change where it is read). What they disagree on is not counted.
 *
 * Example: the last commit was at noon. A minute later somebody whose clock is 40 days ahead commits: the wall clock
 * says 40 days and a minute, the machine a minute, so the store is a minute older. Then comes one at 12:02 by the
 * right clock: the wall clock went back, so nothing is counted, and from 12:02 on all goes on. A wrong clock, in
 * either direction, only ever makes events live longer. So does a machine that is switched off: what counts is
 * the time that it was up.
 */
#ifndef RUNNEL_STORE_AGE_H
#define RUNNEL_STORE_AGE_H

#include <stdbool.h>
#include <stdint.h>

/* What the clocks of one process say. */
struct store_moment {
	int64_t wall_ms;   /* Unix time */
	int64_t uptime_ms; /* since the machine's start */
	char boot[40];     /* names that start */
};

struct store_age {
	int64_t age_ms;
	struct store_moment at; /* when it was that */
};

/* Asks the system; some 10 µs. */
void store_moment_now(struct store_moment *now);

/* Moves on to now. Returns whether that is worth being written down: it need not be at each commit. */
bool store_age_advance(struct store_age *age, const struct store_moment *now);

#endif
