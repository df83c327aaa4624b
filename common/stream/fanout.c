#include "stream/fanout.h"

#include "base/buf.h"
#include "base/log.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
	RETRY_MS_MIN = 1000, RETRY_MS_SPREAD = 2000, /* readers come back within one to three seconds */
	READING_NS_MAX = 10000000,                    /* a round: what an event waits for at most while others catch up, and one part more */
};

static struct fanout *of(const struct stream *stream)
{
	return (struct fanout *)stream->owner;
}

void fanout_init(struct fanout *fanout)
{
	fanout->throttle = (struct throttle)THROTTLE_INIT;
	if (getrandom(&fanout->random, sizeof fanout->random, 0) < 0 || !fanout->random)
		fanout->random = 1;
	topics_init(&fanout->topics);
}

void fanout_clear(struct fanout *fanout)
{
	round_clear(&fanout->round);
	topics_clear(&fanout->topics);
}

/* ---- batches ---- */

struct batch *fanout_wrap(const struct fanout *fanout, const char *bytes, size_t n, bool last)
{
	struct buf wrapped = BUF_INIT;
	if (n)
		fanout->owner.transport->wrap(&wrapped, bytes, n);
	if (last)
		fanout->owner.transport->end(&wrapped);
	struct batch *batch = batch_new(buf_string(&wrapped), wrapped.len);
	buf_clear(&wrapped);
	return batch;
}

/* xorshift: no secret */
unsigned fanout_retry_ms(struct fanout *fanout)
{
	fanout->random ^= fanout->random << 13;
	fanout->random ^= fanout->random >> 17;
	fanout->random ^= fanout->random << 5;
	return RETRY_MS_MIN + fanout->random % RETRY_MS_SPREAD;
}

/* Text for one stream alone. Its first block with data also says when to come back. */
static struct batch *private_batch(struct fanout *fanout, struct stream *stream, const char *text, size_t n, bool last)
{
	struct buf bytes = BUF_INIT;
	if (stream->retry_due && n)
		frame_retry(&bytes, fanout_retry_ms(fanout));
	stream->retry_due = stream->retry_due && !n;
	buf_add(&bytes, text, n);
	struct batch *batch = fanout_wrap(fanout, bytes.data, bytes.len, last);
	buf_clear(&bytes);
	return batch;
}

static void send_private(struct fanout *fanout, struct stream *stream, const char *text, size_t n, bool last)
{
	struct batch *batch = private_batch(fanout, stream, text, n, last);
	if (last)
		stream_end(stream, batch);
	else if (n)
		stream_send(stream, batch);
	batch_unref(batch);
}

void fanout_send(struct fanout *fanout, struct stream *stream, const char *text, size_t n)
{
	send_private(fanout, stream, text, n, false);
	if (stream->state == STREAM_BEHIND)
		fanout_note_ordinals(stream);
}

/* ---- a round ---- */

static bool read_event(void *arg, const struct event *event)
{
	struct fanout *fanout = arg;
	struct topic *topic = topics_find(&fanout->topics, event->channel);
	fanout->seq = event->seq;
	if (topic && kind_stalls(topic->kind)) {
		topic->heard_s = loop_now_ns() / 1000000000;
		topic->looked_at = topic->stalled = false;
	}
	return !topic || round_add(&fanout->round, topic, store_epoch(fanout->site->store), event);
}

/* Where the channel is at the delivery's seq. */
static uint64_t ordinal_now(const struct topic *topic)
{
	return topic->frames ? topic->frames->ordinal : topic->ordinal;
}

void fanout_note_ordinals(struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = ordinal_now(s->topic);
}

static struct batch *shared_batch(struct fanout *fanout, struct topic_frames *frames, enum frame_format format)
{
	if (!frames->batch[format])
		frames->batch[format] = fanout_wrap(fanout, frames->text[format].data, frames->text[format].len, false);
	return frames->batch[format];
}

static void deliver_round(struct fanout *fanout, struct stream *stream, struct topic_frames *frames)
{
	enum frame_format format = stream->format;
	stream->cursor = frames->seq;
	if (frames->ended && stream->channels == 1) {
		struct buf text = BUF_INIT;
		buf_add(&text, frames->text[format].data, frames->text[format].len);
		frame_control(&text, format, "close", store_epoch(fanout->site->store), frames->seq, "finished");
		send_private(fanout, stream, text.data, text.len, true);
		buf_clear(&text);
	} else if (stream->retry_due) {
		send_private(fanout, stream, frames->text[format].data, frames->text[format].len, false);
	} else {
		stream_send(stream, shared_batch(fanout, frames, format));
	}
}

/* Several channels of one stream moved in this round. */
static void deliver_merged(struct fanout *fanout, struct stream *stream)
{
	struct buf text = BUF_INIT;
	round_merge(&fanout->round, stream, &text);
	stream->cursor = fanout->seq;
	send_private(fanout, stream, text.data, text.len, false);
	buf_clear(&text);
}

/* Its readers go to the store, where they are told what they lost. */
static void fall_behind(struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = s->topic->ordinal; /* nothing of this round was delivered */
	stream_fall_behind(stream);
}

static void deliver_to(struct fanout *fanout, struct stream *stream, struct topic_frames *frames, unsigned more)
{
	if (frames->gap || (stream->channels > 1 && round_gap(stream))) {
		fall_behind(stream);
		return;
	}
	throttle_writes(&fanout->throttle, stream->fd, more);
	if (stream->channels == 1 || round_moved(stream) == 1)
		deliver_round(fanout, stream, frames);
	else
		deliver_merged(fanout, stream);
	if (stream->state == STREAM_BEHIND)
		fanout_note_ordinals(stream);
}

static void deliver(struct fanout *fanout, struct topic_frames *frames)
{
	unsigned more = topic_readers(frames->topic);
	for (struct subscription *s = frames->topic->readers, *next; s; s = next) {
		struct stream *stream = s->stream;
		more--;
		next = s->next;
		if (next)
			__builtin_prefetch(next->stream);
		if (!stream_is_live(stream) || stream->round == fanout->round_number)
			continue;
		stream->round = fanout->round_number;
		deliver_to(fanout, stream, frames, more);
	}
}

enum store_status fanout_round(struct fanout *fanout)
{
	uint64_t before = fanout->seq, started_ns = loop_now_ns();
	if (++fanout->round_number == 0)
		fanout->round_number = 1; /* 0 is a stream that was never served */
	fanout->waiting = false;
	store_quiet(fanout->site->store); /* before reading: what is appended from here on rings again */
	enum store_status status = store_read_all(fanout->site->store, fanout->seq, ROUND_EVENTS_MAX, read_event, fanout);
	if (status != STORE_OK)
		log_error_seldom("reading the log: %s", store_strerror(status)); /* what was read is delivered; the rest at the next tick */
	fanout->more = status == STORE_OK && (fanout->seq - before >= ROUND_EVENTS_MAX || fanout->round.bytes >= ROUND_BYTES_MAX);
	if (fanout->round.first)
		throttle_begin(&fanout->throttle, started_ns);
	for (struct topic_frames *frames = fanout->round.first; frames; frames = frames->next)
		deliver(fanout, frames);
	round_end(&fanout->round);
	return status;
}

void fanout_round_when_due(void *arg)
{
	struct fanout *fanout = arg;
	fanout->waiting = false;
	if (fanout->topics.count == 0)
		return;
	unsigned wait_ms = throttle_wait_ms(&fanout->throttle, loop_now_ns());
	fanout->waiting = wait_ms > 0;
	if (wait_ms)
		loop_in(fanout->owner.loop, wait_ms, fanout_round_when_due, fanout);
	else
		fanout_round(fanout);
	if (!wait_ms && fanout->more)
		loop_in(fanout->owner.loop, 1, fanout_round_when_due, fanout);
}

/* ---- a stream that is behind ---- */

struct replay_request fanout_request(const struct fanout *fanout, const struct stream *stream)
{
	struct replay_request request = {
		.site = fanout->site, .floor = stream->floor, .upto = fanout->seq, .format = stream->format,
		.sources = must_alloc(stream->channels * sizeof *request.sources),
	};
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		request.sources[request.n++] = (struct source){
			.channel = s->topic->name, .kind = s->topic->kind, .from = s->from, .ordinal = s->ordinal, .latest = ordinal_now(s->topic),
		};
	return request;
}

void fanout_keep_places(struct stream *stream, const struct replay_request *request, const struct replay *replay)
{
	const struct source *source = request->sources;
	stream->cursor = replay->cursor;
	stream->floor = request->floor;
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream, source++) {
		s->from = source->from;
		s->ordinal = source->ordinal;
	}
}

static void read_on(struct fanout *fanout, struct stream *stream)
{
	struct replay_request request = fanout_request(fanout, stream);
	struct replay replay = REPLAY_INIT;
	enum store_status status = replay_continue(&request, stream->cursor, &replay);

	if (status != STORE_OK) {
		log_error_seldom("reading for a slow reader: %s", store_strerror(status));
		stream_drop(stream); /* it comes back with its cursor */
	} else {
		fanout_keep_places(stream, &request, &replay);
		if (replay.whole && !replay.finished) {
			stream_caught_up(stream);
			if (stream->channels > 1 && (replay.text.len || !stream->retry_due)) /* its last event may lie before what others are not due */
				frame_cursor(&replay.text, stream->format, store_epoch(fanout->site->store), replay.cursor);
		}
		send_private(fanout, stream, buf_string(&replay.text), replay.text.len, replay.finished);
	}
	buf_clear(&replay.text);
	free(request.sources);
}

bool fanout_has_time(const struct fanout *fanout)
{
	return fanout->reading_ns < READING_NS_MAX;
}

void fanout_end_round(struct fanout *fanout)
{
	fanout->reading_ns = 0;
}

void fanout_read_on(struct stream *stream)
{
	struct fanout *fanout = of(stream);
	if (stream->pollable && !fanout_has_time(fanout))
		return; /* its socket takes more also in the next round, and those that are asked first change */
	uint64_t started_ns = loop_now_ns();
	read_on(fanout, stream);
	fanout->reading_ns += loop_now_ns() - started_ns;
}
