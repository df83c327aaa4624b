#include "page/component.h"

#include "event/channel.h"
#include "stream/stalled.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The fragments that a component starts with, put together in the order of its list. */
struct state {
	const struct kind *kind;
	const char *epoch;
	bool newest_first;
	struct buf fragments, end;
};

static void put_first(struct buf *list, const char *bytes, size_t n)
{
	struct buf joined = BUF_INIT;
	buf_add(&joined, bytes, n);
	buf_add(&joined, buf_string(list), list->len);
	buf_clear(list);
	*list = joined;
}

static bool add_fragment(void *arg, const struct event *event)
{
	struct state *state = arg;
	struct buf fragment = BUF_INIT;
	bool list = strcmp(state->kind->swap, "innerHTML") != 0;
	event_fragment(&fragment, state->epoch, event);
	if (list && kind_ended_by(state->kind, event->name)) { /* of a log: it stands below the lines */
		buf_reset(&state->end);
		buf_add(&state->end, buf_string(&fragment), fragment.len);
	} else if (state->newest_first) {
		put_first(&state->fragments, buf_string(&fragment), fragment.len);
	} else {
		buf_add(&state->fragments, buf_string(&fragment), fragment.len);
	}
	buf_clear(&fragment);
	return true;
}

static void stream_url(struct buf *out, const char *base, const char *channel, const char *epoch, uint64_t seq, enum frame_format format)
{
	buf_print(out, "%s/%s?last-event-id=%s-%" PRIu64, base, channel, epoch, seq);
	if (format != FRAME_HTMX)
		buf_print(out, "&format=%s", frame_format_name(format));
}

/* In the place of a state that is long past: that nothing has come since. */
static enum store_status add_stalled(struct site *site, const char *channel, struct state *state, const struct store_span *span, uint64_t head)
{
	unsigned limit_s = site->config.stalled_s;
	struct made_up made_up;
	bool stalls;
	if (!limit_s || !kind_stalls(state->kind) || !span->count || stalled_age_s(span->time_ms) < limit_s)
		return STORE_OK;
	enum store_status status = stalled_state(site, channel, state->kind, head, &made_up, &stalls);
	if (status == STORE_OK && stalls) {
		buf_reset(&state->fragments);
		add_fragment(state, &made_up.event);
		made_up_clear(&made_up);
	}
	return status;
}

/*
 * The state of the current run up to one moment, and the seq of its end, 0 where it has none by then. What is appended meanwhile comes on
 * the stream; what is trimmed meanwhile is not shown.
 */
static enum store_status read_state(struct site *site, const char *channel, struct state *state, uint64_t *head, uint64_t *ended)
{
	const struct kind *kind = state->kind;
	struct store_span span = { 0 };
	struct store_place first = { 0, 0 };
	enum store_status status = store_head(site->store, head);
	if (status == STORE_OK && kind->start)
		status = store_start(site->store, channel, *head, kind->start, kind->ends, &first);
	if (status == STORE_OK && first.seq)
		status = store_read(site->store, channel, first.seq - 1, *head, kind->start, add_fragment, state);
	if (status == STORE_OK)
		status = store_span(site->store, channel, &span);
	if (status == STORE_OK)
		status = add_stalled(site, channel, state, &span, *head);
	*ended = span.count > 0 && span.last <= *head && kind_ended_by(kind, span.name) ? span.last : 0;
	return status;
}

static void template_name(struct render *render, const struct kind *kind, char *name, size_t size)
{
	snprintf(name, size, "own/component.%s.tpl", kind->name);
	if (!render_has(render, name))
		snprintf(name, size, "own/component.tpl");
}

/*
 * Where the component asks whether a run has begun that it does not show. `shown` is a cursor at which the run that it shows
 * has begun and not ended, or has yet to begin.
 */
static void again_url(struct buf *out, const char *base, const char *channel, const char *epoch, uint64_t shown, enum frame_format format)
{
	buf_print(out, "%s/components/%s?shown=%s-%" PRIu64, base, channel, epoch, shown);
	if (format != FRAME_HTMX)
		buf_print(out, "&format=%s", frame_format_name(format));
}

bool component_is_shown(struct site *site, const char *channel, const struct cursor *shown)
{
	const struct kind *kind = kinds_of(&site->config.kinds, channel);
	struct store_span span;
	uint64_t border = 0;
	return strcmp(shown->epoch, store_epoch(site->store)) == 0 &&
	       store_span(site->store, channel, &span) == STORE_OK && kind_ended_by(kind, span.name) &&
	       store_border(site->store, channel, span.last, &border) == STORE_OK && border <= shown->seq;
}

bool component_render(struct site *site, const char *base, const char *channel, enum frame_format format,
		      bool live, struct buf *out, struct problem *problem)
{
	const struct kind *kind = kinds_of(&site->config.kinds, channel);
	struct state state = { kind, store_epoch(site->store), strcmp(kind->swap, "afterbegin") == 0, BUF_INIT, BUF_INIT };
	struct buf stream = BUF_INIT, again = BUF_INIT, element = BUF_INIT;
	char name[KIND_NAME_BYTES_MAX + 24];
	uint64_t head = 0, ended = 0;
	bool ok;

	enum store_status status = read_state(site, channel, &state, &head, &ended);
	if (status != STORE_OK) {
		ok = site_store_problem(site, status, problem);
	} else {
		struct dictionary *dictionary = dictionary_new();
		stream_url(&stream, base, channel, store_epoch(site->store), head, format);
		if (live && kind->ends)
			again_url(&again, base, channel, store_epoch(site->store), ended ? ended - 1 : head, format);
		channel_element(channel, &element);
		dictionary_set(dictionary, "BASE", base);
		dictionary_set(dictionary, "CHANNEL", channel);
		dictionary_set(dictionary, "KIND", kind->name);
		dictionary_set(dictionary, "NAME", channel_short_name(channel));
		dictionary_set(dictionary, "EVENT", kind->event);
		dictionary_set(dictionary, "SWAP", kind->swap);
		dictionary_set(dictionary, "ELEMENT", buf_string(&element));
		dictionary_set(dictionary, "STREAM", buf_string(&stream));
		dictionary_set(dictionary, "FRAGMENT", buf_string(&state.fragments));
		dictionary_set(dictionary, "END", buf_string(&state.end));
		dictionary_set(dictionary, "AGAIN", buf_string(&again));
		dictionary_set(dictionary, "OVER", ended ? "yes" : "");
		dictionary_set(dictionary, "LIVE", live && !ended ? "yes" : "");
		dictionary_set(dictionary, "EMPTY", state.fragments.len ? "" : "yes");
		dictionary_set(dictionary, format == FRAME_OOB ? "OOB" : "NAMED", "yes");
		template_name(site->render, kind, name, sizeof name);
		ok = render_fill(site->render, name, dictionary, out, problem);
		dictionary_free(dictionary);
	}
	buf_clear(&stream);
	buf_clear(&again);
	buf_clear(&element);
	buf_clear(&state.fragments);
	buf_clear(&state.end);
	return ok;
}

bool component_page(struct site *site, const char *base, const char *title, const char *body, struct buf *out, struct problem *problem)
{
	struct dictionary *dictionary = dictionary_new();
	dictionary_set(dictionary, "BASE", base);
	dictionary_set(dictionary, "TITLE", title);
	dictionary_set(dictionary, "BODY", body);
	bool ok = render_fill(site->render, "own/page.tpl", dictionary, out, problem);
	dictionary_free(dictionary);
	return ok;
}
