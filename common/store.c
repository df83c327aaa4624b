#include "store.h"

#include "wake.h"

const char *store_strerror(enum store_status status)
{
	switch (status) {
	case STORE_OK: return "all is well";
	case STORE_MISSING: return "there is no store directory; make one with: runnel init DIR, and name it in RUNNEL_STORE";
	case STORE_DENIED: return "this user may not use the store directory; see: runnel init DIR --group GROUP";
	case STORE_BUSY: return "the store is busy; try again";
	case STORE_FULL: return "the disk that holds the store is full";
	case STORE_DAMAGED: return "the store directory holds no store that this version can read";
	case STORE_FAILED: return "the store failed; the log says why";
	}
	return "unknown";
}

enum store_status store_open(const char *directory, const struct store_options *options, struct store **store)
{
	return store_sqlite_open(directory, options, store);
}

void store_close(struct store *store)
{
	if (store)
		store->backend->close(store);
}

const char *store_epoch(const struct store *store)
{
	return store->epoch;
}

enum store_status store_append(struct store *store, struct store_entry *entries, size_t n)
{
	return store->backend->append(store, entries, n);
}

enum store_status store_head(struct store *store, uint64_t *seq)
{
	return store->backend->head(store, seq);
}

enum store_status store_read_all(struct store *store, uint64_t after, size_t limit, store_visit *visit, void *arg)
{
	return store->backend->read_all(store, after, limit, visit, arg);
}

enum store_status store_read(struct store *store, const char *channel, uint64_t after, uint64_t upto,
			     size_t limit, store_visit *visit, void *arg)
{
	return store->backend->read(store, channel, after, upto, limit, visit, arg);
}

enum store_status store_read_last(struct store *store, const char *channel, uint64_t after, uint64_t upto,
				  size_t count, store_visit *visit, void *arg)
{
	return store->backend->read_last(store, channel, after, upto, count, visit, arg);
}

enum store_status store_span(struct store *store, const char *channel, struct store_span *span)
{
	return store->backend->span(store, channel, span);
}

enum store_status store_channels(struct store *store, store_channel_visit *visit, void *arg)
{
	return store->backend->channels(store, visit, arg);
}

enum store_status store_remove(struct store *store, const char *channel, uint64_t *removed)
{
	return store->backend->remove(store, channel, removed);
}

int store_listen(struct store *store, uint32_t interest)
{
	return store->backend->listen(store, interest);
}

uint32_t store_interest(const char *channel)
{
	return wake_mask(channel);
}

bool store_rang(const struct store *store)
{
	return store->backend->rang(store);
}

void store_quiet(struct store *store)
{
	store->backend->quiet(store);
}
