/*
 * beats - all streams in a ring of seconds: each second one part of them is due for its heartbeat.
 *
 * So 20,000 heartbeats are spread over their fifteen seconds. Private to the hub.
 */
#ifndef RUNNEL_BEATS_H
#define RUNNEL_BEATS_H

#include "stream.h"

enum { BEATS_MAX = 255 };

struct beats {
	struct stream *rings[BEATS_MAX];
	unsigned now, count; /* the second it is; how many make a round */
};

void beats_init(struct beats *beats, unsigned heartbeat_s);

/* The stream's first heartbeat is a whole round away. */
void beats_join(struct beats *beats, struct stream *stream);
void beats_leave(struct beats *beats, struct stream *stream);

/* A second passed: the first of the streams that are due; the others follow by `next`. */
struct stream *beats_next(struct beats *beats);

/* Calls for every stream; the call may have it leave. */
void beats_each(struct beats *beats, void (*call)(void *arg, struct stream *stream), void *arg);

#endif
