#include "stream/subscription.h"

#include "base/buf.h"

#include <sodium/crypto_shorthash.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { TOPICS_SIZE_MIN = 64 };

void topics_init(struct topics *topics)
{
	if (getrandom(topics->key, sizeof topics->key, 0) != sizeof topics->key)
		abort();
	topics->size = TOPICS_SIZE_MIN;
	topics->count = 0;
	topics->buckets = must_alloc(topics->size * sizeof *topics->buckets);
}

void topics_clear(struct topics *topics)
{
	free(topics->buckets);
	*topics = (struct topics){ 0 };
}

/* SipHash-2-4 */
static uint32_t hash_of(const struct topics *topics, const char *name)
{
	uint32_t hash;
	unsigned char bytes[crypto_shorthash_BYTES];
	_Static_assert(sizeof topics->key == crypto_shorthash_KEYBYTES, "the key of SipHash-2-4");
	crypto_shorthash(bytes, (const unsigned char *)name, strlen(name), topics->key);
	memcpy(&hash, bytes, sizeof hash);
	return hash;
}

static struct topic *find(const struct topics *topics, const char *name, uint32_t hash)
{
	struct topic *topic = topics->buckets[hash & (topics->size - 1)];
	while (topic && (topic->hash != hash || strcmp(topic->name, name) != 0))
		topic = topic->next;
	return topic;
}

struct topic *topics_find(const struct topics *topics, const char *name)
{
	return find(topics, name, hash_of(topics, name));
}

static void put(struct topics *topics, struct topic *topic)
{
	struct topic **bucket = &topics->buckets[topic->hash & (topics->size - 1)];
	topic->next = *bucket;
	*bucket = topic;
}

static void grow(struct topics *topics)
{
	struct topics larger = *topics;
	larger.size = topics->size * 2;
	larger.buckets = must_alloc(larger.size * sizeof *larger.buckets);
	for (size_t i = 0; i < topics->size; i++)
		for (struct topic *topic = topics->buckets[i], *next; topic; topic = next) {
			next = topic->next;
			put(&larger, topic);
		}
	free(topics->buckets);
	*topics = larger;
}

static struct topic *add(struct topics *topics, const char *name, const struct kind *kind, uint32_t hash)
{
	size_t bytes = strlen(name) + 1;
	struct topic *topic = must_alloc(sizeof *topic + bytes);
	memcpy(topic->name, name, bytes);
	topic->kind = kind;
	topic->hash = hash;
	topic->ordinal = ORDINAL_UNKNOWN;
	if (topics->count >= topics->size)
		grow(topics);
	put(topics, topic);
	topics->count++;
	return topic;
}

static void drop(struct topics *topics, struct topic *topic)
{
	struct topic **link = &topics->buckets[topic->hash & (topics->size - 1)];
	while (*link != topic)
		link = &(*link)->next;
	*link = topic->next;
	topics->count--;
	free(topic);
}

void topics_join(struct topics *topics, const char *name, const struct kind *kind, struct stream *stream)
{
	uint32_t hash = hash_of(topics, name);
	struct topic *topic = find(topics, name, hash);
	if (!topic)
		topic = add(topics, name, kind, hash);
	struct subscription *subscription = must_alloc(sizeof *subscription);
	subscription->stream = stream;
	subscription->topic = topic;
	subscription->ordinal = ORDINAL_UNKNOWN;
	subscription->next = topic->readers;
	if (topic->readers)
		topic->readers->previous = subscription;
	topic->readers = subscription;
	topic->formats[stream->format]++;
	subscription->of_stream = stream->subscriptions;
	stream->subscriptions = subscription;
}

static void leave(struct topics *topics, struct subscription *subscription)
{
	struct topic *topic = subscription->topic;
	if (subscription->next)
		subscription->next->previous = subscription->previous;
	if (subscription->previous)
		subscription->previous->next = subscription->next;
	else
		topic->readers = subscription->next;
	topic->formats[subscription->stream->format]--;
	if (!topic->readers)
		drop(topics, topic);
	free(subscription);
}

void topics_leave(struct topics *topics, struct stream *stream)
{
	struct subscription *next;
	for (struct subscription *subscription = stream->subscriptions; subscription; subscription = next) {
		next = subscription->of_stream;
		leave(topics, subscription);
	}
	stream->subscriptions = NULL;
}
