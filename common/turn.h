/*
 * turn - what one reading of the log adds to the topics that have readers.
 *
 * Each event is framed once for each format in use; the frames of a topic stand one after the other, so
 * that all its readers can be handed the same bytes. Private to the hub; does no I/O.
 */
#ifndef RUNNEL_TURN_H
#define RUNNEL_TURN_H

#include "batch.h"
#include "buf.h"
#include "event.h"
#include "frame.h"
#include "stream.h"
#include "subscription.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bounds of one turn: what is left waits for the next round of the loop. */
enum { TURN_EVENTS_MAX = 512, TURN_BYTES_MAX = 1 << 20 };

/* What it adds to one topic. */
struct turn {
	struct topic *topic;
	struct buf text[FRAME_FORMATS];
	struct batch *batch[FRAME_FORMATS]; /* the hub's: text, wrapped; made when the first reader needs it */
	uint64_t seq, ordinal;              /* of the latest event */
	bool ended;                         /* which ends the run */
	bool gap;                           /* retention overtook this worker: events before these are gone */
	const struct stream *picked;        /* the stream that is being merged for */
	struct turn *next;
};

/* One event of the turn, for streams of several channels. */
struct turn_event {
	struct turn *turn;
	uint32_t start[FRAME_FORMATS], len[FRAME_FORMATS];
};

struct turns {
	struct turn *first;  /* of this turn, one for each topic that moved */
	struct turn *spare;  /* for reuse */
	struct turn_event events[TURN_EVENTS_MAX];
	size_t count, bytes;
};

/* Frames an event for its topic. false when the turn holds enough. */
bool turns_add(struct turns *turns, struct topic *topic, const char *epoch, const struct event *event);

/* How many channels of the stream moved in this turn. */
unsigned turns_moved(const struct stream *stream);

/* Whether one of them lost events. */
bool turns_gap(const struct stream *stream);

/* Adds the stream's frames of this turn, in the order of the log. */
void turns_merge(struct turns *turns, const struct stream *stream, struct buf *out);

/* Ends the turn: the topics remember where they are. */
void turns_end(struct turns *turns);

void turns_clear(struct turns *turns);

#endif
