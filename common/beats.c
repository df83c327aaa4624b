#include "beats.h"

#include <stddef.h>

void beats_init(struct beats *beats, unsigned heartbeat_s)
{
	*beats = (struct beats){ .count = heartbeat_s < BEATS_MAX ? heartbeat_s : BEATS_MAX };
}

void beats_join(struct beats *beats, struct stream *stream)
{
	struct stream **ring = &beats->rings[beats->now];
	stream->beat = (uint8_t)beats->now;
	stream->previous = NULL;
	stream->next = *ring;
	if (*ring)
		(*ring)->previous = stream;
	*ring = stream;
}

void beats_leave(struct beats *beats, struct stream *stream)
{
	if (stream->next)
		stream->next->previous = stream->previous;
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		beats->rings[stream->beat] = stream->next;
}

struct stream *beats_next(struct beats *beats)
{
	beats->now = (beats->now + 1) % beats->count;
	return beats->rings[beats->now];
}

void beats_each(struct beats *beats, void (*call)(void *arg, struct stream *stream), void *arg)
{
	for (unsigned i = 0; i < beats->count; i++)
		for (struct stream *stream = beats->rings[i], *next; stream; stream = next) {
			next = stream->next;
			call(arg, stream);
		}
}
