/*
 * heartbeat - a timing wheel that holds all streams: at each beat, one part of them is due for its heartbeat.
 *
 * With a beat a second, 20,000 heartbeats are spread over their fifteen seconds. Private to the hub.
 */
#ifndef RUNNEL_HEARTBEAT_H
#define RUNNEL_HEARTBEAT_H

#include "stream/stream.h"

struct heartbeats {
	struct stream **rings;
	unsigned now, count; /* the beat it is; how many make a round */
};

void heartbeats_init(struct heartbeats *heartbeats, unsigned count);
void heartbeats_clear(struct heartbeats *heartbeats);

/* The stream's first heartbeat is a whole round away. */
void heartbeats_join(struct heartbeats *heartbeats, struct stream *stream);
void heartbeats_leave(struct heartbeats *heartbeats, struct stream *stream);

/* The next beat: the first of the streams that are due; the others follow by `next`. */
struct stream *heartbeats_next(struct heartbeats *heartbeats);

/* Calls for every stream; the call may have it leave. */
void heartbeats_each(struct heartbeats *heartbeats, void (*call)(void *arg, struct stream *stream), void *arg);

#endif
