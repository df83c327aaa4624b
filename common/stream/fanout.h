/*
 * fanout - from the log to the readers: live ones by rounds, slow ones by their own reads.
 *
 * A stream is always in one of two places: LIVE, with everything up to `seq`, or BEHIND, reading
 * the store at its own cursor up to `seq`. Both are seen from this one thread, so that there is
 * no moment in between for an event to fall into. Private to the hub.
 */
#ifndef RUNNEL_FANOUT_H
#define RUNNEL_FANOUT_H

#include "stream/batch.h"
#include "stream/throttle.h"
#include "stream/replay.h"
#include "site/site.h"
#include "stream/stream.h"
#include "stream/subscription.h"
#include "stream/round.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fanout {
	struct stream_owner owner; /* first: every stream finds its delivery by it */
	struct site *site;
	struct topics topics;
	uint64_t seq;                /* the log has been read up to here */
	bool more;                   /* the last round left events unread */
	bool waiting;                /* the next round is put off, and comes by itself */
	struct round round;
	uint32_t round_number;
	struct throttle throttle;
	uint64_t reading_ns;         /* spent in this round of the loop on readers that are behind */
	unsigned random;             /* for jitter */
};

/* The caller has set owner and site. */
void fanout_init(struct fanout *fanout);
void fanout_clear(struct fanout *fanout);

/* Takes a round now: reads the log after seq and hands it to the live readers; where that fails, what was read until then. */
enum store_status fanout_round(struct fanout *fanout);

/* Takes it now, or once the web server is through with the last one. A loop_call. */
void fanout_round_when_due(void *fanout);

/*
 * A stream that is behind reads on: one bounded part. What a stream_keeper calls when it has drained. In each round of the
 * loop there is some time for that and no more: whoever comes too late for it is asked again in the next round.
 */
void fanout_read_on(struct stream *stream);

/* Whether this round has time left for what is not live. */
bool fanout_has_time(const struct fanout *fanout);

/* A round of the loop is over. */
void fanout_end_round(struct fanout *fanout);

/* The bytes as they go out on this transport; `last` ends the answer. */
struct batch *fanout_wrap(const struct fanout *fanout, const char *bytes, size_t n, bool last);

/* Sends text to one live stream alone. It may fall behind by that. */
void fanout_send(struct fanout *fanout, struct stream *stream, const char *text, size_t n);

/* When a reader is to come back, milliseconds: spread, so that readers cut off together do not come together. */
unsigned fanout_retry_ms(struct fanout *fanout);

/* The stream's channels and where it is in each, for a replay up to here: the caller frees the sources. */
struct replay_request fanout_request(const struct fanout *fanout, const struct stream *stream);

/* Where it is after the replay. */
void fanout_keep_places(struct stream *stream, const struct replay_request *request, const struct replay *replay);

/* Notes where the reader is, at the moment it falls behind: "skipped N lines" counts from there. */
void fanout_note_ordinals(struct stream *stream);

#endif
