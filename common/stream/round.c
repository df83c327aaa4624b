#include "stream/round.h"

#include "event/kind.h"

#include <stdlib.h>

enum { TEXT_KEPT_BYTES = 64 * 1024 }; /* a larger buffer is not kept for the next round */

static struct topic_frames *round_of(struct round *round, struct topic *topic)
{
	struct topic_frames *frames = topic->frames;
	if (frames)
		return frames;
	frames = round->spare;
	if (frames)
		round->spare = frames->next;
	else
		frames = must_alloc(sizeof *frames);
	frames->topic = topic;
	frames->ordinal = topic->ordinal;
	frames->gap = false;
	frames->picked = NULL;
	frames->next = round->first;
	round->first = frames;
	topic->frames = frames;
	return frames;
}

bool round_add(struct round *round, struct topic *topic, const char *epoch, const struct event *event)
{
	struct topic_frames *frames = round_of(round, topic);
	struct round_event *entry = &round->events[round->count++];
	entry->frames = frames;
	for (int format = 0; format < FRAME_FORMATS; format++) {
		entry->start[format] = (uint32_t)frames->text[format].len;
		if (topic->formats[format])
			frame_event(&frames->text[format], (enum frame_format)format, topic->kind, epoch, event->seq, event);
		entry->len[format] = (uint32_t)frames->text[format].len - entry->start[format];
		round->bytes += entry->len[format];
	}
	/* the latest state is all that some kinds need; for the others an event that was never read is a gap */
	frames->gap = frames->gap || (!event_follows(event->ordinal, frames->ordinal) && !topic->kind->latest);
	frames->seq = event->seq;
	frames->ordinal = event->ordinal;
	frames->ended = kind_ended_by(topic->kind, event->name);
	return round->count < ROUND_EVENTS_MAX && round->bytes < ROUND_BYTES_MAX;
}

unsigned round_moved(const struct stream *stream)
{
	unsigned moved = 0;
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		moved += s->topic->frames != NULL;
	return moved;
}

bool round_gap(const struct stream *stream)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		if (s->topic->frames && s->topic->frames->gap)
			return true;
	return false;
}

void round_merge(struct round *round, const struct stream *stream, struct buf *out)
{
	for (struct subscription *s = stream->subscriptions; s; s = s->of_stream)
		if (s->topic->frames)
			s->topic->frames->picked = stream;
	for (size_t i = 0; i < round->count; i++) {
		const struct round_event *event = &round->events[i];
		if (event->frames->picked == stream)
			buf_add(out, event->frames->text[stream->format].data + event->start[stream->format], event->len[stream->format]);
	}
}

static void end_round(struct round *round, struct topic_frames *frames)
{
	frames->topic->ordinal = frames->ordinal;
	frames->topic->frames = NULL;
	for (int format = 0; format < FRAME_FORMATS; format++) {
		batch_unref(frames->batch[format]);
		frames->batch[format] = NULL;
		if (frames->text[format].capacity > TEXT_KEPT_BYTES)
			buf_clear(&frames->text[format]);
		else
			buf_reset(&frames->text[format]);
	}
	frames->next = round->spare;
	round->spare = frames;
}

void round_end(struct round *round)
{
	for (struct topic_frames *frames = round->first, *next; frames; frames = next) {
		next = frames->next;
		end_round(round, frames);
	}
	round->first = NULL;
	round->count = round->bytes = 0;
}

void round_clear(struct round *round)
{
	for (struct topic_frames *frames = round->spare, *next; frames; frames = next) {
		next = frames->next;
		for (int format = 0; format < FRAME_FORMATS; format++)
			buf_clear(&frames->text[format]);
		free(frames);
	}
	round->spare = NULL;
}
