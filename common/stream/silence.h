/*
 * silence - tells the readers of a run that has sent nothing for long that it is stalled.
 *
 * Time is counted from when this process saw the latest event, by the monotonic clock; of what was there before that, from
 * the store's time. Private to the hub.
 */
#ifndef RUNNEL_SILENCE_H
#define RUNNEL_SILENCE_H

#include "stream/fanout.h"
#include "stream/stream.h"

/* A stream has been opened and has what it starts with: for how long its channels have been silent, and, where one is stalled, that. */
void silence_joins(struct fanout *fanout, struct stream *stream);

/* A stream that was behind is live again: which of its channels are stalled. */
void silence_caught_up(struct fanout *fanout, struct stream *stream);

/* Looks at one part of all channels, out of so many, and tells the readers of those that have stalled. */
void silence_look(struct fanout *fanout, unsigned part, unsigned parts);

#endif
