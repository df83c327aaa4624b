/*
 * fill - a store with many events, for what opening a stream costs in it.
 *
 *   fill DIRECTORY EVENTS CHANNELS
 *
 * Channels feed/m0, feed/m1, … take turns; nothing is trimmed.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

enum { ENTRIES_A_BATCH = 4000, KEEP = 1000000000 };

#define KEEP_MS (30 * 24 * 60 * 60 * (int64_t)1000)

struct post_text {
	char channel[32], values[64], fragment[160];
};

static int64_t time_ms(void)
{
	struct timeval now;
	gettimeofday(&now, NULL);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

static struct store_entry entry_of(struct post_text *text, long number, long channels, int64_t now_ms)
{
	snprintf(text->channel, sizeof text->channel, "feed/m%ld", number % channels);
	int values = snprintf(text->values, sizeof text->values, "{\"title\":\"Post %ld\"}", number);
	int fragment = snprintf(text->fragment, sizeof text->fragment,
				"<article class=\"runnel-post\"><h3>Post %ld</h3><p>One of many that a store has kept.</p></article>", number);
	return (struct store_entry){
		.channel = text->channel, .name = "new-post", .time_ms = now_ms,
		.values = text->values, .values_bytes = (size_t)values,
		.fragment = text->fragment, .fragment_bytes = (size_t)fragment, .keep = KEEP, .keep_ms = KEEP_MS,
	};
}

static enum store_status fill(struct store *store, long events, long channels)
{
	static struct post_text texts[ENTRIES_A_BATCH];
	static struct store_entry entries[ENTRIES_A_BATCH];
	enum store_status status = STORE_OK;
	for (long done = 0; done < events && status == STORE_OK;) {
		int64_t now_ms = time_ms();
		size_t n = 0;
		for (; n < ENTRIES_A_BATCH && done < events; n++, done++)
			entries[n] = entry_of(&texts[n], done, channels, now_ms);
		status = store_append(store, entries, n);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct store_options options = { 0 };
	struct store *store;
	if (argc != 4 || atol(argv[2]) < 1 || atol(argv[3]) < 1) {
		fprintf(stderr, "usage: fill DIRECTORY EVENTS CHANNELS\n");
		return 64;
	}
	enum store_status status = store_open(argv[1], &options, &store);
	if (status == STORE_OK) {
		status = fill(store, atol(argv[2]), atol(argv[3]));
		store_close(store);
	}
	if (status != STORE_OK)
		fprintf(stderr, "fill: %s\n", store_strerror(status));
	return status == STORE_OK ? 0 : 74;
}
