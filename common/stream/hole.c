#include "stream/hole.h"

#include "html/fragment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Where the reader's place is known and something was read, the ordinals tell to the event (and are to be believed where
 * something did go: what went before a reader's cursor counts in them too); otherwise what was trimmed by now does:
 * rather one reset too many.
 */
enum store_status hole_find(struct store *store, const struct source *source, uint64_t after, uint64_t ordinal,
			    uint64_t upto, const struct store_place *first, struct hole *hole)
{
	bool known = ordinal != ORDINAL_UNKNOWN;
	struct store_span span;
	*hole = (struct hole)HOLE_NONE;
	if (known && first->seq && event_follows(first->ordinal, ordinal))
		return STORE_OK;
	enum store_status status = store_span(store, source->channel, &span);
	if (status != STORE_OK)
		return status;
	if (known && first->seq) {
		uint64_t last = span.trimmed < first->seq ? span.trimmed : first->seq - 1;
		*hole = (struct hole){ span.trimmed > after, last, first->ordinal - 1 };
		return STORE_OK;
	}
	bool ahead = span.trimmed > upto; /* retention, of this worker: what lies beyond is told when it gets there */
	hole->seq = ahead ? upto : span.trimmed;
	hole->ordinal = ahead ? source->latest : span.ordinal - span.count;
	hole->there = hole->seq > after && !(known && hole->ordinal == ordinal);
	return STORE_OK;
}

static void skipped_line(uint64_t ordinal, const struct hole *hole, char *line, size_t size)
{
	if (ordinal == ORDINAL_UNKNOWN || hole->ordinal == ORDINAL_UNKNOWN || hole->ordinal <= ordinal)
		snprintf(line, size, "skipped some lines");
	else
		snprintf(line, size, "skipped %" PRIu64 " lines", hole->ordinal - ordinal);
}

void hole_skipped(struct render *render, const struct source *source, uint64_t ordinal, const struct hole *hole, struct made_up *made_up)
{
	const struct kind *kind = source->kind;
	struct values values = VALUES_INIT;
	struct problem problem;
	char line[64];

	*made_up = (struct made_up){ .values = BUF_INIT, .fragment = BUF_INIT };
	skipped_line(ordinal, hole, line, sizeof line);
	values_set(&values, kind->text, line, strlen(line), &problem);
	values_set(&values, "source", "runnel", 6, &problem);
	values_to_json(&values, &made_up->values);
	if (!fragment_render(render, kind, source->channel, kind->event, &values, 0, &made_up->fragment, &problem))
		buf_text(&made_up->fragment, line);
	made_up->event = (struct event){
		.seq = hole->seq, .ordinal = hole->ordinal, .channel = source->channel, .name = kind->event,
		.after_end = true, /* a border may be among what is gone: what the page has may be of a run before */
		.values = made_up->values.data, .values_bytes = made_up->values.len,
		.fragment = made_up->fragment.data, .fragment_bytes = made_up->fragment.len,
	};
	values_clear(&values);
}

void made_up_clear(struct made_up *made_up)
{
	buf_clear(&made_up->values);
	buf_clear(&made_up->fragment);
}
