/*
 * beats - all streams in a ring of beats: at each, one part of them is due for its heartbeat.
 *
 * With a beat a second, 20,000 heartbeats are spread over their fifteen seconds. Private to the hub.
 */
#ifndef RUNNEL_BEATS_H
#define RUNNEL_BEATS_H

#include "stream.h"

struct beats {
	struct stream **rings;
	unsigned now, count; /* the beat it is; how many make a round */
};

void beats_init(struct beats *beats, unsigned count);
void beats_clear(struct beats *beats);

/* The stream's first heartbeat is a whole round away. */
void beats_join(struct beats *beats, struct stream *stream);
void beats_leave(struct beats *beats, struct stream *stream);

/* The next beat: the first of the streams that are due; the others follow by `next`. */
struct stream *beats_next(struct beats *beats);

/* Calls for every stream; the call may have it leave. */
void beats_each(struct beats *beats, void (*call)(void *arg, struct stream *stream), void *arg);

#endif
