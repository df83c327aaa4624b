/*
 * stream - one open text/event-stream answer: a descriptor, a cursor and one bounded queue.
 *
 * The queue is a single batch that the socket did not take whole. A stream that has one is
 * *behind*: it is handed nothing more until its socket drains, then it reads the store at its
 * cursor. So a reader that stops reading holds one batch and one socket buffer, however much
 * is published. All calls are for the loop's thread; none blocks.
 */
#ifndef RUNNEL_STREAM_H
#define RUNNEL_STREAM_H

#include "stream/batch.h"
#include "event/frame.h"
#include "base/loop.h"
#include "stream/transport.h"

#include <stdbool.h>
#include <stdint.h>

enum stream_state {
	STREAM_LIVE,   /* has all that was published; gets each batch as it is made */
	STREAM_BEHIND, /* reads the store at its own pace */
	STREAM_ENDING, /* its last bytes are on their way */
	STREAM_GONE    /* over; freed after this round of the loop */
};

struct stream;
struct subscription;

/* Who keeps the streams, and is told about them. */
struct stream_owner {
	struct loop *loop;
	const struct transport *transport;
	struct batch *farewell;                 /* ends an answer whose client left; empty where nothing does */
	void (*drained)(struct stream *stream); /* it is behind and its socket takes more */
	void (*gone)(struct stream *stream);    /* it is over: its client left, or its answer ended */
	void (*left)(void *arg, int fd);        /* takes a kept connection whose answer ended whole; NULL: it is closed */
	void *left_arg;
};

/* Small on purpose: there are tens of thousands. */
struct stream {
	struct loop_source source;          /* first */
	struct stream_owner *owner;       /* borrowed */
	struct subscription *subscriptions; /* the owner's: the channels of this stream */
	struct stream *next, *previous;     /* the owner's: others with the same heartbeat */
	struct batch *pending;              /* what the socket did not take, or NULL */
	uint32_t sent;                      /* bytes of it that are gone */
	uint32_t taken, taken_s;            /* what the peer had taken when it was last seen to take something, and when; 0: not seen yet */
	int fd;
	uint64_t cursor;                    /* every event up to this seq was sent, or is pending */
	uint64_t floor;                     /* no lower id was sent since a reset; see replay.h */
	uint32_t round;                      /* the owner's: the last round that this stream was served in */
	uint16_t channels;
	uint16_t beat;                      /* the owner's: when it is due for its heartbeat */
	uint16_t request_id;                /* 0: the one that batches are wrapped for, else the transport addresses a copy */
	uint8_t state;                      /* enum stream_state; stream_set() alone changes it */
	uint8_t format;                     /* enum frame_format */
	bool kept;                          /* the web server will send its next request on the connection */
	bool whole;                         /* its answer has ended, and is out */
	bool retry_due;                     /* no block with data was sent yet: the first one says `retry:` */
	bool pollable;                      /* the loop watches it; a file takes everything at once */
	bool unwatched;                     /* no file, but the system refused to watch it: it can be told one thing, no more */
};

/* Takes the descriptor, which it makes non-blocking. */
struct stream *stream_new(struct stream_owner *owner, int fd);

/* Sends a batch, or keeps what the socket does not take now. The stream holds nothing pending before. */
void stream_send(struct stream *stream, struct batch *batch);

/* Sends the last batch and ends the answer once it is out. */
void stream_end(struct stream *stream, struct batch *batch);

/* There is more for it in the store than it was sent: it reads on when its socket takes more. */
void stream_fall_behind(struct stream *stream);

/* Nothing is missing any more: live again. */
void stream_caught_up(struct stream *stream);

/* Closes the descriptor at once. */
void stream_drop(struct stream *stream);

/*
 * For how long its peer has taken nothing of what is pending, in seconds; 0 while nothing is. Asked now and then: what the
 * peer took meanwhile counts from this moment. Bytes that wait in the socket count too, so that a slow peer, which lets us
 * write seldom, is not mistaken for one that is stuck.
 */
unsigned stream_stuck_s(struct stream *stream, uint32_t now_s);

/* Whether it may be handed a batch. */
static inline bool stream_is_live(const struct stream *stream)
{
	return stream->state == STREAM_LIVE;
}

void stream_free(struct stream *stream); /* of a stream that is gone */

#endif
