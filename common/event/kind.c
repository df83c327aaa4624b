#include "event/kind.h"

#include "base/buf.h"
#include "event/channel.h"
#include "event/event.h"
#include "base/problem.h"

#include <stdlib.h>
#include <string.h>

#define DAYS(n) ((int64_t)(n) * 24 * 60 * 60 * 1000)

#define URL_RULE { "url", .form = RULE_URL }

/* What the values of the built-in kinds must be. A message, a title and a name are one line; a body has lines. */
static const struct value_rule progress_rules[] = {
	{ "percent", .form = RULE_PERCENT, .shows = true },
	{ "message", .form = RULE_LINE, .shows = true },
	{ "state", .form = RULE_WORD, .words = "queued running done failed", .fallback = "running", .shows = true },
	{ 0 },
};
static const struct value_rule notification_rules[] = {
	{ "title", .form = RULE_LINE, .shows = true },
	{ "body", .form = RULE_LINES },
	{ "level", .form = RULE_WORD, .words = "info success warning error", .fallback = "info" },
	URL_RULE,
	{ 0 },
};
static const struct value_rule feed_rules[] = {
	{ "title", .form = RULE_LINE, .shows = true },
	{ "body", .form = RULE_LINES },
	{ "author", .form = RULE_LINE },
	URL_RULE,
	{ 0 },
};
static const struct value_rule log_rules[] = {
	{ "line", .form = RULE_LINES, .shows = true, .may_be_empty = true },
	{ "message", .form = RULE_LINE },
	{ "source", .form = RULE_WORD, .words = "stdout stderr", .fallback = "stdout" },
	{ 0 },
};

static const struct kind_end progress_ends[] = {
	{ "complete", "state", "done", "percent", "100" },
	{ "failed", "state", "failed", NULL, NULL },
	{ 0 },
};

static const struct kind built_in[] = {
	{ "progress", "progress", "message", "innerHTML", 1, 100, DAYS(7), .latest = true, .ends = true, .rules = progress_rules, .end_values = progress_ends },
	{ "notifications", "notification", "title", "afterbegin", 0, 200, DAYS(7), .latest = false, .rules = notification_rules },
	{ "feed", "new-post", "title", "afterbegin", 20, 500, DAYS(30), .latest = false, .rules = feed_rules },
	{ "log", "log", "line", "beforeend", 200, 10000, DAYS(7), .ends = true, .rules = log_rules, .skips = true },
};

void kinds_init(struct kinds *kinds)
{
	kinds->count = sizeof built_in / sizeof *built_in;
	kinds->rows = must_alloc(sizeof built_in);
	memcpy(kinds->rows, built_in, sizeof built_in);
}

void kinds_clear(struct kinds *kinds)
{
	free(kinds->rows);
	*kinds = (struct kinds){ NULL, 0 };
}

static struct kind *find(const struct kinds *kinds, const char *name, size_t bytes)
{
	for (unsigned i = 0; i < kinds->count; i++)
		if (strlen(kinds->rows[i].name) == bytes && memcmp(kinds->rows[i].name, name, bytes) == 0)
			return &kinds->rows[i];
	return NULL;
}

struct kind *kinds_add(struct kinds *kinds, const char *name)
{
	struct problem ignored;
	struct kind *row = find(kinds, name, strlen(name));
	if (row)
		return row;
	if (strlen(name) > KIND_NAME_BYTES_MAX || strchr(name, '/') || channel_reserved(name) || !channel_check(name, &ignored))
		return NULL;
	struct kind *rows = must_alloc((kinds->count + 1) * sizeof *rows);
	memcpy(rows, kinds->rows, kinds->count * sizeof *rows);
	free(kinds->rows);
	kinds->rows = rows;
	row = &rows[kinds->count++];
	*row = *find(kinds, "feed", 4);
	row->rules = NULL; /* what its values must be, only its own template knows */
	strcpy(row->name, name);
	strcpy(row->event, name);
	return row;
}

const struct kind *kinds_of(const struct kinds *kinds, const char *channel)
{
	return find(kinds, channel, strcspn(channel, "/"));
}

const struct value_rule *kind_rule(const struct kind *kind, const char *key)
{
	static const struct value_rule any = { "", .form = RULE_LINES };
	for (const struct value_rule *rule = kind->rules; rule && rule->key; rule++)
		if (strcmp(rule->key, key) == 0)
			return rule;
	return &any;
}

bool kind_ended_by(const struct kind *kind, const char *event_name)
{
	return kind->ends && event_name_ends(event_name);
}

bool kind_stalls(const struct kind *kind)
{
	return kind->ends && kind->latest;
}
