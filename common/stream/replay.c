#include "stream/replay.h"

#include "stream/merge.h"

#include <string.h>

static struct merge_request merge_request(const struct replay_request *request, uint64_t after)
{
	return (struct merge_request){
		.site = request->site, .format = request->format, .floor = request->floor, .after = after, .upto = request->upto,
	};
}

/* What the merge has of it; a loss that it meets leaves nothing. */
static enum store_status take_part(struct merge *merge, struct replay *replay, bool *lost)
{
	enum store_status status = merge_part(merge, &replay->text, lost);
	if (status != STORE_OK || *lost) {
		buf_reset(&replay->text);
		return status;
	}
	merge_keep_places(merge);
	replay->cursor = merge->last;
	replay->whole = merge->last == merge->request->upto;
	replay->events = merge->events;
	replay->runs_on = merge->events > 0 && !merge->ended;
	return STORE_OK;
}

/* ---- the end of a run ---- */

struct final_state {
	const struct replay_request *request;
	struct buf *out;
};

static bool frame_final(void *arg, const struct event *event)
{
	const struct final_state *state = arg;
	const struct replay_request *request = state->request;
	uint64_t cursor = event->seq < request->floor ? request->floor : event->seq;
	frame_event(state->out, request->format, request->sources[0].kind, store_epoch(request->site->store), cursor, event);
	return false;
}

/*
 * A stream of one channel that has ended says so once more and closes: a reader that comes
 * back with the last cursor would otherwise wait for ever.
 */
static enum store_status finish(const struct replay_request *request, bool shown, struct replay *replay)
{
	struct store *store = request->site->store;
	const struct source *source = &request->sources[0];
	struct store_span span;
	if (request->n > 1 || !replay->whole || replay->runs_on)
		return STORE_OK;
	enum store_status status = store_span(store, source->channel, &span);
	if (status != STORE_OK || span.last > request->upto || !kind_ended_by(source->kind, span.name) || span.count == 0)
		return status;
	if (replay->events == 0 && !shown) { /* nothing was sent, or a reset without its state */
		struct final_state state = { request, &replay->text };
		status = store_read_last(store, source->channel, 0, request->upto, 1, frame_final, &state);
	}
	frame_control(&replay->text, request->format, "close", store_epoch(store), span.last, "finished");
	replay->finished = status == STORE_OK;
	return status;
}

/* ---- starting ---- */

/*
 * What the kinds start with. Where the cursor is too old for another channel of the stream, one that starts with nothing
 * goes on after it instead: its events were lost by nobody.
 */
static enum store_status begin_sources(const struct replay_request *request, struct merge *merge)
{
	enum store_status status = STORE_OK;
	bool ignored;
	for (size_t i = 0; i < request->n && status == STORE_OK; i++) {
		const struct source *source = &request->sources[i];
		bool goes_on = source->resumes && source->kind->start == 0;
		status = goes_on ? merge_resume(merge, i, &ignored) : merge_start(merge, i);
	}
	return status;
}

/* The id of a reset lies before the state that follows it: a reader cut off in between gets all of that again. */
static uint64_t before_first(const struct replay_request *request, const struct merge *merge)
{
	uint64_t before = merge_first(merge) - 1;
	return before < request->floor ? request->floor : before;
}

static enum store_status start(const struct replay_request *request, uint64_t after, const char *reset, struct replay *replay)
{
	struct merge_request read = merge_request(request, after);
	struct merge merge;
	bool lost = false;

	read.starts = true;
	merge_begin(&merge, &read, request->sources, request->n);
	enum store_status status = begin_sources(request, &merge);
	if (status == STORE_OK) {
		if (reset)
			frame_control(&replay->text, request->format, "reset", store_epoch(request->site->store), before_first(request, &merge), reset);
		status = take_part(&merge, replay, &lost);
	}
	merge_clear(&merge);
	return status;
}

/* ---- the two together ---- */

/* Whether each channel goes on after the cursor is known before anything is sent. */
static enum store_status resume_sources(const struct replay_request *request, struct merge *merge, bool *gap)
{
	enum store_status status = STORE_OK;
	for (size_t i = 0; i < request->n && status == STORE_OK; i++) {
		bool lost;
		status = merge_resume(merge, i, &lost);
		request->sources[i].resumes = !lost;
		*gap = *gap || (lost && merge_minds(merge, &request->sources[i]));
	}
	return status;
}

static enum store_status go_on(struct replay_request *request, uint64_t after, bool behind, struct replay *replay)
{
	struct merge_request read = merge_request(request, after);
	struct merge merge;
	bool gap = false;

	read.behind = behind;
	merge_begin(&merge, &read, request->sources, request->n);
	enum store_status status = resume_sources(request, &merge, &gap);
	if (status == STORE_OK && !gap)
		status = take_part(&merge, replay, &gap);
	merge_clear(&merge);
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
