/*
 * delivery - from the log to the readers: live ones by turns, slow ones at their own pace.
 *
 * A stream is always in one of two places: LIVE, with everything up to `seq`, or BEHIND, reading
 * the store at its own cursor up to `seq`. Both are seen from this one thread, so that there is
 * no moment in between for an event to fall into. Private to the hub.
 */
#ifndef RUNNEL_DELIVERY_H
#define RUNNEL_DELIVERY_H

#include "batch.h"
#include "pace.h"
#include "replay.h"
#include "site.h"
#include "stream.h"
#include "subscription.h"
#include "turn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delivery {
	struct stream_keeper keeper; /* first: every stream finds its delivery by it */
	struct site *site;
	struct topics topics;
	uint64_t seq;                /* the log has been read up to here */
	bool more;                   /* the last turn left events unread */
	bool waiting;                /* the next turn is put off, and comes by itself */
	struct turns turns;
	uint32_t turn_number;
	struct pace pace;
	uint64_t reading_ns;         /* spent in this round of the loop on readers that are behind */
	unsigned random;             /* for jitter */
};

/* The caller has set keeper and site. */
void delivery_init(struct delivery *delivery);
void delivery_clear(struct delivery *delivery);

/* Takes a turn now: reads the log after seq and hands it to the live readers; where that fails, what was read until then. */
enum store_status delivery_turn(struct delivery *delivery);

/* Takes it now, or once the web server is through with the last one. A loop_call. */
void delivery_turn_when_due(void *delivery);

/*
 * A stream that is behind reads on: one bounded part. What a stream_keeper calls when it has drained. In each round of the
 * loop there is some time for that and no more: whoever comes too late for it is asked again in the next round.
 */
void delivery_read_on(struct stream *stream);

/* Whether this round has time left for what is not live. */
bool delivery_has_time(const struct delivery *delivery);

/* A round of the loop is over. */
void delivery_end_round(struct delivery *delivery);

/* The bytes as they go out on this transport; `last` ends the answer. */
struct batch *delivery_wrap(const struct delivery *delivery, const char *bytes, size_t n, bool last);

/* Sends text to one live stream alone. It may fall behind by that. */
void delivery_send(struct delivery *delivery, struct stream *stream, const char *text, size_t n);

/* When a reader is to come back, milliseconds: spread, so that readers cut off together do not come together. */
unsigned delivery_retry_ms(struct delivery *delivery);

/* The stream's channels and where it is in each, for a replay up to here: the caller frees the sources. */
struct replay_request delivery_request(const struct delivery *delivery, const struct stream *stream);

/* Where it is after the replay. */
void delivery_keep_places(struct stream *stream, const struct replay_request *request, const struct replay *replay);

/* Notes where the reader is, at the moment it falls behind: "skipped N lines" counts from there. */
void delivery_note_ordinals(struct stream *stream);

#endif
