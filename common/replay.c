#include "replay.h"

#include "fragment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SOURCE_EVENTS_MAX = 256,        /* read of one channel … */
	SOURCE_BYTES_MAX = 64 * 1024,   /* … in one part of a replay … */
	REPLAY_BYTES_MAX = 256 * 1024,  /* … of all channels: what a reader that stops reading may hold in memory */
};

/* One frame in the scratch text, until all channels' frames are put in order. */
struct piece {
	struct replay_source *source;
	uint64_t seq, ordinal;
	size_t start, len;
	bool ends;    /* the run */
	bool made_up; /* no event of the store: its seq may be another's, whose reader must not be cut off before it */
};

struct gathering {
	const struct replay_request *request;
	uint64_t after;               /* the cursor that is read on from */
	bool behind;                  /* the stream is open, and slow */
	uint64_t cursor;              /* nothing beyond is sent: the reading of some channel stopped here */
	struct buf text;
	struct piece *pieces;
	size_t count, capacity;

	struct replay_source *source; /* the channel being read */
	size_t bytes_max;             /* its reading stops where the text is longer */
	size_t of_source;             /* pieces of it */
	uint64_t first_seq, first_ordinal; /* of the first of them */
	bool stopped;                 /* it did */
};

static struct gathering gathering_of(const struct replay_request *request, uint64_t after, bool behind)
{
	return (struct gathering){ .request = request, .after = after, .behind = behind, .cursor = request->upto };
}

static void begin_source(struct gathering *gathering, struct replay_source *source)
{
	gathering->source = source;
	gathering->bytes_max = gathering->text.len + SOURCE_BYTES_MAX;
	gathering->of_source = 0;
	gathering->stopped = false;
}

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
}

static bool gather(void *arg, const struct event *event)
{
	struct gathering *gathering = arg;
	const struct replay_request *request = gathering->request;
	size_t start = gathering->text.len;
	if (gathering->of_source++ == 0) {
		gathering->first_seq = event->seq;
		gathering->first_ordinal = event->ordinal;
	}
	uint64_t cursor = event->seq < request->floor ? request->floor : event->seq;
	frame_event(&gathering->text, request->format, gathering->source->kind, store_epoch(request->site->store), cursor, event);
	add_piece(gathering, event, start);
	gathering->stopped = gathering->text.len >= gathering->bytes_max;
	return !gathering->stopped;
}

/* There may be more of this channel than was read: nothing that comes later is sent before it. */
static void end_here(struct gathering *gathering)
{
	uint64_t cut = gathering->pieces[gathering->count - 1].seq;
	if (cut < gathering->cursor)
		gathering->cursor = cut;
}

static void gathering_clear(struct gathering *gathering)
{
	buf_clear(&gathering->text);
	free(gathering->pieces);
}

static int by_seq(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	return x->seq != y->seq ? (x->seq < y->seq ? -1 : 1) : x->made_up - y->made_up;
}

/* The frames in order, as far as they are sent now; of what lies beyond, the reader has seen nothing. */
static void put_in_order(struct gathering *gathering, struct replay *replay)
{
	const struct piece *piece = gathering->pieces, *end = piece + gathering->count;
	if (gathering->count)
		qsort(gathering->pieces, gathering->count, sizeof *gathering->pieces, by_seq);
	for (; piece < end && piece->seq <= gathering->cursor; piece++) {
		if (replay->text.len >= REPLAY_BYTES_MAX && piece->seq > piece[-1].seq) {
			gathering->cursor = piece[-1].seq;
			break;
		}
		buf_add(&replay->text, gathering->text.data + piece->start, piece->len);
		piece->source->ordinal = piece->ordinal;
		replay->runs_on = !piece->ends;
		replay->events++;
	}
	replay->cursor = gathering->cursor;
	replay->whole = replay->cursor == gathering->request->upto;
}

/* ---- the end of a run ---- */

/*
 * A stream of one channel that has ended says so once more and closes: a reader that comes
 * back with the last cursor would otherwise wait for ever.
 */
static enum store_status finish(const struct replay_request *request, bool shown, struct replay *replay)
{
	struct store *store = request->site->store;
	struct replay_source *source = &request->sources[0];
	struct store_span span;
	if (request->n > 1 || !replay->whole || replay->runs_on)
		return STORE_OK;
	enum store_status status = store_span(store, source->channel, &span);
	if (status != STORE_OK || span.last > request->upto || !kind_ended_by(source->kind, span.name) || span.count == 0)
		return status;
	if (replay->events == 0 && !shown) { /* nothing was sent, or a reset without its state */
		struct gathering gathering = gathering_of(request, 0, false);
		begin_source(&gathering, source);
		status = store_read_last(store, source->channel, 0, request->upto, 1, gather, &gathering);
		buf_add(&replay->text, buf_string(&gathering.text), gathering.text.len);
		gathering_clear(&gathering);
	}
	frame_control(&replay->text, request->format, "close", store_epoch(store), span.last, "finished");
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
 * event (and are to be believed where something did go: what went before a reader's cursor counts in them too); otherwise
 * what was trimmed by now does, and a trim since the reading counts too: rather one reset too many.
 */
static enum store_status find_hole(const struct gathering *gathering, uint64_t after, struct hole *hole)
{
	const struct replay_source *source = gathering->source;
	uint64_t upto = gathering->request->upto;
	bool known = source->ordinal != ORDINAL_UNKNOWN;
	struct store_span span;
	*hole = (struct hole){ false, 0, 0 };
	if (known && gathering->of_source && event_follows(gathering->first_ordinal, source->ordinal))
		return STORE_OK;
	enum store_status status = store_span(gathering->request->site->store, source->channel, &span);
	if (known && gathering->of_source) {
		uint64_t last = span.trimmed < gathering->first_seq ? span.trimmed : gathering->first_seq - 1;
		*hole = (struct hole){ span.trimmed > after, last, gathering->first_ordinal - 1 };
		return status;
	}
	bool ahead = span.trimmed > upto; /* retention, of this worker: what lies beyond is told when it gets there */
	hole->seq = ahead ? upto : span.trimmed;
	hole->ordinal = ahead ? source->latest : span.ordinal - span.count;
	hole->there = hole->seq > after && !(known && hole->ordinal == source->ordinal);
	return status;
}

static void skipped_line(const struct replay_source *source, const struct hole *hole, char *line, size_t size)
{
	if (source->ordinal == ORDINAL_UNKNOWN || hole->ordinal == ORDINAL_UNKNOWN || hole->ordinal <= source->ordinal)
		snprintf(line, size, "skipped some lines");
	else
		snprintf(line, size, "skipped %" PRIu64 " lines", hole->ordinal - source->ordinal);
}

/* "skipped N lines" in the place of what retention took from a reader that is behind. */
static void gather_skipped(struct gathering *gathering, const struct hole *hole)
{
	const struct replay_source *source = gathering->source;
	struct values values = VALUES_INIT;
	struct buf json = BUF_INIT, fragment = BUF_INIT;
	struct problem problem;
	char line[64];

	skipped_line(source, hole, line, sizeof line);
	values_set(&values, source->kind->text, line, strlen(line), &problem);
	values_set(&values, "source", "runnel", 6, &problem);
	values_to_json(&values, &json);
	if (!fragment_render(gathering->request->site->render, source->kind, source->channel, source->kind->event, &values, 0, &fragment, &problem))
		buf_text(&fragment, line);
	struct event event = {
		.seq = hole->seq, .ordinal = hole->ordinal, .channel = source->channel, .name = source->kind->event,
		.values = json.data, .values_bytes = json.len, .fragment = fragment.data, .fragment_bytes = fragment.len,
	};
	gather(gathering, &event);
	gathering->pieces[gathering->count - 1].made_up = true;
	buf_clear(&json);
	buf_clear(&fragment);
	values_clear(&values);
}

/* Reads one channel after the cursor. *gap: a reset is due. */
static enum store_status gather_source(struct gathering *gathering, struct replay_source *source, bool *gap)
{
	const struct replay_request *request = gathering->request;
	struct hole hole;

	begin_source(gathering, source);
	if (source->from <= gathering->after)
		source->from = gathering->after + 1;
	uint64_t after = source->from - 1;
	if (gathering->behind && source->kind->latest) /* the latest state is all it needs: nothing older is missed */
		return store_read_last(request->site->store, source->channel, after, request->upto, 1, gather, gathering);
	enum store_status status = store_read(request->site->store, source->channel, after, request->upto, SOURCE_EVENTS_MAX, gather, gathering);
	if (status == STORE_OK)
		status = find_hole(gathering, after, &hole);
	if (status != STORE_OK)
		return status;
	if (gathering->stopped || gathering->of_source == SOURCE_EVENTS_MAX)
		end_here(gathering);
	if (hole.there && gathering->behind && source->kind->skips)
		gather_skipped(gathering, &hole);
	else if (hole.there)
		*gap = true;
	return STORE_OK;
}

/* ---- starting ---- */

/* What one channel starts with, its last events. The reader is due nothing before them. */
static enum store_status gather_start(struct gathering *gathering, struct replay_source *source)
{
	const struct replay_request *request = gathering->request;
	begin_source(gathering, source);
	enum store_status status = store_read_last(request->site->store, source->channel, 0, request->upto, source->kind->start, gather, gathering);
	source->from = gathering->of_source ? gathering->first_seq : request->upto + 1;
	source->ordinal = gathering->of_source ? gathering->first_ordinal - 1 : source->latest;
	if (gathering->stopped)
		end_here(gathering);
	return status;
}

/*
 * What the kinds start with. Where the cursor is too old for another channel of the stream, one that starts with nothing
 * goes on after it instead: its events were lost by nobody.
 */
static enum store_status gather_starts(struct gathering *gathering)
{
	const struct replay_request *request = gathering->request;
	enum store_status status = STORE_OK;
	bool gap;
	for (size_t i = 0; i < request->n && status == STORE_OK; i++) {
		struct replay_source *source = &request->sources[i];
		if (source->resumes && source->kind->start == 0)
			status = gather_source(gathering, source, &gap);
		else
			status = gather_start(gathering, source);
	}
	return status;
}

/* The id of a reset lies before the state that follows it: a reader cut off in between gets all of that again. */
static uint64_t before_first(const struct gathering *gathering)
{
	uint64_t first = gathering->request->upto + 1;
	for (size_t i = 0; i < gathering->count; i++)
		if (gathering->pieces[i].seq < first)
			first = gathering->pieces[i].seq;
	return first - 1 < gathering->request->floor ? gathering->request->floor : first - 1;
}

static enum store_status start(const struct replay_request *request, uint64_t after, const char *reset, struct replay *replay)
{
	struct gathering gathering = gathering_of(request, after, false);
	enum store_status status = gather_starts(&gathering);
	if (status == STORE_OK) {
		if (reset)
			frame_control(&replay->text, request->format, "reset", store_epoch(request->site->store), before_first(&gathering), reset);
		put_in_order(&gathering, replay);
	}
	gathering_clear(&gathering);
	return status;
}

/* ---- the two together ---- */

static enum store_status go_on(struct replay_request *request, uint64_t after, bool behind, struct replay *replay)
{
	struct gathering gathering = gathering_of(request, after, behind);
	enum store_status status = STORE_OK;
	bool gap = false;

	for (size_t i = 0; i < request->n && status == STORE_OK; i++) {
		struct replay_source *source = &request->sources[i];
		bool lost = false;
		status = gather_source(&gathering, source, &lost);
		source->resumes = !lost;
		gap = gap || (lost && !(request->n > 1 && source->kind->latest)); /* the others do not pay for what nobody misses */
	}
	if (status == STORE_OK && !gap)
		put_in_order(&gathering, replay);
	gathering_clear(&gathering);
	if (status == STORE_OK && gap) {
		request->floor = after > request->floor ? after : request->floor; /* who comes back with it finds the same gap, and all of this again */
		status = start(request, after, "The cursor is too old: some events are no longer kept.", replay);
	}
	return status == STORE_OK ? finish(request, behind && !gap, replay) : status;
}

static enum store_status start_anew(const struct replay_request *request, const char *reset, struct replay *replay)
{
	enum store_status status = start(request, 0, reset, replay);
	return status == STORE_OK ? finish(request, false, replay) : status;
}

enum store_status replay_open(struct replay_request *request, const struct cursor *cursor, struct replay *replay)
{
	if (!cursor_given(cursor))
		return start_anew(request, NULL, replay);
	if (strcmp(cursor->epoch, store_epoch(request->site->store)) != 0)
		return start_anew(request, "The cursor is of another epoch: this store began anew.", replay);
	if (cursor->seq > request->upto)
		return start_anew(request, "The cursor is ahead of the store.", replay);
	return go_on(request, cursor->seq, false, replay);
}

enum store_status replay_continue(struct replay_request *request, uint64_t after, struct replay *replay)
{
	return go_on(request, after, true, replay);
}
