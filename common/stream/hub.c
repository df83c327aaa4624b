/*
 * Who is there, and when something is to be done: streams come and go, the bell rings, seconds pass.
 * What is sent to them then is fanout.c's.
 */
#include "stream/hub.h"

#include "stream/heartbeat.h"
#include "base/buf.h"
#include "stream/fanout.h"
#include "base/log.h"
#include "stream/replay.h"
#include "http/response.h"
#include "stream/silence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	AWAY_MS = 500,            /* a reader that was sent away comes back so much later */
	OPENING_NS_MAX = 4000000, /* of one round of the loop */
	ENDING_SHARE = 5,         /* a stream that ends may be stuck for so much shorter */
};

static const uint32_t BELL_EVENTS = EPOLLIN | EPOLLET;

struct hub {
	struct fanout fanout;          /* first: a stream finds its hub by it */
	struct loop_source bell;
	int bell_fd;
	const char *epoch; /* that its readers are in, as store_epoch() gave it */
	bool muted;
	bool draining;
	struct log_pause full_said;
	unsigned streams;                  /* open ones */
	uint64_t opening_ns;               /* spent in this round of the loop on opening */
	hub_count *shown;                  /* to others */
	void *shown_arg;
	struct stream *gone;               /* to be freed after this round */
	loop_call *when_empty;
	void *when_empty_arg;
	struct heartbeats heartbeats;
	struct batch *heartbeat;
};

static void send_away_open(void *arg, struct stream *stream);

static struct hub *of(const struct stream *stream)
{
	return (struct hub *)stream->owner;
}

/* What others see of the count is a copy: whatever happens to that, the limit here is kept. */
static void count_streams(struct hub *hub, int more)
{
	hub->streams += (unsigned)more;
	if (hub->shown)
		hub->shown(hub->shown_arg, hub->streams);
}

/* ---- following the log ---- */

/*
 * Another store has taken the place of ours, or began anew: whoever reads comes back with a cursor of the old epoch, and is
 * told of the gap.
 */
static void notice_new_epoch(struct hub *hub)
{
	uint64_t head;
	struct store *store = hub->fanout.site->store;
	if (store_head(store, &head) != STORE_OK || store_epoch(store) == hub->epoch)
		return;
	if (hub->epoch) {
		log_note("the store began anew (epoch %s): all readers are sent to start again", store_epoch(store));
		heartbeats_each(&hub->heartbeats, send_away_open, hub);
		hub->fanout.seq = head;
	}
	hub->epoch = store_epoch(store);
}

/* With nobody reading, the log is not followed; the first reader starts at its head. */
static void follow_log(struct hub *hub)
{
	if (hub_streams(hub) == 0)
		store_quiet(hub->fanout.site->store);
	notice_new_epoch(hub);
	fanout_round_when_due(&hub->fanout);
}

static void bell_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	follow_log((struct hub *)((char *)source - offsetof(struct hub, bell)));
}

/* ---- opening ---- */

/* A reader that was behind at the moment a run stalled was not told. */
static void read_on(struct stream *stream)
{
	fanout_read_on(stream);
	if (stream_is_live(stream))
		silence_caught_up(&of(stream)->fanout, stream);
}

static void stream_is_gone(struct stream *stream)
{
	struct hub *hub = of(stream);
	throttle_forget(&hub->fanout.throttle, stream->fd);
	heartbeats_leave(&hub->heartbeats, stream);
	stream->next = hub->gone;
	hub->gone = stream;
	count_streams(hub, -1);
}

/* As many turns as it takes to the head, which may itself have been removed since. */
static enum store_status catch_up(struct fanout *fanout)
{
	uint64_t head;
	enum store_status status = store_head(fanout->site->store, &head);
	if (status != STORE_OK)
		return status;
	do
		status = fanout_round(fanout);
	while (fanout->more && fanout->seq < head);
	if (status == STORE_OK && fanout->seq < head)
		fanout->seq = head;
	return status;
}

/* The log's position must cover the reader's cursor, and all that was committed before it came. */
static enum store_status move_to_now(struct hub *hub, const struct cursor *cursor)
{
	struct fanout *fanout = &hub->fanout;
	struct store *store = fanout->site->store;
	enum store_status status = STORE_OK;
	if (fanout->topics.count == 0) { /* and so nobody who would miss what is passed over */
		store_quiet(store);
		return store_head(store, &fanout->seq);
	}
	if (cursor->seq > fanout->seq)
		status = catch_up(fanout);
	else if (store_rang(store))
		status = fanout_round(fanout);
	if (fanout->more)
		fanout_round_when_due(fanout);
	return status;
}

static struct stream *join(struct hub *hub, int fd, const struct stream_request *request)
{
	struct stream *stream = stream_new(&hub->fanout.owner, fd);
	stream->format = (uint8_t)request->format;
	stream->channels = (uint16_t)request->count;
	stream->request_id = (uint16_t)request->request_id;
	stream->kept = request->keep;
	stream->retry_due = true;
	for (size_t i = 0; i < request->count; i++) {
		const struct kind *kind = kinds_of(&hub->fanout.site->config.kinds, request->channels[i]);
		topics_join(&hub->fanout.topics, request->channels[i], kind, stream);
	}
	heartbeats_join(&hub->heartbeats, stream);
	count_streams(hub, 1);
	return stream;
}

/* The ordinal of a channel's last event before the hub's position; unknown while the store is ahead of that. */
static uint64_t ordinal_in_store(const struct hub *hub, const char *channel)
{
	struct store_span span;
	uint64_t seq = hub->fanout.seq;
	bool known = store_span(hub->fanout.site->store, channel, &span) == STORE_OK && span.last <= seq && span.trimmed <= seq;
	return known ? span.ordinal : ORDINAL_UNKNOWN;
}

/* Where its channels are, if it is their first reader, and where it is in them: gaps, and "skipped N lines", are seen from here. */
static void learn_ordinals(struct hub *hub, const struct stream *stream, const struct replay *replay)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream) {
		bool here = replay->whole || s->from > hub->fanout.seq; /* it is due nothing more up to the hub's position */
		if (s->topic->ordinal == ORDINAL_UNKNOWN && here)
			s->topic->ordinal = s->ordinal;
		if (s->topic->ordinal == ORDINAL_UNKNOWN)
			s->topic->ordinal = ordinal_in_store(hub, s->topic->name);
		if (s->ordinal == ORDINAL_UNKNOWN && here)
			s->ordinal = s->topic->ordinal;
	}
}

/* Head, first byte, and the state it starts with, in one write. */
static void greet(struct hub *hub, struct stream *stream, const struct replay *replay)
{
	struct buf text = BUF_INIT;
	response_stream_head(&text);
	buf_text(&text, FRAME_HEARTBEAT);
	if (replay->text.len) {
		frame_retry(&text, fanout_retry_ms(&hub->fanout));
		stream->retry_due = false;
	}
	buf_add(&text, buf_string(&replay->text), replay->text.len);
	/* a reader that was sent nothing, or less than it was read for, still learns where it is */
	if (replay->whole && !replay->finished && (!replay->text.len || stream->channels > 1))
		frame_cursor(&text, stream->format, store_epoch(hub->fanout.site->store), replay->cursor);
	struct batch *batch = fanout_wrap(&hub->fanout, text.data, text.len, replay->finished);
	if (replay->finished)
		stream_end(stream, batch);
	else
		stream_send(stream, batch);
	batch_unref(batch);
	buf_clear(&text);
}

/* 200, `retry:`, end. No block: no reader is to see anything happen. */
static void send_away(struct hub *hub, struct stream *stream, bool with_head)
{
	struct buf text = BUF_INIT;
	if (with_head) {
		response_stream_head(&text);
		buf_text(&text, FRAME_HEARTBEAT);
	}
	frame_retry(&text, fanout_retry_ms(&hub->fanout) + AWAY_MS);
	struct batch *batch = fanout_wrap(&hub->fanout, text.data, text.len, true);
	stream_end(stream, batch);
	batch_unref(batch);
	buf_clear(&text);
}

/* Everyone who is sent away comes back. */
static bool may_stay(struct hub *hub, const struct stream *stream)
{
	unsigned limit = hub->fanout.site->config.stream_limit;
	bool full = limit && hub_streams(hub) > limit;
	if (full && !hub->draining && log_due(&hub->full_said))
		log_error("%u streams are open, and this process may have no more: raise its limit of open files (ulimit -n, LimitNOFILE=) or streams in [limits]; until then readers are sent away to come back",
			  hub_streams(hub) - 1);
	return !full && !hub->draining && !stream->unwatched;
}

static enum store_status start(struct hub *hub, struct stream *stream, const struct cursor *cursor)
{
	struct replay_request request = fanout_request(&hub->fanout, stream);
	struct replay replay = REPLAY_INIT;
	enum store_status status = replay_open(&request, cursor, &replay);
	if (status == STORE_OK) {
		fanout_keep_places(stream, &request, &replay);
		learn_ordinals(hub, stream, &replay);
		greet(hub, stream, &replay);
		if (!replay.whole)
			stream_fall_behind(stream);
		silence_joins(&hub->fanout, stream);
	}
	buf_clear(&replay.text);
	free(request.sources);
	return status;
}

bool hub_has_time(const struct hub *hub)
{
	return hub->opening_ns < OPENING_NS_MAX;
}

void hub_open(struct hub *hub, int fd, const struct stream_request *request)
{
	uint64_t started_ns = loop_now_ns();
	notice_new_epoch(hub);
	enum store_status status = move_to_now(hub, &request->cursor);
	struct stream *stream = join(hub, fd, request);
	bool there_is_room = may_stay(hub, stream);
	if (status == STORE_OK && there_is_room)
		status = start(hub, stream, &request->cursor);
	if (status != STORE_OK)
		log_error_seldom("opening a stream: %s", store_strerror(status));
	if (status != STORE_OK || !there_is_room)
		send_away(hub, stream, true);
	hub->opening_ns += loop_now_ns() - started_ns;
}

/* ---- time ---- */

/*
 * A reader that takes nothing holds a descriptor and a batch, for ever if we let it: its process may be stopped, or its server
 * may have forgotten it. nginx and Apache give up after a minute, lighttpd after six. One that ends has nothing more to come.
 */
static void drop_if_stuck(const struct hub *hub, struct stream *stream)
{
	unsigned limit_s = hub->fanout.site->config.stuck_s;
	if (stream->state == STREAM_ENDING)
		limit_s = (limit_s + ENDING_SHARE - 1) / ENDING_SHARE;
	if (stream_stuck_s(stream, (uint32_t)(loop_now_ns() / 1000000000)) >= limit_s)
		stream_drop(stream);
}

static void send_heartbeats(struct hub *hub)
{
	for (struct stream *stream = heartbeats_next(&hub->heartbeats), *next; stream; stream = next) {
		next = stream->next;
		if (!stream_is_live(stream)) {
			drop_if_stuck(hub, stream);
			continue;
		}
		stream_send(stream, hub->heartbeat);
		if (stream->state == STREAM_BEHIND)
			fanout_note_ordinals(stream);
	}
}

/* The look at the store is the safety net for a publisher killed between its commit and its ring. */
static void tick(void *arg)
{
	struct hub *hub = arg;
	if (hub_streams(hub) == 0)
		return;
	send_heartbeats(hub);
	silence_look(&hub->fanout, hub->heartbeats.now, hub->heartbeats.count);
	if (hub->heartbeats.now % 2 == 0 || store_rang(hub->fanout.site->store))
		follow_log(hub);
}

/* While a round is put off, what rings has no news: a thousand commits meanwhile wake nobody. */
static void mute(struct hub *hub, bool muted)
{
	if (hub->muted == muted)
		return;
	hub->muted = muted;
	loop_change(hub->fanout.owner.loop, hub->bell_fd, muted ? 0 : BELL_EVENTS, &hub->bell);
}

static void after_round(void *arg)
{
	struct hub *hub = arg;
	bool left = hub->gone != NULL;
	fanout_end_round(&hub->fanout);
	hub->opening_ns = 0;
	mute(hub, hub->fanout.waiting);
	while (hub->gone) {
		struct stream *stream = hub->gone;
		hub->gone = stream->next;
		topics_leave(&hub->fanout.topics, stream);
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

void hub_when_left(struct hub *hub, hub_left *left, void *arg)
{
	hub->fanout.owner.left = left;
	hub->fanout.owner.left_arg = arg;
}

void hub_show_count(struct hub *hub, hub_count *shown, void *arg)
{
	hub->shown = shown;
	hub->shown_arg = arg;
	count_streams(hub, 0);
}

/* ---- life ---- */

struct hub *hub_new(struct loop *loop, struct site *site, const struct transport *transport, uint32_t interest)
{
	struct hub *hub = must_alloc(sizeof *hub);
	unsigned beat_s = transport->alone ? site->config.heartbeat_s : 1;
	hub->fanout.owner = (struct stream_owner){ loop, transport, NULL, read_on, stream_is_gone, NULL, NULL };
	hub->fanout.site = site;
	fanout_init(&hub->fanout);
	hub->bell.ready = bell_ready;
	heartbeats_init(&hub->heartbeats, site->config.heartbeat_s / beat_s);
	hub->fanout.owner.farewell = fanout_wrap(&hub->fanout, "", 0, true);
	hub->heartbeat = fanout_wrap(&hub->fanout, FRAME_HEARTBEAT, sizeof FRAME_HEARTBEAT - 1, false);
	hub->bell_fd = store_listen(site->store, interest);
	if (hub->bell_fd < 0 || loop_add(loop, hub->bell_fd, BELL_EVENTS, &hub->bell) < 0 || loop_every(loop, beat_s, tick, hub) < 0) {
		log_error("listening to the store: %s", strerror(errno));
		hub_free(hub);
		return NULL;
	}
	loop_after_round(loop, after_round, hub);
	return hub;
}

static void send_away_open(void *arg, struct stream *stream)
{
	struct hub *hub = arg;
	if (stream->state == STREAM_LIVE || (stream->state == STREAM_BEHIND && !stream->pending))
		send_away(hub, stream, false);
	else
		stream_drop(stream); /* stuck in the middle of a frame: the reader has its cursor from the one before */
}

void hub_drain(struct hub *hub)
{
	hub->draining = true;
	heartbeats_each(&hub->heartbeats, send_away_open, hub);
}

static void drop_stream(void *arg, struct stream *stream)
{
	(void)arg;
	stream_drop(stream);
}

void hub_free(struct hub *hub)
{
	heartbeats_each(&hub->heartbeats, drop_stream, NULL);
	after_round(hub);
	heartbeats_clear(&hub->heartbeats);
	fanout_clear(&hub->fanout);
	batch_unref(hub->heartbeat);
	batch_unref(hub->fanout.owner.farewell);
	free(hub);
}

unsigned hub_streams(const struct hub *hub)
{
	return hub->streams;
}

void stream_request_clear(struct stream_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		free(request->channels[i]);
	free(request->channels);
	*request = (struct stream_request)STREAM_REQUEST_INIT;
}
