/*
 * store - the seam between runnel and where events are kept.
 *
 * The log is the truth: first connect, replay, live delivery and catching up all read it
 * after a cursor. A backend is one struct store_backend; the caller sees only the functions
 * below, and tests/check_store.c runs every backend through one suite.
 *
 * What every backend promises:
 * - seq grows by one per event in the whole store, in commit order, and is never reused,
 *   also not after trimming or removing: an event that can be read at all has every
 *   earlier one of its channel before it, or trimmed.
 * - an append is all or nothing, and on disk when it returns STORE_OK.
 * - any process may be killed at any moment; the store stays good.
 * - any number of processes and threads may use the same store; one struct store may be
 *   used by several threads at once. A struct store must not be carried over a fork.
 *
 * To the store a channel is an opaque string.
 */
#ifndef RUNNEL_STORE_H
#define RUNNEL_STORE_H

#include "event/event.h"
#include "store/age.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum store_status {
	STORE_OK = 0,
	STORE_MISSING, /* no such directory */
	STORE_DENIED,  /* this user may not use it */
	STORE_FOREIGN, /* a file in it is not what runnel made: a link, a pipe, one with several names */
	STORE_LIMIT,   /* this process, or the system, has no descriptor left */
	STORE_BUSY,    /* another process held the writer's lock for too long */
	STORE_FULL,    /* no space left on the device, or over a quota */
	STORE_DAMAGED, /* not a runnel store, or of another version */
	STORE_FAILED   /* anything else; logged where it happened */
};

/* What to do about it, as a plain sentence without its full stop. */
const char *store_strerror(enum store_status status);

struct store_options {
	bool full_sync;   /* survive a power cut */
	unsigned busy_ms; /* how long an append may wait for other writers; 0: 5000 */
	void (*moment)(struct store_moment *now); /* NULL: store_moment_now() */
};

/* One event to append. All pointers are borrowed for the call. */
struct store_entry {
	const char *channel;
	const char *name;
	int64_t time_ms;
	const char *values;   /* one JSON object */
	size_t values_bytes;
	const char *fragment;
	size_t fragment_bytes;
	const char *kind;     /* channels that share their retention; the store keeps it */
	uint32_t keep;        /* events kept of each channel … */
	int64_t keep_ms;      /* … and how long (store_age.h) */
	bool keep_set, keep_ms_set; /* the site's own word. Else a default, which never lowers what is there, nor changes a word of the site's */
	uint64_t seq;         /* out */
};

/* An append on its way: the caller's own until it is committed, with all it points to. */
struct store_append {
	struct store_entry *entries;
	size_t n;
	void (*committed)(struct store_append *append, enum store_status status);
	struct store_append *next; /* the backend's */
};

/* What is known of one channel. */
struct store_span {
	uint64_t trimmed;     /* the highest seq that is gone; a cursor below it has lost events */
	uint64_t last;        /* the latest seq, 0 when the channel holds nothing */
	uint64_t count;       /* events kept */
	uint64_t ordinal;     /* the latest event's, kept or gone, 0 when there was none */
	int64_t time_ms;      /* of the latest event, 0 when the channel holds nothing */
	char name[EVENT_NAME_BYTES_MAX + 1]; /* of the latest event, "" when the channel holds nothing */
};

/* Where an event is. */
struct store_place {
	uint64_t seq, ordinal; /* 0 and 0: there is none */
};

struct store;

/* Returns false to stop reading. What it is given is borrowed until it returns. It must not call the store. */
typedef bool store_visit(void *arg, const struct event *event);
typedef bool store_channel_visit(void *arg, const char *channel, const struct store_span *span);

void store_close(struct store *store);

/*
 * Names this store's life: the first half of every id. It can change while the store is open, where another one takes
 * its place: then another pointer is returned. What was returned stays good until the store is closed.
 */
const char *store_epoch(const struct store *store);

/* Appends all entries, sets their seq, and rings the bell. Blocks until they are committed. */
enum store_status store_append(struct store *store, struct store_entry *entries, size_t n);

/*
 * The same for a caller that has other things to do: append->committed is called afterwards, from whichever thread
 * writes. Where none does, that is this one, and it goes on until nothing is left to be committed.
 */
void store_append_then(struct store *store, struct store_append *append);

/* The latest seq in the store, 0 when nothing was ever stored. */
enum store_status store_head(struct store *store, uint64_t *seq);

/* Visits at most limit events of all channels with after < seq, in order. */
enum store_status store_read_all(struct store *store, uint64_t after, size_t limit, store_visit *visit, void *arg);

/* Visits at most limit events of one channel with after < seq <= upto, in order. */
enum store_status store_read(struct store *store, const char *channel, uint64_t after, uint64_t upto,
			     size_t limit, store_visit *visit, void *arg);

/* Visits the last `count` events of one channel with after < seq <= upto, in order. */
enum store_status store_read_last(struct store *store, const char *channel, uint64_t after, uint64_t upto,
				  size_t count, store_visit *visit, void *arg);

/* Where the first event of one channel with after < seq <= upto is. */
enum store_status store_next(struct store *store, const char *channel, uint64_t after, uint64_t upto, struct store_place *first);

/*
 * Where the last `count` > 0 events of one channel with seq <= upto begin; of_run: those of its last run alone, which
 * begins behind the "complete" or "failed" before it (event_name_ends()). Reads no event that is not among them but for
 * its name, and few of them.
 */
enum store_status store_start(struct store *store, const char *channel, uint64_t upto, size_t count, bool of_run,
			      struct store_place *first);

/* Where the run before the last one of a channel's events with seq <= upto ended; 0 when nothing is kept of it. */
enum store_status store_border(struct store *store, const char *channel, uint64_t upto, uint64_t *seq);

/* A channel that holds nothing has an empty span; `trimmed` covers what it once held. */
enum store_status store_span(struct store *store, const char *channel, struct store_span *span);

/* Visits every channel that holds events, by name. */
enum store_status store_channels(struct store *store, store_channel_visit *visit, void *arg);

/* Removes a channel and its events; *removed is how many there were. */
enum store_status store_remove(struct store *store, const char *channel, uint64_t *removed);

/*
 * Listens for appends to channels whose store_interest() is in the mask: returns a descriptor, owned
 * by the store, that polls readable after one. Call once. -1 with errno set.
 */
int store_listen(struct store *store, uint32_t interest);
uint32_t store_interest(const char *channel);
#define STORE_ALL_CHANNELS UINT32_MAX

/* Whether anything was appended since store_quiet(), which resets both this and the descriptor. One short system call. */
bool store_rang(const struct store *store);
void store_quiet(struct store *store);

/* What a backend provides; each function is the one above without its prefix. */
struct store_backend {
	void (*close)(struct store *);
	void (*append_then)(struct store *, struct store_append *);
	enum store_status (*head)(struct store *, uint64_t *);
	enum store_status (*read_all)(struct store *, uint64_t, size_t, store_visit *, void *);
	enum store_status (*read)(struct store *, const char *, uint64_t, uint64_t, size_t, store_visit *, void *);
	enum store_status (*read_last)(struct store *, const char *, uint64_t, uint64_t, size_t, store_visit *, void *);
	enum store_status (*next)(struct store *, const char *, uint64_t, uint64_t, struct store_place *);
	enum store_status (*start)(struct store *, const char *, uint64_t, size_t, bool, struct store_place *);
	enum store_status (*border)(struct store *, const char *, uint64_t, uint64_t *);
	enum store_status (*span)(struct store *, const char *, struct store_span *);
	enum store_status (*channels)(struct store *, store_channel_visit *, void *);
	enum store_status (*remove)(struct store *, const char *, uint64_t *);
	int (*listen)(struct store *, uint32_t);
	bool (*rang)(const struct store *);
	void (*quiet)(struct store *);
};

/* The head of every backend's own struct. */
struct store {
	const struct store_backend *backend;
	const char *epoch; /* set by one thread, read by any */
};

#endif
