/*
 * merge - the events of several channels in the order of the log, as frames, a bounded part at a time.
 *
 * Of each channel a little is read, and more of it only when that is on its way: a part reads about as much as it
 * sends, however many channels there are. Also sees what is missing. Private to replay.
 */
#ifndef RUNNEL_MERGE_H
#define RUNNEL_MERGE_H

#include "base/buf.h"
#include "event/frame.h"
#include "site/site.h"
#include "stream/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Set by the caller, all of it borrowed. */
struct merge_request {
	struct site *site;
	enum frame_format format;
	uint64_t floor; /* no id below it is framed */
	uint64_t after; /* the reader has everything up to here … */
	uint64_t upto;  /* … and is to have everything up to there */
	bool behind;    /* the stream is open, and slow: the kinds say what it gets of what it missed */
	bool starts;    /* the reader has nothing yet, and so it misses nothing */
};

struct merge_piece;
struct merge_branch;

struct merge {
	const struct merge_request *request;
	struct merge_branch *branches; /* one of each source */
	size_t n;
	size_t part_bytes;             /* of text: what a reader that stops reading may hold in memory */
	struct buf text;               /* of all pages */
	struct merge_piece *pieces;
	size_t count, capacity;
	uint64_t last;                 /* everything up to here was sent */
	size_t events;                 /* so many frames */
	bool ended;                    /* the last of them ends a run */
};

void merge_begin(struct merge *merge, const struct merge_request *request, struct source *sources, size_t n);
void merge_clear(struct merge *merge);

/* One source goes on after the cursor. *lost: events that it is due are gone. */
enum store_status merge_resume(struct merge *merge, size_t source, bool *lost);

/* Whether a loss in it is a gap of the stream. Of some kinds only the latest state counts: the other channels do not pay for what nobody misses. */
bool merge_minds(const struct merge *merge, const struct source *source);

/* One source begins with what its kind starts with, of the current run. */
enum store_status merge_start(struct merge *merge, size_t source);

/* No frame has a lower seq. */
uint64_t merge_first(const struct merge *merge);

/* Adds a part; `last` and `ended` tell how far it goes. *lost: it met a loss, the part is none. */
enum store_status merge_part(struct merge *merge, struct buf *out, bool *lost);

/* The sources are where the part ended. */
void merge_keep_places(const struct merge *merge);

#endif
