#include "run/job_batch.h"

#include "base/buf.h"
#include "api/publish.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAFTS_MAX = JOB_BATCH_LINES_MAX + 4 }; /* "skipped", progress, and two ends */

/* Drafts as they are filled. */
struct drafts {
	struct draft items[DRAFTS_MAX];
	size_t count;
};

static struct draft *add_draft(struct drafts *drafts, const char *channel)
{
	struct draft *draft = &drafts->items[drafts->count++];
	*draft = (struct draft)DRAFT_INIT(channel);
	return draft;
}

static void set_value(struct draft *draft, const char *key, const char *text, size_t n)
{
	struct problem ignored; /* the keys are ours and the texts are mended */
	values_set(&draft->values, key, text, n, &ignored);
}

static void add_line(struct drafts *drafts, const char *channel, bool error, const char *text, size_t n)
{
	struct draft *draft = add_draft(drafts, channel);
	struct buf line = BUF_INIT;
	text_clean(&line, text, n, TEXT_LINE);
	set_value(draft, "line", buf_string(&line), line.len);
	if (error)
		set_value(draft, "source", "stderr", 6);
	buf_clear(&line);
}

static void add_state(struct drafts *drafts, const char *channel, const struct state *state, double percent)
{
	static const char *const events[] = { [PHASE_RUNNING] = "progress", [PHASE_DONE] = "complete", [PHASE_FAILED] = "failed" };
	struct draft *draft = add_draft(drafts, channel);
	char text[16];
	draft->event = must_copy(events[state->phase]);
	if (percent >= 0) {
		snprintf(text, sizeof text, "%d", (int)percent);
		set_value(draft, "percent", text, strlen(text));
	}
	if (state->message)
		set_value(draft, "message", state->message, strlen(state->message));
	if (state->phase == PHASE_RUNNING) /* all that is known of it at first */
		set_value(draft, "state", "running", 7);
}

static void add_skipped(struct drafts *drafts, const char *channel, unsigned long skipped)
{
	char line[64];
	int n = snprintf(line, sizeof line, "skipped %lu line%s", skipped, skipped == 1 ? "" : "s");
	add_line(drafts, channel, true, line, (size_t)n);
}

/* How much of a line surely stays under the event limit: a bad byte grows to three when it is mended. */
static size_t line_limit(const struct config *config)
{
	return config->event_limit_bytes > 64 ? (config->event_limit_bytes - 16) / 3 : 16;
}

static void fill(struct drafts *drafts, const struct job_batch *batch, const struct destination *to)
{
	size_t limit = line_limit(&to->site->config), at = 0;
	struct packed_line line;
	if (batch->skipped)
		add_skipped(drafts, to->log, batch->skipped);
	while (pack_next(&batch->lines, &at, &line))
		add_line(drafts, to->log, line.error, line.text, line.n < limit ? line.n : limit);
	if (batch->progress.phase)
		add_state(drafts, to->progress, &batch->progress, batch->progress.percent);
	if (batch->end.phase) {
		add_state(drafts, to->log, &batch->end, -1);
		/* a bar that failed stays where it was; one that is done is full by itself */
		add_state(drafts, to->progress, &batch->end, batch->end.phase == PHASE_FAILED ? batch->end.percent : -1);
	}
}

bool job_batch_publish(const struct job_batch *batch, const struct destination *to, struct problem *problem)
{
	struct drafts drafts = { .count = 0 };
	fill(&drafts, batch, to);
	bool ok = publish(to->site, drafts.items, drafts.count, NULL, problem);
	for (size_t i = 0; i < drafts.count; i++)
		draft_clear(&drafts.items[i]);
	return ok;
}

void job_batch_clear(struct job_batch *batch)
{
	pack_clear(&batch->lines);
	free(batch->progress.message);
	free(batch->end.message);
	*batch = (struct job_batch){ 0 };
}
