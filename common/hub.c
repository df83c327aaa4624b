/*
 * A turn: read the log after `seq`, frame what has readers, deliver one batch to each of them.
 *
 * A stream is always in one of two places: LIVE, with everything up to `seq`, or BEHIND, reading
 * the store at its own cursor up to `seq`. Both are seen from this one thread, so that there is
 * no moment in between for an event to fall into.
 */
#include "hub.h"

#include "buf.h"
#include "log.h"
#include "pace.h"
#include "replay.h"
#include "response.h"
#include "subscription.h"
#include "turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

enum {
	RETRY_MS_MIN = 1000,   /* readers come back within one to three seconds, not all in one */
	RETRY_MS_SPREAD = 2000,
	DRAIN_RETRY_MS = 500,
	HEARTBEATS_MAX = 255,  /* seconds of the heartbeat ring */
};

struct hub {
	struct stream_keeper keeper;       /* first: a stream's keeper is its hub */
	struct site *site;
	struct topics topics;
	uint64_t seq;                      /* the log has been read up to here */
	struct loop_source bell;
	bool more;                         /* the last turn left events unread */
	bool draining;
	_Atomic unsigned *streams;         /* open ones */

	struct turns turns;
	uint32_t turn_number;
	struct pace pace;
	unsigned written;                  /* readers written to in this turn */
	int last_fd;                       /* and the last of them */

	struct stream *gone;               /* to be freed after this round */
	loop_call *when_empty;
	void *when_empty_arg;
	struct stream *beats[HEARTBEATS_MAX];
	unsigned beat, heartbeat_s;        /* now; how many of `beats` are in use */
	struct batch *heartbeat;
	unsigned random;                   /* for jitter */
};

static struct hub *of(const struct stream *stream)
{
	return (struct hub *)stream->keeper;
}

/* ---- batches ---- */

static struct batch *wrap(const struct hub *hub, const char *bytes, size_t n, bool last)
{
	struct buf wrapped = BUF_INIT;
	if (n)
		hub->keeper.transport->wrap(&wrapped, bytes, n);
	if (last)
		hub->keeper.transport->end(&wrapped);
	struct batch *batch = batch_new(buf_string(&wrapped), wrapped.len);
	buf_clear(&wrapped);
	return batch;
}

/* Readers that were cut off together must not come back together: xorshift, not a secret. */
static unsigned retry_ms(struct hub *hub)
{
	hub->random ^= hub->random << 13;
	hub->random ^= hub->random >> 17;
	hub->random ^= hub->random << 5;
	return RETRY_MS_MIN + hub->random % RETRY_MS_SPREAD;
}

/* Text for one stream alone. Its first block with data also says when to come back. */
static struct batch *private_batch(struct hub *hub, struct stream *stream, const char *text, size_t n, bool last)
{
	struct buf bytes = BUF_INIT;
	if (stream->retry_due && n)
		frame_retry(&bytes, retry_ms(hub));
	stream->retry_due = stream->retry_due && !n;
	buf_add(&bytes, text, n);
	struct batch *batch = wrap(hub, bytes.data, bytes.len, last);
	buf_clear(&bytes);
	return batch;
}

static void send_private(struct hub *hub, struct stream *stream, const char *text, size_t n, bool last)
{
	struct batch *batch = private_batch(hub, stream, text, n, last);
	if (last)
		stream_end(stream, batch);
	else if (n)
		stream_send(stream, batch);
	batch_unref(batch);
}

/* ---- a turn ---- */

static bool read_event(void *arg, const struct event *event)
{
	struct hub *hub = arg;
	struct topic *topic = topics_find(&hub->topics, event->channel);
	hub->seq = event->seq;
	return !topic || turns_add(&hub->turns, topic, store_epoch(hub->site->store), event);
}

/* The reader's place is noted at the moment it falls behind: that is where "skipped N lines" counts from. */
static void note_ordinals(struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = s->topic->turn ? s->topic->turn->ordinal : s->topic->ordinal;
}

static struct batch *shared_batch(struct hub *hub, struct turn *turn, enum frame_format format)
{
	if (!turn->batch[format])
		turn->batch[format] = wrap(hub, turn->text[format].data, turn->text[format].len, false);
	return turn->batch[format];
}

static void deliver_turn(struct hub *hub, struct stream *stream, struct turn *turn)
{
	enum frame_format format = stream->format;
	stream->cursor = turn->seq;
	if (turn->ended && stream->channels == 1) {
		struct buf text = BUF_INIT;
		buf_add(&text, turn->text[format].data, turn->text[format].len);
		frame_control(&text, "close", store_epoch(hub->site->store), turn->seq, "finished");
		send_private(hub, stream, text.data, text.len, true);
		buf_clear(&text);
	} else if (stream->retry_due) {
		send_private(hub, stream, turn->text[format].data, turn->text[format].len, false);
	} else {
		stream_send(stream, shared_batch(hub, turn, format));
	}
}

/* Several channels of one stream moved in this turn. */
static void deliver_merged(struct hub *hub, struct stream *stream)
{
	struct buf text = BUF_INIT;
	turns_merge(&hub->turns, stream, &text);
	stream->cursor = hub->seq;
	send_private(hub, stream, text.data, text.len, false);
	buf_clear(&text);
}

/* Its readers go to the store, where they are told what they lost. */
static void fall_behind(struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = s->topic->ordinal; /* nothing of this turn was delivered */
	stream_fall_behind(stream);
}

static void deliver_to(struct hub *hub, struct stream *stream, struct turn *turn)
{
	if (turn->gap || (stream->channels > 1 && turns_gap(stream))) {
		fall_behind(stream);
		return;
	}
	hub->written++;
	hub->last_fd = stream->fd;
	if (stream->channels == 1 || turns_moved(stream) == 1)
		deliver_turn(hub, stream, turn);
	else
		deliver_merged(hub, stream);
	if (stream->state == STREAM_BEHIND)
		note_ordinals(stream);
}

static void deliver(struct hub *hub, struct turn *turn)
{
	for (struct subscription *s = turn->topic->readers, *next; s; s = next) {
		struct stream *stream = s->stream;
		next = s->next;
		if (next)
			__builtin_prefetch(next->stream);
		if (!stream_is_live(stream) || stream->turn == hub->turn_number)
			continue;
		stream->turn = hub->turn_number;
		deliver_to(hub, stream, turn);
	}
}

static void take_turn(struct hub *hub)
{
	uint64_t before = hub->seq, started_ns = loop_now_ns();
	if (++hub->turn_number == 0)
		hub->turn_number = 1; /* 0 is a stream that was never served */
	hub->written = 0;
	enum store_status status = store_read_all(hub->site->store, hub->seq, TURN_EVENTS_MAX, read_event, hub);
	if (status != STORE_OK)
		log_error("reading the log: %s", store_strerror(status)); /* what was read is delivered; the rest at the next tick */
	hub->more = status == STORE_OK && (hub->seq - before >= TURN_EVENTS_MAX || hub->turns.bytes >= TURN_BYTES_MAX);
	for (struct turn *turn = hub->turns.first; turn; turn = turn->next)
		deliver(hub, turn);
	turns_end(&hub->turns);
	if (hub->written)
		pace_turn(&hub->pace, started_ns, hub->written, hub->last_fd);
}

/* Takes a turn now, or once the web server is through with the last one. */
static void turn_when_due(void *arg)
{
	struct hub *hub = arg;
	unsigned wait_ms = pace_wait_ms(&hub->pace, loop_now_ns());
	if (hub_streams(hub) == 0)
		return;
	if (wait_ms)
		loop_in(hub->keeper.loop, wait_ms, turn_when_due, hub);
	else
		take_turn(hub);
	if (!wait_ms && hub->more)
		loop_in(hub->keeper.loop, 1, turn_when_due, hub);
}

/* With nobody reading, the log is not followed; the first reader starts at its head. */
static void follow_log(struct hub *hub)
{
	store_quiet(hub->site->store);
	turn_when_due(hub);
}

static void bell_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	follow_log((struct hub *)((char *)source - offsetof(struct hub, bell)));
}

/* ---- a stream that is behind ---- */

static size_t list_sources(const struct stream *stream, struct replay_source *sources)
{
	size_t n = 0;
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		sources[n++] = (struct replay_source){ s->topic->name, s->topic->kind, s->ordinal };
	return n;
}

static void keep_ordinals(struct stream *stream, const struct replay_source *sources)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = sources++->ordinal;
}

/* One bounded part: the other readers are served in between. */
static void read_on(struct stream *stream)
{
	struct hub *hub = of(stream);
	struct replay_source *sources = must_alloc(stream->channels * sizeof *sources);
	struct replay replay = REPLAY_INIT;
	size_t n = list_sources(stream, sources);
	enum store_status status = replay_continue(hub->site, sources, n, stream->cursor, hub->seq, stream->format, &replay);

	if (status != STORE_OK) {
		log_error("reading for a slow reader: %s", store_strerror(status));
		stream_drop(stream); /* it comes back with its cursor */
	} else {
		stream->cursor = replay.cursor;
		keep_ordinals(stream, sources);
		if (replay.whole && !replay.finished)
			stream_caught_up(stream);
		send_private(hub, stream, buf_string(&replay.text), replay.text.len, replay.finished);
	}
	buf_clear(&replay.text);
	free(sources);
}

/* ---- opening ---- */

static void beat_join(struct hub *hub, struct stream *stream)
{
	struct stream **ring = &hub->beats[hub->beat];
	stream->beat = (uint8_t)hub->beat;
	stream->next = *ring;
	if (*ring)
		(*ring)->previous = stream;
	*ring = stream;
}

static void beat_leave(struct hub *hub, struct stream *stream)
{
	if (stream->next)
		stream->next->previous = stream->previous;
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		hub->beats[stream->beat] = stream->next;
}

static void stream_is_gone(struct stream *stream)
{
	struct hub *hub = of(stream);
	pace_forget(&hub->pace, stream->fd);
	beat_leave(hub, stream);
	stream->next = hub->gone;
	hub->gone = stream;
	atomic_fetch_sub(hub->streams, 1);
}

/* The log's position must cover the reader's cursor, and all that was committed before it came. */
static enum store_status move_to_now(struct hub *hub, const struct cursor *cursor)
{
	if (hub_streams(hub) == 0) {
		store_quiet(hub->site->store);
		return store_head(hub->site->store, &hub->seq);
	}
	if (store_rang(hub->site->store) || cursor->seq > hub->seq) {
		store_quiet(hub->site->store);
		take_turn(hub);
		if (hub->more)
			turn_when_due(hub);
	}
	return STORE_OK;
}

/* Where a channel is when its first reader comes: gaps, and "skipped N lines", are seen from here. */
static void learn_ordinal(struct hub *hub, struct topic *topic)
{
	struct store_span span;
	if (store_span(hub->site->store, topic->name, &span) == STORE_OK && span.last <= hub->seq)
		topic->ordinal = span.ordinal;
}

static struct stream *join(struct hub *hub, int fd, const struct stream_request *request)
{
	struct stream *stream = stream_new(&hub->keeper, fd);
	stream->format = (uint8_t)request->format;
	stream->channels = (uint16_t)request->count;
	stream->retry_due = true;
	for (size_t i = 0; i < request->count; i++) {
		const struct kind *kind = kinds_of(&hub->site->config.kinds, request->channels[i]);
		struct topic *topic = topics_join(&hub->topics, request->channels[i], kind, stream)->topic;
		if (!topic->ordinal)
			learn_ordinal(hub, topic);
	}
	beat_join(hub, stream);
	atomic_fetch_add(hub->streams, 1);
	return stream;
}

/* Head, first byte, and the state it starts with, in one write. */
static void greet(struct hub *hub, struct stream *stream, const struct replay *replay)
{
	struct buf text = BUF_INIT;
	response_stream_head(&text);
	buf_text(&text, FRAME_HEARTBEAT);
	if (replay->text.len) {
		frame_retry(&text, retry_ms(hub));
		stream->retry_due = false;
	}
	buf_add(&text, buf_string(&replay->text), replay->text.len);
	/* a reader that was sent nothing, or less than it was read for, still learns where it is */
	if (replay->whole && !replay->finished && (!replay->text.len || stream->channels > 1))
		frame_cursor(&text, store_epoch(hub->site->store), replay->cursor);
	struct batch *batch = wrap(hub, text.data, text.len, replay->finished);
	if (replay->finished)
		stream_end(stream, batch);
	else
		stream_send(stream, batch);
	batch_unref(batch);
	buf_clear(&text);
}

/* 200, `retry:`, end. Not a block with data: no reader is to see anything happen. */
static void send_away(struct hub *hub, struct stream *stream, bool with_head)
{
	struct buf text = BUF_INIT;
	if (with_head) {
		response_stream_head(&text);
		buf_text(&text, FRAME_HEARTBEAT);
	}
	frame_retry(&text, retry_ms(hub) + DRAIN_RETRY_MS);
	buf_text(&text, "\n");
	struct batch *batch = wrap(hub, text.data, text.len, true);
	stream_end(stream, batch);
	batch_unref(batch);
	buf_clear(&text);
}

static bool full(const struct hub *hub)
{
	unsigned limit = hub->site->config.stream_limit;
	return hub->draining || (limit && hub_streams(hub) > limit);
}

void hub_open(struct hub *hub, int fd, const struct stream_request *request)
{
	struct replay replay = REPLAY_INIT;
	enum store_status status = move_to_now(hub, &request->cursor);
	struct stream *stream = join(hub, fd, request);
	struct replay_source *sources = must_alloc(request->count * sizeof *sources);

	if (status == STORE_OK && !full(hub)) {
		size_t n = list_sources(stream, sources);
		status = replay_open(hub->site, sources, n, &request->cursor, hub->seq, request->format, &replay);
	}
	if (status != STORE_OK)
		log_error("opening a stream: %s", store_strerror(status));
	if (status != STORE_OK || full(hub)) {
		send_away(hub, stream, true);
	} else {
		stream->cursor = replay.cursor;
		keep_ordinals(stream, sources);
		greet(hub, stream, &replay);
		if (!replay.whole)
			stream_fall_behind(stream);
	}
	buf_clear(&replay.text);
	free(sources);
}

/* ---- time ---- */

static void send_heartbeats(struct hub *hub)
{
	struct stream *next;
	hub->beat = (hub->beat + 1) % hub->heartbeat_s;
	for (struct stream *stream = hub->beats[hub->beat]; stream; stream = next) {
		next = stream->next;
		if (!stream_is_live(stream))
			continue;
		stream_send(stream, hub->heartbeat);
		if (stream->state == STREAM_BEHIND)
			note_ordinals(stream);
	}
}

/* The look at the store is the safety net for a publisher killed between its commit and its ring. */
static void tick(void *arg)
{
	struct hub *hub = arg;
	if (hub_streams(hub) == 0)
		return;
	send_heartbeats(hub);
	if (hub->beat % 2 == 0 || store_rang(hub->site->store))
		follow_log(hub);
}

static void after_round(void *arg)
{
	struct hub *hub = arg;
	bool left = hub->gone != NULL;
	while (hub->gone) {
		struct stream *stream = hub->gone;
		hub->gone = stream->next;
		topics_leave(&hub->topics, stream);
		stream_free(stream);
	}
	if (left && hub_streams(hub) == 0 && hub->when_empty)
		hub->when_empty(hub->when_empty_arg);
}

void hub_when_empty(struct hub *hub, loop_call *call, void *arg)
{
	hub->when_empty = call;
	hub->when_empty_arg = arg;
}

/* ---- life ---- */

struct hub *hub_new(struct loop *loop, struct site *site, const struct transport *transport,
		    uint32_t interest, _Atomic unsigned *streams)
{
	struct hub *hub = must_alloc(sizeof *hub);
	hub->keeper = (struct stream_keeper){ loop, transport, NULL, read_on, stream_is_gone };
	hub->site = site;
	hub->streams = streams;
	hub->pace = (struct pace)PACE_INIT;
	hub->bell.ready = bell_ready;
	hub->heartbeat_s = site->config.heartbeat_s < HEARTBEATS_MAX ? site->config.heartbeat_s : HEARTBEATS_MAX;
	hub->keeper.farewell = wrap(hub, "", 0, true);
	hub->heartbeat = wrap(hub, FRAME_HEARTBEAT, sizeof FRAME_HEARTBEAT - 1, false);
	if (getrandom(&hub->random, sizeof hub->random, 0) < 0 || !hub->random)
		hub->random = 1;
	topics_init(&hub->topics);
	int bell = store_listen(site->store, interest);
	if (bell < 0 || loop_add(loop, bell, EPOLLIN, &hub->bell) < 0 || loop_every_second(loop, tick, hub) < 0) {
		log_error("listening to the store: %s", strerror(errno));
		hub_free(hub);
		return NULL;
	}
	loop_after_round(loop, after_round, hub);
	return hub;
}

static void each_stream(struct hub *hub, void (*act)(struct hub *, struct stream *))
{
	for (unsigned beat = 0; beat < hub->heartbeat_s; beat++)
		for (struct stream *stream = hub->beats[beat], *next; stream; stream = next) {
			next = stream->next;
			act(hub, stream);
		}
}

static void send_away_open(struct hub *hub, struct stream *stream)
{
	if (stream->state == STREAM_LIVE || (stream->state == STREAM_BEHIND && !stream->pending))
		send_away(hub, stream, false);
	else
		stream_drop(stream); /* stuck in the middle of a frame: the reader has its cursor from the one before */
}

void hub_drain(struct hub *hub)
{
	hub->draining = true;
	each_stream(hub, send_away_open);
}

static void drop_stream(struct hub *hub, struct stream *stream)
{
	(void)hub;
	stream_drop(stream);
}

void hub_free(struct hub *hub)
{
	each_stream(hub, drop_stream);
	after_round(hub);
	turns_clear(&hub->turns);
	topics_clear(&hub->topics);
	batch_unref(hub->heartbeat);
	batch_unref(hub->keeper.farewell);
	free(hub);
}

unsigned hub_streams(const struct hub *hub)
{
	return atomic_load(hub->streams);
}

void stream_request_clear(struct stream_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		free(request->channels[i]);
	free(request->channels);
	*request = (struct stream_request)STREAM_REQUEST_INIT;
}
