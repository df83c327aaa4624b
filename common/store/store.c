#include "store/store.h"

#include "store/bell.h"

#include <pthread.h>

const char *store_strerror(enum store_status status)
{
	switch (status) {
	case STORE_OK: return "all is well";
	case STORE_MISSING: return "there is no store directory; make one with: runnel init DIR, and name it in RUNNEL_STORE";
	case STORE_DENIED: return "this user may not use the store directory; see: runnel init DIR --group GROUP";
	case STORE_FOREIGN: return "a file in the store directory is not what runnel made (a link, a pipe, a file with several names): the log names it; move it away";
	case STORE_LIMIT: return "no file can be opened any more; raise the limit of open files (ulimit -n, LimitNOFILE=)";
	case STORE_BUSY: return "the store is busy; try again";
	case STORE_FULL: return "the disk that holds the store is full";
	case STORE_DAMAGED: return "the store is damaged, or of another version of runnel; move events.db, events.db-wal and events.db-shm away to begin a new one, or mend a copy with: sqlite3 events.db .recover";
	case STORE_FAILED: return "the store failed; the log says why";
	}
	return "unknown";
}

void store_close(struct store *store)
{
	if (store)
		store->backend->close(store);
}

const char *store_epoch(const struct store *store)
{
	return __atomic_load_n(&store->epoch, __ATOMIC_ACQUIRE);
}

void store_append_then(struct store *store, struct store_append *append)
{
	store->backend->append_then(store, append);
}

/* A caller that sleeps until its append is committed. */
struct waiter {
	struct store_append append; /* first */
	pthread_mutex_t lock;
	pthread_cond_t awake;
	bool done;
	enum store_status status;
};

static void bell_waiter(struct store_append *append, enum store_status status)
{
	struct waiter *waiter = (struct waiter *)append;
	pthread_mutex_lock(&waiter->lock);
	waiter->status = status;
	waiter->done = true;
	pthread_cond_signal(&waiter->awake);
	pthread_mutex_unlock(&waiter->lock);
}

enum store_status store_append(struct store *store, struct store_entry *entries, size_t n)
{
	struct waiter waiter = { { entries, n, bell_waiter, NULL }, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, STORE_OK };
	store_append_then(store, &waiter.append);
	pthread_mutex_lock(&waiter.lock);
	while (!waiter.done)
		pthread_cond_wait(&waiter.awake, &waiter.lock);
	pthread_mutex_unlock(&waiter.lock);
	pthread_cond_destroy(&waiter.awake);
	pthread_mutex_destroy(&waiter.lock);
	return waiter.status;
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

enum store_status store_next(struct store *store, const char *channel, uint64_t after, uint64_t upto, struct store_place *first)
{
	return store->backend->next(store, channel, after, upto, first);
}

enum store_status store_start(struct store *store, const char *channel, uint64_t upto, size_t count, bool of_run,
			      struct store_place *first)
{
	return store->backend->start(store, channel, upto, count, of_run, first);
}

enum store_status store_border(struct store *store, const char *channel, uint64_t upto, uint64_t *seq)
{
	return store->backend->border(store, channel, upto, seq);
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
	return bell_mask(channel);
}

bool store_rang(const struct store *store)
{
	return store->backend->rang(store);
}

void store_quiet(struct store *store)
{
	store->backend->quiet(store);
}
