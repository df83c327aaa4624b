#include "publish.h"

#include "channel.h"
#include "fragment.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct kind *publish_kind(const struct site *site, const char *channel, struct problem *problem)
{
	if (!channel_check(channel, problem))
		return NULL;
	const struct kind *kind = kinds_of(&site->config.kinds, channel);
	if (!kind)
		problem_set(problem, 404, "There is no kind \"%.*s\": a channel begins with progress, notifications, feed, log or a kind of the configuration.", (int)strcspn(channel, "/"), channel);
	return kind;
}

/* What one entry points into until it is committed. */
struct rendered {
	struct buf values, fragment;
};

static bool prepare(struct site *site, struct draft *draft, int64_t time_ms, struct rendered *rendered,
		    struct store_entry *entry, struct problem *problem)
{
	const struct kind *kind = publish_kind(site, draft->channel, problem);
	if (!kind || !draft_check(draft, kind, site->config.event_limit_bytes, problem))
		return false;
	values_to_json(&draft->values, &rendered->values);
	if (draft->html)
		buf_text(&rendered->fragment, draft->html);
	else if (!fragment_render(site->render, kind, draft->channel, draft->event, &draft->values, time_ms, &rendered->fragment, problem))
		return false;
	*entry = (struct store_entry){
		.channel = draft->channel, .name = draft->event, .time_ms = time_ms,
		.values = rendered->values.data, .values_bytes = rendered->values.len,
		.fragment = buf_string(&rendered->fragment), .fragment_bytes = rendered->fragment.len,
		.keep = kind->keep, .keep_ms = kind->keep_ms,
	};
	return true;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool publish(struct site *site, struct draft *drafts, size_t n, uint64_t *seqs, struct problem *problem)
{
	struct store_entry *entries = must_alloc(n * sizeof *entries);
	struct rendered *rendered = must_alloc(n * sizeof *rendered);
	int64_t time_ms = now_ms();
	bool ok = true;

	for (size_t i = 0; i < n && ok; i++)
		ok = prepare(site, &drafts[i], time_ms, &rendered[i], &entries[i], problem);
	if (ok) {
		enum store_status status = store_append(site->store, entries, n);
		ok = status == STORE_OK || site_store_problem(site, status, problem);
	}
	for (size_t i = 0; i < n; i++) {
		if (ok && seqs)
			seqs[i] = entries[i].seq;
		buf_clear(&rendered[i].values);
		buf_clear(&rendered[i].fragment);
	}
	free(entries);
	free(rendered);
	return ok;
}
