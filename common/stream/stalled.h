/*
 * stalled - the state of a run that has sent nothing for long, as an event that no store holds.
 *
 * Its values are those of the channel's latest event with the state "stalled", its fragment is KIND+stalled.tpl, and it is
 * sent under the kind's own event name: whatever comes next takes its place.
 */
#ifndef RUNNEL_STALLED_H
#define RUNNEL_STALLED_H

#include "stream/hole.h"
#include "event/kind.h"
#include "site/site.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * *stalls: the channel's latest event with seq <= upto belongs to a run that has begun and not ended; then made_up is the
 * caller's to clear. Nothing of a run that is still queued has begun.
 */
enum store_status stalled_state(struct site *site, const char *channel, const struct kind *kind, uint64_t upto,
				struct made_up *made_up, bool *stalls);

/* The age of an event, seconds; one of the future is new. Told by the wall clock: it decides what is shown, and nothing else. */
uint64_t stalled_age_s(int64_t time_ms);

#endif
