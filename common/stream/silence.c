#include "stream/silence.h"

#include "stream/stalled.h"

static uint64_t now_s(void)
{
	return loop_now_ns() / 1000000000;
}

static bool is_due(const struct fanout *fanout, const struct topic *topic)
{
	unsigned limit_s = fanout->site->config.stalled_s;
	return limit_s && kind_stalls(topic->kind) && topic->heard_s && now_s() - topic->heard_s >= limit_s;
}

/* What a channel holds was there before its first reader. One that holds nothing is not silent. */
static void learn(const struct fanout *fanout, struct topic *topic)
{
	struct store_span span;
	if (topic->heard_s || !kind_stalls(topic->kind) || store_span(fanout->site->store, topic->name, &span) != STORE_OK || !span.count)
		return;
	uint64_t age_s = stalled_age_s(span.time_ms), now = now_s();
	topic->heard_s = age_s < now ? now - age_s : 1;
}

static void tell(struct fanout *fanout, struct stream *stream, const struct topic *topic, const struct event *event)
{
	struct buf text = BUF_INIT;
	frame_event(&text, (enum frame_format)stream->format, topic->kind, store_epoch(fanout->site->store), stream->cursor, event);
	fanout_send(fanout, stream, text.data, text.len);
	buf_clear(&text);
}

/* Tells one reader, or all who are live where it is NULL; the others read the store first. */
static void tell_of(struct fanout *fanout, struct topic *topic, struct stream *only)
{
	struct made_up made_up;
	enum store_status status = stalled_state(fanout->site, topic->name, topic->kind, fanout->seq, &made_up, &topic->stalled);
	if (status != STORE_OK || !topic->stalled)
		return;
	for (struct subscription *s = topic->readers, *next; s; s = next) {
		next = s->next;
		if (stream_is_live(s->stream) && (!only || s->stream == only))
			tell(fanout, s->stream, topic, &made_up.event);
	}
	made_up_clear(&made_up);
}

void silence_joins(struct fanout *fanout, struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream) {
		learn(fanout, s->topic);
		if (is_due(fanout, s->topic) && (s->topic->stalled || !s->topic->looked_at))
			tell_of(fanout, s->topic, s->topic->looked_at ? stream : NULL);
		s->topic->looked_at = s->topic->looked_at || is_due(fanout, s->topic);
	}
}

void silence_caught_up(struct fanout *fanout, struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		if (s->topic->stalled)
			tell_of(fanout, s->topic, stream);
}

void silence_look(struct fanout *fanout, unsigned part, unsigned parts)
{
	const struct topics *topics = &fanout->topics;
	size_t from = topics->size * part / parts, to = topics->size * (part + 1) / parts;
	for (size_t i = from; i < to; i++)
		for (struct topic *topic = topics->buckets[i]; topic; topic = topic->next) {
			if (topic->looked_at || !is_due(fanout, topic))
				continue;
			topic->looked_at = true;
			tell_of(fanout, topic, NULL);
		}
}
