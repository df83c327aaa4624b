#include "delivery.h"

#include "buf.h"
#include "log.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
	RETRY_MS_MIN = 1000, RETRY_MS_SPREAD = 2000, /* readers come back within one to three seconds */
	READING_NS_MAX = 10000000,                    /* a round: what an event waits for at most while others catch up, and one part more */
};

static struct delivery *of(const struct stream *stream)
{
	return (struct delivery *)stream->keeper;
}

void delivery_init(struct delivery *delivery)
{
	delivery->pace = (struct pace)PACE_INIT;
	if (getrandom(&delivery->random, sizeof delivery->random, 0) < 0 || !delivery->random)
		delivery->random = 1;
	topics_init(&delivery->topics);
}

void delivery_clear(struct delivery *delivery)
{
	turns_clear(&delivery->turns);
	topics_clear(&delivery->topics);
}

/* ---- batches ---- */

struct batch *delivery_wrap(const struct delivery *delivery, const char *bytes, size_t n, bool last)
{
	struct buf wrapped = BUF_INIT;
	if (n)
		delivery->keeper.transport->wrap(&wrapped, bytes, n);
	if (last)
		delivery->keeper.transport->end(&wrapped);
	struct batch *batch = batch_new(buf_string(&wrapped), wrapped.len);
	buf_clear(&wrapped);
	return batch;
}

/* xorshift: no secret */
unsigned delivery_retry_ms(struct delivery *delivery)
{
	delivery->random ^= delivery->random << 13;
	delivery->random ^= delivery->random >> 17;
	delivery->random ^= delivery->random << 5;
	return RETRY_MS_MIN + delivery->random % RETRY_MS_SPREAD;
}

/* Text for one stream alone. Its first block with data also says when to come back. */
static struct batch *private_batch(struct delivery *delivery, struct stream *stream, const char *text, size_t n, bool last)
{
	struct buf bytes = BUF_INIT;
	if (stream->retry_due && n)
		frame_retry(&bytes, delivery_retry_ms(delivery));
	stream->retry_due = stream->retry_due && !n;
	buf_add(&bytes, text, n);
	struct batch *batch = delivery_wrap(delivery, bytes.data, bytes.len, last);
	buf_clear(&bytes);
	return batch;
}

static void send_private(struct delivery *delivery, struct stream *stream, const char *text, size_t n, bool last)
{
	struct batch *batch = private_batch(delivery, stream, text, n, last);
	if (last)
		stream_end(stream, batch);
	else if (n)
		stream_send(stream, batch);
	batch_unref(batch);
}

void delivery_send(struct delivery *delivery, struct stream *stream, const char *text, size_t n)
{
	send_private(delivery, stream, text, n, false);
	if (stream->state == STREAM_BEHIND)
		delivery_note_ordinals(stream);
}

/* ---- a turn ---- */

static bool read_event(void *arg, const struct event *event)
{
	struct delivery *delivery = arg;
	struct topic *topic = topics_find(&delivery->topics, event->channel);
	delivery->seq = event->seq;
	if (topic && kind_stalls(topic->kind)) {
		topic->heard_s = loop_now_ns() / 1000000000;
		topic->looked_at = topic->stalled = false;
	}
	return !topic || turns_add(&delivery->turns, topic, store_epoch(delivery->site->store), event);
}

/* Where the channel is at the delivery's seq. */
static uint64_t ordinal_now(const struct topic *topic)
{
	return topic->turn ? topic->turn->ordinal : topic->ordinal;
}

void delivery_note_ordinals(struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = ordinal_now(s->topic);
}

static struct batch *shared_batch(struct delivery *delivery, struct turn *turn, enum frame_format format)
{
	if (!turn->batch[format])
		turn->batch[format] = delivery_wrap(delivery, turn->text[format].data, turn->text[format].len, false);
	return turn->batch[format];
}

static void deliver_turn(struct delivery *delivery, struct stream *stream, struct turn *turn)
{
	enum frame_format format = stream->format;
	stream->cursor = turn->seq;
	if (turn->ended && stream->channels == 1) {
		struct buf text = BUF_INIT;
		buf_add(&text, turn->text[format].data, turn->text[format].len);
		frame_control(&text, format, "close", store_epoch(delivery->site->store), turn->seq, "finished");
		send_private(delivery, stream, text.data, text.len, true);
		buf_clear(&text);
	} else if (stream->retry_due) {
		send_private(delivery, stream, turn->text[format].data, turn->text[format].len, false);
	} else {
		stream_send(stream, shared_batch(delivery, turn, format));
	}
}

/* Several channels of one stream moved in this turn. */
static void deliver_merged(struct delivery *delivery, struct stream *stream)
{
	struct buf text = BUF_INIT;
	turns_merge(&delivery->turns, stream, &text);
	stream->cursor = delivery->seq;
	send_private(delivery, stream, text.data, text.len, false);
	buf_clear(&text);
}

/* Its readers go to the store, where they are told what they lost. */
static void fall_behind(struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		s->ordinal = s->topic->ordinal; /* nothing of this turn was delivered */
	stream_fall_behind(stream);
}

static void deliver_to(struct delivery *delivery, struct stream *stream, struct turn *turn, unsigned more)
{
	if (turn->gap || (stream->channels > 1 && turns_gap(stream))) {
		fall_behind(stream);
		return;
	}
	pace_writes(&delivery->pace, stream->fd, more);
	if (stream->channels == 1 || turns_moved(stream) == 1)
		deliver_turn(delivery, stream, turn);
	else
		deliver_merged(delivery, stream);
	if (stream->state == STREAM_BEHIND)
		delivery_note_ordinals(stream);
}

static void deliver(struct delivery *delivery, struct turn *turn)
{
	unsigned more = topic_readers(turn->topic);
	for (struct subscription *s = turn->topic->readers, *next; s; s = next) {
		struct stream *stream = s->stream;
		more--;
		next = s->next;
		if (next)
			__builtin_prefetch(next->stream);
		if (!stream_is_live(stream) || stream->turn == delivery->turn_number)
			continue;
		stream->turn = delivery->turn_number;
		deliver_to(delivery, stream, turn, more);
	}
}

enum store_status delivery_turn(struct delivery *delivery)
{
	uint64_t before = delivery->seq, started_ns = loop_now_ns();
	if (++delivery->turn_number == 0)
		delivery->turn_number = 1; /* 0 is a stream that was never served */
	delivery->waiting = false;
	store_quiet(delivery->site->store); /* before reading: what is appended from here on rings again */
	enum store_status status = store_read_all(delivery->site->store, delivery->seq, TURN_EVENTS_MAX, read_event, delivery);
	if (status != STORE_OK)
		log_error_seldom("reading the log: %s", store_strerror(status)); /* what was read is delivered; the rest at the next tick */
	delivery->more = status == STORE_OK && (delivery->seq - before >= TURN_EVENTS_MAX || delivery->turns.bytes >= TURN_BYTES_MAX);
	if (delivery->turns.first)
		pace_begin(&delivery->pace, started_ns);
	for (struct turn *turn = delivery->turns.first; turn; turn = turn->next)
		deliver(delivery, turn);
	turns_end(&delivery->turns);
	return status;
}

void delivery_turn_when_due(void *arg)
{
	struct delivery *delivery = arg;
	delivery->waiting = false;
	if (delivery->topics.count == 0)
		return;
	unsigned wait_ms = pace_wait_ms(&delivery->pace, loop_now_ns());
	delivery->waiting = wait_ms > 0;
	if (wait_ms)
		loop_in(delivery->keeper.loop, wait_ms, delivery_turn_when_due, delivery);
	else
		delivery_turn(delivery);
	if (!wait_ms && delivery->more)
		loop_in(delivery->keeper.loop, 1, delivery_turn_when_due, delivery);
}

/* ---- a stream that is behind ---- */

struct replay_request delivery_request(const struct delivery *delivery, const struct stream *stream)
{
	struct replay_request request = {
		.site = delivery->site, .floor = stream->floor, .upto = delivery->seq, .format = stream->format,
		.sources = must_alloc(stream->channels * sizeof *request.sources),
	};
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		request.sources[request.n++] = (struct source){
			.channel = s->topic->name, .kind = s->topic->kind, .from = s->from, .ordinal = s->ordinal, .latest = ordinal_now(s->topic),
		};
	return request;
}

void delivery_keep_places(struct stream *stream, const struct replay_request *request, const struct replay *replay)
{
	const struct source *source = request->sources;
	stream->cursor = replay->cursor;
	stream->floor = request->floor;
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream, source++) {
		s->from = source->from;
		s->ordinal = source->ordinal;
	}
}

static void read_on(struct delivery *delivery, struct stream *stream)
{
	struct replay_request request = delivery_request(delivery, stream);
	struct replay replay = REPLAY_INIT;
	enum store_status status = replay_continue(&request, stream->cursor, &replay);

	if (status != STORE_OK) {
		log_error_seldom("reading for a slow reader: %s", store_strerror(status));
		stream_drop(stream); /* it comes back with its cursor */
	} else {
		delivery_keep_places(stream, &request, &replay);
		if (replay.whole && !replay.finished) {
			stream_caught_up(stream);
			if (stream->channels > 1 && (replay.text.len || !stream->retry_due)) /* its last event may lie before what others are not due */
				frame_cursor(&replay.text, stream->format, store_epoch(delivery->site->store), replay.cursor);
		}
		send_private(delivery, stream, buf_string(&replay.text), replay.text.len, replay.finished);
	}
	buf_clear(&replay.text);
	free(request.sources);
}

bool delivery_has_time(const struct delivery *delivery)
{
	return delivery->reading_ns < READING_NS_MAX;
}

void delivery_end_round(struct delivery *delivery)
{
	delivery->reading_ns = 0;
}

void delivery_read_on(struct stream *stream)
{
	struct delivery *delivery = of(stream);
	if (stream->pollable && !delivery_has_time(delivery))
		return; /* its socket takes more also in the next round, and those that are asked first change */
	uint64_t started_ns = loop_now_ns();
	read_on(delivery, stream);
	delivery->reading_ns += loop_now_ns() - started_ns;
}
