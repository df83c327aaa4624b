#include "beats.h"

#include "buf.h"

#include <stdlib.h>

void beats_init(struct beats *beats, unsigned count)
{
	*beats = (struct beats){ must_alloc(count * sizeof *beats->rings), 0, count };
}

void beats_clear(struct beats *beats)
{
	free(beats->rings);
}

void beats_join(struct beats *beats, struct stream *stream)
{
	struct stream **ring = &beats->rings[beats->now];
	stream->beat = (uint16_t)beats->now;
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
