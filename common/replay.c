#include "replay.h"

#include "fragment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One part of a replay: what a reader that stopped reading may hold in memory. */
enum { REPLAY_EVENTS_MAX = 256, REPLAY_BYTES_MAX = 64 * 1024 };

/* One frame in the scratch text, until all channels' frames are put in order. */
struct piece {
	struct replay_source *source;
	uint64_t seq, ordinal;
	size_t start, len;
	bool ends; /* the run */
};

struct gathering {
	struct site *site;
	enum frame_format format;
	struct replay_source *source; /* being read */
	struct buf text;
	struct piece *pieces;
	size_t count, capacity;
	size_t bytes_max;             /* the channel being read stops beyond this; 0: no bound */
	size_t of_source;             /* pieces of the channel being read */
	uint64_t first_seq, first_ordinal; /* of the first of them */
	bool stopped;                 /* it did */
};

static void add_piece(struct gathering *gathering, const struct event *event, size_t start)
{
	if (gathering->count == gathering->capacity) {
		size_t capacity = gathering->capacity ? gathering->capacity * 2 : 32;
		struct piece *pieces = must_alloc(capacity * sizeof *pieces);
		if (gathering->count)
			memcpy(pieces, gathering->pieces, gathering->count * sizeof *pieces);
		free(gathering->pieces);
		gathering->pieces = pieces;
		gathering->capacity = capacity;
	}
	gathering->pieces[gathering->count++] = (struct piece){
		.source = gathering->source, .seq = event->seq, .ordinal = event->ordinal, .start = start,
		.len = gathering->text.len - start, .ends = kind_ended_by(gathering->source->kind, event->name),
	};
	gathering->of_source++;
}

static bool gather(void *arg, const struct event *event)
{
	struct gathering *gathering = arg;
	size_t start = gathering->text.len;
	if (gathering->of_source == 0) {
		gathering->first_seq = event->seq;
		gathering->first_ordinal = event->ordinal;
	}
	frame_event(&gathering->text, gathering->format, gathering->source->kind, store_epoch(gathering->site->store), event);
	add_piece(gathering, event, start);
	gathering->stopped = gathering->bytes_max && gathering->text.len >= gathering->bytes_max;
	return !gathering->stopped;
}

static void gathering_clear(struct gathering *gathering)
{
	buf_clear(&gathering->text);
	free(gathering->pieces);
}

static int by_seq(const void *a, const void *b)
{
	uint64_t x = ((const struct piece *)a)->seq, y = ((const struct piece *)b)->seq;
	return x < y ? -1 : x > y;
}

/* Adds the frames up to a cursor to the replay, in order. What lies beyond was read, but the reader has not seen it. */
static void put_in_order(struct gathering *gathering, uint64_t cursor, uint64_t upto, struct replay *replay)
{
	if (gathering->count)
		qsort(gathering->pieces, gathering->count, sizeof *gathering->pieces, by_seq);
	for (size_t i = 0; i < gathering->count && gathering->pieces[i].seq <= cursor; i++) {
		const struct piece *piece = &gathering->pieces[i];
		buf_add(&replay->text, gathering->text.data + piece->start, piece->len);
		piece->source->ordinal = piece->ordinal;
		replay->runs_on = !piece->ends;
	}
	replay->cursor = cursor;
	replay->whole = cursor == upto;
}

/* ---- the end of a run ---- */

/*
 * A stream of one channel that has ended says so once more and closes: a reader that comes
 * back with the last cursor would otherwise wait for ever.
 */
static enum store_status finish(struct site *site, struct replay_source *source, uint64_t upto,
				enum frame_format format, struct replay *replay)
{
	struct store_span span;
	if (replay->runs_on)
		return STORE_OK;
	enum store_status status = store_span(site->store, source->channel, &span);
	if (status != STORE_OK || span.last > upto || !kind_ended_by(source->kind, span.name) || span.count == 0)
		return status;
	if (replay->text.len == 0 || !source->ordinal) { /* nothing was sent, or a reset without its state */
		struct gathering gathering = { .site = site, .format = format, .source = source };
		status = store_read_last(site->store, source->channel, 0, upto, 1, gather, &gathering);
		buf_add(&replay->text, buf_string(&gathering.text), gathering.text.len);
		gathering_clear(&gathering);
	}
	frame_control(&replay->text, "close", store_epoch(site->store), span.last, "finished");
	replay->finished = status == STORE_OK;
	return status;
}

/* ---- reading on ---- */

/* Events of a channel that a reader has not seen and that are gone. */
struct hole {
	bool there;
	uint64_t seq, ordinal; /* of the last of them */
};

/*
 * Looks for one after reading. Where the reader's place is known and something was read, the ordinals tell to the
 * event; otherwise what was trimmed by now does, and a trim since the reading counts too: rather one reset too many.
 */
static enum store_status find_hole(const struct gathering *gathering, uint64_t after, uint64_t upto, uint64_t seen, struct hole *hole)
{
	struct store_span span;
	if (seen && gathering->of_source) {
		*hole = (struct hole){ !event_follows(gathering->first_ordinal, seen), gathering->first_seq - 1, gathering->first_ordinal - 1 };
		return STORE_OK;
	}
	enum store_status status = store_span(gathering->site->store, gathering->source->channel, &span);
	bool ahead = span.trimmed > upto; /* retention, of this worker: what lies beyond is told when it gets there */
	hole->seq = ahead ? upto : span.trimmed;
	hole->ordinal = ahead ? gathering->source->latest : span.ordinal - span.count;
	hole->there = hole->seq > after;
	return status;
}

/* "skipped N lines" in the place of what retention took from a reader that is behind. */
static void gather_skipped(struct gathering *gathering, const struct hole *hole, uint64_t seen)
{
	struct replay_source *source = gathering->source;
	struct values values = VALUES_INIT;
	struct buf json = BUF_INIT, fragment = BUF_INIT;
	struct problem problem;
	char line[64] = "skipped some lines";

	if (seen && hole->ordinal > seen)
		snprintf(line, sizeof line, "skipped %" PRIu64 " lines", hole->ordinal - seen);
	values_set(&values, source->kind->text, line, strlen(line), &problem);
	values_set(&values, "source", "runnel", 6, &problem);
	values_to_json(&values, &json);
	if (!fragment_render(gathering->site->render, source->kind, source->channel, source->kind->event, &values, 0, &fragment, &problem))
		buf_text(&fragment, line);
	struct event event = {
		.seq = hole->seq, .ordinal = hole->ordinal, .channel = source->channel, .name = source->kind->event,
		.values = json.data, .values_bytes = json.len, .fragment = fragment.data, .fragment_bytes = fragment.len,
	};
	gather(gathering, &event);
	buf_clear(&json);
	buf_clear(&fragment);
	values_clear(&values);
}

/* Reads one channel after `after`. *cursor: moved back to where the reading stopped, if it did. *gap: a reset is due. */
static enum store_status gather_source(struct gathering *gathering, uint64_t after, uint64_t upto, bool behind,
				       uint64_t *cursor, bool *gap)
{
	struct replay_source *source = gathering->source;
	struct store *store = gathering->site->store;
	uint64_t seen = source->ordinal;
	struct hole hole;

	if (behind && source->kind->latest) /* the latest state is all it needs: nothing older is missed */
		return store_read_last(store, source->channel, after, upto, 1, gather, gathering);
	gathering->of_source = 0;
	gathering->stopped = false;
	gathering->bytes_max = gathering->text.len + REPLAY_BYTES_MAX;
	enum store_status status = store_read(store, source->channel, after, upto, REPLAY_EVENTS_MAX, gather, gathering);
	if (status == STORE_OK)
		status = find_hole(gathering, after, upto, seen, &hole);
	if (status != STORE_OK)
		return status;
	if (gathering->stopped || gathering->of_source == REPLAY_EVENTS_MAX) {
		uint64_t cut = gathering->pieces[gathering->count - 1].seq;
		*cursor = cut < *cursor ? cut : *cursor;
	}
	if (hole.there && behind && source->kind->skips) {
		gathering->bytes_max = 0;
		gather_skipped(gathering, &hole, seen);
	} else if (hole.there) {
		*gap = true;
	}
	return STORE_OK;
}

/* ---- starting ---- */

/*
 * What the kinds start with. Where the cursor is too old for another channel of the stream, one that starts with nothing
 * goes on after it instead: its events were lost by nobody.
 */
static enum store_status start_state(struct gathering *gathering, struct replay_source *sources, size_t n, uint64_t after,
				     uint64_t upto, uint64_t *cursor)
{
	enum store_status status = STORE_OK;
	bool gap;
	for (size_t i = 0; i < n && status == STORE_OK; i++) {
		gathering->source = &sources[i];
		gathering->bytes_max = 0;
		if (sources[i].resumes && sources[i].kind->start == 0) {
			status = gather_source(gathering, after, upto, false, cursor, &gap);
		} else {
			sources[i].ordinal = 0;
			status = store_read_last(gathering->site->store, sources[i].channel, 0, upto, sources[i].kind->start, gather, gathering);
		}
	}
	return status;
}

/* The id of a reset lies before the state that follows it: a reader cut off in between gets all of that again. */
static uint64_t before_first(const struct gathering *gathering, uint64_t upto)
{
	uint64_t first = upto + 1;
	for (size_t i = 0; i < gathering->count; i++)
		if (gathering->pieces[i].seq < first)
			first = gathering->pieces[i].seq;
	return first - 1;
}

static enum store_status start(struct site *site, struct replay_source *sources, size_t n, uint64_t after, uint64_t upto,
			       enum frame_format format, const char *reset, struct replay *replay)
{
	struct gathering gathering = { .site = site, .format = format };
	uint64_t cursor = upto;
	enum store_status status = start_state(&gathering, sources, n, after, upto, &cursor);
	if (status == STORE_OK) {
		if (reset)
			frame_control(&replay->text, "reset", store_epoch(site->store), before_first(&gathering, upto), reset);
		put_in_order(&gathering, cursor, upto, replay);
	}
	gathering_clear(&gathering);
	return status;
}

/* ---- the two together ---- */

static enum store_status go_on(struct site *site, struct replay_source *sources, size_t n, uint64_t after, uint64_t upto,
			       enum frame_format format, bool behind, struct replay *replay)
{
	struct gathering gathering = { .site = site, .format = format };
	enum store_status status = STORE_OK;
	uint64_t cursor = upto;
	bool gap = false;

	for (size_t i = 0; i < n && status == STORE_OK; i++) {
		bool lost = false;
		gathering.source = &sources[i];
		status = gather_source(&gathering, after, upto, behind, &cursor, &lost);
		sources[i].resumes = !lost;
		gap = gap || (lost && !(n > 1 && sources[i].kind->latest)); /* the others do not pay for what nobody misses */
	}
	if (status == STORE_OK && !gap)
		put_in_order(&gathering, cursor, upto, replay);
	gathering_clear(&gathering);
	if (status == STORE_OK && gap)
		status = start(site, sources, n, after, upto, format, "The cursor is too old: some events are no longer kept.", replay);
	return status;
}

enum store_status replay_open(struct site *site, struct replay_source *sources, size_t n, const struct cursor *cursor,
			      uint64_t upto, enum frame_format format, struct replay *replay)
{
	const char *epoch = store_epoch(site->store);
	enum store_status status;

	if (!cursor_given(cursor))
		status = start(site, sources, n, 0, upto, format, NULL, replay);
	else if (strcmp(cursor->epoch, epoch) != 0)
		status = start(site, sources, n, 0, upto, format, "The cursor is of another epoch: this store began anew.", replay);
	else if (cursor->seq > upto)
		status = start(site, sources, n, 0, upto, format, "The cursor is ahead of the store.", replay);
	else
		status = go_on(site, sources, n, cursor->seq, upto, format, false, replay);
	if (status == STORE_OK && replay->whole && n == 1)
		status = finish(site, &sources[0], upto, format, replay);
	return status;
}

enum store_status replay_continue(struct site *site, struct replay_source *sources, size_t n, uint64_t after,
				  uint64_t upto, enum frame_format format, struct replay *replay)
{
	enum store_status status = go_on(site, sources, n, after, upto, format, true, replay);
	if (status == STORE_OK && replay->whole && n == 1)
		status = finish(site, &sources[0], upto, format, replay);
	return status;
}
