/*
 * subscription - which stream reads which channel: a table of channels, a link for each pair.
 *
 * Private to the hub; holds no events and does no I/O.
 */
#ifndef RUNNEL_SUBSCRIPTION_H
#define RUNNEL_SUBSCRIPTION_H

#include "event/event.h"
#include "event/frame.h"
#include "event/kind.h"
#include "stream/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topic_frames;

/* A channel that has readers. */
struct topic {
	const struct kind *kind;              /* borrowed from the configuration */
	struct topic *next;                   /* with the same hash */
	struct subscription *readers;
	struct topic_frames *frames;                    /* the hub's: what this round adds, NULL while nothing */
	uint64_t ordinal;                     /* of the latest event before the hub's position, or ORDINAL_UNKNOWN */
	uint64_t heard_s;                     /* when the latest event was seen, seconds of the monotonic clock; 0: not known. See silence.h: */
	bool looked_at;                       /* it has been silent for long, and its state was looked at … */
	bool stalled;                         /* … and is that of a run that has begun */
	uint32_t hash;
	uint32_t formats[FRAME_FORMATS];      /* readers of each format */
	char name[];
};

struct subscription {
	struct stream *stream;
	struct topic *topic;
	struct subscription *next, *previous; /* other readers of the topic */
	struct subscription *of_stream;       /* further channels of the stream */
	uint64_t from, ordinal;               /* where a reader that is behind stands; see replay.h */
};

/*
 * Names come from clients, a hundred with one URL. With a hash that they can compute they would choose names that share
 * a bucket, and every look at it would walk all of them; so the hash has a key that this process alone knows.
 */
struct topics {
	struct topic **buckets;
	size_t size;  /* a power of two */
	size_t count;
	unsigned char key[16];
};

/* How many streams read it. */
static inline unsigned topic_readers(const struct topic *topic)
{
	unsigned readers = 0;
	for (int format = 0; format < FRAME_FORMATS; format++)
		readers += topic->formats[format];
	return readers;
}

void topics_init(struct topics *topics);
void topics_clear(struct topics *topics); /* every stream has left */

/* The topic of that name, or NULL: nobody here reads it. */
struct topic *topics_find(const struct topics *topics, const char *name);

/* Links the stream to the channel, whose topic is made when it is the first. */
void topics_join(struct topics *topics, const char *name, const struct kind *kind, struct stream *stream);

/* Unlinks the stream from all its channels; a topic without readers goes. */
void topics_leave(struct topics *topics, struct stream *stream);

#endif
