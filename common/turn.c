#include "turn.h"

#include "kind.h"

#include <stdlib.h>

enum { TEXT_KEPT_BYTES = 64 * 1024 }; /* a larger buffer is not kept for the next turn */

static struct turn *turn_of(struct turns *turns, struct topic *topic)
{
	struct turn *turn = topic->turn;
	if (turn)
		return turn;
	turn = turns->spare;
	if (turn)
		turns->spare = turn->next;
	else
		turn = must_alloc(sizeof *turn);
	turn->topic = topic;
	turn->ordinal = topic->ordinal;
	turn->gap = false;
	turn->picked = NULL;
	turn->next = turns->first;
	turns->first = turn;
	topic->turn = turn;
	return turn;
}

bool turns_add(struct turns *turns, struct topic *topic, const char *epoch, const struct event *event)
{
	struct turn *turn = turn_of(turns, topic);
	struct turn_event *entry = &turns->events[turns->count++];
	entry->turn = turn;
	for (int format = 0; format < FRAME_FORMATS; format++) {
		entry->start[format] = (uint32_t)turn->text[format].len;
		if (topic->formats[format])
			frame_event(&turn->text[format], (enum frame_format)format, topic->kind, epoch, event->seq, event);
		entry->len[format] = (uint32_t)turn->text[format].len - entry->start[format];
		turns->bytes += entry->len[format];
	}
	/* the latest state is all that some kinds need; for the others an event that was never read is a gap */
	turn->gap = turn->gap || (!event_follows(event->ordinal, turn->ordinal) && !topic->kind->latest);
	turn->seq = event->seq;
	turn->ordinal = event->ordinal;
	turn->ended = kind_ended_by(topic->kind, event->name);
	return turns->count < TURN_EVENTS_MAX && turns->bytes < TURN_BYTES_MAX;
}

unsigned turns_moved(const struct stream *stream)
{
	unsigned moved = 0;
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		moved += s->topic->turn != NULL;
	return moved;
}

bool turns_gap(const struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		if (s->topic->turn && s->topic->turn->gap)
			return true;
	return false;
}

void turns_merge(struct turns *turns, const struct stream *stream, struct buf *out)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		if (s->topic->turn)
			s->topic->turn->picked = stream;
	for (size_t i = 0; i < turns->count; i++) {
		const struct turn_event *event = &turns->events[i];
		if (event->turn->picked == stream)
			buf_add(out, event->turn->text[stream->format].data + event->start[stream->format], event->len[stream->format]);
	}
}

static void end_turn(struct turns *turns, struct turn *turn)
{
	turn->topic->ordinal = turn->ordinal;
	turn->topic->turn = NULL;
	for (int format = 0; format < FRAME_FORMATS; format++) {
		batch_unref(turn->batch[format]);
		turn->batch[format] = NULL;
		if (turn->text[format].capacity > TEXT_KEPT_BYTES)
			buf_clear(&turn->text[format]);
		else
			buf_reset(&turn->text[format]);
	}
	turn->next = turns->spare;
	turns->spare = turn;
}

void turns_end(struct turns *turns)
{
	for (struct turn *turn = turns->first, *next; turn; turn = next) {
		next = turn->next;
		end_turn(turns, turn);
	}
	turns->first = NULL;
	turns->count = turns->bytes = 0;
}

void turns_clear(struct turns *turns)
{
	for (struct turn *turn = turns->spare, *next; turn; turn = next) {
		next = turn->next;
		for (int format = 0; format < FRAME_FORMATS; format++)
			buf_clear(&turn->text[format]);
		free(turn);
	}
	turns->spare = NULL;
}
