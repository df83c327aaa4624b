#include "stream/heartbeat.h"

#include "base/buf.h"

#include <stdlib.h>

void heartbeats_init(struct heartbeats *heartbeats, unsigned count)
{
	*heartbeats = (struct heartbeats){ must_alloc(count * sizeof *heartbeats->rings), 0, count };
}

void heartbeats_clear(struct heartbeats *heartbeats)
{
	free(heartbeats->rings);
}

void heartbeats_join(struct heartbeats *heartbeats, struct stream *stream)
{
	struct stream **ring = &heartbeats->rings[heartbeats->now];
	stream->beat = (uint16_t)heartbeats->now;
	stream->previous = NULL;
	stream->next = *ring;
	if (*ring)
		(*ring)->previous = stream;
	*ring = stream;
}

void heartbeats_leave(struct heartbeats *heartbeats, struct stream *stream)
{
	if (stream->next)
		stream->next->previous = stream->previous;
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		heartbeats->rings[stream->beat] = stream->next;
}

struct stream *heartbeats_next(struct heartbeats *heartbeats)
{
	heartbeats->now = (heartbeats->now + 1) % heartbeats->count;
	return heartbeats->rings[heartbeats->now];
}

void heartbeats_each(struct heartbeats *heartbeats, void (*call)(void *arg, struct stream *stream), void *arg)
{
	for (unsigned i = 0; i < heartbeats->count; i++)
		for (struct stream *stream = heartbeats->rings[i], *next; stream; stream = next) {
			next = stream->next;
			call(arg, stream);
		}
}
