#include "api/publish.h"

#include "event/channel.h"
#include "html/fragment.h"

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
	char *channel, *event;
	struct buf values, fragment;
};

static bool prepare(struct site *site, struct draft *draft, int64_t time_ms, struct rendered *rendered,
		    struct store_entry *entry, struct problem *problem)
{
	const struct kind *kind = publish_kind(site, draft->channel, problem);
	if (!kind || !draft_check(draft, kind, site->config.event_limit_bytes, problem))
		return false;
	rendered->channel = must_copy(draft->channel);
	rendered->event = must_copy(draft->event);
	values_to_json(&draft->values, &rendered->values);
	if (draft->html)
		buf_text(&rendered->fragment, draft->html);
	else if (!fragment_render(site->render, kind, draft->channel, draft->event, &draft->values, time_ms, &rendered->fragment, problem))
		return false;
	*entry = (struct store_entry){
		.channel = rendered->channel, .name = rendered->event, .time_ms = time_ms,
		.values = rendered->values.data, .values_bytes = rendered->values.len,
		.fragment = buf_string(&rendered->fragment), .fragment_bytes = rendered->fragment.len,
		.kind = kind->name, .keep = kind->keep, .keep_ms = kind->keep_ms,
		.keep_set = kind->keep_set, .keep_ms_set = kind->keep_ms_set,
	};
	return true;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool publication_prepare(struct publication *publication, struct site *site, struct draft *drafts, size_t n, struct problem *problem)
{
	struct store_append *append = &publication->append;
	int64_t time_ms = now_ms();
	append->entries = must_alloc(n * sizeof *append->entries);
	publication->rendered = must_alloc(n * sizeof *publication->rendered);
	for (append->n = 0; append->n < n; append->n++) {
		struct rendered *rendered = &publication->rendered[append->n];
		if (!prepare(site, &drafts[append->n], time_ms, rendered, &append->entries[append->n], problem)) {
			append->n++; /* half of it may be there */
			return false;
		}
	}
	return true;
}

void publication_clear(struct publication *publication)
{
	for (size_t i = 0; i < publication->append.n; i++) {
		free(publication->rendered[i].channel);
		free(publication->rendered[i].event);
		buf_clear(&publication->rendered[i].values);
		buf_clear(&publication->rendered[i].fragment);
	}
	free(publication->append.entries);
	free(publication->rendered);
	*publication = (struct publication)PUBLICATION_INIT;
}

bool publish(struct site *site, struct draft *drafts, size_t n, uint64_t *seqs, struct problem *problem)
{
	struct publication publication = PUBLICATION_INIT;
	bool ok = publication_prepare(&publication, site, drafts, n, problem);
	if (ok) {
		enum store_status status = store_append(site->store, publication.append.entries, n);
		ok = status == STORE_OK || site_store_problem(site, status, problem);
	}
	for (size_t i = 0; i < n && ok && seqs; i++)
		seqs[i] = publication.append.entries[i].seq;
	publication_clear(&publication);
	return ok;
}
