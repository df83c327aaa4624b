/*
 * round - what one reading of the log adds to the topics that have readers.
 *
 * Each event is framed once for each format in use; the frames of a topic stand one after the other, so
 * that all its readers can be handed the same bytes. Private to the hub; does no I/O.
 */
#ifndef RUNNEL_ROUND_H
#define RUNNEL_ROUND_H

#include "stream/batch.h"
#include "base/buf.h"
#include "event/event.h"
#include "event/frame.h"
#include "stream/stream.h"
#include "stream/subscription.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bounds of one round: what is left waits for the next round of the loop. */
enum { ROUND_EVENTS_MAX = 512, ROUND_BYTES_MAX = 1 << 20 };

/* What it adds to one topic. */
struct topic_frames {
	struct topic *topic;
	struct buf text[FRAME_FORMATS];
	struct batch *batch[FRAME_FORMATS]; /* the hub's: text, wrapped; made when the first reader needs it */
	uint64_t seq, ordinal;              /* of the latest event */
	bool ended;                         /* which ends the run */
	bool gap;                           /* retention overtook this worker: events before these are gone */
	const struct stream *picked;        /* the stream that is being merged for */
	struct topic_frames *next;
};

/* One event of the round, for streams of several channels. */
struct round_event {
	struct topic_frames *frames;
	uint32_t start[FRAME_FORMATS], len[FRAME_FORMATS];
};

struct round {
	struct topic_frames *first;  /* of this round, one for each topic that moved */
	struct topic_frames *spare;  /* for reuse */
	struct round_event events[ROUND_EVENTS_MAX];
	size_t count, bytes;
};

/* Frames an event for its topic. false when the round holds enough. */
bool round_add(struct round *round, struct topic *topic, const char *epoch, const struct event *event);

/* How many channels of the stream moved in this round. */
unsigned round_moved(const struct stream *stream);

/* Whether one of them lost events. */
bool round_gap(const struct stream *stream);

/* Adds the stream's frames of this round, in the order of the log. */
void round_merge(struct round *round, const struct stream *stream, struct buf *out);

/* Ends the round: the topics remember where they are. */
void round_end(struct round *round);

void round_clear(struct round *round);

#endif
